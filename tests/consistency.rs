//! Numbers that stand in several artefacts agree, in every example, on every cloud, in every environment.
//!
//! The rendered files are read, not the ledger: what a person edits or a pipeline applies is what must hold together.

mod trees;

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::{
    expr::{Expression, Object, ObjectKey},
    structure::Body,
};
use loadpath::{
    render::Tree,
    sharding::{
        map::{ShardMap, Strategy},
        route::Key,
    },
};
use trees::{Case, cases};

/// One environment of one cloud: its files, under the folder of its side where there are several.
struct Place<'a> {
    tree: &'a Tree,
    /// For messages: `small-aws prod`.
    name: String,
    /// `aws/` on several clouds, else empty.
    folder: String,
    cloud: &'static str,
    environment: String,
    /// Of the primary environment's load.
    scale: f64,
}

impl Place<'_> {
    fn text(&self, path: &str) -> Option<&str> {
        let path = path
            .replace("{env}", &self.environment)
            .replace("{cloud}", self.cloud);
        let file = self.tree.files.get(&format!("{}{path}", self.folder))?;
        Some(&file.text)
    }

    /// The sizing sheet of the infrastructure.
    fn sheet(&self) -> Body {
        let path = "terraform/{cloud}/infrastructure/envs/{env}.tfvars";
        let text = self
            .text(path)
            .unwrap_or_else(|| panic!("{} has no {path}", self.name));
        hcl_edit::parser::parse_body(text).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

fn places() -> Vec<Place<'static>> {
    let mut places = Vec::new();
    for Case {
        name,
        blueprint,
        plans,
        tree,
        ..
    } in cases()
    {
        for plan in plans {
            let cloud = plan.cloud.name();
            for environment in &blueprint.environments {
                places.push(Place {
                    tree,
                    name: format!("{name} {cloud} {}", environment.name),
                    folder: plan
                        .side
                        .as_ref()
                        .map_or(String::new(), |_| format!("{cloud}/")),
                    cloud,
                    environment: environment.name.clone(),
                    scale: environment.scale.get(),
                });
            }
        }
    }
    places
}

fn key_of(key: &ObjectKey) -> &str {
    match key {
        ObjectKey::Ident(name) => name.as_str(),
        ObjectKey::Expression(name) => name.as_str().unwrap_or_default(),
    }
}

fn get<'a>(object: &'a Object, key: &str) -> Option<&'a Expression> {
    object
        .iter()
        .find(|(name, _)| key_of(name) == key)
        .map(|(_, value)| value.expr())
}

fn top<'a>(body: &'a Body, key: &str) -> Option<&'a Object> {
    body.get_attribute(key)?.value.as_object()
}

fn entries(object: &Object) -> impl Iterator<Item = (String, &Object)> {
    object.iter().filter_map(|(name, value)| {
        let name = key_of(name).to_owned();
        Some((name, value.expr().as_object()?))
    })
}

/// The first of these keys that is a number.
fn number(object: &Object, keys: &[&str]) -> Option<f64> {
    let of = |key: &&str| get(object, key)?.as_number()?.as_f64();
    keys.iter().find_map(of)
}

fn flag(object: &Object, keys: &[&str]) -> bool {
    let of = |key: &&str| get(object, key)?.as_bool();
    keys.iter().find_map(of).unwrap_or(false)
}

fn texts(object: &Object, key: &str) -> Vec<String> {
    let list = get(object, key).and_then(Expression::as_array);
    let texts = list.into_iter().flat_map(|list| list.iter());
    texts
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

/// Maximum of each autoscaler of the overlay, by the name of what it scales.
fn autoscalers(text: &str) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    for document in text.split("\n---\n") {
        let kinds = ["kind: HorizontalPodAutoscaler", "kind: ScaledObject"];
        if !kinds
            .iter()
            .any(|kind| document.lines().any(|line| line == *kind))
        {
            continue;
        }
        let value = |keys: &[&str]| {
            let mut lines = document.lines().map(str::trim);
            lines.find_map(|line| keys.iter().find_map(|key| line.strip_prefix(key)))
        };
        let name = value(&["metadata: { name: "]).map(|name| name.trim_end_matches(" }"));
        let most = value(&["maxReplicas: ", "maxReplicaCount: "]);
        if let (Some(name), Some(most)) = (name, most) {
            found.insert(
                name.to_owned(),
                most.parse().expect("a maximum is a number"),
            );
        }
    }
    found
}

