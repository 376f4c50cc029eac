//! From a capacity blueprint to sized, explained infrastructure.
//!
//! ```text
//!  blueprint file
//!       │  blueprint::load            what the user asked for, checked           Blueprint
//!       ▼
//!   blueprint ──► demand              peak load on each tier, with units         Demand
//!                   │  demand::derive
//!                   ▼
//!  catalog ────► sizing               counts, shapes, limits, and why            Sizing
//!                   │  sizing::size
//!                   ▼
//!                compose              which components, which files, from        Composition
//!                   │  compose::build which template, with which values
//!                   ▼
//!                 render              path -> text, in memory, complete          Tree
//!                   │  render::render
//!                   ▼
//!  lock + disk ► reconcile            base / local / fresh -> one action a file  Changes
//!                   │  reconcile::compare      generate: apply      check: stop here
//!                   ▼
//!                 report              people: text    machines: JSON             stdout
//! ```
//!
//! Left of `reconcile` nothing touches the disk, the clock, the environment or the terminal: the same
//! blueprint, committed quantities, version and catalog give the same bytes on every machine.

pub mod units;

pub mod constants;

pub mod ledger;

pub mod component;

pub mod blueprint;
pub mod catalog;
pub mod demand;
pub mod sides;
pub mod sizing;

pub mod cost;
pub mod sharding;

pub mod compose;
pub mod syntax;

pub mod render;

pub mod reconcile;
pub mod report;

pub mod pipeline;

pub mod project;

pub mod cli;
