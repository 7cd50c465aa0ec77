//! What may be kept of a URL: where it points to without the person, and which campaign led there.

use super::path;
use percent_encoding::percent_decode_str;

/// A URL without user part, port, fragment and query; what the query said about a campaign stands apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CleanUrl {
    /// Lower case; none for a path.
    pub scheme: Option<String>,
    /// Lower case, without port; `[ip]` for an address.
    pub host: Option<String>,
    /// With placeholders (`:id`, `:uuid`, `:email`, `:token`) where a segment names a person or a thing; none
    /// where a scheme has no path worth keeping (`mailto:`, `data:`, `file:`).
    pub path: Option<String>,
    pub campaign: Campaign,
    /// Whose advertisement was clicked, told by the name of its click identifier; the identifier itself is dropped.
    pub click: Option<&'static str>,
}

/// The allow-listed parameters of a query. No other parameter is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Campaign {
    pub source: Option<String>,
    pub medium: Option<String>,
    pub name: Option<String>,
    pub term: Option<String>,
    pub content: Option<String>,
    /// `ref`
    pub reference: Option<String>,
}

impl CleanUrl {
    /// As one text again: scheme, host and path, without the campaign.
    pub fn address(&self) -> String {
        match (&self.scheme, &self.host) {
            (Some(scheme), Some(host)) => format!("{scheme}://{host}{}", self.path.as_deref().unwrap_or_default()),
            (None, Some(host)) => format!("//{host}{}", self.path.as_deref().unwrap_or_default()),
            (Some(scheme), None) => format!("{scheme}:"),
            (None, None) => self.path.clone().unwrap_or_default(),
        }
    }
}

/// Longest value of a campaign parameter, in characters.
const PARAMETER_LIMIT: usize = 200;
/// Schemes whose remainder is a place on a network; of all others only the scheme is kept.
const PLACES: [&str; 10] = ["http", "https", "ws", "wss", "ftp", "sftp", "ssh", "git", "android-app", "ios-app"];

/// Takes absolute URLs, `//host/path`, paths, and whatever else a sender puts into such a field.
pub fn url(text: &str) -> CleanUrl {
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    let text = text.trim();
    let (text, _fragment) = text.split_once('#').unwrap_or((text, ""));
    let (place, query) = text.split_once('?').unwrap_or((text, ""));
    let mut clean = CleanUrl::default();
    read_query(query, &mut clean);
    let place = place.replace('\\', "/");
    let (scheme, rest) = split_scheme(&place);
    clean.scheme = scheme.map(str::to_ascii_lowercase);
    let is_place = clean.scheme.as_deref().is_none_or(|scheme| PLACES.contains(&scheme));
    match rest.strip_prefix("//") {
        _ if !is_place => {}
        Some(authority) => {
            let (authority, path) = match authority.find('/') {
                Some(slash) => authority.split_at(slash),
                None => (authority, ""),
            };
            clean.host = host(authority);
            clean.path = Some(if path.is_empty() { "/".to_owned() } else { path::clean(path) });
        }
        None if clean.scheme.is_none() && !rest.is_empty() => clean.path = Some(path::clean(rest)),
        None => {}
    }
    clean
}

/// A referrer: as [`url`], and a bare `search.example` is a host.
pub fn referrer(text: &str) -> CleanUrl {
    let text = text.trim();
    let first = text.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host = first.contains('.') && !first.contains([':', '@', ' ']) && !first.starts_with('.');
    if is_host { url(&format!("//{text}")) } else { url(text) }
}

/// `scheme:` in front; a Windows drive or `host:port` is none.
fn split_scheme(text: &str) -> (Option<&str>, &str) {
    let Some((scheme, rest)) = text.split_once(':') else { return (None, text) };
    let named = scheme.len() > 1
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let port = !rest.starts_with("//") && rest.starts_with(|first: char| first.is_ascii_digit());
    if named && !port { (Some(scheme), rest) } else { (None, text) }
}

/// Host of an authority: without user part and port, in lower case.
fn host(authority: &str) -> Option<String> {
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((address, _port)) => format!("[{address}]"),
        None => host.split(':').next().unwrap_or(host).to_owned(),
    };
    let host = percent_decode_str(host.trim_end_matches('.')).decode_utf8_lossy().to_lowercase();
    (!host.is_empty()).then(|| super::text(&host).into_owned())
}

fn read_query(query: &str, clean: &mut CleanUrl) {
    for pair in query.split(['&', ';']) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = key.to_ascii_lowercase();
        if clean.click.is_none() {
            clean.click = click_source(&key);
        }
        let campaign = &mut clean.campaign;
        let slot = match key.as_str() {
            "utm_source" => &mut campaign.source,
            "utm_medium" => &mut campaign.medium,
            "utm_campaign" => &mut campaign.name,
            "utm_term" => &mut campaign.term,
            "utm_content" => &mut campaign.content,
            "ref" => &mut campaign.reference,
            _ => continue,
        };
        if slot.is_none() {
            *slot = parameter(value);
        }
    }
}

fn parameter(value: &str) -> Option<String> {
    let spaced = value.replace('+', " ");
    let plain = percent_decode_str(&spaced).decode_utf8_lossy();
    let short: String = plain.trim().chars().filter(|letter| !letter.is_control()).take(PARAMETER_LIMIT).collect();
    (!short.is_empty()).then(|| super::in_text_urls(&short).into_owned())
}

/// The network that names its click identifier so.
fn click_source(key: &str) -> Option<&'static str> {
    let source = match key {
        "gclid" | "gbraid" | "wbraid" | "dclid" | "gclsrc" | "gad_source" => "google",
        "fbclid" => "facebook",
        "igshid" | "igsh" => "instagram",
        "msclkid" => "microsoft",
        "ttclid" => "tiktok",
        "twclid" => "x",
        "li_fat_id" => "linkedin",
        "epik" => "pinterest",
        "sccid" | "scclid" => "snapchat",
        "rdt_cid" => "reddit",
        "yclid" | "ymclid" => "yandex",
        "mc_eid" | "mc_cid" => "mailchimp",
        _ => return None,
    };
    Some(source)
}

#[cfg(test)]
#[path = "url_test.rs"]
mod tests;
