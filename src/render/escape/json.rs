//! JSON: strings, numbers, flags, structures.

use super::{Lexer, Spot, backslashed, indented};
use crate::render::engine::Kind;

/// Inside a string or not.
#[derive(Default)]
pub(super) struct Json {
    in_string: bool,
}

impl Lexer for Json {
    fn text(&mut self, text: &str) {
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'\\' if self.in_string => {
                    bytes.next();
                }
                b'"' => self.in_string = !self.in_string,
                _ => {}
            }
        }
    }

    fn value(&mut self, spot: &Spot<'_>) -> Result<String, String> {
        match spot.kind {
            Kind::Structure if !self.in_string => Ok(indented(spot.raw, spot.before)),
            _ if self.in_string => Ok(backslashed(spot.raw, '"')),
            Kind::Number | Kind::Flag => Ok(spot.raw.to_owned()),
            _ => Err(format!(
                "prints `{}` outside quotes, where JSON takes no text",
                spot.raw
            )),
        }
    }
}
