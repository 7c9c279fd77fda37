//! The rules, tried out: tables (given these events, when this command, then
//! those events and effects) and properties of random runs.

mod approvals;
mod auto;
mod beside;
mod cleanup;
mod closing;
mod commands;
mod driving;
mod events;
mod fixture;
mod from;
mod gates;
mod judging;
mod noting;
mod old_journals;
mod people;
mod polls;
mod probes;
mod properties;
mod rehearsal;
mod reopening;
mod retries;
mod routes;
mod signals;
mod table;
mod together;
mod unknown;
mod untaken;
mod uses;
mod walk;
