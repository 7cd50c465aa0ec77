use super::*;
use crate::privacy::policy::decisions::Decided;
use chrono::TimeZone;

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap()
}

fn parts(strict: bool) -> Parts {
    Parts {
        project: 1,
        name: "Shop".to_owned(),
        kind: "product".to_owned(),
        zone: "UTC".to_owned(),
        currency: "EUR".to_owned(),
        strict,
        secret: ProjectSecret::new([1; 32]),
        settings: Settings::default(),
        defaults: Vec::new(),
        ledger: Arc::default(),
        tally: Arc::default(),
        salts: Arc::default(),
    }
}

fn row(name: &str, state: &str, change: impl Fn(&mut FieldRow)) -> FieldRow {
    let mut row = FieldRow {
        signal: 0,
        item: "field".to_owned(),
        name: name.to_owned(),
        kind: String::new(),
        state: state.to_owned(),
        category: None,
        sensitivity: None,
        purpose: None,
        owner: None,
        legal_basis: None,
        retention_days: None,
        expires_at: None,
        expiry_reason: None,
        action: "keep".to_owned(),
        roles: Vec::new(),
        review: None,
        since_policy: None,
        example: None,
        source: "person".to_owned(),
        first_seen: noon(),
        last_seen: noon(),
        changed_at: None,
        changed_by: None,
    };
    change(&mut row);
    row
}

fn verdict(policy: &Policy, name: &str, refusals: Refusals, now: DateTime<Utc>) -> Result<(), Withheld> {
    let known = policy.field(Signal::Event, name, noon(), &Newcomers::default()).unwrap();
    policy.keeps(&known, refusals, now)
}

#[test]
fn a_strict_project_withholds_what_nobody_declared_and_a_learning_one_does_so_after_thirty_days() {
    let rows = [row("plan", "declared", |_| {}), row("mood", "proposed", |_| {}), row("note", "blocked", |_| {})];
    let (learn, strict) = (Policy::new(parts(false), &rows), Policy::new(parts(true), &rows));
    let none = Refusals::default();
    for (name, in_learn, in_strict) in [
        ("plan", Ok(()), Ok(())),
        ("mood", Ok(()), Err(Withheld::Undeclared)),
        ("new", Ok(()), Err(Withheld::Undeclared)),
        ("note", Err(Withheld::Blocked), Err(Withheld::Blocked)),
        // A standard field is declared without anybody's doing.
        ("user.id", Ok(()), Ok(())),
    ] {
        assert_eq!(verdict(&learn, name, none, noon()), in_learn, "{name}");
        assert_eq!(verdict(&strict, name, none, noon()), in_strict, "{name}");
    }
    assert_eq!(verdict(&learn, "mood", none, noon() + Duration::days(30)), Err(Withheld::Undeclared));
    assert_eq!(verdict(&learn, "plan", none, noon() + Duration::days(30)), Ok(()));
}

#[test]
fn a_field_ends_on_its_day_and_goes_with_its_category() {
    let rows = [
        row("trial", "declared", |row| row.expires_at = Some(noon() + Duration::days(1))),
        row("term", "declared", |row| row.category = Some(Category::Content as i16)),
        row("secret", "declared", |row| row.action = "drop".to_owned()),
        row("odd", "declared", |row| row.action = "shred finely".to_owned()),
    ];
    let policy = Policy::new(parts(false), &rows);
    let none = Refusals::default();
    assert_eq!(verdict(&policy, "trial", none, noon()), Ok(()));
    assert_eq!(verdict(&policy, "trial", none, noon() + Duration::days(1)), Err(Withheld::Expired));
    assert_eq!(verdict(&policy, "term", Refusals(Category::Content.bit()), noon()), Err(Withheld::Refused));
    assert_eq!(verdict(&policy, "term", Refusals(Category::Usage.bit()), noon()), Ok(()));
    assert_eq!(verdict(&policy, "secret", none, noon()), Err(Withheld::Dropped));
    assert_eq!(
        verdict(&policy, "odd", none, noon()),
        Err(Withheld::Dropped),
        "a rule that cannot be read keeps nothing"
    );
}

