//! Whatever the text: no panic, a stable result, and nothing planted survives.

use super::{in_text_urls, text, url};
use proptest::prelude::*;

/// Pieces that detectors stop at, so that random texts reach deep into them.
const PIECES: [&str; 64] = [
    "@",
    "%40",
    "::",
    ":",
    "=",
    "==",
    "=>",
    "://",
    "http://",
    "https://a:b@",
    ".",
    "..",
    "-",
    "--",
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "-----END ",
    "password",
    "Password: ",
    "token=",
    "\"secret\":",
    "api_key='",
    "--password ",
    "Bearer ",
    "Basic ",
    "eyJ",
    "Authorization: ",
    "Cookie: ",
    "[secret]",
    "[email]",
    "[ip]",
    "[",
    "]",
    "\"",
    "'",
    "\\",
    "\\\"",
    "<password>",
    "</",
    ">",
    "+49 ",
    "+1",
    "%2B",
    "%3D",
    "4111 1111 1111 1111",
    "4111111111111111",
    "DE89370400440532013000",
    "1.2.3.4",
    "2001:db8::1",
    "fe80::",
    "version ",
    "?",
    "#",
    "&",
    "/",
    " ",
    "\n",
    "é",
    "邮",
    "🙂",
    "\u{200b}",
    "john@example.com",
    "AKIA",
    "user[pass]=",
];

fn messy() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        2 => "[a-zA-Z0-9._:=@+ -]{0,12}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn canary() -> impl Strategy<Value = (String, String)> {
    let word = "[a-z]{3,10}";
    prop_oneof![
        (word, word)
            .prop_map(|(local, host)| format!("{local}.q7@{host}.example"))
            .prop_map(|mail| (mail.clone(), mail)),
        Just(("4111111111111111".to_owned(), "4111111111111111".to_owned())),
        Just(("5500 0055 5555 5559".to_owned(), "5500 0055 5555 5559".to_owned())),
        Just(("DE89370400440532013000".to_owned(), "DE89370400440532013000".to_owned())),
        Just(("203.0.113.77".to_owned(), "203.0.113.77".to_owned())),
        Just(("2001:db8::7a:1".to_owned(), "2001:db8::7a:1".to_owned())),
        "[a-zA-Z0-9]{8,16}q7".prop_map(|secret| (format!("password={secret}"), secret)),
        "[a-zA-Z0-9!,;)]{4,16}q7".prop_map(|secret| (format!("\"api_key\": \"{secret}\""), secret)),
        "[a-zA-Z0-9]{20,30}q7".prop_map(|secret| (format!("Bearer {secret}"), secret)),
        "[a-zA-Z0-9]{8,16}q7".prop_map(|secret| (format!("https://app:{secret}@db.example/x"), secret)),
        "[0-9a-f]{32}".prop_map(|hex| format!("plx_ingest_{hex}")).prop_map(|key| (key.clone(), key)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_panic_and_twice_is_once(given in any::<String>()) {
        let once = text(&given).into_owned();
        prop_assert_eq!(text(&once), once.as_str());
        let once = in_text_urls(&given).into_owned();
        prop_assert_eq!(in_text_urls(&once), once.as_str());
        url(&given);
    }

    #[test]
    fn a_text_full_of_triggers_is_stable_after_one_reading(given in messy()) {
        let once = text(&given).into_owned();
        prop_assert_eq!(text(&once), once.as_str());
        let once = in_text_urls(&given).into_owned();
        prop_assert_eq!(in_text_urls(&once), once.as_str());
        url(&given);
    }

    #[test]
    fn random_bytes_are_read_without_panic(given in prop::collection::vec(any::<u8>(), 0..400)) {
        let given = String::from_utf8_lossy(&given).into_owned();
        text(&given);
        in_text_urls(&given);
        url(&given);
    }

    #[test]
    fn a_planted_secret_never_survives_between_ordinary_words(
        // No letters of `version` and its like, which would be right to leave an address alone.
        before in "([abcxyzABC0-9é,.]{1,8} ){0,4}",
        (planted, canary) in canary(),
        after in "( [a-zA-Z0-9é,.]{1,8}){0,4}",
    ) {
        let given = format!("{before}{planted}{after}");
        prop_assert!(!text(&given).contains(&canary), "{given:?} became {:?}", text(&given));
        prop_assert!(!in_text_urls(&given).contains(&canary));
    }
}

#[test]
fn hostile_repetition_takes_time_in_proportion_to_its_length() {
    // Quadratic work on any of these would need minutes.
    for piece in PIECES.iter().chain(&[
        "a@",
        "eyJ.",
        "sk-",
        "1.",
        "a:",
        "://a",
        "?a",
        "bearer=",
        "basic/",
        "\"a\":",
        "password ",
        "+1 ",
        "AKIA",
        "SG.",
    ]) {
        let given = piece.repeat(200_000 / piece.len());
        text(&given);
        in_text_urls(&given);
    }
}
