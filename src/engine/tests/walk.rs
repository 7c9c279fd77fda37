//! Random runs: moves that make sense, and moves that do not.

use std::sync::{Arc, LazyLock};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::fixture::*;
use crate::engine::{
    AttemptId, Command, Decision, Entry, Refusal, State, apply,
    command::{Resume, Run, Taking},
    decide,
    effect::Question,
    event::{RunKind, RunOutcome, Voucher},
    observed::{Captured, Ended, Observed, OutputDigest, Report},
    step,
};
use crate::runbook::{Kind, Runbook, Step};

mod beside;
mod sensible;

use beside::beside;
use sensible::sensible;

/// Runbooks of our own and those that ship.
pub static BOOKS: LazyLock<Vec<Arc<Runbook>>> = LazyLock::new(|| {
    [
        include_str!("walk/everything.yaml"),
        include_str!("walk/routes.yaml"),
        include_str!("../../../runbooks/kubernetes-rollout.yaml"),
        include_str!("../../../runbooks/symlink-release.yaml"),
    ]
    .into_iter()
    .map(load)
    .collect()
});

/// One move: what, and three choices that mean what the move makes of them.
pub type Move = (u8, u8, u8, u8);

/// A runbook, how its run begins, and what is done.
#[derive(Debug, Clone)]
pub struct Plan {
    pub book: usize,
    pub auto: bool,
    pub place: bool,
    pub rehearsal: bool,
    pub moves: Vec<Move>,
}

pub fn plans() -> impl Strategy<Value = Plan> {
    // The first book can do the most.
    let book = prop_oneof![3 => Just(0usize), 2 => Just(1), 1 => Just(2), 1 => Just(3)];
    let moves = prop::collection::vec(any::<Move>(), 0..90);
    let rehearsal = prop::bool::weighted(0.15);
    (book, any::<bool>(), any::<bool>(), rehearsal, moves).prop_map(
        |(book, auto, place, rehearsal, moves)| Plan {
            book,
            auto,
            place,
            rehearsal,
            moves,
        },
    )
}

/// A request, the state that it met, and what came of it.
pub struct Turn {
    pub before: State,
    pub at: DateTime<Utc>,
    pub command: Command,
    pub result: Result<Decision, Refusal>,
}

/// A run and all its requests.
pub struct Walk {
    pub bench: Bench,
    pub turns: Vec<Turn>,
}

/// Plays a plan.
pub fn walk(plan: &Plan) -> Walk {
    let book = &BOOKS[plan.book];
    let places = &book.environments;
    let place = places.last().filter(|_| plan.place);
    let bench = Bench::over(book, |started| {
        started.auto = plan.auto;
        if plan.rehearsal {
            started.kind = RunKind::Rehearsal;
        }
        started.environment = place.map(|place| place.name.clone());
    });
    let mut walk = Walk {
        bench,
        turns: Vec::new(),
    };
    for &(what, a, b, c) in &plan.moves {
        let now = walk.bench.now + TimeDelta::seconds(i64::from(c) % 40);
        walk.bench.now = now;
        let command = command(&mut walk.bench, what, a, b, c);
        walk.ask(command);
    }
    walk
}

impl Walk {
    fn ask(&mut self, command: Command) {
        let bench = &mut self.bench;
        let result = decide(&bench.state, command.clone(), OPERATOR, bench.now);
        self.turns.push(Turn {
            before: bench.state.clone(),
            at: bench.now,
            command,
            result: result.clone(),
        });
        for event in result.map(|decision| decision.events).unwrap_or_default() {
            let entry = entry(bench.now, event);
            apply(&mut bench.state, &entry);
            bench.entries.push(entry);
        }
    }

