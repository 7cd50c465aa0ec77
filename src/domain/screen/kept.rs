//! Figures that somebody keeps.

use super::{Part, Screen, Stat};
use serde::{Deserialize, Serialize};

/// A figure by its id on the page; `words` as it was shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub id: String,
    pub name: String,
    /// None where it was unknown or withheld.
    pub value: Option<f64>,
    pub words: String,
}

impl Screen {
    /// What a person would say the page says: its cards, and what it names itself.
    pub fn kept(&self) -> Vec<Kept> {
        let mut kept = self.figures.clone();
        self.parts.iter().for_each(|part| cards(part, &mut kept));
        kept
    }
}

fn cards(part: &Part, kept: &mut Vec<Kept>) {
    match part {
        Part::Stats(stats) => kept.extend(stats.cards.iter().filter_map(of)),
        Part::Grid(cells) => cells.iter().for_each(|(_, part)| cards(part, kept)),
        Part::Panel(panel) => panel.body.iter().for_each(|part| cards(part, kept)),
        _ => {}
    }
}

fn of(stat: &Stat) -> Option<Kept> {
    let words = if stat.unit.is_empty() { stat.value.clone() } else { format!("{} {}", stat.value, stat.unit) };
    let value = stat.figure?;
    Some(Kept { id: stat.id.clone(), name: stat.name.clone(), value: Some(value), words })
}