fn fail(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} disagreements:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn autoscalers_and_the_sheet_have_one_maximum() {
    let mut wrong = Vec::new();
    let mut n_compared = 0;
    for place in places() {
        let Some(overlay) = place.text("kubernetes/overlays/{env}/sizing.yaml") else {
            continue;
        };
        let sheet = place.sheet();
        let services = top(&sheet, "services").expect("a cluster runs services");
        for (name, most) in autoscalers(overlay) {
            let Some((_, service)) = entries(services).find(|(service, _)| *service == name) else {
                continue;
            };
            n_compared += 1;
            let sheet = number(service, &["max", "pods_max", "replicas_max"]);
            if sheet != Some(most) {
                wrong.push(format!(
                    "{}: {name} {most} in the overlay, {sheet:?} in the sheet",
                    place.name
                ));
            }
        }
    }
    assert!(n_compared > 20, "only {n_compared} autoscalers were found");
    fail(&wrong);
}

/// A node that services connect to.
struct Node {
    name: String,
    keyspace: String,
    pooled: bool,
    room: f64,
}

/// Database nodes of a sheet: by node on AWS, by keyspace and node on Google Cloud.
fn nodes(shards: &Object) -> Vec<Node> {
    let room = |node: &Object| {
        let most = number(node, &["max_connections"]).unwrap_or(f64::INFINITY);
        most - number(node, &["reserved_connections"]).unwrap_or(0.0)
    };
    if let Some(all) = get(shards, "nodes").and_then(Expression::as_object) {
        let pooled = flag(shards, &["pooler"]);
        return entries(all)
            .map(|(name, node)| Node {
                keyspace: get(node, "keyspace")
                    .and_then(|keyspace| keyspace.as_str())
                    .map_or_else(|| name.clone(), str::to_owned),
                pooled: pooled || flag(node, &["proxy"]),
                room: room(node),
                name,
            })
            .collect();
    }
    entries(shards)
        .filter_map(|(keyspace, one)| Some((keyspace, one, get(one, "nodes")?.as_object()?)))
        .flat_map(|(keyspace, one, all)| {
            let pool = number(one, &["pool"]).unwrap_or(0.0);
            let pooled = pool > 0.0 || flag(one, &["proxied"]);
            let nodes: Vec<Node> = entries(all)
                .map(|(name, node)| Node {
                    name: format!("{keyspace}-{name}"),
                    keyspace: keyspace.clone(),
                    pooled,
                    room: room(node),
                })
                .collect();
            nodes
        })
        .collect()
}

#[test]
fn connections_of_all_services_at_their_maximum_fit_each_node_or_a_pooler_stands_before_it() {
    let mut wrong = Vec::new();
    let mut n_nodes = 0;
    for place in places() {
        let sheet = place.sheet();
        let (Some(services), Some(shards)) = (top(&sheet, "services"), top(&sheet, "shards"))
        else {
            continue;
        };
        for node in nodes(shards) {
            n_nodes += 1;
            let wanted: f64 = entries(services)
                .filter(|(_, service)| texts(service, "keyspaces").contains(&node.keyspace))
                .map(|(_, service)| {
                    let most = number(service, &["max", "pods_max", "replicas_max"]).unwrap_or(0.0);
                    most * number(service, &["pool", "pool_size"]).unwrap_or(0.0)
                })
                .sum();
            if !node.pooled && wanted > node.room {
                wrong.push(format!(
                    "{}: services open {wanted} connections to {}, which has room for {}",
                    place.name, node.name, node.room
                ));
            }
        }
    }
    assert!(n_nodes > 10, "only {n_nodes} database nodes were found");
    fail(&wrong);
}

