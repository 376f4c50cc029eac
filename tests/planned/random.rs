//! Random legal blueprints over the whole format.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by tests that each use a part"
)]

use proptest::prelude::*;

/// Throws of a dice, one for each choice; shrinking goes towards the first of each choice.
#[derive(Clone)]
pub struct Dice {
    throws: Vec<u32>,
    next: usize,
}

impl std::fmt::Debug for Dice {
    /// The blueprint says it all.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("dice")
    }
}

impl Dice {
    /// These throws, then zeros.
    pub fn new(throws: Vec<u32>) -> Self {
        Self { throws, next: 0 }
    }

    fn throw(&mut self) -> u32 {
        let throw = self.throws.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        throw
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.throw() as usize % of.len()]
    }

    fn below(&mut self, end: u32) -> u32 {
        self.throw() % end
    }

    /// One time in `n`; not where all throws are 0.
    fn once_in(&mut self, n: u32) -> bool {
        self.throw() % n == n - 1
    }
}

/// Enough throws for the largest blueprint.
pub fn dice() -> impl Strategy<Value = Dice> {
    prop::collection::vec(any::<u32>(), 120).prop_map(Dice::new)
}

/// A legal blueprint, its regions from these (cloud to names).
pub fn blueprint(dice: &mut Dice, regions: &dyn Fn(&str) -> Vec<String>) -> String {
    let cloud = dice.pick(&["gcp", "aws"]);
    let names = regions(cloud);
    let region = &names[dice.below(names.len() as u32) as usize];
    let name = dice.pick(&["quantum", "a", "a-name-of-20-letters"]);
    let mut text = format!(
        "version: 1\nname: {name}\narchitecture: sharded-kubernetes\ncloud: {cloud}\nregion: {region}\n"
    );
    if dice.once_in(2) {
        text += "domain: shop.example.com\n";
    }
    text += &users(dice);
    text += &traffic(dice);
    let keyspaces = 1 + dice.below(3);
    let inference = dice.once_in(3);
    text += &services(dice, keyspaces, inference);
    text += &data(dice, keyspaces);
    if dice.once_in(2) {
        let (items, size) = (
            dice.pick(&["10M", "1", "3k", "40B"]),
            dice.pick(&["2 kB", "1 B", "1 MiB"]),
        );
        text += &format!("cache: {{ items: {items}, item_size: {size} }}\n");
    }
    if inference {
        let gpus: &[&str] = if cloud == "gcp" {
            &["l4", "a100-40", "h100"]
        } else {
            &["l4", "a10g", "l40s"]
        };
        let (parameters, bits) = (
            dice.pick(&["8B", "1B", "70B"]),
            dice.pick(&["8", "16", "4"]),
        );
        let gpu = dice.pick(gpus);
        text += &format!(
            "inference: {{ parameters: {parameters}, bits: {bits}, tokens_per_job: 800, gpu: {gpu} }}\n"
        );
    }
    text += &objectives(dice);
    text += &environments(dice);
    text += &platform(dice, cloud);
    if dice.once_in(4) {
        text += "tags: { cost-centre: \"4711\" }\nbudget: 1k USD/month\n";
    }
    text += &pins(dice);
    text
}

/// Decisions of a person, the strangest among them: shapes that there are not, nothing, far too much.
fn pins(dice: &mut Dice) -> String {
    if !dice.once_in(3) {
        return String::new();
    }
    let mut text = "pins:\n".to_owned();
    let numbers = [
        "api.replicas.max",
        "api.replicas.peak",
        "api.cpu.request_m",
        "api.memory.request_mib",
        "api.pool",
        "cache.shards",
        "stream.brokers",
        "demand.growth",
        "demand.design",
        "database.data_gib",
        "objectives.rto_h",
        "cache.cacheable_share",
        "cpu.target_utilization",
        "load.burst_factor",
    ];
    for _ in 0..1 + dice.below(2) {
        let name = dice.pick(&numbers);
        let value = dice.pick(&["2", "0", "1", "1000000", "0.5"]);
        if !text.contains(name) {
            text += &format!("  {name}: {{ value: {value}, reason: we know better }}\n");
        }
    }
    let names = [
        "cluster.pools.general.machine: { value: n2-standard-2",
        "cluster.pools.general.machine: { value: m7g.large",
        "cluster.pools.spot.machine: { value: nothing",
        "cache.node: { value: nothing",
        "database.main-0.class: { value: nothing",
        "database.main-0.class: { value: 7",
        "api.replicas.max: { value: many",
    ];
    if dice.once_in(2) {
        let pin = dice.pick(&names);
        if !text.contains(pin.split(':').next().unwrap_or_default()) {
            text += &format!("  {pin}, reason: we know better }}\n");
        }
    }
    text
}

