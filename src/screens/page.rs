//! What every screen starts from: who looks, at which project, over which time, compared with what.

use crate::charts::{Flag, TimeAxis, TimeLabel};
use crate::words::{self, Length};
use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use parallax_domain::period::{Compare, Range};
use parallax_domain::question;
use parallax_domain::screen::{
    Chip, Coverage, FilterBar, Frame, Link, ProjectChoice, Screen, Tab, Text, Tone, Viewer as Who,
};
use parallax_domain::{Address, Filter, Instant, Op, Period, Permission, Problem};
use parallax_server::Machine;
use parallax_server::engine::calendar::{self, Buckets};
use parallax_server::identity::accounts::Viewer;
use parallax_server::identity::projects::{self, ProjectRow};
use parallax_server::store::Look;
use std::sync::Arc;

/// Deployments drawn above charts; more would cover each other.
const MOST_FLAGS: usize = 12;
/// Setting of a page for its value axes.
const SCALE: &str = "scale";
const DEPLOYED: &str = "deploy";

pub struct Page {
    pub machine: Arc<Machine>,
    pub viewer: Viewer,
    pub address: Address,
    pub projects: Vec<ProjectRow>,
    /// Its zone is the one that times are read in.
    pub project: ProjectRow,
    /// The project's own zone.
    pub reporting_zone: String,
    pub zone: Tz,
    pub now: Instant,
    pub look: Look,
    pub range: Range,
    pub period: Period,
    pub before: Option<Period>,
    /// Of the charts, over `period`.
    pub buckets: Buckets,
    /// As many, over `before`.
    pub buckets_before: Option<Buckets>,
    pub environments: Vec<String>,
    /// What stands on every time axis: deployments and notes of the period.
    pub flags: Vec<Flag>,
}

impl Page {
    /// Opens the page's project for the viewer. `usual` is the range where the address names none.
    pub async fn open(machine: Arc<Machine>, viewer: Viewer, address: Address, usual: Range) -> Result<Page, Problem> {
        let projects: Vec<ProjectRow> =
            projects::list(&machine.database).await?.into_iter().filter(|project| viewer.sees(project.id)).collect();
        let mut project = match address.project {
            Some(id) => projects
                .iter()
                .find(|project| project.id == id)
                .cloned()
                .ok_or_else(|| Problem::not_found("project"))?,
            None => {
                usual_project(&projects).cloned().ok_or_else(|| Problem::not_found("project; an admin can make one"))?
            }
        };
        let reporting_zone = project.zone.clone();
        if let Some(chosen) = &address.zone {
            // Every time, day and bucket of the page is of this zone, as if it were the project's.
            project.zone.clone_from(chosen);
        }
        let zone = calendar::zone(&project.zone)?;
        let mut look = machine.store.look(&viewer, project.id).await?;
        let now = machine.clock.now();
        let range = address.range.clone().unwrap_or(usual);
        let period = calendar::period_of(&range, zone, now)?;
        let before = calendar::compared_on_screen(period, address.compare.unwrap_or_default(), zone);
        let buckets = Buckets::for_chart(&project.zone, period)?;
        let buckets_before = match before {
            Some(before) => Some(Buckets::for_chart(&project.zone, before)?),
            None => None,
        };
        let environments = machine.store.environments(&mut look).await?;
        Ok(Page {
            machine,
            viewer,
            address,
            projects,
            project,
            reporting_zone,
            zone,
            now,
            look,
            range,
            period,
            before,
            buckets,
            buckets_before,
            environments,
            flags: Vec::new(),
        })
    }

    /// The question's frame for a period: the project's zone, the address' filters and environment.
    pub fn frame(&self, period: Period) -> question::Frame {
        question::Frame {
            from: period.from,
            to: period.to,
            zone: self.project.zone.clone(),
            filters: self.filters(),
            compare: None,
        }
    }

    pub fn filters(&self) -> Vec<Filter> {
        let mut filters = self.address.filters.clone();
        filters.extend(self.address.environment.as_deref().map(|environment| Filter::is("environment", environment)));
        filters
    }

    pub fn demand(&self, permission: Permission) -> Result<(), Problem> {
        if self.viewer.may(permission) { Ok(()) } else { Err(Problem::forbidden(permission.held_by())) }
    }

    pub fn wall(&self, at: Instant) -> NaiveDateTime {
        at.with_timezone(&self.zone).naive_local()
    }

