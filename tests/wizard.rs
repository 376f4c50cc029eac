//! The binary on a pseudo-terminal, as a person sees it: the wizard, colours and progress.

mod support;

use std::{
    io::{Read as _, Write as _},
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;

/// How long a question may take to come.
const PATIENCE: Duration = Duration::from_secs(30);
const ENTER: &str = "\r";
const DOWN: &str = "\u{1b}[B";
const CTRL_C: &str = "\u{3}";
const SHOW_CURSOR: &str = "\u{1b}[?25h";
const HIDE_CURSOR: &str = "\u{1b}[?25l";

/// The binary on a terminal of 100 columns.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn std::io::Write + Send>,
    output: Receiver<Vec<u8>>,
    /// Everything that was printed.
    screen: String,
    /// Up to where the screen has been looked at.
    seen: usize,
}

impl Terminal {
    fn start(folder: &Path, args: &[&str]) -> Self {
        Self::with(folder, env!("CARGO_BIN_EXE_loadpath"), args, &[])
    }

    /// Any program with these variables.
    fn with(folder: &Path, program: &str, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let size = PtySize {
            rows: 50,
            cols: 100,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system()
            .openpty(size)
            .expect("there are terminals left");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.cwd(folder);
        command.env_clear();
        command.env("TERM", "xterm");
        for (name, value) in variables {
            command.env(name, value);
        }
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the binary starts");
        let mut reader = pair
            .master
            .try_clone_reader()
            .expect("a terminal can be read");
        let keys = pair
            .master
            .take_writer()
            .expect("a terminal can be written to");
        let (sender, output) = channel();
        thread::spawn(move || {
            // The terminal lives as long as somebody reads it.
            let _master = pair.master;
            let mut bytes = [0; 4096];
            while let Ok(n_bytes) = reader.read(&mut bytes) {
                if n_bytes == 0 || sender.send(bytes[..n_bytes].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            keys,
            output,
            screen: String::new(),
            seen: 0,
        }
    }

    /// Waits until this is printed after what was waited for last.
    #[track_caller]
    fn expect(&mut self, text: &str) -> &mut Self {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.screen[self.seen..].find(text) {
                self.seen += at + text.len();
                return self;
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.screen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("no `{text}` in\n{}", &self.screen[self.seen..])
                }
            }
        }
    }

    /// Takes the first of several choices, where it is asked for at all before this is printed.
    #[track_caller]
    fn take_first(&mut self, question: &str, text: &str) -> &mut Self {
        let from = self.seen;
        while !self.screen[from..].contains(question) && !self.screen[from..].contains(text) {
            let bytes = self.output.recv_timeout(PATIENCE).expect("it goes on");
            self.screen.push_str(&String::from_utf8_lossy(&bytes));
        }
        if self.screen[from..].contains(question) {
            self.answer(question, "");
        }
        self.expect(text)
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        self.keys
            .write_all(keys.as_bytes())
            .expect("the terminal takes keys");
        self.keys.flush().expect("the terminal takes keys");
        self
    }

    /// Answers a question.
    #[track_caller]
    fn answer(&mut self, question: &str, keys: &str) -> &mut Self {
        self.expect(question);
        // A question is ready for keys once its line ends in the mark of an answer.
        self.expect("›");
        self.press(keys).press(ENTER)
    }

    /// Waits for the end, and gives the exit code and everything that was printed.
    #[track_caller]
    fn end(mut self) -> (u32, String) {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                break status;
            }
            assert!(Instant::now() < until, "it does not end: {}", self.screen);
            thread::sleep(Duration::from_millis(20));
        };
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(500)) {
            self.screen.push_str(&String::from_utf8_lossy(&bytes));
        }
        (status.exit_code(), std::mem::take(&mut self.screen))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
    }
}

fn folder() -> TempDir {
    TempDir::new().expect("the system's temporary folder takes another one")
}

