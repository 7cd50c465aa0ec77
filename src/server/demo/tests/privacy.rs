use super::*;
use prost::Message;
use std::collections::BTreeSet;

/// Everything but log lines and decisions as one text: JSON as it is, protobuf with its strings in the clear.
fn told(slice: &Slice) -> String {
    let mut bytes = serde_json::to_vec(&slice.events).expect("JSON");
    slice.traces.iter().for_each(|request| bytes.extend(request.encode_to_vec()));
    slice.metrics.iter().for_each(|request| bytes.extend(request.encode_to_vec()));
    let records = (&slice.deployments, &slice.tickets, &slice.feedback, &slice.surveys, &slice.spend);
    bytes.extend(serde_json::to_vec(&records).expect("JSON"));
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn people_who_share_nothing_appear_nowhere() {
    let company = company(5, 0.3);
    let day = "2026-11-17T00:00:00Z".parse().expect("an instant");
    let slice = company.slice(day, day + Duration::days(1));
    let mut everything = told(&slice);
    lines(&slice).iter().for_each(|(_, line)| everything.push_str(body(line)));
    let words: BTreeSet<&str> =
        everything.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').collect();
    let silent = company.silent(day);
    assert!(silent.len() > 100, "{}", silent.len());
    for person in silent {
        assert!(!words.contains(person.anonymous.as_str()), "{}", person.anonymous);
        assert!(!words.contains(person.user.as_str()), "{}", person.user);
    }
}

#[test]
fn a_quarter_to_a_third_of_the_people_share_nothing() {
    let days = company(5, 0.3).truth().days;
    let (silent, people) = days.iter().fold((0, 0), |sum, day| (sum.0 + day.silent, sum.1 + day.people));
    let share = silent as f64 / people as f64;
    assert!((0.25..0.31).contains(&share), "{share}");
}

#[test]
fn a_category_that_is_not_shared_sends_no_event() {
    let company = company(5, 0.6);
    let slice = company.slice(before_end(600), before_end(480));
    let (mut without_speed, mut without_campaign) = (0, 0);
    for event in events(&slice) {
        let consent = &event["consent"];
        assert_eq!(consent["usage"], true);
        let category = event["category"].as_str().expect("a category");
        assert_eq!(consent[category], true, "{event}");
        without_speed += usize::from(consent["performance"] == false);
        if consent["marketing"] == false {
            without_campaign += 1;
            assert!(event["context"].get("campaign").is_none());
            assert!(!event["context"]["url"].as_str().expect("an address").contains("utm_"));
        }
        if consent["performance"] == false {
            assert!(event["properties"].get("load_ms").is_none());
        }
    }
    assert!(without_speed > 20 && without_campaign > 100, "{without_speed} {without_campaign}");
    assert!(events(&slice).any(|event| event["context"]["campaign"]["name"].is_string()));
}

fn looks_like_mail(word: &str) -> bool {
    let Some((name, host)) = word.split_once('@') else { return false };
    let plain = |text: &str| text.len() > 2 && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    plain(name) && plain(host) && host.contains('.')
}

fn looks_like_address(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok()) || word.starts_with("2001:")
}

#[test]
fn only_log_lines_hold_canaries_and_nothing_else_looks_personal() {
    let company = company(5, 0.5);
    let day = "2026-11-16T00:00:00Z".parse().expect("an instant");
    let slice = company.slice(day, day + Duration::days(1));
    let canaries = company.truth().canaries;
    let divide = |c: char| c.is_whitespace() || "\",;={}[]()<>\u{0}".contains(c) || c.is_control();
    let everything = told(&slice);
    for word in everything.split(divide) {
        assert!(!looks_like_mail(word), "{word}");
        assert!(!looks_like_address(word), "{word}");
    }
    let mut seen = BTreeSet::new();
    for (_, line) in lines(&slice) {
        for word in body(line).split(divide) {
            if looks_like_mail(word) {
                assert!(canaries.emails.iter().any(|known| known == word), "{word}");
                seen.insert(word);
            } else if looks_like_address(word) {
                assert!(canaries.addresses.iter().any(|known| known == word), "{word}");
                seen.insert(word);
            }
        }
        for card in canaries.cards.iter().filter(|card| body(line).contains(card.as_str())) {
            seen.insert(card);
        }
    }
    assert!(seen.len() >= canaries.emails.len() + canaries.addresses.len() - 2, "{seen:?}");
    assert!(seen.contains(canaries.cards[0].as_str()));
}

#[test]
fn refusals_are_kept_under_a_number_of_their_own() {
    let company = company(5, 1.0);
    let slice = company.slice(before_end(600), before_end(480));
    let (mut refused, mut allowed) = (0, 0);
    let numbers: BTreeSet<&str> = events(&slice).filter_map(|event| event["anonymous"].as_str()).collect();
    for decision in slice.consents.iter().chain(&slice.withdrawals) {
        assert!(decision["decisions"]["usage"].is_boolean() && decision["policy"].is_string());
        if decision["decisions"]["usage"] == false {
            let subject = decision["subject"].as_str().or(decision["anonymous"].as_str()).expect("somebody");
            assert!(!numbers.contains(subject));
            refused += 1;
        } else {
            assert!(decision["anonymous"].is_string());
            allowed += 1;
        }
    }
    assert!(refused > 8 && allowed > refused, "{refused} {allowed}");
}
