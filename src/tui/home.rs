//! The home screen: unfinished runs first, then the runbooks.

mod draw;
mod keys;
mod lines;
mod mouse;
mod preview;
mod rows;
mod shelf;
mod standing;
mod unfinished;

use std::{collections::BTreeMap, io, path::PathBuf};

use chrono::{DateTime, Utc};
use crossterm::event::{Event, KeyEventKind};
use futures_util::{Stream, StreamExt};
use ratatui::layout::Rect;

use super::{
    frames::Frames,
    keymap::{
        Keymap, Place,
        context::{HOME, PAGE, PALETTE},
    },
    palette::Palette,
    signals::Signals,
    stage::Stage,
    theme::Theme,
};
use crate::history::{self, Drill, RunStatus, RunSummary};
use crate::runbook::library;
use crate::session::{Beginning, seat::Seat, system_clock};
use crate::settings::Settings;
use crate::trust::{self, Mark, Standing};

pub use draw::{draw, pane};
pub use lines::Line;
use preview::Preview;
pub use preview::drilled;
use shelf::Shelf;

/// What was chosen.
pub enum Chosen {
    /// To leave.
    Nothing,
    /// A run to take up.
    Resume(PathBuf),
    /// A runbook to run.
    Begin(Box<Beginning>),
    /// The demo.
    Demo,
}

/// What a key or a click asks of whoever runs the screen.
enum Asked {
    /// This was chosen.
    Choose(Chosen),
    /// The mouse is to be left to the terminal, or taken again.
    Mouse,
    /// Everything is to be drawn anew.
    Redraw,
}

/// The home screen.
pub struct HomeScreen {
    runs: Vec<RunSummary>,
    /// How unfinished runs stand, by their id.
    standings: BTreeMap<String, standing::Standing>,
    /// Where runbooks are looked for, and what was trusted.
    settings: Settings,
    runbooks: Vec<library::Entry>,
    /// Whether each of them may execute, in their order; none before the closer look.
    marks: Vec<Mark>,
    /// The runbook that the preview shows, once loaded.
    preview: Option<Preview>,
    /// The last drill by runbook; none before the closer look.
    drills: Option<BTreeMap<String, Drill>>,
    filter: String,
    cursor: usize,
    /// The page of the help that is shown.
    help: Option<usize>,
    /// Which key does what.
    keys: Keymap,
    /// The palette, while it is open.
    palette: Option<Palette>,
    /// The row of the list, or of the palette, that was clicked last.
    clicked: Option<usize>,
    /// The whole screen.
    area: Rect,
    error: Option<String>,
    /// Nothing was ever run here: the demo is offered first.
    is_new: bool,
    /// What time it is: how long ago something was is told by it.
    now: DateTime<Utc>,
}

impl HomeScreen {
    /// What can be shown at once: titles, without reading any file whole.
    pub fn first_look(settings: &Settings, keys: &Keymap) -> Self {
        Self {
            runs: Vec::new(),
            standings: BTreeMap::new(),
            settings: settings.clone(),
            runbooks: library::list(&settings.runbooks),
            marks: Vec::new(),
            preview: None,
            drills: None,
            filter: String::new(),
            cursor: 0,
            help: None,
            keys: keys.clone(),
            palette: None,
            clicked: None,
            area: Rect::default(),
            error: None,
            is_new: false,
            now: system_clock(),
        }
    }

    /// The rest: unfinished runs and the preview.
    pub fn look_closely(&mut self, settings: &Settings) {
        self.now = system_clock();
        let all = history::list(&settings.runs());
        self.is_new = all.is_empty();
        self.drills = Some(history::last_drills(&all));
        self.runs = all
            .into_iter()
            .filter(|run| !matches!(run.status, RunStatus::Closed { .. }))
            .collect();
        self.standings = standing::standings(&self.runs, &Seat::here(false));
        self.marks = trust::marks(&self.runbooks, &self.settings);
        self.load_preview();
    }

    /// Whether nothing was ever run here.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Where the operator stands.
    fn place(&self) -> Place {
        match (&self.help, &self.palette) {
            (Some(_), _) => PAGE,
            (None, Some(_)) => PALETTE,
            (None, None) => HOME,
        }
    }

    /// Finds out anew which runbooks may execute.
    fn look_at_trust(&mut self) {
        self.marks = trust::marks(&self.runbooks, &self.settings);
        self.preview = None;
        self.load_preview();
    }
}

/// Draws the home screen once.
///
/// # Errors
/// When the terminal fails.
pub fn draw_on<S: Stage>(stage: &mut S, home: &HomeScreen, theme: &Theme) -> io::Result<()> {
    stage
        .draw(false, |frame| draw(frame, home, theme))
        .map(drop)
}

/// Lets the operator choose. A runbook that is saved meanwhile is shown as it is now.
///
/// # Errors
/// When the terminal fails.
pub async fn choose<S: Stage>(
    stage: &mut S,
    events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    home: &mut HomeScreen,
    theme: &Theme,
) -> io::Result<Chosen> {
    let mut signals = Signals::listen()?;
    let mut shelf = Shelf::watch(home.settings.runbooks.clone());
    let mut events = events.peekable();
    let mut frames = Frames::begin();
    loop {
        if frames.is_due(&mut events).await {
            home.now = system_clock();
            home.area = frames.draw(stage, |frame| draw(frame, home, theme))?;
        }
        let event = tokio::select! {
            biased;
            event = signals.or_event(stage, &mut events) => event?,
            runbooks = shelf.changed() => {
                home.refresh(runbooks);
                frames.change();
                continue;
            }
        };
        let Some(event) = event else {
            return Ok(Chosen::Nothing);
        };
        if frames.feel(&event, &home.keys, home.place()) {
            continue;
        }
        let asked = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => home.key(key),
            Event::Mouse(mouse) => home.mouse(mouse, theme),
            Event::Paste(text) => {
                home.paste(&text);
                None
            }
            _ => None,
        };
        match asked {
            None => {}
            Some(Asked::Mouse) => {
                let ours = stage.toggle_mouse();
                home.mouse_is(ours);
            }
            Some(Asked::Redraw) => frames.renew(),
            Some(Asked::Choose(chosen)) => {
                if let Some(chosen) = trusted(stage, &mut events, home, theme, chosen).await? {
                    return Ok(chosen);
                }
                signals.go_on()?;
            }
        }
    }
}

/// What was chosen, once it may execute; nothing when the operator does not want it.
async fn trusted<S: Stage>(
    stage: &mut S,
    events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    home: &mut HomeScreen,
    theme: &Theme,
    chosen: Chosen,
) -> io::Result<Option<Chosen>> {
    let Chosen::Begin(mut beginning) = chosen else {
        return Ok(Some(chosen));
    };
    if let Standing::Asked(question) = &beginning.standing {
        match super::trust::ask(stage, events, question, theme, &home.keys).await? {
            Some(trusted) => beginning.standing = Standing::Trusted(trusted),
            None => return Ok(None),
        }
        home.look_at_trust();
    }
    Ok(Some(Chosen::Begin(beginning)))
}
