//! wasm-opt, the bundlers of style sheet and script, and the type checker: npm packages in target/tools.

use super::node;
use crate::command::{program, works};
use crate::place;
use crate::progress::say;
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

pub struct Tools {
    folder: PathBuf,
    has_packages: bool,
}

/// Installs the tools; without npm, programs of the same name on the machine are taken.
pub fn tools() -> Result<Tools> {
    let (source, folder) = (place::root().join("xtask/tools"), place::target().join("tools"));
    let Err(error) = node::install("wasm-opt, lightningcss and esbuild", 18, &source, &folder) else {
        return Ok(Tools { folder, has_packages: true });
    };
    let own = ["wasm-opt", "lightningcss", "esbuild"].map(|name| works(program(name).arg("--version")));
    if own != [true; 3] {
        return Err(error);
    }
    say(format!("{error:#}"));
    say("wasm-opt, lightningcss and esbuild: taking those that are installed on this machine");
    Ok(Tools { folder, has_packages: false })
}

impl Tools {
    pub fn wasm_opt(&self) -> Command {
        self.of_package("wasm-opt", "binaryen/bin/wasm-opt")
    }

    pub fn esbuild(&self) -> Command {
        self.of_package("esbuild", "esbuild/bin/esbuild")
    }

    pub fn tsc(&self) -> Command {
        self.of_package("tsc", "typescript/bin/tsc")
    }

    fn of_package(&self, name: &str, path: &str) -> Command {
        if !self.has_packages {
            return program(name);
        }
        let mut command = program("node");
        command.arg(self.folder.join("node_modules").join(path));
        command
    }

    pub fn lightningcss(&self) -> Result<Command> {
        if !self.has_packages {
            return Ok(program("lightningcss"));
        }
        // The program itself is in the package for this machine; the main package only links to it when scripts may run.
        let packages = fs::read_dir(self.folder.join("node_modules"))?.flatten().map(|entry| entry.path());
        let found = packages
            .map(|package| package.join("lightningcss"))
            .find(|path| path.is_file() && path.to_string_lossy().contains("lightningcss-cli-"));
        Ok(program(found.context("lightningcss has no program for this machine")?))
    }
}
