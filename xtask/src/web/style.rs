//! The style sheet: `style/main.css` with what it imports, in one file.

use crate::command::read;
use crate::place;
use crate::progress::say;
use crate::setup::tools::Tools;
use anyhow::Result;

/// The first releases with `light-dark()`, nesting and layers.
const BROWSERS: &str = "chrome >= 123, firefox >= 128, safari >= 17.5";

/// Gives the bundled, minified style sheet.
pub fn bundle(tools: &Tools) -> Result<String> {
    say("browser build: style sheet");
    let source = place::root().join("style/main.css");
    read(tools.lightningcss()?.args(["--bundle", "--minify", "--targets", BROWSERS]).arg(source))
}
