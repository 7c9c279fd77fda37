//! How a command runs, in words: what counts as success, how often, how long.

use crate::engine::{Status, state::Polling};
use crate::history::Typical;
use crate::runbook::{Effect, Poll, Retry, Run, Step, human};
use crate::tui::{
    keymap::{Action, context::STEP},
    run::{View, rehearsal},
};

/// What counts as success.
pub fn needs(run: &Run) -> String {
    let codes: Vec<String> = run.expect.exit.iter().map(ToString::to_string).collect();
    let mut all = vec![format!("exit {}", codes.join(" or "))];
    if let Some(pattern) = &run.expect.stdout {
        all.push(format!("output matches {}", pattern.source()));
    }
    if let Some(that) = &run.expect.that {
        all.push(that.source.clone());
    }
    all.push(format!("within {}", human(run.timeout)));
    all.join(", ")
}

/// What happens by itself, and what is out of the ordinary.
pub fn manners(view: &View<'_>, step: &Step, run: &Run) -> Vec<String> {
    let mut all = Vec::new();
    if view.state.is_rehearsal() && !rehearsal::runs(step, run) {
        return all;
    }
    if let Some(poll) = &run.poll {
        // What cannot be undone is never repeated by itself.
        if step.effect != Effect::Destructive {
            all.push(polls(poll));
        }
    }
    if run.retry.attempts > 1 && step.effect != Effect::Destructive {
        all.push(retries(&run.retry));
    }
    if let Some(silence) = run.silence {
        all.push(format!("a warning after {} of silence", human(silence)));
    }
    if let Some(typical) = view.earlier.step(&step.id) {
        all.push(usually(typical));
    }
    if run.tty {
        let key = view.keys.hint(STEP, Action::Type);
        all.push(format!("in a terminal: {key} types into it"));
    }
    all
}

/// How long a step usually takes.
fn usually(typical: &Typical) -> String {
    let of = match (typical.samples, typical.drills) {
        (1, true) => "in one drill".to_owned(),
        (1, false) => "in one earlier run".to_owned(),
        (n, true) => format!("median of {n} drills"),
        (n, false) => format!("median of {n} runs"),
    };
    format!("{of}: {}", human(typical.median))
}

/// How a poll repeats.
pub fn polls(poll: &Poll) -> String {
    let hold = poll
        .hold
        .map_or_else(String::new, |hold| format!(", holding {}", human(hold)));
    format!(
        "every {} for at most {}{hold}",
        human(poll.every),
        human(poll.timeout)
    )
}

/// How a failure is tried again.
pub fn retries(retry: &Retry) -> String {
    let grows = if retry.backoff > 1.0 && retry.attempts > 2 {
        format!(", each wait {} times the one before", retry.backoff)
    } else {
        String::new()
    };
    format!(
        "up to {} attempts, {} apart{grows}",
        retry.attempts,
        human(retry.delay)
    )
}

/// Where a poll stands.
pub fn polling(view: &View<'_>, run: &Run, polling: &Polling, status: &Status) -> String {
    // Whole seconds: parts of one would only flicker.
    let seconds = |time: std::time::Duration| human(std::time::Duration::from_secs(time.as_secs()));
    let until =
        |at: chrono::DateTime<chrono::Utc>| seconds((at - view.now).to_std().unwrap_or_default());
    let mut all = Vec::new();
    if let (Some(since), Some(hold)) = (polling.holding, run.poll.and_then(|poll| poll.hold)) {
        let held = (view.now - since).to_std().unwrap_or_default();
        all.push(format!("it holds for {} of {}", seconds(held), human(hold)));
    } else {
        all.push(polling.last.clone());
    }
    if matches!(status, Status::PollDue { .. }) {
        all.push(format!("looks again in {}", until(polling.due)));
    }
    all.push(format!("{} left", until(polling.until)));
    all.join("; ")
}
