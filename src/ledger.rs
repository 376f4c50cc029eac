//! Every number of a run, with its load path.
//!
//! A [`Ledger`] holds each quantity of one environment under its name (`api.replicas.max`), with its value, unit, a
//! one-line reason for the sizing sheet and a [`Derivation`]: formula, section of the capacity model, the names of the
//! quantities it was computed from, rejected candidates and the grade of what decided it. Demand, sizing and cost write
//! to it in that order; nothing is ever read that was not written before, so derivations cannot be circular.
//! Templates get numbers from here and from nowhere else.

use std::{
    borrow::Cow,
    collections::{BTreeMap, btree_map::Entry},
};

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use crate::blueprint::{Pin, PinValue};

/// How far a value can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Grade {
    /// Read in the cited document.
    A,
    /// Recalled from the cited document.
    B,
    /// Measured.
    M,
    /// Assumption of the model.
    C,
}

/// Unit of a quantity, as printed behind its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// A count or a plain number.
    Count,
    /// A name, an address or a flag.
    Name,
    /// 1/s.
    PerSecond,
    /// Requests, messages or other events a day.
    PerDay,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days.
    Days,
    /// Months of 730 hours.
    Months,
    /// Bytes.
    Bytes,
    /// 2^20 bytes.
    Mib,
    /// 2^30 bytes.
    Gib,
    /// 10^9 bytes.
    Gb,
    /// 2^30 bytes a month.
    GibPerMonth,
    /// 10^6 bytes a second.
    MbPerSecond,
    /// 10^6 bits a second.
    MbitPerSecond,
    /// 10^9 bits a second.
    GbitPerSecond,
    /// Virtual CPUs.
    Vcpu,
    /// 1/1000 virtual CPU.
    MilliCpu,
    /// A share between 0 and 1.
    Ratio,
    /// A share in hundredths.
    Percent,
    /// A multiple.
    Factor,
    /// US dollars a month.
    UsdPerMonth,
    /// US dollars an hour.
    UsdPerHour,
}

impl Unit {
    /// What stands behind the number, with its leading space where it has one.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Count | Self::Name | Self::Ratio => "",
            Self::PerSecond => "/s",
            Self::PerDay => "/day",
            Self::Seconds => " s",
            Self::Millis => " ms",
            Self::Minutes => " min",
            Self::Hours => " h",
            Self::Days => " days",
            Self::Months => " months",
            Self::Bytes => " B",
            Self::Mib => " MiB",
            Self::Gib => " GiB",
            Self::Gb => " GB",
            Self::GibPerMonth => " GiB/month",
            Self::MbPerSecond => " MB/s",
            Self::MbitPerSecond => " Mbit/s",
            Self::GbitPerSecond => " Gbit/s",
            Self::Vcpu => " vCPU",
            Self::MilliCpu => "m",
            Self::Percent => " %",
            Self::Factor => "x",
            Self::UsdPerMonth => " USD/month",
            Self::UsdPerHour => " USD/h",
        }
    }
}

/// Value of a quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Always finite.
    Number(f64),
    /// A choice: an instance type, an address range, a version.
    Text(String),
    /// A switch.
    Flag(bool),
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// Where a value comes from when it is not computed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Origin {
    /// By formula from other quantities.
    Computed,
    /// Stated in the blueprint, at this place (`loadpath.yaml:7`).
    Stated(String),
    /// Not stated: a default of the model or a constant, with its source.
    Assumed(String),
    /// A fact of the catalog (price, limit, shape), with its source.
    Catalog(String),
}

/// A candidate that was not taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rejected {
    /// What was considered.
    pub what: String,
    /// Why not.
    pub why: String,
}

/// Why a quantity is what it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Derivation {
    /// The formula in words and symbols, empty for inputs.
    pub formula: String,
    /// Section of the capacity model, empty where it has none.
    pub section: &'static str,
    /// Names of the quantities it was computed from, in reading order.
    pub inputs: Vec<String>,
    /// The input that decided (the largest of several bounds).
    pub decides: Option<String>,
    /// Candidates left behind.
    pub rejected: Vec<Rejected>,
    /// Where an input comes from.
    pub origin: Origin,
    /// Trust in the value itself (not in its inputs).
    pub grade: Option<Grade>,
}

/// The value that a person's pin replaced, and their reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pinned {
    /// What the model computed.
    pub computed: Value,
    /// The person's reason.
    pub reason: String,
}

