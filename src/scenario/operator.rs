//! What the people of a scenario do, when the run waits for them.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    model::{Act, Ask, LeftOut, Stated},
    play::{End, Play},
};
use crate::engine::{
    Command, Next, Refusal, Status,
    command::Run,
    event::{RunKind, RunOutcome, Voucher},
    next,
    step::target,
};
use crate::runbook::{self, Kind, Step, diagnostic::Span};

/// What the run waits for, taken out of its state: doing it changes that.
enum Turn {
    Close(RunOutcome),
    Wait,
    EndWait,
    Run,
    /// The entries of the checklist that are open.
    Manual(Vec<usize>),
    Decide {
        evidence: bool,
        suggested: Option<String>,
    },
    Failed(String),
    Unknown {
        reason: String,
        /// The author's probe was not answered yet.
        probing: bool,
    },
}

fn turn(play: &Play<'_>) -> Option<(Turn, Option<String>)> {
    let state = &play.state;
    let (turn, step) = match next(state) {
        Next::Closed => return None,
        Next::Close(outcome) => return Some((Turn::Close(outcome), None)),
        Next::Busy(step, _) | Next::Retry(step, _) | Next::Poll(step, ..) => (Turn::Wait, step),
        Next::Wait(step, _) => (Turn::EndWait, step),
        Next::Run(step, _) => (Turn::Run, step),
        Next::Manual(step, _, manual) => {
            let items = manual.checklist.iter().enumerate();
            let open = items.filter(|(_, (_, ticked))| ticked.is_none());
            (Turn::Manual(open.map(|(item, _)| item).collect()), step)
        }
        Next::Decide(step, gate, deciding) => {
            let suggestion = deciding.facts.suggestion.as_ref();
            let turn = Turn::Decide {
                evidence: gate.evidence.is_none() || deciding.evidence.is_some(),
                suggested: suggestion.map(|suggestion| suggestion.answer.clone()),
            };
            (turn, step)
        }
        Next::Failed(step, reason) => (Turn::Failed(reason.to_owned()), step),
        Next::Unknown(step, reason) => {
            let turn = Turn::Unknown {
                reason: reason.to_owned(),
                probing: matches!(state.status(&step.id), Status::Unknown { probe: None, .. })
                    && matches!(&step.kind, Kind::Run(run) if run.probe.is_some()),
            };
            (turn, step)
        }
    };
    Some((turn, Some(step.id.clone())))
}

/// Does what the run waits for.
pub fn act(play: &mut Play<'_>) -> Result<(), End> {
    let Some((turn, step)) = turn(play) else {
        return Ok(());
    };
    let book = Arc::clone(&play.state.runbook);
    let step = step.and_then(|id| book.step(&id).map(|(_, step)| step));
    let Some(step) = step else {
        let Turn::Close(outcome) = turn else {
            return Ok(());
        };
        let note = String::new();
        return ask(play, play.scenario.at, Command::Close { outcome, note });
    };
    let can_be_left_out = matches!(turn, Turn::EndWait | Turn::Run | Turn::Manual(_));
    if can_be_left_out && let Some(done) = leave_out(play, step) {
        return done;
    }
    match turn {
        Turn::Close(_) => Ok(()),
        Turn::Wait | Turn::EndWait => wait(play, step),
        Turn::Run => run(play, step),
        Turn::Manual(open) => by_hand(play, step, &open),
        Turn::Decide {
            evidence,
            suggested,
        } => {
            if !evidence && play.let_happen()? {
                return Ok(());
            }
            decide(play, step, suggested)
        }
        Turn::Failed(reason) => {
            let why = format!("`{}` failed ({reason})", step.id);
            let acts = "retry | abort | { skip: why } | { fallback: 1 }";
            mend(play, step, &why, acts)
        }
        Turn::Unknown { reason, probing } => {
            if probing && play.let_happen()? {
                return Ok(());
            }
            let why = format!("nobody knows whether `{}` took effect ({reason})", step.id);
            let acts = "{ took_effect: why } | { took_no_effect: why }";
            mend(play, step, &why, acts)
        }
    }
}

