//! `loadpath catalog`: the facts that decide, with date, source and grade.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value as Json, json};

use super::{Exit, Global, Output, project};
use crate::catalog;

/// Show the tables of the catalog with their dates and sources, or one of them
///
/// A table printed to a file can be changed and given back with --catalog DIR.
///
/// Examples:
///   loadpath catalog
///   loadpath catalog constants > mine/constants.tsv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct CatalogArgs {
    /// Print this table
    table: Option<String>,
}

pub(super) fn run(args: &CatalogArgs, global: &Global, output: &Output) -> Result<Exit> {
    let catalog = project::catalog(global)?;
    let Some(name) = &args.table else {
        if output.is_json() {
            let table = |table: catalog::TableInfo<'_>| json!({ "table": table.name, "as_of": table.as_of, "rows": table.n_rows, "source": table.source });
            output.json(&json!({ "version": catalog.version(), "tables": catalog.tables().map(table).collect::<Vec<Json>>() }))?;
        } else {
            let mut text = format!("catalog {}\n\n", catalog.version());
            for table in catalog.tables() {
                text.push_str(&format!(
                    "  {:<18} {:>4} rows  {:<11} {}\n",
                    table.name, table.n_rows, table.as_of, table.source
                ));
            }
            output.result(&text)?;
        }
        return Ok(Exit::Success);
    };
    let Some(table) = catalog.tables().find(|table| table.name == name) else {
        let known: Vec<&str> = catalog.tables().map(|table| table.name).collect();
        let hint = super::meant(name, known.iter().copied());
        bail!("no table `{name}`; there are {}{hint}", known.join(", "));
    };
    if output.is_json() {
        output.json(&json!({ "table": table.name, "as_of": table.as_of, "source": table.source, "rows": rows(table.text) }))?;
    } else {
        output.result(table.text)?;
    }
    Ok(Exit::Success)
}

/// The rows of a table as maps from column to text.
fn rows(text: &str) -> Vec<Json> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let columns: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let row = |line: &str| {
        let cells = line.split('\t').map(Json::from);
        columns.iter().map(ToString::to_string).zip(cells).collect()
    };
    lines.map(|line| Json::Object(row(line))).collect()
}
