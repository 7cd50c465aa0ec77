//! Figures and how they are printed.

/// A measured figure beside what was promised.
pub struct Figure {
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// Not met: not finished.
    pub floor: Option<f64>,
    pub aim: Option<f64>,
    pub note: String,
}

/// As a table.
pub fn print(figures: &[Figure]) {
    let told = |bound: Option<f64>| bound.map_or_else(|| "–".to_owned(), |bound| format!("{bound}"));
    println!("\n| Figure | Measured | Floor | Aim | |\n|---|---|---|---|---|");
    for Figure { name, value, unit, floor, aim, note } in figures {
        println!("| {name} | {value:.1} {unit} | {} | {} | {note} |", told(*floor), told(*aim));
    }
}

/// Of measured times, the one that a share of them does not exceed (nearest rank).
pub fn quantile(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    let rank = (share * times.len() as f64).ceil() as usize;
    times.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
}
