//! Programs that xtask starts. Cargo is started one at a time: two of them on few cores only wait for each other.

use crate::{interrupt, place};
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// A program run in the repository's root.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(place::root()).stdin(Stdio::null());
    command
}

/// Cargo with its target folder in the repository.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = program("cargo");
    command.args(arguments).env("CARGO_TARGET_DIR", place::target());
    // What the outer cargo says about xtask would make build scripts that look at it run again each time.
    let outer = |name: &str| {
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|start| name.starts_with(start))
            || name == "CARGO"
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| outer(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}

/// Runs it to its end, with its output on ours.
pub fn run(command: &mut Command) -> Result<()> {
    let mut child = interrupt::spawn(command).with_context(|| format!("starting `{}`", shown(command)))?;
    let status = child.wait();
    interrupt::ended(child.id());
    if interrupt::stopped() {
        bail!("stopped");
    }
    let status = status.with_context(|| format!("waiting for `{}`", shown(command)))?;
    if !status.success() {
        bail!("this failed ({status}):\n    {}", shown(command));
    }
    Ok(())
}

/// Runs it quietly; its output is shown only when it fails.
pub fn run_quietly(command: &mut Command) -> Result<()> {
    read(command).map(|_| ())
}

/// Runs it and gives what it wrote on stdout.
pub fn read(command: &mut Command) -> Result<String> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = interrupt::spawn(command).with_context(|| format!("starting `{}`", shown(command)))?;
    let id = child.id();
    let output = child.wait_with_output();
    interrupt::ended(id);
    if interrupt::stopped() {
        bail!("stopped");
    }
    let output = output.with_context(|| format!("waiting for `{}`", shown(command)))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{}{}\nthis failed ({}):\n    {}", text, errors.trim_end(), output.status, shown(command));
    }
    Ok(text)
}

/// Whether it is there and ends well.
pub fn works(command: &mut Command) -> bool {
    read(command).is_ok()
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    let hidden = ["CARGO_TARGET_DIR", "PATH"];
    let settings = command.get_envs().filter_map(|(name, value)| {
        let name = name.to_string_lossy();
        (!hidden.contains(&&*name)).then(|| value.map(|value| format!("{name}={}", quoted(value))))?
    });
    let words = std::iter::once(command.get_program()).chain(command.get_args()).map(quoted);
    let line = settings.chain(words).collect::<Vec<_>>().join(" ");
    match command.get_current_dir().and_then(|folder| folder.strip_prefix(place::root()).ok()) {
        Some(folder) if !folder.as_os_str().is_empty() => format!("cd {} && {line}", folder.display()),
        _ => line,
    }
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_can_be_typed() {
        let mut command = program("cargo");
        command.args(["test", "two words"]).env("URL", "a?b").current_dir(place::root().join("end2end"));
        assert_eq!(shown(&command), "cd end2end && URL='a?b' cargo test 'two words'");
    }

    #[test]
    fn a_failure_repeats_the_command() {
        let error = run(program("false").arg("--reason")).unwrap_err();
        assert!(error.to_string().contains("false --reason"), "{error}");
    }
}
