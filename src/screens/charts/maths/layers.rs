//! Layered layout of a directed graph, left to right: callers before what they call.
//!
//! Sugiyama's steps in their simple form: break cycles, rank by longest path, order layers by barycentre, then move
//! nodes towards their neighbours. Deterministic, and bounded by the size of the graph whatever its shape.

use super::spread::separate;

/// A node's layer, 0 at the left, and its middle from the top in units of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    pub layer: usize,
    pub y: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    pub places: Vec<Place>,
    /// Per edge: the places it passes between its ends, in the direction of the edge.
    pub routes: Vec<Vec<Place>>,
    pub layers: usize,
    /// Rows from the first to the last, at least 1.
    pub rows: f64,
}

const SWEEPS: usize = 12;
/// Above this many waypoints long edges go straight.
const WAYPOINTS: usize = 4_000;
/// A passing edge needs less room than a node.
const PASSING: f64 = 0.5;

/// Edges to unknown nodes and to the node itself are not laid out; their route is empty.
pub fn layout(nodes: usize, edges: &[(usize, usize)]) -> Layout {
    let usable: Vec<bool> = edges.iter().map(|(from, to)| *from < nodes && *to < nodes && from != to).collect();
    let forward = without_cycles(nodes, edges, &usable);
    let mut ranks = rank(nodes, &forward);
    let linked: Vec<bool> =
        (0..nodes).map(|node| forward.iter().flatten().any(|e| e.0 == node || e.1 == node)).collect();
    for node in (0..nodes).filter(|node| !linked[*node]) {
        ranks[node] = 0;
    }
    let mut web = Web::new(&ranks, &linked, &forward);
    web.order();
    web.settle();
    web.finish(nodes, edges, &forward, &linked)
}

/// Each usable edge as (from, to) with the edges that close a cycle turned around.
fn without_cycles(nodes: usize, edges: &[(usize, usize)], usable: &[bool]) -> Vec<Option<(usize, usize)>> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    let mut incoming = vec![0_usize; nodes];
    for (index, (from, to)) in edges.iter().enumerate().filter(|(index, _)| usable[*index]) {
        out[*from].push(index);
        incoming[*to] += 1;
    }
    let mut turned = vec![false; edges.len()];
    let mut state = vec![0_u8; nodes];
    let mut starts: Vec<usize> = (0..nodes).collect();
    starts.sort_by_key(|node| (incoming[*node], *node));
    for start in starts {
        if state[start] != 0 {
            continue;
        }
        let mut path = vec![(start, 0_usize)];
        state[start] = 1;
        while let Some((node, next)) = path.last_mut() {
            let Some(edge) = out[*node].get(*next).copied() else {
                state[*node] = 2;
                path.pop();
                continue;
            };
            *next += 1;
            let to = edges[edge].1;
            match state[to] {
                0 => {
                    state[to] = 1;
                    path.push((to, 0));
                }
                1 => turned[edge] = true,
                _ => {}
            }
        }
    }
    edges
        .iter()
        .enumerate()
        .map(|(index, (from, to))| match (usable[index], turned[index]) {
            (false, _) => None,
            (true, false) => Some((*from, *to)),
            (true, true) => Some((*to, *from)),
        })
        .collect()
}

/// Longest path from the left; nodes nobody calls then move right, beside what they call.
fn rank(nodes: usize, forward: &[Option<(usize, usize)>]) -> Vec<usize> {
    let mut waiting = vec![0_usize; nodes];
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (from, to) in forward.iter().flatten() {
        out[*from].push(*to);
        waiting[*to] += 1;
    }
    let roots: Vec<usize> = (0..nodes).filter(|node| waiting[*node] == 0).collect();
    let mut ranks = vec![0_usize; nodes];
    let mut ready = roots.clone();
    while let Some(node) = ready.pop() {
        for to in &out[node] {
            ranks[*to] = ranks[*to].max(ranks[node] + 1);
            waiting[*to] -= 1;
            if waiting[*to] == 0 {
                ready.push(*to);
            }
        }
    }
    for root in roots {
        if let Some(nearest) = out[root].iter().map(|to| ranks[*to]).min() {
            ranks[root] = nearest.saturating_sub(1);
        }
    }
    ranks
}

/// Nodes and the waypoints of long edges, in layers.
struct Web {
    layers: Vec<Vec<usize>>,
    /// Neighbours to the left and to the right.
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
    rank: Vec<usize>,
    y: Vec<f64>,
    real: usize,
    /// Per edge, from left to right.
    waypoints: Vec<Vec<usize>>,
}

