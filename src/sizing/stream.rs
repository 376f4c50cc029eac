//! Topics, partitions, brokers (capacity model, section 5).

use crate::{
    blueprint::ServiceKind,
    catalog::StreamShape,
    ledger::{Origin, Unit, show},
    sizing::{Class, Context, Remark, ceil, ceil_to},
};

/// A topic and who uses it.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Name; quantities are `stream.topics.<name>.…`.
    pub name: String,
    /// Services that take from it, each all of its messages.
    pub consumers: Vec<String>,
    /// Services that write to it.
    pub producers: Vec<String>,
    /// Its dead-letter topic.
    pub dead_letter: Option<String>,
    /// Where it is a queue of one of several consumers: the topic that fills them all.
    pub source: Option<String>,
}

impl Topic {
    /// The service that says how many messages there are and how long they are: the first; none for dead letters.
    pub fn consumer(&self) -> Option<&String> {
        self.consumers.first()
    }
}

/// Whether what waits for a service lies in a queue of its own: then each consumer of a topic gets one.
pub(crate) fn is_by_queue(choice: &std::collections::BTreeMap<String, String>) -> bool {
    let is = |key: &str, value: &str| choice.get(key).is_some_and(|choice| choice == value);
    !is("queue", "qstash") && (is("stream", "queue") || is("queue", "cloud"))
}

/// Refuses the clock of workers that take from a log: what puts jobs by the clock into a queue writes to no log.
pub(crate) fn check(ctx: &mut Context<'_>) {
    let qstash = ctx.choice.get("queue").is_some_and(|one| one == "qstash");
    if is_by_queue(ctx.choice) || qstash {
        return;
    }
    let workers = ctx.spec.services.iter();
    let scheduled = workers.filter(|service| service.schedule.is_some());
    let mistakes: Vec<Remark> = scheduled
        .map(|service| Remark {
            path: format!("services.{}.schedule", service.name),
            text: format!(
                "{} takes its jobs from a log, which no scheduler of a cloud writes to: state `stream: queue`, or have a service produce them",
                service.name
            ),
        })
        .collect();
    ctx.mistakes.extend(mistakes);
}

/// Whether what waits for services lies in a log of partitions, which brokers keep.
fn is_log(choice: &std::collections::BTreeMap<String, String>) -> bool {
    choice.get("stream").is_some_and(|choice| choice != "queue")
}

/// Topics that the services name: each with its dead-letter topic, in the order of the services. A log is read by several
/// groups; queues are as many as there are consumers.
pub fn topics(spec: &crate::blueprint::Spec, by_queue: bool) -> Vec<Topic> {
    let mut topics = Vec::new();
    let workers = spec
        .services
        .iter()
        .filter(|service| service.kind == ServiceKind::Worker);
    let mut seen: Vec<&String> = Vec::new();
    for worker in workers {
        let Some(name) = &worker.topic else { continue };
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let consumers = consumers_of(spec, name);
        if by_queue && consumers.len() > 1 {
            // The first keeps the queue that it had alone: a further consumer only adds.
            for (idx, consumer) in consumers.into_iter().enumerate() {
                let queue = match idx {
                    0 => name.clone(),
                    _ => format!("{name}-{consumer}"),
                };
                push(&mut topics, queue, vec![consumer], Vec::new(), Some(name));
            }
        } else {
            push(
                &mut topics,
                name.clone(),
                consumers,
                producers_of(spec, name),
                None,
            );
        }
    }
    topics
}

/// Adds a topic and its dead letters.
fn push(
    topics: &mut Vec<Topic>,
    name: String,
    consumers: Vec<String>,
    producers: Vec<String>,
    source: Option<&String>,
) {
    let dead_letter = format!("{name}-dead-letter");
    topics.push(Topic {
        name,
        consumers: consumers.clone(),
        producers,
        dead_letter: Some(dead_letter.clone()),
        source: source.cloned(),
    });
    topics.push(Topic {
        name: dead_letter,
        consumers: Vec::new(),
        producers: consumers,
        dead_letter: None,
        source: None,
    });
}

