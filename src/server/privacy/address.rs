//! From a network address to a country. The address itself is only ever an argument: no result contains it.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::LazyLock;

/// An ISO 3166-1 alpha-2 code in capitals.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// Two letters, in any case.
    pub fn new(code: &str) -> Option<Country> {
        let letters: [u8; 2] = code.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_alphabetic).then(|| Country(letters.map(|letter| letter.to_ascii_uppercase())))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A database in MaxMind's format with a country for each address, if the operator has one.
pub struct GeoDatabase(maxminddb::Reader<Vec<u8>>);

impl fmt::Debug for GeoDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.metadata().database_type)
    }
}

impl GeoDatabase {
    /// Reads the whole file into memory.
    pub fn open(path: &Path) -> Result<GeoDatabase, maxminddb::MaxMindDbError> {
        maxminddb::Reader::open_readfile(path).map(GeoDatabase)
    }

    pub fn from_bytes(bytes: Vec<u8>) -> Result<GeoDatabase, maxminddb::MaxMindDbError> {
        maxminddb::Reader::from_source(bytes).map(GeoDatabase)
    }

    fn country(&self, address: IpAddr) -> Option<Country> {
        use maxminddb::PathElement::Key;
        let found = self.0.lookup(address).ok()?;
        ["country", "registered_country"].into_iter().find_map(|member| {
            let code: Option<&str> = found.decode_path(&[Key(member), Key("iso_code")]).ok()?;
            Country::new(code?)
        })
    }
}

/// The country of an address by the database; else that of the time zone (`Europe/Berlin`) which the client named.
pub fn country(address: Option<IpAddr>, zone: Option<&str>, database: Option<&GeoDatabase>) -> Option<Country> {
    let by_address = database.zip(address).and_then(|(database, address)| database.country(unmapped(address)));
    by_address.or_else(|| zone.and_then(country_of_zone))
}

/// None for zones that are no place (`UTC`) and for names that are no zones.
pub fn country_of_zone(name: &str) -> Option<Country> {
    static ZONES: LazyLock<HashMap<&str, Country>> = LazyLock::new(|| {
        include_str!("zones.tab")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(code, zones)| Some((Country::new(code)?, zones)))
            .flat_map(|(country, zones)| zones.split(' ').map(move |zone| (zone, country)))
            .collect()
    });
    ZONES.get(name.trim()).copied()
}

/// The network only: /24 of IPv4, /48 of IPv6. For counting and limits, never for storage by default.
pub fn coarse(address: IpAddr) -> IpAddr {
    match unmapped(address) {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

/// `::ffff:203.0.113.7` is the IPv4 address in it.
fn unmapped(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
#[path = "address_test.rs"]
mod tests;
