//! Merging against `git merge-file` on thousands of generated texts: never a conflict where git has none.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use loadpath::reconcile::{Merge, Resolution, Texts};

mod support;

use support::{folder_in_memory, say};

/// Numbers that are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

/// A text of so many lines, of which about one in `repeats` stands elsewhere too, as braces and blank lines do.
fn text(dice: &mut Dice, n_lines: usize, repeats: usize) -> Vec<String> {
    (0..n_lines)
        .map(|line| match dice.below(repeats) {
            0 => ["}", "", "  }", "{"][dice.below(4)].to_owned(),
            _ => format!("line {line} {}", dice.below(1000)),
        })
        .collect()
}

/// The same with lines changed, added, removed and moved.
fn edited(dice: &mut Dice, lines: &[String], n_edits: usize) -> Vec<String> {
    let mut lines = lines.to_vec();
    for edit in 0..n_edits {
        let at = dice.below(lines.len() + 1);
        let new = match dice.below(3) {
            0 => "}".to_owned(),
            _ => format!("edit {edit} {}", dice.below(50)),
        };
        match dice.below(4) {
            0 => lines.insert(at, new),
            1 if at < lines.len() => lines[at] = new,
            2 if at < lines.len() => drop(lines.remove(at)),
            3 if at < lines.len() => {
                let line = lines.remove(at);
                lines.insert(dice.below(lines.len() + 1), line);
            }
            _ => lines.push(new),
        }
    }
    lines
}

fn whole(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn git(folder: &Path, diff3: bool) -> Option<Output> {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["merge-file", "-p", "-q"]);
    if diff3 {
        command.arg("--diff3");
    }
    command.args([
        "-L",
        "yours",
        "-L",
        "last generated",
        "-L",
        "now",
        "local",
        "base",
        "fresh",
    ]);
    command.output().ok()
}

#[test]
fn git_is_never_better() {
    let folder = folder_in_memory();
    let (mut n_clean, mut n_conflicts, mut n_same, mut n_better) = (0, 0, 0, 0);
    for case in 0..3000 {
        let dice = &mut Dice(0x9e37_79b9_7f4a_7c15 ^ (case + 1));
        for _ in 0..20 {
            dice.below(2);
        }
        let (n_lines, repeats) = (1 + dice.below(60), 2 + dice.below(6));
        let base = text(dice, n_lines, repeats);
        let n_edits = 1 + dice.below(5);
        let (local, fresh) = (edited(dice, &base, n_edits), edited(dice, &base, n_edits));
        let (base, local, fresh) = (whole(&base), whole(&local), whole(&fresh));
        for (name, text) in [("base", &base), ("local", &local), ("fresh", &fresh)] {
            fs::write(folder.path().join(name), text).expect("the folder is ours");
        }
        let Some(theirs) = git(folder.path(), false) else {
            say("skipped: there is no git");
            return;
        };
        let texts = Texts {
            language: None,
            base: Some(&base),
            local: &local,
            fresh: &fresh,
        };
        let is_clean = theirs.status.code() == Some(0);
        let theirs = String::from_utf8(theirs.stdout).expect("the texts are");
        match texts.merge() {
            Merge::Text(ours) => {
                n_clean += usize::from(is_clean);
                n_better += usize::from(!is_clean);
                n_same += usize::from(is_clean && ours == theirs);
            }
            Merge::Conflict(conflict) => {
                assert!(
                    !is_clean,
                    "case {case}: git merges\n--- base\n{base}--- local\n{local}--- fresh\n{fresh}--- git\n{theirs}"
                );
                n_conflicts += 1;
                let marked = git(folder.path(), true).expect("there was one before");
                let ours = texts
                    .resolve(&conflict, Resolution::Markers)
                    .expect("markers are not read");
                n_same += usize::from(ours.into_bytes() == marked.stdout);
            }
        }
    }
    say(&format!(
        "{n_clean} clean, {n_conflicts} conflicts, {n_better} that only git cannot merge, {n_same} the same to the byte"
    ));
    assert!(
        n_clean > 500 && n_conflicts > 500,
        "{n_clean} clean and {n_conflicts} conflicts"
    );
}
