//! The rules of a run: what may happen next, and what follows from what happened.
//!
//! [`decide`] turns an operator's [`Command`] into events and effects, or refuses
//! in the operator's words. [`apply`] folds an event into the [`State`]. Nothing
//! here reads a clock, does I/O or waits: the session does, with what is decided here.

pub mod advance;
pub mod command;
pub mod effect;
pub mod event;
pub mod fold;
pub mod gate;
pub mod launching;
pub mod needs;
pub mod observed;
pub mod off_script;
pub mod plan;
pub mod probe;
pub mod refusal;
pub mod reopening;
pub mod round;
pub mod rules;
pub mod state;
pub mod step;
mod tagged;
pub mod untaken;

pub use command::Command;
pub use effect::{Effect, Launch, Query};
pub use event::{AttemptId, Entry, Event, Started};
pub use fold::apply;
pub use plan::{Next, next};
pub use refusal::Refusal;
pub use reopening::{Reopening, reopening};
pub use rules::{Decision, From, FromError, decide, start, start_from};
pub use state::{State, Status, pending};

#[cfg(test)]
mod tests;
