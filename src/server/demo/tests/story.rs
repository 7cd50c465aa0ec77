use super::*;
use std::collections::{BTreeMap, HashMap, HashSet};

fn incident(company: &Company, id: &str) -> super::super::IncidentTruth {
    company.incidents().into_iter().find(|incident| incident.id == id).expect("the incident")
}

fn level(slice: &Slice, words: &str) -> usize {
    lines(slice).iter().filter(|(_, line)| body(line).contains(words)).count()
}

#[test]
fn checkouts_are_paid_as_often_as_the_scenario_says() {
    let truth = company(2, 1.0).truth();
    let (checkouts, orders) = truth.days.iter().fold((0, 0), |sum, day| (sum.0 + day.checkouts, sum.1 + day.orders));
    let share = orders as f64 / checkouts as f64;
    assert!(checkouts > 5_000);
    assert!((share - truth.usual["checkout_to_paid"]).abs() < 0.015, "{share}");
}

#[test]
fn payments_break_after_the_release_and_recover_after_the_roll_back() {
    let (mut during, mut before) = ((0, 0), (0, 0));
    for seed in 0..3 {
        let company = company(seed, 1.5);
        let trouble = incident(&company, "C3");
        let add = |sum: (usize, usize), more: (usize, usize)| (sum.0 + more.0, sum.1 + more.1);
        during = add(during, paid(&company, trouble.from, trouble.to.expect("an end") - Duration::minutes(3)));
        before = add(before, paid(&company, before_end(390), before_end(310)));
    }
    let (during, before) = (during.1 as f64 / during.0 as f64, before.1 as f64 / before.0 as f64);
    assert!((during - 0.61).abs() < 0.06, "{during}");
    assert!((before - 0.84).abs() < 0.04, "{before}");

    let company = company(1, 1.0);
    let payments = |from: i64, to: i64| {
        let slice = company.slice(before_end(from), before_end(to));
        let times = spans(&slice).into_iter().filter(|(_, span)| span.name == "POST /payments" && span.kind == 2);
        let times = times.map(|(_, span)| (span.end_time_unix_nano - span.start_time_unix_nano) as f64 / 1e6);
        (percentile(times.collect(), 0.95), slice)
    };
    let (usual, calm) = payments(370, 300);
    let (slow, storm) = payments(284, 234);
    let (after, again) = payments(225, 120);
    assert!((200.0..260.0).contains(&usual) && (200.0..260.0).contains(&after), "{usual} {after}");
    assert!((1_800.0..2_000.0).contains(&slow), "{slow}");
    assert_eq!((level(&calm, "pool timeout"), level(&again, "pool timeout")), (0, 0));
    assert!(level(&storm, "pool timeout") > 30);
    let waiting = |slice: &Slice| average(&readings(slice, "db.client.connection.pending_requests", "", |_| true));
    assert!(waiting(&calm) == 0.0 && waiting(&storm) > 15.0);
    assert!(named(&storm, "checkout_abandoned").count() > 3 && named(&storm, "payment_failed").count() > 10);
    let release = company.slice(before_end(301), before_end(298));
    assert_eq!(release.deployments[0]["version"], "2.8.0");
    assert_eq!(level(&release, "pool payments_rw maximum 40 -> 8 connections"), 2);
    let opened = company.slice(before_end(288), before_end(200)).tickets;
    let about_paying = opened.iter().filter(|t| t["subject"] == "Paying does not work" && t["status"] == "open");
    assert!(about_paying.count() >= 8);
}

#[test]
fn failed_payments_come_from_the_new_version_only() {
    let slice = company(1, 1.0).slice(before_end(330), before_end(200));
    for (resource, span) in spans(&slice) {
        let failed = span.status.as_ref().is_some_and(|status| status.code == 2);
        if span.name == "pool.acquire payments_rw" && failed {
            assert_eq!(text(&resource.attributes, "service.version"), Some("2.8.0"));
        }
    }
}

