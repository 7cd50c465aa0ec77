//! Stack traces of browsers, in one form.

/// Firefox and Safari write `name@place`, Chromium writes `at name (place)`; the latter is what issues are grouped by.
pub fn common(stack: &str) -> String {
    let lines: Vec<String> = stack.lines().map(frame).collect();
    lines.join("\n")
}

fn frame(line: &str) -> String {
    let Some((name, place)) = line.split_once('@').filter(|(_, place)| is_place(place)) else { return line.to_owned() };
    let name = name.trim();
    if name.is_empty() { format!("    at {place}") } else { format!("    at {name} ({place})") }
}

/// Ends with a line and a column.
fn is_place(text: &str) -> bool {
    let mut parts = text.rsplit(':');
    let number = |part: Option<&str>| {
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    number(parts.next()) && number(parts.next()) && parts.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::grouping::group;
    use crate::record::Exception;

    const CHROMIUM: &str = "TypeError: x is undefined\n    at pay (https://shop.example/js/pay.js:10:5)\n    at https://shop.example/js/app.js:2:1";
    const FIREFOX: &str = "pay@https://shop.example/js/pay.js:12:7\n@https://shop.example/js/app.js:3:1";

    #[test]
    fn frames_of_all_browsers_have_one_form() {
        assert_eq!(common(CHROMIUM), CHROMIUM);
        assert_eq!(
            common(FIREFOX),
            "    at pay (https://shop.example/js/pay.js:12:7)\n    at https://shop.example/js/app.js:3:1"
        );
        assert_eq!(common("sent to jane@shop.example"), "sent to jane@shop.example", "an address is no frame");
    }

    #[test]
    fn the_same_mistake_in_two_browsers_is_one_issue() {
        let of = |stack: &str| {
            let exception = Exception {
                r#type: "TypeError".into(),
                message: String::new(),
                stack: Some(common(stack)),
                handled: false,
            };
            group(Some("browser"), &exception).id
        };
        assert_eq!(of(CHROMIUM), of(FIREFOX));
    }
}
