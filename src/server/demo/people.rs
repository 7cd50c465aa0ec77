//! Who comes: everybody is a function of the seed and of (day of the first visit, stream, number). Nothing is kept,
//! so that any day can be told alone.

use super::calendar::{self, DAY, HOUR, MINUTE, Tide};
use super::devices::{self, Device, Platform};
use super::random::{self, Dice};
use super::scenario::{Campaign, Country, Incident, Reach, Scenario, Segment};

/// One person. Stream 0 comes unasked; stream `k + 1` was drawn by campaign `k`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonKey {
    pub cohort: i64,
    pub stream: u16,
    pub index: u32,
}

/// What a person said yes to. Without `usage` nothing of what they do is ever sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consent {
    pub usage: bool,
    pub errors: bool,
    pub performance: bool,
    pub marketing: bool,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub key: PersonKey,
    pub hash: u64,
    pub segment: usize,
    pub country: usize,
    pub locale: usize,
    pub device: &'static Device,
    pub second: Option<&'static Device>,
    /// A line that needs twice the time and more.
    pub slow_line: bool,
    pub dark: bool,
    pub list_layout: bool,
    pub large_text: bool,
    pub reduced_motion: bool,
    /// Days after the first visit from which on an account is opened at the next visit.
    pub account_age: Option<i64>,
    pub newsletter: bool,
    /// Luck that decides on consent; the smaller, the more willing.
    reluctance: f64,
    shares: [bool; 3],
}

/// A campaign with its place in time.
#[derive(Clone, Debug)]
pub struct Run {
    pub campaign: Campaign,
    pub name: String,
    pub from: i64,
    pub to: i64,
}

/// The instant from which another banner text is shown, and what it changes.
#[derive(Clone, Debug)]
pub struct Wave {
    pub at: i64,
    pub loss: f64,
    pub marketing_loss: f64,
    pub policy: String,
}

#[derive(Clone, Debug)]
pub struct People {
    seed: u64,
    scale: f64,
    newcomers: f64,
    pub memory: i64,
    pub segments: Vec<Segment>,
    pub countries: Vec<Country>,
    /// Probability of a visit by segment and age.
    returns: Vec<Vec<f64>>,
    pub runs: Vec<Run>,
    sharing: super::scenario::Sharing,
    pub wave: Option<Wave>,
    /// Account holders who read the newsletter, expected.
    readers: f64,
}

impl People {
    pub fn new(scenario: &Scenario, seed: u64, scale: f64, end: i64) -> People {
        let memory = i64::from(scenario.traffic.memory_days);
        let curve = |segment: &Segment| {
            (0..=memory).map(|age| segment.visit * (age.max(1) as f64).powf(-segment.decay)).collect::<Vec<f64>>()
        };
        let accounts: f64 = scenario.segments.iter().map(|segment| segment.share * segment.account).sum();
        let runs = scenario.campaigns.iter().map(|campaign| run(campaign, end)).collect();
        People {
            seed,
            scale,
            newcomers: scenario.traffic.newcomers,
            memory,
            segments: scenario.segments.clone(),
            countries: scenario.countries.clone(),
            returns: scenario.segments.iter().map(curve).collect(),
            runs,
            sharing: scenario.sharing.clone(),
            wave: scenario.incidents.iter().find_map(|incident| wave(incident, end)),
            readers: scenario.traffic.newcomers * memory as f64 * accounts * 0.36,
        }
    }

    /// The streams that bring somebody for the first time on this day, with their number of people.
    pub fn newcomers(&self, day: i64, tide: &Tide) -> Vec<(u16, u32)> {
        let mut streams = vec![(0, (self.newcomers * self.scale * tide.day(day)).round() as u32)];
        for (number, run) in self.runs.iter().enumerate().filter(|(_, run)| run.campaign.reach == Reach::Draw) {
            let (from, to) = (run.from.max(day * DAY), run.to.min((day + 1) * DAY));
            if from < to {
                let share = (to - from) as f64 / (run.to - run.from) as f64;
                streams.push((number as u16 + 1, (run.campaign.amount * self.scale * share).round() as u32));
            }
        }
        streams
    }

