//! Accounts: invite, let back in, give roles, close.

use super::{demand, note, place};
use crate::database::fault::Told;
use crate::identity::accounts::{AccountRow, NewAccount, Purpose, Viewer};
use crate::identity::shown::Secret;
use crate::machine::Machine;
use parallax_domain::{Kind, Permission, Problem, Role};
use serde_json::json;

pub struct Invitation<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub roles: &'a [Role],
    /// Empty: every project.
    pub projects: &'a [i32],
}

/// Makes an account without a password; the link that lets its owner in is shown on the page that follows.
pub async fn invite(machine: &Machine, viewer: &Viewer, invitation: Invitation<'_>) -> Result<String, Problem> {
    demand(viewer, Permission::Administer)?;
    known_projects(machine, invitation.projects).await?;
    let new = NewAccount {
        email: invitation.email,
        name: invitation.name,
        roles: invitation.roles,
        projects: (!invitation.projects.is_empty()).then_some(invitation.projects),
        password: None,
    };
    let account = machine.accounts.create(new).await?;
    let detail = json!({ "roles": account.roles, "projects": account.projects });
    note(machine, viewer, None, "person invited", &object(&account), detail).await?;
    show_link(machine, viewer, &account, Purpose::Invitation).await?;
    Ok(format!("{} is invited", account.name))
}

/// A link to a new password; for somebody who never came, the invitation anew.
pub async fn reset(machine: &Machine, viewer: &Viewer, account: i32) -> Result<String, Problem> {
    demand(viewer, Permission::Administer)?;
    let account = find(machine, account).await?;
    if account.disabled_at.is_some() {
        return Err(Problem::new(Kind::Conflict, "This account is disabled. Enable it first."));
    }
    let purpose = if account.password.is_some() { Purpose::Reset } else { Purpose::Invitation };
    note(machine, viewer, None, "link made", &object(&account), json!({ "purpose": purpose.word() })).await?;
    show_link(machine, viewer, &account, purpose).await?;
    Ok(format!("Link for {} made", account.name))
}

pub async fn set_roles(
    machine: &Machine,
    viewer: &Viewer,
    account: i32,
    roles: &[Role],
    projects: &[i32],
) -> Result<String, Problem> {
    demand(viewer, Permission::Administer)?;
    known_projects(machine, projects).await?;
    let before = find(machine, account).await?;
    machine.accounts.set_roles(account, roles).await?;
    machine.accounts.set_projects(account, (!projects.is_empty()).then_some(projects)).await?;
    let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
    let detail = json!({ "from": { "roles": before.roles, "projects": before.projects }, "to": { "roles": words, "projects": projects } });
    note(machine, viewer, None, "roles changed", &object(&before), detail).await?;
    Ok(format!("{} is {} now", before.name, words.join(", ")))
}

/// Closes an account with all its sessions, or opens it again.
pub async fn set_disabled(machine: &Machine, viewer: &Viewer, account: i32, disabled: bool) -> Result<String, Problem> {
    demand(viewer, Permission::Administer)?;
    if disabled && account == viewer.account {
        return Err(Problem::new(Kind::Conflict, "This is your own account. Another admin can disable it."));
    }
    let account = find(machine, account).await?;
    machine.accounts.set_disabled(account.id, disabled).await?;
    let action = if disabled { "account disabled" } else { "account enabled" };
    note(machine, viewer, None, action, &object(&account), json!({})).await?;
    Ok(format!(
        "{} {}",
        account.name,
        if disabled { "is disabled and signed out everywhere" } else { "may sign in again" }
    ))
}

fn object(account: &AccountRow) -> String {
    format!("account {} {}", account.id, account.email)
}

async fn find(machine: &Machine, account: i32) -> Result<AccountRow, Problem> {
    let all = machine.accounts.list().await?;
    all.into_iter().find(|row| row.id == account).ok_or_else(|| Problem::not_found("account"))
}

async fn known_projects(machine: &Machine, projects: &[i32]) -> Result<(), Problem> {
    let known: i64 = sqlx::query_scalar("select count(distinct id) from project where id = any($1)")
        .bind(projects)
        .fetch_one(&machine.database.admin)
        .await
        .told()?;
    let asked: std::collections::BTreeSet<&i32> = projects.iter().collect();
    if known == asked.len() as i64 {
        Ok(())
    } else {
        Err(Problem::invalid("projects", "One of these projects is not there any more."))
    }
}

async fn show_link(machine: &Machine, viewer: &Viewer, account: &AccountRow, purpose: Purpose) -> Result<(), Problem> {
    let path = machine.accounts.link(purpose, Some(account.id)).await?;
    let (title, note) = match purpose {
        Purpose::Reset => ("Link to a new password", "Works once, for one hour. Whoever has it becomes this person."),
        Purpose::Invitation | Purpose::SetUp => {
            ("Invitation", "Works once, for seven days. Whoever has it becomes this person.")
        }
    };
    let secret = Secret {
        title: format!("{title} for {}", account.name),
        text: format!("{}{path}", machine.public_url()),
        note: note.to_owned(),
    };
    machine.shown.keep(viewer.account, place::PEOPLE, secret, machine.clock.now());
    Ok(())
}