/// A number (or a choice) with its name, unit and derivation.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// Dotted name, unique in the environment.
    pub name: String,
    /// The value.
    pub value: Value,
    /// Its unit.
    pub unit: Unit,
    /// One line for the sizing sheet, with the numbers in it; empty: the formula speaks for itself.
    pub why: String,
    /// The load path.
    pub derivation: Derivation,
    /// Set where a person's decision stands over the computed value.
    pub pinned: Option<Pinned>,
}

impl Quantity {
    /// The number. Panics on a text or a flag: asking for one is a bug.
    pub fn number(&self) -> f64 {
        match self.value {
            Value::Number(number) => number,
            _ => panic!("bug: quantity {} is not a number", self.name),
        }
    }

    /// The text. Panics on anything else: asking for it is a bug.
    pub fn text(&self) -> &str {
        match &self.value {
            Value::Text(text) => text,
            _ => panic!("bug: quantity {} is not a text", self.name),
        }
    }

    /// The value with its unit, as a sentence shows it: `7 302 GiB`.
    pub fn shown(&self) -> String {
        match &self.value {
            Value::Number(number) => format!("{}{}", show(*number), self.unit.suffix()),
            Value::Text(text) => text.clone(),
            Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        }
    }

    /// Why the value is what it is, in one line: as computed, or where it comes from.
    pub fn reason(&self) -> Cow<'_, str> {
        match &self.derivation.origin {
            _ if !self.why.is_empty() => Cow::Borrowed(&self.why),
            Origin::Stated(_) => Cow::Borrowed("as the blueprint states"),
            Origin::Assumed(source) => Cow::Owned(format!("assumed: {source}")),
            Origin::Catalog(source) => Cow::Borrowed(source),
            Origin::Computed => Cow::Borrowed(&self.derivation.formula),
        }
    }

    /// Says in one line, with its numbers, why the value is what it is.
    pub fn why(&mut self, why: impl Into<String>) -> &mut Self {
        self.why = why.into();
        self
    }

    /// Names the formula, its section of the model and the quantities in it.
    pub fn by(
        &mut self,
        formula: impl Into<String>,
        section: &'static str,
        inputs: &[&str],
    ) -> &mut Self {
        self.derivation.formula = formula.into();
        self.derivation.section = section;
        self.derivation.inputs = inputs.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Names the input that decided.
    pub fn decided_by(&mut self, input: impl Into<String>) -> &mut Self {
        self.derivation.decides = Some(input.into());
        self
    }

    /// Records a candidate that was not taken.
    pub fn rejected(&mut self, what: impl Into<String>, why: impl Into<String>) -> &mut Self {
        self.derivation.rejected.push(Rejected {
            what: what.into(),
            why: why.into(),
        });
        self
    }

    /// Sets where the value comes from.
    pub fn from(&mut self, origin: Origin) -> &mut Self {
        self.derivation.origin = origin;
        self
    }

    /// Sets the grade of the value.
    pub fn graded(&mut self, grade: Grade) -> &mut Self {
        self.derivation.grade = Some(grade);
        self
    }
}

/// As templates see it: `{{ q }}` prints the value, `{{ q.shown }}` the same for people, `{{ q.why }}` the reason.
impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Quantity", 5)?;
        fields.serialize_field("quantity", &self.name)?;
        fields.serialize_field("value", &self.value)?;
        fields.serialize_field("unit", self.unit.suffix())?;
        fields.serialize_field("why", self.reason().as_ref())?;
        fields.serialize_field("shown", &self.shown())?;
        fields.end()
    }
}

/// A number as a sentence shows it: three significant digits or whole, thousands apart (`7 302`, `13.5`, `0.032`).
pub fn show(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude >= 99.95 || number == number.round() {
        return with_thousands(number.round());
    }
    let decimals = if magnitude >= 9.995 {
        1
    } else if magnitude >= 0.9995 {
        2
    } else {
        (2.0 - magnitude.log10().floor()).clamp(2.0, 6.0) as usize
    };
    let text = format!("{number:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn with_thousands(whole: f64) -> String {
    let digits = if whole.abs() < 1e15 {
        (whole.abs() as u64).to_string()
    } else {
        format!("{:.0}", whole.abs())
    };
    let mut out = if whole < 0.0 {
        "-".to_owned()
    } else {
        String::new()
    };
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// The quantities of one environment by name.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    quantities: BTreeMap<String, Quantity>,
    pins: BTreeMap<String, Pin>,
    refused: BTreeMap<String, String>,
}

/// How many times more or less than the computed value a pin may be: beyond that it is a slip, and nothing that follows
/// from it would mean anything.
const FAR: f64 = 1000.0;

/// Whether a person may say none where the model computes some: floors, copies and days to keep.
fn may_be_none(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let copies =
        last == "replicas" && (name.starts_with("database.") || name.starts_with("cache."));
    copies || last.ends_with("_days") || ["min_per_zone", "min"].contains(&last)
}

/// Whether a text is a block of IPv4 addresses.
fn is_cidr(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, bits)| {
        let bits = bits.parse::<u8>().is_ok_and(|bits| bits <= 32);
        bits && address.parse::<std::net::Ipv4Addr>().is_ok()
    })
}

