//! From a blueprint and its sizing to the contexts of the templates.

use std::collections::BTreeMap;

use super::{
    CloudContext, Composition, EnvironmentContext, Fill, Fleet, FleetType, Gpu, Keyspace, Location,
    Node, Pool, Project, Rehearsal, Service, Sized, SizedKeyspace, Topic, Zone,
    architecture::Architecture,
    artifacts,
    part::{buckets, clock, entries, fans, topics},
    selection::{components, entry},
};
use crate::{
    blueprint::{self, Blueprint, Cloud, RunsOn, ServiceKind, Spec},
    catalog::CloudCatalog,
    component::Component,
    ledger::Ledger,
    sharding::key_range,
    sides,
    sizing::{Class, Sizing, abroad, database::COORDINATOR, stream},
};

/// Everything that composing one cloud of a project needs.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The blueprint.
    pub blueprint: &'a Blueprint,
    /// Its architecture.
    pub architecture: &'a Architecture,
    /// Facts of the cloud.
    pub cloud: &'a CloudCatalog,
    /// Which one it is.
    pub id: Cloud,
    /// Its main region.
    pub region: &'a str,
    /// Choices with defaults.
    pub choice: &'a BTreeMap<String, String>,
    /// Folder of the project below the root of its repository, empty for the root.
    pub folder: &'a str,
    /// What this cloud carries of a project on several.
    pub side: Option<&'a sides::Side>,
    /// All sides of such a project.
    pub sides: &'a [sides::Side],
    /// Sizing of each environment, in the blueprint's order.
    pub sizings: &'a [Sizing],
}

/// Chooses components and files, and collects what templates see.
pub fn build<'a>(request: &Request<'a>) -> Composition<'a> {
    let project = project(request);
    let cloud = CloudContext {
        id: request.id.name().to_owned(),
        region: request.region.to_owned(),
        backup_region: request.cloud.backup_region(request.region),
    };
    let environments = request
        .blueprint
        .environments
        .iter()
        .zip(request.sizings)
        .enumerate()
        .map(|(idx, (environment, sizing))| {
            environment_context(request, &project, idx, environment, sizing)
        })
        .collect();
    let artifacts = artifacts::list(&project, &cloud.id);
    Composition {
        project,
        cloud,
        environments,
        artifacts,
    }
}

/// What stands before the sides of a project on several clouds. The request is the first side's, with the whole blueprint.
pub fn build_whole<'a>(request: &Request<'a>) -> Composition<'a> {
    let composition = build(request);
    let artifacts = artifacts::whole(&composition.project);
    let cloud = CloudContext {
        id: "global".to_owned(),
        ..composition.cloud
    };
    Composition {
        cloud,
        artifacts,
        ..composition
    }
}

/// Where Cloudflare says that users of a continent are.
fn steered(continents: &[String]) -> Vec<String> {
    let regions = |continent: &String| match continent.as_str() {
        "north-america" => ["WNAM", "ENAM"].as_slice(),
        "south-america" => &["NSAM", "SSAM"],
        "europe" => &["WEU", "EEU"],
        "africa" => &["NAF", "SAF"],
        "asia" => &["ME", "SAS", "SEAS", "NEAS"],
        _ => &["OC"],
    };
    let all = continents.iter().flat_map(regions);
    all.map(|&region| region.to_owned()).collect()
}

fn primary<'a>(request: &Request<'a>) -> (&'a Spec, &'a Sizing) {
    let last = request.blueprint.environments.len() - 1;
    (
        &request.blueprint.environments[last].spec,
        &request.sizings[last],
    )
}

