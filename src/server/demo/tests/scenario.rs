use super::super::random::Dice;
use super::super::scenario::{FERNHILL, Scenario};
use super::*;
use serde_json::json;

fn built_in() -> Value {
    serde_json::from_str(FERNHILL).expect("JSON")
}

fn fault(document: &Value) -> (String, String) {
    let error = Scenario::parse(&document.to_string()).expect_err("a fault");
    assert_eq!(error.to_string(), format!("{}: {}", error.field, error.problem));
    (error.field, error.problem)
}

#[test]
fn a_fault_is_told_with_the_member_that_has_it() {
    let with = |pointer: &str, value: Value| {
        let mut document = built_in();
        *document.pointer_mut(pointer).expect("a member") = value;
        fault(&document)
    };
    assert_eq!(with("/silences/0/host", json!("web-99")).0, "silences[0].host");
    assert!(with("/silences/0/host", json!("web-99")).1.contains("\"web-99\""));
    assert_eq!(with("/releases/3/service", json!("billing")).0, "releases[3].service");
    assert_eq!(with("/traffic/newcomers", json!("many")).0, "traffic.newcomers");
    assert_eq!(with("/traffic/weekdays", json!([1, 2, 3])).0, "traffic.weekdays");
    assert_eq!(with("/traffic/weekdays/2", json!(-1)).0, "traffic.weekdays[2]");
    assert_eq!(with("/countries/1/currency", json!("euro")).0, "countries[1].currency");
    assert_eq!(with("/machines/4/memory_free_gib", json!(1e9)).0, "machines[4].memory_free_gib");
    assert_eq!(with("/machines/1/name", json!("web-01")).0, "machines[1].name");
    assert_eq!(with("/campaigns/0/landing", json!("tents")).0, "campaigns[0].landing");
    assert_eq!(with("/campaigns/0/amount", json!(0.9)).0, "campaigns");
    assert_eq!(with("/network/outages/0/tunnel", json!("vpn-moon")).0, "network.outages[0].tunnel");
    assert_eq!(with("/workloads/0/kind", json!("pile")).0, "workloads[0].kind");
    assert_eq!(with("/incidents/1/id", json!("C1")).0, "incidents[1].id");
    assert_eq!(with("/incidents/4/job", json!("nothing")).0, "incidents[4].job");
    // What lies inside an incident is found by its position and named in the words.
    let (field, problem) = with("/incidents/2/pool", json!(null));
    assert!(field.starts_with("incidents[2]") && problem.contains("null"), "{field}: {problem}");
    let mut unknown = built_in();
    unknown["shop"]["colour"] = json!("green");
    let (field, problem) = fault(&unknown);
    assert!(field.starts_with("shop") && problem.contains("colour"), "{field}: {problem}");
    let mut missing = built_in();
    missing.as_object_mut().expect("an object").remove("storage");
    assert!(fault(&missing).1.contains("storage"));
    assert_eq!(Scenario::parse("[]").expect_err("no object").field, "document");
    assert_eq!(Scenario::parse(&format!("{FERNHILL} x")).expect_err("more than one").field, "document");
}

/// Every leaf of a document by its pointer.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaves(value, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, value)| leaves(value, &format!("{at}/{place}"), found));
        }
        _ => found.push(at.to_owned()),
    }
}

#[test]
fn whatever_stands_in_a_document_is_refused_by_name_or_can_be_told() {
    let seed = 20_261_119;
    let mut dice = Dice::new(seed);
    let mut small = built_in();
    small["traffic"]["memory_days"] = json!(12);
    let mut all = Vec::new();
    leaves(&small, "", &mut all);
    assert!(all.len() > 800, "{}", all.len());
    let odd =
        [json!(null), json!(-1), json!(0), json!(1e300), json!(""), json!("web-01"), json!(1), json!([]), json!(true)];
    let (mut refused, mut told) = (0, 0);
    for pointer in all {
        let value = dice.pick(&odd).clone();
        let mut document = small.clone();
        *document.pointer_mut(&pointer).expect("a leaf") = value.clone();
        match Scenario::parse(&document.to_string()) {
            Err(error) => {
                assert!(!error.field.is_empty() && !error.problem.is_empty(), "seed {seed}: {pointer} {value}");
                refused += 1;
            }
            Ok(scenario) if dice.chance(0.3) => {
                let options = Options { seed, days: 3, scale: 0.02, end: end() };
                let company = Company::with_scenario(options, scenario).expect("it was checked");
                assert!(
                    company.slice(before_end(262), before_end(250)).counts().points > 0,
                    "seed {seed}: {pointer} {value}"
                );
                assert!(company.incidents().len() <= 6);
                told += 1;
            }
            Ok(_) => {}
        }
    }
    assert!(refused > 300 && told > 30, "{refused} {told}");
}

#[test]
fn the_document_that_is_built_in_survives_being_written_and_read() {
    let scenario = Scenario::fernhill().expect("built in");
    let text = serde_json::to_string(&scenario).expect("JSON");
    let again = Scenario::parse(&text).expect("what was written can be read");
    assert_eq!(serde_json::to_value(&again).expect("JSON"), serde_json::to_value(&scenario).expect("JSON"));
}

#[test]
fn incidents_of_another_story_happen_where_it_says() {
    let mut document = built_in();
    document["incidents"] = json!([
        {"kind": "memory_leak", "id": "L", "title": "img-02 fills up", "service": "image-service", "version": "9.0.0",
         "host": "img-02", "before_end": 600, "free_gib": 10.0, "gib_per_hour": 2.0, "killed_below_gib": 0.5},
    ]);
    document["releases"].as_array_mut().expect("a list").push(json!(
        {"service": "image-service", "version": "9.0.0", "before_end": 600, "hosts": ["img-02"], "note": "test"}
    ));
    let scenario = Scenario::parse(&document.to_string()).expect("a sound document");
    let options = Options { seed: 1, days: 2, scale: 0.3, end: end() };
    let company = Company::with_scenario(options, scenario).expect("a sound document");
    let truth = company.incidents().remove(0);
    assert_eq!((truth.machines, truth.services), (vec!["img-02".to_owned()], vec!["image-service".to_owned()]));
    let killed = truth.critical_failure.at;
    let slice = company.slice(killed - Duration::minutes(5), killed + Duration::minutes(5));
    let line = lines(&slice).into_iter().find(|(_, line)| body(line).contains("Out of memory")).expect("the line");
    assert_eq!(text(&line.0.attributes, "host.name"), Some("img-02"));
}
