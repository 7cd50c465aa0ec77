//! The one function that reads: an address in, a screen out.

use super::Fault;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use parallax_domain::screen::Screen;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

/// Composes the page at an address for the person who asks. A page that cannot be shown answers
/// with its status, to a browser that loads it as to one that only fetches it.
#[server(name = ReadScreen, prefix = "/fn", endpoint = "screen", input = GetUrl)]
pub async fn screen(path: String, #[server(default)] query: String) -> Result<Sheet, Fault> {
    use crate::document::{After, compose, set_status};
    let answer = compose(crate::ui::address::read(&path, &query)).await;
    set_status(&answer, &path, &query);
    Ok(Sheet(After::taken().written_into(answer?)))
}

/// A screen on its way to the browser. Half of a small program is the code that reads and writes its
/// data, so the browser's build never writes a screen, and reads it in one way only, whichever way it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet(pub Screen);

impl Serialize for Sheet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if cfg!(target_family = "wasm") {
            return Err(ser::Error::custom("screens are written on the server"));
        }
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sheet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Sheet, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        serde_json::from_str(text.get()).map(Sheet).map_err(de::Error::custom)
    }
}
