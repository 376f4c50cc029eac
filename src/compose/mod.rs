//! Which components, which files, from which template, with which values.
//!
//! Comes in: a blueprint, its sizing per environment. Goes out: a [`Composition`]: the contexts that templates see (one
//! documented struct each, below) and the list of artifacts. No arithmetic on quantities happens here or later.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{blueprint::Spec, component::Component, ledger::Nested};

pub mod architecture;
mod artifacts;
mod aws;
mod build;
mod database;
mod gcp;
mod global;
mod output;
mod part;
mod selection;
mod sharding;
mod when;

pub use build::{Request, build, build_whole};

/// A project on one cloud: what templates see, and which files they become.
#[derive(Clone, Debug)]
pub struct Composition<'a> {
    /// Structure.
    pub project: Project,
    /// The cloud.
    pub cloud: CloudContext,
    /// Environments, smallest first.
    pub environments: Vec<EnvironmentContext<'a>>,
    /// Files, by path.
    pub artifacts: Vec<Artifact>,
}

/// What templates see of the whole project, as `project`. Structure only: no number that depends on the load.
#[derive(Clone, Debug, Serialize)]
pub struct Project {
    /// RFC 1035 label; begins every name.
    pub name: String,
    /// Id of the architecture.
    pub architecture: String,
    /// Host name that users reach in the primary environment, if any.
    pub domain: Option<String>,
    /// `owner/name` of the repository, or a value to fill in.
    pub repository: Fill,
    /// Environment names, smallest first.
    pub environments: Vec<String>,
    /// The environment that serves users.
    pub primary: String,
    /// Components of the architecture after its choices, in order.
    pub components: Vec<Component>,
    /// The same as a set of switches: `{% if has.cdn %}`, hyphens as underscores.
    pub has: BTreeMap<String, bool>,
    /// Choices of `platform:` with their defaults: `{% if choice.stream == "managed" %}`.
    pub choice: BTreeMap<String, String>,
    /// Services in order.
    pub services: Vec<Service>,
    /// How users come in: `internal` (nothing is public without a domain), `public` (the load balancer itself), `cloudflare`
    /// or `cloud` (the CDN of that name in front of it).
    pub entry: &'static str,
    /// Those of them that run as pods.
    pub pods: Vec<Service>,
    /// Keyspaces in order.
    pub keyspaces: Vec<Keyspace>,
    /// Topics in order, dead-letter topics included.
    pub topics: Vec<Topic>,
    /// Topics that fill a queue for each of several consumers; they are no topics of that list.
    pub fans: Vec<Fan>,
    /// What the load balancer sends to: the gateway of the cluster, or each public service.
    pub entries: Vec<Entry>,
    /// Buckets in order.
    pub buckets: Vec<Bucket>,
    /// Names of the secrets that services read, sorted.
    pub secrets: Vec<String>,
    /// Continents that users and region keyspaces are in, largest share first.
    pub locations: Vec<Location>,
    /// Tags of the blueprint; `cost-centre` is always there.
    pub tags: BTreeMap<String, String>,
    /// Whether any service needs an accelerator, and which.
    pub gpu: Option<Gpu>,
    /// Resources to adopt instead of creating, by kind.
    pub existing: BTreeMap<String, String>,
    /// Folder of the project below the root of its repository; empty where it is the root, or there is no repository.
    pub folder: String,
    /// Whether the blueprint says which tables there are, so that a migration knows what to move.
    pub migration: bool,
    /// `postgresql` or `mysql`.
    pub engine: String,
    /// The clouds of a project that stands on several; empty where it stands on one. A side sees all of them too.
    pub sides: Vec<Side>,
    /// The name, with the cloud where the project stands on several: for what the sides may not share.
    pub own_name: String,
    /// The environment that rehearses the primary one, where load is put on before users do.
    pub rehearsal: Option<Rehearsal>,
    /// Whether the cache is where sessions are.
    pub sessions: bool,
    /// Whether a surge is announced, so that capacity is there before it.
    pub announced: bool,
    /// Whether live video leaves the project: playlists of a service, segments of a bucket.
    pub video: bool,
    /// Services that people keep a connection to open.
    pub sockets: Vec<String>,
    /// Regions beside the main one, in order.
    pub further_regions: Vec<String>,
    /// Whether database nodes of any environment stand in another region than the services.
    pub abroad: bool,
    /// Whether a connection pooler stands before the databases in any environment.
    pub pooler: bool,
    /// Whether poolers stand before databases that run on the cluster, in any environment.
    pub pooled_databases: bool,
    /// Whether the cluster runs the databases.
    pub own_databases: bool,
    /// What pools: `pgbouncer` where it is needed, or `pgdog` where it is the router.
    pub pooler_program: &'static str,
    /// The shard manager, where the blueprint has its service.
    pub manager: Option<Manager>,
}

