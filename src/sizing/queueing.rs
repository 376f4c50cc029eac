//! Waiting in front of servers: Erlang's formulas (capacity model, section 2.3).
//!
//! Pure functions of the offered load `a` (Erlang) and the number of servers `c`. The recurrence of Erlang B is used
//! throughout, never factorials. Sources: Erlang 1917; Halfin and Whitt, Operations Research 1981.

/// Probability that an arrival finds all `c` servers busy and is lost, offered load `a` ≥ 0.
pub fn erlang_b(c: u32, a: f64) -> f64 {
    (1..=c).fold(1.0, |blocked, k| a * blocked / (f64::from(k) + a * blocked))
}

/// Probability that an arrival must wait, 0 to 1; 1 where the load is not below the servers.
pub fn erlang_c(c: u32, a: f64) -> f64 {
    let servers = f64::from(c);
    if a >= servers {
        return 1.0;
    }
    let blocked = erlang_b(c, a);
    blocked / (1.0 - (a / servers) * (1.0 - blocked))
}

/// The `percentile` (0 to 1) of the waiting time in units of the service time `s`; infinite where the queue grows.
pub fn wait(c: u32, a: f64, s: f64, percentile: f64) -> f64 {
    let servers = f64::from(c);
    if a >= servers {
        return f64::INFINITY;
    }
    // Halfin and Whitt: with eight deviations to spare fewer than one in 10^13 waits; the recurrence would take millions of steps
    // to say so.
    if a > 1000.0 && servers - a > 8.0 * a.sqrt() {
        return 0.0;
    }
    let waits = erlang_c(c, a);
    if waits <= 1.0 - percentile {
        return 0.0;
    }
    s * (waits / (1.0 - percentile)).ln() / (servers - a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erlang_c_has_the_pinned_values() {
        assert!((erlang_c(10, 7.0) - 0.2217).abs() < 5e-5);
        assert!((erlang_c(100, 90.0) - 0.2169).abs() < 5e-5);
        assert!((erlang_c(1, 0.7) - 0.7).abs() < 1e-12);
    }

    #[test]
    fn the_wait_has_the_pinned_percentile() {
        assert!((wait(10, 7.0, 20.0, 0.99) - 20.66).abs() < 5e-3);
        assert_eq!(wait(200, 120.0, 60.0, 0.95), 0.0);
        assert_eq!(wait(7, 7.0, 1.0, 0.99), f64::INFINITY);
    }
}