#[test]
fn the_database_slows_pages_down() {
    let company = company(1, 1.0);
    let trouble = incident(&company, "C2");
    let (from, to) = (trouble.from + Duration::minutes(15), trouble.to.expect("an end") - Duration::minutes(10));
    let day = Duration::days(1);
    let (calm, storm) = (company.slice(from - day, to - day), company.slice(from, to));
    let total = |labels: &[KeyValue]| labels.is_empty();
    let cpu = |slice: &Slice| average(&readings(slice, "system.cpu.utilization", "db-01", total));
    assert!(cpu(&calm) < 0.75 && cpu(&storm) > 0.9, "{} {}", cpu(&calm), cpu(&storm));
    let lcp = |slice: &Slice| average(&readings(slice, "web.lcp", "", |_| true));
    assert!(lcp(&storm) > 2.2 * lcp(&calm));
    let paint = |slice: &Slice| {
        let vitals = named(slice, "web_vitals").filter_map(|event| event["properties"]["lcp"].as_f64());
        percentile(vitals.collect(), 0.75)
    };
    assert!(paint(&storm) > 2.0 * paint(&calm));
    let timeouts =
        |slice: &Slice| named(slice, "error").filter(|event| event["properties"]["type"] == "QueryTimeout").count();
    assert!(timeouts(&calm) == 0 && timeouts(&storm) > 15, "{}", timeouts(&storm));
    assert!(level(&storm, "statement timeout") > 15 && level(&calm, "statement timeout") == 0);
}

#[test]
fn web_03_loses_its_memory_and_is_killed() {
    let company = company(1, 1.0);
    let trouble = incident(&company, "C1");
    let killed = trouble.critical_failure.at;
    let used = |labels: &[KeyValue]| text(labels, "state") == Some("used");
    let memory = |from, hours| {
        let slice = company.slice(from, from + Duration::hours(hours));
        average(&readings(&slice, "system.memory.utilization", "web-03", used))
    };
    let fresh = memory(trouble.from + Duration::hours(1), 1);
    let late = memory(killed - Duration::hours(1), 1);
    let again = memory(killed + Duration::hours(1), 1);
    // 24 hours at 0.32 of 16 GiB.
    assert!((late - fresh - 24.0 * 0.32 / 16.0).abs() < 0.05, "{fresh} {late}");
    assert!(again < 0.5, "{again}");
    let end_of_it = company.slice(killed - Duration::hours(4), killed + Duration::minutes(70));
    assert_eq!(level(&end_of_it, "Out of memory: Killed process"), 1);
    assert_eq!(level(&end_of_it, "OOMKilled"), 1);
    assert!(level(&end_of_it, "gc pause") > 20);
    let restarts = readings(&end_of_it, "k8s.container.restarts", "", |_| true);
    assert!(restarts.iter().any(|(_, restarts)| *restarts == 1.0));
    let mut errors: BTreeMap<(bool, bool), usize> = BTreeMap::new();
    let on_web = |event: &&Value| event["context"]["browser"].is_string();
    for event in events(&end_of_it).filter(on_web) {
        let new = event["context"]["version"] == "4.12.0";
        if event["name"] == "error" || event["name"] == "page_view" {
            *errors.entry((new, event["name"] == "error")).or_default() += 1;
        }
    }
    let rate = |new| errors[&(new, true)] as f64 / errors[&(new, false)] as f64;
    assert!(rate(true) > 4.0 * rate(false), "{errors:?}");
    let deployed = company.slice(trouble.from, trouble.from + Duration::minutes(1)).deployments;
    assert_eq!((&deployed[0]["service"], &deployed[0]["version"]), (&"web".into(), &"4.12.0".into()));
}

