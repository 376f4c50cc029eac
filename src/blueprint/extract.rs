//! From the merged tree to the typed blueprint of one environment.
//!
//! Comes in: a tree that was checked. Goes out: a [`Spec`]. What did not pass the check is left out here, being a problem
//! already; so that the problems which depend on several values are found in the same run.

use std::{cell::RefCell, collections::BTreeMap};

use super::{
    Account, Bucket, CacheSpec, Choice, Cloud, Cron, Data, Documents, Engine, Inference, Interval,
    Keyspace, Lake, Media, Objectives, Pin, PinValue, Protocol, RunsOn, Schedule, Service,
    ServiceKind, Shape, Spec, Strategy, Surge, Traffic, Users,
    check::{choose, integer, join},
    format::{Key, Kind, Quantity, ROOT, find},
    node::{Node, Value},
    quantity::{self, Reading},
};
use crate::units::{Count, Factor, Growth, Ratio, Seconds};

/// A map of the tree, with the keys that it may have.
struct Reader<'a> {
    node: Option<&'a Node>,
    keys: &'static [Key],
    path: String,
    intervals: &'a RefCell<Vec<Interval>>,
}

impl<'a> Reader<'a> {
    /// A key of this map. Asking for one that the format does not describe is a bug.
    fn key(&self, name: &str) -> &'static Key {
        find(self.keys, name)
            .unwrap_or_else(|| panic!("bug: the format has no key {name} in {}", self.path))
    }

    fn get(&self, name: &str) -> Option<&'a Node> {
        self.node?.get(name)
    }

    fn child(&self, name: &str) -> Self {
        let keys = match &self.key(name).kind {
            Kind::Map(keys) => keys,
            Kind::OneOf(kinds) => kinds
                .iter()
                .find_map(|kind| {
                    if let Kind::Map(keys) = kind {
                        Some(*keys)
                    } else {
                        None
                    }
                })
                .unwrap_or(&[]),
            _ => &[],
        };
        let node = self
            .get(name)
            .filter(|node| matches!(node.value, Value::Map(_)));
        Self {
            node,
            keys,
            path: join(&self.path, name),
            intervals: self.intervals,
        }
    }

    /// Items of a list that is merged by name.
    fn named(&self, name: &str) -> Vec<(String, Self)> {
        let Kind::Named(keys) = self.key(name).kind else {
            panic!("bug: {name} is no list of names")
        };
        let path = join(&self.path, name);
        let items = self.get(name).map_or(&[][..], Node::items);
        let named = items
            .iter()
            .filter_map(|item| Some((item.name()?.to_owned(), item)));
        named
            .map(|(name, item)| {
                let path = join(&path, &name);
                (
                    name,
                    Self {
                        node: Some(item),
                        keys,
                        path,
                        intervals: self.intervals,
                    },
                )
            })
            .collect()
    }

    fn reading(&self, name: &str) -> Option<Reading> {
        let node = self.get(name)?;
        let quantity = match &self.key(name).kind {
            Kind::Quantity(quantity) => quantity,
            Kind::OneOf(kinds) => match choose(kinds, node)? {
                Kind::Quantity(quantity) => quantity,
                _ => return None,
            },
            _ => panic!("bug: {name} is no quantity"),
        };
        self.read(node, quantity, &join(&self.path, name))
    }

    fn read(&self, node: &Node, quantity: &Quantity, path: &str) -> Option<Reading> {
        let reading = quantity::read(node, quantity).ok()?;
        if !reading.is_certain() {
            let Reading { low, mid, high, .. } = reading;
            self.intervals.borrow_mut().push(Interval {
                path: path.to_owned(),
                low,
                mid,
                high,
            });
        }
        Some(reading)
    }

    fn quantity<T>(&self, name: &str, new: impl Fn(f64) -> T) -> Option<T> {
        self.reading(name).map(|reading| new(reading.mid))
    }

    fn text(&self, name: &str) -> Option<String> {
        let node = self.get(name)?;
        let text = node.text()?;
        let kind = match &self.key(name).kind {
            Kind::OneOf(kinds) => choose(kinds, node)?,
            kind => kind,
        };
        match kind {
            Kind::Text(rule) if rule.check(text).is_err() => None, // also `…`, which is not known yet
            Kind::Choice(words) if !words.contains(&text) => None,
            _ => Some(text.to_owned()),
        }
    }

    fn texts(&self, name: &str) -> Vec<String> {
        texts(self.get(name))
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.text()?.parse().ok()
    }

    fn integer(&self, name: &str) -> Option<u32> {
        let Kind::Integer { low, high, .. } = self.key(name).kind else {
            panic!("bug: {name} is no whole number")
        };
        integer(self.get(name)?.text()?, low, high).ok()
    }
}

