//! Lines that begin with a time, a level, or the head of syslog, klog or a container runtime.

use super::{Parsed, Received, gauge, inside, level, time};
use parallax_domain::Severity;

pub(super) fn parse(line: &str, received: Received, depth: usize) -> Option<Parsed> {
    klog(line, received).or_else(|| syslog(line, received, depth)).or_else(|| usual(line, received, depth))
}

/// `E0115 14:32:18.123456    4711 reconciler.go:221] operation failed`
fn klog(line: &str, received: Received) -> Option<Parsed> {
    let severity = level::letter(*line.as_bytes().first()?)?;
    let (at, length) = time::month_and_day(line.get(1..)?, received)?;
    let (head, message) = line.get(1 + length..)?.split_once("] ")?;
    let mut words = head.split_whitespace();
    let (process, place) = (words.next()?, words.next()?);
    if words.next().is_some() || !process.bytes().all(|byte| byte.is_ascii_digit()) || !place.contains(':') {
        return None;
    }
    let attributes = vec![attribute("process.pid", process), attribute("code.location", place)];
    Some(Parsed {
        at: Some(at),
        severity: Some(severity),
        message: message.trim().to_owned(),
        attributes,
        ..Parsed::default()
    })
}

fn attribute(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// `<131>Jan 15 14:32:18 web-01 app[812]: message`, with or without the number in front, and RFC 5424.
fn syslog(line: &str, received: Received, depth: usize) -> Option<Parsed> {
    let (severity, rest) = match priority(line) {
        Some((severity, rest)) => (Some(severity), rest),
        None => (None, line),
    };
    if severity.is_some()
        && let Some(fields) = rest.strip_prefix("1 ")
    {
        return rfc5424(fields, severity, received, depth);
    }
    let (at, length) = time::leading(rest, received)?;
    let dated = !rest.starts_with(|first: char| first.is_ascii_digit());
    let (host, text) = rest.get(length..)?.trim_start().split_once(' ')?;
    let (service, process, text) = tag(text)?;
    // With a time in numbers, only the process tells that this is syslog's order of words.
    if !is_name(host) || !(dated || process.is_some()) || level::leading(host).is_some() {
        return None;
    }
    let mut outer = Parsed {
        at: Some(at),
        severity,
        service: Some(service.to_owned()),
        host: Some(host.to_owned()),
        ..Parsed::default()
    };
    outer.attributes.extend(process.map(|process| attribute("process.pid", process)));
    Some(inside(outer, text, received, depth))
}

/// `<PRI>`: the number modulo 8 is the level.
fn priority(line: &str) -> Option<(Severity, &str)> {
    let (number, rest) = line.strip_prefix('<')?.split_once('>')?;
    let number: usize = number.parse().ok().filter(|number| *number <= 191)?;
    let severity = [21, 19, 18, 17, 13, 10, 9, 5].get(number % 8)?;
    Some((Severity::from_otel(*severity)?, rest))
}

/// Behind the version: time, host, program, process, message id, structured data, message.
fn rfc5424(fields: &str, severity: Option<Severity>, received: Received, depth: usize) -> Option<Parsed> {
    let mut words = fields.splitn(6, ' ');
    let mut word = || words.next();
    let (at, host, service, process, message_id, rest) = (word()?, word()?, word()?, word()?, word()?, word()?);
    let given = |value: &str| (value != "-").then(|| value.to_owned());
    let mut outer = Parsed {
        at: time::whole(at, received),
        severity,
        service: given(service),
        host: given(host),
        ..Parsed::default()
    };
    outer.attributes.extend(given(process).map(|process| ("process.pid".to_owned(), process)));
    outer.attributes.extend(given(message_id).map(|id| ("syslog.msgid".to_owned(), id)));
    let message = behind_structured_data(rest)?.trim_start_matches('\u{feff}');
    Some(inside(outer, message, received, depth))
}

/// `-` or `[id key="value"]…`, in which `\]` does not close.
fn behind_structured_data(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('-') {
        return Some(rest.trim_start());
    }
    let mut escaped = false;
    let mut open = false;
    for (index, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' if !open => open = true,
            ']' if open => open = false,
            ' ' if !open => return text.get(index + 1..),
            _ if !open => return None,
            _ => {}
        }
    }
    (!open).then_some("")
}

/// `app[812]: ` or `app: `, and what follows.
fn tag(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/')))?;
    let (name, rest) = text.split_at_checked(end).filter(|(name, _)| (1..=64).contains(&name.len()))?;
    let (process, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((process, rest)) if process.len() <= 20 => (Some(process), rest),
        _ => (None, rest),
    };
    let rest = rest.strip_prefix(':')?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| (name, process, rest.trim_start()))
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

