//! What is paid for at the edge: scripts by the run, a cache near users by the operation.

use super::{Bill, MONTH_S};
use crate::{
    component::Component,
    ledger::{Grade, show},
};

impl Bill<'_> {
    /// The cache near every user, at pay-as-you-go prices.
    pub(super) fn edge_cache(&mut self) {
        if self.ledger.get("edge_cache.operations_month").is_none() {
            return;
        }
        let price = |id: &str| self.cloud().edge_cache_price(id).map(|price| price.value);
        let prices = price("redis.100k_commands")
            .zip(price("redis.gb"))
            .zip(price("redis.bandwidth_gb"));
        let Some(((command, gb), traffic)) = prices else {
            self.unknown.push("edge cache".to_owned());
            return;
        };
        let free = |id: &str| price(id).unwrap_or_default();
        let (free_gb, free_traffic) = (
            free("redis.included_gb"),
            free("redis.included_bandwidth_gb"),
        );
        let package = if self.ledger.flag("edge_cache.production") {
            free("redis.production")
        } else {
            0.0
        };
        let most = free("redis.commands_s");
        let millions = self.number("edge_cache.operations_month");
        let gib = self.number("cache.memory_gib");
        let moved = millions * self.number("cache.item_bytes") / 1000.0;
        let usd = millions * 10.0 * command
            + (gib - free_gb).max(0.0) * gb
            + (moved - free_traffic).max(0.0) * traffic
            + package;
        let contract = if self.number("cache.operations") > most {
            "; above the plan's operations a second: an upper bound, ask for a contract"
        } else {
            ""
        };
        let why = format!(
            "{} million operations, {} GB moved, list price{contract}",
            show(millions),
            show(moved)
        );
        let inputs = [
            "edge_cache.operations_month",
            "cache.memory_gib",
            "cache.item_bytes",
        ];
        self.line("edge-cache", usd, why, &inputs, Grade::C);
    }

    /// Jobs by QStash, at pay-as-you-go prices: each delivery is a message.
    pub(super) fn qstash(&mut self) {
        if self.ledger.get("qstash.messages_month").is_none() {
            return;
        }
        let Some(price) = self.cloud().edge_cache_price("qstash.100k_messages") else {
            self.unknown.push("messages of QStash".to_owned());
            return;
        };
        let millions = self.number("qstash.messages_month");
        self.line(
            "qstash",
            millions * 10.0 * price.value,
            format!("{} million messages, list price", show(millions)),
            &["qstash.messages_month"],
            Grade::C,
        );
    }

    /// Scripts at the edge: by the run and the CPU time, or by the request and the byte.
    pub(super) fn edge_compute(&mut self) {
        let fronted = self.request.spec.domain.is_some() && self.choice("cdn") == "cloudflare";
        if !fronted || !self.request.components.contains(&Component::EdgeCompute) {
            return;
        }
        if self.choice("edge") == "vercel" {
            self.vercel();
        } else {
            self.workers();
        }
    }

    fn workers(&mut self) {
        let price = |id: &str| self.cloud().cdn_plan(id).map(|price| price.value);
        let prices = price("workers.base")
            .zip(price("workers.1m_requests"))
            .zip(price("workers.1m_cpu_ms"));
        let Some(((base, request), cpu)) = prices else {
            self.unknown.push("Workers".to_owned());
            return;
        };
        let free = |id: &str| price(id).unwrap_or_default();
        let (free_runs, free_ms) = (
            free("workers.included_requests_m"),
            free("workers.included_cpu_ms_m"),
        );
        let millions = self.number("edge_compute.requests_month");
        let ms = millions * self.number("edge.worker_cpu_ms");
        let usd = base + (millions - free_runs).max(0.0) * request + (ms - free_ms).max(0.0) * cpu;
        let why = format!(
            "{} million runs of {} ms",
            show(millions),
            show(self.number("edge.worker_cpu_ms"))
        );
        let inputs = ["edge_compute.requests_month", "edge.worker_cpu_ms"];
        self.line("edge-compute", usd, why, &inputs, Grade::C);
    }

    fn vercel(&mut self) {
        let price = |id: &str| self.cloud().edge_compute_price(id).map(|price| price.value);
        let prices = price("pro.seat")
            .zip(price("pro.1m_requests"))
            .zip(price("pro.gb"));
        let Some(((seat, request), gb)) = prices else {
            self.unknown.push("Vercel".to_owned());
            return;
        };
        let free = |id: &str| price(id).unwrap_or_default();
        let (free_requests, free_gb) = (free("pro.included_requests_m"), free("pro.included_gb"));
        let millions = self.number("demand.edge.mean") * MONTH_S / 1e6;
        let moved = self.number("edge.gb_month");
        let usd =
            seat + (millions - free_requests).max(0.0) * request + (moved - free_gb).max(0.0) * gb;
        let why = format!(
            "{} million requests, {} GB, list price of the Pro plan",
            show(millions),
            show(moved)
        );
        let inputs = ["demand.edge.mean", "edge.gb_month"];
        self.line("edge-compute", usd, why, &inputs, Grade::C);
    }
}
