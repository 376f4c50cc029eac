//! One cloud: its regions, what they sell at which price, and the rules that differ between clouds.

use std::fmt;

use super::{
    CacheShape, DatabaseShape, NodeShape, Price, StreamShape, database, nearest,
    table::{Row, Table},
};
use crate::blueprint::Cloud;

/// A region.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// `us-central1`
    pub name: String,
    /// City.
    pub city: String,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// `north-america`
    pub continent: String,
}

/// A region that the cloud does not have, and those that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRegion {
    /// As asked for.
    pub name: String,
    /// The cloud.
    pub cloud: Cloud,
    /// Nearest names.
    pub nearest: Vec<String>,
}

impl fmt::Display for UnknownRegion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} has no region `{}`",
            self.cloud.name(),
            self.name
        )?;
        if !self.nearest.is_empty() {
            write!(formatter, "; did you mean {}", self.nearest.join(" or "))?;
        }
        Ok(())
    }
}

/// Address blocks of one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct AddressPlan {
    /// Nodes, services, endpoints, databases.
    pub cidr: String,
    /// Pods.
    pub pods_cidr: String,
    /// Pods that the second block holds, as nodes take their part of it.
    pub pods_capacity: f64,
}

/// A quota of a new account or project.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudQuota {
    /// Capability id: what needs it.
    pub id: String,
    /// As the cloud calls it.
    pub title: String,
    /// What a new account or project has.
    pub default: f64,
    /// Trust.
    pub grade: crate::ledger::Grade,
    /// Where it was read.
    pub source: String,
}

/// Facts of one cloud.
#[derive(Clone, Debug)]
pub struct CloudCatalog {
    id: Cloud,
    default_region: &'static str,
    nodes: Table,
    families: Option<Table>,
    pub(super) databases: Table,
    caches: Table,
    streams: Table,
    regions: Table,
    prices: Table,
    quotas: Table,
    spot_discount: f64,
}

impl CloudCatalog {
    pub(super) fn aws(table: &dyn Fn(&str) -> Table, spot_discount: f64) -> Self {
        Self {
            id: Cloud::Aws,
            default_region: "us-east-1",
            nodes: table("aws.nodes"),
            families: None,
            databases: table("aws.databases"),
            caches: table("aws.caches"),
            streams: table("aws.streams"),
            regions: table("aws.regions"),
            prices: table("aws.prices"),
            quotas: table("aws.quotas"),
            spot_discount,
        }
    }

    pub(super) fn gcp(table: &dyn Fn(&str) -> Table) -> Self {
        Self {
            id: Cloud::Gcp,
            default_region: "us-central1",
            nodes: table("gcp.nodes"),
            families: Some(table("gcp.families")),
            databases: table("gcp.prices"),
            caches: table("gcp.caches"),
            streams: table("gcp.streams"),
            regions: table("gcp.regions"),
            prices: table("gcp.prices"),
            quotas: table("gcp.quotas"),
            spot_discount: 0.0,
        }
    }

    /// Which cloud it is; only for rules of the catalog itself.
    pub(super) fn id(&self) -> Cloud {
        self.id
    }

    /// The region of a blueprint that names none.
    pub fn default_region(&self) -> &str {
        self.default_region
    }

