//! Quantities as a blueprint writes them: a number and its unit in one value.
//!
//! Comes in: text such as `6 TiB`, `150 ms`, `15 %/month`, `2.5k/s`. Goes out: a newtype over `f64` in one base unit.
//! Printing uses the shortest exact form, so that parsing what was printed gives the same value: a decimal prefix
//! moves the decimal point of the text, never of the binary number, so that nothing is lost on either way.

mod notation;

use std::{fmt, str::FromStr};

use serde::Serialize;

use notation::{Fault, Scale, decimal, synonym, tidy, unit};
pub use notation::{Grammar, UnitError, thousands};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $grammar:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            /// How it is written.
            pub const GRAMMAR: &'static Grammar = &$grammar;

            /// Wraps a number that is already in the base unit.
            pub const fn new(base: f64) -> Self {
                Self(base)
            }

            /// The number in the base unit.
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = UnitError;

            fn from_str(text: &str) -> Result<Self, UnitError> {
                $grammar.parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&$grammar.print(self.0))
            }
        }
    };
}

quantity! {
    /// A count of anything: users, requests, items. Dimensionless, at least 0, below 10^15.
    Count, COUNT
}
quantity! {
    /// Events per second.
    Rate, RATE
}
quantity! {
    /// Bytes. Decimal (`GB`) and binary (`GiB`) prefixes are kept apart when read.
    Bytes, BYTES
}
quantity! {
    /// Bytes per month of 730 hours.
    BytesPerMonth, BYTES_PER_MONTH
}
quantity! {
    /// Seconds.
    Seconds, SECONDS
}
quantity! {
    /// Calendar months.
    Months, MONTHS
}
quantity! {
    /// A share or probability between 0 and 1; `70 %` is 0.7.
    Ratio, RATIO
}
quantity! {
    /// A multiple; `10x` is 10.
    Factor, FACTOR
}
quantity! {
    /// Virtual CPUs; `250m` is 0.25.
    Cores, CORES
}
quantity! {
    /// Bits per second.
    BitsPerSecond, BITS_PER_SECOND
}
quantity! {
    /// US dollars a month.
    UsdPerMonth, USD_PER_MONTH
}

const KIB: f64 = 1024.0;
const HOURS_PER_MONTH: f64 = 730.0;

static COUNT: Grammar = Grammar {
    what: "a count",
    example: "20k or 2M",
    bare: true,
    counts: true,
    spaced: false,
    units: &[unit("", Scale::Ten(0))],
};

static RATE: Grammar = Grammar {
    what: "a rate",
    example: "500/s or 2.5k/s",
    bare: false,
    counts: true,
    spaced: false,
    units: &[
        unit("/s", Scale::Ten(0)),
        synonym("/min", Scale::Times(1.0 / 60.0)),
        synonym("/h", Scale::Times(1.0 / 3600.0)),
        synonym("/day", Scale::Times(1.0 / 86_400.0)),
    ],
};

static BYTES: Grammar = Grammar {
    what: "a size",
    example: "6 TiB or 900 GB",
    bare: false,
    counts: false,
    spaced: true,
    units: &[
        unit("B", Scale::Ten(0)),
        unit("kB", Scale::Ten(3)),
        unit("KiB", Scale::Times(KIB)),
        unit("MB", Scale::Ten(6)),
        unit("MiB", Scale::Times(KIB * KIB)),
        unit("GB", Scale::Ten(9)),
        unit("GiB", Scale::Times(KIB * KIB * KIB)),
        unit("TB", Scale::Ten(12)),
        unit("TiB", Scale::Times(KIB * KIB * KIB * KIB)),
        unit("PB", Scale::Ten(15)),
        unit("PiB", Scale::Times(KIB * KIB * KIB * KIB * KIB)),
    ],
};

const PER_DAY: f64 = HOURS_PER_MONTH / 24.0;
const PER_WEEK: f64 = HOURS_PER_MONTH / 168.0;