#[test]
fn poolers_open_no_more_than_the_smallest_node_of_a_keyspace_grants() {
    let mut wrong = Vec::new();
    let mut n_nodes = 0;
    for place in places() {
        let (Some(ini), Some(overlay)) = (
            place.text("kubernetes/overlays/{env}/pgbouncer.ini"),
            place.text("kubernetes/overlays/{env}/sizing.yaml"),
        ) else {
            continue;
        };
        let sheet = place.sheet();
        let poolers = overlay
            .split("\n---\n")
            .find(|text| text.contains("kind: Deployment") && text.contains("name: pooler"))
            .and_then(|text| text.split("replicas: ").nth(1)?.split_whitespace().next())
            .and_then(|replicas| replicas.parse::<f64>().ok());
        let shards = top(&sheet, "shards").expect("what is pooled is in the sheet");
        for node in nodes(shards) {
            let name = format!("{} = ", node.name.replace('-', "_"));
            let Some(line) = ini.lines().find(|line| line.starts_with(&name)) else {
                continue;
            };
            n_nodes += 1;
            let most = line.split("pool_size=").nth(1);
            let most: f64 = most
                .and_then(|most| most.parse().ok())
                .expect("each node has a pool of its own");
            let poolers = poolers.expect("the overlay has poolers");
            if poolers * most > node.room {
                wrong.push(format!(
                    "{}: {poolers} poolers × {most} connections to {}, which has room for {}",
                    place.name, node.name, node.room
                ));
            }
        }
    }
    assert!(n_nodes > 10, "only {n_nodes} pooled nodes were found");
    fail(&wrong);
}

#[test]
fn a_topic_has_a_partition_for_each_consumer() {
    let mut wrong = Vec::new();
    for place in places() {
        let sheet = place.sheet();
        let (Some(services), Some(stream)) = (top(&sheet, "services"), top(&sheet, "stream"))
        else {
            continue;
        };
        let Some(topics) = get(stream, "topics").and_then(Expression::as_object) else {
            continue;
        };
        for (name, service) in entries(services) {
            let most = number(service, &["max", "pods_max"]).unwrap_or(0.0);
            for topic in texts(service, "consumes") {
                let found = entries(topics).find(|(name, _)| *name == topic);
                let partitions = found.and_then(|(_, topic)| number(topic, &["partitions"]));
                if partitions.is_none_or(|partitions| partitions < most) {
                    wrong.push(format!(
                        "{}: {name} × {most} takes from {topic} with {partitions:?} partitions",
                        place.name
                    ));
                }
            }
        }
    }
    fail(&wrong);
}

#[test]
fn load_tests_and_rules_hold_to_the_same_objectives() {
    let mut wrong = Vec::new();
    let mut n_compared = 0;
    for Case {
        name,
        blueprint,
        plans,
        tree,
        ..
    } in cases()
    {
        let objectives = &blueprint.primary().spec.objectives;
        let Some(latency) = objectives.latency_p99.or(objectives.latency_p95) else {
            continue;
        };
        for plan in plans {
            let folder = plan
                .side
                .as_ref()
                .map_or(String::new(), |side| format!("{}/", side.cloud.name()));
            let text = |path: &str| {
                tree.files
                    .get(&format!("{folder}{path}"))
                    .map(|file| file.text.as_str())
            };
            if let Some(lib) = text("loadtest/lib.js") {
                n_compared += 1;
                let wanted = format!("<{}\"", latency.get() * 1000.0);
                if !lib.contains(&wanted) {
                    wrong.push(format!("{name}: loadtest/lib.js has no threshold {wanted}"));
                }
            }
            if let Some(rules) = text("observability/prometheus/rules.yaml") {
                n_compared += 1;
                let wanted = format!("le=\"{}\"", latency.get());
                if !rules.contains(&wanted) {
                    wrong.push(format!(
                        "{name}: rules.yaml counts no answers with {wanted}"
                    ));
                }
            }
        }
    }
    assert!(n_compared > 3, "only {n_compared} files were found");
    fail(&wrong);
}

