//! JSON.

pub(super) mod outline;

use std::{collections::BTreeSet, fmt};

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::Malformed;

/// Reads a whole document.
///
/// # Errors
/// Where it is no JSON, or a key stands twice in one object.
pub fn parse(text: &str) -> Result<(), Malformed> {
    serde_json::from_str::<Checked>(text)
        .map(|_| ())
        .map_err(|error| Malformed {
            line: error.line(),
            column: error.column(),
            message: error.to_string(),
        })
}

/// Any value whose objects have each key once.
struct Checked;

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Check)
    }
}

struct Check;

macro_rules! leaves {
    ($($method:ident: $type:ty,)+) => {
        $(fn $method<E: de::Error>(self, _value: $type) -> Result<Checked, E> {
            Ok(Checked)
        })+
    };
}

impl<'de> Visitor<'de> for Check {
    type Value = Checked;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    leaves! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str, }

    fn visit_unit<E: de::Error>(self) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Checked, A::Error> {
        while items.next_element::<Checked>()?.is_some() {}
        Ok(Checked)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Checked, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some((key, Checked)) = entries.next_entry::<String, Checked>()? {
            if keys.contains(&key) {
                return Err(de::Error::custom(format!(
                    "key `{key}` stands twice in one object"
                )));
            }
            keys.insert(key);
        }
        Ok(Checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_taken_and_mistakes_placed() {
        assert_eq!(
            parse("{\"a\": [1, 2.5, true, null, {\"a\": \"b\"}]}\n"),
            Ok(())
        );
        let error = parse("{\n  \"a\": 1,\n}\n").expect_err("a comma too many");
        assert_eq!((error.line, error.column), (3, 1));
    }

    #[test]
    fn a_key_stands_once() {
        let error = parse("{\"a\": {\"b\": 1, \"b\": 2}}").expect_err("twice");
        assert!(
            error
                .message
                .starts_with("key `b` stands twice in one object"),
            "{error}"
        );
    }
}
