//! Random changes of what is rendered against random edits of people: no line is lost, nothing is done twice.

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use anyhow::Result;
use loadpath::{
    reconcile::{Action, Applied, Head, Options, Project, Resolution, apply, compare},
    render::Tree,
};
use proptest::prelude::*;
use support::{files, folder_in_memory, property, say, tree};

/// What a version of a blueprint comes to: which blocks there are, and their numbers.
#[derive(Clone, Debug)]
struct Version {
    blocks: Vec<bool>,
    numbers: Vec<u8>,
    /// Whether a template has another name in it.
    is_renamed: bool,
}

fn version() -> impl Strategy<Value = Version> {
    let blocks = prop::collection::vec(prop::bool::weighted(0.8), 6);
    let numbers = prop::collection::vec(0..3_u8, 6);
    (blocks, numbers, prop::bool::weighted(0.2)).prop_map(|(blocks, numbers, is_renamed)| Version {
        blocks,
        numbers,
        is_renamed,
    })
}

impl Version {
    fn each(&self, head: &str, tail: &str, block: impl Fn(usize, u8) -> String) -> String {
        let there = (0..6).filter(|&n| self.blocks[n]);
        let blocks: String = there.map(|n| block(n, self.numbers[n])).collect();
        format!("{head}{blocks}{tail}")
    }

    fn tree(&self) -> Tree {
        let tf = self.each("# structure\n", "", |n, number| {
            format!("\nresource \"kind\" \"name_{n}\" {{\n  # why {number}\n  size  = {number}\n  other = \"{n}\"\n}}\n")
        });
        let tfvars = self.each("# sizes\n\nsizes = {\n", "}\n", |n, number| {
            format!(
                "  item_{n} = {{\n    # why {number}\n    size = {number}\n    kind = \"a\"\n  }}\n"
            )
        });
        let yaml = self.each("items:\n", "", |n, number| {
            format!("  - name: item-{n}\n    # why {number}\n    size: {number}\n    kind: a\n")
        });
        let json = self.each("{\n", "  \"end\": 0\n}\n", |n, number| {
            format!("  \"item_{n}\": {{\n    \"size\": {number},\n    \"kind\": \"a\"\n  }},\n")
        });
        let text = self.each("Read this.\n", "", |n, number| {
            format!("\nPart {n}.\nIt has {number}.\nThat is all.\n")
        });
        let name = if self.is_renamed {
            "renamed.tf"
        } else {
            "main.tf"
        };
        let yaml = if yaml == "items:\n" {
            "items: []\n".to_owned()
        } else {
            yaml
        };
        tree([
            (name, tf),
            ("envs/prod.tfvars", tfvars),
            ("base/items.yaml", yaml),
            ("base/items.json", json),
            ("docs/READ.md", text),
        ])
    }
}

/// What a person does to a file.
#[derive(Clone, Debug)]
enum Edit {
    /// A new line of their own.
    Insert(usize),
    /// A line goes.
    Delete(usize),
    /// A line gets another place.
    Move(usize, usize),
    /// A line gets another indentation.
    Reformat(usize),
    /// A line gets another value.
    Change(usize),
    /// The file gets another name.
    Rename,
    /// The file goes.
    Remove,
    /// The file becomes a script.
    Chmod,
    /// The file gets the line ends of another system.
    Crlf,
}

fn edit() -> impl Strategy<Value = (usize, Edit)> {
    let edit = prop_oneof![
        6 => (0..40_usize).prop_map(Edit::Insert),
        2 => (0..40_usize).prop_map(Edit::Delete),
        2 => (0..40_usize, 0..40_usize).prop_map(|(from, to)| Edit::Move(from, to)),
        2 => (0..40_usize).prop_map(Edit::Reformat),
        3 => (0..40_usize).prop_map(Edit::Change),
        1 => Just(Edit::Rename),
        1 => Just(Edit::Remove),
        1 => Just(Edit::Chmod),
        1 => Just(Edit::Crlf),
    ];
    (0..5_usize, edit)
}

/// Files that are not loadpath's own, in order.
fn visible(folder: &Path) -> Vec<PathBuf> {
    let paths = files(folder)
        .into_keys()
        .filter(|path| !path.starts_with(".loadpath/") && path != ".gitattributes");
    paths.map(|path| folder.join(path)).collect()
}

