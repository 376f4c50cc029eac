//! The tables of the catalog: what is built in holds together, and what replaces it is checked.

use std::{fs, path::Path};

use loadpath::{
    blueprint::Cloud,
    catalog::{Catalog, CloudCatalog},
    ledger::Grade,
};

const CLOUDS: [Cloud; 2] = [Cloud::Aws, Cloud::Gcp];

/// Each cloud with each of its regions in which something can be built.
fn regions(check: impl Fn(&CloudCatalog, &str)) {
    let catalog = Catalog::builtin();
    for cloud in CLOUDS {
        let facts = catalog.cloud(cloud);
        let names: Vec<&str> = facts
            .regions()
            .filter(|name| facts.region(name).is_ok())
            .collect();
        assert!(names.len() > 25, "{cloud:?} has {} regions", names.len());
        for name in names {
            check(facts, name);
        }
    }
}

/// A folder with one table, changed, and the catalog that it gives.
fn with(name: &str, change: impl Fn(&str) -> String) -> anyhow::Result<Catalog> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let builtin = Catalog::builtin();
    let table = builtin
        .tables()
        .find(|table| table.name == name)
        .expect("the table is built in");
    fs::write(
        folder.path().join(format!("{name}.tsv")),
        change(table.text),
    )
    .expect("a file");
    Catalog::load(folder.path())
}

fn refused(name: &str, change: impl Fn(&str) -> String) -> String {
    format!("{:#}", with(name, change).expect_err("the table is wrong"))
}

#[test]
fn every_region_has_zones_machines_and_a_place_for_backups() {
    regions(|facts, region| {
        let zones = facts.zones(region);
        assert!((2..=6).contains(&zones.len()), "{region}: {zones:?}");
        assert!(
            zones.iter().all(|zone| zone.starts_with(region)),
            "{zones:?}"
        );
        let machines = facts.general_node_shapes(region);
        assert!(
            machines
                .iter()
                .any(|shape| !shape.burstable && shape.vcpu >= 8.0),
            "{region}"
        );
        for shape in &machines {
            let usd = shape.usd_hour.expect("machines are priced");
            assert!(usd > 0.0, "{region} {}", shape.name);
            assert!(
                shape.spot_hour.is_none_or(|spot| spot < usd),
                "{region} {}",
                shape.name
            );
            assert!(
                shape.commit_hour.is_none_or(|commit| commit < usd),
                "{region} {}",
                shape.name
            );
            assert!(
                shape.cpu_alloc_m < shape.vcpu * 1000.0,
                "{region} {}",
                shape.name
            );
            assert!(
                shape.mem_alloc_mib < shape.mem_gib * 1024.0,
                "{region} {}",
                shape.name
            );
        }
        let backup = facts.backup_region(region);
        assert_ne!(backup, region);
        assert!(
            facts.regions().any(|name| name == backup),
            "{region}: {backup}"
        );
    });
}

#[test]
fn every_region_has_databases_caches_and_brokers() {
    let services = |facts: &CloudCatalog| {
        if facts.default_region() == "us-east-1" {
            ["rds", "aurora"]
        } else {
            ["cloud-sql", "alloydb"]
        }
    };
    regions(|facts, region| {
        for service in services(facts) {
            let shapes = facts.database_shapes(service, false, region);
            assert!(shapes.len() >= 8, "{region} {service}");
            for shape in &shapes {
                assert!(
                    shape.vcpu > 0.0 && shape.ram_gib > 0.0 && shape.max_connections >= 50.0,
                    "{}",
                    shape.class
                );
                assert!(
                    shape.usd_hour.is_none_or(|usd| usd > 0.0),
                    "{}",
                    shape.class
                );
            }
        }
        assert!(
            facts
                .cache_shapes(region)
                .iter()
                .any(|shape| !shape.burstable && shape.usd_hour.is_some()),
            "{region}"
        );
        assert!(
            facts
                .stream_shapes(region)
                .iter()
                .any(|shape| !shape.burstable && shape.usd_hour.is_some()),
            "{region}"
        );
        let tiers = facts.egress_tiers(region);
        assert!(
            tiers.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "{region}"
        );
        assert_eq!(tiers.last().map(|tier| tier.0), Some(f64::INFINITY));
    });
}

