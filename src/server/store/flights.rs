//! Identical questions that are asked at the same time share one run.

use super::question::Read;
use super::{Look, Store};
use crate::engine::Question;
use parallax_domain::{Instant, Problem};
use parking_lot::Mutex;
use serde::Serialize;
use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use tokio::sync::OnceCell;

/// An answer that several wait for, and as of when it is.
struct Landed {
    answer: Arc<dyn Any + Send + Sync>,
    fresh_as_of: Instant,
}

type Flight = OnceCell<Landed>;

/// Who waits keeps a flight in the air; whoever comes after the last one starts anew.
#[derive(Default)]
pub struct Flights(Mutex<HashMap<String, Weak<Flight>>>);

/// Flights that are over are cleared away when there are so many.
const MANY: usize = 256;

impl Flights {
    fn board(&self, key: String) -> Arc<Flight> {
        let mut flights = self.0.lock();
        if let Some(flight) = flights.get(&key).and_then(Weak::upgrade) {
            return flight;
        }
        if flights.len() >= MANY {
            flights.retain(|_, flight| flight.strong_count() > 0);
        }
        let flight = Arc::new(Flight::new());
        flights.insert(key, Arc::downgrade(&flight));
        flight
    }
}

impl Store {
    /// Asks the engine, or waits for somebody who asks the same. `asked` is the question with its frame: what makes it
    /// the same. Whoever waits sees what the other sees, and that as of when.
    pub(super) async fn run<Q: Question + Send + 'static>(
        &self,
        look: &mut Look,
        name: &str,
        asked: &impl Serialize,
        question: Q,
    ) -> Result<Read<Q::Answer>, Problem>
    where
        Q::Answer: Clone + Send + Sync + 'static,
    {
        let asked =
            serde_json::to_string(asked).map_err(|_| Problem::malformed("The question cannot be written down."))?;
        let flight = self.flights.board(format!("{} {:?} {name} {asked}", look.project, look.as_of));
        // If whoever began goes away, the next who waits begins again.
        let landed = flight
            .get_or_try_init(|| async {
                let answer: Arc<dyn Any + Send + Sync> = Arc::new(self.ask(look, question).await?);
                Ok::<Landed, Problem>(Landed { answer, fresh_as_of: look.fresh_as_of })
            })
            .await?;
        look.fresh_as_of = look.fresh_as_of.min(landed.fresh_as_of);
        let (answer, n) = landed
            .answer
            .downcast_ref::<(Q::Answer, i64)>()
            .cloned()
            .ok_or_else(|| Problem::unavailable("The answer was interrupted."))?;
        Ok(Read::projection(answer, n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flight_is_shared_while_somebody_waits_and_new_afterwards() {
        let flights = Flights::default();
        let first = flights.board("a".into());
        assert!(Arc::ptr_eq(&first, &flights.board("a".into())));
        assert!(!Arc::ptr_eq(&first, &flights.board("b".into())));
        let landed = Landed { answer: Arc::new(1), fresh_as_of: Instant::default() };
        assert!(first.set(landed).is_ok());
        drop(first);
        assert!(flights.board("a".into()).get().is_none());
        for number in 0..2 * MANY {
            flights.board(number.to_string());
        }
        assert!(flights.0.lock().len() <= MANY);
    }
}