/// Time, then marks, then level, then the name of a service; each of them may be missing, but not all.
fn usual(line: &str, received: Received, depth: usize) -> Option<Parsed> {
    let mut parsed = Parsed::default();
    let mut rest = line;
    if let Some((at, length)) = time::leading(line, received) {
        parsed.at = Some(at);
        rest = separated(line.get(length..)?);
        if let Some((stream, text)) = container(rest) {
            parsed.attributes.push(attribute("log.iostream", stream));
            return Some(inside(parsed, text, received, depth));
        }
    }
    match level_behind_marks(rest, &mut parsed) {
        Some(text) => rest = text,
        None if parsed.at.is_none() => return None,
        None => parsed.severity = level::opening_word(rest),
    }
    if let Some(text) = spring(rest, &mut parsed) {
        rest = text;
    } else if let Some((name, process, text)) = tag(rest).filter(|(name, ..)| !gauge::is_host(name))
        && (process.is_some() || is_service(name))
    {
        parsed.service = Some(name.to_owned());
        parsed.attributes.extend(process.map(|process| attribute("process.pid", process)));
        rest = text;
    }
    parsed.message = rest.to_owned();
    gauge::read(&mut parsed);
    if parsed.host.is_none() {
        parsed.host = tag(rest).map(|(name, ..)| name).filter(|name| gauge::is_host(name)).map(str::to_owned);
    }
    Some(parsed)
}

/// Without the marks that programs put between the parts of a prefix.
fn separated(text: &str) -> &str {
    let text = text.trim_start_matches([' ', '\t']);
    let text =
        text.strip_prefix("- ").or_else(|| text.strip_prefix("| ")).or_else(|| text.strip_prefix(": ")).unwrap_or(text);
    text.trim_start_matches([' ', '\t'])
}

/// `stderr F ` as container runtimes write it.
fn container(text: &str) -> Option<(&str, &str)> {
    let (stream, rest) = text.split_once(' ')?;
    let line = rest.strip_prefix("F ").or_else(|| rest.strip_prefix("P "))?;
    matches!(stream, "stdout" | "stderr").then_some((stream, line))
}

/// The text behind the level, over at most three marks such as `[main]`, `[812]` or Python's `name - `.
fn level_behind_marks<'a>(text: &'a str, parsed: &mut Parsed) -> Option<&'a str> {
    let mut rest = text;
    let mut marks = Vec::new();
    for _ in 0..4 {
        if let Some(found) = level::leading(rest) {
            parsed.severity = Some(found.severity);
            parsed.attributes.extend(marks);
            let behind = rest.get(found.length..)?;
            return Some(separated(behind.strip_prefix(':').unwrap_or(behind)));
        }
        // Without a time in front, a mark could be anything.
        parsed.at?;
        let (mark, behind) = mark(rest)?;
        marks.push(mark);
        rest = behind;
    }
    None
}

fn mark(text: &str) -> Option<((String, String), &str)> {
    if let Some((inner, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let number = !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_digit());
        let name = if number { "process.pid" } else { "thread.name" };
        return (inner.len() <= 64).then(|| (attribute(name, inner), separated(rest)));
    }
    let (name, rest) = text.split_once(" - ")?;
    is_name(name).then(|| (attribute("logger.name", name), rest.trim_start()))
}

/// `12345 --- [app] [main] c.e.shop.Orders : message` behind the level.
fn spring<'a>(text: &'a str, parsed: &mut Parsed) -> Option<&'a str> {
    let (process, rest) = text.split_once(" --- ")?;
    let (head, message) = rest.split_once(" : ")?;
    let logger = head.rsplit(']').next().unwrap_or(head).trim();
    if process.is_empty()
        || !process.bytes().all(|byte| byte.is_ascii_digit())
        || !head.starts_with('[')
        || logger.contains(' ')
    {
        return None;
    }
    parsed.attributes.push(attribute("process.pid", process));
    parsed.attributes.push(attribute("logger.name", logger));
    Some(message.trim_start())
}

/// `UserService`, `checkout-api`, `order_worker`; not `Error`, `TypeError`, `http` or `Note`.
fn is_service(name: &str) -> bool {
    const OTHERS: [&str; 8] = ["Error", "Exception", "Warning", "Failure", "Fault", "Panic", "Message", "Reason"];
    let bytes = name.as_bytes();
    let humps = bytes.windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()).count();
    let joined = bytes.windows(3).any(|three| {
        three[0].is_ascii_alphanumeric() && matches!(three[1], b'-' | b'_') && three[2].is_ascii_alphanumeric()
    });
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !name.contains(['/', '.'])
        && !OTHERS.iter().any(|other| name.ends_with(other))
        && (humps > 0 || joined)
}
