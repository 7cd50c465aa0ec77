use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn of_zone(name: &str) -> Option<String> {
    country(None, Some(name), None).map(|country| country.to_string())
}

/// A database that says `code` for 203.0.0.0/8 and nothing for all else, written by the format's description:
/// a tree of eight nodes with records of 24 bits, 16 zero bytes, the data, then the metadata.
fn database(code: &str) -> GeoDatabase {
    let text = |value: &str| [&[0x40 | value.len() as u8], value.as_bytes()].concat();
    let number = |kind: u8, value: u16| [&[(kind << 5) | 2][..], &value.to_be_bytes()].concat();
    let nodes = 8u32;
    let mut file = Vec::new();
    for depth in 0..nodes {
        let empty = nodes;
        let next = if depth + 1 == nodes { nodes + 16 } else { depth + 1 };
        let bit = (203u32 >> (7 - depth)) & 1;
        let records = if bit == 1 { [empty, next] } else { [next, empty] };
        records.iter().for_each(|record| file.extend(&record.to_be_bytes()[1..]));
    }
    file.extend([0; 16]);
    file.extend([vec![0xe1], text("country"), vec![0xe1], text("iso_code"), text(code)].concat());
    file.extend(b"\xab\xcd\xefMaxMind.com");
    let fields = [
        [text("node_count"), number(6, 8)],
        [text("record_size"), number(5, 24)],
        [text("ip_version"), number(5, 4)],
        [text("binary_format_major_version"), number(5, 2)],
        [text("binary_format_minor_version"), number(5, 0)],
        [text("database_type"), text("Country")],
        [text("languages"), vec![0x00, 0x04]],
        [text("build_epoch"), vec![0x02, 0x02, 0x00, 0x01]],
        [text("description"), vec![0xe0]],
    ];
    file.push(0xe0 | fields.len() as u8);
    fields.iter().flatten().for_each(|field| file.extend(field));
    GeoDatabase::from_bytes(file).expect("a database")
}

#[test]
fn a_time_zone_tells_the_country() {
    assert_eq!(of_zone("Europe/Berlin").as_deref(), Some("DE"));
    assert_eq!(of_zone("America/Argentina/Buenos_Aires").as_deref(), Some("AR"));
    assert_eq!(of_zone("Asia/Tokyo").as_deref(), Some("JP"));
}

#[test]
fn old_names_of_zones_still_tell_it() {
    for (name, code) in [
        ("Asia/Calcutta", "IN"),
        ("US/Eastern", "US"),
        ("Europe/Kiev", "UA"),
        ("Iceland", "IS"),
        ("Pacific/Truk", "FM"),
        ("Atlantic/Jan_Mayen", "SJ"),
        ("Asia/Saigon", "VN"),
        ("GB", "GB"),
    ] {
        assert_eq!(of_zone(name).as_deref(), Some(code), "{name}");
    }
}

#[test]
fn what_is_no_place_has_no_country() {
    for name in ["UTC", "Etc/GMT+3", "CET", "EST5EDT", "", "Europe/Nowhere", "europe/berlin'||pg_sleep(5)--"] {
        assert_eq!(of_zone(name), None, "{name}");
    }
}

#[test]
fn the_database_goes_before_the_zone_and_the_zone_fills_its_gaps() {
    let database = database("NZ");
    let ask = |address: &str| {
        country(Some(ip(address)), Some("Europe/Berlin"), Some(&database)).map(|country| country.to_string())
    };
    assert_eq!(ask("203.0.113.7").as_deref(), Some("NZ"));
    assert_eq!(ask("::ffff:203.0.113.7").as_deref(), Some("NZ"));
    assert_eq!(ask("198.51.100.1").as_deref(), Some("DE"));
    assert_eq!(ask("2001:db8::1").as_deref(), Some("DE"));
    assert_eq!(country(Some(ip("198.51.100.1")), None, Some(&database)), None);
    assert_eq!(country(None, None, None), None);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    assert!(GeoDatabase::from_bytes(b"no database".to_vec()).is_err());
    assert!(GeoDatabase::open(Path::new("/nowhere/country.mmdb")).is_err());
}

#[test]
fn a_coarse_address_names_a_network() {
    assert_eq!(coarse(ip("203.0.113.77")), ip("203.0.113.0"));
    assert_eq!(coarse(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1::"));
    assert_eq!(coarse(ip("::ffff:203.0.113.77")), ip("203.0.113.0"));
}

#[test]
fn a_country_is_two_letters() {
    assert_eq!(Country::new("de").map(|country| country.to_string()).as_deref(), Some("DE"));
    assert_eq!(Country::new("D1"), None);
    assert_eq!(Country::new("DEU"), None);
    assert_eq!(Country::new("é"), None);
}
