//! The report as JUnit XML, which every continuous integration reads.

use super::plan::Severity;
use super::report::{Check, Finding, Report};
use std::fmt::Write;

impl Report {
    pub fn junit(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let (tests, failures) = (self.checks.len(), self.failures());
        // Writing to a String cannot fail.
        let _ = writeln!(xml, "<testsuites tests=\"{tests}\" failures=\"{failures}\">");
        let _ = writeln!(xml, "  <testsuite name=\"parallax check\" tests=\"{tests}\" failures=\"{failures}\">");
        for check in &self.checks {
            let (class, name, text) = (check.kind, escaped(&name(check)), escaped(&check.text));
            let _ = match check.severity {
                Some(Severity::Fail) => writeln!(
                    xml,
                    "    <testcase classname=\"{class}\" name=\"{name}\"><failure message=\"{text}\"/></testcase>"
                ),
                _ => writeln!(
                    xml,
                    "    <testcase classname=\"{class}\" name=\"{name}\"><system-out>{text}</system-out></testcase>"
                ),
            };
        }
        xml.push_str("  </testsuite>\n</testsuites>\n");
        xml
    }
}

/// The same test keeps its name whether it passes or fails.
fn name(check: &Check) -> String {
    match check.finding {
        Finding::Seen | Finding::Missing => format!("{} seen or missing", check.name),
        other => format!("{} {}", check.name, other.word()),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}
