//! What a sizing costs a month, by component (capacity model, section 9).
//!
//! Comes in: a sizing and the catalog of its cloud. Goes out: the quantities `cost.components.…`, `cost.total` and what
//! follows from them, in the sizing's ledger. A price that nobody sourced is named and left out, never taken as zero.
//! Not included: tax, support plans, private discounts, people, and what has no quantity in a sizing: image pulls, queries
//! of dashboards. A month has 730 hours.

mod container;
mod database;
mod delivery;
mod document;
mod edge;
mod function;
mod media;
mod stream;
mod usage;

use crate::{
    catalog::{CloudCatalog, NodeShape, Price, Service},
    component::Component,
    ledger::{Grade, Ledger, Unit, show},
    sizing::{Class, Request, Sizing, schedule},
};

/// Seconds of a month of 730 hours (`cost.hours_per_month`).
const MONTH_S: f64 = 730.0 * 3600.0;

/// Collects the lines of the bill.
struct Bill<'a> {
    request: &'a Request<'a>,
    ledger: &'a mut Ledger,
    database: String,
    components: Vec<String>,
    /// Components that are accelerators.
    gpu: Vec<String>,
    /// What commitments of a year for the machines that always run would save.
    saving: f64,
    /// Components that are paid for without any load.
    fixed: f64,
    unknown: Vec<String>,
}

/// Prices a sizing, writing `cost.…` into its ledger.
pub fn price(sizing: &mut Sizing, request: &Request<'_>) {
    let database = request.choice.get("database").cloned().unwrap_or_default();
    let mut ledger = std::mem::take(&mut sizing.ledger);
    let mut bill = Bill {
        request,
        ledger: &mut ledger,
        database,
        components: Vec::new(),
        gpu: Vec::new(),
        saving: 0.0,
        fixed: 0.0,
        unknown: Vec::new(),
    };
    bill.usage(sizing);
    bill.cluster();
    bill.pools(sizing);
    bill.containers(sizing);
    bill.collectors(sizing);
    bill.fleets(sizing);
    bill.shards(sizing);
    bill.between_regions(sizing);
    bill.topology();
    bill.nosql();
    bill.documents();
    bill.cache();
    bill.stream(sizing);
    bill.network();
    bill.load_balancer();
    bill.firewall();
    bill.delivery();
    bill.objects();
    bill.watcher();
    bill.warehouse();
    bill.edge_cache();
    bill.qstash();
    bill.edge_compute();
    bill.functions();
    bill.workflow();
    bill.lake();
    bill.operations();
    bill.total(sizing.class);
    sizing.ledger = ledger;
}

