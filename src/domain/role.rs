//! Who may do what: the table of the contract.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Engineering,
    Product,
    Marketing,
    Support,
    Executive,
    Admin,
}

impl Role {
    pub const ALL: [Role; 6] =
        [Role::Engineering, Role::Product, Role::Marketing, Role::Support, Role::Executive, Role::Admin];

    pub fn word(self) -> &'static str {
        match self {
            Role::Engineering => "engineering",
            Role::Product => "product",
            Role::Marketing => "marketing",
            Role::Support => "support",
            Role::Executive => "executive",
            Role::Admin => "admin",
        }
    }

    /// The page that opens after sign-in.
    pub fn home(self) -> &'static str {
        match self {
            Role::Engineering => "/engineering",
            Role::Product => "/product",
            Role::Marketing => "/marketing",
            Role::Support => "/support",
            Role::Executive => "/executive",
            Role::Admin => "/admin",
        }
    }

    pub fn may(self, permission: Permission) -> bool {
        use Permission::*;
        use Role::*;
        match permission {
            ReadViews | OwnViews => true,
            ReadRawText => matches!(self, Engineering | Support | Admin),
            ResolvePerson => matches!(self, Support | Admin),
            ListPeople => matches!(self, Engineering | Product | Marketing | Support | Admin),
            WriteOperations => matches!(self, Engineering | Admin),
            WriteProduct => matches!(self, Product | Admin),
            WriteMarketing => matches!(self, Marketing | Admin),
            WriteSupport => matches!(self, Support | Admin),
            WriteTargets => matches!(self, Executive | Admin),
            Administer => self == Admin,
        }
    }

    /// Fewest people a cell must hold to be shown to this role (contract rule A5).
    pub fn smallest_cell(self) -> Option<i64> {
        (self == Role::Executive).then_some(20)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Role::ALL.into_iter().find(|role| role.word() == word).ok_or_else(|| {
            format!("unknown role {word:?}; roles are engineering, product, marketing, support, executive, admin")
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// All five views, traces and issues; attributes outside the allow-list are masked.
    ReadViews,
    /// Own saved views.
    OwnViews,
    /// Raw log text and the timeline of one person. Every use is written to the audit log.
    ReadRawText,
    /// The identity behind an opaque person. Audited.
    ResolvePerson,
    /// Lists of people by opaque id.
    ListPeople,
    /// Alerts, deployments, states of issues.
    WriteOperations,
    /// Funnels, segments, features.
    WriteProduct,
    /// Campaigns, goals, spend.
    WriteMarketing,
    /// Tickets and replies.
    WriteSupport,
    /// Targets and reports.
    WriteTargets,
    /// People, keys, projects, privacy, retention, catalogue, consent texts, audit.
    Administer,
}

impl Permission {
    pub const ALL: [Permission; 11] = [
        Permission::ReadViews,
        Permission::OwnViews,
        Permission::ReadRawText,
        Permission::ResolvePerson,
        Permission::ListPeople,
        Permission::WriteOperations,
        Permission::WriteProduct,
        Permission::WriteMarketing,
        Permission::WriteSupport,
        Permission::WriteTargets,
        Permission::Administer,
    ];

    /// Completes the sentence "This is for …".
    pub fn held_by(self) -> &'static str {
        match self {
            Permission::ReadViews | Permission::OwnViews => "people who are signed in",
            Permission::ReadRawText => "engineering, support and admins",
            Permission::ResolvePerson => "support and admins",
            Permission::ListPeople => "every role but executive",
            Permission::WriteOperations => "engineering and admins",
            Permission::WriteProduct => "product and admins",
            Permission::WriteMarketing => "marketing and admins",
            Permission::WriteSupport => "support and admins",
            Permission::WriteTargets => "executives and admins",
            Permission::Administer => "admins",
        }
    }
}
