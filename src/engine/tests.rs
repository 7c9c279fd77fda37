//! The rules, tried out: tables (given these events, when this command, then
//! those events and effects) and properties of random runs.

mod auto;
mod closing;
mod commands;
mod fixture;
mod gates;
mod judging;
mod people;
mod properties;
mod retries;
mod routes;
mod table;
mod unknown;
mod uses;
mod walk;
