//! Names of events and fields: how they are spelled when stored, how long they may be, and which of them
//! tell by themselves that their value is personal.

mod telling;

pub use telling::{Action, action};

use super::scrub::{self, Found};
use std::borrow::Cow;
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// Contract rule E4; characters for names and keys, bytes for values.
pub const NAME_LIMIT: usize = 200;
pub const KEY_LIMIT: usize = 150;
pub const VALUE_LIMIT: usize = 8 * 1024;
pub const PROPERTIES_LIMIT: usize = 128;

/// Why a record with this name or value is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    NameEmpty,
    NameTooLong,
    KeyEmpty,
    KeyTooLong,
    ValueTooLong,
    TooManyProperties,
}

impl Fault {
    pub fn reason(self) -> &'static str {
        match self {
            Fault::NameEmpty => "name is empty",
            Fault::NameTooLong => "name is longer than 200 characters",
            Fault::KeyEmpty => "a property has no name",
            Fault::KeyTooLong => "the name of a property is longer than 150 characters",
            Fault::ValueTooLong => "the value of a property is longer than 8 KiB",
            Fault::TooManyProperties => "more than 128 properties",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for Fault {}

/// The name under which an event is stored: NFC, readable, scrubbed.
pub fn event_name(raw: &str) -> Result<String, Fault> {
    event_name_counted(raw, &mut Found::default())
}

/// As [`event_name`]; what was masked in it is added to `found`.
pub fn event_name_counted(raw: &str, found: &mut Found) -> Result<String, Fault> {
    stored(raw, NAME_LIMIT, Fault::NameEmpty, Fault::NameTooLong, found)
}

/// The name under which a property, attribute or label is stored: NFC, readable, scrubbed.
pub fn property_key(raw: &str) -> Result<String, Fault> {
    stored(raw, KEY_LIMIT, Fault::KeyEmpty, Fault::KeyTooLong, &mut Found::default())
}

/// A text value as Postgres can hold it (no NUL); scrubbing it is another step.
pub fn value(raw: &str) -> Result<Cow<'_, str>, Fault> {
    if raw.len() > VALUE_LIMIT {
        return Err(Fault::ValueTooLong);
    }
    Ok(if raw.contains('\0') { Cow::Owned(raw.replace('\0', "")) } else { Cow::Borrowed(raw) })
}

pub fn properties(count: usize) -> Result<(), Fault> {
    if count > PROPERTIES_LIMIT { Err(Fault::TooManyProperties) } else { Ok(()) }
}

fn stored(raw: &str, limit: usize, empty: Fault, long: Fault, found: &mut Found) -> Result<String, Fault> {
    // Even with marks to be composed nothing so long can pass, so it is not worth normalising.
    if raw.len() > limit * 16 {
        return Err(long);
    }
    let name = readable(raw);
    if name.is_empty() {
        return Err(empty);
    }
    if name.chars().count() > limit {
        return Err(long);
    }
    Ok(scrub::counted(&name, found).into_owned())
}

/// Composed (NFC) and trimmed; what cannot be seen is removed, what would change how the rest is read or
/// displayed (controls, direction overrides) is written out as an escape.
pub fn readable(raw: &str) -> String {
    if raw.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return raw.trim().to_owned();
    }
    let mut name = String::with_capacity(raw.len());
    let mut last = ' ';
    for letter in raw.trim_matches(|letter: char| letter.is_whitespace() || is_unseen(letter)).nfc() {
        match letter {
            '\n' => name.push_str("\\n"),
            '\r' => name.push_str("\\r"),
            '\t' => name.push(' '),
            // Joiners belong to emoji and to several scripts, and hide between other letters.
            '\u{200c}' | '\u{200d}' if !last.is_ascii() => name.push(letter),
            letter if is_unseen(letter) || matches!(letter, '\u{200c}' | '\u{200d}') => continue,
            letter if letter.is_control() || is_direction(letter) => name.extend(letter.escape_unicode()),
            letter => name.push(letter),
        }
        last = letter;
    }
    // Without the unseen letters two others may have come together that compose, or a blank to an end.
    let name: String = name.nfc().collect();
    name.trim().to_owned()
}

fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\0' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    )
}

fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
#[path = "names_test.rs"]
mod tests;
