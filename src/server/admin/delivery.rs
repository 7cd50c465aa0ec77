//! Where mails and calls of other programs go: saved and tried.

use super::{demand, note};
use crate::delivery::{self, Mail, Security, Webhook, guard};
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use parallax_domain::{Permission, Problem};
use serde_json::json;

/// What the form of the mail server says; an empty password keeps the one that is saved.
#[derive(Clone, Debug, Default)]
pub struct MailForm<'a> {
    pub host: &'a str,
    pub port: &'a str,
    pub security: &'a str,
    pub user: &'a str,
    pub from: &'a str,
    pub password: &'a str,
}

pub async fn save_mail(machine: &Machine, viewer: &Viewer, form: MailForm<'_>) -> Result<String, Problem> {
    demand(viewer, Permission::Administer)?;
    let port = form.port.trim().parse().map_err(|_| Problem::invalid("port", "A port is a number, such as 465."))?;
    let security = Security::parse(form.security);
    let mail = Mail {
        host: form.host.trim().to_owned(),
        port,
        security: security.ok_or_else(|| Problem::invalid("security", "Security is tls, starttls or none."))?,
        user: form.user.trim().to_owned(),
        from: form.from.trim().to_owned(),
    };
    mail.check()?;
    delivery::save(machine, "mail", &mail, some(form.password), &viewer.email).await?;
    note(machine, viewer, None, "mail server changed", "mail", json!({ "host": mail.host, "port": mail.port })).await?;
    Ok("Mail server saved".to_owned())
}

/// Sends a test mail to the person who asks.
pub async fn try_mail(machine: &Machine, viewer: &Viewer) -> Result<String, Problem> {
    demand(viewer, Permission::Administer)?;
    let said = delivery::try_mail(machine, &viewer.email).await?;
    note(machine, viewer, None, "mail server tried", "mail", json!({})).await?;
    Ok(said)
}

pub async fn save_webhook(
    machine: &Machine,
    viewer: &Viewer,
    url: &str,
    plain: bool,
    secret: &str,
) -> Result<String, Problem> {
    demand(viewer, Permission::Administer)?;
    if secret.len() > 64 {
        return Err(Problem::invalid("secret", "A secret has at most 64 characters."));
    }
    let target = guard::checked(url, plain).await?;
    let webhook = Webhook { url: target.url.to_string(), plain };
    delivery::save(machine, "webhook", &webhook, some(secret), &viewer.email).await?;
    let host = target.url.host_str().unwrap_or_default().to_owned();
    note(machine, viewer, None, "webhook changed", "webhook", json!({ "host": host })).await?;
    Ok("Webhook saved".to_owned())
}

pub async fn try_webhook(machine: &Machine, viewer: &Viewer) -> Result<String, Problem> {
    demand(viewer, Permission::Administer)?;
    let said = delivery::try_webhook(machine).await;
    note(machine, viewer, None, "webhook tried", "webhook", json!({ "went through": said.is_ok() })).await?;
    said
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
