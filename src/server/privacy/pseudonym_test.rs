use super::*;

const SECRET: ProjectSecret = ProjectSecret([7; 32]);

fn address() -> IpAddr {
    "203.0.113.7".parse().expect("an address")
}

#[test]
fn a_subject_has_one_reference_per_project_and_kind() {
    let user = subject_ref(&SECRET, Subject::User, "customer_12345");
    assert_eq!(user, subject_ref(&SECRET, Subject::User, "customer_12345"));
    assert_ne!(user, subject_ref(&SECRET, Subject::Anonymous, "customer_12345"));
    assert_ne!(user, subject_ref(&SECRET, Subject::User, "customer_12346"));
    assert_ne!(user, subject_ref(&ProjectSecret([8; 32]), Subject::User, "customer_12345"));
    assert_ne!(user[..8], session_ref(&SECRET, "customer_12345").to_be_bytes());
}

#[test]
fn references_do_not_change_with_the_version() {
    // Changing any of these would cut every stored person from their future. Computed with another HMAC implementation.
    assert_eq!(hex::encode(subject_ref(&SECRET, Subject::User, "customer_12345")), "49955082ba3b7cdb27877d208e53dd32");
    assert_eq!(hex::encode(subject_ref(&SECRET, Subject::Anonymous, "a-77")), "979a035c2e52618492c058b4dca224ba");
    assert_eq!(format!("{:016x}", session_ref(&SECRET, "s-9")), "16ad4968571f4f37");
    assert_eq!(hex::encode(event_key("order-1")), "0bafe22156d2698c143b86040446d366");
}

#[test]
fn a_made_up_visitor_lives_for_a_day_a_project_and_a_host() {
    let visitor = |salt: u8, project, agent: &str, host: &str| daily_ref(&[salt; 32], project, address(), agent, host);
    let one = visitor(1, 1, "agent", "shop.example");
    assert_eq!(one, visitor(1, 1, "agent", "shop.example"));
    assert_ne!(one, visitor(2, 1, "agent", "shop.example"));
    assert_ne!(one, visitor(1, 2, "agent", "shop.example"));
    assert_ne!(one, visitor(1, 1, "agent2", "shop.example"));
    assert_ne!(visitor(1, 1, "ab", "c"), visitor(1, 1, "a", "bc"));
    let mapped = "::ffff:203.0.113.7".parse().expect("an address");
    assert_eq!(one, daily_ref(&[1; 32], 1, mapped, "agent", "shop.example"));
}

#[test]
fn what_is_sealed_opens_with_the_key_of_its_person_only() {
    let key = random_key().expect("random bytes");
    let sealed = seal(&key, "jane@example.org").expect("sealed");
    assert_eq!(open(&key, &sealed).as_deref(), Some("jane@example.org"));
    assert_eq!(open(&[0; 32], &sealed), None);
    assert!(!sealed.windows(4).any(|part| part == b"jane"));
    assert_ne!(sealed, seal(&key, "jane@example.org").expect("sealed"), "the nonce is fresh each time");
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        assert_eq!(open(&key, &changed), None);
        assert_eq!(open(&key, &sealed[..index]), None);
    }
    assert_eq!(open(&key, &seal(&key, "").expect("sealed")).as_deref(), Some(""));
}

#[test]
fn an_event_id_is_one_key_in_every_spelling_of_a_uuid() {
    let bytes = *uuid::uuid!("0194f7a2-7c3b-7000-8000-00000000abcd").as_bytes();
    for spelling in [
        "0194f7a2-7c3b-7000-8000-00000000abcd",
        "0194F7A2-7C3B-7000-8000-00000000ABCD",
        "0194f7a27c3b7000800000000000abcd",
        "{0194f7a2-7c3b-7000-8000-00000000abcd}",
        "urn:uuid:0194f7a2-7c3b-7000-8000-00000000abcd",
        " 0194f7a2-7c3b-7000-8000-00000000abcd\n",
    ] {
        assert_eq!(event_key(spelling), bytes, "{spelling}");
    }
    assert_ne!(event_key("order-1"), event_key("order-2"));
}

#[test]
fn a_secret_does_not_show_in_debug_output() {
    assert_eq!(format!("{SECRET:?}"), "ProjectSecret(…)");
}
