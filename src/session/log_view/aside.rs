//! What is done beside the screen gives way to it.

/// From now on this thread goes on only while nothing else wants the processor: keys, frames and
/// the commands themselves come first.
#[cfg(target_os = "linux")]
pub(super) fn give_way() {
    // There a priority is a thread's. One that cannot be lowered is a thread like any other.
    let _ = rustix::process::setpriority_process(None, LATER);
}

#[cfg(target_os = "linux")]
const LATER: i32 = 10;

/// Elsewhere a priority is the whole program's.
#[cfg(not(target_os = "linux"))]
pub(super) fn give_way() {}
