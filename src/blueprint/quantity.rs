//! One quantity of a blueprint: certain, or an interval.
//!
//! An interval is `{ low: …, mid: …, high: … }` (5th, 50th, 95th percentile) or `low..high`. Where the middle is not
//! stated it is that of the distribution whose ends were given, which the capacity model (10.1) takes as log-normal: the
//! geometric mean; for shares, on the logit scale; for growth, of the factor 1 + rate.

use super::{
    format::{Bound, Dimension, Quantity},
    node::{Node, Value},
    problem::Span,
};
use crate::units::{Growth, Ratio, UnitError};

/// A quantity in its base unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) low: f64,
    pub(crate) mid: f64,
    pub(crate) high: f64,
    /// Period of a growth in months; 0 for everything else.
    pub(crate) months: f64,
}

impl Reading {
    pub(crate) fn is_certain(&self) -> bool {
        self.low == self.high
    }
}

/// What is wrong, and where.
pub(crate) type Faults = Vec<(Span, String)>;

/// Whether a map states an interval.
pub(crate) fn is_interval(node: &Node) -> bool {
    node.entries()
        .iter()
        .any(|(name, _)| matches!(name.as_str(), "low" | "mid" | "high"))
}

/// Reads a quantity and holds it against its bounds.
pub(crate) fn read(node: &Node, quantity: &Quantity) -> Result<Reading, Faults> {
    let reader = Reader { quantity };
    let reading = match &node.value {
        Value::Scalar(text, _) => reader
            .text(text)
            .map_err(|message| vec![(node.place(), message)])?,
        Value::Map(_) if is_interval(node) => reader.map(node)?,
        _ => {
            let grammar = quantity.dimension.grammar();
            let message = format!(
                "wanted {}, found {}; for example {}",
                grammar.what,
                node.found(),
                grammar.example
            );
            return Err(vec![(node.place(), message)]);
        }
    };
    reader
        .order(&reading)
        .map_err(|message| vec![(node.place(), message)])?;
    Ok(reading)
}

struct Reader<'a> {
    quantity: &'a Quantity,
}