    /// `14:32`, with the date where it is not today.
    pub fn moment(&self, at: Instant) -> String {
        let (wall, today) = (self.wall(at), self.wall(self.now).date());
        if wall.date() == today { words::clock(wall) } else { format!("{}, {}", words::day(wall), words::clock(wall)) }
    }

    pub fn time(&self, at: Instant) -> Text {
        Text::default().time(self.moment(at), at)
    }

    /// `12 s ago`.
    pub fn ago(&self, at: Instant) -> String {
        words::ago((self.now - at).num_seconds())
    }

    /// Whether durations and amounts stand on a logarithmic axis.
    pub fn logarithmic(&self) -> bool {
        self.address.get(SCALE) == Some("log")
    }

    /// The choice between both axes.
    pub fn scales(&self) -> Vec<Link> {
        let link = |label: &str, address: Address, current: bool| Link { current, ..Link::new(label, address.href()) };
        vec![
            link("Linear", self.address.without(SCALE), !self.logarithmic()),
            link("Log", self.address.with(SCALE, "log"), self.logarithmic()),
        ]
    }

    /// Address of another page with the same range, comparison and filters.
    pub fn to(&self, path: &str) -> Address {
        let mut address = self.address.page(path);
        address.project = Some(self.project.id);
        address
    }

    /// The same page, filtered by this value; a second click takes the filter away.
    pub fn filtered(&self, field: &str, value: &str) -> String {
        self.address.with_filter(Filter::is(field, value)).href()
    }

    pub fn is_filtered(&self, field: &str, value: &str) -> bool {
        self.address.filters.contains(&Filter::is(field, value))
    }

    pub fn step_words(&self) -> String {
        step_words(&self.buckets)
    }

    /// The axis of the charts, with its open bucket and what happened in the period.
    pub fn axis(&self) -> TimeAxis {
        self.axis_over(&self.buckets)
    }

    /// The same with the deployments of one service only; notes are about everything.
    pub fn axis_of(&self, service: &str) -> TimeAxis {
        let mut axis = self.axis();
        let own = format!("{service} ");
        axis.flags.retain(|flag| flag.icon != DEPLOYED || flag.full.starts_with(&own));
        axis
    }

    /// Reads what happened in the period: deployments, and what people wrote onto the time axis.
    pub async fn mark(&mut self) -> Result<(), Problem> {
        let mut flags = self.deployed().await?;
        flags.extend(self.annotated().await?);
        self.flags = flags;
        Ok(())
    }

