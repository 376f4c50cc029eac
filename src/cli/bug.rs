//! What a person sees of a mistake in loadpath itself: one message, and how to report it.

#![allow(
    clippy::print_stderr,
    reason = "a panic comes from anywhere, and nothing else may be printed"
)]

use std::{io::Write as _, panic};

/// Prints panics as bugs: one message, and a backtrace only where `RUST_BACKTRACE` asks for it.
pub(super) fn report_panics() {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let payload = info.payload();
        let literal = payload.downcast_ref::<&str>().copied();
        let what = literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let what = what.unwrap_or("no message");
        let place = info.location().map(ToString::to_string);
        let text = message(what, place.as_deref());
        // Nothing is left to do where even this cannot be written.
        let _ = std::io::stderr().write_all(text.as_bytes());
        if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
            default(info);
        }
    }));
}

fn message(what: &str, place: Option<&str>) -> String {
    let what = what.strip_prefix("bug: ").unwrap_or(what);
    let place = place.map_or_else(String::new, |place| format!(" ({place})"));
    format!(
        "error: bug: {what}{place}\nhint: please report this with the blueprint and the command; RUST_BACKTRACE=1 says more\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_is_named_once_with_its_place() {
        assert_eq!(
            message("bug: no such template", Some("src/render/mod.rs:7:9")),
            "error: bug: no such template (src/render/mod.rs:7:9)\nhint: please report this with the blueprint and the command; RUST_BACKTRACE=1 says more\n"
        );
    }
}
