//! A funnel as an address spells it, so that its whole definition can be shared, bookmarked and edited by links:
//! `step=basket_add&step=Paid&step.1.f=country:is:DE&window=7d&order=strict&drop=1-2:logout&hold=basket&by=device`.
//! What is left out has its usual value. Forms may add one thing more (`add`, `where.*`, `without.*`), which reading
//! puts in its place; writing gives the canonical spelling.

use super::{Breakdown, Count, Exclusion, ExclusionMode, Funnel, Order, Step, Touch};
use crate::period::Interval;
use crate::{Address, Filter, Op};

/// Members that may stand alone in an address; `step.N.f` and `step.N` are its as well.
const KEYS: [&str; 20] = [
    "step",
    "window",
    "order",
    "count",
    "reentry",
    "remove",
    "drop",
    "hold",
    "by",
    "touch",
    "trend",
    "add",
    "where.step",
    "where.field",
    "where.op",
    "where.value",
    "without.event",
    "without.between",
    "without.mode",
    "add.hold",
];

/// More steps than this are not read: the engine refuses them anyway.
const MOST: usize = 21;

impl Funnel {
    /// The draft of an address. It may have no step yet; what makes no sense is left out.
    pub fn read(address: &Address) -> Funnel {
        let mut funnel = Funnel { steps: steps(address), ..Funnel::of(&[]) };
        funnel.window = address.get("window").and_then(seconds).unwrap_or(funnel.window);
        funnel.order = match address.get("order") {
            Some("strict") => Order::Strict,
            Some("any") => Order::Any,
            Some("flexible") => Order::Flexible,
            _ => Order::Sequential,
        };
        funnel.count = match address.get("count") {
            Some("session") => Count::Session,
            Some("total") => Count::Total,
            _ => Count::Unique,
        };
        funnel.reentry = matches!(address.get("reentry"), Some("1" | "true" | "on"));
        let told = |key: &'static str, mode| address.all(key).filter_map(move |text| exclusion(text, mode));
        funnel.exclusions = told("remove", ExclusionMode::Remove).chain(told("drop", ExclusionMode::Drop)).collect();
        funnel.exclusions.extend(new_exclusion(address));
        let held = address.all("hold").chain(address.all("add.hold"));
        for name in held.flat_map(|text| text.split(',')).map(str::trim).filter(|name| !name.is_empty()) {
            if !funnel.hold.iter().any(|known| known == name) {
                funnel.hold.push(name.to_owned());
            }
        }
        let steps = funnel.steps.len();
        funnel.exclusions.retain(|rule| rule.after_step < rule.before_step && rule.before_step <= steps);
        funnel.breakdown = breakdown(address, steps);
        funnel.trend = match address.get("trend") {
            Some("day") => Some(Interval::Day),
            Some("week") => Some(Interval::Week),
            Some("month") => Some(Interval::Month),
            _ => None,
        };
        funnel
    }

    /// The address with this funnel in place of the one it had.
    pub fn write(&self, address: &Address) -> Address {
        let mut address = Funnel::erase(address);
        let more = &mut address.more;
        let mut put = |key: &str, value: String| more.push((key.to_owned(), value));
        for (index, step) in self.steps.iter().enumerate() {
            put("step", step.event.clone());
            for filter in &step.filters {
                put(&format!("step.{}.f", index + 1), filter.to_text());
            }
        }
        if self.window != Funnel::of(&[]).window {
            put("window", span(self.window));
        }
        match self.order {
            Order::Sequential => {}
            Order::Strict => put("order", "strict".to_owned()),
            Order::Any => put("order", "any".to_owned()),
            Order::Flexible => put("order", "flexible".to_owned()),
        }
        match self.count {
            Count::Unique => {}
            Count::Session => put("count", "session".to_owned()),
            Count::Total => put("count", "total".to_owned()),
        }
        if self.reentry {
            put("reentry", "1".to_owned());
        }
        for rule in &self.exclusions {
            let key = if rule.mode == ExclusionMode::Remove { "remove" } else { "drop" };
            put(key, format!("{}-{}:{}", rule.after_step, rule.before_step, rule.event));
        }
        for name in &self.hold {
            put("hold", name.clone());
        }
        if let Some(breakdown) = &self.breakdown {
            put("by", breakdown.field.clone());
            match (breakdown.attribution, breakdown.step) {
                (Touch::First, _) => {}
                (Touch::Last, _) => put("touch", "last".to_owned()),
                (Touch::All, _) => put("touch", "all".to_owned()),
                (Touch::Step, step) => put("touch", step.unwrap_or(1).to_string()),
            }
        }
        if let Some(trend) = self.trend {
            put("trend", trend.word().to_owned());
        }
        address
    }

    /// The address without any funnel.
    pub fn erase(address: &Address) -> Address {
        let mut address = address.clone();
        address.more.retain(|(key, _)| !KEYS.contains(&key.as_str()) && place(key).is_none());
        address
    }

