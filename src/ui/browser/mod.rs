//! What only a browser can do. Everything here listens at the document, so that markup finished on
//! the server gets the same manners as markup made by the kit, and nothing here runs before the
//! first effect: the page that was sent and the page that is taken over are the same.
//!
//! Without this module every page still reads in full; its links, menus and forms still work.

pub mod navigation;

mod brush;
mod calendar;
mod clock;
mod copy;
mod crosshair;
mod dialogs;
pub mod elements;
mod export;
mod filter;
mod forms;
mod help;
mod keys;
mod menus;
pub mod morph;
mod palette;
mod refresh;
mod send;
mod suggest;
mod theme;
mod toasts;
mod tokens;
mod zones;

pub use help::Help;
pub use palette::Palette;
pub use refresh::Refresh;
pub use toasts::{ToastView, Toasts};

use leptos::prelude::*;
use navigation::{Location, Navigation};

/// What the parts of the program in the browser share.
#[derive(Clone, Copy)]
pub struct Browser {
    pub navigation: Navigation,
    pub refresh: Refresh,
    pub toasts: Toasts,
    pub palette_open: RwSignal<bool>,
    pub help_open: RwSignal<bool>,
    /// Never on the server, and not before the sent page has been taken over.
    started: StoredValue<bool>,
}

impl Browser {
    pub fn new(start: Location) -> Browser {
        Browser {
            navigation: Navigation::new(start),
            refresh: Refresh::default(),
            toasts: Toasts::default(),
            palette_open: RwSignal::new(false),
            help_open: RwSignal::new(false),
            started: StoredValue::new(false),
        }
    }

    pub fn started(&self) -> bool {
        self.started.get_value()
    }

    /// Starts to listen. Called once, in an effect. The order matters where several listen to the
    /// same event: a plot takes its keys before the page does.
    pub fn start(self) {
        self.started.set_value(true);
        let crosshair = crosshair::start();
        brush::start(self, crosshair);
        tokens::start();
        calendar::start();
        zones::start(self);
        menus::start();
        dialogs::start();
        copy::start(self);
        filter::start(self);
        forms::start(self);
        suggest::start(self);
        theme::start();
        export::start();
        keys::start(self);
        self.refresh.start();
        self.navigation.start();
    }

    /// Nothing of a page stays open over the next.
    pub fn leave_page(&self) {
        Navigation::close_disclosures();
        crosshair::clear();
    }

    /// Puts right what the new page cannot know: fields that were typed in.
    pub fn settle(&self) {
        forms::settle();
    }
}