#[test]
fn the_disk_of_the_log_store_fills_and_its_agent_falls_silent_once() {
    let company = company(1, 0.1);
    let used = |from: i64| {
        let slice = company.slice(before_end(from), before_end(from - 60));
        average(&readings(&slice, "system.filesystem.utilization", "log-01", |_| true))
    };
    assert!((used(60) - used(60 + 1_440) - 0.064).abs() < 0.008, "{} {}", used(60), used(1_500));
    assert!((used(60) - 0.844).abs() < 0.01);
    let all = |_: &[KeyValue]| true;
    let gap = company.slice(before_end(850), before_end(785));
    assert!(readings(&gap, "system.cpu.utilization", "log-01", all).is_empty());
    assert!(!readings(&gap, "system.cpu.utilization", "web-01", all).is_empty());
}

#[test]
fn the_weekend_campaign_is_a_peak_and_the_new_banner_a_loss() {
    let company = company(4, 0.5);
    let truth = company.truth();
    let people = |day: &str| truth.days.iter().find(|known| known.day == day).expect("the day").people as f64;
    assert!(people("2026-11-07") > 1.4 * people("2026-11-14"));
    assert!(people("2026-11-08") > 1.3 * people("2026-11-15"));
    let wave = incident(&company, "P1").from.format("%Y-%m-%d").to_string();
    let share = |after: bool| {
        let days = truth.days.iter().filter(|day| (day.day > wave) == after && day.day != wave);
        let (silent, people) = days.fold((0, 0), |sum, day| (sum.0 + day.silent, sum.1 + day.people));
        silent as f64 / people as f64
    };
    assert!(share(true) > share(false) + 0.02, "{} {}", share(false), share(true));
}

#[test]
fn people_come_back_less_and_less_and_never_all() {
    let company = company(6, 0.5);
    let start: DateTime<Utc> = "2026-10-26T00:00:00Z".parse().expect("an instant");
    let mut weeks: HashMap<String, HashSet<i64>> = HashMap::new();
    let mut cohort: HashSet<String> = HashSet::new();
    for day in 0..24 {
        let from = start + Duration::days(day);
        let slice = company.slice(from, from + Duration::days(1));
        for decision in slice.consents.iter().filter(|_| day < 2) {
            cohort.extend(
                decision["anonymous"].as_str().filter(|_| decision["decisions"]["usage"] == true).map(str::to_owned),
            );
        }
        for event in events(&slice) {
            let person = event["anonymous"].as_str().expect("a number").to_owned();
            weeks.entry(person).or_default().insert(day / 7);
        }
    }
    let back = |week| cohort.iter().filter(|person| weeks.get(*person).is_some_and(|w| w.contains(&week))).count();
    let (first, second, third) = (back(1), back(2), back(3));
    assert!(cohort.len() > 400, "{}", cohort.len());
    let share = first as f64 / cohort.len() as f64;
    assert!((0.06..0.25).contains(&share), "{share}");
    assert!(first > second && third > 0, "{first} {second} {third}");
}

#[test]
fn slow_visits_buy_less_often() {
    let company = company(8, 1.0);
    let mut visits: HashMap<String, (f64, bool)> = HashMap::new();
    for day in 3..7 {
        let to = end() - Duration::days(day);
        let slice = company.slice(to - Duration::days(1), to);
        for event in events(&slice) {
            let visit = visits.entry(event["session"].as_str().expect("a session").to_owned()).or_default();
            if let Some(lcp) = event["properties"]["lcp"].as_f64() {
                visit.0 = visit.0.max(lcp);
            }
            visit.1 |= event["name"] == "Purchase_Completed";
        }
    }
    let share = |slow: bool| {
        let group: Vec<&(f64, bool)> =
            visits.values().filter(|(lcp, _)| *lcp > 0.0 && (*lcp > 2_800.0) == slow).collect();
        group.iter().filter(|(_, bought)| *bought).count() as f64 / group.len() as f64
    };
    assert!(share(false) > 1.25 * share(true), "{} {}", share(false), share(true));
}
