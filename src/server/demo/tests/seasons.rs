use super::*;
use std::collections::BTreeMap;

#[test]
fn evenings_weekends_and_months_differ_as_the_scenario_says() {
    let company = Company::new(Options { seed: 2, days: 63, scale: 0.4, end: end() }).expect("built in");
    let truth = company.truth();
    // Nine whole weeks, so that every weekday counts alike.
    let mut by_weekday: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for day in truth.days.iter().filter(|day| !["2026-11-07", "2026-11-08"].contains(&day.day.as_str())) {
        let date: chrono::NaiveDate = day.day.parse().expect("a date");
        let weekday = chrono::Datelike::weekday(&date).num_days_from_monday();
        by_weekday.entry(weekday).or_default().push(day.people as f64);
    }
    let mean = |weekday: u32| by_weekday[&weekday].iter().sum::<f64>() / by_weekday[&weekday].len() as f64;
    // Sunday against Friday: 1.17 to 0.94, for those who come first and for those who return.
    let factor = mean(6) / mean(4);
    assert!((1.12..1.40).contains(&factor), "{factor}");
    assert!(mean(5) > mean(4));

    let day: DateTime<Utc> = "2026-11-16T00:00:00Z".parse().expect("an instant");
    let slice = company.slice(day, day + Duration::days(1));
    let mut by_hour = [0usize; 24];
    for event in named(&slice, "page_view") {
        by_hour[chrono::Timelike::hour(&at(event)) as usize] += 1;
    }
    let (evening, night): (usize, usize) = (by_hour[18..21].iter().sum(), by_hour[1..4].iter().sum());
    assert!(evening > 8 * night, "{by_hour:?}");
}

#[test]
fn the_shop_has_grown_over_a_quarter_of_a_year() {
    let company = Company::new(Options { seed: 2, days: 90, scale: 0.2, end: end() }).expect("built in");
    let days = company.truth().days;
    let people = |days: &[super::super::DayTotals]| days.iter().map(|day| day.people).sum::<usize>() as f64;
    let (last, first) = (people(&days[..28]), people(&days[days.len() - 28..]));
    // 0.12 % a day over 62 days, more or less what campaigns bring.
    let growth = last / first;
    assert!((1.03..1.22).contains(&growth), "{growth}");
}

#[test]
fn every_service_was_released_and_features_spread_after_their_launch() {
    let company = Company::new(Options { seed: 2, days: 90, scale: 0.5, end: end() }).expect("built in");
    let truth = company.truth();
    let mut releases: BTreeMap<&str, usize> = BTreeMap::new();
    for release in &truth.releases {
        *releases.entry(release["service"].as_str().expect("a service")).or_default() += 1;
    }
    assert_eq!(releases.len(), 10, "{releases:?}");
    assert!(releases.values().all(|count| *count >= 2), "{releases:?}");
    let launched = truth.features.iter().find(|feature| feature.event == "size_advisor").expect("known").launched;
    let launched = launched.expect("a launch");
    let uses = |from: DateTime<Utc>| {
        let slice = company.slice(from, from + Duration::days(1));
        (named(&slice, "size_advisor").count(), named(&slice, "page_view").count())
    };
    assert_eq!(uses(launched - Duration::days(2)).0, 0);
    let (first, later) = (uses(launched), uses(launched + Duration::days(7)));
    let share = |(uses, views): (usize, usize)| uses as f64 / views as f64;
    assert!(share(later) > 2.0 * share(first) && later.0 > 5, "{first:?} {later:?}");
}

#[test]
fn money_adds_up_in_events_metrics_and_truth() {
    let company = company(4, 1.0);
    let day: DateTime<Utc> = "2026-11-17T00:00:00Z".parse().expect("an instant");
    let slice = company.slice(day, day + Duration::days(1));
    let told = company.truth().days.into_iter().find(|known| known.day == "2026-11-17").expect("the day");
    // Every order is measured, whoever shares what; its event is sent by those who share their usage.
    let values = readings(&slice, "shop.order.value", "", |_| true);
    assert_eq!(values.len(), readings(&slice, "shop.orders", "", |_| true).len());
    assert!(values.len().abs_diff(told.orders) <= 3, "{} {}", values.len(), told.orders);
    let rate = |currency: &str| match currency {
        "GBP" => 0.86,
        "USD" => 1.09,
        _ => 1.0,
    };
    let euro = |value: f64, currency: &str| value / rate(currency);
    let mut measured = 0.0;
    for currency in ["EUR", "GBP", "USD"] {
        let of = readings(&slice, "shop.order.value", "", |labels| text(labels, "currency") == Some(currency));
        measured += of.iter().map(|(_, value)| euro(*value, currency)).sum::<f64>();
    }
    assert!((measured - told.revenue_eur).abs() < 0.01 * told.revenue_eur, "{measured} {}", told.revenue_eur);
    let events: f64 = named(&slice, "Purchase_Completed")
        .map(|event| {
            let revenue = &event["revenue"];
            euro(revenue["amount"].as_f64().expect("an amount"), revenue["currency"].as_str().expect("a currency"))
        })
        .sum();
    let share = events / measured;
    assert!((0.6..0.9).contains(&share), "{share}");
    let paid = readings(&slice, "shop.payments", "", |labels| text(labels, "outcome") == Some("paid"));
    let paid: f64 = paid.iter().map(|(_, count)| count).sum();
    assert!((paid - told.orders as f64).abs() <= 6.0, "{paid} {}", told.orders);
}
