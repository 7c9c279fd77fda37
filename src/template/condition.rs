//! A condition taken apart, for those who must decide it without all values.
//!
//! `and`, `or`, `not` and comparisons with a literal are told apart; anything
//! else is one test that is known by its text. Two texts that say the same
//! (`a >= 1`, `not (a < 1)`) become the same test.

use super::expression::{self, Expression, Kind, Operator};
use super::value::{Value, parse_number};

/// A condition as a tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// It always comes out so.
    Constant(bool),
    /// The opposite.
    Not(Box<Condition>),
    /// All of them.
    All(Vec<Condition>),
    /// At least one of them.
    Any(Vec<Condition>),
    /// One test.
    Test(Test),
}

/// One test of a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// A name compared with a literal.
    Compare {
        /// The name.
        name: String,
        /// How.
        relation: Relation,
        /// With what.
        value: Value,
    },
    /// Anything else: it is as it is while its names keep their values.
    Opaque {
        /// An expression that can be evaluated by itself.
        source: String,
        /// The names in it.
        names: Vec<String>,
    },
}

/// How a name is compared. The others are the opposites of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `==`
    Equal,
    /// `<`
    Less,
    /// `>`
    Greater,
}

/// Takes a condition apart; `None` if it does not parse.
pub fn condition(source: &str) -> Option<Condition> {
    super::parse_expression(source)
        .ok()
        .map(|expression| of(source, &expression))
}

impl Condition {
    /// Whether it holds, as far as `known` tells: three values, and what is
    /// decided by one side needs no other.
    pub fn truth(&self, known: &mut impl FnMut(&Test) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Constant(truth) => Some(*truth),
            Self::Not(inner) => inner.truth(known).map(|truth| !truth),
            Self::All(parts) => join(parts, false, known),
            Self::Any(parts) => join(parts, true, known),
            Self::Test(test) => known(test),
        }
    }

    /// Every test in it.
    pub fn tests<'a>(&'a self, found: &mut Vec<&'a Test>) {
        match self {
            Self::Constant(_) => {}
            Self::Not(inner) => inner.tests(found),
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.tests(found);
                }
            }
            Self::Test(test) => found.push(test),
        }
    }
}

