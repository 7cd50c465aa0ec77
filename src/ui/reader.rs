//! Takes the answers of the server and decides what to show: the new page, the old one with a word
//! about its age, or what went wrong.

use super::browser::{Browser, Keep, navigation::Location};
use super::calendar::clock_text;
use crate::api::{Fault, Sheet};
use leptos::prelude::*;
use parallax_domain::{
    Kind, Problem,
    screen::{Banner, Frame, Part, Screen, Text, Tone},
};
use std::time::Duration;

/// After this long a page that is still being read says so.
const SLOW: Duration = Duration::from_secs(7);

#[derive(Clone, Copy)]
pub struct Reader {
    browser: Browser,
    title: RwSignal<String>,
    busy: RwSignal<bool>,
    /// The last page that could be shown, and where.
    last: StoredValue<Option<(Location, Screen)>>,
}

impl Reader {
    pub fn new(browser: Browser) -> Reader {
        Reader {
            browser,
            title: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
            last: StoredValue::new(None),
        }
    }

    pub fn title(&self) -> String {
        self.title.get()
    }

    pub fn busy(&self) -> Option<&'static str> {
        self.busy.get().then_some("true")
    }

    /// In the browser, once the sent page has been taken over.
    pub fn start(self) {
        self.browser.start();
        let seconds = self.last.with_value(|last| last.as_ref().and_then(|(_, screen)| screen.refresh));
        self.browser.refresh.schedule(seconds);
        Effect::new(move |before: Option<Location>| {
            let location = self.browser.navigation.location.get();
            if before.is_some_and(|before| before != location) {
                self.wait_for(location.clone());
            }
            location
        });
    }

    /// While another page is on its way the present one is dimmed; one that takes long says so.
    fn wait_for(self, asked: Location) {
        self.busy.set(true);
        let slow = move || {
            if self.busy.get_untracked() && self.browser.navigation.location.get_untracked() == asked {
                self.browser.toasts.say("This takes longer than usual: the range is long, or the server is busy.");
            }
        };
        set_timeout(slow, SLOW);
    }

    /// The page to show for an answer. Called just before it is shown.
    pub fn take(self, answer: Result<Sheet, Fault>) -> Screen {
        let location = self.browser.navigation.location.get_untracked();
        let before = self.last.get_value();
        let moved = before.as_ref().is_some_and(|(before, _)| before.path != location.path);
        let again = before.as_ref().is_some_and(|(before, _)| *before == location);
        let (screen, wait) = match (answer, before) {
            (Ok(Sheet(screen)), _) => {
                self.last.set_value(Some((location, screen.clone())));
                let wait = screen.refresh;
                (screen, wait)
            }
            (Err(Fault(problem)), Some((_, screen))) if problem.kind == Kind::Unknown && self.browser.started() => {
                request_animation_frame(move || self.browser.navigation.sign_in());
                (screen, None)
            }
            (Err(Fault(problem)), Some((_, screen))) if again => (aged(screen, &problem), again_after(&problem)),
            (Err(Fault(problem)), before) => {
                let frame = before.map(|(_, screen)| screen.frame).unwrap_or_default();
                let wait = again_after(&problem);
                let screen = troubled(frame, problem, &location);
                self.last.set_value(Some((location, screen.clone())));
                (screen, wait)
            }
        };
        self.title.set(titled(&screen.title));
        if self.browser.started() {
            self.settle(moved, again, wait);
        }
        screen
    }

    /// The new page replaces the old one before the next frame is drawn; what the person had opened
    /// or focused, and where they were, is put right in that frame.
    fn settle(self, moved: bool, again: bool, wait: Option<u32>) {
        if moved {
            self.browser.leave_page();
        }
        let keep = again.then(Keep::remember);
        request_animation_frame(move || {
            match keep {
                Some(keep) => keep.restore(),
                None => self.browser.navigation.arrived(moved),
            }
            self.busy.set(false);
            self.browser.settle();
            self.browser.refresh.schedule(wait);
        });
    }
}

fn titled(title: &str) -> String {
    if title.is_empty() { "Parallax".to_owned() } else { format!("{title} · Parallax") }
}

fn again_after(problem: &Problem) -> Option<u32> {
    problem.retry_after.filter(|_| problem.kind == Kind::Unavailable)
}

/// The page stands already and could not be read again: it stays, and says that it is old.
fn aged(mut screen: Screen, problem: &Problem) -> Screen {
    if let Some(filters) = &mut screen.frame.filters {
        filters.stale = true;
        if let Some(at) = filters.fresh_as_of {
            // The project's clock is the server's knowledge, and the server is what is missing.
            filters.fresh = format!("stale since {} UTC", clock_text(at.timestamp()));
        }
    }
    let text = Text::new("These figures are no longer fresh. ").plain(problem.detail.clone());
    screen.frame.notices.push(Banner { tone: Tone::Warn, text, action: None });
    screen
}

/// In place of the page: what went wrong, within the frame of the page before.
fn troubled(frame: Frame, problem: Problem, location: &Location) -> Screen {
    let address = parallax_domain::Address { path: location.path.clone(), ..frame.address.clone() };
    Screen {
        title: problem.kind.title().to_owned(),
        frame: Frame { address, filters: None, ..frame },
        parts: vec![Part::Problem(problem)],
        ..Screen::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_cannot_be_read_again_keeps_its_figures_and_says_so() {
        let page = Screen { parts: vec![Part::Prose(Text::new("1,204 orders"))], ..Screen::new("Orders") };
        let aged = aged(page.clone(), &Problem::unavailable("The server cannot be reached."));
        assert_eq!(aged.parts, page.parts);
        assert!(aged.frame.notices[0].text.words().contains("cannot be reached"));
    }

    #[test]
    fn trouble_stands_at_the_address_that_was_asked_for() {
        let location = Location { path: "/nowhere".into(), query: String::new() };
        let screen = troubled(Frame::default(), Problem::not_found("page"), &location);
        assert_eq!((screen.frame.address.path.as_str(), screen.title.as_str()), ("/nowhere", "Not found"));
    }
}
