use super::part;
use leptos::prelude::*;
use parallax_domain::screen::{
    Cell, Column, Confirm, Drawing, Field, FieldKind, Form, Method, Panel, Part, Row, Sorted, Table, Text, Tone,
};

fn html(one: Part) -> String {
    Owner::new().with(|| part(one, "").to_html())
}

fn table() -> Table {
    Table {
        caption: "Operations".into(),
        columns: vec![
            Column::words("Operation").sorted("?sort=name", Some(Sorted::Up)),
            Column::figures("p95").secondary(1),
        ],
        rows: vec![Row::new(vec![Cell::link("GET /a", "/explore/traces"), Cell::new("412 ms").tone(Tone::Bad)])],
        fold: true,
        ..Table::default()
    }
}

#[test]
fn a_judgement_is_said_and_not_only_coloured() {
    let html = html(Part::Prose(Text::default().change("0.4 pt", false, Tone::Bad).badge("late", Tone::Warn)));
    assert!(html.contains("down, worse ") && html.contains("#i-warn"), "{html}");
}

#[test]
fn a_sorted_table_says_how_and_links_to_the_other_ways() {
    let html = html(Part::Table(table()));
    assert!(html.contains("aria-sort=\"ascending\"") && html.contains("href=\"?sort=name\""), "{html}");
    assert!(html.contains("<caption") && html.contains("scope=\"row\""), "{html}");
}

#[test]
fn a_folded_row_names_its_figures() {
    let html = html(Part::Table(table()));
    assert!(html.contains("data-l=\"p95\"") && html.contains("is-bad"), "{html}");
}

#[test]
fn hostile_text_is_text_and_only_drawings_are_markup() {
    let evil = "<img src=x onerror=alert(1)>";
    let panel = Panel::new("p", evil)
        .unit(evil)
        .summary(Text::new(evil).strong(evil).code(evil).link(evil, "/x"))
        .part(Part::Drawing(Drawing { id: "d".into(), markup: "<figure class=\"chart\"></figure>".into() }))
        .foot(evil);
    let html = html(panel.into());
    assert!(!html.contains("<img"), "{html}");
    assert!(html.contains("<figure class=\"chart\">"), "{html}");
}

#[test]
fn a_destructive_form_states_its_effect_before_its_button() {
    let form = Form {
        id: "erase".into(),
        action: "/fn/erase".into(),
        submit: "Delete older logs".into(),
        tone: Tone::Bad,
        confirm: Some(Confirm {
            title: "Keep 30 days?".into(),
            effect: vec![Text::new("41.2 M lines")],
            cancel: "Keep 90".into(),
        }),
        ..Form::default()
    };
    let html = html(Part::Form(form));
    let (effect, button) = (html.find("41.2 M lines"), html.find("type=\"submit\""));
    assert!(effect.is_some() && effect < button, "{html}");
    assert!(
        html.contains("method=\"post\"") && html.contains("<summary"),
        "works as a disclosure without scripts: {html}"
    );
}

#[test]
fn a_field_is_tied_to_its_label_its_hint_and_its_error() {
    let field = Field { error: "too high".into(), ..Field::new("rate", "Burn rate", FieldKind::Text).hint("per hour") };
    let form = Form { id: "f".into(), method: Method::Get, fields: vec![field], ..Form::default() };
    let html = html(Part::Form(form));
    for wanted in [
        "for=\"f-rate\"",
        "id=\"f-rate\"",
        "aria-describedby=\"f-rate-hint f-rate-err\"",
        "aria-invalid=\"true\"",
        "too high",
    ] {
        assert!(html.contains(wanted), "{wanted} in {html}");
    }
}

#[test]
fn a_password_is_never_sent_back() {
    let field = Field::new("password", "Password", FieldKind::Password).value("secret");
    let html = html(Part::Form(Form { fields: vec![field], ..Form::default() }));
    assert!(!html.contains("secret"), "{html}");
}
