//! The trace file: what rbconsole itself did, for whoever looks for a fault in it. It stands in
//! the state directory and is never written to the screen.

mod file;

use std::{env, io::Write};

use chrono::SecondsFormat;
use env_logger::{Builder, Target};
use log::LevelFilter;

use crate::{executor::clock, settings};
use file::TraceFile;

/// The variable that says what is traced, as `debug` or `rbconsole::session=trace`.
const VARIABLE: &str = "RBCONSOLE_LOG";
/// Traces from now on, if `-v` was given so many times or the variable says so. That it cannot
/// is said, and hinders nothing.
pub fn begin(times: u8, command: &str) {
    let wanted = env::var(VARIABLE).ok().filter(|words| !words.is_empty());
    if times == 0 && wanted.is_none() {
        return;
    }
    let Some(state) = settings::state_directory() else {
        return;
    };
    let path = state.join("trace.log");
    let file = match TraceFile::open(&path) {
        Ok(file) => file,
        Err(error) => {
            eprintln!("rbconsole: nothing is traced: {}: {error}", path.display());
            return;
        }
    };
    let mut builder = Builder::new();
    match (times, wanted) {
        (0, Some(words)) => builder.parse_filters(&words),
        (0 | 1, _) => builder.filter_module("rbconsole", LevelFilter::Debug),
        (2.., _) => builder.filter_module("rbconsole", LevelFilter::Trace),
    };
    let process = std::process::id();
    let began = builder
        .target(Target::Pipe(Box::new(file)))
        .format(move |line, record| {
            // For what other crates say nobody here can promise that it holds no value.
            if !record.target().starts_with("rbconsole") {
                return Ok(());
            }
            let at = clock::now().to_rfc3339_opts(SecondsFormat::Micros, true);
            let (level, room) = (record.level(), record.target());
            writeln!(line, "{at} {process} {level:5} {room}: {}", record.args())
        })
        .try_init();
    if began.is_ok() {
        log::info!("rbconsole {} {command}", env!("CARGO_PKG_VERSION"));
    }
}
