//! How load spreads over the hours of a week (capacity model, section 1.2).
//!
//! The shapes are assumptions (grade C) that follow the common finding of one evening maximum and a trough at a fifth
//! to a half of the mean: Atikoglu et al., SIGMETRICS 2012; Urdaneta et al., Computer Networks 2009; for flash crowds
//! Jung, Krishnamurthy and Rabinovich, WWW 2002.

use crate::{
    blueprint::{Shape, Spec},
    demand::Inputs,
    ledger::{Grade, Origin, Unit},
};

/// Hours of a week.
pub const HOURS: usize = 168;

/// Consumers of one region, by local hour.
const DIURNAL_HOURS: [f64; 24] = [
    0.55, 0.40, 0.30, 0.25, 0.22, 0.25, 0.35, 0.55, 0.80, 1.00, 1.10, 1.15, 1.20, 1.20, 1.20, 1.22,
    1.28, 1.35, 1.50, 1.70, 1.85, 1.80, 1.45, 0.95,
];
const DIURNAL_DAYS: [f64; 7] = [0.97, 0.96, 0.97, 0.98, 1.00, 1.06, 1.06];

/// Office hours, by local hour.
const BUSINESS_HOURS: [f64; 24] = [
    0.10, 0.08, 0.07, 0.07, 0.08, 0.12, 0.25, 0.70, 1.60, 2.40, 2.70, 2.60, 2.00, 2.30, 2.70, 2.60,
    2.30, 1.70, 0.90, 0.50, 0.35, 0.28, 0.20, 0.14,
];
const BUSINESS_DAYS: [f64; 7] = [1.28, 1.30, 1.30, 1.28, 1.20, 0.34, 0.30];

/// Multipliers of the mean rate, Monday 0:00 first, in the local time of the main region. Non-negative, mean 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Week([f64; HOURS]);

impl Week {
    /// Scales the hours to a mean of 1. All zero gives the steady week.
    pub fn new(mut hours: [f64; HOURS]) -> Self {
        let mean = hours.iter().sum::<f64>() / HOURS as f64;
        if mean <= 0.0 {
            return Self([1.0; HOURS]);
        }
        for hour in &mut hours {
            *hour /= mean;
        }
        Self(hours)
    }

    /// The multipliers.
    pub fn hours(&self) -> &[f64; HOURS] {
        &self.0
    }

    /// Largest multiplier, at least 1.
    pub fn peak_to_mean(&self) -> f64 {
        self.0.iter().copied().fold(1.0, f64::max)
    }

    /// Smallest multiplier, at most 1.
    pub fn trough_to_mean(&self) -> f64 {
        self.0.iter().copied().fold(1.0, f64::min)
    }

    /// The same week with its highest hour replaced by `factor` times it, scaled to a mean of 1 again.
    pub fn with_spike(&self, hours: &[usize], factor: f64) -> Self {
        let mut spiked = self.0;
        for &hour in hours {
            spiked[hour] = factor * self.peak_to_mean();
        }
        Self::new(spiked)
    }
}

/// Hours by which a continent's evening is ahead of North America's: from a US home Europe is 6 and East Asia 14 ahead
/// (section 1.2); the others by the same reckoning of their population's time zones (C).
fn ahead_of_america(continent: &str) -> usize {
    match continent {
        "south-america" => 2,
        "europe" => 6,
        "africa" => 7,
        "asia" => 14,
        "oceania" => 16,
        _ => 0,
    }
}

fn by_day(hours: &[f64; 24], days: &[f64; 7]) -> [f64; HOURS] {
    std::array::from_fn(|idx| hours[idx % 24] * days[idx / 24])
}

/// Spreads a local-time week over continents: each lives its own evening.
fn spread(week: &Week, home: &str, shares: &[(&str, f64)]) -> Week {
    let home = ahead_of_america(home);
    Week::new(std::array::from_fn(|idx| {
        let part = |&(continent, share): &(&str, f64)| {
            let offset = (ahead_of_america(continent) + 24 - home) % 24;
            share * week.0[(idx + offset) % HOURS]
        };
        shares.iter().map(part).sum()
    }))
}

/// Whether the profile itself contains the surge, so that a stated peak is the surge's.
pub fn surges_by_itself(spec: &Spec) -> bool {
    matches!(spec.traffic.shape, Some(Shape::Spiky | Shape::LiveEvent))
}

