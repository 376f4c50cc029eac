//! What the user asked for, checked.
//!
//! Comes in: the text of a blueprint. Goes out: a [`Blueprint`] that cannot be wrong, or every problem of the file at
//! once. `None` means "not stated": the default, and its grade, belong to the stage that uses the value.
//!
//! ```text
//! node      text -> tree in which every value knows its place; hostile files end here
//! layers    the architecture's defaults < what is extended < the file < flags, merged
//! check     one layer against the format: keys, shapes, units, bounds, texts
//! extract   merged tree -> typed values            both follow `format`, as do `schema` and the reference
//! validate  what several values make together
//! assemble  environments, accounts, pins, places, digest
//! ```

pub mod edit;
pub mod problem;

mod assemble;
mod check;
mod choice;
mod documents;
mod extract;
mod format;
mod layers;
mod node;
mod quantity;
mod schedule;
mod schema;
mod text;
mod validate;

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

pub use choice::Choice;
pub use documents::Documents;
pub use problem::{
    DEFAULT_WIDTH, Failure, Problem, Severity, Sources, Span, Style, render, to_json,
};
pub use schedule::{Cron, Schedule};
pub use schema::{paths, reference, schema};

use crate::component::Component;
use crate::units::{
    BitsPerSecond, Bytes, BytesPerMonth, Cores, Count, Factor, Growth, Months, Rate, Ratio,
    Seconds, UsdPerMonth,
};

/// A cloud that output can be written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cloud {
    /// Amazon Web Services.
    Aws,
    /// Google Cloud.
    Gcp,
}

impl Cloud {
    /// As a blueprint has it: `aws` or `gcp`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Gcp => "gcp",
        }
    }
}

/// Reads a blueprint with what it extends, lays it over the defaults of its architecture and under the flags.
///
/// `sets` are flags such as `users.monthly_active=3M`; `fragment` gives the defaults of an architecture as YAML, or `None`
/// for an architecture that there is not. Returns the blueprint and its warnings.
///
/// # Errors
/// With every problem of the blueprint, or the one reason why it cannot be read.
pub fn load<'f>(
    path: &Path,
    sets: &[String],
    fragment: &dyn Fn(&str) -> Option<&'f str>,
) -> Result<(Blueprint, Vec<Problem>), Failure> {
    layers::Layers::load(path).and_then(|layers| assemble::assemble(layers, sets, fragment))
}

/// Reads a blueprint from a text, as if it stood in the file of this name.
///
/// # Errors
/// With every problem of the blueprint.
pub fn parse<'f>(
    text: &str,
    file_name: &str,
    sets: &[String],
    fragment: &dyn Fn(&str) -> Option<&'f str>,
) -> Result<(Blueprint, Vec<Problem>), Failure> {
    assemble::assemble(
        layers::Layers::parse(text.to_owned(), Path::new(file_name)),
        sets,
        fragment,
    )
}

/// A whole blueprint: what is common, and one resolved [`Spec`] for each environment.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// RFC 1035 label of at most 20 characters; begins the name of every resource.
    pub name: String,
    /// Id of a reference architecture.
    pub architecture: String,
    /// In the order written; never empty.
    pub clouds: Vec<Cloud>,
    /// Smallest scale first; the last is the primary one.
    pub environments: Vec<Environment>,
    /// SHA-256 of the resolved blueprint, in hexadecimal: changes when, and only when, the meaning does.
    pub digest: String,
    /// The texts it was read from, and where each value stands in them.
    pub(crate) map: SourceMap,
}

/// Where the values of a blueprint stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceMap {
    sources: Sources,
    places: validate::Places,
}

impl Blueprint {
    /// Points problems that a later stage found (a region that the cloud does not have) into the files.
    pub fn locate(&self, problems: Vec<Problem>) -> Vec<Problem> {
        problems
            .into_iter()
            .map(|problem| assemble::located(problem, &self.map.places))
            .collect()
    }

    /// The same, as the end of the run.
    pub fn failure(&self, problems: Vec<Problem>) -> Failure {
        Failure {
            problems: self.locate(problems),
            sources: self.map.sources.clone(),
        }
    }