impl Web {
    fn new(ranks: &[usize], linked: &[bool], forward: &[Option<(usize, usize)>]) -> Web {
        let real = ranks.len();
        let mut rank = ranks.to_vec();
        let mut links: Vec<(usize, usize)> = Vec::new();
        let mut waypoints = vec![Vec::new(); forward.len()];
        let needed: usize =
            forward.iter().flatten().map(|(from, to)| (ranks[*to] - ranks[*from]).saturating_sub(1)).sum();
        for (index, edge) in forward.iter().enumerate() {
            let Some((from, to)) = *edge else { continue };
            let mut previous = from;
            if needed <= WAYPOINTS {
                for layer in ranks[from] + 1..ranks[to] {
                    rank.push(layer);
                    waypoints[index].push(rank.len() - 1);
                    links.push((previous, rank.len() - 1));
                    previous = rank.len() - 1;
                }
            }
            links.push((previous, to));
        }
        let count = rank.len();
        let depth = rank.iter().max().map_or(1, |deepest| deepest + 1);
        let mut web = Web {
            layers: vec![Vec::new(); depth],
            left: vec![Vec::new(); count],
            right: vec![Vec::new(); count],
            y: vec![0.0; count],
            rank,
            real,
            waypoints,
        };
        for (from, to) in links {
            web.right[from].push(to);
            web.left[to].push(from);
        }
        for item in (0..count).filter(|item| linked.get(*item).copied().unwrap_or(true)) {
            web.layers[web.rank[item]].push(item);
        }
        web
    }

    /// Sorts layers by the mean place of their neighbours, sweeping right and left; keeps the best order seen.
    fn order(&mut self) {
        let mut place = vec![0.0; self.rank.len()];
        let mut best = self.layers.clone();
        let mut fewest = self.crossings();
        for sweep in 0..SWEEPS {
            let rightward = sweep % 2 == 0;
            let count = self.layers.len();
            for step in 0..count {
                let layer = if rightward { step } else { count - 1 - step };
                let neighbours = if rightward { &self.left } else { &self.right };
                let mut keyed: Vec<(f64, usize)> = self.layers[layer]
                    .iter()
                    .enumerate()
                    .map(|(index, item)| {
                        let near = &neighbours[*item];
                        let mean = near.iter().map(|other| place[*other]).sum::<f64>() / near.len().max(1) as f64;
                        (if near.is_empty() { index as f64 } else { mean }, *item)
                    })
                    .collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                for (index, (_, item)) in keyed.iter().enumerate() {
                    place[*item] = index as f64;
                }
                self.layers[layer] = keyed.into_iter().map(|(_, item)| item).collect();
            }
            let crossings = self.crossings();
            if crossings < fewest {
                fewest = crossings;
                best.clone_from(&self.layers);
            }
        }
        self.layers = best;
    }

    /// Pairs of links that cross, counted as inversions between neighbouring layers.
    fn crossings(&self) -> usize {
        let mut place = vec![0; self.rank.len()];
        for layer in &self.layers {
            for (index, item) in layer.iter().enumerate() {
                place[*item] = index;
            }
        }
        let mut crossings = 0;
        for layer in &self.layers {
            let mut seen: Vec<usize> = Vec::new();
            for item in layer {
                let mut ends: Vec<usize> = self.right[*item].iter().map(|to| place[*to]).collect();
                ends.sort_unstable();
                for end in &ends {
                    crossings += seen.len() - seen.partition_point(|other| other <= end);
                }
                for end in ends {
                    seen.insert(seen.partition_point(|other| *other <= end), end);
                }
            }
        }
        crossings
    }

    /// Moves every layer towards the middle of its neighbours without changing its order.
    fn settle(&mut self) {
        for layer in &self.layers {
            for (index, item) in layer.iter().enumerate() {
                self.y[*item] = index as f64;
            }
        }
        for sweep in 0..2 * SWEEPS {
            let count = self.layers.len();
            for step in 0..count {
                let layer = if sweep % 2 == 0 { step } else { count - 1 - step };
                let items = &self.layers[layer];
                let wished: Vec<f64> = items.iter().map(|item| self.wish(*item)).collect();
                let gaps: Vec<f64> =
                    (0..items.len())
                        .map(|index| {
                            if index == 0 { 0.0 } else { (self.size(items[index - 1]) + self.size(items[index])) / 2.0 }
                        })
                        .collect();
                for (item, y) in items.iter().zip(separate(&wished, &gaps)) {
                    self.y[*item] = y;
                }
            }
        }
        let top = self.layers.iter().flatten().map(|item| self.y[*item]).fold(f64::INFINITY, f64::min);
        for y in &mut self.y {
            *y -= if top.is_finite() { top } else { 0.0 };
        }
    }

