//! What a sizing costs a month, by component (capacity model, section 9).
//!
//! Comes in: a sizing and the catalog of its cloud. Goes out: the quantities `cost.components.…`, `cost.total` and what
//! follows from them, in the sizing's ledger. A price that nobody sourced is named and left out, never taken as zero.
//! Not included: tax, support plans, private discounts, people. A month has 730 hours.

pub mod schedule;

use crate::{
    catalog::{CloudCatalog, NodeShape, Price, Service, price::tiered},
    ledger::{Grade, Ledger, Unit, show},
    sizing::{Class, Request, Sizing},
};

/// Hours of a month (`cost.hours_per_month`).
const HOURS: f64 = 730.0;

/// Collects the lines of the bill.
struct Bill<'a> {
    request: &'a Request<'a>,
    ledger: &'a mut Ledger,
    database: String,
    components: Vec<String>,
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
        fixed: 0.0,
        unknown: Vec::new(),
    };
    bill.cluster();
    bill.pools(sizing);
    bill.shards(sizing);
    bill.cache();
    bill.stream();
    bill.network();
    bill.edge();
    bill.operations(sizing);
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

    /// A unit price; one that nobody sourced is remembered by name.
    fn unit(&mut self, service: Service, what: &str) -> Option<Price> {
        let price = self.cloud().service(service, &self.database);
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

    fn cluster(&mut self) {
        let Some(price) = self.unit(Service::ControlPlane, "control plane") else {
            return;
        };
        let usd = price.value * HOURS;
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
        for pool in &sizing.pools {
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
            let zones = sizing.zones.len() as f64;
            let (peak, floor) = (
                self.number(&name("nodes")),
                self.number(&name("min_per_zone")) * zones,
            );
            let mean = schedule::mean_nodes(&sizing.demand.week, floor, peak);
            let disk = self
                .unit(Service::NodeDisk, "node disks")
                .map_or(0.0, |disk| disk.value)
                * self.number(&name("disk_gib"));
            let usd = mean * (price * HOURS + disk);
            if pool.name == "system" {
                self.fixed += usd;
            }
            let why = format!(
                "{} {machine} on average of {} at the peak, {} USD/h",
                show(mean),
                show(peak),
                show(price)
            );
            let component = if pool.gpu {
                format!(
                    "gpu-{}",
                    pool.name.trim_start_matches("gpu").trim_start_matches('-')
                )
            } else {
                format!("nodes-{}", pool.name)
            };
            let component = component.trim_end_matches('-').to_owned();
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
        let region = self.request.region;
        let general = self.cloud().general_node_shapes(region);
        let all = general
            .into_iter()
            .chain(self.cloud().gpu_node_shapes(region));
        all.into_iter().find(|shape| shape.name == machine)
    }

    fn shards(&mut self, sizing: &Sizing) {
        let mysql = self.request.spec.data.engine == crate::blueprint::Engine::Mysql;
        let shapes = self
            .cloud()
            .database_shapes(&self.database, mysql, self.request.region);
        let disk = self
            .unit(Service::DatabaseDisk, "database storage")
            .map_or(0.0, |price| price.value);
        let backup = self
            .unit(Service::DatabaseBackup, "database backups")
            .map_or(0.0, |price| price.value);
        for keyspace in &sizing.keyspaces {
            let prefix = format!("database.{}", keyspace.name);
            let copies = 1.0
                + f64::from(self.ledger.flag(&format!("{prefix}.standby")))
                + self.number(&format!("{prefix}.replicas"));
            let (mut usd, mut grade, mut classes) = (0.0, Grade::A, Vec::new());
            for node in &keyspace.nodes {
                let class = self
                    .ledger
                    .text(&format!("{prefix}.nodes.{node}.class"))
                    .to_owned();
                let gib = self.number(&format!("{prefix}.nodes.{node}.disk_gib"));
                let shape = shapes.iter().find(|shape| shape.class == class);
                match shape.and_then(|shape| Some((shape.usd_hour?, shape.grade))) {
                    Some((price, shape_grade)) => {
                        usd += copies * (price * HOURS + gib * disk) + gib * backup;
                        grade = grade.max(shape_grade);
                    }
                    None => self.unknown.push(format!("class {class}")),
                }
                classes.push(class);
            }
            classes.dedup();
            let why = format!(
                "{} nodes of {}, {} copies each, with storage and backups",
                keyspace.nodes.len(),
                classes.join(", "),
                show(copies)
            );
            self.line(
                &format!("shards-{}", keyspace.name),
                usd,
                why,
                &[&format!("{prefix}.shards"), &format!("{prefix}.disk_gib")],
                grade,
            );
        }
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
            nodes * price * HOURS,
            why,
            &["cache.shards", "cache.replicas", "cache.node"],
            grade,
        );
    }

    fn stream(&mut self) {
        let managed = self
            .request
            .choice
            .get("stream")
            .is_some_and(|choice| choice == "managed");
        if self.ledger.get("stream.broker").is_none() || !managed {
            return;
        }
        let broker = self.ledger.text("stream.broker").to_owned();
        let shape = self
            .cloud()
            .stream_shapes(self.request.region)
            .into_iter()
            .find(|shape| shape.name == broker);
        let Some((shape, price)) =
            shape.and_then(|shape| shape.usd_hour.map(|price| (shape, price)))
        else {
            self.unknown.push(format!("broker {broker}"));
            return;
        };
        let disk = self
            .unit(Service::StreamDisk, "log storage")
            .map_or(0.0, |price| price.value);
        let (brokers, gib) = (
            self.number("stream.brokers"),
            self.number("stream.disk_gib"),
        );
        // Where there are no brokers to choose, the cluster is bought by vCPU.
        let units = if shape.by_vcpu {
            self.number("stream.vcpu")
        } else {
            brokers
        };
        let usd = units * price * HOURS + brokers * gib * disk;
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
            shape.grade,
        );
    }

    /// Ways out of the private network, and traffic between zones.
    fn network(&mut self) {
        let zones = self.number("cluster.zones");
        let nats = if self.ledger.flag("network.nat_per_zone") {
            zones
        } else {
            1.0
        };
        let Some(price) = self.unit(Service::Nat, "NAT") else {
            return;
        };
        let usd = nats * price.value * HOURS;
        self.fixed += usd;
        self.line(
            "network",
            usd,
            format!("{} NAT at {} USD/h", show(nats), show(price.value)),
            &["network.nat_per_zone"],
            price.grade,
        );
    }

    /// Load balancer, firewall, origin egress and the CDN's plan.
    fn edge(&mut self) {
        let gb = self.number("edge.origin_gb_month");
        let requests_m = self.number("edge.origin_rps")
            / self.number("demand.peak_to_mean").max(1.0)
            * HOURS
            * 3600.0
            / 1e6;
        let mut balancer = 0.0;
        let mut grade = Grade::A;
        if let Some(price) = self.unit(Service::LoadBalancer, "load balancer") {
            balancer += price.value * HOURS;
            self.fixed += price.value * HOURS;
            grade = grade.max(price.grade);
        }
        if let Some(price) = self.unit(Service::LoadBalancerGb, "load balancer traffic") {
            balancer += price.value * gb;
        }
        self.line(
            "load-balancer",
            balancer,
            format!("one, {} GB/month", show(gb)),
            &["edge.origin_gb_month"],
            grade,
        );
        let firewall = self
            .unit(Service::Firewall, "firewall")
            .zip(self.unit(Service::FirewallMillion, "firewall requests"));
        if let Some((month, million)) = firewall {
            let usd = month.value + million.value * requests_m;
            self.line(
                "waf",
                usd,
                format!("{} million requests/month", show(requests_m)),
                &["edge.origin_rps"],
                month.grade.max(million.grade),
            );
        }
        let tiers = self.cloud().egress_tiers(self.request.region);
        match tiered(gb, &tiers) {
            Some(usd) => self.line(
                "egress",
                usd,
                format!(
                    "{} GB/month from the origin to the CDN, list price",
                    show(gb)
                ),
                &["edge.origin_gb_month"],
                Grade::A,
            ),
            None => self.unknown.push("egress".to_owned()),
        }
    }

    /// Logs, secrets, keys.
    fn operations(&mut self, sizing: &Sizing) {
        // 1 kB of access and application log a dynamic request (C).
        let gb = self.number("demand.mean") * 3600.0 * HOURS * 1000.0 / 1e9
            * self.log_share(sizing.class);
        if let Some(price) = self.unit(Service::LogGb, "logs") {
            let why = format!("{} GB of logs, 1 kB a request that is logged", show(gb));
            self.line(
                "observability",
                gb * price.value,
                why,
                &["demand.mean", "edge.log_sample"],
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
        let millions = self.number("demand.edge.mean") * HOURS * 3600.0 / 1e6;
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

    /// The budget that alerts: the stated one by scale, and never below what the environment costs without load.
    fn budget(&mut self, class: Class, total: f64) {
        let Some(budget) = self.request.spec.budget else {
            return;
        };
        let scale = self.request.scale.get();
        let share = budget.get() * scale;
        let enough = (total * 1.1 / 100.0).ceil() * 100.0;
        let (value, why) = if class != Class::Production && share < enough {
            (
                enough,
                format!(
                    "{} % of the budget would be {}; it costs {} without one",
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
