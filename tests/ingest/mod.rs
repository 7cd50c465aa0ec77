mod bad_input;
mod browser;
mod events;
mod identity;
mod lines;
mod otlp;
mod repeats;
mod senders;