fn project(request: &Request<'_>) -> Project {
    let (spec, sizing) = primary(request);
    let topics = topics(request, sizing);
    let services = services(spec, sizing, &topics, &request.architecture.components);
    let components = components(request, spec, sizing, &services);
    let has = Component::ALL
        .iter()
        .map(|component| {
            (
                component.name().replace('-', "_"),
                components.contains(component),
            )
        })
        .collect();
    let mut secrets: Vec<String> = services
        .iter()
        .flat_map(|service| service.secrets.clone())
        .collect();
    secrets.sort();
    secrets.dedup();
    let mut tags = spec.tags.clone();
    tags.entry("cost-centre".to_owned())
        .or_insert_with(|| request.blueprint.name.clone());
    let environments: Vec<String> = request
        .blueprint
        .environments
        .iter()
        .map(|environment| environment.name.clone())
        .collect();
    Project {
        name: request.blueprint.name.clone(),
        architecture: request.architecture.id.clone(),
        domain: spec.domain.clone(),
        repository: fill(
            spec.account.repository.as_ref(),
            format!("{0}/{0}", request.blueprint.name),
        ),
        primary: environments[environments.len() - 1].clone(),
        environments,
        has,
        choice: request.choice.clone(),
        entry: entry(request, spec),
        keyspaces: keyspaces(spec, &request.blueprint.name),
        fans: fans(&topics),
        topics,
        entries: entries(&services, components.contains(&Component::Gateway)),
        buckets: if components.contains(&Component::ObjectStorage) {
            buckets(spec, entry(request, spec))
        } else {
            Vec::new()
        },
        secrets,
        locations: locations(spec),
        tags,
        gpu: gpu(spec, sizing),
        manager: components
            .contains(&Component::ShardManager)
            .then(|| super::sharding::manager(&services, sizing))
            .flatten(),
        sockets: super::sockets(&services),
        video: super::has_video(&components, spec),
        pods: services
            .iter()
            .filter(|one| one.is_pod())
            .cloned()
            .collect(),
        services,
        components,
        rehearsal: rehearsal(request),
        sessions: spec.cache.session_ttl.is_some(),
        existing: spec.existing.clone(),
        folder: request.folder.to_owned(),
        migration: spec
            .data
            .keyspaces
            .iter()
            .all(|keyspace| !keyspace.tables.is_empty()),
        engine: super::engine(spec).to_owned(),
        sides: request
            .sides
            .iter()
            .map(|side| super::Side {
                cloud: side.cloud.name().to_owned(),
                region: side.region.clone(),
                steered: steered(&side.continents),
            })
            .collect(),
        own_name: request.side.map_or_else(
            || request.blueprint.name.clone(),
            |side| format!("{}-{}", request.blueprint.name, side.cloud.name()),
        ),
        announced: sizing.ledger.get("event.start").is_some(),
        further_regions: spec
            .regions
            .get(&request.id)
            .map(|regions| regions.iter().skip(1).cloned().collect())
            .unwrap_or_default(),
        abroad: request
            .sizings
            .iter()
            .any(|sizing| !abroad::inhabited(&sizing.shard_map).is_empty()),
        pooler: request
            .sizings
            .iter()
            .any(|sizing| sizing.ledger.flag("pooler.needed")),
        own_databases: super::database::own(request.choice),
        pooled_databases: super::database::pooled(request.sizings),
        pooler_program: super::sharding::pooler(request.choice),
    }
}

fn services(
    spec: &Spec,
    sizing: &Sizing,
    topics: &[Topic],
    components: &[Component],
) -> Vec<Service> {
    let all: Vec<String> = spec
        .data
        .keyspaces
        .iter()
        .map(|keyspace| keyspace.name.clone())
        .collect();
    let chats = spec
        .services
        .iter()
        .any(|service| service.protocol == blueprint::Protocol::Websocket);
    spec.services
        .iter()
        .map(|service| Service {
            name: service.name.clone(),
            kind: service.kind.name().to_owned(),
            runs_on: service
                .runs_on
                .unwrap_or_else(|| RunsOn::first(components))
                .name()
                .to_owned(),
            grpc: service.protocol == blueprint::Protocol::Grpc,
            websocket: service.protocol == blueprint::Protocol::Websocket,
            documents: !chats || service.protocol == blueprint::Protocol::Websocket,
            public: service.kind == ServiceKind::Http
                && service.public
                && service.protocol != blueprint::Protocol::Grpc,
            runtime: service
                .runtime
                .clone()
                .unwrap_or_else(|| "python".to_owned()),
            tier: service.tier.unwrap_or(1),
            gpu: sizing
                .pods
                .iter()
                .any(|pods| pods.service == service.name && pods.gpu),
            keyspaces: service.keyspaces.clone().unwrap_or_else(|| all.clone()),
            cache: service.cache.unwrap_or(service.kind == ServiceKind::Http),
            produces: topics
                .iter()
                .filter(|topic| match &topic.source {
                    Some(source) => {
                        topic.leads && stream::producers_of(spec, source).contains(&service.name)
                    }
                    None => topic.producers.contains(&service.name),
                })
                .map(|topic| topic.address.clone())
                .collect(),
            consumes: topics
                .iter()
                .filter(|topic| topic.consumers.contains(&service.name))
                .map(|topic| topic.name.clone())
                .collect(),
            paced: topics
                .iter()
                .any(|topic| topic.paced && topic.consumers.contains(&service.name)),
            limited: service.rate_limit.is_some(),
            schedule: service.schedule.as_ref().map(clock),
            calls: service.calls.clone(),
            callers: spec
                .services
                .iter()
                .filter(|other| other.calls.contains(&service.name))
                .map(|other| other.name.clone())
                .collect(),
            buckets: service
                .buckets
                .iter()
                .map(|bucket| bucket.name().to_owned())
                .collect(),
            secrets: service.secrets.clone(),
        })
        .collect()
}

