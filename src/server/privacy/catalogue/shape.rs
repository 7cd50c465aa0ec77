//! What a value looks like, told without telling the value.

use super::entry::ValueType;
use serde_json::Value;

/// Class of length: of a text in characters, of a list or object in members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Length {
    Empty,
    /// Up to 16.
    Short,
    /// Up to 80.
    Line,
    Long,
}

impl Length {
    pub const ALL: [Length; 4] = [Length::Empty, Length::Short, Length::Line, Length::Long];

    fn of(count: usize) -> Length {
        match count {
            0 => Length::Empty,
            1..=16 => Length::Short,
            17..=80 => Length::Line,
            _ => Length::Long,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Length::Empty => "empty",
            Length::Short => "short",
            Length::Line => "line",
            Length::Long => "long",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub kind: ValueType,
    pub length: Length,
}

impl Shape {
    /// How many there are.
    pub const COUNT: usize = ValueType::ALL.len() * Length::ALL.len();

    pub fn of(value: &Value) -> Shape {
        match value {
            Value::Null => Shape { kind: ValueType::Word, length: Length::Empty },
            Value::Bool(_) => Shape { kind: ValueType::Flag, length: Length::Short },
            Value::Number(_) => Shape { kind: ValueType::Number, length: Length::Short },
            Value::String(text) => Shape { kind: kind_of(text), length: Length::of(text.chars().take(81).count()) },
            Value::Array(values) => Shape { kind: ValueType::List, length: Length::of(values.len()) },
            Value::Object(members) => Shape { kind: ValueType::Object, length: Length::of(members.len()) },
        }
    }

    /// Its place among all shapes.
    pub fn index(self) -> usize {
        self.kind as usize * Length::ALL.len() + self.length as usize
    }

    pub fn at(index: usize) -> Shape {
        let kinds = ValueType::ALL;
        Shape { kind: kinds[(index / Length::ALL.len()) % kinds.len()], length: Length::ALL[index % Length::ALL.len()] }
    }
}

/// A text that nobody would write freely is a word: at most 40 characters, at most two blanks, no sentence.
fn kind_of(text: &str) -> ValueType {
    let text = text.trim();
    let digit = text.starts_with(|first: char| first.is_ascii_digit());
    if digit && text.len() <= 40 && chrono::DateTime::parse_from_rfc3339(text).is_ok() {
        return ValueType::Time;
    }
    let number = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '.'));
    if number && text.parse::<f64>().is_ok() {
        return ValueType::Number;
    }
    let blanks = text.chars().take(41).filter(|letter| letter.is_whitespace()).count();
    if text.chars().nth(40).is_none() && blanks <= 2 { ValueType::Word } else { ValueType::Text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_shape_tells_type_and_length_only() {
        let cases = [
            (json!(true), ValueType::Flag, Length::Short),
            (json!(1.5), ValueType::Number, Length::Short),
            (json!("12"), ValueType::Number, Length::Short),
            (json!("team"), ValueType::Word, Length::Short),
            (json!(""), ValueType::Word, Length::Empty),
            (json!("Please leave it with the neighbour"), ValueType::Text, Length::Line),
            (json!("x".repeat(81)), ValueType::Text, Length::Long),
            (json!("2026-01-15T14:32:18Z"), ValueType::Time, Length::Line),
            (json!([1, 2]), ValueType::List, Length::Short),
            (json!({}), ValueType::Object, Length::Empty),
        ];
        for (value, kind, length) in cases {
            assert_eq!(Shape::of(&value), Shape { kind, length }, "{value}");
        }
    }

    #[test]
    fn every_shape_has_a_place_of_its_own() {
        for index in 0..Shape::COUNT {
            assert_eq!(Shape::at(index).index(), index);
        }
    }
}
