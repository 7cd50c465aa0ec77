//! Kinds of sources: what many names of sources, media and hosts have in common.

use parallax_server::engine::visits::{Figures, Origin};

/// By what a visit was led here. The order is that of their colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Search,
    Direct,
    Mail,
    Paid,
    Social,
    /// A campaign that is none of the others: partners, portals, codes.
    Campaign,
    /// Another site without a campaign.
    Site,
}

impl Channel {
    pub const ALL: [Channel; 7] = [
        Channel::Search,
        Channel::Direct,
        Channel::Mail,
        Channel::Paid,
        Channel::Social,
        Channel::Campaign,
        Channel::Site,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Channel::Search => "search, unpaid",
            Channel::Direct => "direct or unknown",
            Channel::Mail => "mail",
            Channel::Paid => "paid",
            Channel::Social => "social, unpaid",
            Channel::Campaign => "partners and other campaigns",
            Channel::Site => "other sites",
        }
    }

    /// Beside a line, where there is little room.
    pub fn short(self) -> &'static str {
        match self {
            Channel::Search => "search",
            Channel::Direct => "direct",
            Channel::Mail => "mail",
            Channel::Paid => "paid",
            Channel::Social => "social",
            Channel::Campaign => "partners",
            Channel::Site => "other sites",
        }
    }

    /// What a medium says counts before what a host looks like. `own`: hosts of the pages themselves, which are no source.
    pub fn of(source: Option<&str>, medium: Option<&str>, referrer: Option<&str>, own: &[String]) -> Channel {
        let medium = medium.unwrap_or_default().to_lowercase();
        let source = source.unwrap_or_default().to_lowercase();
        let is = |words: &[&str]| words.contains(&medium.as_str());
        if medium.starts_with("paid")
            || is(&["cpc", "ppc", "cpm", "cpv", "display", "banner", "sem", "ads", "ad", "retargeting"])
        {
            return Channel::Paid;
        }
        if is(&["email", "e-mail", "mail", "newsletter"]) || is_any(&source, &["newsletter", "email"]) {
            return Channel::Mail;
        }
        if is(&["social", "social-network", "social-media", "sm"]) {
            return Channel::Social;
        }
        if is(&["organic", "search"]) {
            return Channel::Search;
        }
        if !source.is_empty() || !medium.is_empty() {
            return Channel::Campaign;
        }
        match referrer {
            None => Channel::Direct,
            Some(host) if own.iter().any(|own| own == host) => Channel::Direct,
            Some(host) => of_host(&host.to_lowercase()),
        }
    }
}

const SEARCH: [&str; 12] = [
    "google",
    "bing",
    "duckduckgo",
    "ecosia",
    "yahoo",
    "yandex",
    "baidu",
    "startpage",
    "qwant",
    "brave",
    "seznam",
    "naver",
];
const SOCIAL: [&str; 14] = [
    "facebook",
    "instagram",
    "reddit",
    "linkedin",
    "lnkd",
    "twitter",
    "x",
    "t",
    "tiktok",
    "pinterest",
    "youtube",
    "threads",
    "bsky",
    "mastodon",
];
const MAIL: [&str; 4] = ["mail", "webmail", "outlook", "gmail"];

fn is_any(word: &str, words: &[&str]) -> bool {
    words.contains(&word)
}

/// By the parts of a host: `mail.google.com` is mail, `l.instagram.com` social, `x.com` too.
fn of_host(host: &str) -> Channel {
    let parts: Vec<&str> = host.split('.').collect();
    // A single letter is a name only right before the end: `t.co`, `x.com`.
    let name = parts.len().checked_sub(2).and_then(|place| parts.get(place)).copied().unwrap_or(host);
    let has = |words: &[&str]| parts.iter().any(|part| part.len() > 1 && is_any(part, words)) || is_any(name, words);
    if has(&MAIL) {
        Channel::Mail
    } else if has(&SOCIAL) {
        Channel::Social
    } else if has(&SEARCH) {
        Channel::Search
    } else {
        Channel::Site
    }
}

