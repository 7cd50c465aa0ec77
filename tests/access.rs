//! Who may what: the roles of the contract, row security, sessions.

use crate::support::TestApp;
use parallax_domain::{Permission, Role};
use parallax_server::identity::accounts::{NewAccount, Purpose, Token};
use serde_json::json;

#[test]
fn roles_hold_the_permissions_of_the_contract() {
    use Permission::*;
    let may = |role: Role| Permission::ALL.into_iter().filter(|permission| role.may(*permission)).collect::<Vec<_>>();
    assert_eq!(may(Role::Engineering), [ReadViews, OwnViews, ReadRawText, ListPeople, WriteOperations]);
    assert_eq!(may(Role::Product), [ReadViews, OwnViews, ListPeople, WriteProduct]);
    assert_eq!(may(Role::Marketing), [ReadViews, OwnViews, ListPeople, WriteMarketing]);
    assert_eq!(may(Role::Support), [ReadViews, OwnViews, ReadRawText, ResolvePerson, ListPeople, WriteSupport]);
    assert_eq!(may(Role::Executive), [ReadViews, OwnViews, WriteTargets]);
    assert_eq!(may(Role::Admin), Permission::ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reader_sees_one_project_and_without_one_nothing() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "a", "user": "u" }])).await;
    app.settle().await;
    let count = async |project: i32, table: &str| -> i64 {
        let mut reader = app.machine.database.reader(project).await.expect("reader");
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        sqlx::query_scalar(sql).fetch_one(&mut *reader).await.expect("count")
    };
    for table in ["event", "subject", "chunk", "field"] {
        if table == "field" {
            continue;
        }
        assert!(count(app.project, table).await > 0, "{table}");
        assert_eq!(count(app.project + 1, table).await, 0, "{table}");
    }
    let mut reader = app.machine.database.reader(app.project).await.expect("reader");
    let written = sqlx::query("delete from event").execute(&mut *reader).await;
    assert!(written.is_err(), "the reader changes nothing");
    let partition: String =
        app.one("select relname::text from pg_class where relname like 'event_p%_2026%' limit 1").await;
    let direct = sqlx::query(sqlx::AssertSqlSafe(format!("select * from {partition}"))).execute(&mut *reader).await;
    assert!(direct.is_err(), "partitions are read through their parent only");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_once_invited_and_out_again() {
    let app = TestApp::start().await;
    let accounts = &app.machine.accounts;
    let link = accounts.set_up_link().await.expect("link").expect("a first link");
    let token = |path: &str| Token(path.rsplit('/').next().expect("token").to_owned());
    let first = Some(("Root@Shop.example", "Root"));
    let (session, admin) =
        accounts.enter(Purpose::SetUp, &token(&link), first, "correct horse battery", "test").await.expect("set up");
    assert!(admin.is_admin() && admin.email == "root@shop.example");
    assert!(
        accounts.enter(Purpose::SetUp, &token(&link), first, "correct horse battery", "test").await.is_err(),
        "once only"
    );
    assert_eq!(accounts.set_up_link().await.expect("link"), None);
    assert_eq!(accounts.viewer(&session).await.expect("viewer"), Some(admin));

    let new =
        NewAccount { email: "pm@shop.example", name: "Pm", roles: &[Role::Product], projects: None, password: None };
    let invited = accounts.create(new).await.expect("account");
    assert!(accounts.sign_in("pm@shop.example", "anything at all", "test", None).await.is_err());
    let link = accounts.link(Purpose::Invitation, Some(invited.id)).await.expect("link");
    assert!(accounts.enter(Purpose::Invitation, &token(&link), None, "short", "test").await.is_err());
    accounts.enter(Purpose::Invitation, &token(&link), None, "another good phrase", "test").await.expect("entered");
    let (session, viewer) =
        accounts.sign_in("PM@shop.example ", "another good phrase", "test", None).await.expect("signed in");
    assert_eq!(viewer.roles, [Role::Product]);
    accounts.sign_out(&session).await.expect("out");
    assert_eq!(accounts.viewer(&session).await.expect("viewer"), None);
    accounts.set_disabled(invited.id, true).await.expect("disabled");
    assert!(accounts.sign_in("pm@shop.example", "another good phrase", "test", None).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_stays() {
    let app = TestApp::start().await;
    let accounts = &app.machine.accounts;
    let new = NewAccount { email: "a@shop.example", name: "A", roles: &[Role::Admin], projects: None, password: None };
    let only = accounts.create(new).await.expect("account");
    assert!(accounts.set_roles(only.id, &[Role::Product]).await.is_err());
    assert!(accounts.set_disabled(only.id, true).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_chain_shows_a_change() {
    use parallax_server::identity::audit::{Entry, verify, write};
    let app = TestApp::start().await;
    for n in 0..5 {
        let entry = Entry {
            project: None,
            actor: "test",
            action: "acted",
            object: "thing",
            detail: json!({ "n": n, "x": 1.0 }),
        };
        write(&app.machine.database, entry).await.expect("written");
    }
    assert_eq!(verify(&app.machine.database).await.expect("verify"), Ok(5));
    sqlx::query("update audit set actor = 'somebody else' where seq = 3")
        .execute(&app.machine.database.admin)
        .await
        .expect("changed");
    assert_eq!(verify(&app.machine.database).await.expect("verify"), Err(3));
}