/// Services that take from a topic, in their order.
pub(crate) fn consumers_of(spec: &crate::blueprint::Spec, topic: &str) -> Vec<String> {
    spec.services
        .iter()
        .filter(|service| service.topic.as_deref() == Some(topic))
        .map(|service| service.name.clone())
        .collect()
}

/// Services that write to a topic: those that say so, or all that answer.
pub(crate) fn producers_of(spec: &crate::blueprint::Spec, topic: &str) -> Vec<String> {
    let names = |is: &dyn Fn(&crate::blueprint::Service) -> bool| -> Vec<String> {
        let services = spec.services.iter().filter(|service| is(service));
        services.map(|service| service.name.clone()).collect()
    };
    let stated = names(&|service| service.produces.iter().any(|one| one == topic));
    // What only the clock fills nobody writes to.
    let mut takers = spec.services.iter();
    let by_clock = takers.any(|service| {
        service.topic.as_deref() == Some(topic)
            && service.schedule.is_some()
            && service.jobs_per_request.is_none()
    });
    if stated.is_empty() && !by_clock {
        return names(&|service| service.kind == ServiceKind::Http);
    }
    stated
}

/// Sizes topics, and where a log keeps them its partitions and brokers; nothing where the services have no topic.
pub(crate) fn size(ctx: &mut Context<'_>, topics: &[Topic]) {
    if topics.is_empty() {
        return;
    }
    let (peak, mean) = throughput(ctx, topics);
    for topic in topics {
        retention(ctx, topic);
        retention_ms(ctx, topic);
        backlog(ctx, topic);
    }
    if !is_log(ctx.choice) {
        return;
    }
    let replication = replication(ctx);
    let (shape, brokers) = brokers(ctx, topics, peak, replication);
    for topic in topics {
        partitions(ctx, topic, brokers);
    }
    disk(ctx, topics, mean, replication, brokers, &shape);
}

/// Messages of a topic: rate at the hourly peak, mean rate, bytes of one.
fn messages(ctx: &mut Context<'_>, topic: &Topic) -> (f64, f64, f64) {
    let Some(consumer) = topic.consumer() else {
        // Dead letters are rare by intent; a thousandth of the jobs (C) is already an incident.
        return (0.0, 0.0, 1024.0);
    };
    let service = ctx
        .spec
        .services
        .iter()
        .find(|service| service.name == *consumer)
        .cloned();
    let stated = service
        .and_then(|service| service.message_size)
        .map(|size| size.get());
    let bytes = ctx.service_input(consumer, "message_bytes", stated, Unit::Bytes, 10_000.0);
    let peak = ctx.ledger.number(&format!("{consumer}.jobs.peak"));
    let mean = ctx.ledger.number(&format!("{consumer}.jobs.mean"));
    (peak, mean, bytes)
}

fn throughput(ctx: &mut Context<'_>, topics: &[Topic]) -> (f64, f64) {
    let burst = ctx.constant("load.burst_factor");
    let (mut peak, mut mean) = (0.0, 0.0);
    for topic in topics {
        let (topic_peak, topic_mean, bytes) = messages(ctx, topic);
        ctx.ledger
            .add(
                format!("stream.topics.{}.messages", topic.name),
                topic_peak,
                Unit::PerSecond,
            )
            .why("messages at the busiest hour")
            .by("jobs of its consumer", "5", &[]);
        peak += topic_peak * burst * bytes / 1e6;
        mean += topic_mean * bytes / 1e6;
    }
    ctx.ledger
        .add("stream.in_mb_s", peak, Unit::MbPerSecond)
        .why("messages at the busiest minute × their size")
        .by("Σ messages · burst · bytes", "5", &["load.burst_factor"]);
    ctx.ledger
        .add("stream.in_mean_mb_s", mean, Unit::MbPerSecond)
        .why("mean over the week")
        .by("Σ mean messages · bytes", "5", &[]);
    (peak, mean)
}

/// The same in the unit of the log's own configuration.
fn retention_ms(ctx: &mut Context<'_>, topic: &Topic) {
    let hours = format!("stream.topics.{}.retention_h", topic.name);
    let value = ctx.ledger.number(&hours);
    ctx.ledger
        .add(
            format!("stream.topics.{}.retention_ms", topic.name),
            value * 3_600_000.0,
            Unit::Millis,
        )
        .why(format!("{} h", show(value)))
        .by("hours × 3 600 000", "5", &[&hours]);
}

