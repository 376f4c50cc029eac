//! From a rendered tree to a project on disk in which nobody's edit is lost.
//!
//! Comes in: a [`Tree`](crate::render::Tree) and a [`Project`], the folder with its lock. [`compare`] gives each path one [`Action`] from its
//! three sides: *base* (last generated), *local* (on disk) and *fresh* (just rendered). [`apply`] makes the changes on
//! disk; `check` stops before it. Promised: a text that a person wrote is never overwritten unless they asked for it by a
//! flag; with a conflict or a file in the way nothing at all is written; a file whose text does not change is not
//! touched; a run killed at any instant leaves a project that the next run puts right; nothing is read or written
//! through a symbolic link or outside the project (but for the pipeline files at the root of its repository).

mod action;
mod apply;
mod change;
mod compare;
mod disk;
mod journal;
mod lock;
mod merge;
mod moved;
mod owned;
mod path;
mod project;
mod repair;
mod settle;

pub use self::{
    action::{Action, Verdict},
    apply::{Applied, apply, own},
    change::{Change, Changes, Local, Place},
    compare::{Options, Selection, compare},
    disk::{Obstacle, Obstruction},
    lock::{Committed, Digest, Entry, Head, Lock},
    merge::{Conflict, Hunk, Merge, Resolution, Texts},
    project::Project,
};

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod merging_tests;
#[cfg(test)]
mod tests;
