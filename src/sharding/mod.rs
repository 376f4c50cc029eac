//! sharding
pub mod map;
