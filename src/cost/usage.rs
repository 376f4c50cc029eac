//! What a month uses of what is paid for by the piece: amounts behind lines of the bill, which the usage file for Infracost
//! prints beside the addresses of resources. Comes in: rates of the demand. Goes out: `usage.…`, and amounts under the names
//! of services, topics and buckets. Ways out of the network have no amount here: what services call outside nobody stated.

use super::{Bill, MONTH_S};
use crate::{
    blueprint::{Bucket, RunsOn, Service as Workload},
    component::Component,
    ledger::{Unit, show},
    sizing::{Sizing, ceil},
};

impl Bill<'_> {
    /// All amounts; before the lines, some of which read them.
    pub(super) fn usage(&mut self, sizing: &Sizing) {
        self.edge_usage();
        self.log_usage(sizing);
        for bucket in crate::sizing::object_storage::buckets(self.request.spec) {
            self.bucket_usage(bucket);
        }
        for topic in &sizing.topics {
            if let Some(consumer) = topic.consumer() {
                self.topic_usage(&topic.name, consumer);
            }
        }
        for service in self.functions_of() {
            self.function_usage(&service.name);
        }
        self.whole_gb("usage.origin_gb_month", "edge.origin_gb_month");
        self.whole_gb("usage.nosql_gb", "nosql.gb");
        if self.ledger.get("nosql.million_writes_month").is_some() {
            for kind in ["writes", "reads"] {
                let from = format!("nosql.million_{kind}_month");
                let millions = self.number(&from);
                let name = format!("usage.nosql_{kind}_month");
                let why = format!("{} million", show(millions));
                self.pieces(&name, millions * 1e6, why, &[&from]);
            }
        }
        if self.ledger.get("workflow.transitions").is_some() {
            let rate = self.number("workflow.transitions");
            self.month("usage.transitions_month", rate, &["workflow.transitions"]);
        }
    }

    /// The services that run as functions.
    pub(super) fn functions_of(&self) -> Vec<Workload> {
        let first = || RunsOn::first(self.request.components);
        let runs = |service: &&Workload| service.runs_on.unwrap_or_else(first) == RunsOn::Functions;
        let services = self.request.spec.services.iter();
        services.filter(runs).cloned().collect()
    }

    fn edge_usage(&mut self) {
        self.month(
            "usage.requests_month",
            self.number("demand.mean"),
            &["demand.mean"],
        );
        let edge = self.number("demand.edge.mean");
        self.month("usage.site_requests_month", edge, &["demand.edge.mean"]);
        let web = "edge.web_gb_month";
        let site = if self.ledger.get(web).is_some() {
            web
        } else {
            "edge.gb_month"
        };
        self.whole_gb("usage.site_gb_month", site);
        let video = self.number("edge.gb_month") - self.number(web);
        if self.ledger.get("media.requests_per_s").is_some() {
            let viewers =
                self.number("media.viewers.mean") / self.number("media.viewers.peak").max(1.0);
            let inputs = [
                "media.requests_per_s",
                "media.viewers.mean",
                "media.viewers.peak",
            ];
            let rate = self.number("media.requests_per_s") * viewers;
            self.month("usage.video_requests_month", rate, &inputs);
            self.ledger
                .add("usage.video_gb_month", ceil(video), Unit::Gb)
                .why("all that leaves the edge, less what is no video")
                .by(
                    "GB - GB of the rest",
                    "9",
                    &["edge.gb_month", "edge.web_gb_month"],
                );
        }
        if self.has(Component::Waf) {
            // The origin's share of what users ask for, over an average hour.
            let share =
                self.number("edge.origin_rps") / self.number("demand.edge.design").max(1e-9);
            let inputs = ["edge.origin_rps", "demand.edge.mean", "demand.edge.design"];
            self.month("usage.firewall_requests_month", edge * share, &inputs);
        }
    }

    /// 1 kB of access and application log a dynamic request that is logged (C).
    fn log_usage(&mut self, sizing: &Sizing) {
        let share = self.log_share(sizing.class);
        let gb = self.number("demand.mean") * MONTH_S * 1000.0 / 1e9 * share;
        let inputs = ["demand.mean", "edge.log_sample"];
        let known: Vec<&str> = inputs
            .into_iter()
            .filter(|name| self.ledger.get(name).is_some())
            .collect();
        self.ledger
            .add("usage.log_gb_month", gb, Unit::Gb)
            .why(format!("1 kB a request, {} % of them", show(100.0 * share)))
            .by("mean rate × 730 h × 1 kB × share", "9", &known);
        self.whole_gb("usage.logging_gb_month", "usage.log_gb_month");
    }

    /// Rates are of the busiest minute; what is uploaded is read once.
    fn bucket_usage(&mut self, bucket: Bucket) {
        let name = |item: &str| format!("object_storage.{}.{item}", bucket.name());
        let (written, read) = (name("objects_per_s"), name("get_rate"));
        if self.ledger.get(&written).is_none() && self.ledger.get(&read).is_none() {
            return;
        }
        let (mean, most) = match bucket {
            Bucket::Segments => ("media.viewers.mean", "media.viewers.peak"),
            _ => ("demand.mean", "demand.surge"),
        };
        let writes = self.number(&written);
        let delivered = bucket.is_delivered() || bucket == Bucket::Segments;
        let reads = if delivered {
            self.number(&read) * self.number(mean) / self.number(most).max(1e-9)
        } else {
            writes
        };
        let inputs = [written.as_str(), read.as_str(), mean, most];
        let inputs: Vec<&str> = inputs
            .into_iter()
            .filter(|name| self.ledger.get(name).is_some())
            .collect();
        self.whole_gb(&name("stored_gb"), &name("gb"));
        self.month(&name("writes_month"), writes, &inputs);
        self.month(&name("reads_month"), reads, &inputs);
    }

    /// A send, a receive and a delete for each message; and their bytes.
    fn topic_usage(&mut self, topic: &str, consumer: &str) {
        let jobs = format!("{consumer}.jobs.mean");
        let bytes = format!("{consumer}.message_bytes");
        if self.ledger.get(&jobs).is_none() {
            return;
        }
        let rate = self.number(&jobs);
        let name = format!("stream.topics.{topic}.requests_month");
        self.month(&name, 3.0 * rate, &[&jobs]);
        if self.ledger.get(&bytes).is_some() {
            // to the megabyte
            let tb = ceil(rate * MONTH_S * self.number(&bytes) / 1e6) / 1e6;
            self.ledger
                .add(format!("stream.topics.{topic}.tb_month"), tb, Unit::Count)
                .why(format!("{} messages a second over a month, TB", show(rate)))
                .by("rate × 730 h × bytes", "9", &[&jobs, &bytes]);
        }
    }

    fn function_usage(&mut self, service: &str) {
        let name = |item: &str| format!("{service}.{item}");
        let inputs = [
            name("requests.mean"),
            name("jobs.mean"),
            name("concurrency.mean"),
        ];
        let known: Vec<&str> = inputs
            .iter()
            .map(String::as_str)
            .filter(|name| self.ledger.get(name).is_some())
            .collect();
        let rate = self.number(&inputs[0]) + self.number(&inputs[1]);
        let busy_ms = 1000.0 * self.number(&inputs[2]) / rate.max(1e-9);
        self.month(&name("calls_month"), rate, &known);
        self.ledger
            .add(name("call_ms"), busy_ms.round(), Unit::Millis)
            .why("calls in flight ÷ calls a second")
            .by("Little: in flight ÷ rate", "9", &known);
    }

    /// An amount of another quantity, where there is one, as a price list counts it: begun gigabytes.
    fn whole_gb(&mut self, name: &str, from: &str) {
        let Some(amount) = self.ledger.get(from) else {
            return;
        };
        let (gb, why) = (ceil(amount.number()), amount.why.clone());
        self.ledger
            .add(name, gb, Unit::Gb)
            .why(why)
            .by("rounded up to whole GB", "9", &[from]);
    }

    /// A rate over a month, in whole pieces.
    fn month(&mut self, name: &str, rate: f64, inputs: &[&str]) {
        let why = format!("{}/s on average, for 730 h", show(rate));
        self.pieces(name, rate * MONTH_S, why, inputs);
    }

    fn pieces(&mut self, name: &str, amount: f64, why: String, inputs: &[&str]) {
        self.ledger
            .add(name, amount.round(), Unit::Count)
            .why(why)
            .by("mean rate × 730 h", "9", inputs);
    }
}