/// A line of a language that says nothing but a word.
fn own_line(path: &Path, word: &str) -> String {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => format!("  \"{word}\": 0,"),
        Some("md") => format!("{word} is mine."),
        _ => format!("# {word}"),
    }
}

/// Makes an edit; gives the words that a person has written with it.
fn make(folder: &Path, (file, edit): &(usize, Edit), number: usize) -> Option<String> {
    let all = visible(folder);
    let path = all.get(file % all.len().max(1))?;
    let text = fs::read_to_string(path).ok()?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let n_lines = lines.len().max(1);
    let word = format!("mine{number}");
    let mut written = None;
    match edit {
        Edit::Insert(at) => {
            lines.insert(at % n_lines, own_line(path, &word));
            written = Some(word);
        }
        Edit::Delete(at) if !lines.is_empty() => drop(lines.remove(at % n_lines)),
        Edit::Move(from, to) if !lines.is_empty() => {
            let line = lines.remove(from % n_lines);
            lines.insert(to % n_lines.saturating_sub(1).max(1), line);
        }
        Edit::Reformat(at) if !lines.is_empty() => lines[at % n_lines].insert_str(0, "  "),
        Edit::Change(at) if !lines.is_empty() => {
            let line = &mut lines[at % n_lines];
            if line.contains("size") {
                *line = line.replace(['0', '1', '2'], &format!("9{number}00"));
                written = line
                    .contains(&format!("9{number}00"))
                    .then(|| format!("9{number}00"));
            }
        }
        Edit::Rename => {
            let _ = fs::rename(path, path.with_extension(format!("mine{number}")));
            return None;
        }
        Edit::Remove => {
            let _ = fs::remove_file(path);
            return None;
        }
        Edit::Chmod => {
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o755));
            return None;
        }
        Edit::Crlf => {
            fs::write(path, text.replace("\r\n", "\n").replace('\n', "\r\n")).ok()?;
            return None;
        }
        _ => {}
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let text: String = lines.iter().flat_map(|line| [line.as_str(), end]).collect();
    fs::write(path, text).ok()?;
    written
}

/// Whether the run wrote, or what it refused to.
fn generate(folder: &Path, tree: &Tree, conflict: Resolution) -> Result<(Option<Applied>, String)> {
    let project = Project::open_for_writing(folder)?;
    let options = Options {
        conflict,
        ..Options::default()
    };
    let changes = compare(&project, tree, &options)?;
    let mut reported = String::new();
    for change in &changes {
        for hunk in change.conflict.iter().flat_map(|conflict| &conflict.hunks) {
            reported.push_str(&hunk.local.concat());
        }
    }
    if changes.verdict().stops() {
        return Ok((None, reported));
    }
    let head = Head {
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        ..Head::default()
    };
    Ok((
        Some(apply(&project, &changes, &head, &AtomicBool::new(false))?),
        reported,
    ))
}

/// Every word that people wrote and that is still somewhere.
fn words(folder: &Path, written: &BTreeSet<String>) -> BTreeSet<String> {
    let texts: String = visible(folder)
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok())
        .collect();
    written
        .iter()
        .filter(|word| texts.contains(word.as_str()))
        .cloned()
        .collect()
}

/// A project's life: what is rendered each time, and what people do after it.
type Rounds = Vec<(Version, Vec<(usize, Edit)>)>;

#[test]
fn no_line_that_a_person_wrote_is_lost() {
    let rounds = prop::collection::vec((version(), prop::collection::vec(edit(), 0..6)), 2..5);
    let resolution = prop_oneof![
        Just(Resolution::Stop),
        Just(Resolution::Markers),
        Just(Resolution::Ours)
    ];
    let (mut n_runs, mut n_edits, mut n_lines) = (0, 0, 0);
    property(256, (rounds, resolution), |(rounds, resolution)| {
        n_runs += rounds.len();
        n_edits += rounds.iter().map(|(_, edits)| edits.len()).sum::<usize>();
        live(&rounds, resolution, &mut n_lines)
    });
    say(&format!(
        "256 lives, {n_runs} runs, {n_edits} edits: all {n_lines} lines that people wrote were there after each run"
    ));
    assert!(n_lines > 200, "{n_lines}");
}

