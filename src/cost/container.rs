//! Lines of the bill for managed containers: what runs over the week, and requests where the platform counts them.

use super::{Bill, MONTH_S, schedule};
use crate::{
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
