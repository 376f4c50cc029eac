//! The shard map: which shard owns which bucket of which keyspace.

use serde::Serialize;

/// The shard map of one environment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShardMap {
    /// Raised by one with every change of ownership.
    pub epoch: u64,
}