impl Reader<'_> {
    /// A value with its period, within its bounds.
    fn one(&self, text: &str) -> Result<(f64, f64), String> {
        let explain = |error: UnitError| error.to_string();
        let (value, months) = match self.quantity.dimension {
            Dimension::Growth => {
                let growth: Growth = text.parse().map_err(explain)?;
                (growth.rate, growth.months)
            }
            Dimension::Plain(grammar) | Dimension::Share(grammar) => {
                (grammar.parse(text).map_err(explain)?, 0.0)
            }
        };
        self.bounds(text.trim(), value)?;
        Ok((value, months))
    }

    fn bounds(&self, text: &str, value: f64) -> Result<(), String> {
        let Quantity { low, high, .. } = *self.quantity;
        let bound = |bound: Bound| self.print(bound.value());
        match low {
            Bound::Including(least) if value < least => {
                return Err(format!(
                    "`{text}` is too small, wanted at least {}",
                    bound(low)
                ));
            }
            Bound::Excluding(least) if value <= least => {
                return Err(format!(
                    "`{text}` is too small, wanted more than {}",
                    bound(low)
                ));
            }
            _ => {}
        }
        let wanted = match high {
            Bound::Including(most) if value > most => format!("at most {}", bound(high)),
            Bound::Excluding(most) if value >= most => format!("less than {}", bound(high)),
            _ => return Ok(()),
        };
        let percent = matches!(self.quantity.dimension, Dimension::Share(_))
            && !text.contains('%')
            && value <= 100.0;
        let meant = if percent {
            format!("; did you mean {text} %?")
        } else {
            String::new()
        };
        Err(format!("`{text}` is too large, wanted {wanted}{meant}"))
    }

    fn print(&self, value: f64) -> String {
        match self.quantity.dimension {
            Dimension::Growth => Ratio::new(value).to_string(),
            Dimension::Plain(grammar) | Dimension::Share(grammar) => grammar.print(value),
        }
    }

    /// `2M` or `1M..3M`.
    fn text(&self, text: &str) -> Result<Reading, String> {
        let Some((low, high)) = text.split_once("..") else {
            let (mid, months) = self.one(text)?;
            return Ok(Reading {
                low: mid,
                mid,
                high: mid,
                months,
            });
        };
        let ((low, months), (high, other)) = (self.one(low)?, self.one(high)?);
        same_period(months, other)?;
        self.between(low, None, high, months)
    }

    /// `{ low, mid, high }`.
    fn map(&self, node: &Node) -> Result<Reading, Faults> {
        let mut faults = Faults::new();
        for (name, value) in node.entries() {
            if !matches!(name.as_str(), "low" | "mid" | "high") {
                faults.push((
                    value.key.unwrap_or(value.span),
                    "unknown key; an interval has low, mid and high".to_owned(),
                ));
            }
        }
        let mut end = |name: &str| -> Option<(f64, f64)> {
            let Some(value) = node.get(name) else {
                if name != "mid" {
                    faults.push((node.place(), format!("the interval has no {name}")));
                }
                return None;
            };
            let result = match value.text() {
                Some(text) => self.one(text),
                None => Err(format!("wanted one value, found {}", value.found())),
            };
            result
                .map_err(|message| faults.push((value.place(), message)))
                .ok()
        };
        let (low, mid, high) = (end("low"), end("mid"), end("high"));
        let (Some((low, months)), Some((high, other)), true) = (low, high, faults.is_empty())
        else {
            return Err(faults);
        };
        let periods = same_period(months, other)
            .and_then(|()| same_period(months, mid.map_or(months, |(_, months)| months)));
        periods
            .and_then(|()| self.between(low, mid.map(|(value, _)| value), high, months))
            .map_err(|message| vec![(node.place(), message)])
    }

    /// Fills in the middle.
    fn between(
        &self,
        low: f64,
        mid: Option<f64>,
        high: f64,
        months: f64,
    ) -> Result<Reading, String> {
        if low > high {
            return Err(format!(
                "low {} is above high {}",
                self.print(low),
                self.print(high)
            ));
        }
        let certain = low == high;
        let scale = match self.quantity.dimension {
            Dimension::Plain(_) if low <= 0.0 && !certain => Some("above 0"),
            Dimension::Share(_) if (low <= 0.0 || high >= 1.0) && !certain => {
                Some("between 0 % and 100 %, both excluded")
            }
            _ => None,
        };
        if let Some(wanted) = scale {
            return Err(format!(
                "an interval must lie {wanted}, because its ends are relative to its middle"
            ));
        }
        let mid = mid.unwrap_or_else(|| if certain { low } else { self.middle(low, high) });
        Ok(Reading {
            low,
            mid,
            high,
            months,
        })
    }

    fn middle(&self, low: f64, high: f64) -> f64 {
        match self.quantity.dimension {
            Dimension::Plain(_) => (low * high).sqrt(),
            Dimension::Growth => ((1.0 + low) * (1.0 + high)).sqrt() - 1.0,
            Dimension::Share(_) => {
                let logit = |share: f64| (share / (1.0 - share)).ln();
                1.0 / (1.0 + (-f64::midpoint(logit(low), logit(high))).exp())
            }
        }
    }

    fn order(&self, reading: &Reading) -> Result<(), String> {
        let Reading { low, mid, high, .. } = *reading;
        if low <= mid && mid <= high {
            return Ok(());
        }
        let [low, mid, high] = [low, mid, high].map(|value| self.print(value));
        Err(format!(
            "mid {mid} is not between low {low} and high {high}"
        ))
    }
}

