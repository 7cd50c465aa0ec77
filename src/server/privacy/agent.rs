//! Browser, system and kind of device, from what a client says about itself. The full text is never kept.
//!
//! Browsers freeze their user agents to a few shapes, so a short ordered table says as much as the large public
//! rule sets do at this level (family and major version), needs no start-up and no memory.

/// What may be kept of a user agent. None is unknown: libraries and exporters say nothing about a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    pub browser: Option<String>,
    /// Major version.
    pub version: Option<u32>,
    pub os: Option<&'static str>,
    pub device: Option<Device>,
    pub is_bot: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Device {
    Desktop,
    Mobile,
    Tablet,
    Bot,
}

impl Device {
    pub fn word(self) -> &'static str {
        match self {
            Device::Desktop => "desktop",
            Device::Mobile => "mobile",
            Device::Tablet => "tablet",
            Device::Bot => "bot",
        }
    }
}

/// Client hint headers as sent, and what a script can tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientHints<'a> {
    /// `Sec-CH-UA`
    pub brands: Option<&'a str>,
    /// `Sec-CH-UA-Mobile`
    pub mobile: Option<&'a str>,
    /// `Sec-CH-UA-Platform`
    pub platform: Option<&'a str>,
    /// Whether the device has a touch screen: the only way to tell an iPad that poses as a Mac.
    pub touch: Option<bool>,
}

/// A user agent is read no further than this; real ones are shorter.
const LIMIT: usize = 512;

pub fn family(user_agent: &str, hints: Option<&ClientHints<'_>>) -> Agent {
    let agent = cut(user_agent.trim());
    if is_bot(agent) {
        return Agent { browser: bot_name(agent), version: None, os: None, device: Some(Device::Bot), is_bot: true };
    }
    let products = products(agent);
    let hints = hints.copied().unwrap_or_default();
    let os = platform(hints.platform).or_else(|| system(agent));
    let touch_mac =
        os == Some("macOS") && hints.touch == Some(true) && has(&products, "Safari") && !has(&products, "Chrome");
    let os = if touch_mac { Some("iPadOS") } else { os };
    let (browser, version) = match brand(hints.brands) {
        // Chromium's own name may still hide a browser that shows itself in its user agent only.
        Some((brand, version)) if brand != "Chromium" => (Some(brand), Some(version)),
        _ => match browser(agent, &products) {
            Some((name, version)) => (Some(name.to_owned()), version),
            None => brand(hints.brands).map_or((None, None), |(name, version)| (Some(name), Some(version))),
        },
    };
    let device = os.and_then(|os| device(agent, os, &hints));
    Agent { browser, version, os, device, is_bot: false }
}

/// Browser or program with its major version, and system, as one text: `Chrome 156, Linux`, `python-requests 2`.
pub fn short(user_agent: &str) -> String {
    let known = family(user_agent, None);
    let told = cut(user_agent.trim());
    let name = match known.browser {
        Some(name) => Some((name, known.version)),
        None => products(told).first().map(|(name, version)| ((*name).to_owned(), *version)),
    };
    let program = match name {
        Some((name, Some(version))) => format!("{name} {version}"),
        Some((name, None)) => name,
        None => told.split([' ', '(', ';']).next().unwrap_or_default().chars().take(40).collect(),
    };
    match known.os {
        Some(os) => format!("{program}, {os}"),
        None => program,
    }
}

fn cut(agent: &str) -> &str {
    agent.char_indices().nth(LIMIT).map_or(agent, |(end, _)| &agent[..end])
}

/// `Name/12.3` of a user agent, with the major version.
fn products(agent: &str) -> Vec<(&str, Option<u32>)> {
    agent
        .split([' ', '(', ')', ';', ',', '['])
        .filter_map(|word| word.split_once('/'))
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, version)| (name, major(version)))
        .collect()
}

fn major(version: &str) -> Option<u32> {
    let digits = version.trim_start_matches(['v', 'V']);
    digits.get(..digits.bytes().take_while(u8::is_ascii_digit).count())?.parse().ok()
}

fn has(products: &[(&str, Option<u32>)], name: &str) -> bool {
    products.iter().any(|(product, _)| *product == name)
}

