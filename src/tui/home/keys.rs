//! What keys do.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Asked, Chosen, HomeScreen, rows::Row};
use crate::engine::event::RunKind;
use crate::history::RunStatus;
use crate::session::Beginning;
use crate::settings;
use crate::trust;
use crate::tui::{
    keymap::{
        Action,
        context::{HOME, PALETTE},
    },
    overlay::help,
    palette::{Palette, Picked},
};

impl HomeScreen {
    /// Does what a key says; what was asked for by it.
    pub(super) fn key(&mut self, key: KeyEvent) -> Option<Asked> {
        self.error = None;
        self.clicked = None;
        if let Some(page) = self.help.take() {
            let pages = help::pages(self.area, &self.keys, HOME);
            self.help = Some(page + 1).filter(|page| *page < pages);
            return None;
        }
        if let Some(palette) = &mut self.palette {
            let action = self.keys.action(PALETTE, key);
            let picked = palette.key(action, key);
            return self.picked(picked);
        }
        match self.keys.action(HOME, key) {
            Some(action) => return self.act(action),
            None => match key.code {
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

    /// Takes pasted text into what is being typed.
    pub(super) fn paste(&mut self, text: &str) {
        let text = text.replace(['\r', '\n'], " ");
        if let Some(palette) = &mut self.palette {
            palette.type_in(&text);
        } else if self.help.is_none() {
            self.filter
                .extend(text.trim().chars().filter(|c| !c.is_control()).take(80));
            self.cursor = 0;
            self.load_preview();
        }
    }

    /// What became of a key or a click on the palette.
    pub(super) fn picked(&mut self, picked: Picked) -> Option<Asked> {
        if picked != Picked::Nothing {
            self.palette = None;
        }
        match picked {
            Picked::Nothing | Picked::Gone => None,
            Picked::Do(action) => self.act(action),
        }
    }

    /// Does what an action means here.
    pub(super) fn act(&mut self, action: Action) -> Option<Asked> {
        let opened = match action {
            Action::Next => self.open(RunKind::Incident),
            Action::Drill => self.open(RunKind::Drill),
            Action::Rehearse => self.open(RunKind::Rehearsal),
            Action::Back if !self.filter.is_empty() => {
                self.filter.clear();
                None
            }
            Action::Back | Action::Leave => Some(Chosen::Nothing),
            Action::Demo => Some(Chosen::Demo),
            Action::Mouse => return Some(Asked::Mouse),
            Action::Redraw => return Some(Asked::Redraw),
            _ => None,
        };
        match action {
            Action::Up => self.cursor = self.cursor.saturating_sub(1),
            Action::Down => {
                self.cursor = (self.cursor + 1).min(self.rows().len().saturating_sub(1));
            }
            Action::Help => self.help = Some(0),
            Action::Palette => {
                self.palette = Some(Palette::of(&self.keys, HOME, |action| self.why_not(action)));
            }
            _ => {}
        }
        self.load_preview();
        opened.map(Asked::Choose)
    }

    /// Why an action would come to nothing now.
    pub(super) fn why_not(&self, action: Action) -> Option<String> {
        let marked = self.marked();
        let no = |why: &str| Some(why.to_owned());
        match (action, marked) {
            (Action::Next | Action::Drill | Action::Rehearse, None) => no("nothing is marked"),
            (Action::Drill | Action::Rehearse, Some(Row::Demo)) => {
                no("the demo is marked, not a runbook")
            }
            (Action::Drill | Action::Rehearse, Some(Row::Run(_))) => {
                no("a run is marked, not a runbook")
            }
            (Action::Next, Some(Row::Run(number))) => match &self.runs[number].status {
                RunStatus::Moved { .. } => no("it goes on elsewhere"),
                RunStatus::Damaged { .. } => no("it is damaged"),
                _ => None,
            },
            (Action::Next | Action::Drill | Action::Rehearse, Some(Row::Runbook(_)))
                if self.preview.as_ref().is_some_and(|it| it.loaded.is_err()) =>
            {
                no("this runbook has errors")
            }
            (Action::Drill, Some(Row::Runbook(_))) => {
                let loaded = self.preview.as_ref()?.loaded.as_ref().ok()?;
                let possible = loaded.environments.iter().any(|place| place.drill);
                if possible {
                    None
                } else {
                    no("this runbook has no environment for drills")
                }
            }
            _ => None,
        }
    }

    /// Says whose the mouse is.
    pub(super) fn mouse_is(&mut self, ours: bool) {
        self.error = Some(
            if ours {
                "The mouse is used here again"
            } else {
                "The mouse is the terminal’s: select as you are used to"
            }
            .to_owned(),
        );
    }

    pub(super) fn open(&mut self, kind: RunKind) -> Option<Chosen> {
        match self.marked()? {
            Row::Demo => (kind == RunKind::Incident).then_some(Chosen::Demo),
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
