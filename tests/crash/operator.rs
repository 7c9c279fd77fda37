//! An operator at a console of the laboratory: takes a run up, decides what headless leaves to a person, and tells
//! the truth as the marks show it. A process of its own, so that it can be killed like any console.

use std::{collections::BTreeMap, io::Write, path::PathBuf, time::Duration};

use rbconsole::{
    engine::{Command, Next, State, Status, command::Run, event::Voucher, next, round},
    executor::{Executor, Supervised},
    run_dir::RunDir,
    runbook::Effect,
    session::{self, News, Seat},
};

use crate::{books::Book, hygiene, sandbox::Sandbox};

/// Why a step is passed over of which one command came to nothing, and was done by hand.
pub const BY_HAND: &str = "the rest was done by hand";

/// No test by itself: the laboratory starts this binary anew to have an operator who can be killed.
#[test]
fn takes_the_run_up() {
    let Some(run) = std::env::var_os("RBCONSOLE_LAB_RUN") else {
        return;
    };
    let book = Book::named(&std::env::var("RBCONSOLE_LAB_BOOK").expect("the laboratory names it"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(drive(PathBuf::from(run), book));
}

async fn drive(run: PathBuf, book: &'static Book) {
    let launcher = |dir: RunDir| {
        let (reports, observed) = tokio::sync::mpsc::unbounded_channel();
        let program = PathBuf::from(Sandbox::program());
        let executor: Box<dyn Executor> = Box::new(Supervised::new(dir, program, reports));
        (executor, observed)
    };
    let folders = [run.join("../../../runbooks")];
    let resumed = session::resume(
        run,
        &Seat::here(false).called("ana", "laboratory"),
        false,
        session::system_clock,
        &folders,
        &launcher,
    )
    .expect("the run can be taken up");
    assert!(resumed.missing_secrets.is_empty());
    let mut session = resumed.session;
    session.submit(Command::Auto(true));
    let mut asked = None;
    loop {
        if session.is_idle() {
            match decide(session.state(), book) {
                Step::Over => break,
                Step::Wait => {}
                Step::Ask(command) => {
                    // What was asked once is on its way.
                    assert!(
                        asked.as_ref() != Some(&(session.entries().len(), command.clone())),
                        "asked in vain: {command:?}"
                    );
                    asked = Some((session.entries().len(), command.clone()));
                    session.submit(command);
                }
            }
        }
        match session.changed().await {
            News::Entries(entries) => {
                for entry in entries {
                    let line = serde_json::to_string(&entry).expect("JSON");
                    println!("{line}");
                    std::io::stdout().flush().expect("it can be told");
                }
            }
            News::Declined(_) => {}
            other => panic!("{other:?}"),
        }
    }
    session.take_in_last_notes().await;
    session.write_report().expect("the report is written");
}

enum Step {
    Over,
    Wait,
    Ask(Command),
}

/// What is done by hand where a command of several did not run.
fn by_hand(name: &str) {
    let marks = std::env::var_os("MARKS").expect("the laboratory names it");
    let file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(marks);
    writeln!(file.expect("it can be written"), "{name} by-hand").expect("it is written");
}

fn counted(name: &str) -> usize {
    let marks = std::env::var_os("MARKS").expect("the laboratory names it");
    let text = std::fs::read_to_string(marks).unwrap_or_default();
    let mine = |line: &&str| line.split(' ').next() == Some(name);
    text.lines().filter(mine).count()
}

fn decide(state: &State, book: &Book) -> Step {
    let values = || -> BTreeMap<String, String> {
        book.values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let run = |step: &rbconsole::runbook::Step| Run {
        confirmation: (step.effect == Effect::Destructive).then(|| "the cache".to_owned()),
        ..Run::step(&step.id)
    };
    match next(state) {
        Next::Closed => Step::Over,
        Next::Close(outcome) => Step::Ask(Command::Close {
            outcome,
            note: String::new(),
        }),
        Next::Busy(..) | Next::Retry(..) | Next::Poll(..) | Next::Wait(..) => Step::Wait,
        Next::Run(step, _) => Step::Ask(Command::Run(run(step))),
        Next::Failed(step, _) => Step::Ask(Command::Retry(run(step))),
        Next::Unknown(step, _) => {
            if matches!(state.status(&step.id), Status::Unknown { probe: None, .. })
                && step_has_probe(step)
            {
                return Step::Wait;
            }
            Step::Ask(conclude(state, book, step, values()))
        }
        Next::Decide(step, gate, deciding) => {
            if gate.evidence.is_some() && deciding.evidence.is_none() {
                return Step::Wait;
            }
            let answer = "go".to_owned();
            let wants = gate.answer("go").is_some_and(|it| it.approvals.is_some());
            if wants && deciding.approvals.is_empty() {
                return Step::Ask(Command::Approve {
                    gate: step.id.clone(),
                    answer,
                    by_whom: "dba".to_owned(),
                    how: Voucher::Attested {
                        channel: "the phone".to_owned(),
                        stands_for: None,
                    },
                    agrees: true,
                    reason: None,
                });
            }
            Step::Ask(Command::Answer {
                gate: step.id.clone(),
                answer,
                reason: None,
                without_approval: false,
            })
        }
        Next::Manual(step, _, manual) => {
            let open = manual.checklist.iter().position(|(_, at)| at.is_none());
            Step::Ask(match open {
                Some(item) => Command::Tick {
                    step: step.id.clone(),
                    item,
                    done: true,
                },
                None => Command::ManualDone {
                    step: step.id.clone(),
                    values: values(),
                },
            })
        }
    }
}

fn step_has_probe(step: &rbconsole::runbook::Step) -> bool {
    matches!(&step.kind, rbconsole::runbook::Kind::Run(run) if run.probe.is_some())
}

/// Says whether it took effect, as an operator finds out who waits for what survived of the command and then looks.
fn conclude(
    state: &State,
    book: &Book,
    step: &rbconsole::runbook::Step,
    values: BTreeMap<String, String>,
) -> Command {
    let marker = format!("RBCONSOLE_RUN={} ", state.run.id);
    let attempt = format!("-{}-", step.id);
    let survivors = || {
        hygiene::processes(|_, environment| {
            environment.contains(&marker)
                && environment
                    .split(' ')
                    .any(|word| word.starts_with("RBCONSOLE_ATTEMPT=") && word.contains(&attempt))
        })
    };
    // One that waits for something that will not come any more is ended by hand.
    let mut looks = 0;
    while !survivors().is_empty() {
        looks += 1;
        assert!(looks < 3000, "still running: {:?}", survivors());
        if looks > 50 {
            for process in survivors() {
                if let Some(pid) = rustix::process::Pid::from_raw(process.pid) {
                    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
                }
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let wanted = book.wanted();
    let names = book.commands_of(&step.id);
    let missing: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| counted(name) < wanted[*name])
        .collect();
    if missing.len() == names.len() {
        return Command::TookNoEffect {
            step: step.id.clone(),
            reason: "nothing of it is there".to_owned(),
        };
    }
    for name in missing {
        by_hand(name);
    }
    let outputs: Vec<String> = match &step.kind {
        rbconsole::runbook::Kind::Run(run) => {
            run.outputs.iter().map(|it| it.name.clone()).collect()
        }
        _ => Vec::new(),
    };
    let made = values
        .into_iter()
        .filter(|(name, _)| outputs.contains(name))
        .collect();
    // Of one command it is known that it came to nothing: what was done by hand instead is
    // no success of the step's.
    if let Status::Unknown { attempt, .. } = state.status(&step.id)
        && round::failed_part(state, *attempt).is_some()
    {
        return Command::Skip {
            step: step.id.clone(),
            reason: BY_HAND.to_owned(),
            values: made,
        };
    }
    Command::TookEffect {
        step: step.id.clone(),
        reason: "it is there".to_owned(),
        values: made,
    }
}
