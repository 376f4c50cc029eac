//! How many machines run on average when their number follows the week.

use crate::demand::traffic::Week;

/// Mean of `max(floor, ceil(peak · m ÷ P))` over the 168 hours (capacity model, section 9).
pub fn mean_nodes(week: &Week, floor: f64, peak: f64) -> f64 {
    let p = week.peak_to_mean();
    let hours = week.hours();
    hours
        .iter()
        .map(|m| floor.max((peak * m / p - 1e-9).ceil()))
        .sum::<f64>()
        / hours.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::traffic::HOURS;

    #[test]
    fn a_steady_week_runs_the_peak_and_the_floor_holds() {
        let steady = Week::new([1.0; HOURS]);
        assert_eq!(mean_nodes(&steady, 3.0, 9.0), 9.0);
        let mut one = [0.0; HOURS];
        one[0] = 1.0;
        assert_eq!(mean_nodes(&Week::new(one), 3.0, 171.0), 3.0 + 168.0 / 168.0);
    }
}
