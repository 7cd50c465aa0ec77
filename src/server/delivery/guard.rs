//! Where a call may go. The address is looked up, every answer is checked, and the connection is made to exactly what was
//! checked: a name that answers differently a moment later changes nothing.

use parallax_domain::Problem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::{Host, Url};

/// A checked place: the address with the socket addresses behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub url: Url,
    pub addresses: Vec<SocketAddr>,
}

/// Checks an address that somebody typed. `plain`: http is allowed as well, for programs without TLS.
pub async fn checked(text: &str, plain: bool) -> Result<Target, Problem> {
    let url = shape(text, plain)?;
    let wrong = |detail: &str| Problem::invalid("url", detail);
    let port = url.port_or_known_default().ok_or_else(|| wrong("The address has no port."))?;
    let found: Vec<SocketAddr> = match url.host() {
        Some(Host::Ipv4(address)) => vec![SocketAddr::new(address.into(), port)],
        Some(Host::Ipv6(address)) => vec![SocketAddr::new(address.into(), port)],
        Some(Host::Domain(name)) => {
            let found = tokio::net::lookup_host((name, port)).await;
            found.map_err(|_| wrong("The name of this host is not known."))?.collect()
        }
        None => Vec::new(),
    };
    if found.is_empty() {
        return Err(wrong("The name of this host is not known."));
    }
    // One inner address among several is enough to be sent inside.
    if found.iter().any(|address| !is_public(address.ip())) {
        return Err(wrong("This address is inside a network, not on the internet: it is not called."));
    }
    Ok(Target { url, addresses: found })
}

fn shape(text: &str, plain: bool) -> Result<Url, Problem> {
    let wrong = |detail: &str| Problem::invalid("url", detail);
    let url = Url::parse(text.trim()).map_err(|_| wrong("This is no address such as https://hooks.example/in."))?;
    match url.scheme() {
        "https" => {}
        "http" if plain => {}
        "http" => return Err(wrong("Only https is called, unless plain http is allowed below.")),
        _ => return Err(wrong("Only addresses of the web are called.")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("A name or password does not belong into the address."));
    }
    if text.len() > 2_000 {
        return Err(wrong("The address is too long."));
    }
    Ok(url)
}

/// Whether an address is one of the public internet. What wraps another address is judged by what it wraps.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_multicast()
        || address.is_documentation()
        || address.is_unspecified()
        || a == 0
        || (a == 100 && (64..128).contains(&b)) // shared by carriers, RFC 6598
        || (a == 192 && b == 0 && c == 0) // protocol assignments, RFC 6890
        || (a == 192 && b == 88 && c == 99) // relays of 6to4
        || (a == 198 && (18..20).contains(&b)) // benchmarks, RFC 2544
        || a >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let last = |high: u16, low: u16| Ipv4Addr::new((high >> 8) as u8, high as u8, (low >> 8) as u8, low as u8);
    match segments {
        // translated by NAT64
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(last(high, low)),
        [0x64, 0xff9b, 1, ..] => false,
        // 6to4 carries the address in front; compatible addresses at the end
        [0x2002, high, low, ..] => is_public_v4(last(high, low)),
        [0, 0, 0, 0, 0, 0, ..] => false,
        // Teredo, documentation, discard, Orchid
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x100, 0, 0, 0, ..] => false,
        [first, ..] => {
            let unique_local = first & 0xfe00 == 0xfc00;
            let link_local = first & 0xffc0 == 0xfe80;
            let site_local = first & 0xffc0 == 0xfec0;
            !(unique_local || link_local || site_local || address.is_multicast())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_inside_are_refused_in_every_spelling() {
        for inside in [
            "https://127.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://[::ffff:10.0.0.1]/",
            "https://[::1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://100.64.0.1/",
            "https://10.1.2.3:8443/x",
            "https://0.0.0.0/",
            "https://localhost/",
            "https://255.255.255.255/",
            "https://224.0.0.1/",
        ] {
            let refused = checked(inside, true).await.unwrap_err();
            assert_eq!(refused.field.as_deref(), Some("url"), "{inside}");
        }
    }

    #[tokio::test]
    async fn other_addresses_of_no_web_are_refused() {
        for text in
            ["file:///etc/passwd", "gopher://example.com/", "hooks.example", "https://a:b@8.8.8.8/", "http://8.8.8.8/"]
        {
            assert_eq!(checked(text, false).await.unwrap_err().field.as_deref(), Some("url"), "{text}");
        }
        let target = checked("https://8.8.8.8/hook", false).await.unwrap();
        assert_eq!(target.addresses, ["8.8.8.8:443".parse().unwrap()]);
        assert!(checked("http://8.8.8.8/hook", true).await.is_ok());
    }

    #[test]
    fn the_internet_is_public() {
        for address in ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::1", "64:ff9b::808:808"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
