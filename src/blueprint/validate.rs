//! The blueprint as it is meant: what depends on several values at once.
//!
//! Comes in: the typed blueprint of every environment, and the places of its values. Goes out: problems and warnings.

use std::collections::BTreeMap;

use super::{
    Blueprint, Cloud, Keyspace, Protocol, Service, ServiceKind, Shape, Spec, Strategy,
    check::{either, join, nearest},
    problem::{Problem, Span},
};
use crate::units::{Ratio, Seconds};

/// Most services, keyspaces and environments: beyond these a name scheme or an address plan breaks.
const MOST_SERVICES: usize = 40;
const MOST_KEYSPACES: usize = 40;
pub(crate) const MOST_ENVIRONMENTS: usize = 8;
/// Providers take 50 tags; loadpath sets some itself.
const MOST_TAGS: usize = 30;
/// How far shares may be from 100 %: the rounding of a binary fraction, no more.
const SHARE_TOLERANCE: f64 = 1e-6;

/// Where values stand, by path.
pub(crate) type Places = BTreeMap<String, Span>;

/// The place of a path, or of what it is in.
pub(crate) fn locate(places: &Places, path: &str) -> Option<Span> {
    let mut path = path;
    loop {
        if let Some(span) = places.get(path) {
            return Some(*span);
        }
        match path.rfind('.') {
            Some(dot) => path = &path[..dot],
            None => return places.get("").copied(),
        }
    }
}

/// Everything that one environment has wrong.
pub(crate) fn spec(spec: &Spec, clouds: &[Cloud]) -> Vec<Problem> {
    let mut problems = Vec::new();
    load(spec, &mut problems);
    traffic(spec, &mut problems);
    services(spec, &mut problems);
    keyspaces(&spec.data.keyspaces, &mut problems);
    objectives(spec, &mut problems);
    tags(spec, clouds, &mut problems);
    problems
}

fn load(spec: &Spec, problems: &mut Vec<Problem>) {
    let (users, traffic) = (&spec.users, &spec.traffic);
    let stated = [
        users.monthly_active,
        users.daily_active,
        users.peak_concurrent,
        traffic.requests_per_day,
    ];
    if stated.iter().all(Option::is_none) && traffic.requests_per_second.is_none() {
        let message = "nothing states the load, wanted users.monthly_active, users.daily_active, users.peak_concurrent, \
                       traffic.requests_per_second or traffic.requests_per_day";
        problems.push(Problem::at("users", message).hint("users: { monthly_active: 20k }"));
    }
    if let (Some(monthly), Some(daily)) = (users.monthly_active, users.daily_active)
        && daily > monthly
    {
        let message = format!("{daily} daily active users are more than {monthly} monthly ones");
        problems.push(Problem::at("users.daily_active", message));
    }
    if let (Some(monthly), Some(peak)) = (users.monthly_active, users.peak_concurrent)
        && peak > monthly
    {
        let message = format!("{peak} users at once are more than {monthly} in a month");
        problems.push(Problem::at("users.peak_concurrent", message));
    }
    shares(
        "users.locations",
        users.locations.values().copied(),
        problems,
    );
}

/// Shares that must make a whole, if there are any.
fn shares(path: &str, shares: impl Iterator<Item = Ratio>, problems: &mut Vec<Problem>) {
    let shares: Vec<f64> = shares.map(Ratio::get).collect();
    let sum: f64 = shares.iter().sum();
    if !shares.is_empty() && (sum - 1.0).abs() > SHARE_TOLERANCE {
        problems.push(Problem::at(
            path,
            format!("shares add up to {}, wanted 100 %", percent(sum)),
        ));
    }
}

/// A share rounded for a reader.
fn percent(share: f64) -> String {
    Ratio::new((share * 1e8).round() / 1e8).to_string()
}

