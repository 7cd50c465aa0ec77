//! How people decided about sharing, from the ledger of decisions: opted-out people are counted as well.

use crate::database::fault::Told;
use crate::store::{Look, Store};
use parallax_domain::{Category, Problem};

/// Newest decisions in force about one category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    pub category: Category,
    pub granted: i64,
    pub denied: i64,
}

impl Sharing {
    pub fn decided(&self) -> i64 {
        self.granted + self.denied
    }

    /// Share of those who decided; none when nobody did.
    pub fn share(&self) -> Option<f64> {
        (self.decided() > 0).then(|| self.granted as f64 / self.decided() as f64)
    }
}

impl Store {
    /// One row for every category with a switch.
    pub async fn sharing(&self, look: &mut Look) -> Result<Vec<Sharing>, Problem> {
        let switched: Vec<Category> =
            Category::ALL.into_iter().filter(|category| *category != Category::Essential).collect();
        let bits: Vec<i16> = switched.iter().map(|category| i16::from(category.bit())).collect();
        let counted: Vec<(i16, i64, i64)> = sqlx::query_as(
            // Per category, because a later decision about one says nothing about the others. A refusal holds until its
            // person decides otherwise; an agreement ends.
            "select bit, count(*) filter (where not denies), count(*) filter (where denies) from \
                  (select distinct on (ref, bit) bit, denied & bit <> 0 as denies from consent cross join unnest($2::smallint[]) as bit \
                   where project = $1 and (granted | denied) & bit <> 0 and (denied & bit <> 0 or expires_at > now()) \
                   order by ref, bit, decided_at desc, recorded_at desc) as newest group by 1",
        )
        .bind(look.project)
        .bind(&bits)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        let of = |category: Category| counted.iter().find(|(bit, ..)| *bit == i16::from(category.bit()));
        Ok(switched
            .into_iter()
            .map(|category| Sharing {
                category,
                granted: of(category).map_or(0, |(_, granted, _)| *granted),
                denied: of(category).map_or(0, |(_, _, denied)| *denied),
            })
            .collect())
    }
}