/// What the visits of one kind amount to. How many people they are is not known: one person may come several ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub channel: Channel,
    pub visits: i64,
    pub converted: i64,
    pub over_time: Vec<i64>,
}

impl Group {
    /// Share of the visits in which the goal was reached.
    pub fn conversion(&self) -> Option<f64> {
        (self.visits > 0).then(|| self.converted as f64 / self.visits as f64)
    }
}

/// Origins put together, most visits first; kinds without any are left out.
pub fn groups(origins: &[Origin], own: &[String], buckets: usize) -> Vec<Group> {
    let none = |channel| Group { channel, visits: 0, converted: 0, over_time: vec![0; buckets] };
    let mut groups: Vec<Group> = Channel::ALL.into_iter().map(none).collect();
    for origin in origins {
        let channel = Channel::of(origin.source.as_deref(), origin.medium.as_deref(), origin.referrer.as_deref(), own);
        let Some(group) = groups.iter_mut().find(|group| group.channel == channel) else { continue };
        let Figures { visits, converted, .. } = &origin.figures;
        group.visits += visits;
        group.converted += converted;
        group.over_time.iter_mut().zip(&origin.over_time).for_each(|(sum, visits)| *sum += visits);
    }
    groups.retain(|group| group.visits > 0);
    groups.sort_by_key(|group| std::cmp::Reverse(group.visits));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(source: &str, medium: &str, referrer: &str) -> Channel {
        let [source, medium, referrer] =
            [source, medium, referrer].map(|text| Some(text).filter(|text| !text.is_empty()));
        Channel::of(source, medium, referrer, &["www.shop.example".to_owned()])
    }

    #[test]
    fn what_a_medium_says_counts_before_the_host() {
        assert_eq!(from("google", "cpc", "www.google.com"), Channel::Paid);
        assert_eq!(from("instagram", "paid-social", "l.instagram.com"), Channel::Paid);
        assert_eq!(from("newsletter", "email", ""), Channel::Mail);
        assert_eq!(from("trail-magazine", "partner", "trail-magazine.example"), Channel::Campaign);
        assert_eq!(from("google", "organic", ""), Channel::Search);
    }

    #[test]
    fn hosts_speak_where_no_campaign_does() {
        assert_eq!(from("", "", "www.google.de"), Channel::Search);
        assert_eq!(from("", "", "mail.google.com"), Channel::Mail);
        assert_eq!(from("", "", "t.co"), Channel::Social);
        assert_eq!(from("", "", "x.com"), Channel::Social);
        assert_eq!(from("", "", "x.example.org"), Channel::Site);
        assert_eq!(from("", "", "www.idealo.de"), Channel::Site);
    }

    #[test]
    fn own_pages_and_nothing_at_all_are_no_source() {
        assert_eq!(from("", "", ""), Channel::Direct);
        assert_eq!(from("", "", "www.shop.example"), Channel::Direct);
    }

    #[test]
    fn kinds_are_sums_of_their_origins() {
        let origin = |referrer: &str, visits: i64, converted: i64, over_time: [i64; 2]| Origin {
            referrer: Some(referrer.to_owned()),
            figures: Figures { visits, converted, ..Figures::default() },
            over_time: over_time.to_vec(),
            ..Origin::default()
        };
        let origins = [
            origin("www.google.de", 3, 1, [1, 2]),
            origin("bing.com", 1, 1, [1, 0]),
            origin("x.example.org", 9, 0, [4, 5]),
        ];
        let groups = groups(&origins, &[], 2);
        assert_eq!(groups.iter().map(|group| group.channel).collect::<Vec<_>>(), [Channel::Site, Channel::Search]);
        assert_eq!((groups[1].visits, groups[1].conversion()), (4, Some(0.5)));
        assert_eq!(groups[1].over_time, [2, 2]);
    }
}
