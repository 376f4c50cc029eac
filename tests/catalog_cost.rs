//! What a sizing costs: the bill adds up, follows the region, and names what nobody sourced.

use std::{collections::BTreeMap, fs, path::Path};

use loadpath::{
    blueprint,
    catalog::Catalog,
    compose::architecture::{self, Architecture},
    ledger::Ledger,
    pipeline,
};

/// The ledger of the environment that serves users, priced.
fn priced(blueprint: &str, sets: &[&str], catalog: &Catalog) -> Ledger {
    let architectures = architecture::all();
    let fragment = |id: &str| {
        let found = architectures.iter().find(|one| one.id == id);
        found.map(Architecture::fragment)
    };
    let path = Path::new("blueprints").join(blueprint);
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let (blueprint, _) = blueprint::load(&path, &sets, &fragment)
        .unwrap_or_else(|failure| panic!("{}: {:?}", path.display(), failure.problems));
    let architecture = architecture::find(&blueprint.architecture).expect("an architecture");
    let plans = pipeline::plan(&blueprint, &architecture, catalog, &BTreeMap::new());
    let mut plans = plans.unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut plan = plans.pop().expect("one cloud");
    plan.sizings.pop().expect("one environment").ledger
}

fn components(ledger: &Ledger) -> BTreeMap<String, f64> {
    let lines = ledger
        .iter()
        .filter_map(|quantity| {
            let name = quantity.name.strip_prefix("cost.components.")?;
            Some((name.to_owned(), quantity.number()))
        })
        .collect::<BTreeMap<_, _>>();
    assert!(lines.values().all(|usd| *usd > 0.0), "{lines:?}");
    lines
}

/// The built-in catalog with one text of a table replaced.
fn with(table: &str, from: &str, to: &str) -> Catalog {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let builtin = Catalog::builtin();
    let found = builtin.tables().find(|one| one.name == table);
    let text = found.expect("the table is built in").text;
    assert!(text.contains(from), "{table} has `{from}`");
    let path = folder.path().join(format!("{table}.tsv"));
    fs::write(path, text.replacen(from, to, 1)).expect("a file");
    Catalog::load(folder.path()).expect("a good table")
}

#[test]
fn the_total_is_the_sum_of_its_components_on_both_clouds() {
    for cloud in ["cloud=gcp", "cloud=aws"] {
        let ledger = priced("sharded-kubernetes.yaml", &[cloud], &Catalog::builtin());
        let lines = components(&ledger);
        let total = ledger.number("cost.total");
        assert!((lines.values().sum::<f64>() / total - 1.0).abs() < 1e-9);
        for name in [
            "cluster",
            "nodes-general",
            "cache",
            "stream",
            "shards-users",
            "network",
        ] {
            assert!(lines.contains_key(name), "{cloud}: {name} in {lines:?}");
        }
        let gpu: f64 = ["gpu", "gpu-spot"]
            .iter()
            .filter_map(|name| lines.get(*name))
            .sum();
        assert!((ledger.number("cost.gpu_share") - gpu / total).abs() < 1e-9);
        let committed = ledger.number("cost.committed");
        assert!(
            committed < total && committed > 0.5 * total,
            "{committed} of {total}"
        );
        assert_eq!(ledger.text("cost.unknown"), "traces that are stored");
    }
}

#[test]
fn a_price_that_nobody_sourced_is_named_and_left_out() {
    let full = priced("small.yaml", &["cloud=gcp"], &Catalog::builtin());
    let from = "network.nat_gateway_hour_max\t";
    let without = priced(
        "small.yaml",
        &["cloud=gcp"],
        &with("gcp.prices", from, "network.nat_of_old\t"),
    );
    assert_eq!(without.text("cost.unknown"), "NAT, traces that are stored");
    assert!(!components(&without).contains_key("network"));
    let network = components(&full)["network"];
    let difference = full.number("cost.total") - without.number("cost.total");
    assert!(
        (difference - network).abs() < 1e-6,
        "{difference} is not {network}"
    );
}

#[test]
fn prices_follow_the_region_and_the_catalog() {
    let builtin = Catalog::builtin();
    let home = components(&priced("small.yaml", &["cloud=gcp"], &builtin));
    let away = components(&priced(
        "small.yaml",
        &["cloud=gcp", "region=southamerica-east1"],
        &builtin,
    ));
    // 1.5873 is the ratio of n2 machines in São Paulo.
    assert!((away["cache"] / home["cache"] - 1.5873).abs() < 1e-3);
    assert_eq!(away["cluster"], home["cluster"]);
    let dear = with(
        "gcp.prices",
        "compute.gke_cluster_hour\t0.1\t",
        "compute.gke_cluster_hour\t0.3\t",
    );
    let dear = components(&priced("small.yaml", &["cloud=gcp"], &dear));
    assert!((dear["cluster"] - 3.0 * home["cluster"]).abs() < 1e-9);
}

#[test]
fn the_clouds_own_cdn_is_paid_for_by_what_it_delivers() {
    let builtin = Catalog::builtin();
    let sets = ["cloud=aws", "platform.cdn=cloud"];
    let own = priced("sharded-kubernetes.yaml", &sets, &builtin);
    let lines = components(&own);
    // The origin's traffic to it is free on AWS, and what it delivers is more than what it fetches.
    assert!(!lines.contains_key("egress"));
    assert!(own.number("edge.gb_month") > own.number("edge.origin_gb_month"));
    let tiers = builtin.cloud(loadpath::blueprint::Cloud::Aws).cdn_tiers();
    let list = loadpath::catalog::price::tiered(own.number("edge.gb_month"), &tiers);
    assert_eq!(list, Some(lines["cdn"]));
}
