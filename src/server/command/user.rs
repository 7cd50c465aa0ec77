use super::{project_id, say};
use crate::identity::accounts::{NewAccount, Purpose};
use crate::machine::Machine;
use crate::options::UserVerb;
use std::io::{IsTerminal, Read};

pub async fn run(machine: &Machine, verb: UserVerb) -> anyhow::Result<()> {
    match verb {
        UserVerb::Create { email, name, role, project } => {
            let mut projects = Vec::new();
            for project in &project {
                projects.push(project_id(machine, project).await?);
            }
            let password = password()?;
            let new = NewAccount {
                email: &email,
                name: &name,
                roles: &role,
                projects: (!projects.is_empty()).then_some(projects.as_slice()),
                password: password.as_deref(),
            };
            let account = machine.accounts.create(new).await?;
            if password.is_some() {
                return say(&format!("account {} made for {}", account.id, account.email));
            }
            let path = machine.accounts.link(Purpose::Invitation, Some(account.id)).await?;
            say(&format!("{}{path}", machine.public_url()))
        }
        UserVerb::List => {
            for account in machine.accounts.list().await? {
                let state = if account.disabled_at.is_some() { "disabled" } else { "in force" };
                say(&format!(
                    "{}\t{}\t{}\t{}\t{state}",
                    account.id,
                    account.email,
                    account.name,
                    account.roles.join(",")
                ))?;
            }
            Ok(())
        }
    }
}

/// The first line of standard input; none with a terminal or an empty stream.
fn password() -> anyhow::Result<Option<String>> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        return Ok(None);
    }
    let mut text = String::new();
    input.read_to_string(&mut text)?;
    Ok(text.lines().next().map(str::to_owned).filter(|line| !line.is_empty()))
}