    /// Names of all regions.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.regions.rows().map(|row| row.text("region"))
    }

    fn region_row(&self, name: &str) -> Option<Row<'_>> {
        self.regions.rows().find(|row| row.text("region") == name)
    }

    /// A region.
    ///
    /// # Errors
    /// One that the cloud does not have, with the nearest names.
    pub fn region(&self, name: &str) -> Result<Region, UnknownRegion> {
        let row = self.region_row(name).ok_or_else(|| UnknownRegion {
            name: name.to_owned(),
            cloud: self.id,
            nearest: nearest(name, self.regions())
                .into_iter()
                .map(str::to_owned)
                .collect(),
        })?;
        Ok(Region {
            name: name.to_owned(),
            city: row.text("city").to_owned(),
            lat: row.number("lat").unwrap_or_default(),
            lon: row.number("lon").unwrap_or_default(),
            continent: row.text("continent").to_owned(),
        })
    }

    /// Continent of a region; empty for an unknown one.
    pub fn continent(&self, region: &str) -> &str {
        self.region_row(region)
            .map_or("", |row| row.text("continent"))
    }

    /// Zones of a region in order.
    pub fn zones(&self, region: &str) -> Vec<String> {
        let letters = self.region_row(region).map_or("", |row| row.text("zones"));
        let separator = if self.id == Cloud::Gcp { "-" } else { "" };
        letters
            .chars()
            .map(|letter| format!("{region}{separator}{letter}"))
            .collect()
    }

    /// Where backups outlive the region: the nearest other one of its continent, at least 300 km away.
    pub fn backup_region(&self, region: &str) -> String {
        let Ok(home) = self.region(region) else {
            return region.to_owned();
        };
        let distance = |name: &str| {
            self.region(name)
                .map_or(f64::INFINITY, |other| kilometres(&home, &other))
        };
        let same = |name: &&str| {
            *name != region && self.continent(name) == home.continent && distance(name) > 300.0
        };
        let all: Vec<&str> = self.regions().filter(same).collect();
        let nearest = all
            .into_iter()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let anywhere = || {
            self.regions()
                .filter(|name| *name != region)
                .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        };
        nearest.or_else(anywhere).unwrap_or(region).to_owned()
    }

    /// Price ratio of a class (`m`, `c`, `r`, `t`, `cache`) in a region.
    pub(super) fn ratio(&self, region: &str, class: &str) -> Option<f64> {
        let column = format!("ratio_{class}");
        self.region_row(region)?.number(&column)
    }

    /// Price ratio of a machine family in a region; nothing where it is not sold.
    pub(super) fn family_ratio(&self, region: &str, family: &str) -> Option<f64> {
        self.family_row(region, family)?.number("price_ratio")
    }

    fn family_row(&self, region: &str, family: &str) -> Option<Row<'_>> {
        let families = self.families.as_ref()?;
        families
            .rows()
            .find(|row| row.text("region") == region && row.text("family") == family)
    }

    /// Ratio and spot share of the on-demand price of a family in a region.
    fn family_prices(&self, region: &str, family: &str) -> Option<(f64, f64)> {
        if self.families.is_some() {
            let row = self.family_row(region, family)?;
            return Some((row.number("price_ratio")?, row.number("spot_fraction")?));
        }
        let class = match family.chars().next() {
            Some('c') => "c",
            Some('r') => "r",
            Some('t') => "t",
            _ => "m",
        };
        Some((self.ratio(region, class)?, 1.0 - self.spot_discount))
    }

    fn node_shapes(&self, region: &str, uses: &str) -> Vec<NodeShape> {
        let mut known: Vec<(&str, Option<(f64, f64)>)> = Vec::new();
        self.nodes
            .rows()
            .filter(|row| row.text("use") == uses)
            .filter_map(|row| {
                let family = row.text("family");
                let prices = match known.iter().find(|(name, _)| *name == family) {
                    Some((_, prices)) => *prices,
                    None => {
                        known.push((family, self.family_prices(region, family)));
                        known[known.len() - 1].1
                    }
                };
                let (ratio, spot) = prices?;
                Some(node_shape(row, ratio, spot))
            })
            .collect()
    }

    /// Machines for pods without accelerators.
    pub fn general_node_shapes(&self, region: &str) -> Vec<NodeShape> {
        self.node_shapes(region, "general")
    }

    /// Machines with accelerators.
    pub fn gpu_node_shapes(&self, region: &str) -> Vec<NodeShape> {
        self.node_shapes(region, "gpu")
    }

    /// Accelerators that the region sells one at a time.
    pub fn gpus(&self, region: &str) -> Vec<String> {
        let single = self
            .gpu_node_shapes(region)
            .into_iter()
            .filter(|shape| shape.gpu_count == 1.0);
        let mut gpus: Vec<String> = single.filter_map(|shape| shape.gpu).collect();
        gpus.sort();
        gpus.dedup();
        gpus
    }

    /// Classes of a database service (`rds`, `aurora`, `cloud-sql`, `alloydb`).
    pub fn database_shapes(&self, service: &str, mysql: bool, region: &str) -> Vec<DatabaseShape> {
        match (self.id, service) {
            (Cloud::Aws, service) => database::aws(self, service, mysql, region),
            (Cloud::Gcp, "alloydb") => database::alloydb(self, region),
            (Cloud::Gcp, _) => database::cloud_sql(self, region),
        }
    }

    /// Nodes of the managed cache.
    pub fn cache_shapes(&self, region: &str) -> Vec<CacheShape> {
        let ratio = if self.families.is_some() {
            self.family_ratio(region, "n2")
        } else {
            self.ratio(region, "cache")
        };
        let source = self.caches.remark("source");
        self.caches
            .rows()
            .map(|row| CacheShape {
                name: row.text("name").to_owned(),
                vcpu: row.number("vcpu").unwrap_or_default(),
                mem_gib: row.number("mem_gib").unwrap_or_default(),
                burstable: row.flag("burstable"),
                net_mbps: row.number("net_mbps"),
                usd_hour: row
                    .number("usd_h")
                    .zip(ratio)
                    .map(|(price, ratio)| price * ratio),
                grade: row.grade(),
                source: source.to_owned(),
            })
            .collect()
    }

    /// Brokers of the managed log.
    pub fn stream_shapes(&self, region: &str) -> Vec<StreamShape> {
        let ratio = if self.families.is_some() {
            self.family_ratio(region, "n2")
        } else {
            self.ratio(region, "m")
        };
        let source = self.streams.remark("source");
        self.streams
            .rows()
            .map(|row| StreamShape {
                name: row.text("name").to_owned(),
                burstable: row.flag("burstable"),
                usd_hour: row
                    .number("usd_h")
                    .zip(ratio)
                    .map(|(price, ratio)| price * ratio),
                partitions: row.number("partitions").unwrap_or(1000.0),
                in_mb_s: row.number("in_mb_s"),
                out_mb_s: row.number("out_mb_s"),
                net_mbps: row.number("net_mbps"),
                by_vcpu: row.text("name") == "managed-kafka",
                tiered: row.flag("tiered"),
                least_disk_gib: row.number("least_disk_gib").unwrap_or(10.0),
                grade: row.grade(),
                source: source.to_owned(),
            })
            .collect()
    }

    /// A unit price or a limit by id; nothing where nobody sourced it.
    pub fn price(&self, id: &str) -> Option<Price> {
        let row = self.prices.rows().find(|row| row.text("id") == id)?;
        Some(Price {
            value: row.number("value")?,
            unit: row.text("unit").to_owned(),
            grade: row.grade(),
            source: row.text("source").to_owned(),
        })
    }

    /// Quotas that a plan may have to ask for.
    pub fn quotas(&self) -> Vec<CloudQuota> {
        self.quotas
            .rows()
            .map(|row| CloudQuota {
                id: row.text("id").to_owned(),
                title: row.text("title").to_owned(),
                default: row.number("default").unwrap_or_default(),
                grade: row.grade(),
                source: row.text("source").to_owned(),
            })
            .collect()
    }

    /// Egress to the internet: (cumulative GB a month, USD/GB).
    pub fn egress_tiers(&self, region: &str) -> Vec<(f64, Option<f64>)> {
        let bounds: &[f64] = match self.id {
            Cloud::Aws => &[10_240.0, 51_200.0, 153_600.0, f64::INFINITY],
            Cloud::Gcp => &[1_024.0, 10_240.0, f64::INFINITY],
        };
        let row = self.region_row(region);
        let price = |idx: usize| row.and_then(|row| row.number(&format!("egress_{}", idx + 1)));
        let last = |idx: usize| (0..=idx).rev().find_map(price);
        bounds
            .iter()
            .enumerate()
            .map(|(idx, bound)| (*bound, last(idx)))
            .collect()
    }

    /// A number of the region's row, such as `pd_ssd_gb`.
    pub fn regional(&self, region: &str, column: &str) -> Option<f64> {
        self.region_row(region)?.number(column)
    }

    /// Blocks of the environment at `index`: one /16 for it and a block of its own for pods, which no other environment
    /// on either cloud overlaps.
    pub fn address_plan(&self, index: usize) -> AddressPlan {
        match self.id {
            // A node takes a /28 of the pod block at a time for prefix delegation: the whole /16 is for pods.
            Cloud::Aws => AddressPlan {
                cidr: format!("10.{}.0.0/16", 64 + index % 32),
                pods_cidr: format!("100.{}.0.0/16", 64 + index % 32),
                pods_capacity: 65_536.0 * 0.75,
            },
            // A node takes a /24 for at most 110 pods.
            Cloud::Gcp => AddressPlan {
                cidr: format!("10.{}.0.0/16", index % 32),
                pods_cidr: format!("10.{}.0.0/14", 128 + 4 * (index % 32)),
                pods_capacity: 1024.0 * 110.0,
            },
        }
    }
}