    /// The texts that located problems point into.
    pub fn sources(&self) -> &Sources {
        &self.map.sources
    }

    /// The environment of this name.
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments
            .iter()
            .find(|environment| environment.name == name)
    }

    /// The environment that serves users: the largest.
    pub fn primary(&self) -> &Environment {
        self.environments
            .last()
            .expect("a blueprint without environments is refused")
    }
}

/// One environment, with its overrides applied.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Environment {
    /// `dev`, `staging`, `prod` or the user's own label.
    pub name: String,
    /// Share of the users, data and budget; above 0, at most 1.
    pub scale: Ratio,
    /// Share of the load that this side of a project on several clouds carries; 1 on one cloud. Follows from the rest.
    #[serde(skip)]
    pub share: Ratio,
    /// The blueprint as this environment has it. Users, data and budget are *not* scaled yet.
    pub spec: Spec,
}

/// The blueprint as one environment has it. Every field mirrors the key of the same name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Spec {
    /// Host name that users reach.
    pub domain: Option<String>,
    /// Regions by cloud, primary first. Absent: the cloud's default.
    pub regions: BTreeMap<Cloud, Vec<String>>,
    /// How many people, where, and how their number grows.
    pub users: Users,
    /// What they do.
    pub traffic: Traffic,
    /// Workloads, in the order written (the architecture's own first).
    pub services: Vec<Service>,
    /// What is stored in the relational database.
    pub data: Data,
    /// What the cache holds.
    pub cache: CacheSpec,
    /// Live media.
    pub media: Media,
    /// What the data lake takes in.
    pub lake: Lake,
    /// What the document database holds.
    pub documents: Documents,
    /// The model that inference workers run.
    pub inference: Option<Inference>,
    /// What must hold.
    pub objectives: Objectives,
    /// Choices of `platform:`, by key; only words that the format knows.
    pub platform: BTreeMap<String, Choice>,
    /// Share of spot capacity (`platform.spot`).
    pub spot: Option<Ratio>,
    /// What only the owner knows, for this environment (`accounts.<env>`).
    pub account: Account,
    /// Resources to adopt instead of creating: `network`, `cluster`, `dns_zone`.
    pub existing: BTreeMap<String, String>,
    /// Tags or labels for everything.
    pub tags: BTreeMap<String, String>,
    /// Monthly budget of the full scale.
    pub budget: Option<UsdPerMonth>,
    /// Decisions over computed quantities, by quantity name; already filtered to this environment.
    pub pins: BTreeMap<String, Pin>,
    /// Where each stated value stands: path such as `users.monthly_active` to line and column (1-based).
    #[serde(skip)]
    pub positions: BTreeMap<String, Position>,
    /// The stated intervals by path; the fields above hold the middle. In the order of the format, whatever the order
    /// in the file, so that one meaning has one sizing.
    pub intervals: Vec<Interval>,
}

/// Line and column of a value, both from 1, in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// File as the user named it.
    pub file: String,
    /// Line from 1.
    pub line: usize,
    /// Column from 1.
    pub column: usize,
}

/// An uncertain value: 5th, 50th and 95th percentile in the base unit of its key; of a growth, the rates per its period.
///
/// Where a blueprint states two ends alone, the middle is that of the model's distribution (10.1): the geometric mean, for
/// shares on the logit scale, for growth of the factor 1 + rate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Path of the key.
    pub path: String,
    /// 5th percentile.
    pub low: f64,
    /// Median.
    pub mid: f64,
    /// 95th percentile.
    pub high: f64,
}

/// `users:`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Users {
    /// Active in a month.
    pub monthly_active: Option<Count>,
    /// Active on a day.
    pub daily_active: Option<Count>,
    /// Online at the peak itself.
    pub peak_concurrent: Option<Count>,
    /// Compound growth of the number of users.
    pub growth: Option<Growth>,
    /// Where growth stops.
    pub growth_limit: Option<Factor>,
    /// How far ahead to size.
    pub horizon: Option<Months>,
    /// Share by continent (`north-america`, `europe`, `asia`, `south-america`, `africa`, `oceania`); empty or adding up to 1.
    pub locations: BTreeMap<String, Ratio>,
}

