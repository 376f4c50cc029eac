//! The worked examples of the capacity model, through the blueprint's own front door.
//!
//! The model allows ± 20 % unless a value is a count that must be met exactly. Each example fixes reference speed, three
//! zones, tier 1 and zone loss absorbed (an availability of at least 99.9 %).

mod planned;

use loadpath::sizing::Sizing;
use planned::{catalog_with, number, size, size_with};

/// Within a fifth, as the model asks of a quantity that is not a count.
#[track_caller]
fn near(sizing: &Sizing, name: &str, expected: f64) {
    close(name, number(sizing, name), expected);
}

#[track_caller]
fn close(what: &str, found: f64, expected: f64) {
    assert!(
        (found / expected - 1.0).abs() <= 0.2,
        "{what} is {found}, the model has {expected}"
    );
}

/// To the last digit that the model prints.
#[track_caller]
fn exact(sizing: &Sizing, name: &str, expected: f64) {
    let found = number(sizing, name);
    assert!(
        found == expected,
        "{name} is {found}, the model has {expected}"
    );
}

/// Example 11.1 for this many monthly users, with further keys at the end.
fn generation(cloud: &str, users: &str, growth: &str, data: &str, more: &str) -> String {
    format!(
        "
version: 1
name: quantum
architecture: sharded-kubernetes
cloud: {cloud}
users: {{ {users}, horizon: 12 months, locations: {{ north-america: 50 %, europe: 30 %, asia: 20 % }} }}
traffic: {{ shape: global, static_share: 70 % }}
services:
  - {{ name: api, kind: http, runtime: python, tier: 1, cpu_per_request: 12 ms, target_cpu: 70 %, cache: false }}
  - name: generator
    kind: worker
    topic: generation
    # two jobs a daily user over the 72 dynamic requests of one
    jobs_per_request: 2.7777777778 %
    job_duration: 20 s
    message_size: 20 kB
    inference: true
    cpu: 2
    memory: 8 GiB
    cache: false
data: {{ size: {data}, growth: {growth} }}
inference: {{ parameters: 8B, bits: 8, tokens_per_job: 800, gpu: l4 }}
objectives: {{ latency_p99: 150 ms, availability: 99.9 %, error_rate: 0.1 % }}
environments: {{ prod: {{}} }}
{more}"
    )
}

const N2_STANDARD_8: &str =
    "pins: { cluster.pools.general.machine: { value: n2-standard-8, reason: the example's } }";

#[test]
fn half_a_million_users_generate_content() {
    // 50 items of 20 kB a user; two more a daily user and day: 1,360 GiB in a year.
    let sizing = size(&generation(
        "gcp",
        "monthly_active: 500k",
        "113.27 GiB/month",
        "466 GiB",
        N2_STANDARD_8,
    ));
    near(&sizing, "demand.dau", 100_000.0);
    near(&sizing, "demand.mean", 83.3);
    near(&sizing, "demand.peak", 110.8);
    near(&sizing, "demand.design", 144.1);
    near(&sizing, "api.load", 1.73);
    near(&sizing, "api.servers", 4.05);
    exact(&sizing, "api.replicas.peak", 6.0);
    exact(&sizing, "api.replicas.min", 3.0);
    exact(&sizing, "api.replicas.max", 9.0);
    exact(&sizing, "api.cpu.target", 60.0);
    exact(&sizing, "cluster.pools.general.nodes", 3.0);
    exact(&sizing, "cluster.pools.general.pods_per_node", 7.0);
    near(&sizing, "cost.components.nodes-general", 851.0);
    near(&sizing, "generator.jobs.peak", 3.08);
    near(&sizing, "generator.tokens_per_s", 2463.0);
    near(&sizing, "generator.tokens_per_gpu", 393.0);
    exact(&sizing, "generator.replicas.peak", 9.0);
    near(&sizing, "cost.components.gpu", 3762.0);
    near(&sizing, "stream.in_mb_s", 0.08);
    exact(&sizing, "stream.brokers", 3.0);
    exact(&sizing, "stream.topics.generation.partitions", 9.0);
    near(&sizing, "demand.reads", 432.0);
    near(&sizing, "demand.writes", 46.0);
    near(&sizing, "database.main.vcpu_needed", 0.35);
    near(&sizing, "database.main.data_now_gib", 466.0);
    near(&sizing, "database.main.data_gib", 1825.0);
    near(&sizing, "database.main.working_set_gib", 243.0);
    exact(&sizing, "database.main.shards", 1.0);
    near(&sizing, "edge.gb_month", 75_920.0);
}

