//! One cloud: its regions, what they sell at which price, and the rules that differ between clouds.

use std::fmt;

use super::{
    CacheShape, DatabaseShape, NodeShape, Price, StreamShape, database, nearest,
    table::{Row, Table},
};
use crate::{blueprint::Cloud, ledger::Grade};

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

/// A region that cannot be built in, and those that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRegion {
    /// As asked for.
    pub name: String,
    /// The cloud.
    pub cloud: Cloud,
    /// Whether the cloud has it, and only the machines are missing.
    pub lacks_machines: bool,
    /// Nearest names; where machines are missing, nearest regions.
    pub nearest: Vec<String>,
}

impl fmt::Display for UnknownRegion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cloud, name) = (self.cloud.name(), &self.name);
        if self.lacks_machines {
            write!(
                formatter,
                "no machine of the catalog for node pools is sold in {cloud} `{name}`"
            )?;
        } else {
            write!(formatter, "{cloud} has no region `{name}`")?;
        }
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
    /// Nodes that can take their share of that block.
    pub nodes_capacity: f64,
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
    pub(super) containers: Table,
    streams: Table,
    regions: Table,
    prices: Table,
    cdn_plans: Table,
    edge_cache_prices: Table,
    edge_cache_regions: Table,
    edge_compute_prices: Table,
    pub(super) document_prices: Table,
    pub(super) document_regions: Table,
    pub(super) document_tiers: Table,
    quotas: Table,
    pub(super) spot_discount: f64,
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
            containers: table("aws.containers"),
            streams: table("aws.streams"),
            regions: table("aws.regions"),
            prices: table("aws.prices"),
            cdn_plans: table("cloudflare.prices"),
            edge_cache_prices: table("upstash.prices"),
            edge_cache_regions: table("upstash.regions"),
            edge_compute_prices: table("vercel.prices"),
            document_prices: table("mongodb.prices"),
            document_regions: table("mongodb.regions"),
            document_tiers: table("mongodb.tiers"),
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
            containers: table("gcp.containers"),
            streams: table("gcp.streams"),
            regions: table("gcp.regions"),
            prices: table("gcp.prices"),
            cdn_plans: table("cloudflare.prices"),
            edge_cache_prices: table("upstash.prices"),
            edge_cache_regions: table("upstash.regions"),
            edge_compute_prices: table("vercel.prices"),
            document_prices: table("mongodb.prices"),
            document_regions: table("mongodb.regions"),
            document_tiers: table("mongodb.tiers"),
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
        self.regions.row(name)
    }

    /// A region in which node pools can be built.
    ///
    /// # Errors
    /// One that the cloud does not have, with the nearest names; one in which none of the catalog's machines is sold, with
    /// the nearest regions.
    pub fn region(&self, name: &str) -> Result<Region, UnknownRegion> {
        let unknown = |lacks_machines, nearest: Vec<&str>| UnknownRegion {
            name: name.to_owned(),
            cloud: self.id,
            lacks_machines,
            nearest: nearest.into_iter().map(str::to_owned).collect(),
        };
        let Some(region) = self.place(name) else {
            return Err(unknown(false, nearest(name, self.regions())));
        };
        if !self.sells_machines(name) {
            let others = self.by_distance(&region).into_iter();
            let selling = others
                .filter(|(_, other)| self.sells_machines(&other.name))
                .take(2);
            let names: Vec<String> = selling.map(|(_, other)| other.name).collect();
            return Err(unknown(true, names.iter().map(String::as_str).collect()));
        }
        Ok(region)
    }

    /// Where a region is.
    fn place(&self, name: &str) -> Option<Region> {
        let row = self.region_row(name)?;
        Some(Region {
            name: name.to_owned(),
            city: row.text("city").to_owned(),
            lat: row.known("lat"),
            lon: row.known("lon"),
            continent: row.text("continent").to_owned(),
        })
    }

    /// The other regions with their distance in km, nearest first.
    fn by_distance(&self, home: &Region) -> Vec<(f64, Region)> {
        let others = self
            .regions()
            .filter(|name| *name != home.name)
            .filter_map(|name| self.place(name));
        let mut others: Vec<(f64, Region)> = others
            .map(|other| (kilometres(home, &other), other))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.name.cmp(&b.1.name)));
        others
    }

    /// Whether a machine that production may run on, with room for controllers, is sold in a region.
    fn sells_machines(&self, region: &str) -> bool {
        let fits = |shape: NodeShape| !shape.burstable && shape.vcpu >= 2.0 && shape.mem_gib >= 8.0;
        self.node_shapes(region, "general")
            .any(|shape| shape.usd_hour.is_some() && fits(shape))
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

    /// Where backups outlive the region: the nearest other one of its continent, at least 300 km away, that an account has
    /// without asking; else one to switch on.
    pub fn backup_region(&self, region: &str) -> String {
        let Some(home) = self.place(region) else {
            return region.to_owned();
        };
        let others = self.by_distance(&home);
        let far = |(km, other): &&(f64, Region)| other.continent == home.continent && *km > 300.0;
        let asked_for = |other: &Region| {
            let row = self.region_row(&other.name);
            row.is_some_and(|row| row.flag("opt_in"))
        };
        let mut at_hand = others.iter().filter(|(_, other)| !asked_for(other));
        at_hand
            .clone()
            .find(far)
            .or(others.iter().find(far))
            .or(at_hand.next())
            .map_or(home.name, |(_, other)| other.name.clone())
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
        self.families.as_ref()?.row_of(region, family)
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

    fn node_shapes(&self, region: &str, uses: &str) -> impl Iterator<Item = NodeShape> {
        let mut known: Vec<(&str, Option<(f64, f64)>)> = Vec::new();
        let commit = self.commit();
        self.nodes
            .rows()
            .filter(move |row| row.text("use") == uses)
            .filter_map(move |row| {
                let family = row.text("family");
                let prices = match known.iter().find(|(name, _)| *name == family) {
                    Some((_, prices)) => *prices,
                    None => {
                        known.push((family, self.family_prices(region, family)));
                        known[known.len() - 1].1
                    }
                };
                let (ratio, spot) = prices?;
                Some(node_shape(row, ratio, spot, commit))
            })
    }

    /// The machine of this name, where the region has it.
    pub fn node_shape(&self, region: &str, name: &str) -> Option<NodeShape> {
        let row = self.nodes.row(name)?;
        let (ratio, spot) = self.family_prices(region, row.text("family"))?;
        Some(node_shape(row, ratio, spot, self.commit()))
    }

    /// Share of the price that a commitment of a year leaves, where machines have none of their own.
    fn commit(&self) -> Option<f64> {
        let discount = self.price("discounts.compute_sp_1y_no_upfront");
        discount.map(|discount| 1.0 - discount.value)
    }

    /// Machines for pods without accelerators.
    pub fn general_node_shapes(&self, region: &str) -> Vec<NodeShape> {
        self.node_shapes(region, "general").collect()
    }

    /// Machines for a fleet: those of the cluster's pools, and those that pods have no use for.
    pub fn fleet_node_shapes(&self, region: &str) -> Vec<NodeShape> {
        self.node_shapes(region, "general")
            .chain(self.node_shapes(region, "other"))
            .filter(|shape| shape.gpu.is_none())
            .collect()
    }

    /// Machines with accelerators.
    pub fn gpu_node_shapes(&self, region: &str) -> Vec<NodeShape> {
        self.node_shapes(region, "gpu").collect()
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

    /// Classes of a database service (`rds`, `aurora`, `cloud-sql`, `alloydb`, `cloudnative-pg`, `vitess`).
    pub fn database_shapes(&self, service: &str, mysql: bool, region: &str) -> Vec<DatabaseShape> {
        match (self.id, service) {
            (_, "cloudnative-pg" | "vitess") => database::machines(self, mysql, region),
            (Cloud::Aws, service) => database::aws(self, service, mysql, region),
            (Cloud::Gcp, "alloydb") => database::alloydb(self, region),
            (Cloud::Gcp, _) => database::cloud_sql(self, mysql, region),
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
                vcpu: row.known("vcpu"),
                mem_gib: row.known("mem_gib"),
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
        let ratio = self.service_ratio(region);
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
                partitions: row.known("partitions"),
                in_mb_s: row.number("in_mb_s"),
                out_mb_s: row.number("out_mb_s"),
                net_mbps: row.number("net_mbps"),
                by_vcpu: row.text("name") == "managed-kafka",
                tiered: row.flag("tiered"),
                least_disk_gib: row.known("least_disk_gib"),
                grade: carried(row.grade(), ratio),
                source: source.to_owned(),
            })
            .collect()
    }

    /// A unit price or a limit by id; nothing where nobody sourced it.
    pub fn price(&self, id: &str) -> Option<Price> {
        price_of(&self.prices, id)
    }

    /// A price of the CDN that is no part of the cloud.
    pub fn cdn_plan(&self, id: &str) -> Option<Price> {
        price_of(&self.cdn_plans, id)
    }

    /// A price or a limit of the cache that is near every user.
    pub fn edge_cache_price(&self, id: &str) -> Option<Price> {
        price_of(&self.edge_cache_prices, id)
    }

    /// A price of scripts at the edge that are no part of the CDN.
    pub fn edge_compute_price(&self, id: &str) -> Option<Price> {
        price_of(&self.edge_compute_prices, id)
    }

    /// The region of the edge cache that is nearest to a region of the cloud, and its continent.
    pub fn edge_cache_home(&self, region: &str) -> (String, String) {
        let place = |row: Row<'_>| Region {
            name: row.text("region").to_owned(),
            city: row.text("city").to_owned(),
            lat: row.known("lat"),
            lon: row.known("lon"),
            continent: row.text("continent").to_owned(),
        };
        let places = self.edge_cache_regions.rows().map(place);
        let nearest = match self.place(region) {
            Some(home) => {
                places.min_by(|a, b| kilometres(&home, a).total_cmp(&kilometres(&home, b)))
            }
            None => places.take(1).next(),
        };
        let nearest = nearest.expect("the table of the edge cache's regions has a row");
        (nearest.name, nearest.continent)
    }

    /// Where the edge cache keeps a copy for a continent; nothing where it has no region there.
    pub fn edge_cache_region(&self, continent: &str) -> Option<String> {
        let mut rows = self.edge_cache_regions.rows();
        rows.find(|row| row.text("continent") == continent)
            .map(|row| row.text("region").to_owned())
    }

    /// Price ratio of services and managed clusters that are sold by the hour or GB: that of general machines, an estimate.
    pub(super) fn service_ratio(&self, region: &str) -> Option<f64> {
        if self.families.is_some() {
            self.family_ratio(region, "n2")
                .or_else(|| self.family_ratio(region, "e2"))
        } else {
            self.ratio(region, "m")
        }
    }

    /// Tiers that stand in the table of prices under one name: `cdn.na_eu_tiers.1` and on.
    pub(super) fn tiers(&self, name: &str) -> Vec<(f64, Option<f64>)> {
        let rows = (1..).map_while(|idx| self.prices.row(&format!("{name}.{idx}")));
        rows.map(|row| {
            let bound = row
                .text("unit")
                .strip_prefix("up to ")
                .and_then(|bound| bound.parse().ok());
            (bound.unwrap_or(f64::INFINITY), row.number("value"))
        })
        .collect()
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

    pub(super) fn as_of_regions(&self) -> &str {
        self.regions.remark("as of")
    }

    /// A number of the region's row, such as `pd_ssd_gb`.
    pub fn regional(&self, region: &str, column: &str) -> Option<f64> {
        self.region_row(region)?.number(column)
    }

    /// Great-circle distance between two regions, km; nothing where one is unknown.
    pub fn distance_km(&self, from: &str, to: &str) -> Option<f64> {
        Some(kilometres(&self.place(from)?, &self.place(to)?))
    }

    /// Whether a network is in one region, so that what stands in another wants one there.
    pub fn networks_are_regional(&self) -> bool {
        self.id == Cloud::Aws
    }

    /// The block of a further region of the environment at `index`, a /18 for what keeps data there: `slot` counts the
    /// environment's further regions, below 8. It overlaps none of [`Self::address_plan`] on either cloud.
    pub fn block_abroad(&self, index: usize, slot: usize) -> String {
        let block = index % 32 * 8 + slot % 8;
        let second = if block < 128 {
            32 + block / 4
        } else {
            96 + (block - 128) / 4
        };
        format!("10.{second}.{}.0/18", block % 4 * 64)
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
                nodes_capacity: 65_536.0 / 16.0,
            },
            // A node takes a /24 for at most 110 pods.
            Cloud::Gcp => AddressPlan {
                cidr: format!("10.{}.0.0/16", index % 32),
                pods_cidr: format!("10.{}.0.0/14", 128 + 4 * (index % 32)),
                pods_capacity: 1024.0 * 110.0,
                nodes_capacity: 1024.0,
            },
        }
    }
}

