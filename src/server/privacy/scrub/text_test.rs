//! What goes, what stays, example by example. Key-like examples are put together from parts, so that scanners
//! for leaked keys leave this file alone.

use super::{in_text_urls, text};
use std::borrow::Cow;

fn assert_all(cases: &[(&str, &str)]) {
    for (given, expected) in cases {
        assert_eq!(text(given), *expected, "given {given:?}");
    }
}

fn assert_untouched(cases: &[&str]) {
    for given in cases {
        assert!(matches!(text(given), Cow::Borrowed(_)), "{given:?} became {:?}", text(given));
    }
}

#[test]
fn the_example_of_a_failed_login_loses_its_address_only() {
    assert_eq!(
        text(
            "2026-01-15 14:32:18 ERROR UserService: Failed to authenticate user john.doe@example.com - Invalid credentials"
        ),
        "2026-01-15 14:32:18 ERROR UserService: Failed to authenticate user [email] - Invalid credentials"
    );
}

#[test]
fn addresses_of_people_are_masked_however_they_are_written() {
    assert_all(&[
        ("mail a@b.co now", "mail [email] now"),
        ("<John Doe> john+tag@mail.example.co.uk.", "<John Doe> [email]."),
        ("o'brien@example.ie", "[email]"),
        ("to='john@example.com'", "to='[email]'"),
        ("müller@bücher.de, иван@почта.рф", "[email], [email]"),
        ("请联系john@example.com谢谢", "请联系[email]谢谢"),
        ("/unsubscribe?email=john%40example.com&x=1", "/unsubscribe?email=[email]&x=1"),
        ("next=%2Fx%3Fmail%3Djohn%2540example.com", "next=%2Fx%3Fmail%3D[email]"),
        ("mailto:john@example.com?subject=hi", "mailto:[email]?subject=hi"),
        ("\"john doe\"@example.com", "[email]"),
        ("jane@xn--bcher-kva.example", "[email]"),
        ("someone@163.com", "[email]"),
        ("John@EXAMPLE.COM", "[email]"),
        ("a@b.com;c@d.org,e@f.net", "[email];[email],[email]"),
        ("RCPT TO:<jane@example.org>", "RCPT TO:<[email]>"),
        ("user john@example.com2 failed", "user [email]2 failed"),
    ]);
    assert_untouched(&[
        "npm install lodash@4.17.21",
        "uses: actions/checkout@v4.1.1",
        "@Override public void run()",
        "com.example.Service@1a2b3c4d",
        "at this@MainActivity.onCreate",
        "logo@2x.png",
        "Started user@1000.service",
        "git@github.com:example/repo.git",
        "meet @ 5.30pm",
        "root@localhost",
        "@scope/package@1.2.3-beta.rc",
        "postgres@sha256:0123",
    ]);
}

#[test]
fn cards_are_told_from_other_numbers_by_issuer_length_and_check_digit() {
    assert_all(&[
        ("card 4111111111111111 declined", "card [card] declined"),
        ("card 4111 1111 1111 1111 12/27", "card [card] 12/27"),
        ("5500-0055-5555-5559", "[card]"),
        ("3782 822463 10005", "[card]"),
        ("378282246310005,6011111111111117", "[card],[card]"),
        ("pan=\"30569309025904\"", "pan=\"[card]\""),
        ("qty 12 4111 1111 1111 1111", "qty 12 [card]"),
        ("4111%201111", "4111%201111"),
        ("q=%204111111111111111", "q=%20[card]"),
        ("card_4111111111111111.", "card_[card]."),
        ("4222222222222", "[card]"),
        ("6304000000000000", "[card]"),
    ]);
    assert_untouched(&[
        "order 4111111111111112",
        "at 1736951538123456 us",
        "1736951538123456789",
        "550e8400-e29b-41d4-a716-446655440000",
        "40001111-1111-4111-8111-111111111111",
        "0.4111111111111111",
        "4111111111111111.5 ms",
        "sha a4111111111111111f",
        "4111 1111 1111",
        "41111111111111111111111111",
        "2026-01-15 14:32:18.411",
    ]);
}

