//! Unit prices of services by what they are for, whatever a cloud calls them.
//!
//! A price is of the home region of its table. Elsewhere it follows the price of general machines, which is an estimate
//! and graded as one, except where the service costs the same everywhere or the table of regions has the price.

use super::{CloudCatalog, Price, cloud::carried, database::on_cluster};
use crate::{blueprint::Cloud, ledger::Grade};

/// What is paid for by the hour, the GB or the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Kubernetes control plane, an hour.
    ControlPlane,
    /// Load balancer, an hour.
    LoadBalancer,
    /// Load balancer, a GB or what comes nearest to it.
    LoadBalancerGb,
    /// Way out of a private network, an hour each.
    Nat,
    /// Way out of a private network, a GB.
    NatGb,
    /// Traffic between zones, a GB, on both of its sides.
    CrossZoneGb,
    /// Traffic from a region to another of the cloud, a GB.
    InterRegionGb,
    /// Web application firewall, a month.
    Firewall,
    /// Web application firewall, a million requests.
    FirewallMillion,
    /// What the cloud's own CDN fetches from the origin, a GB.
    CdnFillGb,
    /// Requests that the cloud's own CDN answers by HTTPS, ten thousand.
    CdnRequests,
    /// Runs of a function of the cloud's own CDN, a million.
    CdnFunctionMillion,
    /// Disk of a node, a GB and month.
    NodeDisk,
    /// Disk of a database, a GB and month, without its standby.
    DatabaseDisk,
    /// I/O operations a second of a database's disk beyond the included ones, each and month.
    DatabaseIops,
    /// Backup of a database, a GB and month.
    DatabaseBackup,
    /// Storage of the log's brokers, a GB and month.
    StreamDisk,
    /// Logs taken in, a GB.
    LogGb,
    /// A million writes of 1 kB to the key-value store.
    NosqlMillionWrites,
    /// A million eventually consistent reads, in units.
    NosqlMillionReads,
    /// A write unit of a key-value store that is provisioned, an hour.
    NosqlWriteHour,
    /// A read unit of a key-value store that is provisioned, an hour.
    NosqlReadHour,
    /// A GB in the key-value store, a month.
    NosqlGb,
    /// A secret, a month.
    Secret,
    /// A key, a month.
    Key,
    /// A million calls of functions.
    FunctionMillion,
    /// A GiB of memory of a function for a second.
    FunctionGibSecond,
    /// A vCPU of a function for a second, where CPU is paid for by itself.
    FunctionVcpuSecond,
    /// A GiB of memory of a warm function for a second, on top of what it works.
    FunctionWarmGibSecond,
    /// A million requests to a queue; nothing where messages are paid for by their size.
    QueueMillion,
    /// A million operations of a queue that calls at a rate, where there is one.
    PacedQueueMillion,
    /// A thousand steps of a workflow.
    WorkflowThousand,
    /// Objects, a GB and month.
    ObjectGb,
    /// What queries read, a TB.
    ScanTb,
    /// What a warehouse stores, a GB and month.
    WarehouseGb,
    /// What queries of a warehouse read, a TB, where they are paid for so.
    WarehouseTb,
}

/// How a price of the home region carries over to another one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spread {
    /// It is the same everywhere.
    Same,
    /// It follows general machines.
    AsMachines,
    /// It is a number of the region's own row.
    Regional,
}

impl CloudCatalog {
    /// Unit price of a service in a region; nothing where nobody sourced it. `database` is the chosen database service.
    pub fn service(&self, service: Service, database: &str, region: &str) -> Option<Price> {
        let (id, spread) = match self.id() {
            Cloud::Aws => aws(service, database)?,
            Cloud::Gcp => gcp(service, database)?,
        };
        if spread == Spread::Regional {
            return self.regional_price(region, id);
        }
        let mut price = self.price(id)?;
        if service == Service::CrossZoneGb && self.id() == Cloud::Aws {
            // Paid for each way.
            price.value *= 2.0;
        }
        if spread == Spread::AsMachines {
            let ratio = self.service_ratio(region);
            price.value *= ratio?;
            price.grade = carried(price.grade, ratio);
        }
        Some(price)
    }

