//! A bounded map for answers that never change: two generations, the older forgotten when the newer is full.

use std::collections::HashMap;
use std::hash::Hash;

pub struct Generations<K, V> {
    limit: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Hash + Eq + Clone, V: Clone> Generations<K, V> {
    /// Holds between `limit` and twice as many entries.
    pub fn new(limit: usize) -> Self {
        Generations { limit, young: HashMap::new(), old: HashMap::new() }
    }

    pub fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let value = self.old.get(key)?.clone();
        self.insert(key.clone(), value.clone());
        Some(value)
    }

    pub fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.limit {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    pub fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_what_is_not_goes() {
        let mut map = Generations::new(2);
        map.insert(1, "one");
        for n in 2..20 {
            assert_eq!(map.get(&1), Some("one"));
            map.insert(n, "other");
        }
        assert_eq!(map.get(&2), None);
    }
}
