//! Classes of the databases, managed or on machines of the cluster: which there are, and the rules that a table cannot hold.

use super::{
    DatabaseShape,
    cloud::{CloudCatalog, carried},
    shape::IopsRule,
};
use crate::{blueprint::Cloud, ledger::Grade};

/// Bytes of memory for one connection in the engine's own default (RDS user guide: PostgreSQL, MySQL).
const BYTES_PER_CONNECTION: [f64; 2] = [9_531_392.0, 12_582_880.0];

/// I/O operations a second that come with a volume of gp3 (EBS user guide).
const GP3_IOPS: f64 = 3000.0;

/// Whether a database is none of the cloud's, but runs on machines of the cluster.
pub(super) fn on_cluster(database: &str) -> bool {
    matches!(database, "cloudnative-pg" | "vitess")
}

/// Classes of RDS or Aurora.
pub(super) fn aws(
    catalog: &CloudCatalog,
    service: &str,
    mysql: bool,
    region: &str,
) -> Vec<DatabaseShape> {
    if service == "aurora-serverless" {
        return aurora_serverless(catalog, mysql, region);
    }
    let aurora = service == "aurora";
    let proxy = catalog
        .price("rds.rds_proxy_usd_vcpu_hour")
        .map(|price| price.value);
    let engine = if mysql && !aurora {
        catalog
            .price("rds.mysql_price_ratio")
            .map(|price| price.value)
    } else {
        Some(1.0)
    };
    let (general, of_memory) = (catalog.ratio(region, "m"), catalog.ratio(region, "r"));
    catalog
        .databases
        .rows()
        .filter(|row| row.text("service") == if aurora { "aurora" } else { "rds" })
        .map(|row| {
            let ram_gib = row.known("mem_gib");
            let ratio = if row.text("family").starts_with('r') {
                of_memory
            } else {
                general
            };
            let bytes = BYTES_PER_CONNECTION[usize::from(mysql)];
            DatabaseShape {
                class: row.text("class").to_owned(),
                edition: None,
                vcpu: row.known("vcpu"),
                ram_gib,
                burstable: row.flag("burstable"),
                usd_hour: row
                    .number("usd_h")
                    .zip(ratio)
                    .zip(engine)
                    .map(|((price, ratio), engine)| price * ratio * engine),
                max_connections: (ram_gib * 1_073_741_824.0 / bytes).floor().min(5000.0),
                least_disk_gib: 20.0,
                max_storage_gib: if aurora { 131_072.0 } else { 65_536.0 },
                iops_rule: if aurora {
                    IopsRule::Unmetered
                } else {
                    IopsRule::Step(400.0, 3000.0, 12_000.0)
                },
                max_iops: 64_000.0,
                max_replicas: 15.0,
                max_pitr_days: 35.0,
                capacity_units: None,
                pools: true,
                pool_usd_hour: proxy.map(|usd| usd * row.known("vcpu").max(2.0)),
                scales_readers: aurora,
                grade: carried(row.grade(), ratio),
                source: "RDS class specification".to_owned(),
            }
        })
        .collect()
}

/// GiB of memory of an Aurora capacity unit (Aurora user guide).
const GIB_PER_UNIT: f64 = 2.0;

/// vCPU of an Aurora capacity unit (C: the share of a memory-optimised class, 2 vCPU for 16 GiB).
const VCPU_PER_UNIT: f64 = 0.25;

/// Fewest capacity units that RDS Proxy is paid for (RDS pricing page, recalled).
const PROXY_UNITS: f64 = 8.0;

