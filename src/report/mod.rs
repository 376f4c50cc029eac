//! What stages found, as text for people and values for machines.
//!
//! Comes in: every stage's main type. Goes out: strings and JSON; the command line prints them. Nothing here touches the
//! disk or the terminal.

pub mod changes;
pub mod check;
pub mod cost;
pub mod explain;
pub mod finding;
pub mod format;
pub mod rule;
pub mod size;
mod table;

use crate::ledger::Quantity;

/// A quantity's value with its unit, as a sentence shows it.
pub fn value(quantity: &Quantity) -> String {
    quantity.shown()
}
