//! Settings of privacy.

use crate::forms;
use crate::page::Page;
use crate::words;
use parallax_domain::Category;
use parallax_domain::screen::{Choice, Field, FieldKind, Form, Panel, Part};
use parallax_server::privacy::policy::{Lasting, Settings};

pub fn panel(page: &Page, settings: &Settings) -> Panel {
    let mut fields = vec![
        Field::new("owner", "Who answers for entries that name nobody", FieldKind::Text)
            .value(settings.owner.clone())
            .hint("A team or a role, such as data team."),
        Field::new(
            "header",
            "A browser that sends GPC or DNT",
            FieldKind::Choice(vec![
                Choice::new("some", "refuses marketing, content, research", !settings.header_refuses_all),
                Choice::new("all", "refuses everything that can be refused", settings.header_refuses_all),
            ]),
        ),
    ];
    fields.extend(Category::ALL.map(|category| {
        let now = settings.lasting(category);
        let choices = Lasting::ALL
            .iter()
            .map(|lasting| {
                let label = match lasting {
                    Lasting::Stable => "until the person is erased",
                    Lasting::Week => "a week",
                    Lasting::Day => "a day",
                };
                Choice::new(lasting.word(), label, *lasting == now)
            })
            .collect();
        let label = format!("{}: a person is known for", words::capital(category.word()));
        Field::new(&format!("lasting[{category}]"), &label, FieldKind::Choice(choices))
    }));
    let form = Form { fields, ..forms::change(page, "privacy", "privacy/set", "Save settings") };
    Panel::new("settings", "Settings")
        .summary("How long records of one category can be told to be of one person. After a day or a week the key is destroyed: nobody can join them any more, and retention and funnels of that category see new people.")
        .part(Part::Form(form))
}
