//! Processor, memory, disks and network of one machine over time.

use super::super::choice_words;
use super::super::parts::Chart;
use super::{Facts, only};
use crate::charts::{Hue, Line, Threshold};
use crate::page::Page;
use crate::parts::{empty_with, joined};
use crate::words::{self, Unit};
use parallax_domain::screen::{Link, Panel};
use parallax_server::store::question::machines::{Course, Courses};

/// Cores that one chart can tell apart.
const CORES: usize = 8;

pub fn panels(page: &Page, facts: &Facts) -> Vec<Panel> {
    let mut panels = vec![
        processor(page, facts),
        cores(page, facts),
        memory(page, facts),
        volumes(page, facts),
        pair(page, facts, "network", "Network", Unit::ByteRate, [("sent", &facts.sent), ("received", &facts.received)]),
        pair(
            page,
            facts,
            "disk-bytes",
            "Disk traffic",
            Unit::ByteRate,
            [("read", &facts.bytes_read), ("written", &facts.bytes_written)],
        ),
    ];
    panels.push(one(page, facts, "operations", "Disk operations", Unit::Rate("s"), &facts.operations));
    panels.push(one(page, facts, "load", "Load, 1 minute", Unit::Number, &facts.load));
    // Errors are rare; a chart of zeros says no more than its absence.
    let some = |courses: &Courses| only(courses).and_then(|course| course.summary.most).is_some_and(|most| most > 0.0);
    if some(&facts.errors) || some(&facts.dropped) {
        let both = [("errors", &facts.errors), ("dropped packets", &facts.dropped)];
        panels.push(pair(page, facts, "network-errors", "Network errors", Unit::Rate("s"), both));
    }
    panels
}

fn line(name: &str, course: &Course, hue: Hue) -> Line {
    Line::new(name, course.values.clone()).hue(hue)
}

/// What would be here, why it is not, and what to do.
fn missing(page: &Page, facts: &Facts, id: &str, title: &str) -> Panel {
    let why = format!("{title} of {} would be here. It has told nothing of this in the time of the page.", facts.host);
    let metrics = page.to("/explore/metrics").without_filters().with("q", "system.").href();
    Panel::new(id, title).part(empty_with("Not measured", why, Link::new("What machines tell", metrics)))
}

fn figures(course: &Course, unit: &Unit) -> String {
    let figure = |value| joined(unit.short(value));
    let summary = &course.summary;
    format!("{} on average, p95 {}, at most {}.", figure(summary.average), figure(summary.p95), figure(summary.most))
}

fn processor(page: &Page, facts: &Facts) -> Panel {
    let Some(course) = only(&facts.processor) else { return missing(page, facts, "cpu", "CPU") };
    Chart {
        id: "cpu",
        title: "CPU",
        unit: Unit::Share,
        unit_words: format!("%, {}", choice_words(facts.choice, false)),
        summary: figures(course, &Unit::Share),
        lines: vec![line("all cores", course, Hue::S1)],
        thresholds: Vec::new(),
        height: 150,
    }
    .panel(page, &facts.processor)
}

fn cores(page: &Page, facts: &Facts) -> Panel {
    let all = &facts.cores.courses;
    if all.is_empty() {
        return missing(page, facts, "cores", "CPU by core");
    }
    let shown = hottest(all, CORES);
    let summary = uneven(all);
    let lines =
        shown.iter().enumerate().map(|(at, course)| line(&format!("core {}", course.name), course, Hue::series(at)));
    let chart = Chart {
        id: "cores",
        title: "CPU by core",
        unit: Unit::Share,
        unit_words: format!("%, {}", choice_words(facts.choice, false)),
        summary,
        lines: lines.collect(),
        thresholds: Vec::new(),
        height: 150,
    };
    let mut panel = chart.panel(page, &facts.cores);
    if all.len() > CORES {
        panel.partial = Some(format!("The {CORES} busiest of {} cores.", all.len()));
    }
    panel
}

/// The busiest ones, in their own order.
fn hottest(all: &[Course], most: usize) -> Vec<&Course> {
    let mut places: Vec<usize> = (0..all.len()).collect();
    let average = |at: &usize| all[*at].summary.average.unwrap_or(0.0);
    places.sort_by(|a, b| average(b).total_cmp(&average(a)));
    places.truncate(most);
    places.sort_unstable();
    places.into_iter().map(|at| &all[at]).collect()
}

/// One core that works while others rest means that a program does not use them.
fn uneven(all: &[Course]) -> String {
    let known: Vec<(&str, f64)> =
        all.iter().filter_map(|course| Some((course.name.as_str(), course.summary.average?))).collect();
    let most = known.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let least = known.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    let (Some(most), Some(least)) = (most, least) else { return String::new() };
    let percent = |value: f64| joined(words::percent_brief(Some(value)));
    if most.1 - least.1 > 0.3 {
        format!("Core {} works {} of the time, core {} only {}.", most.0, percent(most.1), least.0, percent(least.1))
    } else {
        format!("Evenly used: {} to {} on average.", percent(least.1), percent(most.1))
    }
}

