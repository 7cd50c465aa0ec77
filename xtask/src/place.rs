//! Where things are.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    let own =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map_or_else(|| own.clone(), Path::to_path_buf)
});

/// The repository.
pub fn root() -> &'static Path {
    &ROOT
}

/// What builds leave behind.
pub fn target() -> PathBuf {
    root().join("target")
}

/// The browser build as it is served.
pub fn site() -> PathBuf {
    target().join("site")
}

/// The server.
pub fn parallax() -> PathBuf {
    target().join("release/parallax")
}