/// One text or a list of texts.
pub(crate) fn texts(node: Option<&Node>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    match &node.value {
        Value::Scalar(text, _) => vec![text.clone()],
        _ => node
            .items()
            .iter()
            .filter_map(|item| item.text().map(str::to_owned))
            .collect(),
    }
}

/// Reads what is common to an environment: everything but accounts and pins.
pub(crate) fn spec(root: &Node, clouds: &[Cloud]) -> Spec {
    let intervals = RefCell::new(Vec::new());
    let reader = Reader {
        node: Some(root),
        keys: ROOT,
        path: String::new(),
        intervals: &intervals,
    };
    let platform = reader.child("platform");
    let mut spec = Spec {
        domain: reader.text("domain"),
        regions: regions(reader.get("region"), clouds),
        users: users(&reader.child("users")),
        traffic: traffic(&reader.child("traffic")),
        services: reader
            .named("services")
            .into_iter()
            .map(|(name, reader)| service(name, &reader))
            .collect(),
        data: data(&reader.child("data")),
        cache: cache(&reader.child("cache")),
        media: media(&reader.child("media")),
        lake: lake(&reader.child("lake")),
        documents: documents(&reader.child("documents")),
        inference: inference(&reader.child("inference")),
        objectives: objectives(&reader.child("objectives")),
        spot: platform.quantity("spot", Ratio::new),
        platform: choices(&platform),
        existing: words(&reader.child("existing")),
        tags: tags(reader.get("tags")),
        budget: reader.quantity("budget", crate::units::UsdPerMonth::new),
        ..Spec::default()
    };
    spec.intervals = intervals.into_inner();
    spec
}

/// The texts of a map by key.
fn words(reader: &Reader<'_>) -> BTreeMap<String, String> {
    let texts = reader.keys.iter();
    texts
        .filter_map(|key| Some((key.name.to_owned(), reader.text(key.name)?)))
        .collect()
}

/// The choices of a map by key: one word for all clouds, or one for each.
fn choices(reader: &Reader<'_>) -> BTreeMap<String, Choice> {
    let choice = |key: &Key| {
        let words = reader.child(key.name);
        if words.node.is_none() {
            return reader.text(key.name).map(Choice::Everywhere);
        }
        let word = |cloud: Cloud| Some((cloud, words.text(cloud.name())?));
        let words = [Cloud::Aws, Cloud::Gcp].into_iter().filter_map(word);
        Some(Choice::ByCloud(words.collect()))
    };
    let is_choice = |key: &&Key| matches!(key.kind, Kind::OneOf(_));
    let keys = reader.keys.iter().filter(is_choice);
    keys.filter_map(|key| Some((key.name.to_owned(), choice(key)?)))
        .collect()
}

fn tags(node: Option<&Node>) -> BTreeMap<String, String> {
    let entries = node.map_or(&[][..], Node::entries);
    entries
        .iter()
        .filter_map(|(name, node)| Some((name.clone(), node.text()?.to_owned())))
        .collect()
}

fn regions(node: Option<&Node>, clouds: &[Cloud]) -> BTreeMap<Cloud, Vec<String>> {
    let Some(node) = node else {
        return BTreeMap::new();
    };
    let mut regions = BTreeMap::new();
    for cloud in clouds {
        let node = if matches!(node.value, Value::Map(_)) {
            node.get(cloud.name())
        } else {
            Some(node)
        };
        let list = texts(node);
        if !list.is_empty() {
            regions.insert(*cloud, list);
        }
    }
    regions
}

fn users(reader: &Reader<'_>) -> Users {
    let locations = reader.child("locations");
    let share = |key: &Key| {
        Some((
            key.name.to_owned(),
            locations.quantity(key.name, Ratio::new)?,
        ))
    };
    Users {
        monthly_active: reader.quantity("monthly_active", Count::new),
        daily_active: reader.quantity("daily_active", Count::new),
        peak_concurrent: reader.quantity("peak_concurrent", Count::new),
        growth: reader.reading("growth").map(|reading| Growth {
            rate: reading.mid,
            months: reading.months,
        }),
        growth_limit: reader.quantity("growth_limit", Factor::new),
        horizon: reader.quantity("horizon", crate::units::Months::new),
        locations: locations.keys.iter().filter_map(share).collect(),
    }
}

