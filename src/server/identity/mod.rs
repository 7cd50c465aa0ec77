//! Who signs in and who sends: accounts, sessions, roles, keys, audit.

pub mod accounts;
pub mod audit;
pub mod audit_head;
pub mod keys;
mod password;
pub mod projects;
pub mod shown;
pub mod throttle;
