//! Hit ratio of an LRU cache under Zipf popularity by the Che approximation (capacity model, section 4.1).
//!
//! Sources: Che, Tung and Wang, JSAC 2002; Fricker, Robert and Roberts, ITC 2012. Ranks are binned on a logarithmic
//! scale; the result differs from the exact sum by less than 1e-5 for 20 000 items.

/// Popularity of `n` items, binned, computed once.
#[derive(Clone, Debug)]
pub struct Popularity {
    /// Items of a bin and the probability of each of them.
    bins: Vec<(f64, f64)>,
    items: f64,
}

impl Popularity {
    /// `items` ≥ 1 with weights `rank^-alpha`.
    pub fn zipf(items: f64, alpha: f64) -> Self {
        let items = items.max(1.0).floor();
        let mut bins = Vec::new();
        let mut low = 1.0_f64;
        while low <= items {
            let high = (low + 1.0).max((1.016 * low).floor()).min(items + 1.0);
            let rank = (low * (high - 1.0)).sqrt();
            bins.push((high - low, rank.powf(-alpha)));
            low = high;
        }
        let total: f64 = bins.iter().map(|(count, weight)| count * weight).sum();
        for bin in &mut bins {
            bin.1 /= total;
        }
        Self { bins, items }
    }

    /// Occupancy and hit ratio of a cache whose items live for `t` requests.
    fn at(&self, t: f64) -> (f64, f64) {
        self.bins
            .iter()
            .fold((0.0, 0.0), |(size, hit), &(count, probability)| {
                let present = -(-probability * t).exp_m1();
                (size + count * present, hit + count * probability * present)
            })
    }

    /// The same popularity with one bin for every sixteen, enough to find where to look.
    fn coarse(&self) -> Self {
        let bins = self.bins.chunks(16).map(|bins| {
            let items: f64 = bins.iter().map(|(items, _)| items).sum();
            let hits: f64 = bins.iter().map(|(items, each)| items * each).sum();
            (items, hits / items)
        });
        Self {
            bins: bins.collect(),
            items: self.items,
        }
    }

    /// As [`Self::at`], and how fast both grow with `t`.
    fn at_with_slope(&self, t: f64) -> ((f64, f64), (f64, f64)) {
        let nothing = ((0.0, 0.0), (0.0, 0.0));
        self.bins
            .iter()
            .fold(nothing, |(value, slope), &(count, probability)| {
                let absent_less_one = (-probability * t).exp_m1();
                let present = -absent_less_one * count;
                let growth = (1.0 + absent_less_one) * probability * count;
                (
                    (value.0 + present, value.1 + present * probability),
                    (slope.0 + growth, slope.1 + growth * probability),
                )
            })
    }

    /// Occupancy and hit ratio at the time at which `measure` of them, one of the two, reaches `target`; both grow with time,
    /// ever slower. A coarse search gives a time near it, from where a tangent or two lead there.
    fn solve(&self, target: f64, measure: impl Fn((f64, f64)) -> f64) -> (f64, f64) {
        let mut time = self
            .coarse()
            .reach(1.0, 4.0, 1e-4, |at| measure(at) - target);
        for _ in 0..8 {
            let (value, slope) = self.at_with_slope(time);
            let step = (target - measure(value)) / measure(slope);
            let next = (time + step).clamp(time / 2.0, time * 2.0);
            if !next.is_finite() || (next / time - 1.0).abs() <= 1e-9 {
                break;
            }
            time = next;
        }
        self.at(time)
    }

    /// The time at which `excess` is zero, to a relative `precision`: steps by a factor until it is enclosed, then false
    /// position with halved weights (Illinois) on a scale of logarithms.
    fn reach(
        &self,
        from: f64,
        factor: f64,
        precision: f64,
        excess: impl Fn((f64, f64)) -> f64,
    ) -> f64 {
        let of = |time: f64| excess(self.at(time));
        let (mut low, mut high) = (from, from);
        let (mut below, mut above) = (of(from), 0.0);
        if below < 0.0 {
            above = below;
            while above < 0.0 && high < 1e18 {
                (low, below) = (high, above);
                high *= factor;
                above = of(high);
            }
        } else {
            while below >= 0.0 && low > 1e-9 {
                (high, above) = (low, below);
                low /= factor;
                below = of(low);
            }
        }
        if below >= 0.0 || above < 0.0 {
            return time_at_the_end(below, low, high);
        }
        // An end that stays twice in a row counts half, so that the other one moves too.
        let mut last = 0.0;
        let mut time = high;
        for _ in 0..60 {
            if high / low - 1.0 <= precision || above <= below {
                break;
            }
            let next = low * (high / low).powf(-below / (above - below));
            let value = of(next);
            let settled = (next / time - 1.0).abs() <= precision;
            time = next;
            if value == 0.0 || settled {
                break;
            }
            if value < 0.0 {
                above /= if last < 0.0 { 2.0 } else { 1.0 };
                (low, below) = (next, value);
            } else {
                below /= if last > 0.0 { 2.0 } else { 1.0 };
                (high, above) = (next, value);
            }
            last = value;
        }
        time
    }

    /// Hit ratio of a cache of `capacity` items, 0 to 1.
    pub fn hit(&self, capacity: f64) -> f64 {
        if capacity >= self.items {
            return 1.0;
        }
        self.solve(capacity, |(size, _)| size).1
    }

    /// Items that a cache must hold for the hit ratio `target`, at most all of them.
    pub fn capacity(&self, target: f64) -> f64 {
        if target >= 1.0 {
            return self.items;
        }
        self.solve(target, |(_, hit)| hit).0.min(self.items)
    }
}

/// Where nothing in between reaches the target: the end that is nearer to it.
fn time_at_the_end(below: f64, low: f64, high: f64) -> f64 {
    if below >= 0.0 { low } else { high }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(items: f64, alpha: f64, capacity: f64, hit: f64, tolerance: f64) {
        let found = Popularity::zipf(items, alpha).hit(capacity);
        assert!((found - hit).abs() < tolerance, "{found} is not {hit}");
    }

    #[test]
    fn hit_ratios_have_the_pinned_values() {
        check(20_000.0, 0.9, 2_000.0, 0.57362, 1e-5);
        check(1e6, 0.9, 1e5, 0.637, 6e-4);
        check(1e6, 0.8, 1e5, 0.487, 6e-4);
        check(1e6, 1.0, 1e5, 0.779, 6e-4);
        check(1e6, 0.9, 1e4, 0.395, 6e-4);
        check(1e6, 0.9, 1e6, 1.0, 1e-12);
    }

    #[test]
    fn capacity_is_the_inverse_of_the_hit_ratio() {
        // Worked example 11.5: 4.05 M of 10 M items hold 85 %.
        let capacity = Popularity::zipf(1e7, 0.9).capacity(0.85);
        assert!((capacity / 4.05e6 - 1.0).abs() < 0.01, "{capacity}");
    }
}