#[test]
fn two_million_users_generate_content() {
    let sizing = size(&generation(
        "gcp",
        "monthly_active: 2M",
        "453.25 GiB/month",
        "1863 GiB",
        N2_STANDARD_8,
    ));
    near(&sizing, "demand.dau", 400_000.0);
    near(&sizing, "demand.mean", 333.3);
    near(&sizing, "demand.peak", 443.4);
    near(&sizing, "demand.design", 576.4);
    near(&sizing, "api.load", 6.92);
    near(&sizing, "api.servers", 11.55);
    exact(&sizing, "api.replicas.peak", 12.0);
    exact(&sizing, "api.replicas.min", 6.0);
    exact(&sizing, "api.replicas.max", 18.0);
    exact(&sizing, "cluster.pools.general.nodes", 3.0);
    near(&sizing, "cost.components.nodes-general", 851.0);
    near(&sizing, "generator.jobs.peak", 12.3);
    near(&sizing, "generator.tokens_per_s", 9853.0);
    exact(&sizing, "generator.replicas.peak", 36.0);
    near(&sizing, "cost.components.gpu", 14_223.0);
    near(&sizing, "stream.in_mb_s", 0.32);
    exact(&sizing, "stream.brokers", 3.0);
    exact(&sizing, "stream.topics.generation.partitions", 36.0);
    near(&sizing, "demand.reads", 1729.0);
    near(&sizing, "demand.writes", 185.0);
    // On one node; here two share it.
    let shards = number(&sizing, "database.main.shards");
    close(
        "vCPU of one node",
        number(&sizing, "database.main.vcpu_needed") * shards,
        1.41,
    );
    near(&sizing, "database.main.data_now_gib", 1863.0);
    near(&sizing, "database.main.data_gib", 7302.0);
    near(&sizing, "database.main.working_set_gib", 974.0);
    exact(&sizing, "database.main.shards", 2.0);
    assert_eq!(sizing.shard_map.hash.buckets, 4096);
    near(&sizing, "edge.gb_month", 303_680.0);
}

#[test]
fn content_in_object_storage_needs_no_shards() {
    // Without the items a user is a few rows.
    let sizing = size(&generation(
        "gcp",
        "monthly_active: 2M",
        "1 GiB/month",
        "20 GiB",
        "",
    ));
    exact(&sizing, "database.main.shards", 1.0);
}

#[test]
fn spot_accelerators_cost_the_example_s() {
    for (users, expected) in [("500k", 1923.0), ("2M", 7269.0)] {
        let text = generation(
            "gcp",
            &format!("monthly_active: {users}"),
            "1 GiB/month",
            "20 GiB",
            "platform: { spot: 100 % }",
        );
        near(&size(&text), "cost.components.gpu-spot", expected);
    }
}

#[test]
fn hundreds_of_thousands_online_is_the_other_reading() {
    let readings = |cloud: &str, more: &str| {
        size(&generation(
            cloud,
            "peak_concurrent: 200k",
            "1 GiB/month",
            "20 GiB",
            more,
        ))
    };
    let sizing = readings("gcp", "");
    near(&sizing, "demand.design", 39_604.0);
    near(&sizing, "api.load", 475.0);
    near(&sizing, "api.servers", 792.1);
    exact(&sizing, "api.replicas.peak", 795.0);
    near(&sizing, "demand.reads", 118_812.0);
    near(&sizing, "demand.writes", 11_881.0);
    let target = number(&sizing, "db.target_utilization");
    close(
        "readers",
        number(&sizing, "database.main.read_vcpu") / target,
        71.0,
    );
    exact(&sizing, "database.main.shards", 1.0);
    // The largest class of the example's quarter of a shard has 192 vCPU.
    near(&readings("aws", ""), "database.main.shards_by_writes", 0.25);
}

#[test]
fn a_cache_takes_readers_off_the_other_reading() {
    let text = generation(
        "gcp",
        "peak_concurrent: 200k",
        "1 GiB/month",
        "20 GiB",
        "cache: { items: 1M, item_size: 2 kB }\n\
         pins: { cache.cacheable_share: { value: 1, reason: the example marks all reads cacheable } }",
    )
    .replace("target_cpu: 70 %, cache: false", "target_cpu: 70 %, cache: true");
    let sizing = size(&text);
    let target = number(&sizing, "db.target_utilization");
    close(
        "readers behind a cache",
        number(&sizing, "database.main.read_vcpu") / target,
        10.7,
    );
}

