//! Up to where, or from where on: a limit in the words and values of whoever reads it at night.

use serde::{Deserialize, Serialize};

use crate::template::{self, Scope, Sign, Value};

/// A limit that was written as a plain comparison, with its value as it was then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// On which side of the value the comparison holds.
    pub side: Side,
    /// What is compared with.
    pub value: Value,
}

/// On which side of a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// `<=`
    AtMost,
    /// `<`
    Below,
    /// `>=`
    AtLeast,
    /// `>`
    Above,
    /// `==`
    Is,
    /// `!=`
    IsNot,
}

impl Side {
    /// As people say it, before the value.
    pub fn words(self) -> &'static str {
        match self {
            Self::AtMost => "at most",
            Self::Below => "below",
            Self::AtLeast => "at least",
            Self::Above => "above",
            Self::Is => "is",
            Self::IsNot => "is not",
        }
    }
}

impl From<Sign> for Side {
    fn from(sign: Sign) -> Self {
        match sign {
            Sign::Equal => Self::Is,
            Sign::NotEqual => Self::IsNot,
            Sign::Less => Self::Below,
            Sign::LessOrEqual => Self::AtMost,
            Sign::Greater => Self::Above,
            Sign::GreaterOrEqual => Self::AtLeast,
        }
    }
}

impl Bound {
    /// The bound of `measured` in a comparison, with the values of this scope; none, if the
    /// author wrote anything but one comparison with it, or a value is missing.
    pub fn of(comparison: &str, measured: &str, scope: &Scope) -> Option<Self> {
        let (sign, other) = template::compared_with(comparison, measured)?;
        let value = template::evaluate_value(&other, scope).ok()?;
        let side = sign.into();
        (!matches!(value, Value::Secret { .. })).then_some(Self { side, value })
    }

    /// A condition that is one comparison with a name, as people say it, with the value of that
    /// name: `builds at least 3 (now 2)`. None for anything else.
    pub fn of_condition(condition: &str, scope: &Scope) -> Option<String> {
        let names = template::names_in_expression(condition);
        let mut names = names.iter().filter(|name| !name.path.contains('.'));
        let (name, bound) = names.find_map(|name| {
            let bound = Self::of(condition, &name.path, scope)?;
            Some((&name.path, bound))
        })?;
        let now = template::evaluate_value(name, scope).map_or_else(
            |_| "not known yet".to_owned(),
            |value| format!("now {value}"),
        );
        let title = name.replace('_', " ");
        Some(format!("{title} {} ({now})", bound.words("")))
    }

    /// As people say it: `above 1 %`, `is not ‘v7’`.
    pub fn words(&self, unit: &str) -> String {
        let side = self.side.words();
        match &self.value {
            Value::Number(number) => format!("{side} {number} {unit}").trim_end().to_owned(),
            Value::String(text) => format!("{side} ‘{text}’"),
            value => format!("{side} {value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(comparison: &str, measured: &str) -> Option<String> {
        let mut scope = Scope::new();
        scope.insert("limit", Value::Number(5.into()));
        scope.insert("old", Value::String("v7".to_owned()));
        Bound::of(comparison, measured, &scope).map(|bound| bound.words("%"))
    }

    #[test]
    fn a_plain_comparison_is_said_in_words_and_values() {
        for (comparison, said) in [
            ("rate > limit", "above 5 %"),
            ("limit < rate", "above 5 %"),
            ("rate >= 0.5", "at least 0.5 %"),
            ("rate < -3", "below -3 %"),
            ("rate <= limit * 2", "at most 10 %"),
            ("rate == old", "is ‘v7’"),
            ("rate != true", "is not true"),
        ] {
            assert_eq!(
                words(comparison, "rate").as_deref(),
                Some(said),
                "{comparison}"
            );
        }
    }

    #[test]
    fn a_condition_is_said_with_the_value_as_it_is() {
        let mut scope = Scope::new();
        scope.insert("least", Value::Number(3.into()));
        scope.insert("good_pods", Value::Number(2.into()));
        let said = |condition| Bound::of_condition(condition, &scope);
        let told = "good pods at least 3 (now 2)";
        assert_eq!(said("good_pods >= least").as_deref(), Some(told));
        assert_eq!(
            said("pods >= 3").as_deref(),
            Some("pods at least 3 (not known yet)")
        );
        assert_eq!(said("good_pods >= 3 and least > 1"), None);
        assert_eq!(said("ready"), None);
    }

    #[test]
    fn anything_else_has_no_words() {
        for comparison in [
            "rate > limit and limit > 1",
            "rate > gone",
            "limit > 3",
            "rate",
        ] {
            assert_eq!(words(comparison, "rate"), None, "{comparison}");
        }
    }
}