    /// One step earlier or later; exclusions and the step of a breakdown stay at their places in the row.
    pub fn with_step_moved(&self, from: usize, to: usize) -> Funnel {
        let mut funnel = self.clone();
        if from < funnel.steps.len() && to < funnel.steps.len() {
            let step = funnel.steps.remove(from);
            funnel.steps.insert(to, step);
        }
        funnel
    }

    /// Without a step (0-based). What was said about the stretch around it now speaks of what is left of it.
    pub fn without_step(&self, index: usize) -> Funnel {
        let mut funnel = self.clone();
        if index >= funnel.steps.len() {
            return funnel;
        }
        funnel.steps.remove(index);
        let closer = |step: usize| if step > index + 1 || step > funnel.steps.len() { step - 1 } else { step };
        for rule in &mut funnel.exclusions {
            (rule.after_step, rule.before_step) = (closer(rule.after_step), closer(rule.before_step));
        }
        funnel.exclusions.retain(|rule| rule.after_step >= 1 && rule.after_step < rule.before_step);
        if let Some(breakdown) = &mut funnel.breakdown {
            breakdown.step = breakdown.step.filter(|step| *step != index + 1).map(closer);
            if breakdown.attribution == Touch::Step && breakdown.step.is_none() {
                breakdown.attribution = Touch::First;
            }
        }
        funnel
    }
}

/// `step` repeated, and `step.1`, `step.2`, … as fields of a form are called; then what a form adds.
fn steps(address: &Address) -> Vec<Step> {
    let mut numbered: Vec<(usize, &str)> = address
        .more
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix("step.")?.parse().ok()?, value.as_str())))
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    let events = address.all("step").chain(numbered.into_iter().map(|(_, event)| event)).chain(address.all("add"));
    let mut steps: Vec<Step> = events
        .filter(|event| !event.trim().is_empty())
        .take(MOST)
        .map(|event| Step { event: event.trim().to_owned(), filters: Vec::new() })
        .collect();
    for (key, value) in &address.more {
        let filter = place(key).filter(|(_, of_filter)| *of_filter).zip(Filter::from_text(value));
        if let Some(((number, _), filter)) = filter
            && let Some(step) = steps.get_mut(number - 1)
        {
            step.filters.push(filter);
        }
    }
    let named = address.get("where.step").and_then(|text| text.parse::<usize>().ok());
    if let Some(step) = named.and_then(|number| steps.get_mut(number.checked_sub(1)?)) {
        step.filters.extend(new_condition(address));
    }
    steps
}

/// The step that a key speaks of (1-based), and whether of its conditions.
fn place(key: &str) -> Option<(usize, bool)> {
    let rest = key.strip_prefix("step.")?;
    let (number, of_filter) = match rest.strip_suffix(".f") {
        Some(number) => (number, true),
        None => (rest, false),
    };
    number.parse().ok().filter(|number| *number >= 1).map(|number| (number, of_filter))
}

fn new_condition(address: &Address) -> Option<Filter> {
    let field = address.get("where.field").map(str::trim).filter(|field| !field.is_empty())?;
    let op = Op::parse(address.get("where.op").unwrap_or("is"))?;
    let value = address.get("where.value").unwrap_or_default();
    if op.takes_values() && value.is_empty() {
        return None;
    }
    let values = if op.takes_values() { vec![value.to_owned()] } else { Vec::new() };
    Some(Filter { field: field.to_owned(), op, values })
}

fn new_exclusion(address: &Address) -> Option<Exclusion> {
    let event = address.get("without.event").map(str::trim).filter(|event| !event.is_empty())?;
    let mode = match address.get("without.mode") {
        Some("drop") => ExclusionMode::Drop,
        _ => ExclusionMode::Remove,
    };
    exclusion(&format!("{}:{event}", address.get("without.between").unwrap_or("1-2")), mode)
}

/// `1-3:logout`.
fn exclusion(text: &str, mode: ExclusionMode) -> Option<Exclusion> {
    let (between, event) = text.split_once(':')?;
    let (after, before) = between.split_once('-')?;
    let (after_step, before_step) = (after.parse().ok()?, before.parse().ok()?);
    let fits = after_step >= 1 && after_step < before_step && !event.is_empty();
    fits.then(|| Exclusion { event: event.to_owned(), after_step, before_step, mode })
}

fn breakdown(address: &Address, steps: usize) -> Option<Breakdown> {
    let field = address.get("by").map(str::trim).filter(|field| !field.is_empty())?.to_owned();
    let (attribution, step) = match address.get("touch") {
        Some("last") => (Touch::Last, None),
        Some("all") => (Touch::All, None),
        Some(text) => match text.parse::<usize>().ok().filter(|step| (1..=steps).contains(step)) {
            Some(step) => (Touch::Step, Some(step)),
            None => (Touch::First, None),
        },
        None => (Touch::First, None),
    };
    Some(Breakdown { field, attribution, step })
}

const UNITS: [(&str, i64); 4] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];

/// `7d`, `12h`, `30m`, `90s`.
fn seconds(text: &str) -> Option<i64> {
    UNITS.iter().find_map(|(unit, length)| {
        let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
        count.checked_mul(*length).filter(|seconds| *seconds > 0)
    })
}

