//! Points of metrics in a line about a machine: `VM-WEB-01: CPU utilization 85%, Memory 92%, Disk I/O 1200 IOPS`.

use super::Parsed;

/// One measured value. A unit that ends in `/s` is a rate; fractions have the unit `1`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinePoint {
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// Besides `host.name`.
    pub labels: Vec<(&'static str, &'static str)>,
}

/// Reads `host: part, part, …`. Either every part of the line has a value and a host precedes, or nothing is read.
pub(super) fn read(parsed: &mut Parsed) {
    let line = parsed.message.trim();
    if line.contains('\n') || line.len() > 1024 {
        return;
    }
    let (host, parts) = match line.split_once(": ") {
        Some((host, parts)) if is_host(host) => (Some(host.to_owned()), parts),
        _ => (parsed.host.clone(), line),
    };
    let Some(host) = host else { return };
    let parts = parts.trim_end_matches('.');
    let mut points = Vec::new();
    for part in parts.split([',', ';', '|']) {
        let Some(amount) = amount(part.trim()) else { return };
        points.extend(point(&amount));
    }
    if !points.is_empty() {
        parsed.host = Some(host);
        parsed.metrics = points;
    }
}

/// A name with a number in it: `VM-WEB-01`, `web01`, `db-3.internal`.
pub(super) fn is_host(name: &str) -> bool {
    let shaped = (2..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.ends_with(|last: char| last.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    let first = name.split('.').next().unwrap_or(name);
    let letters = first.trim_end_matches(|last: char| last.is_ascii_digit());
    let numbered = letters.len() < first.len() && letters.starts_with(|first: char| first.is_ascii_alphabetic());
    let one_case = !(letters.bytes().any(|byte| byte.is_ascii_lowercase())
        && letters.bytes().any(|byte| byte.is_ascii_uppercase()));
    shaped
        && numbered
        && one_case
        && letters
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_') || byte.is_ascii_digit())
}

struct Amount {
    /// Lower case, without `:` and `=` behind it.
    subject: String,
    value: f64,
    unit: String,
}

/// `Disk I/O 1200 IOPS`: words, a number, a unit or none.
fn amount(part: &str) -> Option<Amount> {
    let start = part
        .char_indices()
        .find(|(index, letter)| {
            letter.is_ascii_digit() && part.get(..*index).is_some_and(|before| before.ends_with([' ', ':', '=']))
        })
        .map(|(index, _)| index)?;
    let (subject, rest) = part.split_at(start);
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
    let (number, unit) = rest.split_at(end);
    let value: f64 = number.trim_end_matches('.').parse().ok().filter(|value: &f64| value.is_finite())?;
    let unit = unit.trim();
    if unit.contains(' ') || unit.len() > 12 || unit.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let subject = subject.trim().trim_end_matches([':', '=']).trim().to_lowercase();
    (!subject.is_empty()).then(|| Amount { subject, value, unit: unit.to_owned() })
}

fn point(amount: &Amount) -> Option<LinePoint> {
    let make = |name, value, unit, labels| Some(LinePoint { name, value, unit, labels });
    let what = amount.subject.as_str();
    let unit = amount.unit.to_lowercase();
    match unit.as_str() {
        "%" | "percent" if amount.value <= 100.0 => {
            let name = match what
                .trim_end_matches([' '])
                .trim_end_matches("utilization")
                .trim_end_matches("usage")
                .trim_end_matches("used")
                .trim_end_matches("load")
                .trim()
            {
                "cpu" | "processor" => "system.cpu.utilization",
                "memory" | "mem" | "ram" => "system.memory.utilization",
                "swap" => "system.paging.utilization",
                "disk" | "disk space" | "storage" | "filesystem" => "system.filesystem.utilization",
                _ => return None,
            };
            // Written as a decimal fraction by division, 85 % is 0.85 and not a neighbour of it.
            make(name, amount.value / 100.0, "1", Vec::new())
        }
        "iops" => match direction(what, "disk")? {
            Some(way) => {
                make("system.disk.operations", amount.value, "{operation}/s", vec![("disk.io.direction", way)])
            }
            None => make("system.disk.operations", amount.value, "{operation}/s", Vec::new()),
        },
        "" if matches!(what, "load" | "load average" | "load avg") => {
            make("system.cpu.load_average.1m", amount.value, "{thread}", Vec::new())
        }
        "" if matches!(what, "processes" | "process count") => {
            make("system.process.count", amount.value, "{process}", Vec::new())
        }
        "°c" | "c" if matches!(what, "temperature" | "temp" | "cpu temperature" | "cpu temp") => {
            make("hw.temperature", amount.value, "Cel", Vec::new())
        }
        _ => {
            let bytes = amount.value * per_second(&amount.unit)?;
            if let Some(way) = direction(what, "disk") {
                make("system.disk.io", bytes, "By/s", way.map(|way| ("disk.io.direction", way)).into_iter().collect())
            } else {
                let way = direction(what, "network")?;
                make(
                    "system.network.io",
                    bytes,
                    "By/s",
                    way.map(|way| ("network.io.direction", way)).into_iter().collect(),
                )
            }
        }
    }
}

/// None if the words speak of something else; the inner one if they name no direction.
fn direction(what: &str, device: &str) -> Option<Option<&'static str>> {
    let rest = what.strip_prefix(device).or_else(|| what.strip_prefix("net").filter(|_| device == "network"))?;
    match rest.trim() {
        "" | "i/o" | "io" | "throughput" | "traffic" => Some(None),
        "read" | "reads" if device == "disk" => Some(Some("read")),
        "write" | "writes" if device == "disk" => Some(Some("write")),
        "in" | "rx" | "receive" | "received" if device == "network" => Some(Some("receive")),
        "out" | "tx" | "transmit" | "sent" if device == "network" => Some(Some("transmit")),
        _ => None,
    }
}

/// Bytes in one of this unit of rate. `b` are bits, `B` are bytes.
fn per_second(unit: &str) -> Option<f64> {
    let amount = unit.strip_suffix("/s").or_else(|| unit.strip_suffix("ps"))?;
    let factor = match amount {
        "B" => 1.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        "b" | "bit" => 0.125,
        "kb" | "Kb" | "kbit" | "Kbit" => 125.0,
        "Mb" | "Mbit" => 125e3,
        "Gb" | "Gbit" => 125e6,
        _ => return None,
    };
    Some(factor)
}
