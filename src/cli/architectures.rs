//! `loadpath architectures`: what there is to choose from.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value as Json, json};

use super::{Exit, Global, Output};
use crate::{
    blueprint::Cloud,
    catalog,
    compose::architecture::{self, Architecture},
};

/// List the reference architectures, or show one with its components and choices
///
/// Examples:
///   loadpath architectures
///   loadpath architectures sharded-kubernetes
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct ArchitecturesArgs {
    /// Show this one
    id: Option<String>,
}

pub(super) fn run(args: &ArchitecturesArgs, _: &Global, output: &Output) -> Result<Exit> {
    let all = architecture::all();
    let Some(id) = &args.id else {
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
        let nearest = catalog::nearest(id, known.iter().copied());
        let hint = nearest.first().map_or_else(String::new, |nearest| {
            format!("\nhint: did you mean {nearest}")
        });
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
    let components: Vec<&str> = one
        .components
        .iter()
        .map(|component| component.name())
        .collect();
    text.push_str(&format!(
        "\ncomponents\n  {}\n\nchoices (platform:), the first is the default\n",
        components.join(", ")
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
