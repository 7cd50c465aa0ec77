//! JSON of OpenTelemetry before it is decoded. The generated decoder refuses some things that senders
//! do, and loses others in silence; this pass makes them all say what they mean (protocols §1.5).

use serde_json::{Map, Number, Value};

/// Numbers that the protocol spells as strings, or the reverse, by key.
const INTEGERS: [&str; 14] = [
    "timeUnixNano",
    "startTimeUnixNano",
    "endTimeUnixNano",
    "observedTimeUnixNano",
    "intValue",
    "asInt",
    "count",
    "zeroCount",
    "bucketCounts",
    "droppedAttributesCount",
    "droppedEventsCount",
    "droppedLinksCount",
    "flags",
    "offset",
];
const U32: [&str; 4] = ["droppedAttributesCount", "droppedEventsCount", "droppedLinksCount", "flags"];
const DOUBLES: [&str; 8] = ["asDouble", "doubleValue", "sum", "min", "max", "value", "quantile", "zeroThreshold"];

pub fn normalise(value: Value) -> Result<Value, String> {
    match value {
        // An empty document is an empty request.
        Value::Array(values) if values.is_empty() => Ok(Value::Object(Map::new())),
        Value::Object(members) => Ok(Value::Object(object(members)?)),
        _ => Err("the document must be an object".to_owned()),
    }
}

fn object(members: Map<String, Value>) -> Result<Map<String, Value>, String> {
    if members.keys().any(|key| key.ends_with("_unix_nano")) {
        return Err("keys must be lowerCamelCase, such as startTimeUnixNano".to_owned());
    }
    let mut out = Map::new();
    for (key, value) in members {
        // An explicit null means the same as absence, and the decoder takes only absence.
        if value.is_null() {
            continue;
        }
        let value = member(&key, value)?;
        out.insert(key, value);
    }
    if let Some(Value::Object(array)) = out.get_mut("arrayValue") {
        array.entry("values").or_insert_with(|| Value::Array(Vec::new()));
    }
    if let Some(Value::Object(list)) = out.get_mut("kvlistValue") {
        list.entry("values").or_insert_with(|| Value::Array(Vec::new()));
    }
    Ok(out)
}

fn member(key: &str, value: Value) -> Result<Value, String> {
    Ok(match value {
        Value::Object(members) => Value::Object(object(members)?),
        Value::Array(values) => {
            let values = values.into_iter().filter(|value| !value.is_null());
            Value::Array(values.map(|value| member(key, value)).collect::<Result<_, _>>()?)
        }
        Value::String(text)
            if key == "kind" || key == "code" || key == "severityNumber" || key == "aggregationTemporality" =>
        {
            named(key, &text).map_or(Value::String(text), Value::from)
        }
        value if U32.contains(&key) => {
            integer(&value).and_then(|n| u32::try_from(n).ok()).map_or(Value::from(0), Value::from)
        }
        value if INTEGERS.contains(&key) => match integer(&value) {
            Some(whole) => Value::String(whole.to_string()),
            // Beyond 64 bits: as far as a number of this kind goes.
            None if key == "intValue" || key == "asInt" => Value::String(i64::MAX.to_string()),
            None => Value::String("0".to_owned()),
        },
        Value::String(text) if DOUBLES.contains(&key) => match text.trim().parse::<f64>() {
            Ok(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
            Err(_) => Value::String(text),
        },
        other => other,
    })
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Some(whole.into()),
            None => {
                number.as_u64().map(i128::from).or_else(|| number.as_f64().filter(|n| n.is_finite()).map(|n| n as i128))
            }
        },
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| text.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| n as i128))
        }
        _ => None,
    }
    .filter(|whole: &i128| i64::try_from(*whole).is_ok() || u64::try_from(*whole).is_ok())
}

/// Enumerations spelled with their names.
fn named(key: &str, text: &str) -> Option<i64> {
    let position = |names: &[&str]| names.iter().position(|name| *name == text).map(|at| at as i64);
    match key {
        "kind" => position(&[
            "SPAN_KIND_UNSPECIFIED",
            "SPAN_KIND_INTERNAL",
            "SPAN_KIND_SERVER",
            "SPAN_KIND_CLIENT",
            "SPAN_KIND_PRODUCER",
            "SPAN_KIND_CONSUMER",
        ]),
        "code" => position(&["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"]),
        "aggregationTemporality" => position(&[
            "AGGREGATION_TEMPORALITY_UNSPECIFIED",
            "AGGREGATION_TEMPORALITY_DELTA",
            "AGGREGATION_TEMPORALITY_CUMULATIVE",
        ]),
        _ => {
            let word = text.strip_prefix("SEVERITY_NUMBER_")?;
            let (level, step) = match word.trim_end_matches(|c: char| c.is_ascii_digit()) {
                level if level.len() < word.len() => (level, word[level.len()..].parse().unwrap_or(1)),
                level => (level, 1),
            };
            let first = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].iter().position(|name| *name == level)?;
            Some(first as i64 * 4 + step)
        }
    }
    .or_else(|| text.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_of_enumerations_become_their_numbers() {
        let value = normalise(json!({"kind": "SPAN_KIND_SERVER", "status": {"code": "STATUS_CODE_ERROR"},
            "severityNumber": "SEVERITY_NUMBER_ERROR2", "sum": {"aggregationTemporality": "AGGREGATION_TEMPORALITY_DELTA"}}))
        .unwrap();
        assert_eq!(value["kind"], 2);
        assert_eq!(value["status"]["code"], 2);
        assert_eq!(value["severityNumber"], 18);
        assert_eq!(value["sum"]["aggregationTemporality"], 1);
    }

    #[test]
    fn nulls_vanish_and_numbers_take_the_spelling_that_is_decoded() {
        let value = normalise(json!({"traceState": null, "startTimeUnixNano": 1.5e18, "droppedAttributesCount": "3",
            "value": {"intValue": 5.0}, "asDouble": "1.5", "values": [null, 1], "arrayValue": {}}))
        .unwrap();
        assert!(value.get("traceState").is_none());
        assert_eq!(value["startTimeUnixNano"], "1500000000000000000");
        assert_eq!(value["droppedAttributesCount"], 3);
        assert_eq!(value["value"]["intValue"], "5");
        assert_eq!(value["asDouble"], 1.5);
        assert_eq!(value["arrayValue"]["values"], json!([]));
    }

    #[test]
    fn snake_case_is_refused_instead_of_read_as_the_year_1970() {
        assert!(
            normalise(json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"start_time_unix_nano": "1"}]}]}]}))
                .is_err()
        );
    }

    #[test]
    fn an_empty_document_is_an_empty_request() {
        assert_eq!(normalise(json!([])).unwrap(), json!({}));
        assert_eq!(normalise(json!({})).unwrap(), json!({}));
        assert!(normalise(json!(3)).is_err());
    }
}