static BYTES_PER_MONTH: Grammar = Grammar {
    what: "a growth of data",
    example: "400 GiB/month",
    bare: false,
    counts: false,
    spaced: true,
    units: &[
        unit("B/month", Scale::Ten(0)),
        unit("kB/month", Scale::Ten(3)),
        unit("KiB/month", Scale::Times(KIB)),
        unit("MB/month", Scale::Ten(6)),
        unit("MiB/month", Scale::Times(KIB * KIB)),
        unit("GB/month", Scale::Ten(9)),
        unit("GiB/month", Scale::Times(KIB * KIB * KIB)),
        unit("TB/month", Scale::Ten(12)),
        unit("TiB/month", Scale::Times(KIB * KIB * KIB * KIB)),
        unit("PB/month", Scale::Ten(15)),
        unit("PiB/month", Scale::Times(KIB * KIB * KIB * KIB * KIB)),
        synonym("MB/day", Scale::Times(1e6 * PER_DAY)),
        synonym("MiB/day", Scale::Times(KIB * KIB * PER_DAY)),
        synonym("GB/day", Scale::Times(1e9 * PER_DAY)),
        synonym("GiB/day", Scale::Times(KIB * KIB * KIB * PER_DAY)),
        synonym("TB/day", Scale::Times(1e12 * PER_DAY)),
        synonym("TiB/day", Scale::Times(KIB * KIB * KIB * KIB * PER_DAY)),
        synonym("GB/week", Scale::Times(1e9 * PER_WEEK)),
        synonym("GiB/week", Scale::Times(KIB * KIB * KIB * PER_WEEK)),
        synonym("TB/week", Scale::Times(1e12 * PER_WEEK)),
        synonym("TiB/week", Scale::Times(KIB * KIB * KIB * KIB * PER_WEEK)),
        synonym("GB/quarter", Scale::Times(1e9 / 3.0)),
        synonym("GiB/quarter", Scale::Times(KIB * KIB * KIB / 3.0)),
        synonym("TB/quarter", Scale::Times(1e12 / 3.0)),
        synonym("TiB/quarter", Scale::Times(KIB * KIB * KIB * KIB / 3.0)),
        synonym("GB/year", Scale::Times(1e9 / 12.0)),
        synonym("GiB/year", Scale::Times(KIB * KIB * KIB / 12.0)),
        synonym("TB/year", Scale::Times(1e12 / 12.0)),
        synonym("TiB/year", Scale::Times(KIB * KIB * KIB * KIB / 12.0)),
    ],
};

static SECONDS: Grammar = Grammar {
    what: "a time",
    example: "150 ms, 20 s, 5 min or 4 h",
    bare: false,
    counts: false,
    spaced: true,
    units: &[
        unit("us", Scale::Ten(-6)),
        synonym("µs", Scale::Ten(-6)),
        unit("ms", Scale::Ten(-3)),
        unit("s", Scale::Ten(0)),
        unit("min", Scale::Times(60.0)),
        unit("h", Scale::Times(3600.0)),
        synonym("day", Scale::Times(86_400.0)),
        unit("days", Scale::Times(86_400.0)),
        synonym("week", Scale::Times(604_800.0)),
        synonym("weeks", Scale::Times(604_800.0)),
    ],
};

static MONTHS: Grammar = Grammar {
    what: "a number of months",
    example: "12 months or 2 years",
    bare: false,
    counts: false,
    spaced: true,
    units: &[
        synonym("month", Scale::Ten(0)),
        unit("months", Scale::Ten(0)),
        synonym("quarter", Scale::Times(3.0)),
        synonym("quarters", Scale::Times(3.0)),
        synonym("year", Scale::Times(12.0)),
        synonym("years", Scale::Times(12.0)),
    ],
};

static RATIO: Grammar = Grammar {
    what: "a share",
    example: "70 % or 0.7",
    bare: true,
    counts: false,
    spaced: true,
    units: &[unit("%", Scale::Ten(-2))],
};

static FACTOR: Grammar = Grammar {
    what: "a multiple",
    example: "10x",
    bare: true,
    counts: false,
    spaced: false,
    units: &[unit("x", Scale::Ten(0))],
};

static CORES: Grammar = Grammar {
    what: "a number of vCPU",
    example: "2 or 250m",
    bare: true,
    counts: false,
    spaced: false,
    units: &[
        unit("m", Scale::Ten(-3)),
        unit("", Scale::Ten(0)),
        synonym("vCPU", Scale::Ten(0)),
    ],
};

