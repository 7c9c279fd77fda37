//! The command line: one file a subcommand. Arguments as they were given stand in
//! [`args`]; each subcommand resolves its own.

mod approve;
pub mod args;
mod audit;
mod check;
mod color;
mod common;
mod config;
pub mod demo;
mod demo_run;
mod drills;
mod explain;
mod list;
mod man;
mod new;
mod note;
mod prune;
mod report;
mod resume;
mod routes;
mod run;
mod runs;
mod schema;
mod show;
mod test;
mod trace;
mod trust;
mod watch;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;

use crate::executor::{process, supervisor, terminal};
use args::{Arguments, Subcommand};

/// Exit codes: stable, and documented in `--help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The run closed as resolved or stood down, or the command did its job.
    Good = 0,
    /// The run closed as failed or aborted, or a check found errors.
    Bad = 1,
    /// Bad usage or an invalid runbook.
    Usage = 2,
    /// A person is needed; the run stays open.
    Person = 3,
    /// Refused: a runbook that is not trusted, a guard, a preflight, another driver.
    Refused = 4,
    /// A fault of rbconsole's own.
    Fault = 70,
}

/// Why a subcommand did not do its job: what to say and how to exit.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// For standard error.
    pub message: String,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "errors and literals alike are handed over, mostly by `map_err`"
)]
impl Failure {
    /// Bad usage.
    pub fn usage(message: impl ToString) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.to_string(),
        }
    }

    /// A fault of rbconsole's own or of the machine.
    pub fn fault(message: impl ToString) -> Self {
        Self {
            exit: Exit::Fault,
            message: message.to_string(),
        }
    }

    /// Refused.
    pub fn refused(message: impl ToString) -> Self {
        Self {
            exit: Exit::Refused,
            message: message.to_string(),
        }
    }
}

/// Runs the program.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    process::leave_no_dump();
    // The supervisor must start fast and needs nothing of what follows.
    if arguments
        .get(1)
        .is_some_and(|word| word == supervisor::SUBCOMMAND)
    {
        let [attempts] = &arguments[2..] else {
            return ExitCode::from(Exit::Usage as u8);
        };
        return match supervisor::main(attempts.as_ref()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(Exit::Fault as u8),
        };
    }
    if arguments
        .get(1)
        .is_some_and(|word| word == terminal::SUBCOMMAND)
    {
        // Returns only when it could not become the command.
        terminal::main(&arguments[2..]);
        return ExitCode::from(Exit::Fault as u8);
    }
    let command = arguments
        .get(1)
        .map(|word| word.to_string_lossy().into_owned());
    let command = command.unwrap_or_else(|| "home".to_owned());
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Good
            };
            // A closed pipe is silent.
            let _ = error.print();
            return ExitCode::from(code as u8);
        }
    };
    arguments.color.write_global();
    trace::begin(arguments.verbose, &command);
    let done = dispatch(arguments);
    // What a failure says may name what was typed, a secret among it.
    log::info!("ends: {:?}", done.as_ref().map_err(|failure| failure.exit));
    match done {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(failure) => {
            eprintln!("rbconsole: {}", failure.message);
            ExitCode::from(failure.exit as u8)
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.command {
        None => run::home(arguments.plain),
        Some(Subcommand::Demo(demo)) => demo_run::demo(&demo),
        Some(Subcommand::Run(run)) => run::run(run),
        Some(Subcommand::Resume(resume)) => resume::resume(&resume),
        Some(Subcommand::Watch(watch)) => watch::watch(&watch),
        Some(Subcommand::Runs(runs)) => runs::runs(&runs),
        Some(Subcommand::Approve(approve)) => approve::approve(&approve),
        Some(Subcommand::Note(note)) => note::note(&note),
        Some(Subcommand::Report(report)) => report::report(&report),
        Some(Subcommand::Audit(audit)) => audit::audit(&audit),
        Some(Subcommand::Drills(drills)) => drills::drills(&drills),
        Some(Subcommand::List(list)) => list::list(list.json),
        Some(Subcommand::Show(show)) => show::show(&show),
        Some(Subcommand::Check(check)) => check::check(&check),
        Some(Subcommand::Routes(routes)) => routes::routes(&routes),
        Some(Subcommand::Explain { code }) => explain::explain(code.as_deref()),
        Some(Subcommand::New(new)) => new::new(&new),
        Some(Subcommand::Schema(given)) => schema::schema(&given),
        Some(Subcommand::Man) => man::man(),
        Some(Subcommand::Test(test)) => test::test(&test),
        Some(Subcommand::Trust(trust)) => trust::trust(&trust),
        Some(Subcommand::Config(given)) => config::config(&given),
        Some(Subcommand::Completions { shell }) => common::completions(shell),
        Some(Subcommand::DemoServe { scratch }) => demo_run::serve(&scratch),
        Some(Subcommand::DemoTraffic { scratch }) => demo_run::traffic(&scratch),
    }
}