#[test]
fn the_smoke_test_is_within_what_one_address_may() {
    let (mut wrong, mut n_compared) = (Vec::new(), 0);
    for place in places() {
        let lib = place.text("loadtest/lib.js");
        let Some(lib) = lib.or_else(|| Some(&place.tree.files.get("loadtest/lib.js")?.text)) else {
            continue;
        };
        let smoke = lib.split_once("smoke: {").map_or("", |(_, smoke)| smoke);
        let rate: f64 = after(smoke, "rate: ")
            .trim_end_matches(',')
            .parse()
            .expect("the smoke test has a rate");
        let sheet = place.sheet();
        let limits = [
            ("cdn", "client_rate_10s", 10.0),
            ("waf", "requests_per_client_1m", 60.0),
            ("waf", "client_rate_5m", 300.0),
        ];
        for (part, key, seconds) in limits {
            let Some(limit) = top(&sheet, part).and_then(|part| number(part, &[key])) else {
                continue;
            };
            n_compared += 1;
            if rate * seconds > limit {
                wrong.push(format!("{}: {rate}/s against {key} = {limit}", place.name));
            }
        }
    }
    assert!(n_compared > 20, "only {n_compared} limits were found");
    fail(&wrong);
}

#[test]
fn the_first_dead_letter_is_told() {
    let (mut wrong, mut n_compared) = (Vec::new(), 0);
    for place in places() {
        let sheet = place.sheet();
        let mut check = |name: &str, above: Option<f64>| {
            let Some(above) = above.filter(|_| name.ends_with("-dead-letter")) else {
                return;
            };
            n_compared += 1;
            if above != 0.0 {
                wrong.push(format!("{}: {name} is told above {above}", place.name));
            }
        };
        let queues = top(&sheet, "queue").and_then(|queue| get(queue, "topics")?.as_object());
        for (name, topic) in queues.into_iter().flat_map(entries) {
            check(&name, number(topic, &["lag_alarm"]));
        }
        let lags = top(&sheet, "observability").and_then(|part| get(part, "lag")?.as_object());
        for (key, value) in lags.into_iter().flat_map(Object::iter) {
            let above = value.expr().as_number().and_then(hcl_edit::Number::as_f64);
            check(key_of(key), above);
        }
    }
    assert!(n_compared > 10, "only {n_compared} dead letters were found");
    fail(&wrong);
}

/// What follows a key on its line.
fn after<'t>(text: &'t str, key: &str) -> &'t str {
    let rest = text.split_once(key).map_or("", |(_, rest)| rest);
    let end = rest.find(['\n', ' ', '}']).unwrap_or(rest.len());
    &rest[..end]
}

/// An overlay's patch of a policy replaces its lists: one that has rules already would lose them.
#[test]
fn a_policy_that_an_overlay_fills_has_no_rules_before() {
    let mut wrong = Vec::new();
    for place in places() {
        let Some(overlay) = place.text("kubernetes/overlays/{env}/network.yaml") else {
            continue;
        };
        let base = format!("{}kubernetes/base/", place.folder);
        let files = place.tree.files.iter();
        let policies: Vec<&str> = files
            .filter(|(path, _)| path.starts_with(&base))
            .flat_map(|(_, file)| file.text.split("---\n"))
            .filter(|one| one.contains("kind: NetworkPolicy"))
            .collect();
        for patch in overlay.split("---\n") {
            let name = after(patch, "metadata: { name: ");
            let named = format!("\n  name: {name}\n");
            let Some(policy) = policies.iter().find(|one| one.contains(&named)) else {
                wrong.push(format!("{}: {name} patches no policy", place.name));
                continue;
            };
            for list in ["\n  ingress:", "\n  egress:"] {
                if patch.contains(list) && policy.contains(list) {
                    wrong.push(format!("{}: {name} loses its{list}", place.name));
                }
            }
        }
    }
    fail(&wrong);
}