static BITS_PER_SECOND: Grammar = Grammar {
    what: "a bit rate",
    example: "3.5 Mbit/s",
    bare: false,
    counts: false,
    spaced: true,
    units: &[
        unit("bit/s", Scale::Ten(0)),
        unit("kbit/s", Scale::Ten(3)),
        unit("Mbit/s", Scale::Ten(6)),
        unit("Gbit/s", Scale::Ten(9)),
        unit("Tbit/s", Scale::Ten(12)),
    ],
};

static USD_PER_MONTH: Grammar = Grammar {
    what: "an amount of money a month",
    example: "40k USD/month",
    bare: false,
    counts: true,
    spaced: true,
    units: &[
        unit("USD/month", Scale::Ten(0)),
        synonym("USD/year", Scale::Times(1.0 / 12.0)),
    ],
};

/// Compound growth: by `rate` every `months`. `+300 %/quarter` is a rate of 3 every 3 months, a factor of 4.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Growth {
    /// Increase per period, above -1.
    pub rate: f64,
    /// Length of the period in months.
    pub months: f64,
}

/// The periods of a growth, in months.
const PERIODS: &[(&str, f64)] = &[
    ("month", 1.0),
    ("quarter", 3.0),
    ("year", 12.0),
    ("week", 168.0 / HOURS_PER_MONTH),
    ("day", 24.0 / HOURS_PER_MONTH),
];

/// How a growth is written; its units are read by [`Growth`] itself.
pub(crate) static GROWTH: Grammar = Grammar {
    what: "a growth",
    example: "15 %/month or 300 %/quarter",
    bare: false,
    counts: false,
    spaced: true,
    units: &[
        unit("%/month", Scale::Ten(-2)),
        unit("%/quarter", Scale::Ten(-2)),
        unit("%/year", Scale::Ten(-2)),
        unit("%/week", Scale::Ten(-2)),
        unit("%/day", Scale::Ten(-2)),
        unit("%/[0-9.]+ months", Scale::Ten(-2)),
    ],
};