/// The service that says who owns a key.
#[derive(Clone, Debug, Serialize)]
pub struct Manager {
    /// The shard that has its directory.
    pub shard: String,
}

/// One cloud of a project that stands on several.
#[derive(Clone, Debug, Serialize)]
pub struct Side {
    /// `aws` or `gcp`; also its folder.
    pub cloud: String,
    /// Its main region.
    pub region: String,
    /// Regions of Cloudflare whose users come here first, such as `WEU`; empty where users are dealt out by share.
    pub steered: Vec<String>,
}

/// A continent.
#[derive(Clone, Debug, Serialize)]
pub struct Location {
    /// `north-america`
    pub name: String,
    /// `na`
    pub short: String,
}

/// A user of the load tests.
#[derive(Clone, Debug, Serialize)]
pub struct Tester {
    /// As the application has it.
    pub id: String,
    /// Where they are: the continents in turn; none where the blueprint names none.
    pub location: Option<String>,
}

/// An accelerator.
#[derive(Clone, Debug, Serialize)]
pub struct Gpu {
    /// As in the blueprint: `l4`.
    pub id: String,
    /// As Kubernetes labels it: `nvidia-l4`.
    pub label: String,
}

/// A value that only the owner knows: stated, or a legal stand-in marked `# fill in`.
#[derive(Clone, Debug, Serialize)]
pub struct Fill {
    /// The value or its stand-in.
    pub value: String,
    /// Whether it must still be filled in.
    pub fill_in: bool,
}

/// A service's structure.
#[derive(Clone, Debug, Serialize)]
pub struct Service {
    /// RFC 1035 label.
    pub name: String,
    /// `http`, `worker` or `event`.
    pub kind: String,
    /// `pods`, `containers`, `functions` or `fleet`.
    pub runs_on: String,
    /// Whether it speaks gRPC.
    pub grpc: bool,
    /// Whether people keep a connection to it open.
    pub websocket: bool,
    /// Whether it reads and writes documents, where there is a database for them: what people write to one another is the
    /// business of those who hold their connections.
    pub documents: bool,
    /// Whether users reach it.
    pub public: bool,
    /// `python` and so on.
    pub runtime: String,
    /// Importance from 0 to 3.
    pub tier: u8,
    /// Whether it runs on an accelerator.
    pub gpu: bool,
    /// Keyspaces it reaches.
    pub keyspaces: Vec<String>,
    /// Whether it uses the cache.
    pub cache: bool,
    /// Topics it writes.
    pub produces: Vec<String>,
    /// Topics it takes from.
    pub consumes: Vec<String>,
    /// Whether a queue calls it at a stated rate.
    pub paced: bool,
    /// Whether it is held to a rate, by whom ever.
    pub limited: bool,
    /// When jobs come to it by the clock.
    pub schedule: Option<Clock>,
    /// Services that it calls inside the cluster.
    pub calls: Vec<String>,
    /// Services that call it.
    pub callers: Vec<String>,
    /// Buckets whose objects it reads and writes.
    pub buckets: Vec<String>,
    /// Secrets it reads.
    pub secrets: Vec<String>,
}

impl Service {
    /// Whether it runs as pods of the cluster.
    pub fn is_pod(&self) -> bool {
        self.runs_on == "pods"
    }
}

/// `postgresql` or `mysql`.
fn engine(spec: &Spec) -> &'static str {
    if spec.data.engine == crate::blueprint::Engine::Mysql {
        "mysql"
    } else {
        "postgresql"
    }
}

