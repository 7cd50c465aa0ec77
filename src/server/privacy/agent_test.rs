use super::*;
use Device::{Desktop, Mobile, Tablet};

/// Agent, browser, version, system, device.
type Row = (&'static str, &'static str, u32, &'static str, Option<Device>);

const PEOPLE: [Row; 43] = [
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Chrome",
        126,
        "Windows",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Chrome",
        126,
        "macOS",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Chrome",
        126,
        "Linux",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Chrome",
        126,
        "ChromeOS",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
        "Chrome",
        126,
        "Android",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Chrome",
        126,
        "Android",
        Some(Tablet),
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
        "Chrome",
        126,
        "iOS",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Safari",
        17,
        "iOS",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "Safari",
        17,
        "macOS",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1",
        "Safari",
        12,
        "iPadOS",
        Some(Tablet),
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "Firefox",
        127,
        "Windows",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "Firefox",
        127,
        "Linux",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (X11; FreeBSD amd64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "Firefox",
        127,
        "FreeBSD",
        Some(Desktop),
    ),
    ("Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", "Firefox", 127, "Android", Some(Mobile)),
    ("Mozilla/5.0 (Android 14; Tablet; rv:127.0) Gecko/127.0 Firefox/127.0", "Firefox", 127, "Android", Some(Tablet)),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/127.0 Mobile/15E148 Safari/605.1.15",
        "Firefox",
        127,
        "iOS",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.68",
        "Edge",
        126,
        "Windows",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; HD1913) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.72 Mobile Safari/537.36 EdgA/125.0.2535.96",
        "Edge",
        125,
        "Android",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 EdgiOS/125.2535.96 Mobile/15E148 Safari/605.1.15",
        "Edge",
        125,
        "iOS",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763",
        "Edge",
        18,
        "Windows",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
        "Samsung Internet",
        25,
        "Android",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (Linux; Android 13; SM-X906B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Safari/537.36",
        "Samsung Internet",
        25,
        "Android",
        Some(Tablet),
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0",
        "Opera",
        110,
        "Windows",
        Some(Desktop),
    ),
    (
        "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
        "Opera Mini",
        36,
        "Android",
        Some(Mobile),
    ),
    ("Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18", "Opera", 12, "Windows", Some(Desktop)),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 YaBrowser/24.4.0.0 Safari/537.36",
        "Yandex",
        24,
        "Windows",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Vivaldi/6.8.3381.46",
        "Vivaldi",
        6,
        "Linux",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15 Ddg/17.5",
        "DuckDuckGo",
        17,
        "macOS",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
        "Internet Explorer",
        11,
        "Windows",
        Some(Desktop),
    ),
    (
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
        "Internet Explorer",
        8,
        "Windows",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (Linux; U; Android 13; en-US; RMX3085) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.4.0.1306 Mobile Safari/537.36",
        "UC Browser",
        13,
        "Android",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (Linux; Android 13; Pixel 7 Build/TQ3A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36",
        "Android WebView",
        125,
        "Android",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram/334.0.4.32.98 (iPhone14,5; iOS 17_4)",
        "Instagram",
        334,
        "iOS",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/465.0.0.41.105;FBDV/iPhone13,2]",
        "Facebook",
        465,
        "iOS",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (Linux; Android 12; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/124.4.1 like Chrome/124.0.6367.207 Safari/537.36",
        "Silk",
        124,
        "Android",
        Some(Tablet),
    ),
    (
        "Mozilla/5.0 (Linux; Android 11; CUBOT_X18_Plus) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
        "Chrome",
        126,
        "Android",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
        "Firefox",
        48,
        "KaiOS",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (Linux; Android 9; AFTMM Build/PS7233) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Chrome",
        126,
        "Android",
        None,
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.38.125 Chrome/124.0.6367.207 Electron/30.0.8 Safari/537.36 Sonic",
        "Slack",
        4,
        "Windows",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15 Epiphany/605.1.15",
        "GNOME Web",
        605,
        "Linux",
        Some(Desktop),
    ),
    (
        "Mozilla/5.0 (Linux; U; Android 4.0.3; de-de; GT-P5100) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Safari/534.30",
        "Android Browser",
        4,
        "Android",
        Some(Tablet),
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/320.0.643 Mobile/15E148 Safari/604.1",
        "Google App",
        320,
        "iOS",
        Some(Mobile),
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36 Whale/3.19.166.16",
        "Whale",
        3,
        "Windows",
        Some(Desktop),
    ),
];