/// In the largest unit that says it exactly.
fn span(seconds: i64) -> String {
    let (unit, length) = UNITS.iter().find(|(_, length)| seconds % length == 0).unwrap_or(&("s", 1));
    format!("{}{unit}", seconds / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Funnel {
        let mut funnel = Funnel::of(&["Product viewed", "basket_add", "Paid: all"]);
        funnel.steps[0].filters = vec![Filter::is("url.path", "/p/a|b"), Filter::is("country", "DE")];
        funnel.steps[2].filters =
            vec![Filter { field: "properties.items".into(), op: Op::Gte, values: vec!["2".into()] }];
        funnel.window = 7 * 86_400;
        funnel.order = Order::Strict;
        funnel.count = Count::Session;
        funnel.reentry = true;
        funnel.exclusions = vec![
            Exclusion { event: "test:order".into(), after_step: 1, before_step: 3, mode: ExclusionMode::Remove },
            Exclusion { event: "logout".into(), after_step: 2, before_step: 3, mode: ExclusionMode::Drop },
        ];
        funnel.hold = vec!["basket".into(), "plan".into()];
        funnel.breakdown = Some(Breakdown { field: "device".into(), attribution: Touch::Step, step: Some(2) });
        funnel.trend = Some(Interval::Week);
        funnel
    }

    fn read(query: &str) -> Funnel {
        Funnel::read(&Address::parse("/product/funnels/new", query))
    }

    #[test]
    fn a_funnel_survives_its_address() {
        let address = whole().write(&Address::parse("/product/funnels/new", "range=28d&f=device:is:mobile&sort=x"));
        let again = Address::parse("/product/funnels/new", &address.query());
        assert_eq!(Funnel::read(&again), whole());
        assert_eq!((again.get("sort"), again.filters.len()), (Some("x"), 1), "the rest of the address stays");
        assert_eq!(Funnel::erase(&again).more, [("sort".to_owned(), "x".to_owned())]);
    }

    #[test]
    fn usual_values_are_not_spelled() {
        let address = Funnel::of(&["A", "B"]).write(&Address::parse("/product/funnels/new", ""));
        assert_eq!(address.query(), "step=A&step=B");
        assert_eq!(Funnel::read(&address), Funnel::of(&["A", "B"]));
    }

    #[test]
    fn what_a_form_adds_finds_its_place() {
        let funnel = read("step=A&step=B&add=C&where.step=2&where.field=plan&where.op=is&where.value=team");
        assert_eq!(funnel.steps.iter().map(|step| step.event.as_str()).collect::<Vec<_>>(), ["A", "B", "C"]);
        assert_eq!(funnel.steps[1].filters, [Filter::is("plan", "team")]);
        let funnel = read("step=A&step=B&without.event=logout&without.between=1-2&without.mode=drop&add.hold=a, b");
        assert_eq!(funnel.exclusions[0].mode, ExclusionMode::Drop);
        assert_eq!(funnel.hold, ["a", "b"]);
        assert_eq!(read("step.2=B&step.1=A&step.3=").steps.len(), 2, "fields of a form are numbered");
    }

    #[test]
    fn nonsense_is_left_out() {
        let funnel = read(
            "step=&window=-3d&order=up&count=x&drop=3-1:a&remove=1-9:b&by=&touch=7&trend=hour&step.0.f=a:is:b&step.x=1\
             &window=9223372036854775807d&where.step=1&where.field=a",
        );
        assert_eq!(funnel, Funnel::of(&[]));
        assert_eq!(read(&"step=a&".repeat(500)).steps.len(), MOST);
    }

    #[test]
    fn windows_read_as_they_were_chosen() {
        for (text, seconds) in [("7d", 604_800), ("36h", 129_600), ("90s", 90), ("30m", 1800)] {
            assert_eq!(read(&format!("window={text}")).window, seconds);
            assert_eq!(span(seconds), text);
        }
        assert_eq!(span(48 * 3600), "2d");
    }

    #[test]
    fn removing_a_step_keeps_what_still_makes_sense() {
        let funnel = whole().without_step(1);
        assert_eq!(funnel.steps.len(), 2);
        let between: Vec<(usize, usize)> = funnel.exclusions.iter().map(|e| (e.after_step, e.before_step)).collect();
        assert_eq!(between, [(1, 2)], "between 2 and 3 nothing is left");
        assert_eq!(
            funnel.breakdown.map(|breakdown| (breakdown.attribution, breakdown.step)),
            Some((Touch::First, None))
        );
        assert_eq!(whole().without_step(9), whole());
        let alone = Funnel::of(&["A"]).without_step(0);
        assert!(alone.steps.is_empty());
    }

    #[test]
    fn steps_change_places() {
        let funnel = Funnel::of(&["A", "B", "C"]).with_step_moved(2, 0);
        assert_eq!(funnel.steps.iter().map(|step| step.event.as_str()).collect::<Vec<_>>(), ["C", "A", "B"]);
        assert_eq!(Funnel::of(&["A"]).with_step_moved(0, 1), Funnel::of(&["A"]));
    }
}
