//! Which service runs where, in which version at which instant.

use super::calendar::MINUTE;
use super::scenario::{Machine, Scenario, Service};

/// The services that the story needs by name, in the order of [`ROLES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Role {
    Web,
    Gateway,
    Auth,
    Catalog,
    Search,
    Basket,
    Order,
    Payment,
    Image,
    Notification,
}

pub const ROLES: [&str; 10] = [
    "web",
    "api-gateway",
    "auth-service",
    "catalog-service",
    "search-service",
    "basket-service",
    "order-service",
    "payment-service",
    "image-service",
    "notification-service",
];

/// The machines that the story needs by name.
pub const MACHINES: [&str; 3] = [DATABASE, REPLICA, LOG_STORE];
pub const DATABASE: &str = "db-01";
pub const REPLICA: &str = "db-02";
pub const LOG_STORE: &str = "log-01";

impl Role {
    pub const ALL: [Role; 10] = [
        Role::Web,
        Role::Gateway,
        Role::Auth,
        Role::Catalog,
        Role::Search,
        Role::Basket,
        Role::Order,
        Role::Payment,
        Role::Image,
        Role::Notification,
    ];

    pub fn name(self) -> &'static str {
        ROLES[self as usize]
    }

    pub fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// One running copy of a service in one version: what OpenTelemetry calls a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instance {
    pub role: Role,
    /// Position in [`Topology::machines`].
    pub host: u8,
    /// Position in the role's line of versions.
    pub version: u8,
}

#[derive(Clone, Debug)]
struct Step {
    at: i64,
    version: String,
    hosts: Vec<u8>,
    duration: f64,
}

#[derive(Clone, Debug)]
pub struct Topology {
    pub machines: Vec<Machine>,
    services: Vec<(Service, Vec<u8>)>,
    steps: Vec<Vec<Step>>,
}

impl Topology {
    pub fn new(scenario: &Scenario, end: i64) -> Topology {
        let place = |name: &String| scenario.machines.iter().position(|machine| machine.name == *name);
        let places = |names: &[String]| names.iter().filter_map(place).map(|p| p as u8).collect::<Vec<u8>>();
        let mut services = Vec::new();
        let mut steps = Vec::new();
        for service in ROLES.iter().filter_map(|name| scenario.services.iter().find(|service| service.name == *name)) {
            let first = Step { at: i64::MIN, version: service.version.clone(), hosts: Vec::new(), duration: 1.0 };
            let mut line = vec![first];
            for release in scenario.releases.iter().filter(|release| release.service == service.name) {
                line.push(Step {
                    at: end - release.before_end * MINUTE,
                    version: release.version.clone(),
                    hosts: places(&release.hosts),
                    duration: release.duration,
                });
            }
            line.sort_by_key(|step| step.at);
            steps.push(line);
            services.push((service.clone(), places(&service.hosts)));
        }
        Topology { machines: scenario.machines.clone(), services, steps }
    }

    pub fn machine(&self, host: u8) -> &Machine {
        &self.machines[host as usize]
    }

    pub fn host(&self, name: &str) -> u8 {
        self.machines.iter().position(|machine| machine.name == name).unwrap_or(0) as u8
    }

    pub fn service(&self, role: Role) -> &Service {
        &self.services[role as usize].0
    }

    pub fn hosts(&self, role: Role) -> &[u8] {
        &self.services[role as usize].1
    }

    /// The copy that serves a call; `luck` is the balancer's, any number.
    pub fn instance(&self, role: Role, luck: u64, at: i64) -> Instance {
        let hosts = self.hosts(role);
        self.instance_on(role, hosts[(luck % hosts.len() as u64) as usize], at)
    }

    pub fn instance_on(&self, role: Role, host: u8, at: i64) -> Instance {
        let line = &self.steps[role as usize];
        let version =
            line.iter().rposition(|step| step.at <= at && (step.hosts.is_empty() || step.hosts.contains(&host)));
        Instance { role, host, version: version.unwrap_or(0) as u8 }
    }

    pub fn version(&self, instance: Instance) -> &str {
        &self.steps[instance.role as usize][instance.version as usize].version
    }

    /// When the version of this copy was deployed; none for the one that was always there.
    pub fn deployed(&self, instance: Instance) -> Option<i64> {
        Some(self.steps[instance.role as usize][instance.version as usize].at).filter(|at| *at > i64::MIN)
    }

    /// Factor that the releases of this service so far have put on its durations.
    pub fn pace(&self, role: Role, at: i64) -> f64 {
        self.steps[role as usize].iter().filter(|step| step.at <= at).map(|step| step.duration).product()
    }
}
