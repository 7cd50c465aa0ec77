//! What happened lately: a list behind a bell, with the number of what this person has not seen.

use crate::ui::icon::icon;
use leptos::prelude::*;
use parallax_domain::screen::{Frame, News};

pub fn news(frame: &Frame, place: &'static str) -> Option<AnyView> {
    if frame.news.is_empty() {
        return None;
    }
    let new = frame.news.iter().filter(|one| one.new).count();
    let count = (new > 0).then(|| {
        view! { <span class="n">{new.to_string()}<span class="vh">" not seen yet"</span></span> }
    });
    let list = frame.news.iter().cloned().map(one).collect_view();
    let seen = (new > 0).then(|| {
        view! {
            <form method="post" action="/fn/notices/seen" data-changes="">
                <button class="opt" type="submit">{icon("check")}"All seen"</button>
            </form>
        }
    });
    Some(
        view! {
            <details class="menu news" name=place>
                <summary class="btn quiet">{icon("bell")}<span class="word">"News"</span>" "{count}</summary>
                <div class="pop"><p class="ttl">"The last seven days"</p>{list}{seen}</div>
            </details>
        }
        .into_any(),
    )
}

fn one(news: News) -> AnyView {
    let class = if news.new { "opt new" } else { "opt" };
    let mark = news.new.then(|| view! { <span class="vh">"not seen yet: "</span> });
    view! {
        <a class=class href=news.href>
            {icon(&news.icon)}
            <span>{mark}{news.words}<small>{news.kind}", "{news.when}</small></span>
        </a>
    }
    .into_any()
}
