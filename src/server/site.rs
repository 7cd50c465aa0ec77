//! The browser's half: scripts, styles and pictures made by `cargo xtask web`, held in memory and sent ready-compressed.
//!
//! With the feature `embed` the files are part of the program; otherwise they are read once, at start, from the folder
//! `site` near the program (`target/site` of a checkout).

use anyhow::Context;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Addresses of the three files that a page loads, as `/pkg/parallax-1f0c9a7be2d4.js`; empty when there is no browser build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Assets {
    pub js: String,
    pub wasm: String,
    pub css: String,
}

/// Every file of the site with its compressed forms.
#[derive(Debug, Default)]
pub struct Site {
    /// What a page links to.
    pub assets: Assets,
    files: HashMap<String, File>,
}

#[derive(Debug)]
struct File {
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
    content_type: &'static str,
    tag: String,
}

impl Site {
    /// The site inside this program, else the one in a folder near it.
    ///
    /// # Errors
    /// A site that is not there (`cargo xtask web` makes it) or not whole. Pages work without it, as plain documents.
    pub fn load() -> anyhow::Result<Self> {
        Self::from_files(source::files()?)
    }

    /// The site made of `files`: names relative to its root, `.br` and `.gz` beside the file they compress.
    ///
    /// # Errors
    /// A manifest that is missing or names a file that is not there.
    pub fn from_files(files: impl IntoIterator<Item = (String, Bytes)>) -> anyhow::Result<Self> {
        let mut all: HashMap<String, Bytes> =
            files.into_iter().map(|(name, bytes)| (format!("/{name}"), bytes)).collect();
        let manifest = all.remove("/manifest.json").context("the browser build has no manifest.json")?;
        let assets: Assets = serde_json::from_slice(&manifest).context("reading manifest.json")?;
        let names: Vec<String> = all.keys().filter(|name| !is_compressed(name, &all)).cloned().collect();
        let mut site = Self { assets, files: HashMap::with_capacity(names.len()) };
        for name in names {
            let (brotli, gzip) = (all.remove(&format!("{name}.br")), all.remove(&format!("{name}.gz")));
            let Some(plain) = all.remove(&name) else { continue };
            let tag = hex::encode(&Sha256::digest(&plain)[..8]);
            let content_type = content_type(&name);
            site.files.insert(name, File { plain, brotli, gzip, content_type, tag });
        }
        for name in [&site.assets.js, &site.assets.wasm, &site.assets.css] {
            anyhow::ensure!(site.files.contains_key(name), "manifest.json names {name}, which is not there");
        }
        Ok(site)
    }

    /// The style sheet as text; empty without a browser build.
    #[must_use]
    pub fn style(&self) -> String {
        let file = self.files.get(&self.assets.css);
        file.map(|file| String::from_utf8_lossy(&file.plain).into_owned()).unwrap_or_default()
    }

    /// The answer to a GET or HEAD of `path`, or `None` where no such file exists.
    /// Files under `/pkg/` carry a hash of their content in the name and never change; the rest is asked for again after an hour.
    #[must_use]
    pub fn answer(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        let file = self.files.get(path)?;
        let (body, encoding) = file.form_for(request);
        let tag = format!("\"{}{}\"", file.tag, encoding.map_or("", |name| if name == "br" { "-br" } else { "-gz" }));
        let unchanged = request.get(header::IF_NONE_MATCH).is_some_and(|known| lists(known, &tag));
        let mut response = Response::new(if unchanged { Body::empty() } else { Body::from(body) });
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let forever = path.starts_with("/pkg/");
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static(if forever {
                "public, max-age=31536000, immutable"
            } else {
                "public, max-age=3600"
            }),
        );
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        if let (Some(encoding), false) = (encoding, unchanged) {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        Some(response)
    }
}

impl File {
    fn form_for(&self, request: &HeaderMap) -> (Bytes, Option<&'static str>) {
        match (&self.brotli, &self.gzip) {
            (Some(bytes), _) if accepts(request, "br") => (bytes.clone(), Some("br")),
            (_, Some(bytes)) if accepts(request, "gzip") => (bytes.clone(), Some("gzip")),
            _ => (self.plain.clone(), None),
        }
    }
}

fn is_compressed(name: &str, all: &HashMap<String, Bytes>) -> bool {
    name.strip_suffix(".br").or_else(|| name.strip_suffix(".gz")).is_some_and(|plain| all.contains_key(plain))
}

fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let offers = request.get_all(header::ACCEPT_ENCODING);
    offers.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = parts.any(|part| part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0));
        named && !refused
    })
}

/// Whether an `If-None-Match` names the tag.
fn lists(known: &HeaderValue, tag: &str) -> bool {
    let same = |one: &str| one == "*" || one.trim_start_matches("W/") == tag;
    known.to_str().is_ok_and(|tags| tags.split(',').map(str::trim).any(same))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(feature = "embed")]