#[test]
fn instances_of_databases_have_machines_of_their_own() {
    let mut n_compared = 0;
    for place in places() {
        let Some(clusters) = place.text("kubernetes/overlays/{env}/databases.yaml") else {
            continue;
        };
        let mut wanted: BTreeMap<&str, f64> = BTreeMap::new();
        for cluster in clusters
            .split("\n---\n")
            .filter(|text| text.contains("\nkind: Cluster\n"))
        {
            let instances = after(cluster, "\n  instances: ").parse::<f64>();
            *wanted
                .entry(after(cluster, "nodeSelector: { pool: "))
                .or_default() += instances.expect("a cluster says how many instances it has");
        }
        let (path, pools) = if place.cloud == "aws" {
            ("terraform/aws/platform/envs/{env}.tfvars", "node_pools")
        } else {
            ("terraform/gcp/infrastructure/envs/{env}.tfvars", "cluster")
        };
        let text = place.text(path).expect("a cluster has pools");
        let sheet = hcl_edit::parser::parse_body(text).expect("a sizing sheet is HCL");
        let object = top(&sheet, pools).expect("a cluster has pools");
        let zones =
            get(object, "zones").and_then(|zones| zones.as_array().map(hcl_edit::expr::Array::len));
        let pools = get(object, "pools")
            .and_then(Expression::as_object)
            .unwrap_or(object);
        for (pool, instances) in wanted {
            n_compared += 1;
            let of = |name: &str| format!("{}: {pool} {name}", place.name);
            let one = entries(pools).find(|(name, _)| name == pool);
            let (_, one) = one.unwrap_or_else(|| panic!("{}", of("is no pool")));
            if let Some(zones) = zones {
                let most = number(one, &["max_per_zone"]).expect("a pool has a maximum");
                assert!(most * zones as f64 >= instances, "{}", of("is too small"));
                let taint = get(one, "taint").and_then(Expression::as_str);
                assert_eq!(taint, Some("database"), "{}", of("takes others"));
            } else {
                assert!(flag(one, &["dedicated"]), "{}", of("takes others"));
                assert!(flag(one, &["database"]), "{}", of("is emptied to save"));
            }
            assert!(!flag(one, &["spot"]), "{}", of("may be reclaimed"));
        }
    }
    assert!(n_compared > 3, "only {n_compared} pools were found");
}

/// Names of the clusters of instances that an overlay has.
fn clusters_of(text: &str) -> Vec<String> {
    let clusters = text.split("kind: Cluster\nmetadata:\n  name: ").skip(1);
    clusters
        .filter_map(|rest| rest.lines().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_map_that_pods_see_is_the_map_of_the_project() {
    let mut n_compared = 0;
    for place in places() {
        let (Some(map), Some(seen)) = (
            place.text("sharding/shard-map.json"),
            place.text("kubernetes/overlays/{env}/shard-map.json"),
        ) else {
            continue;
        };
        if !place.name.ends_with(" prod") {
            continue;
        }
        n_compared += 1;
        let read = |text: &str| {
            let mut map: serde_json::Value = serde_json::from_str(text).expect("a map is JSON");
            map.as_object_mut().map(|map| map.remove("$schema"));
            map
        };
        assert_eq!(read(map), read(seen), "{}", place.name);
        let sheet = place.sheet();
        let named: Vec<String> = match place.text("kubernetes/overlays/{env}/databases.yaml") {
            Some(clusters) => clusters_of(clusters),
            None => nodes(top(&sheet, "shards").expect("a map has shards"))
                .into_iter()
                .map(|node| node.name)
                .collect(),
        };
        assert!(!named.is_empty(), "{} has no nodes", place.name);
        for node in named {
            assert!(
                map.contains(&format!("\"{node}\"")),
                "{}: {node} is not in the map",
                place.name
            );
        }
    }
    assert!(n_compared > 2, "only {n_compared} maps were found");
}

/// The anchor that a Markdown heading gets.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    heading
        .chars()
        .filter(|character| character.is_alphanumeric() || "_- ".contains(*character))
        .map(|character| if character == ' ' { '-' } else { character })
        .collect()
}

/// What follows each `before` in a text, as far as it is part of an anchor.
fn anchors_after<'t>(text: &'t str, before: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(before).skip(1).filter_map(|rest| {
        let end = rest
            .find(|character: char| !character.is_ascii_alphanumeric() && character != '-')
            .unwrap_or(rest.len());
        Some(&rest[..end]).filter(|found| !found.is_empty())
    })
}

