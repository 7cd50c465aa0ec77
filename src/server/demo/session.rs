//! One visit as a list of steps. A step is a product event, a request to the servers, or both; people who keep
//! their usage to themselves walk the same way, but only the requests are seen, without anybody's name.

use super::calendar::{self, DAY};
use super::devices::{Device, Platform};
use super::payment::Payment;
use super::people::{Consent, Person};
use super::plan::Visit;
use super::random::{self, Dice};
use super::topology::{Instance, Role};
use super::world::World;
use serde_json::Value;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct Step {
    pub at: i64,
    pub event: Option<Event>,
    pub call: Option<Call>,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub name: &'static str,
    pub category: &'static str,
    /// Path of the page, with its query where there is one.
    pub path: Arc<str>,
    pub title: &'static str,
    pub properties: Vec<(&'static str, Value)>,
    /// Amount and currency.
    pub revenue: Option<(f64, usize)>,
    /// Whether this is the page that the visit begins with.
    pub entry: bool,
    /// Whether the person is signed in.
    pub known: bool,
    /// Key of the request that this event is about.
    pub trace: Option<u64>,
}

/// A request that reached the servers; the edge answers the rest.
#[derive(Clone, Debug)]
pub struct Call {
    pub kind: CallKind,
    pub key: u64,
    pub known: bool,
    pub fault: Option<Fault>,
}

#[derive(Clone, Debug)]
pub enum CallKind {
    Page { route: &'static str, path: Arc<str> },
    Image { product: usize },
    Search { hits: u32 },
    SizeAdvice { product: usize },
    BasketAdd { product: usize },
    Checkout { items: usize },
    AddressLookup,
    Pay { payment: Box<Payment>, method: &'static str, value: f64, items: usize },
    Login { accepted: bool },
    SignUp,
    Orders,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The database did not answer in time.
    QueryTimeout,
    /// The page server ran out of memory.
    OutOfMemory,
    /// A fault of every day.
    Upstream,
}

/// Why somebody writes to support after the visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worry {
    PaymentFailed,
    Declined,
    AddressForm,
    SignIn,
    WhereIsMyOrder,
    WrongSize,
    SlowPages,
}

#[derive(Clone, Debug)]
pub struct Opinion {
    pub at: i64,
    pub rating: i64,
    pub text: &'static str,
    pub path: Arc<str>,
    pub known: bool,
}

/// How the person came: by a run of a campaign, which has a referrer of its own, or by another page, or by neither.
#[derive(Clone, Debug, Default)]
pub struct Touch {
    /// Position in the runs of campaigns.
    pub run: Option<usize>,
    pub referrer: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub struct Session {
    pub visit: Visit,
    pub person: Person,
    pub consent: Consent,
    pub device: &'static Device,
    pub second: bool,
    pub touch: Touch,
    pub page_server: Instance,
    pub gateway: Instance,
    pub version: String,
    pub steps: Vec<Step>,
    pub worry: Option<(i64, Worry)>,
    pub opinion: Option<Opinion>,
    /// Orders placed: instant, amount in the person's currency, items.
    pub orders: Vec<(i64, f64, usize)>,
    pub checkouts: usize,
}

impl Session {
    /// The visitor before the first step.
    pub fn open(world: &World, visit: &Visit, dice: &mut Dice) -> Session {
        let person = world.people.person(visit.person);
        let day = visit.start.div_euclid(DAY);
        let second = person.second.filter(|_| day > visit.person.cohort && dice.chance(0.35));
        let device = second.unwrap_or(person.device);
        let page_server = world.topology.instance(Role::Web, visit.key >> 7, visit.start);
        let version = match device.platform {
            Platform::App => app_version(world, &person, visit.start),
            _ => world.topology.version(page_server).to_owned(),
        };
        Session {
            visit: *visit,
            consent: world.people.consent(&person, visit.start),
            device,
            second: second.is_some(),
            touch: Touch::default(),
            page_server,
            gateway: world.topology.instance(Role::Gateway, visit.key >> 7, visit.start),
            version,
            steps: Vec::new(),
            worry: None,
            opinion: None,
            orders: Vec::new(),
            checkouts: 0,
            person,
        }
    }

    pub fn id(&self) -> String {
        format!("s-{:012x}", random::mix(self.visit.key) >> 16)
    }

    pub fn country<'w>(&self, world: &'w World) -> &'w super::scenario::Country {
        &world.people.countries[self.person.country]
    }

    pub fn network(&self) -> &'static str {
        match (self.person.slow_line, self.device.kind, self.person.hash % 50) {
            (true, "mobile", 0..5) => "2g",
            (true, ..) => "3g",
            _ => "4g",
        }
    }

    /// Factor on page times: device, line and the way to the servers.
    pub fn slowness(&self, world: &World) -> f64 {
        let line = match self.network() {
            "2g" => 3.3,
            "3g" => 2.0,
            _ => 1.0,
        };
        self.device.slow * line * self.country(world).distance
    }
}

/// The newest version of the app that has reached this person: stores and people take their days.
fn app_version(world: &World, person: &Person, at: i64) -> String {
    let mut newest = world.scenario.app.first();
    for (number, release) in world.scenario.app.iter().enumerate() {
        let luck = random::unit(random::key(&[person.hash, 31, number as u64]));
        let patience = -(1.0 - luck).ln() * 3.5 * DAY as f64;
        if world.end - release.before_end * calendar::MINUTE + (patience as i64) < at {
            newest = Some(release);
        }
    }
    newest.map(|release| release.version.clone()).unwrap_or_default()
}
