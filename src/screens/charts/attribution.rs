//! Credit for conversions under four rules: ring first, disc last, stroke linear, diamond U.

use super::figure::{About, Frame, figure, link};
use super::inline;
use super::maths::path::percent;
use super::maths::ticks;
use crate::words::{fixed, percent as share_words};
use maud::{Markup, PreEscaped, html};
use parallax_domain::screen::Drawing;

/// Shares of 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Channel {
    pub name: String,
    pub first: f64,
    pub last: f64,
    pub linear: f64,
    pub u: f64,
    pub href: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attribution {
    pub about: About,
    /// Head of the first column: `Channel`.
    pub channel: String,
    pub channels: Vec<Channel>,
}

impl Attribution {
    pub fn draw(&self) -> Drawing {
        let all = self.channels.iter().flat_map(|c| [c.first, c.last, c.linear, c.u]);
        let most = all.filter(|share| share.is_finite()).fold(0.0, f64::max);
        let step = 0.01 * ticks::step(100.0 * most.max(0.01), 4, true);
        let high = most.max(0.01) * 1.05;
        let grid = ticks::linear(0.0, high, step);
        let body = html! {
            (key())
            div class="tw" {
                table class="tbl inset attt" {
                    caption class="vh" { (self.about.title) }
                    thead { tr {
                        th scope="col" { (self.channel) }
                        th scope="col" {
                            span class="sc5" aria-hidden="true" {
                                @for tick in grid.iter().step_by(2) { i style=(format!("left:{}", percent(tick / high))) { (share_words(Some(*tick)).value) } }
                            }
                            span class="vh" { "Chart" }
                        }
                        th scope="col" class="r" { "First" }
                        th scope="col" class="r" { "Last" }
                        th scope="col" class="r hide-s" { "Linear" }
                        th scope="col" class="r hide-s" { "U" }
                    } }
                    tbody { @for channel in &self.channels { (row(channel, high, &grid)) } }
                }
            }
        };
        figure(&self.about, &Frame::default(), &body)
    }
}

fn row(channel: &Channel, high: f64, grid: &[f64]) -> Markup {
    html! {
        tr {
            th scope="row" { (link(channel.href.as_deref().unwrap_or_default(), "lk", &channel.name)) }
            td class="atc" { (PreEscaped(inline::attribution(channel.first, channel.last, channel.linear, channel.u, high, grid))) }
            td class="r g" { (tenths(channel.first)) }
            td class="r" { b { (tenths(channel.last)) } }
            td class="r g hide-s" { (tenths(channel.linear)) }
            td class="r g hide-s" { (tenths(channel.u)) }
        }
    }
}

/// One decimal for all, so that they stand under each other.
fn tenths(share: f64) -> String {
    format!("{}%", fixed(100.0 * share, 1))
}

fn key() -> Markup {
    let ring =
        r#"<svg width="11" height="11" aria-hidden="true"><circle class="m-first" cx="5.5" cy="5.5" r="4.5"/></svg>"#;
    let disc =
        r#"<svg width="11" height="11" aria-hidden="true"><circle class="m-last" cx="5.5" cy="5.5" r="4.5"/></svg>"#;
    let stroke =
        r#"<svg width="5" height="13" aria-hidden="true"><line class="m-lin" x1="2.5" x2="2.5" y1="0" y2="13"/></svg>"#;
    let diamond = r#"<svg width="12" height="12" aria-hidden="true"><path class="m-u" transform="translate(6 6)" d="M0-5L5 0 0 5-5 0Z"/></svg>"#;
    html! {
        ul class="key" role="list" {
            li { (PreEscaped(ring)) "first" }
            li { (PreEscaped(disc)) "last" }
            li { (PreEscaped(stroke)) "linear" }
            li { (PreEscaped(diamond)) "U: 40, 20, 40" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_its_own_mark() {
        let channels =
            vec![Channel { name: "<i>Mail</i>".into(), first: 0.08, last: 0.215, linear: 0.16, u: 0.143, href: None }];
        let markup =
            Attribution { about: About::new("a", "Attribution"), channel: "Channel".into(), channels }.draw().markup;
        for mark in ["m-first", "m-last", "m-lin", "m-u"] {
            assert_eq!(markup.matches(&format!("class=\"{mark}\"")).count(), 2, "{mark}");
        }
        assert!(!markup.contains("<i>Mail") && markup.contains("21.5%"));
    }

    #[test]
    fn no_conversions_are_no_error() {
        let markup = Attribution { about: About::new("a", "A"), ..Attribution::default() }.draw().markup;
        assert!(!markup.contains("NaN"));
    }
}