    pub fn hash(&self, key: PersonKey) -> u64 {
        self.hash_in(self.cohort_hash(key.cohort, key.stream), key.index)
    }

    pub fn cohort_hash(&self, cohort: i64, stream: u16) -> u64 {
        random::key(&[self.seed, 1, cohort as u64, u64::from(stream)])
    }

    pub fn hash_in(&self, cohort_hash: u64, index: u32) -> u64 {
        random::mix(cohort_hash ^ random::mix(u64::from(index)))
    }

    fn segment(&self, hash: u64) -> usize {
        let mut left = random::unit(hash << 20);
        for (position, segment) in self.segments.iter().enumerate() {
            left -= segment.share;
            if left < 0.0 {
                return position;
            }
        }
        0
    }

    fn slow_line(hash: u64) -> bool {
        hash >> 56 < 36
    }

    /// How much more or less a cohort comes back: ads bring people who are less interested.
    pub fn quality(&self, cohort: i64, stream: u16) -> f64 {
        let luck = random::drift(random::key(&[self.seed, 2]), cohort as f64, 21.0);
        (1.0 + 0.07 * luck) * if stream == 0 { 1.0 } else { 0.7 }
    }

    /// Whether somebody returns on a day after their first, on their own. `factor` is quality times weekday.
    pub fn returns(&self, hash: u64, day_hash: u64, age: i64, factor: f64) -> bool {
        let line = &self.returns[self.segment(hash)];
        let Some(likely) = line.get(age as usize) else { return false };
        let patience = if People::slow_line(hash) { 0.7 } else { 1.0 };
        random::unit(random::mix(hash ^ day_hash)) < likely * factor * patience
    }

    pub fn day_hash(day: i64) -> u64 {
        random::mix(day as u64 ^ 0x00d1_ce00)
    }

    /// The first day in `from..=until` on which the person comes on their own.
    pub fn first_visit(&self, person: &Person, from: i64, until: i64, tide: &Tide) -> Option<i64> {
        let key = person.key;
        let quality = self.quality(key.cohort, key.stream);
        let comes = |day: &i64| {
            let factor = quality * tide.weekday(*day);
            *day == key.cohort || self.returns(person.hash, People::day_hash(*day), day - key.cohort, factor)
        };
        (from..=until).find(comes)
    }

    /// Whether a mail of this run brings the person back, and when.
    pub fn answers(&self, hash: u64, run: usize) -> Option<i64> {
        let sent = &self.runs[run];
        let mut dice = Dice::of(&[self.seed, 3, hash, run as u64]);
        if !dice.chance((sent.campaign.amount / self.readers).min(1.0)) {
            return None;
        }
        // Most read in the first hours, a few late.
        let luck = dice.unit();
        Some(sent.from + 10 * MINUTE + ((sent.to - sent.from) as f64 * (0.55 * luck + 0.4 * luck.powi(6))) as i64)
    }

    /// The day on which an account was opened; `None` when that has not happened before `until` (inclusive).
    pub fn account_day(&self, person: &Person, until: i64, tide: &Tide) -> Option<i64> {
        let from = person.key.cohort + person.account_age?;
        self.first_visit(person, from, until, tide)
    }

    pub fn person(&self, key: PersonKey) -> Person {
        let hash = self.hash(key);
        let segment = self.segment(hash);
        let mut dice = Dice::of(&[self.seed, 4, hash]);
        let country = {
            let mut left = dice.unit() * self.countries.iter().map(|country| country.share).sum::<f64>();
            let found = self.countries.iter().position(|country| {
                left -= country.share;
                left < 0.0
            });
            found.unwrap_or(0)
        };
        let device = devices::draw(&mut dice);
        let account =
            dice.chance(self.segments[segment].account * if device.platform == Platform::App { 1.3 } else { 1.0 });
        let waits = (dice.unit() * dice.unit() * 30.0) as i64;
        let waits = if dice.chance(0.55) { 0 } else { 1 + waits };
        let second = account && dice.chance(0.16);
        let locales = self.countries[country].locales.len();
        Person {
            key,
            hash,
            segment,
            country,
            locale: dice.below(locales),
            device,
            second: second.then(|| devices::second(device)),
            slow_line: People::slow_line(hash),
            dark: dice.chance(if device.kind == "desktop" { 0.29 } else { 0.41 }),
            list_layout: dice.chance(0.22),
            large_text: dice.chance(0.08),
            reduced_motion: dice.chance(0.05),
            account_age: account.then_some(waits),
            newsletter: account && dice.chance(0.6),
            reluctance: dice.unit(),
            shares: [
                dice.chance(self.sharing.errors),
                dice.chance(self.sharing.performance),
                dice.chance(self.sharing.marketing),
            ],
        }
    }