fn traffic(spec: &Spec, problems: &mut Vec<Problem>) {
    if let Some(Shape::Hours(hours)) = &spec.traffic.shape {
        let path = "traffic.shape.hours";
        if hours.len() != 24 && hours.len() != 168 {
            problems.push(Problem::at(
                path,
                format!(
                    "{} hours, wanted 24 (a day) or 168 (a week, Monday first)",
                    hours.len()
                ),
            ));
        } else if hours.iter().all(|hour| *hour == 0.0) {
            problems.push(Problem::at(path, "every hour is 0, wanted some load"));
        }
    }
    if spec.traffic.surge.is_some_and(|surge| surge.ramp.is_none()) {
        let message =
            "a surge without a ramp: 10 min is assumed, and capacity is warmed up for that";
        problems.push(
            Problem::warning("traffic.surge", message).hint("surge: { factor: 10x, ramp: 10 min }"),
        );
    }
}

fn services(spec: &Spec, problems: &mut Vec<Problem>) {
    let services = &spec.services;
    if services.len() > MOST_SERVICES {
        problems.push(Problem::at(
            "services",
            format!("{} services, at most {MOST_SERVICES} fit", services.len()),
        ));
    }
    if !services.is_empty()
        && services
            .iter()
            .all(|service| service.kind != ServiceKind::Http)
    {
        problems.push(Problem::at(
            "services",
            "no service answers requests, wanted at least one of kind http",
        ));
    }
    let mut topics: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for service in services {
        let path = join("services", &service.name);
        match service.kind {
            ServiceKind::Http => http(service, &path, problems),
            ServiceKind::Worker => worker(service, &path, problems),
            ServiceKind::Event => event(service, &path, problems),
        }
        if let Some(topic) = service.topic.as_deref() {
            topics.entry(topic).or_default().push(&service.name);
        }
        known_keyspaces(service, spec, &path, problems);
        known_callees(service, spec, &path, problems);
        if service.inference && spec.inference.is_none() {
            let problem = Problem::at(join(&path, "inference"), "no model is stated for it to run");
            problems.push(
                problem
                    .hint("inference: { parameters: 8B, bits: 8, tokens_per_job: 800, gpu: l4 }"),
            );
        }
    }
    fans(&topics, problems);
    alone(services, &topics, problems);
}

/// Longest name of a topic and one of its consumers together: a queue is called by both, with its dead letters.
const LONGEST_QUEUE: usize = 34;

/// A topic that several take from: each but the first has a queue of its own, whose name is nobody else's and not too long.
fn fans(topics: &BTreeMap<&str, Vec<&str>>, problems: &mut Vec<Problem>) {
    let further = |(topic, all): (&&str, &Vec<&str>)| -> Vec<(String, String)> {
        let further = all.iter().skip(1);
        further
            .map(|one| ((*topic).to_owned(), (*one).to_owned()))
            .collect()
    };
    for (topic, consumer) in topics.iter().flat_map(further) {
        let queue = format!("{topic}-{consumer}");
        let path = join(&join("services", &consumer), "topic");
        if topics.contains_key(queue.as_str()) {
            let message = format!("the queue of {consumer} is called {queue}, as another topic is");
            problems.push(Problem::at(path, message));
        } else if queue.len() > LONGEST_QUEUE {
            let message = format!(
                "{queue} has {} characters, wanted at most {LONGEST_QUEUE} where a topic has several consumers",
                queue.len()
            );
            problems.push(Problem::at(path, message).hint("a shorter name of the topic"));
        }
    }
}

/// What one consumer of a topic cannot have without the others.
fn alone(services: &[Service], topics: &BTreeMap<&str, Vec<&str>>, problems: &mut Vec<Problem>) {
    for service in services {
        let topic = service.topic.as_deref().unwrap_or_default();
        let others: Vec<&str> = topics.get(topic).into_iter().flatten().copied().collect();
        let stated = [
            (
                "rate_limit",
                service.rate_limit.is_some(),
                "what holds up one would hold up all",
            ),
            (
                "schedule",
                service.schedule.is_some(),
                "a job for one would be a job for all",
            ),
        ];
        for (key, _, why) in stated
            .into_iter()
            .filter(|(_, stated, _)| *stated && others.len() > 1)
        {
            let message = format!(
                "{} take from {topic}, and {why}: a worker with a {key} has a topic for itself",
                others.join(" and ")
            );
            let path = join(&join("services", &service.name), key);
            problems.push(Problem::at(path, message).hint(format!("topic: {}", service.name)));
        }
    }
}

