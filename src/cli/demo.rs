//! The demo's little service: a scratch folder with releases and a `current` link, a server that serves through the
//! link, and a client that makes traffic.

#![expect(
    clippy::disallowed_methods,
    reason = "the demo's service is no part of a run: it keeps its own time and outlives the console"
)]

pub mod access_log;
pub mod file;
pub mod life;
pub mod release;
pub mod scratch;
pub mod service;
pub mod traffic;
pub mod utc;
