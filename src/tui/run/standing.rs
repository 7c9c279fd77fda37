//! What does not stand in the run's state: who sits here, and what the session
//! waits for.

use crate::engine::State;
use crate::tui::keymap::{Action, Keymap, context::STEP};

/// Whom one watches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Watching {
    /// Who drives, if anybody does.
    pub driver: Option<String>,
    /// How the last driver let go, where nobody drives and that is known.
    pub gone: Option<String>,
}

impl Watching {
    /// Whether the run can be taken over.
    pub fn is_free(&self, state: &State) -> bool {
        self.driver.is_none() && state.closed.is_none()
    }

    /// In the header.
    pub fn words(&self, state: &State) -> String {
        match &self.driver {
            _ if state.closed.is_some() => "watching, closed".to_owned(),
            Some(driver) => format!("watching {driver}"),
            None => "nobody drives".to_owned(),
        }
    }

    /// Why nothing can be done here.
    pub fn refusal(&self, state: &State, keys: &Keymap) -> String {
        let then = match &self.driver {
            _ if state.closed.is_some() => ": the run is closed".to_owned(),
            Some(driver) => {
                let key = keys.hint(STEP, Action::HandOver);
                format!("; {key} asks {driver} to hand over")
            }
            None => format!("; {} takes the run over", keys.hint(STEP, Action::Next)),
        };
        format!("You are watching: nothing can be done here{then}")
    }
}

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
    /// The mouse was left to the terminal.
    pub mouse_off: bool,
}
