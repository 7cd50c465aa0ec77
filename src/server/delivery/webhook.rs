//! Calls to another program: one POST with a signature, to a checked address, without redirects, within five seconds.

use super::guard::{self, Target};
use super::{load, secret, tried};
use crate::machine::Machine;
use anyhow::{Context, bail};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use http_body_util::Full;
use hyper::Request;
use hyper_util::rt::TokioIo;
use parallax_domain::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

pub const KIND: &str = "webhook";
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    pub url: String,
    /// http is allowed as well.
    pub plain: bool,
}

/// Sends a test to the saved address. What came of it is written down and told.
pub async fn try_webhook(machine: &Machine) -> Result<String, Problem> {
    let kept = load::<Webhook>(machine, KIND).await?.ok_or_else(|| Problem::not_found("webhook; save one first"))?;
    let body = json!({ "kind": "test", "text": "Parallax reaches this address.", "at": machine.clock.now() });
    let secret = secret(machine, KIND).await?.unwrap_or_default();
    let outcome = match guard::checked(&kept.settings.url, kept.settings.plain).await {
        Ok(target) => post(&target, &secret, &body, machine.clock.now()).await.map_err(|error| error.to_string()),
        Err(problem) => Err(problem.detail),
    };
    let words = match &outcome {
        Ok(status) => format!("answered {status}"),
        Err(words) => words.clone(),
    };
    tried(machine, KIND, &words).await?;
    match outcome {
        Ok(status) => Ok(format!("The address answered {status}")),
        Err(words) => Err(Problem::invalid("url", words)),
    }
}

/// Posts a message and gives the status. The body of the answer is not looked at.
///
/// `Parallax-Signature: v1=<HMAC-SHA256 of "timestamp.body", hexadecimal>`, `Parallax-Timestamp: <seconds since 1970>`.
pub async fn post(target: &Target, secret: &str, body: &Value, now: DateTime<Utc>) -> anyhow::Result<u16> {
    match tokio::time::timeout(PATIENCE, send(target, secret, body, now)).await {
        Ok(status) => status,
        Err(_) => bail!("no answer within {} s", PATIENCE.as_secs()),
    }
}

async fn send(target: &Target, secret: &str, body: &Value, now: DateTime<Utc>) -> anyhow::Result<u16> {
    let body = body.to_string();
    let request = request(target, secret, body, now)?;
    let address = target.addresses.first().context("the address is not known")?;
    // To what was checked, not to what the name says by now.
    let stream = TcpStream::connect(address).await.context("the address does not take the call")?;
    let status = if target.url.scheme() == "https" {
        let host = target.url.host_str().context("the address has no host")?.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).context("the host has no name that a certificate can be for")?;
        let stream = connector()?.connect(name, stream).await.context("no secure connection could be made")?;
        exchange(TokioIo::new(stream), request).await?
    } else {
        exchange(TokioIo::new(stream), request).await?
    };
    match status {
        200..=299 => Ok(status),
        300..=399 => bail!("answered {status}: redirects are not followed"),
        _ => bail!("answered {status}"),
    }
}

fn request(target: &Target, secret: &str, body: String, now: DateTime<Utc>) -> anyhow::Result<Request<Full<Bytes>>> {
    let timestamp = now.timestamp().to_string();
    let path = match target.url.query() {
        Some(query) => format!("{}?{query}", target.url.path()),
        None => target.url.path().to_owned(),
    };
    let host = target.url.host_str().context("the address has no host")?;
    let host = target.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Ok(Request::post(path)
        .header("host", host)
        .header("content-type", "application/json")
        .header("user-agent", concat!("parallax/", env!("CARGO_PKG_VERSION")))
        .header("parallax-signature", format!("v1={}", signature(secret, &timestamp, &body)))
        .header("parallax-timestamp", timestamp)
        .body(Full::new(Bytes::from(body)))?)
}

fn signature(secret: &str, timestamp: &str, body: &str) -> String {
    // A secret longer than a block is hashed by HMAC itself; ours are made shorter.
    let block: [u8; 64] = std::array::from_fn(|index| secret.as_bytes().get(index).copied().unwrap_or_default());
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(format!("{timestamp}.{body}").as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> anyhow::Result<u16>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await.context("the answer could not be read");
    connection.abort();
    Ok(answer?.status().as_u16())
}

fn connector() -> anyhow::Result<TlsConnector> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A program that answers once, and what it was sent.
    async fn listening(answer: &'static str) -> (Target, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = vec![0; 4096];
            let length = stream.read(&mut heard).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&heard[..length]).into_owned()
        });
        // The guard would refuse this address; what is tried here is the call after it.
        let url = format!("http://hooks.example:{}/in?a=1", address.port()).parse().unwrap();
        (Target { url, addresses: vec![address] }, heard)
    }

    #[tokio::test]
    async fn a_call_is_signed_and_goes_to_the_checked_address() {
        let now: DateTime<Utc> = "2026-11-22T13:00:00Z".parse().unwrap();
        let (target, heard) = listening("HTTP/1.1 204 No Content\r\n\r\n").await;
        assert_eq!(post(&target, "s3cret", &json!({ "a": 1 }), now).await.unwrap(), 204);
        let heard = heard.await.unwrap().to_lowercase();
        assert!(heard.starts_with("post /in?a=1 http/1.1\r\n"), "{heard}");
        assert!(heard.contains("host: hooks.example:"), "{heard}");
        let expected = signature("s3cret", &now.timestamp().to_string(), "{\"a\":1}");
        assert!(heard.contains(&format!("parallax-signature: v1={expected}")), "{heard}");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let (target, _heard) = listening("HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\n\r\n").await;
        let error = post(&target, "", &json!({}), Utc::now()).await.unwrap_err();
        assert!(error.to_string().contains("redirects are not followed"), "{error}");
    }
}