/// Lives through all rounds; counts the written lines that had to outlive a run.
fn live(rounds: &Rounds, resolution: Resolution, n_lines: &mut usize) -> Result<(), TestCaseError> {
    let folder = folder_in_memory();
    let folder = folder.path();
    let mut written = BTreeSet::new();
    for (round, (version, edits)) in rounds.iter().enumerate() {
        let tree = version.tree();
        let before = words(folder, &written);
        *n_lines += before.len();
        let everything = files(folder);
        let (applied, _) = generate(folder, &tree, resolution).expect("nothing is broken");
        prop_assert_eq!(
            &words(folder, &written),
            &before,
            "round {}: lines are lost",
            round
        );
        match applied {
            None => {
                prop_assert_eq!(
                    files(folder),
                    everything,
                    "a run that stopped wrote something"
                );
                // A person decides: here, for what they have.
                let (applied, _) =
                    generate(folder, &tree, Resolution::Ours).expect("nothing is broken");
                prop_assert_eq!(&words(folder, &written), &before);
                if applied.is_none() {
                    return Ok(());
                }
            }
            Some(_) if resolution == Resolution::Markers => {
                let (again, _) = generate(folder, &tree, resolution).expect("nothing is broken");
                if again.is_none() {
                    // Markers are left: they stop every run until a person has decided.
                    return Ok(());
                }
            }
            Some(_) => {}
        }
        let after = files(folder);
        let (again, _) = generate(folder, &tree, resolution).expect("nothing is broken");
        prop_assert_eq!(again, Some(Applied::default()), "round {}", round);
        prop_assert_eq!(files(folder), after);
        for (number, edit) in edits.iter().enumerate() {
            written.extend(make(folder, edit, round * 10 + number));
        }
        written = words(folder, &written);
    }
    Ok(())
}

/// An edit that finds its place by what stands there, so that it means the same in every version.
#[derive(Clone, Debug, PartialEq)]
struct Placed {
    /// Which file, in the order of names.
    file: usize,
    /// Which block of it.
    block: usize,
    /// Whether a value becomes another one; otherwise there is a new line.
    is_change: bool,
}

fn placed(file: usize) -> impl Strategy<Value = Placed> {
    (0..6_usize, any::<bool>()).prop_map(move |(block, is_change)| Placed {
        file,
        block,
        is_change,
    })
}

impl Placed {
    /// Path, what the block begins with, what the line in it that no version changes begins with, and a new line.
    fn place(&self) -> (&'static str, String, &'static str, String) {
        let n = self.block;
        match self.file {
            0 => (
                "base/items.json",
                format!("  \"item_{n}\""),
                "    \"kind\": ",
                format!("    \"mine_{n}\": 0,"),
            ),
            1 => (
                "base/items.yaml",
                format!("  - name: item-{n}"),
                "    kind: ",
                format!("    # mine {n}"),
            ),
            2 => (
                "envs/prod.tfvars",
                format!("  item_{n} ="),
                "    kind = ",
                format!("    # mine {n}"),
            ),
            _ => (
                "main.tf",
                format!("resource \"kind\" \"name_{n}\""),
                "  other = ",
                format!("  # mine {n}"),
            ),
        }
    }

    fn make(&self, folder: &Path) {
        let (path, head, anchor, line) = self.place();
        let path = folder.join(path);
        let text = fs::read_to_string(&path).expect("it was generated");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let begin = lines.iter().position(|line| line.starts_with(&head));
        let begin = begin.expect("the block is in every version");
        let at = lines[begin..]
            .iter()
            .position(|line| line.starts_with(anchor));
        let at = begin + at.expect("every block has such a line");
        if self.is_change {
            lines[at] = match anchor {
                "    kind: " => format!("{anchor}mine"),
                _ => format!("{anchor}\"mine\""),
            };
        } else {
            // The last member of an object of JSON has no comma after it.
            let is_json = anchor.starts_with("    \"");
            lines.insert(if is_json { at } else { at + 1 }, line);
        }
        fs::write(&path, lines.join("\n") + "\n").expect("the folder is ours");
    }
}

