//! Names beside dots. A name that would touch something is dropped: the table keeps all of them.

use super::measure;

/// A dot with a name. Positions are fractions of the plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot<'a> {
    pub x: f64,
    pub y: f64,
    pub name: &'a str,
    /// Larger first when names compete.
    pub weight: f64,
}

/// On which side of its dot a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Right,
    Left,
    /// Centred above the dot.
    Above,
}

#[derive(Clone, Copy, Debug)]
struct Area {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Area {
    fn touches(&self, other: &Area) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

const SIZE: f64 = 11.0;
const HALF_LINE: f64 = 7.0;
/// From the middle of the dot to the name beside it, and to the middle of the name above it.
pub const OFFSET: f64 = 9.0;
pub const LIFT: f64 = 14.0;
const DOT: f64 = 6.0;

/// Sides of the names that fit into a plot of this size in pixels; `fixed` names keep the side they have.
pub fn place(dots: &[Dot<'_>], width: f64, height: f64, fixed: &[Option<Side>]) -> Vec<Option<Side>> {
    let around = |dot: &Dot<'_>| {
        let (x, y) = (dot.x * width, dot.y * height);
        Area { left: x - DOT, right: x + DOT, top: y - DOT, bottom: y + DOT }
    };
    let name = |dot: &Dot<'_>, side: Side| {
        let (x, y) = (dot.x * width, dot.y * height);
        let length = measure::width(dot.name, SIZE);
        let (left, right, y) = match side {
            Side::Right => (x + OFFSET, x + OFFSET + length, y),
            Side::Left => (x - OFFSET - length, x - OFFSET, y),
            Side::Above => (x - length / 2.0, x + length / 2.0, y - LIFT),
        };
        Area { left, right, top: y - HALF_LINE, bottom: y + HALF_LINE }
    };
    let mut sides: Vec<Option<Side>> = (0..dots.len()).map(|index| fixed.get(index).copied().flatten()).collect();
    let marks: Vec<Area> = dots.iter().map(around).collect();
    let mut taken: Vec<Area> =
        dots.iter().zip(&sides).filter_map(|(dot, side)| side.map(|side| name(dot, side))).collect();
    let mut order: Vec<usize> = (0..dots.len()).filter(|index| sides[*index].is_none()).collect();
    order.sort_by(|a, b| dots[*b].weight.total_cmp(&dots[*a].weight).then(a.cmp(b)));
    for index in order {
        let free = |area: &Area| {
            let inside =
                area.left >= 0.0 && area.right <= width && area.top >= -HALF_LINE && area.bottom <= height + DOT;
            let clear = marks.iter().enumerate().all(|(other, mark)| other == index || !area.touches(mark));
            inside && clear && taken.iter().all(|other| !area.touches(other))
        };
        let found = [Side::Right, Side::Left, Side::Above].into_iter().find(|side| free(&name(&dots[index], *side)));
        if let Some(side) = found {
            taken.push(name(&dots[index], side));
            sides[index] = Some(side);
        }
    }
    sides
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(x: f64, y: f64, name: &str, weight: f64) -> Dot<'_> {
        Dot { x, y, name, weight }
    }

    #[test]
    fn names_stand_right_and_left_at_the_edge() {
        let sides = place(&[dot(0.1, 0.5, "Search", 1.0), dot(0.95, 0.2, "Filter by size", 1.0)], 400.0, 300.0, &[]);
        assert_eq!(sides, [Some(Side::Right), Some(Side::Left)]);
    }

    #[test]
    fn a_name_without_room_beside_its_dot_stands_above_it() {
        let dots = [dot(0.5, 0.5, "middle", 9.0), dot(0.58, 0.5, "", 1.0), dot(0.42, 0.5, "", 1.0)];
        assert_eq!(place(&dots, 300.0, 300.0, &[])[0], Some(Side::Above));
    }

    #[test]
    fn the_heavier_of_two_that_touch_is_named() {
        let dots = [dot(0.30, 0.01, "a long name here", 1.0), dot(0.31, 0.01, "another long name", 9.0)];
        let sides = place(&dots, 200.0, 300.0, &[]);
        assert!(sides[1].is_some());
        assert!(sides[0].is_none());
    }

    #[test]
    fn a_fixed_name_stays_and_others_avoid_it() {
        let dots = [dot(0.2, 0.5, "one", 1.0), dot(0.22, 0.5, "two", 9.0)];
        let sides = place(&dots, 300.0, 300.0, &[Some(Side::Left), None]);
        assert_eq!(sides[0], Some(Side::Left));
        assert_eq!(sides[1], Some(Side::Right));
    }

    #[test]
    fn a_name_longer_than_the_plot_is_dropped() {
        let name = "x".repeat(200);
        assert_eq!(place(&[dot(0.5, 0.5, &name, 1.0)], 300.0, 300.0, &[]), [None]);
    }
}
