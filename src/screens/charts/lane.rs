//! The lane of flags above a plot: deployments, annotations, campaigns.

use super::figure::inside;
use super::maths::measure::{shorten, width};
use super::maths::path::fraction;
use super::pen;
use maud::{Markup, html};
use parallax_domain::Instant;

/// Something that happened at one moment. A hairline runs from the flag through all plots below.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    pub at: Instant,
    /// Short: `payment 2.8.0`.
    pub label: String,
    /// In full, for screen readers and on hover: `payment-service 2.8.0, deployed 14:20`.
    pub full: String,
    pub href: String,
    /// Icon of the sprite: `deploy`, `undo`, `mail`.
    pub icon: String,
    /// Only when the scorecard says worse.
    pub bad: bool,
}

/// How a flag stands in its lane.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stand {
    /// To the left of its line.
    flip: bool,
    /// Its icon only.
    short: bool,
    /// Flags that share its place and are not drawn themselves.
    also: usize,
}

/// Narrowest plots in pixels for which flags keep apart: in a wide figure and in a narrower one. Below both the style
/// sheet shows icons only.
const WIDE: f64 = 600.0;
const NARROW: f64 = 400.0;
const ICON: f64 = 26.0;
const LONGEST: usize = 24;

/// Decides from left to right; flags closer than an icon become one. Positions must be sorted.
fn stands(flags: &[(f64, &str)], plot: f64) -> Vec<Option<Stand>> {
    let mut stands: Vec<Option<Stand>> = vec![None; flags.len()];
    let mut heads: Vec<usize> = Vec::new();
    for (index, (x, _)) in flags.iter().enumerate() {
        match heads.last().copied() {
            Some(head) if (x - flags[head].0) * NARROW < ICON => {
                if let Some(stand) = stands[head].as_mut() {
                    stand.also += 1;
                }
            }
            _ => {
                heads.push(index);
                stands[index] = Some(Stand { flip: false, short: false, also: 0 });
            }
        }
    }
    let mut reached = 0.0;
    for (rank, head) in heads.iter().enumerate() {
        let left = flags[*head].0 * plot;
        let also = stands[*head].map_or(0, |stand| stand.also);
        let label = ICON + width(&shorten(flags[*head].1, LONGEST), 11.0) + if also > 0 { 22.0 } else { 0.0 };
        let next = heads.get(rank + 1).map_or(plot + 40.0, |next| flags[*next].0 * plot - 4.0);
        let (flip, short) = if left + label <= next {
            (false, false)
        } else if left - label >= reached {
            (true, false)
        } else {
            (left + ICON > plot + 40.0, true)
        };
        reached = if flip { left } else { left + if short { ICON } else { label } };
        stands[*head] = Some(Stand { flip, short, also });
    }
    stands
}

/// The lane, or nothing when there are no flags. Flags come sorted by place.
pub(super) fn lane(flags: &[(f64, &Flag)]) -> Markup {
    let places: Vec<(f64, &str)> = flags.iter().map(|(x, flag)| (*x, flag.label.as_str())).collect();
    let (wide, narrow) = (stands(&places, WIDE), stands(&places, NARROW));
    html! {
        @if !flags.is_empty() {
            div class="lane" role="group" aria-label="What happened" {
                @for (index, (wide, narrow)) in wide.iter().zip(&narrow).enumerate() {
                    @if let (Some(wide), Some(narrow)) = (wide, narrow) { (flag_markup(&flags[index..=index + wide.also], *wide, *narrow)) }
                }
            }
        }
    }
}

fn flag_markup(flags: &[(f64, &Flag)], wide: Stand, narrow: Stand) -> Markup {
    let Some((x, flag)) = flags.first() else { return html! {} };
    let class: String = [
        (flags.iter().any(|(_, flag)| flag.bad), "bad "),
        (wide.flip, "flip "),
        (wide.short, "short "),
        (narrow.flip, "n-flip "),
        (narrow.short, "n-short "),
    ]
    .into_iter()
    .filter_map(|(on, class)| on.then_some(class))
    .collect();
    let names = flags.iter().map(|(_, flag)| if flag.full.is_empty() { &flag.label } else { &flag.full }.as_str());
    let full = names.collect::<Vec<_>>().join("; ");
    html! {
        a class=[super::figure::some(class.trim())] href=[inside(&flag.href)] style=(format!("--f:{}", fraction(*x)))
            title=(full) {
            (pen::icon(&flag.icon, "s"))
            span { (shorten(&flag.label, LONGEST)) }
            @if wide.also > 0 { b { "+" (wide.also) } }
            span class="vh" { ", " (full) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_with_room_shows_its_name() {
        let stands = stands(&[(0.2, "catalog 5.1.2"), (0.7, "payment 2.8.0")], NARROW);
        assert_eq!(stands, [Some(Stand { flip: false, short: false, also: 0 }); 2]);
    }

    #[test]
    fn a_flag_at_the_right_edge_turns_left() {
        let stands = stands(&[(0.95, "payment-service 2.8.0")], WIDE);
        assert_eq!(stands, [Some(Stand { flip: true, short: false, also: 0 })]);
    }

    #[test]
    fn flags_close_together_keep_their_icons_or_become_one() {
        let stands = stands(
            &[(0.50, "payment-service 2.8.0"), (0.51, "b"), (0.60, "catalog-service 5.1.2"), (0.68, "web")],
            NARROW,
        );
        assert_eq!(stands[0].map(|stand| stand.also), Some(1));
        assert_eq!(stands[1], None);
        assert!(stands[2].is_some_and(|stand| stand.short));
    }

    #[test]
    fn names_of_releases_are_escaped() {
        let flag = Flag {
            at: parallax_domain::Instant::default(),
            label: "<script>".into(),
            full: "\"><script>".into(),
            href: "javascript:alert(1)".into(),
            icon: "deploy".into(),
            bad: false,
        };
        let markup = lane(&[(0.5, &flag)]).into_string();
        assert!(!markup.contains("<script") && !markup.contains("javascript:"), "{markup}");
    }
}
