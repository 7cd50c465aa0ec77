//! Paths (rule P1): which event follows which within a session.

use super::calendar::Span;
use super::hashing::NumberMap;
use super::sessions::{LONGEST, LOOKBACK, Splitter, page_view};
use super::{Moments, Names, Needs, Predicate, Question};
use parallax_domain::question::{Frame, PathEdge, PathNode, Paths, PathsAnswer};
use parallax_domain::{Filter, Problem};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

const DEEPEST: usize = 100;
const MOST_EDGES: usize = 10_000;

/// A node: the place of its field in the needs, and the value's id.
type Node = (u32, u32);

/// A path begins at the first start of a session and ends with the last end, where those are asked for; of that its
/// first `depth` events. Sessions count where they start, and then whole.
#[derive(Clone, Debug)]
pub struct Plan {
    span: Span,
    depth: usize,
    limit: usize,
    page_view: u64,
    /// Bits of the events that begin a path; none = every session's first.
    start: u64,
    end: u64,
    name: usize,
    path: usize,
    needs: Needs,
}

#[derive(Default)]
pub struct Tally {
    nodes: NumberMap<(u32, Node), i64>,
    edges: NumberMap<(u32, Node, Node), i64>,
    splitter: Splitter,
    ordinals: Vec<u32>,
    order: Vec<u32>,
}

impl Plan {
    pub fn new(paths: &Paths, frame: &Frame) -> Result<Plan, Problem> {
        let span = Span::new(frame.period())?;
        if !(1..=DEEPEST).contains(&paths.depth) {
            return Err(Problem::invalid("depth", "The depth is 1 to 100 events."));
        }
        if !(1..=MOST_EDGES).contains(&paths.limit) {
            return Err(Problem::invalid("limit", "The limit is 1 to 10,000."));
        }
        let mut needs = Needs::of(frame);
        needs.predicate(Predicate::any());
        let viewed = needs.predicate(page_view());
        let mut node = |name: &Option<String>| match name {
            None => 0,
            Some(name) => {
                let viewed = Predicate { filters: vec![Filter::is("url.path", name)], ..page_view() };
                needs.predicate(Predicate::event(name)) | needs.predicate(viewed)
            }
        };
        let (start, end) = (node(&paths.start), node(&paths.end));
        let (name, path) = (needs.field("event".to_owned()), needs.field("url.path".to_owned()));
        needs.sessions = true;
        needs.reach.from = Some(span.from - LOOKBACK);
        needs.reach.to = Some(span.to + LONGEST);
        Ok(Plan { span, depth: paths.depth, limit: paths.limit, page_view: viewed, start, end, name, path, needs })
    }

    /// Page views are told apart by their path, other events by their name.
    fn node(&self, moments: &Moments<'_>, event: usize) -> Node {
        let row = event * self.needs.fields.len();
        let path = moments.values[row + self.path];
        if moments.matches[event] & self.page_view != 0 && path != 0 {
            return (self.path as u32, path);
        }
        (self.name as u32, moments.values[row + self.name])
    }

    /// The part of a session that is asked for.
    fn part<'a>(&self, moments: &Moments<'_>, session: &'a [u32]) -> &'a [u32] {
        let has = |bits: u64| move |event: &u32| moments.matches[*event as usize] & bits != 0;
        let first = if self.start == 0 { Some(0) } else { session.iter().position(has(self.start)) };
        let part = first.map_or(&[][..], |first| &session[first..]);
        let end =
            if self.end == 0 { Some(part.len()) } else { part.iter().rposition(has(self.end)).map(|last| last + 1) };
        let part = end.map_or(&[][..], |end| &part[..end]);
        &part[..part.len().min(self.depth)]
    }
}

impl Question for Plan {
    type Tally = Tally;
    type Answer = PathsAnswer;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> Tally {
        Tally::default()
    }

    fn actor(&self, tally: &mut Tally, _person: u32, moments: &Moments<'_>) {
        let Tally { nodes, edges, splitter, ordinals, order } = tally;
        splitter.split(moments.at, moments.session, ordinals);
        order.clear();
        order.extend(0..moments.len() as u32);
        order.sort_by_key(|&event| ordinals[event as usize]);
        for session in order.chunk_by(|a, b| ordinals[*a as usize] == ordinals[*b as usize]) {
            if !self.span.contains(moments.at[session[0] as usize]) {
                continue;
            }
            let mut previous: Option<Node> = None;
            for (step, &event) in (0..).zip(self.part(moments, session)) {
                let node = self.node(moments, event as usize);
                *nodes.entry((step, node)).or_default() += 1;
                if let Some(previous) = previous {
                    *edges.entry((step, previous, node)).or_default() += 1;
                }
                previous = Some(node);
            }
        }
    }

    fn merge(&self, into: &mut Tally, other: Tally) {
        other.nodes.into_iter().for_each(|(node, count)| *into.nodes.entry(node).or_default() += count);
        other.edges.into_iter().for_each(|(edge, count)| *into.edges.entry(edge).or_default() += count);
    }

    fn finish(&self, tally: Tally, names: &dyn Names) -> PathsAnswer {
        // An event may have the name of a path: by name they are one node.
        let mut known: NumberMap<Node, String> = NumberMap::default();
        let mut name = |node: Node| known.entry(node).or_insert_with(|| names.value(node.0 as usize, node.1)).clone();
        let mut nodes: BTreeMap<(usize, String), i64> = BTreeMap::new();
        for ((step, node), count) in tally.nodes {
            *nodes.entry((step as usize, name(node))).or_default() += count;
        }
        let mut edges: BTreeMap<(usize, String, String), i64> = BTreeMap::new();
        for ((step, from, to), count) in tally.edges {
            *edges.entry((step as usize, name(from), name(to))).or_default() += count;
        }
        let ends = |edge: &PathEdge| [(edge.step - 1, edge.from.clone()), (edge.step, edge.to.clone())];
        let mut edges: Vec<PathEdge> =
            edges.into_iter().map(|((step, from, to), count)| PathEdge { from, to, step, count }).collect();
        let joined: BTreeSet<(usize, String)> = edges.iter().flat_map(ends).collect();
        edges.sort_by_key(|edge| Reverse(edge.count));
        edges.truncate(self.limit);
        let shown: BTreeSet<(usize, String)> = edges.iter().flat_map(ends).collect();
        // Nodes of the shown edges, and the commonest of those without any: sessions of a single event.
        let (mut kept, rest): (Vec<_>, Vec<_>) = nodes.into_iter().partition(|(node, _)| shown.contains(node));
        let mut lonely: Vec<_> = rest.into_iter().filter(|(node, _)| !joined.contains(node)).collect();
        lonely.sort_by_key(|(_, count)| Reverse(*count));
        lonely.truncate(self.limit);
        kept.append(&mut lonely);
        let mut nodes: Vec<PathNode> =
            kept.into_iter().map(|((step, name), count)| PathNode { name, step, count }).collect();
        nodes.sort_by(|a, b| (a.step, b.count, &a.name).cmp(&(b.step, a.count, &b.name)));
        PathsAnswer { nodes, edges }
    }
}
