//! Secrets of projects and keys of people as the last backup found them, in the data folder and not in the backup. An
//! erasure takes the keys of the person out here as well: then no backup, however old, can be read about this person.

use crate::keyring::Keyring;
use anyhow::Context;
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// One secret: of a project, or of one of its subjects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub project: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i32>,
    /// Hexadecimal.
    pub key: String,
}

fn file(keyring: &Keyring) -> anyhow::Result<PathBuf> {
    Ok(keyring.keys()?.join("people.jsonl"))
}

/// Writes down the secrets that the snapshot of the transaction holds.
pub async fn write(keyring: &Keyring, transaction: &mut PgConnection) -> anyhow::Result<()> {
    let path = file(keyring)?;
    let mut draft = Draft::of(&path)?;
    let projects: Vec<(i32, Vec<u8>)> =
        sqlx::query_as("select id, secret from project order by id").fetch_all(&mut *transaction).await?;
    for (project, secret) in projects {
        draft.line(&Kept { project, number: None, key: hex::encode(secret) })?;
    }
    let mut people = sqlx::query_as::<_, (i32, i32, Vec<u8>)>(
        "select project, number, person_key from subject where person_key is not null order by project, number",
    )
    .fetch(transaction);
    while let Some((project, number, key)) = people.try_next().await? {
        draft.line(&Kept { project, number: Some(number), key: hex::encode(key) })?;
    }
    draft.stands(&path)
}

/// Everything that is written down.
pub fn read(keyring: &Keyring) -> anyhow::Result<Vec<Kept>> {
    lines(&file(keyring)?)?.collect()
}

/// Destroys the keys of these subjects.
pub fn destroy(keyring: &Keyring, project: i32, numbers: &[i32]) -> anyhow::Result<()> {
    let path = file(keyring)?;
    if !path.exists() {
        return Ok(());
    }
    let mut draft = Draft::of(&path)?;
    for kept in lines(&path)? {
        let kept = kept?;
        if kept.project != project || kept.number.is_none_or(|number| !numbers.contains(&number)) {
            draft.line(&kept)?;
        }
    }
    draft.stands(&path)
}

fn lines(path: &Path) -> anyhow::Result<Box<dyn Iterator<Item = anyhow::Result<Kept>>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Box::new(std::iter::empty())),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    let read =
        |line: std::io::Result<String>| serde_json::from_str(&line?).context("a line of the kept keys cannot be read");
    Ok(Box::new(BufReader::new(file).lines().map(read)))
}

/// A new content of a file, which takes the place of the old one when it is whole.
struct Draft {
    path: PathBuf,
    out: BufWriter<File>,
}

impl Draft {
    fn of(path: &Path) -> anyhow::Result<Draft> {
        let draft = path.with_extension(format!("new-{}", hex::encode(crate::identity::keys::random::<4>())));
        let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&draft)?;
        Ok(Draft { path: draft, out: BufWriter::new(file) })
    }

    fn line(&mut self, kept: &Kept) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.out, kept)?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn stands(mut self, path: &Path) -> anyhow::Result<()> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        fs::rename(&self.path, path)?;
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_erased_people_are_not_in_the_folder_any_more() {
        let folder =
            std::env::temp_dir().join(format!("parallax-keys-{}", hex::encode(crate::identity::keys::random::<6>())));
        let keyring = Keyring::of(Some(folder.clone()));
        destroy(&keyring, 1, &[1]).unwrap();
        let kept = |project, number, key: &str| Kept { project, number, key: key.into() };
        let all = [kept(1, None, "aa"), kept(1, Some(1), "bb"), kept(1, Some(2), "cc"), kept(2, Some(1), "dd")];
        let path = file(&keyring).unwrap();
        let mut draft = Draft::of(&path).unwrap();
        all.iter().for_each(|one| draft.line(one).unwrap());
        draft.stands(&path).unwrap();
        destroy(&keyring, 1, &[1]).unwrap();
        assert_eq!(read(&keyring).unwrap(), [all[0].clone(), all[2].clone(), all[3].clone()]);
        assert!(!fs::read_to_string(&path).unwrap().contains("bb"));
        fs::remove_dir_all(folder).unwrap();
    }
}
