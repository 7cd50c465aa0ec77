//! What the company's software runs on: services, machines, the cluster's other workloads, storage, network.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// One of [`super::super::topology::ROLES`].
    pub name: String,
    /// `telemetry.sdk.language`.
    pub language: String,
    /// Version before the first release of the document.
    pub version: String,
    pub hosts: Vec<String>,
    pub team: String,
    /// Process name on the machine.
    pub process: String,
    /// Usual working set of a container.
    pub memory_mib: f64,
    pub memory_limit_mib: f64,
    /// Cores that a container may use at most; half of it is requested.
    pub cpu_limit: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    pub name: String,
    pub role: String,
    pub cores: u32,
    pub memory_gib: f64,
    pub disk_gib: f64,
    /// Fractions of a usual afternoon.
    pub cpu: f64,
    pub memory_free_gib: f64,
    pub disk_used: f64,
    /// MB/s of a usual afternoon.
    pub sent: f64,
    pub received: f64,
    /// Disk operations per second.
    pub operations: f64,
    /// Seconds between two readings of the figures that matter most.
    pub every: u32,
    /// Process name and share of the machine's CPU and memory; the first one holds what the others do not.
    pub processes: Vec<(String, f64, f64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkloadKind {
    /// One pod on every node.
    Daemonset,
    Deployment,
    Statefulset,
}

/// What runs in the cluster beside the services.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    pub name: String,
    pub namespace: String,
    pub kind: WorkloadKind,
    /// Nodes; of a daemonset all of them, whatever stands here.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Cores of a usual afternoon.
    pub cpu: f64,
    pub cpu_limit: f64,
    pub memory_mib: f64,
    pub memory_limit_mib: f64,
    /// Size of the volume of each pod, and its used share.
    #[serde(default)]
    pub volume_gib: Option<f64>,
    #[serde(default)]
    pub volume_used: f64,
}

/// A job that runs once a day.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    pub name: String,
    /// Hour (UTC) at which it starts, and how long it takes.
    pub hour: i64,
    pub minutes: i64,
    pub host: String,
    /// Cores.
    pub cpu: f64,
    pub memory_mib: f64,
}

/// A storage account of the cloud.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub account: String,
    pub holds: String,
    /// At the end of the told stretch, and by day.
    pub used_gb: f64,
    pub gb_per_day: f64,
    pub objects: f64,
    pub objects_per_day: f64,
    /// Per second of a usual afternoon.
    pub reads: f64,
    pub writes: f64,
    /// Server latency.
    pub read_ms: f64,
    pub write_ms: f64,
    pub read_kb: f64,
    pub write_kb: f64,
    /// Shares of the transactions that are told to slow down, and that find the server busy.
    pub throttled: f64,
    pub busy: f64,
    #[serde(default)]
    pub nightly: Option<Nightly>,
}

/// Hours in which an account is written to by a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nightly {
    pub hour: i64,
    pub minutes: i64,
    /// Per second.
    pub writes: f64,
    pub throttled: f64,
    pub busy: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    pub devices: Vec<Device>,
    pub balancer: String,
    pub gateway: String,
    /// Requests per second that reach the balancer on a usual afternoon.
    pub requests: f64,
    pub firewall: String,
    pub rules: Vec<Rule>,
    pub tunnels: Vec<Tunnel>,
    pub probes: Vec<Probe>,
    pub outages: Vec<Outage>,
}

/// A switch or router. Its ports are named by the machines that they lead to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    pub name: String,
    pub kind: String,
    pub model: String,
    pub ports: Vec<String>,
    /// Speed of a port.
    pub gbit: f64,
    /// Another device, or a place outside.
    pub uplink: String,
    pub uplink_gbit: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub name: String,
    /// `Allow` or `Deny`.
    pub action: String,
    pub per_hour: f64,
    pub port: u16,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tunnel {
    pub name: String,
    pub far: String,
    /// Per second of a usual afternoon, both directions.
    pub bytes: f64,
    pub rtt_ms: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    pub from: String,
    pub to: String,
    pub rtt_ms: f64,
}

/// A tunnel that is down for a while.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    pub tunnel: String,
    pub before_end: i64,
    pub minutes: i64,
    pub cause: String,
}