fn traffic(reader: &Reader<'_>) -> Traffic {
    let size = reader.child("response_size");
    Traffic {
        shape: shape(reader),
        requests_per_daily_user: reader.quantity("requests_per_daily_user", Count::new),
        requests_per_second: reader.quantity("requests_per_second", crate::units::Rate::new),
        requests_per_day: reader.quantity("requests_per_day", Count::new),
        static_share: reader.quantity("static_share", Ratio::new),
        read_share: reader.quantity("read_share", Ratio::new),
        response_dynamic: size.quantity("dynamic", crate::units::Bytes::new),
        response_static: size.quantity("static", crate::units::Bytes::new),
        surge: surge(reader),
    }
}

fn shape(reader: &Reader<'_>) -> Option<Shape> {
    let node = reader.get("shape")?;
    let Some(word) = node.text() else {
        let hours = reader.child("shape");
        let Kind::List(Kind::Quantity(quantity)) = &hours.key("hours").kind else {
            panic!("bug: hours is no list of numbers")
        };
        let items = hours.get("hours")?.items();
        let read = |item: &Node| Some(quantity::read(item, quantity).ok()?.mid);
        return items
            .iter()
            .map(read)
            .collect::<Option<Vec<f64>>>()
            .map(Shape::Hours);
    };
    Some(match word {
        "steady" => Shape::Steady,
        "diurnal" => Shape::Diurnal,
        "business-hours" => Shape::BusinessHours,
        "global" => Shape::Global,
        "spiky" => Shape::Spiky,
        "live-event" => Shape::LiveEvent,
        "batch" => Shape::Batch,
        _ => return None,
    })
}

fn surge(reader: &Reader<'_>) -> Option<Surge> {
    if let Some(factor) = reader.quantity("surge", Factor::new) {
        return Some(Surge { factor, ramp: None });
    }
    let surge = reader.child("surge");
    Some(Surge {
        factor: surge.quantity("factor", Factor::new)?,
        ramp: surge.quantity("ramp", Seconds::new),
    })
}

fn service(name: String, reader: &Reader<'_>) -> Service {
    Service {
        name,
        kind: match reader.text("kind").as_deref() {
            Some("worker") => ServiceKind::Worker,
            Some("event") => ServiceKind::Event,
            _ => ServiceKind::Http,
        },
        runs_on: runs_on(reader),
        protocol: match reader.text("protocol").as_deref() {
            Some("grpc") => Protocol::Grpc,
            Some("websocket") => Protocol::Websocket,
            _ => Protocol::Http,
        },
        public: reader.flag("public").unwrap_or(true),
        runtime: reader.text("runtime"),
        tier: reader
            .integer("tier")
            .and_then(|tier| u8::try_from(tier).ok()),
        share: reader.quantity("share", Ratio::new),
        cpu_per_request: reader.quantity("cpu_per_request", Seconds::new),
        duration: reader.quantity("duration", Seconds::new),
        cpu: reader.quantity("cpu", crate::units::Cores::new),
        memory: reader.quantity("memory", crate::units::Bytes::new),
        target_cpu: reader.quantity("target_cpu", Ratio::new),
        topic: reader.text("topic"),
        produces: reader.texts("produces"),
        jobs_per_request: reader.quantity("jobs_per_request", Ratio::new),
        job_duration: reader.quantity("job_duration", Seconds::new),
        message_size: reader.quantity("message_size", crate::units::Bytes::new),
        deadline: reader.quantity("deadline", Seconds::new),
        rate_limit: reader.quantity("rate_limit", crate::units::Rate::new),
        schedule: schedule(reader),
        events_per_day: reader.quantity("events_per_day", Count::new),
        object_size: reader.quantity("object_size", crate::units::Bytes::new),
        keyspaces: reader.get("keyspaces").map(|node| texts(Some(node))),
        cache: reader.flag("cache"),
        inference: reader.flag("inference").unwrap_or(false),
        calls: reader.texts("calls"),
        buckets: buckets(reader),
        secrets: reader.texts("secrets"),
        pool: reader.quantity("pool", Count::new),
    }
}

