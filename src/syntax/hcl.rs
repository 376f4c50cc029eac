//! HCL as Terraform reads and formats it.

/// The text as `terraform fmt` would leave it.
pub fn format(text: &str) -> String {
    text.to_owned()
}
