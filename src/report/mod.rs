//! What people and machines read: findings, tables, differences.

pub mod finding;
