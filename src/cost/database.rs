//! Databases: instances, disks, I/O, backups, pools.

use super::Bill;
use crate::{
    catalog::{DatabaseShape, Price, Service},
    ledger::{Grade, show},
    sizing::{Sizing, database, schedule},
};

impl Bill<'_> {
    pub(super) fn shards(&mut self, sizing: &Sizing) {
        let mysql = self.request.spec.data.engine == crate::blueprint::Engine::Mysql;
        let shapes = self
            .cloud()
            .database_shapes(&self.database, mysql, self.request.region);
        if sizing.keyspaces.is_empty() {
            return;
        }
        let disk = self.unit(Service::DatabaseDisk, "database storage");
        let backup = self.unit(Service::DatabaseBackup, "database backups");
        let value = |price: &Option<Price>| price.as_ref().map_or(0.0, |price| price.value);
        let (disk_usd, backup_usd) = (value(&disk), value(&backup));
        for keyspace in &sizing.keyspaces {
            let prefix = format!("database.{}", keyspace.name);
            let copies = self.copies(&prefix);
            let backups = self.ledger.get("database.base_backups");
            let backups = backups.map_or(1.0, crate::ledger::Quantity::number);
            let boot = self.boot_disk(sizing);
            let mut grade = [&disk, &backup]
                .into_iter()
                .flatten()
                .map(|price| price.grade)
                .max()
                .unwrap_or(Grade::A);
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
                let shape = shapes.iter().find(|shape| shape.class == class);
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
                    grade = grade.max(shape.grade);
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
