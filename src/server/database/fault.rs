//! What a database error means for the request it happened in. Its text is logged, never answered:
//! it may repeat a row.

use parallax_domain::Problem;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Will pass: the server is away, restarting, full, or a lock was not given.
    Passing,
    /// The rows themselves are refused.
    Data,
    /// No partition for a row's day.
    NoPartition,
    /// Ours.
    Mistake,
}

pub fn classify(error: &sqlx::Error) -> Fault {
    let sqlx::Error::Database(database) = error else {
        return match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_) => Fault::Passing,
            _ => Fault::Mistake,
        };
    };
    let code = database.code().unwrap_or_default();
    match code.as_ref() {
        "23514" => Fault::NoPartition,
        // connection, operator intervention, resources, rollback, read-only after failover, lock not available, system
        code if ["08", "57", "53", "40", "58"].iter().any(|class| code.starts_with(class)) => Fault::Passing,
        "25006" | "55P03" | "XX000" => Fault::Passing,
        code if code.starts_with("22") || code.starts_with("23") => Fault::Data,
        _ => Fault::Mistake,
    }
}

/// What may be said about it. Everything that is not the request's fault is said to pass.
pub fn problem(error: sqlx::Error) -> Problem {
    match classify(&error) {
        Fault::Passing => {
            tracing::warn!(error = %quiet(&error), "the database is not available");
            Problem::unavailable("The database is not available right now.")
        }
        fault => {
            tracing::error!(error = %quiet(&error), ?fault, "the database refused a statement");
            Problem::unavailable("This did not work, and the reason is in the server's log.")
        }
    }
}

/// Code and message without the detail line, which prints the values of a failing row.
fn quiet(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => {
            format!("{}: {}", database.code().unwrap_or_default(), database.message())
        }
        other => other.to_string(),
    }
}

/// Lets `?` turn a database error into what may be said about it.
pub trait Told<T> {
    fn told(self) -> Result<T, Problem>;
}

impl<T> Told<T> for Result<T, sqlx::Error> {
    fn told(self) -> Result<T, Problem> {
        self.map_err(problem)
    }
}
