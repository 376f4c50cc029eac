//! HCL as Terraform reads and formats it.
//!
//! Comes in: the text of a `.tf` or `.tfvars` file. Goes out: the text as `terraform fmt` would leave it ([`format()`]), the
//! same without needless blank lines ([`tidy`]), the first place where it is no HCL ([`parse`]), or what its expressions come to
//! ([`Scope`]).

mod eval;
mod format;
mod function;
pub(super) mod outline;
#[cfg(test)]
mod tests;
mod token;
mod value;

pub use self::{
    eval::Scope,
    format::{format, tidy},
    value::Value,
};

use super::Malformed;

/// Reads a whole file.
///
/// # Errors
/// Where it is no HCL, or an attribute stands twice in one body.
pub fn parse(text: &str) -> Result<(), Malformed> {
    match hcl_edit::parser::parse_body(text) {
        Ok(_) => Ok(()),
        Err(error) => {
            let location = error.location();
            Err(Malformed {
                line: location.line(),
                column: location.column(),
                message: error.message().to_owned(),
            })
        }
    }
}