/// `traffic.shape`
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// All hours alike.
    Steady,
    /// Consumers of one region.
    Diurnal,
    /// Office hours.
    BusinessHours,
    /// Consumers around the world.
    Global,
    /// A flash crowd once a week.
    Spiky,
    /// A scheduled event on Saturday evening.
    LiveEvent,
    /// Four hours at night.
    Batch,
    /// The user's own: 24 or 168 numbers, Monday first.
    Hours(Vec<f64>),
}

/// `traffic.surge`
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Surge {
    /// Over the daily peak; above 1.
    pub factor: Factor,
    /// Time from the peak to the surge.
    pub ramp: Option<Seconds>,
}

/// `traffic:`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Traffic {
    /// How load spreads over the week.
    pub shape: Option<Shape>,
    /// Edge requests a daily user makes a day.
    pub requests_per_daily_user: Option<Count>,
    /// Edge requests a second of the whole system, at the peak itself.
    pub requests_per_second: Option<Rate>,
    /// Edge requests a day of the whole system.
    pub requests_per_day: Option<Count>,
    /// Of edge requests, what the CDN may answer.
    pub static_share: Option<Ratio>,
    /// Reads among dynamic requests.
    pub read_share: Option<Ratio>,
    /// Mean size of a dynamic response.
    pub response_dynamic: Option<Bytes>,
    /// Mean size of a static response.
    pub response_static: Option<Bytes>,
    /// A surge over the daily peak.
    pub surge: Option<Surge>,
}

/// What drives a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceKind {
    /// Answers requests.
    Http,
    /// Takes jobs from a topic.
    Worker,
    /// Takes objects as they are uploaded.
    Event,
}

impl ServiceKind {
    /// As a blueprint has it: `http`, `worker` or `event`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Worker => "worker",
            Self::Event => "event",
        }
    }
}

/// What runs a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunsOn {
    /// Pods of a Kubernetes cluster.
    Pods,
    /// Managed containers: ECS on Fargate, Cloud Run services.
    Containers,
    /// Functions: Lambda, Cloud Run functions.
    Functions,
    /// Machines of a fleet of their own.
    Fleet,
}

impl RunsOn {
    /// All of them, each with the component that an architecture has for it.
    pub const ALL: &[(Self, Component)] = &[
        (Self::Pods, Component::Workloads),
        (Self::Containers, Component::Containers),
        (Self::Functions, Component::Functions),
        (Self::Fleet, Component::Fleet),
    ];

    /// What runs a service that states nothing: what an architecture of these components has first.
    pub fn first(components: &[Component]) -> Self {
        let of = |component: &Component| {
            Self::ALL
                .iter()
                .find(|(_, with)| with == component)
                .map(|(what, _)| *what)
        };
        components.iter().find_map(of).unwrap_or(Self::Pods)
    }

    /// The component that an architecture has for it.
    pub fn component(self) -> Component {
        let of = |(what, _): &&(Self, Component)| *what == self;
        Self::ALL
            .iter()
            .find(of)
            .map_or(Component::Workloads, |(_, component)| *component)
    }

    /// As a blueprint has it: `pods`, `containers`, `functions` or `fleet`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pods => "pods",
            Self::Containers => "containers",
            Self::Functions => "functions",
            Self::Fleet => "fleet",
        }
    }
}

/// What a service speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// HTTP.
    #[default]
    Http,
    /// gRPC over HTTP/2.
    Grpc,
    /// Connections that stay open, both ways.
    Websocket,
}

/// What the objects of a bucket are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bucket {
    /// What the CDN serves: names carry a hash of the content, or media under their names.
    Assets,
    /// What users hand in; nobody is served from it.
    Uploads,
    /// Segments and playlists of live media.
    Segments,
}

impl Bucket {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Assets, Self::Uploads, Self::Segments];

    /// As a blueprint has it: `assets`, `uploads` or `segments`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Assets => "assets",
            Self::Uploads => "uploads",
            Self::Segments => "segments",
        }
    }

    /// Whether the CDN reads it.
    pub fn is_delivered(self) -> bool {
        self != Self::Uploads
    }
}

