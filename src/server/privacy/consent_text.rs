//! What people read where they are asked: built in for English and German, overlaid by what an admin wrote.
//!
//! The shape is that of `consent_text/en.json`: an object of texts and of objects of texts. A project's own texts hold only
//! what they change; a category that is null in them is not asked about.

use parallax_domain::Problem;
use serde::Serialize;
use serde_json::{Map, Value};

/// Version of the built-in texts.
pub const BUILT_IN: &str = "built-in 1";
/// Characters of one text.
const LONGEST: usize = 2_000;

/// What an admin wrote in one language.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsentText {
    /// `de`, or `de-AT`.
    pub language: String,
    /// What differs from the built-in texts.
    pub texts: Value,
    /// Version of what is agreed to; who agreed to another one is asked again.
    pub policy: String,
}

/// What the script in a page shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Version of what is agreed to.
    pub policy: String,
    pub language: String,
    pub texts: Value,
}

/// The texts in a language that nobody wrote any in; none for languages other than English and German.
fn built_in(language: &str) -> Option<Value> {
    let text = match primary(language) {
        "en" => include_str!("consent_text/en.json"),
        "de" => include_str!("consent_text/de.json"),
        _ => return None,
    };
    serde_json::from_str(text).ok()
}

/// `de` of `de-AT`.
fn primary(language: &str) -> &str {
    language.split('-').next().unwrap_or_default()
}

/// The texts for somebody who reads `wanted` (`de-AT`): the project's own in that language or its main form, else the
/// built-in ones, else the project's own in English or whichever it has, else English.
pub fn shown(own: &[ConsentText], wanted: &str) -> Shown {
    let wanted = wanted.trim().to_ascii_lowercase();
    let of = |language: &str| own.iter().find(|text| text.language.eq_ignore_ascii_case(language));
    let chosen = of(&wanted).or_else(|| of(primary(&wanted)));
    let chosen = match (chosen, built_in(&wanted)) {
        (None, None) => of("en").or(own.first()),
        (chosen, _) => chosen,
    };
    let language = chosen.map_or(primary(&wanted), |text| &text.language);
    let (language, mut texts) = match built_in(language) {
        Some(texts) => (language, texts),
        None if chosen.is_some() => (language, built_in("en").unwrap_or_default()),
        None => ("en", built_in("en").unwrap_or_default()),
    };
    if let Some(text) = chosen {
        overlay(&mut texts, &text.texts);
    }
    // One project asks for one thing, in whatever language it is read.
    let policy = chosen.or(own.first()).map_or(BUILT_IN, |text| &text.policy);
    Shown { policy: policy.to_owned(), language: language.to_owned(), texts }
}

fn overlay(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                match (below.get_mut(key), value) {
                    (_, Value::Null) => drop(below.remove(key)),
                    (Some(known), value) => overlay(known, value),
                    (None, _) => {}
                }
            }
        }
        (below, above) => *below = above.clone(),
    }
}

/// Says which of an admin's texts cannot be shown, if any.
///
/// # Errors
/// Names that the built-in texts do not have, anything but texts, texts of more than 2,000 characters, and links that are
/// no web address.
pub fn check(texts: &Value) -> Result<(), Problem> {
    let Value::Object(texts) = texts else { return Err(Problem::invalid("texts", "must be an object")) };
    let known = built_in("en").unwrap_or_default();
    compare(texts, &known, "texts")?;
    match texts.get("more_url").and_then(Value::as_str) {
        Some(link) if !link.is_empty() && !link.starts_with("https://") && !link.starts_with("http://") => {
            Err(Problem::invalid("texts.more_url", "must be a web address"))
        }
        _ => Ok(()),
    }
}