/// Example 11.2 with this many million requests a day, and further keys.
fn writing(millions: u32, horizon: u32, growth_limit: &str, more: &str) -> String {
    format!(
        "
version: 1
name: quill
architecture: sharded-kubernetes
cloud: aws
region: us-east-1
users: {{ growth: +300 %/quarter, horizon: {horizon} months, growth_limit: {growth_limit} }}
traffic: {{ shape: diurnal, requests_per_day: {millions}M, static_share: 20 % }}
services:
  - {{ name: api, kind: http, runtime: python, tier: 1, cpu_per_request: 12 ms, cache: false }}
data: {{ size: 500 GiB }}
objectives: {{ availability: 99.9 % }}
environments: {{ prod: {{}} }}
{more}"
    )
}

#[test]
fn a_quarter_at_three_hundred_percent_is_four_times() {
    for (millions, design) in [(2, 240.0), (5, 600.0), (10, 1199.0)] {
        near(
            &size(&writing(millions, 3, "4x", "")),
            "demand.edge.design",
            design,
        );
    }
    // Growth ends at the horizon: if it did not, the next shards would have to be prepared now (section 3.4).
    let sizing = size(&writing(
        5,
        3,
        "4x",
        "pins: { cluster.pools.general.machine: { value: m7g.2xlarge, reason: the example's } }",
    ));
    exact(&sizing, "demand.growth", 4.0);
    near(&sizing, "demand.design", 480.0);
    near(&sizing, "api.load", 5.76);
    near(&sizing, "api.servers", 9.98);
    exact(&sizing, "api.replicas.peak", 12.0);
    exact(&sizing, "api.replicas.min", 3.0);
    exact(&sizing, "api.replicas.max", 18.0);
    exact(&sizing, "cluster.pools.general.nodes", 3.0);
    exact(&sizing, "cluster.pools.general.pods_per_node", 7.0);
    near(&sizing, "cost.components.nodes-general", 715.0);
    near(&sizing, "demand.reads", 1439.0);
    near(&sizing, "demand.writes", 144.0);
    near(&sizing, "database.main.vcpu_needed", 1.15);
    close(
        "connections at the peak",
        number(&sizing, "api.replicas.peak") * number(&sizing, "api.pool"),
        60.0,
    );
    near(&sizing, "database.main.active", 4.0);
    near(&sizing, "database.main.data_gib", 2000.0);
    exact(&sizing, "database.main.shards", 1.0);
}

/// The blueprint of the content platform divides the load of example 11.2 among its services.
#[test]
fn the_content_platform_carries_the_same_load_in_several_services() {
    let sizing = size(include_str!("../blueprints/stateless-microservices.yaml"));
    exact(&sizing, "demand.growth", 4.0);
    near(&sizing, "demand.edge.design", 600.0);
    near(&sizing, "demand.design", 480.0);
    near(&sizing, "database.data_gib", 2000.0);
    let services = [
        "web",
        "auth",
        "content",
        "generation",
        "billing",
        "analytics",
    ];
    let busy: f64 = services
        .iter()
        .map(|name| number(&sizing, &format!("{name}.load")))
        .sum();
    close("busy vCPU", busy, 5.76);
    // sessions: three masters, and a replica of each
    exact(&sizing, "cache.shards", 3.0);
    exact(&sizing, "cache.replicas", 1.0);
    exact(&sizing, "gateway.replicas.min", 3.0);
    exact(&sizing, "database.users.shards", 2.0);
    exact(&sizing, "database.content.shards", 4.0);
    // 2 000 GiB by column, a tenth of it in the memory of a query
    near(&sizing, "warehouse.stored_gb", 537.0);
    exact(&sizing, "warehouse.base_rpu", 8.0);
    // one object a write: 480/s × 70 % of the calls × 1/11 writes
    near(&sizing, "object_storage.uploads.put_rate", 30.6);
    exact(&sizing, "object_storage.assets.prefixes", 1.0);
}

#[test]
fn four_such_quarters_are_256_times() {
    let sizing = size(&writing(5, 12, "256x", ""));
    exact(&sizing, "demand.growth", 256.0);
    near(&sizing, "demand.design", 30_700.0);
    near(&sizing, "demand.writes", 9210.0);
    let target = number(&sizing, "db.target_utilization");
    close(
        "the writer",
        number(&sizing, "database.main.write_vcpu") / target,
        18.4,
    );
    assert!(number(&sizing, "database.main.shards_by_writes") <= 1.0);
    // Without the word of the blueprint growth stops at ten times, and says so.
    let capped = size(&writing(5, 12, "10x", ""));
    exact(&capped, "demand.growth", 10.0);
    assert!(
        capped
            .ledger
            .get("demand.growth")
            .is_some_and(|growth| growth.why.contains("256"))
    );
}

