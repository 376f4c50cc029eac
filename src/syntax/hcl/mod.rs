//! HCL as Terraform reads and formats it.
//!
//! Comes in: the text of a `.tf` or `.tfvars` file. Goes out: the text as `terraform fmt` would leave it ([`format()`]), the
//! same without needless blank lines ([`tidy`]), or the first place where it is no HCL ([`parse`]).

mod format;
pub(super) mod outline;
#[cfg(test)]
mod tests;
mod token;

pub use self::format::{format, tidy};

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
