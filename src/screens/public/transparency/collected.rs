//! Per kind of collection: what, why, what never, what is lost without it, on which legal basis, who sees it, how much of
//! it there is, and how many share it.

use crate::charts::{Hue, InlineBar};
use crate::words;
use maud::{Markup, PreEscaped, html};
use parallax_domain::Category;
use parallax_domain::screen::Drawing;
use parallax_server::transparency::{CategoryPolicy, Collected, Public, SharedNow};

pub fn categories(public: &Public) -> Drawing {
    let markup = html! {
        section class="panel flush" id="collected" aria-label="What is collected, and why" {
            ul class="choices" role="list" {
                @for policy in &public.policy.categories {
                    (kind(
                        policy,
                        public.collected.iter().find(|one| one.category == policy.category),
                        public.shared.iter().find(|one| one.category == policy.category),
                    ))
                }
            }
        }
    };
    Drawing { id: "collected".to_owned(), markup: markup.into_string() }
}

fn kind(policy: &CategoryPolicy, collected: Option<&Collected>, shared: Option<&SharedNow>) -> Markup {
    html! {
        li class=[(!policy.choice).then_some("fixed")] {
            div class="t-main" {
                h3 { (words::capital(policy.category.word())) }
                p { (policy.what) "." }
                dl class="why" {
                    div { dt { "Why" } dd { (policy.why) "." } }
                    div { dt { "Never" } dd { (policy.never) "." } }
                    div { dt { "Without it" } dd { (policy.without_it) "." } }
                    div { dt { "Rests on" } dd { (words::capital(policy.legal_basis.words())) "." } }
                    div class="wide" { dt { "Who sees it" } dd { (words::capital(&policy.seen_by.join("; "))) "." } }
                }
                @if !policy.fields.is_empty() { (fields(policy)) }
            }
            div class="t-side" {
                (share(policy.category, shared))
                span { "kept " (policy.days) " days" }
                (count(collected))
            }
        }
    }
}

fn share(category: Category, shared: Option<&SharedNow>) -> Markup {
    match (category, shared.and_then(|one| one.share)) {
        (Category::Essential, _) => html! { span { "no switch" } },
        (_, Some(share)) => html! {
            span { b { (whole(share)) } " share it, " (whole(1.0 - share)) " opted out" }
            (PreEscaped(InlineBar::new(Some(share), Hue::Ink).draw()))
        },
        (_, None) => html! { span { "too few have answered to tell" } },
    }
}

/// `71%`.
fn whole(share: f64) -> String {
    let figure = words::percent_brief(Some(share));
    format!("{}{}", figure.value, figure.unit)
}

fn count(collected: Option<&Collected>) -> Markup {
    let told = collected.and_then(|one| one.records.zip(one.people));
    match told {
        Some((records, people)) => html! {
            span { (words::counted(records, "entry", "entries")) " of " (words::counted(people, "person", "people")) " in 30 days" }
        },
        None => html! { span { "too few people in 30 days to tell" } },
    }
}

fn fields(policy: &CategoryPolicy) -> Markup {
    html! {
        details class="data t-fields" {
            summary { (words::counted(policy.fields.len() as i64, "field", "fields")) }
            ul role="list" {
                @for field in &policy.fields {
                    li {
                        code { (field.name) }
                        @if let Some(purpose) = field.purpose.as_deref().filter(|purpose| !purpose.is_empty()) { ", for " (purpose) }
                        @if let Some(days) = field.days { ", kept " (days) " days" }
                    }
                }
            }
        }
    }
}
