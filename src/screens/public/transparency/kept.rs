//! How long everything is kept, and the proof of the last deletion.

use crate::charts::{Hue, InlineBar};
use crate::words;
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Table, Text};
use parallax_server::transparency::Public;

/// What the data of a rule is, for people who do not know our words.
fn about(data: &str) -> &'static str {
    match data {
        "event" => "pages, features, goals; under a number, not a name",
        "span" => "the way of a request through our services",
        "log" => "what our programs say about their work",
        "log.debug" | "log.trace" => "the same in detail, while we look for a fault",
        "metric" => "load of our machines; nothing about people",
        "minute" => "counts per minute; nothing about people",
        "chunk" => "counts per hour and the order of events",
        data if data.starts_with("event.") => "events of this category",
        _ => "",
    }
}

pub fn panel(public: &Public) -> Panel {
    let longest = public.policy.retention.iter().map(|kept| kept.days).max().unwrap_or(1).max(1);
    let rows = public.policy.retention.iter().map(|kept| {
        Row::new(vec![
            Cell::new(kept.name.clone()).sub(about(&kept.data)),
            Cell::drawn(InlineBar::new(Some(f64::from(kept.days) / f64::from(longest)), Hue::S1).draw()),
            Cell::new(words::counted(i64::from(kept.days), "day", "days")),
        ])
    });
    let columns = vec![Column::words("What"), Column::words("").width(34), Column::figures("Kept at most")];
    let table = Table {
        caption: "How long it is kept".to_owned(),
        columns,
        rows: rows.collect(),
        class: "barkeep".to_owned(),
        ..Table::default()
    };
    let panel = Panel::new("kept", "How long it is kept").summary(last(public)).flush().part(Part::Table(table));
    match public.holds {
        0 => panel,
        n => panel.foot(format!(
            "{} at the moment by law; what is held is out of sight and deleted when the reason ends",
            if n == 1 { "1 set of records is held".to_owned() } else { format!("{n} sets of records are held") }
        )),
    }
}

fn last(public: &Public) -> Text {
    let Some(proof) = &public.last_deletion else {
        return Text::new("Older days are deleted every hour. Nothing has been old enough yet.");
    };
    let after = if proof.verified { "afterwards none was left" } else { "its check has not ended yet" };
    Text::new(format!(
        "Older days are deleted every hour. The last deletion, on {}, took {} of {}; {after}. ",
        words::day(proof.ended_at.naive_utc()),
        words::counted(proof.rows, "row", "rows"),
        words::uncapital(&proof.name),
    ))
    .link("Its signed proof", "/.well-known/telemetry-proof.json")
}