fn retention(ctx: &mut Context<'_>, topic: &Topic) {
    let production = ctx.class == Class::Production;
    let name = format!("stream.topics.{}.retention_h", topic.name);
    match (topic.consumer(), production) {
        (Some(_), true) => ctx.policy(
            &name,
            168.0,
            Unit::Hours,
            "a week to notice and to run jobs again",
        ),
        (Some(_), false) => ctx.policy(&name, 24.0, Unit::Hours, "a day is enough to try things"),
        (None, true) => ctx.policy(&name, 336.0, Unit::Hours, "two weeks for a person to look"),
        (None, false) => ctx.policy(&name, 24.0, Unit::Hours, "a day is enough to try things"),
    }
}

fn replication(ctx: &mut Context<'_>) -> f64 {
    let copies = ctx.constant("kafka.replication");
    ctx.ledger
        .add("stream.replication", copies, Unit::Count)
        .why("one a zone")
        .by("replication factor", "5", &["kafka.replication"]);
    ctx.ledger
        .add("stream.min_insync", copies - 1.0, Unit::Count)
        .why("a write survives the loss of one copy, and one broker may be down")
        .by("replication - 1", "5", &["stream.replication"]);
    copies
}

/// Copies of partitions that the topics ask for before rounding to brokers.
fn wanted_partitions(ctx: &mut Context<'_>, topic: &Topic) -> f64 {
    let (peak, _, bytes) = messages(ctx, topic);
    let per_partition = ctx.constant("kafka.partition_mb_s");
    let burst = ctx.constant("load.burst_factor");
    let consumers = consumers(ctx, topic);
    ceil(peak * burst * bytes / 1e6 / per_partition)
        .max(consumers)
        .max(3.0)
}

/// Readers of a topic that are there at once: a group has its own, so the largest decides.
fn consumers(ctx: &Context<'_>, topic: &Topic) -> f64 {
    let maximum = |name: &String| ctx.ledger.number(&format!("{name}.replicas.max"));
    topic.consumers.iter().map(maximum).fold(0.0, f64::max)
}

fn brokers(
    ctx: &mut Context<'_>,
    topics: &[Topic],
    peak: f64,
    replication: f64,
) -> (StreamShape, f64) {
    let groups = groups(topics);
    let partitions: f64 = topics
        .iter()
        .map(|topic| wanted_partitions(ctx, topic))
        .sum();
    let shapes = ctx.cloud.stream_shapes(&ctx.region);
    let headroom = ctx.constant("kafka.network_headroom");
    let least = ctx.constant("kafka.min_brokers");
    let mut candidates: Vec<(f64, f64, StreamShape)> = shapes
        .into_iter()
        .filter(|shape| !(shape.burstable && ctx.class == Class::Production))
        .filter_map(|shape| {
            let traffic = (peak * replication).max(peak * (groups + replication - 1.0));
            let by_network = shape
                .net_mbps
                .map_or(0.0, |mbps| headroom * traffic * 8.0 / mbps);
            let by_in = shape.in_mb_s.map_or(0.0, |limit| peak / limit);
            let by_out = shape.out_mb_s.map_or(0.0, |limit| peak * groups / limit);
            let by_partitions = partitions * replication / shape.partitions;
            let brokers = by_network.max(by_in).max(by_out).max(by_partitions);
            let brokers = ceil_to(ceil(brokers).max(least), least);
            shape
                .usd_hour
                .map(|price| (price * brokers, brokers, shape))
        })
        .collect();
    candidates.sort_by(|a, b| {
        a.0.total_cmp(&b.0)
            .then(a.1.total_cmp(&b.1))
            .then(a.2.name.cmp(&b.2.name))
    });
    let cheapest = candidates
        .first()
        .expect("the catalog has at least one broker type for every region");
    let (_, mut brokers, mut shape) = cheapest.clone();
    let chosen = ctx
        .ledger
        .add("stream.broker", shape.name.clone(), Unit::Name)
        .why(format!(
            "the cheapest for {} MB/s and {} partitions",
            show(peak),
            show(partitions)
        ))
        .by("least cost over broker types", "5", &["stream.in_mb_s"])
        .text()
        .to_owned();
    if chosen != shape.name {
        // A person's pin: the rest follows their broker type.
        match candidates.iter().find(|(_, _, one)| one.name == chosen) {
            Some((_, wanted, pinned)) => (brokers, shape) = (*wanted, pinned.clone()),
            None => {
                let known = candidates.iter().map(|(_, _, one)| one.name.as_str());
                ctx.unknown_shape("stream.broker", &chosen, known);
            }
        }
    }
    let brokers = ctx
        .ledger
        .add("stream.brokers", brokers, Unit::Count)
        .why(format!(
            "{} MB/s in needs fewer; three for replication over zones",
            show(peak)
        ))
        .by(
            "max(3, throughput, network, partitions), whole zones",
            "5",
            &["stream.in_mb_s", "kafka.min_brokers"],
        )
        .number();
    managed(ctx, peak, replication, groups);
    (shape, brokers)
}

