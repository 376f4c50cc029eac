//! What the document database costs: its nodes, a disk beyond the tier's own, the key of the customer.

use super::Bill;
use crate::ledger::{Grade, show};

impl Bill<'_> {
    /// Nodes are sold in threes; further ones by the third. Backups, traffic and the private endpoint are nobody's list.
    pub(super) fn documents(&mut self) {
        if self.ledger.get("document.tier").is_none() {
            return;
        }
        let name = self.ledger.text("document.tier").to_owned();
        let region = self.request.region;
        let tiers = self.cloud().document_tiers(region);
        let Some(tier) = tiers.into_iter().find(|tier| tier.name == name) else {
            return;
        };
        self.unknown
            .push("backups and private endpoint of the document database".to_owned());
        let uplift = self.cloud().document_key();
        let disk = self.cloud().document_disk(region);
        let (Some(hour), Some(uplift), Some(disk)) = (tier.usd_hour, uplift, disk) else {
            self.unknown
                .push(format!("{name} of the document database on this cloud"));
            return;
        };
        let shards = self.number("document.shards");
        let thirds =
            (self.number("document.nodes") + self.number("document.analytics_nodes")) / 3.0;
        let gib = self.number("document.disk_gib");
        let further = if gib > tier.disk_gib {
            gib * 1.073_741_824 * disk.value
        } else {
            0.0
        };
        let each = (730.0 * hour + further) * thirds * (1.0 + uplift.value);
        let why = format!(
            "{} × {name}, {} USD/h for three nodes, {} USD/month for a disk of {} GiB, {} % more for the customer's key",
            show(shards),
            show(hour),
            show(further),
            show(gib),
            show(100.0 * uplift.value)
        );
        let inputs = [
            "document.tier",
            "document.shards",
            "document.nodes",
            "document.analytics_nodes",
            "document.disk_gib",
        ];
        let grade = if further > 0.0 {
            tier.grade.max(disk.grade)
        } else {
            tier.grade
        };
        self.line(
            "document-db",
            shards * each,
            why,
            &inputs,
            grade.max(Grade::B),
        );
    }
}