    /// A price that stands in the table of regions.
    fn regional_price(&self, region: &str, column: &str) -> Option<Price> {
        Some(Price {
            value: self.regional(region, column)?,
            unit: if column.starts_with("inter_region") {
                "GB"
            } else {
                "GB-month"
            }
            .to_owned(),
            grade: Grade::A,
            source: "price list of the region".to_owned(),
            as_of: self.as_of_regions().to_owned(),
        })
    }

    /// Gateways that a network's way out needs: one a zone where a gateway lives in a zone.
    pub fn nat_gateways(&self, zones: f64, one_per_zone: bool) -> f64 {
        if self.id() == Cloud::Aws && one_per_zone {
            zones
        } else {
            1.0
        }
    }

    /// What memory of functions costs: (cumulative GiB-s a month, USD/GiB-s); empty where there are no tiers.
    pub fn function_tiers(&self) -> Vec<(f64, Option<f64>)> {
        match self.id() {
            Cloud::Aws => self.tiers("compute.lambda_gb_s_arm_tiers"),
            Cloud::Gcp => Vec::new(),
        }
    }

    /// A thousand writes of objects and a thousand reads, USD; nothing where nobody sourced them.
    pub fn object_requests(&self, region: &str) -> Option<(Price, Price)> {
        let (write, read, each) = match self.id() {
            Cloud::Aws => ("storage.s3_put_1k", "storage.s3_get_1k", 1.0),
            Cloud::Gcp => ("storage.gcs_class_a_10k", "storage.gcs_class_b_10k", 10.0),
        };
        let ratio = self.service_ratio(region);
        let thousand = |id: &str| {
            let mut price = self.price(id)?;
            price.value = price.value / each * ratio?;
            price.grade = carried(price.grade, ratio);
            Some(price)
        };
        thousand(write).zip(thousand(read))
    }

    /// What the cloud's own CDN takes for delivery, list price of North America and Europe: (cumulative GB, USD/GB).
    pub fn cdn_tiers(&self) -> Vec<(f64, Option<f64>)> {
        match self.id() {
            Cloud::Aws => self.tiers("cdn.cloudfront_na_eu_tiers"),
            Cloud::Gcp => self.tiers("cdn.na_eu_tiers"),
        }
    }
}

