//! Everything that outlives a request, wired together.

use crate::clock::Clock;
use crate::database::Database;
use crate::identity::accounts::Accounts;
use crate::identity::keys::{Keys, NewKey};
use crate::identity::shown::ShownOnce;
use crate::ingest::body::Budget;
use crate::intake::Intake;
use crate::options::Options;
use crate::privacy::address::GeoDatabase;
use crate::privacy::policy::Policies;
use crate::store::Store;
use anyhow::Context;
use parallax_domain::Problem;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

/// Asks kept figures again; given by the screens, which this crate does not know.
pub type Remember =
    Arc<dyn Fn(Arc<Machine>) -> Pin<Box<dyn Future<Output = Result<(), Problem>> + Send>> + Send + Sync>;

pub struct Machine {
    pub options: Options,
    pub clock: Clock,
    pub database: Database,
    pub keys: Keys,
    pub accounts: Accounts,
    pub policies: Policies,
    /// Keys, links and names that the next page shows.
    pub shown: ShownOnce,
    pub intake: Intake,
    pub store: Store,
    pub budget: Budget,
    pub geo: Option<GeoDatabase>,
    listening: OnceLock<SocketAddr>,
    remember: OnceLock<Remember>,
    /// Key of the demo's loader, made once per process and shown to nobody.
    demo_key: tokio::sync::Mutex<Option<(i32, String)>>,
}

impl Machine {
    /// Finds or starts the database, brings it up to date, and wires the parts.
    pub async fn open(options: Options) -> anyhow::Result<Arc<Machine>> {
        let database = Database::open(&options).await?;
        if let Err(error) = database.migrate().await {
            database.close().await;
            return Err(error);
        }
        Machine::over(options, database, Clock::default()).await
    }

    /// Over a database that is up to date.
    pub async fn over(options: Options, database: Database, clock: Clock) -> anyhow::Result<Arc<Machine>> {
        let geo = match &options.geo_database {
            Some(path) => Some(GeoDatabase::open(path).context("the country database cannot be read")?),
            None => None,
        };
        let keys = Keys::new(database.clone());
        keys.reload().await?;
        let machine = Machine {
            // A quarter of the budget for what is being taken in, the rest for caches.
            budget: Budget::of_mebibytes(options.memory / 4),
            intake: Intake::start(database.clone()),
            store: Store::new(database.clone(), (options.memory * 3 / 4) << 20),
            accounts: Accounts::new(database.clone(), clock.clone()),
            policies: Policies::new(database.clone()),
            shown: ShownOnce::default(),
            keys,
            geo,
            listening: OnceLock::new(),
            remember: OnceLock::new(),
            demo_key: tokio::sync::Mutex::new(None),
            clock,
            database,
            options,
        };
        Ok(Arc::new(machine))
    }

    /// Address under which people reach this server, without a slash at the end.
    pub fn public_url(&self) -> String {
        match &self.options.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listening.get().unwrap_or(&self.options.listen)),
        }
    }

    /// Told once, when the doors are open: the options may have asked for any free port.
    pub fn listens_on(&self, address: SocketAddr) {
        self.listening.set(address).ok();
    }

    /// Told once, by whoever mounts the screens.
    pub fn remember_with(&self, remember: Remember) {
        self.remember.set(remember).ok();
    }

    /// Completes what views remember, where somebody knows how.
    pub async fn remember(self: &Arc<Machine>) -> Result<(), Problem> {
        match self.remember.get() {
            Some(remember) => remember(self.clone()).await,
            None => Ok(()),
        }
    }

    /// The key that the demo's loader sends with.
    pub async fn demo_key(&self, project: i32, new: NewKey<'_>) -> Result<String, sqlx::Error> {
        let mut known = self.demo_key.lock().await;
        if let Some((_, key)) = known.as_ref().filter(|(of, _)| *of == project) {
            return Ok(key.clone());
        }
        let kind = new.kind;
        let (_, bits) = self.keys.create(new).await?;
        let key = bits.spelled(kind);
        *known = Some((project, key.clone()));
        Ok(key)
    }

    /// Writes what is still in hand, then lets go of the database.
    pub async fn close(&self) {
        self.intake.drain().await;
        self.database.close().await;
    }
}
