//! What providers sign: the share of a month below which they refund a part of the bill.

use super::{CloudCatalog, Price, database::on_cluster};
use crate::blueprint::Cloud;

/// Something that a request may depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sla {
    /// The cloud's own CDN.
    CloudCdn,
    /// Cloudflare, from the Business plan on; the plans below sign nothing.
    Cloudflare,
    /// The load balancer in front of the services.
    LoadBalancer,
    /// Machines over several zones.
    Machines,
    /// Managed containers.
    Containers,
    /// Functions.
    Functions,
    /// The relational database over several zones.
    Database,
}

impl CloudCatalog {
    /// What is signed for it; nothing where nobody sourced it. `database` is the chosen database service.
    pub fn sla(&self, what: Sla, database: &str) -> Option<Price> {
        if what == Sla::Cloudflare {
            return self.cdn_plan("sla.business");
        }
        let id = match self.id() {
            Cloud::Aws => aws(what, database),
            Cloud::Gcp => gcp(what, database),
        };
        self.price(id)
    }
}

fn aws(what: Sla, database: &str) -> &'static str {
    match what {
        Sla::CloudCdn | Sla::Cloudflare => "sla.cloudfront",
        Sla::LoadBalancer => "sla.alb",
        Sla::Machines => "sla.ec2_region",
        Sla::Containers => "sla.fargate_eks_pod",
        Sla::Functions => "sla.lambda",
        // Its instances are on machines of several zones.
        Sla::Database if on_cluster(database) => "sla.ec2_region",
        Sla::Database if database.starts_with("aurora") => "sla.aurora_multi_az",
        Sla::Database => "sla.rds_multi_az",
    }
}

fn gcp(what: Sla, database: &str) -> &'static str {
    match what {
        Sla::CloudCdn | Sla::Cloudflare => "sla.cloud_cdn",
        Sla::LoadBalancer => "sla.cloud_lb",
        Sla::Machines => "sla.gce_multi_zone",
        Sla::Containers | Sla::Functions => "sla.cloud_run",
        Sla::Database if on_cluster(database) => "sla.gce_multi_zone",
        Sla::Database if database == "alloydb" => "sla.alloydb",
        Sla::Database => "sla.cloud_sql_ha_enterprise",
    }
}
