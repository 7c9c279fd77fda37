//! Has the linker lay apart what a run on the screen does not call: a system maps a
//! program's code by 64 KiB, so that what stands between has a price in memory for every
//! console and supervisor. Where the linker is not one that is known to understand it, the
//! program is linked as it comes.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=seldom.ld");
    if is_release() && has_usual_linker() {
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo::rustc-link-arg-bin=rbconsole=-Wl,-T,{folder}/seldom.ld");
    }
}

fn is_release() -> bool {
    env::var("PROFILE").is_ok_and(|profile| profile == "release")
}

/// What Rust uses where nothing else is asked for: LLVM's or GNU's.
fn has_usual_linker() -> bool {
    let is = |name: &str, wanted: &str| env::var(name).is_ok_and(|value| value == wanted);
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && env::var_os("RUSTC_LINKER").is_none()
        && !flags.contains("link")
}
