//! The crash laboratory: whatever dies, nothing runs twice, nothing is lost unsaid. What is promised stands in
//! `tests/crash/README.md`.

#![expect(
    clippy::disallowed_methods,
    reason = "a laboratory starts programs, kills them and reads what they left"
)]

#[path = "crash/points.rs"]
mod points;
