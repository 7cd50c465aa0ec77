//! What people choose: themes, devices, screens, languages, and settings of the product itself.

use super::capital;
use crate::charts::{About, BarList, BarRow};
use crate::page::{Page, field_words};
use crate::parts::{empty_with, joined};
use crate::words::{self, Unit};
use parallax_domain::Problem;
use parallax_domain::screen::{Field, FieldKind, Form, Link, Method, Panel, Part, Screen, Text};
use parallax_server::engine::choices::{Choices, Chosen};

/// What every client tells.
const FIELDS: [&str; 7] = ["theme", "device", "screen", "os", "browser", "locale", "network"];
/// Properties that settings usually go by; those that nobody sends are not shown.
const SETTINGS: [&str; 8] = [
    "properties.layout",
    "properties.text_size",
    "properties.reduced_motion",
    "properties.density",
    "properties.contrast",
    "properties.language",
    "properties.units",
    "properties.view",
];
const ROWS: usize = 8;
/// More properties than this at once are not asked about.
const MOST: usize = 8;

/// Classes of screens by their width in pixels, as Plausible draws them.
const SCREENS: [(i64, &str); 4] = [
    (576, "phone, under 576 px"),
    (992, "tablet, up to 992 px"),
    (1440, "laptop, up to 1,440 px"),
    (i64::MAX, "desktop, wider"),
];

/// The answer, with screens gathered into classes.
pub struct Preferences {
    choices: Choices,
    n: i64,
}

impl Preferences {
    pub async fn of(page: &mut Page, fields: &[&str]) -> Result<Preferences, Problem> {
        let (machine, frame) = (page.machine.clone(), page.frame(page.period));
        let read = machine.store.choices(&mut page.look, &frame, fields).await?;
        let mut choices = read.result;
        choices.fields.iter_mut().filter(|chosen| chosen.field == "screen").for_each(classify);
        Ok(Preferences { choices, n: read.n })
    }

    fn field(&self, name: &str) -> Option<&Chosen> {
        self.choices.fields.iter().find(|chosen| chosen.field == name)
    }
}

/// From `390x844` to the class of its width. What cannot be read is unknown.
fn classify(chosen: &mut Chosen) {
    let mut counts = [0; SCREENS.len()];
    for (size, people) in std::mem::take(&mut chosen.values) {
        let width: Option<i64> = size.split(['x', '×']).next().and_then(|width| width.trim().parse().ok());
        match width.and_then(|width| SCREENS.iter().position(|(most, _)| width <= *most)) {
            Some(class) => counts[class] += people,
            None => chosen.unknown += people,
        }
    }
    chosen.values = SCREENS
        .iter()
        .zip(counts)
        .filter(|(_, people)| *people > 0)
        .map(|((_, name), people)| ((*name).to_owned(), people))
        .collect();
}

fn known(chosen: &Chosen) -> i64 {
    chosen.values.iter().map(|(_, people)| people).sum()
}

