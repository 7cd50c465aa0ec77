//! What reaches the company beside telemetry: decisions about sharing, tickets, feedback, answers to surveys, spend,
//! known totals, deployments. Each is the body of one request to the public interface, with the instant it is sent.

use super::calendar::{self, DAY, HOUR, MINUTE, SECOND};
use super::events;
use super::people::PersonKey;
use super::plan::Plan;
use super::random::{self, Dice};
use super::scenario::Reach;
use super::session::{Session, Worry};
use super::walk;
use super::world::World;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

/// A record and when it is sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub at: i64,
    pub value: Value,
}

/// A decision about sharing, and whether it takes back an earlier one.
#[derive(Clone, Debug)]
pub struct Decision {
    pub sent: Sent,
    pub withdraws: bool,
}

/// A day that was told: who came, and what it left behind.
#[derive(Clone, Debug)]
pub struct Day {
    pub plan: Plan,
    pub book: DayBook,
}

/// What a whole day leaves behind. Needs every visit of the day, so that it is made once and kept.
#[derive(Clone, Debug, Default)]
pub struct DayBook {
    pub consents: Vec<Decision>,
    pub tickets: Vec<Sent>,
    pub feedback: Vec<Sent>,
    pub population: Vec<Sent>,
    pub totals: DayTotals,
}

/// What really happened on a day, whoever shared it.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct DayTotals {
    pub day: String,
    pub visits: usize,
    pub people: usize,
    /// People who share nothing.
    pub silent: usize,
    pub newcomers: usize,
    pub checkouts: usize,
    pub orders: usize,
    /// Euro, all currencies turned into it.
    pub revenue_eur: f64,
    pub tickets: usize,
}

pub fn day_book(world: &World, plan: &Plan) -> DayBook {
    let mut book = DayBook::default();
    let mut people: HashSet<PersonKey> = HashSet::new();
    let mut by_device: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
    let totals = &mut book.totals;
    totals.day = calendar::date_text(plan.day);
    totals.visits = plan.visits.len();
    let (mut tickets, mut feedback, mut consents) = (Vec::new(), Vec::new(), Vec::new());
    for visit in &plan.visits {
        let session = walk::walk(world, visit);
        let slot = by_device.entry(session.device.kind).or_default();
        slot.1 += session.steps.iter().filter(|step| step.event.is_some()).count();
        if people.insert(visit.person) {
            slot.0 += 1;
            totals.people += 1;
            totals.silent += usize::from(!session.consent.usage);
            totals.newcomers += usize::from(visit.person.cohort == plan.day);
        }
        totals.checkouts += session.checkouts;
        totals.orders += session.orders.len();
        let rate = session.country(world).rate;
        totals.revenue_eur += session.orders.iter().map(|(_, amount, _)| amount / rate).sum::<f64>();
        consents.extend(decision(world, &session, plan.day));
        tickets.extend(ticket(world, &session));
        feedback.extend(opinion(world, &session));
    }
    totals.revenue_eur = totals.revenue_eur.round();
    totals.tickets = tickets.iter().filter(|sent: &&Sent| sent.value["status"] == "open").count();
    (book.tickets, book.feedback, book.consents) = (tickets, feedback, consents);
    let (from, to) = (plan.day * DAY, (plan.day + 1) * DAY);
    for (device, (people, requests)) in by_device {
        let value = json!({
            "from": calendar::rfc3339(from), "to": calendar::rfc3339(to),
            "strata": {"device": device}, "people": people, "requests": requests,
        });
        book.population.push(Sent { at: to, value });
    }
    book
}

