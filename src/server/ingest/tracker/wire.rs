//! The JSON of a request, however it is wrapped: plain, one document a line, a form's `data`, base64, a query. What the
//! sender calls its content is not asked: beacons call everything text (protocols §0.2).

use crate::ingest::json::{self, DuplicateKeys};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::GzDecoder;
use parallax_domain::Problem;
use serde_json::Value;
use std::borrow::Cow;
use std::io::Read;
use url::form_urlencoded;

/// A form's `data` may be packed once more; unpacked it is no larger than a body.
const LARGEST: u64 = 20 << 20;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What a request holds.
pub struct Wire {
    /// The documents; one that is no JSON is the reason instead.
    pub documents: Vec<Result<Value, String>>,
    /// Other parts of the form.
    pub parts: Vec<(String, String)>,
    /// It came as a form or in the query, as old clients send.
    pub is_form: bool,
}

impl Wire {
    /// Of the body, or of the query's `data` where there is no body.
    pub fn read(query: Option<&str>, body: &[u8]) -> Result<Wire, Problem> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
        match body.first() {
            Some(b'{' | b'[') => Ok(Wire { documents: documents(body)?, parts: Vec::new(), is_form: false }),
            Some(_) => Wire::form(body),
            None => Wire::form(query.unwrap_or_default().as_bytes()),
        }
    }

    fn form(text: &[u8]) -> Result<Wire, Problem> {
        let mut parts: Vec<(String, String)> = form_urlencoded::parse(text).into_owned().collect();
        let place = parts.iter().position(|(key, _)| key == "data");
        let data = match place {
            // A plus sign in base64 that was not encoded has become a blank.
            Some(place) => Cow::Owned(parts.remove(place).1),
            None => String::from_utf8_lossy(text),
        };
        let documents = documents(&unwrapped(&data)?)?;
        Ok(Wire { documents, parts, is_form: true })
    }

    /// All documents, those of arrays one by one.
    pub fn flat(self) -> Vec<Result<Value, String>> {
        let one = |document| match document {
            Ok(Value::Array(values)) => values.into_iter().map(Ok).collect(),
            other => vec![other],
        };
        self.documents.into_iter().flat_map(one).collect()
    }
}

fn unwrapped(data: &str) -> Result<Vec<u8>, Problem> {
    let data = data.trim();
    if data.starts_with(['{', '[']) {
        return Ok(data.as_bytes().to_vec());
    }
    let packed: String = data
        .chars()
        .filter(|letter| !matches!(letter, '\r' | '\n'))
        .map(|letter| match letter {
            ' ' | '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let none = || Problem::malformed("The body holds no JSON, neither plain nor as `data` of a form.");
    let bytes = BASE64.decode(packed).map_err(|_| none())?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    GzDecoder::new(bytes.as_slice()).take(LARGEST).read_to_end(&mut plain).map_err(|_| none())?;
    Ok(plain)
}

/// One document, or one a line.
fn documents(text: &[u8]) -> Result<Vec<Result<Value, String>>, Problem> {
    let text = text.trim_ascii();
    let whole = json::parse(text, DuplicateKeys::LastWins);
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect();
    match whole {
        Ok(value) => Ok(vec![Ok(value)]),
        Err(reason) => {
            let each: Vec<Result<Value, String>> = lines
                .into_iter()
                .filter(|line| !line.is_empty())
                .map(|line| json::parse(line, DuplicateKeys::LastWins))
                .collect();
            // Lines are told from one broken document by this: more than one, and most of them can be read.
            let read = each.iter().filter(|line| matches!(line, Ok(Value::Object(_)))).count();
            if each.len() > 1 && read * 2 >= each.len() { Ok(each) } else { Err(Problem::malformed(reason)) }
        }
    }
}

/// The value of a part of the form or of the query.
pub fn part(parts: &[(String, String)], query: Option<&str>, name: &str) -> Option<String> {
    let in_form = parts.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    in_form.or_else(|| {
        let mut pairs = form_urlencoded::parse(query?.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    })
}

/// Whether a part says yes: `1`.
pub fn flag(parts: &[(String, String)], query: Option<&str>, name: &str) -> bool {
    part(parts, query, name).is_some_and(|value| value == "1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(query: Option<&str>, body: &[u8]) -> Value {
        Wire::read(query, body).unwrap().flat().remove(0).unwrap()
    }

    #[test]
    fn the_same_document_comes_in_many_wrappings() {
        let event = json!({ "event": "ä????>>>>" });
        let text = event.to_string();
        let base64 = base64::engine::general_purpose::STANDARD.encode(&text);
        assert!(base64.contains('/') && base64.contains('+'), "{base64}");
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let url_safe = base64.replace('+', "-").replace('/', "_").replace('=', "");
        for body in [
            text.clone(),
            format!("\u{feff} {text}\n"),
            format!("data={encoded}"),
            format!("data={base64}&verbose=1"),
            format!("ip=0&data={url_safe}"),
            base64.clone(),
            format!("[{text}]"),
        ] {
            assert_eq!(one(None, body.as_bytes()), event, "{body}");
        }
        assert_eq!(one(Some(&format!("verbose=0&data={base64}")), b""), event);
    }

    #[test]
    fn a_broken_line_costs_itself_only() {
        let wire = Wire::read(None, b"{\"a\":1}\r\n{\"a\":\n\n{\"a\":3}\n").unwrap();
        let read: Vec<bool> = wire.documents.iter().map(Result::is_ok).collect();
        assert_eq!(read, [true, false, true]);
        assert!(Wire::read(None, b"{\n\"a\":1,\n\"b\":\n}").is_err());
    }

    #[test]
    fn what_is_no_json_in_any_wrapping_is_refused_without_repeating_it() {
        for body in [&b"secret text"[..], b"data=%00%01", b"", b"data=", b"<html>", b"\xff\xfe{\x00}\x00"] {
            let problem = Wire::read(None, body).err().expect("refused");
            assert!(!problem.detail.contains("secret"), "{}", problem.detail);
        }
    }

    #[test]
    fn parts_are_found_in_form_and_query() {
        let wire = Wire::read(Some("ip=1"), b"data=%7B%7D&verbose=1").unwrap();
        assert!(flag(&wire.parts, Some("ip=1"), "verbose") && flag(&wire.parts, Some("ip=1"), "ip"));
        assert!(!flag(&wire.parts, Some("img=0"), "img"));
    }
}
