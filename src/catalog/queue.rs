//! What a cloud's queues can do beside keeping jobs.

use super::CloudCatalog;

/// How far a cloud's queues can hold what they call to a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueLimits {
    /// Calls a second that a queue may be held to at most; none where no queue holds what it calls to a rate.
    pub calls_per_s: Option<f64>,
    /// Calls at a time that it may be held to at most.
    pub calls_at_once: Option<f64>,
}

impl CloudCatalog {
    /// Limits of this cloud's queues that call.
    pub fn queues(&self) -> QueueLimits {
        let limit = |id: &str| self.price(&format!("limits.{id}")).map(|row| row.value);
        QueueLimits {
            calls_per_s: limit("queue_calls_per_s"),
            calls_at_once: limit("queue_calls_at_once"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{blueprint::Cloud, catalog::Catalog};

    #[test]
    fn one_cloud_has_queues_that_hold_a_rate() {
        let catalog = Catalog::builtin();
        let gcp = catalog.cloud(Cloud::Gcp).queues();
        assert_eq!(
            (gcp.calls_per_s, gcp.calls_at_once),
            (Some(500.0), Some(5000.0))
        );
        assert_eq!(catalog.cloud(Cloud::Aws).queues().calls_per_s, None);
    }
}
