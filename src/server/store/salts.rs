//! The salt of the day: visitors that nobody names are told apart by it until the day is over (UTC).

use crate::database::Database;
use crate::identity::keys::random;
use chrono::NaiveDate;
use parking_lot::Mutex;

pub struct Salts {
    database: Database,
    newest: Mutex<Option<(NaiveDate, [u8; 32])>>,
}

impl Salts {
    pub fn new(database: Database) -> Salts {
        Salts { database, newest: Mutex::default() }
    }

    /// The same on every process, and made by whichever asks first.
    pub async fn of(&self, day: NaiveDate) -> Result<[u8; 32], sqlx::Error> {
        let known = *self.newest.lock();
        if let Some((_, salt)) = known.filter(|(of, _)| *of == day) {
            return Ok(salt);
        }
        sqlx::query("insert into day_salt (day, salt) values ($1, $2) on conflict do nothing")
            .bind(day)
            .bind(random::<32>().to_vec())
            .execute(&self.database.admin)
            .await?;
        let salt: Vec<u8> = sqlx::query_scalar("select salt from day_salt where day = $1")
            .bind(day)
            .fetch_one(&self.database.admin)
            .await?;
        let salt = salt.try_into().map_err(|_| sqlx::Error::Protocol("a day's salt has 32 bytes".into()))?;
        *self.newest.lock() = Some((day, salt));
        Ok(salt)
    }
}
