//! Numbers as the output prints them: the shortest text that reads back as the same value, without an exponent.

use minijinja::value::{Value, ValueKind};

/// Largest magnitude at which every whole number is exact in `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number as a value: whole where it is whole.
pub(super) fn value(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        let whole = number as i64;
        Value::from(whole)
    } else {
        Value::from(number)
    }
}

/// Text of a number, a text or a flag.
pub(super) fn print(value: &Value) -> String {
    match value.kind() {
        ValueKind::Bool => value.is_true().to_string(),
        ValueKind::Number if !value.is_integer() => f64::try_from(value.clone())
            .map_or_else(|_| value.to_string(), |number| number.to_string()),
        _ => value.to_string(),
    }
}
