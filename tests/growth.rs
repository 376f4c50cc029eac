//! What growth changes: within a rung the sized files alone, and never what stands already.

mod trees;

use std::collections::BTreeSet;

use loadpath::{
    ledger::Value,
    pipeline::{AllCommitted, committed_key, is_tolerant},
    sizing::Committed,
};
use trees::{Case, case, example};

/// What the lock would keep of a case.
fn committed(case: &Case) -> AllCommitted {
    let mut all = AllCommitted::new();
    for (environment, sizing) in case
        .blueprint
        .environments
        .iter()
        .zip(&case.plans[0].sizings)
    {
        let mut one = Committed {
            shard_map: Some(sizing.shard_map.clone()),
            ..Committed::default()
        };
        for quantity in sizing.ledger.iter() {
            match &quantity.value {
                Value::Number(number) => {
                    one.numbers.insert(quantity.name.clone(), *number);
                }
                Value::Text(text) => {
                    one.texts.insert(quantity.name.clone(), text.clone());
                }
                Value::Flag(_) => {}
            }
        }
        all.insert(committed_key(case.plans[0].cloud, &environment.name), one);
    }
    all
}

/// Paths whose texts differ, or that only one of the two has.
fn changed(before: &Case, after: &Case) -> BTreeSet<String> {
    let paths: BTreeSet<&String> = before
        .tree
        .files
        .keys()
        .chain(after.tree.files.keys())
        .collect();
    paths
        .into_iter()
        .filter(|path| {
            let text = |case: &Case| case.tree.files.get(*path).map(|file| file.text.clone());
            text(before) != text(after)
        })
        .cloned()
        .collect()
}

/// Structure: what no number of a sizing may reach.
fn structure(paths: &BTreeSet<String>) -> Vec<&String> {
    let is_structure = |path: &str| {
        path.ends_with(".tf")
            || path.ends_with(".tftest.hcl")
            || path.starts_with("kubernetes/base/")
            || path.starts_with("scripts/")
            || path.starts_with(".github/")
    };
    paths.iter().filter(|path| is_structure(path)).collect()
}

/// Grows an example on both clouds; gives each before and after.
fn grown(name: &str, before: &[&str], after: &[&str]) -> Vec<(Case, Case)> {
    ["aws", "gcp"]
        .map(|cloud| {
            let old = case(&example(name), cloud, before, &AllCommitted::new());
            let new = case(&example(name), cloud, after, &committed(&old));
            (old, new)
        })
        .into()
}

#[test]
fn twice_as_many_users_change_sized_files_alone() {
    let twice = ["users.monthly_active=1M", "users.peak_concurrent=100k"];
    let small = ["users.monthly_active=10k"];
    for (old, new) in grown("sharded-kubernetes", &[], &twice)
        .into_iter()
        .chain(grown("small", &[], &small))
    {
        let paths = changed(&old, &new);
        assert!(!paths.is_empty(), "{}: nothing follows the users", old.name);
        let reached = structure(&paths);
        assert!(reached.is_empty(), "{}: {reached:?}", old.name);
        let beyond: Vec<&String> = paths
            .iter()
            .filter(|path| !new.sized.contains(*path))
            .collect();
        assert!(beyond.is_empty(), "{}: {beyond:?}", old.name);
    }
}

#[test]
fn more_stated_shards_leave_those_that_are_as_they_are() {
    let more = [
        "data.keyspaces.users.shards=4",
        "data.keyspaces.content.shards=7",
    ];
    for (old, new) in grown("sharded-kubernetes", &[], &more) {
        let paths = changed(&old, &new);
        let reached = structure(&paths);
        assert!(reached.is_empty(), "{}: {reached:?}", old.name);
        for (before, after) in old.plans[0].sizings.iter().zip(&new.plans[0].sizings) {
            let nodes = before.ledger.iter().filter(|quantity| {
                let name = &quantity.name;
                name.contains(".nodes.") && name.starts_with("database.")
            });
            let mut n_nodes = 0;
            for quantity in nodes {
                n_nodes += 1;
                let now = after.ledger.get(&quantity.name).map(|now| &now.value);
                assert_eq!(
                    now,
                    Some(&quantity.value),
                    "{}: {}",
                    old.name,
                    quantity.name
                );
            }
            assert!(n_nodes > 0);
            for (keyspace, grown) in before.keyspaces.iter().zip(&after.keyspaces) {
                assert_eq!(grown.nodes[..keyspace.nodes.len()], keyspace.nodes[..]);
                assert!(grown.nodes.len() > keyspace.nodes.len());
            }
            assert!(after.shard_map.shards().count() > before.shard_map.shards().count());
        }
    }
}

#[test]
fn what_grew_and_shrinks_again_keeps_its_nodes_and_partitions() {
    let large = [
        "users.monthly_active=4M",
        "users.peak_concurrent=400k",
        "data.size=9TiB",
    ];
    for (old, new) in grown("sharded-kubernetes", &large, &[]) {
        for (before, after) in old.plans[0].sizings.iter().zip(&new.plans[0].sizings) {
            for quantity in before.ledger.iter() {
                let name = &quantity.name;
                if name.ends_with(".partitions")
                    || (name.contains(".nodes.") && name.ends_with(".disk_gib"))
                {
                    let now = after.ledger.number(name);
                    assert!(
                        now >= quantity.number(),
                        "{}: {name} falls to {now}",
                        old.name
                    );
                }
            }
        }
    }
}

#[test]
fn a_slightly_smaller_forecast_changes_no_decision() {
    for cloud in ["aws", "gcp"] {
        let path = example("sharded-kubernetes");
        let fewer = ["users.peak_concurrent=49k"];
        let old = case(&path, cloud, &[], &AllCommitted::new());
        let kept = case(&path, cloud, &fewer, &committed(&old));
        let mut free = committed(&old);
        for one in free.values_mut() {
            one.numbers.retain(|name, _| !is_tolerant(name));
            one.texts.retain(|name, _| !is_tolerant(name));
        }
        let exact = case(&path, cloud, &fewer, &free);
        let decided = |case: &Case| {
            let ledgers = case.plans[0].sizings.iter().map(|sizing| &sizing.ledger);
            let tolerant = |ledger: &loadpath::ledger::Ledger| {
                let names = ledger.iter().filter(|quantity| is_tolerant(&quantity.name));
                names
                    .map(|quantity| (quantity.name.clone(), format!("{:?}", quantity.value)))
                    .collect::<Vec<_>>()
            };
            ledgers.map(tolerant).collect::<Vec<_>>()
        };
        assert_eq!(decided(&kept), decided(&old), "{cloud}");
        assert_ne!(decided(&exact), decided(&old), "{cloud}");
        let again = case(&path, cloud, &fewer, &committed(&kept));
        assert_eq!(again.tree, kept.tree, "{cloud}");
    }
}
