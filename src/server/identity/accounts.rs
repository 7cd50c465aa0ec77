//! People who sign in: accounts, sessions, and links that let somebody in once.

use super::audit::{self, Entry};
use super::keys::random;
use super::password::Passwords;
use super::throttle::Throttle;
use crate::clock::Clock;
use crate::database::Database;
use crate::database::fault::Told;
use chrono::{DateTime, Duration, Utc};
use parallax_domain::{Kind, Permission, Problem, Role};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// A session without use ends after this; an admin's sooner.
const IDLE: Duration = Duration::hours(12);
const IDLE_ADMIN: Duration = Duration::hours(4);
const LONGEST_SESSION: Duration = Duration::days(7);

pub struct Accounts {
    database: Database,
    clock: Clock,
    passwords: Passwords,
    throttle: Throttle,
}

/// Who looks. Every question about telemetry takes one, so nothing is answered to nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    pub account: i32,
    pub email: String,
    pub name: String,
    pub roles: Vec<Role>,
    /// None: every project.
    pub projects: Option<Vec<i32>>,
}

impl Viewer {
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role.may(permission))
    }

    pub fn sees(&self, project: i32) -> bool {
        self.projects.as_ref().is_none_or(|projects| projects.contains(&project))
    }

    pub fn is_admin(&self) -> bool {
        self.roles.contains(&Role::Admin)
    }

    /// Where this person starts.
    pub fn home(&self) -> &'static str {
        self.roles.first().map_or("/engineering", |role| role.home())
    }

    /// People that a cell must hold to be shown; the strictest of the roles counts only if no other role is held.
    pub fn smallest_cell(&self) -> Option<i64> {
        let limits: Vec<Option<i64>> = self.roles.iter().map(|role| role.smallest_cell()).collect();
        if limits.iter().any(Option::is_none) { None } else { limits.into_iter().flatten().max() }
    }
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountRow {
    pub id: i32,
    pub email: String,
    pub name: String,
    pub password: Option<String>,
    pub roles: Vec<String>,
    pub projects: Option<Vec<i32>>,
    pub disabled_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl AccountRow {
    fn viewer(&self) -> Viewer {
        Viewer {
            account: self.id,
            email: self.email.clone(),
            name: self.name.clone(),
            roles: self.roles.iter().filter_map(|role| role.parse().ok()).collect(),
            projects: self.projects.clone(),
        }
    }
}

/// A secret as it travels in a cookie or a link; only its hash is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(pub String);

impl Token {
    fn new() -> Token {
        Token(hex::encode(random::<32>()))
    }

    fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    SetUp,
    Invitation,
    Reset,
}

impl Purpose {
    pub fn word(self) -> &'static str {
        match self {
            Purpose::SetUp => "set-up",
            Purpose::Invitation => "invitation",
            Purpose::Reset => "reset",
        }
    }

    /// Path of the page that the link opens.
    pub fn path(self, token: &Token) -> String {
        format!("/{}/{}", self.word(), token.0)
    }

    fn valid_for(self) -> Duration {
        match self {
            Purpose::SetUp => Duration::days(3650),
            Purpose::Invitation => Duration::days(7),
            Purpose::Reset => Duration::hours(1),
        }
    }
}

pub struct NewAccount<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub roles: &'a [Role],
    pub projects: Option<&'a [i32]>,
    pub password: Option<&'a str>,
}

const COLUMNS: &str = "id, email, name, password, roles, projects, disabled_at, created_at";

impl Accounts {
    pub fn new(database: Database, clock: Clock) -> Accounts {
        Accounts { database, clock, passwords: Passwords::new(), throttle: Throttle::default() }
    }

    pub async fn any(&self) -> Result<bool, Problem> {
        sqlx::query_scalar("select exists (select from account)").fetch_one(&self.database.admin).await.told()
    }

    pub async fn list(&self) -> Result<Vec<AccountRow>, Problem> {
        let sql =
            "select id, email, name, password, roles, projects, disabled_at, created_at from account order by name, id";
        sqlx::query_as(sql).fetch_all(&self.database.admin).await.told()
    }

