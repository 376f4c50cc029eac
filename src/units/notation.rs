//! How quantities are written: reading a number with its unit, printing it in the shortest exact form.
//!
//! Comes in: a text and the grammar of a kind of quantity, or a value to print. Goes out: the value in its base unit, or
//! what was found and what was wanted; or the text. Nothing here knows which kinds there are.

use std::fmt;

/// How a unit relates to the base unit.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scale {
    /// By a power of ten: exact in text.
    Ten(i32),
    /// By a factor.
    Times(f64),
}

/// One unit that a quantity may be written in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub(super) name: &'static str,
    pub(super) scale: Scale,
    /// Whether printing may choose it; others are synonyms for reading only.
    pub(super) printed: bool,
}

pub(super) const fn unit(name: &'static str, scale: Scale) -> Unit {
    Unit {
        name,
        scale,
        printed: true,
    }
}

pub(super) const fn synonym(name: &'static str, scale: Scale) -> Unit {
    Unit {
        name,
        scale,
        printed: false,
    }
}

/// How one kind of quantity is written.
#[derive(Debug)]
pub struct Grammar {
    /// What it is, with its article: `a size`.
    pub what: &'static str,
    /// How to write one: `6 TiB or 900 GB`.
    pub example: &'static str,
    /// Whether a plain number is enough.
    pub bare: bool,
    /// Whether `k`, `M` and `B` may stand before the unit.
    pub(super) counts: bool,
    /// Whether a space stands between number and unit when printed.
    pub(super) spaced: bool,
    pub(super) units: &'static [Unit],
}

/// What is wrong with the text of a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    NotANumber,
    NotFinite,
    Comma,
    NoUnit,
    BareM,
    UnknownUnit(String),
    TooLarge,
    Interval,
}

/// Why a text is not a quantity: what was found, what was wanted, and an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitError {
    /// The text as it stood.
    pub found: String,
    /// What was wanted, with its article.
    pub wanted: &'static str,
    /// How to write one.
    pub example: &'static str,
    fault: Fault,
    nearest: Option<&'static str>,
}

impl fmt::Display for UnitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            found,
            wanted,
            example,
            ..
        } = self;
        match &self.fault {
            Fault::NotANumber if found.is_empty() => {
                write!(formatter, "the value is empty, wanted {wanted}")
            }
            Fault::NotANumber => write!(formatter, "`{found}` is not {wanted}"),
            Fault::NotFinite => write!(formatter, "`{found}` is not a finite number"),
            Fault::Comma => write!(
                formatter,
                "`{found}` has a comma: a decimal point is `.`, thousands are `_`"
            ),
            Fault::NoUnit => write!(formatter, "`{found}` has no unit, wanted {wanted}"),
            Fault::BareM => write!(
                formatter,
                "unit `m` is ambiguous: minutes are `min`, months `months`, millions `M`"
            ),
            Fault::UnknownUnit(name) => {
                write!(formatter, "unit `{name}` is not {wanted}")?;
                match self.nearest {
                    Some(nearest) => write!(formatter, ", did you mean `{nearest}`?"),
                    None => Ok(()),
                }
            }
            Fault::TooLarge => write!(formatter, "`{found}` is too large"),
            Fault::Interval => write!(formatter, "`{found}` is an interval, wanted one value"),
        }?;
        if self.nearest.is_some() {
            Ok(())
        } else {
            write!(formatter, "; for example {example}")
        }
    }
}

impl std::error::Error for UnitError {}

/// A number as written: its digits without `_`, its decimal exponent, and what follows.
pub(super) struct Written<'a> {
    pub(super) digits: String,
    pub(super) exponent: i32,
    pub(super) rest: &'a str,
}

impl Written<'_> {
    /// The number times ten to `shift`, correctly rounded from the decimal text.
    pub(super) fn scaled(&self, shift: i32) -> f64 {
        let exponent = self.exponent.saturating_add(shift);
        let value: f64 = format!("{}e{exponent}", self.digits)
            .parse()
            .unwrap_or(f64::NAN);
        value + 0.0 // a negative zero is no zero of ours
    }
}

