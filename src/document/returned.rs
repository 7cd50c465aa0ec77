//! Where scripts are off, a refused form comes back as an address: the browser is sent to the page it
//! came from, and the problem stands in two parameters. Here it is written to the field at fault.

use crate::api::Fault;
use leptos::server_fn::error::ServerFnUrlError;
use parallax_domain::{
    Address, Problem,
    screen::{Banner, Form, Part, Screen, Text, Tone},
};

const ACTION: &str = "__path";
const PROBLEM: &str = "__err";

pub struct Returned(Option<(String, Problem)>);

impl Returned {
    /// Takes the problem out of the address, so that no link of the page repeats it.
    pub fn split(address: Address) -> (Address, Returned) {
        let problem = address.get(PROBLEM).map(|text| ServerFnUrlError::<Fault>::decode_err(text).0);
        let returned = address.get(ACTION).map(str::to_owned).zip(problem);
        (address.without(ACTION).without(PROBLEM), Returned(returned))
    }

    pub fn written_into(self, mut screen: Screen) -> Screen {
        let Some((action, problem)) = self.0 else { return screen };
        let field = problem.field.clone().unwrap_or_default();
        if !screen.parts.iter_mut().any(|part| write(part, &action, &field, &problem.detail)) {
            let text = Text::new(problem.detail);
            screen.parts.insert(0, Part::Banner(Banner { tone: Tone::Bad, text, action: None }));
        }
        screen
    }
}

fn write(part: &mut Part, action: &str, name: &str, detail: &str) -> bool {
    match part {
        Part::Form(form) if form.action == action => write_field(form, name, detail),
        Part::Panel(panel) => panel.body.iter_mut().any(|part| write(part, action, name, detail)),
        Part::Grid(cells) => cells.iter_mut().any(|(_, part)| write(part, action, name, detail)),
        _ => false,
    }
}

fn write_field(form: &mut Form, name: &str, detail: &str) -> bool {
    match form.fields.iter_mut().find(|field| field.name == name) {
        Some(field) => {
            field.error = detail.to_owned();
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_domain::screen::{Field, FieldKind, Panel};

    fn page_with_a_form() -> Screen {
        let form = Form {
            action: "/fn/alert".into(),
            fields: vec![Field::new("rate", "Burn rate", FieldKind::Text)],
            ..Form::default()
        };
        Screen { parts: vec![Panel::new("alert", "Alert").part(Part::Form(form)).into()], ..Screen::new("Alerts") }
    }

    #[test]
    fn a_refused_form_says_why_at_its_field_without_scripts() {
        let problem = Problem::invalid("rate", "At 99.9% the burn rate cannot exceed 1,000");
        let screen = Returned(Some(("/fn/alert".into(), problem))).written_into(page_with_a_form());
        assert!(format!("{screen:?}").contains("error: \"At 99.9%"));
        assert!(!format!("{screen:?}").contains("Banner"));
    }

    #[test]
    fn a_problem_of_no_field_stands_above_the_page() {
        let problem = Problem::unavailable("The store is full.");
        let screen = Returned(Some(("/fn/alert".into(), problem))).written_into(page_with_a_form());
        assert!(matches!(&screen.parts[0], Part::Banner(banner) if banner.text.words() == "The store is full."));
    }
}
