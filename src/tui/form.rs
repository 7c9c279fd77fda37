//! The inputs form: one field a line, checked as one types, everything prefilled
//! that can be.

mod beside;
mod choices;
mod draw;
mod fill;
mod keys;
mod lines;
mod offload;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use tui_textarea::TextArea;

use crate::engine::event::RunKind;
use crate::history::Drill;
use crate::runbook::Input;
use crate::session::{Beginning, system_clock};
use crate::tui::keymap::Keymap;
use choices::Choices;
pub use draw::draw;
pub use fill::{Waited, fill, wait};
pub use lines::Line;
pub use offload::Offload;

/// How a form ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// Nothing shall begin.
    Left,
    /// Everything is given.
    Ready,
}

/// What a field asks for.
enum Asks {
    Environment,
    Input(Box<Input>),
    Severity,
    Impact,
}

struct Field {
    asks: Asks,
    area: TextArea<'static>,
    options: Vec<String>,
    /// What the place itself offers; typing something else is allowed.
    choices: Choices,
    /// The operator typed into it.
    touched: bool,
}

/// Whether a runbook was ever drilled.
enum Tried {
    /// Nobody looked.
    NotLooked,
    /// The last time, if there was one, as it was known at some time.
    Looked {
        drill: Option<Drill>,
        now: DateTime<Utc>,
    },
}

/// The form.
pub struct FormScreen {
    beginning: Option<Beginning>,
    title: String,
    fields: Vec<Field>,
    /// Which field has the keys; after the last one stands the button.
    cursor: usize,
    error: Option<String>,
    /// What is being waited for.
    busy: Option<&'static str>,
    /// Which key does what.
    keys: Keymap,
    /// The page of the help that is shown.
    help: Option<usize>,
    tried: Tried,
    /// The whole screen.
    area: Rect,
}

impl FormScreen {
    /// The form of a run that is to begin.
    pub fn of(beginning: Beginning) -> Self {
        let runbook = &beginning.runbook;
        let mut fields = Vec::new();
        let environments: Vec<String> = runbook
            .environments
            .iter()
            .filter(|place| beginning.kind != RunKind::Drill || place.drill)
            .map(|place| place.name.clone())
            .collect();
        if !environments.is_empty() {
            let given = beginning.environment.clone();
            // A drill has usually one place to run; an incident must be told where it is.
            let only = (environments.len() == 1).then(|| environments[0].clone());
            let value = given.or(only).unwrap_or_default();
            fields.push(field(Asks::Environment, &value, environments));
        }
        for input in &runbook.inputs {
            let value = beginning
                .inputs
                .get(&input.name)
                .cloned()
                .unwrap_or_else(|| {
                    input
                        .default
                        .as_ref()
                        .map(ToString::to_string)
                        .unwrap_or_default()
                });
            let options = input.options.iter().map(ToString::to_string).collect();
            fields.push(field(Asks::Input(Box::new(input.clone())), &value, options));
        }
        let severity = beginning.severity.clone().unwrap_or_default();
        fields.push(field(Asks::Severity, &severity, Vec::new()));
        let impact = beginning.impact.clone().unwrap_or_default();
        fields.push(field(Asks::Impact, &impact, Vec::new()));
        let mut form = Self {
            title: runbook.title.clone(),
            cursor: 0,
            fields,
            error: None,
            busy: None,
            keys: Keymap::default(),
            help: None,
            tried: Tried::NotLooked,
            area: Rect::default(),
            beginning: Some(beginning),
        };
        form.apply_environment();
        form.cursor = form.first_open();
        form
    }

    /// The form of secrets that a resume could not find.
    pub fn of_secrets(inputs: &[Input]) -> Self {
        Self {
            beginning: None,
            title: "Secrets that this run needs".to_owned(),
            fields: inputs
                .iter()
                .map(|input| field(Asks::Input(Box::new(input.clone())), "", Vec::new()))
                .collect(),
            cursor: 0,
            error: None,
            busy: None,
            keys: Keymap::default(),
            help: None,
            tried: Tried::NotLooked,
            area: Rect::default(),
        }
    }

    /// With the keys as they are here.
    #[must_use]
    pub fn with_keys(mut self, keys: &Keymap) -> Self {
        self.keys = keys.clone();
        self
    }

    /// With the runbook's last drill.
    #[must_use]
    pub fn with_drill(mut self, drill: Option<Drill>) -> Self {
        self.tried = Tried::Looked {
            drill,
            now: system_clock(),
        };
        self
    }

