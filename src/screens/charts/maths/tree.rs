//! The order of spans: who is whose child, what is a span's own time, what to show first.

/// A span in pre-order: parents before children. `depth` of the root is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    pub depth: usize,
    pub start: f64,
    pub end: f64,
}

/// Direct children of each node.
pub fn children(nodes: &[Node]) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); nodes.len()];
    let mut path: Vec<usize> = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        while path.last().is_some_and(|last| nodes[*last].depth >= node.depth) {
            path.pop();
        }
        if let Some(parent) = path.last() {
            children[*parent].push(index);
        }
        path.push(index);
    }
    children
}

/// How many nodes stand below each node.
pub fn descendants(nodes: &[Node]) -> Vec<usize> {
    let mut below = vec![0; nodes.len()];
    let children = children(nodes);
    for index in (0..nodes.len()).rev() {
        below[index] = children[index].iter().map(|child| below[*child] + 1).sum();
    }
    below
}

/// Stretches of a span in which none of its children runs (contract rule G4: the union of the children is theirs).
pub fn own(node: &Node, children: &[Node]) -> Vec<(f64, f64)> {
    let mut sorted: Vec<(f64, f64)> =
        children.iter().map(|child| (child.start.max(node.start), child.end.min(node.end))).collect();
    sorted.retain(|(start, end)| end > start);
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut own = Vec::new();
    let mut reached = node.start;
    for (start, end) in sorted {
        if start > reached {
            own.push((reached, start));
        }
        reached = reached.max(end);
    }
    if node.end > reached {
        own.push((reached, node.end));
    }
    own
}

/// Which nodes are open at first. Breadth first until about `budget` rows are visible; nodes on the way to a wanted
/// row are always open. Returns whether each node shows its children.
pub fn opened(nodes: &[Node], wanted: &[bool], budget: usize) -> Vec<bool> {
    let children = children(nodes);
    let mut open = vec![false; nodes.len()];
    let mut leads = wanted.to_vec();
    leads.resize(nodes.len(), false);
    for index in (0..nodes.len()).rev() {
        if children[index].iter().any(|child| leads[*child]) {
            open[index] = true;
            leads[index] = true;
        }
    }
    let roots = nodes.iter().map(|node| node.depth).min().unwrap_or(0);
    let mut level: Vec<usize> = (0..nodes.len()).filter(|index| nodes[*index].depth == roots).collect();
    let mut visible = level.len() + (0..nodes.len()).filter(|i| open[*i]).map(|i| children[i].len()).sum::<usize>();
    while !level.is_empty() {
        let mut next = Vec::new();
        for index in level {
            if !open[index] && visible + children[index].len() <= budget {
                open[index] = !children[index].is_empty();
                visible += children[index].len();
            }
            if open[index] {
                next.extend(&children[index]);
            }
        }
        level = next;
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(depth: usize, start: f64, end: f64) -> Node {
        Node { depth, start, end }
    }

    #[test]
    fn children_follow_from_depth_and_order() {
        let nodes = [node(0, 0.0, 9.0), node(1, 0.0, 4.0), node(2, 1.0, 2.0), node(1, 5.0, 8.0)];
        assert_eq!(children(&nodes), [vec![1, 3], vec![2], vec![], vec![]]);
        assert_eq!(descendants(&nodes), [3, 1, 0, 0]);
    }

    #[test]
    fn a_depth_that_jumps_does_not_lose_a_span() {
        let nodes = [node(0, 0.0, 9.0), node(5, 0.0, 4.0), node(3, 1.0, 2.0)];
        assert_eq!(children(&nodes), [vec![1, 2], vec![], vec![]]);
    }

    #[test]
    fn own_time_is_what_children_leave() {
        let parent = node(0, 0.0, 100.0);
        let kids = [node(1, 10.0, 40.0), node(1, 30.0, 60.0), node(1, 90.0, 140.0)];
        assert_eq!(own(&parent, &kids), [(0.0, 10.0), (60.0, 90.0)]);
        assert_eq!(own(&parent, &[]), [(0.0, 100.0)]);
        assert_eq!(own(&parent, &[node(1, -5.0, 200.0)]), []);
    }

    #[test]
    fn large_traces_open_from_the_top_until_the_budget_is_spent() {
        let mut nodes = vec![node(0, 0.0, 9.0)];
        for _ in 0..20 {
            nodes.push(node(1, 0.0, 1.0));
            nodes.extend((0..50).map(|_| node(2, 0.0, 1.0)));
        }
        let open = opened(&nodes, &[], 130);
        assert!(open[0]);
        let shown =
            1 + children(&nodes).iter().zip(&open).filter(|(_, open)| **open).map(|(c, _)| c.len()).sum::<usize>();
        assert!(shown <= 130, "{shown}");
        assert!(shown > 100, "{shown}");
    }

    #[test]
    fn the_way_to_a_wanted_row_is_open() {
        let mut nodes = vec![node(0, 0.0, 9.0)];
        nodes.extend((0..500).map(|_| node(1, 0.0, 1.0)));
        nodes.push(node(2, 0.0, 1.0));
        let mut wanted = vec![false; nodes.len()];
        wanted[501] = true;
        let open = opened(&nodes, &wanted, 10);
        assert!(open[0] && open[500]);
        assert!(!open[1]);
    }
}