fn memory(page: &Page, facts: &Facts) -> Panel {
    let Some(course) = only(&facts.memory_used) else { return missing(page, facts, "memory", "Memory used") };
    let left = only(&facts.memory_free).and_then(|course| course.summary.last);
    let summary = match left {
        Some(left) => {
            format!("{} used now, {} left.", joined(words::percent(course.summary.last)), words::bytes(Some(left)))
        }
        None => figures(course, &Unit::Share),
    };
    Chart {
        id: "memory",
        title: "Memory used",
        unit: Unit::Share,
        unit_words: format!("%, {}", choice_words(facts.choice, false)),
        summary,
        lines: vec![line("in use", course, Hue::S1)],
        thresholds: vec![Threshold { value: 0.93, label: "tight from 93%".to_owned(), bad: true }],
        height: 150,
    }
    .panel(page, &facts.memory_used)
}

fn volumes(page: &Page, facts: &Facts) -> Panel {
    let Some(first) = facts.volumes.first() else { return missing(page, facts, "disk", "Disks used") };
    let summary = format!("{} is fullest: {}.", first.course.name, joined(words::percent(first.course.summary.last)));
    let shown = facts.volumes.iter().take(CORES).enumerate();
    let lines = shown.map(|(at, volume)| line(&volume.course.name, &volume.course, Hue::series(at))).collect();
    let courses = Courses {
        buckets: facts.volume_buckets.clone(),
        courses: Vec::new(),
        n: facts.volumes.iter().map(|volume| volume.course.summary.n).sum(),
    };
    Chart {
        id: "disk",
        title: "Disks used",
        unit: Unit::Share,
        unit_words: format!("% of each volume, {}", choice_words(facts.choice, false)),
        summary,
        lines,
        thresholds: vec![Threshold { value: 0.9, label: "limit 90%".to_owned(), bad: true }],
        height: 150,
    }
    .panel(page, &courses)
}

fn one(page: &Page, facts: &Facts, id: &'static str, title: &'static str, unit: Unit, courses: &Courses) -> Panel {
    let Some(course) = only(courses) else { return missing(page, facts, id, title) };
    Chart {
        id,
        title,
        summary: figures(course, &unit),
        unit_words: choice_words(facts.choice, false).to_owned(),
        unit,
        lines: vec![line(title, course, Hue::S1)],
        thresholds: Vec::new(),
        height: 120,
    }
    .panel(page, courses)
}

/// Two directions of one thing; they come at the same times, so they share their buckets.
fn pair(
    page: &Page,
    facts: &Facts,
    id: &'static str,
    title: &'static str,
    unit: Unit,
    both: [(&str, &Courses); 2],
) -> Panel {
    let told: Vec<(&str, &Courses, &Course)> =
        both.into_iter().filter_map(|(name, courses)| Some((name, courses, only(courses)?))).collect();
    let Some((_, first, _)) = told.first() else { return missing(page, facts, id, title) };
    let same: Vec<_> = told.iter().filter(|(_, courses, _)| courses.buckets == first.buckets).collect();
    let words: Vec<String> =
        told.iter().map(|(name, _, course)| format!("{} {name}", joined(unit.short(course.summary.average)))).collect();
    let counted = Courses {
        buckets: first.buckets.clone(),
        courses: Vec::new(),
        n: same.iter().map(|(_, courses, _)| courses.n).sum(),
    };
    Chart {
        id,
        title,
        unit_words: choice_words(facts.choice, false).to_owned(),
        summary: format!("{} on average.", words.join(", ")),
        unit,
        lines: same.iter().enumerate().map(|(at, (name, _, course))| line(name, course, Hue::series(at))).collect(),
        thresholds: Vec::new(),
        height: 150,
    }
    .panel(page, &counted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_server::store::question::machines::Summary;

    fn core(name: &str, average: f64) -> Course {
        Course {
            name: name.into(),
            values: Vec::new(),
            summary: Summary { average: Some(average), ..Summary::default() },
        }
    }

    #[test]
    fn one_core_that_works_alone_is_said() {
        let words = uneven(&[core("0", 0.96), core("1", 0.05)]);
        assert_eq!(words, "Core 0 works 96% of the time, core 1 only 5%.");
        assert!(uneven(&[core("0", 0.5), core("1", 0.4)]).starts_with("Evenly used"));
        assert_eq!(uneven(&[]), "");
    }

    #[test]
    fn the_busiest_cores_keep_their_order() {
        let all = [core("0", 0.1), core("1", 0.9), core("2", 0.2), core("3", 0.8)];
        let names: Vec<&str> = hottest(&all, 2).iter().map(|course| course.name.as_str()).collect();
        assert_eq!(names, ["1", "3"]);
    }
}
