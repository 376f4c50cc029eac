//! The languages of the output: printing, and parsing again.

pub mod hcl;
