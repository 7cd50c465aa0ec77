use super::{project_id, say};
use crate::identity::audit::{self, Entry};
use crate::identity::keys::{KeyKind, NewKey};
use crate::machine::Machine;
use crate::options::KeyVerb;
use anyhow::bail;
use parallax_domain::{Problem, Role};
use serde_json::json;

pub async fn run(machine: &Machine, verb: KeyVerb) -> anyhow::Result<()> {
    match verb {
        KeyVerb::Create { project, kind, role, origin, uuid, name } => {
            let project = project_id(machine, &project).await?;
            let kind: KeyKind = kind.parse().map_err(|error: String| Problem::invalid("kind", error))?;
            if kind == KeyKind::Browser && origin.is_empty() {
                bail!("a browser key is public: name the pages that may use it with --origin https://…");
            }
            let new = NewKey { project, kind, role: role.unwrap_or(Role::Admin), name: &name, origins: &origin };
            let (id, bits) = machine.keys.create(new).await?;
            note(machine, project, "key made", id, json!({ "kind": kind.word() })).await?;
            say(&if uuid { bits.0.hyphenated().to_string() } else { bits.spelled(kind) })
        }
        KeyVerb::List { project } => {
            let project = match project {
                Some(project) => Some(project_id(machine, &project).await?),
                None => None,
            };
            for key in machine.keys.list(project).await? {
                let state = if key.revoked_at.is_some() { "revoked" } else { "in force" };
                say(&format!(
                    "{}\t{}\t{}\t{}\t…{}\t{state}\t{}",
                    key.id, key.project, key.kind, key.role, key.hint, key.name
                ))?;
            }
            Ok(())
        }
        KeyVerb::Revoke { project, id } => {
            let project = match project {
                Some(project) => Some(project_id(machine, &project).await?),
                None => None,
            };
            if !machine.keys.revoke(project, id).await? {
                bail!("there is no key {id} in force");
            }
            note(machine, project.unwrap_or(0), "key revoked", id, json!({})).await?;
            say(&format!("key {id} revoked"))
        }
    }
}

async fn note(
    machine: &Machine,
    project: i32,
    action: &str,
    id: i32,
    detail: serde_json::Value,
) -> Result<(), sqlx::Error> {
    let project = (project != 0).then_some(project);
    let entry = Entry { project, actor: "command line", action, object: &format!("key {id}"), detail };
    audit::write(&machine.database, entry).await
}
