//! Tests of a runbook: scenarios that are played without running a command.
//!
//! A scenario says what each command would print, what the people answer and what
//! must then be true. [`mod@load`] reads a file of them, [`play`] drives the rules of a
//! run with it and a clock of its own, [`judge`] compares what came of it with what
//! was expected. Nothing that is not stated succeeds by itself.

pub mod coverage;
pub mod judge;
pub mod junit;
pub mod load;
pub mod model;
mod names;
mod operator;
pub mod play;
pub mod suite;
pub mod tell;

pub use load::{File, Loaded};
pub use model::Scenario;
pub use suite::{Suite, Verdict};

#[cfg(test)]
mod tests;
