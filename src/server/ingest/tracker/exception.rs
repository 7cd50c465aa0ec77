//! An exception as a tracker tells it: frames as objects, written out as the text that a runtime prints.

use super::members::Members;
use crate::privacy::gate::Gate;
use crate::record::Exception;
use serde_json::Value;

/// Bytes of a message and of a stack.
const LONGEST_MESSAGE: usize = 4096;
const LONGEST_STACK: usize = 32 * 1024;
const MOST_FRAMES: usize = 100;
/// Causes of causes.
const DEEPEST: usize = 8;

/// In clear, on its way through the gate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thrown {
    pub r#type: String,
    pub message: String,
    pub stack: Option<String>,
    pub handled: bool,
    /// As the sender calls it.
    pub level: Option<String>,
}

impl Thrown {
    /// Of the first in a list of `{type, value, mechanism, stacktrace}`; the others are what caused it.
    pub fn of_list(list: Vec<Value>) -> Option<Thrown> {
        let mut all = list.into_iter().filter_map(Members::of).take(DEEPEST);
        let mut first = all.next()?;
        let handled = first.object("mechanism").and_then(|mut mechanism| mechanism.truth("handled")).unwrap_or(true);
        let mut thrown = Thrown { handled, ..Thrown::of(&mut first) };
        for mut cause in all {
            let cause = Thrown::of(&mut cause);
            let told = cause.stack.clone().unwrap_or_else(|| cause.title());
            let stack = thrown.stack.get_or_insert_default();
            stack.push_str("\nCaused by: ");
            stack.push_str(&told);
        }
        Some(thrown)
    }

    fn of(members: &mut Members) -> Thrown {
        let mut thrown = Thrown {
            r#type: members.text(&["type"]).unwrap_or_else(|| "Error".to_owned()),
            message: members.text(&["value"]).unwrap_or_default(),
            ..Thrown::default()
        };
        let frames = members.object("stacktrace").and_then(|mut stack| stack.list("frames")).unwrap_or_default();
        let frames: Vec<Members> = frames.into_iter().filter_map(Members::of).take(MOST_FRAMES).collect();
        thrown.stack = (!frames.is_empty()).then(|| thrown.printed(frames));
        thrown
    }

    fn title(&self) -> String {
        format!("{}: {}", self.r#type, self.message)
    }

    /// The frames come with the innermost last. Python prints them so, everybody else the other way round.
    fn printed(&self, frames: Vec<Members>) -> String {
        let python = frames.iter().any(|frame| frame.peek(&["platform"]).as_deref() == Some("python"));
        let lines = frames.into_iter().map(|frame| frame_line(&frame, python));
        if python {
            let lines: Vec<String> = lines.collect();
            return format!("Traceback (most recent call last):\n{}\n{}", lines.join("\n"), self.title());
        }
        let lines: Vec<String> = lines.rev().collect();
        format!("{}\n{}", self.title(), lines.join("\n"))
    }

    /// What may be stored of it.
    pub fn pass(self, gate: &Gate<'_>) -> Exception {
        Exception {
            r#type: gate.name(&self.r#type),
            message: gate.text(&self.message, LONGEST_MESSAGE),
            stack: self.stack.map(|stack| gate.text(&stack, LONGEST_STACK)),
            handled: self.handled,
        }
    }
}

fn frame_line(frame: &Members, python: bool) -> String {
    let file = frame.peek(&["abs_path", "filename", "module"]).unwrap_or_else(|| "?".to_owned());
    let function = frame.peek(&["function", "raw_function"]).filter(|name| name != "?");
    let line = frame.peek(&["lineno"]).unwrap_or_default();
    let column = frame.peek(&["colno"]).map(|column| format!(":{column}")).unwrap_or_default();
    match (python, function) {
        (true, function) => format!("  File \"{file}\", line {line}, in {}", function.as_deref().unwrap_or("?")),
        (false, Some(function)) => format!("    at {function} ({file}:{line}{column})"),
        (false, None) => format!("    at {file}:{line}{column}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn list(platform: &str) -> Vec<Value> {
        let frame = |function: &str, line: u32| json!({ "platform": platform, "filename": "app/pay.x", "function": function, "lineno": line, "colno": 3 });
        vec![
            json!({ "type": "Declined", "value": "no money", "mechanism": { "handled": false },
                    "stacktrace": { "frames": [frame("main", 1), frame("pay", 9)] } }),
            json!({ "type": "Timeout", "value": "bank" }),
            json!("not an exception"),
        ]
    }

    #[test]
    fn frames_are_printed_as_the_runtime_would() {
        let thrown = Thrown::of_list(list("node:javascript")).unwrap();
        assert!(!thrown.handled);
        let stack =
            "Declined: no money\n    at pay (app/pay.x:9:3)\n    at main (app/pay.x:1:3)\nCaused by: Timeout: bank";
        assert_eq!(thrown.stack.as_deref(), Some(stack));
        let stack = "Traceback (most recent call last):\n  File \"app/pay.x\", line 1, in main\n  File \"app/pay.x\", line 9, in pay\n\
                     Declined: no money\nCaused by: Timeout: bank";
        assert_eq!(Thrown::of_list(list("python")).unwrap().stack.as_deref(), Some(stack));
    }

    #[test]
    fn an_exception_without_frames_is_one_too() {
        let thrown = Thrown::of_list(vec![json!({ "value": 7 })]).unwrap();
        let expected = Thrown { r#type: "Error".into(), message: "7".into(), handled: true, ..Thrown::default() };
        assert_eq!(thrown, expected);
        assert_eq!(Thrown::of_list(vec![json!([])]), None);
    }
}