/// A service that is bought by vCPU and memory and has no brokers to choose (section 7.10).
fn managed(ctx: &mut Context<'_>, peak: f64, replication: f64, groups: f64) {
    let vcpu = ceil((peak * replication + peak * (groups + replication - 1.0)) / 20.0).max(3.0);
    let vcpu = ctx
        .ledger
        .add("stream.vcpu", vcpu, Unit::Vcpu)
        .why(format!(
            "{} MB/s; three is the smallest cluster there is",
            show(peak)
        ))
        .by(
            "max(3, (T·RF + T·(k + RF - 1)) ÷ 20)",
            "7.10",
            &["stream.in_mb_s", "stream.replication"],
        )
        .number();
    let per_vcpu = if ctx.class == Class::Development {
        1.0
    } else {
        4.0
    };
    ctx.ledger
        .add("stream.memory_gib", vcpu * per_vcpu, Unit::Gib)
        .why(format!("{per_vcpu} GiB a vCPU; 1 to 8 are allowed"))
        .by("vCPU × GiB a vCPU", "7.10", &["stream.vcpu"]);
}

fn groups(topics: &[Topic]) -> f64 {
    let readers = topics.iter().map(|topic| topic.consumers.len());
    readers.max().unwrap_or(1).max(1) as f64
}

/// Who takes from a topic, and from how many messages on a person should know.
fn backlog(ctx: &mut Context<'_>, topic: &Topic) {
    let prefix = format!("stream.topics.{}", topic.name);
    let consumers = consumers(ctx, topic);
    ctx.ledger
        .add(format!("{prefix}.consumers"), consumers, Unit::Count)
        .why("workers at their maximum")
        .by("largest replicas.max of its consumers", "5", &[]);
    let limit = |name: &String| ctx.ledger.get(&format!("{name}.rate_limit")).is_some();
    let is_held = topic.consumers.iter().any(limit);
    let alarms = topic.consumers.iter();
    let alarm = alarms
        .map(|consumer| ctx.ledger.number(&format!("{consumer}.lag_alarm")))
        .min_by(f64::total_cmp)
        .unwrap_or(0.0);
    ctx.ledger
        .add(format!("{prefix}.lag_alarm"), alarm, Unit::Count)
        .why(if is_held {
            "jobs that its limit lets wait"
        } else if topic.consumers.len() > 1 {
            "jobs that arrive within the shortest deadline of its consumers"
        } else if topic.consumer().is_some() {
            "jobs that arrive within the deadline"
        } else {
            "a dead letter is for a person"
        })
        .by("arrivals within the deadline", "2.8", &[]);
}