#[test]
fn what_an_alert_sends_people_to_is_in_the_runbook() {
    let (mut wrong, mut n_links) = (BTreeSet::new(), 0);
    for case in cases() {
        for (runbook, text) in &case.tree.files {
            let Some(root) = runbook.strip_suffix("docs/RUNBOOK.md") else {
                continue;
            };
            let sections: BTreeSet<String> = text
                .text
                .lines()
                .filter(|line| line.starts_with('#'))
                .map(anchor)
                .collect();
            let beside = case.tree.files.iter();
            for (path, file) in beside.filter(|(path, _)| path.starts_with(root)) {
                let links = anchors_after(&file.text, "RUNBOOK.md#")
                    .chain(anchors_after(&file.text, "runbook = \""));
                for link in links {
                    n_links += 1;
                    if !sections.contains(link) {
                        wrong.insert(format!("{} {path}: no section #{link}", case.name));
                    }
                }
            }
        }
    }
    assert!(n_links > 1_000, "{n_links} links");
    fail(&wrong.into_iter().collect::<Vec<_>>());
}

/// What brings the kinds of an API group to a cluster that does not have them by itself: words of the platform root.
const CONTROLLERS: &[(&str, &str, &str)] = &[
    ("keda.sh", "both", "\"keda\""),
    ("external-secrets.io", "both", "\"external-secrets\""),
    ("kafka.strimzi.io", "both", "\"strimzi-kafka-operator\""),
    ("postgresql.cnpg.io", "both", "\"cloudnative-pg\""),
    ("barmancloud.cnpg.io", "both", "\"plugin-barman-cloud\""),
    ("elbv2.k8s.aws", "aws", "\"aws-load-balancer-controller\""),
    (
        "gateway.networking.k8s.io",
        "aws",
        "\"nginx-gateway-fabric\"",
    ),
    ("cert-manager.io", "both", "\"cert-manager\""),
];

#[test]
fn every_kind_has_its_controller() {
    let mut found = BTreeSet::new();
    for place in places() {
        let manifests = format!("{}kubernetes/", place.folder);
        let platform = format!("{}terraform/{}/platform/", place.folder, place.cloud);
        let under = |folder: &str| {
            let inside = |(path, _): &(&String, _)| path.starts_with(folder);
            let files = place.tree.files.iter().filter(inside);
            files
                .map(|(_, file)| file.text.as_str())
                .collect::<String>()
        };
        let (manifests, platform) = (under(&manifests), under(&platform));
        for (group, cloud, chart) in CONTROLLERS {
            let uses = manifests.contains(&format!("apiVersion: {group}/"));
            if uses && (*cloud == "both" || *cloud == place.cloud) {
                found.insert(*group);
                assert!(
                    platform.contains(chart),
                    "{}: nothing installs {group}",
                    place.name
                );
            }
        }
    }
    assert_eq!(found.len(), CONTROLLERS.len(), "{found:?}");
}

/// What tells the series of a name: words that are somewhere in the project, beside the rules that read them.
const SOURCES: &[(&str, &[&str])] = &[
    ("kube_", &["\"kube-state-metrics\""]),
    ("container_", &["/metrics/cadvisor", "\"CADVISOR\""]),
    ("kubelet_", &["job_name: kubelet", "\"KUBELET\""]),
    ("probe_", &["\"prometheus-blackbox-exporter\""]),
    ("cnpg_", &["cnpg.io/podRole"]),
    ("vttablet_", &["planetscale.com/component"]),
    ("kafka_consumergroup_", &["kafka-exporter"]),
    ("machine_", &["/metrics/cadvisor"]),
    ("kubernetes_io:", &["managed_prometheus"]),
];

#[test]
fn series_that_rules_read_are_told_by_somebody() {
    let mut found = BTreeSet::new();
    for place in places() {
        let Some(rules) = place.text("observability/prometheus/rules.yaml") else {
            continue;
        };
        let dashboards = format!("{}observability/grafana/", place.folder);
        let dashboards = place
            .tree
            .files
            .iter()
            .filter(|(path, _)| path.starts_with(&dashboards))
            .flat_map(|(_, file)| file.text.lines());
        // names, not what comments say of them
        let read: String = rules
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .chain(dashboards)
            .collect();
        assert!(
            !read.contains("(node_cpu"),
            "{}: no exporter of nodes runs on a cluster",
            place.name
        );
        let told = |path: &String| {
            path.starts_with(&place.folder)
                && !path.contains("observability/prometheus/rules")
                && !path.contains("observability/grafana/")
                && !path.contains("docs/")
        };
        let rest: String = place
            .tree
            .files
            .iter()
            .filter(|(path, _)| told(path))
            .map(|(_, file)| file.text.as_str())
            .collect();
        for (series, words) in SOURCES {
            if read.contains(&format!("({series}")) || read.contains(&format!(" {series}")) {
                found.insert(*series);
                assert!(
                    words.iter().any(|word| rest.contains(word)),
                    "{}: nobody tells {series}*",
                    place.name
                );
            }
        }
    }
    assert_eq!(found.len(), SOURCES.len(), "{found:?}");
}

