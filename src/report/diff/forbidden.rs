//! What a change must not do, as `--fail-on` states it.

use crate::risk::Class;

/// What must not happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Forbidden {
    /// A change of this class or a harder one.
    Risk(Class),
    /// More cost than so many per cent on top.
    CostShare(f64),
    /// More cost than so many USD a month on top.
    Cost(f64),
    /// A finding of this kind.
    Finding(&'static str),
}

impl Forbidden {
    /// Reads `risk`, `risk=restart`, `cost>10%`, `cost>500`, `budget`, `quota`, `objective` or `data-move`.
    ///
    /// # Errors
    /// What was wanted.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number: f64 = text
                .trim()
                .parse()
                .map_err(|_| format!("`{text}` is no number"))?;
            if number.is_finite() && number >= 0.0 {
                Ok(number)
            } else {
                Err(format!("`{text}` is below zero or no number"))
            }
        };
        match text.trim() {
            "risk" => Ok(Self::Risk(Class::Replace)),
            "budget" => Ok(Self::Finding("over-budget")),
            "quota" => Ok(Self::Finding("quota")),
            "objective" => Ok(Self::Finding("objective")),
            "data-move" => Ok(Self::Finding("data-move")),
            text => {
                if let Some(class) = text.strip_prefix("risk=") {
                    let names: Vec<&str> = Class::ALL.iter().map(|class| class.name()).collect();
                    return Class::of_name(class.trim()).map(Self::Risk).ok_or_else(|| {
                        format!("no class `{class}`; there are {}", names.join(", "))
                    });
                }
                match text.strip_prefix("cost>").map(|most| (most, most.strip_suffix('%'))) {
                    Some((_, Some(share))) => number(share).map(Self::CostShare),
                    Some((amount, None)) => number(amount).map(Self::Cost),
                    None => Err(
                        "wanted risk, risk=<class>, cost>10%, cost>500, budget, quota, objective or data-move"
                            .to_owned(),
                    ),
                }
            }
        }
    }

    /// Reads `risk` and `risk=restart` alone.
    ///
    /// # Errors
    /// What was wanted.
    pub fn parse_risk(text: &str) -> Result<Self, String> {
        match Self::parse(text) {
            Ok(risk @ Self::Risk(_)) => Ok(risk),
            Ok(_) => {
                Err("wanted risk or risk=<class>; `loadpath diff` takes the others".to_owned())
            }
            Err(wrong) => Err(wrong),
        }
    }

    /// Whether it is about money: another exit code than risk.
    pub(super) fn is_cost(&self) -> bool {
        matches!(
            self,
            Self::Cost(_) | Self::CostShare(_) | Self::Finding("over-budget")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forbidden_is_read() {
        assert_eq!(
            Forbidden::parse("risk"),
            Ok(Forbidden::Risk(Class::Replace))
        );
        assert_eq!(
            Forbidden::parse("risk=restart"),
            Ok(Forbidden::Risk(Class::Restart))
        );
        assert_eq!(Forbidden::parse("cost>10%"), Ok(Forbidden::CostShare(10.0)));
        assert_eq!(Forbidden::parse("cost>500"), Ok(Forbidden::Cost(500.0)));
        assert_eq!(
            Forbidden::parse("budget"),
            Ok(Forbidden::Finding("over-budget"))
        );
        for wrong in ["", "risk=low", "cost>x", "cost>-1", "cost", "cost>NaN"] {
            assert!(Forbidden::parse(wrong).is_err(), "{wrong}");
        }
    }
}