/// `services[]`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Service {
    /// RFC 1035 label, unique, at most 18 characters.
    pub name: String,
    /// What drives it.
    pub kind: ServiceKind,
    /// What runs it; `None`: what the architecture has first.
    pub runs_on: Option<RunsOn>,
    /// What it speaks (HTTP).
    pub protocol: Protocol,
    /// Whether users reach it (HTTP).
    pub public: bool,
    /// `python`, `ruby`, `php`, `node`, `java`, `dotnet`, `go`, `rust`.
    pub runtime: Option<String>,
    /// 0 (most important) to 3.
    pub tier: Option<u8>,
    /// Share of dynamic requests that reach it (HTTP).
    pub share: Option<Ratio>,
    /// CPU time of one request on the reference vCPU (HTTP).
    pub cpu_per_request: Option<Seconds>,
    /// Wall-clock time of one request (functions).
    pub duration: Option<Seconds>,
    /// CPU request of one pod.
    pub cpu: Option<Cores>,
    /// Memory request and limit of one pod.
    pub memory: Option<Bytes>,
    /// Target utilisation.
    pub target_cpu: Option<Ratio>,
    /// Topic it takes from (worker).
    pub topic: Option<String>,
    /// Topics it writes to.
    pub produces: Vec<String>,
    /// Jobs for each dynamic request (worker).
    pub jobs_per_request: Option<Ratio>,
    /// Time one job takes one worker (worker).
    pub job_duration: Option<Seconds>,
    /// Size of a message (worker).
    pub message_size: Option<Bytes>,
    /// Until when a job must be done (worker).
    pub deadline: Option<Seconds>,
    /// Most jobs a second that what it calls takes (worker, event).
    pub rate_limit: Option<crate::units::Rate>,
    /// When jobs come by the clock (worker).
    pub schedule: Option<Schedule>,
    /// Objects uploaded a day (event).
    pub events_per_day: Option<Count>,
    /// Mean size of an object that it puts into a bucket or takes from one.
    pub object_size: Option<Bytes>,
    /// Keyspaces it reaches; `None`: all.
    pub keyspaces: Option<Vec<String>>,
    /// Whether it uses the cache; `None`: HTTP services do.
    pub cache: Option<bool>,
    /// Whether it runs the model of `inference`.
    pub inference: bool,
    /// Services that it calls inside the cluster.
    pub calls: Vec<String>,
    /// Buckets whose objects it reads and writes.
    pub buckets: Vec<Bucket>,
    /// Names of the secrets it reads.
    pub secrets: Vec<String>,
    /// Database connections of one pod to one node.
    pub pool: Option<Count>,
}

/// `data.engine`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// PostgreSQL.
    #[default]
    Postgresql,
    /// MySQL.
    Mysql,
}

/// `data:`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Data {
    /// Bytes today.
    pub size: Option<Bytes>,
    /// Linear growth; absent: in proportion to users.
    pub growth: Option<BytesPerMonth>,
    /// Share that is hot.
    pub hot_share: Option<Ratio>,
    /// Database engine.
    pub engine: Engine,
    /// How data splits; never empty (the default is one, `main`, by hash of `id`).
    pub keyspaces: Vec<Keyspace>,
}

/// `data.keyspaces[].strategy`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// Even spread by id.
    Hash,
    /// Sorted ranges of an ordered id.
    Range,
    /// Near its users.
    Region,
    /// An explicit map, hash for the rest.
    Directory,
    /// One database for the domain; no key.
    Functional,
}

/// `data.keyspaces[]`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Keyspace {
    /// RFC 1035 label, unique, at most 12 characters.
    pub name: String,
    /// Tables that share the key; SQL identifiers.
    pub tables: Vec<String>,
    /// Column; empty for `functional`.
    pub key: String,
    /// How rows find their shard.
    pub strategy: Strategy,
    /// Column that spreads a region over its shards (`region`).
    pub hash_key: Option<String>,
    /// Share of the bytes; all shares add up to 1 (those left open have an equal part of the rest).
    pub share: Ratio,
    /// A stated number of shards; `None` for `auto`.
    pub shards: Option<u32>,
    /// Only ever appended to, so that its last 90 days are the working set.
    pub append_mostly: bool,
}