/// `deciding` is the value of one part that decides all.
fn join(
    parts: &[Condition],
    deciding: bool,
    known: &mut impl FnMut(&Test) -> Option<bool>,
) -> Option<bool> {
    let mut all_known = true;
    for part in parts {
        match part.truth(known) {
            Some(truth) if truth == deciding => return Some(deciding),
            Some(_) => {}
            None => all_known = false,
        }
    }
    all_known.then_some(!deciding)
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

fn of(source: &str, expression: &Expression) -> Condition {
    match &expression.kind {
        Kind::Boolean(truth) => Condition::Constant(*truth),
        Kind::Not(inner) => not(of(source, inner)),
        Kind::Name(name) => Condition::Test(Test::Compare {
            name: name.clone(),
            relation: Relation::Equal,
            value: Value::Boolean(true),
        }),
        Kind::Binary(Operator::And, left, right) => {
            Condition::All(vec![of(source, left), of(source, right)])
        }
        Kind::Binary(Operator::Or, left, right) => {
            Condition::Any(vec![of(source, left), of(source, right)])
        }
        Kind::Binary(operator, left, right) => {
            binary(source, *operator, left, right).unwrap_or_else(|| opaque(source, expression))
        }
        _ => opaque(source, expression),
    }
}

fn binary(
    source: &str,
    operator: Operator,
    left: &Expression,
    right: &Expression,
) -> Option<Condition> {
    let (relation, opposite) = match operator {
        Operator::Equal => (Relation::Equal, false),
        Operator::NotEqual => (Relation::Equal, true),
        Operator::Less => (Relation::Less, false),
        Operator::GreaterOrEqual => (Relation::Less, true),
        Operator::Greater => (Relation::Greater, false),
        Operator::LessOrEqual => (Relation::Greater, true),
        Operator::In | Operator::NotIn => {
            let Kind::List(items) = &right.kind else {
                return None;
            };
            let equal = items
                .iter()
                .map(|item| compare(source, Relation::Equal, left, item))
                .collect::<Option<Vec<_>>>()?;
            let any = Condition::Any(equal);
            return Some(if operator == Operator::In {
                any
            } else {
                not(any)
            });
        }
        _ => return None,
    };
    let compared = compare(source, relation, left, right)
        .unwrap_or_else(|| Condition::Test(order(source, relation, left, right)));
    Some(if opposite { not(compared) } else { compared })
}

/// A name and a literal, in either order.
fn compare(
    source: &str,
    relation: Relation,
    left: &Expression,
    right: &Expression,
) -> Option<Condition> {
    let (name, value, relation) = match (&left.kind, &right.kind) {
        (Kind::Name(name), _) => (name, literal(source, right)?, relation),
        (_, Kind::Name(name)) => (
            name,
            literal(source, left)?,
            match relation {
                Relation::Equal => Relation::Equal,
                Relation::Less => Relation::Greater,
                Relation::Greater => Relation::Less,
            },
        ),
        _ => return None,
    };
    if relation != Relation::Equal && !matches!(value, Value::Number(_)) {
        return None;
    }
    Some(Condition::Test(Test::Compare {
        name: name.clone(),
        relation,
        value,
    }))
}

fn literal(source: &str, expression: &Expression) -> Option<Value> {
    match &expression.kind {
        Kind::Text(text) => Some(Value::String(text.clone())),
        Kind::Boolean(truth) => Some(Value::Boolean(*truth)),
        Kind::Number => {
            let written = &source[expression.span.clone()];
            parse_number(written.trim_matches(['(', ')', ' '])).map(Value::Number)
        }
        _ => None,
    }
}

/// Two sides neither of which is a literal, written one way.
fn order(source: &str, relation: Relation, left: &Expression, right: &Expression) -> Test {
    let (mut a, mut b) = (written(source, left), written(source, right));
    let sign = match relation {
        Relation::Equal => {
            if a > b {
                std::mem::swap(&mut a, &mut b);
            }
            "=="
        }
        Relation::Less => "<",
        Relation::Greater => {
            std::mem::swap(&mut a, &mut b);
            "<"
        }
    };
    let mut names = Vec::new();
    expression::names(left, &mut names);
    expression::names(right, &mut names);
    // Turned round or not, it is the same test.
    names.sort_unstable_by_key(|(name, _)| *name);
    Test::Opaque {
        source: format!("({a}) {sign} ({b})"),
        names: names.into_iter().map(|(name, _)| name.to_owned()).collect(),
    }
}

fn opaque(source: &str, expression: &Expression) -> Condition {
    let mut names = Vec::new();
    expression::names(expression, &mut names);
    Condition::Test(Test::Opaque {
        source: written(source, expression),
        names: names.into_iter().map(|(name, _)| name.to_owned()).collect(),
    })
}

/// The author's text with single blanks, unless a literal might hold some.
fn written(source: &str, expression: &Expression) -> String {
    let text = &source[expression.span.clone()];
    if text.contains(['"', '\'', '`']) {
        return text.trim().to_owned();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is decided when each test named in `known` comes out so.
    fn truth(source: &str, known: &[(&str, bool)]) -> Option<bool> {
        condition(source).unwrap().truth(&mut |test| match test {
            Test::Compare { name, .. } => known.iter().find(|(n, _)| n == name).map(|(_, t)| *t),
            Test::Opaque { source, .. } => known.iter().find(|(n, _)| n == source).map(|(_, t)| *t),
        })
    }

    #[test]
    fn one_side_decides() {
        assert_eq!(truth("a and b", &[("a", false)]), Some(false));
        assert_eq!(truth("a and b", &[("a", true)]), None);
        assert_eq!(truth("a or b", &[("b", true)]), Some(true));
        assert_eq!(truth("a or b", &[("b", false)]), None);
        assert_eq!(truth("not (a or b)", &[("a", true)]), Some(false));
        assert_eq!(truth("not a", &[]), None);
        assert_eq!(truth("true or a", &[]), Some(true));
    }

    #[test]
    fn the_same_test_in_other_words() {
        let same = [
            ("a >= 1", "not (a < 1)"),
            ("1 < a", "a > 1"),
            ("a != \"x\"", "not (a == \"x\")"),
            ("\"x\" == a", "a == \"x\""),
            ("a > b", "b < a"),
            ("a == b", "b  ==  a"),
            ("a in [1]", "a == 1 or false"),
        ];
        for (one, other) in same {
            let (one, other) = (condition(one).unwrap(), condition(other).unwrap());
            let mut tests = (Vec::new(), Vec::new());
            one.tests(&mut tests.0);
            other.tests(&mut tests.1);
            assert_eq!(tests.0, tests.1);
        }
        assert_eq!(condition("a >= 1"), condition("not (a < 1)"));
        assert_ne!(condition("a ~ \"  \" == b"), condition("a ~ \" \" == b"));
    }

    #[test]
    fn what_cannot_be_taken_apart_is_one_test() {
        let Some(Condition::Test(Test::Opaque { source, names })) = condition("x | length > y + 1")
        else {
            panic!("it is opaque");
        };
        assert_eq!(source, "(y + 1) < (x | length)");
        assert_eq!(names, ["x", "y"]);
        assert_eq!(condition("a >"), None);
    }
}
