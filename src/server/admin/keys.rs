//! Keys of senders and readers: make one, take one back.

use super::{demand_in, note, place};
use crate::database::fault::Told;
use crate::identity::accounts::Viewer;
use crate::identity::keys::{KeyKind, NewKey};
use crate::identity::shown::Secret;
use crate::machine::Machine;
use parallax_domain::{Permission, Problem, Role};
use serde_json::json;
use url::Url;

pub struct Wanted<'a> {
    pub kind: KeyKind,
    /// Point of view of a read or write key; the others have none.
    pub role: Role,
    pub name: &'a str,
    /// Pages that may use a browser key, apart by commas, spaces or lines.
    pub origins: &'a str,
}

/// Makes a key and shows it on the page of keys.
pub async fn make(machine: &Machine, viewer: &Viewer, project: i32, wanted: Wanted<'_>) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    create(machine, viewer, project, wanted, place::KEYS).await?;
    Ok("Key made".to_owned())
}

/// Makes a key for the lines to paste and shows it in them. The first steps are made by admins only.
pub async fn snippet(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    kind: KeyKind,
    origin: &str,
) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    if !matches!(kind, KeyKind::Ingest | KeyKind::Browser) {
        return Err(Problem::invalid("kind", "Lines to paste need a key that sends."));
    }
    let wanted = Wanted { kind, role: Role::Admin, name: "first steps", origins: origin };
    create(machine, viewer, project, wanted, place::START).await?;
    Ok("Key made; it stands in the lines below".to_owned())
}

pub async fn revoke(machine: &Machine, viewer: &Viewer, project: i32, id: i32) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    if !machine.keys.revoke(Some(project), id).await.told()? {
        return Err(Problem::not_found("key in force"));
    }
    note(machine, viewer, Some(project), "key revoked", &format!("key {id}"), json!({})).await?;
    Ok("Key revoked; senders that use it are refused from now on".to_owned())
}

/// Hours that a replaced key still works, with what they mean.
pub const OVERLAPS: [(i64, &str); 3] = [(24, "a day"), (168, "a week"), (0, "not at all: it ends at once")];

/// Makes a new key that may what an old one may, and shows it; the old one works for the hours of the overlap.
pub async fn rotate(machine: &Machine, viewer: &Viewer, project: i32, id: i32, hours: i64) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    if !OVERLAPS.iter().any(|(known, _)| *known == hours) {
        return Err(Problem::invalid("hours", "The old key works for a day, a week, or not at all."));
    }
    let now = machine.clock.now();
    let end = now + chrono::Duration::hours(hours);
    let made = machine.keys.rotate(project, id, end).await.told()?;
    let (new, kind, bits) = made.ok_or_else(|| Problem::not_found("key in force"))?;
    let detail = json!({ "old": id, "works until": end });
    note(machine, viewer, Some(project), "key replaced", &format!("key {new}"), detail).await?;
    let secret = Secret {
        title: format!("{} key {new}, in place of key {id}", kind.word()),
        text: bits.spelled(kind),
        note: format!("For senders that have room for a UUID only, the same key is {}.", bits.0.hyphenated()),
    };
    machine.shown.keep(viewer.account, place::KEYS, secret, now);
    Ok(if hours == 0 {
        "Key replaced; the old one is refused from now on".to_owned()
    } else {
        "Key replaced".to_owned()
    })
}

async fn create(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    wanted: Wanted<'_>,
    page: &str,
) -> Result<(), Problem> {
    let name = wanted.name.trim();
    if name.chars().count() > 100 {
        return Err(Problem::invalid("name", "A key has a name of at most 100 characters."));
    }
    let origins = if wanted.kind == KeyKind::Browser { origins(wanted.origins)? } else { Vec::new() };
    let new = NewKey { project, kind: wanted.kind, role: wanted.role, name, origins: &origins };
    let (id, bits) = machine.keys.create(new).await.told()?;
    let detail = json!({ "kind": wanted.kind.word(), "role": wanted.role.word(), "origins": origins });
    note(machine, viewer, Some(project), "key made", &format!("key {id}"), detail).await?;
    let uuid = bits.0.hyphenated();
    let secret = Secret {
        title: format!("{} key {}", wanted.kind.word(), if name.is_empty() { id.to_string() } else { name.to_owned() }),
        text: bits.spelled(wanted.kind),
        note: format!("For senders that have room for a UUID only, the same key is {uuid}."),
    };
    machine.shown.keep(viewer.account, page, secret, machine.clock.now());
    Ok(())
}

/// Origins as browsers send them: scheme, host, and a port that is not the usual one.
fn origins(text: &str) -> Result<Vec<String>, Problem> {
    let wrong =
        |origin: &str| Problem::invalid("origins", format!("{origin:?} is no origin such as https://shop.example."));
    let mut found = Vec::new();
    for origin in text.split([',', ' ', '\n', '\r', '\t']).filter(|origin| !origin.is_empty()) {
        let url = Url::parse(origin).map_err(|_| wrong(origin))?;
        let plain = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty();
        if !matches!(url.scheme(), "http" | "https") || !plain || url.host_str().is_none() {
            return Err(wrong(origin));
        }
        let ascii = url.origin().ascii_serialization();
        if !found.contains(&ascii) {
            found.push(ascii);
        }
    }
    if found.is_empty() {
        return Err(Problem::invalid(
            "origins",
            "A browser key is public: name the pages that may use it, such as https://shop.example.",
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::origins;

    #[test]
    fn origins_are_what_browsers_send() {
        let found = origins("https://shop.example/, http://localhost:8080\nhttps://shop.example:443").unwrap();
        assert_eq!(found, ["https://shop.example", "http://localhost:8080"]);
    }

    #[test]
    fn what_is_no_origin_is_refused_by_name() {
        for text in ["", "shop.example", "ftp://shop.example", "https://shop.example/path", "https://a@b.example", "*"]
        {
            assert_eq!(origins(text).unwrap_err().field.as_deref(), Some("origins"), "{text}");
        }
    }
}