    async fn annotated(&mut self) -> Result<Vec<Flag>, Problem> {
        let machine = self.machine.clone();
        let rows = machine.store.annotations(&mut self.look, self.period, MOST_FLAGS as i64).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let ends = row.until.map(|until| format!(" to {}", self.moment(until))).unwrap_or_default();
                Flag {
                    at: row.at.max(self.period.from),
                    label: shortened(&row.words),
                    full: format!("{}, {}{ends}", row.words, self.moment(row.at)),
                    href: self.to("/annotations").href(),
                    icon: "note".to_owned(),
                    bad: false,
                }
            })
            .collect())
    }

    async fn deployed(&mut self) -> Result<Vec<Flag>, Problem> {
        let deployments = self.machine.store.deployments(&mut self.look, self.period, MOST_FLAGS as i64).await?;
        Ok(deployments
            .into_iter()
            .map(|deployment| Flag {
                at: deployment.at,
                label: format!("{} {}", short(&deployment.service), deployment.version),
                full: format!("{} {}, {}", deployment.service, deployment.version, self.moment(deployment.at)),
                href: self.to("/engineering/deployments").with("service", &deployment.service).href(),
                icon: DEPLOYED.to_owned(),
                bad: false,
            })
            .collect())
    }

    /// An axis over other buckets than the page's, where something is not told often enough for those.
    pub fn axis_over(&self, buckets: &Buckets) -> TimeAxis {
        let length = step(buckets);
        let times = buckets.labels().into_iter().map(|at| TimeLabel::of(at, self.wall(at), length)).collect();
        let end = calendar::instant(buckets.end(buckets.len() - 1));
        let open =
            (end > self.look.fresh_as_of).then(|| buckets.index_of(self.look.fresh_as_of.timestamp_millis())).flatten();
        TimeAxis {
            times,
            until: Some(end),
            open_from: open,
            open_note: "bucket still open".to_owned(),
            flags: self.flags.clone(),
            ..TimeAxis::default()
        }
    }

    /// What the change refers to: `on the same weekdays before`.
    pub fn reference(&self) -> String {
        match (self.before, self.address.compare.unwrap_or_default()) {
            (None, _) | (_, Compare::None) => String::new(),
            (Some(before), Compare::Weekday) if self.period.seconds() <= 86_400 => {
                format!("on {}", words::day_of_week(self.wall(before.from)))
            }
            (_, Compare::Weekday) => "on the same weekdays before".to_owned(),
            (_, Compare::Previous) => "on the period before".to_owned(),
            (_, Compare::Year) => "on last year".to_owned(),
        }
    }

    /// A stat's change in words: arrow, size, and what it is compared with.
    pub fn change(&self, now: Option<f64>, then: Option<f64>, direction: Direction) -> Text {
        match words::relative(now, then) {
            None => Text::default(),
            Some(change) if change.none => Text::default().soft(format!("no change {}", self.reference())),
            Some(change) => Text::default()
                .change(change.size.clone(), change.up, direction.judge(change.up))
                .soft(self.reference()),
        }
    }

    /// The same for shares: a difference in points.
    pub fn change_points(&self, now: Option<f64>, then: Option<f64>, direction: Direction) -> Text {
        match words::points(now, then) {
            None => Text::default(),
            Some(change) if change.none => Text::default().soft(format!("no change {}", self.reference())),
            Some(change) => Text::default()
                .change(change.size.clone(), change.up, direction.judge(change.up))
                .soft(self.reference()),
        }
    }

    /// A screen in this page's frame.
    pub fn screen(&self, title: &str) -> Screen {
        Screen { frame: self.surroundings(true), refresh: Some(15), ..Screen::new(title) }
    }

    /// A screen without a time range, such as settings.
    pub fn settings(&self, title: &str) -> Screen {
        Screen { frame: self.surroundings(false), ..Screen::new(title) }
    }

    fn surroundings(&self, filters: bool) -> Frame {
        let mut address = self.address.clone();
        address.project = Some(self.project.id);
        Frame {
            viewer: Some(who(&self.viewer)),
            projects: choices(&self.projects, self.project.id),
            filters: filters.then(|| self.filter_bar()),
            address,
            ..Frame::default()
        }
    }

    /// The project's zone and UTC; the browser adds its own.
    fn zones(&self) -> Vec<Link> {
        let link = |label: String, zone: Option<&str>| {
            let current = zone.unwrap_or(&self.reporting_zone) == self.project.zone;
            Link { current, ..Link::new(label, self.address.with_zone(zone).href()) }
        };
        let mut zones = vec![link(format!("{}, the project's", self.reporting_zone), None)];
        for other in ["UTC", self.project.zone.as_str()] {
            if zones.iter().all(|zone| !zone.label.starts_with(other)) {
                zones.push(link(other.to_owned(), Some(other)));
            }
        }
        zones
    }

    fn filter_bar(&self) -> FilterBar {
        let age = (self.now - self.look.fresh_as_of).num_seconds();
        let away = self.machine.intake.availability().away_since();
        let stale = away.is_some() || age > 30;
        let fresh = match away {
            Some(since) => format!("stale since {}", self.moment(since)),
            None if stale => format!("stale since {}", self.moment(self.look.fresh_as_of)),
            None => words::ago(age.max(0)),
        };
        let mut environments = self.environments.clone();
        if let Some(chosen) = &self.address.environment
            && !environments.contains(chosen)
        {
            environments.push(chosen.clone());
        }
        FilterBar {
            range: self.range.label(),
            period: format!("{} to {}", words::exact(self.wall(self.period.from)), words::exact(self.wall(self.period.to))),
            compare: self.address.compare.unwrap_or_default().label().to_owned(),
            environments,
            chips: self.chips(),
            fields: parallax_domain::filter::FIELDS.iter().map(|field| (*field).to_owned()).collect(),
            coverage: Some(Coverage {
                share: None,
                label: "population unknown".to_owned(),
                explanation: vec![
                    "Figures about people are measured on those who allow it. How many people there are in all was not told.".to_owned(),
                    "Send known totals to /api/v1/population to see coverage here. Server measures see every request.".to_owned(),
                ],
            }),
            zone: self.project.zone.clone(),
            zones: self.zones(),
            keep: crate::saved::keep(self),
            fresh_as_of: Some(self.look.fresh_as_of),
            fresh,
            stale,
        }
    }

    fn chips(&self) -> Vec<Chip> {
        self.address
            .filters
            .iter()
            .enumerate()
            .map(|(index, filter)| {
                let mut without = self.address.clone();
                without.filters.remove(index);
                Chip {
                    field: field_words(&filter.field),
                    phrase: filter.op.phrase().to_owned(),
                    values: if filter.op == Op::Set || filter.op == Op::NotSet {
                        String::new()
                    } else {
                        filter.values.join(", ")
                    },
                    remove: without.href(),
                }
            })
            .collect()
    }

    /// Tabs of one group of pages; the current one is found by its path.
    pub fn tabs(&self, pages: &[(&str, &str)]) -> Vec<Tab> {
        pages
            .iter()
            .map(|(path, label)| Tab {
                label: (*label).to_owned(),
                href: self.to(path).href(),
                count: None,
                current: self.address.path == *path,
            })
            .collect()
    }

    /// Project and view above the heading.
    pub fn crumbs(&self, view: &str, path: &str) -> Vec<Link> {
        vec![Link::new(view, self.to(path).href()), Link::new(self.project.name.clone(), self.to(path).href())]
    }
}

