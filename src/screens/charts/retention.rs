//! Cohorts as a heat table: one row per start, one column per period since, hatched while the period runs.

use super::figure::{About, Frame, Key, Swatch, figure, inside};
use super::maths::path::number;
use super::maths::shade::{SHADES, linear};
use crate::words::{count_full, percent_brief, percent_full};
use maud::{Markup, html};
use parallax_domain::screen::Drawing;

/// How many came back in a period; none before the period begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Back {
    pub people: Option<i64>,
    /// Every person has had the whole period; otherwise the cell is open.
    pub complete: bool,
    /// The people of this cell.
    pub href: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cohort {
    /// `9 Nov`.
    pub label: String,
    pub size: i64,
    pub periods: Vec<Back>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retention {
    pub about: About,
    /// `week`: what the numbers of the columns count.
    pub period: String,
    /// Number of the first column: 0 or 1.
    pub first: usize,
    pub cohorts: Vec<Cohort>,
    /// `week still open, final on 23 Nov`.
    pub open_note: String,
}

impl Retention {
    fn columns(&self) -> usize {
        self.cohorts.iter().map(|cohort| cohort.periods.len()).max().unwrap_or(0)
    }

    fn share(cohort: &Cohort, period: usize) -> Option<f64> {
        let people = cohort.periods.get(period)?.people?;
        (cohort.size > 0).then(|| people as f64 / cohort.size as f64)
    }

    /// Lowest and highest share among complete cells (or all, when none is complete). Period 0 is everybody by
    /// definition and would take all the shades.
    fn ends(&self) -> (f64, f64) {
        let skip = usize::from(self.first == 0);
        let all = |complete: bool| -> Vec<f64> {
            let cells = |cohort: &Cohort| -> Vec<f64> {
                (skip..cohort.periods.len())
                    .filter(|period| !complete || cohort.periods[*period].complete)
                    .filter_map(|period| Retention::share(cohort, period))
                    .collect()
            };
            self.cohorts.iter().flat_map(cells).collect()
        };
        let shares = Some(all(true)).filter(|shares| !shares.is_empty()).unwrap_or_else(|| all(false));
        shares.iter().fold((1.0_f64, 0.0_f64), |(low, high), share| (low.min(*share), high.max(*share)))
    }

    /// The mean of the complete cells of a period, weighted by the size of the cohort.
    fn mean(&self, period: usize) -> Option<f64> {
        let complete = self.cohorts.iter().filter_map(|cohort| {
            let cell = cohort.periods.get(period).filter(|cell| cell.complete)?;
            Some((cell.people?, cohort.size))
        });
        let (people, size) = complete.fold((0, 0), |(a, b), (people, size)| (a + people, b + size));
        (size > 0).then(|| people as f64 / size as f64)
    }

    pub fn draw(&self) -> Drawing {
        let columns = self.columns();
        let (low, high) = self.ends();
        let people: i64 = self.cohorts.iter().map(|cohort| cohort.size).sum();
        let style = format!(
            "--cell:{}%;--least:{}rem",
            number(80.0 / columns.max(1) as f64),
            number(9.0 + 2.6 * columns as f64)
        );
        let label = format!("{}, scrolls sideways", self.about.title);
        let body = html! {
            div class="tw" tabindex="0" role="region" aria-label=(label) {
                table class="heat coh" style=(style) {
                    caption class="vh" { (self.about.title) }
                    thead { tr {
                        th scope="col" { "Cohort" }
                        th scope="col" class="r" { "People" }
                        @for column in 0..columns {
                            th scope="col" { span class="vh" { (self.period) " " } (self.first + column) }
                        }
                    } }
                    tbody {
                        @for cohort in &self.cohorts { (self.row(cohort, columns, low, high)) }
                        @if self.cohorts.len() > 1 {
                            tr class="mean" {
                                th scope="row" { "All, weighted" }
                                td class="r g" { (count_full(Some(people as f64))) }
                                @for column in 0..columns {
                                    @match self.mean(column) {
                                        Some(mean) => td class="mv" { (whole_or_tenth(mean)) },
                                        None => td class="nil" { span class="vh" { "not yet" } },
                                    }
                                }
                            }
                        }
                    }
                }
            }
        };
        let open =
            self.cohorts.iter().flat_map(|cohort| &cohort.periods).any(|cell| cell.people.is_some() && !cell.complete);
        let note =
            if self.open_note.is_empty() { format!("{} still open", self.period) } else { self.open_note.clone() };
        let keys = if open { vec![Key::new(Swatch::Hatch, "", note.trim())] } else { Vec::new() };
        let ramp = (high > low).then(|| ramp(low, high));
        figure(&self.about, &Frame { keys, ramp, ..Frame::default() }, &body)
    }

    fn row(&self, cohort: &Cohort, columns: usize, low: f64, high: f64) -> Markup {
        html! {
            tr {
                th scope="row" { (cohort.label) }
                td class="r g" { (count_full(Some(cohort.size as f64))) }
                @for column in 0..columns {
                    @let cell = cohort.periods.get(column);
                    @match (Retention::share(cohort, column), cell) {
                        (Some(share), Some(cell)) => {
                            @let open = if cell.complete { "" } else { " open" };
                            @let said = format!("{}, {} {}: {}{}", cohort.label, self.period, self.first + column, percent_full(Some(share)), if cell.complete { "" } else { ", still open" });
                            td class=(format!("q{}{open}", linear(share, low, high))) {
                                @if let Some(href) = cell.href.as_deref().and_then(inside) {
                                    a href=(href) title=(said) { (format!("{:.0}", 100.0 * share)) span class="vh" { "%, " (said) } }
                                } @else {
                                    span title=(said) { (format!("{:.0}", 100.0 * share)) @if !cell.complete { span class="vh" { ", still open" } } }
                                }
                            }
                        }
                        _ => td class="nil" { span class="vh" { "not yet" } },
                    }
                }
            }
        }
    }
}

fn whole_or_tenth(share: f64) -> String {
    if share >= 0.9995 { "100".to_owned() } else { format!("{:.1}", 100.0 * share) }
}

fn ramp(low: f64, high: f64) -> Markup {
    html! {
        span class="ramp" aria-hidden="true" {
            (percent_brief(Some(low))) @for shade in 0..SHADES { i class=(format!("q{shade}")) {} } (percent_brief(Some(high)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(people: i64, complete: bool) -> Back {
        Back { people: Some(people), complete, href: None }
    }

    fn chart() -> Retention {
        Retention {
            about: About::new("ret", "Retention"),
            period: "week".into(),
            first: 1,
            cohorts: vec![
                Cohort { label: "2 Nov".into(), size: 300, periods: vec![back(150, true), back(90, true)] },
                Cohort { label: "9 Nov".into(), size: 100, periods: vec![back(60, true), back(10, false)] },
            ],
            open_note: String::new(),
        }
    }

    #[test]
    fn the_mean_is_weighted_and_leaves_open_cells_out() {
        assert_eq!(chart().mean(0), Some(210.0 / 400.0));
        assert_eq!(chart().mean(1), Some(0.3));
        assert_eq!(chart().mean(5), None);
    }

    #[test]
    fn open_cells_are_hatched_and_say_so() {
        let markup = chart().draw().markup;
        assert_eq!(markup.matches("q0 open").count(), 1, "{markup}");
        assert!(markup.contains("9 Nov, week 2: 10.0%, still open") && markup.contains("week still open"));
    }

    #[test]
    fn a_cohort_without_people_has_no_shares() {
        let cohorts = vec![Cohort { label: "x".into(), size: 0, periods: vec![back(0, true)] }];
        let markup = Retention { about: About::new("r", "R"), cohorts, ..Retention::default() }.draw().markup;
        assert!(markup.contains("not yet") && !markup.contains("NaN"));
    }
}
