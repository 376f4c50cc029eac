//! The constants of the capacity model, each with unit, range, grade and source.
//!
//! Comes in: the table `constants` of the catalog. A constant of grade C or M is a default to be replaced by the user's
//! own measurement, with `--catalog`.

use std::collections::BTreeMap;

use crate::ledger::{Grade, Ledger, Origin, Unit};

/// One constant.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// `load.dau_per_mau`
    pub id: String,
    /// In `unit`.
    pub value: f64,
    /// As the table writes it.
    pub unit: String,
    /// Lowest plausible value.
    pub low: Option<f64>,
    /// Highest plausible value.
    pub high: Option<f64>,
    /// Trust.
    pub grade: Grade,
    /// Where it was read, recalled or measured, or that it is assumed.
    pub source: String,
}

/// All constants by id.
#[derive(Clone, Debug, Default)]
pub struct Constants(BTreeMap<String, Constant>);

impl Constants {
    /// Collects constants; the last of an id wins.
    pub fn new(constants: impl IntoIterator<Item = Constant>) -> Self {
        Self(
            constants
                .into_iter()
                .map(|constant| (constant.id.clone(), constant))
                .collect(),
        )
    }

    /// The constant of this id.
    ///
    /// # Panics
    /// Where there is none: asking for it is a bug, as a replaced table is checked to have them all.
    pub fn get(&self, id: &str) -> &Constant {
        self.0
            .get(id)
            .unwrap_or_else(|| panic!("bug: no constant {id}"))
    }

    /// All constants, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Constant> {
        self.0.values()
    }

    /// Writes a constant into the ledger under its id, once, and returns its value.
    pub fn record(&self, id: &str, ledger: &mut Ledger) -> f64 {
        if let Some(known) = ledger.get(id) {
            return known.number();
        }
        let constant = self.get(id);
        let unit = unit(&constant.unit);
        ledger.fact(
            id,
            constant.value,
            unit,
            Origin::Assumed(constant.source.clone()),
            Some(constant.grade),
        )
    }
}

/// The ledger's unit of a unit as the table writes it.
fn unit(text: &str) -> Unit {
    match text {
        "ratio" => Unit::Ratio,
        "1/day" => Unit::PerDay,
        "s" => Unit::Seconds,
        "ms" | "ms on the reference vCPU" => Unit::Millis,
        "h" => Unit::Hours,
        "month" => Unit::Months,
        "MB/s" => Unit::MbPerSecond,
        "MiB" => Unit::Mib,
        "GiB" => Unit::Gib,
        "mCPU" => Unit::MilliCpu,
        "vCPU" => Unit::Vcpu,
        "bytes" => Unit::Bytes,
        "ops/s" => Unit::PerSecond,
        _ => Unit::Count,
    }
}
