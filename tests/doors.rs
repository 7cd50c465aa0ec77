//! Every server function and every page, asked by every role and by nobody.

use crate::support::person::Person;
use crate::support::{Answer, TestApp};
use axum::http::header;
use leptos::server_fn::axum::server_fn_paths;
use parallax_domain::{Permission, Role};
use std::collections::BTreeSet;

/// Who may call a function: everybody, everybody who is signed in, or whoever holds a permission.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Everybody,
    SignedIn,
    Holder(Permission),
}

/// What each function needs, and arguments that it can read. They name things that are not there, so that nobody's call
/// changes what another's finds.
fn functions(project: i32) -> Vec<(&'static str, Who, String)> {
    use Permission::*;
    use Who::*;
    let of = |rest: &str| format!("project={project}&{rest}");
    vec![
        ("/fn/sign_in", Everybody, "email=a%40b.example&password=none".into()),
        ("/fn/sign_out", Everybody, String::new()),
        ("/fn/set_up", Everybody, "token=none&email=a%40b.example&name=A&password=none".into()),
        ("/fn/enter", Everybody, "purpose=reset&token=none&password=none".into()),
        ("/fn/appearance", Everybody, "theme=dark".into()),
        ("/fn/screen", SignedIn, "path=/engineering".into()),
        ("/fn/search", SignedIn, "path=/engineering&query=&text=order".into()),
        ("/fn/values", SignedIn, "path=/engineering&query=&field=service".into()),
        ("/fn/account/invite", Holder(Administer), "email=none&name=N&roles[]=product".into()),
        ("/fn/account/roles", Holder(Administer), "account=999&roles[]=product".into()),
        ("/fn/account/link", Holder(Administer), "account=999".into()),
        ("/fn/account/disable", Holder(Administer), "account=999".into()),
        ("/fn/account/enable", Holder(Administer), "account=999".into()),
        ("/fn/key/create", Holder(Administer), of("kind=ingest&name=test")),
        ("/fn/key/snippet", Holder(Administer), of("kind=ingest")),
        ("/fn/key/revoke", Holder(Administer), of("key=999")),
        ("/fn/key/rotate", Holder(Administer), of("key=999&hours=24")),
        ("/fn/project/create", Holder(Administer), "name=&zone=UTC&currency=EUR&catalogue=learn".into()),
        ("/fn/project/change", Holder(Administer), of("zone=UTC&currency=EUR&catalogue=learn")),
        ("/fn/retention/set", Holder(Administer), of("signal=log&days=0")),
        ("/fn/retention/approve", Holder(Administer), of("change=999")),
        ("/fn/retention/cancel", Holder(Administer), of("change=999")),
        ("/fn/hold/place", Holder(Administer), of("name=&reason=&owner=&review=")),
        ("/fn/hold/release", Holder(Administer), of("hold=999")),
        ("/fn/request/receive", Holder(Administer), of("id=nobody&kind=access")),
        ("/fn/request/erase", Holder(Administer), of("request=999")),
        ("/fn/request/object", Holder(Administer), of("request=999")),
        ("/fn/request/refuse", Holder(Administer), of("request=999&reason=it+is+not+you")),
        ("/fn/trust/say", Holder(Administer), of("processors=nobody+in+particular")),
        ("/fn/improvement/add", Holder(Administer), of("title=&day=never")),
        ("/fn/improvement/remove", Holder(Administer), of("improvement=999")),
        ("/fn/delivery/mail", Holder(Administer), "host=&port=none&security=tls&from=".into()),
        ("/fn/delivery/try_mail", Holder(Administer), String::new()),
        ("/fn/delivery/webhook", Holder(Administer), "url=nowhere".into()),
        ("/fn/delivery/try_webhook", Holder(Administer), String::new()),
        // Here not an account lets in but a visit, which nobody of these has.
        ("/fn/privacy/enter", Everybody, "receipt=none".into()),
        ("/fn/privacy/choose", Everybody, "categories[]=usage".into()),
        ("/fn/privacy/erase", Everybody, String::new()),
        ("/fn/privacy/object", Everybody, String::new()),
        ("/fn/privacy/leave", Everybody, String::new()),
        ("/fn/catalogue/decide", Holder(Administer), of("fields[]=event+field+none&state=declared&category=")),
        ("/fn/catalogue/restore", Holder(Administer), of("fields[]=proposed+event+field+none")),
        ("/fn/catalogue/describe", Holder(Administer), of("field=event+field+none&days=")),
        ("/fn/catalogue/complete", Holder(Administer), of("fields[]=event+field+none&owner=nobody")),
        ("/fn/consent/publish", Holder(Administer), of("version=&note=")),
        ("/fn/consent/texts", Holder(Administer), of("language=nowhere&texts[title]=x")),
        ("/fn/consent/default", Holder(Administer), of("region=nowhere&category=usage&allowed=true&reason=none")),
        ("/fn/consent/default_remove", Holder(Administer), of("rule=ZZ+usage")),
        ("/fn/privacy/set", Holder(Administer), of("lasting[usage]=stable")),
        ("/fn/target/set", Holder(WriteTargets), of("measure=availability&value=99.9")),
        ("/fn/demo/load", Holder(Administer), "days=1".into()),
        ("/fn/demo/resume", Holder(Administer), String::new()),
        ("/fn/demo/remove", Holder(Administer), String::new()),
        ("/fn/person/find", Holder(ReadRawText), of("id=none")),
        ("/fn/person/resolve", Holder(ResolvePerson), of("person=p_0&reason=asked+by+phone")),
        ("/fn/issue/state", Holder(WriteOperations), of("id=0000000000000001&state=resolved")),
        ("/fn/funnel/save", Holder(WriteProduct), of("name=F&definition=")),
        ("/fn/funnel/share", Holder(WriteProduct), of("view=999")),
        ("/fn/funnel/unshare", Holder(WriteProduct), of("view=999")),
        ("/fn/funnel/remove", Holder(WriteProduct), of("view=999")),
        ("/fn/funnel/bring_back", Holder(WriteProduct), of("view=999")),
        ("/fn/view/save", SignedIn, of("view=999&name=V&page=/engineering")),
        ("/fn/view/remove", SignedIn, of("view=999")),
        ("/fn/view/bring_back", SignedIn, of("view=999")),
        ("/fn/view/favourite", SignedIn, of("view=999&favourite=true")),
        ("/fn/annotation/add", SignedIn, of("words=W&at=never")),
        ("/fn/annotation/remove", SignedIn, of("annotation=999")),
        ("/fn/annotation/bring_back", SignedIn, of("annotation=999")),
        ("/fn/notices/seen", SignedIn, String::new()),
    ]
}

