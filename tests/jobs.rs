//! Jobs by the clock, and jobs whose worker is held to a rate: what it comes to by hand, who holds it, that more users never wait less, and what
//! cannot be held is refused where it is stated.

mod planned;
mod support;

use loadpath::sizing::Sizing;
use planned::{number, size};
use support::Test;

/// A day with two hours of 15 and 22 of 4, ten jobs a second in the busiest of them.
fn held(architecture: &str, cloud: &str, platform: &str, worker: &str) -> String {
    format!(
        "
version: 1
name: held
architecture: {architecture}
cloud: {cloud}
traffic: {{ requests_per_second: 200, static_share: 0 %, shape: {{ hours: [15, 15, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4] }} }}
services:
  - {{ name: api, kind: http, runtime: go }}
  - {{ name: payer, kind: worker, topic: payments, jobs_per_request: 5 %, deadline: 10 min, {worker} }}
data: {{ size: 20 GiB }}
objectives: {{ latency_p99: 300 ms }}
platform: {{ {platform} }}
environments: {{ prod: {{}} }}
"
    )
}

const TWO_S: &str = "job_duration: 2 s, rate_limit: 8/s";

#[track_caller]
fn exact(sizing: &Sizing, name: &str, expected: f64) {
    let found = number(sizing, name);
    assert!(
        (found - expected).abs() <= 1e-9 * expected.abs(),
        "{name} is {found}, by hand {expected}"
    );
}

/// Whoever holds the rate: 10 - 8 a second are left in each of two hours, 14 400 jobs, 1 800 s at 8 a second. The hours after have
/// 10 · 4 ÷ 15 = 2.67 a second: 5.33 a second fewer, none after 2 700 s, 9 900 s from the first.
fn waits(sizing: &Sizing) {
    exact(sizing, "payer.jobs.peak", 10.0);
    exact(sizing, "payer.rate_limit", 8.0);
    exact(sizing, "payer.limit.done", 8.0);
    exact(sizing, "payer.limit.backlog", 14_400.0);
    exact(sizing, "payer.limit.lag_s", 1800.0);
    exact(sizing, "payer.limit.drain_s", 9900.0);
    // Past the deadline of 600 s by design: the alarm is a fifth above what is expected, and so many jobs wait by then.
    exact(sizing, "payer.limit.age_alarm_s", 2160.0);
    exact(sizing, "payer.lag_alarm", 17_280.0);
    let remarks: Vec<&str> = sizing.remarks.iter().map(|one| one.text.as_str()).collect();
    let said = "jobs wait up to 1 800 s, past their deadline of 600 s; 9 900 s after the first had to wait none does";
    assert!(remarks.iter().any(|one| one.contains(said)), "{remarks:?}");
    // The load test asks for what can be done: 480 a minute, not 600 and then 1 200.
    exact(sizing, "payer.loadtest.rate", 480.0);
    exact(sizing, "payer.loadtest.burst", 480.0);
}

#[test]
fn workers_that_fetch_are_as_many_as_may_work_at_a_time() {
    for (architecture, cloud, platform) in [
        ("stateless-microservices", "aws", "stream: queue"),
        ("stateless-microservices", "gcp", "stream: queue"),
        ("stateless-microservices", "aws", "stream: managed"),
        ("managed-containers", "aws", ""),
        ("serverless-edge", "aws", ""),
    ] {
        let sizing = size(&held(architecture, cloud, platform, TWO_S));
        waits(&sizing);
        // 8 a second of 2 s each.
        exact(&sizing, "payer.limit.workers", 16.0);
        exact(&sizing, "payer.replicas.max", 16.0);
        assert!(
            !sizing.ledger.flag("payer.limit.by_queue"),
            "{architecture}"
        );
    }
}