    fn size(&self, item: usize) -> f64 {
        if item < self.real { 1.0 } else { PASSING }
    }

    /// The mean of the neighbours; a waypoint's own line counts more, so that long edges stay straight.
    fn wish(&self, item: usize) -> f64 {
        let near = || self.left[item].iter().chain(&self.right[item]);
        let weight = |other: usize| if item >= self.real && other >= self.real { 4.0 } else { 1.0 };
        let total: f64 = near().map(|other| weight(*other)).sum();
        if total == 0.0 {
            return self.y[item];
        }
        near().map(|other| weight(*other) * self.y[*other]).sum::<f64>() / total
    }

    /// Nodes without any edge stand in rows below the others.
    fn finish(
        mut self,
        nodes: usize,
        edges: &[(usize, usize)],
        forward: &[Option<(usize, usize)>],
        linked: &[bool],
    ) -> Layout {
        let bottom = self.layers.iter().flatten().map(|item| self.y[*item]).fold(-1.0, f64::max);
        let columns = self.layers.len().max(4);
        let mut rows = bottom + 1.0;
        for (index, node) in (0..nodes).filter(|node| !linked[*node]).enumerate() {
            self.rank[node] = index % columns;
            self.y[node] = bottom + 1.0 + (index / columns) as f64;
            rows = self.y[node] + 1.0;
        }
        let place = |item: usize| Place { layer: self.rank[item], y: self.y[item] };
        let routes = edges
            .iter()
            .zip(forward)
            .zip(&self.waypoints)
            .map(|((edge, forward), waypoints)| {
                let mut route: Vec<Place> = waypoints.iter().map(|item| place(*item)).collect();
                if *forward != Some(*edge) {
                    route.reverse();
                }
                route
            })
            .collect();
        let places: Vec<Place> = (0..nodes).map(place).collect();
        let layers = places.iter().map(|place| place.layer + 1).max().unwrap_or(1);
        Layout { places, routes, layers, rows: rows.max(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same in every run.
    fn noise(seed: &mut u64, below: usize) -> usize {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        (*seed % below as u64) as usize
    }

    #[test]
    fn callers_stand_left_of_what_they_call() {
        let layout = layout(4, &[(0, 1), (1, 2), (0, 3), (3, 2)]);
        assert_eq!(layout.places.iter().map(|place| place.layer).collect::<Vec<_>>(), [0, 1, 2, 1]);
    }

    #[test]
    fn a_long_edge_is_led_around_the_nodes_between() {
        let layout = layout(3, &[(0, 1), (1, 2), (0, 2)]);
        assert_eq!(layout.routes[2].len(), 1);
        assert!((layout.routes[2][0].y - layout.places[1].y).abs() >= 0.7);
        assert!(layout.routes[0].is_empty());
    }

    #[test]
    fn cycles_and_self_calls_are_drawn_too() {
        let layout = layout(3, &[(0, 1), (1, 2), (2, 0), (1, 1)]);
        assert_eq!(layout.layers, 3);
        assert!(layout.routes[3].is_empty());
        assert_eq!(layout.routes[2].iter().map(|place| place.layer).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn two_pairs_do_not_cross() {
        let layout = layout(4, &[(0, 3), (1, 2)]);
        let above = layout.places[0].y < layout.places[1].y;
        assert_eq!(above, layout.places[3].y < layout.places[2].y);
    }

    #[test]
    fn lonely_nodes_fill_rows_below() {
        let layout = layout(9, &[(0, 1)]);
        assert!(layout.places[2].y >= 1.0);
        assert_eq!(layout.rows, 3.0);
        assert_eq!(super::layout(0, &[]).places, []);
        assert_eq!(super::layout(2, &[(0, 9)]).layers, 2);
    }

    #[test]
    fn any_graph_is_laid_out_without_overlap() {
        let mut seed = 88_172_645_463_325_252;
        for _ in 0..300 {
            let nodes = 1 + noise(&mut seed, 30);
            let count = noise(&mut seed, 60);
            let edges: Vec<_> = (0..count).map(|_| (noise(&mut seed, nodes), noise(&mut seed, nodes))).collect();
            let layout = layout(nodes, &edges);
            for (index, one) in layout.places.iter().enumerate() {
                assert!(one.y.is_finite() && one.y >= -1e-6 && one.y <= layout.rows, "{edges:?}");
                for other in &layout.places[index + 1..] {
                    assert!(one.layer != other.layer || (one.y - other.y).abs() > 0.999, "{edges:?}");
                }
            }
        }
    }
}