#[test]
fn zones_have_the_names_that_the_clouds_give_them() {
    let catalog = Catalog::builtin();
    let gcp = catalog.cloud(Cloud::Gcp);
    assert_eq!(
        gcp.zones("us-central1"),
        [
            "us-central1-a",
            "us-central1-b",
            "us-central1-c",
            "us-central1-f"
        ]
    );
    assert_eq!(
        gcp.zones("europe-west1"),
        ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
    );
    let aws = catalog.cloud(Cloud::Aws);
    assert_eq!(aws.zones("us-east-1")[..2], ["us-east-1a", "us-east-1b"]);
    assert_eq!(aws.zones("us-west-1"), ["us-west-1a", "us-west-1c"]);
}

#[test]
fn a_region_that_cannot_be_built_in_is_named_with_others() {
    let catalog = Catalog::builtin();
    let say = |cloud, region: &str| {
        catalog
            .cloud(cloud)
            .region(region)
            .expect_err("not to be built in")
            .to_string()
    };
    assert!(
        say(Cloud::Gcp, "us-centrl1")
            .starts_with("gcp has no region `us-centrl1`; did you mean us-central1")
    );
    assert!(say(Cloud::Aws, "eu-west-11").contains("eu-west-1"));
    // Sold, but with no machine that the catalog may put into a node pool.
    assert_eq!(
        say(Cloud::Gcp, "europe-north2"),
        "no machine of the catalog for node pools is sold in gcp `europe-north2`; did you mean europe-north1 or europe-central2"
    );
}

#[test]
fn allocatable_of_gke_follows_the_published_curve() {
    let catalog = Catalog::builtin();
    let shapes = catalog.cloud(Cloud::Gcp).general_node_shapes("us-central1");
    let n2 = shapes
        .iter()
        .find(|shape| shape.name == "n2-standard-8")
        .expect("n2-standard-8");
    // Capacity model, section 2.5.
    assert_eq!((n2.cpu_alloc_m, n2.mem_alloc_mib), (7910.0, 29_022.0));
    for shape in shapes.iter().filter(|shape| shape.vcpu >= 2.0) {
        let cpu = 60.0
            + 10.0
            + (shape.vcpu - 2.0).clamp(0.0, 2.0) * 5.0
            + (shape.vcpu - 4.0).max(0.0) * 2.5;
        assert!(
            (shape.vcpu * 1000.0 - cpu - shape.cpu_alloc_m).abs() <= 1.0,
            "{}",
            shape.name
        );
        let part = |from: f64, to: f64| (shape.mem_gib - from).clamp(0.0, to - from);
        let gib = 0.25 * part(0.0, 4.0)
            + 0.2 * part(4.0, 8.0)
            + 0.1 * part(8.0, 16.0)
            + 0.06 * part(16.0, 128.0)
            + 0.02 * part(128.0, 1e6);
        let left = (shape.mem_gib - gib) * 1024.0 - 100.0;
        assert!((left - shape.mem_alloc_mib).abs() <= 1.0, "{}", shape.name);
    }
}

#[test]
fn what_is_recalled_or_assumed_says_so() {
    for table in Catalog::builtin().tables() {
        assert!(
            !table.as_of.is_empty() && !table.source.is_empty(),
            "{}",
            table.name
        );
        let rows = table.text.lines().filter(|line| !line.starts_with('#'));
        for line in rows {
            let cells: Vec<&str> = line.split('\t').collect();
            if cells
                .last()
                .is_some_and(|source| source.starts_with("memory"))
            {
                assert!(!cells.contains(&"A"), "{}: {line}", table.name);
            }
        }
    }
    let price = |id| Catalog::builtin().cloud(Cloud::Gcp).price(id);
    let kafka = price("messaging.managed_kafka_vcpu_hour").expect("a price");
    assert_eq!((kafka.grade, kafka.as_of.as_str()), (Grade::B, "2026-07"));
    assert!(price("nobody.sourced_it").is_none());
}