/// The value of a pin in the place of a computed one.
///
/// # Errors
/// A sentence where it is of another kind, or a number that nothing could follow from.
fn admitted(name: &str, pin: &Pin, computed: &Value, unit: Unit) -> Result<Value, String> {
    let number = match (&pin.value, computed) {
        (PinValue::Text(text), Value::Text(_)) if name.ends_with("cidr") && !is_cidr(text) => {
            return Err(format!(
                "{name} is a block of addresses such as 10.2.0.0/16, not `{text}`"
            ));
        }
        (PinValue::Text(text), Value::Text(_)) => return Ok(Value::Text(text.clone())),
        (PinValue::Text(text), Value::Flag(_)) => {
            return text
                .parse()
                .map(Value::Flag)
                .map_err(|_| format!("{name} is true or false, not `{text}`"));
        }
        (PinValue::Number(number), Value::Number(_)) => *number,
        (PinValue::Text(text), Value::Number(_)) => {
            return Err(format!("{name} is a number, not `{text}`"));
        }
        // Some names are digits: AlloyDB calls its classes by their vCPU.
        (PinValue::Number(_), Value::Text(text)) if text.parse::<f64>().is_ok() => {
            return Ok(Value::Text(pin.written.clone()));
        }
        (PinValue::Number(number), _) => {
            return Err(format!("{name} is no number, so it cannot be {number}"));
        }
    };
    let Value::Number(expected) = *computed else {
        return Err(format!("{name} is no number"));
    };
    if !number.is_finite() || number < 0.0 {
        return Err(format!("{name} is a number from 0, not {number}"));
    }
    if unit == Unit::Ratio && number > 1.0 {
        return Err(format!("{name} is a share of at most 1, not {number}"));
    }
    if unit == Unit::Count && expected.fract() == 0.0 && number.fract() != 0.0 {
        return Err(format!("{name} is a whole number, not {number}"));
    }
    if number == 0.0 && expected > 0.0 && !may_be_none(name) {
        return Err(format!(
            "{name} cannot be 0: {} is computed",
            show(expected)
        ));
    }
    let most = expected.max(1.0) * FAR;
    if number > most || (number > 0.0 && number < expected / FAR) {
        return Err(format!(
            "{name} of {} is more than a thousand times off the {} that is computed",
            show(number),
            show(expected)
        ));
    }
    Ok(Value::Number(number))
}

impl Ledger {
    /// An empty ledger in which the pinned names take a person's value.
    pub fn with_pins(pins: BTreeMap<String, Pin>) -> Self {
        Self {
            quantities: BTreeMap::new(),
            pins,
            refused: BTreeMap::new(),
        }
    }

