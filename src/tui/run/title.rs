//! The title of the window: what waits, of which run.

use crate::engine::{Next, State, next};

/// What waits for whom, in a word; none where nothing does.
fn waits(state: &State) -> &'static str {
    match next(state) {
        Next::Decide(..) => "gate waiting",
        Next::Failed(..) => "failed",
        Next::Unknown(..) => "outcome unknown",
        Next::Manual(..) => "by hand",
        Next::Wait(..) => "waiting",
        Next::Busy(..) | Next::Poll(..) | Next::Retry(..) => "running",
        Next::Run(..) => "ready",
        Next::Close(_) => "to be closed",
        Next::Closed => "closed",
    }
}

/// The title: the state first, since lists of windows cut what is long.
pub fn title(state: &State) -> String {
    let kind = state.run.kind.badge();
    let place = state
        .run
        .environment
        .as_ref()
        .map_or_else(String::new, |name| format!(" {name}"));
    format!("{kind}{place}: {} · {}", waits(state), state.run.title)
}
