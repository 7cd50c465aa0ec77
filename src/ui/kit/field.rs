//! Form fields. A label always stands at its field, a hint and an error are tied to it by id.

use super::glyph::small_icon;
use leptos::prelude::*;
use parallax_domain::screen::{Choice, Field, FieldKind};

pub fn field(field: Field, form: &str) -> AnyView {
    let id = format!("{form}-{}", field.name);
    match &field.kind {
        FieldKind::Switch => switch(field, id),
        FieldKind::Checks(choices) => checks(choices.clone(), field, id),
        _ => labelled(field, id),
    }
}

fn labelled(field: Field, id: String) -> AnyView {
    let class = if field.error.is_empty() { "field" } else { "field invalid" };
    let quiet = field.quiet.then_some("vh");
    let label = field.label.clone();
    let notes = notes(&field, &id);
    view! {
        <div class=class>
            <label for=id.clone() class=quiet>{label}</label>
            {control(field, id)}
            {notes}
        </div>
    }
    .into_any()
}

fn control(field: Field, id: String) -> AnyView {
    let (invalid, described) = state(&field, &id);
    let required = field.required;
    let autocomplete = (!field.autocomplete.is_empty()).then(|| field.autocomplete.clone());
    let Field { name, value, kind, .. } = field;
    let input = |kind: &'static str, list: Option<String>, min: Option<i64>, max: Option<i64>, value: String| {
        view! {
            <input
                class="in" type=kind id=id.clone() name=name.clone() value=value required=required
                autocomplete=autocomplete.clone() list=list
                min=min.map(|bound| bound.to_string()) max=max.map(|bound| bound.to_string())
                aria-invalid=invalid aria-describedby=described.clone()
            />
        }
    };
    match kind {
        FieldKind::Choice(choices) => {
            let options = choices
                .into_iter()
                .map(|choice| view! { <option value=choice.value selected=choice.chosen>{choice.label}</option> })
                .collect_view();
            view! {
                <select class="in" id=id name=name required=required aria-invalid=invalid aria-describedby=described>
                    {options}
                </select>
            }
            .into_any()
        }
        FieldKind::Long { rows } => view! {
            <textarea
                class="in" id=id name=name rows=rows.to_string() required=required
                aria-invalid=invalid aria-describedby=described
            >
                {value}
            </textarea>
        }
        .into_any(),
        FieldKind::Suggest(values) => {
            let list = format!("{id}-list");
            let options = values.into_iter().map(|value| view! { <option value=value></option> }).collect_view();
            view! { {input("text", Some(list.clone()), None, None, value)}<datalist id=list>{options}</datalist> }
                .into_any()
        }
        FieldKind::Tokens(values) => {
            let list = format!("{id}-list");
            let options = values.into_iter().map(|value| view! { <option value=value></option> }).collect_view();
            view! {
                <div class="tokens" data-tokens="">
                    {input("text", Some(list.clone()), None, None, value)}
                    <datalist id=list>{options}</datalist>
                </div>
            }
            .into_any()
        }
        FieldKind::Number { min, max } => input("number", None, min, max, value).into_any(),
        FieldKind::Search => input("search", None, None, None, value).into_any(),
        FieldKind::Email => input("email", None, None, None, value).into_any(),
        FieldKind::Password => input("password", None, None, None, String::new()).into_any(),
        FieldKind::Date => input("date", None, None, None, value).into_any(),
        FieldKind::Moment => input("datetime-local", None, None, None, value).into_any(),
        FieldKind::Text | FieldKind::Switch | FieldKind::Checks(_) => input("text", None, None, None, value).into_any(),
    }
}

fn switch(field: Field, id: String) -> AnyView {
    let notes = notes(&field, &id);
    let (invalid, described) = state(&field, &id);
    let on = matches!(field.value.as_str(), "true" | "on" | "1" | "yes");
    view! {
        <div class="field">
            <label class="switch">
                <input
                    type="checkbox" role="switch" id=id name=field.name value="true" checked=on
                    aria-invalid=invalid aria-describedby=described
                />
                {field.label}
            </label>
            {notes}
        </div>
    }
    .into_any()
}

fn checks(choices: Vec<Choice>, field: Field, id: String) -> AnyView {
    let notes = notes(&field, &id);
    let name = field.name;
    let boxes = choices
        .into_iter()
        .map(|choice| {
            view! {
                <label class="ck">
                    <input type="checkbox" name=name.clone() value=choice.value checked=choice.chosen/>
                    <span>
                        {choice.label}
                        {(!choice.hint.is_empty()).then(|| view! { <span class="hint">{choice.hint.clone()}</span> })}
                    </span>
                </label>
            }
        })
        .collect_view();
    let legend = if field.quiet { "vh" } else { "lab" };
    view! { <fieldset class="field checks" id=id><legend class=legend>{field.label}</legend>{boxes}{notes}</fieldset> }
        .into_any()
}

/// The place of the error is always there, so that an answer can be written into it without a new page.
fn notes(field: &Field, id: &str) -> AnyView {
    let hint = (!field.hint.is_empty())
        .then(|| view! { <span class="hint" id=format!("{id}-hint")>{field.hint.clone()}</span> });
    let (error, hidden) = (field.error.clone(), field.error.is_empty());
    view! {
        {hint}
        <span class="err" id=format!("{id}-err") hidden=hidden data-error-of=field.name.trim_end_matches("[]").to_owned()>
            {small_icon("err")}
            <span>{error}</span>
        </span>
    }
    .into_any()
}

fn state(field: &Field, id: &str) -> (Option<&'static str>, Option<String>) {
    let invalid = (!field.error.is_empty()).then_some("true");
    let hint = if field.hint.is_empty() { String::new() } else { format!("{id}-hint ") };
    (invalid, Some(format!("{hint}{id}-err")))
}
