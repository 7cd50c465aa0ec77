//! Field names that tell by themselves that their value is personal or secret.

use super::KEY_LIMIT;
use crate::privacy::scrub;
use unicode_normalization::UnicodeNormalization;

/// What happens to the value of a field because of the field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Replaced by this text.
    Mask(&'static str),
    /// Not stored at all.
    Drop,
    /// Replaced by a keyed hash: can be counted, cannot be read.
    Hash,
    /// The address of a page: loses user, query and fragment, and whom its path names.
    Address,
    /// A user agent: becomes browser and system.
    Agent,
}

/// The action for text and numbers under this name (yes and no tell nothing); none for names that tell nothing.
/// Spelling does not matter: `user.email`, `userEmail`, `USER_E-MAIL` and `$email` are one name.
pub fn action(key: &str) -> Option<Action> {
    let words = words(key);
    let (parent, name) = split_last(&words);
    if matches!(name.first().map(String::as_str), Some("is" | "has")) {
        return None;
    }
    let joined = name.join("_");
    let owner = parent.last().map(String::as_str).unwrap_or_default();
    secret(&joined)
        .or_else(|| personal(&joined, owner, parent.is_empty()))
        .or_else(|| identifier(&joined, owner, parent.is_empty()))
        .or_else(|| address(&joined, owner, parent.is_empty()))
}

fn secret(name: &str) -> Option<Action> {
    let exact = matches!(
        name,
        "pin"
            | "otp"
            | "cvv"
            | "cvc"
            | "cvv2"
            | "jwt"
            | "pass"
            | "credentials"
            | "cookies"
            | "security_code"
            | "security_answer"
    );
    (exact || scrub::names_a_secret(name)).then_some(Action::Drop)
}

fn personal(name: &str, owner: &str, alone: bool) -> Option<Action> {
    const EMAILS: [&str; 6] = ["email", "e_mail", "mail", "email_address", "mail_address", "e_mail_address"];
    const PHONES: [&str; 8] =
        ["phone", "telephone", "phone_number", "phonenumber", "mobile_number", "mobile_phone", "msisdn", "fax_number"];
    const NAMES: [&str; 22] = [
        "full_name",
        "fullname",
        "first_name",
        "firstname",
        "last_name",
        "lastname",
        "middle_name",
        "maiden_name",
        "given_name",
        "family_name",
        "surname",
        "real_name",
        "customer_name",
        "contact_name",
        "person_name",
        "recipient_name",
        "sender_name",
        "billing_name",
        "shipping_name",
        "cardholder_name",
        "employee_name",
        "patient_name",
    ];
    const STREETS: [&str; 14] = [
        "street",
        "street_address",
        "street_name",
        "address_line",
        "address_line_1",
        "address_line_2",
        "address_1",
        "address_2",
        "home_address",
        "postal_address",
        "billing_address",
        "shipping_address",
        "mailing_address",
        "delivery_address",
    ];
    const NETWORK: [&str; 14] = [
        "ip",
        "ips",
        "ipv4",
        "ipv6",
        "ip_addr",
        "ip_address",
        "ipaddress",
        "ipaddr",
        "remote_addr",
        "remote_address",
        "peer_addr",
        "client_address",
        "x_forwarded_for",
        "forwarded",
    ];
    const CARDS: [&str; 9] = [
        "card",
        "card_number",
        "cardnumber",
        "credit_card",
        "creditcard",
        "credit_card_number",
        "cc_number",
        "ccnumber",
        "pan",
    ];
    const DROPPED: [&str; 30] = [
        "ssn",
        "social_security_number",
        "national_id",
        "national_insurance_number",
        "passport",
        "passport_number",
        "driver_license",
        "drivers_license",
        "driving_licence",
        "license_number",
        "tax_id",
        "tax_number",
        "nino",
        "aadhaar",
        "curp",
        "cpf",
        "personal_number",
        "identity_number",
        "dob",
        "date_of_birth",
        "birthday",
        "birthdate",
        "birth_date",
        "latitude",
        "longitude",
        "gps",
        "coordinates",
        "bank_account",
        "bank_account_number",
        "routing_number",
    ];
    const PEOPLE: [&str; 18] = [
        "user",
        "enduser",
        "customer",
        "person",
        "people",
        "contact",
        "patient",
        "employee",
        "member",
        "recipient",
        "sender",
        "owner",
        "profile",
        "billing",
        "shipping",
        "traits",
        "buyer",
        "cardholder",
    ];
    let ends = |list: &[&str]| {
        list.iter().any(|end| name == *end || name.strip_suffix(end).is_some_and(|start| start.ends_with('_')))
    };
    let of_a_person = alone || PEOPLE.contains(&owner);
    if ends(&EMAILS) {
        Some(Action::Mask("[email]"))
    } else if ends(&PHONES) || matches!(name, "tel" | "mobile_no") {
        Some(Action::Mask("[phone]"))
    } else if ends(&NAMES) || name == "name" && of_a_person {
        Some(Action::Mask("[name]"))
    } else if ends(&NETWORK)
        || matches!(name, "address" | "addr") && matches!(owner, "client" | "source" | "peer" | "remote")
    {
        Some(Action::Mask("[ip]"))
    } else if ends(&STREETS) || name == "address" && of_a_person {
        Some(Action::Mask("[address]"))
    } else if ends(&CARDS) {
        Some(Action::Mask("[card]"))
    } else if ends(&["iban"]) {
        Some(Action::Mask("[iban]"))
    } else if ends(&DROPPED)
        || matches!(name, "lat" | "lng" | "lon") && matches!(owner, "geo" | "location" | "position")
    {
        Some(Action::Drop)
    } else {
        None
    }
}

