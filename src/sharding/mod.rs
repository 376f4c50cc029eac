//! Which shard a row lives on, today and after growth.
//!
//! Comes in: the keyspaces of an environment with their number of shards, and the map that is in force, if there is
//! one. Goes out: a [`map::ShardMap`], routes through it ([`route`]), the test vectors that every client library
//! must reproduce ([`vectors`]) and the users of load tests ([`users`]). Pure: knows no templates, no disk, no cloud.
//!
//! Promised: a name, an ordinal and the bucket count are for good; growth moves the least that balances, and only to
//! new shards; every bucket of a keyspace (and region) has exactly one owner.

pub mod key_range;
pub mod map;
pub mod route;
pub mod users;
pub mod vectors;

pub use users::users;
pub use vectors::vectors;