fn http(service: &Service, path: &str, problems: &mut Vec<Problem>) {
    let stated = [
        ("topic", service.topic.is_some()),
        ("jobs_per_request", service.jobs_per_request.is_some()),
        ("job_duration", service.job_duration.is_some()),
        ("message_size", service.message_size.is_some()),
        ("deadline", service.deadline.is_some()),
        ("rate_limit", service.rate_limit.is_some()),
        ("schedule", service.schedule.is_some()),
        ("inference", service.inference),
        ("events_per_day", service.events_per_day.is_some()),
        (
            "object_size",
            service.object_size.is_some() && service.buckets.is_empty(),
        ),
    ];
    for (key, _) in stated.into_iter().filter(|(_, stated)| *stated) {
        let message = format!(
            "{key} is for workers and events, and {} is of kind http",
            service.name
        );
        problems.push(Problem::at(join(path, key), message).hint("kind: worker"));
    }
}

/// What only a service that answers requests may state.
fn not_http(service: &Service, path: &str, problems: &mut Vec<Problem>) {
    let stated = [
        ("share", service.share.is_some()),
        ("cpu_per_request", service.cpu_per_request.is_some()),
        ("duration", service.duration.is_some()),
        ("protocol", service.protocol != Protocol::Http),
        ("public", !service.public),
    ];
    for (key, _) in stated.into_iter().filter(|(_, stated)| *stated) {
        problems.push(Problem::at(
            join(path, key),
            format!(
                "{key} is for http, and {} is of kind {}",
                service.name,
                service.kind.name()
            ),
        ));
    }
}

fn event(service: &Service, path: &str, problems: &mut Vec<Problem>) {
    not_http(service, path, problems);
    if service.topic.is_some() {
        let message = format!("{} takes uploaded objects, not a topic", service.name);
        problems.push(Problem::at(join(path, "topic"), message).hint("kind: worker"));
    }
    if service.schedule.is_some() {
        let message = format!(
            "{} takes uploaded objects, which come when they come",
            service.name
        );
        problems.push(Problem::at(join(path, "schedule"), message).hint("kind: worker"));
    }
    if service.events_per_day.is_none() && service.jobs_per_request.is_none() {
        let message = format!(
            "nothing states how many objects reach {}, wanted events_per_day or jobs_per_request",
            service.name
        );
        problems.push(Problem::at(path, message).hint("events_per_day: 50k"));
    }
}

fn worker(service: &Service, path: &str, problems: &mut Vec<Problem>) {
    not_http(service, path, problems);
    if service.topic.is_none() {
        let message = format!("worker {} has no topic to take jobs from", service.name);
        problems.push(Problem::at(path, message).hint("topic: generation"));
    }
    if let (Some(duration), Some(deadline)) = (service.job_duration, service.deadline)
        && deadline < duration
    {
        let message = format!("a job takes {duration}, longer than its deadline of {deadline}");
        problems.push(Problem::at(join(path, "deadline"), message));
    }
}

/// A call needs somebody who answers.
fn known_callees(service: &Service, spec: &Spec, path: &str, problems: &mut Vec<Problem>) {
    let known: Vec<&str> = spec
        .services
        .iter()
        .filter(|other| other.kind == ServiceKind::Http && other.name != service.name)
        .map(|other| other.name.as_str())
        .collect();
    for name in service
        .calls
        .iter()
        .filter(|name| !known.contains(&name.as_str()))
    {
        let advice = match nearest(name, known.iter().copied()) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("there are {}", either(&known)),
        };
        problems.push(Problem::at(
            join(path, "calls"),
            format!("no other service {name} answers requests; {advice}"),
        ));
    }
}

fn known_keyspaces(service: &Service, spec: &Spec, path: &str, problems: &mut Vec<Problem>) {
    let known: Vec<&str> = spec
        .data
        .keyspaces
        .iter()
        .map(|keyspace| keyspace.name.as_str())
        .collect();
    for name in service
        .keyspaces
        .iter()
        .flatten()
        .filter(|name| !known.contains(&name.as_str()))
    {
        let advice = match nearest(name, known.iter().copied()) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("there are {}", known.join(", ")),
        };
        problems.push(Problem::at(
            join(path, "keyspaces"),
            format!("no keyspace {name}; {advice}"),
        ));
    }
}

