//! Up to where a signal is as it should be, where its author said so by a plain
//! comparison: `error_rate <= 1`.

use crate::engine::State;
use crate::runbook::Signal;
use crate::template::{self, Value};

/// The bound of what is healthy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The number.
    pub value: f64,
    side: Side,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    AtMost,
    Below,
    AtLeast,
    Above,
}

/// Longer signs first: `<` begins `<=`.
const SIGNS: [(&str, Side, Side); 4] = [
    ("<=", Side::AtMost, Side::AtLeast),
    (">=", Side::AtLeast, Side::AtMost),
    ("<", Side::Below, Side::Above),
    (">", Side::Above, Side::Below),
];

impl Limit {
    /// The one of a signal; none, if what is healthy is said in another way.
    pub fn of(state: &State, signal: &Signal) -> Option<Self> {
        let source = &signal.healthy.as_ref()?.source;
        let (left, right, (as_read, turned)) =
            SIGNS.iter().find_map(|(sign, as_read, turned)| {
                let (left, right) = source.split_once(sign)?;
                Some((left.trim(), right.trim(), (*as_read, *turned)))
            })?;
        let (other, side) = if left == signal.name {
            (right, as_read)
        } else if right == signal.name {
            (left, turned)
        } else {
            return None;
        };
        // What follows a second comparison or an `and` is no number.
        let value = match template::evaluate_value(other, &state.scope_of_run()) {
            Ok(Value::Number(number)) => number.as_f64().filter(|number| number.is_finite())?,
            _ => return None,
        };
        Some(Self { value, side })
    }

    /// As people say it: `at most 1 %`.
    pub fn words(self, unit: &str) -> String {
        let side = match self.side {
            Side::AtMost => "at most",
            Side::Below => "below",
            Side::AtLeast => "at least",
            Side::Above => "above",
        };
        format!("{side} {} {unit}", self.value)
            .trim_end()
            .to_owned()
    }
}
