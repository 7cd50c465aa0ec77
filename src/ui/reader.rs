//! Takes the answers of the server and decides what to show: the new page, the old one with a word
//! about its age, or what went wrong.

use super::browser::{
    Browser,
    elements::{all_in, first, first_in},
    morph,
    navigation::Location,
};
use super::trouble;
use crate::api::{self, Fault, Sheet};
use leptos::prelude::*;
use parallax_domain::{Kind, Problem};
use std::time::Duration;
use web_sys::{Element, Node};

/// After this long a page that is still being read says so.
const SLOW: Duration = Duration::from_secs(7);

#[derive(Clone, Copy)]
pub struct Reader {
    browser: Browser,
    busy: RwSignal<bool>,
    /// Where the page that stands is from.
    shown: StoredValue<Location>,
    /// What the server sent for it.
    sent: StoredValue<Option<Node>, LocalStorage>,
    /// Number of the newest question; answers to older ones come too late.
    asked: StoredValue<u64>,
}

impl Reader {
    pub fn new(browser: Browser) -> Reader {
        Reader {
            browser,
            busy: RwSignal::new(false),
            shown: StoredValue::new(browser.navigation.location.get_untracked()),
            sent: StoredValue::new_local(None),
            asked: StoredValue::new(0),
        }
    }

    pub fn browser(&self) -> Browser {
        self.browser
    }

    pub fn busy(&self) -> Option<&'static str> {
        self.busy.get().then_some("true")
    }

    /// In the browser, once the sent page has been taken over.
    pub fn start(self) {
        let Some(sheet) = sheet() else { return };
        self.sent.set_value(morph::copied(&sheet));
        self.browser.start();
        let every = sheet.get_attribute("data-refresh").and_then(|seconds| seconds.parse().ok());
        self.browser.refresh.schedule(every);
        // To go where one is reads the page again, as following its link would.
        Effect::new(move |began: Option<()>| {
            let location = self.browser.navigation.location.get();
            self.browser.refresh.readings.track();
            if began.is_some() {
                self.read(location);
            }
        });
    }

    fn read(self, location: Location) {
        let number = self.asked.get_value() + 1;
        self.asked.set_value(number);
        if location != self.shown.get_value() {
            self.wait_for(number);
        }
        leptos::task::spawn_local(async move {
            let answer = api::screen(location.path.clone(), location.query.clone()).await;
            if self.asked.get_value() == number {
                self.show(location, answer);
            }
        });
    }

    /// While another page is on its way the present one is dimmed; one that takes long says so.
    fn wait_for(self, number: u64) {
        self.busy.set(true);
        let slow = move || {
            if self.busy.get_untracked() && self.asked.get_value() == number {
                self.browser.toasts.say("This takes longer than usual: the range is long, or the server is busy.");
            }
        };
        set_timeout(slow, SLOW);
    }

    fn show(self, location: Location, answer: Result<Sheet, Fault>) {
        let before = self.shown.get_value();
        let (moved, again) = (before.path != location.path, before == location);
        match answer {
            Ok(page) => {
                self.settle(&location, moved, page.refresh, || self.replace(&page, moved));
            }
            Err(Fault(problem)) if problem.kind == Kind::Unknown => self.browser.navigation.sign_in(),
            Err(Fault(problem)) => {
                let wait = problem.retry_after.filter(|_| problem.kind == Kind::Unavailable);
                self.settle(&location, moved, wait, || if again { age(&problem) } else { stand_in(problem) });
                // What stands is not what the server sent any more.
                self.sent.set_value(None);
            }
        }
    }

    /// Shows a page, and puts right what it cannot know: where the person was and what they typed.
    fn settle(self, location: &Location, moved: bool, wait: Option<u32>, show: impl FnOnce()) {
        let again = self.shown.get_value() == *location;
        if moved {
            self.browser.leave_page();
        }
        show();
        self.shown.set_value(location.clone());
        if !again {
            self.browser.navigation.arrived(moved);
        }
        self.busy.set(false);
        self.browser.settle();
        self.browser.refresh.schedule(wait);
    }

    fn replace(self, page: &Sheet, moved: bool) {
        document().set_title(&titled(&page.title));
        let (Some(sheet), Some(new)) = (sheet(), morph::parsed(&page.html)) else { return };
        self.sent.with_value(|old| morph::morph(&sheet, old.as_ref(), &new, moved));
        self.sent.set_value(Some(new));
    }
}

/// Id of the element that holds the markup of the page.
pub const SHEET: &str = "sheet";

fn sheet() -> Option<Element> {
    document().get_element_by_id(SHEET)
}

pub fn titled(title: &str) -> String {
    if title.is_empty() { "Parallax".to_owned() } else { format!("{title} · Parallax") }
}

/// What went wrong stands in the place of the page, within the frame of the page before.
fn stand_in(problem: Problem) {
    document().set_title(&titled(problem.kind.title()));
    let Some(main) = first("#main") else { return };
    main.set_inner_html("");
    mount(trouble::page(problem), &main, None);
    if let Some(bar) = first(".fbar") {
        bar.remove();
    }
}

/// The page stands already and could not be read again: it stays, and says that it is old.
fn age(problem: &Problem) {
    let Some(main) = first("#main") else { return };
    all_in(&main, ".aged").iter().for_each(Element::remove);
    if let Ok(notices) = document().create_element("div") {
        notices.set_class_name("notices stack-2 aged");
        let _ = main.insert_before(&notices, main.first_child().as_ref());
        mount(trouble::aged(problem), &notices, None);
    }
    if let Some(fresh) = first(".fbar .fresh")
        && let Some(time) = first_in(&fresh, "time")
    {
        let _ = fresh.class_list().add_1("stale");
        // The project's clock is the server's knowledge, and the server is what is missing.
        let at = time.get_attribute("datetime").unwrap_or_default();
        time.set_text_content(Some(&format!("stale since {} UTC", at.get(11..19).unwrap_or(&at))));
    }
}

fn mount(view: AnyView, into: &Element, before: Option<&Node>) {
    let mut state = view.build();
    state.mount(into, before);
    // It goes with the page that it stands on.
    std::mem::forget(state);
}
