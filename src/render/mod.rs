//! From a composition to the complete text of every file, in memory.
//!
//! Comes in: a [`Composition`] and [`templates::Templates`]. Goes out: a [`Tree`], or the first error with template, line
//! and name of the value. Nothing is written; the same composition and templates give the same bytes.

mod context;
mod engine;
mod escape;
mod filters;
mod moved;
mod number;
pub mod templates;
mod verify;

use std::{collections::BTreeMap, sync::Arc, thread};

use anyhow::{Result, anyhow, bail};
use minijinja::Value;

use self::{
    context::Node,
    engine::{Emission, Engine},
    escape::{Printed, Syntax},
    templates::Dialect,
};
pub use self::{templates::Templates, verify::verify};
use crate::{
    component::Component,
    compose::{Artifact, Composition, Ownership},
    syntax,
};

/// A rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Complete text.
    pub text: String,
    /// Component it belongs to.
    pub component: Component,
    /// Who owns it after the first write.
    pub ownership: Ownership,
    /// Whether it is a script.
    pub executable: bool,
    /// Whether it may hold numbers of a sizing; structure does not.
    pub is_sized: bool,
    /// For each line (from 1) that prints quantities: environment and quantity name, in order.
    pub quantities: Vec<QuantityAt>,
}

/// A quantity printed in a rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantityAt {
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters, where the printed value begins.
    pub column: usize,
    /// Printed characters.
    pub width: usize,
    /// Environment whose ledger has the name.
    pub environment: String,
    /// Name in the ledger.
    pub name: String,
}

/// All files of a project: path with `/` to file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Path in the project to its file, ordered.
    pub files: BTreeMap<String, File>,
}

/// The trees of two clouds in one project.
///
/// # Errors
/// A path that both have with different texts.
pub fn join(mut tree: Tree, other: Tree) -> Result<Tree> {
    for (path, file) in other.files {
        if tree
            .files
            .get(&path)
            .is_some_and(|known| known.text != file.text)
        {
            bail!(
                "two clouds both give `{path}`\nhint: one blueprint per cloud, for example with --set cloud=gcp"
            );
        }
        tree.files.insert(path, file);
    }
    Ok(tree)
}

/// A tree as it stands in a folder of a larger one; `../` leads out of the folder.
pub fn below(tree: Tree, folder: &str) -> Tree {
    let moved = |path: String| match path.strip_prefix("../") {
        Some(outside) => outside.to_owned(),
        None => format!("{folder}/{path}"),
    };
    Tree {
        files: tree
            .files
            .into_iter()
            .map(|(path, file)| (moved(path), file))
            .collect(),
    }
}

/// Renders every artifact of a composition, and says what was renamed.
///
/// # Errors
/// One line for each template that is wrong: where two artifacts have one path, a template is missing, does not compile or asks for what its context does not have,
/// a value cannot stand where the template puts it, or a row of the renamed addresses is wrong.
pub fn render(composition: &Composition<'_>, templates: &Templates) -> Result<Tree> {
    refuse_same_paths(&composition.artifacts)?;
    let contexts = Contexts::new(composition);
    let middle = composition.artifacts.len() / 2;
    let (first, second) = composition.artifacts.split_at(middle);
    let (first, second) = thread::scope(|scope| {
        let other = scope.spawn(|| render_all(first, &contexts, templates));
        let second = render_all(second, &contexts, templates);
        (
            other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            second,
        )
    });
    let mut tree = Tree::default();
    let mut errors: Vec<String> = Vec::new();
    for (artifact, file) in composition
        .artifacts
        .iter()
        .zip(first.into_iter().chain(second))
    {
        match file {
            Ok(file) => {
                tree.files.insert(artifact.path.clone(), file);
            }
            // A template for several environments or services is wrong for each of them in the same way.
            Err(error) if errors.contains(&error.to_string()) => {}
            Err(error) => errors.push(error.to_string()),
        }
    }
    if !errors.is_empty() {
        bail!(errors.join("\n"));
    }
    moved::add(&mut tree, templates.get(moved::TABLE).unwrap_or_default())?;
    Ok(tree)
}

fn refuse_same_paths(artifacts: &[Artifact]) -> Result<()> {
    let mut templates = BTreeMap::new();
    for artifact in artifacts {
        if let Some(other) = templates.insert(&artifact.path, &artifact.template) {
            bail!(
                "bug: templates {other} and {} both give `{}`",
                artifact.template,
                artifact.path
            );
        }
    }
    Ok(())
}

fn render_all(
    artifacts: &[Artifact],
    contexts: &Contexts,
    templates: &Templates,
) -> Vec<Result<File>> {
    let engine = Engine::new(templates);
    artifacts
        .iter()
        .map(|artifact| file(artifact, contexts, templates, &engine))
        .collect()
}

