//! Guards the tokens: text and marks have contrast, and series stay apart for every kind of colour vision.

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../../style/tokens.css");

/// Linear RGB.
type Rgb = [f64; 3];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Vision {
    Normal,
    Protan,
    Deutan,
    Tritan,
}

const VISIONS: [Vision; 4] = [Vision::Normal, Vision::Protan, Vision::Deutan, Vision::Tritan];
const SCHEMES: [&str; 2] = ["light", "dark"];

/// Every token written as `--name: light-dark(#rrggbb, #rrggbb)`.
fn tokens() -> BTreeMap<String, [Rgb; 2]> {
    let mut tokens = BTreeMap::new();
    for part in TOKENS.split("--").skip(1) {
        let Some((name, value)) = part.split_once(':') else { continue };
        let Some(pair) = value.trim_start().strip_prefix("light-dark(") else { continue };
        let Some((light, dark)) = pair.split_once(')').and_then(|(pair, _)| pair.split_once(',')) else { continue };
        if let (Some(light), Some(dark)) = (linear(light.trim()), linear(dark.trim())) {
            tokens.insert(name.to_owned(), [light, dark]);
        }
    }
    tokens
}

fn linear(hex: &str) -> Option<Rgb> {
    let digits = hex.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let channel = |from: usize| {
        let value = f64::from(u8::from_str_radix(digits.get(from..from + 2)?, 16).ok()?) / 255.0;
        Some(if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    Some([channel(0)?, channel(2)?, channel(4)?])
}

/// WCAG 2.2.
fn contrast(one: Rgb, other: Rgb) -> f64 {
    let luminance = |[r, g, b]: Rgb| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Machado et al. 2009, severity 1, applied in linear RGB.
fn seen(colour: Rgb, vision: Vision) -> Rgb {
    let matrix = match vision {
        Vision::Normal => return colour,
        Vision::Protan => {
            [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
        }
        Vision::Deutan => {
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
        }
        Vision::Tritan => {
            [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
        }
    };
    matrix.map(|row| row.iter().zip(colour).map(|(weight, channel)| weight * channel).sum::<f64>().clamp(0.0, 1.0))
}

/// Björn Ottosson's OKLab.
fn oklab([r, g, b]: Rgb) -> [f64; 3] {
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

/// Distance in OKLab, times 100.
fn distance(one: Rgb, other: Rgb, vision: Vision) -> f64 {
    let (a, b) = (oklab(seen(one, vision)), oklab(seen(other, vision)));
    100.0 * a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
}

/// Pairs (foreground, ground) of which one falls short, in words.
fn short_of(least: f64, pairs: &[(&str, &str)]) -> Vec<String> {
    let tokens = tokens();
    let mut short = Vec::new();
    for (text, ground) in pairs {
        let (Some(fore), Some(back)) = (tokens.get(*text), tokens.get(*ground)) else {
            short.push(format!("--{text} or --{ground} is no token"));
            continue;
        };
        for (scheme, name) in SCHEMES.iter().enumerate() {
            let contrast = contrast(fore[scheme], back[scheme]);
            if contrast < least {
                short.push(format!("{name}: --{text} on --{ground} has {contrast:.2}, needs {least}"));
            }
        }
    }
    short
}

fn each<'a>(texts: &[&'a str], grounds: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    texts.iter().flat_map(|text| grounds.iter().map(move |ground| (*text, *ground))).collect()
}

#[test]
fn text_can_be_read_on_every_ground() {
    let grounds = ["canvas", "surface", "raised", "sunken", "hover"];
    let mut pairs = each(&["ink", "ink-2", "ink-3", "accent", "bad", "warn", "good"], &grounds);
    pairs.extend(each(&["ink", "ink-2", "ink-3", "accent"], &["accent-soft"]));
    for (state, soft) in [("bad", "bad-soft"), ("warn", "warn-soft"), ("good", "good-soft")] {
        pairs.extend(each(&[state, "ink", "ink-2"], &[soft]));
    }
    pairs.extend(each(&["ink-on"], &["accent", "accent-2", "bad"]));
    pairs.extend([("surface", "ink-2"), ("ink", "hatch-bg"), ("ink-2", "track")]);
    assert_eq!(short_of(4.5, &pairs), Vec::<String>::new());
}

#[test]
fn figures_can_be_read_on_every_shade_of_heat() {
    let mut pairs = each(&["q-lo-ink"], &["q0", "q1", "q2", "q3", "q4"]);
    pairs.push(("q5-ink", "q5"));
    pairs.extend(each(&["q-hi-ink"], &["q6", "q7", "q8"]));
    assert_eq!(short_of(4.5, &pairs), Vec::<String>::new());
}

#[test]
fn marks_borders_and_focus_stand_out() {
    let series = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "ghost", "bad-mark", "warn-mark", "good-mark"];
    let mut pairs = each(&series, &["surface"]);
    pairs.extend(each(&["focus"], &["surface", "canvas"]));
    pairs.extend(each(&["ctl-line"], &["surface", "canvas", "raised"]));
    assert_eq!(short_of(3.0, &pairs), Vec::<String>::new());
}

#[test]
fn series_stay_apart_for_every_kind_of_colour_vision() {
    let tokens = tokens();
    let mut near = Vec::new();
    for (one, other) in (1..=8).flat_map(|one| (one + 1..=8).map(move |other| (one, other))) {
        for (scheme, name) in SCHEMES.iter().enumerate() {
            for vision in VISIONS {
                let (a, b) = (tokens[&format!("c{one}")][scheme], tokens[&format!("c{other}")][scheme]);
                let distance = distance(a, b, vision);
                if distance < 7.5 {
                    near.push(format!("{name}, {vision:?}: c{one} and c{other} are {distance:.1} apart"));
                }
            }
        }
    }
    assert_eq!(near, Vec::<String>::new());
}

#[test]
fn neighbouring_shades_differ() {
    let tokens = tokens();
    for shade in 0..8 {
        for (scheme, name) in SCHEMES.iter().enumerate() {
            let (a, b) = (tokens[&format!("q{shade}")][scheme], tokens[&format!("q{}", shade + 1)][scheme]);
            assert!(distance(a, b, Vision::Normal) >= 2.5, "{name}: q{shade} and the next");
        }
    }
}

#[test]
fn the_measures_are_those_of_their_sources() {
    let (black, white) = ([0.0; 3], [1.0; 3]);
    assert!((contrast(white, black) - 21.0).abs() < 1e-9);
    assert!((distance(white, black, Vision::Normal) - 100.0).abs() < 0.01);
    let (red, green) = (linear("#d00000").unwrap_or(black), linear("#4a7d00").unwrap_or(white));
    assert!(distance(red, green, Vision::Deutan) < distance(red, green, Vision::Normal) / 2.0);
}
