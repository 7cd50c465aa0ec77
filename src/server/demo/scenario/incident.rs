//! What goes wrong.

use serde::{Deserialize, Serialize};

/// `before_end` is the instant of the cause.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Incident {
    /// A version that keeps memory on one machine until it is killed, and begins again.
    MemoryLeak {
        id: String,
        title: String,
        service: String,
        version: String,
        host: String,
        before_end: i64,
        free_gib: f64,
        gib_per_hour: f64,
        /// Free memory at which the kernel kills the process.
        killed_below_gib: f64,
    },
    /// A database that runs out of CPU on one query: pages slow down, queries run into their time-out.
    SlowDatabase {
        id: String,
        title: String,
        host: String,
        service: String,
        query: String,
        before_end: i64,
        /// Move the start back to this hour (UTC), so that it meets the evening's visitors.
        #[serde(default)]
        hour: Option<i64>,
        minutes: i64,
        cpu: f64,
        /// Factor on page times at the height.
        slower: f64,
        /// Share of queries that time out at the height.
        timeouts: f64,
    },
    /// A version with too few database connections: calls wait, then fail.
    PoolExhaustion {
        id: String,
        title: String,
        service: String,
        version: String,
        before_end: i64,
        /// Minutes from the deployment to the first trouble, and to the roll-back.
        trouble_after: i64,
        rolled_back_after: i64,
        pool: String,
        connections_before: u32,
        connections: u32,
        /// Share of calls that fail, and that need a second attempt, at the height.
        failed: f64,
        second_attempt: f64,
        /// Share of checkouts that are paid meanwhile; to be tested against.
        checkout_to_paid: f64,
    },
    /// A volume that grows until somebody looks.
    FillingDisk { id: String, title: String, host: String, before_end: i64, used: f64, per_day: f64 },
    /// A job without limits that takes the processor away from the services on its node.
    NoisyNeighbour {
        id: String,
        title: String,
        job: String,
        host: String,
        before_end: i64,
        minutes: i64,
        /// Cores that the job takes.
        cores: f64,
        /// Factor on the times of the services beside it.
        slower: f64,
    },
    /// A new banner text: from then on more people say no, people of old included.
    OptOutWave {
        id: String,
        title: String,
        before_end: i64,
        /// Share of all people who say no to usage in addition.
        loss: f64,
        /// Share of those who shared campaigns and no longer do.
        marketing_loss: f64,
        /// Name of the new text.
        policy: String,
    },
}

impl Incident {
    pub fn id(&self) -> &str {
        match self {
            Incident::MemoryLeak { id, .. }
            | Incident::SlowDatabase { id, .. }
            | Incident::PoolExhaustion { id, .. }
            | Incident::FillingDisk { id, .. }
            | Incident::NoisyNeighbour { id, .. }
            | Incident::OptOutWave { id, .. } => id,
        }
    }

    pub fn before_end(&self) -> i64 {
        match self {
            Incident::MemoryLeak { before_end, .. }
            | Incident::SlowDatabase { before_end, .. }
            | Incident::PoolExhaustion { before_end, .. }
            | Incident::FillingDisk { before_end, .. }
            | Incident::NoisyNeighbour { before_end, .. }
            | Incident::OptOutWave { before_end, .. } => *before_end,
        }
    }
}