/// Example 11.3: 200 requests/s at the earlier peak, ten times that in the spike.
fn spike(architecture: &str, traffic: &str) -> String {
    format!(
        "
version: 1
name: bytebridge
architecture: {architecture}
cloud: aws
traffic: {{ {traffic}, static_share: 0 % }}
services:
  - {{ name: api, kind: http, runtime: python, tier: 1, cpu_per_request: 60 ms, cpu: 2 }}
data: {{ size: 100 GiB }}
cache: {{ items: 1M, item_size: 2 kB }}
objectives: {{ latency_p95: 200 ms, availability: 99.9 %, cache_hit: 60 % }}
environments: {{ prod: {{}} }}
pins: {{ cache.cacheable_share: {{ value: 1, reason: the example marks all reads cacheable }} }}
"
    )
}

/// The example's lag of 135 s: metrics 15, alarm 60, task 60; and its writes a request.
const CONTAINERS: &[(&str, f64)] = &[
    ("hpa.metrics_lag_s", 15.0),
    ("hpa.sync_s", 60.0),
    ("lag.pod_start_s", 60.0),
    ("lag.node_start_s", 0.0),
    ("db.writes_per_request", 0.1),
];

#[test]
fn a_spike_of_ten_times_has_a_warm_floor() {
    let facts = catalog_with(CONTAINERS);
    let sizing = size_with(
        &spike(
            "sharded-kubernetes",
            "requests_per_second: 2000/s, shape: spiky",
        ),
        &facts,
    );
    near(&sizing, "demand.surge", 2000.0);
    near(&sizing, "api.load", 12.0);
    exact(&sizing, "api.replicas.peak", 12.0);
    exact(&sizing, "api.replicas.surge", 102.0);
    exact(&sizing, "api.replicas.max", 102.0);
    exact(&sizing, "api.replicas.min", 39.0);
    near(&sizing, "database.main.reads", 2400.0);
    near(&sizing, "database.main.writes", 200.0);
    let target = number(&sizing, "db.target_utilization");
    close(
        "the writer",
        number(&sizing, "database.main.write_vcpu") / target,
        0.40,
    );
    close(
        "the reader",
        number(&sizing, "database.main.read_vcpu") / target,
        1.44,
    );
    exact(&sizing, "database.main.shards", 1.0);
}

#[test]
fn a_spike_in_a_minute_keeps_all_pods_warm() {
    let facts = catalog_with(CONTAINERS);
    let sizing = size_with(
        &spike(
            "sharded-kubernetes",
            "requests_per_second: 200/s, surge: { factor: 10x, ramp: 60 s }",
        ),
        &facts,
    );
    exact(&sizing, "api.replicas.peak", 12.0);
    exact(&sizing, "api.replicas.min", 102.0);
    exact(&sizing, "api.replicas.max", 102.0);
}

/// The example on what it is about, with the lag that containers without a cluster have by themselves.
#[test]
fn a_spike_of_ten_times_on_managed_containers() {
    let facts = catalog_with(&[("db.writes_per_request", 0.1)]);
    let sizing = size_with(
        &spike(
            "managed-containers",
            "requests_per_second: 2000/s, shape: spiky",
        ),
        &facts,
    );
    exact(&sizing, "containers.scaling_lag_s", 135.0);
    near(&sizing, "demand.surge", 2000.0);
    near(&sizing, "api.load", 12.0);
    exact(&sizing, "api.replicas.peak", 12.0);
    exact(&sizing, "api.replicas.surge", 102.0);
    exact(&sizing, "api.replicas.max", 102.0);
    exact(&sizing, "api.replicas.min", 39.0);
    near(&sizing, "database.main.reads", 2400.0);
    near(&sizing, "database.main.writes", 200.0);
    exact(&sizing, "database.main.shards", 1.0);
    let minute = size_with(
        &spike(
            "managed-containers",
            "requests_per_second: 200/s, surge: { factor: 10x, ramp: 60 s }",
        ),
        &facts,
    );
    exact(&minute, "api.replicas.min", 102.0);
}

/// Example 11.5 with these further keys.
fn edge(more: &str) -> String {
    format!(
        "
version: 1
name: jor
architecture: serverless-edge
cloud: aws
domain: jor.example.com
users: {{ daily_active: 5M, locations: {{ north-america: 50 %, europe: 30 %, asia: 20 % }} }}
traffic: {{ shape: global, static_share: 70 % }}
services: [{{ name: web, kind: http, runtime: node, tier: 1, duration: 80 ms, memory: 1 GiB, cache: true }}]
cache: {{ items: 10M, item_size: 2 kB, operations_per_request: 4 }}
objectives: {{ availability: 99.99 %, error_rate: 0.1 %, cache_hit: 85 % }}
environments: {{ prod: {{}} }}
{more}"
    )
}

