//! Golden files: what was stored, reviewed once and compared ever after. `UPDATE_GOLDEN=1` writes them anew.

use serde_json::Value;
use std::path::PathBuf;

pub fn assert_golden(name: &str, found: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let found = serde_json::to_string_pretty(found).expect("JSON") + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        std::fs::write(&path, found).expect("golden file");
        return;
    }
    let expected =
        std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("there is no golden file {}", path.display()));
    assert!(expected == found, "{} differs from what is stored now:\n{found}", path.display());
}
