//! The table of keys: every key of a blueprint with its kind, bounds, default and meaning.

use super::{
    Bound::{self, Excluding, Including},
    Dimension, Key, Kind, Quantity,
};
use crate::{
    blueprint::text::Text,
    units::{
        BitsPerSecond, Bytes, BytesPerMonth, Cores, Count, Factor, Grammar, Months, Rate, Ratio,
        Seconds, UsdPerMonth,
    },
};

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, doc, default: "", required: false, replaced_by: None }
}

impl Key {
    const fn or(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

const fn replaced(name: &'static str, kind: Kind, by: &'static str) -> Key {
    Key { name, kind, doc: "Replaced", default: "", required: false, replaced_by: Some(by) }
}

const fn quantity(grammar: &'static Grammar, low: Bound, high: Bound) -> Kind {
    Kind::Quantity(Quantity { dimension: Dimension::Plain(grammar), low, high })
}

const fn share(low: Bound, high: Bound) -> Kind {
    Kind::Quantity(Quantity { dimension: Dimension::Share(Ratio::GRAMMAR), low, high })
}

const fn count(low: Bound, high: f64) -> Kind {
    quantity(Count::GRAMMAR, low, Including(high))
}

const fn seconds(low: Bound, high: f64) -> Kind {
    quantity(Seconds::GRAMMAR, low, Including(high))
}

const fn bytes(low: f64, high: f64) -> Kind {
    quantity(Bytes::GRAMMAR, Including(low), Including(high))
}

const fn growth() -> Kind {
    Kind::Quantity(Quantity { dimension: Dimension::Growth, low: Excluding(-1.0), high: Including(1000.0) })
}

const ZERO: Bound = Excluding(0.0);
const NONE: Bound = Including(0.0);
const ONE: Bound = Including(1.0);
const KIB: f64 = 1024.0;
const MIB: f64 = KIB * KIB;
const GIB: f64 = KIB * MIB;
/// More than ten times the people on Earth: devices count as users too.
const USERS: f64 = 1e11;
/// Below 10^15, the limit of a count.
const COUNTS: f64 = 999e12;
const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;

/// Keys at the top of a blueprint.
pub(crate) static ROOT: &[Key] = &[
    key("version", Kind::Integer { words: &[], low: 1, high: u32::MAX }, "Version of the format; this loadpath reads 1").required(),
    key("extends", Kind::Text(Text::Path), "Another blueprint, relative to this one, whose values hold where this one states none"),
    key("name", Kind::Text(Text::Project), "RFC 1035 label of at most 20 characters; begins the name of every resource").required(),
    key("architecture", Kind::Text(Text::Word), "Id of a reference architecture: `loadpath architectures` lists them").required(),
    key("cloud", Kind::OneOf(&[CLOUD, Kind::List(&CLOUD)]), "Where to run: one cloud, or both").or("the architecture's own"),
    key("region", Kind::OneOf(&[REGION, Kind::List(&REGION), Kind::Map(REGIONS)]), "Region, or a list with the primary first, or either for each cloud")
        .or("us-east-1 on aws, us-central1 on gcp"),
    key("domain", Kind::Text(Text::Domain), "Host name that users reach; without it no certificate, DNS record or CDN host name is emitted"),
    key("users", Kind::Map(USERS_KEYS), "How many people, where, and how their number grows"),
    key("traffic", Kind::Map(TRAFFIC), "What they do"),
    key("services", Kind::Named(SERVICE), "Workloads; merged by name with the architecture's own").or("the architecture's own"),
    key("data", Kind::Map(DATA), "What the relational database stores"),
    key("cache", Kind::Map(CACHE), "What the cache holds"),
    key("media", Kind::Map(MEDIA), "Live media; viewers are users.peak_concurrent"),
    key("lake", Kind::Map(LAKE), "What the data lake takes in"),
    key("documents", Kind::Map(DOCUMENTS), "What the document database holds"),
    key("inference", Kind::Map(INFERENCE), "The model that inference workers run"),
    key("objectives", Kind::Map(OBJECTIVES), "What must hold"),
    key("environments", Kind::Names(Text::Environment, &Kind::Map(ENVIRONMENT)), "Environments by name").or("dev 1 %, staging 10 %, prod 100 %"),
    key("accounts", Kind::Names(Text::Environment, &Kind::Map(ACCOUNT)), "What only the owner knows, by environment; what is missing is marked `# fill in`"),
    key("platform", Kind::Map(PLATFORM), "Choices, each a word or a word for each cloud; each architecture lists its legal values and default"),
    key("existing", Kind::Map(EXISTING), "Resources to adopt instead of creating"),
    key("tags", Kind::Names(Text::TagKey, &Kind::Text(Text::TagValue)), "Tags or labels for everything"),
    key("budget", BUDGET, "Monthly budget at full scale; exceeding it is a warning, and exit 4 of `check`"),
    key("pins", Kind::Names(Text::Quantity, &Kind::Map(PIN)), "A person's decision over a computed quantity, by the quantity's name"),
];

/// What an environment may have otherwise. Structure is the same in all: neither choices nor names differ.
static OVERRIDE: &[Key] = &[
    key("region", Kind::OneOf(&[REGION, Kind::List(&REGION), Kind::Map(REGIONS)]), "Region of this environment"),
    key("domain", Kind::Text(Text::Domain), "Host name of this environment"),
    key("users", Kind::Map(USERS_KEYS), "How many people, before the scale is applied"),
    key("traffic", Kind::Map(TRAFFIC), "What they do"),
    key("services", Kind::Named(SERVICE), "Sizes of services, by name"),
    key("data", Kind::Map(DATA), "What the relational database stores, before the scale is applied"),
    key("cache", Kind::Map(CACHE), "What the cache holds"),
    key("media", Kind::Map(MEDIA), "Live media"),
    key("lake", Kind::Map(LAKE), "What the data lake takes in"),
    key("documents", Kind::Map(DOCUMENTS), "What the document database holds"),
    key("inference", Kind::Map(INFERENCE), "The model that inference workers run"),
    key("objectives", Kind::Map(OBJECTIVES), "What must hold"),
    key("platform", Kind::Map(&[key("spot", share(NONE, ONE), "Share of what may be interrupted")]), "Share of spot capacity; choices are the same in all environments"),
    key("existing", Kind::Map(EXISTING), "Resources to adopt instead of creating"),
    key("tags", Kind::Names(Text::TagKey, &Kind::Text(Text::TagValue)), "Further tags"),
    key("budget", BUDGET, "Monthly budget, before the scale is applied"),
];

const CLOUD: Kind = Kind::Choice(&["aws", "gcp"]);
const REGION: Kind = Kind::Text(Text::Region);
const REGION_S: Kind = Kind::OneOf(&[REGION, Kind::List(&REGION)]);
const BUDGET: Kind = quantity(UsdPerMonth::GRAMMAR, ZERO, Including(1e12));

static REGIONS: &[Key] = &[key("aws", REGION_S, "Regions on AWS"), key("gcp", REGION_S, "Regions on Google Cloud")];

static USERS_KEYS: &[Key] = &[
    key("monthly_active", count(ZERO, USERS), "Active in a month"),
    key("daily_active", count(ZERO, USERS), "Active on a day").or("20 % of monthly_active"),
    key("peak_concurrent", count(ZERO, USERS), "Online at the peak itself"),
    key("growth", growth(), "Compound growth of the number of users; +300 %/quarter is times 4 a quarter").or("0 %/month"),
    key("growth_limit", quantity(Factor::GRAMMAR, ONE, Including(1e6)), "Where growth stops, as a multiple of today").or("10x"),
    replaced("growth_cap", quantity(Factor::GRAMMAR, ONE, Including(1e6)), "growth_limit"),
    key("horizon", quantity(Months::GRAMMAR, ONE, Including(120.0)), "How far ahead to size").or("12 months"),
    key("locations", Kind::Map(LOCATIONS), "Share of users by continent; all shares add up to 100 %"),
];

const LOCATION: Kind = share(NONE, ONE);

static LOCATIONS: &[Key] = &[
    key("north-america", LOCATION, "Share in North America"),
    key("south-america", LOCATION, "Share in South America"),
    key("europe", LOCATION, "Share in Europe"),
    key("africa", LOCATION, "Share in Africa"),
    key("asia", LOCATION, "Share in Asia"),
    key("oceania", LOCATION, "Share in Oceania"),
];

static RATE_OR_NUMBER: Grammar = Rate::GRAMMAR.with_bare();

static TRAFFIC: &[Key] = &[
    key(
        "shape",
        Kind::OneOf(&[
            Kind::Choice(&["steady", "diurnal", "business-hours", "global", "spiky", "live-event", "batch"]),
            Kind::Map(&[key("hours", Kind::List(&HOURS), "24 or 168 relative loads, Monday first").required()]),
        ]),
        "How load spreads over the week",
    )
    .or("diurnal"),
    key("requests_per_daily_user", count(ZERO, 1e6), "Requests that a daily user sends to the edge in a day").or("240"),
    key("requests_per_second", quantity(&RATE_OR_NUMBER, ZERO, Including(1e9)), "Edge requests of the whole system at the peak itself"),
    key("requests_per_day", count(ZERO, 1e14), "Edge requests of the whole system in a day"),
    key("static_share", share(NONE, Excluding(1.0)), "Of edge requests, what the CDN may answer").or("70 %"),
    key("read_share", share(NONE, ONE), "Reads among dynamic requests"),
    replaced("read_ratio", share(NONE, ONE), "read_share"),
    key("response_size", Kind::Map(RESPONSE_SIZE), "Mean size of responses"),
    key("surge", Kind::OneOf(&[SURGE_FACTOR, Kind::Map(SURGE)]), "A surge over the daily peak; `surge: 10x` for short"),
];

const HOURS: Kind = quantity(Count::GRAMMAR, NONE, Including(COUNTS));
const SURGE_FACTOR: Kind = quantity(Factor::GRAMMAR, Excluding(1.0), Including(10_000.0));

static RESPONSE_SIZE: &[Key] = &[
    key("dynamic", bytes(1.0, 1e9), "Of what the services answer"),
    key("static", bytes(1.0, 1e9), "Of what the CDN may answer"),
];

static SURGE: &[Key] = &[
    key("factor", SURGE_FACTOR, "Over the daily peak").required(),
    key("ramp", seconds(ZERO, DAY), "Time from the peak to the surge").or("10 min"),
];

static SERVICE: &[Key] = &[
    key("name", Kind::Text(Text::Service), "RFC 1035 label of at most 18 characters").required(),
    key("kind", Kind::Choice(&["http", "worker", "event"]), "Whether it answers requests, takes jobs from a topic, or objects as they are uploaded").or("http"),
    key("runs_on", Kind::Choice(&["pods", "containers", "functions", "fleet"]), "What runs it; each architecture has some of these").or("the architecture's first"),
    key("protocol", Kind::Choice(&["http", "grpc", "websocket"]), "What it speaks (http); over websocket everybody online keeps a connection").or("http"),
    key("public", Kind::Flag, "Whether users reach it; others are reached from services alone (http)").or("true"),
    key("runtime", Kind::Choice(&["python", "ruby", "php", "node", "java", "dotnet", "go", "rust"]), "What it is written in; decides the default CPU time").or("python"),
    key("tier", Kind::Integer { words: &[], low: 0, high: 3 }, "Importance, 0 the highest").or("1"),
    key("share", share(ZERO, ONE), "Share of dynamic requests that reach it (http)").or("100 %"),
    key("cpu_per_request", seconds(ZERO, 600.0), "CPU time of one request on the reference vCPU (http)").or("by runtime"),
    key("duration", seconds(ZERO, 900.0), "Wall-clock time of one request (functions)").or("cpu_per_request and what it waits for"),
    key("cpu", quantity(Cores::GRAMMAR, Including(0.01), Including(128.0)), "CPU request of one pod").or("1"),
    key("memory", bytes(16.0 * MIB, 4096.0 * GIB), "Memory request and limit of one pod"),
    key("target_cpu", share(Including(0.1), Including(0.95)), "Target utilisation").or("70 %"),
    key("topic", Kind::Text(Text::Topic), "Topic it takes jobs from (worker)"),
    key("produces", Kind::List(&Kind::Text(Text::Topic)), "Topics it writes to"),
    key("jobs_per_request", quantity(Ratio::GRAMMAR, ZERO, Including(1e6)), "Jobs for each dynamic request (worker)"),
    key("job_duration", seconds(ZERO, 7.0 * DAY), "Time that one job takes one worker (worker, event)"),
    key("message_size", bytes(1.0, 64.0 * MIB), "Size of a message (worker)"),
    key("deadline", seconds(ZERO, 30.0 * DAY), "Until when a job must be done (worker, event)"),
    key("rate_limit", quantity(Rate::GRAMMAR, Including(0.002), Including(1e6)), "Most jobs a second: what something that it calls takes of it (worker, event)"),
    key("schedule", Kind::OneOf(&[CRON, Kind::Map(SCHEDULE)]), "When a job comes by the clock (worker); `schedule: 0 3 * * *` for short, by UTC"),
    key("events_per_day", count(ZERO, 1e12), "Objects uploaded a day (event)"),
    key("object_size", bytes(1.0, 5e12), "Mean size of an object that it puts into a bucket or takes from one"),
    key("keyspaces", Kind::List(&Kind::Text(Text::Keyspace)), "Keyspaces it reaches").or("all"),
    key("cache", Kind::Flag, "Whether it uses the cache").or("true for http"),
    key("inference", Kind::Flag, "Whether it runs the model of `inference` (worker)").or("false"),
    key("calls", Kind::List(&Kind::Text(Text::Service)), "Services that it calls inside the cluster"),
    key("buckets", Kind::List(&Kind::Choice(&["assets", "uploads", "segments"])), "Buckets whose objects it reads and writes").or("uploads for event"),
    key("secrets", Kind::List(&Kind::Text(Text::Secret)), "Names of the secrets it reads"),
    key("pool", count(ONE, 1000.0), "Database connections of one pod to one node"),
];

const CRON: Kind = Kind::Text(Text::Cron);

static SCHEDULE: &[Key] = &[
    key("cron", CRON, "Minute, hour, day of the month, month, day of the week").required(),
    key("time_zone", Kind::Text(Text::TimeZone), "By whose clock, such as Europe/Berlin").or("UTC"),
];

static DATA: &[Key] = &[
    key("size", bytes(1.0, 1e18), "Bytes today"),
    key("growth", quantity(BytesPerMonth::GRAMMAR, NONE, Including(1e18)), "Linear growth").or("in proportion to users"),
    key("hot_share", share(ZERO, ONE), "Share that is hot").or("10 %"),
    key("engine", Kind::Choice(&["postgresql", "mysql"]), "Database engine").or("postgresql"),
    key("keyspaces", Kind::Named(KEYSPACE), "How data splits if it must; each keyspace has its own shards").or("one, `main`, by hash of `id`"),
];

static KEYSPACE: &[Key] = &[
    key("name", Kind::Text(Text::Keyspace), "RFC 1035 label of at most 12 characters").required(),
    key("tables", Kind::List(&Kind::Text(Text::Sql)), "Tables that share the key"),
    key("key", Kind::Text(Text::Sql), "Column that rows are divided by; none for functional").or("id"),
    key("strategy", Kind::Choice(&["hash", "range", "region", "directory", "functional"]), "How rows find their shard").or("hash"),
    key("hash_key", Kind::Text(Text::Sql), "Column that spreads a region over its shards (region)"),
    key("share", share(ZERO, ONE), "Share of the bytes; all shares add up to 100 %").or("an equal part of what others leave"),
    key("shards", Kind::Integer { words: &["auto"], low: 1, high: 1024 }, "Number of shards").or("auto"),
    key("append_mostly", Kind::Flag, "Whether rows are hardly ever changed, so that the last 90 days are the working set").or("false"),
];

static CACHE: &[Key] = &[
    key("items", count(ZERO, COUNTS), "Distinct items"),
    key("item_size", bytes(1.0, 512.0 * MIB), "Mean size of an item"),
    key("session_ttl", seconds(Including(60.0), 90.0 * DAY), "How long a session lives after its last use; stated, the cache is where sessions are"),
    key("session_size", bytes(1.0, MIB), "Size of one session").or("2 kB"),
    key("operations_per_request", count(ZERO, 1e4), "Cache operations of one dynamic request").or("one a read of the database"),
];

static MEDIA: &[Key] = &[
    key("live_inputs", count(ZERO, 1e9), "Concurrent live inputs"),
    key("bitrate", quantity(BitsPerSecond::GRAMMAR, ZERO, Including(1e12)), "Mean bit rate of a viewer"),
    key("chat_messages_per_viewer", quantity(Rate::GRAMMAR, NONE, Including(1e6)), "Chat messages that a viewer sends"),
];

static LAKE: &[Key] = &[
    key("ingest_per_day", bytes(1.0, 1e18), "Bytes that arrive in a day, before compression").or("what events bring"),
    key("retention", seconds(Including(DAY), 3650.0 * DAY), "How long raw objects are kept").or("365 days"),
    key("scanned_per_day", bytes(1.0, 1e18), "Bytes that queries would read in a day without partitions").or("what arrives in a day"),
];

static DOCUMENTS: &[Key] = &[
    key("size", bytes(1.0, 1e18), "Bytes of all documents today, before compression").or("as many as the relational database"),
    key("item_size", bytes(1.0, 16.0 * MIB), "Mean size of a document").or("8 kB"),
    key("reads_per_request", count(NONE, 1e4), "Documents that a dynamic request reads, those in the cache included").or("1"),
    key("writes_per_request", count(NONE, 1e4), "Documents that a dynamic request writes; a job writes its result").or("0.1"),
];

static INFERENCE: &[Key] = &[
    key("parameters", count(ZERO, 1e14), "Parameters of the model").required(),
    key("bits", Kind::Integer { words: &[], low: 1, high: 64 }, "Bits of a weight").or("8"),
    key("tokens_per_job", count(ZERO, 1e9), "Output tokens of a job").or("800"),
    key("gpu", Kind::Choice(&["l4", "a10g", "l40s", "a100-40", "a100-80", "h100"]), "Accelerator").or("l4"),
];

static OBJECTIVES: &[Key] = &[
    key("latency_p99", seconds(ZERO, HOUR), "99th percentile of response time"),
    key("latency_p95", seconds(ZERO, HOUR), "95th percentile of response time"),
    key("availability", share(Including(0.5), Excluding(1.0)), "Share of successful time"),
    key("error_rate", share(ZERO, Excluding(1.0)), "Share of requests that may fail"),
    key("cache_hit", share(NONE, Excluding(1.0)), "Hit ratio of the cache"),
    key("cdn_hit", share(NONE, Excluding(1.0)), "Hit ratio of the CDN on static requests"),
    key("rpo", seconds(NONE, 365.0 * DAY), "How much data may be lost"),
    key("rto", seconds(ZERO, 365.0 * DAY), "How long recovery may take; also the soft size of one database node").or("4 h"),
];

static ENVIRONMENT: &[Key] = &[
    key("scale", share(ZERO, ONE), "Share of users, data and budget").or("dev 1 %, staging 10 %, prod 100 %"),
    key("override", Kind::Map(OVERRIDE), "What this environment has otherwise"),
];

static ACCOUNT: &[Key] = &[
    key("gcp_project", Kind::Text(Text::GcpProject), "Google Cloud project id"),
    key("aws_account", Kind::Text(Text::AwsAccount), "AWS account, 12 digits"),
    key("billing_account", Kind::Text(Text::BillingAccount), "Google Cloud billing account"),
    key("cloudflare_account", Kind::Text(Text::CloudflareId), "Cloudflare account id"),
    key("cloudflare_zone", Kind::Text(Text::CloudflareId), "Cloudflare zone id"),
    key("cloudflare_secrets_store", Kind::Text(Text::CloudflareId), "Cloudflare secrets store that the scripts at the edge read"),
    key("upstash_email", Kind::Text(Text::Email), "Login of the Upstash account"),
    key("vercel_team", Kind::Text(Text::Resource), "Vercel team id or slug"),
    key("sentry_organization", Kind::Text(Text::Word), "Sentry organization slug"),
    key("atlas_organization", Kind::Text(Text::AtlasId), "MongoDB Atlas organization id"),
    key("atlas_identity_provider", Kind::Text(Text::AtlasId), "Workload identity provider of that organization, by which services on Google Cloud sign in"),
    key("alert_email", Kind::Text(Text::Email), "Who is told of alerts"),
    key("repository", Kind::Text(Text::Repository), "owner/name of the repository that may release"),
    key("admin_cidrs", Kind::List(&Kind::Text(Text::Cidr)), "Networks that may reach the control plane"),
];

/// A choice of `platform:`: one word, or one for each cloud.
macro_rules! chosen {
    ($name:literal, $words:expr, $doc:literal) => {
        key($name, Kind::OneOf(&[Kind::Choice(&$words), Kind::Map(&[key("aws", Kind::Choice(&$words), "On AWS"), key("gcp", Kind::Choice(&$words), "On Google Cloud")])]), $doc)
    };
}

static PLATFORM: &[Key] = &[
    chosen!("database", ["rds", "aurora", "aurora-serverless", "cloud-sql", "alloydb", "cloudnative-pg", "vitess"], "Relational database; `vitess` is what router `vitess` has, and follows from it"),
    chosen!("stream", ["managed", "strimzi", "queue"], "Log or queue between services"),
    chosen!("cdn", ["cloudflare", "cloud"], "Content delivery network"),
    chosen!("router", ["application", "pgdog", "citus", "vitess"], "What finds the shard; `citus` wants database cloudnative-pg, `vitess` engine mysql and no other database"),
    chosen!("nosql", ["cloud", "firestore", "mongodb-atlas", "none"], "Non-relational database"),
    chosen!("edge", ["cloudflare-workers", "vercel"], "Edge compute"),
    chosen!("edge_cache", ["upstash", "cloud"], "Cache at the edge"),
    chosen!("queue", ["cloud", "qstash"], "Queue"),
    chosen!("monitoring", ["cloud", "datadog", "grafana-cloud"], "Where metrics and alerts live"),
    chosen!("errors", ["none", "sentry"], "Error tracking"),
    chosen!("pipeline", ["github-actions", "gitlab", "jenkins", "none"], "Continuous integration and delivery"),
    chosen!("kubernetes", ["standard", "autopilot", "auto-mode"], "How nodes are managed"),
    key("spot", share(NONE, ONE), "Share of what may be interrupted"),
];

static EXISTING: &[Key] = &[
    key("network", Kind::Text(Text::Resource), "Network to adopt"),
    key("cluster", Kind::Text(Text::Resource), "Cluster to adopt"),
    key("dns_zone", Kind::Text(Text::Resource), "DNS zone to adopt"),
];

static PIN: &[Key] = &[
    key("value", Kind::NumberOrWord, "The value, in the unit of the quantity").required(),
    key("reason", Kind::Text(Text::Reason), "Why; shown wherever the value is").required(),
    key("env", Kind::OneOf(&[Kind::Text(Text::Environment), Kind::List(&Kind::Text(Text::Environment))]), "Environments that it holds in").or("all"),
];