#[test]
fn bank_accounts_are_masked_when_their_check_digits_are_right() {
    assert_all(&[
        ("pay to DE89370400440532013000.", "pay to [iban]."),
        ("IBAN: GB29 NWBK 6016 1331 9268 19 please", "IBAN: [iban] please"),
        ("fr1420041010050500013m02606", "[iban]"),
        ("NL91ABNA0417164300,NO9386011117947", "[iban],[iban]"),
        ("MT84 MALT 0110 0001 2345 MTLC AST0 01S", "[iban]"),
    ]);
    assert_untouched(&[
        "DE89370400440532013001",
        "GB29NWBK6016133192681",
        "XX12 1234",
        "AB12CD34EF56",
        "DE00 1234 5678",
    ]);
}

#[test]
fn credentials_are_masked_and_their_names_stay() {
    let jwt =
        format!("eyJ{}.eyJ{}.{}", "hbGciOiJIUzI1NiJ9", "zdWIiOiIxMjM0NTY3ODkwIn0", "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P");
    assert_eq!(text(&format!("jwt {jwt} rejected")), "jwt [token] rejected");
    assert_eq!(text(&format!("Authorization: Bearer {jwt}")), "Authorization: Bearer [secret]");
    assert_all(&[
        ("sent Bearer abc123.def456 to", "sent Bearer [token] to"),
        ("Basic dXNlcjpwYXNzd29yZA== ok", "Basic [token] ok"),
        ("curl -H 'Authorization: Bearer s3cr3t-value'", "curl -H 'Authorization: Bearer [secret]'"),
        (
            "Authorization: Digest username=\"Mufasa\", response=\"6629\"\nHost: x",
            "Authorization: Digest [secret]\nHost: x",
        ),
        ("Set-Cookie: a=\"b c\"; d=\"e\"", "Set-Cookie: [secret]\""),
        ("'set-cookie': ['a=b', 'c=d'], 'x': 1", "'set-cookie': ['[secret]'], 'x': 1"),
        ("mysql --password swordfish", "mysql --password [secret]"),
        ("[\"--token\", \"abc\", \"-v\"]", "[\"--token\", \"[secret]\", \"-v\"]"),
        ("Cookie: sid=31d4d96e; theme=dark\r\nHost: x", "Cookie: [secret]\r\nHost: x"),
        ("-H \"Set-Cookie: id=1; Path=/\" -v", "-H \"Set-Cookie: [secret]\" -v"),
        ("login password=hunter2 user=bob", "login password=[secret] user=bob"),
        ("?token=abcdef&next=/home", "?token=[secret]&next=/home"),
        ("?next=%2F%3Ftoken%3Dabcdef&y", "?next=%2F%3Ftoken%3D[secret]"),
        (
            "{\"user\":\"bob\",\"password\":\"hunter two\",\"n\":1}",
            "{\"user\":\"bob\",\"password\":\"[secret]\",\"n\":1}",
        ),
        ("{\\\"password\\\":\\\"hunter2\\\",\\\"n\\\":1}", "{\\\"password\\\":\\\"[secret]\\\",\\\"n\\\":1}"),
        ("{\"password\":\"hun\\\"ter2\"}", "{\"password\":\"[secret]\"}"),
        ("{'api_key': 'abc', 'x': 1}", "{'api_key': '[secret]', 'x': 1}"),
        ("\"pin\": 1234, \"n\": 5", "\"pin\": [secret], \"n\": 5"),
        ("Server=db;Password=p@ss,w;rd;Database=x", "Server=db;Password=[secret];Database=x"),
        ("User { name: \"bob\", password: Some(\"hunter2\") }", "User { name: \"bob\", password: Some(\"[secret]\") }"),
        ("password=b'hunter2'", "password=b'[secret]'"),
        ("{:password=>\"hunter2\"}", "{:password=>\"[secret]\"}"),
        ("user[password]=hunter2&user[name]=bob", "user[password]=[secret]&user[name]=bob"),
        ("password: hunter2", "password: [secret]"),
        ("Bearer abc.def.ghi", "Bearer [token]"),
        ("secret: topsecretvalue", "secret: [secret]"),
        ("  password: swordfish", "  password: [secret]"),
        ("X-Api-Key: abcdef", "X-Api-Key: [secret]"),
        ("DB_PASSWORD=swordfish", "DB_PASSWORD=[secret]"),
        ("export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "export AWS_SECRET_ACCESS_KEY=[secret]"),
        ("mysql --password hunter2 -u root", "mysql --password [secret] -u root"),
        ("deploy --api-key=abc123 now", "deploy --api-key=[secret] now"),
        ("ALTER ROLE bob PASSWORD 'swordfish'", "ALTER ROLE bob PASSWORD '[secret]'"),
        ("<password>hunter2</password>", "<password>[secret]</password>"),
        ("clientSecret = \"s\"", "clientSecret = \"[secret]\""),
        ("API key: 0123456789abcdef", "API key: [secret]"),
        ("password=hunter2)", "password=[secret])"),
        ("f(password=hunter2, x=1)", "f(password=[secret], x=1)"),
        ("msg=\"password=hunter2\"", "msg=\"password=[secret]\""),
        ("password=ab\"cd", "password=[secret]"),
        ("JSESSIONID=0A1B2C; path", "JSESSIONID=[secret]; path"),
        ("postgres://app:s3cret@db.internal:5432/x", "postgres://[secret]@db.internal:5432/x"),
        ("https://ghost@example.com/x", "https://[secret]@example.com/x"),
    ]);
    assert_untouched(&[
        "Invalid password: must be at least 8 characters",
        "Unexpected token: identifier",
        "Error: invalid token: expired",
        "password=null token=false secret= api_key=\"\"",
        "password=${DB_PASSWORD} and token=$TOKEN and password=%s",
        "password=**** token=<redacted> secret=[FILTERED]",
        "if (password == other) return",
        "max_tokens=4096 prompt_tokens=12 token_type=bearer",
        "Bearer token missing, Basic authentication required",
        "the bearer of bad news; basic training",
        "pass=5 fail=3 author=bob compass=north",
        "PWD=/home/app",
        "key=user:1234 monkey=7 primary_key=id",
        "Authorization: required",
        "auth=plain bypass=true",
        "UserService::token::parse",
        "Cookie: not found",
        "password_reset=sent forgot_password",
        "http://example.com/path?x=1",
        "Forgot password? Reset it",
        "Only if the '--password' option is not set",
        "added --null-password to generate keys",
        "WWW-Authenticate: Bearer realm=\"example\"",
        "Basic Open Source",
        "colon_token: Some, semi_token: self.semi_token.clone()",
        "def f(self, password=None):",
        "master_secret: Added",
        "the option --passphrase= can be empty",
        "support --passphrase with --quick",
        "token: expired",
    ]);
}

#[test]
fn keys_of_known_makes_are_masked_by_their_shape() {
    let letters = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2dF4hJ6kL8n";
    let hex = "0123456789abcdef0123456789abcdef";
    for key in [
        ["AK", "IAIOSFODNN7EXAMPLE"].concat(),
        ["gh", "p_", letters].concat(),
        ["github_", "pat_", letters].concat(),
        ["gl", "pat-", &letters[..20]].concat(),
        ["xo", "xb-123456789012-", letters].concat(),
        ["sk_", "live_", &letters[..24]].concat(),
        ["AI", "za", &letters[..35]].concat(),
        ["ya", "29.", letters].concat(),
        ["SG", ".", &letters[..22], ".", letters, "abc"].concat(),
        ["sk", "-proj-", letters].concat(),
        ["npm", "_", &letters[..36]].concat(),
        ["plx_ingest_", hex].concat(),
        ["plx_browser_", hex].concat(),
        ["-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"].concat(),
        ["-----BEGIN ", "PRIVATE KEY-----\\nMIIE and no end"].concat(),
    ] {
        assert_eq!(text(&format!("got ({key}")), "got ([key]", "given {key}");
    }
    let hook = ["https://hooks.slack", ".com/services/T000/B000/XXXX"].concat();
    assert_eq!(text(&hook), "https://hooks.slack.com/services/[key]");
    assert_untouched(&[
        "id 0194f7a2-7c3b-7000-8000-000000000001",
        "commit 3f2a9c8b7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a",
        "plx_ingest_short",
        "sk-some-long-kebab-case-class-name-of-a-button",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----",
        "AKIAshort",
        "task_live_update",
    ]);
}

#[test]
fn network_addresses_are_masked_and_versions_times_and_code_are_not() {
    assert_all(&[
        ("from 203.0.113.7:443", "from [ip]:443"),
        ("10.0.0.0/8 via 192.168.1.1", "[ip]/8 via [ip]"),
        ("localhost/127.0.0.1:8080 refused", "localhost/[ip]:8080 refused"),
        ("connect to db.example.com/10.1.2.3:5432", "connect to db.example.com/[ip]:5432"),
        ("http://10.1.2.3/x", "http://[ip]/x"),
        ("client=198.51.100.23, ok", "client=[ip], ok"),
        ("X-Forwarded-For: 198.51.100.23, 10.0.0.1", "X-Forwarded-For: [ip], [ip]"),
        ("peer 2001:db8::1 gone", "peer [ip] gone"),
        ("[2001:db8:85a3::8a2e:370:7334]:443", "[ip]:443"),
        ("2001:0db8:85a3:0000:0000:8a2e:0370:7334", "[ip]"),
        ("listen ::1.", "listen [ip]."),
        ("::ffff:203.0.113.7", "[ip]"),
        ("fe80::1%eth0 up", "[ip] up"),
        ("addr:2001:db8::1: timeout", "addr:[ip]: timeout"),
        ("interface:2001:db8::1", "interface:[ip]"),
        ("1.2.3.4", "[ip]"),
        ("10.0.0.1-10.0.0.9", "[ip]-[ip]"),
        ("1.2.3.4-1.2.3.9", "[ip]-[ip]"),
        ("7.113.0.203.in-addr.arpa", "[ip].in-addr.arpa"),
    ]);
    assert_untouched(&[
        "version 1.2.3.4",
        "v1.2.3.4",
        "Version=10.0.22621.1",
        "\"version\":\"1.2.3.4\"",
        "Chrome/120.0.0.0 Safari/537.36",
        "tool-1.2.3.4.jar",
        "lib-1.2.3.4-2",
        "1.3.6.1.4.1.311",
        "256.1.1.1",
        "1.2.3",
        "build 1.2.3.4",
        "12:34:56",
        "14:32:18.123",
        "Foo::bar",
        "a::b",
        "std::fs::File",
        "dead::beef",
        "00:1a:2b:3c:4d:5e",
        "00:11:22:33:44:55:66:77",
        "ratio 1:2:3:4",
        "x::1",
        "::",
        "10:20:30:40:50:60:70:80",
        "Section 1.2.3.4",
        "install alsa 1.2.5.1-2",
        "__version__ = \"0.5.1.2\"",
        "rfc6960#section-4.2.2.2",
        "::34",
        "AssemblyVersion(\"1.0.0.0\")",
    ]);
}

#[test]
fn telephone_numbers_with_a_plus_are_masked() {
    assert_all(&[
        ("call +49 30 1234567", "call [phone]"),
        ("+1 (555) 123-4567 rang", "[phone] rang"),
        ("tel:+4915112345678", "tel:[phone]"),
        ("+44 20 7946 0958, +33.1.42.68.53.00", "[phone], [phone]"),
        ("phone=%2B4915112345678", "phone=[phone]"),
        ("+1-555-0123", "[phone]"),
        ("+49 (0)30 1234567", "[phone]"),
        ("+49 151 12345678 14:32:18", "[phone] 14:32:18"),
        ("+49 151 12345678 2026-01-15", "[phone] 2026-01-15"),
    ]);
    assert_untouched(&[
        "2026-01-15T14:32:18+0100",
        "UTC+2",
        "+00:00",
        "C++11",
        "1+1234567890123",
        "+12345678 bytes",
        "+1234567890",
        "a+b",
        "+1.5%",
        "+250000000",
        "1:10~+20191229111838+6991d57",
        "+35236450.6",
        "abc+4915112345678x",
    ]);
}

#[test]
fn urls_in_a_text_lose_user_query_and_fragment_but_not_the_position() {
    for (given, expected) in [
        ("GET https://shop.example/a?email=x&y=1#top done", "GET https://shop.example/a done"),
        ("at http://shop.example/pricing?utm_source=news&gclid=g1:1:379", "at http://shop.example/pricing:1:379"),
        ("(https://a.example/b?c=d).", "(https://a.example/b)."),
        ("\"GET /login?email=jane&next=%2F HTTP/1.1\" 200", "\"GET /login HTTP/1.1\" 200"),
        ("https://u:p@a.example/b?c=d", "https://[secret]@a.example/b"),
        ("see https://a.example/?q=1, then #12 or why?", "see https://a.example/, then #12 or why?"),
        ("a ? b : c # note", "a ? b : c # note"),
        ("\"url\":\"https://a.example/?q=1\",\"n\":2", "\"url\":\"https://a.example/\",\"n\":2"),
    ] {
        assert_eq!(in_text_urls(given), expected, "given {given:?}");
    }
}

#[test]
fn a_clean_text_is_not_copied() {
    assert!(matches!(text("2026-01-15 14:32:18 INFO checkout: order paid in 120 ms"), Cow::Borrowed(_)));
    assert!(matches!(text(""), Cow::Borrowed("")));
}
