//! Paths without the people in them.

use super::scan::{Hit, Scan};
use percent_encoding::percent_decode_str;

/// Collections whose members are people or their things: the segment behind names one of them.
const COLLECTIONS: [&str; 18] = [
    "users",
    "user",
    "u",
    "accounts",
    "account",
    "orders",
    "order",
    "people",
    "person",
    "customers",
    "customer",
    "members",
    "member",
    "profiles",
    "patients",
    "employees",
    "contacts",
    "invoices",
];
/// Pages that stand behind such a collection and name nobody.
const PAGES: [&str; 48] = [
    "new",
    "edit",
    "create",
    "add",
    "me",
    "self",
    "current",
    "login",
    "logout",
    "signin",
    "sign-in",
    "signout",
    "sign-out",
    "signup",
    "sign-up",
    "register",
    "settings",
    "profile",
    "password",
    "reset",
    "reset-password",
    "forgot-password",
    "search",
    "list",
    "all",
    "export",
    "import",
    "history",
    "confirm",
    "confirmation",
    "complete",
    "success",
    "failure",
    "cancel",
    "checkout",
    "billing",
    "security",
    "preferences",
    "notifications",
    "dashboard",
    "index",
    "overview",
    "details",
    "summary",
    "status",
    "verify",
    "orders",
    "invoices",
];
const PLACEHOLDERS: [&str; 4] = [":id", ":uuid", ":email", ":token"];
const SEGMENT_LIMIT: usize = 200;

/// The path with a placeholder for each segment that is a UUID, number, address, token, or a member of a collection.
pub(super) fn clean(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut behind_collection = false;
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            out.push('/');
        }
        let segment = segment.split(';').next().unwrap_or(segment);
        let plain = percent_decode_str(segment).decode_utf8_lossy();
        let lower = plain.to_ascii_lowercase();
        if behind_collection && !is_nobody(&lower) {
            out.push_str(if is_uuid(&plain) { ":uuid" } else { ":id" });
        } else {
            out.push_str(&clean_segment(segment, &plain));
        }
        behind_collection = COLLECTIONS.contains(&lower.as_str());
    }
    super::in_text_urls(&out).into_owned()
}

/// Endings of source files: `/app/users/list.js` is a place in the code.
const SOURCES: [&str; 28] = [
    "js", "mjs", "cjs", "jsx", "ts", "tsx", "vue", "svelte", "map", "css", "html", "json", "py", "rb", "go", "rs",
    "java", "kt", "scala", "php", "cs", "c", "h", "cpp", "swift", "sql", "ex", "erl",
];

/// At a slash in a text: `/users/jane` loses the member of its collection, in a URL or in a path from the root.
pub(super) fn member(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    let word = scan.run_back(at, 12, |byte| byte.is_ascii_alphabetic());
    if word == at || scan.before(word) != b'/' {
        return None;
    }
    let collection = scan.text.get(word..at)?.to_ascii_lowercase();
    if !COLLECTIONS.contains(&collection.as_str()) {
        return None;
    }
    let is_path = |byte: u8| {
        byte > b' ' && !matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'(' | b')' | b',' | b'|' | b'?' | b'#')
    };
    let start = scan.run_back(at, 512, is_path);
    if at >= scan.link_end && scan.at(start) != b'/' {
        return None;
    }
    let whole = scan.text.get(at + 1..scan.run(at + 1, is_path))?;
    let file = whole.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == ':');
    if file.rsplit_once('.').is_some_and(|(_, ending)| SOURCES.contains(&ending)) {
        return None;
    }
    let end = scan.run(at + 1, |byte| {
        is_path(byte) && !matches!(byte, b'/' | b';' | b':' | b'[' | b']' | b'{' | b'}' | b'*' | b'$')
    });
    let segment = scan.text.get(at + 1..end)?.trim_end_matches(['.', '!']);
    // An address in it is told as one.
    let address = segment.contains('@') || segment.contains("%40");
    let nobody = segment.is_empty() || address || is_nobody(&segment.to_ascii_lowercase());
    (!nobody).then(|| Hit { start: at + 1, end: at + 1 + segment.len(), token: ":id" })
}

/// Pages, route templates (`{id}`) and what is a placeholder already.
fn is_nobody(segment: &str) -> bool {
    segment.is_empty()
        || PAGES.contains(&segment)
        || PLACEHOLDERS.contains(&segment)
        || segment.starts_with('{') && segment.ends_with('}')
}

fn clean_segment(segment: &str, plain: &str) -> String {
    if let Some((uuid, rest)) = plain.split_at_checked(36)
        && is_uuid(uuid)
        && !rest.starts_with(|next: char| next.is_ascii_alphanumeric())
    {
        return format!(":uuid{}", without_long_numbers(&super::text(rest)));
    }
    if plain.contains('@') && super::text(plain).contains("[email]") {
        return ":email".to_owned();
    }
    if is_token(plain) || plain.chars().count() > SEGMENT_LIMIT {
        return ":token".to_owned();
    }
    // What one detector names stays named, what else has a long number in it loses the number.
    let source = if super::text(plain) == plain { segment } else { plain };
    let scrubbed = super::text(source);
    without_long_numbers(&scrubbed)
}

fn is_uuid(plain: &str) -> bool {
    plain.len() == 36 && uuid::Uuid::try_parse(plain).is_ok()
}

/// Six digits and more in a row, also within a name: `invoice-20260115.pdf`.
fn without_long_numbers(segment: &str) -> String {
    let mut out = String::with_capacity(segment.len());
    let mut rest = segment;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, number) = rest.split_at(start);
        let length = number.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(number.len());
        let (digits, after) = number.split_at(length);
        out.push_str(before);
        out.push_str(if length >= 6 { ":id" } else { digits });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// At least 20 characters of hexadecimal or base64 that no one would write as words.
fn is_token(plain: &str) -> bool {
    let bytes = plain.as_bytes();
    let trimmed = plain.trim_end_matches('=').as_bytes();
    if trimmed.len() < 20
        || !trimmed.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'.' | b'~'))
    {
        return false;
    }
    let has_digit = bytes.iter().any(u8::is_ascii_digit);
    if has_digit && trimmed.iter().all(u8::is_ascii_hexdigit) {
        return true;
    }
    let class = |byte: u8| match byte {
        b'0'..=b'9' => 1,
        b'a'..=b'z' => 2,
        b'A'..=b'Z' => 3,
        _ => 0,
    };
    let changes = trimmed
        .windows(2)
        .filter(|pair| {
            let (left, right) = (class(pair[0]), class(pair[1]));
            left != 0 && right != 0 && left != right
        })
        .count();
    let longest = trimmed.split(|byte| class(*byte) == 0).map(<[u8]>::len).max().unwrap_or_default();
    let three_classes =
        has_digit && bytes.iter().any(u8::is_ascii_lowercase) && bytes.iter().any(u8::is_ascii_uppercase);
    three_classes && changes * 4 >= trimmed.len()
        || has_digit && longest >= 20 && changes >= 3
        || longest >= 20 && changes * 3 >= longest
}