/// A request as it is made in vain.
pub fn in_vain(ask: &Ask) -> Command {
    match ask.clone() {
        Ask::Run { step, confirm } => Command::Run(Run {
            confirmation: confirm,
            ..Run::step(step)
        }),
        Ask::Skip { step, reason } => Command::Skip {
            step,
            reason,
            values: BTreeMap::new(),
        },
        Ask::Answer { gate, given } => Command::Answer {
            gate,
            answer: given.answer,
            reason: given.reason,
            without_approval: given.without_approval,
        },
        Ask::Done { step } => Command::ManualDone {
            step,
            values: BTreeMap::new(),
        },
        Ask::Close(outcome) => Command::Close {
            outcome,
            note: String::new(),
        },
    }
}

/// Makes a request that must not be refused: the scenario says that it is made.
fn ask(play: &mut Play<'_>, at: Span, command: Command) -> Result<(), End> {
    let what = words(&command);
    play.ask(command)?
        .map_err(|refusal| refused(at, &what, &refusal))
}

fn refused(at: Span, what: &str, refusal: &Refusal) -> End {
    End::Broken {
        at,
        why: format!("{what} is refused: {refusal}"),
        hint: None,
    }
}

fn words(command: &Command) -> String {
    match command {
        Command::Run(run) | Command::Retry(run) => format!("running `{}`", run.step),
        Command::Fallback { step, .. } => format!("a fallback of `{step}`"),
        Command::Skip { step, .. } => format!("leaving out `{step}`"),
        Command::TookEffect { step, .. } | Command::TookNoEffect { step, .. } => {
            format!("declaring `{step}`")
        }
        Command::Answer { gate, answer, .. } => format!("the answer `{answer}` to `{gate}`"),
        Command::Tick { step, .. } | Command::ManualDone { step, .. } => {
            format!("finishing `{step}`")
        }
        Command::EndWait { step, .. } => format!("ending `{step}`"),
        Command::Approve { gate, by_whom, .. } => format!("{by_whom}'s approval of `{gate}`"),
        _ => "this".to_owned(),
    }
}

fn wait(play: &mut Play<'_>, step: &Step) -> Result<(), End> {
    if play.let_happen()? {
        return Ok(());
    }
    Err(End::Broken {
        at: play.scenario.at,
        why: format!("`{}` waits for something that never comes", step.id),
        hint: None,
    })
}

/// What confirms a step: the name of its target.
fn confirmation(play: &Play<'_>, step: &Step) -> Result<Option<String>, End> {
    match target(&play.state, step) {
        Ok(target) => Ok(Some(target.unwrap_or_else(|| step.id.clone()))),
        Err(refusal) => {
            let what = format!("confirming `{}`", step.id);
            Err(refused(play.scenario.at, &what, &refusal))
        }
    }
}

fn place<T>(play: &Play<'_>, stated: Option<&Stated<T>>) -> Span {
    stated.map_or(play.scenario.at, |stated| stated.at)
}

fn run(play: &mut Play<'_>, step: &Step) -> Result<(), End> {
    if let Status::Ready { doubt: Some(doubt) } = play.state.status(&step.id) {
        return Err(End::Waits {
            step: step.id.clone(),
            why: format!("nobody can tell whether `{}` is taken: {doubt}", step.id),
            hint: format!("skips: {{ {}: why }}", step.id),
        });
    }
    let confirmation = confirmation(play, step)?;
    let at = place(play, play.scenario.commands.get(&step.id));
    let run = Run {
        confirmation,
        values: walked_through(play, step),
        ..Run::step(&step.id)
    };
    ask(play, at, Command::Run(run))
}

