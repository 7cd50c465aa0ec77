//! The switches, one form: what each category is, whether it is shared, and how much of it is recorded.

use super::Facts;
use crate::words;
use maud::{Markup, PreEscaped, html};
use parallax_domain::screen::Drawing;
use parallax_server::transparency::CategoryPolicy;

pub fn form(facts: &Facts) -> Drawing {
    let markup = html! {
        form class="panel flush" id="choices" method="post" action="/fn/privacy/choose" data-changes="" aria-label="Your choices" {
            ul class="choices own" role="list" {
                @for policy in &facts.public.policy.categories { (category(facts, policy)) }
            }
            p class="err" role="alert" data-error-of="" hidden { span {} }
            div class="t-save" {
                span class="muted" { (last(facts)) }
                span class="push row" {
                    button class="btn" type="submit" name="all" value="off" { "Turn all off" }
                    button class="btn pri" type="submit" { "Save choices" }
                }
            }
        }
    };
    Drawing { id: "choices".to_owned(), markup: markup.into_string() }
}

fn category(facts: &Facts, policy: &CategoryPolicy) -> Markup {
    let word = policy.category.word();
    let name = words::capital(word);
    let (id, described) = (format!("s-{word}"), format!("d-{word}"));
    let shared = facts.shares(policy.category);
    let entries = facts.tally.categories.get(&policy.category).copied().unwrap_or(0);
    html! {
        li class=[(!policy.choice).then_some("fixed")] {
            div class="sw-c" {
                @if policy.choice {
                    label class="switch" {
                        input type="checkbox" role="switch" id=(id) name="categories[]" value=(word)
                            checked[shared != Some(false)] aria-describedby=(described);
                        span class="vh" { (name) }
                    }
                } @else {
                    svg class="i" viewBox="0 0 16 16" aria-hidden="true" { (PreEscaped(r##"<use href="#i-lock"/>"##)) }
                }
            }
            div class="t-main" {
                h3 { @if policy.choice { label for=(id) { (name) } } @else { (name) } }
                p id=(described) { (policy.what) "." }
                dl class="why" {
                    div { dt { "Why" } dd { (policy.why) "." } }
                    div { dt { "Never" } dd { (policy.never) "." } }
                    div { dt { "Without it" } dd { (policy.without_it) "." } }
                    div class="wide" { dt { "Who sees it" } dd { (words::capital(&policy.seen_by.join("; "))) "." } }
                }
            }
            div class="t-side" {
                @if policy.choice && shared.is_none() { span { "collected until you say no" } }
                span { "kept " (policy.days) " days" }
                span {
                    @if entries > 0 { a href="#mine" { (words::counted(entries, "entry", "entries")) " about you" } }
                    @else { "nothing recorded" }
                }
            }
        }
    }
}

fn last(facts: &Facts) -> String {
    match facts.history.first() {
        Some(decision) => format!("Last decided on {}, receipt {}", facts.day(decision.at), decision.receipt),
        None => "You have not decided yet.".to_owned(),
    }
}