#[test]
fn a_person_answers_and_gets_a_project() {
    let folder = folder();
    let mut terminal = Terminal::start(folder.path(), &["init"]);
    terminal
        .answer("What are you building?", DOWN)
        .answer("How long does a job take?", "30 s")
        .answer("What is it called?", "quantum")
        .answer("Active users a month, now", "500k")
        .answer("…and growth", "2M in 3 months");
    terminal.expect("≈ 59 %/month, then steady");
    terminal
        .answer("When are people there?", DOWN)
        .answer("Data in the database today", "466 GiB")
        .answer("What dominates it?", "")
        .answer("Where?", "")
        .answer("…in which region?", "")
        .answer("Objectives and a budget too?", "y")
        .answer("99 of 100 answers within", "150 ms")
        .answer("Works so much of the time", "")
        .answer("Budget, or none", "");
    terminal
        .expect("sharded-kubernetes ")
        .expect(" fits: jobs of 30 s need workers and a log")
        .take_first("Which one?", "req/s")
        .expect("USD/month")
        .expect("list prices of ");
    assert!(
        !folder.path().join("quantum").exists(),
        "nothing before yes"
    );
    terminal.answer("Write quantum/ with this?", "y");
    terminal
        .expect("created")
        .expect("Next: cd quantum && less docs/START.md");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    let text = std::fs::read_to_string(folder.path().join("quantum/loadpath.yaml"));
    let text = text.expect("a blueprint");
    for line in [
        "name: quantum",
        "cloud: gcp",
        "region: us-central1",
        "  monthly_active: 500k",
        "  growth: 300 %/quarter",
        "  growth_limit: 4x",
        "  shape: global",
        "    job_duration: 30 s",
        "  size: 466 GiB",
        "  latency_p99: 150 ms",
        "  availability: 99.9 %",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    assert!(!text.contains("\nbudget:"), "{text}");
    assert!(folder.path().join("quantum/docs/START.md").is_file());
}

#[test]
fn a_wrong_answer_is_asked_for_again() {
    let folder = folder();
    let mut terminal = Terminal::start(folder.path(), &["init", "shop", "--product", "web"]);
    terminal
        .answer("What is it called?", "")
        .answer("Active users a month, now", "many");
    terminal.expect("`many` is not a count");
    terminal.answer("Active users a month, now", "500");
    terminal.answer("…and growth", "2M in 3 months");
    terminal.expect("2 000 000 is more than 1 000 times as many as now");
    terminal.answer("…and growth", "none");
    terminal.expect("When are people there?").press(CTRL_C);
    let (code, screen) = terminal.end();
    assert_eq!(code, 1, "{screen}");
}

#[test]
fn ctrl_c_writes_nothing_and_shows_the_cursor_again() {
    for asked in ["What are you building?", "What is it called?"] {
        let folder = folder();
        let mut terminal = Terminal::start(folder.path(), &["init"]);
        if asked == "What is it called?" {
            terminal.answer("What are you building?", "");
        }
        terminal.expect(asked).expect("›").press(CTRL_C);
        let (code, screen) = terminal.end();
        assert_eq!(code, 1, "{screen}");
        assert!(
            screen.contains(" interrupted; nothing was written"),
            "{screen}"
        );
        let shown = screen.rfind(SHOW_CURSOR);
        assert!(
            shown >= screen.rfind(HIDE_CURSOR),
            "the cursor stays hidden: {screen:?}"
        );
        assert!(support::files(folder.path()).is_empty());
    }
}

#[test]
fn no_is_an_answer() {
    let folder = folder();
    let args = [
        "init",
        "shop",
        "--product",
        "web",
        "--users",
        "20k",
        "--growth",
        "none",
        "--shape",
        "steady",
        "--data",
        "20 GiB",
        "--dominated-by",
        "users",
        "--cloud",
        "aws",
        "--region",
        "us-east-1",
        "--latency",
        "300 ms",
        "--architecture",
        "sharded-kubernetes",
    ];
    let mut terminal = Terminal::start(folder.path(), &args);
    terminal
        .answer("What is it called?", "")
        .answer("Works so much of the time", "")
        .answer("Budget, or none", "none");
    terminal.answer("Write shop/ with this?", "n");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("nothing was written"), "{screen}");
    assert!(support::files(folder.path()).is_empty());
}

#[test]
fn a_blueprint_that_is_there_is_changed() {
    let folder = folder();
    let small = include_str!("../blueprints/small.yaml");
    std::fs::write(folder.path().join("loadpath.yaml"), small).expect("ours");
    let mut terminal = Terminal::start(folder.path(), &["init"]);
    terminal
        .answer("Active users a month, now", "9k")
        .answer("…and growth", "")
        .answer("Data in the database today", "");
    terminal.answer("Change ./loadpath.yaml and generate?", "");
    terminal.expect("created");
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    let text = std::fs::read_to_string(folder.path().join("loadpath.yaml")).expect("a blueprint");
    assert_eq!(text, small.replace("5k", "9k"));
}