#[test]
fn workers_that_are_called_leave_the_rate_to_their_queue() {
    for (architecture, cloud, platform) in [
        ("managed-containers", "gcp", ""),
        ("serverless-edge", "gcp", ""),
        ("serverless-edge", "gcp", "queue: qstash"),
        ("serverless-edge", "aws", "queue: qstash"),
    ] {
        let sizing = size(&held(architecture, cloud, platform, TWO_S));
        waits(&sizing);
        // 16 in work, four fifths busy.
        exact(&sizing, "payer.limit.workers", 20.0);
        exact(&sizing, "payer.replicas.max", 20.0);
        exact(&sizing, "payer.limit.at_once", 20.0);
        assert!(sizing.ledger.flag("payer.limit.by_queue"), "{architecture}");
    }
    let qstash = |rate: &str| {
        let worker = format!("job_duration: 2 s, rate_limit: {rate}");
        let sizing = size(&held("serverless-edge", "aws", "queue: qstash", &worker));
        ["calls", "period_s"].map(|item| number(&sizing, &format!("stream.topics.payments.{item}")))
    };
    assert_eq!(qstash("8/s"), [8.0, 1.0]);
    assert_eq!(qstash("1.5/s"), [3.0, 2.0]);
    assert_eq!(qstash("1/min"), [1.0, 60.0]);
}

#[test]
fn whole_workers_may_come_to_less_than_the_limit() {
    let sizing = size(&held(
        "managed-containers",
        "aws",
        "",
        "job_duration: 3 s, rate_limit: 2.5/s",
    ));
    exact(&sizing, "payer.limit.workers", 7.0);
    exact(&sizing, "payer.limit.done", 7.0 / 3.0);
}

#[test]
fn a_queue_that_never_drains_is_named() {
    let sizing = size(&held(
        "managed-containers",
        "gcp",
        "",
        "job_duration: 2 s, rate_limit: 3/s",
    ));
    let remarks: Vec<&str> = sizing.remarks.iter().map(|one| one.text.as_str()).collect();
    // (2 · 10 + 22 · 2.67) ÷ 24 = 3.28 on average: 0.28 a second are left, 24 000 a day.
    let said = "payer gets 3.28 jobs/s on average and is held to 3/s: its queue never drains, grows by 24 000 a day";
    assert!(remarks.iter().any(|one| one.contains(said)), "{remarks:?}");
}

#[test]
fn more_users_never_wait_less_nor_pass_the_limit() {
    for (architecture, cloud) in [
        ("managed-containers", "aws"),
        ("managed-containers", "gcp"),
        ("serverless-edge", "aws"),
    ] {
        let mut before: Option<Sizing> = None;
        for requests in [20, 90, 100, 160, 200, 400, 3000, 90_000] {
            let text = held(architecture, cloud, "", TWO_S).replace(
                "requests_per_second: 200",
                &format!("requests_per_second: {requests}"),
            );
            let sizing = size(&text);
            if let Some(before) = &before {
                for item in [
                    "limit.backlog",
                    "limit.lag_s",
                    "limit.drain_s",
                    "limit.age_alarm_s",
                    "lag_alarm",
                    "replicas.max",
                ] {
                    let name = format!("payer.{item}");
                    let (less, more) = (number(before, &name), number(&sizing, &name));
                    assert!(
                        more >= less,
                        "{name} falls from {less} to {more} at {requests} on {cloud}"
                    );
                }
            }
            if cloud == "aws" {
                assert!(
                    number(&sizing, "payer.replicas.max") / 2.0 <= 8.0,
                    "{requests}"
                );
            }
            before = Some(sizing);
        }
    }
}

#[track_caller]
fn refused(text: &str, wanted: &str) {
    let outcome = Test::new()
        .file("loadpath.yaml", text)
        .arg("generate")
        .status(1)
        .stderr_has("^")
        .stderr_has(wanted)
        .run();
    assert_eq!(outcome.files().len(), 1, "{wanted}");
}

