//! Senders name the same thing differently: OpenTelemetry's conventions of several years, its collector, its libraries
//! for Python and Node, Prometheus' node exporter, Windows' counters. Here all of them become one measure.

use super::samples::{Fold, Sample, Stream, beside, together};
use std::collections::BTreeMap;

/// What a machine is watched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Share of all cores at work, 0 to 1.
    Processor,
    /// Memory that programs could still get, in bytes.
    MemoryFree,
    /// Share of the memory in use, 0 to 1.
    MemoryUsed,
    /// Share of the fullest volume in use, 0 to 1.
    DiskUsed,
    /// Bytes in each second, over all interfaces of the machine.
    Sent,
    Received,
    /// Operations in each second, over all disks.
    Operations,
    /// Bytes in each second, over all disks.
    BytesRead,
    BytesWritten,
    /// In each second, over all interfaces.
    Errors,
    Dropped,
    /// Programs that run or wait to run, mean of a minute.
    Load,
    /// Seconds since the machine started.
    Uptime,
}

const CORE: [&str; 3] = ["cpu.logical_number", "system.cpu.logical_number", "cpu"];
const MODE: [&str; 4] = ["cpu.mode", "system.cpu.state", "state", "mode"];
const MEMORY_STATE: [&str; 2] = ["system.memory.state", "state"];
const DEVICE: [&str; 3] = ["system.device", "network.interface.name", "device"];
const DIRECTION: [&str; 3] = ["disk.io.direction", "network.io.direction", "direction"];
const MOUNT: [&str; 2] = ["system.filesystem.mountpoint", "mountpoint"];
const FILESYSTEM_STATE: [&str; 2] = ["system.filesystem.state", "state"];
const FILESYSTEM_TYPE: [&str; 3] = ["system.filesystem.type", "fstype", "type"];

const PROCESSOR_SHARE: [&str; 2] = ["system.cpu.utilization", r"\Processor(_Total)\% Processor Time"];
const PROCESSOR_TIME: [&str; 2] = ["system.cpu.time", "node_cpu_seconds_total"];
const MEMORY_AVAILABLE: [&str; 3] =
    ["system.linux.memory.available", "node_memory_MemAvailable_bytes", r"\Memory\Available Bytes"];
const MEMORY_SIZE: [&str; 2] = ["system.memory.limit", "node_memory_MemTotal_bytes"];
const VOLUME_FREE: &str = "node_filesystem_avail_bytes";
const VOLUME_SIZE: [&str; 2] = ["system.filesystem.limit", "node_filesystem_size_bytes"];

/// Names of what goes in and out, each with its direction where the name itself says it.
type Counted = &'static [(&'static str, &'static str)];
const NETWORK: Counted = &[
    ("system.network.io", ""),
    ("node_network_transmit_bytes_total", "transmit"),
    ("node_network_receive_bytes_total", "receive"),
];
const NETWORK_ERRORS: Counted = &[
    ("system.network.errors", ""),
    ("node_network_transmit_errs_total", "transmit"),
    ("node_network_receive_errs_total", "receive"),
];
const NETWORK_DROPPED: Counted = &[
    ("system.network.packet.dropped", ""),
    ("system.network.dropped", ""),
    ("system.network.dropped_packets", ""),
    ("node_network_transmit_drop_total", "transmit"),
    ("node_network_receive_drop_total", "receive"),
];
const DISK: Counted =
    &[("system.disk.io", ""), ("node_disk_read_bytes_total", "read"), ("node_disk_written_bytes_total", "write")];
const DISK_OPERATIONS: Counted = &[
    ("system.disk.operations", ""),
    ("node_disk_reads_completed_total", "read"),
    ("node_disk_writes_completed_total", "write"),
];

impl Measure {
    /// Every name under which this may have come.
    pub fn names(self) -> Vec<&'static str> {
        let counted = |of: Counted| of.iter().map(|(name, _)| *name).collect();
        match self {
            Measure::Processor => [PROCESSOR_SHARE, PROCESSOR_TIME].concat(),
            Measure::MemoryFree | Measure::MemoryUsed => {
                let mut names = vec!["system.memory.usage", "system.memory.utilization"];
                names.extend(MEMORY_AVAILABLE);
                names.extend(MEMORY_SIZE);
                names
            }
            Measure::DiskUsed => {
                let mut names = vec!["system.filesystem.utilization", "system.filesystem.usage", VOLUME_FREE];
                names.extend(VOLUME_SIZE);
                names
            }
            Measure::Sent | Measure::Received => counted(NETWORK),
            Measure::Operations => counted(DISK_OPERATIONS),
            Measure::BytesRead | Measure::BytesWritten => counted(DISK),
            Measure::Errors => counted(NETWORK_ERRORS),
            Measure::Dropped => counted(NETWORK_DROPPED),
            Measure::Load => vec!["system.cpu.load_average.1m", "node_load1"],
            Measure::Uptime => vec!["system.uptime", "node_boot_time_seconds"],
        }
    }

    pub fn low_is_bad(self) -> bool {
        self == Measure::MemoryFree
    }
}