/// A cron expression alone is by the clock of UTC.
fn schedule(reader: &Reader<'_>) -> Option<Schedule> {
    let (cron, zone) = match reader.text("schedule") {
        Some(cron) => (cron, None),
        None => {
            let schedule = reader.child("schedule");
            (schedule.text("cron")?, schedule.text("time_zone"))
        }
    };
    Some(Schedule {
        cron: Cron::parse(&cron).ok()?,
        time_zone: zone.unwrap_or_else(|| "UTC".to_owned()),
    })
}

/// As stated; what takes uploaded objects reads the bucket that they arrive in.
fn buckets(reader: &Reader<'_>) -> Vec<Bucket> {
    let event = reader.text("kind").as_deref() == Some("event");
    let stated = match reader.get("buckets") {
        None if event => vec!["uploads".to_owned()],
        node => texts(node),
    };
    let of = |bucket: &&Bucket| stated.iter().any(|name| name == bucket.name());
    Bucket::ALL.iter().filter(of).copied().collect()
}

fn runs_on(reader: &Reader<'_>) -> Option<RunsOn> {
    Some(match reader.text("runs_on")?.as_str() {
        "containers" => RunsOn::Containers,
        "functions" => RunsOn::Functions,
        "fleet" => RunsOn::Fleet,
        _ => RunsOn::Pods,
    })
}

fn data(reader: &Reader<'_>) -> Data {
    let mysql = reader.text("engine").as_deref() == Some("mysql");
    let stated = reader.named("keyspaces");
    let shares: Vec<Option<f64>> = stated
        .iter()
        .map(|(_, reader)| Some(reader.reading("share")?.mid))
        .collect();
    let open = shares.iter().filter(|share| share.is_none()).count();
    let rest = (1.0 - shares.iter().flatten().sum::<f64>()).max(0.0);
    #[expect(clippy::cast_precision_loss, reason = "keyspaces are few")]
    let part = rest / open.max(1) as f64;
    let mut keyspaces: Vec<Keyspace> = stated
        .into_iter()
        .zip(shares)
        .map(|((name, reader), share)| keyspace(name, &reader, share.unwrap_or(part)))
        .collect();
    if keyspaces.is_empty() {
        keyspaces.push(main_keyspace());
    }
    Data {
        size: reader.quantity("size", crate::units::Bytes::new),
        growth: reader.quantity("growth", crate::units::BytesPerMonth::new),
        hot_share: reader.quantity("hot_share", Ratio::new),
        engine: if mysql {
            Engine::Mysql
        } else {
            Engine::Postgresql
        },
        keyspaces,
    }
}

/// What there is where no keyspace is stated.
fn main_keyspace() -> Keyspace {
    Keyspace {
        name: "main".to_owned(),
        tables: Vec::new(),
        key: "id".to_owned(),
        strategy: Strategy::Hash,
        hash_key: None,
        share: Ratio::new(1.0),
        shards: None,
        append_mostly: false,
    }
}

fn keyspace(name: String, reader: &Reader<'_>, share: f64) -> Keyspace {
    let strategy = match reader.text("strategy").as_deref() {
        Some("range") => Strategy::Range,
        Some("region") => Strategy::Region,
        Some("directory") => Strategy::Directory,
        Some("functional") => Strategy::Functional,
        _ => Strategy::Hash,
    };
    let key = match strategy {
        Strategy::Functional => String::new(),
        _ => reader.text("key").unwrap_or_else(|| "id".to_owned()),
    };
    Keyspace {
        name,
        tables: reader.texts("tables"),
        key,
        strategy,
        hash_key: reader.text("hash_key"),
        share: Ratio::new(share),
        shards: reader.integer("shards"),
        append_mostly: reader.flag("append_mostly").unwrap_or(false),
    }
}

fn cache(reader: &Reader<'_>) -> CacheSpec {
    CacheSpec {
        items: reader.quantity("items", Count::new),
        item_size: reader.quantity("item_size", crate::units::Bytes::new),
        session_ttl: reader.quantity("session_ttl", Seconds::new),
        session_size: reader.quantity("session_size", crate::units::Bytes::new),
        operations_per_request: reader.quantity("operations_per_request", Count::new),
    }
}

fn lake(reader: &Reader<'_>) -> Lake {
    Lake {
        ingest_per_day: reader.quantity("ingest_per_day", crate::units::Bytes::new),
        retention: reader.quantity("retention", Seconds::new),
        scanned_per_day: reader.quantity("scanned_per_day", crate::units::Bytes::new),
    }
}

