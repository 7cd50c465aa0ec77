use super::*;
use parallax_domain::Category;
use std::collections::{BTreeSet, HashMap, HashSet};

const CONSUMER: i32 = 5;

/// Two evening hours of a usual day and one of the payment incident.
fn stretches() -> [Slice; 2] {
    let company = company(11, 0.6);
    let evening = "2026-11-17T18:00:00Z".parse().expect("an instant");
    [company.slice(evening, evening + Duration::hours(2)), company.slice(before_end(295), before_end(235))]
}

#[test]
fn every_span_lies_within_its_parent_unless_it_waited_in_a_queue() {
    for slice in stretches() {
        let all = spans(&slice);
        let by_id: HashMap<&[u8], &Span> = all.iter().map(|(_, span)| (span.span_id.as_slice(), *span)).collect();
        assert_eq!(by_id.len(), all.len(), "span ids are unique");
        assert!(all.len() > 1_000);
        for (_, span) in &all {
            assert_eq!((span.trace_id.len(), span.span_id.len()), (16, 8));
            assert!(span.start_time_unix_nano < span.end_time_unix_nano, "{}", span.name);
            if span.parent_span_id.is_empty() {
                continue;
            }
            let parent = by_id.get(span.parent_span_id.as_slice()).expect("the parent is in the same slice");
            assert_eq!(parent.trace_id, span.trace_id);
            assert!(parent.start_time_unix_nano <= span.start_time_unix_nano, "{} in {}", span.name, parent.name);
            if span.kind != CONSUMER {
                assert!(span.end_time_unix_nano <= parent.end_time_unix_nano, "{} in {}", span.name, parent.name);
            }
        }
    }
}

#[test]
fn every_trace_has_one_root_and_the_time_of_its_answer() {
    for slice in stretches() {
        let mut roots: HashMap<&[u8], &Span> = HashMap::new();
        let mut traces: HashSet<&[u8]> = HashSet::new();
        for (_, span) in spans(&slice) {
            traces.insert(&span.trace_id);
            if span.parent_span_id.is_empty() {
                assert!(roots.insert(&span.trace_id, span).is_none(), "two roots");
            }
        }
        assert_eq!(roots.len(), traces.len());
        for root in roots.values() {
            assert_eq!(root.kind, 2, "{} answers somebody", root.name);
            assert!(root.attributes.iter().any(|attribute| attribute.key == "http.response.status_code"));
        }
    }
}

#[test]
fn the_events_of_a_visit_are_in_order_and_belong_to_one_person() {
    for slice in stretches() {
        let mut visits: HashMap<&str, (DateTime<Utc>, &str, Option<&str>)> = HashMap::new();
        let mut ids = HashSet::new();
        for event in events(&slice) {
            let category = event["category"].as_str().expect("a category");
            assert!(category.parse::<Category>().is_ok(), "{category}");
            assert!(ids.insert(event["id"].as_str().expect("an id")), "ids are unique");
            let session = event["session"].as_str().expect("a session");
            let anonymous = event["anonymous"].as_str().expect("an anonymous id");
            let user = event["user"].as_str();
            if let Some((before, same, known)) = visits.get(session) {
                assert!(*before < at(event), "{session} {}", event["name"]);
                assert_eq!(*same, anonymous);
                assert!(known.is_none() || *known == user, "nobody is forgotten within a visit");
            }
            visits.insert(session, (at(event), anonymous, user));
        }
        let known = visits.values().filter(|(_, _, user)| user.is_some()).count();
        assert!(known > 20 && known < visits.len(), "{known} of {}", visits.len());
        let times: Vec<_> = events(&slice).map(at).collect();
        assert!(times.windows(2).all(|pair| pair[0] <= pair[1]), "batches are in the order of time");
    }
}

#[test]
fn anonymous_visitors_become_known_and_keep_their_number() {
    let slice = &stretches()[0];
    let mut before: HashMap<&str, bool> = HashMap::new();
    let mut turned = 0;
    for event in events(slice) {
        let known = event["user"].is_string();
        let seen = before.insert(event["session"].as_str().expect("a session"), known);
        turned += usize::from(seen == Some(false) && known);
        let name = event["name"].as_str().expect("a name");
        assert!(known || !["account_created", "login", "logout"].contains(&name), "{name} names its user");
    }
    assert!(turned >= 5, "{turned}");
}

