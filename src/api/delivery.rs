//! Where mails and calls of other programs go.

use super::{Done, Fault};
use leptos::prelude::*;

/// Saves the mail server; an empty password keeps the one that is saved.
#[server(prefix = "/fn", endpoint = "delivery/mail")]
pub async fn save_mail(
    host: String,
    port: String,
    security: String,
    from: String,
    #[server(default)] user: String,
    #[server(default)] password: String,
) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    use parallax_server::admin::delivery::{self, MailForm};
    let (machine, viewer) = require(Permission::Administer).await?;
    let form =
        MailForm { host: &host, port: &port, security: &security, user: &user, from: &from, password: &password };
    Ok(Done::new(delivery::save_mail(&machine, &viewer, form).await?))
}

/// Sends a test mail to whoever asks.
#[server(prefix = "/fn", endpoint = "delivery/try_mail")]
pub async fn try_mail() -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::delivery::try_mail(&machine, &viewer).await?))
}

/// Saves the address that is called; an empty secret keeps the one that is saved.
#[server(prefix = "/fn", endpoint = "delivery/webhook")]
pub async fn save_webhook(
    url: String,
    #[server(default)] plain: bool,
    #[server(default)] secret: String,
) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::delivery::save_webhook(&machine, &viewer, &url, plain, &secret).await?))
}

/// Calls the saved address once.
#[server(prefix = "/fn", endpoint = "delivery/try_webhook")]
pub async fn try_webhook() -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::delivery::try_webhook(&machine, &viewer).await?))
}
