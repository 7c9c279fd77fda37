//! What the place itself offers for a field: asked for when the field is reached,
//! and again when what was given before it has changed.

use std::{collections::BTreeMap, sync::atomic::AtomicBool};

use super::{Asks, FormScreen, area, text};
use crate::runbook::Input;
use crate::session::{self, Beginning};

/// What is known of a field's choices.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Choices {
    /// It has none of its own.
    None,
    /// Nobody asked yet.
    Unasked,
    /// The question is on its way.
    Loading(Given),
    /// The answer, and what had been given when it was asked for.
    Loaded(Given, Result<Vec<String>, String>),
}

/// What stood in the form when the question was asked.
type Given = (Option<String>, BTreeMap<String, String>);

impl Choices {
    pub(super) fn of(asks: &Asks) -> Self {
        match asks {
            Asks::Input(input) if input.options_from.is_some() => Self::Unasked,
            _ => Self::None,
        }
    }

    /// The choices, once they are there.
    pub(super) fn loaded(&self) -> &[String] {
        match self {
            Self::Loaded(_, Ok(found)) => found,
            _ => &[],
        }
    }

    fn given(&self) -> Option<&Given> {
        match self {
            Self::Loading(given) | Self::Loaded(given, _) => Some(given),
            _ => None,
        }
    }
}

/// A question for the choices of a field.
pub(super) struct Question {
    field: usize,
    beginning: Beginning,
    input: Box<Input>,
}

impl Question {
    pub(super) fn ask(self, cancel: &AtomicBool) -> Answered {
        Answered {
            field: self.field,
            result: session::options(&self.beginning, &self.input, cancel),
        }
    }
}

/// What came of a question.
pub(super) struct Answered {
    field: usize,
    result: Result<Vec<String>, String>,
}

impl FormScreen {
    /// The question that the field with the keys has, if it has one that was not
    /// asked with what is given now.
    pub(super) fn question(&mut self) -> Option<Question> {
        self.beginning.as_ref()?;
        let field = self.fields.get(self.cursor)?;
        let Asks::Input(input) = &field.asks else {
            return None;
        };
        if field.choices == Choices::None {
            return None;
        }
        let input = input.clone();
        let mut beginning = self.beginning();
        // Only the inputs before it are part of the question.
        let before: Vec<String> = beginning
            .runbook
            .inputs
            .iter()
            .take_while(|known| known.name != input.name)
            .map(|known| known.name.clone())
            .collect();
        beginning.inputs.retain(|name, _| before.contains(name));
        let given = (beginning.environment.clone(), beginning.inputs.clone());
        if self.fields[self.cursor].choices.given() == Some(&given) {
            return None;
        }
        for field in &mut self.fields {
            // One question at a time: what was asked elsewhere is asked again there.
            if matches!(field.choices, Choices::Loading(_)) {
                field.choices = Choices::Unasked;
            }
        }
        let field = &mut self.fields[self.cursor];
        field.choices = Choices::Loading(given);
        Some(Question {
            field: self.cursor,
            beginning,
            input,
        })
    }

    /// Takes the answer in.
    pub(super) fn answered(&mut self, answered: Answered) {
        if let Some(field) = self.fields.get_mut(answered.field)
            && let Choices::Loading(given) = &field.choices
        {
            field.choices = Choices::Loaded(given.clone(), answered.result);
        }
    }

    /// Takes the next of the choices, or the one before.
    pub(super) fn choose(&mut self, back: bool) {
        let Some(field) = self.fields.get_mut(self.cursor) else {
            return;
        };
        let found = field.choices.loaded();
        if found.is_empty() {
            return;
        }
        let current = text(field);
        let at = found.iter().position(|choice| *choice == current);
        let next = match (at, back) {
            (None, false) => 0,
            (None, true) => found.len() - 1,
            (Some(at), false) => (at + 1) % found.len(),
            (Some(at), true) => (at + found.len() - 1) % found.len(),
        };
        let secret = matches!(&field.asks, Asks::Input(input) if input.is_secret());
        field.area = area(&found[next].clone(), secret);
        field.touched = true;
    }
}
