//! The number beyond which a signal is not as it should be, where its condition
//! says it so simply.

use crate::runbook::Signal;
use crate::template::{Condition, Relation, Scope, Test, Value, condition};

/// A signal is as it should be on one side of this number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The number.
    pub value: f64,
    /// Whether it is as it should be below it.
    pub below: bool,
}

impl Limit {
    /// Whether a number is clearly on the wrong side.
    pub fn is_beyond(self, value: f64) -> bool {
        if self.below {
            value > self.value
        } else {
            value < self.value
        }
    }
}

/// The limit of a signal whose `healthy` compares it with a number, or with a name that
/// is one by now.
pub fn limit(signal: &Signal, scope: &Scope) -> Option<Limit> {
    let healthy = signal.healthy.as_ref()?;
    let (test, opposite) = match condition(&healthy.source)? {
        Condition::Test(test) => (test, false),
        Condition::Not(inner) => match *inner {
            Condition::Test(test) => (test, true),
            _ => return None,
        },
        _ => return None,
    };
    match test {
        Test::Compare {
            name,
            relation: relation @ (Relation::Less | Relation::Greater),
            value: Value::Number(number),
        } if name == signal.name => Some(Limit {
            value: number.as_f64()?,
            below: (relation == Relation::Less) != opposite,
        }),
        Test::Opaque { source, names } => compared(signal, &source, &names, opposite, scope),
        Test::Compare { .. } => None,
    }
}

/// The limit by a test that only compares the signal with another name.
fn compared(
    signal: &Signal,
    source: &str,
    names: &[String],
    opposite: bool,
    scope: &Scope,
) -> Option<Limit> {
    let other = match names {
        [one, other] if *one == signal.name => other,
        [other, one] if *one == signal.name => other,
        _ => return None,
    };
    let name = &signal.name;
    // As such a test is written, whatever its author wrote.
    let less = if source == format!("({name}) < ({other})") {
        true
    } else if source == format!("({other}) < ({name})") {
        false
    } else {
        return None;
    };
    match scope.get(other)? {
        Value::Number(number) => Some(Limit {
            value: number.as_f64()?,
            below: less != opposite,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::load;

    fn of(healthy: &str) -> Option<Limit> {
        let mut scope = Scope::default();
        scope.insert("most", Value::Number(5.into()));
        let text = format!(
            "version: 1\ntitle: T\ndescription: D\nowners: [o]\nwhen_to_use: [w]\ninputs:\n  \
             most: {{ type: number, default: 5 }}\nsignals:\n  \
             rate: {{ run: \"true\", every: 5s, healthy: \"{healthy}\" }}\n  \
             other: {{ run: \"true\", every: 5s }}\nphases:\n  - id: p\n    title: P\n    \
             steps:\n      - {{ id: s, title: S, effect: read, run: \"true\" }}\n"
        );
        let loaded = load(&text);
        let findings = loaded.render("t.yaml", &text, false);
        let runbook = loaded.runbook.unwrap_or_else(|| panic!("{findings}"));
        limit(&runbook.signals[0], &scope)
    }

    #[test]
    fn a_comparison_with_a_number_is_a_limit() {
        let below = |value| Some(Limit { value, below: true });
        assert_eq!(of("rate < 5"), below(5.0));
        assert_eq!(of("rate <= 5"), below(5.0));
        assert_eq!(of("5 > rate"), below(5.0));
        let above = Limit {
            value: 99.5,
            below: false,
        };
        assert_eq!(of("rate >= 99.5"), Some(above));
        assert!(above.is_beyond(99.0) && !above.is_beyond(99.5));
    }

    #[test]
    fn a_comparison_with_a_name_is_a_limit_once_it_has_a_number() {
        let below = |value| Some(Limit { value, below: true });
        assert_eq!(of("rate <= most"), below(5.0));
        assert_eq!(of("most > rate"), below(5.0));
        assert_eq!(of("not (rate > most)"), below(5.0));
        let above = Limit {
            value: 5.0,
            below: false,
        };
        assert_eq!(of("rate >= most"), Some(above));
        assert_eq!(of("rate < most and most < 9"), None);
        assert_eq!(of("rate + most < 9"), None);
    }

    #[test]
    fn anything_else_is_none() {
        assert_eq!(of("rate < 5 and rate > 1"), None);
        assert_eq!(of("rate * 2 < 5"), None);
        assert_eq!(of("rate == 5"), None);
    }
}
