//! `loadpath check`: is what is committed what the blueprint says?

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{BlueprintArgs, Exit, Global, Output, generate, project};
use crate::{
    ledger::{Quantity, show},
    reconcile::{self, Options, Project},
    report,
};

/// Say whether the files on disk are what the blueprint says, without writing
///
/// Ends with 0 in step, 2 where something differs, 3 at a conflict, 4 over budget, 1 at an error; the first that applies
/// of 1, 3, 4, 2. An edit by a person is allowed unless --strict.
///
/// Examples:
///   loadpath check
///   loadpath check --strict --format json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    blueprint: BlueprintArgs,
    /// Project folder; the blueprint's own by default
    #[arg(short, long, value_name = "DIR", env = "LOADPATH_OUTPUT")]
    output: Option<PathBuf>,
    /// Edits by a person are differences too
    #[arg(long, env = "LOADPATH_STRICT")]
    strict: bool,
    /// Lines of difference shown at most
    #[arg(
        long,
        value_name = "N",
        default_value_t = 40,
        env = "LOADPATH_DIFF_LINES"
    )]
    diff_lines: usize,
    #[command(flatten)]
    part: generate::PartArgs,
}

pub(super) fn run(args: &CheckArgs, global: &Global, output: &Output) -> Result<Exit> {
    let loaded = project::load(&args.blueprint, global, output)?;
    let folder = generate::folder(&loaded, args.output.as_deref());
    let on_disk = Project::open(&folder)?;
    on_disk.check_name(&loaded.blueprint.name)?;
    let rendered = generate::render(loaded, &on_disk, global, output)?;
    let options = Options {
        selection: args.part.selection(&rendered.environments())?,
        ..Options::default()
    };
    let changes = reconcile::compare(&on_disk, &rendered.tree, &options)?;
    let moved = moved_on(&on_disk, &rendered);
    let over = over_budget(&rendered);
    if output.is_json() {
        let mut value = report::changes::json(&changes);
        value["moved_on"] = json!(moved);
        value["over_budget"] = json!(over);
        output.json(&value)?;
    } else {
        output.result(&report::changes::findings(
            &changes,
            &moved,
            args.diff_lines,
        ))?;
        for line in &over {
            output.warning(line);
        }
    }
    let code = changes.verdict().exit_code(args.strict);
    Ok(match code {
        1 | 3 => Exit::of(code),
        _ if !over.is_empty() => Exit::OverBudget,
        code => Exit::of(code),
    })
}

/// What moved on since the project was generated: blueprint, version or catalog.
fn moved_on(on_disk: &Project, rendered: &generate::Rendered) -> Vec<&'static str> {
    let Some(lock) = on_disk.lock() else {
        return vec!["never generated"];
    };
    let now = project::head(rendered);
    let mut moved = Vec::new();
    if lock.head.blueprint != now.blueprint {
        moved.push("blueprint");
    }
    if lock.head.tool != now.tool {
        moved.push("version");
    }
    if lock.head.catalog != now.catalog {
        moved.push("catalog");
    }
    moved
}

/// Environments that cost more than their budget. Below its fixed floor an environment only warns while planning.
fn over_budget(rendered: &generate::Rendered) -> Vec<String> {
    let mut over = Vec::new();
    for plan in &rendered.plans {
        for (environment, sizing) in rendered
            .loaded
            .blueprint
            .environments
            .iter()
            .zip(&plan.sizings)
        {
            let number = |name: &str| sizing.ledger.get(name).map(Quantity::number);
            let (Some(total), Some(budget)) = (number("cost.total"), number("cost.budget")) else {
                continue;
            };
            let floor = number("cost.floor").unwrap_or(0.0);
            if total > budget && budget >= floor {
                over.push(format!(
                    "{} on {} costs {} USD/month, the budget is {}",
                    environment.name,
                    plan.cloud.name(),
                    show(total),
                    show(budget)
                ));
            }
        }
    }
    over
}