#[test]
fn a_read_heavy_site_answers_at_the_edge() {
    let sizing = size(&edge("platform: { cdn: cloud, edge_cache: cloud }"));
    near(&sizing, "demand.mean", 4167.0);
    near(&sizing, "demand.design", 7205.0);
    near(&sizing, "cache.stored_items", 4.05e6);
    close(
        "share of the items",
        number(&sizing, "cache.stored_items") / number(&sizing, "cache.items"),
        0.405,
    );
    near(&sizing, "cache.memory_gib", 13.5);
    near(&sizing, "cache.operations", 28_820.0);
    near(&sizing, "database.main.reads", 3242.0);
    near(&sizing, "database.main.writes", 2162.0);
    let busy = |name: &str| number(&sizing, name) / number(&sizing, "db.target_utilization");
    close("writer vCPU", busy("database.main.write_vcpu"), 4.32);
    close("reader vCPU", busy("database.main.read_vcpu"), 1.95);
    let cold = busy("database.main.read_vcpu") * number(&sizing, "cache.cold_factor");
    close("reader vCPU, cold", cold, 13.0);
    near(&sizing, "web.concurrency.peak", 576.0);
    near(&sizing, "functions.quota", 823.0);
    let floor = number(&sizing, "availability.floor");
    assert!((floor - 0.9983).abs() < 5e-5, "{floor}");
    near(&sizing, "availability.floor_minutes", 74.0);
    near(&sizing, "slo.budget_minutes", 4.38);
    near(&sizing, "edge.gb_month", 3.74e6);
    exact(&sizing, "database.main.shards", 1.0);
    assert!(
        sizing
            .remarks
            .iter()
            .any(|remark| remark.path == "objectives.availability"
                && remark.text.contains("never signed")),
        "{:?}",
        sizing.remarks
    );
}

#[test]
fn the_cache_of_a_read_heavy_site_fits_one_large_node_or_two() {
    for (node, shards) in [("cache.r7g.large", 2.0), ("cache.r7g.xlarge", 1.0)] {
        let pin = format!(
            "platform: {{ cdn: cloud, edge_cache: cloud }}\npins: {{ cache.node: {{ value: {node}, reason: the example's }} }}"
        );
        exact(&size(&edge(&pin)), "cache.shards", shards);
    }
}

#[test]
fn a_cache_near_every_user_is_bought_by_the_operation() {
    let sizing = size(&edge(""));
    near(&sizing, "cache.operations", 28_820.0);
    // 16,668 operations a second on average
    near(&sizing, "edge_cache.operations_month", 43_803.0);
    assert!(sizing.ledger.get("cache.shards").is_none());
    for (region, share) in [("eu-central-1", 0.3), ("ap-southeast-1", 0.2)] {
        near(&sizing, &format!("edge_cache.read.{region}"), share);
    }
    near(&sizing, "quotas.edge_cache_commands.need", 28_820.0);
}

/// Functions of the worked examples, on managed containers, which have both.
fn functions(services: &str, traffic: &str, objectives: &str) -> String {
    format!(
        "
version: 1
name: calls
architecture: managed-containers
cloud: aws
{traffic}
services:
  - {{ name: api, kind: http, runtime: python, tier: 1 }}
{services}
data: {{ size: 100 GiB }}
objectives: {{ {objectives} }}
environments: {{ prod: {{}} }}
"
    )
}

/// Example 11.3: 50,000 files a day of 30 s.
#[test]
fn files_of_half_a_minute_keep_functions_busy() {
    let sizing = size(&functions(
        "  - { name: files, kind: event, runs_on: functions, runtime: python, events_per_day: 50k, job_duration: 30 s }",
        "traffic: { requests_per_second: 2000/s, shape: spiky, static_share: 0 % }",
        "latency_p95: 200 ms, availability: 99.9 %",
    ));
    near(&sizing, "files.concurrency.mean", 17.4);
    near(&sizing, "files.concurrency.surge", 174.0);
    assert!(number(&sizing, "functions.quota") < 1000.0);
}