/// Length of the buckets of a chart.
fn step(buckets: &Buckets) -> Length {
    let seconds = (buckets.end(0) - buckets.start(0)) / 1000;
    match seconds {
        0..86_000 => Length::Seconds(seconds as u32),
        86_000..500_000 => Length::Day,
        500_000..2_000_000 => Length::Week,
        _ => Length::Month,
    }
}

/// `3-minute buckets`, `by day`.
pub fn step_words(buckets: &Buckets) -> String {
    match step(buckets) {
        Length::Seconds(seconds @ 0..60) => format!("{seconds}-second buckets"),
        Length::Seconds(seconds) if seconds % 3600 == 0 => format!("{}-hour buckets", seconds / 3600),
        Length::Seconds(seconds) => format!("{}-minute buckets", seconds / 60),
        Length::Day => "by day".to_owned(),
        Length::Week => "by week".to_owned(),
        Length::Month => "by month".to_owned(),
    }
}

/// Which way is good; most things are neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    UpIsGood,
    UpIsBad,
    Neither,
}

impl Direction {
    pub fn judge(self, up: bool) -> Tone {
        match (self, up) {
            (Direction::Neither, _) => Tone::Neutral,
            (Direction::UpIsGood, true) | (Direction::UpIsBad, false) => Tone::Good,
            (Direction::UpIsGood, false) | (Direction::UpIsBad, true) => Tone::Bad,
        }
    }
}

/// A customer's project first, then the demo, then Parallax itself.
fn usual_project(projects: &[ProjectRow]) -> Option<&ProjectRow> {
    let of = |kind: &str| projects.iter().find(|project| project.kind == kind);
    of("product").or_else(|| of("demo")).or_else(|| projects.first())
}

pub fn who(viewer: &Viewer) -> Who {
    Who { name: viewer.name.clone(), email: viewer.email.clone(), roles: viewer.roles.clone() }
}

pub fn choices(projects: &[ProjectRow], current: i32) -> Vec<ProjectChoice> {
    projects
        .iter()
        .map(|project| ProjectChoice {
            id: project.id,
            name: project.name.clone(),
            demo: project.kind == "demo",
            current: project.id == current,
        })
        .collect()
}

/// As much of a note as stands above a chart.
fn shortened(words: &str) -> String {
    const LONGEST: usize = 18;
    match words.char_indices().nth(LONGEST) {
        None => words.to_owned(),
        Some((at, _)) => format!("{}…", words[..at].trim_end()),
    }
}

/// `payment` of `payment-service`.
fn short(service: &str) -> &str {
    service.strip_suffix("-service").unwrap_or(service)
}

pub fn field_words(field: &str) -> String {
    match field {
        "url.path" => "page".to_owned(),
        "url.host" => "host".to_owned(),
        other => other.strip_prefix("properties.").unwrap_or(other).replace("campaign.", "campaign "),
    }
}

/// The first instant of a local date.
pub fn midnight(zone: Tz, date: chrono::NaiveDate) -> Instant {
    let clock = date.and_time(chrono::NaiveTime::MIN);
    zone.from_local_datetime(&clock).earliest().map_or_else(|| clock.and_utc(), |at| at.to_utc())
}
