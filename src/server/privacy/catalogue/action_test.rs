use super::*;
use proptest::prelude::*;
use serde_json::json;

fn act(action: &str, value: Value) -> Option<Value> {
    let action: Action = action.parse().unwrap();
    action.apply(value, &|text| format!("#{text}"))
}

#[test]
fn each_action_does_what_it_says() {
    let cases = [
        ("keep", json!("as it is"), Some(json!("as it is"))),
        ("drop", json!("gone"), None),
        ("hash", json!("a"), Some(json!("#a"))),
        ("hash", json!(7), Some(json!("#7"))),
        ("mask", json!("Jane Doe"), Some(json!("J*** D***"))),
        ("mask", json!("john.doe@example.com"), Some(json!("j***@e***"))),
        ("mask", json!(4111), Some(json!("***"))),
        ("truncate(4)", json!("çédille"), Some(json!("çédi"))),
        ("truncate(4)", json!(123456), Some(json!(123456))),
        ("bucket(0, 10, 100)", json!(-1), Some(json!("under 0"))),
        ("bucket(0, 10, 100)", json!(0), Some(json!("0 to 10"))),
        ("bucket(0, 10, 100)", json!(99.5), Some(json!("10 to 100"))),
        ("bucket(0, 10, 100)", json!("100"), Some(json!("100 or more"))),
        ("bucket(0, 10)", json!("a name"), None),
        ("round(5)", json!(12.6), Some(json!(15.0))),
        ("round(0.5)", json!("1.3"), Some(json!(1.5))),
        ("round(5)", json!("a name"), None),
        ("round(hour)", json!("2026-03-04T05:59:59Z"), Some(json!("2026-03-04T05:00:00Z"))),
        ("round(day)", json!("2026-03-04T01:30:00+02:00"), Some(json!("2026-03-03T00:00:00Z"))),
        ("round(month)", json!("2026-03-04T05:59:59Z"), Some(json!("2026-03-01T00:00:00Z"))),
        ("round(day)", json!("yesterday"), None),
        ("generalise(DE = DACH, AT = DACH)", json!("AT"), Some(json!("DACH"))),
        ("generalise(DE = DACH, AT = DACH)", json!("FR"), Some(json!("other"))),
        ("generalise(DE = DACH, * = elsewhere)", json!("FR"), Some(json!("elsewhere"))),
        ("mask", json!(["Jane Doe", {"name": "Bob"}]), Some(json!(["J*** D***", {"name": "B***"}]))),
        ("round(10)", json!([1, "x", 16]), Some(json!([0.0, 20.0]))),
        ("hash", json!(null), Some(json!(null))),
    ];
    for (action, value, expected) in cases {
        assert_eq!(act(action, value.clone()), expected, "{action} of {value}");
    }
}

#[test]
fn a_spelling_that_cannot_be_read_is_explained() {
    for wrong in [
        "shred",
        "truncate",
        "truncate(0)",
        "truncate(x)",
        "truncate(3",
        "bucket(3, 2)",
        "bucket(a)",
        "round(0)",
        "round(-1)",
        "round(week)",
        "generalise(DE)",
        "generalise(= x)",
        "keep(1)",
    ] {
        let said = wrong.parse::<Action>().unwrap_err();
        assert!(said.ends_with('.'), "{wrong}: {said}");
    }
}

proptest! {
    #[test]
    fn every_action_is_read_back_as_it_is_written(
        length in 1usize..8192,
        edges in proptest::collection::btree_set(-1000i32..1000, 1..6),
        step in 1u32..1000,
        table in proptest::collection::vec(("[a-zA-Z0-9.-]{1,8}", "[a-zA-Z0-9.-]{1,8}"), 1..5),
    ) {
        let actions = [
            Action::Keep, Action::Drop, Action::Hash, Action::Mask, Action::Truncate(length),
            Action::Bucket(edges.into_iter().map(f64::from).collect()),
            Action::Round(Rounding::Step(f64::from(step) / 8.0)), Action::Round(Rounding::Month),
            Action::Generalise { table, rest: "other".to_owned() },
        ];
        for action in actions {
            prop_assert_eq!(action.to_string().parse::<Action>().unwrap(), action);
        }
    }

    #[test]
    fn a_masked_text_keeps_only_the_first_letter_of_each_word(text in "[a-z]{1,8}( [a-z]{1,8}){0,3}") {
        let masked = act("mask", json!(text)).unwrap();
        let masked = masked.as_str().unwrap();
        for (word, left) in text.split(' ').zip(masked.split(' ')) {
            prop_assert_eq!(left, format!("{}***", &word[..1]));
        }
    }
}