/// The answer to the banner: of everybody on the first visit, and of those whom the new text made change their mind.
/// A refusal is kept under a number that is used for nothing else.
fn decision(world: &World, session: &Session, day: i64) -> Option<Decision> {
    let (visit, person) = (&session.visit, &session.person);
    let first = visit.person.cohort == day && visit.nth == 0;
    let people = &world.people;
    let leaves = people.wave.as_ref().is_some_and(|wave| {
        visit.start >= wave.at
            && people.left_with(wave, person)
            && people.first_visit(person, calendar::day_of(wave.at), day - 1, &world.tide).is_none()
    });
    if !first && !leaves {
        return None;
    }
    let consent = session.consent;
    let at = visit.start + 3 * SECOND + (visit.key % 24_000) as i64;
    let mut value = json!({
        "decisions": {
            "usage": consent.usage, "errors": consent.errors,
            "performance": consent.performance, "marketing": consent.marketing,
        },
        "at": calendar::rfc3339(at),
        "policy": world.people.policy(at),
        "source": "banner",
    });
    let (who, id) = if leaves || consent.usage {
        ("anonymous", person.anonymous(session.second))
    } else {
        ("subject", person.refusal())
    };
    value[who] = Value::String(id);
    Some(Decision { sent: Sent { at, value }, withdraws: leaves })
}

fn opinion(world: &World, session: &Session) -> Option<Sent> {
    let opinion = session.opinion.as_ref()?;
    let key = random::key(&[session.visit.key, 62]);
    let mut value = json!({
        "id": events::uuid(key),
        "at": calendar::rfc3339(opinion.at),
        "rating": opinion.rating,
        "text": opinion.text,
        "url": format!("https://{}{}", world.scenario.company.host, opinion.path.split('?').next().unwrap_or("/")),
    });
    if opinion.known && session.consent.usage {
        value["user"] = Value::String(session.person.user());
    }
    Some(Sent { at: opinion.at, value })
}

/// A ticket as it is written, answered and closed: three records with one id.
fn ticket(world: &World, session: &Session) -> Vec<Sent> {
    let Some((worried, worry)) = session.worry else { return Vec::new() };
    let key = random::key(&[session.visit.key, 63]);
    let mut dice = Dice::new(key);
    let wait = if worry == Worry::PaymentFailed { 7.0 } else { 22.0 };
    let opened = worried + (dice.around(wait, 0.5).clamp(2.0, 90.0) * MINUTE as f64) as i64;
    let answered = opened + (dice.around(24.0, 0.7).clamp(4.0, 300.0) * MINUTE as f64) as i64;
    let solved = answered + (dice.around(2.4, 0.8).clamp(0.3, 26.0) * HOUR as f64) as i64;
    let (subject, texts) = words(worry);
    let text = *dice.pick(texts);
    let known = session.steps.iter().any(|step| step.event.as_ref().is_some_and(|event| event.known));
    let record = |at: i64, status: &str, rating: Option<i64>| {
        let mut value = json!({
            "id": format!("T-{:08}", key % 100_000_000),
            "at": calendar::rfc3339(at),
            "subject": subject,
            "text": text,
            "status": status,
            "url": format!("https://{}/help/tickets/{:08}", world.scenario.company.host, key % 100_000_000),
        });
        if let Some(rating) = rating {
            value["rating"] = json!(rating);
        }
        if known && session.consent.usage {
            value["user"] = Value::String(session.person.user());
        }
        Sent { at, value }
    };
    let mood = if worry == Worry::PaymentFailed { 3.4 } else { 4.1 };
    let rating = dice.chance(0.35).then(|| (mood + dice.normal()).round().clamp(1.0, 5.0) as i64);
    vec![record(opened, "open", None), record(answered, "answered", None), record(solved, "solved", rating)]
}