/// What these streams of one machine say about a measure. Where they say it in several ways, the way that says it most
/// often. `from`: a counter that began later counts from its start.
pub fn read(measure: Measure, streams: &[Stream], from: i64) -> Vec<Sample> {
    let ways = match measure {
        Measure::Processor => processor(streams, from),
        Measure::MemoryFree => memory_free(streams),
        Measure::MemoryUsed => memory_used(streams),
        Measure::DiskUsed => {
            let shares: Vec<Vec<Sample>> = volumes(streams).into_iter().map(|volume| volume.share).collect();
            vec![together(&shares, Fold::Highest)]
        }
        Measure::Sent => counted(streams, NETWORK, "transmit", from),
        Measure::Received => counted(streams, NETWORK, "receive", from),
        Measure::Operations => counted(streams, DISK_OPERATIONS, "", from),
        Measure::BytesRead => counted(streams, DISK, "read", from),
        Measure::BytesWritten => counted(streams, DISK, "write", from),
        Measure::Errors => counted(streams, NETWORK_ERRORS, "", from),
        Measure::Dropped => counted(streams, NETWORK_DROPPED, "", from),
        Measure::Load => vec![mean_of(streams, &["system.cpu.load_average.1m", "node_load1"])],
        Measure::Uptime => {
            let since = mean_of(streams, &["node_boot_time_seconds"]);
            let age =
                since.iter().map(|boot| Sample { value: boot.at as f64 / 1000.0 - boot.value, ..*boot }).collect();
            vec![mean_of(streams, &["system.uptime"]), age]
        }
    };
    // Of equals the last would win; the first way is the better one.
    ways.into_iter().rev().max_by_key(Vec::len).unwrap_or_default()
}

fn of<'a>(streams: &'a [Stream], names: &'a [&str]) -> impl Iterator<Item = &'a Stream> {
    streams.iter().filter(move |stream| names.contains(&stream.series.name.as_str()))
}

fn mean_of(streams: &[Stream], names: &[&str]) -> Vec<Sample> {
    let all: Vec<Vec<Sample>> = of(streams, names).map(Stream::values).collect();
    together(&all, Fold::Mean)
}

/// As a share of 0 to 1, however it came.
fn shares(stream: &Stream) -> Vec<Sample> {
    let percent = stream.series.unit == "%" || stream.series.name.contains('%');
    let scale = if percent { 0.01 } else { 1.0 };
    stream.values().into_iter().map(|sample| Sample { value: sample.value * scale, ..sample }).collect()
}

/// `0` of `cpu0` and of 0.
pub fn core_of(stream: &Stream) -> Option<String> {
    stream.label(&CORE).map(|core| core.strip_prefix("cpu").unwrap_or(&core).to_owned())
}

/// Share at work by core; none is the machine as a whole.
fn by_core(streams: &[Stream], from: i64) -> [BTreeMap<Option<String>, Vec<Sample>>; 2] {
    let share =
        grouped(streams, &PROCESSOR_SHARE).into_iter().map(|(core, streams)| (core, at_work(&streams))).collect();
    let time =
        grouped(streams, &PROCESSOR_TIME).into_iter().map(|(core, streams)| (core, busy(&streams, from))).collect();
    [share, time]
}

fn grouped<'a>(streams: &'a [Stream], names: &'a [&str]) -> BTreeMap<Option<String>, Vec<&'a Stream>> {
    let mut cores: BTreeMap<Option<String>, Vec<&Stream>> = BTreeMap::new();
    of(streams, names).for_each(|stream| cores.entry(core_of(stream)).or_default().push(stream));
    cores
}

/// All that is not idle. A stream without a mode is the whole already.
fn at_work(streams: &[&Stream]) -> Vec<Sample> {
    let mode = |stream: &Stream| stream.label(&MODE).unwrap_or_default();
    let some = |wanted: &dyn Fn(&str) -> bool| -> Vec<Vec<Sample>> {
        streams.iter().filter(|stream| wanted(&mode(stream))).map(|stream| shares(stream)).collect()
    };
    let plain = some(&|mode| mode.is_empty());
    if !plain.is_empty() {
        return together(&plain, Fold::Mean);
    }
    let idle = some(&|mode| mode == "idle");
    if idle.is_empty() {
        return together(&some(&|mode| !matches!(mode, "wait" | "iowait" | "steal")), Fold::Sum);
    }
    let idle = together(&idle, Fold::Sum);
    idle.into_iter().map(|sample| Sample { value: (1.0 - sample.value).clamp(0.0, 1.0), ..sample }).collect()
}