#[test]
fn constants_lie_in_their_ranges() {
    let catalog = Catalog::builtin();
    let constants = catalog.constants();
    assert!(constants.iter().count() >= 119);
    for one in constants.iter() {
        let (low, high) = (one.low.unwrap_or(one.value), one.high.unwrap_or(one.value));
        assert!(low <= one.value && one.value <= high, "{}", one.id);
        assert!(!one.source.is_empty(), "{}", one.id);
    }
    // Section 2.2: β of tier 1; section 3.2: bytes of a connection.
    assert_eq!(constants.get("cpu.beta.tier1").value, 1.761);
    assert_eq!(
        constants.get("db.pg_bytes_per_connection").value,
        9_531_392.0
    );
}

#[test]
fn the_built_in_tables_pass_their_own_check() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let builtin = Catalog::builtin();
    for table in builtin.tables() {
        fs::write(
            folder.path().join(format!("{}.tsv", table.name)),
            table.text,
        )
        .expect("a file");
    }
    let loaded = Catalog::load(folder.path()).expect("the same tables");
    assert_eq!(loaded.version(), builtin.version());
}

#[test]
fn a_folder_replaces_the_tables_it_has() {
    let catalog = with("gcp.prices", |text| {
        text.replace(
            "compute.gke_cluster_hour\t0.1\t",
            "compute.gke_cluster_hour\t0.2\t",
        )
    })
    .expect("a good table");
    let price = catalog.cloud(Cloud::Gcp).price("compute.gke_cluster_hour");
    assert_eq!(price.map(|price| price.value), Some(0.2));
    let builtin = Catalog::builtin();
    assert_ne!(catalog.version(), builtin.version());
    assert_eq!(
        catalog.cloud(Cloud::Aws).price("compute.eks_cluster"),
        builtin.cloud(Cloud::Aws).price("compute.eks_cluster")
    );
}

#[test]
fn a_wrong_table_is_refused_at_its_line() {
    let message = refused("gcp.nodes", |text| format!("{text}x1-mega\tx1\n"));
    assert!(
        message.contains("gcp.nodes.tsv:") && message.contains("2 columns, wanted 18"),
        "{message}"
    );
    let message = refused("aws.nodes", |text| {
        text.replacen("\t0.0363\t", "\tcheap\t", 1)
    });
    assert!(
        message.contains("`cheap` in column usd_h is not a number"),
        "{message}"
    );
    // Behind a first row without an accelerator, too.
    let message = refused("aws.nodes", |text| {
        text.replacen("\tt4\t1\t", "\tt4\tone\t", 1)
    });
    assert!(
        message.contains("`one` in column gpus is not a number"),
        "{message}"
    );
    let message = refused("gcp.regions", |text| {
        text.replacen("us-central1\t", "us-central9\t", 1)
    });
    assert!(
        message.contains("gcp.regions.tsv") && message.contains("us-central1"),
        "{message}"
    );
    let message = refused("constants", |text| {
        text.replacen("load.dau_per_mau", "load.dau_per_mou", 1)
    });
    assert!(
        message.contains("lacks the constant load.dau_per_mau"),
        "{message}"
    );
    assert!(refused("constants", |_| String::new()).contains("no row of column names"));
}

#[test]
fn a_folder_that_is_no_catalog_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let say = |folder: &Path| format!("{:#}", Catalog::load(folder).expect_err("not a catalog"));
    assert!(say(folder.path()).contains("has no table of the catalog"));
    assert!(say(&folder.path().join("none")).contains("cannot read the catalog"));
    fs::write(folder.path().join("aws.node.tsv"), "x").expect("a file");
    assert!(say(folder.path()).contains("no table of the catalog has this name"));
    fs::remove_file(folder.path().join("aws.node.tsv")).expect("it is there");
    fs::write(folder.path().join("constants.tsv"), [0xff, 0xfe, 0x00]).expect("a file");
    assert!(say(folder.path()).contains("cannot read `"));
}
