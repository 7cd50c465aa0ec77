//! Storage accounts by the names of their platform, and the lines that tell who read what.

use super::Platform;
use crate::demo::calendar::{DAY, HOUR, MINUTE};
use crate::demo::incidents;
use crate::demo::journal::{Entry, Gear, Writer, record};
use crate::demo::meter::{Meter, nanos, ticks};
use crate::demo::otlp::{double, int, text};
use crate::demo::random;
use crate::demo::scenario::{Account, Nightly};
use crate::demo::trace::Level;
use crate::demo::world::World;

const EVERY: i64 = 900;

pub fn storage(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    for (number, account) in world.scenario.storage.iter().enumerate() {
        let mut platform = Platform::new(world, &account.account, "Microsoft.Storage/storageAccounts");
        for at in ticks(from, to, EVERY, 25) {
            read(world, account, number as u64, at, &mut platform);
        }
        meters.push(platform.meter);
    }
}

/// The nightly hours that an instant lies in.
fn nightly(account: &Account, at: i64) -> Option<&Nightly> {
    account.nightly.as_ref().filter(|nightly| {
        let start = at.div_euclid(DAY) * DAY + nightly.hour * HOUR;
        (start..start + (nightly.minutes + 15) * MINUTE).contains(&at)
    })
}

fn read(world: &World, account: &Account, number: u64, at: i64, platform: &mut Platform) {
    let load = world.tide.load(at);
    let noise = |what: u64| incidents::flutter(world.seed, 0x600 | number << 16 | what, at);
    let night = nightly(account, at);
    let (throttled, busy) = night.map_or((account.throttled, account.busy), |night| (night.throttled, night.busy));
    // Who is throttled tries again, and waits.
    let strain = 1.0 + 9.0 * throttled;
    let seconds = EVERY as f64;
    let reads = account.reads * load * seconds * (1.0 + 0.06 * noise(3));
    let writes = (account.writes * load + night.map_or(0.0, |night| night.writes)) * seconds * (1.0 + 0.1 * noise(4));
    for (what, api, count, server, far) in [
        (1, "GetBlob", reads, account.read_ms, 1.55),
        (2, "PutBlob", writes, account.write_ms, 1.4),
        (7, "ListBlobs", reads * 0.02, account.read_ms * 2.6, 1.3),
    ] {
        let server = server * (1.0 + 0.08 * noise(what)) * strain;
        let label = [("metadata_apiname", api)];
        platform.say(("azure_successserverlatency_average", "ms"), at, server, &label);
        platform.say(("azure_successe2elatency_average", "ms"), at, server * far + 3.0, &label);
        let failed = [
            ("ClientThrottlingError", throttled),
            ("ServerBusyError", busy),
            ("ServerTimeoutError", busy * 0.2),
            ("ClientOtherError", 0.0016),
        ];
        let sum: f64 = failed.iter().map(|(_, share)| share).sum();
        for (answer, part) in std::iter::once(("Success", 1.0 - sum)).chain(failed) {
            let count =
                (count * part * (1.0 + 0.3 * noise(what + 20).abs() * f64::from(u8::from(answer != "Success"))))
                    .round();
            if count >= 1.0 {
                let label = [("metadata_apiname", api), ("metadata_responsetype", answer)];
                platform.say(("azure_transactions_total", "{request}"), at, count, &label);
            }
        }
    }
    platform.say(("azure_egress_total", "By"), at, (reads * account.read_kb * 1_024.0).round(), &[]);
    platform.say(("azure_ingress_total", "By"), at, (writes * account.write_kb * 1_024.0).round(), &[]);
    platform.say(("azure_availability_average", "%"), at, 100.0 * (1.0 - busy * 1.2), &[]);
    if at / (15 * MINUTE) % 4 == 0 {
        let days = (at - world.end) as f64 / DAY as f64;
        let used = ((account.used_gb + account.gb_per_day * days) * 1e9).max(1e6);
        platform.say(("azure_usedcapacity_average", "By"), at, used.round(), &[]);
        platform.say(("azure_blobcapacity_average", "By"), at, (used * 0.998).round(), &[]);
        let objects = (account.objects + account.objects_per_day * days).max(1.0);
        platform.say(("azure_blobcount_average", "{blob}"), at, objects.round(), &[]);
    }
}

/// One read or write of an object, as the account's own log tells it.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    pub at: i64,
    /// Position of the account in the scenario.
    pub account: u8,
    pub key: &'a str,
    pub bytes: i64,
    pub status: i64,
    /// Milliseconds at the server.
    pub server_ms: f64,
}

/// The line of the account's log: the attributes of the collector's translation of `StorageRead`.
pub fn access_line(world: &World, access: Access<'_>) -> Entry {
    let account = world.scenario.storage[access.account as usize].account.as_str();
    let word = match access.status {
        200 | 206 => "Success",
        404 => "BlobNotFound",
        503 => "ServerBusy",
        _ => "OtherError",
    };
    let level = if access.status >= 400 { Level::Warn } else { Level::Info };
    let line = format!("GetBlob {} {} {word} in {:.0} ms", access.key, access.status, access.server_ms);
    let attributes = vec![
        text("azure.category", "StorageRead"),
        text("azure.operation.name", "GetBlob"),
        text("azure.storage.namespace", account),
        text("azure.storage.service.type", "blob"),
        text("azure.storage.object.key", format!("/{account}/{}", access.key)),
        int("http.response.status_code", access.status),
        text("http.response.status_text", word),
        int("http.response.body.size", access.bytes),
        double("azure.response.duration", (access.server_ms * 10.0).round() / 10.0),
    ];
    Entry {
        at: nanos(access.at),
        writer: Writer::Gear(Gear::Account(access.account)),
        record: record(nanos(access.at), Some(level), line, attributes),
    }
}

/// Size of an original image: the same whenever it is read.
pub fn size_of(key: &str) -> i64 {
    180_000 + (random::name(key) % 5_400_000) as i64
}
