//! Settings of privacy.

use super::{Done, Fault};
use leptos::prelude::*;

/// Sets who answers for the catalogue, what browsers' privacy headers refuse (`some` or `all`), and how long a person is
/// known in records of a category, written as `usage stable`, `usage weekly` or `usage daily`; what is not named is stable.
#[server(prefix = "/fn", endpoint = "privacy/set")]
pub async fn set_privacy(
    project: i32,
    #[server(default)] owner: String,
    #[server(default)] header: String,
    #[server(default)] lasting: Vec<String>,
) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::{Category, Permission, Problem};
    use parallax_server::privacy::policy::{Lasting, Settings};
    let (machine, viewer) = require(Permission::Administer).await?;
    let mut settings = Settings::of(owner, header == "all");
    for text in &lasting {
        let told = text.split_once(' ').and_then(|(category, word)| {
            Some((category.parse::<Category>().ok()?, Lasting::from_word(word)?))
        });
        let wrong = || Problem::invalid("lasting", format!("{text:?} is not a category and stable, weekly or daily."));
        let (category, lasting) = told.ok_or_else(wrong)?;
        settings.set_lasting(category, lasting);
    }
    Ok(Done::new(parallax_server::admin::privacy::set(&machine, &viewer, project, settings).await?))
}