/// Aurora Serverless v2 by the most capacity units that an instance may take; the price is that of all of them.
fn aurora_serverless(catalog: &CloudCatalog, mysql: bool, region: &str) -> Vec<DatabaseShape> {
    let value = |id: &str| catalog.price(id).map(|price| price.value);
    let ratio = catalog.ratio(region, "r");
    let (unit, proxy) = (
        value("rds.aurora_acu_hour_usd"),
        value("rds.rds_proxy_usd_vcpu_hour"),
    );
    [
        2.0, 4.0, 8.0, 16.0, 24.0, 32.0, 48.0, 64.0, 96.0, 128.0, 192.0, 256.0_f64,
    ]
    .into_iter()
    .map(|units| {
        let ram_gib = units * GIB_PER_UNIT;
        let bytes = BYTES_PER_CONNECTION[usize::from(mysql)];
        DatabaseShape {
            class: format!("{units} ACU"),
            edition: None,
            vcpu: units * VCPU_PER_UNIT,
            ram_gib,
            burstable: false,
            usd_hour: unit.zip(ratio).map(|(unit, ratio)| unit * ratio * units),
            max_connections: (ram_gib * 1_073_741_824.0 / bytes).floor().min(5000.0),
            least_disk_gib: 20.0,
            max_storage_gib: 131_072.0,
            iops_rule: IopsRule::Unmetered,
            max_iops: 64_000.0,
            max_replicas: 15.0,
            max_pitr_days: 35.0,
            capacity_units: Some(units),
            pools: true,
            pool_usd_hour: proxy.map(|usd| usd * units.max(PROXY_UNITS)),
            scales_readers: true,
            grade: carried(Grade::B, ratio),
            source: "Aurora Serverless v2: 2 GiB a capacity unit".to_owned(),
        }
    })
    .collect()
}

/// `max_connections` of Cloud SQL for PostgreSQL by GB of memory (Cloud SQL documentation, recalled).
fn cloud_sql_connections(gb: f64) -> f64 {
    const STEPS: [(f64, f64); 8] = [
        (0.6, 25.0),
        (1.7, 50.0),
        (3.75, 100.0),
        (6.0, 200.0),
        (7.5, 400.0),
        (15.0, 500.0),
        (30.0, 600.0),
        (60.0, 800.0),
    ];
    STEPS
        .iter()
        .find(|(bound, _)| gb <= *bound)
        .map_or(1000.0, |(_, connections)| *connections)
}

/// Tiers of Cloud SQL: custom machines of Enterprise, performance-optimised ones of Enterprise Plus.
///
/// Custom: 1 or an even number of vCPU up to 96, memory a multiple of 256 MB, 0.9 to 6.5 GB a vCPU, at least 3.75 GB
/// (Cloud SQL documentation). The ladder lists powers of two of memory and the most a vCPU may have.
pub(super) fn cloud_sql(catalog: &CloudCatalog, mysql: bool, region: &str) -> Vec<DatabaseShape> {
    let mut shapes = cloud_sql_postgresql(catalog, region);
    if mysql {
        // The flag is set from the sizing: what RDS divides memory by, up to what its scheduler carries.
        for shape in &mut shapes {
            let bytes = shape.ram_gib * 1_073_741_824.0;
            shape.max_connections = (bytes / BYTES_PER_CONNECTION[1]).floor().min(5000.0);
        }
    }
    shapes
}

fn cloud_sql_postgresql(catalog: &CloudCatalog, region: &str) -> Vec<DatabaseShape> {
    let value = |id: &str| catalog.price(id).map(|price| price.value);
    let custom = Rates {
        vcpu_hour: value("cloud_sql.vcpu_hour"),
        gb_hour: value("cloud_sql.gb_month").map(|month| month / 730.0),
        ratio: catalog.service_ratio(region),
    };
    let plus = Rates {
        vcpu_hour: value("cloud_sql.enterprise_plus_vcpu_hour"),
        gb_hour: value("cloud_sql.enterprise_plus_gb_hour"),
        ..custom
    };
    let mut shapes = Vec::new();
    for vcpu in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 48.0, 64.0, 80.0, 96.0_f64] {
        for gb in custom_memory(vcpu) {
            let class = format!("db-custom-{vcpu}-{}", gb * 1024.0);
            let grade = carried(Grade::A, custom.ratio);
            shapes.push(cloud_sql_shape(
                class,
                "ENTERPRISE",
                vcpu,
                gb,
                custom.price(vcpu, gb),
                grade,
            ));
        }
    }
    for vcpu in [2.0, 4.0, 8.0, 16.0, 32.0, 48.0, 64.0, 80.0, 96.0, 128.0_f64] {
        let gb = (vcpu * 8.0).min(864.0);
        let class = format!("db-perf-optimized-N-{vcpu}");
        let grade = carried(Grade::B, plus.ratio);
        shapes.push(cloud_sql_shape(
            class,
            "ENTERPRISE_PLUS",
            vcpu,
            gb,
            plus.price(vcpu, gb),
            grade,
        ));
    }
    shapes
}