/// An agent that keeps a part of the kubelet's series keeps what rules and dashboards read of them.
#[test]
fn agents_keep_what_is_read() {
    let names = regex::Regex::new(r"\b(container|kubelet)_[a-z_]+").expect("an expression");
    let kept = regex::Regex::new(r#"regex: "((container|kubelet)_[^"]+)", action: keep"#)
        .expect("an expression");
    let mut count = 0;
    for place in places() {
        let Some(agent) = place.text("observability/otel/agent.yaml") else {
            continue;
        };
        let keeps: Vec<regex::Regex> = kept
            .captures_iter(agent)
            .map(|found| regex::Regex::new(&format!("^{}$", &found[1])).expect("an expression"))
            .collect();
        if keeps.is_empty() {
            continue;
        }
        let read = |path: &String| {
            path.starts_with(&format!("{}observability/grafana/", place.folder))
                || path.ends_with("observability/prometheus/rules.yaml")
        };
        for (path, file) in place.tree.files.iter().filter(|(path, _)| read(path)) {
            let lines = file.text.lines();
            for line in lines.filter(|line| !line.trim_start().starts_with('#')) {
                for name in names.find_iter(line) {
                    count += 1;
                    assert!(
                        keeps.iter().any(|keep| keep.is_match(name.as_str())),
                        "{}: {path} reads {}, which the agent drops",
                        place.name,
                        name.as_str()
                    );
                }
            }
        }
    }
    assert!(count > 20, "{count} names");
}

#[test]
fn no_reference_is_taken_for_text() {
    let mut count = 0;
    for Case { name, tree, .. } in cases() {
        let ours = |path: &str| path.ends_with(".tf") || path.ends_with(".tfvars");
        for (path, file) in tree.files.iter().filter(|(path, _)| ours(path)) {
            for start in ["var.", "local.", "each.", "aws_", "google_", "data."] {
                let escaped = format!("$${{{start}");
                assert!(
                    !file.text.contains(&escaped),
                    "{name}/{path}: `{escaped}` is text to Terraform, not a reference"
                );
            }
            count += 1;
        }
    }
    assert!(count > 500, "{count} files");
}

/// What is paid for by the piece is counted in pieces, or as far as a price list counts.
#[test]
fn usage_has_no_digits_that_nobody_is_billed_for() {
    let long = regex::Regex::new(r"[0-9]\.[0-9]{7,}").expect("an expression");
    for Case { name, tree, .. } in cases() {
        let usage = |path: &String| path.ends_with(".infracost.yml");
        for (path, file) in tree.files.iter().filter(|(path, _)| usage(path)) {
            if let Some(found) = long.find(&file.text) {
                panic!("{name}/{path}: {}", found.as_str());
            }
        }
    }
}

#[test]
fn usage_names_what_there_is() {
    let (mut files, mut addresses) = (0, 0);
    for place in places() {
        let path = "terraform/{cloud}/infrastructure/envs/{env}.infracost.yml";
        let text = place.text(path).expect("each environment has a usage file");
        let root = format!("{}terraform/{}/infrastructure/", place.folder, place.cloud);
        let sources: String = place
            .tree
            .files
            .iter()
            .filter(|(path, _)| path.starts_with(&root) && path.ends_with(".tf"))
            .map(|(_, file)| file.text.as_str())
            .collect();
        files += 1;
        let keys = text.lines().filter(|line| {
            line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':')
        });
        for key in keys {
            let key = key.trim().trim_end_matches(':').trim_matches('\'');
            let address = key.split('[').next().unwrap_or_default();
            let (kind, name) = address.split_once('.').expect("a type and a name");
            assert!(
                sources.contains(&format!("resource \"{kind}\" \"{name}\"")),
                "{}: {path} names {address}, which is not there",
                place.name
            );
            addresses += 1;
        }
    }
    assert!(files > 50 && addresses > 200, "{files} {addresses}");
}