mod source {
    use axum::body::Bytes;
    use rust_embed::Embed;
    use std::borrow::Cow;

    #[derive(Embed)]
    #[folder = "../../target/site"]
    struct Folder;

    pub(super) fn files() -> anyhow::Result<Vec<(String, Bytes)>> {
        let read = |name: Cow<'static, str>| {
            let bytes = match Folder::get(&name)?.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            };
            Some((name.into_owned(), bytes))
        };
        Ok(Folder::iter().filter_map(read).collect())
    }
}

#[cfg(not(feature = "embed"))]
mod source {
    use anyhow::Context;
    use axum::body::Bytes;
    use std::path::{Path, PathBuf};

    pub(super) fn files() -> anyhow::Result<Vec<(String, Bytes)>> {
        let program = std::env::current_exe().context("where this program is")?;
        let root = near(&program).context("no browser build found; `cargo xtask web` makes it")?;
        let (mut files, mut folders) = (Vec::new(), vec![root.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(name) = path.strip_prefix(&root) {
                    files.push((name.to_string_lossy().into_owned(), Bytes::from(std::fs::read(&path)?)));
                }
            }
        }
        Ok(files)
    }

    /// The folder `site` beside the program's own folder or the one above it (a test runs one level deeper).
    fn near(program: &Path) -> Option<PathBuf> {
        let folders = program.ancestors().skip(2).take(2).map(|folder| folder.join("site"));
        folders.into_iter().find(|site| site.join("manifest.json").is_file())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let manifest = br#"{"js":"/pkg/a-1.js","wasm":"/pkg/a-2.wasm","css":"/pkg/a-3.css"}"#;
        let files: [(&str, &'static [u8]); 8] = [
            ("manifest.json", manifest),
            ("pkg/a-1.js", b"plain"),
            ("pkg/a-1.js.br", b"brotli"),
            ("pkg/a-1.js.gz", b"gzip"),
            ("pkg/a-2.wasm", b"\0asm"),
            ("pkg/a-3.css", b"a{}"),
            ("icon.svg", b"<svg/>"),
            ("logs.gz", b"not the compressed form of anything"),
        ];
        Site::from_files(files.map(|(name, bytes)| (name.to_owned(), Bytes::from_static(bytes)))).unwrap()
    }

    fn request(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_smallest_form_that_the_browser_takes_is_sent() {
        let (site, encoding) = (site(), |response: Response| response.headers().get(header::CONTENT_ENCODING).cloned());
        let ask =
            |accept| encoding(site.answer("/pkg/a-1.js", &request(&[(header::ACCEPT_ENCODING, accept)])).unwrap());
        assert_eq!(ask("gzip, deflate, br").unwrap(), "br");
        assert_eq!(ask("gzip, br;q=0").unwrap(), "gzip");
        assert_eq!(ask("identity"), None);
    }

    #[test]
    fn hashed_files_are_kept_for_ever_and_others_are_asked_for_again() {
        let site = site();
        let cache = |path| site.answer(path, &HeaderMap::new()).unwrap().headers()[header::CACHE_CONTROL].clone();
        assert!(cache("/pkg/a-2.wasm").to_str().unwrap().contains("immutable"));
        assert_eq!(cache("/icon.svg"), "public, max-age=3600");
    }

    #[test]
    fn a_known_tag_is_answered_without_the_file() {
        let site = site();
        let first = site.answer("/icon.svg", &HeaderMap::new()).unwrap();
        let tag = first.headers()[header::ETAG].clone();
        let again = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]);
        assert_eq!(site.answer("/icon.svg", &again).unwrap().status(), StatusCode::NOT_MODIFIED);
        assert_eq!(
            site.answer("/icon.svg", &request(&[(header::IF_NONE_MATCH, "\"old\"")])).unwrap().status(),
            StatusCode::OK
        );
    }

    #[test]
    fn only_the_compressed_form_of_a_file_is_hidden() {
        let site = site();
        assert!(site.answer("/logs.gz", &HeaderMap::new()).is_some());
        for hidden in ["/pkg/a-1.js.br", "/manifest.json", "/pkg/../icon.svg", "/nothing"] {
            assert!(site.answer(hidden, &HeaderMap::new()).is_none(), "{hidden}");
        }
    }

    #[test]
    fn a_manifest_that_names_a_missing_file_is_an_error() {
        let files = [("manifest.json".to_owned(), Bytes::from_static(br#"{"js":"/a","wasm":"/b","css":"/c"}"#))];
        assert!(Site::from_files(files).unwrap_err().to_string().contains("/a"));
    }
}
