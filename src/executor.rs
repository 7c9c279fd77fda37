//! Running commands so that they outlive the console.
//!
//! A small supervisor process ([`supervisor`]), in its own session, owns an attempt: the
//! command, its pipes, its log, its deadline and its exit record. It runs one at a time, and
//! may wait for another when nothing of it is left ([`waiting`]). The console only talks to
//! it ([`attach`]); killing the console changes nothing for the command.

pub mod attach;
mod budget;
pub mod capture;
pub mod clock;
pub mod follower;
pub mod kin;
pub mod launch;
pub mod process;
pub mod protocol;
pub mod query;
pub mod sampler;
pub mod supervisor;
pub mod terminal;
pub mod value_file;
pub mod waiting;

use std::collections::BTreeMap;

use crate::engine::{AttemptId, Launch, Query, observed::Observed};

pub use attach::Verdict;
pub use budget::Limits;
pub use launch::Supervised;
pub use query::{Answer, ask_once, variables};
pub use sampler::Sampling;
pub use terminal::Size;

/// The values of secrets by input name. Held in memory only.
pub type Secrets = BTreeMap<String, String>;

/// Something that runs commands and reports about them through a channel.
/// There are two: the real one, and the scripted one that tests use.
pub trait Executor {
    /// Starts an attempt. Idempotent by attempt id: the second start is refused
    /// by the attempt's claim.
    fn launch(&mut self, launch: &Launch, secrets: &Secrets);
    /// Asks an attempt's supervisor to stop its command.
    fn stop(&mut self, attempt: AttemptId);
    /// Says that an attempt's end is recorded durably.
    fn recorded(&mut self, _attempt: AttemptId) {}
    /// Types into an attempt's terminal. What is typed is kept nowhere; an attempt
    /// without a terminal, or one that is over, takes nothing.
    fn type_in(&mut self, attempt: AttemptId, bytes: &[u8]);
    /// Gives an attempt's terminal another size; later ones begin with it.
    fn resize(&mut self, attempt: AttemptId, size: Size);
    /// Asks a read-only question.
    fn query(&mut self, query: &Query, secrets: &Secrets);
    /// Measures these signals again and again, and no others any more, until the
    /// console ends.
    fn sample(&mut self, samplings: Vec<Sampling>, secrets: &Secrets);
    /// Finds out what became of an attempt of an earlier console, and follows it
    /// if it still runs. What is found is reported like everything else.
    /// Where it may have run, a missing claim proves nothing: it may never have
    /// reached the disk.
    fn adopt(&mut self, launch: &Launch, may_have_run: bool) -> Verdict;
}

/// Where executors report to.
pub type Reports = tokio::sync::mpsc::UnboundedSender<Observed>;
