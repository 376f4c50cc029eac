//! What a topic costs: brokers and their disks, or the messages of queues.

use super::{Bill, MONTH_S};
use crate::{
    catalog::Service,
    ledger::show,
    sizing::{Sizing, rate_limit, schedule},
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

    /// A send, a receive and a delete for each message, where they are paid for by their number; a task and a call where a
    /// queue holds the rate.
    fn queues_of_workers(&mut self, sizing: &Sizing) {
        let consumers = sizing.topics.iter().flat_map(|topic| &topic.consumers);
        let is_paced = |name: &&String| rate_limit::is_by_queue(&sizing.ledger, name);
        let (paced, others): (Vec<&String>, Vec<&String>) = consumers.partition(is_paced);
        self.messages(&others, (3.0, Service::QueueMillion), "queues");
        self.messages(&paced, (2.0, Service::PacedQueueMillion), "paced-queues");
    }

    /// What the jobs of some workers cost at so many requests each.
    fn messages(&mut self, workers: &[&String], (each, service): (f64, Service), line: &str) {
        if workers.is_empty() {
            return;
        }
        let mean = |name: &&String| self.number(&format!("{name}.jobs.mean"));
        let jobs: f64 = workers.iter().map(mean).sum();
        let millions = each * jobs * MONTH_S / 1e6;
        if let Some(price) = self.unit(service, "messages of the queue") {
            let why = format!("{} million requests to queues", show(millions));
            self.line(line, millions * price.value, why, &[], price.grade);
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
