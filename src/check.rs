//! What is wrong with a runbook beyond its shape, on every route through it.

pub mod routes;