    /// One message for every reason, and the same time for known and unknown people.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        agent: &str,
        address: Option<IpAddr>,
    ) -> Result<(Token, Viewer), Problem> {
        let wrong = || Problem {
            field: Some("password".into()),
            ..Problem::new(Kind::Unknown, "E-mail and password do not fit.")
        };
        let email = email.trim().to_lowercase();
        self.throttle.try_again(&email, address)?;
        let account = self.by_email(&email).await?;
        let hash = account.as_ref().and_then(|account| account.password.as_deref());
        let fits = self.passwords.fits(password, hash).await?;
        let Some(account) = account.filter(|account| fits && account.disabled_at.is_none()) else {
            self.throttle.failed(&email, address);
            self.note("sign-in failed", &email, json!({})).await;
            return Err(wrong());
        };
        self.throttle.succeeded(&email);
        let token = self.open_session(account.id, agent).await?;
        self.note("signed in", &email, json!({})).await;
        Ok((token, account.viewer()))
    }

    async fn by_email(&self, email: &str) -> Result<Option<AccountRow>, Problem> {
        let sql = sqlx::AssertSqlSafe(format!("select {COLUMNS} from account where email = $1"));
        sqlx::query_as(sql).bind(email).fetch_optional(&self.database.admin).await.told()
    }

    async fn open_session(&self, account: i32, agent: &str) -> Result<Token, Problem> {
        let token = Token::new();
        let now = self.clock.now();
        sqlx::query(
            "insert into session (token, account, agent, created_at, last_seen_at, proven_at, expires_at) values ($1, $2, $3, $4, $4, $4, $5)",
        )
        .bind(token.hash())
        .bind(account)
        .bind(agent)
        .bind(now)
        .bind(now + LONGEST_SESSION)
        .execute(&self.database.admin)
        .await
        .told()?;
        Ok(token)
    }

    /// The person of a session that is still in force.
    pub async fn viewer(&self, token: &Token) -> Result<Option<Viewer>, Problem> {
        #[derive(sqlx::FromRow)]
        struct Row {
            #[sqlx(flatten)]
            account: AccountRow,
            last_seen_at: DateTime<Utc>,
        }
        let row: Option<Row> = sqlx::query_as(
            "select a.id, a.email, a.name, a.password, a.roles, a.projects, a.disabled_at, a.created_at, s.last_seen_at \
             from session s join account a on a.id = s.account \
             where s.token = $1 and s.expires_at > $2 and a.disabled_at is null",
        )
        .bind(token.hash())
        .bind(self.clock.now())
        .fetch_optional(&self.database.admin)
        .await
        .told()?;
        let Some(Row { account, last_seen_at }) = row else { return Ok(None) };
        let viewer = account.viewer();
        let now = self.clock.now();
        let idle = if viewer.is_admin() { IDLE_ADMIN } else { IDLE };
        if now - last_seen_at > idle {
            self.sign_out(token).await?;
            return Ok(None);
        }
        // Once a minute is enough to know when somebody was last here.
        if now - last_seen_at > Duration::minutes(1) {
            sqlx::query("update session set last_seen_at = $2 where token = $1")
                .bind(token.hash())
                .bind(now)
                .execute(&self.database.admin)
                .await
                .told()?;
        }
        Ok(Some(viewer))
    }

    pub async fn sign_out(&self, token: &Token) -> Result<(), Problem> {
        sqlx::query("delete from session where token = $1")
            .bind(token.hash())
            .execute(&self.database.admin)
            .await
            .told()?;
        Ok(())
    }

    /// The link for the first admin, made anew at each start until there is one. None when there is.
    pub async fn set_up_link(&self) -> Result<Option<String>, Problem> {
        if self.any().await? {
            return Ok(None);
        }
        sqlx::query("delete from ticket_of_entry where purpose = 'set-up'")
            .execute(&self.database.admin)
            .await
            .told()?;
        self.link(Purpose::SetUp, None).await.map(Some)
    }

    /// Path of a link that lets somebody in once.
    pub async fn link(&self, purpose: Purpose, account: Option<i32>) -> Result<String, Problem> {
        let token = Token::new();
        sqlx::query("insert into ticket_of_entry (token, purpose, account, expires_at) values ($1, $2, $3, $4)")
            .bind(token.hash())
            .bind(purpose.word())
            .bind(account)
            .bind(self.clock.now() + purpose.valid_for())
            .execute(&self.database.admin)
            .await
            .told()?;
        Ok(purpose.path(&token))
    }

    /// Whom a link is for; none if it was used, is too old, or never was one.
    pub async fn guest(&self, purpose: Purpose, token: &Token) -> Result<Option<Option<AccountRow>>, Problem> {
        let found: Option<Option<i32>> = sqlx::query_scalar(
            "select account from ticket_of_entry where token = $1 and purpose = $2 and used_at is null and expires_at > $3",
        )
        .bind(token.hash())
        .bind(purpose.word())
        .bind(self.clock.now())
        .fetch_optional(&self.database.admin)
        .await
        .told()?;
        match found {
            None => Ok(None),
            Some(None) => Ok(Some(None)),
            Some(Some(account)) => {
                let sql =
                    sqlx::AssertSqlSafe(format!("select {COLUMNS} from account where id = $1 and disabled_at is null"));
                let row = sqlx::query_as(sql).bind(account).fetch_optional(&self.database.admin).await.told()?;
                Ok(row.map(Some))
            }
        }
    }

    /// Uses up a link: the first admin is made, or the account gets its password, and is signed in.
    pub async fn enter(
        &self,
        purpose: Purpose,
        token: &Token,
        first: Option<(&str, &str)>,
        password: &str,
        agent: &str,
    ) -> Result<(Token, Viewer), Problem> {
        Passwords::acceptable(password)?;
        let gone = || Problem::not_found("link, or it was used already");
        let guest = self.guest(purpose, token).await?.ok_or_else(gone)?;
        let hash = self.passwords.hash(password).await?;
        let used = sqlx::query("update ticket_of_entry set used_at = $2 where token = $1 and used_at is null")
            .bind(token.hash())
            .bind(self.clock.now())
            .execute(&self.database.admin)
            .await
            .told()?;
        if used.rows_affected() == 0 {
            return Err(gone());
        }
        let account = match (guest, first) {
            (Some(account), _) => {
                sqlx::query("update account set password = $2, failures = 0 where id = $1")
                    .bind(account.id)
                    .bind(&hash)
                    .execute(&self.database.admin)
                    .await
                    .told()?;
                // A new password ends what was opened with the old one.
                sqlx::query("delete from session where account = $1")
                    .bind(account.id)
                    .execute(&self.database.admin)
                    .await
                    .told()?;
                account
            }
            (None, Some((email, name))) => {
                let new = NewAccount { email, name, roles: &Role::ALL, projects: None, password: None };
                let account = self.insert(&new, Some(hash)).await?;
                // Admin first: that is where somebody starts who sets the product up.
                account
            }
            (None, None) => return Err(gone()),
        };
        let session = self.open_session(account.id, agent).await?;
        self.note(&format!("{} link used", purpose.word()), &account.email, json!({})).await;
        Ok((session, account.viewer()))
    }

    pub async fn create(&self, new: NewAccount<'_>) -> Result<AccountRow, Problem> {
        let hash = match new.password {
            Some(password) => {
                Passwords::acceptable(password)?;
                Some(self.passwords.hash(password).await?)
            }
            None => None,
        };
        self.insert(&new, hash).await
    }

    async fn insert(&self, new: &NewAccount<'_>, hash: Option<String>) -> Result<AccountRow, Problem> {
        let email = new.email.trim().to_lowercase();
        if !email.contains('@') || email.len() > 254 || email.chars().any(char::is_whitespace) {
            return Err(Problem::invalid("email", "This is not an e-mail address."));
        }
        if new.name.trim().is_empty() {
            return Err(Problem::invalid("name", "A name is needed."));
        }
        if new.roles.is_empty() {
            return Err(Problem::invalid("roles", "At least one role is needed."));
        }
        let sql = sqlx::AssertSqlSafe(format!(
            "insert into account (email, name, password, roles, projects) values ($1, $2, $3, $4, $5) \
             on conflict (email) do nothing returning {COLUMNS}"
        ));
        let row: Option<AccountRow> = sqlx::query_as(sql)
            .bind(&email)
            .bind(new.name.trim())
            .bind(hash)
            .bind(new.roles.iter().map(|role| role.word()).collect::<Vec<_>>())
            .bind(new.projects)
            .fetch_optional(&self.database.admin)
            .await
            .told()?;
        let taken = || Problem {
            field: Some("email".into()),
            ..Problem::new(Kind::Conflict, "There is an account with this address.")
        };
        row.ok_or_else(taken)
    }

    pub async fn set_roles(&self, account: i32, roles: &[Role]) -> Result<(), Problem> {
        if roles.is_empty() {
            return Err(Problem::invalid("roles", "At least one role is needed."));
        }
        self.keep_an_admin(account, roles.contains(&Role::Admin)).await?;
        sqlx::query("update account set roles = $2 where id = $1")
            .bind(account)
            .bind(roles.iter().map(|role| role.word()).collect::<Vec<_>>())
            .execute(&self.database.admin)
            .await
            .told()?;
        Ok(())
    }

    /// None: every project.
    pub async fn set_projects(&self, account: i32, projects: Option<&[i32]>) -> Result<(), Problem> {
        sqlx::query("update account set projects = $2 where id = $1")
            .bind(account)
            .bind(projects)
            .execute(&self.database.admin)
            .await
            .told()?;
        Ok(())
    }

    /// When each account was last here, of those with a session.
    pub async fn last_seen(&self) -> Result<Vec<(i32, DateTime<Utc>)>, Problem> {
        sqlx::query_as("select account, max(last_seen_at) from session group by account")
            .fetch_all(&self.database.admin)
            .await
            .told()
    }

    pub async fn set_disabled(&self, account: i32, disabled: bool) -> Result<(), Problem> {
        if disabled {
            self.keep_an_admin(account, false).await?;
            sqlx::query("delete from session where account = $1")
                .bind(account)
                .execute(&self.database.admin)
                .await
                .told()?;
        }
        sqlx::query("update account set disabled_at = case when $2 then now() end where id = $1")
            .bind(account)
            .bind(disabled)
            .execute(&self.database.admin)
            .await
            .told()?;
        Ok(())
    }

    /// The last admin cannot be taken away: nobody could let anybody in again.
    async fn keep_an_admin(&self, account: i32, stays: bool) -> Result<(), Problem> {
        if stays {
            return Ok(());
        }
        let others: bool = sqlx::query_scalar(
            "select exists (select from account where id <> $1 and 'admin' = any(roles) and disabled_at is null) \
             or not exists (select from account where id = $1 and 'admin' = any(roles))",
        )
        .bind(account)
        .fetch_one(&self.database.admin)
        .await
        .told()?;
        if others {
            Ok(())
        } else {
            Err(Problem::new(Kind::Conflict, "This is the last admin. Make somebody else an admin first."))
        }
    }

    /// Forgets sessions and links that are over.
    pub async fn tidy(&self) -> Result<(), Problem> {
        let now = self.clock.now();
        sqlx::query("delete from session where expires_at < $1")
            .bind(now)
            .execute(&self.database.admin)
            .await
            .told()?;
        sqlx::query("delete from ticket_of_entry where expires_at < $1")
            .bind(now)
            .execute(&self.database.admin)
            .await
            .told()?;
        Ok(())
    }

    async fn note(&self, action: &str, email: &str, detail: serde_json::Value) {
        let entry = Entry { project: None, actor: email, action, object: "session", detail };
        if let Err(error) = audit::write(&self.database, entry).await {
            tracing::error!(%error, "the audit log cannot be written");
        }
    }
}