/// What is there in the end where each edit comes in the order, and before the run, that is given; none where a run stopped.
fn end(versions: &[Version], edits: &[(usize, &Placed)]) -> Option<BTreeMap<String, Vec<u8>>> {
    let folder = folder_in_memory();
    let make = |run: usize| {
        for (_, edit) in edits.iter().filter(|(before, _)| *before == run) {
            edit.make(folder.path());
        }
    };
    for (run, version) in versions.iter().enumerate() {
        make(run);
        let generated = generate(folder.path(), &version.tree(), Resolution::Stop);
        generated.expect("nothing is broken").0?;
    }
    make(versions.len());
    let mut all = files(folder.path());
    all.retain(|path, _| !path.starts_with(".loadpath/"));
    Some(all)
}

#[test]
fn neither_the_order_of_edits_nor_that_of_runs_matters() {
    // A text without a language is merged by lines, as git does: where lines repeat, theirs and ours may be told apart wrongly.
    let three = prop::sample::subsequence(vec![0, 1, 2, 3], 3);
    let pairs = three.prop_flat_map(|files| {
        let pairs: Vec<_> = files
            .into_iter()
            .map(|file| (placed(file), placed(file)))
            .collect();
        pairs
    });
    let strategy = (
        prop::collection::vec(version(), 3),
        pairs,
        prop::collection::vec(1..4_usize, 6),
    );
    let (mut n_cases, mut n_orders, mut n_stopped) = (0, 0, 0);
    property(48, strategy, |(mut versions, pairs, runs)| {
        prop_assume!(pairs.iter().all(|(one, other)| one != other));
        for version in &mut versions {
            version.is_renamed = false;
            for (one, other) in &pairs {
                version.blocks[one.block] = true;
                version.blocks[other.block] = true;
            }
        }
        let edits: Vec<&Placed> = pairs.iter().flat_map(|(one, other)| [one, other]).collect();
        let at = |runs: &[usize]| -> Vec<(usize, &Placed)> {
            runs.iter().copied().zip(edits.iter().copied()).collect()
        };
        let turned = |mut edits: Vec<(usize, &'_ Placed)>| {
            edits.reverse();
            end(&versions, &edits)
        };
        // After the last run nothing can be lost; before the first but one, everything has to be carried on.
        let expected = end(&versions, &at(&[3; 6])).expect("nothing was edited");
        let others: Vec<usize> = runs.iter().map(|run| 4 - run).collect();
        let ends = [
            turned(at(&[3; 6])),
            end(&versions, &at(&[1; 6])),
            turned(at(&[1; 6])),
            end(&versions, &at(&runs)),
            turned(at(&runs)),
            end(&versions, &at(&others)),
        ];
        n_cases += 1;
        for (order, end) in ends.iter().enumerate() {
            n_orders += 1;
            match end {
                Some(end) => {
                    for (path, text) in &expected {
                        let (text, end) = (
                            String::from_utf8_lossy(text),
                            String::from_utf8_lossy(&end[path]),
                        );
                        prop_assert_eq!(end, text, "order {}: {}", order, path);
                    }
                    prop_assert_eq!(end.len(), expected.len());
                }
                None => n_stopped += 1,
            }
        }
        Ok(())
    });
    say(&format!(
        "{n_cases} cases of six edits in three files, {n_orders} orders of edits and runs, {n_stopped} stopped at a conflict: the same texts"
    ));
    assert!(
        n_stopped * 20 < n_orders,
        "{n_stopped} of {n_orders} stopped"
    );
}

#[test]
fn a_conflict_is_reported_with_the_line_of_the_person() {
    let folder = folder_in_memory();
    let one = Version {
        blocks: vec![true; 6],
        numbers: vec![1; 6],
        is_renamed: false,
    };
    generate(folder.path(), &one.tree(), Resolution::Stop).expect("nothing is there");
    let path = folder.path().join("envs/prod.tfvars");
    let text = fs::read_to_string(&path).expect("it was generated");
    fs::write(&path, text.replacen("size = 1", "size = 77", 1)).expect("the folder is ours");
    let two = Version {
        numbers: vec![2; 6],
        ..one
    };
    let (applied, reported) =
        generate(folder.path(), &two.tree(), Resolution::Stop).expect("nothing is broken");
    assert_eq!((applied, reported.trim()), (None, "size = 77"));
    let project = Project::open(folder.path()).expect("the project opens");
    let tree = two.tree();
    let changes = compare(&project, &tree, &Options::default()).expect("it compares");
    assert_eq!(changes.count(Action::Conflict), 1);
}