/// Names of the services that people keep a connection to open.
fn sockets(services: &[Service]) -> Vec<String> {
    services
        .iter()
        .filter(|one| one.websocket)
        .map(|one| one.name.clone())
        .collect()
}

/// Whether what a fleet transcodes leaves by a bucket.
fn has_video(components: &[Component], spec: &Spec) -> bool {
    let segments = crate::sizing::object_storage::buckets(spec);
    components.contains(&Component::Fleet)
        && components.contains(&Component::ObjectStorage)
        && segments.contains(&crate::blueprint::Bucket::Segments)
}

/// A keyspace's structure.
#[derive(Clone, Debug, Serialize)]
pub struct Keyspace {
    /// Label.
    pub name: String,
    /// Tables in order.
    pub tables: Vec<String>,
    /// Key column.
    pub key: String,
    /// `hash`, `range`, `region`, `directory`, `functional`.
    pub strategy: String,
    /// Column that is hashed to a bucket: the key, or the hash key of a region keyspace.
    pub hash_key: String,
    /// Database on its nodes: of the project, or of the domain where there is one for each.
    pub database: String,
}

/// What stands behind the load balancer in the cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// `gateway`, or the service's name.
    pub name: String,
    /// Kubernetes Service that it is reached by.
    pub service: String,
    /// Port of that Service.
    pub port: u16,
    /// Whether pods are behind it; else it is no Service of Kubernetes.
    pub pods: bool,
}

/// An environment to put load on.
#[derive(Clone, Debug, Serialize)]
pub struct Rehearsal {
    /// Its name.
    pub name: String,
    /// Share of the users that it is sized for.
    pub scale: f64,
}

/// A bucket's structure.
#[derive(Clone, Debug, Serialize)]
pub struct Bucket {
    /// What its objects are for: `assets`, `uploads` or `segments`.
    pub name: String,
    /// Whether the CDN reads it.
    pub delivered: bool,
    /// Whether something starts when an object arrives.
    pub events: bool,
}

/// A topic's structure.
#[derive(Clone, Debug, Serialize)]
pub struct Topic {
    /// Name.
    pub name: String,
    /// Service that takes from it, the first of several; none for a dead-letter topic.
    pub consumer: Option<String>,
    /// All services that take from it, each every message.
    pub consumers: Vec<String>,
    /// Where it is the queue of one of several consumers: the topic that fills them all.
    pub source: Option<String>,
    /// Where a producer sends to: itself, or what fills it.
    pub address: String,
    /// Whether it is the first with that address.
    pub leads: bool,
    /// Services that write to it.
    pub producers: Vec<String>,
    /// Its dead-letter topic, if it has one.
    pub dead_letter: Option<String>,
    /// Whether a queue that calls its consumer at a stated rate stands in its place.
    pub paced: bool,
    /// Whether only the clock fills it.
    pub by_clock: bool,
}

/// When a service's jobs come by the clock.
#[derive(Clone, Debug, Serialize)]
pub struct Clock {
    /// Cron with five fields.
    pub unix: String,
    /// Cron with the six fields of `EventBridge`.
    pub aws: String,
    /// Name of the IANA database.
    pub time_zone: String,
    /// Whether a few minutes later is as good: it comes once an hour at most.
    pub lenient: bool,
    /// Longest time between two jobs, hours, where every week is as the other.
    pub gap_h: Option<u32>,
}

/// A topic that fills a queue for each of its consumers.
#[derive(Clone, Debug, Serialize)]
pub struct Fan {
    /// Name: what producers send to.
    pub name: String,
    /// Names of the queues.
    pub queues: Vec<String>,
}

/// What templates see of one cloud, as `cloud`.
#[derive(Clone, Debug, Serialize)]
pub struct CloudContext {
    /// `aws` or `gcp`.
    pub id: String,
    /// Primary region.
    pub region: String,
    /// Region of backups.
    pub backup_region: String,
}