/// Splits the number off the front of a text.
fn written(text: &str) -> Option<Written<'_>> {
    let bytes = text.as_bytes();
    let mut digits = String::new();
    let mut at = 0;
    if let Some(sign @ (b'+' | b'-')) = bytes.first() {
        if *sign == b'-' {
            digits.push('-');
        }
        at = 1;
    }
    let (mut seen_digit, mut seen_dot) = (false, false);
    while let Some(byte) = bytes.get(at) {
        let next_is_digit = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        match byte {
            b'0'..=b'9' => seen_digit = true,
            b'_' if seen_digit && next_is_digit && bytes[at - 1].is_ascii_digit() => {
                at += 1;
                continue;
            }
            b'.' if !seen_dot && next_is_digit => {
                seen_dot = true;
                if !seen_digit {
                    digits.push('0');
                }
            }
            _ => break,
        }
        digits.push(char::from(*byte));
        at += 1;
    }
    if !seen_digit {
        return None;
    }
    let mut rest = &text[at..];
    let mut exponent = 0;
    if let Some((value, after)) = exponent_of(rest) {
        exponent = value;
        rest = after;
    }
    Some(Written {
        digits,
        exponent,
        rest: rest.trim_start(),
    })
}

/// The exponent of `1e6`, where one follows; a huge one saturates, which makes the number infinite or zero.
fn exponent_of(rest: &str) -> Option<(i32, &str)> {
    let after = rest.strip_prefix(['e', 'E'])?;
    let unsigned = after.strip_prefix(['+', '-']).unwrap_or(after);
    let n_digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    if n_digits == 0 {
        return None;
    }
    let negative = after.starts_with('-');
    let value = unsigned[..n_digits]
        .parse::<i32>()
        .unwrap_or(1_000_000)
        .min(1_000_000);
    Some((if negative { -value } else { value }, &unsigned[n_digits..]))
}

/// Shortest decimal text of `value` divided by ten to `shift`, exact.
pub(super) fn decimal(value: f64, shift: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent = exponent.parse::<i32>().unwrap_or(0) - shift;
    let (sign, mantissa) = mantissa
        .strip_prefix('-')
        .map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    if !(-21..=21).contains(&exponent) {
        let (head, tail) = digits.split_at(1);
        let dot = if tail.is_empty() { "" } else { "." };
        return format!("{sign}{head}{dot}{tail}e{exponent}");
    }
    let n_digits = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let point = exponent + 1; // digits before the decimal point
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    if point <= 0 {
        format!("{sign}0.{}{digits}", zeros(-point))
    } else if point >= n_digits {
        format!("{sign}{digits}{}", zeros(point - n_digits))
    } else {
        let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
        format!("{sign}{whole}.{fraction}")
    }
}

impl Grammar {
    /// The same, where a plain number is enough because the key names the unit.
    pub(crate) const fn with_bare(&self) -> Self {
        Self {
            bare: true,
            units: self.units,
            ..*self
        }
    }

    pub(super) fn error(&self, found: &str, fault: Fault) -> UnitError {
        let nearest = match &fault {
            Fault::UnknownUnit(name) => self.nearest(name),
            _ => None,
        };
        UnitError {
            found: found.to_owned(),
            wanted: self.what,
            example: self.example,
            fault,
            nearest,
        }
    }