fn same_period(one: f64, other: f64) -> Result<(), String> {
    if one == other {
        Ok(())
    } else {
        Err("the ends of the interval grow over different periods".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        blueprint::{
            format::{self, Key, Kind},
            node,
        },
        units::Grammar,
    };

    fn of(keys: &'static [Key], name: &str) -> &'static Quantity {
        match &format::find(keys, name).expect(name).kind {
            Kind::Quantity(quantity) => quantity,
            _ => panic!("{name} is no quantity"),
        }
    }

    fn users(name: &str) -> &'static Quantity {
        match &format::find(format::ROOT, "users").expect("users").kind {
            Kind::Map(keys) => of(keys, name),
            _ => panic!("users is a map"),
        }
    }

    static PERCENT: Quantity = Quantity {
        dimension: Dimension::Share(Ratio::GRAMMAR as &Grammar),
        low: Bound::Including(0.0),
        high: Bound::Including(1.0),
    };

    fn reading(text: &str, quantity: &Quantity) -> Result<Reading, String> {
        let root = node::parse(&format!("x: {text}"), 0).root.expect("yaml");
        let node = root.entry("x").expect("x").clone();
        read(&node, quantity).map_err(|faults| {
            faults
                .into_iter()
                .map(|(_, message)| message)
                .collect::<Vec<_>>()
                .join(" | ")
        })
    }

    #[test]
    fn the_middle_of_an_interval_is_that_of_its_distribution() {
        let read = reading("1M..4M", users("monthly_active")).expect("an interval");
        assert_eq!((read.low, read.mid, read.high), (1e6, 2e6, 4e6));
        let stated = reading("{ low: 1M, mid: 3M, high: 4M }", users("monthly_active"))
            .expect("an interval");
        assert_eq!(stated.mid, 3e6);
        let share = reading("20 %..80 %", &PERCENT).expect("an interval");
        assert!((share.mid - 0.5).abs() < 1e-12, "{share:?}");
        let growth = reading("0 %/month..300 %/month", users("growth")).expect("an interval");
        assert!((growth.mid - 1.0).abs() < 1e-12, "{growth:?}");
        assert!(
            reading("5..5", users("monthly_active"))
                .expect("certain")
                .is_certain()
        );
    }

    #[test]
    fn refuses_what_is_out_of_bounds_or_out_of_order() {
        for (text, name, message) in [
            (
                "-3",
                "monthly_active",
                "`-3` is too small, wanted more than 0",
            ),
            (
                "0",
                "monthly_active",
                "`0` is too small, wanted more than 0",
            ),
            (
                "1e15",
                "monthly_active",
                "`1e15` is too large, wanted at most 100B",
            ),
            ("3M..1M", "monthly_active", "low 3M is above high 1M"),
            (
                "{ low: 1, high: 2, mid: 3 }",
                "monthly_active",
                "mid 3 is not between low 1 and high 2",
            ),
            (
                "{ low: 1, hi: 2 }",
                "monthly_active",
                "unknown key; an interval has low, mid and high | the interval has no high",
            ),
            (
                "[1, 2]",
                "monthly_active",
                "wanted a count, found a list; for example 20k or 2M",
            ),
            (
                "0 months",
                "horizon",
                "`0 months` is too small, wanted at least 1 month",
            ),
            (
                "121 months",
                "horizon",
                "`121 months` is too large, wanted at most 120 months",
            ),
            (
                "-100 %/month",
                "growth",
                "`-100 %/month` is too small, wanted more than -100 %",
            ),
            (
                "1 %/month..2 %/year",
                "growth",
                "the ends of the interval grow over different periods",
            ),
        ] {
            assert_eq!(
                reading(text, users(name)),
                Err(message.to_owned()),
                "{text}"
            );
        }
        assert_eq!(
            reading("70", &PERCENT),
            Err("`70` is too large, wanted at most 100 %; did you mean 70 %?".to_owned())
        );
        let ends = reading("0 %..50 %", &PERCENT).expect_err("0 has no logit");
        assert!(
            ends.starts_with("an interval must lie between 0 % and 100 %"),
            "{ends}"
        );
    }
}