/// Example 11.5: 80 ms of 1 GB at 7,205 requests/s.
#[test]
fn functions_answer_five_million_daily_users() {
    let sizing = size(&functions(
        "  - { name: front, kind: http, runs_on: functions, runtime: node, duration: 80 ms, memory: 1 GiB, keyspaces: [] }",
        "users: { daily_active: 5M, locations: { north-america: 50 %, europe: 30 %, asia: 20 % } }\ntraffic: { shape: global }",
        "availability: 99.99 %, error_rate: 0.1 %",
    ));
    near(&sizing, "demand.design", 7205.0);
    near(&sizing, "functions.concurrency", 576.0);
    near(&sizing, "functions.instances", 823.0);
    near(&sizing, "quotas.function_concurrency.need", 823.0);
    assert!(number(&sizing, "functions.quota") < 1000.0);
    near(&sizing, "cost.components.functions", 13_870.0);
}

/// Example 11.4: a million viewers of an event on AWS.
fn event(more: &str) -> String {
    format!(
        "
version: 1
name: apex
architecture: live-streaming
cloud: aws
domain: apex.example.com
users: {{ peak_concurrent: 1M }}
traffic: {{ shape: live-event, requests_per_second: 30k/s }}
media: {{ live_inputs: 500, bitrate: 3.5 Mbit/s, chat_messages_per_viewer: 0.005/s }}
data: {{ size: 100 GiB }}
objectives: {{ latency_p99: 200 ms, availability: 99.9 %, error_rate: 0.1 % }}
environments: {{ prod: {{}} }}
{more}"
    )
}

#[test]
fn a_million_people_watch_an_event() {
    let sizing = size(&event(
        "pins: { transcoder.fleet.machine: { value: c7g.4xlarge, reason: the example's } }",
    ));
    near(&sizing, "media.egress_gbps", 3500.0);
    near(&sizing, "media.viewers.mean", 66_323.0);
    near(&sizing, "media.gb_month", 76.25e6);
    near(&sizing, "media.origin_gb_month", 1.525e6);
    near(&sizing, "media.transcode.load", 2100.0);
    near(&sizing, "media.transcode.vcpu", 3000.0);
    near(&sizing, "transcoder.fleet.peak", 189.0);
    near(&sizing, "nosql.writes.peak", 5000.0);
    near(&sizing, "nosql.wcu.peak", 5000.0);
    near(&sizing, "nosql.wcu.provisioned", 7143.0);
    near(&sizing, "nosql.rcu.peak", 16_667.0);
    near(&sizing, "nosql.partitions_by_rate", 11.0);
    exact(&sizing, "chat.sockets.surge", 72.0);
    // Two of a hundred playlists reach the origin, each with a part; four renditions of each input are written in parts and segments.
    near(&sizing, "media.playlists.peak", 20_000.0);
    near(&sizing, "object_storage.segments.get_rate", 20_000.0);
    near(
        &sizing,
        "object_storage.segments.put_rate",
        500.0 * 4.0 * (1.0 + 1.0 / 6.0),
    );
    exact(&sizing, "object_storage.segments.prefixes", 4.0);
    // A generator of 10 Gbit/s plays 2,000 viewers at 3.5 Mbit/s.
    exact(&sizing, "loadtest.viewers.runners", 500.0);
    exact(&sizing, "loadtest.chat.runners", 100.0);
    near(&sizing, "cost.components.cdn", 1.566e6);
    // 3,500 Gbit/s are far over what one distribution may carry by default.
    near(&sizing, "quotas.cdn_gbps.need", 3500.0);
    exact(&sizing, "quotas.cdn_gbps.default", 150.0);
    let why = &sizing
        .ledger
        .get("cost.components.cdn")
        .expect("priced")
        .why;
    assert!(why.contains("ask for a contract"), "{why}");
    assert_eq!(sizing.ledger.text("nosql.billing"), "PAY_PER_REQUEST");
}

/// Chat of the same event as documents, by hand: 33,333 reads × 0.3 ms and 5,000 writes × 1 ms at 60 % are 25 vCPU; 800.5 GiB of messages have
/// 96.06 GiB of indexes, and a tenth of them with all of these is 176.1 GiB of 75 % of the memory: 234.8 GiB, twice an M80.
#[test]
fn an_event_keeps_its_chat_as_documents() {
    let sizing = size(&event("platform: { nosql: mongodb-atlas }"));
    near(&sizing, "document.reads", 33_333.0);
    near(&sizing, "document.writes", 5000.0);
    near(&sizing, "document.vcpu", 25.0);
    near(&sizing, "document.data_gib", 800.5);
    near(&sizing, "document.index_gib", 96.06);
    near(&sizing, "document.working_set_gib", 176.1);
    near(&sizing, "document.ram_gib", 234.8);
    assert_eq!(sizing.ledger.text("document.tier"), "M80");
    exact(&sizing, "document.shards", 2.0);
    // The loudest room reaches both shards several times over.
    exact(&sizing, "nosql.room_shards", 8.0);
    // Two shards of M80 at 7.30 USD/h, a key of our own.
    near(
        &sizing,
        "cost.components.document-db",
        2.0 * 7.30 * 730.0 * 1.15,
    );
    assert!(sizing.ledger.get("nosql.wcu.peak").is_none());
}