/// Memory of the custom tiers of so many vCPU, GB.
fn custom_memory(vcpu: f64) -> Vec<f64> {
    let most = (vcpu * 6.5 * 4.0).floor() / 4.0;
    let wanted = [3.75, vcpu * 2.0, vcpu * 3.75, vcpu * 5.0, most];
    let legal = |gb: &f64| *gb >= 3.75 && *gb >= vcpu * 0.9 && *gb <= most.min(624.0);
    let mut sizes: Vec<f64> = wanted.into_iter().filter(legal).collect();
    sizes.dedup();
    sizes
}

/// What is paid for a machine that is bought by vCPU and memory.
#[derive(Clone, Copy)]
struct Rates {
    vcpu_hour: Option<f64>,
    gb_hour: Option<f64>,
    ratio: Option<f64>,
}

impl Rates {
    fn price(self, vcpu: f64, gb: f64) -> Option<f64> {
        Some((vcpu * self.vcpu_hour? + gb * self.gb_hour?) * self.ratio?)
    }
}

fn cloud_sql_shape(
    class: String,
    edition: &str,
    vcpu: f64,
    gb: f64,
    usd_hour: Option<f64>,
    grade: Grade,
) -> DatabaseShape {
    let is_plus = edition == "ENTERPRISE_PLUS";
    DatabaseShape {
        class,
        edition: Some(edition.to_owned()),
        vcpu,
        ram_gib: gb,
        burstable: false,
        usd_hour,
        max_connections: cloud_sql_connections(gb),
        least_disk_gib: 10.0,
        max_storage_gib: 65_536.0,
        iops_rule: IopsRule::PerGib(30.0),
        max_iops: 100_000.0_f64.min(15_000.0 + vcpu * 1000.0),
        max_replicas: 10.0,
        max_pitr_days: if is_plus { 35.0 } else { 7.0 },
        capacity_units: None,
        // Both come with the edition, at no charge of their own.
        pools: is_plus,
        pool_usd_hour: Some(0.0),
        scales_readers: is_plus,
        grade,
        source: "Cloud SQL machine types".to_owned(),
    }
}

/// Machines of AlloyDB: 8 GB a vCPU, up to 128 vCPU.
pub(super) fn alloydb(catalog: &CloudCatalog, region: &str) -> Vec<DatabaseShape> {
    let rates = Rates {
        vcpu_hour: catalog.price("alloydb.vcpu_hour").map(|price| price.value),
        gb_hour: catalog.price("alloydb.gb_hour").map(|price| price.value),
        ratio: catalog.service_ratio(region),
    };
    [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 96.0, 128.0_f64]
        .into_iter()
        .map(|vcpu| {
            let gb = (vcpu * 8.0).min(864.0);
            DatabaseShape {
                class: format!("{vcpu}"),
                edition: None,
                vcpu,
                ram_gib: gb,
                burstable: false,
                usd_hour: rates.price(vcpu, gb),
                max_connections: 1000.0,
                least_disk_gib: 1.0,
                max_storage_gib: 131_072.0,
                iops_rule: IopsRule::Unmetered,
                max_iops: 200_000.0,
                max_replicas: 20.0,
                max_pitr_days: 35.0,
                capacity_units: None,
                pools: true,
                pool_usd_hour: Some(0.0),
                // A read pool has the nodes that it is told to have.
                scales_readers: false,
                grade: carried(Grade::B, rates.ratio),
                source: "AlloyDB machine types".to_owned(),
            }
        })
        .collect()
}

