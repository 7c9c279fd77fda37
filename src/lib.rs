//! rbconsole: a console that walks a team through a rollback runbook.
//!
//! A **run** is one execution of a runbook. It is event-sourced: an operator's
//! command goes to pure rules ([`engine::decide`]), which answer with events and
//! effects; events are appended to the run's journal and made durable
//! ([`journal`]), folded into the state ([`engine::apply`]), and only then are the
//! effects performed ([`session`]). The screen, a resume and the report all derive
//! from the same events, so they cannot disagree.
//!
//! A runbook's command is never a child of the screen: a small supervisor process has it
//! ([`executor`]), which runs one attempt at a time, so that the console may die and the
//! rollback goes on.
//!
//! The directions in which rooms may import each other are checked by
//! `tests/layers.rs`.
// The library without its tests is checked too, and there nothing is allowed by this.
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "tests write files and measure time"
    )
)]

pub mod check;
pub mod cli;
pub mod crash;
pub mod engine;
pub mod executor;
pub mod headless;
pub mod history;
pub mod journal;
pub mod output;
pub mod plain;
pub mod report;
pub mod run_dir;
pub mod runbook;
pub mod scenario;
pub mod session;
pub mod settings;
pub mod template;
pub mod trust;
pub mod tui;
