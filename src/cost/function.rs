//! What functions, workflows and the data lake cost: by the call, the second, the step and the byte read.

use super::{Bill, MONTH_S};
use crate::{
    blueprint::{Service as Workload, ServiceKind},
    catalog::{Service, price::tiered},
    component::Component,
    ledger::{Grade, show},
};

impl Bill<'_> {
    /// Functions over the month: calls, memory and CPU for as long as they work, and what is kept warm.
    pub(super) fn functions(&mut self) {
        let services = self.functions_of();
        if services.is_empty() {
            return;
        }
        let work = Work::of(self, &services);
        let Some(usd) = self.work(&work) else {
            return;
        };
        let warm = self.warm(&services);
        let why = format!(
            "{} million calls, {} million GiB-s a month",
            show(work.millions),
            show(work.gib_s / 1e6)
        );
        let inputs: Vec<String> = services
            .iter()
            .map(|service| format!("{}.concurrency.mean", service.name))
            .collect();
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        self.line("functions", usd + warm, why, &inputs, Grade::C);
        self.queues(&services);
    }

    fn work(&mut self, work: &Work) -> Option<f64> {
        let million = self.unit(Service::FunctionMillion, "calls of functions")?;
        let memory = self.unit(Service::FunctionGibSecond, "memory of functions")?;
        let tiers = self.cloud().function_tiers();
        let memory = tiered(work.gib_s, &tiers).unwrap_or(work.gib_s * memory.value);
        let cpu = self
            .cloud()
            .service(
                Service::FunctionVcpuSecond,
                &self.database,
                self.request.region,
            )
            .map_or(0.0, |price| work.vcpu_s * price.value);
        Some(work.millions * million.value + memory + cpu)
    }

    /// What is kept warm, USD a month.
    fn warm(&mut self, services: &[Workload]) -> f64 {
        let gib: f64 = services
            .iter()
            .map(|service| {
                let number = |item: &str| self.number(&format!("{}.{item}", service.name));
                number("replicas.min") * number("memory.request_mib") / 1024.0
            })
            .sum();
        if gib == 0.0 {
            return 0.0;
        }
        self.unit(Service::FunctionWarmGibSecond, "warm functions")
            .map_or(0.0, |price| gib * MONTH_S * price.value)
    }

    /// A send, a receive and a delete for each job, where messages are paid for by their number.
    fn queues(&mut self, services: &[Workload]) {
        let queued = |service: &&Workload| service.kind == ServiceKind::Event;
        let jobs: f64 = services
            .iter()
            .filter(queued)
            .map(|service| self.number(&format!("{}.jobs.mean", service.name)))
            .sum();
        if jobs == 0.0 {
            return;
        }
        let millions = 3.0 * jobs * MONTH_S / 1e6;
        if let Some(price) = self.unit(Service::QueueMillion, "messages of uploaded objects") {
            let why = format!("{} million requests to queues", show(millions));
            self.line(
                "function-queues",
                millions * price.value,
                why,
                &[],
                price.grade,
            );
        }
    }

    /// Steps of the workflow.
    pub(super) fn workflow(&mut self) {
        if self.ledger.get("workflow.transitions").is_none() {
            return;
        }
        let thousands = self.number("workflow.transitions") * MONTH_S / 1000.0;
        if let Some(price) = self.unit(Service::WorkflowThousand, "steps of the workflow") {
            let why = format!("{} thousand steps", show(thousands));
            let inputs = ["workflow.transitions"];
            self.line(
                "workflow",
                thousands * price.value,
                why,
                &inputs,
                price.grade,
            );
        }
    }

    /// What the lake holds, and what queries read of it.
    pub(super) fn lake(&mut self) {
        if !self.request.components.contains(&Component::Lake) {
            return;
        }
        let (gb, read) = (
            self.number("lake.stored_gb"),
            self.number("lake.pruned_gb_day"),
        );
        let tb = read * 730.0 / 24.0 / 1000.0;
        let stored = self.unit(Service::ObjectGb, "objects of the lake");
        let scanned = self.unit(Service::ScanTb, "queries of the lake");
        let value =
            |price: &Option<crate::catalog::Price>| price.as_ref().map_or(0.0, |price| price.value);
        let usd = gb * value(&stored) + tb * value(&scanned);
        let why = format!("{} GB stored, {} TB read a month", show(gb), show(tb));
        let inputs = ["lake.stored_gb", "lake.pruned_gb_day"];
        self.line("lake", usd, why, &inputs, Grade::C);
    }
}

/// What all functions do in a month.
struct Work {
    /// Calls, millions.
    millions: f64,
    /// GiB of memory × seconds.
    gib_s: f64,
    /// vCPU × seconds.
    vcpu_s: f64,
}

impl Work {
    fn of(bill: &Bill<'_>, services: &[Workload]) -> Self {
        let mut work = Self {
            millions: 0.0,
            gib_s: 0.0,
            vcpu_s: 0.0,
        };
        for service in services {
            let number = |item: &str| bill.number(&format!("{}.{item}", service.name));
            let rate = number("requests.mean") + number("jobs.mean");
            // Where an instance takes several requests, it is paid for once.
            let busy = number("concurrency.mean") / number("requests_per_instance").max(1.0);
            work.millions += rate * MONTH_S / 1e6;
            work.gib_s += busy * MONTH_S * number("memory.request_mib") / 1024.0;
            work.vcpu_s += busy * MONTH_S * number("cpu.vcpu");
        }
        work
    }
}