fn keyspaces(keyspaces: &[Keyspace], problems: &mut Vec<Problem>) {
    let path = "data.keyspaces";
    if keyspaces.len() > MOST_KEYSPACES {
        problems.push(Problem::at(
            path,
            format!(
                "{} keyspaces, at most {MOST_KEYSPACES} fit",
                keyspaces.len()
            ),
        ));
    }
    // Keyspaces without a share have an equal part of the rest: there must be a rest.
    if keyspaces.iter().any(|keyspace| keyspace.share.get() <= 0.0) {
        problems.push(Problem::at(
            path,
            "shares add up to 100 % or more, and leave nothing to the keyspaces without one",
        ));
    } else {
        shares(
            path,
            keyspaces.iter().map(|keyspace| keyspace.share),
            problems,
        );
    }
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for keyspace in keyspaces {
        let path = join(path, &keyspace.name);
        for table in &keyspace.tables {
            if let Some(other) = owners
                .insert(table, &keyspace.name)
                .filter(|other| *other != keyspace.name)
            {
                let message = format!("table {table} is in keyspace {other} already");
                problems.push(Problem::at(join(&path, "tables"), message));
            }
        }
        match (keyspace.strategy, &keyspace.hash_key) {
            (Strategy::Region, None) => {
                let message = format!(
                    "keyspace {} is by region and has no hash_key to spread a region over its shards",
                    keyspace.name
                );
                problems.push(Problem::at(&path, message).hint("hash_key: content_id"));
            }
            (Strategy::Region, Some(hash_key)) if *hash_key == keyspace.key => {
                problems.push(Problem::at(
                    join(&path, "hash_key"),
                    format!("hash_key and key are one column, {hash_key}"),
                ));
            }
            (Strategy::Region, Some(_)) | (_, None) => {}
            (_, Some(_)) => {
                problems.push(Problem::at(
                    join(&path, "hash_key"),
                    "hash_key is for strategy region alone",
                ));
            }
        }
        if keyspace.strategy == Strategy::Functional
            && keyspace.shards.is_some_and(|shards| shards > 1)
        {
            problems.push(Problem::at(
                join(&path, "shards"),
                "a functional keyspace is one database and has no shards",
            ));
        }
    }
}

fn objectives(spec: &Spec, problems: &mut Vec<Problem>) {
    let objectives = &spec.objectives;
    if let (Some(p95), Some(p99)) = (objectives.latency_p95, objectives.latency_p99)
        && p95 > p99
    {
        let message = format!("the 95th percentile, {p95}, is above the 99th, {p99}");
        problems.push(Problem::at("objectives.latency_p95", message));
    }
    let ms = |latency: Option<Seconds>| latency.is_some_and(|latency| latency.get() < 0.001);
    if ms(objectives.latency_p99) || ms(objectives.latency_p95) {
        let message = "under 1 ms is less than a request needs to cross a data centre";
        problems.push(Problem::warning("objectives", message));
    }
}

/// Labels of Google Cloud are stricter than tags of AWS.
fn tags(spec: &Spec, clouds: &[Cloud], problems: &mut Vec<Problem>) {
    if spec.tags.len() > MOST_TAGS {
        problems.push(Problem::at(
            "tags",
            format!("{} tags, at most {MOST_TAGS} fit", spec.tags.len()),
        ));
    }
    if !clouds.contains(&Cloud::Gcp) {
        return;
    }
    let label = |text: &str| {
        text.len() <= 63
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
    };
    for (name, value) in &spec.tags {
        if !label(name) || !name.starts_with(|c: char| c.is_ascii_lowercase()) || !label(value) {
            let message = format!(
                "`{name}: {value}` is no label of Google Cloud: lower-case letters, digits, - and _, a letter first"
            );
            problems.push(Problem::at(join("tags", name), message));
        }
    }
}

