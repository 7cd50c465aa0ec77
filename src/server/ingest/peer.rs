//! The address that a request came from. Behind a proxy it is the one that the proxy tells; of others the header
//! `X-Forwarded-For` is only a claim.

use crate::machine::Machine;
use crate::network::Network;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

#[derive(Clone, Copy, Debug)]
pub struct Peer(Option<IpAddr>);

impl Peer {
    pub fn address(self) -> Option<IpAddr> {
        self.0
    }
}

impl FromRequestParts<Arc<Machine>> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, machine: &Arc<Machine>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Peer(peer.map(|peer| behind(peer, &parts.headers, &machine.options.trusted_proxy))))
    }
}

/// The nearest address that is no proxy of ours: every proxy appends whom it got the request from.
fn behind(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let trusted = |address: IpAddr| {
        address.to_canonical().is_loopback() || proxies.iter().any(|network| network.contains(address))
    };
    let mut nearest = peer;
    for told in forwarded(headers).into_iter().rev() {
        if !trusted(nearest) {
            break;
        }
        nearest = told;
    }
    nearest
}

/// Addresses of `X-Forwarded-For`, the first the farthest; what is no address is left out.
pub fn forwarded(headers: &HeaderMap) -> Vec<IpAddr> {
    let lists = headers.get_all("x-forwarded-for").into_iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).filter_map(address).collect()
}

/// With or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.trim_matches(['[', ']']).parse().ok().or_else(|| text.parse().map(|socket: SocketAddr| socket.ip()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        let seen = |peer: &str, told: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", axum::http::HeaderValue::from_static(told));
            let proxies = ["10.0.0.0/8".parse().unwrap()];
            behind(peer.parse().unwrap(), &headers, &proxies).to_string()
        };
        assert_eq!(seen("203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", "198.51.100.1"), "198.51.100.1");
        // What a visitor claims stands before what the proxies add.
        assert_eq!(seen("127.0.0.1", "192.0.2.1, 198.51.100.1, 10.1.2.3"), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", "unknown, [2001:db8::1]:443"), "2001:db8::1");
        assert_eq!(seen("10.0.0.1", ""), "10.0.0.1");
    }
}
