//! Settings of privacy.

use super::{Done, Fault};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Sets who answers for the catalogue, what browsers' privacy headers refuse (`some` or `all`), and how long a person is
/// known in records of a category, as `lasting[usage]=weekly`: stable, weekly or daily; what is not named is stable.
#[server(prefix = "/fn", endpoint = "privacy/set")]
pub async fn set_privacy(
    project: i32,
    #[server(default)] owner: String,
    #[server(default)] header: String,
    #[server(default)] lasting: BTreeMap<String, String>,
) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::{Category, Permission, Problem};
    use parallax_server::privacy::policy::{Lasting, Settings};
    let (machine, viewer) = require(Permission::Administer).await?;
    let mut settings = Settings::of(owner, header == "all");
    for (category, word) in &lasting {
        let field = format!("lasting[{category}]");
        let wrong = || Problem::invalid(&field, "A person is known stable, weekly or daily.");
        let known = category.parse::<Category>().map_err(|said| Problem::invalid(&field, said))?;
        settings.set_lasting(known, Lasting::from_word(word).ok_or_else(wrong)?);
    }
    Ok(Done::new(parallax_server::admin::privacy::set(&machine, &viewer, project, settings).await?))
}
