//! What a topic costs: brokers and their disks, or the messages of queues.

use super::{Bill, MONTH_S};
use crate::{
    catalog::Service,
    ledger::show,
    sizing::{Sizing, schedule},
};

impl Bill<'_> {
    /// The log, or the queues in its place.
    pub(super) fn stream(&mut self, sizing: &Sizing) {
        if sizing.topics.is_empty() {
            return;
        }
        match self.choice("stream") {
            "managed" => self.managed_stream(),
            "strimzi" => self.own_stream(),
            _ if self.choice("queue") == "qstash" => {}
            _ => self.queues_of_workers(sizing),
        }
    }

    /// A send, a receive and a delete for each message, where they are paid for by their number.
    fn queues_of_workers(&mut self, sizing: &Sizing) {
        let consumers = sizing.topics.iter().flat_map(|topic| &topic.consumers);
        let jobs: f64 = consumers
            .map(|consumer| self.number(&format!("{consumer}.jobs.mean")))
            .sum();
        let millions = 3.0 * jobs * MONTH_S / 1e6;
        if let Some(price) = self.unit(Service::QueueMillion, "messages of the queue") {
            let why = format!("{} million requests to queues", show(millions));
            self.line("queues", millions * price.value, why, &[], price.grade);
        }
    }

    fn own_stream(&mut self) {
        let (brokers, gib) = (
            self.number("stream.brokers"),
            self.number("stream.disk_gib"),
        );
        let Some(disk) = self.unit(Service::NodeDisk, "log storage") else {
            return;
        };
        let why = format!(
            "{} disks of {} GiB; its brokers run on the cluster's machines",
            show(brokers),
            show(gib)
        );
        let inputs = ["stream.brokers", "stream.disk_gib"];
        self.line(
            "stream",
            brokers * gib * disk.value,
            why,
            &inputs,
            disk.grade,
        );
    }

    fn managed_stream(&mut self) {
        let (brokers, gib) = (
            self.number("stream.brokers"),
            self.number("stream.disk_gib"),
        );
        let broker = self.ledger.text("stream.broker").to_owned();
        let shapes = self.cloud().stream_shapes(self.request.region);
        let shape = shapes.into_iter().find(|shape| shape.name == broker);
        let Some((shape, price)) =
            shape.and_then(|shape| shape.usd_hour.map(|price| (shape, price)))
        else {
            self.unknown.push(format!("broker {broker}"));
            return;
        };
        let disk = self.unit(Service::StreamDisk, "log storage");
        let grade = disk
            .as_ref()
            .map_or(shape.grade, |disk| disk.grade.max(shape.grade));
        // Where there are no brokers to choose, the cluster is bought by vCPU.
        let units = if shape.by_vcpu {
            self.number("stream.vcpu")
        } else {
            brokers
        };
        let usd =
            schedule::instances(units, price) + brokers * gib * disk.map_or(0.0, |disk| disk.value);
        self.fixed += usd;
        let why = format!(
            "{} × {broker} at {} USD/h, {} GiB a broker",
            show(units),
            show(price),
            show(gib)
        );
        self.line(
            "stream",
            usd,
            why,
            &["stream.brokers", "stream.disk_gib"],
            grade,
        );
    }
}
