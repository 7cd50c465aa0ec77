//! What people read where they are asked: built in for English and German, overlaid by what an admin wrote.
//!
//! The shape is that of `consent_text/en.json`: an object of texts and of objects of texts. A project's own texts hold only
//! what they change; a category that is null in them is not asked about.

use parallax_domain::Problem;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

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

/// Every text that is shown, by its place (`categories.usage.name`), in the order of the built-in texts: what an admin wrote,
/// and what stands there without it.
pub fn places(own: Option<&ConsentText>, language: &str) -> Vec<Place> {
    let built_in = built_in(language).or_else(|| built_in("en")).unwrap_or_default();
    let mut places = Vec::new();
    gather(&built_in, own.map(|own| &own.texts), "", &mut places);
    places
}

/// One text of the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub name: String,
    pub built_in: String,
    pub own: Option<String>,
}

fn gather(built_in: &Value, own: Option<&Value>, above: &str, out: &mut Vec<Place>) {
    let Value::Object(members) = built_in else { return };
    for (key, value) in members {
        let name = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        let own = own.and_then(|own| own.get(key));
        match value {
            Value::String(text) => {
                let own = own.and_then(Value::as_str).map(str::to_owned);
                out.push(Place { name, built_in: text.clone(), own });
            }
            value => gather(value, own, &name, out),
        }
    }
}

/// An admin's texts with these in their places. Stored is only what differs from the built-in ones.
///
/// # Errors
/// Names the field, `texts[place]`, of a text that cannot be shown.
pub fn written(own: Option<&ConsentText>, language: &str, texts: &BTreeMap<String, String>) -> Result<Value, Problem> {
    let known: BTreeMap<String, String> =
        places(None, language).into_iter().map(|place| (place.name, place.built_in)).collect();
    let mut stored = own.map_or_else(|| Value::Object(Map::new()), |own| own.texts.clone());
    for (name, text) in texts {
        let text = text.trim();
        let field = format!("texts[{name}]");
        let Some(built_in) = known.get(name) else { return Err(Problem::invalid(&field, "is no text that is shown")) };
        if text.chars().count() > LONGEST {
            return Err(Problem::invalid(&field, format!("has more than {LONGEST} characters")));
        }
        if name == "more_url" && !text.is_empty() && !text.starts_with("https://") && !text.starts_with("http://") {
            return Err(Problem::invalid(&field, "must be a web address"));
        }
        let own = (!text.is_empty() && text != built_in).then(|| Value::String(text.to_owned()));
        put(&mut stored, name, own);
    }
    Ok(stored)
}

/// Sets the text at a place, or takes it away with what is empty then.
fn put(texts: &mut Value, place: &str, text: Option<Value>) {
    let Value::Object(members) = texts else { return };
    match (place.split_once('.'), text) {
        (None, Some(text)) => _ = members.insert(place.to_owned(), text),
        (None, None) => _ = members.remove(place),
        (Some((key, rest)), text) => {
            let inner = members.entry(key).or_insert_with(|| Value::Object(Map::new()));
            put(inner, rest, text);
            if inner.as_object().is_some_and(Map::is_empty) {
                members.remove(key);
            }
        }
    }
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
    fn only_what_differs_from_the_built_in_texts_is_stored() {
        let told = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let texts =
            told(&[("title", " Hallo "), ("close", "Schließen"), ("categories.usage.name", "Klicks"), ("text", "")]);
        let stored = written(None, "de", &texts).unwrap();
        assert_eq!(stored, json!({ "title": "Hallo", "categories": { "usage": { "name": "Klicks" } } }));
        let before = own("de", stored, "1");
        let gone = written(Some(&before), "de", &told(&[("categories.usage.name", "")])).unwrap();
        assert_eq!(gone, json!({ "title": "Hallo" }), "what is not told of stays");
        let places = places(Some(&before), "de");
        let of = |name: &str| places.iter().find(|place| place.name == name).unwrap();
        assert_eq!(of("title").own.as_deref(), Some("Hallo"));
        assert_eq!((of("close").own.as_deref(), of("close").built_in.as_str()), (None, "Schließen"));
        let fault = |name: &str, text: &str| written(None, "en", &told(&[(name, text)])).unwrap_err().field;
        assert_eq!(fault("titel", "x").as_deref(), Some("texts[titel]"));
        assert_eq!(fault("more_url", "javascript:alert(1)").as_deref(), Some("texts[more_url]"));
        assert_eq!(fault("text", &"x".repeat(2_001)).as_deref(), Some("texts[text]"));
    }
}