impl Bill<'_> {
    fn cloud(&self) -> &CloudCatalog {
        self.request.cloud
    }

    fn number(&self, name: &str) -> f64 {
        self.ledger
            .get(name)
            .map_or(0.0, crate::ledger::Quantity::number)
    }

    /// A choice of `platform:`; empty where the architecture has no such choice.
    fn choice(&self, key: &str) -> &str {
        self.request.choice.get(key).map_or("", String::as_str)
    }

    /// A unit price; one that nobody sourced is remembered by name.
    fn unit(&mut self, service: Service, what: &str) -> Option<Price> {
        self.unit_in(self.request.region, service, what)
    }

    /// A unit price in a region.
    fn unit_in(&mut self, region: &str, service: Service, what: &str) -> Option<Price> {
        let price = self.cloud().service(service, &self.database, region);
        if price.is_none() {
            self.unknown.push(what.to_owned());
        }
        price
    }

    /// A line of the bill, USD a month.
    fn line(&mut self, component: &str, usd: f64, why: String, inputs: &[&str], grade: Grade) {
        if usd <= 0.0 {
            return;
        }
        let name = format!("cost.components.{component}");
        self.ledger
            .add(&name, usd, Unit::UsdPerMonth)
            .why(why)
            .by("Σ amount × price × 730 h", "9", inputs)
            .graded(grade);
        self.components.push(name);
    }

    fn has(&self, component: Component) -> bool {
        self.request.components.contains(&component)
    }

    fn cluster(&mut self) {
        if !self.has(Component::Cluster) {
            return;
        }
        let Some(price) = self.unit(Service::ControlPlane, "control plane") else {
            return;
        };
        let kind = self.choice("kubernetes").to_owned();
        if !["", "standard"].contains(&kind.as_str()) {
            self.unknown.push(format!("fee of kubernetes: {kind}"));
        }
        let usd = schedule::instances(1.0, price.value);
        self.fixed += usd;
        self.line(
            "cluster",
            usd,
            format!("control plane, {} USD/h", price.value),
            &[],
            price.grade,
        );
    }

    /// Node pools over the hours of the week: between their floor and their peak.
    fn pools(&mut self, sizing: &Sizing) {
        // Machines of databases are in the lines of their keyspaces.
        for pool in sizing.pools.iter().filter(|pool| !pool.database) {
            let name = |item: &str| format!("cluster.pools.{}.{item}", pool.name);
            let machine = self.ledger.text(&name("machine")).to_owned();
            let Some(shape) = self.shape(&machine) else {
                self.unknown.push(format!("machine {machine}"));
                continue;
            };
            let price = if pool.spot {
                shape.spot_hour.or(shape.usd_hour)
            } else {
                shape.usd_hour
            };
            let Some(price) = price else {
                self.unknown.push(format!("machine {machine}"));
                continue;
            };
            let peak = self.number(&name("nodes"));
            let floor = self.number(&name("min_per_zone")) * sizing.zones.len() as f64;
            let mean = schedule::mean_nodes(sizing.demand.week.hours(), floor, peak);
            let disk = self
                .unit(Service::NodeDisk, "node disks")
                .map_or(0.0, |disk| disk.value);
            let usd =
                schedule::instances(mean, price) + mean * disk * self.number(&name("disk_gib"));
            if pool.name == "system" {
                self.fixed += usd;
            }
            if let (false, Some(committed)) = (pool.spot, shape.commit_hour) {
                let base = schedule::base_nodes(sizing.demand.week.hours(), floor, peak);
                self.saving += schedule::instances(base, (price - committed).max(0.0));
            }
            let component = match pool.name.as_str() {
                "gpu" => "gpu".to_owned(),
                other if pool.gpu => format!("gpu-{}", other.trim_start_matches("gpu-")),
                other => format!("nodes-{other}"),
            };
            if pool.gpu {
                self.gpu.push(format!("cost.components.{component}"));
            }
            let (mean, peak, price) = (show(mean), show(peak), show(price));
            let why = format!("{mean} {machine} on average, {peak} at the peak, {price} USD/h");
            self.line(
                &component,
                usd,
                why,
                &[&name("nodes"), &name("min_per_zone")],
                shape.grade,
            );
        }
    }

    fn shape(&self, machine: &str) -> Option<NodeShape> {
        self.cloud().node_shape(self.request.region, machine)
    }

    fn cache(&mut self) {
        if self.ledger.get("cache.node").is_none() {
            return;
        }
        let node = self.ledger.text("cache.node").to_owned();
        let shape = self
            .cloud()
            .cache_shapes(self.request.region)
            .into_iter()
            .find(|shape| shape.name == node);
        let Some((price, grade)) = shape.and_then(|shape| Some((shape.usd_hour?, shape.grade)))
        else {
            self.unknown.push(format!("cache node {node}"));
            return;
        };
        let nodes = self.number("cache.shards") * (1.0 + self.number("cache.replicas"));
        let why = format!("{} {node}, {} USD/h", show(nodes), show(price));
        self.line(
            "cache",
            schedule::instances(nodes, price),
            why,
            &["cache.shards", "cache.replicas", "cache.node"],
            grade,
        );
    }

    /// Ways out of the private network, and traffic between zones.
    fn network(&mut self) {
        let zones = self.number("cluster.zones");
        let nats = self
            .cloud()
            .nat_gateways(zones, self.ledger.flag("network.nat_per_zone"));
        let Some(nat) = self.unit(Service::Nat, "NAT") else {
            return;
        };
        let nat_usd = schedule::instances(nats, nat.value);
        self.fixed += nat_usd;
        // What services exchange is at least what they answer; all but one zone in `zones` of it leaves its zone (C).
        let gb = self.number("edge.origin_gb_month") * (zones - 1.0).max(0.0) / zones.max(1.0);
        let crossing = self
            .unit(Service::CrossZoneGb, "traffic between zones")
            .map_or(0.0, |price| gb * price.value);
        let why = format!(
            "{} NAT at {} USD/h, {} GB between zones",
            show(nats),
            show(nat.value),
            show(gb)
        );
        let inputs = [
            "network.nat_per_zone",
            "cluster.zones",
            "edge.origin_gb_month",
        ];
        let grade = if crossing > 0.0 { Grade::C } else { nat.grade };
        self.line("network", nat_usd + crossing, why, &inputs, grade);
    }

    fn load_balancer(&mut self) {
        if !self.has(Component::LoadBalancer) {
            return;
        }
        let gb = self.number("edge.origin_gb_month");
        let hour = self.unit(Service::LoadBalancer, "load balancer");
        let traffic = self.unit(Service::LoadBalancerGb, "load balancer traffic");
        let grade = [&hour, &traffic]
            .into_iter()
            .flatten()
            .map(|price| price.grade)
            .max()
            .unwrap_or(Grade::A);
        let hours = hour.map_or(0.0, |price| schedule::instances(1.0, price.value));
        self.fixed += hours;
        let usd = hours + traffic.map_or(0.0, |price| price.value * gb);
        self.line(
            "load-balancer",
            usd,
            format!("one, {} GB/month", show(gb)),
            &["edge.origin_gb_month"],
            grade,
        );
    }

    fn firewall(&mut self) {
        if !self.has(Component::Waf) {
            return;
        }
        let millions = self.number("usage.firewall_requests_month") / 1e6;
        let month = self.unit(Service::Firewall, "firewall");
        let million = self.unit(Service::FirewallMillion, "firewall requests");
        let Some((month, million)) = month.zip(million) else {
            return;
        };
        let usd = month.value + million.value * millions;
        let why = format!("{} million requests/month", show(millions));
        self.line(
            "waf",
            usd,
            why,
            &["usage.firewall_requests_month"],
            month.grade.max(million.grade),
        );
    }

    /// Logs, secrets, keys.
    fn operations(&mut self) {
        let gb = self.number("usage.log_gb_month");
        if let Some(price) = self.unit(Service::LogGb, "logs") {
            let why = format!("{} GB of logs, 1 kB a request that is logged", show(gb));
            self.line(
                "observability",
                gb * price.value,
                why,
                &["usage.log_gb_month"],
                Grade::C,
            );
        }
        let secrets: usize = self
            .request
            .spec
            .services
            .iter()
            .map(|service| service.secrets.len())
            .sum();
        let pair = self
            .unit(Service::Secret, "secrets")
            .zip(self.unit(Service::Key, "keys"));
        if let Some((secret, key)) = pair {
            let usd = secrets as f64 * secret.value + 6.0 * key.value;
            self.line(
                "secrets",
                usd,
                format!("{secrets} secrets, 6 keys"),
                &[],
                secret.grade,
            );
        }
    }

    /// Share of requests that leave a log line: errors and slow ones always, the rest sampled.
    fn log_share(&self, class: Class) -> f64 {
        if class == Class::Production {
            self.number("edge.log_sample").clamp(0.01, 1.0)
        } else {
            1.0
        }
    }

    fn total(&mut self, class: Class) {
        let total: f64 = self
            .components
            .iter()
            .map(|name| self.ledger.number(name))
            .sum();
        let names: Vec<&str> = self.components.iter().map(String::as_str).collect();
        let grade = names
            .iter()
            .filter_map(|name| self.ledger.get(name)?.derivation.grade)
            .max()
            .unwrap_or(Grade::A);
        self.ledger
            .add("cost.total", total, Unit::UsdPerMonth)
            .why(format!("{} components at list prices", names.len()))
            .by("Σ components", "9", &names)
            .graded(grade);
        self.ledger
            .add("cost.floor", self.fixed, Unit::UsdPerMonth)
            .why("what is paid for without any load")
            .by(
                "control plane, system nodes, log, NAT, load balancer",
                "9",
                &[],
            );
        self.shares(total);
        self.unknown.sort();
        self.unknown.dedup();
        self.ledger
            .add("cost.unknown", self.unknown.join(", "), Unit::Name)
            .why("prices that nobody sourced; not in the total")
            .by("prices without a source", "9", &[]);
        let users = self.number("demand.mau");
        if users > 0.0 {
            self.ledger
                .add(
                    "cost.per_1000_users",
                    total / users * 1000.0,
                    Unit::UsdPerMonth,
                )
                .why(format!("over {} monthly users", show(users)))
                .by(
                    "total ÷ monthly users × 1 000",
                    "9",
                    &["cost.total", "demand.mau"],
                );
        }
        let millions = self.number("demand.edge.mean") * MONTH_S / 1e6;
        if millions > 0.0 {
            self.ledger
                .add(
                    "cost.per_million_requests",
                    total / millions,
                    Unit::UsdPerMonth,
                )
                .why(format!(
                    "over {} million edge requests a month",
                    show(millions)
                ))
                .by(
                    "total ÷ million requests",
                    "9",
                    &["cost.total", "demand.edge.mean"],
                );
        }
        self.budget(class, total);
    }

    /// The accelerators' part of the total, and what commitments would save.
    fn shares(&mut self, total: f64) {
        let gpu: Vec<String> = self
            .gpu
            .iter()
            .filter(|name| self.ledger.get(name).is_some())
            .cloned()
            .collect();
        if !gpu.is_empty() && total > 0.0 {
            let usd: f64 = gpu.iter().map(|name| self.ledger.number(name)).sum();
            let inputs: Vec<&str> = gpu
                .iter()
                .map(String::as_str)
                .chain(["cost.total"])
                .collect();
            self.ledger
                .add("cost.gpu_share", usd / total, Unit::Ratio)
                .why(format!("{} of {} USD/month", show(usd), show(total)))
                .by("accelerators ÷ total", "9", &inputs);
        }
        if self.saving > 0.0 {
            self.ledger
                .add("cost.committed", total - self.saving, Unit::UsdPerMonth)
                .why(format!(
                    "with machines that always run committed for a year: {} less",
                    show(self.saving)
                ))
                .by(
                    "total - base × (price - committed price) × 730 h",
                    "9",
                    &["cost.total"],
                )
                .graded(Grade::B);
        }
    }

    /// The budget that alerts: the stated one by scale, and never below what the environment costs without load.
    fn budget(&mut self, class: Class, total: f64) {
        let Some(budget) = self.request.spec.budget else {
            return;
        };
        let scale = self.request.scale.get() * self.request.share.get();
        let share = budget.get() * scale;
        let enough = (total * 1.1 / 100.0).ceil() * 100.0;
        let (value, why) = if class != Class::Production && share < enough {
            (
                enough,
                format!(
                    "{} % of the budget would be {}; it costs {}",
                    show(100.0 * scale),
                    show(share),
                    show(total)
                ),
            )
        } else {
            (
                share.round(),
                format!("blueprint: budget × scale {}", show(scale)),
            )
        };
        self.ledger
            .add("cost.budget", value, Unit::UsdPerMonth)
            .why(why)
            .by(
                "budget × scale, at least what it costs",
                "9",
                &["environment.scale", "cost.total"],
            );
    }
}