/// What concerns the environments together.
pub(crate) fn environments(blueprint: &Blueprint) -> Vec<Problem> {
    let mut problems = Vec::new();
    let environments = &blueprint.environments;
    if let Some((primary, others)) = environments.split_last() {
        for other in others {
            same_structure(&other.name, &other.spec, &primary.spec, &mut problems);
        }
    }
    for environment in environments {
        let open = ["0.0.0.0/0", "::/0"];
        if environment
            .spec
            .account
            .admin_cidrs
            .iter()
            .any(|cidr| open.contains(&cidr.as_str()))
        {
            let path = format!("accounts.{}.admin_cidrs", environment.name);
            problems.push(Problem::warning(
                path,
                "the whole Internet may reach the control plane",
            ));
        }
    }
    problems
}

/// Structure is shared by all environments; only sizes differ.
fn same_structure(environment: &str, own: &Spec, primary: &Spec, problems: &mut Vec<Problem>) {
    let mut differs = |differs: bool, path: String, key: &str| {
        if differs {
            let path = join(&path, key);
            let path = format!("environments.{environment}.override.{path}");
            problems.push(Problem::at(
                path,
                format!("{key} is the same in all environments"),
            ));
        }
    };
    for (own, primary) in own.services.iter().zip(&primary.services) {
        let path = join("services", &own.name);
        differs(own.kind != primary.kind, path.clone(), "kind");
        differs(own.runtime != primary.runtime, path.clone(), "runtime");
        differs(own.tier != primary.tier, path.clone(), "tier");
        differs(own.topic != primary.topic, path.clone(), "topic");
        differs(own.schedule != primary.schedule, path.clone(), "schedule");
        differs(own.produces != primary.produces, path.clone(), "produces");
        differs(
            own.keyspaces != primary.keyspaces,
            path.clone(),
            "keyspaces",
        );
        differs(own.cache != primary.cache, path.clone(), "cache");
        differs(
            own.inference != primary.inference,
            path.clone(),
            "inference",
        );
        differs(own.calls != primary.calls, path.clone(), "calls");
        differs(own.buckets != primary.buckets, path.clone(), "buckets");
        differs(own.secrets != primary.secrets, path, "secrets");
    }
    differs(
        own.cache.session_ttl.is_some() != primary.cache.session_ttl.is_some(),
        "cache".to_owned(),
        "session_ttl",
    );
    for (own, primary) in own.data.keyspaces.iter().zip(&primary.data.keyspaces) {
        let path = join("data.keyspaces", &own.name);
        differs(own.tables != primary.tables, path.clone(), "tables");
        differs(own.key != primary.key, path.clone(), "key");
        differs(own.strategy != primary.strategy, path.clone(), "strategy");
        differs(own.hash_key != primary.hash_key, path, "hash_key");
    }
    differs(
        own.data.engine != primary.data.engine,
        "data".to_owned(),
        "engine",
    );
    let top = String::new;
    differs(own.regions != primary.regions, top(), "region");
    differs(own.domain != primary.domain, top(), "domain");
    differs(own.platform != primary.platform, top(), "platform");
    differs(own.existing != primary.existing, top(), "existing");
    differs(own.tags != primary.tags, top(), "tags");
    let gpu = |spec: &Spec| {
        spec.inference
            .as_ref()
            .map(|inference| inference.gpu.clone())
    };
    differs(gpu(own) != gpu(primary), "inference".to_owned(), "gpu");
}

/// Names below `accounts` and in pins that are no environment.
pub(crate) fn environment_name(name: &str, known: &[&str], path: &str) -> Option<Problem> {
    if known.contains(&name) {
        return None;
    }
    let advice = match nearest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("there are {}", either(known)),
    };
    Some(Problem::at(
        path,
        format!("no environment {name}; {advice}"),
    ))
}

/// A region for each cloud. A map may name regions of a cloud that is not chosen: a flag may choose it.
pub(crate) fn regions(spec: &Spec, is_map: bool, clouds: &[Cloud]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !is_map && clouds.len() > 1 && !spec.regions.is_empty() {
        let problem = Problem::at("region", "two clouds have no region in common");
        problems.push(problem.hint("region: { aws: us-east-1, gcp: us-central1 }"));
    }
    problems
}