fn compare(texts: &Map<String, Value>, known: &Value, place: &str) -> Result<(), Problem> {
    for (key, value) in texts {
        let place = format!("{place}.{key}");
        match (known.get(key), value) {
            (None, _) => return Err(Problem::invalid(&place, "is no text that is shown")),
            (Some(Value::Object(_)), Value::Null) if place.starts_with("texts.categories.") => {}
            (Some(known @ Value::Object(_)), Value::Object(texts)) => compare(texts, known, &place)?,
            (Some(Value::String(_)), Value::String(text)) if text.chars().count() <= LONGEST => {}
            (Some(Value::String(_)), Value::String(_)) => {
                return Err(Problem::invalid(&place, format!("has more than {LONGEST} characters")));
            }
            _ => return Err(Problem::invalid(&place, "must have the shape of the built-in texts")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn own(language: &str, texts: Value, policy: &str) -> ConsentText {
        ConsentText { language: language.into(), texts, policy: policy.into() }
    }

    #[test]
    fn the_built_in_texts_have_one_shape() {
        let (english, german) = (built_in("en").unwrap(), built_in("de").unwrap());
        fn names(value: &Value, place: &str, out: &mut Vec<String>) {
            match value {
                Value::Object(members) => {
                    members.iter().for_each(|(key, value)| names(value, &format!("{place}.{key}"), out))
                }
                Value::String(_) => out.push(place.to_owned()),
                other => panic!("{place} is {other}"),
            }
        }
        let of = |value: &Value| {
            let mut all = Vec::new();
            names(value, "", &mut all);
            all
        };
        assert_eq!(of(&english), of(&german));
        for category in parallax_domain::Category::ALL {
            assert!(english["categories"][category.word()]["about"].is_string(), "{category}");
        }
        assert!(check(&english).is_ok() && check(&german).is_ok());
    }

    #[test]
    fn everybody_reads_a_language_that_there_is() {
        let language = |own: &[ConsentText], wanted: &str| shown(own, wanted).language;
        assert_eq!(language(&[], "de-AT"), "de");
        assert_eq!(language(&[], "fr"), "en");
        assert_eq!(language(&[], ""), "en");
        let french = [own("fr", json!({ "title": "Bonjour" }), "1")];
        assert_eq!(language(&french, "fr-CH"), "fr");
        assert_eq!(language(&french, "de"), "de");
        assert_eq!(language(&french, "es"), "fr");
        assert_eq!(shown(&french, "fr").texts["title"], "Bonjour");
        assert_eq!(shown(&french, "fr").texts["save"], "Save my choice", "what is not written is English");
    }

    #[test]
    fn what_an_admin_wrote_lies_over_the_built_in_texts() {
        let rows = [own(
            "de",
            json!({ "title": "Hallo", "categories": { "research": null, "usage": { "name": "Klicks" } } }),
            "7",
        )];
        let Shown { policy, texts, .. } = shown(&rows, "de");
        assert_eq!((policy.as_str(), &texts["title"]), ("7", &json!("Hallo")));
        assert!(texts["categories"].get("research").is_none());
        assert_eq!(texts["categories"]["usage"]["name"], "Klicks");
        assert!(texts["categories"]["usage"]["about"].as_str().unwrap().starts_with("Welche Seiten"));
        assert_eq!(shown(&rows, "en").policy, "7", "the version is the project's, not the language's");
        assert_eq!(shown(&[], "de").policy, BUILT_IN);
    }

    #[test]
    fn texts_that_cannot_be_shown_are_named() {
        let fault = |texts: Value| check(&texts).unwrap_err().field;
        assert_eq!(fault(json!({ "titel": "x" })).as_deref(), Some("texts.titel"));
        assert_eq!(fault(json!({ "title": 3 })).as_deref(), Some("texts.title"));
        assert_eq!(fault(json!({ "title": null })).as_deref(), Some("texts.title"));
        assert_eq!(fault(json!({ "feedback": { "send": ["x"] } })).as_deref(), Some("texts.feedback.send"));
        assert_eq!(fault(json!({ "text": "x".repeat(2_001) })).as_deref(), Some("texts.text"));
        assert_eq!(fault(json!({ "more_url": "javascript:alert(1)" })).as_deref(), Some("texts.more_url"));
        assert_eq!(fault(json!([])).as_deref(), Some("texts"));
        assert!(
            check(&json!({ "categories": { "marketing": null }, "more_url": "https://shop.example/privacy" })).is_ok()
        );
    }
}
