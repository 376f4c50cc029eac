//! Everything that reaches the terminal: results on stdout; progress, warnings and errors on stderr.
//!
//! One value decides quiet, verbose, colour and progress. Messages are readable without colour; a closed pipe is quiet.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the one module that prints"
)]

use std::{
    cell::RefCell,
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context as _;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Format, Global};
use crate::{
    blueprint,
    report::{
        self,
        finding::explain,
        format::{Document, Section},
    },
};

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set or `CLICOLOR_FORCE` wants it anyway.
    Auto,
    /// Also in a pipe.
    Always,
    /// Nowhere.
    Never,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or in step.
    Success = 0,
    /// The run failed.
    Error = 1,
    /// Differences were found.
    Differences = 2,
    /// Both sides changed a file.
    Conflict = 3,
    /// The plan costs more than the budget.
    OverBudget = 4,
    /// What would change is forbidden by `--fail-on`.
    Forbidden = 5,
}

impl Exit {
    /// The exit with this code; anything unknown is an error.
    pub(super) fn of(code: u8) -> Self {
        match code {
            0 => Self::Success,
            2 => Self::Differences,
            3 => Self::Conflict,
            4 => Self::OverBudget,
            5 => Self::Forbidden,
            _ => Self::Error,
        }
    }

    /// The one that counts of several.
    pub(super) fn worst(exits: impl IntoIterator<Item = Self>) -> Self {
        let order = [
            Self::Success,
            Self::Differences,
            Self::OverBudget,
            Self::Forbidden,
            Self::Conflict,
            Self::Error,
        ];
        let rank = |exit: &Self| order.iter().position(|other| other == exit);
        exits.into_iter().max_by_key(rank).unwrap_or(Self::Success)
    }
}

/// The printer of one run.
#[derive(Debug)]
pub struct Output {
    format: Format,
    quiet: bool,
    verbose: bool,
    progress: bool,
    stdout_color: bool,
    stderr_color: bool,
    /// Problems that were printed: a run that loads twice says everything once.
    said: RefCell<BTreeSet<String>>,
}

