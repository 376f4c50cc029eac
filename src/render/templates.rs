//! The templates: built into the binary, and laid over by a directory of the user's.
//!
//! Comes in: `templates/` at build time, a directory at run time. Goes out: text by path below `templates/`. A file of the
//! directory stands in place of the built-in one of the same path; new ones are partials that others include.

use std::{borrow::Cow, collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result, bail};
use walkdir::WalkDir;

/// Every built-in template, sorted by path.
static BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// The templates of a run.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    /// Files of the overlay by path with `/`.
    overlay: BTreeMap<String, String>,
}

impl Templates {
    /// The built-in templates alone.
    pub fn built_in() -> Self {
        Self::default()
    }

    /// The built-in templates with the files of `directory` over them.
    ///
    /// # Errors
    /// Where the directory or a file in it cannot be read, or is not UTF-8.
    pub fn with_overlay(directory: &Path) -> Result<Self> {
        if !directory.is_dir() {
            bail!("`{}` is not a directory of templates", directory.display());
        }
        let mut overlay = BTreeMap::new();
        for entry in WalkDir::new(directory).follow_links(true) {
            let entry =
                entry.with_context(|| format!("reading templates in `{}`", directory.display()))?;
            if !entry.file_type().is_file() {
                continue;
            }
            let path = entry.path();
            let below = path
                .strip_prefix(directory)
                .context("bug: a walk left its directory")?;
            let name = below
                .components()
                .map(|part| part.as_os_str().to_string_lossy())
                .collect::<Vec<_>>()
                .join("/");
            let text = fs::read_to_string(path)
                .with_context(|| format!("reading template `{}`", path.display()))?;
            overlay.insert(name, text);
        }
        Ok(Self { overlay })
    }

    /// The built-in templates with these texts over them.
    pub fn with_texts(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            overlay: texts.into_iter().collect(),
        }
    }

    /// The text of the template at this path.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.overlay
            .get(path)
            .map(String::as_str)
            .or_else(|| built_in(path))
    }

    /// Whether the template at this path is the user's.
    pub fn is_overlaid(&self, path: &str) -> bool {
        self.overlay.contains_key(path)
    }

    /// Files of the overlay whose path no built-in template has, with what they hold.
    pub fn overlay(&self) -> impl Iterator<Item = (&str, &str)> {
        self.overlay
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

/// The built-in template at this path.
pub fn built_in(path: &str) -> Option<&'static str> {
    let found = BUILT_IN
        .binary_search_by(|(name, _)| (*name).cmp(path))
        .ok()?;
    Some(BUILT_IN[found].1)
}

/// Every built-in template: path below `templates/` and text, in the order of paths.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    BUILT_IN.iter().copied()
}

/// How a template is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `.j2`: `{{ }}`, `{% %}`, `{# #}`.
    Braces,
    /// `.jx`: `[[ ]]`, `[% %]`, `[# #]`, for files whose own language has braces.
    Brackets,
    /// No suffix: copied as it is.
    Verbatim,
}

impl Dialect {
    /// The dialect of the template at this path.
    pub fn of(path: &str) -> Self {
        if path.ends_with(".j2") {
            Self::Braces
        } else if path.ends_with(".jx") {
            Self::Brackets
        } else {
            Self::Verbatim
        }
    }
}

/// Path of the output that a template is for, placeholders kept: the template's without its suffix.
pub fn output(path: &str) -> Cow<'_, str> {
    match Dialect::of(path) {
        Dialect::Verbatim => Cow::Borrowed(path),
        _ => Cow::Borrowed(&path[..path.len() - 3]),
    }
}
