//! A visit: who came in, how, and until when. It stands in a cookie; the id of the person is in no address.

use super::link::{self, Refused};
use crate::database::fault::Told;
use crate::erasure::Scope;
use crate::erasure::request::Channel;
use crate::erasure::subject;
use crate::identity::accounts::Token;
use crate::identity::keys::{KeyKind, random};
use crate::machine::Machine;
use crate::privacy::pseudonym::{self, Subject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use parallax_domain::{Kind, Problem};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use uuid::Uuid;

const LASTS: Duration = Duration::minutes(30);

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Visit {
    pub token: Vec<u8>,
    pub project: i32,
    #[sqlx(rename = "ref")]
    pub reference: Uuid,
    pub alone: bool,
    pub channel: String,
    pub request: Option<i64>,
    pub expires_at: DateTime<Utc>,
}

impl Visit {
    /// Whose records are meant; none when nothing is recorded under this reference.
    pub async fn scope(&self, machine: &Machine) -> Result<Option<Scope>, Problem> {
        subject::of_reference(machine, self.project, self.reference, self.alone).await
    }

    pub fn channel(&self) -> Channel {
        Channel::parse(&self.channel).unwrap_or(Channel::Receipt)
    }

    /// Keeps the request whose answer the visitor waits for.
    pub async fn remember(&self, machine: &Machine, request: i64) -> Result<(), Problem> {
        sqlx::query("update visit set request = $2 where token = $1")
            .bind(&self.token)
            .bind(request)
            .execute(&machine.database.admin)
            .await
            .told()?;
        Ok(())
    }
}

fn hash(token: &Token) -> Vec<u8> {
    Sha256::digest(token.0.as_bytes()).to_vec()
}

/// Lets in whom the host application vouches for.
pub async fn enter_by_link(machine: &Machine, token: &str) -> Result<Token, Problem> {
    let refused = |why: Refused| {
        Problem::new(
            Kind::Unknown,
            match why {
                Refused::Expired => "This link has expired. Open it anew from your account.",
                Refused::TooLong => "This link would be open for longer than a day, so it is not taken.",
                Refused::Unreadable | Refused::Unsigned => "This link does not work. Open it anew from your account.",
            },
        )
    };
    let key = machine.keys.numbered(link::read(token).map_err(refused)?.key).filter(|key| key.kind == KeyKind::Write);
    let key = key.ok_or_else(|| refused(Refused::Unsigned))?;
    let payload = link::verify(key.signing_secret(), token, machine.clock.now()).map_err(refused)?;
    let (kind, id) = match (payload.user, payload.anonymous) {
        (Some(user), None) => (Subject::User, user),
        (None, Some(anonymous)) => (Subject::Anonymous, anonymous),
        _ => return Err(refused(Refused::Unreadable)),
    };
    let policy = machine.policies.of(key.project).await.told()?.ok_or_else(|| Problem::not_found("project"))?;
    let reference = Uuid::from_bytes(pseudonym::subject_ref(&policy.secret, kind, id.trim()));
    // An anonymous id is one device; who is signed in is the person on all of them.
    open(machine, key.project, reference, kind == Subject::Anonymous, Channel::Link).await
}

/// Lets in who holds the receipt of a decision.
pub async fn enter_by_receipt(machine: &Machine, text: &str, address: Option<IpAddr>) -> Result<Token, Problem> {
    let unknown = || Problem::invalid("receipt", "There is no decision with this receipt. Check that it is whole.");
    let receipt = receipt_of(text).ok_or_else(unknown)?;
    let name = receipt.to_string();
    machine.receipts.try_again(&name, address)?;
    let found: Option<(i32, Uuid, bool)> = sqlx::query_as(
        "select c.project, c.ref, coalesce(s.kind, 1) <> 0 from consent c left join subject s on s.project = c.project and s.ref = c.ref \
         where c.receipt = $1",
    )
    .bind(receipt)
    .fetch_optional(&machine.database.admin)
    .await
    .told()?;
    let Some((project, reference, alone)) = found else {
        machine.receipts.failed(&name, address);
        return Err(unknown());
    };
    machine.receipts.succeeded(&name);
    open(machine, project, reference, alone, Channel::Receipt).await
}

/// The number of a receipt: as it is, or inside of a signed receipt (a JSON Web Signature) or its JSON.
fn receipt_of(text: &str) -> Option<Uuid> {
    let text = text.trim();
    if let Ok(id) = Uuid::try_parse(text) {
        return Some(id);
    }
    let json = match text.split('.').collect::<Vec<_>>().as_slice() {
        [_, body, _] => String::from_utf8(URL_SAFE_NO_PAD.decode(body).ok()?).ok()?,
        _ => text.to_owned(),
    };
    let value: Value = serde_json::from_str(&json).ok()?;
    let id = value.get("id").or_else(|| value.get("receipt"))?.as_str()?;
    if id.contains('.') { receipt_of(id) } else { Uuid::try_parse(id).ok() }
}

async fn open(
    machine: &Machine,
    project: i32,
    reference: Uuid,
    alone: bool,
    channel: Channel,
) -> Result<Token, Problem> {
    let token = Token(hex::encode(random::<32>()));
    let now = machine.clock.now();
    sqlx::query(
        "insert into visit (token, project, ref, alone, channel, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(hash(&token))
    .bind(project)
    .bind(reference)
    .bind(alone)
    .bind(channel.word())
    .bind(now)
    .bind(now + LASTS)
    .execute(&machine.database.admin)
    .await
    .told()?;
    Ok(token)
}

/// The visit of a cookie, while it lasts.
pub async fn of_token(machine: &Machine, token: &Token) -> Result<Option<Visit>, Problem> {
    sqlx::query_as("select token, project, ref, alone, channel, request, expires_at from visit where token = $1 and expires_at > $2")
        .bind(hash(token))
        .bind(machine.clock.now())
        .fetch_optional(&machine.database.admin)
        .await
        .told()
}

/// Ends a visit.
pub async fn close(machine: &Machine, token: &Token) -> Result<(), Problem> {
    sqlx::query("delete from visit where token = $1")
        .bind(hash(token))
        .execute(&machine.database.admin)
        .await
        .told()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_known_in_every_form_that_a_person_may_have_kept() {
        let id = "0193a5b2-7c1e-7000-8000-000000000001";
        let body = URL_SAFE_NO_PAD.encode(format!("{{\"id\":\"{id}\",\"project\":\"Shop\"}}"));
        for text in [id.to_owned(), format!(" {id}\n"), format!("{{\"receipt\":\"{id}\"}}"), format!("e30.{body}.c2ln")]
        {
            assert_eq!(receipt_of(&text), Uuid::try_parse(id).ok(), "{text}");
        }
        for text in ["", "hello", "{}", "a.b.c", "e30.e30.e30"] {
            assert_eq!(receipt_of(text), None, "{text}");
        }
    }
}
