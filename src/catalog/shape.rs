//! What can be bought: machines, database classes, cache nodes, brokers.

use crate::ledger::Grade;

/// A machine of a node pool. Prices in USD an hour, of the region asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeShape {
    /// `n2-standard-8`
    pub name: String,
    /// vCPU.
    pub vcpu: f64,
    /// GiB.
    pub mem_gib: f64,
    /// `amd64` or `arm64`.
    pub arch: String,
    /// Whether its processor is shared: not for production.
    pub burstable: bool,
    /// On demand.
    pub usd_hour: Option<f64>,
    /// Reclaimable.
    pub spot_hour: Option<f64>,
    /// Committed for a year.
    pub commit_hour: Option<f64>,
    /// What pods may ask for, 1/1000 vCPU.
    pub cpu_alloc_m: f64,
    /// What pods may ask for, MiB.
    pub mem_alloc_mib: f64,
    /// Pods.
    pub max_pods: f64,
    /// Accelerator: `l4`.
    pub gpu: Option<String>,
    /// Accelerators.
    pub gpu_count: f64,
    /// Trust in the price.
    pub grade: Grade,
}

/// A class of a managed database. Prices in USD an hour, one instance, of the region asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct DatabaseShape {
    /// `db.r7g.2xlarge`, `db-perf-optimized-N-8`
    pub class: String,
    /// Edition, where the service has one.
    pub edition: Option<String>,
    /// vCPU.
    pub vcpu: f64,
    /// GiB.
    pub ram_gib: f64,
    /// Whether its processor is shared.
    pub burstable: bool,
    /// One instance, without its standby.
    pub usd_hour: Option<f64>,
    /// `max_connections` that the engine is given.
    pub max_connections: f64,
    /// Smallest disk, GiB.
    pub least_disk_gib: f64,
    /// Largest disk, GiB.
    pub max_storage_gib: f64,
    /// I/O operations a second that come with a GiB, below and from the step.
    pub iops_rule: IopsRule,
    /// I/O operations a second at most.
    pub max_iops: f64,
    /// Read replicas at most.
    pub max_replicas: f64,
    /// Days of point-in-time recovery at most.
    pub max_pitr_days: f64,
    /// Capacity units where it is bought by them, up to as many: 2 GiB and their share of vCPU each.
    pub capacity_units: Option<f64>,
    /// Whether the service puts a pool of its own before it.
    pub pools: bool,
    /// USD an hour of that pool.
    pub pool_usd_hour: Option<f64>,
    /// Whether the service adds readers by itself.
    pub scales_readers: bool,
    /// Trust in the price.
    pub grade: Grade,
    /// Where it was read.
    pub source: String,
}

/// I/O operations a second that come with a disk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum IopsRule {
    /// The first below so many GiB, the second from there.
    Step(f64, f64, f64),
    /// So many a GiB, up to the class's most.
    PerGib(f64),
    /// Storage takes what comes.
    Unmetered,
}

impl DatabaseShape {
    /// Whether writer, standby and readers stand on one storage, which is paid for once.
    pub fn storage_is_shared(&self) -> bool {
        self.iops_rule == IopsRule::Unmetered
    }

    /// The smallest disk that can be given so many I/O operations a second, GiB.
    pub fn disk_for_iops(&self, iops: f64) -> f64 {
        match self.iops_rule {
            IopsRule::Step(gib, below, _) if iops > below && gib.is_finite() => gib,
            IopsRule::PerGib(each) => (iops.min(self.max_iops) / each).ceil(),
            IopsRule::Step(..) | IopsRule::Unmetered => 0.0,
        }
    }

    /// I/O operations a second that come with a disk of this size, GiB.
    pub fn included_iops(&self, disk_gib: f64) -> f64 {
        match self.iops_rule {
            IopsRule::Step(gib, below, above) => {
                if disk_gib < gib {
                    below
                } else {
                    above
                }
            }
            IopsRule::PerGib(each) => (each * disk_gib).min(self.max_iops),
            IopsRule::Unmetered => self.max_iops,
        }
    }
}

/// A node of a managed cache.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheShape {
    /// `cache.r7g.large`, `HIGHMEM_MEDIUM`
    pub name: String,
    /// vCPU.
    pub vcpu: f64,
    /// Usable GiB.
    pub mem_gib: f64,
    /// Whether its processor is shared.
    pub burstable: bool,
    /// Network, Mbit/s.
    pub net_mbps: Option<f64>,
    /// USD an hour in the region asked for.
    pub usd_hour: Option<f64>,
    /// Trust in the price.
    pub grade: Grade,
    /// Where it was read.
    pub source: String,
}

/// A broker of a managed log, or the unit by which it is bought.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamShape {
    /// `kafka.m7g.large`
    pub name: String,
    /// Whether its processor is shared.
    pub burstable: bool,
    /// USD an hour in the region asked for.
    pub usd_hour: Option<f64>,
    /// Copies of partitions that one carries.
    pub partitions: f64,
    /// Published limit of what comes in, MB/s.
    pub in_mb_s: Option<f64>,
    /// Published limit of what goes out, MB/s.
    pub out_mb_s: Option<f64>,
    /// Network, Mbit/s.
    pub net_mbps: Option<f64>,
    /// Whether there are no brokers to choose: the cluster is bought by vCPU.
    pub by_vcpu: bool,
    /// Whether old segments may go to object storage.
    pub tiered: bool,
    /// Smallest disk, GiB.
    pub least_disk_gib: f64,
    /// Trust in the price.
    pub grade: Grade,
    /// Where it was read.
    pub source: String,
}