#[test]
fn a_blocked_or_ended_name_takes_its_records_with_it_and_a_new_one_does_not() {
    let name = |name: &str, state: &str, change: fn(&mut FieldRow)| {
        row(name, state, |row| {
            row.item = "name".to_owned();
            change(row);
        })
    };
    let rows = [
        name("ad seen", "blocked", |row| row.category = Some(Category::Marketing as i16)),
        name("beta", "declared", |row| row.expires_at = Some(noon())),
        name("search", "declared", |row| row.category = Some(Category::Content as i16)),
    ];
    let policy = Policy::new(parts(true), &rows);
    let ask = |name: &str| policy.name(Signal::Event, name, noon(), &Newcomers::default());
    assert_eq!(ask("ad seen"), Err((Withheld::Blocked, Category::Marketing)));
    assert_eq!(ask("beta"), Err((Withheld::Expired, Category::Usage)));
    assert_eq!(ask("search"), Ok(Some(Category::Content)));
    assert_eq!(ask("never heard of"), Ok(None), "listed, and stored");
    assert_eq!(policy.category_of(Signal::Event, "search"), Some(Category::Content));
}

#[test]
fn the_strictest_of_record_header_default_and_decision_wins_unless_somebody_chose_on_purpose() {
    let person = Uuid::from_u128(7);
    let marketing = Refusals(Category::Marketing.bit());
    let mut of = parts(false);
    of.defaults = vec![
        RegionalDefault { region: "DE".into(), category: Category::Marketing, allowed: false, reason: "law".into() },
        RegionalDefault {
            region: "*".into(),
            category: Category::Research,
            allowed: false,
            reason: "rarely needed".into(),
        },
    ];
    let policy = Policy::new(of, &[]);
    let asked = |told: Told| policy.refusals(told, [&person].into_iter(), noon());
    assert_eq!(asked(Told::default()), Refusals::default());
    assert_eq!(asked(Told { own: marketing, ..Told::default() }), marketing);
    assert_eq!(asked(Told { header: marketing, ..Told::default() }), marketing);
    let german = policy.usual(Some("DE"));
    assert_eq!(german.0, Category::Marketing.bit() | Category::Research.bit());
    assert_eq!(policy.usual(Some("FR")).0, Category::Research.bit());
    assert_eq!(asked(Told { usual: german, ..Told::default() }), german);
    // The record's own yes answers the region's question, not the browser's header.
    let agreed = Told { usual: german, header: marketing, granted: german.0, ..Told::default() };
    assert_eq!(asked(agreed), marketing);
    policy.ledger.take([Decided {
        subject: person,
        at: noon(),
        granted: Category::Marketing.bit(),
        denied: Category::Usage.bit(),
        on_purpose: true,
        notice_since: None,
    }]);
    let everything = Told { header: marketing, usual: german, ..Told::default() };
    assert_eq!(asked(everything).0, Category::Usage.bit() | Category::Research.bit());
    assert_eq!(asked(Told { own: marketing, ..everything }).0 & marketing.0, marketing.0, "a record's own no is final");
    let all = Refusals(0xff);
    assert!(!asked(Told { own: all, ..Told::default() }).refuses(Category::Essential));
}

#[test]
fn values_are_shown_to_the_roles_that_the_entry_names() {
    let rows = [row("salary", "declared", |row| row.roles = vec!["support".into(), "admin".into()])];
    let policy = Policy::new(parts(false), &rows);
    assert!(policy.shows(Signal::Event, "salary", &[Role::Support, Role::Product]));
    assert!(!policy.shows(Signal::Event, "salary", &[Role::Product]));
    assert!(policy.shows(Signal::Event, "plan", &[Role::Product]), "no entry, no roles");
    assert!(policy.shows(Signal::Log, "salary", &[Role::Product]), "of another signal");
    assert_eq!(policy.hidden_properties(&[Role::Product]), ["salary"]);
    assert_eq!(policy.hidden_properties(&[Role::Product, Role::Admin]), Vec::<String>::new());
}

mod at_the_gate {
    use super::*;
    use crate::privacy::gate::Gate;
    use serde_json::{Value, json};

    fn stored(rows: &[FieldRow], fields: Value) -> Value {
        stored_by(&Policy::new(parts(false), rows), fields)
    }

    fn stored_by(policy: &Policy, fields: Value) -> Value {
        let newcomers = Newcomers::default();
        let gate = Gate {
            policy,
            newcomers: &newcomers,
            received_at: noon(),
            oldest: Duration::days(400),
            skew: None,
            header: Refusals::default(),
            key: 1,
        };
        let fields = fields.as_object().unwrap().clone().into_iter().collect();
        let json = gate.fields(Signal::Event, fields).json();
        json.map_or(Value::Null, |json| serde_json::from_str(&json).unwrap())
    }

