//! Lines of the bill for managed containers: what runs over the week, and requests where the platform counts them.

use super::{Bill, MONTH_S, schedule};
use crate::{
    component::Component,
    ledger::{Grade, show},
    sizing::Sizing,
};

impl Bill<'_> {
    /// Managed containers over the hours of the week: between their floor and their peak, and in the surge.
    pub(super) fn containers(&mut self, sizing: &Sizing) {
        if sizing.containers.is_empty() {
            return;
        }
        let Some(prices) = self.cloud().container_prices(self.request.region) else {
            self.unknown.push("managed containers".to_owned());
            return;
        };
        let spot = self.number("containers.spot_percent") / 100.0;
        for one in &sizing.containers {
            let name = |item: &str| format!("{}.replicas.{item}", one.service);
            let week = sizing.demand.week.hours();
            let surge = (self.number(&name("surge")), &sizing.demand.surge_hours[..]);
            let mean = schedule::mean_with_surge(week, one.floor, one.peak, surge);
            let each =
                one.cpu_m / 1000.0 * prices.vcpu_hour + one.memory_mib / 1024.0 * prices.gib_hour;
            // The first one of a service is never on capacity that can be taken back.
            let reclaimed = if one.interruptible {
                spot * (mean - 1.0).max(0.0)
            } else {
                0.0
            };
            let usd = schedule::instances(mean - reclaimed * (1.0 - prices.spot_share), each);
            self.fixed += schedule::instances(one.floor, each);
            let why = format!(
                "{} of {} vCPU and {} GiB on average, {} USD/h each",
                show(mean),
                show(one.cpu_m / 1000.0),
                show(one.memory_mib / 1024.0),
                show(each)
            );
            self.line(
                &format!("containers-{}", one.service),
                usd,
                why,
                &[&name("min"), &name("peak")],
                prices.grade,
            );
        }
        self.container_requests(prices.million_requests, prices.grade);
    }

    /// Collectors of traces: as many as the average hour asks for, and one beside each instance where they are not enough.
    pub(super) fn collectors(&mut self, sizing: &Sizing) {
        if !self.has(Component::Otel) || self.choice("monitoring") != "cloud" {
            return;
        }
        self.unknown.push("traces that are stored".to_owned());
        if self.ledger.get("otel.task.vcpu").is_none() {
            return;
        }
        let Some(prices) = self.cloud().container_prices(self.request.region) else {
            self.unknown.push("collectors of traces".to_owned());
            return;
        };
        let hour = |vcpu: f64, mib: f64| vcpu * prices.vcpu_hour + mib / 1024.0 * prices.gib_hour;
        let platform = self.cloud().containers();
        let count = if platform.has_addresses {
            self.number("otel.task.min")
        } else {
            self.number("otel.replicas")
        };
        let each = hour(
            self.number("otel.task.vcpu"),
            self.number("otel.task.memory_mib"),
        );
        let gateways = schedule::instances(count, each);
        self.fixed += gateways;
        let mut why = format!("{} collectors at {} USD/h", show(count), show(each));
        let mut usd = gateways;
        if !platform.has_addresses {
            let beside = hour(
                self.number("otel.sidecar.vcpu"),
                self.number("otel.sidecar.memory_mib"),
            );
            let busy = self.busy_instances(sizing);
            usd += schedule::instances(busy, beside);
            why = format!(
                "{why}, one beside each of {} instances that answer on average",
                show(busy)
            );
        }
        let inputs = ["otel.task.min", "otel.replicas", "otel.task.vcpu"];
        self.line("otel", usd, why, &inputs, prices.grade.max(Grade::C));
    }

    /// Instances of functions and containers that answer something at a moment, on average.
    fn busy_instances(&self, sizing: &Sizing) -> f64 {
        let functions = self.request.spec.services.iter().map(|service| {
            let number = |item: &str| self.number(&format!("{}.{item}", service.name));
            number("concurrency.mean") / number("requests_per_instance").max(1.0)
        });
        let week = sizing.demand.week.hours();
        let containers = sizing
            .containers
            .iter()
            .map(|one| schedule::mean_nodes(week, one.floor, one.peak));
        functions.chain(containers).sum()
    }

    /// Where the platform also counts requests.
    fn container_requests(&mut self, million: f64, grade: Grade) {
        let millions = self.number("demand.mean") * MONTH_S / 1e6;
        let why = format!("{} million requests/month", show(millions));
        self.line(
            "containers-requests",
            million * millions,
            why,
            &["demand.mean"],
            grade,
        );
    }
}
