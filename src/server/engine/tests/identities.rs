//! x
use super::histories::{funnel, history};
use crate::engine::naive;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use parallax_domain::question::*;
#[test]
fn stats() {
    let mut runner = TestRunner::deterministic();
    let (mut n, mut entered, mut conv, mut re, mut excl, mut open, mut rows) = (0, 0, 0, 0, 0, 0,0);
    for _ in 0..3000 {
        let h = history(4, 16).new_tree(&mut runner).unwrap().current();
        let mut f = funnel().new_tree(&mut runner).unwrap().current();
        n += 1;
        let a = naive::funnel(&h.events, &f, &h.frame, h.fresh_as_of);
        entered += i32::from(a.steps[0].count > 0);
        conv += i32::from(a.steps.last().unwrap().count > 0);
        open += i32::from(a.open > 0);
        rows += i32::from(a.breakdown.len() > 1);
        if f.count != Count::Total { f.reentry = !f.reentry;
        re += i32::from(naive::funnel(&h.events, &f, &h.frame, h.fresh_as_of) != a); f.reentry = !f.reentry; }
        f.exclusions.clear();
        excl += i32::from(naive::funnel(&h.events, &f, &h.frame, h.fresh_as_of) != a);
    }
    eprintln!("n {n} entered {entered} conv {conv} re {re} excl {excl} open {open} rows {rows}");
}