fn words(worry: Worry) -> (&'static str, &'static [&'static str]) {
    match worry {
        Worry::PaymentFailed => (
            "Paying does not work",
            &[
                "Was my card charged twice?",
                "Paying takes forever and then fails.",
                "Error after I pressed pay, is my order placed?",
            ],
        ),
        Worry::Declined => {
            ("Card refused", &["My card is fine elsewhere, why not here?", "The payment was refused, what can I do?"])
        }
        Worry::AddressForm => (
            "Address is not accepted",
            &["The form says my street is wrong. It is not.", "I cannot get past the address page."],
        ),
        Worry::SignIn => {
            ("Cannot sign in", &["My password is refused.", "The sign-in page sends me round in circles."])
        }
        Worry::WhereIsMyOrder => {
            ("Where is my order?", &["The parcel has not moved for four days.", "When does my order arrive?"])
        }
        Worry::WrongSize => {
            ("Wrong size", &["The boots are too small, can I change them?", "I ordered M and it fits like S."])
        }
        Worry::SlowPages => {
            ("Pages are slow", &["Prices take half a minute to appear.", "The shop hangs on my phone."])
        }
    }
}

/// Answers of people who are asked directly, most of whom share no usage.
pub fn surveys(world: &World, from: i64, to: i64) -> Vec<Sent> {
    const ANSWERS: [(&str, &str, i64); 9] = [
        ("survey", "The site is fast, the address form is not.", 3),
        ("survey", "I want to order without an account.", 3),
        ("survey", "Please let me pay without choosing a size twice.", 4),
        ("forum", "I use an ad blocker and see no product images.", 2),
        ("forum", "Works without images, thank you for that.", 4),
        ("interview", "I pay by invoice because cards time out.", 2),
        ("interview", "I look at tents at home and buy them on the train.", 4),
        ("survey", "Good shop. I share nothing with any shop.", 5),
        ("survey", "Filters forget what I chose.", 3),
    ];
    let mut sent = Vec::new();
    for day in calendar::day_of(from)..=calendar::day_of(to - 1) {
        let mut dice = Dice::of(&[world.seed, 96, day as u64]);
        for number in 0..2 + dice.below(5) {
            let (source, answer, rating) = *dice.pick(&ANSWERS);
            let at = day * DAY + (dice.between(7.0, 21.0) * HOUR as f64) as i64;
            let value = json!({
                "id": events::uuid(random::key(&[world.seed, 97, day as u64, number as u64])),
                "at": calendar::rfc3339(at),
                "source": source,
                "question": "What should we change?",
                "answer": answer,
                "rating": rating,
                "shares_usage": dice.chance(0.2),
            });
            if (from..to).contains(&at) {
                sent.push(Sent { at, value });
            }
        }
    }
    sent
}

/// What the campaigns of a day have cost, known at its end.
pub fn spend(world: &World, from: i64, to: i64) -> Vec<Sent> {
    let mut sent = Vec::new();
    for day in calendar::day_of(from - 1)..=calendar::day_of(to - 1) - 1 {
        let at = (day + 1) * DAY;
        if !(from..to).contains(&at) {
            continue;
        }
        for run in world.people.runs.iter().filter(|run| run.from < at && run.to > day * DAY) {
            let campaign = &run.campaign;
            let luck = random::unit(random::key(&[world.seed, 98, day as u64, random::name(&run.name)]));
            let scale = if campaign.reach == Reach::Mail { 1.0 } else { world.tide.day(day) };
            let amount = (campaign.spend * scale * (0.94 + 0.12 * luck) * 100.0).round() / 100.0;
            let value = json!({
                "day": calendar::date_text(day), "campaign": run.name, "source": campaign.source,
                "medium": campaign.medium, "amount": amount, "currency": "EUR",
            });
            sent.push(Sent { at, value });
        }
    }
    sent
}

pub fn deployments(world: &World, from: i64, to: i64) -> Vec<Sent> {
    let scenario = &world.scenario;
    let mut sent = Vec::new();
    for release in &scenario.releases {
        let at = world.end - release.before_end * MINUTE;
        if !(from..to).contains(&at) {
            continue;
        }
        let team = scenario.services.iter().find(|service| service.name == release.service).map(|s| s.team.as_str());
        let build = random::key(&[random::name(&release.service), random::name(&release.version), at as u64]) % 9_000;
        let value = json!({
            "service": release.service, "version": release.version, "environment": scenario.company.environment,
            "at": calendar::rfc3339(at), "author": format!("{} team", team.unwrap_or("platform")),
            "url": format!("https://ci.fernhill.example/builds/{}", 1_000 + build),
        });
        sent.push(Sent { at, value });
    }
    sent.sort_by_key(|sent| sent.at);
    sent
}
