//! What people say on purpose: feedback, and answers to a question.

use crate::ingest::event::Draft;
use crate::privacy::gate::{Fate, Gate};
use crate::privacy::scrub;
use crate::store::records::{Feedback, Survey};
use parallax_domain::Category;
use serde_json::{Map, Value};

/// Bytes of what somebody wrote.
const LONGEST: usize = 16 * 1024;

/// Feedback is always taken; who gave it only where that was told and is not refused.
pub fn feedback(gate: &Gate<'_>, mut record: Map<String, Value>) -> Result<Feedback, Fate> {
    let told = Told::of(&mut record);
    let draft = Draft::parse(Value::Object(record))?;
    let (text, rating) = (told.text("text"), told.rating("rating")?);
    if text.is_none() && rating.is_none() {
        return Err(Fate::because("properties.text or properties.rating is missing"));
    }
    let who = crate::ingest::event::who(gate, &draft);
    let linked = gate.consent(Category::Support, gate.refusals(draft.refusals, &who)).is_ok();
    Ok(Feedback {
        id: draft.id.clone().ok_or_else(|| Fate::because("id is missing"))?,
        at: gate.time(draft.at)?.0,
        user: who.user.or(who.anonymous).filter(|_| linked),
        person: None,
        body: gate.text(text.unwrap_or_default(), LONGEST),
        rating,
        url: draft.said.url.as_deref().map(|url| scrub::url(url).address()),
        status: "new".to_owned(),
    })
}

/// An answer belongs to nobody; it says only whether whoever gave it shares usage.
pub fn survey(gate: &Gate<'_>, mut record: Map<String, Value>) -> Result<Survey, Fate> {
    let told = Told::of(&mut record);
    let draft = Draft::parse(Value::Object(record))?;
    let refusals = gate.refusals(draft.refusals, &crate::ingest::event::who(gate, &draft));
    gate.consent(Category::Research, refusals)?;
    let question = told.text("question").ok_or_else(|| Fate::because("properties.question is missing"))?;
    let (answer, rating) = (told.text("answer"), told.rating("rating")?);
    if answer.is_none() && rating.is_none() {
        return Err(Fate::because("properties.answer or properties.rating is missing"));
    }
    Ok(Survey {
        id: draft.id.ok_or_else(|| Fate::because("id is missing"))?,
        at: gate.time(draft.at)?.0,
        source: gate.name(told.text("survey").unwrap_or("browser")),
        question: gate.text(question, 1_000),
        answer: gate.text(answer.unwrap_or_default(), LONGEST),
        rating,
        shares_usage: Some(!refusals.refuses(Category::Usage)),
    })
}

/// The properties of such an event, which may be longer than those of others.
struct Told(Map<String, Value>);

impl Told {
    fn of(record: &mut Map<String, Value>) -> Told {
        match record.remove("properties") {
            Some(Value::Object(properties)) => Told(properties),
            _ => Told(Map::new()),
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    fn rating(&self, key: &str) -> Result<Option<f64>, Fate> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => Ok(number.as_f64()),
            Some(_) => Err(Fate::because(format!("properties.{key} must be a number"))),
        }
    }
}
