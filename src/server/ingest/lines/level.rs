//! The level of a line, where a word can only mean that.

use parallax_domain::Severity;

/// A level and how many bytes it and the marks around it take.
pub(super) struct Level {
    pub severity: Severity,
    pub length: usize,
}

/// `ERROR`, `[error]`, `<warn>`, `error:`, `|INFO|`, at the start of the text.
pub(super) fn leading(text: &str) -> Option<Level> {
    enclosed(text).or_else(|| bare(text))
}

fn enclosed(text: &str) -> Option<Level> {
    let (open, close) = match text.as_bytes().first()? {
        b'[' => ('[', ']'),
        b'<' => ('<', '>'),
        b'(' => ('(', ')'),
        b'|' => ('|', '|'),
        _ => return None,
    };
    let end = text.get(1..)?.find(close).filter(|end| *end <= 24)?;
    let inner = text.get(1..=end)?.trim();
    // Apache writes the module before the level.
    let word = if open == '[' { inner.rsplit(':').next()? } else { inner };
    let severity = word_in_any_case(word).or_else(|| code(word))?;
    Some(Level { severity, length: end + 2 })
}

fn bare(text: &str) -> Option<Level> {
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = text.get(..length)?;
    let rest = text.get(length..)?;
    let capitals = word.bytes().all(|byte| byte.is_ascii_uppercase());
    let small = word.bytes().all(|byte| byte.is_ascii_lowercase());
    let marked = rest.starts_with(':') && !rest.starts_with("::")
        || rest.starts_with('|')
        || rest.starts_with('\t')
        || rest.starts_with(" - ")
        || rest.starts_with("  ");
    let spaced = rest.is_empty() || rest.starts_with(' ');
    let severity = word_in_any_case(word).or_else(|| code(word))?;
    let certain = match word {
        "LOG" | "CONFIG" | "FINE" | "FINER" | "FINEST" | "FAIL" | "VERBOSE" => marked,
        _ if capitals => marked || spaced,
        "info" | "debug" | "trace" | "warn" => marked || spaced,
        _ if small => marked,
        _ => false,
    };
    certain.then_some(Level { severity, length })
}

/// A word in front that tells the level and belongs to the message all the same: `Error: boom`, `error in module`.
pub(super) fn opening_word(text: &str) -> Option<Severity> {
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (word, rest) = text.split_at_checked(length)?;
    let marked = rest.starts_with(": ") || rest == ":";
    let plain = rest.starts_with(' ') && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let known = matches!(word.to_ascii_lowercase().as_str(), "error" | "warning" | "fatal" | "critical" | "panic");
    (known && (marked || plain)).then(|| Severity::from_word(word)).flatten()
}

/// klog's letter.
pub(super) fn letter(letter: u8) -> Option<Severity> {
    match letter {
        b'I' => Some(Severity::Info),
        b'W' => Some(Severity::Warn),
        b'E' => Some(Severity::Error),
        b'F' => Some(Severity::Fatal),
        b'D' => Some(Severity::Debug),
        _ => None,
    }
}

/// The word in the level field of a structured line.
pub(super) fn field(word: &str) -> Option<Severity> {
    Severity::from_word(word).or_else(|| match word.as_bytes() {
        [one] => letter(one.to_ascii_uppercase()),
        _ => None,
    })
}

/// Three and four letters of Serilog, zerolog and others.
fn code(word: &str) -> Option<Severity> {
    match word {
        "VRB" | "TRC" | "TRAC" => Some(Severity::Trace),
        "DBG" | "DEBU" => Some(Severity::Debug),
        "INF" => Some(Severity::Info),
        "WRN" => Some(Severity::Warn),
        "ERRO" => Some(Severity::Error),
        "FTL" | "FATA" | "PNC" => Some(Severity::Fatal),
        _ => None,
    }
}

fn word_in_any_case(word: &str) -> Option<Severity> {
    let upper = word.chars().all(|letter| letter.is_ascii_uppercase());
    // `[fine]` or `[log]` may be anything.
    let doubtful = matches!(
        word.to_ascii_lowercase().as_str(),
        "log" | "config" | "fine" | "finer" | "finest" | "fail" | "verbose"
    );
    if doubtful && !upper { None } else { Severity::from_word(word).filter(|_| !word.is_empty()) }
}
