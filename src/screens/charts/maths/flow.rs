//! Flows between steps: heights of nodes and where ribbons begin and end.

/// A ribbon from a node of one step to a node of the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Index of the step it leaves.
    pub step: usize,
    pub from: usize,
    pub to: usize,
    pub value: f64,
}

/// Top and height in a column of 1000.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Span {
    pub top: f64,
    pub height: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flows {
    /// Per step, per node.
    pub nodes: Vec<Vec<Span>>,
    /// Per link: where it leaves and where it arrives. None for links to nodes that do not exist.
    pub ribbons: Vec<Option<(Span, Span)>>,
}

/// Lays the columns out in a box of 1000 with `gap` between nodes. One scale for all columns: heights can be compared.
pub fn flows(columns: &[Vec<f64>], links: &[Link], gap: f64) -> Flows {
    let total = |column: &Vec<f64>| column.iter().map(|value| value.max(0.0)).sum::<f64>();
    let most = columns.iter().map(total).fold(0.0, f64::max);
    let crowd = columns.iter().map(|column| column.len().saturating_sub(1)).max().unwrap_or(0) as f64;
    let gap = gap.min(if crowd > 0.0 { 500.0 / crowd } else { gap });
    let scale = if most > 0.0 { (1_000.0 - gap * crowd).max(0.0) / most } else { 0.0 };
    let nodes: Vec<Vec<Span>> = columns
        .iter()
        .map(|column| {
            let used = total(column) * scale + gap * column.len().saturating_sub(1) as f64;
            let mut top = (1_000.0 - used) / 2.0;
            column
                .iter()
                .map(|value| {
                    let span = Span { top, height: value.max(0.0) * scale };
                    top += span.height + gap;
                    span
                })
                .collect()
        })
        .collect();
    let mut leaving: Vec<Vec<f64>> = columns.iter().map(|column| vec![0.0; column.len()]).collect();
    let mut arriving = leaving.clone();
    let ribbons = links
        .iter()
        .map(|link| {
            let start = nodes.get(link.step)?.get(link.from)?;
            let end = nodes.get(link.step + 1)?.get(link.to)?;
            let height = link.value.max(0.0) * scale;
            let from = Span { top: start.top + leaving[link.step][link.from], height };
            let to = Span { top: end.top + arriving[link.step + 1][link.to], height };
            leaving[link.step][link.from] += height;
            arriving[link.step + 1][link.to] += height;
            Some((from, to))
        })
        .collect();
    Flows { nodes, ribbons }
}

/// Outline of a ribbon between two horizontal positions of the box.
pub fn ribbon(x0: f64, from: Span, x1: f64, to: Span) -> String {
    let n = super::path::number;
    let middle = n((x0 + x1) / 2.0);
    let (a, b) = (n(x0), n(x1));
    let (from_top, from_end) = (n(from.top), n(from.top + from.height));
    let (to_top, to_end) = (n(to.top), n(to.top + to.height));
    format!(
        "M{a} {from_top}C{middle} {from_top} {middle} {to_top} {b} {to_top}L{b} {to_end}C{middle} {to_end} {middle} {from_end} {a} {from_end}Z"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ribbons_fill_their_nodes_without_overlap() {
        let links = [
            Link { step: 0, from: 0, to: 0, value: 30.0 },
            Link { step: 0, from: 0, to: 1, value: 30.0 },
            Link { step: 0, from: 1, to: 1, value: 40.0 },
        ];
        let flows = flows(&[vec![60.0, 40.0], vec![30.0, 70.0]], &links, 34.0);
        let ends: Vec<_> = flows.ribbons.into_iter().flatten().collect();
        assert!((ends[1].0.top - (ends[0].0.top + ends[0].0.height)).abs() < 1e-9);
        assert!((ends[2].1.top - (ends[1].1.top + ends[1].1.height)).abs() < 1e-9);
        let node = flows.nodes[1][1];
        assert!((ends[1].1.height + ends[2].1.height - node.height).abs() < 1e-9);
    }

    #[test]
    fn columns_with_less_are_shorter_and_centred() {
        let flows = flows(&[vec![100.0], vec![50.0]], &[], 34.0);
        assert_eq!(flows.nodes[0][0], Span { top: 0.0, height: 1_000.0 });
        assert_eq!(flows.nodes[1][0], Span { top: 250.0, height: 500.0 });
    }

    #[test]
    fn a_link_to_nowhere_is_not_drawn() {
        let flows = flows(&[vec![1.0], vec![1.0]], &[Link { step: 0, from: 0, to: 7, value: 1.0 }], 34.0);
        assert_eq!(flows.ribbons, [None]);
    }

    #[test]
    fn many_nodes_never_grow_out_of_the_box() {
        let flows = flows(&[vec![1.0; 60]], &[], 34.0);
        let last = flows.nodes[0][59];
        assert!(last.top + last.height <= 1_000.0 + 1e-9 && flows.nodes[0][0].top >= -1e-9);
    }
}
