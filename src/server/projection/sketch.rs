//! Quantiles of durations: a DDSketch with a relative error of 1 % (Masson, Rim, Lee, VLDB 2019).
//! Sparse, mergeable, and the same whichever way it was put together.

use super::bytes::{ByteReader, ByteWriter};

/// (1 + α) / (1 - α) for α = 0.01.
const GAMMA: f64 = 1.01 / 0.99;

/// Counts of values by logarithmic bucket; sorted by bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sketch {
    buckets: Vec<(i16, u32)>,
}

impl Sketch {
    /// `value` in microseconds; what is below one counts as one.
    pub fn add(&mut self, value: f64, count: u32) {
        let key = (value.max(1.0).ln() / GAMMA.ln()).ceil() as i16;
        match self.buckets.binary_search_by_key(&key, |bucket| bucket.0) {
            Ok(at) => self.buckets[at].1 += count,
            Err(at) => self.buckets.insert(at, (key, count)),
        }
    }

    pub fn merge(&mut self, other: &Sketch) {
        if self.buckets.is_empty() {
            self.buckets.clone_from(&other.buckets);
            return;
        }
        let mut merged = Vec::with_capacity(self.buckets.len() + other.buckets.len());
        let (mut left, mut right) = (self.buckets.iter().peekable(), other.buckets.iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            match a.0.cmp(&b.0) {
                std::cmp::Ordering::Less => merged.extend(left.next()),
                std::cmp::Ordering::Greater => merged.extend(right.next()),
                std::cmp::Ordering::Equal => {
                    merged.push((a.0, a.1 + b.1));
                    left.next();
                    right.next();
                }
            }
        }
        merged.extend(left);
        merged.extend(right);
        self.buckets = merged;
    }

    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| u64::from(bucket.1)).sum()
    }

    /// Nearest-rank quantile in microseconds; none of nothing.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let rank = ((share * count as f64).ceil() as u64).clamp(1, count);
        let mut seen = 0;
        for (key, bucket) in &self.buckets {
            seen += u64::from(*bucket);
            if seen >= rank {
                return Some(2.0 * GAMMA.powi(i32::from(*key)) / (GAMMA + 1.0));
            }
        }
        None
    }

    /// Counts per bucket with the bucket's bounds in microseconds, for histograms.
    pub fn bars(&self) -> impl Iterator<Item = (f64, f64, u32)> + '_ {
        self.buckets.iter().map(|(key, count)| {
            let upper = GAMMA.powi(i32::from(*key));
            (upper / GAMMA, upper, *count)
        })
    }

    pub fn write(&self, out: &mut ByteWriter) {
        out.unsigned(self.buckets.len() as u64);
        let mut before = 0;
        for (key, count) in &self.buckets {
            out.signed(i64::from(*key) - before);
            out.unsigned(u64::from(*count));
            before = i64::from(*key);
        }
    }

    pub fn read(reader: &mut ByteReader<'_>) -> anyhow::Result<Sketch> {
        let count = reader.count()?;
        let mut buckets = Vec::with_capacity(count);
        let mut key = 0;
        for _ in 0..count {
            key += reader.signed()?;
            buckets.push((i16::try_from(key)?, u32::try_from(reader.unsigned()?)?));
        }
        Ok(Sketch { buckets })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quantiles_are_within_one_percent(mut values in prop::collection::vec(1.0f64..1e9, 1..400), share in 0.01f64..1.0) {
            let mut sketch = Sketch::default();
            values.iter().for_each(|value| sketch.add(*value, 1));
            values.sort_by(f64::total_cmp);
            let exact = values[((share * values.len() as f64).ceil() as usize).clamp(1, values.len()) - 1];
            let told = sketch.quantile(share).unwrap();
            prop_assert!((told - exact).abs() <= exact * 0.0101, "{told} for {exact}");
        }

        #[test]
        fn order_of_merging_does_not_matter(a in prop::collection::vec(1.0f64..1e6, 0..50), b in prop::collection::vec(1.0f64..1e6, 0..50)) {
            let of = |values: &[f64]| {
                let mut sketch = Sketch::default();
                values.iter().for_each(|value| sketch.add(*value, 1));
                sketch
            };
            let mut left = of(&a);
            left.merge(&of(&b));
            let mut right = of(&b);
            right.merge(&of(&a));
            prop_assert_eq!(&left, &right);
            prop_assert_eq!(&left, &of(&[a, b].concat()));
            let mut out = ByteWriter::default();
            left.write(&mut out);
            prop_assert_eq!(Sketch::read(&mut ByteReader::new(&out.bytes)).unwrap(), left);
        }
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Sketch::default().quantile(0.5), None);
    }
}