async fn call(app: &TestApp, person: &Person, path: &str, arguments: &str) -> Answer {
    match ["/fn/screen", "/fn/search", "/fn/values"].contains(&path) {
        true => person.read(app, &format!("{path}?{arguments}")).await,
        false => person.change(app, path, arguments).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_asks_who_is_there() {
    let app = TestApp::start().await;
    let functions = functions(app.project);
    let known: BTreeSet<&str> = functions.iter().map(|(path, ..)| *path).collect();
    let served: BTreeSet<&str> = server_fn_paths().map(|(path, _)| path).collect();
    assert_eq!(known, served, "every function that is served stands in this table");
    let nobody = Person::nobody();
    for (path, who, arguments) in &functions {
        let answer = call(&app, &nobody, path, arguments).await;
        let said = String::from_utf8_lossy(&answer.body);
        // A wrong password is a 401 too.
        let closed = answer.status == 401 && said.contains("Sign in first");
        assert_eq!(closed, *who != Who::Everybody, "{path} answers {} to nobody: {said}", answer.status);
    }
    for role in Role::ALL {
        let person = app.person(&[role], None).await;
        for (path, who, arguments) in functions.iter().filter(|(path, ..)| *path != "/fn/sign_out") {
            let status = call(&app, &person, path, arguments).await.status.as_u16();
            let may = match who {
                Who::Holder(permission) => role.may(*permission),
                Who::Everybody | Who::SignedIn => true,
            };
            assert_eq!(status == 403, !may, "{path} answers {status} to {role}");
            assert!(status < 500, "{path} answers {status} to {role}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_project_is_not_found() {
    let app = TestApp::start().await;
    let other = parallax_server::identity::projects::create(&app.machine.database, "Other", "UTC", "learn").await;
    let other = other.expect("project");
    let person = app.person(&[Role::Admin], Some(&[other])).await;
    let of_projects = functions(app.project).into_iter().filter(|(.., arguments)| arguments.contains("project="));
    let mut asked = 0;
    for (path, _, arguments) in of_projects {
        assert_eq!(call(&app, &person, path, &arguments).await.status, 404, "{path}");
        asked += 1;
    }
    assert!(asked > 10);
    let mut person = person;
    let page = person.page(&app, &format!("/engineering?project={}", app.project)).await;
    assert_eq!(page.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_opens_to_whom_it_is_for() {
    let app = TestApp::start().await;
    let pages: Vec<(String, Permission)> =
        parallax_screens::PAGES.iter().map(|(pattern, permission)| (pattern.replace('*', "1"), *permission)).collect();
    assert!(pages.len() > 25);
    for (path, _) in &pages {
        let answer = Person::nobody().page(&app, path).await;
        assert_eq!(answer.status, 302, "{path}");
        assert!(answer.headers[header::LOCATION].to_str().expect("ASCII").starts_with("/sign-in?next="), "{path}");
    }
    for role in Role::ALL {
        let mut person = app.person(&[role], None).await;
        for (path, permission) in &pages {
            let answer = person.page(&app, path).await;
            let status = answer.status.as_u16();
            assert_eq!(status == 403, !role.may(*permission), "{path} answers {status} to {role}");
            // What a star stands for is not there; everything else is, with nothing stored yet.
            let expected: &[u16] = if path.ends_with("/1") { &[200, 403, 404] } else { &[200, 403] };
            let body = String::from_utf8_lossy(&answer.body);
            assert!(expected.contains(&status), "{path} answers {status} to {role}: {body}");
            assert!(body.contains("<h1"), "{path} has a heading for {role}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_says_so_without_scripts_and_the_way_back_is_clean() {
    let app = TestApp::start().await;
    app.person(&[Role::Product], None).await;
    let mut person = Person::nobody();
    let back = person.submit(&app, "/sign-in?next=/product", "/fn/sign_in", "email=a%40b.example&password=wrong").await;
    assert_eq!(back.status, 302);
    let location = back.headers[header::LOCATION].to_str().expect("ASCII").to_owned();
    assert!(location.ends_with("/sign-in?next=/product"), "{location}");
    let page = person.page(&app, "/sign-in?next=/product").await;
    let body = String::from_utf8_lossy(&page.body).into_owned();
    assert!(body.contains("name=\"password\""), "{body}");
    let said = "E-mail and password do not fit.";
    assert!(body.contains(said), "{body}");
    let again = person.page(&app, "/sign-in?next=/product").await;
    assert!(!String::from_utf8_lossy(&again.body).contains(said), "said once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_comes_home() {
    let app = TestApp::start().await;
    let home = async |mut person: Person| {
        let answer = person.page(&app, "/").await;
        answer.headers[header::LOCATION].to_str().expect("ASCII").to_owned()
    };
    assert_eq!(home(Person::nobody()).await, "/sign-in");
    for role in Role::ALL {
        assert_eq!(home(app.person(&[role], None).await).await, role.home());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_changes_nothing() {
    use axum::body::Body;
    use axum::http::Request;
    let app = TestApp::start().await;
    let person = app.person(&[Role::Admin], None).await;
    let cookies: Vec<String> = person.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::post("/fn/target/set")
        .header(header::COOKIE, cookies.join("; "))
        .header("sec-fetch-site", "cross-site")
        .header(header::ORIGIN, "https://evil.example")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("project={}&measure=availability&value=1", app.project)))
        .expect("request");
    assert_eq!(app.send(request).await.status, 403);
    assert_eq!(app.one::<i64>("select count(*) from target").await, 0);
}
