//! Catalogue, consent and anonymisation, through the real doors.

mod canaries;
mod catalogue;
mod check;
mod consent;
mod gate;
mod withdrawal;