/// Results of a model beside relational data: 100 GiB of 10 kB documents have 1.2 GiB of indexes; with a tenth of the data 11.2 GiB of 75 %.
#[test]
fn documents_beside_the_relational_data() {
    let text = |more: &str| {
        format!(
            "
version: 1
name: notes
architecture: managed-containers
cloud: aws
traffic: {{ requests_per_second: 500, read_share: 90 %, static_share: 0 % }}
data: {{ size: 20 GiB }}
documents: {{ size: 100 GiB, item_size: 10240 B, reads_per_request: 2, writes_per_request: 0.5 }}
platform: {{ nosql: mongodb-atlas }}
environments: {{ prod: {{}} }}
{more}"
        )
    };
    let sizing = size(&text(""));
    let surge = number(&sizing, "demand.surge");
    near(&sizing, "document.writes", surge * 0.5);
    near(&sizing, "document.index_gib", 1.172);
    near(&sizing, "document.working_set_gib", 11.17);
    near(&sizing, "document.ram_gib", 14.9);
    assert_eq!(sizing.ledger.text("document.tier"), "M40");
    assert_eq!(sizing.ledger.text("document.tier_max"), "M50");
    exact(&sizing, "document.shards", 1.0);
    let pinned = size(&text(
        "pins: { document.tier: { value: M30, reason: the example's } }",
    ));
    exact(&pinned, "document.shards", 2.0);
    let none = size(&text("").replace("nosql: mongodb-atlas", "nosql: none"));
    assert!(none.ledger.get("document.tier").is_none());
}

#[test]
fn the_cheapest_fleet_is_of_the_size_of_the_example() {
    let sizing = size(&event(""));
    near(&sizing, "transcoder.fleet.peak", 189.0);
    // Every room of an event is spread over so many keys that none is hot.
    let writes = number(&sizing, "nosql.wcu.peak") / number(&sizing, "nosql.room_shards");
    let reads = number(&sizing, "nosql.rcu.peak") / number(&sizing, "nosql.room_shards");
    assert!(writes <= 1000.0 && reads <= 3000.0);
    assert!(writes / 1000.0 + reads / 3000.0 <= 1.0);
}

/// Four shards that a person stated, and reads that no volume gives: the remark names what is short and nothing else.
#[test]
fn a_node_that_no_class_carries_is_named_with_what_it_lacks() {
    let example = include_str!("../blueprints/sharded-kubernetes.yaml");
    let text = example.replace("peak_concurrent: 50k", "peak_concurrent: 400k");
    assert_ne!(text, example);
    let sizing = size(&text.replace("cloud: gcp", "cloud: aws"));
    let remarks: Vec<&str> = sizing
        .remarks
        .iter()
        .map(|remark| remark.text.as_str())
        .filter(|message| message.contains("state more shards"))
        .collect();
    let [remark] = remarks[..] else {
        panic!("{remarks:?}");
    };
    assert!(
        remark.contains("I/O a second, of which the largest class"),
        "{remark}"
    );
    assert!(
        !remark.contains("vCPU") && !remark.contains("memory"),
        "{remark}"
    );
}

