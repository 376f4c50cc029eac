//! `loadpath architectures`: what there is to choose from.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use super::{Exit, Global, Output};
use crate::{
    blueprint::Cloud,
    component::Component,
    compose::architecture::{self, Architecture},
};

/// List the reference architectures, or show one with its components and choices
///
/// Examples:
///   loadpath architectures
///   loadpath architectures show sharded-kubernetes
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub(super) struct ArchitecturesArgs {
    #[command(subcommand)]
    what: Option<What>,
    /// Show this one
    id: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Draw one, with its components and choices
    Show {
        /// Its id
        id: String,
    },
}

pub(super) fn run(args: &ArchitecturesArgs, _: &Global, output: &Output) -> Result<Exit> {
    let all = architecture::all();
    let shown = match &args.what {
        Some(What::Show { id }) => Some(id),
        None => args.id.as_ref(),
    };
    let Some(id) = shown else {
        if output.is_json() {
            output.json(&all.iter().map(json).collect::<Vec<Json>>().into())?;
        } else {
            let line = |one: &Architecture| {
                format!(
                    "{:<26} {:<4} {}\n",
                    one.id,
                    one.default_cloud.name(),
                    one.summary
                )
            };
            output.result(&all.iter().map(line).collect::<String>())?;
        }
        return Ok(Exit::Success);
    };
    let Some(one) = all.iter().find(|one| one.id == *id) else {
        let known: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
        let hint = super::meant(id, known.iter().copied());
        bail!(
            "no architecture `{id}`; there are {}{hint}",
            known.join(", ")
        );
    };
    if output.is_json() {
        output.json(&json(one))?;
    } else {
        output.result(&show(one))?;
    }
    Ok(Exit::Success)
}

fn show(one: &Architecture) -> String {
    let mut text = format!(
        "{}    {}\n\n{}\n\nfits when\n",
        one.id, one.summary, one.story
    );
    for reason in &one.fits {
        text.push_str(&format!("  {reason}\n"));
    }
    text.push_str(&format!(
        "\n{}\nchoices (platform:), the first is the default\n",
        drawing(one)
    ));
    for key in one.choices() {
        let (aws, gcp) = (
            one.legal(key, Cloud::Aws).join(", "),
            one.legal(key, Cloud::Gcp).join(", "),
        );
        let values = if aws == gcp {
            aws
        } else {
            format!("aws: {aws}    gcp: {gcp}")
        };
        text.push_str(&format!("  {key:<12} {values}\n"));
    }
    text
}

/// Where a component stands on the way of a request, and what is said beside it.
const TIERS: &[(&str, &[Component])] = &[
    (
        "before any region",
        &[Component::EdgeCompute, Component::Cdn],
    ),
    (
        "the way in",
        &[Component::Waf, Component::LoadBalancer, Component::Gateway],
    ),
    (
        "what answers and works",
        &[
            Component::Workloads,
            Component::Containers,
            Component::Functions,
            Component::Fleet,
            Component::Gpu,
            Component::ShardManager,
        ],
    ),
];

/// What services reach.
const REACHED: &[(&str, &[Component])] = &[
    ("in memory", &[Component::EdgeCache, Component::Cache]),
    (
        "rows and documents",
        &[
            Component::Shards,
            Component::CloudnativePg,
            Component::Vitess,
            Component::Nosql,
            Component::DocumentDb,
        ],
    ),
    ("objects", &[Component::ObjectStorage]),
    (
        "jobs and events",
        &[
            Component::Stream,
            Component::Strimzi,
            Component::Queue,
            Component::Qstash,
            Component::Workflow,
        ],
    ),
    ("analytics", &[Component::Lake, Component::Warehouse]),
];

/// The way of a request from users to data, and beside it everything else.
fn drawing(one: &Architecture) -> String {
    let has = |wanted: &&Component| one.components.contains(wanted);
    let names = |tier: &[Component], between: &str| {
        let there: Vec<&str> = tier.iter().filter(has).map(|one| one.name()).collect();
        there.join(between)
    };
    let mut text = String::from("  users\n");
    let mut drawn: Vec<Component> = Vec::new();
    for (what, tier) in TIERS {
        let row = names(tier, " → ");
        if !row.is_empty() {
            text.push_str(&format!("    │\n  {row:<46}  {what}\n"));
        }
        drawn.extend(*tier);
    }
    let reached: Vec<(String, &str)> = REACHED
        .iter()
        .map(|(what, tier)| (names(tier, " · "), *what))
        .filter(|(row, _)| !row.is_empty())
        .collect();
    for (idx, (row, what)) in reached.iter().enumerate() {
        let branch = if idx + 1 < reached.len() {
            "├─►"
        } else {
            "└─►"
        };
        text.push_str(&format!("    {branch} {row:<40}  {what}\n"));
    }
    drawn.extend(REACHED.iter().flat_map(|(_, tier)| *tier));
    let rest: Vec<&str> = one
        .components
        .iter()
        .filter(|component| !drawn.contains(component))
        .map(|component| component.name())
        .collect();
    text.push_str("\n  around it\n");
    for names in rest.chunks(9) {
        text.push_str(&format!("    {}\n", names.join(" · ")));
    }
    text
}

fn json(one: &Architecture) -> Json {
    let choices: serde_json::Map<String, Json> = one
        .choices()
        .map(|key| {
            (
                key.to_owned(),
                json!({ "aws": one.legal(key, Cloud::Aws), "gcp": one.legal(key, Cloud::Gcp) }),
            )
        })
        .collect();
    json!({
        "id": one.id,
        "summary": one.summary,
        "story": one.story,
        "fits": one.fits,
        "default_cloud": one.default_cloud.name(),
        "components": one.components,
        "choices": choices,
    })
}
