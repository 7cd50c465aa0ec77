//! Five measures, five machines each: who uses most, who has least.

use super::findings::{hours_until, hours_words, per_hour};
use super::parts::Chart;
use super::{choice_words, fleet::Fleet};
use crate::charts::{Hue, Line, Threshold};
use crate::page::Page;
use crate::parts::empty;
use crate::words::{self, Unit};
use parallax_domain::screen::Panel;
use parallax_server::store::question::machines::{Course, Courses};
use std::collections::BTreeMap;

const SHOWN: usize = 5;

/// Colours of the machines in question; the same in all charts of the page.
pub struct Colours(BTreeMap<String, Hue>);

impl Colours {
    pub fn of(hosts: &[String]) -> Colours {
        Colours(hosts.iter().take(4).enumerate().map(|(index, host)| (host.clone(), Hue::series(index))).collect())
    }

    pub fn hue(&self, host: &str) -> Hue {
        self.0.get(host).copied().unwrap_or(Hue::Mute)
    }
}

/// The address that colours a machine, or takes its colour away.
pub fn focused(page: &Page, host: &str) -> String {
    let mut address = page.address.clone();
    let pair = ("focus".to_owned(), host.to_owned());
    match address.more.iter().position(|known| *known == pair) {
        Some(at) => {
            address.more.remove(at);
        }
        None => address.more.push(pair),
    }
    address.href()
}

/// Machines in the order of what is worst.
fn ranked<'a>(fleet: &Fleet, courses: &'a Courses, low_is_bad: bool) -> Vec<(&'a Course, f64)> {
    let of = |course: &'a Course| {
        let value = course.summary.of_choice(fleet.choice, low_is_bad);
        // The tenth percentile of free memory is not kept; its course is drawn from it all the same.
        let value = value.or_else(|| course.values.iter().flatten().copied().reduce(f64::min));
        Some((course, value?))
    };
    let mut all: Vec<(&Course, f64)> = courses.courses.iter().filter_map(of).collect();
    all.sort_by(|a, b| if low_is_bad { a.1.total_cmp(&b.1) } else { b.1.total_cmp(&a.1) });
    all
}

/// Says in a sentence what the ranked courses show.
type Said<'a> = dyn Fn(&[(&Course, f64)]) -> String + 'a;

pub fn panels(page: &Page, fleet: &Fleet) -> Vec<Panel> {
    let chart = |id, title, unit: Unit, word: &str, courses: &Courses, low_is_bad: bool, summary: &Said<'_>| {
        let ranked = ranked(fleet, courses, low_is_bad);
        if ranked.is_empty() {
            let why = format!("{title} of every machine would be here. No machine has told it in this time.");
            return Panel::new(id, title).part(empty("Not measured", why));
        }
        let order = if low_is_bad { "lowest" } else { "highest" };
        let line = |(course, _): &(&Course, f64)| {
            let line = Line::new(course.name.clone(), course.values.clone()).hue(fleet.colours.hue(&course.name));
            line.href(focused(page, &course.name))
        };
        let thresholds = match id {
            "disk" => vec![Threshold { value: 0.9, label: "limit 90%".to_owned(), bad: true }],
            _ => Vec::new(),
        };
        let lines = ranked.iter().take(SHOWN).map(line).collect();
        let unit_words = format!("{word}{order} {}", choice_words(fleet.choice, low_is_bad));
        Chart { id, title, unit, unit_words, summary: summary(&ranked), lines, thresholds, height: 150 }
            .panel(page, courses)
    };
    vec![
        chart("cpu", "CPU", Unit::Share, "%, ", &fleet.processor, false, &busiest),
        chart("memory", "Available memory", Unit::Bytes, "", &fleet.memory_free, true, &|ranked| {
            tightest(ranked, &fleet.memory_free)
        }),
        chart("disk", "Disk used", Unit::Share, "fullest volume, ", &fleet.disk, false, &|ranked| {
            fullest(ranked, &fleet.disk)
        }),
        chart("sent", "Bytes sent", Unit::ByteRate, "", &fleet.sent, false, &|ranked| traffic(ranked, "sends")),
        chart("received", "Bytes received", Unit::ByteRate, "", &fleet.received, false, &|ranked| {
            traffic(ranked, "receives")
        }),
    ]
}

