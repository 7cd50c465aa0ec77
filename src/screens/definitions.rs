//! What the figures of a panel mean: formula and rule in force, in one place, because the same panel stands on several
//! pages. The rules are those of the public contract; the letters behind a sentence name them.

use parallax_domain::screen::{Part, Screen, Text};

/// By the panel's id, on pages below a path; the first that fits counts.
const MEANINGS: [(&str, &str, &str); 31] = [
    (
        "/",
        "red",
        "Rate: requests ÷ seconds of the bucket. Errors: requests with status ERROR or HTTP 500 and above ÷ requests. Duration: percentiles of server and consumer spans by their start, within 1.1 %. (G1)",
    ),
    (
        "/",
        "services",
        "Requests are server and consumer spans. Apdex = (satisfied + tolerating ÷ 2) ÷ all, T = 500 ms; failed requests count as frustrated. (G1)",
    ),
    (
        "/",
        "operations",
        "An operation is the name of a server or consumer span. p95 is of its requests in the range, within 1.1 %.",
    ),
    ("/", "slow", "The slowest operations by p95 among those with enough requests."),
    ("/", "failing", "Failed requests ÷ requests, of operations with at least one failure."),
    (
        "/",
        "issues",
        "Exceptions grouped by fingerprint, else stack, else type and message. One told by a log and by its span is counted once. (G7)",
    ),
    ("/", "over-time", "Occurrences per bucket, by the time they happened."),
    ("/", "dependencies", "Client and producer spans by what they call. Time is theirs, with the network."),
    (
        "/",
        "waterfall",
        "Own time is a span's duration without the union of its children. The bottleneck is the largest own time on the critical path; its share is of the trace's duration. (G5)",
    ),
    (
        "/",
        "metric",
        "Average is over points; the sum of counters is of their increases, a reset counts its new value; a histogram's average is sum ÷ count of the increments. (G2, G10)",
    ),
    (
        "/",
        "effect",
        "Equal spans of at most 24 h before and after. Proportions by Newcombe's interval; better or worse only where it excludes no change. (C3)",
    ),
    (
        "/product",
        "features",
        "A feature is an event that people caused. Used by: distinct people who did it ÷ active people of the range.",
    ),
    (
        "/product",
        "retention",
        "A cohort is by the first such event ever in stored data. A value is how many of it came back in that period; hatched cells are still open. The mean is weighted by the size of the cohorts. (R1 to R7)",
    ),
    ("/product", "retention-curve", "Mean of the complete cells of each period, weighted by the size of the cohorts."),
    (
        "/product",
        "growth",
        "New: never before in all stored data. Came back: active, not in the period before, but earlier. Left: active in the period before, not in this one. (L1)",
    ),
    ("/product", "composition", "New: never before in all stored data; returning: all others who were active."),
    (
        "/product",
        "paths",
        "Transitions between events of one session, in order; page views by their path; a repeat counts. (P1)",
    ),
    ("/product", "transitions", "From an event to the next one of the same session. (P1)"),
    (
        "/product",
        "steps",
        "Unless the rule above says otherwise: people, each step by a later, distinct event, all within the window after the first step. A repeated first step does not restart the clock. (F1 to F20)",
    ),
    ("/product", "course", "By the day people entered; hatched while their window is running. (F15)"),
    ("/product", "times", "From the first step to the last, of those who came through. (F14)"),
    (
        "/product",
        "breakdown",
        "By the first value that is known over the steps, unless chosen otherwise. Significance against all, from 30 entrants, by the hypergeometric distribution. (F11, F12)",
    ),
    (
        "/product",
        "causes",
        "Share of those who left and of those who went on who met an error, a slow request or a failed trace between the two steps, with the interval of the difference. An association, not a proof.",
    ),
    (
        "/product",
        "losses",
        "People who entered a saved funnel and did not come through, by the step before which they left.",
    ),
    ("/product", "preferences", "The last value that each person set or used in the range."),
    ("/marketing", "course", "Visits by the kind of their first known source; a visit without one is direct."),
    ("/marketing", "sources", "By the source of the visit: UTM, else click id, else referrer, else direct."),
    (
        "/marketing",
        "attribution",
        "Every conversion of the range is credited to the contacts in the 30 days before it: first, last, linear, U (40-20-40). Without a contact it is direct. (T1, T2)",
    ),
    ("/marketing", "goals", "A visitor converts once per goal. Conversion = visitors who did ÷ visitors."),
    (
        "/executive",
        "growth",
        "New, came back and left by calendar week; people who opted out are not called lost. Quick ratio = (new + came back) ÷ left. (L1)",
    ),
    (
        "/executive",
        "impact",
        "Conversion of people who met an error against that of people who did not, times those exposed. An upper bound: nothing is matched.",
    ),
];

/// Adds its meaning to every panel that has one and does not say it itself.
pub fn define(screen: &mut Screen, path: &str, proof: &[Text]) {
    screen.parts.iter_mut().for_each(|part| each(part, path, proof));
}

fn each(part: &mut Part, path: &str, proof: &[Text]) {
    match part {
        Part::Grid(cells) => cells.iter_mut().for_each(|(_, part)| each(part, path, proof)),
        Part::Panel(panel) if panel.definition.is_empty() => {
            if let Some(meaning) = meaning(path, &panel.id) {
                panel.definition.push(Text::new(meaning));
                // n and source stand in the foot already, where there is one.
                panel.definition.extend(panel.foot.iter().take(2).cloned());
                panel.definition.extend_from_slice(proof);
            }
        }
        _ => {}
    }
}

fn meaning(path: &str, id: &str) -> Option<&'static str> {
    let fits = |place: &str| place == "/" || path == place || path.starts_with(&format!("{place}/"));
    MEANINGS.iter().find(|(place, panel, _)| *panel == id && fits(place)).map(|(_, _, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_domain::screen::Panel;

    #[test]
    fn a_panel_means_what_its_page_is_about() {
        assert!(meaning("/product/funnels/3", "course").is_some_and(|said| said.contains("entered")));
        assert!(meaning("/marketing", "course").is_some_and(|said| said.contains("source")));
        assert_eq!(meaning("/productive", "course"), None);
    }

    #[test]
    fn what_a_panel_says_itself_stands() {
        let mut screen = Screen::new("x");
        screen.parts = vec![Part::Grid(vec![
            (6, Panel::new("red", "x").define("own").into()),
            (6, Panel::new("slow", "y").into()),
        ])];
        define(&mut screen, "/engineering", &[Text::new("12 s old")]);
        let Part::Grid(cells) = &screen.parts[0] else { panic!("a grid") };
        let lines = |index: usize| match &cells[index].1 {
            Part::Panel(panel) => panel.definition.iter().map(Text::words).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        assert_eq!(lines(0), ["own"]);
        assert_eq!(lines(1).last().map(String::as_str), Some("12 s old"));
    }
}