fn documents(reader: &Reader<'_>) -> Documents {
    Documents {
        size: reader.quantity("size", crate::units::Bytes::new),
        item_size: reader.quantity("item_size", crate::units::Bytes::new),
        reads_per_request: reader.quantity("reads_per_request", Count::new),
        writes_per_request: reader.quantity("writes_per_request", Count::new),
    }
}

fn media(reader: &Reader<'_>) -> Media {
    Media {
        live_inputs: reader.quantity("live_inputs", Count::new),
        bitrate: reader.quantity("bitrate", crate::units::BitsPerSecond::new),
        chat_messages_per_viewer: reader
            .quantity("chat_messages_per_viewer", crate::units::Rate::new),
    }
}

fn inference(reader: &Reader<'_>) -> Option<Inference> {
    Some(Inference {
        parameters: reader.quantity("parameters", Count::new)?,
        bits: Count::new(f64::from(reader.integer("bits").unwrap_or(8))),
        tokens_per_job: reader
            .quantity("tokens_per_job", Count::new)
            .unwrap_or(Count::new(800.0)),
        gpu: reader.text("gpu").unwrap_or_else(|| "l4".to_owned()),
    })
}

fn objectives(reader: &Reader<'_>) -> Objectives {
    Objectives {
        latency_p99: reader.quantity("latency_p99", Seconds::new),
        latency_p95: reader.quantity("latency_p95", Seconds::new),
        availability: reader.quantity("availability", Ratio::new),
        error_rate: reader.quantity("error_rate", Ratio::new),
        cache_hit: reader.quantity("cache_hit", Ratio::new),
        cdn_hit: reader.quantity("cdn_hit", Ratio::new),
        rpo: reader.quantity("rpo", Seconds::new),
        rto: reader.quantity("rto", Seconds::new),
    }
}

/// A map of the tree below `environments`, `accounts` or `pins`.
fn below<'a>(
    section: &str,
    name: &str,
    node: &'a Node,
    intervals: &'a RefCell<Vec<Interval>>,
) -> Reader<'a> {
    let keys = match find(ROOT, section).map(|key| &key.kind) {
        Some(Kind::Names(_, Kind::Map(keys))) => *keys,
        _ => panic!("bug: {section} has no names"),
    };
    Reader {
        node: Some(node),
        keys,
        path: join(section, name),
        intervals,
    }
}

/// Reads `accounts.<env>`.
pub(crate) fn account(name: &str, node: &Node) -> Account {
    let intervals = RefCell::default();
    let reader = below("accounts", name, node, &intervals);
    Account {
        gcp_project: reader.text("gcp_project"),
        aws_account: reader.text("aws_account"),
        billing_account: reader.text("billing_account"),
        cloudflare_account: reader.text("cloudflare_account"),
        cloudflare_zone: reader.text("cloudflare_zone"),
        cloudflare_secrets_store: reader.text("cloudflare_secrets_store"),
        upstash_email: reader.text("upstash_email"),
        vercel_team: reader.text("vercel_team"),
        sentry_organization: reader.text("sentry_organization"),
        atlas_organization: reader.text("atlas_organization"),
        atlas_identity_provider: reader.text("atlas_identity_provider"),
        alert_email: reader.text("alert_email"),
        repository: reader.text("repository"),
        admin_cidrs: reader.texts("admin_cidrs"),
    }
}

/// Reads one pin, and the environments that it is meant for; none: all.
pub(crate) fn pin(name: &str, node: &Node) -> Option<(Pin, Vec<String>)> {
    let intervals = RefCell::default();
    let reader = below("pins", name, node, &intervals);
    let text = reader.get("value")?.text()?;
    let number = text
        .replace('_', "")
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite());
    let value = number.map_or_else(|| PinValue::Text(text.to_owned()), PinValue::Number);
    Some((
        Pin {
            value,
            written: text.to_owned(),
            reason: reader.text("reason")?,
        },
        reader.texts("env"),
    ))
}

/// Reads the scale of an environment; absent where it must be stated.
pub(crate) fn scale(name: &str, node: &Node) -> Option<Ratio> {
    let intervals = RefCell::default();
    let stated = below("environments", name, node, &intervals).quantity("scale", Ratio::new);
    let default = match name {
        "dev" => 0.01,
        "staging" => 0.1,
        "prod" => 1.0,
        _ => return stated,
    };
    Some(stated.unwrap_or(Ratio::new(default)))
}