/// The week without its surge, and the factor of a surge that the profile brings itself.
pub(crate) fn week(inputs: &mut Inputs<'_>, home: &str) -> (Week, Option<f64>) {
    let stated = inputs.spec.traffic.shape.clone();
    let shape = stated.clone().unwrap_or(Shape::Diurnal);
    record_shape(inputs, &shape, stated.is_some());
    let base = local_week(&shape);
    let locations: Vec<(&str, f64)> = inputs
        .spec
        .users
        .locations
        .iter()
        .map(|(name, share)| (name.as_str(), share.get()))
        .collect();
    let week = match (&shape, locations.is_empty()) {
        (Shape::Global, true) => spread(
            &base,
            "north-america",
            &[("north-america", 0.5), ("europe", 0.3), ("asia", 0.2)],
        ),
        (_, true) => base,
        (_, false) => spread(&base, home, &locations),
    };
    let own_surge = surges_by_itself(inputs.spec).then(|| inputs.constant("load.spike_factor"));
    (week, own_surge)
}

/// Hours of the week in which a surge comes: those of the profile's own (section 1.2), else the busiest one.
pub fn surge_hours(week: &Week, spec: &Spec) -> Vec<usize> {
    match spec.traffic.shape {
        Some(Shape::LiveEvent) => (5 * 24 + 19..5 * 24 + 22).collect(),
        Some(Shape::Spiky) => vec![2 * 24 + 20],
        _ => {
            let hours = week.hours().iter().enumerate();
            let highest = hours.max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
            vec![highest.map_or(0, |(idx, _)| idx)]
        }
    }
}

/// The week with its surge.
pub fn surged(week: &Week, spec: &Spec, factor: f64) -> Week {
    if factor <= 1.0 {
        return week.clone();
    }
    week.with_spike(&surge_hours(week, spec), factor)
}

fn local_week(shape: &Shape) -> Week {
    match shape {
        Shape::Steady => Week::new([1.0; HOURS]),
        Shape::Diurnal | Shape::Global | Shape::Spiky | Shape::LiveEvent => {
            Week::new(by_day(&DIURNAL_HOURS, &DIURNAL_DAYS))
        }
        Shape::BusinessHours => Week::new(by_day(&BUSINESS_HOURS, &BUSINESS_DAYS)),
        Shape::Batch => Week::new(std::array::from_fn(|idx| {
            f64::from((1..=4).contains(&(idx % 24)))
        })),
        Shape::Hours(hours) => Week::new(std::array::from_fn(|idx| hours[idx % hours.len()])),
    }
}

fn record_shape(inputs: &mut Inputs<'_>, shape: &Shape, stated: bool) {
    let name = match shape {
        Shape::Steady => "steady",
        Shape::Diurnal => "diurnal",
        Shape::BusinessHours => "business-hours",
        Shape::Global => "global",
        Shape::Spiky => "spiky",
        Shape::LiveEvent => "live-event",
        Shape::Batch => "batch",
        Shape::Hours(_) => "hours",
    };
    let origin = if stated {
        Origin::Stated("traffic.shape".to_owned())
    } else {
        Origin::Assumed("default: one evening maximum".to_owned())
    };
    let quantity = inputs
        .ledger
        .add("traffic.shape", name, Unit::Name)
        .from(origin);
    if !stated {
        quantity.graded(Grade::C);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Peak to mean and smallest entry, as section 1.2 pins them.
    fn check(week: &Week, peak: f64, trough: f64) {
        assert!(
            (week.peak_to_mean() - peak).abs() < 6e-4,
            "peak {} is not {peak}",
            week.peak_to_mean()
        );
        assert!(
            (week.trough_to_mean() - trough).abs() < 6e-4,
            "trough {} is not {trough}",
            week.trough_to_mean()
        );
        let mean = week.hours().iter().sum::<f64>() / HOURS as f64;
        assert!((mean - 1.0).abs() < 1e-12);
    }

    #[test]
    fn shapes_have_the_pinned_peaks_and_troughs() {
        check(&local_week(&Shape::Steady), 1.000, 1.000);
        check(&local_week(&Shape::Diurnal), 1.993, 0.215);
        check(&local_week(&Shape::BusinessHours), 3.150, 0.019);
        check(&local_week(&Shape::Batch), 6.000, 0.0);
        let shares = [("north-america", 0.5), ("europe", 0.3), ("asia", 0.2)];
        check(
            &spread(&local_week(&Shape::Diurnal), "north-america", &shares),
            1.330,
            0.594,
        );
    }

    #[test]
    fn spikes_have_the_pinned_peaks() {
        let diurnal = local_week(&Shape::Diurnal);
        // Wednesday 20:00; Saturday 19:00 to 22:00
        check(&diurnal.with_spike(&[2 * 24 + 20], 10.0), 17.987, 0.194);
        check(
            &diurnal.with_spike(&[5 * 24 + 19, 5 * 24 + 20, 5 * 24 + 21], 10.0),
            15.078,
            0.162,
        );
    }

    #[test]
    fn a_day_of_hours_repeats() {
        let mut day = vec![1.0; 24];
        day[20] = 3.0;
        let week = local_week(&Shape::Hours(day));
        assert_eq!(week.hours()[20], week.hours()[44]);
    }
}
