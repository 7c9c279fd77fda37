//! The moves beside the script, with whatever comes to hand.

use chrono::NaiveDate;

use super::{noon, texts, word};
use crate::engine::{
    AttemptId, Command, State,
    command::{Import, OffScript},
    event::{Imported, Todo},
};

pub(super) fn beside(state: &State, step: &str, a: u8, b: u8, c: u8) -> Command {
    let reason = word(c).to_owned();
    let attempt = AttemptId::from(c) % 12;
    let note = u32::from(c) % 4;
    match a % 9 {
        0 => Command::OffScript(OffScript {
            script: word(b).to_owned(),
            tty: b.is_multiple_of(2),
        }),
        1 => Command::DeclareOffScript {
            attempt,
            took_effect: b.is_multiple_of(2),
            reason,
        },
        2 => Command::DeclareDone {
            step: step.to_owned(),
            reason,
            attempt: b.is_multiple_of(2).then_some(attempt),
            values: texts(&[]),
        },
        3 => Command::Reopen {
            gate: step.to_owned(),
            reason,
        },
        4 => Command::Reopen {
            gate: state
                .answers
                .keys()
                .next()
                .map_or("nowhere", String::as_str)
                .to_owned(),
            reason: "because".to_owned(),
        },
        5 => Command::Todo {
            text: word(b).to_owned(),
            happened_at: None,
            todo: Todo {
                owner: b.is_multiple_of(2).then(|| "ana".to_owned()),
                due: NaiveDate::from_ymd_opt(2026, 1, 1 + u32::from(c) % 28),
            },
        },
        6 => Command::Import(vec![Import {
            text: word(b).to_owned(),
            happened_at: noon(),
            source: Imported {
                from: "git".to_owned(),
                id: word(c).to_owned(),
            },
        }]),
        7 => Command::Amend {
            note,
            text: None,
            happened_at: None,
            todo: None,
        },
        _ => Command::Amend {
            note,
            text: Some(word(b).to_owned()),
            happened_at: b.is_multiple_of(3).then(noon),
            todo: None,
        },
    }
}