fn aws(service: Service, database: &str) -> Option<(&'static str, Spread)> {
    use Spread::{AsMachines, Regional, Same};
    let aurora = database.starts_with("aurora");
    let own = on_cluster(database);
    Some(match service {
        Service::ControlPlane => ("compute.eks_cluster", Same),
        Service::LoadBalancer => ("network.alb_hour", AsMachines),
        Service::LoadBalancerGb => ("network.alb_lcu_hour", AsMachines),
        Service::Nat => ("network.nat_gateway_hour", AsMachines),
        Service::NatGb => ("network.nat_gb", AsMachines),
        Service::CrossZoneGb => ("network.cross_az_gb_each_way", Same),
        Service::InterRegionGb => ("inter_region_gb", Regional),
        Service::Firewall => ("network.waf_acl_month", Same),
        Service::FirewallMillion => ("network.waf_1m_requests", Same),
        // The origin's traffic to the cloud's own CDN is free.
        Service::CdnFillGb => return None,
        // North America's price, as the tiers are.
        Service::CdnRequests => ("cdn.cloudfront_https_10k", Same),
        Service::CdnFunctionMillion => ("cdn.cloudfront_functions_1m", Same),
        Service::NodeDisk => ("storage.ebs_gp3_gb", AsMachines),
        Service::DatabaseDisk if aurora => ("rds.aurora_usd_gb_month", AsMachines),
        Service::DatabaseDisk if own => ("storage.ebs_gp3_gb", AsMachines),
        Service::DatabaseDisk => ("rds.gp3_usd_gb_month", AsMachines),
        Service::DatabaseIops if aurora => return None,
        Service::DatabaseIops if own => ("storage.ebs_gp3_iops_over_3000", AsMachines),
        Service::DatabaseIops => ("rds.gp3_extra_iops_usd", AsMachines),
        Service::DatabaseBackup if aurora => ("rds.aurora_backup_usd_gb_month", AsMachines),
        Service::DatabaseBackup if own => ("storage.s3_standard_gb", AsMachines),
        Service::DatabaseBackup => ("rds.backup_extra_usd_gb_month", AsMachines),
        Service::StreamDisk => ("msk.storage_gb", AsMachines),
        Service::LogGb => ("observability.cloudwatch_logs_ingest_gb", AsMachines),
        Service::NosqlMillionWrites => ("database.dynamodb_ondemand_1m_wru", AsMachines),
        Service::NosqlMillionReads => ("database.dynamodb_ondemand_1m_rru", AsMachines),
        Service::NosqlWriteHour => ("database.dynamodb_wcu_hour", AsMachines),
        Service::NosqlReadHour => ("database.dynamodb_rcu_hour", AsMachines),
        Service::NosqlGb => ("database.dynamodb_gb", AsMachines),
        Service::Secret => ("observability.secrets_manager_secret", Same),
        Service::Key => ("observability.kms_key", Same),
        Service::FunctionMillion => ("compute.lambda_request", Same),
        Service::FunctionGibSecond => ("compute.lambda_gb_s_arm_tiers.1", Same),
        // CPU comes with the memory.
        Service::FunctionVcpuSecond => return None,
        Service::FunctionWarmGibSecond => ("compute.lambda_provisioned_gb_s", Same),
        Service::QueueMillion => ("messaging.sqs_standard_1m", Same),
        Service::PacedQueueMillion => return None,
        Service::WorkflowThousand => ("compute.step_functions_standard_transition", Same),
        Service::ObjectGb => ("storage.s3_standard_gb", AsMachines),
        Service::ScanTb => ("storage.athena_tb_scanned", Same),
        // Nobody sourced the price of Redshift's units and storage.
        Service::WarehouseGb | Service::WarehouseTb => return None,
    })
}