    /// The first field that is required and empty, or the button.
    fn first_open(&self) -> usize {
        self.fields
            .iter()
            .position(|field| Self::complaint(field).is_some())
            .unwrap_or(self.fields.len())
    }

    /// Says what is being waited for; none when it is over.
    pub fn set_busy(&mut self, what: Option<&'static str>) {
        self.busy = what;
    }

    /// Says why the run could not begin.
    pub fn refused(&mut self, error: String) {
        self.error = Some(error);
    }

    /// What was typed, by input.
    pub fn values(&self) -> BTreeMap<String, String> {
        self.fields
            .iter()
            .filter_map(|field| match &field.asks {
                Asks::Input(input) => Some((input.name.clone(), text(field))),
                _ => None,
            })
            .collect()
    }

    /// How the run shall begin.
    ///
    /// # Panics
    /// Never for a form made by [`FormScreen::of`].
    pub fn beginning(&self) -> Beginning {
        let known = self
            .beginning
            .as_ref()
            .expect("only a form of a beginning is asked for it");
        let given = |wanted: fn(&Asks) -> bool| {
            self.fields
                .iter()
                .find(|field| wanted(&field.asks))
                .map(text)
                .filter(|text| !text.trim().is_empty())
        };
        let mut inputs = self.values();
        // What is left empty falls back to the variable or the default.
        inputs.retain(|_, value| !value.is_empty());
        Beginning {
            runbook: known.runbook.clone(),
            file: known.file.clone(),
            from: known.from.clone(),
            name: known.name.clone(),
            text: known.text.clone(),
            standing: known.standing.clone(),
            title: known.title.clone(),
            kind: known.kind,
            environment: given(|asks| matches!(asks, Asks::Environment)),
            inputs,
            severity: given(|asks| matches!(asks, Asks::Severity)),
            impact: given(|asks| matches!(asks, Asks::Impact)),
            auto: known.auto,
            by: known.by.clone(),
            host: known.host.clone(),
        }
    }

    /// What is wrong with a field, in the operator's words.
    fn complaint(field: &Field) -> Option<String> {
        let value = text(field);
        match &field.asks {
            Asks::Environment if value.is_empty() => Some("choose one".to_owned()),
            Asks::Input(input) if value.is_empty() => {
                let elsewhere = input.is_secret()
                    && std::env::var_os(input.secret_variable()).is_some()
                    || input
                        .env
                        .as_ref()
                        .is_some_and(|v| std::env::var_os(v).is_some());
                (input.default.is_none() && !elsewhere).then(|| "required".to_owned())
            }
            Asks::Input(input) => input.read(&value).err(),
            _ => None,
        }
    }

    /// An environment sets inputs that nobody touched; what another one had set
    /// before must not stay behind.
    fn apply_environment(&mut self) {
        let Some(beginning) = &self.beginning else {
            return;
        };
        let chosen = self
            .fields
            .iter()
            .find(|field| matches!(field.asks, Asks::Environment))
            .map(text);
        let Some(place) = chosen.and_then(|name| beginning.runbook.environment(&name).cloned())
        else {
            return;
        };
        for field in &mut self.fields {
            let Asks::Input(input) = &field.asks else {
                continue;
            };
            if field.touched || beginning.inputs.contains_key(&input.name) {
                continue;
            }
            let set = place.inputs.iter().find(|(name, _)| *name == input.name);
            let value = set
                .map(|(_, value)| value)
                .or(input.default.as_ref())
                .map(ToString::to_string)
                .unwrap_or_default();
            field.area = area(&value, input.is_secret());
        }
    }
}

fn area(value: &str, secret: bool) -> TextArea<'static> {
    let mut area = TextArea::new(vec![value.replace(['\n', '\r'], " ")]);
    area.set_cursor_line_style(ratatui::style::Style::new());
    area.move_cursor(tui_textarea::CursorMove::End);
    if secret {
        area.set_mask_char('•');
    }
    area
}

fn field(asks: Asks, value: &str, options: Vec<String>) -> Field {
    let secret = matches!(&asks, Asks::Input(input) if input.is_secret());
    Field {
        area: area(value, secret),
        choices: Choices::of(&asks),
        asks,
        options,
        touched: false,
    }
}

fn text(field: &Field) -> String {
    field.area.lines().join(" ")
}
