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
    /// What is wrong with what is kept of a command that runs.
    pub trouble: Option<&'a str>,
    /// Which command without a pane on the screen has been silent for too long.
    pub quiet: Option<&'a str>,
}