#[test]
fn a_limit_that_cannot_be_kept_is_refused() {
    let short = "job_duration: 100 ms, rate_limit: 8/s";
    refused(
        &held("serverless-edge", "aws", "", short),
        "jobs of payer take 0.1 s, so that 2 at a time, the fewest that what runs it can be held to, are 20/s",
    );
    refused(
        &held("stateless-microservices", "gcp", "stream: queue", short),
        "jobs of payer take 0.1 s, so that 1 at a time, the fewest that what runs it can be held to, is 10/s",
    );
    size(&held("serverless-edge", "gcp", "", short));
    refused(
        &held(
            "serverless-edge",
            "gcp",
            "",
            "job_duration: 2 s, rate_limit: 600/s",
        ),
        "a queue calls at most 500 times a second on this cloud",
    );
    let other = "  - { name: counter, kind: worker, topic: payments }\ndata:";
    refused(
        &held("serverless-edge", "aws", "", TWO_S).replace("data:", other),
        "payer and counter take from payments, and what holds up one would hold up all",
    );
    refused(
        &held("serverless-edge", "aws", "", TWO_S)
            .replace("runtime: go", "runtime: go, rate_limit: 8/s"),
        "rate_limit is for workers and events, and api is of kind http",
    );
    refused(
        &held("live-streaming", "aws", "", TWO_S)
            .replace("kind: worker", "kind: worker, runs_on: fleet"),
        "a machine of a fleet takes as many jobs at a time as it can",
    );
    let event =
        "kind: event, runs_on: functions, events_per_day: 50k, object_size: 1 MB, rate_limit: 8/s,";
    refused(
        &held("managed-containers", "aws", "", TWO_S)
            .replace(
                "kind: worker, topic: payments, jobs_per_request: 5 %,",
                event,
            )
            .replace(
                ", job_duration: 2 s, rate_limit: 8/s",
                ", job_duration: 2 s",
            ),
        "the workflow calls payer once for each object",
    );
}

const NIGHTLY: &str =
    r#"job_duration: 2 s, schedule: { cron: "*/30 1-2 * * mon-fri", time_zone: Europe/Berlin }"#;

/// Four a night on five nights, 20 in the 604 800 s of a week; two in an hour that has some.
#[test]
fn the_clock_makes_jobs_beside_requests_or_alone() {
    let text = held("stateless-microservices", "aws", "stream: queue", NIGHTLY);
    let both = size(&text);
    exact(&both, "payer.schedule.jobs_week", 20.0);
    exact(&both, "payer.jobs.peak", 10.0 + 2.0 / 3600.0);
    let alone = size(&text.replace("jobs_per_request: 5 %, ", ""));
    exact(&alone, "payer.jobs.mean", 20.0 / 604_800.0);
    exact(&alone, "payer.jobs.peak", 2.0 / 3600.0);
    // No request starts one, so that no load test does.
    assert!(alone.ledger.get("payer.loadtest.rate").is_none());
    let producers = |sizing: &Sizing| sizing.topics[0].producers.clone();
    assert_eq!(producers(&both), ["web", "api"]);
    assert_eq!(producers(&alone), [""; 0]);
}

#[test]
fn a_clock_that_no_cloud_can_follow_is_refused() {
    let with = |schedule: &str| {
        held(
            "stateless-microservices",
            "aws",
            "stream: queue",
            &format!("job_duration: 2 s, schedule: {schedule}"),
        )
    };
    refused(&with("0 25 * * *"), "`25` is no hour, wanted 0 to 23");
    refused(&with("0 3 * *"), "4 fields, wanted 5");
    refused(&with("0 3 1 * mon"), "wanted one of them to be *");
    refused(
        &with(r#"{ cron: "0 3 * * *", time_zone: Europe/Berlim }"#),
        "`Europe/Berlim` is no time zone; did you mean Europe/Berlin?",
    );
    refused(
        &with("{ time_zone: UTC }"),
        "key cron is missing in services.payer.schedule",
    );
    refused(
        &held("stateless-microservices", "aws", "stream: managed", NIGHTLY),
        "payer takes its jobs from a log, which no scheduler of a cloud writes to: state `stream: queue`",
    );
    let other = "  - { name: counter, kind: worker, topic: payments }\ndata:";
    refused(
        &with("0 3 * * *").replace("data:", other),
        "payer and counter take from payments, and a job for one would be a job for all",
    );
    refused(
        &with("0 3 * * *").replace("runtime: go", "runtime: go, schedule: 0 3 * * *"),
        "schedule is for workers and events, and api is of kind http",
    );
}