    #[test]
    fn the_action_of_a_field_comes_last_over_what_the_detectors_left() {
        let with = |action: &str| row("note", "declared", |row| row.action = action.to_owned());
        let given = json!({ "note": "write to jane@example.org" });
        let cases = [
            ("keep", json!({ "note": "write to [email]" })),
            ("truncate(8)", json!({ "note": "write to" })),
            ("mask", json!({ "note": "w*** t*** [***" })),
            ("drop", Value::Null),
        ];
        for (action, expected) in cases {
            assert_eq!(stored(&[with(action)], given.clone()), expected, "{action}");
        }
        let hashed = stored(&[with("hash")], given.clone());
        assert_eq!(hashed["note"].as_str().map(str::len), Some(32));
        assert_ne!(hashed, stored(&[with("hash")], json!({ "note": "write to nobody" })));
    }

    #[test]
    fn an_address_of_a_page_loses_whom_it_names() {
        let cases = [
            (
                "url",
                json!("https://u:p@shop.example:8443/users/jane?mail=x#y"),
                json!("https://shop.example/users/:id"),
            ),
            ("url.path", json!("/orders/4711-abc"), json!("/orders/:id")),
            ("path", json!("checkout > pay"), json!("checkout > pay")),
            ("http.target", json!("/login?user=jane"), json!("/login")),
            ("log", json!("GET /users/jane HTTP/1.1"), json!("GET /users/:id HTTP/1.1")),
            ("log", json!("at render (/app/users/list.js:3:7)"), json!("at render (/app/users/list.js:3:7)")),
            ("log", json!("all users/admins were told"), json!("all users/admins were told")),
        ];
        for (name, given, expected) in cases {
            assert_eq!(stored(&[], json!({ name: given }))[name], expected, "{name} {given}");
        }
        assert_eq!(stored(&[], json!({ "query_string": "mail=x" })), Value::Null);
    }

    #[test]
    fn what_is_masked_and_withheld_is_counted_and_a_hash_is_hashed_once() {
        let policy = Policy::new(parts(true), &[row("plan", "declared", |_| {})]);
        let given = json!({ "plan": "of a@b.example and c@d.example", "mood": "good", "user.id": "jane" });
        let stored = stored_by(&policy, given);
        let once = hex::encode(crate::privacy::pseudonym::value_ref(&policy.secret, "user.id", "jane"));
        assert_eq!(stored, json!({ "plan": "of [email] and [email]", "user.id": once }));
        let counted = policy.tally.counted();
        assert_eq!(counted.get("email"), Some(&2));
        assert_eq!(counted.get("field undeclared mood"), Some(&1));
        assert_eq!(counted.get("by name, hashed"), Some(&1));
    }

    #[test]
    fn identifiers_last_as_long_as_their_category_lets_them() {
        let mut of = parts(false);
        of.settings.set_lasting(Category::Marketing, Lasting::Day);
        of.salts = Arc::new(Salts::of_day(noon(), [9; 32]));
        let policy = Policy::new(of, &[]);
        let newcomers = Newcomers::default();
        let gate = |day: i64| Gate {
            policy: &policy,
            newcomers: &newcomers,
            received_at: noon() + Duration::days(day),
            oldest: Duration::days(400),
            skew: None,
            header: Refusals::default(),
            key: 1,
        };
        let who = |day: i64, category| {
            let gate = gate(day);
            let who =
                crate::record::Who { user: gate.user("jane"), session: gate.session("s-1"), ..Default::default() };
            let who = gate.lasting(category, who);
            (who.user.map(|user| (user.reference, user.clear)), who.session)
        };
        let (stable, session) = who(0, Category::Usage);
        assert_eq!(
            stable.as_ref().and_then(|(_, clear)| clear.as_deref()),
            Some("jane"),
            "sealed under the person's key later"
        );
        assert_eq!(who(1, Category::Usage).0, stable);
        let (daily, of_the_day) = who(0, Category::Marketing);
        let (reference, clear) = daily.unwrap();
        assert_eq!(clear, None, "nothing to seal: nobody shall read it back");
        assert_ne!(Some(reference), stable.map(|(reference, _)| reference));
        assert_ne!(of_the_day, session);
        assert_eq!(who(1, Category::Marketing), (None, None), "without tomorrow's secret there is no identifier");
    }
}