fn share(part: i64, of: i64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

/// The value that most people have, and their share of those who told.
fn sentence(chosen: &Chosen) -> Option<(String, String)> {
    let (value, people) = chosen.values.iter().max_by_key(|(_, people)| *people)?;
    Some((value.clone(), joined(words::percent_brief(share(*people, known(chosen))))))
}

fn list(page: &Page, chosen: &Chosen, id: &str) -> BarList {
    let all = known(chosen);
    let mut rows: Vec<BarRow> = chosen
        .values
        .iter()
        .take(ROWS)
        .map(|(value, people)| BarRow {
            label: value.clone(),
            value: Some(*people as f64),
            extra: joined(words::percent_brief(share(*people, all))),
            // A class of screens is no value that an event carries.
            href: (chosen.field != "screen").then(|| page.filtered(&chosen.field, value)),
            chosen: page.is_filtered(&chosen.field, value),
        })
        .collect();
    let others: i64 = chosen.values.iter().skip(ROWS).map(|(_, people)| people).sum();
    if others > 0 {
        let label = words::counted(chosen.values.len() as i64 - ROWS as i64, "other", "others");
        let extra = joined(words::percent_brief(share(others, all)));
        rows.push(BarRow { label, value: Some(others as f64), extra, ..BarRow::default() });
    }
    let mut about = About::new(id, title(&chosen.field)).summary(match sentence(chosen) {
        Some((value, share)) => format!("{value} leads with {share}."),
        None => "Nobody told.".to_owned(),
    });
    about.notes = vec![Text::new(format!("n = {}", words::counted(all, "person", "people")))];
    if chosen.unknown > 0 {
        about.notes.push(Text::new(format!("unknown of {}", words::count_full(Some(chosen.unknown as f64)))));
    }
    BarList {
        about,
        unit: Unit::Count,
        heads: Some([title(&chosen.field), "People".to_owned(), "Share".to_owned()]),
        rows,
        high: None,
    }
}

fn title(field: &str) -> String {
    match field {
        "os" => "System".to_owned(),
        "locale" => "Language and region".to_owned(),
        other => capital(&field_words(other).replace('_', " ")),
    }
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    page.count_by_calendar()?;
    let named: Vec<String> = page
        .address
        .all("property")
        .flat_map(|text| text.split(','))
        .map(|name| name.trim().trim_start_matches("properties.").to_owned())
        .filter(|name| !name.is_empty())
        .take(MOST)
        .map(|name| format!("properties.{name}"))
        .collect();
    let mut fields: Vec<&str> = FIELDS.into_iter().chain(SETTINGS).collect();
    fields.extend(named.iter().map(String::as_str).filter(|name| !SETTINGS.contains(name)));
    let preferences = Preferences::of(page, &fields).await?;
    let mut screen = page.screen("Preferences");
    screen.crumbs = page.crumbs("Product", "/product");
    screen.tabs = super::tabs(page);
    screen.lede = lede(&preferences);
    if preferences.choices.people == 0 {
        let why = format!(
            "Here would be which themes, devices and settings people choose. Nobody was seen in {}.",
            page.range.label().to_lowercase()
        );
        let action = Link::new("See how to send events", page.to("/start").href()).primary();
        screen
            .parts
            .push(Panel::new("preferences", "Preferences").part(empty_with("Nobody was seen", why, action)).into());
        return Ok(screen);
    }
    screen.parts.push(
        Panel::new("ask", "Question")
            .unit("each person counts once, with the value seen last")
            .part(Part::Form(form(page, &named)))
            .into(),
    );
    let panels =
        preferences.choices.fields.iter().filter(|chosen| known(chosen) > 0 || named.contains(&chosen.field)).map(
            |chosen| {
                let id = format!("choice-{}", chosen.field.replace('.', "-"));
                let panel = Panel::new(&id, title(&chosen.field)).unit("people");
                let panel = match sentence(chosen) {
                    Some((value, share)) => {
                        panel.summary(Text::default().strong(value).plain(format!(" leads with {share}.")))
                    }
                    None => panel.summary("Nobody sent this property in this time."),
                };
                (4, panel.part(Part::Drawing(list(page, chosen, &id).draw())).into())
            },
        );
    screen.parts.push(Part::Grid(panels.collect()));
    screen.parts.push(Part::Prose(Text::new(format!(
        "{} read. People who do not share preferences are not in these figures; how many that are was not told.",
        words::counted(preferences.n, "event", "events")
    ))));
    Ok(screen)
}

fn lede(preferences: &Preferences) -> Text {
    let mut text = Text::default();
    for (field, what) in [("theme", "theme"), ("device", "device")] {
        let Some((value, share)) = preferences.field(field).and_then(sentence) else { continue };
        let apart = if text.is_empty() { "" } else { ", " };
        text = text.plain(apart).strong(format!("{value} {share}")).plain(format!(" by {what}"));
    }
    if text.is_empty() { Text::new("Nobody told what they prefer.") } else { text.plain(".") }
}

fn form(page: &Page, named: &[String]) -> Form {
    let names: Vec<&str> = named.iter().map(|name| name.trim_start_matches("properties.")).collect();
    Form {
        id: "preferences".to_owned(),
        action: "/product/preferences".to_owned(),
        method: Method::Get,
        hidden: crate::explore::traces::hidden(&page.to("/product/preferences")),
        fields: vec![
            Field::new("property", "Further properties", FieldKind::Text)
                .value(names.join(", "))
                .hint("Names of properties that hold a setting, with commas between"),
        ],
        submit: "Show".to_owned(),
        inline: true,
        ..Form::default()
    }
}

/// The panel of an overview: theme, device, screen.
pub async fn panel(page: &mut Page) -> Result<Panel, Problem> {
    let preferences = Preferences::of(page, &["theme", "device", "screen"]).await?;
    let mut panel = Panel::new("preferences", "Settings people choose")
        .unit("people, by the value seen last")
        .action(Link::new("All", page.to("/product/preferences").href()));
    if let Some((value, share)) = preferences.field("theme").and_then(sentence) {
        panel = panel.summary(Text::new("The ").strong(value).plain(format!(" theme leads with {share}.")));
    }
    for (index, chosen) in preferences.choices.fields.iter().enumerate().filter(|(_, chosen)| known(chosen) > 0) {
        if index > 0 {
            panel = panel.part(Part::Section { title: title(&chosen.field), note: String::new() });
        }
        panel = panel.part(Part::Drawing(list(page, chosen, &format!("choice-{}", chosen.field)).draw()));
    }
    if preferences.choices.fields.iter().all(|chosen| known(chosen) == 0) {
        let why = "Here would be themes, devices and screens. Events of this time do not tell them: they travel in the context of an event.";
        panel = panel.part(empty_with(
            "Nobody told",
            why,
            Link::new("See what an event may tell", page.to("/start").href()),
        ));
    }
    Ok(panel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screens_are_gathered_by_their_width_and_nonsense_is_unknown() {
        let mut chosen = Chosen {
            field: "screen".to_owned(),
            values: [("390x844", 5), ("576x900", 1), ("577x900", 2), ("1440×900", 3), ("2560x1440", 4), ("wide", 7)]
                .map(|(size, people)| (size.to_owned(), people))
                .to_vec(),
            unknown: 1,
        };
        classify(&mut chosen);
        let people: Vec<i64> = chosen.values.iter().map(|(_, people)| *people).collect();
        assert_eq!((people, chosen.unknown), (vec![6, 2, 3, 4], 8));
    }
}