    fn willing(&self, person: &Person) -> f64 {
        let base = match person.device.platform {
            Platform::Desktop => self.sharing.usage_desktop,
            Platform::MobileWeb => self.sharing.usage_mobile,
            Platform::Tablet => self.sharing.usage_tablet,
            Platform::App => self.sharing.usage_app,
        };
        base + if person.account_age.is_some() { 0.02 } else { -0.008 }
    }

    /// What a person shares at an instant.
    pub fn consent(&self, person: &Person, at: i64) -> Consent {
        self.decided(person, self.wave.as_ref().filter(|wave| at >= wave.at))
    }

    fn decided(&self, person: &Person, wave: Option<&Wave>) -> Consent {
        let usage = person.reluctance < self.willing(person) - wave.map_or(0.0, |wave| wave.loss);
        let [errors, performance, marketing] = person.shares;
        let marketing = marketing && wave.is_none_or(|wave| (person.hash % 1_000) as f64 >= wave.marketing_loss * 1e3);
        Consent { usage, errors: usage && errors, performance: usage && performance, marketing: usage && marketing }
    }

    /// Whether this person shared usage before the new banner text and stopped with it.
    pub fn left_with(&self, wave: &Wave, person: &Person) -> bool {
        let before = person.key.cohort * DAY < wave.at && self.decided(person, None).usage;
        before && !self.decided(person, Some(wave)).usage
    }

    /// Which banner text was shown.
    pub fn policy(&self, at: i64) -> &str {
        self.wave.as_ref().filter(|wave| at >= wave.at).map_or(&self.sharing.policy, |wave| &wave.policy)
    }

    pub fn offset_hours(&self, person: &Person, day: i64) -> i64 {
        self.countries[person.country].utc_offset_hours + i64::from(calendar::summer(day))
    }
}

fn wave(incident: &Incident, end: i64) -> Option<Wave> {
    let Incident::OptOutWave { before_end, loss, marketing_loss, policy, .. } = incident else { return None };
    let at = end - before_end * MINUTE;
    Some(Wave { at, loss: *loss, marketing_loss: *marketing_loss, policy: policy.clone() })
}

fn run(campaign: &Campaign, end: i64) -> Run {
    let mut from = end - campaign.before_end * MINUTE;
    if let Some(weekday) = campaign.weekday {
        let back = (calendar::weekday(calendar::day_of(from)) as i64 + 1 - i64::from(weekday)).rem_euclid(7);
        from = (calendar::day_of(from) - back) * DAY;
    }
    let name = campaign.name.replace("{month}", calendar::month_word(from));
    Run { name, from, to: from + campaign.hours * HOUR, campaign: campaign.clone() }
}

impl Person {
    /// The random number that a browser or app keeps; another one on the second device.
    pub fn anonymous(&self, second: bool) -> String {
        format!("a-{:012x}", random::key(&[self.hash, 11, u64::from(second)]) >> 16)
    }

    /// The number of the account.
    pub fn user(&self) -> String {
        format!("customer_{:012x}", random::key(&[self.hash, 12]) >> 16)
    }

    /// Under which a refusal is remembered, and nothing else.
    pub fn refusal(&self) -> String {
        format!("refusal-{:012x}", random::key(&[self.hash, 13]) >> 16)
    }
}