/// Seconds that were not idle of all seconds; without the others, of the time that went by.
fn busy(streams: &[&Stream], from: i64) -> Vec<Sample> {
    let is_idle = |stream: &&&Stream| stream.label(&MODE).as_deref() == Some("idle");
    let rates = |some: &mut dyn Iterator<Item = &&Stream>| {
        together(&some.map(|stream| stream.rates(from)).collect::<Vec<_>>(), Fold::Sum)
    };
    let idle = rates(&mut streams.iter().filter(is_idle));
    let all = rates(&mut streams.iter());
    let only_idle = streams.iter().all(|stream| is_idle(&stream));
    beside(&all, &idle, |all, idle| {
        let whole = if only_idle { 1.0 } else { all };
        (whole > 0.0).then(|| (1.0 - idle / whole).clamp(0.0, 1.0))
    })
}

fn processor(streams: &[Stream], from: i64) -> Vec<Vec<Sample>> {
    by_core(streams, from)
        .into_iter()
        .flat_map(|cores| {
            let whole = cores.get(&None).cloned().unwrap_or_default();
            let each: Vec<Vec<Sample>> =
                cores.into_iter().filter(|(core, _)| core.is_some()).map(|(_, share)| share).collect();
            [whole, together(&each, Fold::Mean)]
        })
        .collect()
}

/// Share at work of each core, in the order of their numbers.
pub fn cores(streams: &[Stream], from: i64) -> Vec<(String, Vec<Sample>)> {
    let ways = by_core(streams, from).map(|cores| -> Vec<(String, Vec<Sample>)> {
        cores.into_iter().filter_map(|(core, share)| Some((core?, share))).collect()
    });
    let mut cores = ways.into_iter().rev().max_by_key(Vec::len).unwrap_or_default();
    cores.sort_by_key(|(core, _)| (core.parse::<u32>().unwrap_or(u32::MAX), core.clone()));
    cores
}

/// Memory in one of these states. Whatever a system uses only as long as nobody needs it is as good as free.
fn memory_in(streams: &[Stream], states: &[&str]) -> Vec<Sample> {
    let in_state = |stream: &&Stream| stream.label(&MEMORY_STATE).is_some_and(|state| states.contains(&state.as_str()));
    let all: Vec<Vec<Sample>> = of(streams, &["system.memory.usage"]).filter(in_state).map(Stream::values).collect();
    together(&all, Fold::Sum)
}

const FREE: [&str; 4] = ["free", "cached", "buffered", "buffers"];

pub fn memory_size(streams: &[Stream]) -> Vec<Sample> {
    let told = mean_of(streams, &MEMORY_SIZE);
    if !told.is_empty() {
        return told;
    }
    let (used, free) = (memory_in(streams, &["used"]), memory_in(streams, &FREE));
    beside(&used, &free, |used, free| Some(used + free))
}

fn memory_share(streams: &[Stream]) -> Vec<Sample> {
    let used = |stream: &&Stream| stream.label(&MEMORY_STATE).is_none_or(|state| state == "used");
    let all: Vec<Vec<Sample>> = of(streams, &["system.memory.utilization"]).filter(used).map(shares).collect();
    together(&all, Fold::Mean)
}

fn memory_free(streams: &[Stream]) -> Vec<Vec<Sample>> {
    let by_share = beside(&memory_share(streams), &memory_size(streams), |used, size| Some((1.0 - used) * size));
    vec![mean_of(streams, &MEMORY_AVAILABLE), memory_in(streams, &FREE), by_share]
}

fn memory_used(streams: &[Stream]) -> Vec<Vec<Sample>> {
    let size = memory_size(streams);
    let of_size = |amount: f64, size: f64| (size > 0.0).then(|| (amount / size).clamp(0.0, 1.0));
    let available = mean_of(streams, &MEMORY_AVAILABLE);
    vec![
        memory_share(streams),
        beside(&memory_in(streams, &["used"]), &size, of_size),
        beside(&available, &size, |available, size| of_size(available, size).map(|free| 1.0 - free)),
    ]
}

/// A volume with its share in use over time.
#[derive(Clone, Debug, Default)]
pub struct Volume {
    pub mount: String,
    pub device: Option<String>,
    pub share: Vec<Sample>,
    /// Bytes, as told last.
    pub size: Option<f64>,
    pub used: Option<f64>,
}

/// Held in memory, or a view of something else.
const NOT_A_DISK: [&str; 8] = ["tmpfs", "devtmpfs", "ramfs", "overlay", "squashfs", "autofs", "nsfs", "iso9660"];

