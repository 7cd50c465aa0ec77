//! Lines of web servers in the common and combined log format.

use super::{Parsed, Received, time};
use parallax_domain::Severity;

/// `198.51.100.4 - - [15/Jan/2026:14:32:18 +0100] "GET /cart HTTP/1.1" 502 157 "-" "Mozilla/5.0 …"`
pub(super) fn parse(line: &str, received: Received) -> Option<Parsed> {
    let open = line.find('[').filter(|open| (5..=512).contains(open))?;
    let client = line.get(..open)?;
    let (at, length) = time::leading(line.get(open..)?, received)?;
    let rest = line.get(open + length..)?.strip_prefix(" \"")?;
    let (request, rest) = rest.split_once("\" ")?;
    let mut numbers = rest.split(' ');
    let status: u16 = numbers.next()?.parse().ok().filter(|status| (100..600).contains(status))?;
    let size = numbers.next().and_then(|size| size.parse::<u64>().ok());
    if client.split_whitespace().count() < 3 {
        return None;
    }
    let severity = match status {
        500.. => Severity::Error,
        400.. => Severity::Warn,
        _ => Severity::Info,
    };
    let mut attributes = vec![("http.response.status_code".to_owned(), status.to_string())];
    let mut words = request.split(' ');
    if let (Some(method), Some(target)) = (words.next(), words.next())
        && method.len() <= 16
        && method.bytes().all(|byte| byte.is_ascii_uppercase())
    {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        attributes.push(("http.request.method".to_owned(), method.to_owned()));
        attributes.push(("url.path".to_owned(), path.to_owned()));
    }
    if let Some(size) = size {
        attributes.push(("http.response.body.size".to_owned(), size.to_string()));
    }
    Some(Parsed { at: Some(at), severity: Some(severity), message: line.to_owned(), attributes, ..Parsed::default() })
}
