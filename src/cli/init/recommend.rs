//! Which architecture fits: every one of them is planned with the answers, and says what speaks for it and against it.

use std::collections::BTreeMap;

use anyhow::Result;
use unicode_width::UnicodeWidthStr as _;

use super::{
    answers::{Answers, Product, Shape},
    text,
};
use crate::{
    cli::{Global, Output, project},
    compose::architecture::{self, Architecture},
    ledger::{Quantity, show},
    pipeline::{AllCommitted, Plan},
    sizing::Sizing,
};

/// One architecture with what it would come to.
pub(super) struct Candidate {
    pub(super) id: String,
    /// Reasons for it; empty where something speaks against it.
    pub(super) fits: Vec<String>,
    /// Reasons against it.
    pub(super) misfits: Vec<String>,
    /// USD a month of the environment that serves users.
    cost: f64,
}

/// What the answers come to under one architecture.
pub(super) struct Outcome {
    pub(super) loaded: project::Loaded,
    pub(super) plans: Vec<Plan>,
}

/// Plans the text of a blueprint that nobody has written yet.
pub(super) fn plan(
    path: &std::path::Path,
    text: &str,
    global: &Global,
    output: &Output,
) -> Result<Outcome> {
    let loaded = project::load_text(path, text, &[], global, output)?;
    let plans = loaded.plan(&AllCommitted::new(), output)?;
    Ok(Outcome { loaded, plans })
}

/// All architectures, the best first: those that fit, by the number of reasons and then by cost.
///
/// # Errors
/// Where not one of them can be planned: then it is the answers that are wrong.
pub(super) fn candidates(answers: &Answers, global: &Global) -> Result<Vec<Candidate>> {
    let (mut all, mut errors) = (Vec::new(), Vec::new());
    for one in architecture::all() {
        match candidate(&one, answers, global) {
            Ok(candidate) => all.push(candidate),
            Err(error) => errors.push(error),
        }
    }
    if all.is_empty() {
        errors.into_iter().next().map_or(Ok(()), Err)?;
    }
    all.sort_by(|one, other| {
        let rank = |candidate: &Candidate| {
            (
                !candidate.misfits.is_empty(),
                usize::MAX - candidate.fits.len(),
            )
        };
        rank(one)
            .cmp(&rank(other))
            .then(one.cost.total_cmp(&other.cost))
    });
    Ok(all)
}

fn candidate(one: &Architecture, answers: &Answers, global: &Global) -> Result<Candidate> {
    let text = text::blueprint(answers, &one.id);
    let path = std::path::Path::new(project::NAME);
    let outcome = plan(path, &text, global, &Output::silent());
    let sizing = outcome
        .as_ref()
        .ok()
        .and_then(|outcome| outcome.plans.first()?.sizings.last());
    let mut candidate = Candidate {
        id: one.id.clone(),
        fits: Vec::new(),
        misfits: Vec::new(),
        cost: sizing.map_or(f64::INFINITY, |sizing| sizing.ledger.number("cost.total")),
    };
    let facts = facts(answers, sizing);
    for advice in &one.advice {
        if !advice
            .when
            .iter()
            .all(|fact| facts.contains_key(fact.as_str()))
        {
            continue;
        }
        let filled = |text: &String| {
            facts.iter().fold(text.clone(), |text, (fact, figure)| {
                text.replace(&format!("{{{fact}}}"), figure)
            })
        };
        candidate.fits.extend(advice.fits.iter().map(filled));
        candidate.misfits.extend(advice.misfits.iter().map(filled));
    }
    // What cannot be planned is no candidate, unless the architecture itself says why.
    match outcome {
        Err(error) if candidate.misfits.is_empty() => Err(error),
        _ => Ok(candidate),
    }
}

