//! Up to where a signal is as it should be, where its author said so by a plain
//! comparison: `error_rate <= 1`.

use crate::engine::State;
use crate::engine::event::{Bound, Side};
use crate::runbook::Signal;
use crate::template::Value;

/// The bound of what is healthy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The number.
    pub value: f64,
    side: Side,
}

impl Limit {
    /// The one of a signal; none, if what is healthy is said in another way.
    pub fn of(state: &State, signal: &Signal) -> Option<Self> {
        let source = &signal.healthy.as_ref()?.source;
        let bound = Bound::of(source, &signal.name, &state.scope_of_run())?;
        let is_bound = !matches!(bound.side, Side::Is | Side::IsNot);
        match bound.value {
            Value::Number(number) if is_bound => Some(Self {
                value: number.as_f64().filter(|number| number.is_finite())?,
                side: bound.side,
            }),
            _ => None,
        }
    }

    /// As people say it: `at most 1 %`.
    pub fn words(self, unit: &str) -> String {
        format!("{} {} {unit}", self.side.words(), self.value)
            .trim_end()
            .to_owned()
    }
}