    /// Records a computed quantity and returns it, to be given its reason and formula.
    ///
    /// # Panics
    /// If the name is taken, is a prefix of another name, or the number is not finite: each is a bug.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        value: impl Into<Value>,
        unit: Unit,
    ) -> &mut Quantity {
        let name = name.into();
        let computed = value.into();
        if let Value::Number(number) = computed {
            assert!(number.is_finite(), "bug: quantity {name} is {number}");
        }
        // Names come in the thousands: each is looked for once.
        let place = match self.quantities.entry(name) {
            Entry::Vacant(place) => place,
            Entry::Occupied(known) => panic!("bug: quantity {} is computed twice", known.key()),
        };
        let name = place.key().clone();
        let admitted = self
            .pins
            .get(&name)
            .map(|pin| (admitted(&name, pin, &computed, unit), &pin.reason));
        let (value, pinned) = match admitted {
            None => (computed, None),
            Some((Ok(value), reason)) => {
                let reason = reason.clone();
                (value, Some(Pinned { computed, reason }))
            }
            Some((Err(why), _)) => {
                self.refused.insert(name.clone(), why);
                (computed, None)
            }
        };
        let derivation = Derivation {
            formula: String::new(),
            section: "",
            inputs: Vec::new(),
            decides: None,
            rejected: Vec::new(),
            origin: Origin::Computed,
            grade: None,
        };
        let quantity = Quantity {
            name,
            value,
            unit,
            why: String::new(),
            derivation,
            pinned,
        };
        place.insert(quantity)
    }

    /// Records a fact that was not computed (an input, a default, a constant, a catalog entry) once, and returns its
    /// number: asking again for the same name gives what was recorded first.
    pub fn fact(
        &mut self,
        name: &str,
        value: f64,
        unit: Unit,
        origin: Origin,
        grade: Option<Grade>,
    ) -> f64 {
        if let Some(known) = self.get(name) {
            return known.number();
        }
        let quantity = self.add(name, value, unit).from(origin);
        quantity.derivation.grade = grade;
        quantity.number()
    }

    /// Adds candidates that were not taken to a quantity that is there already.
    pub fn reject(&mut self, name: &str, candidates: &[(String, String)]) {
        if let Some(quantity) = self.quantities.get_mut(name) {
            for (what, why) in candidates {
                quantity.rejected(what.clone(), why.clone());
            }
        }
    }

    /// The quantity of this name, if there is one.
    pub fn get(&self, name: &str) -> Option<&Quantity> {
        self.quantities.get(name)
    }

    /// The number under this name. Panics where it is missing: reading before writing is a bug.
    pub fn number(&self, name: &str) -> f64 {
        self.expect(name).number()
    }

    /// The text under this name. Panics where it is missing: reading before writing is a bug.
    pub fn text(&self, name: &str) -> &str {
        self.expect(name).text()
    }

    fn expect(&self, name: &str) -> &Quantity {
        self.get(name)
            .unwrap_or_else(|| panic!("bug: quantity {name} is used before it is computed"))
    }

    /// The switch under this name. Panics where it is missing or no switch: a bug.
    pub fn flag(&self, name: &str) -> bool {
        match self.expect(name).value {
            Value::Flag(flag) => flag,
            _ => panic!("bug: quantity {name} is not a switch"),
        }
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.quantities.keys().map(String::as_str)
    }

    /// All quantities in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Quantity> {
        self.quantities.values()
    }

    /// Pins that their quantity could not take, with the reason.
    pub fn refused_pins(&self) -> impl Iterator<Item = (&str, &str)> {
        self.refused
            .iter()
            .map(|(name, why)| (name.as_str(), why.as_str()))
    }

    /// Pins that no quantity has taken: their names are wrong.
    pub fn unused_pins(&self) -> Vec<&str> {
        self.pins
            .keys()
            .filter(|name| !self.quantities.contains_key(*name))
            .map(String::as_str)
            .collect()
    }

    /// The quantities whose names begin with `prefix` and a dot, as a tree of what follows.
    pub fn nested(&self, prefix: &str) -> Nested<'_> {
        let mut root = Nested::Node(BTreeMap::new());
        for quantity in self.quantities.values() {
            let rest = if prefix.is_empty() {
                Some(quantity.name.as_str())
            } else {
                quantity
                    .name
                    .strip_prefix(prefix)
                    .and_then(|rest| rest.strip_prefix('.'))
            };
            if let Some(rest) = rest {
                root.insert(rest, quantity);
            }
        }
        root
    }
}

/// Quantities by the parts of their names, as templates walk them.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Nested<'a> {
    /// One quantity.
    Leaf(&'a Quantity),
    /// Quantities with a common prefix.
    Node(BTreeMap<&'a str, Nested<'a>>),
}

impl<'a> Nested<'a> {
    fn insert(&mut self, path: &'a str, quantity: &'a Quantity) {
        let Self::Node(children) = self else {
            panic!(
                "bug: quantity {} continues the name of another one",
                quantity.name
            );
        };
        match path.split_once('.') {
            None => {
                let earlier = children.insert(path, Self::Leaf(quantity));
                assert!(
                    earlier.is_none(),
                    "bug: the name of quantity {} is continued by another one",
                    quantity.name
                );
            }
            Some((head, tail)) => {
                children
                    .entry(head)
                    .or_insert_with(|| Self::Node(BTreeMap::new()))
                    .insert(tail, quantity);
            }
        }
    }
}