fn file(
    artifact: &Artifact,
    contexts: &Contexts,
    templates: &Templates,
    engine: &Engine<'_>,
) -> Result<File> {
    let (text, quantities) = match Dialect::of(&artifact.template) {
        Dialect::Verbatim => {
            let text = templates.get(&artifact.template);
            let text =
                text.ok_or_else(|| anyhow!("bug: there is no template `{}`", artifact.template))?;
            (text.to_owned(), Vec::new())
        }
        _ => fill(artifact, &contexts.of(artifact), engine)?,
    };
    Ok(File {
        component: artifact.component,
        ownership: artifact.ownership,
        is_sized: artifact.sized,
        executable: artifact.executable || text.starts_with("#!"),
        text,
        quantities,
    })
}

fn fill(
    artifact: &Artifact,
    context: &Value,
    engine: &Engine<'_>,
) -> Result<(String, Vec<QuantityAt>)> {
    let (marked, emissions) = engine.render(&artifact.template, context)?;
    let syntax = Syntax::of(&artifact.path, &marked);
    let settled = escape::settle(&marked, &emissions, syntax);
    let (text, printed) = settled.map_err(|refusal| {
        engine.refusal(
            &artifact.template,
            context,
            refusal.emission,
            &refusal.reason,
        )
    })?;
    if syntax == Syntax::Hcl {
        let formatted = syntax::hcl::tidy(&text);
        let moved = follow(&text, &formatted, printed);
        return Ok((formatted.clone(), locate(&formatted, &moved, &emissions)));
    }
    let quantities = locate(&text, &printed, &emissions);
    Ok((text, quantities))
}

/// The values of a text in the same text with other white space.
fn follow(text: &str, formatted: &str, printed: Vec<Printed>) -> Vec<Printed> {
    let mut solid = formatted
        .bytes()
        .enumerate()
        .filter(|(_, byte)| !byte.is_ascii_whitespace());
    let mut at = 0;
    let mut moved = Vec::with_capacity(printed.len());
    for value in printed {
        let skipped = text.as_bytes()[at..value.at]
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .count();
        let inside = text.as_bytes()[value.at..value.at + value.length].iter();
        let inside = inside.filter(|byte| !byte.is_ascii_whitespace()).count();
        at = value.at + value.length;
        let Some((begin, _)) = solid.nth(skipped).filter(|_| inside > 0) else {
            continue;
        };
        if inside > 1 {
            solid.nth(inside - 2);
        }
        moved.push(Printed { at: begin, ..value });
    }
    moved
}

/// Line, column and width of every quantity.
fn locate(text: &str, printed: &[Printed], emissions: &[Emission]) -> Vec<QuantityAt> {
    let mut quantities = Vec::new();
    let (mut line, mut line_start, mut at) = (1, 0, 0);
    for value in printed {
        let Some((environment, name)) = &emissions[value.emission].quantity else {
            continue;
        };
        for (offset, _) in text[at..value.at].match_indices('\n') {
            line += 1;
            line_start = at + offset + 1;
        }
        at = value.at;
        quantities.push(QuantityAt {
            line,
            column: text[line_start..value.at].chars().count() + 1,
            width: text[value.at..value.at + value.length].chars().count(),
            environment: environment.to_string(),
            name: name.clone(),
        });
    }
    quantities
}

/// The contexts of a composition as values, built once.
struct Contexts {
    project: Value,
    cloud: Value,
    environments: Vec<Value>,
    all_environments: Value,
}

impl Contexts {
    fn new(composition: &Composition<'_>) -> Self {
        let none = Arc::from("");
        let environments: Vec<Value> = composition
            .environments
            .iter()
            .map(|environment| context::value(environment, &Arc::from(environment.name.as_str())))
            .collect();
        Self {
            project: context::value(&composition.project, &none),
            cloud: context::value(&composition.cloud, &none),
            all_environments: Value::from(environments.clone()),
            environments,
        }
    }

    /// What the template of this artifact sees.
    fn of(&self, artifact: &Artifact) -> Value {
        let mut entries: Vec<(Arc<str>, Value)> = vec![
            ("project".into(), self.project.clone()),
            ("cloud".into(), self.cloud.clone()),
        ];
        let mut whole = &self.project;
        if artifact.sized {
            whole = &self.environments[artifact.environment];
            entries.push(("env".into(), whole.clone()));
            entries.push(("envs".into(), self.all_environments.clone()));
        }
        let parts = [
            ("service", "services", artifact.service),
            ("keyspace", "keyspaces", artifact.keyspace),
        ];
        for (name, list, idx) in parts {
            if let Some(idx) = idx {
                entries.push((name.into(), part(whole, list, idx)));
            }
        }
        Node::value(entries)
    }
}

/// One of a list in a context.
fn part(whole: &Value, list: &str, idx: usize) -> Value {
    let part = whole
        .get_attr(list)
        .and_then(|list| list.get_item_by_index(idx));
    part.unwrap_or_else(|error| {
        panic!("bug: an artifact is for one of `{list}` that is not there: {error}")
    })
}

#[cfg(test)]
mod tests;