fn strategy(strategy: blueprint::Strategy) -> &'static str {
    match strategy {
        blueprint::Strategy::Hash => "hash",
        blueprint::Strategy::Range => "range",
        blueprint::Strategy::Region => "region",
        blueprint::Strategy::Directory => "directory",
        blueprint::Strategy::Functional => "functional",
    }
}

fn keyspaces(spec: &Spec, project: &str) -> Vec<Keyspace> {
    spec.data
        .keyspaces
        .iter()
        .map(|keyspace| Keyspace {
            database: database(project, keyspace),
            name: keyspace.name.clone(),
            tables: keyspace.tables.clone(),
            key: keyspace.key.clone(),
            strategy: strategy(keyspace.strategy).to_owned(),
            hash_key: keyspace
                .hash_key
                .clone()
                .unwrap_or_else(|| keyspace.key.clone()),
        })
        .collect()
}

/// The largest environment below the primary one, if it is shaped like it.
fn rehearsal(request: &Request<'_>) -> Option<Rehearsal> {
    let environments = &request.blueprint.environments;
    let idx = environments.len().checked_sub(2)?;
    (request.sizings[idx].class == Class::Rehearsal).then(|| Rehearsal {
        name: environments[idx].name.clone(),
        scale: environments[idx].scale.get(),
    })
}

/// The project's name before the domain's: neither is a word that an engine reserves.
fn database(project: &str, keyspace: &blueprint::Keyspace) -> String {
    let name = match keyspace.strategy {
        blueprint::Strategy::Functional => format!("{project}_{}", keyspace.name),
        _ => project.to_owned(),
    };
    name.replace('-', "_")
}

/// Continents, largest share first; where none is stated, users are near the main region.
fn locations(spec: &Spec) -> Vec<Location> {
    let mut shares: Vec<(&String, f64)> = spec
        .users
        .locations
        .iter()
        .map(|(name, share)| (name, share.get()))
        .collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    shares
        .into_iter()
        .map(|(name, _)| Location {
            name: name.clone(),
            short: short(name).to_owned(),
        })
        .collect()
}

fn short(continent: &str) -> &str {
    match continent {
        "north-america" => "na",
        "south-america" => "sa",
        "europe" => "eu",
        "asia" => "as",
        "africa" => "af",
        "oceania" => "oc",
        other => other,
    }
}

pub(super) fn gpu(spec: &Spec, sizing: &Sizing) -> Option<Gpu> {
    let id = &spec.inference.as_ref()?.gpu;
    let runs = sizing.pools.iter().any(|pool| pool.gpu);
    runs.then(|| Gpu {
        id: id.clone(),
        label: format!("nvidia-{}", label(id)),
    })
}

/// The accelerator as the clouds label it.
fn label(gpu: &str) -> &str {
    match gpu {
        "a100-40" => "tesla-a100",
        "a100-80" => "a100-80gb",
        "h100" => "h100-80gb",
        other => other,
    }
}

fn fill(stated: Option<&String>, stand_in: String) -> Fill {
    Fill {
        fill_in: stated.is_none(),
        value: stated.cloned().unwrap_or(stand_in),
    }
}

