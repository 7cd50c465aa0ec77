//! The mail server, and a test mail through it.

use super::{load, secret, tried};
use crate::machine::Machine;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use parallax_domain::Problem;
use serde::{Deserialize, Serialize};
use std::time::Duration;

pub const KIND: &str = "mail";
const PATIENCE: Duration = Duration::from_secs(10);
/// Ports of mail servers: a form of ours is no port scanner.
const PORTS: [u16; 4] = [25, 465, 587, 2525];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte, usually on port 465.
    #[default]
    Tls,
    /// Plain at first, then TLS or nothing, usually on port 587.
    StartTls,
    /// Never: for a relay on the same machine.
    None,
}

impl Security {
    pub const ALL: [Security; 3] = [Security::Tls, Security::StartTls, Security::None];

    pub fn word(self) -> &'static str {
        match self {
            Security::Tls => "tls",
            Security::StartTls => "starttls",
            Security::None => "none",
        }
    }

    pub fn parse(word: &str) -> Option<Security> {
        Security::ALL.into_iter().find(|security| security.word() == word)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// Empty: without signing in.
    pub user: String,
    /// The sender's address.
    pub from: String,
}

impl Mail {
    /// The same check for saving and for sending.
    pub fn check(&self) -> Result<(), Problem> {
        let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        if self.host.is_empty() || self.host.len() > 253 || !self.host.chars().all(name) {
            return Err(Problem::invalid("host", "Name the mail server, such as smtp.example."));
        }
        if !PORTS.contains(&self.port) {
            return Err(Problem::invalid("port", "Mail servers listen on 25, 465, 587 or 2525."));
        }
        if self.security == Security::None && !matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1") {
            return Err(Problem::invalid(
                "security",
                "Without TLS mails go only through a relay on this machine (localhost).",
            ));
        }
        self.from.parse::<Mailbox>().map_err(|_| Problem::invalid("from", "This is no mail address."))?;
        Ok(())
    }
}

/// Sends a test mail to whoever asks for it.
pub async fn try_mail(machine: &Machine, to: &str) -> Result<String, Problem> {
    let kept = load::<Mail>(machine, KIND).await?.ok_or_else(|| Problem::not_found("mail server; save one first"))?;
    let password = secret(machine, KIND).await?.unwrap_or_default();
    let outcome = send(&kept.settings, &password, to).await;
    let words = match &outcome {
        Ok(()) => format!("sent to {to}"),
        Err(problem) => problem.detail.clone(),
    };
    tried(machine, KIND, &words).await?;
    outcome.map(|()| format!("A test mail is on its way to {to}"))
}

async fn send(mail: &Mail, password: &str, to: &str) -> Result<(), Problem> {
    mail.check()?;
    let wrong = |field: &str| Problem::invalid(field, "This is no mail address.");
    let message = Message::builder()
        .from(mail.from.parse().map_err(|_| wrong("from"))?)
        .to(to.parse().map_err(|_| wrong("to"))?)
        .subject("Parallax can send mail")
        .body("This mail was sent to try the settings. Nothing needs to be done.\n".to_owned())
        .map_err(|_| wrong("from"))?;
    let host = |_| Problem::invalid("host", "This name cannot be a mail server's.");
    let builder = match mail.security {
        Security::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&mail.host).map_err(host)?,
        Security::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&mail.host).map_err(host)?,
        Security::None => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&mail.host),
    };
    let mut builder = builder.port(mail.port).timeout(Some(PATIENCE));
    if !mail.user.is_empty() {
        builder = builder.credentials(Credentials::new(mail.user.clone(), password.to_owned()));
    }
    builder.build().send(message).await.map_err(|error| {
        // What a mail server says may repeat addresses; the kind of trouble is enough.
        let detail = if error.is_timeout() {
            "The mail server did not answer in time."
        } else if error.is_permanent() {
            "The mail server refused: check user, password and sender."
        } else if error.is_transient() {
            "The mail server asks to try again later."
        } else {
            "The mail server cannot be reached like this: check name, port and security."
        };
        Problem::invalid("host", detail)
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            host: "smtp.shop.example".into(),
            port: 465,
            security: Security::Tls,
            user: "parallax".into(),
            from: "Parallax <parallax@shop.example>".into(),
        }
    }

    #[test]
    fn settings_are_checked_by_field() {
        assert_eq!(mail().check(), Ok(()));
        let field = |mail: Mail| mail.check().unwrap_err().field.unwrap();
        assert_eq!(field(Mail { host: "smtp/..".into(), ..mail() }), "host");
        assert_eq!(field(Mail { port: 22, ..mail() }), "port");
        assert_eq!(field(Mail { security: Security::None, ..mail() }), "security");
        assert_eq!(field(Mail { from: "nobody".into(), ..mail() }), "from");
        assert_eq!(Mail { security: Security::None, host: "localhost".into(), port: 25, ..mail() }.check(), Ok(()));
    }
}
