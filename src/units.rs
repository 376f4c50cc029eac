//! Quantities as a blueprint writes them: a number and its unit in one value.
//!
//! Comes in: text such as `6 TiB`, `150 ms`, `15 %/month`, `2.5k/s`. Goes out: a newtype over `f64` in one base
//! unit. Printing uses the shortest exact form, so that parsing what was printed gives the same value.

use serde::Serialize;

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            /// Wraps a number that is already in the base unit.
            pub const fn new(base: f64) -> Self {
                Self(base)
            }

            /// The number in the base unit.
            pub const fn get(self) -> f64 {
                self.0
            }
        }
    };
}

quantity! {
    /// A count of anything: users, requests, items. Dimensionless, at least 0, below 10^15.
    Count
}
quantity! {
    /// Events per second.
    Rate
}
quantity! {
    /// Bytes. Decimal (`GB`) and binary (`GiB`) prefixes are kept apart when read.
    Bytes
}
quantity! {
    /// Bytes per month of 730 hours.
    BytesPerMonth
}
quantity! {
    /// Seconds.
    Seconds
}
quantity! {
    /// Calendar months.
    Months
}
quantity! {
    /// A share or probability between 0 and 1; `70 %` is 0.7.
    Ratio
}
quantity! {
    /// A multiple; `10x` is 10.
    Factor
}
quantity! {
    /// Virtual CPUs; `250m` is 0.25.
    Cores
}
quantity! {
    /// Bits per second.
    BitsPerSecond
}
quantity! {
    /// US dollars a month.
    UsdPerMonth
}

/// Compound growth: by `rate` every `months`. `+300 %/quarter` is a rate of 3 every 3 months, a factor of 4.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Growth {
    /// Increase per period, above -1.
    pub rate: f64,
    /// Length of the period in months.
    pub months: f64,
}
