//! What leaves for the internet, the CDN in front of it, and the buckets and the warehouse that others read.

use super::Bill;
use crate::{
    blueprint::Bucket,
    catalog::{Service, price::tiered},
    ledger::{Grade, show},
};

impl Bill<'_> {
    /// What leaves for the internet, and the CDN in front.
    pub(super) fn delivery(&mut self) {
        let (all, origin) = (
            self.number("edge.gb_month"),
            self.number("edge.origin_gb_month"),
        );
        let fronted = self.request.spec.domain.is_some();
        match self.choice("cdn") {
            "cloud" if fronted => self.own_cdn(all, origin),
            "cloudflare" if fronted => {
                self.egress(origin, "from the origin to the CDN", "edge.origin_gb_month");
                match self.cloud().cdn_plan("plan.pro") {
                    // Which plan a zone has is the account's business: the smallest with managed firewall rules (C).
                    Some(plan) => self.line(
                        "cdn",
                        plan.value,
                        "one zone of the Pro plan".to_owned(),
                        &[],
                        Grade::C,
                    ),
                    None => self.unknown.push("CDN plan".to_owned()),
                }
            }
            _ => self.egress(all, "to the internet", "edge.gb_month"),
        }
    }

    fn egress(&mut self, gb: f64, whither: &str, input: &str) {
        match tiered(gb, &self.cloud().egress_tiers(self.request.region)) {
            Some(usd) => {
                let why = format!("{} GB/month {whither}, list price", show(gb));
                self.line("egress", usd, why, &[input], Grade::A);
            }
            None => self.unknown.push("egress".to_owned()),
        }
    }

    fn own_cdn(&mut self, all: f64, origin: f64) {
        let Some(delivered) = tiered(all, &self.cloud().cdn_tiers()) else {
            self.unknown.push("CDN traffic".to_owned());
            return;
        };
        let fill = self
            .cloud()
            .service(Service::CdnFillGb, &self.database, self.request.region);
        let origin = origin + self.number("media.origin_gb_month");
        let usd = delivered + fill.map_or(0.0, |price| price.value * origin);
        // Tiers of North America and Europe, whoever is served (C).
        let contract = if all > 10e6 {
            "; above 10 PB nobody pays the list price, ask for a contract"
        } else {
            ""
        };
        let why = format!("{} GB/month delivered, list price{contract}", show(all));
        self.line(
            "cdn",
            usd,
            why,
            &["edge.gb_month", "edge.origin_gb_month"],
            Grade::C,
        );
        self.cdn_requests();
        self.cdn_functions();
    }

    /// The fee for each request, whatever it carries.
    fn cdn_requests(&mut self) {
        let inputs = ["usage.site_requests_month", "usage.video_requests_month"];
        let millions = inputs.iter().map(|name| self.number(name)).sum::<f64>() / 1e6;
        let Some(price) = self.unit(Service::CdnRequests, "requests of the CDN") else {
            return;
        };
        let why = format!(
            "{} million requests/month at {} USD for ten thousand",
            show(millions),
            price.value
        );
        let inputs: Vec<&str> = inputs
            .into_iter()
            .filter(|name| self.ledger.get(name).is_some())
            .collect();
        let grade = price.grade.max(Grade::C);
        self.line(
            "cdn-requests",
            millions * 100.0 * price.value,
            why,
            &inputs,
            grade,
        );
    }

    /// What makes one key of requests that mean the same runs before the cache is asked, for what is not static.
    fn cdn_functions(&mut self) {
        let service = Service::CdnFunctionMillion;
        let Some(price) = self
            .cloud()
            .service(service, &self.database, self.request.region)
        else {
            return;
        };
        let millions = self.number("usage.site_requests_month") / 1e6;
        let why = format!(
            "{} million runs/month at {} USD, at most: files under /static/ need none",
            show(millions),
            price.value
        );
        let inputs = ["usage.site_requests_month"];
        let grade = price.grade.max(Grade::C);
        self.line("cdn-functions", millions * price.value, why, &inputs, grade);
    }

    /// Objects of all buckets, and the requests that write and read them.
    pub(super) fn objects(&mut self) {
        let buckets = crate::sizing::object_storage::buckets(self.request.spec);
        self.object_requests(&buckets);
        let names: Vec<String> = buckets
            .into_iter()
            .map(|bucket| format!("object_storage.{}.gb", bucket.name()))
            .filter(|name| self.ledger.get(name).is_some())
            .collect();
        if names.is_empty() {
            return;
        }
        let gb: f64 = names.iter().map(|name| self.number(name)).sum();
        let Some(price) = self.unit(Service::ObjectGb, "objects") else {
            return;
        };
        let inputs: Vec<&str> = names.iter().map(String::as_str).collect();
        let why = format!("{} GB in buckets at {} USD", show(gb), price.value);
        self.line("object-storage", gb * price.value, why, &inputs, Grade::C);
    }

    fn object_requests(&mut self, buckets: &[Bucket]) {
        let named = |item: &str| -> Vec<String> {
            let name = |bucket: &Bucket| format!("object_storage.{}.{item}", bucket.name());
            let names = buckets.iter().map(name);
            names
                .filter(|name| self.ledger.get(name).is_some())
                .collect()
        };
        let (writes, reads) = (named("writes_month"), named("reads_month"));
        let millions =
            |names: &[String]| names.iter().map(|name| self.number(name)).sum::<f64>() / 1e6;
        let (written, asked) = (millions(&writes), millions(&reads));
        let inputs: Vec<String> = writes.into_iter().chain(reads).collect();
        if inputs.is_empty() {
            return;
        }
        let Some((write, read)) = self.cloud().object_requests(self.request.region) else {
            self.unknown.push("requests for objects".to_owned());
            return;
        };
        let why = format!(
            "{} million writes and {} million reads a month",
            show(written),
            show(asked)
        );
        let usd = 1000.0 * (written * write.value + asked * read.value);
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        self.line("object-requests", usd, why, &inputs, Grade::C);
    }

    /// Whoever else watches: by series, hosts and users, at prices that nobody sourced.
    pub(super) fn watcher(&mut self) {
        let whom = match self.choice("monitoring") {
            "datadog" => "hosts, metrics and traces at Datadog",
            "grafana-cloud" => "series, traces and users of Grafana Cloud",
            _ => return,
        };
        self.unknown.push(whom.to_owned());
    }

    /// What the warehouse stores, and what its queries read.
    pub(super) fn warehouse(&mut self) {
        if self.ledger.get("warehouse.stored_gb").is_none() {
            return;
        }
        let (gb, tb) = (
            self.number("warehouse.stored_gb"),
            self.number("warehouse.scanned_tb_month"),
        );
        let prices = self
            .unit(Service::WarehouseGb, "warehouse storage")
            .zip(self.unit(Service::WarehouseTb, "warehouse compute"));
        let Some((stored, read)) = prices else {
            return;
        };
        let why = format!("{} GB stored, {} TB read a month", show(gb), show(tb));
        self.line(
            "warehouse",
            gb * stored.value + tb * read.value,
            why,
            &["warehouse.stored_gb", "warehouse.scanned_tb_month"],
            Grade::C,
        );
    }
}