fn gcp(service: Service, database: &str) -> Option<(&'static str, Spread)> {
    use Spread::{AsMachines, Regional, Same};
    let alloydb = database == "alloydb";
    let own = on_cluster(database);
    Some(match service {
        Service::ControlPlane => ("compute.gke_cluster_hour", Same),
        Service::LoadBalancer => ("network.lb_forwarding_rule_hour", Same),
        Service::LoadBalancerGb => ("network.lb_data_gb", AsMachines),
        Service::Nat => ("network.nat_gateway_hour_max", Same),
        Service::NatGb => ("network.nat_gb", Same),
        Service::CrossZoneGb => ("network.cross_zone_gb", Same),
        // By pair of continents; only that of North America is known.
        Service::InterRegionGb => return None,
        Service::Firewall => ("network.armor_policy_month", Same),
        Service::FirewallMillion => ("network.armor_1m_requests", Same),
        Service::CdnFillGb => ("cdn.cache_fill_na_gb", Same),
        Service::CdnRequests => ("cdn.https_10k", Same),
        // There is none: its cache key takes a list of parameters.
        Service::CdnFunctionMillion => return None,
        Service::NodeDisk => ("pd_balanced_gb", Regional),
        Service::DatabaseDisk if alloydb => ("alloydb.storage_gb_month", AsMachines),
        Service::DatabaseDisk if own => ("pd_ssd_gb", Regional),
        Service::DatabaseDisk => ("cloud_sql.ssd_gb_month", AsMachines),
        // They come with the disk; and nobody sourced a price of Bigtable or Firestore.
        Service::DatabaseIops
        | Service::NosqlMillionWrites
        | Service::NosqlMillionReads
        | Service::NosqlWriteHour
        | Service::NosqlReadHour
        | Service::NosqlGb => return None,
        Service::DatabaseBackup if own => ("storage.gcs_standard_gb", AsMachines),
        // Cloud SQL's price stands in for AlloyDB's, which nobody sourced.
        Service::DatabaseBackup => ("cloud_sql.backup_gb_month", AsMachines),
        Service::StreamDisk => ("pd_ssd_gb", Regional),
        Service::LogGb => ("observability.logging_gib", Same),
        Service::Secret => ("observability.secret_version_month", Same),
        Service::Key => ("observability.kms_key_version_month", Same),
        Service::FunctionMillion => ("compute.cloud_run_1m_requests", Same),
        Service::FunctionGibSecond => ("compute.cloud_run_gib_s", Same),
        Service::FunctionVcpuSecond => ("compute.cloud_run_vcpu_s", Same),
        // A warm instance is paid for as one that works less; nobody sourced by how much.
        Service::FunctionWarmGibSecond => return None,
        // By bytes, not by messages.
        Service::QueueMillion => return None,
        Service::PacedQueueMillion => ("messaging.cloud_tasks_1m", Same),
        Service::WorkflowThousand => ("compute.workflows_1k_steps", Same),
        Service::ObjectGb => ("storage.gcs_standard_gb", AsMachines),
        Service::ScanTb | Service::WarehouseTb => ("storage.bigquery_tb_scanned", Same),
        Service::WarehouseGb => ("storage.bigquery_active_gb", Same),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn prices_follow_the_region() {
        let catalog = Catalog::builtin();
        let gcp = catalog.cloud(Cloud::Gcp);
        let disk = |region: &str| {
            gcp.service(Service::NodeDisk, "cloud-sql", region)
                .map(|price| price.value)
        };
        assert_eq!(
            (disk("us-central1"), disk("europe-west3")),
            (Some(0.1), Some(0.12))
        );
        assert_eq!(disk("mars"), None);
        let aws = catalog.cloud(Cloud::Aws);
        let nat = |region: &str| {
            aws.service(Service::Nat, "rds", region)
                .map(|price| (price.value, price.grade))
        };
        assert_eq!(nat("us-east-1"), Some((0.045, Grade::A)));
        assert_eq!(nat("eu-west-1"), Some((0.045 * 1.1146, Grade::C)));
        let control_plane = aws.service(Service::ControlPlane, "rds", "sa-east-1");
        assert_eq!(
            control_plane.map(|price| (price.value, price.grade)),
            Some((0.1, Grade::A))
        );
    }

    #[test]
    fn traffic_between_zones_is_paid_for_on_both_sides() {
        let catalog = Catalog::builtin();
        let price = |cloud, region: &str| {
            catalog
                .cloud(cloud)
                .service(Service::CrossZoneGb, "", region)
                .map(|price| price.value)
        };
        assert_eq!(
            (
                price(Cloud::Aws, "us-east-1"),
                price(Cloud::Gcp, "us-central1")
            ),
            (Some(0.02), Some(0.01))
        );
    }

    #[test]
    fn a_gateway_lives_in_a_zone_or_in_the_region() {
        let catalog = Catalog::builtin();
        let gateways = |cloud, each| catalog.cloud(cloud).nat_gateways(3.0, each);
        assert_eq!(
            (gateways(Cloud::Aws, true), gateways(Cloud::Aws, false)),
            (3.0, 1.0)
        );
        assert_eq!(gateways(Cloud::Gcp, true), 1.0);
    }

    #[test]
    fn requests_for_objects_are_priced_by_the_thousand_on_both_clouds() {
        let catalog = Catalog::builtin();
        let price = |cloud, region: &str| {
            let (write, read) = catalog.cloud(cloud).object_requests(region)?;
            Some((write.value, read.value))
        };
        assert_eq!(price(Cloud::Aws, "us-east-1"), Some((0.005, 0.0004)));
        assert_eq!(price(Cloud::Gcp, "us-central1"), Some((0.005, 0.0004)));
        assert_eq!(price(Cloud::Gcp, "mars"), None);
    }

    #[test]
    fn tiers_of_the_cdn_end_above_all() {
        for cloud in [Cloud::Aws, Cloud::Gcp] {
            let tiers = Catalog::builtin().cloud(cloud).cdn_tiers();
            assert!(tiers.len() >= 4 && tiers.windows(2).all(|pair| pair[0].0 < pair[1].0));
            assert_eq!(tiers.last().map(|tier| tier.0), Some(f64::INFINITY));
        }
    }
}
