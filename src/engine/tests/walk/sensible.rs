//! The moves that make sense.

use super::{
    Bench, answer_of, approve, ended, finished, pick, probed, report, right, taken_up,
    took_no_effect, word,
};
use crate::engine::{
    Command, Next, State,
    command::{OffScript, Run},
    effect::Question,
    next,
    observed::Observed,
};
use crate::runbook::{Effect, Step};

/// What a person who reads the screen would do, or what happens outside.
#[expect(
    clippy::too_many_lines,
    reason = "one arm a state: in one place it can be seen that each is met"
)]
pub(super) fn sensible(bench: &mut Bench, a: u8, b: u8) -> Command {
    let state = bench.state.clone();
    if state.driving.offer.is_some() {
        return taken_up(true);
    }
    let id = |step: &Step| step.id.clone();
    let values = |step: &Step| {
        let good = |kind| match kind {
            crate::template::Type::Number => "2",
            crate::template::Type::Boolean => "true",
            _ => "v1",
        };
        step.makes()
            .into_iter()
            .map(|(name, kind)| (name.to_owned(), good(kind).to_owned()))
            .collect()
    };
    let reason = "because".to_owned();
    let running = state.live().next().map(|(attempt, _)| attempt);
    // What is done beside the script.
    if b > 244 {
        return by_the_way(&state, a);
    }
    match next(&state) {
        // Sometimes another command than the next one ends.
        _ if let Some(attempt) = running
            && a % 8 < 5 =>
        {
            finished(attempt, report(bench, attempt, a / 8, b))
        }
        Next::Busy(_, attempt) => match a % 8 {
            5 => Command::Observed(Observed::Started { attempt, pid: 2 }),
            6 => Command::Observed(Observed::NeverStarted { attempt }),
            _ => Command::Stop(attempt),
        },
        Next::Run(step, _) if state.is_rehearsal() && !a.is_multiple_of(3) => Command::Run(Run {
            values: Some(values(step)),
            ..right(&state, &step.id)
        }),
        Next::Run(step, _) => Command::Run(right(&state, &step.id)),
        Next::Retry(_, due) | Next::Poll(_, _, due) | Next::Wait(_, due) => {
            bench.now = bench.now.max(due);
            Command::Tock
        }
        Next::Failed(step, _) => match a % 4 {
            0 => Command::Fallback {
                step: id(step),
                index: usize::from(b) % 2,
                confirmation: right(&state, &step.id).confirmation,
            },
            1 => Command::Retry(right(&state, &step.id)),
            _ => Command::Skip {
                step: id(step),
                reason,
                values: values(step),
            },
        },
        Next::Unknown(step, _) if a.is_multiple_of(7) => {
            let last = state.mains_of(&step.id).last().map_or(1, |(id, _)| id);
            probed(last, b)
        }
        Next::Unknown(step, _) => match a % 5 {
            3 => Command::Run(right(&state, &step.id)),
            4 => Command::Retry(right(&state, &step.id)),
            0 => took_no_effect(&step.id),
            1 => Command::TookEffect {
                step: id(step),
                reason,
                values: values(step),
            },
            _ => Command::Skip {
                step: id(step),
                reason,
                values: values(step),
            },
        },
        Next::Decide(step, ..) if a.is_multiple_of(4) => Command::Observed(Observed::Answered {
            of: Question::Evidence { gate: id(step) },
            text: word(b).to_owned(),
            ended: ended(b),
        }),
        // Looking again before deciding.
        Next::Decide(..) if a % 4 == 1 => {
            let seen = state.runbook.steps().filter(|step| {
                step.effect == Effect::Read && state.attempts_of(&step.id).next().is_some()
            });
            let seen: Vec<&Step> = seen.collect();
            Command::Run(Run::step(pick(&seen, b).map_or("nowhere", |step| &step.id)))
        }
        Next::Decide(step, gate, _) if a % 8 == 2 => {
            let wanted = gate
                .answers
                .iter()
                .find(|answer| answer.approvals.is_some());
            let answer = wanted.map_or("none", |answer| &answer.name);
            approve(&step.id, answer, b, !a.is_multiple_of(3))
        }
        Next::Decide(step, ..) => Command::Answer {
            gate: id(step),
            answer: answer_of(Some(step), b).to_owned(),
            reason: Some("so".to_owned()),
            without_approval: a.is_multiple_of(3),
        },
        Next::Manual(step, _, manual) => {
            let open = manual.checklist.iter().position(|(_, at)| at.is_none());
            match open {
                Some(item) => Command::Tick {
                    step: id(step),
                    item,
                    done: true,
                },
                None => Command::ManualDone {
                    step: id(step),
                    values: values(step),
                },
            }
        }
        Next::Close(outcome) if a > 250 => Command::Close {
            outcome,
            note: String::new(),
        },
        Next::Close(_) | Next::Closed => Command::Note {
            text: "still here".to_owned(),
            happened_at: None,
        },
    }
}

/// What somebody does who finds the script lacking.
fn by_the_way(state: &State, a: u8) -> Command {
    let doubted = state
        .off_script()
        .find(|(_, known)| known.is_in_doubt().is_some());
    if let Some((attempt, _)) = doubted {
        return Command::DeclareOffScript {
            attempt,
            took_effect: a.is_multiple_of(2),
            reason: "seen".to_owned(),
        };
    }
    let answered: Vec<&String> = state.answers.keys().collect();
    match (a % 3, pick(&answered, a / 3), state.current_step()) {
        (0, Some(gate), _) => Command::Reopen {
            gate: gate.clone(),
            reason: "it was wrong".to_owned(),
        },
        (1, _, Some(step)) => Command::DeclareDone {
            step: step.id.clone(),
            reason: "by hand".to_owned(),
            attempt: state.off_script().last().map(|(attempt, _)| attempt),
            values: step
                .makes()
                .into_iter()
                .map(|(name, _)| (name.to_owned(), "1".to_owned()))
                .collect(),
        },
        _ => Command::OffScript(OffScript {
            script: "kubectl scale\nkubectl get".to_owned(),
            tty: false,
        }),
    }
}
