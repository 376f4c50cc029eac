//! Facts of the clouds: machines, database and cache classes, brokers, regions, prices, limits.
//!
//! Comes in: the tables of `catalog/`, built in, each replaceable by a file of `--catalog DIR`. Goes out: a [`Catalog`] that
//! answers by capability: what sizing asks never names a cloud. Each entry has its grade; what nobody sourced is unknown
//! (`None`), never zero.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::{
    blueprint::Cloud,
    constants::{Constant, Constants},
    ledger::Grade,
};

mod cloud;
pub mod container;
mod database;
mod document;
mod function;
pub mod price;
mod queue;
mod service;
mod shape;
mod sla;
mod table;

pub use cloud::{AddressPlan, CloudCatalog, CloudQuota, Region, UnknownRegion};
pub use container::{ContainerPlatform, ContainerShape};
pub use document::DocumentTier;
pub use function::FunctionLimits;
pub use price::Price;
pub use queue::QueueLimits;
pub use service::Service;
pub use shape::{CacheShape, DatabaseShape, NodeShape, StreamShape};
pub use sla::Sla;
use table::{Row, Table};

macro_rules! tables {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../catalog/", $name, ".tsv")))),+]
    };
}

/// All tables: name and text.
const TABLES: &[(&str, &str)] = tables![
    "aws.caches",
    "aws.containers",
    "aws.databases",
    "aws.nodes",
    "aws.prices",
    "aws.quotas",
    "aws.regions",
    "aws.streams",
    "cloudflare.prices",
    "constants",
    "gcp.caches",
    "gcp.containers",
    "gcp.families",
    "gcp.nodes",
    "gcp.prices",
    "gcp.quotas",
    "gcp.regions",
    "gcp.streams",
    "mongodb.prices",
    "mongodb.regions",
    "mongodb.tiers",
    "upstash.prices",
    "upstash.regions",
    "vercel.prices",
];

fn built_in() -> Vec<Table> {
    let table = |(name, text): &(&'static str, &'static str)| Table::built_in(name, text);
    TABLES.iter().map(table).collect()
}

/// All facts.
#[derive(Clone, Debug)]
pub struct Catalog {
    tables: Vec<Table>,
    constants: Constants,
    aws: CloudCatalog,
    gcp: CloudCatalog,
}

/// What `loadpath catalog` says of a table.
#[derive(Clone, Debug)]
pub struct TableInfo<'a> {
    /// Name, which is also its file's name without `.tsv`.
    pub name: &'a str,
    /// Date of its facts.
    pub as_of: &'a str,
    /// Where they come from.
    pub source: &'a str,
    /// Number of rows.
    pub n_rows: usize,
    /// The whole text.
    pub text: &'a str,
}

impl Catalog {
    /// The built-in tables.
    pub fn builtin() -> Self {
        Self::new(built_in())
    }

    /// The built-in tables, those of which `directory` has a file `<name>.tsv` replaced by it.
    ///
    /// # Errors
    /// A folder that cannot be read or has no table, a file that is no table of the catalog, other columns, or a cell
    /// that is not a number: each with file and line.
    pub fn load(directory: &Path) -> Result<Self> {
        let mut tables = built_in();
        let entries = std::fs::read_dir(directory)
            .with_context(|| format!("cannot read the catalog `{}`", directory.display()))?;
        let mut n_replaced = 0;
        for entry in entries {
            let path = entry
                .with_context(|| format!("cannot read the catalog `{}`", directory.display()))?
                .path();
            if path.extension().is_none_or(|extension| extension != "tsv") {
                continue;
            }
            let name = path
                .file_stem()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let Some(table) = tables.iter_mut().find(|table| table.name() == name) else {
                let known: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
                bail!(
                    "{}: no table of the catalog has this name; there are {}",
                    path.display(),
                    known.join(", ")
                );
            };
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read `{}`", path.display()))?;
            *table = table.replaced(text, &path.display().to_string())?;
            n_replaced += 1;
        }
        if n_replaced == 0 {
            bail!(
                "`{}` has no table of the catalog (`constants.tsv`, `aws.nodes.tsv` and so on)",
                directory.display()
            );
        }
        let catalog = Self::new(tables);
        catalog.check(directory)?;
        Ok(catalog)
    }

    /// What one table needs of another, or the model of a table: every constant, and the region of a blueprint without one.
    fn check(&self, directory: &Path) -> Result<()> {
        let complete = Self::builtin();
        let known = |id: &str| self.constants.iter().any(|other| other.id == id);
        if let Some(missing) = complete.constants.iter().find(|one| !known(&one.id)) {
            bail!(
                "`{}` lacks the constant {}",
                directory.join("constants.tsv").display(),
                missing.id
            );
        }
        for cloud in [&self.aws, &self.gcp] {
            let home = cloud.default_region();
            if let Err(unknown) = cloud.region(home) {
                let file = format!("{}.regions.tsv", unknown.cloud.name());
                bail!(
                    "`{}` does without the default region {home}: {unknown}",
                    directory.join(file).display()
                );
            }
        }
        Ok(())
    }

    fn new(tables: Vec<Table>) -> Self {
        let table = |name: &str| {
            tables
                .iter()
                .find(|table| table.name() == name)
                .expect("every table is built in")
                .clone()
        };
        let constants = Constants::new(table("constants").rows().map(constant));
        let spot_discount = constants.get("cost.spot_discount").value;
        let aws = CloudCatalog::aws(&table, spot_discount);
        let gcp = CloudCatalog::gcp(&table);
        Self {
            aws,
            gcp,
            constants,
            tables,
        }
    }

    /// Facts of one cloud.
    pub fn cloud(&self, cloud: Cloud) -> &CloudCatalog {
        match cloud {
            Cloud::Aws => &self.aws,
            Cloud::Gcp => &self.gcp,
        }
    }

    /// Constants of the capacity model.
    pub fn constants(&self) -> &Constants {
        &self.constants
    }

    /// The tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = TableInfo<'_>> {
        self.tables.iter().map(|table| TableInfo {
            name: table.name(),
            as_of: table.remark("as of"),
            source: table.remark("source"),
            n_rows: table.rows().count(),
            text: table.text(),
        })
    }

    /// The newest date of any table.
    pub fn as_of(&self) -> &str {
        self.tables
            .iter()
            .map(|table| table.remark("as of"))
            .max()
            .unwrap_or_default()
    }

    /// Date and a hash of the content: changes when, and only when, a fact does.
    pub fn version(&self) -> String {
        let mut hash = Sha256::new();
        for table in &self.tables {
            hash.update(table.name());
            hash.update(table.text());
        }
        let digest = hash.finalize();
        let short: String = digest[..4]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{}-{short}", self.as_of())
    }
}

fn constant(row: Row<'_>) -> Constant {
    Constant {
        id: row.text("id").to_owned(),
        value: row.known("value"),
        unit: row.text("unit").to_owned(),
        low: row.number("low"),
        high: row.number("high"),
        grade: row.grade(),
        source: row.text("source").to_owned(),
    }
}

fn grade(text: &str) -> Grade {
    match text {
        "A" => Grade::A,
        "B" => Grade::B,
        "M" => Grade::M,
        _ => Grade::C,
    }
}

/// The names nearest to a mistyped one, best first, at most three.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut scored: Vec<(f64, &str)> = known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(score, _)| *score > 0.75)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored
        .into_iter()
        .take(3)
        .map(|(_, candidate)| candidate)
        .collect()
}
