//! The crash laboratory: whatever dies, nothing runs twice, nothing is lost unsaid. What is promised stands in
//! `tests/crash/README.md`.

#![expect(
    clippy::disallowed_methods,
    reason = "a laboratory starts programs, kills them and reads what they left"
)]

#[path = "crash/again.rs"]
mod again;
#[path = "crash/books.rs"]
mod books;
#[path = "crash/checks.rs"]
mod checks;
#[path = "common/hygiene.rs"]
mod hygiene;
#[path = "crash/journal.rs"]
mod journal;
#[path = "crash/lab.rs"]
mod lab;
#[path = "crash/losses.rs"]
mod losses;
#[path = "crash/matrix.rs"]
mod matrix;
#[path = "crash/operator.rs"]
mod operator;
#[path = "crash/points.rs"]
mod points;
#[path = "crash/promises.rs"]
mod promises;
#[path = "crash/reboot.rs"]
mod reboot;
#[path = "terminal/sandbox.rs"]
mod sandbox;
#[path = "crash/soak.rs"]
mod soak;
