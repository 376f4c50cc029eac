//! `loadpath check --all`: every blueprint of a repository, in parallel, printed in the order of paths.
//!
//! Promised: as many projects are in memory as there are cores, and a few that wait for their turn, however many there are.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use anyhow::{Context as _, Result};

use super::{CheckArgs, Checked, failed, one, shown};
use crate::{
    cli::{Exit, Global, Output},
    project::{self, Place},
    report::{
        finding::{Finding, Severity},
        format::{Document, Section},
    },
};

/// Finished projects that may wait for their turn, for each thread.
const AHEAD: usize = 4;

pub(super) fn run(args: &CheckArgs, global: &Global, output: &Output) -> Result<Exit> {
    let root = root(args.blueprint.blueprint.as_deref())?;
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let places = project::places(&root, threads)?;
    if places.is_empty() {
        anyhow::bail!(
            "no {} in `{}` or below\nhint: write one with  loadpath init",
            project::BLUEPRINT,
            root.display()
        );
    }
    let mut document = Document::new(output.report_format(), "check", true, output.is_verbose());
    let mut summary = output.begin_job_summary("check", true)?;
    let bar = output.bar("checking", places.len() as u64);
    let mut exits = Vec::new();
    output.piece(&document.begin())?;
    in_order(
        threads,
        places.len(),
        |idx| check(&places[idx], args, global),
        |checked: Checked| {
            exits.push(checked.exit);
            bar.inc(1);
            summary.section(&checked.section)?;
            bar.suspend(|| output.piece(&document.section(&checked.section)))
        },
    )?;
    bar.finish_and_clear();
    output.piece(&document.end())?;
    summary.end()?;
    Ok(Exit::worst(exits))
}

/// Where to look: the given folder, the repository around this one, or this one.
fn root(given: Option<&Path>) -> Result<PathBuf> {
    let folder = given.unwrap_or(Path::new("."));
    if !folder.is_dir() {
        anyhow::bail!(
            "`{}` is not a folder\nhint: --all takes the folder to look in",
            folder.display()
        );
    }
    let here = Path::new(".")
        .canonicalize()
        .context("cannot tell the current folder")?;
    let found = match given {
        Some(folder) => return Ok(folder.to_owned()),
        None => project::root(folder).unwrap_or_else(|| folder.to_owned()),
    };
    // Shown as the user would type it.
    Ok(if found == here {
        PathBuf::from(".")
    } else {
        found
    })
}

fn check(place: &Place, args: &CheckArgs, global: &Global) -> Checked {
    match place {
        Place::Blueprint(path) => {
            let path = path.strip_prefix(".").unwrap_or(path);
            let output = Output::silent();
            // A mistake in one project must not hide the others.
            let checked = std::panic::AssertUnwindSafe(|| one(path, args, global, &output));
            match std::panic::catch_unwind(checked) {
                Ok(Ok(checked)) => checked,
                Ok(Err(error)) => failed(path, &error),
                Err(_) => failed(path, &anyhow::anyhow!("a bug of loadpath stopped it")),
            }
        }
        Place::Alone(folder) => {
            let folder = shown(folder.strip_prefix(".").unwrap_or(folder));
            let message = "generated from a blueprint that is not here";
            let finding = Finding::new(Severity::Note, "unchecked", message)
                .at(".loadpath/lock.json")
                .hinting("loadpath check BLUEPRINT -o FOLDER");
            let section = Section {
                name: folder.clone(),
                blueprint: format!("{folder}/.loadpath/lock.json"),
                folder,
                findings: vec![finding],
                summary: "not checked".to_owned(),
                ..Section::default()
            };
            let exit = Exit::Success;
            Checked { section, exit }
        }
    }
}

/// What the threads share.
struct Queue<T> {
    next: usize,
    shown: usize,
    done: BTreeMap<usize, T>,
    stopped: bool,
}

/// Does `work` for each index in several threads, and gives the results to `show` in order, in this one.
fn in_order<T: Send>(
    threads: usize,
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    mut show: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    let queue = Mutex::new(Queue {
        next: 0,
        shown: 0,
        done: BTreeMap::new(),
        stopped: false,
    });
    let (room, ready) = (Condvar::new(), Condvar::new());
    let take = || {
        let mut state = lock(&queue);
        while !state.stopped && state.next < count && state.next >= state.shown + threads * AHEAD {
            state = room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopped || state.next >= count {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    };
    let worker = || {
        while let Some(idx) = take() {
            let result = work(idx);
            lock(&queue).done.insert(idx, result);
            ready.notify_one();
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            scope.spawn(worker);
        }
        for idx in 0..count {
            let mut state = lock(&queue);
            let result = loop {
                match state.done.remove(&idx) {
                    Some(result) => break result,
                    None => state = ready.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            state.shown = idx + 1;
            drop(state);
            room.notify_all();
            if let Err(error) = show(result) {
                lock(&queue).stopped = true;
                room.notify_all();
                return Err(error);
            }
        }
        Ok(())
    })
}

fn lock<T>(mutex: &Mutex<Queue<T>>) -> MutexGuard<'_, Queue<T>> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_order_and_few_wait() {
        let waiting = AtomicUsize::new(0);
        let most = AtomicUsize::new(0);
        let mut shown = Vec::new();
        let work = |idx: usize| {
            let now = waiting.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            if idx == 0 {
                thread::sleep(std::time::Duration::from_millis(50));
            }
            idx
        };
        let done = in_order(2, 500, work, |idx| {
            waiting.fetch_sub(1, Ordering::SeqCst);
            shown.push(idx);
            Ok(())
        });
        assert!(done.is_ok());
        assert_eq!(shown, (0..500).collect::<Vec<_>>());
        assert!(most.load(Ordering::SeqCst) <= 2 * AHEAD + 1);
    }

    #[test]
    fn a_failure_to_print_ends_it() {
        let done = in_order(
            2,
            500,
            |idx| idx,
            |idx| {
                anyhow::ensure!(idx < 3, "the disk is full");
                Ok(())
            },
        );
        assert!(done.is_err());
    }
}