/// Volumes by where they are mounted, the fullest first.
pub fn volumes(streams: &[Stream]) -> Vec<Volume> {
    let names = Measure::DiskUsed.names();
    let mut mounts: BTreeMap<String, Vec<Stream>> = BTreeMap::new();
    for stream in of(streams, &names) {
        if stream.label(&FILESYSTEM_TYPE).is_some_and(|kind| NOT_A_DISK.contains(&kind.as_str())) {
            continue;
        }
        let mount = stream.label(&MOUNT).or_else(|| stream.label(&DEVICE)).unwrap_or_else(|| "/".to_owned());
        mounts.entry(mount).or_default().push(stream.clone());
    }
    let mut volumes: Vec<Volume> = mounts.into_iter().map(|(mount, streams)| volume(mount, &streams)).collect();
    volumes.retain(|volume| !volume.share.is_empty());
    let last = |volume: &Volume| volume.share.last().map_or(0.0, |sample| sample.value);
    volumes.sort_by(|a, b| last(b).total_cmp(&last(a)).then_with(|| a.mount.cmp(&b.mount)));
    volumes
}

fn volume(mount: String, streams: &[Stream]) -> Volume {
    let in_state = |wanted: &'static str| {
        let fits = move |stream: &&Stream| stream.label(&FILESYSTEM_STATE).is_none_or(|state| state == wanted);
        let all: Vec<Vec<Sample>> =
            of(streams, &["system.filesystem.usage"]).filter(fits).map(Stream::values).collect();
        together(&all, Fold::Mean)
    };
    let states = of(streams, &["system.filesystem.usage"]).any(|stream| stream.label(&FILESYSTEM_STATE).is_some());
    let (used, free) = (in_state("used"), if states { in_state("free") } else { Vec::new() });
    let told = mean_of(streams, &VOLUME_SIZE);
    let size = if told.is_empty() { beside(&used, &free, |used, free| Some(used + free)) } else { told };
    let of_size = |amount: f64, size: f64| (size > 0.0).then(|| (amount / size).clamp(0.0, 1.0));
    let available = mean_of(streams, &[VOLUME_FREE]);
    let plain: Vec<Vec<Sample>> = of(streams, &["system.filesystem.utilization"]).map(shares).collect();
    let ways = [
        together(&plain, Fold::Mean),
        beside(&used, &size, of_size),
        beside(&available, &size, |free, size| of_size(free, size).map(|free| 1.0 - free)),
    ];
    let share = ways.into_iter().rev().max_by_key(Vec::len).unwrap_or_default();
    let size = size.last().map(|sample| sample.value);
    let of_last = size.zip(share.last()).map(|(size, share)| size * share.value);
    Volume {
        device: streams.iter().find_map(|stream| stream.label(&DEVICE)),
        used: used.last().map(|sample| sample.value).or(of_last),
        mount,
        share,
        size,
    }
}

/// What counters gained in each second in one direction (none: in both), and what gauges tell as a rate already.
fn counted(streams: &[Stream], names: Counted, direction: &str, from: i64) -> Vec<Vec<Sample>> {
    let wanted = |stream: &&Stream| {
        let Some((_, own)) = names.iter().find(|(name, _)| *name == stream.series.name) else { return false };
        let told = if own.is_empty() { stream.label(&DIRECTION).unwrap_or_default() } else { (*own).to_owned() };
        direction.is_empty() || told == direction
    };
    let devices: Vec<String> = streams.iter().filter(wanted).filter_map(|stream| stream.label(&DEVICE)).collect();
    let real = |stream: &&Stream| {
        stream.label(&DEVICE).is_none_or(|device| !is_foreign(&device) && !is_part(&device, &devices))
    };
    let (counters, gauges): (Vec<&Stream>, Vec<&Stream>) =
        streams.iter().filter(wanted).filter(real).partition(|stream| stream.is_counter());
    let rates: Vec<Vec<Sample>> = counters.into_iter().map(|stream| stream.rates(from)).collect();
    let told: Vec<Vec<Sample>> = gauges.into_iter().map(Stream::values).collect();
    vec![together(&rates, Fold::Sum), together(&told, Fold::Sum)]
}

/// The machine talking to itself, or a second view of what another device counts already.
fn is_foreign(device: &str) -> bool {
    let starts = ["veth", "docker", "br-", "cali", "ifb", "loop", "ram", "zram", "sr", "dm-"];
    device == "lo" || starts.iter().any(|start| device.starts_with(start))
}

/// `vda1` beside `vda`, `nvme0n1p2` beside `nvme0n1`: its operations are the disk's.
fn is_part(device: &str, all: &[String]) -> bool {
    let bare = device.trim_end_matches(|c: char| c.is_ascii_digit());
    let disk = bare.strip_suffix('p').filter(|disk| disk.ends_with(|c: char| c.is_ascii_digit())).unwrap_or(bare);
    disk != device && !disk.is_empty() && all.iter().any(|other| other == disk)
}

#[cfg(test)]
mod tests;
