//! Consent, catalogue, anonymisation: what may be stored, and in which form. No I/O but the policies'.

pub mod address;
pub mod agent;
pub mod catalogue;
pub mod consent_text;
pub mod gate;
pub mod names;
pub mod policy;
pub mod pseudonym;
pub mod receipt;
pub mod salt;
pub mod scrub;