fn partitions(ctx: &mut Context<'_>, topic: &Topic, brokers: f64) {
    let prefix = format!("stream.topics.{}", topic.name);
    for item in ["replication", "min_insync"] {
        let of = format!("stream.{item}");
        let value = ctx.ledger.number(&of);
        ctx.ledger
            .add(format!("{prefix}.{item}"), value, Unit::Count)
            .why(format!("as {of}"))
            .by("as all topics", "5", &[&of]);
    }
    let consumers = ctx.ledger.number(&format!("{prefix}.consumers"));
    let wanted = wanted_partitions(ctx, topic);
    let committed = ctx.committed_number(&format!("{prefix}.partitions"));
    let fresh = ceil_to(wanted, brokers);
    // Partitions only ever grow: keys would move, and the service refuses fewer.
    let partitions = fresh.max(committed.unwrap_or(0.0));
    let why = if partitions > fresh {
        format!("{} wanted now; partitions never shrink", show(fresh))
    } else if consumers == 0.0 {
        format!(
            "nobody consumes: the least, a multiple of {} brokers",
            show(brokers)
        )
    } else {
        format!(
            "{} consumers at the workers' maximum, a multiple of {} brokers",
            show(consumers),
            show(brokers)
        )
    };
    ctx.ledger
        .add(format!("{prefix}.partitions"), partitions, Unit::Count)
        .why(why)
        .by(
            "max(throughput ÷ 10 MB/s, consumers, 3), a multiple of brokers",
            "5",
            &[
                &format!("{prefix}.consumers"),
                "stream.brokers",
                "kafka.partition_mb_s",
            ],
        );
    let alarm = ctx.ledger.number(&format!("{prefix}.lag_alarm"));
    let per_partition = ceil(alarm / partitions).max(5.0);
    ctx.ledger
        .add(
            format!("{prefix}.lag_alarm_partition"),
            per_partition,
            Unit::Count,
        )
        .why(format!(
            "{} messages over {} partitions",
            show(alarm),
            show(partitions)
        ))
        .by(
            "lag ÷ partitions",
            "2.8",
            &[
                &format!("{prefix}.lag_alarm"),
                &format!("{prefix}.partitions"),
            ],
        );
}

fn disk(
    ctx: &mut Context<'_>,
    topics: &[Topic],
    mean: f64,
    replication: f64,
    brokers: f64,
    shape: &StreamShape,
) {
    let fill = ctx.constant("kafka.disk_fill");
    let shortest = topics
        .iter()
        .map(|topic| {
            ctx.ledger
                .number(&format!("stream.topics.{}.retention_h", topic.name))
        })
        .fold(f64::INFINITY, f64::min);
    ctx.ledger
        .add("stream.local_retention_h", shortest.min(24.0), Unit::Hours)
        .why("a day on the brokers' disks; older segments go to object storage")
        .by("min(a day, shortest retention)", "5", &[]);
    let longest = topics
        .iter()
        .map(|topic| {
            ctx.ledger
                .number(&format!("stream.topics.{}.retention_h", topic.name))
        })
        .fold(0.0, f64::max);
    let hours = topics
        .iter()
        .filter(|topic| topic.consumer().is_some())
        .map(|topic| {
            ctx.ledger
                .number(&format!("stream.topics.{}.retention_h", topic.name))
        })
        .fold(0.0, f64::max);
    let gib = mean * hours * 3600.0 * replication / 1073.7 / fill / brokers;
    let committed = ctx.committed_number("stream.disk_gib").unwrap_or(0.0);
    let least = shape.least_disk_gib;
    let disk = ctx
        .ledger
        .add(
            "stream.disk_gib",
            ceil(gib).max(least).max(committed),
            Unit::Gib,
        )
        .why(format!(
            "{} MB/s mean × {} h × {replication} copies ÷ {fill} ÷ {} brokers, at least {least}",
            show(mean),
            show(hours),
            show(brokers)
        ))
        .by(
            "T · retention · RF ÷ fill ÷ brokers",
            "5",
            &[
                "stream.in_mean_mb_s",
                "stream.replication",
                "kafka.disk_fill",
                "stream.brokers",
            ],
        )
        .number();
    ctx.ledger
        .add("stream.disk_limit_gib", (disk * 4.0).max(50.0), Unit::Gib)
        .why("four times that; storage only ever grows")
        .by("4 × disk", "5", &["stream.disk_gib"]);
    ctx.ledger
        .add("stream.tiered", shape.tiered, Unit::Name)
        .why("old segments go to object storage where the broker can")
        .by("capability of the broker", "5", &["stream.broker"])
        .from(Origin::Catalog(shape.source.clone()));
    ctx.ledger
        .add("stream.retention_longest_h", longest, Unit::Hours)
        .why("longest retention of any topic")
        .by("max over topics", "5", &[]);
}
