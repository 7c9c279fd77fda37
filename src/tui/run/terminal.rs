//! The pane of a command that runs in a terminal: its screen, and typing into it.

use std::num::NonZeroU16;

use crossterm::event::KeyEvent;
use ratatui::{buffer::CellDiffOption, layout::Rect, widgets::Paragraph};

use super::{
    RunScreen, View,
    footer::Hint,
    key_bytes::{key_bytes, paste_bytes},
    keys::Intent,
    output,
};
use crate::engine::{AttemptId, State};
use crate::session::TerminalView;
use crate::tui::{
    frame::Frame,
    keymap::{
        Action,
        context::{STEP, TERMINAL},
    },
    source::Source,
    theme::Theme,
    words::{ends, span},
};

/// More than anybody pastes on purpose.
const MAX_PASTE: usize = 64 << 10;

impl RunScreen {
    /// The terminal on the screen, unless the plain log is wanted.
    pub fn shown_terminal(&self) -> Option<&TerminalView> {
        let (_, terminal) = self.terminal.as_ref()?;
        (!self.plain_log).then_some(terminal)
    }

    /// Follows the terminal of an attempt, if it has one, in a pane of this size;
    /// whether to draw again. The command is told when the pane's size changes.
    ///
    /// # Errors
    /// When its log cannot be read.
    pub fn refresh_terminal(
        &mut self,
        source: &mut Source,
        wanted: Option<AttemptId>,
        (cols, rows): (u16, u16),
    ) -> std::io::Result<bool> {
        if self.terminal.as_ref().map(|(id, _)| *id) != wanted {
            self.terminal = wanted.and_then(|id| Some((id, source.terminal(id)?)));
            self.told_size = None;
        }
        let Some((attempt, terminal)) = &mut self.terminal else {
            return Ok(false);
        };
        if cols == 0 || rows == 0 {
            // The pane is not on the screen.
            return Ok(false);
        }
        let size = Some((cols, rows));
        if is_live(source.state(), *attempt) && self.told_size != size {
            source.resize(*attempt, cols, rows);
            self.told_size = size;
        }
        terminal.refresh(cols, rows)
    }

    /// Begins to type into the command on the screen.
    pub fn begin_typing(&mut self, state: &State) {
        let shown = self.terminal_attempt(state).or(self.shown_attempt(state));
        let live = shown.filter(|id| is_live(state, *id));
        match live.and_then(|id| state.attempts.get(&id).map(|attempt| (id, attempt))) {
            None => self.complain("Nothing runs here that could be typed into"),
            Some((_, attempt)) if !attempt.launch.tty => {
                self.complain("This command has no terminal (tty: true) to type into");
            }
            Some((id, _)) => {
                self.plain_log = false;
                self.typing = Some(id);
            }
        }
    }

    /// Deals with a key while typing: all but one go to the command. After its end
    /// they go nowhere, so that the rest of a word does not act on the run.
    pub(super) fn type_key(
        &mut self,
        attempt: AttemptId,
        key: KeyEvent,
        view: &View<'_>,
    ) -> Option<Intent> {
        if view.keys.action(TERMINAL, key) == Some(Action::StopTyping) {
            self.typing = None;
            return None;
        }
        let terminal = self.terminal_of(attempt);
        let application = terminal.is_some_and(TerminalView::wants_application_arrows);
        let bytes = key_bytes(key, application);
        (is_live(view.state, attempt) && !bytes.is_empty()).then_some(Intent::Type(attempt, bytes))
    }

    /// Deals with pasted text while typing.
    pub(super) fn type_paste(&mut self, attempt: AttemptId, text: &str) -> Option<Intent> {
        if text.len() > MAX_PASTE {
            let size = output::bytes(text.len() as u64);
            self.complain(format!("Nothing was pasted: {size} are more than 64 kB"));
            return None;
        }
        let terminal = self.terminal_of(attempt);
        let marked = terminal.is_some_and(TerminalView::wants_paste_marked);
        Some(Intent::Type(attempt, paste_bytes(text, marked)))
    }

    fn terminal_of(&self, attempt: AttemptId) -> Option<&TerminalView> {
        let (id, terminal) = self.terminal.as_ref()?;
        (*id == attempt).then_some(terminal)
    }
}

fn is_live(state: &State, attempt: AttemptId) -> bool {
    let attempt = state.attempts.get(&attempt);
    attempt.is_some_and(|attempt| attempt.status.is_live())
}

/// What the footer says while typing: what keys do, and the way back.
pub fn hints<'a>(screen: &RunScreen, view: &View<'a>) -> Option<Vec<Hint<'a>>> {
    let attempt = screen.typing?;
    let words = if is_live(view.state, attempt) {
        "back; every other key goes to the command"
    } else {
        "back; the command has ended, keys go nowhere"
    };
    let key = view.keys.key_of(TERMINAL, Action::StopTyping);
    Some(vec![(key.into(), words.to_owned())])
}

/// Draws the terminal; the pane's last row says what it is.
pub fn draw(
    frame: &mut Frame,
    area: Rect,
    terminal: &TerminalView,
    screen: &RunScreen,
    view: &View<'_>,
    theme: &Theme,
) {
    if area.height < 2 {
        return;
    }
    let (cols, rows) = terminal.size();
    let (width, height) = (cols.min(area.width), rows.min(area.height - 1));
    let buffer = frame.buffer_mut();
    for row in 0..height {
        for col in 0..width {
            let Some(glyph) = terminal.glyph(row, col) else {
                continue;
            };
            let Some(cell) = buffer.cell_mut((area.x + col, area.y + row)) else {
                continue;
            };
            cell.set_style(output::convert(glyph.style, theme));
            let text = glyph.text.as_ref();
            if text.len() <= 1 {
                cell.set_symbol(if text.is_empty() { " " } else { text });
                continue;
            }
            // As wide as the command thinks.
            let is_wide = col + 1 < cols && terminal.glyph(row, col + 1).is_none();
            if is_wide && col + 1 == width {
                // What stands beside the pane begins where half of it would be.
                cell.set_symbol(" ");
            } else {
                let columns = NonZeroU16::MIN.saturating_add(is_wide.into());
                let width = CellDiffOption::ForcedWidth(columns);
                cell.set_symbol(text).set_diff_option(width);
            }
        }
    }
    if screen.typing.is_some()
        && screen.overlays.is_empty()
        && let Some((row, col)) = terminal.cursor()
        && row < height
    {
        let at = (area.x + col.min(width.saturating_sub(1)), area.y + row);
        // Terminals draw a cursor in the colour of what stands there, also where nothing does.
        let cell = frame.buffer_mut().cell_mut(at);
        cell.map(|cell| cell.set_diff_option(CellDiffOption::AlwaysUpdate));
        frame.set_cursor_position(at);
    }
    let left = if screen.typing.is_some() {
        vec![span("typing into the command", theme.accent)]
    } else if screen
        .terminal
        .as_ref()
        .is_some_and(|(id, _)| is_live(view.state, *id))
    {
        let key = view.keys.hint(STEP, Action::Type);
        vec![span(format!("{key} types into it"), theme.dim)]
    } else {
        vec![span("it has ended", theme.dim)]
    };
    let key = view.keys.hint(STEP, Action::Log);
    let right = format!("terminal {cols} × {rows} · {key} shows the log");
    let status = Rect {
        y: area.y + area.height - 1,
        height: 1,
        ..area
    };
    let line = ends(left, vec![span(right, theme.dim)], usize::from(area.width));
    frame.render_widget(Paragraph::new(line), status);
}
