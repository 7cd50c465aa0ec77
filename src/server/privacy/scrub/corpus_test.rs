//! Recall and precision on the labelled corpus.

use super::{TOKENS, text};
use std::collections::BTreeMap;

const CORPUS: &str = include_str!("../../../../tests/corpus/personal-data.tsv");

struct Line<'a> {
    expected: Vec<&'a str>,
    given: String,
    planted: Vec<String>,
}

fn corpus() -> Vec<Line<'static>> {
    let lines = CORPUS.lines().filter(|line| !line.starts_with("# ") && !line.is_empty());
    lines
        .map(|line| {
            let (expected, marked) = line.split_once('\t').expect("two columns");
            let marked = marked.replace("{+}", "");
            let planted =
                marked.split('«').skip(1).filter_map(|rest| rest.split('»').next()).map(str::to_owned).collect();
            let expected = expected.split(',').filter(|token| *token != "-").collect();
            Line { expected, given: marked.replace(['«', '»'], ""), planted }
        })
        .collect()
}

#[derive(Default)]
struct Figures {
    expected: usize,
    found: usize,
    right: usize,
}

fn count(tokens: &[&str], token: &str) -> usize {
    tokens.iter().filter(|other| **other == token).count()
}

#[test]
fn the_corpus_is_large_and_well_formed() {
    let corpus = corpus();
    assert!(corpus.len() >= 1_000, "{} lines", corpus.len());
    for line in &corpus {
        assert!(line.expected.iter().all(|token| TOKENS.contains(token)), "{:?}", line.expected);
        assert_eq!(line.expected.len(), line.planted.len(), "{}", line.given);
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what one runs this test for")]
fn detectors_find_what_they_should_and_little_else() {
    let mut figures: BTreeMap<&str, Figures> = TOKENS.into_iter().map(|token| (token, Figures::default())).collect();
    let mut leaks = 0;
    let mut planted = 0;
    for line in corpus() {
        let clean = text(&line.given);
        let found: Vec<&str> = TOKENS
            .into_iter()
            .flat_map(|token| {
                let added = clean.matches(token).count().saturating_sub(line.given.matches(token).count());
                std::iter::repeat_n(token, added)
            })
            .collect();
        planted += line.planted.len();
        let survivors = line.planted.iter().filter(|secret| clean.contains(secret.as_str())).count();
        leaks += survivors;
        for (token, figures) in &mut figures {
            let (expected, found) = (count(&line.expected, token), count(&found, token));
            figures.expected += expected;
            figures.found += found;
            figures.right += expected.min(found);
        }
        if survivors > 0 || found.len() != line.expected.len() {
            println!("expected {:?}: {:?} became {clean:?}", line.expected, line.given);
        }
    }
    let ratio = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    let (mut right, mut found) = (0, 0);
    for (token, figures) in &figures {
        let recall = ratio(figures.right, figures.expected);
        let precision = ratio(figures.right, figures.found);
        println!(
            "{token:9} expected {:4} found {:4} recall {recall:.4} precision {precision:.4}",
            figures.expected, figures.found
        );
        let least = if matches!(*token, "[ip]" | "[phone]" | "[secret]") { 0.95 } else { 0.99 };
        assert!(recall >= least, "{token} recall {recall}");
        right += figures.right;
        found += figures.found;
    }
    println!("precision {:.4}, {leaks} of {planted} planted values survived", ratio(right, found));
    assert!(ratio(right, found) >= 0.97);
    assert!(ratio(leaks, planted) <= 0.01);
}