/// What templates see of one environment, as `env`. `size` and the `size` of each part are quantities: `{{ env.size.cache.shards }}`
/// prints the value, `{{ env.size.cache.shards.why }}` the reason.
#[derive(Clone, Debug, Serialize)]
pub struct EnvironmentContext<'a> {
    /// `prod`
    pub name: String,
    /// Whether it serves users: protection, zones, backups.
    pub production: bool,
    /// Whether it is the cheapest that works: one zone, may be lost.
    pub development: bool,
    /// Whether it is the project's primary environment.
    pub primary: bool,
    /// Position among the environments, from 0, for address plans.
    pub index: usize,
    /// Host name of this environment, if there is a domain.
    pub host: Option<String>,
    /// Zones in use, with their slot: never renumbered.
    pub zones: Vec<Zone>,
    /// Zones of the address plan: as many as the region has, up to three.
    pub network_zones: Vec<Zone>,
    /// Google Cloud project.
    pub gcp_project: Fill,
    /// AWS account.
    pub aws_account: Fill,
    /// Billing account.
    pub billing_account: Fill,
    /// Cloudflare account.
    pub cloudflare_account: Fill,
    /// Cloudflare zone.
    pub cloudflare_zone: Fill,
    /// Cloudflare secrets store that scripts at the edge read.
    pub cloudflare_secrets_store: Fill,
    /// Login of the Upstash account.
    pub upstash_email: Fill,
    /// Vercel team.
    pub vercel_team: Fill,
    /// Sentry organization.
    pub sentry_organization: Fill,
    /// MongoDB Atlas organization.
    pub atlas_organization: Fill,
    /// Workload identity provider of that organization.
    pub atlas_identity_provider: Fill,
    /// Alert address.
    pub alert_email: Fill,
    /// Networks of administrators.
    pub admin_cidrs: Vec<String>,
    /// Services of the project, with their sizes.
    pub services: Vec<Sized<'a, Service>>,
    /// Those of them that run as pods.
    pub pods: Vec<Sized<'a, Service>>,
    /// Keyspaces of the project, with their sizes and nodes.
    pub keyspaces: Vec<SizedKeyspace<'a>>,
    /// Buckets of the project, with their sizes.
    pub buckets: Vec<Sized<'a, Bucket>>,
    /// Topics of the project, with their sizes.
    pub topics: Vec<Sized<'a, Topic>>,
    /// Services on machines of their own, with their sizes.
    pub fleets: Vec<Fleet<'a>>,
    /// Node pools.
    pub pools: Vec<Pool<'a>>,
    /// Sides of a project on several clouds, with quantities `sides.<cloud>.…`.
    pub sides: Vec<SizedSide<'a>>,
    /// Service quotas that the plan touches.
    pub quotas: Vec<Sized<'a, Quota>>,
    /// Every quantity of the environment.
    pub size: Nested<'a>,
    /// Regions beside the main one in which database nodes stand, by name.
    pub abroad: Vec<Abroad<'a>>,
    /// The shard map, complete.
    pub shard_map: crate::sharding::map::ShardMap,
    /// Keys and where they belong, for the tests of the client libraries.
    pub vectors: crate::sharding::vectors::Vectors,
    /// Who the load tests act as.
    pub testers: Vec<Tester>,
}

/// A part of the project's structure with its quantities of one environment, as one map: `{{ service.name }}`, `{{ service.size.replicas.max }}`.
#[derive(Clone, Debug, Serialize)]
pub struct Sized<'a, T> {
    /// Structure.
    #[serde(flatten)]
    pub part: T,
    /// Quantities whose names begin with the part's.
    pub size: Nested<'a>,
}

/// A side with its quantities.
#[derive(Clone, Debug, Serialize)]
pub struct SizedSide<'a> {
    /// Structure.
    #[serde(flatten)]
    pub part: Side,
    /// Its own host name in this environment.
    pub host: Option<String>,
    /// Quantities `sides.<cloud>.…`.
    pub size: Nested<'a>,
}

/// A further region in which database nodes stand.
#[derive(Clone, Debug, Serialize)]
pub struct Abroad<'a> {
    /// As the cloud calls it.
    pub region: String,
    /// Zones of its network, with their slot: never renumbered.
    pub zones: Vec<Zone>,
    /// Region of its backups, on the same continent.
    pub backup_region: String,
    /// Names of the nodes in it.
    pub nodes: Vec<String>,
    /// Quantities `network.abroad.<region>.…`.
    pub size: Nested<'a>,
}

