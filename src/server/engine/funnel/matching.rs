//! Steps done in any order (rule F4): as many steps as events can serve, one event each.

use super::MAX_STEPS;

/// A matching between events and steps that grows by one event at a time. Because an event is taken whenever it can
/// add a step, its size after any event is the greatest possible for the events so far.
#[derive(Clone)]
pub(super) struct Matching {
    /// Bits of the event that serves the step.
    serving: [u64; MAX_STEPS],
    /// Bit of each step.
    bits: [u64; MAX_STEPS],
    steps: usize,
    served: u32,
    /// A further event adds a step exactly if it has one of these bits.
    pub wanted: u64,
    /// For a served step that could be freed: the step to which its event would move.
    moves: [u8; MAX_STEPS],
    /// Steps that are free or could be freed.
    open: u32,
}

impl Matching {
    pub fn new(steps: &[u64]) -> Matching {
        let mut bits = [0; MAX_STEPS];
        bits[..steps.len()].copy_from_slice(steps);
        let mut matching = Matching {
            serving: [0; MAX_STEPS],
            bits,
            steps: steps.len(),
            served: 0,
            wanted: 0,
            moves: [0; MAX_STEPS],
            open: 0,
        };
        matching.search();
        matching
    }

    /// Takes an event that has a wanted bit.
    pub fn take(&mut self, mut event: u64) {
        let Some(mut step) = self.find(event) else { return };
        while self.served & (1 << step) != 0 {
            std::mem::swap(&mut event, &mut self.serving[step]);
            step = usize::from(self.moves[step]);
        }
        self.serving[step] = event;
        self.served |= 1 << step;
        self.search();
    }

    fn find(&self, event: u64) -> Option<usize> {
        (0..self.steps).find(|&step| self.open & (1 << step) != 0 && event & self.bits[step] != 0)
    }

    /// Breadth first from the free steps: a served step can be freed if its event can move to an open one.
    fn search(&mut self) {
        self.open = !self.served & ((1 << self.steps) - 1);
        self.wanted = self.bits_of(self.open);
        loop {
            let before = self.open;
            for step in 0..self.steps {
                if before & (1 << step) != 0 || self.serving[step] & self.wanted == 0 {
                    continue;
                }
                let target = (0..self.steps)
                    .find(|&other| before & (1 << other) != 0 && self.serving[step] & self.bits[other] != 0);
                if let Some(target) = target {
                    self.moves[step] = target as u8;
                    self.open |= 1 << step;
                }
            }
            if self.open == before {
                return;
            }
            self.wanted = self.bits_of(self.open);
        }
    }

    fn bits_of(&self, steps: u32) -> u64 {
        (0..self.steps).filter(|&step| steps & (1 << step) != 0).fold(0, |bits, step| bits | self.bits[step])
    }
}