#[test]
fn load_tests_have_users_on_every_shard() {
    let mut wrong = Vec::new();
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        for (path, file) in &tree.files {
            let Some(folder) = path.strip_suffix("loadtest/users.json") else {
                continue;
            };
            let users: Vec<serde_json::Value> =
                serde_json::from_str(&file.text).expect("users.json is a list");
            let ids: BTreeSet<&str> = users
                .iter()
                .filter_map(|user| user["id"].as_str())
                .collect();
            if ids.len() < 64 || ids.len() != users.len() {
                wrong.push(format!("{name}: {path} has {} users", ids.len()));
            }
            let map = tree.files.get(&format!("{folder}sharding/shard-map.json"));
            let Some(map) = map.and_then(|file| serde_json::from_str::<ShardMap>(&file.text).ok())
            else {
                continue;
            };
            for (keyspace, spec) in &map.keyspaces {
                if !matches!(spec.strategy, Strategy::Range | Strategy::Hash) {
                    continue;
                }
                let met: BTreeSet<&str> = ids
                    .iter()
                    .filter_map(|id| map.route(keyspace, Key::Text(id), None).ok())
                    .map(|shard| shard.name.as_str())
                    .collect();
                n_compared += 1;
                if met.len() < spec.shards.len().min(16) {
                    wrong.push(format!("{name}: users on {met:?} of {keyspace} alone"));
                }
            }
        }
    }
    assert!(n_compared > 0);
    fail(&wrong);
}

#[test]
fn the_firewall_takes_the_load_tests_from_one_address() {
    let limits = [
        ("waf", "client_rate_5m", 300.0),
        ("waf", "requests_per_client_1m", 60.0),
        ("cdn", "requests_per_client_10s", 10.0),
        ("cdn", "client_rate_10s", 10.0),
    ];
    let mut wrong = Vec::new();
    let mut n_compared = 0;
    for place in places() {
        let smoke = place
            .text("loadtest/lib.js")
            .map(|lib| after(lib, "rate: "));
        let stress = place.text("loadtest/stress.js").map(|test| {
            let steps = test.split("target: at(").skip(1);
            let step = |text: &str| text.split(')').next().and_then(|rate| rate.parse().ok());
            steps.filter_map(step).fold(0.0, f64::max)
        });
        let (Some(smoke), Some(stress)) = (smoke, stress) else {
            continue;
        };
        let smoke: f64 = smoke
            .split(',')
            .next()
            .expect("a rate")
            .parse()
            .expect("a rate");
        let load = format!("load-{}:", place.environment);
        let rehearsal = place
            .tree
            .files
            .values()
            .any(|file| file.text.contains(&load));
        let share = place.scale * f64::from(u8::from(rehearsal));
        let sheet = place.sheet();
        for (block, key, seconds) in limits {
            let Some(limit) = top(&sheet, block).and_then(|block| number(block, &[key])) else {
                continue;
            };
            n_compared += 1;
            let asked = (stress * share).max(smoke);
            if limit < asked * seconds {
                wrong.push(format!("{}: {key} {limit} for {asked}/s", place.name));
            }
        }
    }
    assert!(n_compared > 0);
    fail(&wrong);
}

/// A script or a page that asks Terraform for an output that no root has takes another way, or none, without a word.
#[test]
fn outputs_that_are_asked_for_are_there() {
    let asked = regex::Regex::new(r"output (?:-json|-raw) ([a-z_]+)").expect("an expression");
    let mut wrong = Vec::new();
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        let outputs: BTreeSet<&str> = tree
            .files
            .iter()
            .filter(|(path, _)| path.ends_with("outputs.tf"))
            .flat_map(|(_, file)| file.text.lines())
            .filter_map(|line| line.strip_prefix("output \"")?.split('"').next())
            .collect();
        for (path, file) in &tree.files {
            for found in asked.captures_iter(&file.text) {
                n_compared += 1;
                if !outputs.contains(&found[1]) {
                    wrong.push(format!("{name}: {path} asks for the output {}", &found[1]));
                }
            }
        }
    }
    assert!(n_compared > 0);
    fail(&wrong);
}