fn users(dice: &mut Dice) -> String {
    let load = dice.pick(&[
        "monthly_active: 20k",
        "monthly_active: 1",
        "monthly_active: 50M",
        "monthly_active: 3B",
        "daily_active: 70k",
        "peak_concurrent: 200k",
        "monthly_active: 2M, daily_active: 1M, peak_concurrent: 100k",
    ]);
    let growth = dice.pick(&[
        "",
        ", growth: 10 %/month",
        ", growth: +300 %/quarter, growth_limit: 100x",
        ", growth: 1000 %/year",
    ]);
    let horizon = dice.pick(&[
        "",
        ", horizon: 12 months",
        ", horizon: 1 months",
        ", horizon: 60 months",
    ]);
    let locations = dice.pick(&[
        "",
        ", locations: { europe: 100 % }",
        ", locations: { north-america: 50 %, europe: 30 %, asia: 20 % }",
        ", locations: { north-america: 30 %, south-america: 20 %, europe: 10 %, africa: 10 %, asia: 20 %, oceania: 10 % }",
    ]);
    format!("users: {{ {load}{growth}{horizon}{locations} }}\n")
}

fn traffic(dice: &mut Dice) -> String {
    let mut parts = vec![format!(
        "shape: {}",
        dice.pick(&[
            "diurnal",
            "steady",
            "business-hours",
            "global",
            "spiky",
            "live-event",
            "batch",
            "{ hours: [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 8, 7, 6, 5, 4, 3, 1] }",
        ])
    )];
    let options = [
        ("static_share", dice.pick(&["", "0 %", "70 %", "99 %"])),
        ("read_share", dice.pick(&["", "90 %", "0 %", "100 %"])),
        ("requests_per_daily_user", dice.pick(&["", "1", "5k"])),
        (
            "requests_per_second",
            dice.pick(&["", "", "", "2.5k/s", "0.01/s"]),
        ),
        ("requests_per_day", dice.pick(&["", "", "", "7M", "1"])),
        (
            "surge",
            dice.pick(&[
                "",
                "",
                "{ factor: 10x, ramp: 10 min }",
                "{ factor: 2x, ramp: 1 s }",
                "3x",
            ]),
        ),
        (
            "response_size",
            dice.pick(&[
                "",
                "{ dynamic: 12 kB, static: 60 kB }",
                "{ dynamic: 1 B }",
                "{ static: 40 MB }",
            ]),
        ),
    ];
    parts.extend(
        options
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| format!("{key}: {value}")),
    );
    format!("traffic: {{ {} }}\n", parts.join(", "))
}

fn services(dice: &mut Dice, keyspaces: u32, inference: bool) -> String {
    if !inference && dice.once_in(4) {
        return String::new();
    }
    let mut text = "services:\n".to_owned();
    for idx in 0..1 + dice.below(3) {
        let runtime = dice.pick(&[
            "python", "ruby", "php", "node", "java", "dotnet", "go", "rust",
        ]);
        let name = if idx == 0 {
            "api".to_owned()
        } else {
            format!("web-{idx}")
        };
        text += &format!(
            "  - {{ name: {name}, kind: http, runtime: {runtime}, tier: {}",
            dice.below(4)
        );
        text += dice.pick(&[
            "",
            ", cpu_per_request: 12 ms",
            ", cpu_per_request: 2 s",
            ", cpu_per_request: 0.01 ms",
        ]);
        text += dice.pick(&["", ", share: 40 %", ", share: 1 %"]);
        text += dice.pick(&["", ", memory: 512 MiB", ", memory: 24 GiB"]);
        text += dice.pick(&["", ", cpu: 250m", ", cpu: 4"]);
        text += dice.pick(&["", ", target_cpu: 50 %", ", target_cpu: 90 %"]);
        text += dice.pick(&["", ", secrets: [session-key]", ", pool: 40"]);
        text += dice.pick(&["", ", cache: false", ", keyspaces: []"]);
        text += " }\n";
    }
    let workers = if inference {
        1 + dice.below(3)
    } else {
        dice.below(3)
    };
    for idx in 0..workers {
        text += &format!("  - {{ name: worker-{idx}, kind: worker, topic: topic-{idx}");
        text += dice.pick(&[
            "",
            ", jobs_per_request: 3 %",
            ", jobs_per_request: 0.001 %",
            ", jobs_per_request: 100 %",
        ]);
        text += dice.pick(&[
            "",
            ", job_duration: 20 s, deadline: 2 min",
            ", job_duration: 40 min, deadline: 1 h",
            ", job_duration: 1 ms",
        ]);
        text += dice.pick(&["", ", message_size: 20 kB", ", message_size: 900 kB"]);
        text += dice.pick(&["", ", cpu: 2, memory: 4 GiB", ", cpu: 100m, memory: 64 MiB"]);
        if keyspaces > 1 {
            text += dice.pick(&["", ", keyspaces: [main-1]"]);
        }
        if inference && idx == 0 {
            text += ", inference: true";
        }
        text += " }\n";
    }
    text
}