    /// Every event that a request led to, with the state that it met.
    pub fn each_event(&self, mut see: impl FnMut(&Turn, &State, &Entry)) {
        for turn in &self.turns {
            let Ok(decision) = &turn.result else { continue };
            let mut state = turn.before.clone();
            for event in &decision.events {
                let entry = entry(turn.at, event.clone());
                see(turn, &state, &entry);
                apply(&mut state, &entry);
            }
        }
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one arm a request: in one place it can be seen that each is made"
)]
fn command(bench: &mut Bench, what: u8, a: u8, b: u8, c: u8) -> Command {
    if what < 150 {
        return sensible(bench, a, b);
    }
    let state = &bench.state;
    let steps: Vec<&Step> = state.runbook.steps().collect();
    let step = pick(&steps, a);
    let id = step.map_or("nowhere", |step| step.id.as_str());
    let run = match b % 4 {
        0 => Run::step(id),
        1 => confirmed(id, ""),
        2 => right(state, id),
        _ if c.is_multiple_of(2) => Run {
            values: Some(texts(&[])),
            ..right(state, id)
        },
        _ => Run {
            script: Some("edited".to_owned()),
            ..right(state, id)
        },
    };
    let values: Vec<(&str, &str)> = step
        .map(Step::makes)
        .unwrap_or_default()
        .into_iter()
        .map(|(name, _)| (name, word(c)))
        .collect();
    let attempt = AttemptId::from(c) % 12;
    if what >= 230 {
        return beside(state, id, a, b, c);
    }
    match what % 20 {
        16 => approve(id, answer_of(step, c), a, !b.is_multiple_of(5)),
        17 => Command::Answer {
            gate: id.to_owned(),
            answer: answer_of(step, c).to_owned(),
            reason: b.is_multiple_of(2).then(|| "because".to_owned()),
            without_approval: a.is_multiple_of(2),
        },
        18 => Command::Observed(Observed::Signal {
            signal: ["errors", "nobody"][usize::from(b) / 200].to_owned(),
            value: match c % 4 {
                0 => Err("no route".to_owned()),
                n => Ok(f64::from(n) * 2.25),
            },
            at: bench.now,
        }),
        19 if b.is_multiple_of(2) => Command::Observed(Observed::Silent {
            attempt,
            since: bench.now,
        }),
        19 => probed(attempt, c),
        0 => Command::Run(run),
        1 => Command::Retry(run),
        2 => Command::Fallback {
            step: id.to_owned(),
            index: usize::from(c) % 3,
            confirmation: run.confirmation,
        },
        3 => Command::Stop(attempt),
        4 => skip(id, &values),
        5 => took_effect(id, &values),
        6 => took_no_effect(id),
        7 => answer_command(
            id,
            answer_of(step, c),
            (b.is_multiple_of(2)).then_some("because"),
        ),
        8 => Command::Tick {
            step: id.to_owned(),
            item: usize::from(c) % 3,
            done: b.is_multiple_of(2),
        },
        9 => Command::ManualDone {
            step: id.to_owned(),
            values: texts(&values),
        },
        10 => Command::EndWait {
            step: id.to_owned(),
            reason: "calm".to_owned(),
        },
        11 => Command::Auto(b.is_multiple_of(2)),
        12 => Command::Observed(match b % 3 {
            0 => Observed::Started { attempt, pid: 1 },
            1 => Observed::NeverStarted { attempt },
            _ => Observed::Answered {
                of: Question::Evidence {
                    gate: id.to_owned(),
                },
                text: word(c).to_owned(),
                ended: ended(b),
            },
        }),
        13 => finished(attempt, report(bench, attempt, a, b)),
        14 if c > 200 => Command::Close {
            outcome: [RunOutcome::Resolved, RunOutcome::Failed][usize::from(b % 2)],
            note: String::new(),
        },
        14 if c > 180 => Command::AskHandOver {
            host: word(b).to_owned(),
        },
        14 if c > 140 => Command::HandOver {
            to: b.is_multiple_of(2).then(|| word(a).to_owned()),
            note: word(b).to_owned(),
        },
        14 => taken_up(b.is_multiple_of(2)),
        _ => Command::Tock,
    }
}