/// What is true of the system, each with its figure.
fn facts(answers: &Answers, sizing: Option<&Sizing>) -> BTreeMap<&'static str, String> {
    let mut facts = BTreeMap::new();
    let product = answers.product.unwrap_or(Product::Web);
    if product.has_jobs() {
        let job = answers.job.as_deref().unwrap_or("20 s");
        facts.insert("jobs", job.to_owned());
    }
    let own = match product {
        Product::Web | Product::Jobs => None,
        Product::Ai => Some("gpu"),
        Product::Services => Some("services"),
        Product::Uploads => Some("uploads"),
        Product::Live => Some("live"),
        Product::Site => Some("reads"),
    };
    facts.extend(own.map(|fact| (fact, String::new())));
    if answers.shape == Some(Shape::Spiky) {
        facts.insert("spiky", String::new());
    }
    match sizing.and_then(outgrowing) {
        Some(sentence) => facts.insert("outgrows", sentence),
        None => facts.insert("one-node", String::new()),
    };
    facts
}

/// The first keyspace that needs more than one node within the horizon.
fn outgrowing(sizing: &Sizing) -> Option<String> {
    sizing.keyspaces.iter().find_map(|keyspace| {
        let shards = format!("database.{}.shards", keyspace.name);
        let shards = sizing.ledger.get(&shards).map_or(1.0, Quantity::number);
        (shards > 1.0).then(|| {
            format!(
                "{} outgrow one database node within the horizon: {} shards",
                keyspace.name,
                show(shards)
            )
        })
    })
}

/// A paragraph for each candidate, the first with its reasons, the others compared with it.
pub(super) fn show_all(candidates: &[Candidate], columns: usize) -> String {
    let width = candidates
        .iter()
        .map(|candidate| candidate.id.len())
        .max()
        .unwrap_or(0);
    let best = candidates.first().map_or(0.0, |best| best.cost);
    let line = |(idx, candidate): (usize, &Candidate)| {
        let reasons = if candidate.misfits.is_empty() {
            let fits = candidate.fits.join("; ");
            match idx {
                0 => format!("fits: {fits}"),
                _ => format!("also fits{}: {fits}", compared(candidate.cost, best)),
            }
        } else {
            format!("no: {}", candidate.misfits.join("; "))
        };
        let begin = format!("  {:<width$}   ", candidate.id);
        wrapped(&begin, &reasons, columns)
    };
    candidates.iter().enumerate().map(line).collect()
}

/// Words in lines of at most so many columns, all behind the width of `begin`.
fn wrapped(begin: &str, words: &str, columns: usize) -> String {
    let indent = " ".repeat(begin.width());
    let (mut text, mut line, mut n_words) = (String::new(), begin.to_owned(), 0);
    for word in words.split_whitespace() {
        if n_words > 0 && line.width() + word.width() > columns {
            text.push_str(line.trim_end());
            text.push('\n');
            (line, n_words) = (indent.clone(), 0);
        }
        line.push_str(word);
        line.push(' ');
        n_words += 1;
    }
    text + line.trim_end() + "\n"
}

fn compared(cost: f64, best: f64) -> String {
    let percent = (cost / best - 1.0) * 100.0;
    if !percent.is_finite() || percent.abs() < 1.0 {
        String::new()
    } else if percent < 0.0 {
        format!(", {:.0} % cheaper now", -percent)
    } else {
        format!(", {percent:.0} % dearer now")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_reasons_go_on_below_themselves() {
        assert_eq!(
            wrapped("  id   ", "fits: one two three four", 20),
            "  id   fits: one two\n       three four\n"
        );
    }

    #[test]
    fn others_are_compared_with_the_best() {
        let candidate = |id: &str, misfits: &[&str], cost| Candidate {
            id: id.to_owned(),
            fits: vec!["reason".to_owned()],
            misfits: misfits.iter().map(|text| (*text).to_owned()).collect(),
            cost,
        };
        let all = [
            candidate("one", &[], 100.0),
            candidate("another", &[], 82.0),
            candidate("third", &["GPU jobs"], 10.0),
        ];
        assert_eq!(
            show_all(&all, 100),
            "  one       fits: reason\n  another   also fits, 18 % cheaper now: reason\n  third     no: GPU jobs\n"
        );
    }
}