/// Products that name a browser or app; a more telling one comes before the one that it is built on.
const BROWSERS: [(&str, &str); 73] = [
    ("EdgA", "Edge"),
    ("EdgiOS", "Edge"),
    ("Edg", "Edge"),
    ("Edge", "Edge"),
    ("EdgW", "Edge"),
    ("OPR", "Opera"),
    ("OPT", "Opera"),
    ("OPX", "Opera GX"),
    ("OPiOS", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("YaBrowser", "Yandex"),
    ("YaApp_Android", "Yandex"),
    ("YaSearchBrowser", "Yandex"),
    ("Vivaldi", "Vivaldi"),
    ("Brave", "Brave"),
    ("DuckDuckGo", "DuckDuckGo"),
    ("Ddg", "DuckDuckGo"),
    ("UCBrowser", "UC Browser"),
    ("UBrowser", "UC Browser"),
    ("MicroMessenger", "WeChat"),
    ("QQBrowser", "QQ Browser"),
    ("MQQBrowser", "QQ Browser"),
    ("MiuiBrowser", "Mi Browser"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("HeyTapBrowser", "HeyTap Browser"),
    ("VivoBrowser", "Vivo Browser"),
    ("baiduboxapp", "Baidu"),
    ("baidubrowser", "Baidu"),
    ("Whale", "Whale"),
    ("coc_coc_browser", "Coc Coc"),
    ("Silk", "Silk"),
    ("Puffin", "Puffin"),
    ("Ecosia", "Ecosia"),
    ("AvastSecureBrowser", "Avast Secure Browser"),
    ("Avast", "Avast Secure Browser"),
    ("AVG", "AVG Secure Browser"),
    ("Maxthon", "Maxthon"),
    ("Instagram", "Instagram"),
    ("FBAV", "Facebook"),
    ("musical_ly", "TikTok"),
    ("BytedanceWebview", "TikTok"),
    ("Snapchat", "Snapchat"),
    ("LinkedInApp", "LinkedIn"),
    ("Pinterest", "Pinterest"),
    ("Line", "Line"),
    ("KAKAOTALK", "KakaoTalk"),
    ("GSA", "Google App"),
    ("Teams", "Microsoft Teams"),
    ("Slack", "Slack"),
    ("Electron", "Electron"),
    ("CriOS", "Chrome"),
    ("FxiOS", "Firefox"),
    ("Focus", "Firefox Focus"),
    ("Klar", "Firefox Focus"),
    ("Waterfox", "Waterfox"),
    ("LibreWolf", "LibreWolf"),
    ("PaleMoon", "Pale Moon"),
    ("Basilisk", "Basilisk"),
    ("SeaMonkey", "SeaMonkey"),
    ("Iceweasel", "Firefox"),
    ("Firefox", "Firefox"),
    ("Epiphany", "GNOME Web"),
    ("Falkon", "Falkon"),
    ("Konqueror", "Konqueror"),
    ("QtWebEngine", "Qt WebEngine"),
    ("Dillo", "Dillo"),
    ("Lynx", "Lynx"),
    ("w3m", "w3m"),
    ("Links", "Links"),
    ("NetFront", "NetFront"),
    ("Iron", "Iron"),
    ("Chromium", "Chromium"),
    ("Chrome", "Chrome"),
];

fn browser(agent: &str, products: &[(&str, Option<u32>)]) -> Option<(&'static str, Option<u32>)> {
    let version_of =
        |name: &str| products.iter().find(|(product, _)| *product == name).and_then(|(_, version)| *version);
    if agent.contains("Opera Mini/") || has(products, "Mini") && agent.contains("Opera") {
        return Some(("Opera Mini", version_of("Mini")));
    }
    if has(products, "Opera") {
        return Some(("Opera", version_of("Version").or_else(|| version_of("Opera"))));
    }
    for (product, name) in BROWSERS {
        if has(products, product) {
            let web_view = product == "Chrome" && (agent.contains("; wv)") || has(products, "Version"));
            return Some((if web_view { "Android WebView" } else { name }, version_of(product)));
        }
    }
    if let Some((_, rest)) = agent.split_once("MSIE ") {
        return Some(("Internet Explorer", major(rest)));
    }
    if has(products, "Trident") {
        return Some(("Internet Explorer", agent.split_once("rv:").and_then(|(_, rest)| major(rest))));
    }
    if has(products, "Safari") && has(products, "AppleWebKit") {
        let old_android = agent.contains("Android");
        return Some((if old_android { "Android Browser" } else { "Safari" }, version_of("Version")));
    }
    let apple_view =
        has(products, "AppleWebKit") && ["iPhone", "iPad", "iPod"].iter().any(|device| agent.contains(device));
    apple_view.then_some(("Safari WebView", None))
}

/// Systems, the more telling first.
const SYSTEMS: [(&str, &str); 24] = [
    ("Windows Phone", "Windows Phone"),
    ("Xbox", "Xbox"),
    ("Windows", "Windows"),
    ("iPad", "iPadOS"),
    ("iPhone", "iOS"),
    ("iPod", "iOS"),
    ("KAIOS", "KaiOS"),
    ("Tizen", "Tizen"),
    ("Web0S", "webOS"),
    ("webOS", "webOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("PlayStation", "PlayStation"),
    ("Nintendo", "Nintendo"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("NetBSD", "NetBSD"),
    ("SunOS", "Solaris"),
    ("Linux", "Linux"),
    ("X11", "Unix"),
];

fn system(agent: &str) -> Option<&'static str> {
    SYSTEMS.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
}

fn platform(hint: Option<&str>) -> Option<&'static str> {
    let name = match hint?.trim().trim_matches('"') {
        "Windows" => "Windows",
        "macOS" | "Mac OS X" => "macOS",
        "Android" => "Android",
        "iOS" => "iOS",
        "Linux" => "Linux",
        "Chrome OS" | "Chromium OS" => "ChromeOS",
        _ => return None,
    };
    Some(name)
}

/// The first brand of `"Chromium";v="120", "Google Chrome";v="120", "Not?A_Brand";v="8"` that is a browser's own.
fn brand(hint: Option<&str>) -> Option<(String, u32)> {
    let mut chromium = None;
    for entry in cut(hint?).split(", ") {
        let (name, version) = entry.split_once(";v=")?;
        let name = name.trim().trim_matches('"');
        let Some(version) = major(version.trim_matches('"')) else { continue };
        let known = match name {
            "Google Chrome" => "Chrome",
            "Microsoft Edge" => "Edge",
            "Opera" => "Opera",
            "Opera GX" => "Opera GX",
            "Brave" => "Brave",
            "Vivaldi" => "Vivaldi",
            "YaBrowser" | "Yandex" => "Yandex",
            "Samsung Internet" => "Samsung Internet",
            "DuckDuckGo" => "DuckDuckGo",
            "Android WebView" => "Android WebView",
            "Chromium" => {
                chromium = Some(("Chromium".to_owned(), version));
                continue;
            }
            _ => continue,
        };
        return Some((known.to_owned(), version));
    }
    chromium
}

fn device(agent: &str, os: &str, hints: &ClientHints<'_>) -> Option<Device> {
    let device = match os {
        "iPadOS" => Device::Tablet,
        "iOS" | "KaiOS" | "Windows Phone" => Device::Mobile,
        "Android" | "HarmonyOS" | "Tizen" if agent.contains("TV") || agent.contains("AFT") => return None,
        "Android" | "HarmonyOS" => match hints.mobile.map(str::trim) {
            Some("?1") => Device::Mobile,
            Some("?0") => Device::Tablet,
            _ if is_tablet(agent) => Device::Tablet,
            _ if agent.contains("Mobi") || !agent.contains("Mozilla/") => Device::Mobile,
            _ => Device::Tablet,
        },
        "Tizen" if agent.contains("Mobi") => Device::Mobile,
        "Windows" if agent.contains("Tablet PC") && agent.contains("Touch") => Device::Tablet,
        "Windows" | "macOS" | "Linux" | "ChromeOS" | "FreeBSD" | "OpenBSD" | "NetBSD" | "Solaris" | "Unix"
            if agent.starts_with("Mozilla/") || agent.starts_with("Opera/") =>
        {
            Device::Desktop
        }
        _ => return None,
    };
    Some(device)
}

fn is_tablet(agent: &str) -> bool {
    ["Tablet", "Kindle", "Silk/", "SM-T", "SM-X", "Nexus 7", "Nexus 10", "Lenovo TB", "MediaPad", "Pixel C"]
        .iter()
        .any(|sign| agent.contains(sign))
        && !agent.contains("Mobile Safari/537.36 EdgA")
}

/// Programs that read pages by themselves: crawlers, previews, monitors, browsers without a screen. Tools and
/// libraries (`curl`, exporters, SDKs) are no bots: what they send was meant to be sent.
fn is_bot(agent: &str) -> bool {
    const SIGNS: [&str; 46] = [
        "crawl",
        "spider",
        "slurp",
        "headless",
        "phantomjs",
        "lighthouse",
        "pagespeed",
        "gtmetrix",
        "pingdom",
        "uptime",
        "statuscake",
        "site24x7",
        "newrelicpinger",
        "datadogsynthetics",
        "checkly",
        "mediapartners-google",
        "google-inspectiontool",
        "google web preview",
        "google-read-aloud",
        "apis-google",
        "feedfetcher",
        "feedburner",
        "facebookexternalhit",
        "facebookcatalog",
        "meta-externalagent",
        "whatsapp/",
        "embedly",
        "quora link preview",
        "skypeuripreview",
        "bitlybot",
        "preview",
        "validator",
        "archiver",
        "ia_archiver",
        "wayback",
        "scrapy",
        "python-scrapy",
        "selenium",
        "webdriver",
        "puppeteer",
        "playwright",
        "scanner",
        "masscan",
        "nikto",
        "nuclei",
        "chatgpt-user",
    ];
    let lower = agent.to_ascii_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign)) || names_a_bot(&lower)
}

/// `bot` at the end of a word; `Cubot` makes telephones.
fn names_a_bot(lower: &str) -> bool {
    lower.match_indices("bot").any(|(at, _)| {
        let after = lower.as_bytes().get(at + 3).copied().unwrap_or(b' ');
        !after.is_ascii_alphabetic() && !lower[..at].ends_with("cu")
    })
}

/// Its own name, if it has one that looks like a name.
fn bot_name(agent: &str) -> Option<String> {
    let named = agent.split([' ', '(', ')', ';', ',', '/', '+']).find(|word| {
        let lower = word.to_ascii_lowercase();
        names_a_bot(&lower)
            || ["crawler", "spider", "headless", "slurp", "lighthouse"].iter().any(|sign| lower.contains(sign))
    });
    let name = named.or_else(|| agent.split(['/', ' ']).next().filter(|word| *word != "Mozilla"))?;
    let plain = !name.is_empty()
        && name.len() <= 40
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    plain.then(|| name.to_owned())
}

#[cfg(test)]
#[path = "agent_test.rs"]
mod tests;
