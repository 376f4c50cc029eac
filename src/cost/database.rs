//! Databases: instances, disks, I/O, backups, pools.

use std::collections::BTreeMap;

use super::Bill;
use crate::{
    catalog::{DatabaseShape, Service},
    ledger::{Grade, show},
    sizing::{Sizing, abroad, database, schedule},
};

/// What a database service sells in a region.
struct Offer {
    shapes: Vec<DatabaseShape>,
    disk: Known,
    backup: Known,
}

/// A unit price, 0 where nobody sourced it: it is named in the bill then.
struct Known {
    value: f64,
    grade: Grade,
}

const UNKNOWN: Known = Known {
    value: 0.0,
    grade: Grade::A,
};

impl Bill<'_> {
    pub(super) fn shards(&mut self, sizing: &Sizing) {
        let mysql = self.request.spec.data.engine == crate::blueprint::Engine::Mysql;
        if sizing.keyspaces.is_empty() {
            return;
        }
        let home = self.request.region.to_owned();
        let regions = abroad::inhabited(&sizing.shard_map).into_iter();
        let offers: BTreeMap<String, Offer> = regions
            .chain([home.clone()])
            .map(|region| (region.clone(), self.offer(mysql, &region)))
            .collect();
        for keyspace in &sizing.keyspaces {
            let prefix = format!("database.{}", keyspace.name);
            let copies = self.copies(&prefix);
            let backups = self.ledger.get("database.base_backups");
            let backups = backups.map_or(1.0, crate::ledger::Quantity::number);
            let boot = self.boot_disk(sizing);
            let mut grade = Grade::A;
            let (mut usd, mut classes) = (0.0, Vec::new());
            let coordinator = database::COORDINATOR.to_owned();
            let has = |node: &&String| {
                let name = format!("{prefix}.nodes.{node}.class");
                self.ledger.get(&name).is_some()
            };
            let nodes: Vec<String> = keyspace
                .nodes
                .iter()
                .chain([&coordinator])
                .filter(has)
                .cloned()
                .collect();
            for node in &nodes {
                let class = self
                    .ledger
                    .text(&format!("{prefix}.nodes.{node}.class"))
                    .to_owned();
                let gib = self.number(&format!("{prefix}.nodes.{node}.disk_gib"));
                let shard = sizing.shard_map.shard(&format!("{}-{node}", keyspace.name));
                let region = shard.and_then(|(_, shard)| shard.cloud_region.as_ref());
                let offer = &offers[region.unwrap_or(&home)];
                let (disk_usd, backup_usd) = (offer.disk.value, offer.backup.value);
                let shape = offer.shapes.iter().find(|shape| shape.class == class);
                if let Some((shape, price)) = shape.and_then(|shape| Some((shape, shape.usd_hour?)))
                {
                    let disks = if shape.storage_is_shared() {
                        1.0
                    } else {
                        copies
                    };
                    usd += schedule::instances(copies, price) * self.scaled(&prefix, shape, sizing)
                        + self.pool(&prefix, shape)
                        + disks * gib * disk_usd
                        + copies * boot
                        + backups * gib * backup_usd;
                    usd += disks * self.extra_iops(&prefix, shape.included_iops(gib));
                    grade = grade
                        .max(shape.grade)
                        .max(offer.disk.grade)
                        .max(offer.backup.grade);
                } else {
                    self.unknown.push(format!("class {class}"));
                }
                classes.push(class);
            }
            classes.dedup();
            let (n_nodes, classes, copies) = (nodes.len(), classes.join(", "), show(copies));
            let why = format!(
                "{n_nodes} × {classes}, copies of each: {copies}, with storage and backups"
            );
            let inputs = [
                format!("{prefix}.shards"),
                format!("{prefix}.disk_gib"),
                format!("{prefix}.replicas"),
            ];
            self.line(
                &format!("shards-{}", keyspace.name),
                usd,
                why,
                &inputs.each_ref().map(String::as_str),
                grade,
            );
        }
    }

    /// What the database service sells in a region.
    fn offer(&mut self, mysql: bool, region: &str) -> Offer {
        let mut price = |service, what| {
            self.unit_in(region, service, what)
                .map_or(UNKNOWN, |price| Known {
                    value: price.value,
                    grade: price.grade,
                })
        };
        Offer {
            disk: price(Service::DatabaseDisk, "database storage"),
            backup: price(Service::DatabaseBackup, "database backups"),
            shapes: self.cloud().database_shapes(&self.database, mysql, region),
        }
    }

    /// What shards in further regions send to the services: the part of their keyspace, and of its users, of what is answered.
    pub(super) fn between_regions(&mut self, sizing: &Sizing) {
        let answered = self.number("edge.origin_gb_month");
        let locations = &self.request.spec.users.locations;
        let (mut usd, mut gb_month, mut grade) = (0.0, 0.0, Grade::C);
        for (name, keyspace) in &sizing.shard_map.keyspaces {
            let share = self.number(&format!("database.{name}.share"));
            for shard in &keyspace.shards {
                let (Some(users), Some(region)) = (&shard.region, &shard.cloud_region) else {
                    continue;
                };
                let of_users = locations.get(users).map_or(0.0, |share| share.get());
                let beside = keyspace.shards.iter();
                let siblings = beside.filter(|other| other.region == shard.region).count();
                let gb = answered * share * of_users / siblings as f64;
                gb_month += gb;
                let price = self.unit_in(region, Service::InterRegionGb, "traffic between regions");
                usd += price.as_ref().map_or(0.0, |price| gb * price.value);
                grade = grade.max(price.map_or(Grade::C, |price| price.grade));
            }
        }
        let why = format!("{} GB from shards in further regions", show(gb_month));
        self.line(
            "between-regions",
            usd,
            why,
            &["edge.origin_gb_month"],
            grade,
        );
    }

    /// Volumes of what keeps the topology of Vitess; its pods are on machines that services share.
    pub(super) fn topology(&mut self) {
        if self.ledger.get("vitess.etcd.disk_gib").is_none() {
            return;
        }
        let gib = self.number("vitess.etcd.disk_gib") * database::TOPOLOGY_MEMBERS;
        let Some(disk) = self.unit(Service::DatabaseDisk, "database storage") else {
            return;
        };
        let why = format!(
            "{} volumes of the topology service",
            show(database::TOPOLOGY_MEMBERS)
        );
        let inputs = ["vitess.etcd.disk_gib"];
        self.line(
            "vitess-topology",
            gib * disk.value,
            why,
            &inputs,
            disk.grade,
        );
    }

    /// Writer, standby and readers of a node.
    fn copies(&self, prefix: &str) -> f64 {
        let instances = self.ledger.get(&format!("{prefix}.instances"));
        let standby = f64::from(self.ledger.flag(&format!("{prefix}.standby")));
        instances.map_or_else(
            || 1.0 + standby + self.number(&format!("{prefix}.replicas")),
            crate::ledger::Quantity::number,
        )
    }

    /// Share of the price that an instance costs which takes capacity units as the hours of the week ask for them.
    fn scaled(&self, prefix: &str, shape: &DatabaseShape, sizing: &Sizing) -> f64 {
        let Some(most) = shape.capacity_units else {
            return 1.0;
        };
        let least = self.number(&format!("{prefix}.min_acu"));
        schedule::mean_nodes(sizing.demand.week.hours(), least, most) / most
    }

    /// The service's own pool before a node, USD a month.
    fn pool(&mut self, prefix: &str, shape: &DatabaseShape) -> f64 {
        if !self.ledger.flag(&format!("{prefix}.proxy")) {
            return 0.0;
        }
        match shape.pool_usd_hour {
            Some(usd) => schedule::instances(1.0, usd),
            None => {
                self.unknown
                    .push("connection pool of the database".to_owned());
                0.0
            }
        }
    }

    /// I/O operations a second beyond those that come with the disk, USD a month and copy.
    fn extra_iops(&mut self, prefix: &str, included: f64) -> f64 {
        let extra = (self.number(&format!("{prefix}.storage_iops")) - included).max(0.0);
        if extra == 0.0 {
            return 0.0;
        }
        self.unit(Service::DatabaseIops, "database I/O operations")
            .map_or(0.0, |price| extra * price.value)
    }

    /// Boot disk of a machine that an instance of a database is on, USD a month; none where the service has it.
    fn boot_disk(&mut self, sizing: &Sizing) -> f64 {
        let Some(pool) = sizing.pools.iter().find(|pool| pool.database) else {
            return 0.0;
        };
        let gib = self.number(&format!("cluster.pools.{}.disk_gib", pool.name));
        self.unit(Service::NodeDisk, "node disks")
            .map_or(0.0, |disk| disk.value * gib)
    }
}