/// A keyspace with its quantities and nodes.
#[derive(Clone, Debug, Serialize)]
pub struct SizedKeyspace<'a> {
    /// Structure.
    #[serde(flatten)]
    pub part: Keyspace,
    /// Quantities `database.<keyspace>.…`.
    pub size: Nested<'a>,
    /// Nodes by ordinal within the keyspace.
    pub nodes: Vec<Node<'a>>,
    /// The node that statements go to, where it finds the others.
    pub coordinator: Option<Node<'a>>,
    /// Zones with the tablets of each shard, where Vitess has them.
    pub cells: Vec<Cell<'a>>,
}

/// The tablets of each shard in one zone.
#[derive(Clone, Debug, Serialize)]
pub struct Cell<'a> {
    /// `z0`
    pub name: String,
    /// `us-central1-a`
    pub zone: String,
    /// Quantities `database.<keyspace>.cells.<name>.…`.
    pub size: Nested<'a>,
}

/// One database node.
#[derive(Clone, Debug, Serialize)]
pub struct Node<'a> {
    /// `s00`
    pub id: String,
    /// `content-s00`, as in the shard map.
    pub name: String,
    /// Continent, for a region keyspace.
    pub location: Option<String>,
    /// Region of the cloud, where it is another than the services'.
    pub region: Option<String>,
    /// Range of the keys that it has among as many equal ones as there are nodes: `-80`.
    pub key_range: String,
    /// Quantities `database.<keyspace>.nodes.<id>.…`.
    pub size: Nested<'a>,
}

/// A service quota; quantities are its `need` and `default`.
#[derive(Clone, Debug, Serialize)]
pub struct Quota {
    /// As the cloud calls it.
    pub title: String,
}

/// A service on machines of its own.
#[derive(Clone, Debug, Serialize)]
pub struct Fleet<'a> {
    /// Structure of the service.
    #[serde(flatten)]
    pub part: Service,
    /// Machine types it may be made of, the cheapest first.
    pub types: Vec<FleetType>,
    /// Quantities whose names begin with the service's.
    pub size: Nested<'a>,
}

/// A machine type of a fleet.
#[derive(Clone, Debug, Serialize)]
pub struct FleetType {
    /// `c7g.4xlarge`
    pub name: String,
    /// `amd64` or `arm64`.
    pub arch: String,
}

/// A node pool.
#[derive(Clone, Debug, Serialize)]
pub struct Pool<'a> {
    /// `system`, `general`, `spot`, `gpu`, `gpu-spot`.
    pub name: String,
    /// Whether its nodes may be reclaimed.
    pub spot: bool,
    /// Whether its nodes have an accelerator.
    pub gpu: bool,
    /// Whether its nodes hold instances of databases and nothing else.
    pub database: bool,
    /// `amd64` or `arm64`.
    pub arch: String,
    /// Quantities `cluster.pools.<name>.…`.
    pub size: Nested<'a>,
}

/// A zone and its slot in the address plan.
#[derive(Clone, Debug, Serialize)]
pub struct Zone {
    /// `us-central1-a`
    pub name: String,
    /// From 0, for good.
    pub slot: usize,
}

/// Who owns a file after it was written the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Merged three ways.
    Managed,
    /// Written if absent, then the user's.
    Once,
}

/// One file to render.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Path in the project, with `/`.
    pub path: String,
    /// Path below `templates/`.
    pub template: String,
    /// Component it belongs to.
    pub component: Component,
    /// Index into the environments whose context it gets as `env`; the primary one where the file is the project's.
    pub environment: usize,
    /// Whether the template sees `env` at all: sized files do, structure does not.
    pub sized: bool,
    /// Index of the service it gets as `service`.
    pub service: Option<usize>,
    /// Index of the keyspace it gets as `keyspace`.
    pub keyspace: Option<usize>,
    /// Who owns it.
    pub ownership: Ownership,
    /// Whether it is a script.
    pub executable: bool,
}