fn data(dice: &mut Dice, keyspaces: u32) -> String {
    let size = dice.pick(&["20 GiB", "1 B", "6 TiB", "300 TiB"]);
    let growth = dice.pick(&["", ", growth: 400 GiB/month", ", growth: 1 TiB/month"]);
    let hot = dice.pick(&["", ", hot_share: 15 %", ", hot_share: 100 %"]);
    let engine = dice.pick(&["", ", engine: postgresql"]);
    let mut text = format!(
        "data:\n  size: {size}{}{}{}\n",
        growth.replace(", ", "\n  "),
        hot.replace(", ", "\n  "),
        engine.replace(", ", "\n  ")
    );
    if dice.once_in(4) && keyspaces == 1 {
        return text;
    }
    text += "  keyspaces:\n";
    for idx in 0..keyspaces {
        let strategy = dice.pick(&["hash", "range", "region", "directory", "functional"]);
        let key = match strategy {
            "functional" => "",
            "region" => ", key: region, hash_key: user_id",
            _ => ", key: user_id",
        };
        let shards = match strategy {
            "functional" => "",
            "region" => dice.pick(&["", ", shards: 9"]),
            _ => dice.pick(&["", ", shards: 2", ", shards: 5"]),
        };
        let more = dice.pick(&["", ", append_mostly: true"]);
        text += &format!(
            "    - {{ name: main-{idx}, tables: [t{idx}, u{idx}]{key}, strategy: {strategy}{shards}{more} }}\n"
        );
    }
    text
}

fn objectives(dice: &mut Dice) -> String {
    let options = [
        ("latency_p99", dice.pick(&["", "150 ms", "20 ms", "5 s"])),
        (
            "availability",
            dice.pick(&["", "99.9 %", "99 %", "99.99 %", "99.999 %"]),
        ),
        ("error_rate", dice.pick(&["", "0.1 %", "5 %"])),
        ("cache_hit", dice.pick(&["", "85 %", "20 %", "99 %"])),
        ("cdn_hit", dice.pick(&["", "95 %", "0 %"])),
        ("rpo", dice.pick(&["", "5 min", "1 s"])),
        ("rto", dice.pick(&["", "4 h", "30 min"])),
    ];
    let parts: Vec<String> = options
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("objectives: {{ {} }}\n", parts.join(", "))
    }
}

fn environments(dice: &mut Dice) -> String {
    dice.pick(&[
        "",
        "environments: { prod: {} }\n",
        "environments: { dev: { scale: 1 % }, prod: { override: { objectives: { availability: 99.99 % } } } }\n",
        "environments: { tiny: { scale: 0.01 % }, half: { scale: 50 % }, live: { scale: 100 % } }\n",
    ])
    .to_owned()
}

fn platform(dice: &mut Dice, cloud: &str) -> String {
    let database = if cloud == "gcp" {
        ["cloud-sql", "alloydb"]
    } else {
        ["rds", "aurora"]
    };
    let kubernetes = if cloud == "gcp" {
        ["standard", "autopilot"]
    } else {
        ["standard", "auto-mode"]
    };
    format!(
        "platform: {{ database: {}, stream: {}, cdn: {}, router: {}, pipeline: {}, kubernetes: {}, spot: {} }}\n",
        dice.pick(&database),
        dice.pick(&["managed", "strimzi", "queue"]),
        dice.pick(&["cloudflare", "cloud"]),
        dice.pick(&["application", "pgdog"]),
        dice.pick(&["github-actions", "gitlab", "jenkins", "none"]),
        dice.pick(&kubernetes),
        dice.pick(&["0 %", "60 %", "100 %"]),
    )
}
