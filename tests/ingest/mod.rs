mod bad_input;
mod events;
mod identity;
mod lines;
mod otlp;
mod repeats;
mod senders;
