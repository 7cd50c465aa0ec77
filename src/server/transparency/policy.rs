//! The policy in force as one document: what the public reads, and what its hash is of.

use super::settings::{self, LegalBasis, Processor, Trust};
use crate::database::fault::Told;
use crate::machine::Machine;
use crate::retention::change;
use crate::retention::rule::{CAP, Rules, SUBJECTS, name_of};
use parallax_domain::{Category, Permission, Problem, Role, Signal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A category in words for everybody: what, why, what never, and what is lost without it.
#[derive(Clone, Copy, Debug)]
pub struct Telling {
    pub what: &'static str,
    pub why: &'static str,
    pub never: &'static str,
    pub without_it: &'static str,
}

pub fn told(category: Category) -> Telling {
    let of = |what, why, never, without_it| Telling { what, why, never, without_it };
    match category {
        Category::Essential => of(
            "Counts without any identifier, sign-ins, and the record of your own choice",
            "So that the service works and abuse is noticed",
            "Nothing that tells who you are",
            "It has no switch: the service would not work",
        ),
        Category::Errors => of(
            "Crashes and failed requests, with the release and the page they happened on",
            "So that faults are found before you have to report them",
            "No name, no address, no text you typed",
            "Faults that only you meet stay invisible to us",
        ),
        Category::Performance => of(
            "How long pages and actions take on your device",
            "So that slow pages are found on real phones and networks",
            "No contents of pages",
            "Your kind of device counts less when we choose what to speed up",
        ),
        Category::Usage => of(
            "Which pages and features are used, in which order",
            "So that we build what is used and drop what is not",
            "No name; a number that stands for you and that we cannot turn back without a reason that is written down",
            "Your way of working does not shape the product",
        ),
        Category::Content => of(
            "Words you search for, and addresses that carry what you wrote",
            "So that search finds what people look for",
            "No messages, no forms; mail, card and phone numbers are masked before anything is stored",
            "What you search in vain stays unknown to us",
        ),
        Category::Marketing => of(
            "Which link or advert brought you here",
            "So that we stop paying for adverts that bring nobody",
            "No sharing with advertisers, no profile across sites",
            "Your visit counts as direct",
        ),
        Category::Support => of(
            "The link between your tickets and what happened before them",
            "So that support sees the fault instead of asking you to describe it",
            "Nothing outside your own tickets",
            "You describe what happened in your own words",
        ),
        Category::Research => of(
            "Invitations to surveys and interviews",
            "So that we hear what numbers do not say",
            "No invitation twice",
            "You are not asked",
        ),
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CategoryPolicy {
    pub category: Category,
    pub what: String,
    pub why: String,
    pub never: String,
    pub without_it: String,
    pub legal_basis: LegalBasis,
    /// False: it has no switch.
    pub choice: bool,
    /// The longest that anything of it is kept.
    pub days: i32,
    pub seen_by: Vec<String>,
    pub fields: Vec<FieldPolicy>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldPolicy {
    pub signal: String,
    pub name: String,
    pub purpose: Option<String>,
    /// None: as long as its signal.
    pub days: Option<i32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub data: String,
    pub name: String,
    pub days: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    pub client: String,
    pub how: String,
}

/// Everything that is promised. Its hash changes exactly when a promise does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    pub project: String,
    pub responsible: String,
    pub contact: String,
    pub place: String,
    pub categories: Vec<CategoryPolicy>,
    pub retention: Vec<Kept>,
    pub processors: Vec<Processor>,
    pub not_collected: Vec<String>,
    pub opt_out: Vec<Way>,
}

impl Policy {
    pub fn hash(&self) -> Vec<u8> {
        // Serialising plain data has no way to fail.
        let text = serde_json::to_string(self).unwrap_or_default();
        Sha256::digest(text.as_bytes()).to_vec()
    }
}

pub async fn of(machine: &Machine, project: i32) -> Result<Policy, Problem> {
    let name: Option<String> = sqlx::query_scalar("select name from project where id = $1")
        .bind(project)
        .fetch_optional(&machine.database.admin)
        .await
        .told()?;
    let name = name.ok_or_else(|| Problem::not_found("project"))?;
    let trust = settings::load(&machine.database, project).await?;
    let rules = change::load(machine, project).await?;
    let fields = fields(machine, project).await?;
    Ok(made(name, &trust, &rules, &fields))
}

type Field = (i16, String, Option<String>, Option<i32>, Option<i16>);

async fn fields(machine: &Machine, project: i32) -> Result<Vec<Field>, Problem> {
    sqlx::query_as(
        "select signal, name, purpose, retention_days, category from field where project = $1 and state = 'declared' \
         order by name, signal",
    )
    .bind(project)
    .fetch_all(&machine.database.admin)
    .await
    .told()
}

fn made(project: String, trust: &Trust, rules: &Rules, fields: &[Field]) -> Policy {
    Policy {
        project,
        responsible: trust.responsible.clone(),
        contact: trust.contact.clone(),
        place: trust.place.clone(),
        categories: Category::ALL.into_iter().map(|category| of_category(category, trust, rules, fields)).collect(),
        retention: retention(rules),
        processors: trust.processors.clone(),
        not_collected: not_collected(trust),
        opt_out: opt_out(),
    }
}

fn of_category(category: Category, trust: &Trust, rules: &Rules, fields: &[Field]) -> CategoryPolicy {
    let Telling { what, why, never, without_it } = told(category);
    let own = fields.iter().filter(|(.., of)| *of == Some(category as i16));
    CategoryPolicy {
        category,
        what: what.to_owned(),
        why: why.to_owned(),
        never: never.to_owned(),
        without_it: without_it.to_owned(),
        legal_basis: trust.basis(category),
        choice: category != Category::Essential,
        days: days(category, rules),
        seen_by: seen_by(category),
        fields: own
            .map(|(signal, name, purpose, days, _)| FieldPolicy {
                signal: Signal::from_number(*signal).map_or("event", Signal::word).to_owned(),
                name: name.clone(),
                purpose: purpose.clone(),
                days: *days,
            })
            .collect(),
    }
}

/// The longest that anything of a category is kept.
fn days(category: Category, rules: &Rules) -> i32 {
    let events = rules.days(&format!("event.{}", category.word()));
    match category {
        Category::Performance | Category::Errors => events.max(rules.days("span")).max(rules.days("log.error")),
        _ => events,
    }
}

/// Who in the house may look at one person's records of a category, and who at sums only.
fn seen_by(category: Category) -> Vec<String> {
    let permission = match category {
        Category::Marketing => Permission::ListPeople,
        _ => Permission::ReadRawText,
    };
    let single: Vec<&str> = Role::ALL.into_iter().filter(|role| role.may(permission)).map(Role::word).collect();
    vec![
        format!("one person's entries, under a number and written down: {}", single.join(", ")),
        "sums only: everybody who works with it here".to_owned(),
    ]
}

fn retention(rules: &Rules) -> Vec<Kept> {
    let kept = |word: &str| Kept { data: word.to_owned(), name: name_of(word).to_owned(), days: rules.days(word) };
    let own = SUBJECTS.iter().filter(|subject| subject.word != CAP);
    own.filter(|subject| {
        let whole = subject.part_of.map(|whole| rules.days(whole));
        // A part that is kept as long as its whole says nothing of its own.
        whole.is_none_or(|days| days != rules.days(subject.word))
    })
    .map(|subject| kept(subject.word))
    .collect()
}

fn not_collected(trust: &Trust) -> Vec<String> {
    let always = [
        "mail addresses, phone and card numbers, account numbers, passwords and keys: masked in every text before it is stored",
        "your internet address: it becomes a country and is dropped",
        "who you are: your id becomes a number; turning it back needs a reason and is written down",
        "what you type into forms, recordings of your screen, your position",
        "anything across other sites: no profile is made, bought or sold",
    ];
    let own = trust.never.lines().map(str::trim).filter(|line| !line.is_empty());
    always.into_iter().chain(own).map(str::to_owned).collect()
}

fn opt_out() -> Vec<Way> {
    let way = |client: &str, how: &str| Way { client: client.to_owned(), how: how.to_owned() };
    vec![
        way("Your browser", "Global Privacy Control (Sec-GPC) and Do Not Track count as a no, without any click."),
        way(
            "Web pages",
            "The switches of the privacy notice; a refusal holds within a minute and nobody asks again for six months.",
        ),
        way(
            "This page",
            "The switches of the personal page, opened from your account or with the receipt of an earlier choice.",
        ),
        way(
            "Apps and servers",
            "Each record may carry `consent` with false for a category; it is dropped before it is stored.",
        ),
        way("OpenTelemetry", "OTEL_SDK_DISABLED=true stops a program from sending anything."),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(own: &[(&str, i32)]) -> Rules {
        let own: Vec<_> = own.iter().map(|(word, days)| ((*word).to_owned(), *days, "ada".to_owned())).collect();
        Rules::of(1, false, &own, Vec::new())
    }

    #[test]
    fn the_hash_changes_exactly_when_a_promise_does() {
        let policy = |trust: &Trust, rules: &Rules| made("Shop".into(), trust, rules, &[]);
        let (trust, before) = (Trust::default(), rules(&[]));
        let first = policy(&trust, &before).hash();
        assert_eq!(first, policy(&Trust { changed_by: "ada".into(), ..trust.clone() }, &before).hash());
        assert_ne!(first, policy(&trust, &rules(&[("log", 14)])).hash());
        assert_ne!(first, policy(&Trust { never: "pictures".into(), ..trust }, &before).hash());
    }

    #[test]
    fn parts_are_named_where_they_differ_from_their_whole() {
        let policy = made("Shop".into(), &Trust::default(), &rules(&[("event.marketing", 90)]), &[]);
        let data: Vec<&str> = policy.retention.iter().map(|kept| kept.data.as_str()).collect();
        assert_eq!(data, ["event", "event.marketing", "span", "log", "log.debug", "metric", "minute", "chunk"]);
        let marketing = policy.categories.iter().find(|one| one.category == Category::Marketing).unwrap();
        assert_eq!(marketing.days, 90);
    }

    #[test]
    fn declared_fields_stand_under_their_category() {
        let fields = vec![(0, "plan".to_owned(), Some("prices".to_owned()), Some(30), Some(Category::Usage as i16))];
        let policy = made("Shop".into(), &Trust::default(), &rules(&[]), &fields);
        let of = |category| policy.categories.iter().find(|one| one.category == category).unwrap().fields.len();
        assert_eq!((of(Category::Usage), of(Category::Errors)), (1, 0));
    }
}
