//! The demo's little service: a scratch folder with releases and a `current` link, a server that serves through the
//! link, and a client that makes traffic.
pub mod access_log;
pub mod file;
pub mod life;
pub mod release;
pub mod scratch;
pub mod service;
pub mod traffic;
pub mod utc;
