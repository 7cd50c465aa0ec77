//! A view that is left alone while what it shows has not changed.
//!
//! A page that reads itself again every few seconds mostly says the same as before. Type-erased
//! views write all their attributes anew on every update, and finished markup would be parsed again;
//! that would cost the focus and whatever is open in it, for nothing.

use leptos::{
    attr::{Attribute, any_attribute::AnyAttribute},
    prelude::*,
    tachys::{
        hydration::Cursor,
        ssr::StreamBuilder,
        view::{Position, PositionState, any_view::AnyViewState},
    },
    web_sys::{Element, Node},
};
use parallax_domain::{
    Address,
    screen::{FilterBar, Frame, Part},
};

/// What a view shows.
#[derive(PartialEq)]
pub enum Key {
    Part(Part),
    Side(Frame),
    Bar(FilterBar, Address),
    Keep(Vec<Part>),
}

pub struct Kept {
    key: Key,
    view: AnyView,
}

pub fn kept(key: Key, view: AnyView) -> AnyView {
    Kept { key, view }.into_any()
}

pub struct KeptState {
    key: Key,
    state: AnyViewState,
}

impl Render for Kept {
    type State = KeptState;

    fn build(self) -> KeptState {
        KeptState { key: self.key, state: self.view.build() }
    }

    fn rebuild(self, state: &mut KeptState) {
        if self.key != state.key {
            self.view.rebuild(&mut state.state);
            state.key = self.key;
        }
    }
}

impl Mountable for KeptState {
    fn unmount(&mut self) {
        self.state.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.state.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.state.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.state.elements()
    }
}

impl AddAnyAttr for Kept {
    type Output<NewAttr: Attribute> = Kept;

    fn add_any_attr<NewAttr: Attribute>(self, attribute: NewAttr) -> Kept
    where
        Self::Output<NewAttr>: RenderHtml,
    {
        Kept { key: self.key, view: self.view.add_any_attr(attribute).into_any() }
    }
}

impl RenderHtml for Kept {
    type AsyncOutput = Kept;
    type Owned = Kept;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {
        self.view.dry_resolve();
    }

    async fn resolve(self) -> Kept {
        Kept { key: self.key, view: self.view.resolve().await }
    }

    fn html_len(&self) -> usize {
        self.view.html_len()
    }

    fn to_html_with_buf(
        self,
        buffer: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attributes: Vec<AnyAttribute>,
    ) {
        self.view.to_html_with_buf(buffer, position, escape, mark_branches, extra_attributes);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buffer: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attributes: Vec<AnyAttribute>,
    ) {
        self.view.to_html_async_with_buf::<OUT_OF_ORDER>(buffer, position, escape, mark_branches, extra_attributes);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> KeptState {
        KeptState { key: self.key, state: self.view.hydrate::<FROM_SERVER>(cursor, position) }
    }

    fn into_owned(self) -> Kept {
        self
    }
}
