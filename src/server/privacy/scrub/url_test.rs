use super::*;

fn path(text: &str) -> String {
    url(text).path.unwrap_or_default()
}

#[test]
fn only_place_and_campaign_of_a_url_are_kept() {
    let clean = url(
        "https://jane:pw@Shop.Example:8443/Cart?utm_source=news&utm_medium=email&utm_campaign=spring%20sale&utm_term=t+u&utm_content=c&ref=hn&email=jane%40x.org&gclid=g1#pay",
    );
    assert_eq!(clean.scheme.as_deref(), Some("https"));
    assert_eq!(clean.host.as_deref(), Some("shop.example"));
    assert_eq!(clean.path.as_deref(), Some("/Cart"));
    assert_eq!(
        clean.campaign,
        Campaign {
            source: Some("news".into()),
            medium: Some("email".into()),
            name: Some("spring sale".into()),
            term: Some("t u".into()),
            content: Some("c".into()),
            reference: Some("hn".into()),
        }
    );
    assert_eq!(clean.click, Some("google"));
    assert_eq!(clean.address(), "https://shop.example/Cart");
    assert!(!format!("{clean:?}").contains("jane"));
}

#[test]
fn segments_that_name_a_person_or_thing_become_placeholders() {
    for (given, expected) in [
        ("/users/john/edit", "/users/:id/edit"),
        ("/users/{id}/edit", "/users/{id}/edit"),
        ("/u/4711", "/u/:id"),
        ("/account/settings", "/account/settings"),
        ("/accounts/acme", "/accounts/:id"),
        ("/orders/2026-77/items", "/orders/:id/items"),
        ("/Customers/Jane%20Doe", "/Customers/:id"),
        ("/people/550e8400-e29b-41d4-a716-446655440000", "/people/:uuid"),
        ("/download/550e8400-e29b-41d4-a716-446655440000.pdf", "/download/:uuid.pdf"),
        ("/t/550E8400-E29B-41D4-A716-446655440000", "/t/:uuid"),
        ("/item/123456", "/item/:id"),
        ("/item/12345", "/item/12345"),
        ("/invoice-20260115.pdf", "/invoice-:id.pdf"),
        ("/reset/jane%40example.org", "/reset/:email"),
        ("/x/3f2a9c8b7d6e5f4a3b2c1d0e", "/x/:token"),
        ("/x/dGhpcyBpcyBhIHRva2Vu", "/x/:token"),
        ("/x/k3j4h5k6j7h8k9j0l1m2", "/x/:token"),
        ("/blog/how-to-build-a-house-in-2026-without-tears", "/blog/how-to-build-a-house-in-2026-without-tears"),
        ("/docs/internationalization", "/docs/internationalization"),
        ("/docs/GettingStartedWithParallaxTelemetry", "/docs/GettingStartedWithParallaxTelemetry"),
        ("/a;jsessionid=ABC123/b", "/a/b"),
        ("/c/49151234567", "/c/:id"),
        ("/grüße/%C3%BC", "/grüße/%C3%BC"),
        ("/api/v1/orders", "/api/v1/orders"),
        ("/host/10.1.2.3/x", "/host/[ip]/x"),
        ("/", "/"),
        ("", ""),
    ] {
        assert_eq!(path(given), expected, "given {given:?}");
    }
}

#[test]
fn a_click_is_remembered_without_its_identifier() {
    assert_eq!(url("/?FBCLID=abc").click, Some("facebook"));
    assert_eq!(url("/?msclkid=abc&gclid=x").click, Some("microsoft"));
    assert_eq!(url("/?clid=abc").click, None);
}

#[test]
fn personal_data_in_an_allowed_parameter_is_masked() {
    let clean = url("/?utm_source=jane%40example.org&utm_term=https://x.example/?q=secret&ref=4111111111111111");
    assert_eq!(clean.campaign.source.as_deref(), Some("[email]"));
    assert_eq!(clean.campaign.reference.as_deref(), Some("[card]"));
}

#[test]
fn schemes_without_a_place_keep_only_their_name() {
    for given in [
        "mailto:jane@example.org",
        "data:text/html,<b>jane@example.org",
        "javascript:alert(1)",
        "file:///home/jane/x",
        "tel:+4915112345678",
    ] {
        let clean = url(given);
        assert_eq!((clean.host, clean.path), (None, None), "given {given:?}");
        assert!(given.starts_with(clean.scheme.as_deref().unwrap_or("-")));
    }
}

#[test]
fn hosts_lose_port_and_person_and_addresses_are_masked() {
    let host = |text: &str| url(text).host;
    assert_eq!(host("http://localhost:3000/x").as_deref(), Some("localhost"));
    assert_eq!(host("http://203.0.113.7:80/").as_deref(), Some("[ip]"));
    assert_eq!(host("http://[2001:db8::1]:80/").as_deref(), Some("[ip]"));
    assert_eq!(host("//CDN.example./x").as_deref(), Some("cdn.example"));
    assert_eq!(host("https://a@b@evil.example\\@x/").as_deref(), Some("evil.example"));
    assert_eq!(host("https:///x"), None);
    assert_eq!(host("android-app://com.example.search/").as_deref(), Some("com.example.search"));
}

#[test]
fn a_referrer_may_be_a_bare_host() {
    assert_eq!(referrer("search.example").host.as_deref(), Some("search.example"));
    assert_eq!(referrer("https://search.example/find?q=jane").address(), "https://search.example/find");
    assert_eq!(referrer("www.search.example/a?q=1").address(), "//www.search.example/a");
    assert_eq!(referrer("/local/page"), CleanUrl { path: Some("/local/page".into()), ..CleanUrl::default() });
    assert_eq!(referrer(""), CleanUrl::default());
}

#[test]
fn junk_is_taken_as_a_path_and_scrubbed() {
    assert_eq!(path("not a url at all"), "not a url at all");
    assert_eq!(path("jane@example.org"), ":email");
    assert_eq!(path("C:\\Users\\jane\\x"), "C:/Users/:id/x");
    assert_eq!(path("app:3000/x"), "app:3000/x");
    assert_eq!(path("\u{0}/a\r\nb"), "/ab");
}

#[test]
fn cleaning_a_clean_address_changes_nothing() {
    for given in ["https://shop.example/users/:id/orders/:uuid", "/x/:token/[ip]/:email", "https://[ip]/"] {
        assert_eq!(url(given).address(), given);
    }
}
