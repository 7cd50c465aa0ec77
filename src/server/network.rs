//! A part of the address space: one address, or all that begin alike (`10.0.0.0/8`).

use std::net::IpAddr;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    /// So many leading bits are the same.
    bits: u32,
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        let (first, one) = (bits(self.first), bits(address));
        let shift = first.1 - self.bits;
        first.1 == one.1 && (self.bits == 0 || first.0 >> shift == one.0 >> shift)
    }
}

/// The bits of an address, and how many they are. A mapped IPv4 address is one of IPv4.
fn bits(address: IpAddr) -> (u128, u32) {
    match address.to_canonical() {
        IpAddr::V4(address) => (u32::from(address).into(), 32),
        IpAddr::V6(address) => (address.into(), 128),
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = || format!("{text:?} is neither an address nor a network such as 10.0.0.0/8");
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let first: IpAddr = address.trim().parse().map_err(|_| fault())?;
        let most = bits(first).1;
        let bits = length.map_or(Ok(most), |length| length.trim().parse().map_err(|_| fault()))?;
        if bits > most { Err(fault()) } else { Ok(Network { first, bits }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_the_addresses_that_begin_like_it() {
        let holds =
            |network: &str, address: &str| network.parse::<Network>().unwrap().contains(address.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.200.3.4") && holds("10.0.0.0/8", "::ffff:10.1.1.1"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1") && !holds("10.0.0.0/8", "fd00::1"));
        assert!(holds("192.0.2.7", "192.0.2.7") && !holds("192.0.2.7", "192.0.2.8"));
        assert!(holds("fd00::/8", "fd12::1") && holds("0.0.0.0/0", "8.8.8.8") && !holds("::/0", "8.8.8.8"));
        for text in ["10.0.0.0/33", "proxy", "10.0.0.0/x", "/8"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
