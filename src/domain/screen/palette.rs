//! What a search finds.

use serde::{Deserialize, Serialize};

/// A line of the command palette.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PaletteEntry {
    /// Heading over neighbouring entries of one kind: `Services and operations`.
    pub group: String,
    /// Name of an icon of the sprite.
    pub icon: String,
    pub label: String,
    /// Smaller, behind the label: `p95 1,904 ms`.
    pub note: String,
    pub href: String,
}
