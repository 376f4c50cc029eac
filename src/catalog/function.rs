//! What a cloud's functions can do: limits of one instance and of an account.

use super::CloudCatalog;
use crate::blueprint::Cloud;

/// Limits of the functions of a cloud.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FunctionLimits {
    /// Requests that one instance takes at a time.
    pub requests_per_instance: f64,
    /// Least memory of an instance, MiB.
    pub memory_min_mib: f64,
    /// Most memory of an instance, MiB.
    pub memory_max_mib: f64,
    /// MiB that come with one vCPU where CPU follows memory; none where it is chosen.
    pub mib_per_vcpu: Option<f64>,
    /// MiB that one chosen vCPU may have at most.
    pub mib_at_most_per_vcpu: f64,
    /// Most vCPU of an instance.
    pub vcpu_max: f64,
    /// Longest time of a request, seconds.
    pub request_s: f64,
    /// Longest time of a job that comes from a queue, seconds.
    pub job_s: f64,
    /// Instances that an account keeps for functions without a share of their own.
    pub unreserved: f64,
    /// Instances by which one function may grow in ten seconds, where there is a limit.
    pub ramp_10s: Option<f64>,
}

impl CloudCatalog {
    /// Limits of this cloud's functions.
    pub fn functions(&self) -> FunctionLimits {
        let limit = |id: &str| self.price(&format!("limits.{id}")).map(|row| row.value);
        let known = |id: &str| limit(id).expect("bug: the catalog lacks a limit of functions");
        match self.id() {
            Cloud::Aws => FunctionLimits {
                requests_per_instance: 1.0,
                memory_min_mib: known("lambda_mem_mb_min"),
                memory_max_mib: known("lambda_mem_mb_max"),
                mib_per_vcpu: limit("lambda_mb_per_vcpu"),
                mib_at_most_per_vcpu: known("lambda_mb_per_vcpu"),
                vcpu_max: known("lambda_mem_mb_max") / known("lambda_mb_per_vcpu"),
                request_s: known("lambda_timeout_s"),
                job_s: known("lambda_timeout_s"),
                unreserved: known("lambda_unreserved"),
                ramp_10s: limit("lambda_scale_per_10s"),
            },
            Cloud::Gcp => FunctionLimits {
                requests_per_instance: known("cloud_run_concurrency_default"),
                memory_min_mib: known("cloud_run_mem_mib_min"),
                memory_max_mib: known("cloud_run_max_gib") * 1024.0,
                mib_per_vcpu: None,
                mib_at_most_per_vcpu: known("cloud_run_gib_per_vcpu") * 1024.0,
                vcpu_max: known("cloud_run_max_vcpu"),
                request_s: known("cloud_run_timeout_s"),
                job_s: known("pubsub_ack_deadline_s"),
                unreserved: 0.0,
                ramp_10s: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn cpu_follows_memory_or_is_chosen() {
        let catalog = Catalog::builtin();
        let aws = catalog.cloud(Cloud::Aws).functions();
        assert_eq!(
            (aws.mib_per_vcpu, aws.requests_per_instance),
            (Some(1769.0), 1.0)
        );
        let gcp = catalog.cloud(Cloud::Gcp).functions();
        assert_eq!((gcp.mib_per_vcpu, gcp.requests_per_instance), (None, 80.0));
        assert!(gcp.job_s < gcp.request_s);
    }
}