/// What stands for the outputs of a step that a rehearsal does not run: what has
/// nothing to run in its place, unless it only looks and its result is said.
fn walked_through(play: &mut Play<'_>, step: &Step) -> Option<BTreeMap<String, String>> {
    let has_its_own = matches!(&step.kind, Kind::Run(run) if run.rehearse.is_some());
    if play.state.run.kind != RunKind::Rehearsal || has_its_own {
        return None;
    }
    let stated = play.scenario.rehearse.get(&step.id);
    let said = play.scenario.commands.keys().any(|name| {
        name.strip_prefix(&step.id)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    if stated.is_none() && said && step.effect == runbook::Effect::Read {
        return None;
    }
    play.asked.insert(("rehearse", step.id.clone()));
    Some(
        stated
            .map(|stated| stated.value.clone())
            .unwrap_or_default(),
    )
}

/// Leaves a step out, if the scenario says so.
fn leave_out(play: &mut Play<'_>, step: &Step) -> Option<Result<(), End>> {
    let stated = play.scenario.skips.get(&step.id)?;
    play.asked.insert(("skips", step.id.clone()));
    Some(ask(play, stated.at, skip(step, &stated.value)))
}

fn skip(step: &Step, left: &LeftOut) -> Command {
    Command::Skip {
        step: step.id.clone(),
        reason: left.reason.clone(),
        values: left.values.clone(),
    }
}

fn by_hand(play: &mut Play<'_>, step: &Step, open: &[usize]) -> Result<(), End> {
    let Some(stated) = play.scenario.manual.get(&step.id) else {
        return Err(End::Waits {
            step: step.id.clone(),
            why: format!("`{}` is done by a person, and nothing says so", step.id),
            hint: format!("manual: {{ {}: done }}, here or under `defaults`", step.id),
        });
    };
    play.asked.insert(("manual", step.id.clone()));
    for &item in open {
        let step = step.id.clone();
        let done = true;
        ask(play, stated.at, Command::Tick { step, item, done })?;
    }
    let done = Command::ManualDone {
        step: step.id.clone(),
        values: stated.value.clone(),
    };
    ask(play, stated.at, done)
}

fn decide(play: &mut Play<'_>, step: &Step, suggested: Option<String>) -> Result<(), End> {
    let Kind::Gate(gate) = &step.kind else {
        return Ok(());
    };
    play.suggested.insert(step.id.clone(), suggested.clone());
    let Some(stated) = play.scenario.answers.get(&step.id) else {
        let known: Vec<&str> = gate.answers.iter().map(|a| a.name.as_str()).collect();
        let facts = suggested.map_or_else(
            || "the facts speak for none of them".to_owned(),
            |answer| format!("the facts speak for `{answer}`"),
        );
        return Err(End::Waits {
            step: step.id.clone(),
            why: format!("`{}` waits for an answer, and nothing says which", step.id),
            hint: format!("answers: {{ {}: {} }}; {facts}", step.id, known.join(" | ")),
        });
    };
    play.asked.insert(("answers", step.id.clone()));
    let given = &stated.value;
    for (name, group) in &given.approved_by {
        let approval = Command::Approve {
            gate: step.id.clone(),
            answer: given.answer.clone(),
            by_whom: name.clone(),
            how: Voucher::Attested {
                channel: "the scenario".to_owned(),
                stands_for: group.clone(),
            },
            agrees: true,
            reason: None,
        };
        ask(play, stated.at, approval)?;
    }
    let answer = Command::Answer {
        gate: step.id.clone(),
        answer: given.answer.clone(),
        reason: given.reason.clone(),
        without_approval: given.without_approval,
    };
    ask(play, stated.at, answer)
}

/// Does about a failure what the scenario says next.
fn mend(play: &mut Play<'_>, step: &Step, why: &str, acts: &str) -> Result<(), End> {
    let waits = |why: String| End::Waits {
        step: step.id.clone(),
        why,
        hint: format!("failures: {{ {}: {acts} }}", step.id),
    };
    let Some(stated) = play.scenario.failures.get(&step.id) else {
        return Err(waits(format!("{why}, and nothing says what is done then")));
    };
    play.asked.insert(("failures", step.id.clone()));
    let used = play
        .used
        .entry(format!("failures {}", step.id))
        .or_default();
    let index = usize::try_from(*used).unwrap_or(usize::MAX);
    *used += 1;
    let Some(act) = stated.value.get(index) else {
        return Err(waits(format!(
            "{why}, and everything that is said was done"
        )));
    };
    let command = match act {
        Act::Retry => Command::Retry(Run {
            confirmation: confirmation(play, step)?,
            ..Run::step(&step.id)
        }),
        Act::Fallback(index) => Command::Fallback {
            step: step.id.clone(),
            index: *index,
            confirmation: confirmation(play, step)?,
        },
        Act::Skip(left) => skip(step, left),
        Act::TookEffect(left) => Command::TookEffect {
            step: step.id.clone(),
            reason: left.reason.clone(),
            values: left.values.clone(),
        },
        Act::TookNoEffect(reason) => Command::TookNoEffect {
            step: step.id.clone(),
            reason: reason.clone(),
        },
        Act::Close(outcome) => Command::Close {
            outcome: *outcome,
            note: String::new(),
        },
    };
    ask(play, stated.at, command)
}
