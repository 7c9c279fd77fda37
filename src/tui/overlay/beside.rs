//! What is done beside the script: which command did it, what it came to, and what
//! follows when a gate is asked again.

use super::{Ask, Menu, MenuDoes, MenuItem, Overlay};
use crate::engine::{
    AttemptId, Command, Refusal, State, off_script,
    reopening::{Reopening, reopening},
};
use crate::report::timeline::step_title;

/// How many off-script commands are offered: the last ones.
const OFFERED: usize = 6;

/// What an off-script command is called.
pub(super) fn title(state: &State, attempt: AttemptId) -> String {
    let known = state.attempts.get(&attempt);
    known.map_or_else(String::new, |known| off_script::title(&known.launch))
}

impl Overlay {
    /// A step is declared done: by which off-script command, if there was one.
    pub fn done(state: &State, step: &str) -> Self {
        let ask = |attempt| Ask::Done {
            step: step.to_owned(),
            attempt,
        };
        let ran: Vec<AttemptId> = state
            .off_script()
            .filter(|(_, known)| !known.status.is_live())
            .map(|(id, _)| id)
            .collect();
        if ran.is_empty() {
            return Overlay::ask(ask(None), state);
        }
        let mut items: Vec<MenuItem> = ran
            .iter()
            .rev()
            .take(OFFERED)
            .map(|attempt| MenuItem {
                label: title(state, *attempt),
                follows: "This off-script command did it.".to_owned(),
                does: Some(MenuDoes::Ask(ask(Some(*attempt)))),
            })
            .collect();
        items.push(MenuItem {
            label: "None of them".to_owned(),
            follows: "It was done elsewhere.".to_owned(),
            does: Some(MenuDoes::Ask(ask(None))),
        });
        Overlay::Menu(Menu {
            title: format!("‘{}’ was done by …", step_title(state, step)),
            says: Vec::new(),
            copy: None,
            items,
            cursor: 0,
        })
    }

    /// Nobody knows what an off-script command came to: the operator says it.
    pub fn doubt(state: &State, attempt: AttemptId) -> Self {
        let item = |label: &str, took_effect| MenuItem {
            label: label.to_owned(),
            follows: "Say how you know.".to_owned(),
            does: Some(MenuDoes::Ask(Ask::DeclareOffScript {
                attempt,
                took_effect,
            })),
        };
        let known = state.attempts.get(&attempt);
        let why = known.and_then(|known| known.is_in_doubt());
        Overlay::Menu(Menu {
            title: format!("Did ‘{}’ take effect?", title(state, attempt)),
            says: why
                .map(|why| format!("Nobody knows: {why}."))
                .into_iter()
                .collect(),
            copy: None,
            items: vec![
                MenuItem {
                    label: "Not known yet".to_owned(),
                    follows: "It stays open.".to_owned(),
                    does: None,
                },
                item("It took effect", true),
                item("It took no effect", false),
            ],
            cursor: 0,
        })
    }

    /// Asking a gate again: first what follows from that.
    ///
    /// # Errors
    /// Why it cannot be asked again.
    pub fn reopen(state: &State, gate: &str) -> Result<Self, Refusal> {
        let follows = reopening(state, gate)?;
        Ok(Overlay::Menu(Menu {
            title: format!("Ask ‘{}’ again?", step_title(state, gate)),
            says: says(state, &follows),
            copy: None,
            items: vec![
                MenuItem {
                    label: "Leave the answer as it is".to_owned(),
                    follows: "Nothing happens.".to_owned(),
                    does: None,
                },
                MenuItem {
                    label: "Ask it again".to_owned(),
                    follows: "The answer is taken back, with your reason; nothing is undone."
                        .to_owned(),
                    does: Some(MenuDoes::Ask(Ask::Reopen {
                        gate: gate.to_owned(),
                    })),
                },
            ],
            cursor: 0,
        }))
    }

    /// Striking a note.
    pub fn strike(note: u32, text: &str) -> Self {
        Overlay::Menu(Menu {
            title: "Strike this note?".to_owned(),
            says: vec![format!("“{text}”")],
            copy: None,
            items: vec![
                MenuItem {
                    label: "Keep it".to_owned(),
                    follows: "Nothing happens.".to_owned(),
                    does: None,
                },
                MenuItem {
                    label: "Strike it".to_owned(),
                    follows: "The report leaves it out; the journal keeps it, and the full report \
                              says who struck it."
                        .to_owned(),
                    does: Some(MenuDoes::Command(Command::Amend {
                        note,
                        text: None,
                        happened_at: None,
                        todo: None,
                    })),
                },
            ],
            cursor: 0,
        })
    }
}

fn says(state: &State, follows: &Reopening) -> Vec<String> {
    let titles = |ids: &[String]| {
        let titles: Vec<String> = ids.iter().map(|id| step_title(state, id)).collect();
        titles.join(", ")
    };
    let phases = |ids: &[String]| {
        let title = |id: &String| state.runbook.phase(id).map(|phase| phase.title.clone());
        let titles: Vec<String> = ids.iter().filter_map(title).collect();
        titles.join(", ")
    };
    let done = |wrote: bool| -> Vec<String> {
        let of = follows.done.iter().filter(|done| done.wrote == wrote);
        of.map(|done| done.step.clone()).collect()
    };
    let mut says = Vec::new();
    let (writes, others) = (done(true), done(false));
    if !writes.is_empty() {
        says.push(format!(
            "Stays done, and changed something: {}.",
            titles(&writes)
        ));
    }
    if !others.is_empty() {
        says.push(format!("Stays done: {}.", titles(&others)));
    }
    if !follows.gates.is_empty() {
        says.push(format!(
            "Is asked again with it: {}.",
            titles(&follows.gates)
        ));
    }
    if !follows.reachable.is_empty() {
        says.push(format!(
            "Can be reached again: {}.",
            phases(&follows.reachable)
        ));
    }
    if says.is_empty() {
        says.push("Nothing was done under the old answer.".to_owned());
    }
    says
}
