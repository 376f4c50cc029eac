//! The names of the components: the vocabulary that every room shares.
//!
//! A component has one name everywhere: `sizing/cache.rs`, `compose/`, `templates/terraform/aws/infrastructure/cache.tf.j2`,
//! `architectures/*.yaml` and the lock.

use std::{fmt, str::FromStr};

use serde::Serialize;

macro_rules! components {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// A part of an architecture, written once per cloud.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Component {
            $($(#[$doc])* $variant,)+
        }

        impl Component {
            /// All components, in the order in which data flows.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name used in files and on the command line.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

components! {
    /// Roots, state, pipeline identity: what every project has.
    Project = "project",
    /// Address space, subnets, NAT, firewall, endpoints.
    Network = "network",
    /// Keys by purpose.
    Keys = "keys",
    /// Kubernetes control plane and node pools.
    Cluster = "cluster",
    /// In-cluster controllers as pinned Helm releases.
    Addons = "addons",
    /// Accelerator nodes.
    Gpu = "gpu",
    /// The services on Kubernetes.
    Workloads = "workloads",
    /// NGINX Gateway Fabric in front of the services of a cluster.
    Gateway = "gateway",
    /// The services as managed containers: ECS on Fargate, Cloud Run.
    Containers = "containers",
    /// Functions on requests, queues and uploaded objects.
    Functions = "functions",
    /// State machines of managed steps.
    Workflow = "workflow",
    /// Machines of their own, mostly spot: transcoding.
    Fleet = "fleet",
    /// Scripts at the edge, before any region.
    EdgeCompute = "edge-compute",
    /// Relational database nodes by keyspace.
    Shards = "shards",
    /// PostgreSQL by CloudNativePG on the cluster.
    CloudnativePg = "cloudnative-pg",
    /// Shard map, DDL, routers, client libraries, migration stages.
    Sharding = "sharding",
    /// Tables distributed over the nodes by Citus, behind a coordinator.
    Citus = "citus",
    /// MySQL sharded by Vitess on the cluster.
    Vitess = "vitess",
    /// Directory of split points as a service.
    ShardManager = "shard-manager",
    /// Key-value store: DynamoDB, Bigtable, Firestore.
    Nosql = "nosql",
    /// MongoDB Atlas.
    DocumentDb = "document-db",
    /// Buckets for assets, uploads and segments.
    ObjectStorage = "object-storage",
    /// Raw, clean and curated objects with a catalog and queries.
    Lake = "lake",
    /// Analytics across shards.
    Warehouse = "warehouse",
    /// Valkey.
    Cache = "cache",
    /// A cache that is near every user: Upstash Redis.
    EdgeCache = "edge-cache",
    /// Kafka as a managed service.
    Stream = "stream",
    /// Kafka by Strimzi on the cluster.
    Strimzi = "strimzi",
    /// A cloud queue instead of a log.
    Queue = "queue",
    /// Jobs by Upstash QStash, which calls their consumers.
    Qstash = "qstash",
    /// Load balancer in front of the services.
    LoadBalancer = "load-balancer",
    /// Web application firewall at the load balancer.
    Waf = "waf",
    /// Content delivery network with its own WAF and rate limits.
    Cdn = "cdn",
    /// One identity per service, and the pipeline's.
    Identity = "identity",
    /// Secret containers and rotation.
    Secrets = "secrets",
    /// Container image registry.
    Registry = "registry",
    /// Cloud alarms, dashboards, log retention.
    Observability = "observability",
    /// Datadog: integration, agents, monitors, objectives, dashboard.
    Datadog = "datadog",
    /// Grafana Cloud: data sources, rules, dashboards.
    GrafanaCloud = "grafana-cloud",
    /// Error tracking.
    Sentry = "sentry",
    /// Objectives as recording and burn-rate rules.
    Slo = "slo",
    /// Dashboards.
    Grafana = "grafana",
    /// OpenTelemetry Collector.
    Otel = "otel",
    /// From an older system to this one, in stages with a way back.
    Migration = "migration",
    /// k6 scripts.
    Loadtest = "loadtest",
    /// Continuous integration and delivery.
    Pipeline = "pipeline",
    /// Budgets and cost allocation.
    Cost = "cost",
    /// Backups outside the region.
    Dr = "dr",
    /// Quota sheet.
    Quotas = "quotas",
    /// START, ARCHITECTURE, RUNBOOK, CAPACITY.
    Docs = "docs",
}

impl fmt::Display for Component {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Component {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL
            .iter()
            .copied()
            .find(|component| component.name() == name)
            .ok_or(())
    }
}

impl Serialize for Component {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
