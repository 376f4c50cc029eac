//! Classes of the managed databases: which there are, and the rules that a table cannot hold.

use super::{DatabaseShape, cloud::CloudCatalog, shape::IopsRule};
use crate::ledger::Grade;

/// Bytes of memory for one connection in the engine's own default (RDS user guide: PostgreSQL, MySQL).
const BYTES_PER_CONNECTION: [f64; 2] = [9_531_392.0, 12_582_880.0];

/// Classes of RDS or Aurora.
pub(super) fn aws(
    catalog: &CloudCatalog,
    service: &str,
    mysql: bool,
    region: &str,
) -> Vec<DatabaseShape> {
    let aurora = service == "aurora";
    catalog
        .databases
        .rows()
        .filter(|row| row.text("service") == if aurora { "aurora" } else { "rds" })
        .map(|row| {
            let ram_gib = row.number("mem_gib").unwrap_or_default();
            let ratio = catalog.ratio(
                region,
                if row.text("class").contains(".r") {
                    "r"
                } else {
                    "m"
                },
            );
            let bytes = BYTES_PER_CONNECTION[usize::from(mysql)];
            DatabaseShape {
                class: row.text("class").to_owned(),
                edition: None,
                vcpu: row.number("vcpu").unwrap_or_default(),
                ram_gib,
                burstable: row.flag("burstable"),
                usd_hour: row
                    .number("usd_h")
                    .zip(ratio)
                    .map(|(price, ratio)| price * ratio),
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
                grade: row.grade(),
                source: "RDS class specification".to_owned(),
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
pub(super) fn cloud_sql(catalog: &CloudCatalog, region: &str) -> Vec<DatabaseShape> {
    let ratio = catalog.family_ratio(region, "n2");
    let price = |vcpu: f64, gb: f64, per_vcpu: &str, per_gb_hour: Option<f64>| {
        let vcpu_price = catalog.price(per_vcpu).map(|price| price.value);
        vcpu_price
            .zip(per_gb_hour)
            .zip(ratio)
            .map(|((v, g), ratio)| (vcpu * v + gb * g) * ratio)
    };
    let gb_hour = catalog
        .price("cloud_sql.gb_month")
        .map(|price| price.value / 730.0);
    let plus_gb_hour = catalog
        .price("cloud_sql.enterprise_plus_gb_hour")
        .map(|price| price.value);
    let shape =
        |class: String, edition: &str, vcpu: f64, gb: f64, usd_hour: Option<f64>, grade: Grade| {
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
                max_pitr_days: if edition == "ENTERPRISE_PLUS" {
                    35.0
                } else {
                    7.0
                },
                grade,
                source: "Cloud SQL machine types".to_owned(),
            }
        };
    let mut shapes = Vec::new();
    for vcpu in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 48.0, 64.0, 80.0, 96.0_f64] {
        let most = (vcpu * 6.5 * 4.0).floor() / 4.0;
        let wanted = [3.75, vcpu * 2.0, vcpu * 3.75, vcpu * 5.0, most];
        let mut sizes: Vec<f64> = wanted
            .into_iter()
            .filter(|gb| *gb >= 3.75 && *gb >= vcpu * 0.9 && *gb <= most.min(624.0))
            .collect();
        sizes.dedup();
        for gb in sizes {
            let usd = price(vcpu, gb, "cloud_sql.vcpu_hour", gb_hour);
            shapes.push(shape(
                format!("db-custom-{vcpu}-{}", gb * 1024.0),
                "ENTERPRISE",
                vcpu,
                gb,
                usd,
                Grade::A,
            ));
        }
    }
    for vcpu in [2.0, 4.0, 8.0, 16.0, 32.0, 48.0, 64.0, 80.0, 96.0, 128.0_f64] {
        let gb = (vcpu * 8.0).min(864.0);
        let usd = price(
            vcpu,
            gb,
            "cloud_sql.enterprise_plus_vcpu_hour",
            plus_gb_hour,
        );
        shapes.push(shape(
            format!("db-perf-optimized-N-{vcpu}"),
            "ENTERPRISE_PLUS",
            vcpu,
            gb,
            usd,
            Grade::B,
        ));
    }
    shapes
}

/// Machines of AlloyDB: 8 GB a vCPU, up to 128 vCPU.
pub(super) fn alloydb(catalog: &CloudCatalog, region: &str) -> Vec<DatabaseShape> {
    let ratio = catalog.family_ratio(region, "n2");
    let vcpu_price = catalog.price("alloydb.vcpu_hour").map(|price| price.value);
    let gb_price = catalog.price("alloydb.gb_hour").map(|price| price.value);
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
                usd_hour: vcpu_price
                    .zip(gb_price)
                    .zip(ratio)
                    .map(|((v, g), ratio)| (vcpu * v + gb * g) * ratio),
                max_connections: 1000.0,
                least_disk_gib: 1.0,
                max_storage_gib: 131_072.0,
                iops_rule: IopsRule::Unmetered,
                max_iops: 200_000.0,
                max_replicas: 20.0,
                max_pitr_days: 35.0,
                grade: Grade::B,
                source: "AlloyDB machine types".to_owned(),
            }
        })
        .collect()
}
