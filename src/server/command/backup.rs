use super::say;
use crate::backup;
use crate::clock::Clock;
use crate::machine::Machine;
use crate::options::Options;
use std::path::Path;

pub async fn write(machine: &Machine, file: &Path) -> anyhow::Result<()> {
    let written = backup::write(machine, file).await?;
    say(&format!(
        "{}: {} bytes, as of {}. Keys are not in it: they are in `keys`, and erasures in `ledger`, of the data folder.",
        file.display(),
        written.bytes,
        written.made_at.to_rfc3339()
    ))
}

pub async fn restore(options: Options, file: &Path, without_ledger: bool) -> anyhow::Result<()> {
    let restored = backup::restore(options, Clock::default(), file, without_ledger).await?;
    say(&format!(
        "restored as of {}; {} people erased again, {} decisions in force again, audit log whole with {} entries",
        restored.made_at.to_rfc3339(),
        restored.erased,
        restored.decisions,
        restored.audit
    ))?;
    match restored.new_secrets {
        0 => Ok(()),
        projects => say(&format!(
            "{projects} projects got a new secret, because theirs is not in `keys`: people of theirs cannot be told to be the same as before"
        )),
    }
}
