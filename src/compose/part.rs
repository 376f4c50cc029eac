//! Parts of a project that stand between its services: topics, buckets, and what users come in by.

use super::{Bucket, Clock, Entry, Fan, Service, Topic, build::Request};
use crate::{
    blueprint::{self, RunsOn, ServiceKind, Spec},
    sizing::{Sizing, object_storage, rate_limit, stream},
};

/// Topics of the project. QStash keeps dead letters itself: there they are no topics.
pub(super) fn topics(request: &Request<'_>, sizing: &Sizing) -> Vec<Topic> {
    let kept = |topic: &&stream::Topic| topic.consumer().is_some() || !by_qstash(request);
    let mut addresses: Vec<String> = Vec::new();
    let topic = |topic: &stream::Topic| {
        let address = topic.source.clone().unwrap_or_else(|| topic.name.clone());
        let leads = !addresses.contains(&address);
        addresses.push(address.clone());
        Topic {
            name: topic.name.clone(),
            consumer: topic.consumer().cloned(),
            consumers: topic.consumers.clone(),
            producers: topic.producers.clone(),
            dead_letter: topic.dead_letter.clone().filter(|_| !by_qstash(request)),
            source: topic.source.clone(),
            address,
            leads,
            by_clock: is_by_clock(request, topic),
            paced: !by_qstash(request)
                && topic
                    .consumer()
                    .is_some_and(|name| rate_limit::is_by_queue(&sizing.ledger, name)),
        }
    };
    sizing.topics.iter().filter(kept).map(topic).collect()
}

/// Whether nothing but the clock puts jobs into a topic.
fn is_by_clock(request: &Request<'_>, topic: &stream::Topic) -> bool {
    let environments = request.blueprint.environments.iter();
    let mut services = environments.flat_map(|one| &one.spec.services);
    topic.source.is_none()
        && topic.producers.is_empty()
        && services.any(|one| one.schedule.is_some() && topic.consumers.contains(&one.name))
}

/// What both clouds' schedulers are told.
pub(super) fn clock(schedule: &blueprint::Schedule) -> Clock {
    let cron = &schedule.cron;
    Clock {
        unix: cron.unix(),
        aws: cron.aws(),
        time_zone: schedule.time_zone.clone(),
        lenient: cron.per_hour() == 1,
        gap_h: cron.longest_gap_h(),
    }
}

/// Topics that fill several queues.
pub(super) fn fans(topics: &[Topic]) -> Vec<Fan> {
    let mut fans: Vec<Fan> = Vec::new();
    for topic in topics {
        let Some(source) = &topic.source else {
            continue;
        };
        match fans.iter_mut().find(|fan| fan.name == *source) {
            Some(fan) => fan.queues.push(topic.name.clone()),
            None => fans.push(Fan {
                name: source.clone(),
                queues: vec![topic.name.clone()],
            }),
        }
    }
    fans
}

/// Whether jobs go by QStash.
pub(super) fn by_qstash(request: &Request<'_>) -> bool {
    let chosen = request.choice.get("queue");
    chosen.is_some_and(|choice| choice == "qstash")
}

/// One data plane in front of all services, or the services themselves.
pub(super) fn entries(services: &[Service], gateway: bool) -> Vec<Entry> {
    if gateway {
        return vec![Entry {
            name: "gateway".to_owned(),
            // what the controller of the gateway makes for a Gateway `entry` of its class
            service: "entry-nginx".to_owned(),
            port: 8080,
            pods: true,
        }];
    }
    services
        .iter()
        .filter(|service| service.public)
        .map(|service| Entry {
            name: service.name.clone(),
            service: service.name.clone(),
            port: 80,
            pods: service.runs_on == RunsOn::Pods.name(),
        })
        .collect()
}

/// Buckets that somebody reads. Cloudflare has no identity that a private bucket lets in: what it delivers comes from the services.
pub(super) fn buckets(spec: &Spec, entry: &str) -> Vec<Bucket> {
    let read = |bucket: &blueprint::Bucket| {
        entry != "cloudflare"
            || *bucket != blueprint::Bucket::Assets
            || spec
                .services
                .iter()
                .any(|service| service.buckets.contains(bucket))
    };
    let starts = |bucket: blueprint::Bucket| {
        spec.services.iter().any(|service| {
            service.kind == ServiceKind::Event && service.buckets.first() == Some(&bucket)
        })
    };
    object_storage::buckets(spec)
        .into_iter()
        .filter(read)
        .map(|bucket| Bucket {
            name: bucket.name().to_owned(),
            delivered: bucket.is_delivered(),
            events: starts(bucket),
        })
        .collect()
}