fn busiest(ranked: &[(&Course, f64)]) -> String {
    let Some((course, value)) = ranked.first() else { return String::new() };
    format!(
        "{} works most: {}, at most {}.",
        course.name,
        words::percent(Some(*value)),
        words::percent(course.summary.most)
    )
}

fn tightest(ranked: &[(&Course, f64)], courses: &Courses) -> String {
    let losing = ranked.iter().find_map(|(course, _)| {
        let per_hour = per_hour(course, courses).filter(|per_hour| *per_hour < 0.0)?;
        let hours = hours_until(course.summary.last?, per_hour, 0.0)?;
        Some(format!(
            "{} loses {} an hour, empty in {}.",
            course.name,
            words::bytes(Some(-per_hour)),
            hours_words(hours)
        ))
    });
    let Some((course, value)) = ranked.first() else { return String::new() };
    losing.unwrap_or_else(|| format!("{} has least: {}.", course.name, words::bytes(Some(*value))))
}

fn fullest(ranked: &[(&Course, f64)], courses: &Courses) -> String {
    let Some((course, value)) = ranked.first() else { return String::new() };
    let text = format!("{} is fullest: {}", course.name, words::percent(Some(*value)));
    let full = per_hour(course, courses)
        .zip(course.summary.last)
        .and_then(|(per_hour, last)| hours_until(last, per_hour, 1.0));
    match full {
        Some(hours) => format!("{text}, full in {} at this pace.", hours_words(hours)),
        None => format!("{text}."),
    }
}

fn traffic(ranked: &[(&Course, f64)], verb: &str) -> String {
    let Some((course, value)) = ranked.first() else { return String::new() };
    let all: f64 = ranked.iter().map(|(_, value)| value).sum();
    let share = (all > 0.0).then(|| value / all);
    let of_all = if ranked.len() > 1 { format!(", {} of all", words::percent_brief(share)) } else { String::new() };
    format!("{} {verb} most: {}{of_all}.", course.name, Unit::ByteRate.short(Some(*value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_server::engine::calendar::Buckets;
    use parallax_server::store::question::machines::Summary;

    fn course(name: &str, values: impl Fn(usize) -> f64) -> Course {
        let values: Vec<Option<f64>> = (0..24).map(|hour| Some(values(hour))).collect();
        let summary = Summary { last: values[23], most: values[23], average: values[12], ..Summary::default() };
        Course { name: name.into(), values, summary }
    }

    fn courses(all: Vec<Course>) -> Courses {
        let period = parallax_domain::Period {
            from: "2026-11-19T00:00:00Z".parse().unwrap(),
            to: "2026-11-20T00:00:00Z".parse().unwrap(),
        };
        let buckets = Buckets::for_readings("UTC", period, 3_000_000).unwrap();
        Courses { buckets, courses: all, n: 24 }
    }

    #[test]
    fn a_leak_is_the_news_even_of_a_machine_with_more_left_than_another() {
        let gib = 1_073_741_824.0;
        let all =
            courses(vec![course("pay-03", |_| 1.0 * gib), course("web-03", |hour| (9.4 - 0.32 * hour as f64) * gib)]);
        let ranked: Vec<(&Course, f64)> =
            all.courses.iter().map(|course| (course, course.summary.last.unwrap())).collect();
        let words = tightest(&ranked, &all);
        assert!(words.starts_with("web-03 loses 328 MiB an hour, empty in 6.4 h"), "{words}");
        assert_eq!(tightest(&ranked[..1], &all), "pay-03 has least: 1 GiB.");
    }

    #[test]
    fn traffic_is_said_with_its_share() {
        let all = courses(vec![course("img-02", |_| 3_000_000.0), course("web-01", |_| 1_000_000.0)]);
        let ranked: Vec<(&Course, f64)> =
            all.courses.iter().map(|course| (course, course.summary.last.unwrap())).collect();
        let words = traffic(&ranked, "sends");
        assert!(words.starts_with("img-02 sends most: ") && words.ends_with(", 75% of all."), "{words}");
    }

    #[test]
    fn four_machines_have_a_colour_and_keep_it() {
        let hosts: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        let colours = Colours::of(&hosts);
        assert_eq!(
            (colours.hue("a"), colours.hue("d"), colours.hue("e"), colours.hue("x")),
            (Hue::S1, Hue::S4, Hue::Mute, Hue::Mute)
        );
    }
}