impl Output {
    /// Decides from the arguments, the environment and where the streams lead.
    pub fn new(global: &Global) -> Self {
        let colored = |terminal: bool| match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let set = |name: &str| {
                    std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0")
                };
                set("CLICOLOR_FORCE")
                    || (terminal
                        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
            }
        };
        let stderr_terminal = io::stderr().is_terminal();
        Self {
            format: global.format,
            quiet: global.quiet,
            verbose: global.verbose,
            progress: stderr_terminal && !global.no_progress && !global.quiet,
            stdout_color: colored(io::stdout().is_terminal()),
            stderr_color: colored(stderr_terminal),
            said: RefCell::default(),
        }
    }

    /// A printer that prints nothing but results.
    pub(super) fn silent() -> Self {
        Self {
            format: Format::Text,
            quiet: true,
            verbose: false,
            progress: false,
            stdout_color: false,
            stderr_color: false,
            said: RefCell::default(),
        }
    }

    /// Whether results are for machines.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether results are text at a terminal.
    pub(super) fn is_for_people(&self) -> bool {
        self.format == Format::Text
    }

    /// The format of what `check` and `diff` report.
    pub(super) fn report_format(&self) -> report::format::Format {
        match self.format {
            Format::Text => report::format::Format::Text,
            Format::Json => report::format::Format::Json,
            Format::Markdown => report::format::Format::Markdown,
            Format::Github => report::format::Format::Github,
            Format::Gitlab => report::format::Format::Gitlab,
            Format::Sarif => report::format::Format::Sarif,
            Format::Junit => report::format::Format::Junit,
        }
    }

    /// Prints a piece of a result as it is.
    pub(super) fn piece(&self, text: &str) -> anyhow::Result<()> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text.as_bytes());
        quiet_pipe(written.and_then(|()| stdout.flush()))
    }

    /// Prints the report of one project.
    pub(super) fn report(&self, command: &'static str, section: &Section) -> anyhow::Result<()> {
        let mut document = Document::new(self.report_format(), command, false, self.verbose);
        let mut text = document.begin();
        text.push_str(&document.section(section));
        text.push_str(&document.end());
        self.piece(&text)?;
        let mut summary = self.begin_job_summary(command, false)?;
        summary.section(section)?;
        summary.end()
    }

    /// The summary of the job that this run is part of, where its results are for GitHub Actions.
    pub(super) fn begin_job_summary(
        &self,
        command: &'static str,
        is_many: bool,
    ) -> anyhow::Result<JobSummary> {
        let path = std::env::var_os("GITHUB_STEP_SUMMARY")
            .filter(|path| self.format == Format::Github && !path.is_empty());
        let mut summary = JobSummary {
            file: None,
            document: Document::new(report::format::Format::Markdown, command, is_many, false),
        };
        if let Some(path) = path {
            let file = OpenOptions::new().create(true).append(true).open(&path);
            summary.file = Some(file.with_context(|| {
                format!("cannot write the job's summary to `{}`", path.display())
            })?);
            let begin = summary.document.begin();
            summary.write(&begin)?;
        }
        Ok(summary)
    }

    /// Whether `-v` was given.
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Whether results may be coloured.
    pub fn is_colored(&self) -> bool {
        self.stdout_color
    }

    /// Whether messages may be coloured.
    pub(super) fn is_stderr_colored(&self) -> bool {
        self.stderr_color
    }

    /// Columns of the terminal; 100 in a pipe.
    pub fn width(&self) -> usize {
        terminal_size::terminal_size()
            .map_or(100, |(width, _)| usize::from(width.0))
            .clamp(40, 160)
    }

    /// Prints a result. The text ends with a newline already, or gets one.
    ///
    /// # Errors
    /// What writing to stdout gives; a closed pipe is not an error.
    pub fn result(&self, text: &str) -> anyhow::Result<()> {
        let mut stdout = io::stdout().lock();
        let end = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.write_all(end.as_bytes()));
        quiet_pipe(written.and_then(|()| stdout.flush()))
    }

    /// Prints a result for machines.
    ///
    /// # Errors
    /// As [`Output::result`].
    pub fn json(&self, value: &serde_json::Value) -> anyhow::Result<()> {
        self.result(&format!("{value:#}"))
    }

    /// Prints what happened, to stderr; nothing with `-q`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Prints a warning, to stderr.
    pub fn warning(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(
                io::stderr(),
                "{} {text}",
                self.paint("warning:", "\u{1b}[1;33m")
            );
        }
    }

    /// Prints problems of a blueprint, to stderr; warnings are left out with `-q`.
    pub fn problems(&self, problems: &[blueprint::Problem], sources: &blueprint::Sources) {
        let shown: Vec<blueprint::Problem> = problems
            .iter()
            .filter(|problem| !self.quiet || problem.severity == blueprint::Severity::Error)
            .filter(|problem| {
                let text = format!("{}: {}", problem.path, problem.message);
                self.said.borrow_mut().insert(text)
            })
            .cloned()
            .collect();
        if shown.is_empty() {
            return;
        }
        let style = if self.stderr_color {
            blueprint::Style::Coloured
        } else {
            blueprint::Style::Plain
        };
        let _ = write!(
            io::stderr(),
            "{}",
            blueprint::render(&shown, sources, style, self.width())
        );
    }

    /// A progress bar on a terminal; hidden anywhere else.
    pub fn bar(&self, what: &'static str, length: u64) -> ProgressBar {
        if !self.progress {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length).with_message(what);
        let style = ProgressStyle::with_template("{msg:<10} {bar:30} {pos}/{len}")
            .expect("the template is a literal");
        bar.set_style(style);
        // Shown before the first step is done: that may be the only one.
        bar.tick();
        bar
    }

    /// A spinner on a terminal, for what has no length; hidden anywhere else.
    pub fn spinner(&self, what: String) -> ProgressBar {
        if !self.progress {
            return ProgressBar::hidden();
        }
        let spinner = ProgressBar::new_spinner().with_message(what);
        spinner.enable_steady_tick(Duration::from_millis(100));
        spinner
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if self.stderr_color {
            format!("{code}{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// Prints an error with its causes and hints, and gives the exit code of the run.
    pub fn finish(&self, done: anyhow::Result<Exit>) -> ExitCode {
        let error = match done {
            Ok(exit) => return ExitCode::from(exit as u8),
            Err(error) => error,
        };
        if let Some(failure) = error.downcast_ref::<blueprint::Failure>() {
            self.problems(&failure.problems, &failure.sources);
            return ExitCode::from(Exit::Error as u8);
        }
        let (causes, hint) = explain(&error);
        let mut text = causes.join(": ");
        // A hint may also stand in the message, on a line of its own.
        let mut hints: Vec<String> = hint.into_iter().collect();
        if let Some((before, after)) = text
            .split_once("\nhint: ")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
        {
            text = before;
            hints.push(after);
        }
        self.failure(&text);
        for hint in hints {
            let _ = writeln!(
                io::stderr(),
                "{} {hint}",
                self.paint("hint:", "\u{1b}[1;36m")
            );
        }
        ExitCode::from(Exit::Error as u8)
    }

    /// What an interrupted run says, for whoever ends it in another thread.
    pub(super) fn last_words(&self) -> LastWords {
        LastWords(self.paint("error:", "\u{1b}[1;31m"))
    }

    /// Prints an error, to stderr.
    pub fn failure(&self, text: &str) {
        let _ = writeln!(
            io::stderr(),
            "{} {text}",
            self.paint("error:", "\u{1b}[1;31m")
        );
    }
}

/// What GitHub shows above the log of a job: the same report as Markdown.
pub(super) struct JobSummary {
    file: Option<File>,
    document: Document,
}

impl JobSummary {
    /// Adds a project.
    pub(super) fn section(&mut self, section: &Section) -> anyhow::Result<()> {
        let text = self.document.section(section);
        self.write(&text)
    }

    /// Closes it.
    pub(super) fn end(mut self) -> anyhow::Result<()> {
        let text = self.document.end();
        self.write(&text)
    }

    fn write(&mut self, text: &str) -> anyhow::Result<()> {
        match &mut self.file {
            None => Ok(()),
            Some(file) => file
                .write_all(text.as_bytes())
                .context("cannot write the job's summary"),
        }
    }
}

/// The end of an interrupted run.
pub(super) struct LastWords(String);

impl LastWords {
    /// Shows the cursor again, which a list of choices hides, and says why the run ends.
    pub(super) fn say(&self, why: &str) {
        let term = console::Term::stderr();
        let _ = term.show_cursor();
        let _ = writeln!(io::stderr(), "\n{} {why}", self.0);
    }
}

fn quiet_pipe(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => {
            other.map_err(|error| anyhow::Error::new(error).context("cannot write the result"))
        }
    }
}

/// Prints help, the version or a usage error as clap has it; usage errors end with 1, as every error does.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        let _ = error.print();
        return ExitCode::from(Exit::Error as u8);
    }
    match quiet_pipe(error.print()) {
        Ok(()) => ExitCode::from(Exit::Success as u8),
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(Exit::Error as u8)
        }
    }
}