fn node_shape(row: Row<'_>, ratio: f64, spot: f64) -> NodeShape {
    let price = row.number("usd_h").map(|price| price * ratio);
    NodeShape {
        name: row.text("name").to_owned(),
        vcpu: row.number("vcpu").unwrap_or_default(),
        mem_gib: row.number("mem_gib").unwrap_or_default(),
        arch: row.text("arch").to_owned(),
        burstable: row.flag("burstable"),
        usd_hour: price,
        spot_hour: price.map(|price| price * spot),
        commit_hour: row.number("commit_1y_usd_h").map(|price| price * ratio),
        cpu_alloc_m: row.number("alloc_cpu_m").unwrap_or_default(),
        mem_alloc_mib: row.number("alloc_mem_mib").unwrap_or_default(),
        max_pods: row.number("max_pods").unwrap_or(110.0),
        gpu: row.get("gpu").map(str::to_owned),
        gpu_count: row.number("gpus").unwrap_or_default(),
        grade: row.grade(),
    }
}

/// Great-circle distance.
fn kilometres(a: &Region, b: &Region) -> f64 {
    let (lat_a, lat_b) = (a.lat.to_radians(), b.lat.to_radians());
    let (lat, lon) = ((lat_b - lat_a) / 2.0, (b.lon - a.lon).to_radians() / 2.0);
    let h = lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * lon.sin().powi(2);
    2.0 * 6371.0 * h.sqrt().asin()
}