fn environment_context<'a>(
    request: &Request<'a>,
    project: &Project,
    index: usize,
    environment: &blueprint::Environment,
    sizing: &'a Sizing,
) -> EnvironmentContext<'a> {
    let spec = &environment.spec;
    let primary = environment.name == project.primary;
    let ledger = &sizing.ledger;
    let host_below = |domain: String| {
        if primary {
            domain
        } else {
            format!("{}.{domain}", environment.name)
        }
    };
    let host = spec.domain.clone().map(host_below);
    let mail_domain = spec
        .domain
        .clone()
        .unwrap_or_else(|| "example.com".to_owned());
    let project_id = format!("{}-{}", project.name, environment.name);
    EnvironmentContext {
        name: environment.name.clone(),
        production: sizing.class == Class::Production,
        development: sizing.class == Class::Development,
        primary,
        index,
        host,
        zones: sizing
            .zones
            .iter()
            .enumerate()
            .map(|(slot, name)| Zone {
                name: name.clone(),
                slot,
            })
            .collect(),
        network_zones: network_zones(request, request.region),
        abroad: regions_abroad(request, sizing),
        // Stand-ins are legal values of their kind, so that everything validates before they are filled in.
        gcp_project: fill(spec.account.gcp_project.as_ref(), project_id),
        aws_account: fill(
            spec.account.aws_account.as_ref(),
            format!("{:012}", 111_122_223_333_u64 + index as u64),
        ),
        billing_account: fill(
            spec.account.billing_account.as_ref(),
            "012345-6789AB-CDEF01".to_owned(),
        ),
        cloudflare_account: fill(
            spec.account.cloudflare_account.as_ref(),
            format!("{index:x}fedcba9876543210fedcba987654321"),
        ),
        cloudflare_zone: fill(
            spec.account.cloudflare_zone.as_ref(),
            format!("{index:x}123456789abcdef0123456789abcdef"),
        ),
        cloudflare_secrets_store: fill(
            spec.account.cloudflare_secrets_store.as_ref(),
            format!("{index:x}0f1e2d3c4b5a69788796a5b4c3d2e1f"),
        ),
        upstash_email: fill(
            spec.account.upstash_email.as_ref(),
            format!("platform@{mail_domain}"),
        ),
        vercel_team: fill(spec.account.vercel_team.as_ref(), project.name.clone()),
        sentry_organization: fill(
            spec.account.sentry_organization.as_ref(),
            project.name.clone(),
        ),
        atlas_organization: fill(
            spec.account.atlas_organization.as_ref(),
            format!("{index:x}a1b2c3d4e5f60718293a4b5"),
        ),
        atlas_identity_provider: fill(
            spec.account.atlas_identity_provider.as_ref(),
            format!("{index:x}b2c3d4e5f60718293a4b5c6"),
        ),
        alert_email: fill(
            spec.account.alert_email.as_ref(),
            format!("oncall@{mail_domain}"),
        ),
        admin_cidrs: spec.account.admin_cidrs.clone(),
        services: sized_services(&project.services, ledger),
        pods: sized_services(&project.pods, ledger),
        keyspaces: sized_keyspaces(project, sizing),
        buckets: project
            .buckets
            .iter()
            .map(|bucket| Sized {
                part: bucket.clone(),
                size: ledger.nested(&format!("object_storage.{}", bucket.name)),
            })
            .collect(),
        topics: project
            .topics
            .iter()
            .map(|topic| Sized {
                part: topic.clone(),
                size: ledger.nested(&format!("stream.topics.{}", topic.name)),
            })
            .collect(),
        fleets: fleets(project, sizing),
        pools: sizing
            .pools
            .iter()
            .map(|pool| Pool {
                name: pool.name.clone(),
                spot: pool.spot,
                gpu: pool.gpu,
                database: pool.database,
                arch: pool.arch.clone(),
                size: ledger.nested(&format!("cluster.pools.{}", pool.name)),
            })
            .collect(),
        sides: project
            .sides
            .iter()
            .map(|side| super::SizedSide {
                part: side.clone(),
                host: spec
                    .domain
                    .as_ref()
                    .map(|domain| host_below(format!("{}.{domain}", side.cloud))),
                size: ledger.nested(&format!("sides.{}", side.cloud)),
            })
            .collect(),
        quotas: sizing
            .quotas
            .iter()
            .map(|quota| Sized {
                part: super::Quota {
                    title: quota.title.clone(),
                },
                size: ledger.nested(&format!("quotas.{}", quota.id)),
            })
            .collect(),
        size: ledger.nested(""),
        vectors: crate::sharding::vectors(&sizing.shard_map),
        testers: testers(&sizing.shard_map, &project.locations),
        shard_map: sizing.shard_map.clone(),
    }
}

