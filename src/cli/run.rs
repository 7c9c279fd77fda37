//! `run`, and the home screen.

use super::{Exit, Failure, args, common, demo_run, trust};
use crate::engine::{event::RunKind, rules::From};
use crate::session::{self, Beginning, system_clock};
use crate::settings;
use crate::trust::{Standing, difference};
use crate::{plain, tui};

/// The home screen.
pub fn home(plain: bool) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let face = face(plain)?;
    let runtime = common::runtime()?;
    let launcher = common::launcher()?;
    let home = match face {
        Face::Screen => tui::home,
        Face::Lines => plain::home,
    };
    match home(&runtime, &settings, &*launcher).map_err(Failure::fault)? {
        tui::Ended::Demo => demo_run::demo(&args::Demo {
            headless: false,
            plain: face == Face::Lines,
            keep: None,
        }),
        ended => Ok(finish(ended)),
    }
}

/// Runs a runbook.
pub fn run(given: args::Run) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let common::Found {
        entry,
        runbook,
        standing,
    } = common::found(&settings, &given.runbook)?;
    let orders = common::orders(&given.headless)?;
    common::orders_fit(&orders, &runbook)?;
    let from = match given.from {
        Some(step) => Some(From {
            step,
            answers: orders.answers.clone(),
            values: common::pairs(&given.value, "--value")?,
        }),
        None => None,
    };
    if !given.headless.headless && from.is_none() && !orders.answers.is_empty() {
        return Err(Failure::usage(
            "--answer is for --headless, and for gates before --from",
        ));
    }
    let standing = match standing {
        Standing::Asked(question) if given.trust => {
            let trusted = trust::grant(&question)?;
            for file in &question.files {
                eprintln!(
                    "trusted {} (sha256 {})",
                    difference::plain(&file.path),
                    file.digest
                );
            }
            Standing::Trusted(trusted)
        }
        Standing::Asked(question) if given.headless.headless => {
            return Err(Failure::refused(format!(
                "{}\nNothing of it was executed. Look at it, then trust it: rbconsole trust {}, or run with --trust",
                question.words(),
                difference::plain(&given.runbook)
            )));
        }
        standing => standing,
    };
    let beginning = Beginning {
        runbook,
        standing,
        file: entry.file(),
        from,
        name: entry.name,
        text: entry.text,
        title: given.title.unwrap_or_default(),
        kind: match (given.drill, given.rehearse) {
            (true, _) => RunKind::Drill,
            (_, true) => RunKind::Rehearsal,
            _ => RunKind::Incident,
        },
        environment: given.environment,
        inputs: common::pairs(&given.input, "--input")?,
        severity: given.severity,
        impact: given.impact,
        auto: given.headless.headless,
        by: settings::operator(),
        host: settings::host(),
    };
    let runtime = common::runtime()?;
    let launcher = common::launcher()?;
    if given.headless.headless {
        let _in_runtime = runtime.enter();
        let mut session = session::start(&settings.runs(), &beginning, system_clock, &*launcher)
            .map_err(common::begin_failure)?;
        eprintln!("run {}", session.dir().id());
        let exit = common::headless(&runtime, &mut session, &orders)?;
        common::tell_report(&session);
        return Ok(exit);
    }
    let begin = match face(given.headless.plain)? {
        Face::Screen => tui::begin,
        Face::Lines => plain::begin,
    };
    begin(&runtime, &settings, &*launcher, beginning)
        .map(finish)
        .map_err(Failure::fault)
}

/// How a session meets its operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// On the screen.
    Screen,
    /// In prompted lines.
    Lines,
}

/// The screen, or lines where they are wanted or the terminal can do no more. The screen
/// needs a terminal on both ends.
pub fn face(plain: bool) -> Result<Face, Failure> {
    use std::io::IsTerminal;
    if plain {
        return Ok(Face::Lines);
    }
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Failure::usage(
            "the screen needs a terminal: run it in one, or give --headless or --plain",
        ));
    }
    if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
        println!("This terminal only prints (TERM=dumb): prompted lines, as with --plain.");
        return Ok(Face::Lines);
    }
    Ok(Face::Screen)
}

/// Says how to come back, and turns the end of a screen into an exit code.
pub fn finish(ended: tui::Ended) -> Exit {
    match ended {
        // The demo is begun by the home screen's own caller alone.
        tui::Ended::Left | tui::Ended::Demo => Exit::Good,
        tui::Ended::Closed {
            outcome,
            report,
            head,
        } => {
            println!("The run closed as {}.", outcome.word());
            if let Some(report) = report {
                println!("{}", report.display());
            }
            println!("{}", common::note_the_head(&head));
            common::outcome_exit(outcome)
        }
        tui::Ended::Detached { run, running } => {
            match running {
                0 => println!("Detached. The run stays open; take it up with:"),
                1 => println!("Detached. One command goes on without you; take the run up with:"),
                n => println!("Detached. {n} commands go on without you; take the run up with:"),
            }
            println!("  rbconsole resume {run}");
            Exit::Person
        }
    }
}