    /// The unit that was probably meant: differing in case, or by one letter in a word long enough.
    fn nearest(&self, name: &str) -> Option<&'static str> {
        let names = || {
            self.units
                .iter()
                .map(|unit| unit.name)
                .filter(|known| !known.is_empty())
        };
        names()
            .find(|known| known.eq_ignore_ascii_case(name))
            .or_else(|| {
                names()
                    .filter(|known| known.len() >= 4)
                    .find(|known| strsim::damerau_levenshtein(known, name) == 1)
            })
    }

    /// Reads a text into the base unit.
    ///
    /// # Errors
    /// If it is not a finite number with a unit of this kind.
    pub fn parse(&self, text: &str) -> Result<f64, UnitError> {
        let text = text.trim();
        let written = self.number(text)?;
        let value = self.value(text, &written)?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(self.error(text, Fault::TooLarge))
        }
    }

    pub(super) fn number<'a>(&self, text: &'a str) -> Result<Written<'a>, UnitError> {
        let Some(written) = written(text) else {
            let word = text
                .trim_start_matches(['+', '-', '.'])
                .to_ascii_lowercase();
            let endless = ["inf", "infinity", "nan"].contains(&word.as_str());
            return Err(self.error(
                text,
                if endless {
                    Fault::NotFinite
                } else {
                    Fault::NotANumber
                },
            ));
        };
        let rest = written.rest;
        if rest.starts_with("..") {
            return Err(self.error(text, Fault::Interval));
        }
        if rest
            .strip_prefix(',')
            .is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()))
        {
            return Err(self.error(text, Fault::Comma));
        }
        Ok(written)
    }

    fn value(&self, text: &str, written: &Written<'_>) -> Result<f64, UnitError> {
        let name = tidy(written.rest);
        if name.is_empty() && !self.bare {
            return Err(self.error(text, Fault::NoUnit));
        }
        if let Some(value) = self.in_unit(written, &name, 0) {
            return Ok(value);
        }
        if self.counts {
            for (prefix, shift) in [('k', 3), ('M', 6), ('B', 9)] {
                let Some(after) = name.strip_prefix(prefix) else {
                    continue;
                };
                if let Some(value) = self.in_unit(written, after.trim_start(), shift) {
                    return Ok(value);
                }
                if after.trim_start().is_empty() {
                    return Err(self.error(text, Fault::NoUnit));
                }
            }
        }
        let fault = if name == "m" {
            Fault::BareM
        } else {
            Fault::UnknownUnit(name)
        };
        Err(self.error(text, fault))
    }

    fn in_unit(&self, written: &Written<'_>, name: &str, shift: i32) -> Option<f64> {
        if name.is_empty() {
            return self.bare.then(|| written.scaled(shift));
        }
        let unit = self.units.iter().find(|unit| unit.name == name)?;
        Some(match unit.scale {
            Scale::Ten(power) => written.scaled(shift + power),
            Scale::Times(factor) => written.scaled(shift) * factor,
        })
    }

    /// Prints a value of the base unit in the shortest exact form: the number with the fewest characters, then the
    /// one without a decimal point, then the larger unit.
    pub fn print(&self, value: f64) -> String {
        if value == 0.0 {
            let base = self
                .units
                .iter()
                .find(|unit| matches!(unit.scale, Scale::Ten(0)) && unit.printed);
            let name = base.or(self.units.first()).map_or("", |unit| unit.name);
            return format!("0{}{name}", if self.spaced { " " } else { "" });
        }
        let mut best: Option<(usize, bool, String, String)> = None;
        for unit in self.units.iter().filter(|unit| unit.printed) {
            let number = match unit.scale {
                Scale::Ten(power) => decimal(value, power),
                Scale::Times(factor) if value / factor * factor == value => {
                    decimal(value / factor, 0)
                }
                Scale::Times(_) => continue,
            };
            for (prefix, shift) in [("", 0), ("k", 3), ("M", 6), ("B", 9)] {
                if shift > 0 && !self.counts {
                    break;
                }
                let number = match (shift, unit.scale) {
                    (0, _) => number.clone(),
                    (_, Scale::Ten(power)) => decimal(value, power + shift),
                    (_, Scale::Times(_)) => break,
                };
                let key = (number.len(), number.contains('.'));
                if best
                    .as_ref()
                    .is_none_or(|(len, dot, ..)| key <= (*len, *dot))
                {
                    best = Some((key.0, key.1, number + prefix, unit.name.to_owned()));
                }
            }
        }
        let (.., number, name) =
            best.unwrap_or_else(|| (0, false, decimal(value, 0), String::new()));
        let name = if name == "months" && number == "1" {
            "month"
        } else {
            &name
        };
        let name = if name == "days" && number == "1" {
            "day"
        } else {
            name
        };
        let space = if self.spaced && !name.is_empty() {
            " "
        } else {
            ""
        };
        format!("{number}{space}{name}")
    }

    /// A regular expression (ECMA-262, unanchored) of the texts that parse: for editors, through the JSON Schema.
    pub fn pattern(&self) -> String {
        let escape = |name: &str| name.replace('/', " ?/ ?").replace('.', "\\.");
        let mut names: Vec<String> = self
            .units
            .iter()
            .filter(|unit| !unit.name.is_empty())
            .map(|unit| escape(unit.name))
            .collect();
        names.dedup();
        let prefix = if self.counts { "[kMB]? ?" } else { "" };
        let optional = if self.bare { "?" } else { "" };
        let units = if names.is_empty() {
            String::new()
        } else {
            format!("(?:{}){optional}", names.join("|"))
        };
        format!("{NUMBER} ?{prefix}{units}")
    }
}

/// A number, as a regular expression.
const NUMBER: &str = "[+-]?(?:[0-9][0-9_]*(?:\\.[0-9_]+)?|\\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?";

/// Drops spaces around the `/` of a unit, so that `USD / month` is `USD/month`.
pub(super) fn tidy(rest: &str) -> String {
    rest.split('/').map(str::trim).collect::<Vec<_>>().join("/")
}

/// A whole number for a reader, with a space between thousands: `2 000 000`.
pub fn thousands(number: f64) -> String {
    let text = format!("{:.0}", number.abs());
    let mut out = String::new();
    if number < 0.0 && text != "0" {
        out.push('-');
    }
    for (idx, digit) in text.chars().enumerate() {
        if idx > 0 && (text.len() - idx) % 3 == 0 {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}
