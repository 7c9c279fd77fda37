//! Any text as a template, a script and an expression, with any value.
#![no_main]

#[path = "../judge.rs"]
mod judge;

libfuzzer_sys::fuzz_target!(|pair: (&str, &str)| judge::template(pair.0, pair.1));
