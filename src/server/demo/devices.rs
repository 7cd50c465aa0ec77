//! What people hold in their hands. Shares as an outdoor shop in Europe may see them.

use super::random::Dice;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    Desktop,
    MobileWeb,
    Tablet,
    App,
}

#[derive(Debug)]
pub struct Device {
    pub platform: Platform,
    pub share: f64,
    /// `mobile`, `desktop` or `tablet`.
    pub kind: &'static str,
    pub os: &'static str,
    /// `None` inside the app.
    pub browser: Option<&'static str>,
    pub screens: &'static [&'static str],
    /// Factor on the time a page takes to appear.
    pub slow: f64,
}

const PHONES: &[&str] = &["390x844", "393x852", "430x932", "375x812"];
const ANDROIDS: &[&str] = &["360x800", "412x915", "384x832", "393x873"];
const SCREENS: &[&str] = &["1920x1080", "1536x864", "2560x1440", "1366x768"];
const MACS: &[&str] = &["1440x900", "1512x982", "1728x1117"];
const TABLETS: &[&str] = &["820x1180", "768x1024", "834x1194"];

pub const DEVICES: [Device; 14] = [
    device(Platform::MobileWeb, 0.205, "mobile", "iOS", Some("Safari"), PHONES, 0.95),
    device(Platform::MobileWeb, 0.195, "mobile", "Android", Some("Chrome"), ANDROIDS, 1.2),
    device(Platform::MobileWeb, 0.03, "mobile", "Android", Some("Samsung Internet"), ANDROIDS, 1.28),
    device(Platform::MobileWeb, 0.012, "mobile", "Android", Some("Firefox"), ANDROIDS, 1.25),
    device(Platform::App, 0.08, "mobile", "iOS", None, PHONES, 0.7),
    device(Platform::App, 0.06, "mobile", "Android", None, ANDROIDS, 0.85),
    device(Platform::Desktop, 0.175, "desktop", "Windows", Some("Chrome"), SCREENS, 0.85),
    device(Platform::Desktop, 0.05, "desktop", "Windows", Some("Edge"), SCREENS, 0.85),
    device(Platform::Desktop, 0.04, "desktop", "Windows", Some("Firefox"), SCREENS, 0.9),
    device(Platform::Desktop, 0.05, "desktop", "macOS", Some("Safari"), MACS, 0.75),
    device(Platform::Desktop, 0.028, "desktop", "macOS", Some("Chrome"), MACS, 0.78),
    device(Platform::Desktop, 0.015, "desktop", "Linux", Some("Firefox"), SCREENS, 0.85),
    device(Platform::Tablet, 0.042, "tablet", "iOS", Some("Safari"), TABLETS, 0.95),
    device(Platform::Tablet, 0.018, "tablet", "Android", Some("Chrome"), TABLETS, 1.2),
];

const fn device(
    platform: Platform,
    share: f64,
    kind: &'static str,
    os: &'static str,
    browser: Option<&'static str>,
    screens: &'static [&'static str],
    slow: f64,
) -> Device {
    Device { platform, share, kind, os, browser, screens, slow }
}

pub fn draw(dice: &mut Dice) -> &'static Device {
    let mut left = dice.unit() * DEVICES.iter().map(|device| device.share).sum::<f64>();
    for device in &DEVICES {
        left -= device.share;
        if left < 0.0 {
            return device;
        }
    }
    &DEVICES[0]
}

/// The computer that owners of a phone also use, or the phone of those who came by computer.
pub fn second(first: &Device) -> &'static Device {
    if first.platform == Platform::Desktop { &DEVICES[0] } else { &DEVICES[6] }
}
