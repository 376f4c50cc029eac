//! Unit prices and limits, with their grade.

use crate::ledger::Grade;

/// A unit price or a limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// Value in `unit`.
    pub value: f64,
    /// Unit, for example `GB-month`.
    pub unit: String,
    /// Trust.
    pub grade: Grade,
    /// Where it was read.
    pub source: String,
    /// Date of its table.
    pub as_of: String,
}

/// Price of an amount over tiers of (cumulative upper bound, unit price); the last bound may be infinite.
///
/// `None` where the amount reaches a tier whose price is unknown.
pub fn tiered(amount: f64, tiers: &[(f64, Option<f64>)]) -> Option<f64> {
    let (mut below, mut total) = (0.0, 0.0);
    for &(bound, price) in tiers {
        let part = (amount.min(bound) - below).max(0.0);
        if part > 0.0 {
            total += part * price?;
        }
        below = bound;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_are_cumulative() {
        let tiers = [(10.0, Some(2.0)), (30.0, Some(1.0)), (f64::INFINITY, None)];
        assert_eq!(tiered(5.0, &tiers), Some(10.0));
        assert_eq!(tiered(30.0, &tiers), Some(40.0));
        assert_eq!(tiered(31.0, &tiers), None);
    }
}
