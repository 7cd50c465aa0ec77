//! The search language of logs (contract rule G4): words, "phrases", `field:value`, AND, OR, NOT, parentheses.
//! AND is implied; NOT binds before AND before OR; text matches as a case-insensitive part.

use parallax_domain::{Problem, Severity};
use sqlx::{Postgres, QueryBuilder};

#[derive(Clone, Debug, PartialEq)]
pub enum Search {
    Everything,
    Text(String),
    Field(String, String),
    Not(Box<Search>),
    And(Vec<Search>),
    Or(Vec<Search>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Field(String, String),
    And,
    Or,
    Not,
    Open,
    Close,
}

/// Nesting that nobody writes by hand.
const DEEPEST: usize = 32;

pub fn parse(text: &str) -> Result<Search, Problem> {
    if text.len() > 4_096 {
        return Err(Problem::invalid("search", "A search has at most 4,096 characters."));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    if parser.tokens.is_empty() {
        return Ok(Search::Everything);
    }
    let search = parser.or()?;
    if parser.at < parser.tokens.len() {
        return Err(Problem::invalid("search", "A closing parenthesis has no opening one."));
    }
    Ok(search)
}

fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '(' || first == ')' {
            tokens.push(if first == '(' { Token::Open } else { Token::Close });
            rest = rest[1..].trim_start();
            continue;
        }
        if let Some(after) =
            rest.strip_prefix('-').filter(|after| !after.is_empty() && !after.starts_with(char::is_whitespace))
        {
            tokens.push(Token::Not);
            rest = after;
            continue;
        }
        let (word, quoted, after) = word(rest)?;
        rest = after;
        if !quoted && rest.starts_with(':') && is_field(&word) {
            let (value, _, after) = self::word(&rest[1..])?;
            tokens.push(Token::Field(word, value));
            rest = after.trim_start();
            continue;
        }
        let mut word = word;
        // A colon that is part of a text, such as in a time or an address.
        while !quoted && rest.starts_with(':') {
            let (more, _, after) = self::word(&rest[1..])?;
            word = format!("{word}:{more}");
            rest = after;
        }
        tokens.push(match (quoted, word.as_str()) {
            (false, "AND") => Token::And,
            (false, "OR") => Token::Or,
            (false, "NOT") => Token::Not,
            _ => Token::Word(word),
        });
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// A quoted phrase or the characters up to a space, parenthesis or colon.
fn word(text: &str) -> Result<(String, bool, &str), Problem> {
    if let Some(inner) = text.strip_prefix('"') {
        let end = inner.find('"').ok_or_else(|| Problem::invalid("search", "A quotation mark has no second one."))?;
        return Ok((inner[..end].to_owned(), true, &inner[end + 1..]));
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ':' | '"')).unwrap_or(text.len());
    Ok((text[..end].to_owned(), false, &text[end..]))
}

fn is_field(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '@' | '/'))
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn or(&mut self) -> Result<Search, Problem> {
        let mut parts = vec![self.and()?];
        while self.peek() == Some(&Token::Or) {
            self.at += 1;
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Search::Or(parts) })
    }

    fn and(&mut self) -> Result<Search, Problem> {
        let mut parts = vec![self.not()?];
        loop {
            match self.peek() {
                Some(Token::And) => self.at += 1,
                Some(Token::Or | Token::Close) | None => break,
                Some(_) => {}
            }
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Search::And(parts) })
    }

    fn not(&mut self) -> Result<Search, Problem> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Problem::invalid("search", "The search is nested too deep."));
        }
        let token = self.peek().cloned();
        self.at += 1;
        let search = match token {
            Some(Token::Not) => Search::Not(Box::new(self.not()?)),
            Some(Token::Open) => {
                let inner = self.or()?;
                if self.peek() != Some(&Token::Close) {
                    return Err(Problem::invalid("search", "An opening parenthesis has no closing one."));
                }
                self.at += 1;
                inner
            }
            Some(Token::Word(word)) => Search::Text(word),
            Some(Token::Field(field, value)) => Search::Field(field, value),
            Some(Token::And | Token::Or | Token::Close) | None => {
                return Err(Problem::invalid("search", "A word is missing beside AND, OR or NOT."));
            }
        };
        self.depth -= 1;
        Ok(search)
    }
}