/// Another console takes the run up, or over.
fn taken_up(over: bool) -> Command {
    Command::Resume(Box::new(Resume {
        host: "other".to_owned(),
        taking: over.then(Taking::default),
        ..Resume::default()
    }))
}

fn approve(gate: &str, answer: &str, who: u8, agrees: bool) -> Command {
    let (name, how) = match who % 3 {
        0 => (
            "grace",
            Voucher::Account {
                user: "grace".to_owned(),
                groups: vec!["dba".to_owned()],
            },
        ),
        1 => (
            "dana",
            Voucher::Attested {
                channel: "phone".to_owned(),
                stands_for: Some("ops".to_owned()),
            },
        ),
        _ => (
            OPERATOR,
            Voucher::Attested {
                channel: "chat".to_owned(),
                stands_for: None,
            },
        ),
    };
    Command::Approve {
        gate: gate.to_owned(),
        answer: answer.to_owned(),
        by_whom: name.to_owned(),
        how,
        agrees,
        reason: Some("so".to_owned()),
    }
}

fn probed(attempt: AttemptId, number: u8) -> Command {
    Command::Observed(Observed::Answered {
        of: Question::Probe { attempt },
        text: word(number).to_owned(),
        ended: ended(number),
    })
}

/// Nothing or one of them.
fn pick<T: Copy>(all: &[T], number: u8) -> Option<T> {
    all.get(usize::from(number) % (all.len() + 1)).copied()
}

fn answer_of(step: Option<&Step>, number: u8) -> &str {
    match step.map(|step| &step.kind) {
        Some(Kind::Gate(gate)) => {
            pick(&gate.answers.iter().collect::<Vec<_>>(), number).map_or("maybe", |a| &a.name)
        }
        _ => "yes",
    }
}

/// A step with its confirmation.
fn right(state: &State, id: &str) -> Run {
    let target = state
        .runbook
        .step(id)
        .and_then(|(_, step)| step::target(state, step).ok().flatten());
    confirmed(id, &target.unwrap_or_else(|| id.to_owned()))
}

fn word(number: u8) -> &'static str {
    const WORDS: [&str; 10] = [
        "0", "1", "7.25", "x", "", " ", "true", "-1e300", "é\n", "a b",
    ];
    WORDS[usize::from(number) % WORDS.len()]
}

fn ended(number: u8) -> Ended {
    match number % 16 {
        0..=8 => Ended::Exit { code: 0 },
        9 | 10 => Ended::Exit { code: 1 },
        11 => Ended::Deadline,
        12 => Ended::Lost,
        13 => Ended::Stopped,
        14 => Ended::Signal { signal: 9 },
        _ => Ended::NotStarted {
            reason: "no bash".to_owned(),
        },
    }
}

fn report(bench: &Bench, attempt: AttemptId, a: u8, b: u8) -> Report {
    let picks = bench.state.attempts.get(&attempt);
    let values = picks
        .iter()
        .flat_map(|attempt| attempt.launch.capture.picks.keys())
        .zip(0u8..)
        .map(|(name, n)| {
            // Half of the time what the step wants, which is mostly a number.
            let number = a.wrapping_mul(7).wrapping_add(n);
            let text = if b < 128 {
                ["0", "3", "12"][usize::from(number % 3)]
            } else {
                word(number)
            };
            (name.clone(), (number % 17 != 0).then(|| text.to_owned()))
        })
        .collect();
    Report {
        ended: ended(b),
        at: bench.now,
        milliseconds: u64::from(a) * 100,
        output: OutputDigest::default(),
        captured: Captured {
            values,
            stdout_matches: [None, Some(true), Some(false)][usize::from(a) % 3],
            truncated: a.is_multiple_of(2),
            unread: None,
        },
        survivors: Vec::new(),
        more_survivors: 0,
    }
}
