//! Tiers of the document database: what a node has, what a cluster of three costs, and how its regions are called.

use super::{
    CloudCatalog, Price,
    cloud::{carried, price_of},
};
use crate::{blueprint::Cloud, ledger::Grade};

/// A tier of MongoDB Atlas.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentTier {
    /// `M30`
    pub name: String,
    /// vCPU of a node.
    pub vcpu: f64,
    /// GiB of RAM of a node.
    pub ram_gib: f64,
    /// GiB of disk that are in the price.
    pub disk_gib: f64,
    /// GiB of disk at most.
    pub max_disk_gib: f64,
    /// Connections of a node.
    pub connections: f64,
    /// USD an hour of three nodes in the region asked for; nothing where nobody sourced it.
    pub usd_hour: Option<f64>,
    /// Trust in the price.
    pub grade: Grade,
    /// Where it was read.
    pub source: String,
}

impl CloudCatalog {
    /// Tiers in order, smallest first, at the prices of a region.
    pub fn document_tiers(&self, region: &str) -> Vec<DocumentTier> {
        let ratio = self.service_ratio(region);
        let column = match self.id() {
            Cloud::Aws => "aws_usd_hour",
            Cloud::Gcp => "gcp_usd_hour",
        };
        let rows = self.document_tiers.rows();
        rows.map(|row| DocumentTier {
            name: row.text("tier").to_owned(),
            vcpu: row.known("vcpu"),
            ram_gib: row.known("ram_gib"),
            disk_gib: row.known("disk_gib"),
            max_disk_gib: row.known("max_disk_gib"),
            connections: row.known("connections"),
            usd_hour: row
                .number(column)
                .zip(ratio)
                .map(|(usd, ratio)| usd * ratio),
            grade: carried(row.grade(), ratio),
            source: self.document_tiers.remark("source").to_owned(),
        })
        .collect()
    }

    /// How the document database calls a region of this cloud; the cloud's own name where nobody wrote it down.
    pub fn document_region(&self, region: &str) -> String {
        let row = self.document_regions.row(region);
        row.map_or(region, |row| row.text("atlas")).to_owned()
    }

    /// A GB of disk a month, of three nodes.
    pub fn document_disk(&self, region: &str) -> Option<Price> {
        let price = price_of(
            &self.document_prices,
            &format!("{}.disk_gb", self.id().name()),
        )?;
        let ratio = self.service_ratio(region);
        Some(Price {
            value: price.value * ratio?,
            grade: carried(price.grade, ratio),
            ..price
        })
    }

    /// What a key of the customer adds to a cluster's price, as a share of it.
    pub fn document_key(&self) -> Option<Price> {
        price_of(&self.document_prices, "customer_key")
    }
}
