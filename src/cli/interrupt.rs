//! Ctrl-C and termination.
//!
//! While files are written, a signal sets a switch, and the run takes back what it did. While a person is asked, it ends
//! the program at once: a question that waits for a key sees no switch. The terminal is left as it was found.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use super::{Exit, Output};

/// How long a question that a signal has ended waits for the end of the program.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of signals, from the moment on in which this was made.
pub(super) struct Interruption {
    switch: Arc<AtomicBool>,
    asks: Arc<AtomicBool>,
}

impl Interruption {
    /// Watches for signals; once in a run.
    ///
    /// # Errors
    /// Where the system does not allow it.
    pub(super) fn watch(output: &Output) -> Result<Self> {
        let (switch, asks) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let this = Self {
            switch: Arc::clone(&switch),
            asks: Arc::clone(&asks),
        };
        let last_words = output.last_words();
        let modes = tcgetattr(std::io::stdin()).ok();
        ctrlc::set_handler(move || {
            switch.store(true, SeqCst);
            if asks.load(SeqCst) {
                restore(modes.as_ref());
                last_words.say("interrupted; nothing was written");
                std::process::exit(Exit::Error as i32);
            }
        })
        .context("cannot watch for Ctrl-C")?;
        Ok(this)
    }

    /// The switch that a signal sets.
    pub(super) fn switch(&self) -> &AtomicBool {
        &self.switch
    }

    /// Asks a person: during `questions` a signal ends the program.
    pub(super) fn while_asking<T>(&self, questions: impl FnOnce() -> T) -> T {
        self.asks.store(true, SeqCst);
        let answers = questions();
        self.asks.store(false, SeqCst);
        answers
    }
}

/// Waits for the end of the program, which a signal has begun in another thread.
pub(super) fn wait_for_the_end() {
    thread::sleep(PATIENCE);
}

/// Gives the terminal back its modes: a question reads key by key and without an echo.
fn restore(modes: Option<&Termios>) {
    if let Some(modes) = modes {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, modes);
    }
}
