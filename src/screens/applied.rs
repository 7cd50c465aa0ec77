//! Which of the address' filters a page's figures can take. The others are said, never ignored in silence.

use crate::page::{Page, field_words};
use parallax_domain::screen::{Banner, Link, Part, Text, Tone};
use parallax_domain::{Filter, Op};

pub struct Applied {
    pub filters: Vec<Filter>,
    left: Vec<Filter>,
}

impl Applied {
    /// Splits the page's filters by what can be asked.
    pub fn of(page: &Page, can: impl Fn(&Filter) -> bool) -> Applied {
        let (filters, left) = page.filters().into_iter().partition(can);
        Applied { filters, left }
    }

    /// Of figures that are kept by these fields, as words.
    pub fn to_fields(page: &Page, fields: &[&str]) -> Applied {
        Applied::of(page, |filter| fields.contains(&filter.field.as_str()) && !filter.op.compares_numbers())
    }

    /// Of rows that are found by `is` and `is not` alone.
    pub fn to_equals(page: &Page, fields: &[&str]) -> Applied {
        Applied::of(page, |filter| fields.contains(&filter.field.as_str()) && matches!(filter.op, Op::Is | Op::IsNot))
    }

    /// Says which filters do not hold here. `what`: the subject of the sentence, such as `Requests`.
    pub fn notice(&self, page: &Page, what: &str) -> Option<Part> {
        if self.left.is_empty() {
            return None;
        }
        let mut address = page.address.clone();
        address.filters.retain(|filter| !self.left.contains(filter));
        if self.left.iter().any(|filter| filter.field == "environment") {
            address.environment = None;
        }
        let label = if self.left.len() == 1 { "Remove this filter" } else { "Remove these filters" };
        Some(Part::Banner(Banner {
            tone: Tone::Accent,
            text: Text::new(left_out(&self.left, what)),
            action: Some(Link::new(label, address.href())),
        }))
    }
}

fn left_out(left: &[Filter], what: &str) -> String {
    let phrase = |filter: &Filter| {
        let values = if filter.op.takes_values() { format!(" {}", filter.values.join(" or ")) } else { String::new() };
        format!("“{} {}{values}”", field_words(&filter.field), filter.op.phrase())
    };
    let phrases: Vec<String> = left.iter().map(phrase).collect();
    format!(
        "{what} do not know {}: the figures here are without {}.",
        phrases.join(" and "),
        if left.len() == 1 { "it" } else { "them" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_does_not_hold_is_named_with_its_value() {
        let one = [Filter::is("country", "DE")];
        assert_eq!(
            left_out(&one, "Requests"),
            "Requests do not know “country is DE”: the figures here are without it."
        );
        let known = Filter { field: "url.path".into(), op: Op::Set, values: Vec::new() };
        let two = [Filter { values: vec!["DE".into(), "AT".into()], ..Filter::is("country", "") }, known];
        assert_eq!(
            left_out(&two, "Issues"),
            "Issues do not know “country is DE or AT” and “page is known”: the figures here are without them."
        );
    }
}
