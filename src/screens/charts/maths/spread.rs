//! Labels that never touch.

/// Moves positions apart until neighbours keep `gap`, each as little as possible, all inside 0 to `length`.
/// The order of equal positions is kept. More labels than fit share the length evenly.
pub fn spread(positions: &[f64], gap: f64, length: f64) -> Vec<f64> {
    let count = positions.len();
    let gap = if count > 1 { gap.min(length / (count - 1) as f64) } else { gap };
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| positions[*a].total_cmp(&positions[*b]).then(a.cmp(b)));
    let sorted: Vec<f64> = order.iter().map(|index| positions[*index]).collect();
    let free = (length - count.saturating_sub(1) as f64 * gap).max(0.0);
    let mut placed = vec![0.0; count];
    for (rank, (index, position)) in order.iter().zip(separate(&sorted, &vec![gap; count])).enumerate() {
        let before = rank as f64 * gap;
        placed[*index] = (position - before).clamp(0.0, free) + before;
    }
    placed
}

/// Positions nearest to the wished ones (least squares) that keep their order and `gaps[i]` between `i - 1` and `i`.
///
/// Without the gaps before it a position only has to be no less than its neighbour: the pool-adjacent-violators
/// algorithm for isotonic regression.
pub fn separate(wished: &[f64], gaps: &[f64]) -> Vec<f64> {
    let mut before = 0.0;
    let offsets: Vec<f64> = (0..wished.len())
        .map(|index| {
            before += if index > 0 { gaps.get(index).copied().unwrap_or(0.0) } else { 0.0 };
            before
        })
        .collect();
    let mut pools: Vec<(f64, usize)> = Vec::with_capacity(wished.len());
    for (wish, offset) in wished.iter().zip(&offsets) {
        pools.push((wish - offset, 1));
        while let [.., (upper, uppers), (lower, lowers)] = pools[..] {
            if upper <= lower {
                break;
            }
            let members = uppers + lowers;
            let mean = (upper * uppers as f64 + lower * lowers as f64) / members as f64;
            pools.truncate(pools.len() - 2);
            pools.push((mean, members));
        }
    }
    let levels = pools.into_iter().flat_map(|(level, members)| std::iter::repeat_n(level, members));
    levels.zip(offsets).map(|(level, offset)| level + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_have_room_stay() {
        assert_eq!(spread(&[10.0, 60.0, 100.0], 15.0, 150.0), [10.0, 60.0, 100.0]);
    }

    #[test]
    fn labels_that_touch_move_apart_evenly() {
        assert_eq!(spread(&[50.0, 52.0], 15.0, 150.0), [43.5, 58.5]);
        assert_eq!(spread(&[52.0, 50.0], 15.0, 150.0), [58.5, 43.5]);
    }

    #[test]
    fn labels_stay_inside_and_apart() {
        let placed = spread(&[149.0, 150.0, 148.0, 10.0, 150.0], 15.0, 150.0);
        let mut sorted = placed.clone();
        sorted.sort_by(f64::total_cmp);
        assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= 15.0 - 1e-9), "{placed:?}");
        assert!(sorted[0] >= 0.0 && sorted[4] <= 150.0 + 1e-9);
    }

    #[test]
    fn every_pair_may_keep_its_own_distance() {
        assert_eq!(separate(&[0.0, 0.0, 100.0], &[0.0, 10.0, 40.0]), [-5.0, 5.0, 100.0]);
    }

    #[test]
    fn too_many_labels_share_the_length() {
        let placed = spread(&[5.0; 11], 15.0, 100.0);
        assert!((placed[10] - 100.0).abs() < 1e-9 && placed[0] == 0.0);
        assert_eq!(spread(&[], 15.0, 100.0), Vec::<f64>::new());
        assert_eq!(spread(&[400.0], 15.0, 100.0), [100.0]);
    }
}
