//! What keys do.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Chosen, HomeScreen, rows::Row};
use crate::engine::event::RunKind;
use crate::history::RunStatus;
use crate::session::Beginning;
use crate::settings;
use crate::trust;
use crate::tui::{
    keymap::{Action, context::HOME},
    overlay::help,
};

impl HomeScreen {
    /// Does what a key says; what was chosen, if that is it.
    pub fn key(&mut self, key: KeyEvent) -> Option<Chosen> {
        self.error = None;
        if let Some(page) = self.help.take() {
            let pages = help::pages(self.area, &self.keys, HOME);
            self.help = Some(page + 1).filter(|page| *page < pages);
            return None;
        }
        match self.keys.action(HOME, key) {
            Some(Action::Next) => return self.open(RunKind::Incident),
            Some(Action::Drill) => return self.open(RunKind::Drill),
            Some(Action::Rehearse) => return self.open(RunKind::Rehearsal),
            Some(Action::Up) => self.cursor = self.cursor.saturating_sub(1),
            Some(Action::Down) => {
                self.cursor = (self.cursor + 1).min(self.rows().len().saturating_sub(1));
            }
            Some(Action::Back) if !self.filter.is_empty() => self.filter.clear(),
            Some(Action::Back | Action::Leave) => return Some(Chosen::Nothing),
            Some(Action::Help) => self.help = Some(0),
            _ => match key.code {
                KeyCode::Char(c) if !key.modifiers.contains(KeyModifiers::CONTROL) => {
                    self.filter.push(c);
                    self.cursor = 0;
                }
                KeyCode::Backspace => {
                    self.filter.pop();
                }
                _ => {}
            },
        }
        self.load_preview();
        None
    }

    pub(super) fn open(&mut self, kind: RunKind) -> Option<Chosen> {
        match self.marked()? {
            Row::Run(number) => match &self.runs[number].status {
                RunStatus::Moved { to } => {
                    self.error = Some(format!("It was moved and goes on in {}", to.display()));
                    None
                }
                RunStatus::Damaged { why } => {
                    self.error = Some(why.clone());
                    None
                }
                _ => Some(Chosen::Resume(self.runs[number].path.clone())),
            },
            Row::Runbook(number) => {
                self.load_preview();
                let preview = self.preview.as_ref()?;
                let Ok(runbook) = &preview.loaded else {
                    self.error =
                        Some("This runbook has errors: rbconsole check says which".to_owned());
                    return None;
                };
                if kind == RunKind::Drill && !runbook.environments.iter().any(|place| place.drill) {
                    self.error = Some(
                        "A drill needs an environment with `drill: true`; this runbook has none"
                            .to_owned(),
                    );
                    return None;
                }
                let entry = &self.runbooks[number];
                // Another console may have trusted it since it was shown.
                let standing = trust::look(entry, &preview.used, runbook, &self.settings);
                Some(Chosen::Begin(Box::new(Beginning {
                    standing,
                    runbook: Arc::clone(runbook),
                    file: entry.file(),
                    from: None,
                    name: entry.name.clone(),
                    text: entry.text.clone(),
                    title: String::new(),
                    kind,
                    environment: None,
                    inputs: std::collections::BTreeMap::new(),
                    severity: None,
                    impact: None,
                    auto: false,
                    by: settings::operator(),
                    host: settings::host(),
                })))
            }
        }
    }
}
