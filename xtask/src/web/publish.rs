//! The finished files under names that change with their content, but for those that other pages name, each with its
//! compressed forms.

use crate::command::{program, run};
use crate::fingerprint::Fingerprint;
use crate::place;
use crate::progress::say;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Replaces `target/site`.
pub fn publish(bound: &Path, style: &str, script: &Path) -> Result<()> {
    say("browser build: compressing");
    let (site, next) = (place::site(), place::target().join("site.next"));
    let _ = fs::remove_dir_all(&next);
    fs::create_dir_all(next.join("pkg"))?;
    copy(&place::root().join("public"), &next)?;
    copy(script, &next.join("js"))?;
    let put = |kind: &str, content: &[u8]| -> Result<String> {
        let hash = Fingerprint::new().with_bytes(content).text();
        let name = format!("/pkg/parallax-{}.{kind}", &hash[..12]);
        fs::write(next.join(&name[1..]), content).with_context(|| format!("writing {name}"))?;
        Ok(name)
    };
    let (js, wasm, css) = (binding(bound, &next)?, fs::read(bound.join("parallax.wasm"))?, style.as_bytes());
    let (js, wasm, css) = (put("js", js.as_bytes())?, put("wasm", &wasm)?, put("css", css)?);
    fs::write(next.join("manifest.json"), format!("{{\"js\":\"{js}\",\"wasm\":\"{wasm}\",\"css\":\"{css}\"}}\n"))?;
    run(program("node").arg(place::root().join("xtask/tools/compress.mjs")).arg(&next))?;
    let _ = fs::remove_dir_all(&site);
    fs::rename(&next, &site).context("putting target/site in place")
}

/// The script; scripts of its own that it imports go into a folder named by their content.
fn binding(bound: &Path, site: &Path) -> Result<String> {
    let script = fs::read_to_string(bound.join("parallax.js"))?;
    let snippets = bound.join("snippets");
    if !snippets.is_dir() {
        return Ok(script);
    }
    let hash = Fingerprint::new().with_files(&[&snippets])?.text();
    let folder = format!("snippets-{}", &hash[..12]);
    copy(&snippets, &site.join("pkg").join(&folder))?;
    Ok(script.replace("./snippets/", &format!("./{folder}/")))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