impl FromStr for Growth {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let text = text.trim();
        let written = GROWTH.number(text)?;
        let name = tidy(written.rest);
        let Some(period) = name.strip_prefix("%/") else {
            let fault = match name.as_str() {
                "" | "%" => Fault::NoUnit,
                _ => Fault::UnknownUnit(name),
            };
            return Err(GROWTH.error(text, fault));
        };
        let named = PERIODS
            .iter()
            .find(|(known, _)| *known == period)
            .map(|(_, months)| *months);
        let months = named
            .or_else(|| MONTHS.parse(period).ok().filter(|months| *months > 0.0))
            .ok_or_else(|| GROWTH.error(text, Fault::UnknownUnit(name.clone())))?;
        let rate = written.scaled(-2);
        if rate.is_finite() {
            Ok(Self { rate, months })
        } else {
            Err(GROWTH.error(text, Fault::TooLarge))
        }
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = decimal(self.rate, -2);
        match PERIODS.iter().find(|(_, months)| *months == self.months) {
            Some((name, _)) => formatter.pad(&format!("{rate} %/{name}")),
            None => formatter.pad(&format!("{rate} %/{}", MONTHS.print(self.months))),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check<T: FromStr<Err = UnitError> + fmt::Display>(
        text: &str,
        base: f64,
        get: impl Fn(T) -> f64,
    ) {
        match text.parse::<T>() {
            Ok(value) => assert_eq!(get(value), base, "{text}"),
            Err(error) => panic!("{text}: {error}"),
        }
    }

    #[track_caller]
    fn refuse<T: FromStr<Err = UnitError> + fmt::Debug>(text: &str, message: &str) {
        assert_eq!(text.parse::<T>().expect_err(text).to_string(), message);
    }

    #[test]
    fn reads_counts() {
        for (text, base) in [
            ("2M", 2e6),
            ("20k", 2e4),
            ("8B", 8e9),
            ("8 B", 8e9),
            ("2_000_000", 2e6),
            ("1.5 k", 1500.0),
        ] {
            check(text, base, Count::get);
        }
        check("0", 0.0, Count::get);
        check("1e3", 1000.0, Count::get);
        check("-0", 0.0, Count::get);
        check("-3", -3.0, Count::get);
    }

    #[test]
    fn reads_every_example_of_the_format() {
        check("6 TiB", 6.0 * 1024f64.powi(4), Bytes::get);
        check("900GB", 9e11, Bytes::get);
        check("12 kB", 12_000.0, Bytes::get);
        check("512 MiB", 536_870_912.0, Bytes::get);
        check("150 ms", 0.15, Seconds::get);
        check("10 min", 600.0, Seconds::get);
        check("4 h", 14_400.0, Seconds::get);
        check("12 months", 12.0, Months::get);
        check("1 year", 12.0, Months::get);
        check("70 %", 0.7, Ratio::get);
        check("99.95%", 0.9995, Ratio::get);
        check("10x", 10.0, Factor::get);
        check("2.5k/s", 2500.0, Rate::get);
        check("0.005/s", 0.005, Rate::get);
        check("60 /min", 1.0, Rate::get);
        check("250m", 0.25, Cores::get);
        check("2", 2.0, Cores::get);
        check("3.5 Mbit/s", 3.5e6, BitsPerSecond::get);
        check("400 GiB/month", 400.0 * 1024f64.powi(3), BytesPerMonth::get);
        check("1 GB/day", 1e9 * 730.0 / 24.0, BytesPerMonth::get);
        check("40k USD/month", 40_000.0, UsdPerMonth::get);
        check("40kUSD / month", 40_000.0, UsdPerMonth::get);
    }

    #[test]
    fn reads_growth() {
        let growth = |text: &str| text.parse::<Growth>().expect(text);
        assert_eq!(
            growth("15 %/month"),
            Growth {
                rate: 0.15,
                months: 1.0
            }
        );
        assert_eq!(growth("15%/month"), growth("15 % / month"));
        assert_eq!(
            growth("+300 %/quarter"),
            Growth {
                rate: 3.0,
                months: 3.0
            }
        );
        assert_eq!(
            growth("-5 %/year"),
            Growth {
                rate: -0.05,
                months: 12.0
            }
        );
        assert_eq!(
            growth("10 %/6 months"),
            Growth {
                rate: 0.1,
                months: 6.0
            }
        );
        refuse::<Growth>(
            "15 %",
            "`15 %` has no unit, wanted a growth; for example 15 %/month or 300 %/quarter",
        );
        refuse::<Growth>(
            "15 %/m",
            "unit `%/m` is not a growth; for example 15 %/month or 300 %/quarter",
        );
    }

    #[test]
    fn says_what_was_found_and_wanted() {
        refuse::<Bytes>(
            "6 parsecs",
            "unit `parsecs` is not a size; for example 6 TiB or 900 GB",
        );
        refuse::<Bytes>(
            "20",
            "`20` has no unit, wanted a size; for example 6 TiB or 900 GB",
        );
        refuse::<Bytes>("20 gib", "unit `gib` is not a size, did you mean `GiB`?");
        refuse::<Seconds>(
            "5 m",
            "unit `m` is ambiguous: minutes are `min`, months `months`, millions `M`; for example 150 ms, 20 s, 5 min or 4 h",
        );
        refuse::<Count>(
            "5m",
            "unit `m` is ambiguous: minutes are `min`, months `months`, millions `M`; for example 20k or 2M",
        );
        refuse::<Count>("many", "`many` is not a count; for example 20k or 2M");
        refuse::<Count>(
            "",
            "the value is empty, wanted a count; for example 20k or 2M",
        );
        refuse::<Count>(
            ".nan",
            "`.nan` is not a finite number; for example 20k or 2M",
        );
        refuse::<Count>(
            "-inf",
            "`-inf` is not a finite number; for example 20k or 2M",
        );
        refuse::<Count>("1e999", "`1e999` is too large; for example 20k or 2M");
        refuse::<Count>(
            "2,000,000",
            "`2,000,000` has a comma: a decimal point is `.`, thousands are `_`; for example 20k or 2M",
        );
        refuse::<Count>(
            "1M..2M",
            "unit `M..2M` is not a count; for example 20k or 2M",
        );
        refuse::<UsdPerMonth>(
            "40k",
            "`40k` has no unit, wanted an amount of money a month; for example 40k USD/month",
        );
        refuse::<Count>("__", "`__` is not a count; for example 20k or 2M");
    }

    #[test]
    fn prints_the_shortest_exact_form() {
        for (count, text) in [
            (2e6, "2M"),
            (20_000.0, "20k"),
            (240.0, "240"),
            (1_234_567.0, "1234567"),
            (8e9, "8B"),
            (0.0, "0"),
            (1500.0, "1.5k"),
        ] {
            assert_eq!(Count::new(count).to_string(), text);
        }
        for (seconds, text) in [
            (0.15, "150 ms"),
            (600.0, "10 min"),
            (14_400.0, "4 h"),
            (86_400.0, "1 day"),
            (90.0, "90 s"),
            (1.0, "1 s"),
            (0.000_5, "500 us"),
        ] {
            assert_eq!(Seconds::new(seconds).to_string(), text);
        }
        for (bytes, text) in [
            (6.0 * 1024f64.powi(4), "6 TiB"),
            (9e11, "900 GB"),
            (12_000.0, "12 kB"),
            (1.0, "1 B"),
            (1536.0, "1.5 KiB"),
        ] {
            assert_eq!(Bytes::new(bytes).to_string(), text);
        }
        assert_eq!(Ratio::new(0.07).to_string(), "7 %");
        assert_eq!(Ratio::new(0.0).to_string(), "0 %");
        assert_eq!(Bytes::new(0.0).to_string(), "0 B");
        assert_eq!(Ratio::new(0.9995).to_string(), "99.95 %");
        assert_eq!(Months::new(12.0).to_string(), "12 months");
        assert_eq!(Months::new(1.0).to_string(), "1 month");
        assert_eq!(Factor::new(10.0).to_string(), "10x");
        assert_eq!(Cores::new(0.25).to_string(), "250m");
        assert_eq!(Cores::new(2.0).to_string(), "2");
        assert_eq!(Rate::new(2500.0).to_string(), "2.5k/s");
        assert_eq!(UsdPerMonth::new(40_000.0).to_string(), "40k USD/month");
        assert_eq!(BitsPerSecond::new(3.5e6).to_string(), "3.5 Mbit/s");
        assert_eq!(
            Growth {
                rate: 0.15,
                months: 1.0
            }
            .to_string(),
            "15 %/month"
        );
        assert_eq!(format!("{:>6}|", Factor::new(10.0)), "   10x|");
    }

    #[test]
    fn separates_thousands() {
        for (number, text) in [
            (0.0, "0"),
            (999.0, "999"),
            (21_400.0, "21 400"),
            (2e6, "2 000 000"),
            (-1234.4, "-1 234"),
            (-0.2, "0"),
        ] {
            assert_eq!(thousands(number), text);
        }
    }

    macro_rules! round_trip {
        ($($test:ident: $type:ty,)+) => {
            proptest! {
                $(
                    #[test]
                    fn $test(mantissa in -999_999_999i64..999_999_999, power in -9i32..9, raw in any::<f64>()) {
                        #[expect(clippy::cast_precision_loss, reason = "fewer than 53 bits")]
                        let tidy = mantissa as f64 * 10f64.powi(power);
                        for value in [tidy, raw].into_iter().filter(|value| value.is_finite()) {
                            let value = <$type>::new(value + 0.0);
                            let text = value.to_string();
                            prop_assert_eq!(text.parse::<$type>(), Ok(value), "{}", text);
                        }
                    }
                )+
            }
        };
    }

    round_trip! {
        count: Count,
        rate: Rate,
        bytes: Bytes,
        bytes_per_month: BytesPerMonth,
        seconds: Seconds,
        months: Months,
        ratio: Ratio,
        factor: Factor,
        cores: Cores,
        bits_per_second: BitsPerSecond,
        usd_per_month: UsdPerMonth,
    }

    proptest! {
        #[test]
        fn growth(rate in -0.999f64..1e6, period in 0usize..5, odd in 0.01f64..120.0) {
            for months in [PERIODS[period].1, odd] {
                let growth = Growth { rate, months };
                prop_assert_eq!(growth.to_string().parse::<Growth>(), Ok(growth));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,20}") {
            let _ = text.parse::<Count>();
            let _ = text.parse::<Bytes>();
            let _ = text.parse::<Growth>();
            let _ = text.parse::<Cores>();
        }
    }
}