/// `cache:`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CacheSpec {
    /// Distinct items.
    pub items: Option<Count>,
    /// Mean size of an item.
    pub item_size: Option<Bytes>,
    /// How long a session lives after its last use; stated, the cache is where sessions are.
    pub session_ttl: Option<Seconds>,
    /// Size of one session.
    pub session_size: Option<Bytes>,
    /// Cache operations of one dynamic request.
    pub operations_per_request: Option<Count>,
}

/// `lake:`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Lake {
    /// Bytes that arrive in a day, before compression.
    pub ingest_per_day: Option<Bytes>,
    /// How long raw objects are kept.
    pub retention: Option<Seconds>,
    /// Bytes that queries would read in a day without partitions.
    pub scanned_per_day: Option<Bytes>,
}

/// `media:`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Media {
    /// Concurrent live inputs.
    pub live_inputs: Option<Count>,
    /// Mean bitrate of a viewer.
    pub bitrate: Option<BitsPerSecond>,
    /// Chat messages a viewer sends.
    pub chat_messages_per_viewer: Option<Rate>,
}

/// `inference:`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inference {
    /// Parameters of the model.
    pub parameters: Count,
    /// Bits of a weight.
    pub bits: Count,
    /// Output tokens of a job.
    pub tokens_per_job: Count,
    /// Accelerator: `l4`, `a10g`, `l40s`, `a100-40`, `a100-80`, `h100`.
    pub gpu: String,
}

/// `objectives:`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Objectives {
    /// 99th percentile of response time.
    pub latency_p99: Option<Seconds>,
    /// 95th percentile of response time.
    pub latency_p95: Option<Seconds>,
    /// Share of successful time.
    pub availability: Option<Ratio>,
    /// Share of failed requests.
    pub error_rate: Option<Ratio>,
    /// Cache hit ratio.
    pub cache_hit: Option<Ratio>,
    /// CDN hit ratio of static requests.
    pub cdn_hit: Option<Ratio>,
    /// How much data may be lost.
    pub rpo: Option<Seconds>,
    /// How long recovery may take.
    pub rto: Option<Seconds>,
}

/// `accounts.<env>`; what is missing becomes a value marked `# fill in`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Account {
    /// Google Cloud project id.
    pub gcp_project: Option<String>,
    /// AWS account, 12 digits.
    pub aws_account: Option<String>,
    /// Google Cloud billing account.
    pub billing_account: Option<String>,
    /// Cloudflare account id.
    pub cloudflare_account: Option<String>,
    /// Cloudflare zone id.
    pub cloudflare_zone: Option<String>,
    /// Cloudflare secrets store.
    pub cloudflare_secrets_store: Option<String>,
    /// Login of the Upstash account.
    pub upstash_email: Option<String>,
    /// Vercel team.
    pub vercel_team: Option<String>,
    /// Sentry organization.
    pub sentry_organization: Option<String>,
    /// MongoDB Atlas organization.
    pub atlas_organization: Option<String>,
    /// Workload identity provider of that organization.
    pub atlas_identity_provider: Option<String>,
    /// Who is told of alerts.
    pub alert_email: Option<String>,
    /// `owner/name` of the repository that may release.
    pub repository: Option<String>,
    /// Networks that may reach the control plane.
    pub admin_cidrs: Vec<String>,
}

/// A person's decision over a computed quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pin {
    /// The value as written: a number in the quantity's own unit, or a text.
    pub value: PinValue,
    /// The same letter by letter: `32` may be a class's name, and `1.30` a version.
    #[serde(skip)]
    pub written: String,
    /// Why.
    pub reason: String,
}

/// The value of a [`Pin`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum PinValue {
    /// A number in the unit of the quantity.
    Number(f64),
    /// A name, for example of an instance type.
    Text(String),
}
