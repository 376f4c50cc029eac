//! How many machines run, and what they cost, when their number follows the week (capacity model, section 9).
//!
//! Pure functions of numbers: no ledger, no catalog. A week is its hourly rates in any unit, as only their ratio to the
//! highest counts.

/// Hours of a month (`cost.hours_per_month`).
const HOURS: f64 = 730.0;

/// USD a month of so many machines at so many USD an hour.
pub fn instances(n: f64, usd_hour: f64) -> f64 {
    n * usd_hour * HOURS
}

/// Machines in each hour of the week: `max(floor, ceil(peak · m ÷ P))`; `peak` in each where the week is all zero.
fn hourly(week: &[f64], floor: f64, peak: f64) -> impl Iterator<Item = f64> {
    let highest = week.iter().copied().fold(0.0, f64::max);
    week.iter().map(move |rate| {
        let share = if highest > 0.0 { rate / highest } else { 1.0 };
        floor.max((peak * share - 1e-9).ceil())
    })
}

/// Machines that run on average; at least `floor`, at most the larger of `peak` and `floor`.
pub fn mean_nodes(week: &[f64], floor: f64, peak: f64) -> f64 {
    hourly(week, floor, peak).sum::<f64>() / week.len().max(1) as f64
}

/// As [`mean_nodes`], with at least so many in the hours of a surge.
pub fn mean_with_surge(
    week: &[f64],
    floor: f64,
    peak: f64,
    (surge, surge_hours): (f64, &[usize]),
) -> f64 {
    let hours = hourly(week, floor, peak).enumerate();
    let of = |(idx, units): (usize, f64)| {
        if surge_hours.contains(&idx) {
            units.max(surge)
        } else {
            units
        }
    };
    hours.map(of).sum::<f64>() / week.len().max(1) as f64
}

/// Machines that always run: what a commitment may cover without ever being idle.
pub fn base_nodes(week: &[f64], floor: f64, peak: f64) -> f64 {
    hourly(week, floor, peak).fold(peak.max(floor), f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        blueprint::Cloud,
        catalog::{Catalog, NodeShape},
    };

    /// Consumers of three continents as section 1.2 spreads them: a US home, Europe 6 and East Asia 14 hours ahead.
    fn global() -> [f64; 168] {
        const C: [f64; 24] = [
            0.55, 0.40, 0.30, 0.25, 0.22, 0.25, 0.35, 0.55, 0.80, 1.00, 1.10, 1.15, 1.20, 1.20,
            1.20, 1.22, 1.28, 1.35, 1.50, 1.70, 1.85, 1.80, 1.45, 0.95,
        ];
        const D: [f64; 7] = [0.97, 0.96, 0.97, 0.98, 1.00, 1.06, 1.06];
        let local = |idx: usize| C[idx % 24] * D[idx / 24 % 7];
        std::array::from_fn(|idx| 0.5 * local(idx) + 0.3 * local(idx + 6) + 0.2 * local(idx + 14))
    }

    fn shape(name: &str) -> NodeShape {
        let catalog = Catalog::builtin();
        let gcp = catalog.cloud(Cloud::Gcp);
        let all = gcp
            .general_node_shapes("us-central1")
            .into_iter()
            .chain(gcp.gpu_node_shapes("us-central1"));
        all.into_iter()
            .find(|shape| shape.name == name)
            .expect("the catalog has it")
    }

    #[test]
    fn a_steady_week_runs_the_peak_and_the_floor_holds() {
        let steady = [1.0; 168];
        assert_eq!(mean_nodes(&steady, 3.0, 9.0), 9.0);
        assert_eq!(base_nodes(&steady, 3.0, 9.0), 9.0);
        let mut one = [0.0; 168];
        one[0] = 1.0;
        assert_eq!(mean_nodes(&one, 3.0, 171.0), 3.0 + 168.0 / 168.0);
        assert_eq!(base_nodes(&one, 3.0, 171.0), 3.0);
    }

    /// Capacity model 11.3: a floor of 12 and an hour of 102 cost 723 USD a month on arm64, 904 on x86.
    #[test]
    fn tasks_of_the_third_worked_example() {
        let mean = mean_with_surge(&[1.0; 168], 12.0, 12.0, (102.0, &[68]));
        assert!((mean - 12.536).abs() < 0.001, "{mean}");
        assert_eq!(
            instances(mean, 2.0 * 0.04048 + 4.0 * 0.004_445).round(),
            904.0
        );
        assert_eq!(
            instances(mean, 2.0 * 0.03238 + 4.0 * 0.003_56).round(),
            723.0
        );
        let none = mean_with_surge(&[1.0; 168], 12.0, 12.0, (0.0, &[68]));
        assert_eq!(none, 12.0);
    }

    #[test]
    fn an_event_of_three_hours_is_paid_for_three_hours() {
        let event = mean_with_surge(&[1.0; 168], 12.0, 12.0, (102.0, &[139, 140, 141]));
        assert!((event - (165.0 * 12.0 + 3.0 * 102.0) / 168.0).abs() < 1e-9);
    }

    #[test]
    fn machines_of_the_first_worked_example() {
        // 11.1: three n2-standard-8 cost 851 USD a month, three m7g.2xlarge (11.2) 715.
        let n2 = shape("n2-standard-8").usd_hour.expect("sourced");
        assert_eq!(instances(3.0, n2).round(), 851.0);
        assert_eq!(instances(3.0, 0.3264).round(), 715.0);
    }

    #[test]
    fn accelerators_of_the_first_worked_example() {
        // 11.1: 9 (36) at the peak, 7.3 (27.6) over the week; 3,762 (14,223) USD on demand, 1,923 (7,269) on spot.
        let l4 = shape("g2-standard-4");
        let (on_demand, spot) = (
            l4.usd_hour.expect("sourced"),
            l4.spot_hour.expect("sourced"),
        );
        for (peak, mean, usd, usd_spot) in
            [(9.0, 7.3, 3762.0, 1923.0), (36.0, 27.6, 14_223.0, 7269.0)]
        {
            let average = mean_nodes(&global(), 0.0, peak);
            assert!(
                (average - mean).abs() < 0.05,
                "{average} on average, wanted {mean}"
            );
            let close = |found: f64, wanted: f64| {
                assert!(
                    (found / wanted - 1.0).abs() < 0.005,
                    "{found} is not {wanted}"
                );
            };
            close(instances(average, on_demand), usd);
            close(instances(average, spot), usd_spot);
        }
    }

    #[test]
    fn a_commitment_covers_what_never_stops() {
        let (base, mean) = (
            base_nodes(&global(), 3.0, 36.0),
            mean_nodes(&global(), 3.0, 36.0),
        );
        // The global trough is 0.594 of the mean and the peak 1.330: ceil(36 × 0.594 ÷ 1.330).
        assert_eq!(base, 17.0);
        assert!(base < mean && mean < 36.0);
    }
}
