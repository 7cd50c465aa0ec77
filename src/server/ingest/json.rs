//! JSON as the contract wants it: no duplicate keys, at most 64 levels, a byte order mark is skipped,
//! text that is not quite Unicode is repaired instead of losing the records around it.

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::borrow::Cow;
use std::fmt;

const DEEPEST: usize = 64;

#[derive(Clone, Copy)]
pub enum DuplicateKeys {
    Refuse,
    LastWins,
}

/// Says where and why a text is no JSON; never repeats the text itself.
pub fn parse(bytes: &[u8], duplicates: DuplicateKeys) -> Result<Value, String> {
    let text = repaired(bytes);
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    // The limit here is our own and far smaller than the stack allows.
    let value =
        Strict { depth: DEEPEST, duplicates }.deserialize(&mut deserializer).map_err(|error| describe(&error))?;
    deserializer.end().map_err(|error| describe(&error))?;
    Ok(value)
}

fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "the text ends early".to_owned(),
        serde_json::error::Category::Data => {
            let text = error.to_string();
            text.split(" at line ").next().unwrap_or_default().to_owned()
        }
        _ if error.to_string().starts_with("number out of range") => "a number is out of range".to_owned(),
        _ if error.to_string().starts_with("recursion limit") => "nested too deep".to_owned(),
        _ => "not valid JSON".to_owned(),
    };
    format!("{what}, line {} column {}", error.line(), error.column())
}

/// Skips a byte order mark, replaces invalid UTF-8 and lone surrogate escapes.
fn repaired(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return text;
    }
    Cow::Owned(without_lone_surrogates(&text))
}

fn without_lone_surrogates(text: &str) -> String {
    let unit = |at: usize| -> Option<u32> {
        let hex = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(hex, 16).ok()
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        let escape = at + found;
        out.push_str(&text[at..escape]);
        match (unit(escape), unit(escape + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => {
                out.push_str(&text[escape..escape + 12]);
                at = escape + 12;
            }
            (Some(0xD800..=0xDFFF), _) => {
                out.push_str("\\ufffd");
                at = escape + 6;
            }
            _ => {
                let end = text[escape + 1..].chars().next().map_or(text.len(), |c| escape + 1 + c.len_utf8());
                out.push_str(&text[escape..end]);
                at = end;
            }
        }
    }
    out.push_str(&text[at..]);
    out
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
    duplicates: DuplicateKeys,
}

impl Strict {
    fn deeper<E: de::Error>(self) -> Result<Strict, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Strict { depth, ..self }),
            None => Err(E::custom("nested too deep")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    /// Integers beyond i64 are kept as floats (contract rule E5).
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(match i64::try_from(value) {
            Ok(value) => Value::Number(value.into()),
            Err(_) => Number::from_f64(value as f64).map_or(Value::Null, Value::Number),
        })
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        // -0 is 0 (trust §2.4).
        let value = if value == 0.0 { 0.0 } else { value };
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(inner)?;
            if matches!(self.duplicates, DuplicateKeys::Refuse) && members.contains_key(&key) {
                return Err(de::Error::custom("the same key twice in one object"));
            }
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(text: &str) -> Result<Value, String> {
        parse(text.as_bytes(), DuplicateKeys::Refuse)
    }

    #[test]
    fn a_hundred_thousand_levels_are_refused_and_the_stack_survives() {
        let deep = "[".repeat(100_000);
        assert!(strict(&deep).unwrap_err().contains("nested too deep"));
        let deep = format!("{}1{}", r#"{"a":"#.repeat(65), "}".repeat(65));
        assert!(strict(&deep).unwrap_err().contains("nested too deep"));
        let fine = format!("{}1{}", "[".repeat(64), "]".repeat(64));
        assert!(strict(&fine).is_ok());
    }

    #[test]
    fn the_same_key_twice_is_refused_where_the_contract_says_so() {
        assert!(strict(r#"{"a":1,"a":2}"#).is_err());
        let last = parse(br#"{"a":1,"a":2}"#, DuplicateKeys::LastWins).unwrap();
        assert_eq!(last["a"], 2);
    }

    #[test]
    fn numbers_follow_the_contract() {
        assert!(strict("1e400").is_err());
        assert_eq!(strict("9223372036854775808").unwrap().as_f64(), Some(9_223_372_036_854_775_808.0));
        assert_eq!(strict("-0.0").unwrap().to_string(), "0.0");
    }

    #[test]
    fn a_lone_surrogate_costs_one_character_not_the_batch() {
        let value = strict(r#"["\ud83d\ude00", "a\ud800b", "\\ud800"]"#).unwrap();
        assert_eq!(value[0], "😀");
        assert_eq!(value[1], "a\u{fffd}b");
        assert_eq!(value[2], "\\ud800");
    }

    #[test]
    fn a_byte_order_mark_and_broken_utf8_are_survived() {
        assert_eq!(parse(b"\xef\xbb\xbf[\"a\xffb\"]", DuplicateKeys::Refuse).unwrap()[0], "a\u{fffd}b");
    }
}
