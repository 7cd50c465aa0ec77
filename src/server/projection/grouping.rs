//! Which exceptions are one issue. The rule is versioned: a new one never regroups old issues.

use crate::record::Exception;
use sha2::{Digest, Sha256};

pub const VERSION: i16 = 1;

/// An issue as one exception shows it.
pub struct Group {
    pub id: i64,
    pub title: String,
    /// The frame that the grouping went by, if the stack had one.
    pub culprit: Option<String>,
}

/// Service and type, then the innermost frames of the program itself, or the message without its changing parts.
pub fn group(service: Option<&str>, exception: &Exception) -> Group {
    let frames = exception.stack.as_deref().map(own_frames).unwrap_or_default();
    let template = template(exception.message.lines().next().unwrap_or_default());
    let by = if frames.is_empty() { template.clone() } else { frames.join("\n") };
    let version = VERSION.to_le_bytes();
    let id = hash(&[&version, service.unwrap_or_default().as_bytes(), exception.r#type.as_bytes(), by.as_bytes()]);
    let title =
        if template.is_empty() { exception.r#type.clone() } else { format!("{}: {template}", exception.r#type) };
    Group { id, title: shortened(&title, 300), culprit: frames.into_iter().next() }
}

/// One exception told by a log record and by a span event is one occurrence (contract rule G7).
pub fn occurrence_key(place: &[&[u8]], exception: &Exception) -> i64 {
    let mut parts = place.to_vec();
    parts.extend([exception.r#type.as_bytes(), exception.message.as_bytes()]);
    hash(&parts)
}

fn hash(parts: &[&[u8]]) -> i64 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest.finalize()[..8]);
    i64::from_be_bytes(bytes)
}

const DEEPEST_FRAMES: usize = 4;
/// Parts of paths and names that belong to libraries and runtimes, not to the program.
const FOREIGN: [&str; 16] = [
    "site-packages",
    "node_modules",
    "node:internal",
    "/usr/lib/",
    "lib/python",
    "<frozen",
    "java.base/",
    "java.lang.",
    "java.util.",
    "org.springframework",
    "System.",
    "Microsoft.",
    "/rustc/",
    "/.cargo/registry/",
    "vendor/bundle",
    "/gems/",
];

/// Names of the innermost frames of the program itself, without line numbers, which change with every release.
fn own_frames(stack: &str) -> Vec<String> {
    let frames: Vec<String> = stack.lines().filter_map(frame).collect();
    // Python prints the innermost call last.
    let python = stack.trim_start().starts_with("Traceback");
    let ordered: Vec<String> = if python { frames.into_iter().rev().collect() } else { frames };
    let own: Vec<String> =
        ordered.iter().filter(|frame| !FOREIGN.iter().any(|part| frame.contains(part))).cloned().collect();
    let chosen = if own.is_empty() { ordered } else { own };
    chosen.into_iter().take(DEEPEST_FRAMES).collect()
}

fn frame(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("File \"") {
        let (file, rest) = rest.split_once('"')?;
        let function = rest.split(" in ").nth(1).unwrap_or_default();
        return Some(format!("{} in {}", file_name(file), function.trim()));
    }
    let rest = line.strip_prefix("at ")?;
    let (function, place) = match rest.split_once('(') {
        Some((function, place)) => (function.trim(), place.trim_end_matches(')')),
        None => ("", rest),
    };
    let place = place.trim_end_matches(|c: char| c.is_ascii_digit() || c == ':');
    Some(if function.is_empty() { file_name(place) } else { format!("{} in {function}", file_name(place)) })
}

/// The last two parts of a path: the folder of a deployment changes, the file in its package does not.
fn file_name(path: &str) -> String {
    let marker = FOREIGN.iter().find(|part| path.contains(**part));
    let mut parts: Vec<&str> = path.rsplit(['/', '\\']).take(2).collect();
    parts.reverse();
    let name = parts.join("/");
    match marker {
        Some(marker) => format!("{marker}:{name}"),
        None => name,
    }
}

/// A message with its changing parts replaced: numbers, hexadecimal runs, quoted values.
pub fn template(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut quoted: Option<char> = None;
    for word in
        message.split_inclusive(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '=' | '[' | ']'))
    {
        let body =
            word.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '=' | '[' | ']'));
        let tail = &word[body.len()..];
        if let Some(mark) = quoted {
            if body.ends_with(mark) {
                quoted = None;
            }
            continue;
        }
        let mark = body.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        match mark {
            Some(mark) if body.len() > 1 && body.ends_with(mark) => out.push_str("<*>"),
            Some(mark) => {
                quoted = Some(mark);
                out.push_str("<*> ");
                continue;
            }
            None if changes(body) => out.push_str("<*>"),
            None => out.push_str(body),
        }
        out.push_str(tail);
    }
    out.trim().to_owned()
}

fn changes(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let hex = word.len() >= 8 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    // `12ms` is an amount, `v2` a name.
    let amount = usize::from(word.starts_with(|c: char| c.is_ascii_digit()));
    digits > 0 && (hex || digits * 2 + amount > word.chars().count() || digits >= 4)
}

fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exception(message: &str, stack: Option<&str>) -> Exception {
        Exception {
            r#type: "ValueError".into(),
            message: message.into(),
            stack: stack.map(str::to_owned),
            handled: true,
        }
    }

    #[test]
    fn the_same_mistake_with_other_numbers_is_one_issue() {
        let a = group(Some("pay"), &exception("no connection in 800 ms for order 4711", None));
        let b = group(Some("pay"), &exception("no connection in 912 ms for order 4712", None));
        assert_eq!(a.id, b.id);
        assert_eq!(a.title, "ValueError: no connection in <*> ms for order <*>");
        assert_ne!(a.id, group(Some("basket"), &exception("no connection in 800 ms for order 4711", None)).id);
    }

    #[test]
    fn line_numbers_and_libraries_do_not_split_an_issue() {
        let stack = |line: u32, library: u32| {
            format!(
                "Traceback (most recent call last):\n  File \"/srv/app/shop/pay.py\", line {line}, in charge\n    pool.get()\n  \
                 File \"/usr/lib/python3/site-packages/pool.py\", line {library}, in get\nValueError: no"
            )
        };
        let a = group(Some("pay"), &exception("no", Some(&stack(10, 5))));
        let b = group(Some("pay"), &exception("other words", Some(&stack(12, 9))));
        assert_eq!(a.id, b.id);
        assert_eq!(a.culprit.as_deref(), Some("shop/pay.py in charge"));
    }

    #[test]
    fn quoted_values_and_ids_are_not_part_of_a_message() {
        assert_eq!(
            template("user 'anna b' not in \"list\" 550e8400-e29b-41d4-a716-446655440000"),
            "user <*> not in <*> <*>"
        );
        assert_eq!(template("HTTP 502 from payment-service v2"), "HTTP <*> from payment-service v2");
    }
}
