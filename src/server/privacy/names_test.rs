use super::*;
use proptest::prelude::*;

#[test]
fn a_name_is_composed_trimmed_and_readable() {
    assert_eq!(event_name("  Cafe\u{301} opened \u{feff}").as_deref(), Ok("Café opened"));
    assert_eq!(event_name("a\r\nb").as_deref(), Ok("a\\r\\nb"));
    assert_eq!(event_name("abc\u{202e}gnp").as_deref(), Ok("abc\\u{202e}gnp"));
    assert_eq!(event_name("\u{1b}[2Jx").as_deref(), Ok("\\u{1b}[2Jx"));
    assert_eq!(event_name("pur\u{200b}\u{200d}chase").as_deref(), Ok("purchase"));
    assert_eq!(event_name("family 👩\u{200d}👧").as_deref(), Ok("family 👩\u{200d}👧"));
    assert_eq!(event_name("a\0b").as_deref(), Ok("ab"));
}

#[test]
fn a_name_with_personal_data_is_scrubbed() {
    assert_eq!(event_name("invited jane@example.org").as_deref(), Ok("invited [email]"));
    assert_eq!(property_key("clicks 203.0.113.7").as_deref(), Ok("clicks [ip]"));
    assert_eq!(event_name("GET https://a.example/x?email=y").as_deref(), Ok("GET https://a.example/x"));
}

#[test]
fn limits_are_those_of_the_contract() {
    assert!(event_name(&"é".repeat(200)).is_ok());
    assert_eq!(event_name(&"é".repeat(201)), Err(Fault::NameTooLong));
    assert!(property_key(&"k".repeat(150)).is_ok());
    assert_eq!(property_key(&"k".repeat(151)), Err(Fault::KeyTooLong));
    assert_eq!(event_name(" \u{200b}\n"), Err(Fault::NameEmpty));
    assert_eq!(property_key(""), Err(Fault::KeyEmpty));
    assert_eq!(value(&"v".repeat(8192)).map(|value| value.len()), Ok(8192));
    assert_eq!(value(&"v".repeat(8193)), Err(Fault::ValueTooLong));
    assert_eq!(value("a\0b").as_deref(), Ok("ab"));
    assert_eq!(properties(128), Ok(()));
    assert_eq!(properties(129), Err(Fault::TooManyProperties));
}

#[test]
fn names_that_tell_a_personal_value_are_known_in_every_spelling() {
    let table = [
        (
            Some(Action::Mask("[email]")),
            "email e_mail E-Mail user.email userEmail $email contact_email emailAddress traits.email mail",
        ),
        (Some(Action::Mask("[phone]")), "phone phoneNumber PHONE_NUMBER user.phone_number home_phone msisdn"),
        (
            Some(Action::Mask("[name]")),
            "name full_name fullName firstName last-name user.name $first_name customer.name surname billing.name",
        ),
        (
            Some(Action::Mask("[address]")),
            "address street shipping_address billingAddress address_line_1 address1 customer.address",
        ),
        (
            Some(Action::Mask("[ip]")),
            "ip client.address client_ip clientIP IPAddress net.peer.ip http.client_ip remote_addr http.request.header.x-forwarded-for source.address ipv4 $ip",
        ),
        (Some(Action::Mask("[card]")), "card cardNumber credit_card payment.card_number pan"),
        (Some(Action::Mask("[iban]")), "iban IBAN payout.iban"),
        (
            Some(Action::Drop),
            "password user.password passwd secret clientSecret token access_token X-Api-Key apiKey http.request.header.authorization cookie \
             http.response.header.set-cookie http.request.header.cookie proxy-authorization ssn date_of_birth dateOfBirth cvv pin latitude geo.lat \
             http.request.header.authorization.0 headers[authorization] private_key jwt passport_number",
        ),
        (
            Some(Action::Hash),
            "user_id userId enduser.id user.id customer_id username distinct_id device_id imei uid session.id session_id sessionId",
        ),
        (
            Some(Action::Address),
            "url.path url.full http.target http.url page_url pageUrl href referrer http.referer path context.path image_uri",
        ),
        (Some(Action::Drop), "url.query url.fragment query_string"),
        (
            Some(Action::Agent),
            "user_agent userAgent http.user_agent user_agent.original http.request.header.user-agent",
        ),
        (
            None,
            "product.name service.name host.name plan items event.name email_count is_email has_password max_tokens token_count server.address \
             k8s.pod.uid card_type zip shipping amount author monkey http.route file.path code.filepath query skip ship tip description state cardinality author.name \
             gen_ai.usage.input_tokens password_changed_at headphone_model",
        ),
    ];
    for (expected, keys) in table {
        for key in keys.split_whitespace() {
            assert_eq!(action(key), expected, "{key}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stored_name_is_stored_the_same_again(raw in any::<String>()) {
        if let Ok(name) = event_name(&raw) {
            prop_assert!(!name.chars().any(char::is_control), "{name:?}");
            prop_assert_eq!(event_name(&name), Ok(name));
        }
        action(&raw);
    }
}
