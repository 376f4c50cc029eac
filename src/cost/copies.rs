//! Copies of a database node, and what each has beside its own price.

use super::Bill;
use crate::{catalog::Service, ledger::Quantity, sizing::Sizing};

impl Bill<'_> {
    /// Writer, standby and readers of a node.
    pub(super) fn copies(&self, prefix: &str) -> f64 {
        let instances = self.ledger.get(&format!("{prefix}.instances"));
        let standby = f64::from(self.ledger.flag(&format!("{prefix}.standby")));
        instances.map_or_else(
            || 1.0 + standby + self.number(&format!("{prefix}.replicas")),
            Quantity::number,
        )
    }

    /// Boot disk of a machine that an instance of a database is on, USD a month; none where the service has it.
    pub(super) fn boot_disk(&mut self, sizing: &Sizing) -> f64 {
        let Some(pool) = sizing.pools.iter().find(|pool| pool.database) else {
            return 0.0;
        };
        let gib = self.number(&format!("cluster.pools.{}.disk_gib", pool.name));
        self.unit(Service::NodeDisk, "node disks")
            .map_or(0.0, |disk| disk.value * gib)
    }
}
