//! Versions of the notice.

use crate::forms;
use crate::page::Page;
use crate::parts::empty;
use crate::words;
use parallax_domain::Category;
use parallax_domain::screen::{Cell, Choice, Column, Field, FieldKind, Form, Panel, Part, Row, Table, Text, Tone};
use parallax_server::store::consent::Notice;

/// `usage and marketing`.
pub fn names(bits: u8) -> String {
    let names: Vec<&str> =
        Category::ALL.iter().filter(|category| bits & category.bit() != 0).map(|category| category.word()).collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [many @ .., last] => format!("{} and {last}", many.join(", ")),
    }
}

pub fn list(page: &Page, notices: &[Notice]) -> Panel {
    let panel = Panel::new("versions", "Versions of the notice").flush();
    if notices.is_empty() {
        return panel.part(empty(
            "No version yet",
            "Each version that you publish is listed here with what changed. Decisions name the version that was shown.",
        ));
    }
    let rows = notices
        .iter()
        .enumerate()
        .map(|(index, notice)| {
            let version = match index {
                0 => Text::default().strong(notice.version.clone()).plain(" ").badge("in force", Tone::Good),
                _ => Text::new(notice.version.clone()),
            };
            Row::new(vec![
                Cell::new(version).sub(format!("{}, {}", page.moment(notice.since), notice.by)),
                Cell::new(notice.note.clone()),
                Cell::new(names(notice.categories)),
                Cell::new(if notice.anew == 0 { words::UNKNOWN.to_owned() } else { names(notice.anew) }),
            ])
        })
        .collect();
    let columns = vec![
        Column::words("Version"),
        Column::words("What changed"),
        Column::words("Asks about").secondary(1),
        Column::words("Asks anew"),
    ];
    panel
        .part(Part::Table(Table {
            caption: "Versions of the notice".to_owned(),
            columns,
            rows,
            fold: true,
            ..Table::default()
        }))
        .foot("agreements to what is asked anew do not hold any more; refusals do")
}

pub fn publish(page: &Page, notices: &[Notice]) -> Panel {
    let asked = notices.first().map_or(0xff, |notice| notice.categories);
    let boxes = |chosen: &dyn Fn(Category) -> bool| {
        Category::ALL
            .into_iter()
            .filter(|category| *category != Category::Essential)
            .map(|category| Choice::new(category.word(), words::capital(category.word()), chosen(category)))
            .collect()
    };
    let mut form = Form {
        fields: vec![
            Field::new("version", "Name", FieldKind::Text).hint("Such as 2026-11.").required().autocomplete("off"),
            Field::new("note", "What changed, in words for everybody", FieldKind::Long { rows: 3 }).required(),
            Field::new("categories[]", "Asks about", FieldKind::Checks(boxes(&|category| asked & category.bit() != 0))),
            Field::new("anew[]", "New, or for a wider purpose", FieldKind::Checks(boxes(&|_| false)))
                .hint("Who agreed to these before is asked again, and counts as not having decided."),
        ],
        ..forms::change(page, "publish", "consent/publish", "Publish this version")
    };
    form.confirm = forms::confirm(
        "Publish this version?",
        vec![
            Text::new("Pages show it from now on; who has decided before is asked again about what is new."),
            Text::new("Agreements to what is asked anew stop counting at once. Refusals go on."),
            Text::new("A version cannot be changed or taken back; publish another one instead."),
        ],
        "Not yet",
    );
    Panel::new("new-version", "New version").part(Part::Form(form))
}