/// Machines of the cluster that a database of its own runs on, one instance each: memory is what a pod may ask for, the disk a volume
/// of gp3 or `pd-ssd`.
pub(super) fn machines(catalog: &CloudCatalog, mysql: bool, region: &str) -> Vec<DatabaseShape> {
    let aws = catalog.id() == Cloud::Aws;
    let limit = |id: &str, known: f64| catalog.price(id).map_or(known, |price| price.value);
    let volume_iops = limit("limits.ebs_gp3_max_iops", 16_000.0);
    let each = limit("limits.pd_ssd_iops_per_gb", 30.0);
    catalog
        .fleet_node_shapes(region)
        .into_iter()
        .filter(|machine| machine.vcpu >= 2.0 && machine.mem_gib >= 8.0)
        .map(|machine| {
            let ram_gib = (machine.mem_alloc_mib / 1024.0).floor();
            let bytes = BYTES_PER_CONNECTION[usize::from(mysql)];
            DatabaseShape {
                class: machine.name,
                edition: None,
                vcpu: machine.vcpu,
                ram_gib,
                burstable: machine.burstable,
                usd_hour: machine.usd_hour,
                max_connections: (ram_gib * 1_073_741_824.0 / bytes).floor().min(5000.0),
                least_disk_gib: 20.0,
                max_storage_gib: if aws { 16_384.0 } else { 65_536.0 },
                iops_rule: if aws {
                    // A volume has these whatever its size; more are bought.
                    IopsRule::Step(f64::INFINITY, GP3_IOPS, GP3_IOPS)
                } else {
                    IopsRule::PerGib(each)
                },
                max_iops: if aws {
                    volume_iops
                } else {
                    100_000.0_f64.min(15_000.0 + machine.vcpu * 1000.0)
                },
                max_replicas: 10.0,
                // Each backup has the log since.
                max_pitr_days: f64::INFINITY,
                capacity_units: None,
                pools: true,
                pool_usd_hour: Some(0.0),
                scales_readers: false,
                grade: machine.grade,
                source: "machine types of the node pools".to_owned(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{blueprint::Cloud, catalog::Catalog};

    fn shape(cloud: Cloud, service: &str, region: &str, class: &str) -> DatabaseShape {
        let shapes = Catalog::builtin()
            .cloud(cloud)
            .database_shapes(service, false, region);
        let found = shapes.iter().find(|shape| shape.class == class);
        found
            .unwrap_or_else(|| panic!("{service} has no {class}"))
            .clone()
    }

    #[test]
    fn custom_tiers_are_those_that_cloud_sql_accepts() {
        for shape in
            Catalog::builtin()
                .cloud(Cloud::Gcp)
                .database_shapes("cloud-sql", false, "us-central1")
        {
            let (vcpu, gb) = (shape.vcpu, shape.ram_gib);
            if shape.edition.as_deref() == Some("ENTERPRISE") {
                assert!(vcpu == 1.0 || vcpu % 2.0 == 0.0, "{}", shape.class);
                assert!(
                    (3.75..=624.0).contains(&gb) && gb >= 0.9 * vcpu && gb <= 6.5 * vcpu,
                    "{}",
                    shape.class
                );
                assert_eq!(gb * 1024.0 % 256.0, 0.0, "{}", shape.class);
                assert_eq!(
                    shape.class,
                    format!("db-custom-{}-{}", vcpu as u32, (gb * 1024.0) as u32)
                );
            } else {
                assert_eq!(gb, (8.0 * vcpu).min(864.0), "{}", shape.class);
            }
        }
    }

    #[test]
    fn prices_are_by_vcpu_and_memory_and_by_region() {
        // 4 × 0.0413 + 15 × 5.11 ÷ 730
        let home = shape(Cloud::Gcp, "cloud-sql", "us-central1", "db-custom-4-15360");
        assert!((home.usd_hour.expect("sourced") - 0.2702).abs() < 1e-9);
        assert_eq!(home.grade, Grade::A);
        // Carried over by the ratio of general machines: an estimate, and graded as one.
        let away = shape(Cloud::Gcp, "cloud-sql", "europe-west1", "db-custom-4-15360");
        assert!((away.usd_hour.expect("carried") - 0.2702 * 1.1).abs() < 1e-9);
        assert_eq!(away.grade, Grade::C);
    }

    #[test]
    fn connections_follow_memory_as_the_service_has_it() {
        // 8 GiB ÷ 9,531,392 bytes; from 44.4 GiB the limit of 5,000 holds.
        assert_eq!(
            shape(Cloud::Aws, "rds", "us-east-1", "db.m7g.large").max_connections,
            901.0
        );
        assert_eq!(
            shape(Cloud::Aws, "rds", "us-east-1", "db.r7g.2xlarge").max_connections,
            5000.0
        );
        assert_eq!(
            shape(Cloud::Gcp, "cloud-sql", "us-central1", "db-custom-4-15360").max_connections,
            500.0
        );
    }

    #[test]
    fn storage_and_iops_of_the_services() {
        let rds = shape(Cloud::Aws, "rds", "us-east-1", "db.r7g.large");
        assert_eq!(
            (rds.included_iops(399.0), rds.included_iops(400.0)),
            (3000.0, 12_000.0)
        );
        assert_eq!(rds.max_storage_gib, 65_536.0);
        assert!(!rds.storage_is_shared());
        assert!(shape(Cloud::Aws, "aurora", "us-east-1", "db.r7g.large").storage_is_shared());
        assert!(shape(Cloud::Gcp, "alloydb", "us-central1", "8").storage_is_shared());
    }
}