/// Users of every shard, of the continents in turn.
fn testers(map: &crate::sharding::map::ShardMap, locations: &[Location]) -> Vec<super::Tester> {
    let mut continents = locations.iter().cycle();
    crate::sharding::users(map)
        .into_iter()
        .map(|id| super::Tester {
            id,
            location: continents.next().map(|one| one.name.clone()),
        })
        .collect()
}

/// Services with their quantities, which begin with their names.
fn sized_services<'a>(services: &[Service], ledger: &'a Ledger) -> Vec<Sized<'a, Service>> {
    services
        .iter()
        .map(|service| Sized {
            part: service.clone(),
            size: ledger.nested(&service.name),
        })
        .collect()
}

/// Zones of the address plan: three in every environment, so that one that grows keeps its subnets.
fn network_zones(request: &Request<'_>, region: &str) -> Vec<Zone> {
    let zones = request.cloud.zones(region);
    zones
        .into_iter()
        .take(3)
        .enumerate()
        .map(|(slot, name)| Zone { name, slot })
        .collect()
}

fn regions_abroad<'a>(request: &Request<'_>, sizing: &'a Sizing) -> Vec<super::Abroad<'a>> {
    let there = |region: &String| {
        let shards = sizing.shard_map.shards();
        let stands = shards.filter(|(_, shard)| shard.cloud_region.as_ref() == Some(region));
        stands.map(|(_, shard)| shard.name.clone()).collect()
    };
    abroad::inhabited(&sizing.shard_map)
        .into_iter()
        .map(|region| super::Abroad {
            zones: network_zones(request, &region),
            backup_region: request.cloud.backup_region(&region),
            nodes: there(&region),
            size: sizing.ledger.nested(&format!("network.abroad.{region}")),
            region,
        })
        .collect()
}

fn fleets<'a>(project: &Project, sizing: &'a Sizing) -> Vec<Fleet<'a>> {
    let fleet = |fleet: &'a crate::sizing::fleet::Fleet| {
        let service = |service: &&Service| service.name == fleet.service;
        Some(Fleet {
            part: project.services.iter().find(service)?.clone(),
            types: fleet
                .types
                .iter()
                .map(|one| FleetType {
                    name: one.name.clone(),
                    arch: one.arch.clone(),
                })
                .collect(),
            size: sizing.ledger.nested(&fleet.service),
        })
    };
    sizing.fleets.iter().filter_map(fleet).collect()
}

fn sized_keyspaces<'a>(project: &Project, sizing: &'a Sizing) -> Vec<SizedKeyspace<'a>> {
    let ledger = &sizing.ledger;
    project
        .keyspaces
        .iter()
        .zip(&sizing.keyspaces)
        .map(|(part, sized)| {
            let prefix = format!("database.{}", part.name);
            let n_nodes = sized.nodes.len() as u32;
            let node = |id: &String| {
                let idx = sized.nodes.iter().position(|node| node == id).unwrap_or(0);
                let name = format!("{}-{id}", part.name);
                let shard = sizing.shard_map.shard(&name).map(|(_, shard)| shard);
                Node {
                    id: id.clone(),
                    location: shard.and_then(|shard| shard.region.clone()),
                    region: shard.and_then(|shard| shard.cloud_region.clone()),
                    key_range: key_range::name(idx as u32, n_nodes),
                    size: ledger.nested(&format!("{prefix}.nodes.{id}")),
                    name,
                }
            };
            let coordinator = format!("{prefix}.nodes.{COORDINATOR}.class");
            SizedKeyspace {
                part: part.clone(),
                size: ledger.nested(&prefix),
                coordinator: ledger
                    .get(&coordinator)
                    .map(|_| node(&COORDINATOR.to_owned())),
                nodes: sized.nodes.iter().map(node).collect(),
                cells: super::database::cells(&prefix, sizing),
            }
        })
        .collect()
}
