//! What a console that takes a run up has to prove before it launches anything:
//! that the machine still has what the runbook needs, and that the place is still
//! the one that it is taken for. Attaching to what runs needs neither.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chrono::TimeDelta;
use tokio::sync::oneshot;

use super::{
    News, Request, Session,
    begin::preflight,
    guard::{Guard, Unproven},
};
use crate::engine::{
    self, Command, Decision, Effect, Query, State,
    command::Resume,
    event::{Checked, RunKind},
};
use crate::executor::Secrets;

/// How long after a failure a retry that is due by itself asks again.
const ASK_AGAIN: TimeDelta = TimeDelta::seconds(30);

/// Whether commands may be launched.
pub(super) enum Proof {
    /// They may.
    Given,
    /// Not before it is asked.
    Wanted(Option<Opening>),
    /// It is being asked.
    Asking(Option<Opening>, Asking),
}

/// How a run was taken up, recorded together with the proof.
pub(super) struct Opening {
    pub resume: Resume,
    /// Questions that are owed once it is recorded.
    pub owed: Vec<Query>,
}

/// Nobody waits for it any more when this is dropped.
pub(super) struct Asking {
    answer: oneshot::Receiver<Answer>,
    cancel: Arc<AtomicBool>,
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

/// The guard's answer, or why nothing may be launched.
type Answer = Result<Option<Checked>, Failed>;

/// Why nothing may be launched.
pub(super) struct Failed {
    words: String,
    checked: Option<Checked>,
}

impl From<Unproven> for Failed {
    fn from(unproven: Unproven) -> Self {
        let words = unproven.to_string();
        let checked = match unproven {
            Unproven::Failed { checked, .. } => Some(*checked),
            _ => None,
        };
        Self { words, checked }
    }
}

/// Whether a run that is taken up has anything to prove.
pub(super) fn is_needed(state: &State) -> bool {
    state.closed.is_none()
        && state.run.kind != RunKind::Rehearsal
        && (!matches!(Guard::of(state), Ok(None)) || !preflight(&state.runbook).is_empty())
}

/// Finds out on a thread of its own.
fn ask(state: &State, secrets: &Secrets) -> Asking {
    let (sender, answer) = oneshot::channel();
    let cancel = Arc::new(AtomicBool::new(false));
    let asking = Asking {
        answer,
        cancel: Arc::clone(&cancel),
    };
    let missing = preflight(&state.runbook);
    if !missing.is_empty() {
        let words = format!(
            "this runbook needs what is not here: {}",
            missing.join("; ")
        );
        let checked = None;
        let _ = sender.send(Err(Failed { words, checked }));
        return asking;
    }
    let guard = match Guard::of(state) {
        Ok(Some(guard)) => guard,
        Ok(None) => {
            let _ = sender.send(Ok(None));
            return asking;
        }
        Err(unproven) => {
            let _ = sender.send(Err(unproven.into()));
            return asking;
        }
    };
    let secrets = secrets.clone();
    // Where no thread can be made the sender is dropped, which is a failure too.
    let _ = std::thread::Builder::new()
        .name("guard".to_owned())
        .spawn(move || {
            let answer = guard.ask(&secrets, &cancel);
            let _ = sender.send(answer.map(Some).map_err(Failed::from));
        });
    asking
}

fn launches(decision: &Decision) -> bool {
    decision
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Launch(_)))
}

impl Session {
    /// Whether the beginning of this console still waits to be recorded: nothing
    /// else is recorded before it but that a command shall stop.
    pub(super) fn is_opening(&self) -> bool {
        matches!(
            self.proof,
            Proof::Wanted(Some(_)) | Proof::Asking(Some(_), _)
        )
    }

    /// Whether the place is being proven: nothing is launched before that.
    pub fn is_proving(&self) -> bool {
        self.is_opening() || matches!(self.proof, Proof::Asking(..))
    }

    /// Whether a decision has to wait for the proof; then it is asked for.
    pub(super) fn awaits_proof(&mut self, decision: &Decision) -> bool {
        if !launches(decision) || matches!(self.proof, Proof::Given) {
            return false;
        }
        if matches!(self.proof, Proof::Wanted(None)) {
            self.proof = Proof::Asking(None, ask(&self.state, &self.secrets));
        }
        true
    }

    /// Begins to ask what has to be recorded with the beginning.
    pub(super) fn open(&mut self) {
        if let Proof::Wanted(opening @ Some(_)) = &mut self.proof {
            let opening = opening.take();
            self.proof = Proof::Asking(opening, ask(&self.state, &self.secrets));
        }
    }

    /// Takes the answer in.
    pub(super) fn proven(&mut self, answer: Option<Answer>) {
        let Proof::Asking(opening, _) = std::mem::replace(&mut self.proof, Proof::Given) else {
            return;
        };
        let answer = answer.unwrap_or_else(|| {
            let words = "the place cannot be proven: its guard came to grief".to_owned();
            let checked = None;
            Err(Failed { words, checked })
        });
        let by = self.seat.by.clone();
        let first = |command| Request::of(command, &by);
        let (guard, failed) = match answer {
            Ok(guard) => (guard, None),
            Err(failed) => (failed.checked, Some(failed.words)),
        };
        if let Some(words) = &failed {
            self.proof = Proof::Wanted(None);
            // Nothing goes on by itself; what was observed is recorded all the same.
            let (state, now) = (&self.state, self.now());
            self.queue.retain(|request| {
                matches!(request.command, Command::Observed(_))
                    || !engine::decide(state, request.command.clone(), &request.by, now)
                        .is_ok_and(|decision| launches(&decision))
            });
            if self.state.auto {
                self.queue.push_front(first(Command::Auto(false)));
            }
            self.wakes.insert(self.now() + ASK_AGAIN);
            self.news.push_back(News::Unproven(words.clone()));
        }
        match opening {
            Some(opening) => {
                let mut resume = opening.resume;
                if let Some(words) = failed {
                    let first = words.lines().next().unwrap_or_default().to_owned();
                    resume
                        .found
                        .push(format!("{first}: nothing is launched until that is mended"));
                }
                self.owed.extend(opening.owed);
                resume.guard = guard;
                self.queue
                    .push_front(first(Command::Resume(Box::new(resume))));
            }
            None if guard.is_some() && failed.is_none() => {
                let resume = Resume {
                    found: vec!["the place is proven now".to_owned()],
                    guard,
                    ..self.seat.resume()
                };
                self.queue
                    .push_front(first(Command::Resume(Box::new(resume))));
            }
            None => {}
        }
        self.pump();
    }
}

/// The answer to what is asked, if something is; waits for ever if nothing is.
pub(super) async fn answer(proof: &mut Proof) -> Option<Answer> {
    match proof {
        Proof::Asking(_, asking) => (&mut asking.answer).await.ok(),
        _ => std::future::pending().await,
    }
}
