//! Settings of privacy.

use super::{Done, Fault};
use leptos::prelude::*;

/// Sets who answers for the catalogue, what browsers' privacy headers refuse (`some` or `all`), and per category how long
/// a person is known: `stable`, `weekly` or `daily`.
#[server(prefix = "/fn", endpoint = "privacy/set")]
#[expect(clippy::too_many_arguments, reason = "the fields of one form")]
pub async fn set_privacy(
    project: i32,
    #[server(default)] owner: String,
    #[server(default)] header: String,
    #[server(default)] essential: String,
    #[server(default)] errors: String,
    #[server(default)] performance: String,
    #[server(default)] usage: String,
    #[server(default)] content: String,
    #[server(default)] marketing: String,
    #[server(default)] support: String,
    #[server(default)] research: String,
) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::{Category, Permission, Problem};
    use parallax_server::privacy::policy::{Lasting, Settings};
    let (machine, viewer) = require(Permission::Administer).await?;
    let mut settings = Settings { owner, header_refuses_all: header == "all", ..Settings::default() };
    let words = [&essential, &errors, &performance, &usage, &content, &marketing, &support, &research];
    for (category, word) in Category::ALL.into_iter().zip(words) {
        let lasting = match word.as_str() {
            "" => Lasting::default(),
            word => Lasting::from_word(word)
                .ok_or_else(|| Problem::invalid(category.word(), "A person is known stable, weekly or daily."))?,
        };
        settings.set_lasting(category, lasting);
    }
    Ok(Done::new(parallax_server::admin::privacy::set(&machine, &viewer, project, settings).await?))
}
