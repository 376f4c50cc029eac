//! What live video adds to the bill: machines that transcode, and the key-value store of chat.

use super::{Bill, schedule};
use crate::{
    catalog::{NodeShape, Service},
    ledger::{Grade, show},
    sizing::{Sizing, fleet::Fleet},
};

impl Bill<'_> {
    /// Fleets over the hours of the week, on demand and on spot apart.
    pub(super) fn fleets(&mut self, sizing: &Sizing) {
        for fleet in &sizing.fleets {
            let first = fleet.types.first().map_or("", |one| one.name.as_str());
            let machine = self
                .ledger
                .get(&format!("{}.fleet.machine", fleet.service))
                .map_or(first, |quantity| quantity.text())
                .to_owned();
            match self.shape(&machine) {
                Some(shape) => self.fleet(sizing, fleet, &shape),
                None => self.unknown.push(format!("machine {machine}")),
            }
        }
    }

    fn fleet(&mut self, sizing: &Sizing, fleet: &Fleet, shape: &NodeShape) {
        let name = |item: &str| format!("{}.fleet.{item}", fleet.service);
        let Some(on_demand) = shape.usd_hour else {
            self.unknown.push(format!("machine {}", shape.name));
            return;
        };
        let (peak, floor) = (
            self.number(&name("peak")),
            self.number(&format!("{}.replicas.min", fleet.service)),
        );
        let mean = schedule::mean_nodes(sizing.demand.week.hours(), floor, peak);
        let base = self.number(&name("on_demand_base")).min(mean);
        let steady = base + (mean - base) * self.number(&name("on_demand_percent")) / 100.0;
        let spot = mean - steady;
        let disk = self
            .unit(Service::NodeDisk, "node disks")
            .map_or(0.0, |disk| disk.value * self.number(&name("disk_gib")));
        let floor_name = format!("{}.replicas.min", fleet.service);
        let inputs = [name("peak"), floor_name, name("on_demand_percent")];
        let inputs = inputs.each_ref().map(String::as_str);
        let parts = [
            ("fleet", steady, on_demand, "on demand"),
            (
                "fleet-spot",
                spot,
                shape.spot_hour.unwrap_or(on_demand),
                "on spot",
            ),
        ];
        for (component, machines, price, how) in parts {
            let usd = schedule::instances(machines, price) + machines * disk;
            let why = format!(
                "{} {} {how} on average, {} USD/h; {} machines at the peak",
                show(machines),
                shape.name,
                show(price),
                show(peak)
            );
            let component = format!("{component}-{}", fleet.service);
            self.line(&component, usd, why, &inputs, shape.grade);
        }
    }

    /// The key-value store: by requests, or by the units that are provisioned for them; and what it stores.
    pub(super) fn nosql(&mut self) {
        if self.ledger.get("nosql.billing").is_none() {
            return;
        }
        let provisioned = self.ledger.text("nosql.billing") == "PROVISIONED";
        let (writes, reads, names) = if provisioned {
            (
                (
                    Service::NosqlWriteHour,
                    730.0 * self.number("nosql.wcu.provisioned"),
                ),
                (
                    Service::NosqlReadHour,
                    730.0 * self.number("nosql.rcu.provisioned"),
                ),
                ["nosql.wcu.provisioned", "nosql.rcu.provisioned", "nosql.gb"],
            )
        } else {
            (
                (
                    Service::NosqlMillionWrites,
                    self.number("nosql.million_writes_month"),
                ),
                (
                    Service::NosqlMillionReads,
                    self.number("nosql.million_reads_month"),
                ),
                [
                    "nosql.million_writes_month",
                    "nosql.million_reads_month",
                    "nosql.gb",
                ],
            )
        };
        let prices = [writes, reads, (Service::NosqlGb, self.number("nosql.gb"))].map(
            |(service, amount)| {
                self.unit(service, "key-value store")
                    .map(|price| (price.value * amount, price.grade))
            },
        );
        let [Some(writes), Some(reads), Some(stored)] = prices else {
            return;
        };
        let grade = [writes.1, reads.1, stored.1]
            .into_iter()
            .max()
            .unwrap_or(Grade::A);
        let why = format!(
            "{} USD for writes, {} for reads, {} for what is stored",
            show(writes.0),
            show(reads.0),
            show(stored.0)
        );
        self.line("nosql", writes.0 + reads.0 + stored.0, why, &names, grade);
    }
}