impl Search {
    /// As a condition on rows of `log`. Everything that a person typed is bound, never spliced.
    pub fn push(&self, query: &mut QueryBuilder<Postgres>) {
        match self {
            Search::Everything => {
                query.push("true");
            }
            Search::Text(text) => {
                // Where only ASCII has to be found in another case, that is all that is looked at: several times as fast.
                let column = if text.is_ascii() { "message collate \"C\" ilike " } else { "message ilike " };
                query.push(column).push_bind(like(text));
            }
            Search::Field(field, value) => push_field(query, field, value),
            Search::Not(inner) => {
                query.push("not coalesce((");
                inner.push(query);
                query.push("), false)");
            }
            Search::And(parts) => push_all(query, parts, " and "),
            Search::Or(parts) => push_all(query, parts, " or "),
        }
    }
}

impl Search {
    /// Whether it asks for something in a record's text or attributes.
    pub fn reads_text(&self) -> bool {
        match self {
            Search::Everything => false,
            Search::Text(_) => true,
            Search::Field(name, _) => !COLUMNS.contains(&name.as_str()),
            Search::Not(part) => part.reads_text(),
            Search::And(parts) | Search::Or(parts) => parts.iter().any(Search::reads_text),
        }
    }
}

/// Fields that say where a record is from, not what it says.
const COLUMNS: [&str; 7] = ["level", "severity", "service", "host", "trace_id", "trace", "span_id"];

fn push_all(query: &mut QueryBuilder<Postgres>, parts: &[Search], between: &str) {
    query.push("(");
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            query.push(between);
        }
        part.push(query);
    }
    query.push(")");
}

fn push_field(query: &mut QueryBuilder<Postgres>, field: &str, value: &str) {
    match field {
        "level" | "severity" => {
            let levels: Vec<i16> = value
                .split(',')
                .filter_map(|word| Severity::from_word(word).or_else(|| prefix(word)))
                .map(|severity| severity as i16)
                .collect();
            query.push("severity = any(").push_bind(levels).push(")");
        }
        "service" => {
            query.push("service ilike ").push_bind(like(value));
        }
        "host" => {
            query.push("host ilike ").push_bind(like(value));
        }
        "trace_id" | "trace" => {
            query.push("trace_id = ").push_bind(uuid::Uuid::try_parse(value).ok());
        }
        "span_id" => {
            query.push("span_id = ").push_bind(u64::from_str_radix(value, 16).ok().map(|id| id as i64));
        }
        attribute => {
            query.push("attributes ->> ").push_bind(attribute.to_owned()).push(" ilike ").push_bind(like(value));
        }
    }
}

/// `err` for error: the beginning of a level's word.
fn prefix(word: &str) -> Option<Severity> {
    let lower = word.to_ascii_lowercase();
    Severity::ALL.into_iter().find(|severity| !lower.is_empty() && severity.word().starts_with(&lower))
}

/// A part of the text, with the pattern's own signs taken literally.
pub fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(word: &str) -> Search {
        Search::Text(word.into())
    }

    #[test]
    fn not_binds_before_and_before_or() {
        let search = parse("a b OR NOT c AND level:error").unwrap();
        let level = Search::Field("level".into(), "error".into());
        let expected = Search::Or(vec![
            Search::And(vec![text("a"), text("b")]),
            Search::And(vec![Search::Not(Box::new(text("c"))), level]),
        ]);
        assert_eq!(search, expected);
    }

    #[test]
    fn phrases_parentheses_and_colons_in_text() {
        assert_eq!(parse("\"pool timeout\"").unwrap(), text("pool timeout"));
        assert_eq!(parse("12:30:05").unwrap(), text("12:30:05"));
        assert_eq!(parse("").unwrap(), Search::Everything);
        assert_eq!(
            parse("(a OR b) -c").unwrap(),
            Search::And(vec![Search::Or(vec![text("a"), text("b")]), Search::Not(Box::new(text("c")))])
        );
        assert_eq!(parse("http.route:\"/a b\"").unwrap(), Search::Field("http.route".into(), "/a b".into()));
    }

    #[test]
    fn broken_searches_name_the_field() {
        for broken in ["\"open", "(a", "a)", "AND", "a OR", "NOT"] {
            assert_eq!(parse(broken).unwrap_err().field.as_deref(), Some("search"), "{broken}");
        }
        assert!(parse(&"(".repeat(5000)).is_err());
        assert!(parse(&"NOT ".repeat(100)).is_err());
    }

    #[test]
    fn a_search_by_place_alone_reads_no_text() {
        for place in ["", "level:error service:web", "NOT (host:db-01 OR trace_id:00)"] {
            assert!(!parse(place).unwrap().reads_text(), "{place}");
        }
        for text in ["timeout", "level:error timeout", "NOT (host:db-01 OR http.route:/a)"] {
            assert!(parse(text).unwrap().reads_text(), "{text}");
        }
    }

    #[test]
    fn signs_of_patterns_are_literal() {
        assert_eq!(like("50%_a\\"), "%50\\%\\_a\\\\%");
    }
}
