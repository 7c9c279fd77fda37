//! The choice where an answer still lacks somebody's word: wait, attest, or decide
//! without it.

use super::{Ask, Menu, MenuDoes, MenuItem, Overlay};
use crate::engine::step::fill_or_source;
use crate::runbook::Kind;
use crate::tui::{
    keymap::{Action, context::MENU},
    run::{
        View,
        choices::answers::{agreement, approve_command},
    },
};

impl Overlay {
    /// What can be done about an answer that still lacks somebody's word.
    pub fn approval(view: &View<'_>, gate: &str, answer: &str, against: Option<String>) -> Self {
        let state = view.state;
        let definition = state.runbook.step(gate).and_then(|(_, step)| {
            let Kind::Gate(definition) = &step.kind else {
                return None;
            };
            Some(definition)
        });
        let chosen = definition.and_then(|definition| definition.answer(answer));
        let agreement = chosen.and_then(|chosen| agreement(view, gate, chosen));
        let label = chosen.map_or_else(
            || answer.to_owned(),
            |chosen| fill_or_source(&chosen.label, state.scope_for(&chosen.label.source)),
        );
        let command =
            definition.map(|definition| approve_command(&state.run.id, gate, definition, answer));
        let mut says = Vec::new();
        if let Some(agreement) = &agreement {
            says.push(format!("It needs {} to agree.", agreement.wanted()));
            says.extend(agreement.so_far());
        }
        let waits = match (&command, view.standing.deaf) {
            (_, Some(why)) => {
                says.push(format!(
                    "Nobody else can reach this console: {why}. Attest it instead."
                ));
                "Back to the gate; nobody can agree from here.".to_owned()
            }
            (Some(command), None) => {
                let key = view.keys.hint(MENU, Action::Copy);
                format!("They type this on this machine; {key} copies it:\n{command}")
            }
            (None, None) => String::new(),
        };
        Overlay::Menu(Menu {
            title: format!("‘{label}’ needs approval"),
            says,
            copy: command.filter(|_| view.standing.deaf.is_none()),
            items: vec![
                MenuItem {
                    label: "Wait".to_owned(),
                    follows: waits,
                    does: None,
                },
                MenuItem {
                    label: "Attest it".to_owned(),
                    follows: "Somebody agreed elsewhere: you say who and where. The report marks it as attested.".to_owned(),
                    does: Some(MenuDoes::Ask(Ask::AttestWho {
                        gate: gate.to_owned(),
                        answer: answer.to_owned(),
                    })),
                },
                MenuItem {
                    label: "Override".to_owned(),
                    follows: "Decide without it, with a reason. It stays marked in every report.".to_owned(),
                    does: Some(MenuDoes::Ask(Ask::AnswerReason {
                        gate: gate.to_owned(),
                        answer: answer.to_owned(),
                        against,
                        without_approval: true,
                    })),
                },
            ],
            cursor: 0,
        })
    }

    /// For whom of those who are asked somebody speaks, where their name does not
    /// say it.
    pub fn stands_for(gate: &str, answer: &str, who: &str, from: &[String]) -> Self {
        let ask = |stands_for: Option<String>| {
            Some(MenuDoes::Ask(Ask::AttestChannel {
                gate: gate.to_owned(),
                answer: answer.to_owned(),
                who: who.to_owned(),
                stands_for,
            }))
        };
        let mut items: Vec<MenuItem> = from
            .iter()
            .map(|name| MenuItem {
                label: name.clone(),
                follows: format!("{who} speaks for {name}; you vouch for that."),
                does: ask(Some(name.clone())),
            })
            .collect();
        items.push(MenuItem {
            label: "None of them".to_owned(),
            follows: "Then this word does not count; nothing is recorded.".to_owned(),
            does: None,
        });
        Overlay::Menu(Menu {
            title: format!("For whom does {who} speak?"),
            says: Vec::new(),
            copy: None,
            items,
            cursor: 0,
        })
    }
}