#[test]
fn events_and_their_requests_tell_of_the_same_visit() {
    for slice in stretches() {
        let roots: HashMap<String, &Span> = spans(&slice)
            .into_iter()
            .filter(|(_, span)| span.parent_span_id.is_empty())
            .map(|(_, span)| (super::super::trace::hex(&span.trace_id), span))
            .collect();
        let (first, last) = (slice.from + Duration::minutes(1), slice.to - Duration::minutes(1));
        let (mut joined, mut known) = (0, 0);
        for event in events(&slice).filter(|event| (first..last).contains(&at(event))) {
            let Some(trace) = event["context"]["trace_id"].as_str() else { continue };
            let root = roots.get(trace).expect("the trace was sent, too");
            assert_eq!(text(&root.attributes, "session.id"), event["session"].as_str());
            assert_eq!(text(&root.attributes, "user.id"), event["user"].as_str(), "{}", event["name"]);
            joined += 1;
            known += usize::from(event["user"].is_string());
        }
        assert!(joined > 100 && known > 20, "{joined} {known}");
    }
}

#[test]
fn log_lines_of_requests_point_at_their_spans() {
    for slice in stretches() {
        let ids: HashSet<(&[u8], &[u8])> =
            spans(&slice).into_iter().map(|(_, span)| (span.trace_id.as_slice(), span.span_id.as_slice())).collect();
        let edge = |line: &LogRecord| {
            let seconds = (line.time_unix_nano / 1_000_000_000) as i64;
            seconds < slice.from.timestamp() + 60 || seconds > slice.to.timestamp() - 60
        };
        let traced: Vec<_> = lines(&slice).into_iter().filter(|(_, line)| !line.trace_id.is_empty()).collect();
        assert!(traced.len() > 200);
        for (_, line) in traced.into_iter().filter(|(_, line)| !edge(line)) {
            assert!(ids.contains(&(line.trace_id.as_slice(), line.span_id.as_slice())), "{}", body(line));
        }
    }
}

#[test]
fn exceptions_carry_a_stack_in_the_language_of_their_service() {
    let slice = &stretches()[1];
    let mut kinds = BTreeSet::new();
    for (resource, span) in spans(slice) {
        for event in span.events.iter().filter(|event| event.name == "exception") {
            let stack = text(&event.attributes, "exception.stacktrace").expect("a stack");
            let language = text(&resource.attributes, "telemetry.sdk.language").expect("a language");
            let mark = match language {
                "java" => ".java:",
                "nodejs" => "    at ",
                "python" => "File \"",
                "dotnet" => ".cs:line",
                _ => panic!("{language} has no exceptions here"),
            };
            assert!(stack.contains(mark), "{language}: {stack}");
            assert!((span.start_time_unix_nano..=span.end_time_unix_nano).contains(&event.time_unix_nano));
            assert_eq!(span.status.as_ref().map(|status| status.code), Some(2));
            kinds.insert(text(&event.attributes, "exception.type").expect("a type"));
        }
    }
    assert!(kinds.contains("com.zaxxer.hikari.pool.PoolTimeoutException"), "{kinds:?}");
}

#[test]
fn who_has_paid_has_submitted_a_payment_before() {
    let company = company(11, 0.6);
    let evening = "2026-11-16T16:00:00Z".parse().expect("an instant");
    let slice = company.slice(evening, evening + Duration::hours(4));
    let mut submitted = HashSet::new();
    let mut orders = 0;
    for event in events(&slice) {
        let session = event["session"].as_str().expect("a session");
        if event["name"] == "payment_submit" {
            submitted.insert(session);
        } else if event["name"] == "Purchase_Completed" && at(event) > slice.from + Duration::minutes(40) {
            assert!(submitted.contains(session));
            assert!(event["revenue"]["amount"].as_f64().is_some_and(|amount| amount > 0.0));
            assert_eq!(event["revenue"]["currency"].as_str().map(str::len), Some(3));
            orders += 1;
        }
    }
    assert!(orders > 8, "{orders}");
}

#[test]
fn nothing_lasts_longer_than_the_slices_look_back() {
    use super::super::{plan, requests, scenario::Scenario, slice, walk, world::World};
    let end = end().timestamp_millis();
    let scenario = Scenario::fernhill().expect("built in");
    let world = World::new(scenario, 9, 1.0, end - 86_400_000, end);
    // The days of the slow database and of the payment incident.
    for day in [end / 86_400_000 - 5, end / 86_400_000] {
        for visit in plan::plan(&world.people, &world.tide, 9, day).visits {
            let session = walk::walk(&world, &visit);
            let last = session.steps.iter().map(|step| step.at).max().expect("a step");
            assert!(last < visit.start + walk::LONGEST);
            for (call, at) in session.steps.iter().filter_map(|step| Some((step.call.as_ref()?, step.at))) {
                assert!(requests::trace(&world, &session, call, at).end() < at + slice::LONGEST_CALL);
            }
        }
    }
}
