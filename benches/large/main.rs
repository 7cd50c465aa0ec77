//! The figures of whole questions over a large data set, each asked in fresh processes.
//!
//! PARALLAX_BENCH_MILLIONS says how many million events, spans and log records (1 unless told), and
//! PARALLAX_BENCH_QUESTIONS which questions, with commas between (all unless told). The data is made once and kept in
//! the Postgres that PARALLAX_TEST_DATABASE_URL names; `compare.py` asks other stores the same of the same rows.

#![expect(clippy::print_stdout, reason = "what is measured is printed")]

mod ask;
mod chance;
#[path = "../figure.rs"]
mod figure;
mod fold;
mod load;
mod operations;
#[path = "../process.rs"]
mod process;
mod shop;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("--child", rest)) = words.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return ask::child(rest);
    }
    let millions = std::env::var("PARALLAX_BENCH_MILLIONS").ok().and_then(|told| told.parse().ok()).unwrap_or(1);
    let large = load::Large::of_millions(millions);
    let mut figures = ask::measure(&large);
    if std::env::var_os("PARALLAX_BENCH_QUESTIONS").is_none() {
        figures.extend(fold::measure(&large));
    }
    figure::print(&figures);
}