fn identifier(name: &str, owner: &str, alone: bool) -> Option<Action> {
    const NAMES: [&str; 31] = [
        "user_id",
        "userid",
        "enduser_id",
        "customer_id",
        "member_id",
        "person_id",
        "employee_id",
        "patient_id",
        "contact_id",
        "subscriber_id",
        "distinct_id",
        "visitor_id",
        "anonymous_id",
        "device_id",
        "deviceid",
        "advertising_id",
        "idfa",
        "idfv",
        "gaid",
        "android_id",
        "imei",
        "imsi",
        "mac_address",
        "username",
        "user_name",
        "login_name",
        "screen_name",
        "nickname",
        "auth_user_id",
        // What else is stored of a session is its keyed hash; in clear it would lead back to its person.
        "session_id",
        "sessionid",
    ];
    let whole = NAMES.contains(&name) || alone && matches!(name, "uid" | "login" | "user" | "enduser");
    let part = matches!(owner, "user" | "enduser" | "customer" | "person" | "session")
        && matches!(name, "id" | "uid" | "login" | "hash");
    (whole || part).then_some(Action::Hash)
}

fn address(name: &str, owner: &str, alone: bool) -> Option<Action> {
    if matches!(name, "user_agent" | "useragent")
        || name.ends_with("_user_agent")
        || owner == "agent" && name == "original"
    {
        return Some(Action::Agent);
    }
    let of_a_page = alone || matches!(owner, "url" | "http" | "page" | "request" | "document" | "context");
    let whole = matches!(name, "url" | "uri" | "href" | "referrer" | "referer")
        || ["_url", "_uri", "_href", "_referrer", "_referer"].iter().any(|end| name.ends_with(end));
    let path = matches!(name, "path" | "pathname" | "page_path" | "request_path" | "url_path") && of_a_page
        || owner == "http" && name == "target"
        || owner == "url" && matches!(name, "full" | "original");
    let query =
        matches!(name, "query_string" | "querystring") || owner == "url" && matches!(name, "query" | "fragment");
    match query {
        true => Some(Action::Drop),
        false => (whole || path).then_some(Action::Address),
    }
}

/// The words of a name, its parts divided by an empty word.
fn words(key: &str) -> Vec<String> {
    let letters: Vec<char> = key.nfkc().take(4 * KEY_LIMIT).collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (index, &letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| letters.get(index)).copied().unwrap_or(' ');
        let after = letters.get(index + 1).copied().unwrap_or(' ');
        let hump = letter.is_uppercase() && (before.is_lowercase() || before.is_uppercase() && after.is_lowercase());
        let number =
            letter.is_ascii_digit() != before.is_ascii_digit() && before.is_alphabetic() && !word.starts_with("ip");
        if (hump || number || !letter.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if matches!(letter, '.' | '/' | '[' | ':') && words.last().is_some_and(|last| !last.is_empty()) {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// What stands before the last part that is not a mere index, and that part.
fn split_last(words: &[String]) -> (&[String], &[String]) {
    let mut end = words.len();
    while end > 0
        && (words[end - 1].is_empty()
            || words[end - 1].bytes().all(|byte| byte.is_ascii_digit()) && is_index(&words[..end]))
    {
        end -= 1;
    }
    let words = &words[..end];
    match words.iter().rposition(String::is_empty) {
        Some(at) => (&words[..at], &words[at + 1..]),
        None => (&[], words),
    }
}

fn is_index(words: &[String]) -> bool {
    words.len() >= 2 && words[words.len() - 2].is_empty()
}
