//! What does not stand in the run's state: who sits here, and what the session
//! waits for.

/// Who sits here, and what the session waits for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing<'a> {
    /// Who drives the run; empty where somebody else does.
    pub operator: &'a str,
    /// Why nobody else on this machine can approve here.
    pub deaf: Option<&'a str>,
    /// The place is being proven: nothing is launched before that.
    pub proving: bool,
}
