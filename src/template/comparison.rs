//! A comparison taken apart into its two sides, for those who say it in words.

use super::expression::{Kind, Operator};

/// How two sides are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Sign {
    /// The sign with which the two sides may change places.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

/// A side of the comparison that `source` is, what it is compared with, and how; `side` stands
/// at the left then. None for everything that is not one comparison with that side.
pub fn compared_with(source: &str, side: &str) -> Option<(Sign, String)> {
    let expression = super::parse_expression(source).ok()?;
    let Kind::Binary(operator, left, right) = &expression.kind else {
        return None;
    };
    let sign = match operator {
        Operator::Equal => Sign::Equal,
        Operator::NotEqual => Sign::NotEqual,
        Operator::Less => Sign::Less,
        Operator::LessOrEqual => Sign::LessOrEqual,
        Operator::Greater => Sign::Greater,
        Operator::GreaterOrEqual => Sign::GreaterOrEqual,
        _ => return None,
    };
    let (left, right) = (&source[left.span.clone()], &source[right.span.clone()]);
    let side = side.trim();
    if left == side {
        Some((sign, right.to_owned()))
    } else if right == side {
        Some((sign.turned(), left.to_owned()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str, side: &str) -> Option<(Sign, String)> {
        compared_with(source, side)
    }

    fn is(sign: Sign, other: &str) -> (Sign, String) {
        (sign, other.to_owned())
    }

    #[test]
    fn the_side_that_is_asked_for_stands_at_the_left() {
        assert_eq!(of("rate > 5", "rate"), Some(is(Sign::Greater, "5")));
        assert_eq!(
            of(" 5 <= rate ", "rate"),
            Some(is(Sign::GreaterOrEqual, "5"))
        );
        assert_eq!(of("limit<rate", " rate "), Some(is(Sign::Greater, "limit")));
        assert_eq!(
            of("version == \"a > b\"", "version"),
            Some(is(Sign::Equal, "\"a > b\""))
        );
        assert_eq!(of("a != b", "b"), Some(is(Sign::NotEqual, "a")));
        assert_eq!(
            of("rate > limit * 2", "rate"),
            Some(is(Sign::Greater, "limit * 2"))
        );
    }

    #[test]
    fn what_is_more_than_one_comparison_has_no_sides() {
        for source in [
            "rate > 5 and lag > 3",
            "not rate > 5",
            "rate",
            "rate in [1, 2]",
            "rate >",
            "",
            "rate + 1 > 5",
            "other > 5",
        ] {
            assert_eq!(of(source, "rate"), None, "{source}");
        }
    }
}
