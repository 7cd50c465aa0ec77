//! `parallax check` and `parallax catalogue` as a team's own pipeline runs them.

use crate::program::{Folder, Server};
use serde_json::json;

#[test]
fn a_plan_is_checked_against_what_arrived_and_the_catalogue_lives_in_a_file() {
    let folder = Folder::new("check");
    let server = Server::start(&folder);
    folder.run(&["project", "create", "Shop"]);
    let key = folder.run(&["key", "create", "--project", "Shop", "--kind", "ingest"]);
    let send = |events: serde_json::Value| {
        let request = server.agent.post(format!("{}/api/v1/events", server.address));
        let request = request.header("authorization", format!("Bearer {key}")).content_type("application/json");
        request.send(json!({ "events": events }).to_string()).map(|answer| answer.status().as_u16()).unwrap_or(0)
    };
    crate::program::wait("the key", || send(json!([])) == 200);
    assert_eq!(
        send(json!([
            { "name": "bought", "user": "u", "properties": { "items": 2 } },
            { "name": "invited", "user": "u", "properties": { "note": "to jane@example.org" } }
        ])),
        200
    );

    let path = |name: &str| folder.data().join(name);
    let write = |name: &str, text: &str| {
        std::fs::write(path(name), text).expect("a file");
        path(name).to_string_lossy().into_owned()
    };
    let check = |plan: &str, junit: &str| {
        let output = folder.command(&["check", plan, "--project", "Shop", "--since", "1h", "--junit", junit]).output();
        let output = output.expect("the program starts");
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    };
    let junit = path("junit.xml").to_string_lossy().into_owned();
    let good = write(
        "good.toml",
        "personal = \"warn\"\n[[event]]\nname = \"bought\"\nproperties = [\"items\"]\n[[event]]\nname = \"invited\"\n",
    );
    let (code, said) = check(&good, &junit);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("ok   event bought seen: 1 records"), "{said}");
    assert!(
        said.contains("warn event invited carries personal data: 1 of 1 records had to be masked in note"),
        "{said}"
    );
    let bad = write("bad.toml", "[[event]]\nname = \"bought\"\n[[event]]\nname = \"left\"\n");
    let (code, said) = check(&bad, &junit);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("FAIL event left missing") && said.contains("FAIL event invited undeclared"), "{said}");
    let xml = std::fs::read_to_string(path("junit.xml")).expect("JUnit");
    assert!(xml.contains("failures=\"3\"") && xml.contains("<failure message=\"did not arrive\"/>"), "{xml}");

    let file = write(
        "catalogue.yaml",
        "fields:\n  - signal: event\n    item: name\n    name: invited\n    purpose: who invites whom\n    owner: growth\n    expires: 2099-01-01\n    expiry_reason: a test\n",
    );
    // The server proposes the name by itself, sooner or later.
    let imported = folder.run(&["catalogue", "import", "--project", "Shop", &file]);
    assert!(["0 added, 1 replaced", "1 added, 0 replaced"].contains(&imported.as_str()), "{imported}");
    let (_, said) = check(&bad, &junit);
    assert!(!said.contains("invited undeclared"), "{said}");
    let exported = folder.command(&["catalogue", "export", "--project", "Shop"]).output().expect("the program starts");
    let exported = String::from_utf8(exported.stdout).expect("text");
    assert!(exported.contains("invited") && exported.contains("who invites whom"), "{exported}");
    let again = write("again.yaml", &exported);
    let lint = folder.command(&["catalogue", "lint", "--file", &again]).output().expect("the program starts");
    assert!(lint.status.success(), "{}", String::from_utf8_lossy(&lint.stdout));

    let decisions = write("decisions.csv", "user,at,usage,marketing\nrefuser,2026-01-02T03:04:05Z,no,no\n");
    assert_eq!(folder.run(&["consent", "import", "--project", "Shop", &decisions]), "1 decisions taken in");
    crate::program::wait("the running server to follow", || {
        let request = server.agent.post(format!("{}/api/v1/events", server.address));
        let request = request.header("authorization", format!("Bearer {key}")).content_type("application/json");
        let body = json!({ "events": [{ "name": "x", "user": "refuser" }] }).to_string();
        let text =
            request.send(body).ok().and_then(|mut answer| answer.body_mut().read_to_string().ok()).unwrap_or_default();
        text.contains("\"dropped\":{\"usage\":1}")
    });
    server.stop();
}
