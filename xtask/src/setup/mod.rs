//! What the machine must have. Each piece says what it found, installs what it may, or names the command that does.

pub mod chromium;
pub mod debian;
pub mod node;
pub mod postgres;
pub mod tools;
pub mod wasm_target;
