//! What takes the place of looking: where the run stands, its plan, its timeline, what was
//! measured and printed.

use chrono::DateTime;

use super::{
    super::{tail, words},
    Asked, Attending, Console, Mode,
    orders::meant,
};
use crate::engine::{
    Command, State, Status,
    event::{Bound, Conclusion, Health},
    state::PhaseStatus,
    step::{elapsed, fill_or_source},
    untaken,
};
use crate::runbook::{Step, duration::clock, human};
use crate::tui::{
    keymap::{Action, context::STEP},
    run::{keys::Intent, plan},
};

/// So many lines are offered to be pinned.
const OFFERED: usize = 12;
/// So many lines that a search found are told.
const MATCHES: usize = 20;

impl Attending {
    /// What it is, where, and how long already.
    pub(super) fn tell_where(&self, console: &mut Console) {
        let state = self.source.state();
        let now = self.source.now();
        let end = state.closed.as_ref().map_or(now, |closed| closed.at);
        let since = (end - state.started_at).to_std().unwrap_or_default();
        let place = state
            .run
            .environment
            .as_ref()
            .map_or_else(String::new, |place| format!(" {place}"));
        console.gap();
        console.say(&format!(
            "{}{place}: {}. {} since the start.",
            state.run.kind.badge(),
            state.run.title,
            clock(since)
        ));
        if let Some((phase, entered)) = state.current_phase() {
            let spent = clock((end - entered).to_std().unwrap_or_default());
            let phases = plan::order(state);
            let at = phases.iter().position(|known| known.id == phase.id);
            let of = phase
                .budget
                .map_or_else(String::new, |budget| format!(" of {}", clock(budget)));
            console.say(&format!(
                "Phase {} of {}, {}: {spent}{of}.",
                at.map_or(0, |at| at + 1),
                phases.len(),
                phase.title
            ));
        }
        if state.auto && state.closed.is_none() {
            let key = self.keys.hint(STEP, Action::Auto);
            console.say(&format!(
                "It runs on by itself while steps succeed; {key} ends that."
            ));
        }
        for (id, attempt) in state.live() {
            let took = if attempt.is_off_script() {
                (now - attempt.starting_at).to_std().unwrap_or_default()
            } else {
                elapsed(state, &attempt.launch.step, now).unwrap_or_default()
            };
            let title = tail::title(state, attempt);
            let quiet = attempt.silent.map_or("", |_| ", silent");
            console.say(&format!(
                "Running: '{title}', {}{quiet} (command {id}).",
                clock(took)
            ));
        }
    }

    /// The phases and steps, with what became of each.
    pub(super) fn tell_plan(&self, console: &mut Console) {
        let state = self.source.state();
        console.gap();
        for (number, phase) in plan::order(state).into_iter().enumerate() {
            let known = state.phases.iter().find(|known| known.id == phase.id);
            let standing = match known.map(|known| &known.status) {
                Some(PhaseStatus::Current { .. }) => "now".to_owned(),
                Some(PhaseStatus::Finished { .. }) => "done".to_owned(),
                Some(PhaseStatus::Left { .. }) => "left before its end".to_owned(),
                Some(PhaseStatus::NotTaken { because }) => {
                    format!("not taken: {}", untaken::why_not(state, because))
                }
                None if !state.is_on_route(&phase.id) => "not on this route".to_owned(),
                None => "to come".to_owned(),
            };
            let budget = phase
                .budget
                .map_or_else(String::new, |budget| format!(", {}", human(budget)));
            console.say(&format!(
                "{}. {} ({standing}{budget})",
                number + 1,
                phase.title
            ));
            if !state.is_on_route(&phase.id) {
                continue;
            }
            for (at, step) in phase.steps.iter().enumerate() {
                let title = fill_or_source(&step.title, state.scope());
                console.say(&format!(
                    "   {}.{} {title}: {}",
                    number + 1,
                    at + 1,
                    standing_of(state, step)
                ));
            }
        }
    }

    /// The last lines of the timeline.
    pub(super) fn tell_timeline(&self, console: &mut Console, most: usize) {
        let skip = self.lines.len().saturating_sub(most);
        console.gap();
        if skip > 0 {
            console.say(&format!(
                "... {skip} lines before these; t {} tells all.",
                self.lines.len()
            ));
        }
        for line in &self.lines[skip..] {
            console.say(&words::event(line));
        }
    }

    /// What was measured.
    pub(super) fn tell_signals(&self, console: &mut Console) {
        let state = self.source.state();
        if state.runbook.signals.is_empty() {
            console.say("This runbook measures nothing.");
        }
        for signal in &state.runbook.signals {
            let last = self.source.signals().of_signal(&signal.name).last();
            let value = match last.map(|sample| &sample.value) {
                None => "not measured yet".to_owned(),
                Some(Ok(value)) => format!("{value} {}", signal.unit).trim().to_owned(),
                Some(Err(why)) => format!("no value: {why}"),
            };
            let health = match state.signals.get(&signal.name).map(|known| &known.health) {
                Some(Health::Healthy) => ", healthy",
                Some(Health::Unhealthy) => ", NOT healthy",
                Some(Health::Gap { .. }) => ", not known",
                None => "",
            };
            let limit = signal.healthy.as_ref().map_or_else(String::new, |healthy| {
                let bound = Bound::of(&healthy.source, &signal.name, state.scope());
                let words = bound.map(|bound| bound.words(&signal.unit));
                format!(" (healthy: {})", words.unwrap_or(healthy.source.clone()))
            });
            console.say(&format!(
                "{}: {value}{health}{limit}",
                signal.name.replace('_', " ")
            ));
        }
    }

