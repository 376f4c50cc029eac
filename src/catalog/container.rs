//! Managed containers: what one of them may be given, what it costs, and how its platform scales.

use super::{CloudCatalog, Price, cloud::carried};
use crate::{blueprint::Cloud, ledger::Grade};

/// Processors and memory that one container may be given together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContainerShape {
    /// vCPU.
    pub vcpu: f64,
    /// Least memory, GiB.
    pub least_gib: f64,
    /// Most memory, GiB.
    pub most_gib: f64,
    /// Memory grows by this, GiB.
    pub step_gib: f64,
}

impl ContainerShape {
    /// The smallest legal memory that is not below `gib`; nothing where there is none.
    pub fn memory(&self, gib: f64) -> Option<f64> {
        let steps = ((gib - self.least_gib) / self.step_gib - 1e-9)
            .ceil()
            .max(0.0);
        let memory = self.least_gib + steps * self.step_gib;
        (memory <= self.most_gib).then_some(memory)
    }
}

/// How a cloud runs managed containers.
#[derive(Clone, Debug)]
pub struct ContainerPlatform {
    /// What one of them is called there.
    pub noun: &'static str,
    /// Constants that add up to the time from load to another one that is ready, s.
    pub lag: &'static [&'static str],
    /// Requests that one is given at once unless its processors ask for fewer; nothing where nobody counts them.
    pub concurrency: Option<f64>,
    /// Whether none runs where nothing is asked for.
    pub scales_to_zero: bool,
    /// Whether some may run on capacity that can be taken back.
    pub has_spot: bool,
    /// Whether one has an address of its own, by which the others of its service reach it.
    pub has_addresses: bool,
    /// Legal pairs, smallest first.
    pub shapes: Vec<ContainerShape>,
}

impl ContainerPlatform {
    /// The smallest container with so many vCPU and GiB, as (vCPU, GiB); the largest there is where none is enough.
    pub fn fit(&self, vcpu: f64, gib: f64) -> (f64, f64) {
        let enough = self.shapes.iter().filter(|shape| shape.vcpu >= vcpu - 1e-9);
        enough
            .filter_map(|shape| Some((shape.vcpu, shape.memory(gib)?)))
            .next()
            .unwrap_or_else(|| {
                let last = self.shapes.last();
                last.map_or((vcpu, gib), |shape| (shape.vcpu, shape.most_gib))
            })
    }
}

/// Prices of managed containers in a region.
#[derive(Clone, Debug)]
pub struct ContainerPrices {
    /// A vCPU, USD an hour.
    pub vcpu_hour: f64,
    /// A GiB, USD an hour.
    pub gib_hour: f64,
    /// A million requests, USD; zero where they cost nothing by themselves.
    pub million_requests: f64,
    /// What is paid of it on capacity that can be taken back, 0 to 1.
    pub spot_share: f64,
    /// Trust.
    pub grade: Grade,
}

impl CloudCatalog {
    /// How this cloud runs managed containers.
    pub fn containers(&self) -> ContainerPlatform {
        let shapes = self
            .containers
            .rows()
            .map(|row| ContainerShape {
                vcpu: row.known("vcpu"),
                least_gib: row.known("least_gib"),
                most_gib: row.known("most_gib"),
                step_gib: row.known("step_gib"),
            })
            .collect();
        match self.id() {
            Cloud::Aws => ContainerPlatform {
                noun: "task",
                lag: &[
                    "fargate.metrics_lag_s",
                    "fargate.alarm_s",
                    "fargate.task_start_s",
                ],
                concurrency: None,
                scales_to_zero: false,
                has_spot: true,
                has_addresses: true,
                shapes,
            },
            Cloud::Gcp => ContainerPlatform {
                noun: "instance",
                lag: &["run.scaler_s", "run.instance_start_s"],
                concurrency: self
                    .price("limits.cloud_run_concurrency_default")
                    .map(|limit| limit.value),
                scales_to_zero: true,
                has_spot: false,
                has_addresses: false,
                shapes,
            },
        }
    }

    /// What managed containers cost in a region, on arm64 where it is cheaper; nothing where nobody sourced it.
    pub fn container_prices(&self, region: &str) -> Option<ContainerPrices> {
        let ratio = self.service_ratio(region);
        let (vcpu, gib, hours, requests) = match self.id() {
            Cloud::Aws => (
                "compute.fargate_arm_vcpu",
                "compute.fargate_arm_gb",
                1.0,
                None,
            ),
            Cloud::Gcp => (
                "compute.cloud_run_vcpu_s",
                "compute.cloud_run_gib_s",
                3600.0,
                Some("compute.cloud_run_1m_requests"),
            ),
        };
        let (vcpu, gib) = self.price(vcpu).zip(self.price(gib))?;
        let grade = vcpu.grade.max(gib.grade);
        let hourly = |price: &Price| ratio.map(|ratio| price.value * hours * ratio);
        Some(ContainerPrices {
            vcpu_hour: hourly(&vcpu)?,
            gib_hour: hourly(&gib)?,
            million_requests: requests
                .and_then(|id| self.price(id))
                .map_or(0.0, |price| price.value),
            spot_share: 1.0 - self.spot_discount,
            grade: carried(grade, ratio),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn fit(cloud: Cloud, vcpu: f64, gib: f64) -> (f64, f64) {
        Catalog::builtin().cloud(cloud).containers().fit(vcpu, gib)
    }

    #[test]
    fn a_container_gets_the_next_legal_pair() {
        assert_eq!(fit(Cloud::Aws, 2.0, 4.0), (2.0, 4.0));
        assert_eq!(fit(Cloud::Aws, 1.0, 0.5), (1.0, 2.0));
        assert_eq!(fit(Cloud::Aws, 0.25, 3.0), (0.5, 3.0));
        assert_eq!(fit(Cloud::Aws, 8.0, 17.0), (8.0, 20.0));
        assert_eq!(fit(Cloud::Gcp, 1.0, 0.5), (1.0, 0.5));
        assert_eq!(fit(Cloud::Gcp, 0.25, 0.4), (1.0, 0.5));
        assert_eq!(fit(Cloud::Gcp, 2.0, 10.0), (4.0, 10.0));
    }

    #[test]
    fn beyond_the_largest_is_the_largest() {
        assert_eq!(fit(Cloud::Aws, 32.0, 8.0), (16.0, 120.0));
        assert_eq!(fit(Cloud::Gcp, 4.0, 64.0), (8.0, 32.0));
    }

    /// Capacity model 11.3: a task of 2 vCPU and 4 GB for a month.
    #[test]
    fn a_task_of_the_worked_example() {
        let prices = Catalog::builtin()
            .cloud(Cloud::Aws)
            .container_prices("us-east-1")
            .expect("sourced");
        let month = 730.0 * (2.0 * prices.vcpu_hour + 4.0 * prices.gib_hour);
        assert!((month - 57.67).abs() < 0.01, "{month}");
    }
}