#[test]
fn yes_asks_nothing_on_a_terminal_too() {
    let folder = folder();
    let terminal = Terminal::start(folder.path(), &["init", "--yes", "--from", "small"]);
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen}");
    assert!(folder.path().join("starter/loadpath.yaml").is_file());
}

/// A signal from elsewhere comes while a key is waited for, with the terminal in another mode.
#[test]
fn a_terminated_question_leaves_the_terminal_as_it_was() {
    let folder = folder();
    let line = format!(
        "sh -c 'echo $$ >pid; exec \"{}\" init'; echo ended $?; stty -a",
        env!("CARGO_BIN_EXE_loadpath")
    );
    let mut terminal = Terminal::with(folder.path(), "/bin/sh", &["-c", &line], &[]);
    terminal.expect("What are you building?").expect("›");
    let pid = std::fs::read_to_string(folder.path().join("pid")).expect("the shell wrote it");
    let killed = std::process::Command::new("kill").arg(pid.trim()).status();
    assert!(killed.is_ok_and(|status| status.success()));
    terminal
        .expect("interrupted; nothing was written")
        .expect("ended 1");
    let (_, screen) = terminal.end();
    let modes = screen.rsplit("ended 1").next().unwrap_or_default();
    for mode in ["icanon", "echo", "isig"] {
        let is_on = modes.split_whitespace().any(|word| word == mode);
        assert!(is_on, "no {mode} in {modes}");
    }
    assert!(
        screen.rfind(SHOW_CURSOR) >= screen.rfind(HIDE_CURSOR),
        "{screen:?}"
    );
}

/// What a failing run prints on a terminal.
fn printed(args: &[&str], variables: &[(&str, &str)]) -> String {
    let folder = folder();
    let binary = env!("CARGO_BIN_EXE_loadpath");
    Terminal::with(folder.path(), binary, args, variables)
        .end()
        .1
}

#[test]
fn colour_is_for_terminals_unless_it_is_not_wanted() {
    const RED: &str = "\u{1b}[1;31m";
    let on = |args: &[&str], variables: &[(&str, &str)]| printed(args, variables).contains(RED);
    assert!(on(&["size"], &[]));
    assert!(!on(&["size"], &[("NO_COLOR", "1")]));
    assert!(on(&["size"], &[("NO_COLOR", "")]), "an empty one is none");
    assert!(!on(
        &["size", "--color", "never"],
        &[("CLICOLOR_FORCE", "1")]
    ));
    assert!(on(&["size", "--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!on(&["size"], &[("LOADPATH_COLOR", "never")]));
    let piped = |args: &[&str], variables: &[(&str, &str)]| {
        variables
            .iter()
            .fold(support::Test::new(), |test, (name, value)| {
                test.env(name, value)
            })
            .args(args.iter().copied())
            .status(1)
            .any_stderr()
            .run()
            .stderr
            .contains(RED)
    };
    assert!(!piped(&["size"], &[]));
    assert!(piped(&["size"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!piped(&["size"], &[("CLICOLOR_FORCE", "0")]));
    assert!(piped(&["size", "--color=always"], &[]));
}

#[test]
fn progress_is_for_terminals_unless_it_is_not_wanted() {
    const SMALL: &str = include_str!("../blueprints/small.yaml");
    let shows = |args: &[&str], variables: &[(&str, &str)]| {
        let folder = folder();
        std::fs::write(folder.path().join("loadpath.yaml"), SMALL).expect("ours");
        let binary = env!("CARGO_BIN_EXE_loadpath");
        let (code, screen) = Terminal::with(folder.path(), binary, args, variables).end();
        assert_eq!(code, 0, "{screen}");
        screen.contains("rendering")
    };
    assert!(shows(&["generate"], &[]));
    assert!(!shows(&["generate", "--no-progress"], &[]));
    assert!(!shows(&["generate", "-q"], &[]));
    assert!(!shows(&["generate"], &[("LOADPATH_NO_PROGRESS", "true")]));
    let piped = support::Test::new()
        .file("loadpath.yaml", SMALL)
        .arg("generate")
        .any_stderr()
        .run();
    assert!(!piped.stderr.contains("rendering") && !piped.stderr.contains('\u{1b}'));
}