#[test]
fn the_agents_of_people_are_told_apart() {
    for (text, browser, version, os, device) in PEOPLE {
        let agent = family(text, None);
        let expected =
            Agent { browser: Some(browser.into()), version: Some(version), os: Some(os), device, is_bot: false };
        assert_eq!(agent, expected, "{text}");
    }
}

#[test]
fn programs_that_read_pages_by_themselves_are_bots() {
    for (text, name) in [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"),
        (
            "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)",
            "Googlebot",
        ),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bingbot"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
            "HeadlessChrome",
        ),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "facebookexternalhit"),
        (
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "GPTBot",
        ),
        ("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", "YandexBot"),
        ("Baiduspider+(+http://www.baidu.com/search/spider.htm)", "Baiduspider"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slackbot-LinkExpanding"),
        ("Twitterbot/1.0", "Twitterbot"),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "AhrefsBot"),
        ("Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)", "Pingdom.com_bot_version_1.4_"),
        ("Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "UptimeRobot"),
        ("WhatsApp/2.23.20.0", "WhatsApp"),
    ] {
        let agent = family(text, None);
        assert!(agent.is_bot && agent.device == Some(Device::Bot), "{text}");
        assert_eq!(agent.browser.as_deref(), Some(name), "{text}");
    }
}

#[test]
fn exporters_libraries_and_tools_are_neither_bots_nor_devices() {
    for text in [
        "OTel-OTLP-Exporter-Python/1.45.2",
        "OTel-OTLP-Exporter-JavaScript/0.223.0",
        "Mozilla/5.0 Umami/3.1",
        "curl/8.5.0",
        "Wget/1.21.4",
        "python-requests/2.32.3",
        "posthog-python/7.91.1",
        "@segment/analytics-node/3.1.0",
        "Go-http-client/2.0",
        "okhttp/4.12.0",
        "Prometheus/2.42.0",
        "node",
        "",
        "🙂",
    ] {
        assert_eq!(family(text, None), Agent::default(), "{text}");
    }
}

#[test]
fn client_hints_say_more_than_the_frozen_agent() {
    let chrome =
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
    let hints = ClientHints {
        brands: Some("\"Not/A)Brand\";v=\"8\", \"Chromium\";v=\"126\", \"Brave\";v=\"126\""),
        mobile: Some("?1"),
        platform: Some("\"Android\""),
        touch: None,
    };
    let agent = family(chrome, Some(&hints));
    assert_eq!((agent.browser.as_deref(), agent.device), (Some("Brave"), Some(Mobile)));
    let only_chromium =
        ClientHints { brands: Some("\"Chromium\";v=\"126\", \"Not)A;Brand\";v=\"24\""), ..ClientHints::default() };
    assert_eq!(family(&format!("{chrome} Vivaldi/6.8"), Some(&only_chromium)).browser.as_deref(), Some("Vivaldi"));
    assert_eq!(family("", Some(&only_chromium)).browser.as_deref(), Some("Chromium"));
}

#[test]
fn an_ipad_that_poses_as_a_mac_is_known_by_its_touch_screen_only() {
    let safari = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15";
    let touch = ClientHints { touch: Some(true), ..ClientHints::default() };
    let agent = family(safari, Some(&touch));
    assert_eq!((agent.os, agent.device), (Some("iPadOS"), Some(Tablet)));
    let agent = family(safari, Some(&ClientHints { touch: Some(false), ..touch }));
    assert_eq!((agent.os, agent.device), (Some("macOS"), Some(Desktop)));
}

#[test]
fn a_browser_is_a_name_from_the_table_and_never_text_of_the_sender() {
    let agent = family("Mozilla/5.0 (jane@example.org) Jane/1.0 <script>", None);
    assert_eq!(agent.browser, None);
    assert_eq!(family("<script>bot</script>", None).browser, None);
    family(&"é/1 ".repeat(10_000), None);
}

#[test]
fn a_user_agent_is_told_in_short() {
    let chrome =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
    for (given, expected) in [
        (chrome, "Chrome 156, Linux"),
        ("python-requests/2.31.0", "python-requests 2"),
        ("OTel-OTLP-Exporter-Python/1.27.0 extra jane@example.org", "OTel-OTLP-Exporter-Python 1"),
        ("checkout agent", "checkout"),
        ("", ""),
    ] {
        assert_eq!(short(given), expected, "{given}");
    }
}