/// Two services take from one topic: every message is for each, so both have its rate and each its own backlog. In queues each has its own,
/// the first the one that it had alone; a log is one, read by two groups.
#[test]
fn a_topic_with_two_consumers() {
    let text = |architecture: &str, platform: &str, second: &str| {
        format!(
            "
version: 1
name: twice
architecture: {architecture}
cloud: aws
traffic: {{ requests_per_second: 200 }}
services:
  - {{ name: api, kind: http, runtime: go }}
  - {{ name: sender, kind: worker, topic: orders, jobs_per_request: 10 %, job_duration: 2 s, deadline: 5 min }}
{second}
data: {{ size: 20 GiB }}
platform: {{ {platform} }}
environments: {{ prod: {{}} }}
"
        )
    };
    let counter =
        "  - { name: counter, kind: worker, topic: orders, job_duration: 500 ms, deadline: 1 h }";
    let names = |sizing: &Sizing| -> Vec<String> {
        let topics = sizing.topics.iter();
        topics.map(|topic| topic.name.clone()).collect()
    };
    let one = size(&text("stateless-microservices", "stream: queue", ""));
    let queues = size(&text("stateless-microservices", "stream: queue", counter));
    assert_eq!(names(&one), ["orders", "orders-dead-letter"]);
    assert_eq!(
        names(&queues),
        [
            "orders",
            "orders-dead-letter",
            "orders-counter",
            "orders-counter-dead-letter"
        ]
    );
    for topic in ["orders", "orders-counter"] {
        near(
            &queues,
            &format!("stream.topics.{topic}.messages"),
            0.1 * number(&one, "demand.peak"),
        );
    }
    exact(
        &queues,
        "stream.topics.orders.lag_alarm",
        number(&one, "stream.topics.orders.lag_alarm"),
    );
    exact(
        &queues,
        "stream.topics.orders-counter.lag_alarm",
        number(&queues, "counter.lag_alarm"),
    );
    assert!(number(&queues, "counter.replicas.max") <= number(&queues, "sender.replicas.max"));
    let log = size(&text("stateless-microservices", "stream: managed", counter));
    assert_eq!(names(&log), ["orders", "orders-dead-letter"]);
    assert!(number(&log, "stream.topics.orders.partitions") >= number(&log, "sender.replicas.max"));
    let strictest = number(&log, "sender.lag_alarm").min(number(&log, "counter.lag_alarm"));
    exact(&log, "stream.topics.orders.lag_alarm", strictest);
}

/// MySQL by Vitess: 250 GB are the sweet spot of a shard, and a gate of 2 vCPU carries 1 500 statements a second and vCPU at 60 %.
#[test]
fn vitess_has_shards_of_its_sweet_spot_and_gates_in_each_zone() {
    let text = "
version: 1
name: quarry
architecture: sharded-kubernetes
cloud: aws
users: { monthly_active: 100k, horizon: 12 months }
traffic: { shape: steady, requests_per_second: 2k/s, static_share: 0 %, read_share: 90 % }
services:
  - { name: api, kind: http, runtime: go, cache: false }
data: { size: 900 GiB, growth: 1 GiB/month, engine: mysql, keyspaces: [{ name: parcels, tables: [parcels], key: parcel_id }] }
objectives: { availability: 99.95 %, rpo: 5 min, rto: 4 h }
environments: { prod: {} }
platform: { router: vitess }
";
    let sizing = size(text);
    // 250 · 10^9 ÷ 2^30; 300 MB/s for 4 h restore more.
    near(&sizing, "database.soft_gib", 232.8);
    // 912 GiB ÷ 232.8 = 3.92, and the next power of two.
    exact(&sizing, "database.parcels.shards", 4.0);
    // A primary and two replicas, one in each of three zones.
    for cell in ["z0", "z1", "z2"] {
        exact(
            &sizing,
            &format!("database.parcels.cells.{cell}.tablets"),
            1.0,
        );
    }
    // 2 000 requests × 3.3 statements = 6 600; ÷ (1 500 × 2 × 0.6) ÷ 2 zones that carry them = 1.83.
    near(&sizing, "vitess.gate.statements", 6600.0);
    exact(&sizing, "vitess.gate.replicas", 2.0);
    exact(&sizing, "vitess.gate.max", 3.0);
    // The log every ten minutes at the most, and 30 days of it with the whole copy of a week before.
    exact(&sizing, "database.archive_timeout_min", 10.0);
    exact(&sizing, "database.backup_gap_min", 40.0);
    exact(&sizing, "database.backup_expiry_days", 37.0);
    // MySQL and vttablet share the processor by halves; vttablet has 1 GiB a vCPU, and MySQL's pool 70 % of the rest.
    let of_node = |item: &str| number(&sizing, &format!("database.parcels.nodes.s00.{item}"));
    assert_eq!(
        of_node("mysql_cpu_m") + of_node("tablet_cpu_m"),
        of_node("cpu_request_m")
    );
    assert_eq!(
        of_node("mysql_memory_mib") + of_node("tablet_memory_mib"),
        of_node("memory_mib")
    );
    assert_eq!(
        of_node("buffer_pool_mib"),
        (of_node("mysql_memory_mib") * 0.7).floor()
    );
    // What tablets open on a MySQL is less than it grants, with what is kept for people and replication.
    let of_keyspace = |item: &str| number(&sizing, &format!("database.parcels.{item}"));
    let opened: f64 = ["pool_reads", "pool_transactions", "pool_streams"]
        .into_iter()
        .map(of_keyspace)
        .sum();
    assert!(opened + of_keyspace("reserved_connections") <= of_keyspace("max_connections"));
}
