//! Names of shards by the range of their keys, as Vitess has them.
//!
//! Comes in: which of how many equal parts. Goes out: the first key and the first of the next part in hexadecimal, each left out where
//! the range is open: `-80`, `80-`. Promises: twice as many parts halve each range, so that a part is two whole parts of the finer division.

/// Name of the part `idx` of `n_parts`, a power of two up to 65 536.
pub fn name(idx: u32, n_parts: u32) -> String {
    let bytes = if n_parts > 256 { 2 } else { 1 };
    let bound = |part: u32| {
        if part == 0 || part == n_parts {
            return String::new();
        }
        let start = u64::from(part) * (1 << (8 * bytes)) / u64::from(n_parts);
        format!("{start:0width$x}", width = 2 * bytes)
    };
    format!("{}-{}", bound(idx), bound(idx + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_parts_by_their_first_key() {
        let names = |n_parts: u32| {
            (0..n_parts)
                .map(|idx| name(idx, n_parts))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(1), ["-"]);
        assert_eq!(names(2), ["-80", "80-"]);
        assert_eq!(names(4), ["-40", "40-80", "80-c0", "c0-"]);
        assert_eq!(name(1, 512), "0080-0100");
        assert_eq!(name(1023, 1024), "ffc0-");
    }
}
