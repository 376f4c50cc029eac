//! Unit prices of services by what they are for, whatever a cloud calls them.

use super::{CloudCatalog, Price};
use crate::blueprint::Cloud;

/// What is paid for by the hour, the GB or the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Kubernetes control plane, an hour.
    ControlPlane,
    /// Load balancer, an hour.
    LoadBalancer,
    /// Load balancer, a GB or what comes nearest to it.
    LoadBalancerGb,
    /// Way out of a private network, an hour and zone.
    Nat,
    /// Way out of a private network, a GB.
    NatGb,
    /// Web application firewall, a month.
    Firewall,
    /// Web application firewall, a million requests.
    FirewallMillion,
    /// Disk of a node, a GB and month.
    NodeDisk,
    /// Disk of a database, a GB and month, without its standby.
    DatabaseDisk,
    /// Backup of a database, a GB and month.
    DatabaseBackup,
    /// Storage of the log's brokers, a GB and month.
    StreamDisk,
    /// Logs taken in, a GB.
    LogGb,
    /// A secret, a month.
    Secret,
    /// A key, a month.
    Key,
}

impl CloudCatalog {
    /// Unit price of a service; nothing where nobody sourced it. `database` is the chosen database service.
    pub fn service(&self, service: Service, database: &str) -> Option<Price> {
        let (aws, gcp) = match service {
            Service::ControlPlane => ("compute.eks_cluster", "compute.gke_cluster_hour"),
            Service::LoadBalancer => ("network.alb_hour", "network.lb_forwarding_rule_hour"),
            Service::LoadBalancerGb => ("network.alb_lcu_hour", "network.lb_data_gb"),
            Service::Nat => ("network.nat_gateway_hour", "network.nat_gateway_hour_max"),
            Service::NatGb => ("network.nat_gb", "network.nat_gb"),
            Service::Firewall => ("network.waf_acl_month", "network.armor_policy_month"),
            Service::FirewallMillion => ("network.waf_1m_requests", "network.armor_1m_requests"),
            Service::NodeDisk => ("storage.ebs_gp3_gb", "disk.balanced"),
            Service::DatabaseDisk => match database {
                "aurora" => ("rds.aurora_usd_gb_month", ""),
                "alloydb" => ("", "alloydb.storage_gb_month"),
                _ => ("rds.gp3_usd_gb_month", "cloud_sql.ssd_gb_month"),
            },
            Service::DatabaseBackup => match database {
                "aurora" => ("rds.aurora_backup_usd_gb_month", ""),
                _ => ("rds.backup_extra_usd_gb_month", "cloud_sql.backup_gb_month"),
            },
            Service::StreamDisk => ("msk.storage_gb", "disk.ssd"),
            Service::LogGb => (
                "observability.cloudwatch_logs_ingest_gb",
                "observability.logging_gib",
            ),
            Service::Secret => (
                "observability.secrets_manager_secret",
                "observability.secret_version_month",
            ),
            Service::Key => (
                "observability.kms_key",
                "observability.secret_version_month",
            ),
        };
        let id = if self.id() == Cloud::Aws { aws } else { gcp };
        self.price(id).or_else(|| self.regional_disk(id))
    }

    /// Disks whose price stands in the table of regions.
    fn regional_disk(&self, id: &str) -> Option<Price> {
        let column = match id {
            "disk.balanced" => "pd_balanced_gb",
            "disk.ssd" => "pd_ssd_gb",
            _ => return None,
        };
        let value = self.regional(self.default_region(), column)?;
        let source = "price list of the region".to_owned();
        Some(Price {
            value,
            unit: "GB-month".to_owned(),
            grade: crate::ledger::Grade::A,
            source,
        })
    }
}