    /// The last lines that the commands printed.
    pub(super) fn tell_output(&self, console: &mut Console, most: usize) {
        let attempts = meant(&self.view());
        let lines = tail::recent(&self.source, &attempts, most.clamp(1, 1000));
        if lines.is_empty() {
            console.say("There is no output.");
        }
        let mut by = "";
        for line in &lines {
            if line.by != by {
                by = &line.by;
                console.say(&format!("Output of '{by}':"));
            }
            console.show([format!("  {}", line.text).as_str()]);
        }
    }

    /// The last lines that hold some words.
    pub(super) fn search(&self, console: &mut Console, words: &str) {
        if words.is_empty() {
            return;
        }
        for id in meant(&self.view()) {
            match tail::search(&self.source, id, words, MATCHES) {
                Err(error) => console.say(&format!("The output cannot be read: {error}")),
                Ok(found) => {
                    let where_ = if found.partly {
                        " in the end of the log"
                    } else {
                        ""
                    };
                    console.say(&match found.count {
                        0 => format!("'{words}' stands nowhere{where_}."),
                        1 => format!("One line with '{words}'{where_}:"),
                        many => format!(
                            "{} lines with '{words}'{where_}, the last of them:",
                            words::thousands(many)
                        ),
                    });
                    let lines: Vec<String> =
                        found.lines.iter().map(|line| format!("  {line}")).collect();
                    console.show(lines.iter().map(String::as_str));
                }
            }
        }
    }

    /// The last lines, numbered, to pin one.
    pub(super) fn offer_lines(&mut self, console: &mut Console, most: Option<usize>) {
        let attempts = meant(&self.view());
        let most = most.unwrap_or(OFFERED).clamp(1, 1000);
        let mut lines = tail::recent(&self.source, &attempts, most);
        lines.retain(|line| !line.text.trim().is_empty());
        if lines.is_empty() {
            console.say("There is no line to pin here.");
            return;
        }
        console.say("Pin which line into the timeline?");
        let shown: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(number, line)| format!("  {}. {}", number + 1, line.text.trim()))
            .collect();
        console.show(shown.iter().map(String::as_str));
        self.mode = Mode::Pinning(lines);
    }

    pub(super) fn pin_one(
        &mut self,
        console: &mut Console,
        lines: &[tail::Printed],
        typed: &str,
    ) -> Option<Asked> {
        self.told.forget_choices();
        if typed.is_empty() {
            return None;
        }
        let chosen = typed
            .parse::<usize>()
            .ok()
            .and_then(|number| lines.get(number.checked_sub(1)?));
        let Some(line) = chosen else {
            console.say(&format!(
                "There is no number '{typed}': nothing was pinned."
            ));
            return None;
        };
        Some(Asked::Intent(Intent::Do(Command::Note {
            text: format!("{} (printed by ‘{}’)", line.text.trim(), line.by),
            happened_at: line.at.and_then(DateTime::from_timestamp_millis),
        })))
    }
}

/// What became of a step, in words.
fn standing_of(state: &State, step: &Step) -> String {
    match state.status(&step.id) {
        Status::Pending => "to come".to_owned(),
        Status::NotTaken { because } => {
            format!("not taken: {}", untaken::why_not(state, because))
        }
        Status::Ready { .. } => "its turn".to_owned(),
        Status::Active { .. } => "running".to_owned(),
        Status::RetryDue { .. } => "failed, is tried again".to_owned(),
        Status::PollDue { .. } => "is looked at again".to_owned(),
        Status::Failed { reason, .. } => format!("failed: {reason}"),
        Status::Unknown { .. } => "nobody knows whether it took effect".to_owned(),
        Status::Deciding(_) => "waits for an answer".to_owned(),
        Status::Manual(_) => "is done by hand, now".to_owned(),
        Status::Waiting { .. } => "waiting".to_owned(),
        Status::Answered { label, by, .. } => format!("{label}, says {by}"),
        Status::Concluded { conclusion, .. } => match conclusion {
            Conclusion::Succeeded => "done".to_owned(),
            Conclusion::FailureAccepted => "failed, and the run went on".to_owned(),
            Conclusion::Rehearsed => "rehearsed, not done".to_owned(),
            Conclusion::Skipped { reason } => format!("skipped: {reason}"),
            Conclusion::TookEffect { reason } | Conclusion::DoneOffScript { reason, .. } => {
                format!("declared done: {reason}")
            }
        },
    }
}