/// `commit` is the share of the price that a commitment of a year leaves, where machines have none of their own.
fn node_shape(row: Row<'_>, ratio: f64, spot: f64, commit: Option<f64>) -> NodeShape {
    let price = row.number("usd_h").map(|price| price * ratio);
    NodeShape {
        name: row.text("name").to_owned(),
        vcpu: row.known("vcpu"),
        mem_gib: row.known("mem_gib"),
        arch: row.text("arch").to_owned(),
        burstable: row.flag("burstable"),
        usd_hour: price,
        spot_hour: price.map(|price| price * spot),
        commit_hour: match row.number("commit_1y_usd_h") {
            Some(commit) => Some(commit * ratio),
            None => price.zip(commit).map(|(price, commit)| price * commit),
        },
        cpu_alloc_m: row.known("alloc_cpu_m"),
        mem_alloc_mib: row.known("alloc_mem_mib"),
        max_pods: row.known("max_pods"),
        gpu: row.get("gpu").map(str::to_owned),
        gpu_count: row.number("gpus").unwrap_or_default(),
        grade: row.grade(),
    }
}

pub(super) fn price_of(table: &Table, id: &str) -> Option<Price> {
    let row = table.row(id)?;
    Some(Price {
        value: row.number("value")?,
        unit: row.text("unit").to_owned(),
        grade: row.grade(),
        source: row.text("source").to_owned(),
        as_of: table.remark("as of").to_owned(),
    })
}

/// Trust in a price of the home region that a ratio of something else carried into another region.
pub(super) fn carried(grade: Grade, ratio: Option<f64>) -> Grade {
    if ratio == Some(1.0) { grade } else { Grade::C }
}

/// Great-circle distance.
fn kilometres(a: &Region, b: &Region) -> f64 {
    let (lat_a, lat_b) = (a.lat.to_radians(), b.lat.to_radians());
    let (lat, lon) = ((lat_b - lat_a) / 2.0, (b.lon - a.lon).to_radians() / 2.0);
    let h = lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * lon.sin().powi(2);
    2.0 * 6371.0 * h.sqrt().asin()
}
