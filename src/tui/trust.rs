//! What a runbook would execute, read before anything of it does: the operator says
//! by a key of its own that it may.

use std::io;

use crossterm::event::{Event, KeyEventKind};
use futures_util::{Stream, StreamExt};
use ratatui::{
    layout::Rect,
    text::Line,
    widgets::{Block, BorderType, Paragraph},
};
use tokio::time::Instant;

use super::{
    form::Offload,
    frame::Frame,
    frames::Frames,
    input,
    keymap::{Action, Keymap, context::PAGE},
    rows::{Rows, fill},
    run::footer::fitted,
    seen::Seen,
    signals::Signals,
    small,
    stage::Stage,
    theme::Theme,
    words::{span, wrap, wrap_code},
};
use crate::session::system_clock;
use crate::settings;
use crate::trust::{Question, Trusted, tell::Tone};

/// What it means to say yes.
const MEANS: &str = "As it stands now, nothing of this runbook has been executed. Trusted, its commands run as you, with all that you may do.";

/// Asks the operator; nothing comes back when they do not want it.
///
/// # Errors
/// When the terminal fails.
pub async fn ask<S: Stage>(
    stage: &mut S,
    events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    question: &Question,
    theme: &Theme,
    keys: &Keymap,
) -> io::Result<Option<Trusted>> {
    let mut signals = Signals::listen()?;
    let mut page = Page {
        question,
        top: 0,
        trouble: None,
    };
    let mut room = Room::default();
    let mut frames = Frames::begin();
    let mut events = events.peekable();
    let mut seen = Seen::nothing(stage.settle());
    loop {
        if frames.is_changed() {
            frames.draw(stage, |frame| room = draw(frame, &page, theme, keys))?;
        }
        let last = room.lines.saturating_sub(room.height);
        // Another size of the window may have made the page shorter.
        page.top = page.top.min(last);
        // What was typed before the page stood there was not meant for it.
        if room.height == 0 {
            seen.hide();
        } else if !input::waits(&mut events).await {
            seen.stands((), Instant::now());
        }
        let key = match signals.or_event(stage, &mut events).await? {
            None => return Ok(None),
            Some(event) if frames.feel(&event, keys, PAGE) => continue,
            Some(Event::Key(key)) if key.kind != KeyEventKind::Release => key,
            Some(_) => continue,
        };
        let screen = room.height.max(2) - 1;
        let now = Instant::now();
        match keys.action(PAGE, key) {
            Some(Action::Back | Action::Leave) => return Ok(None),
            Some(Action::Trust) if seen.is_early(&(), now) => seen.hold_back(now),
            Some(Action::Trust) => match grant(question.clone()).await {
                Ok(trusted) => return Ok(Some(trusted)),
                Err(why) => page.trouble = Some(why),
            },
            Some(Action::Up) => page.top = page.top.saturating_sub(1),
            Some(Action::Down) => page.top = (page.top + 1).min(last),
            Some(Action::PageUp) => page.top = page.top.saturating_sub(screen),
            Some(Action::PageDown) => page.top = (page.top + screen).min(last),
            Some(Action::Top) => page.top = 0,
            Some(Action::End) => page.top = last,
            _ => {}
        }
    }
}

/// Keeps it, off the thread that draws: the disk may take its time.
async fn grant(question: Question) -> Result<Trusted, String> {
    let mut work = Offload::start(move |_| question.grant(&settings::operator(), system_clock()));
    match work.answer().await {
        Some(granted) => granted.map_err(|error| error.to_string()),
        None => Err("what is trusted could not be kept".to_owned()),
    }
}

struct Page<'a> {
    question: &'a Question,
    top: usize,
    /// Why it could not be kept.
    trouble: Option<String>,
}

/// How much there is to read, and how much of it is seen at once.
#[derive(Debug, Default, Clone, Copy)]
struct Room {
    lines: usize,
    height: usize,
}

fn draw(frame: &mut Frame, page: &Page<'_>, theme: &Theme, keys: &Keymap) -> Room {
    let area = frame.area();
    fill(frame.buffer_mut(), area, theme.base);
    if small::is_said(frame, "Nothing is executed.", theme) {
        return Room::default();
    }
    let body = Rect {
        height: area.height - 1,
        ..area
    };
    let changed = page.question.files.iter().any(|file| file.before.is_some());
    let title = if changed {
        " ⚠ Changed since it was trusted "
    } else {
        " ⚠ Not trusted yet "
    };
    let inner = Rect {
        x: body.x + 2,
        y: body.y + 1,
        width: body.width - 4,
        height: body.height - 2,
    };
    let width = usize::from(inner.width);
    let height = usize::from(inner.height);
    let lines = lines(page, width, theme);
    let room = Room {
        lines: lines.len(),
        height,
    };
    let top = page.top.min(lines.len().saturating_sub(height));
    let seen = (top + height).min(lines.len());
    let mut outline = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.focus)
        .title(span(title, theme.warn));
    if lines.len() > height {
        let place = format!(" lines {}–{seen} of {} ", top + 1, lines.len());
        outline = outline.title_bottom(Line::from(span(place, theme.dim)).right_aligned());
    }
    frame.render_widget(outline, body);
    let shown: Vec<Line<'_>> = lines.into_iter().skip(top).take(height).collect();
    frame.render_widget(Rows(shown), inner);
    let footer = Rect {
        y: area.y + area.height - 1,
        height: 1,
        ..area
    };
    let hints = [
        (Action::Trust, "trust it, and go on"),
        (Action::Down, "read on"),
        (Action::Back, "back; it stays untrusted"),
    ];
    let hints = hints.map(|(action, words)| (keys.in_footer(PAGE, action), words.to_owned()));
    let width = usize::from(area.width);
    frame.render_widget(Paragraph::new(fitted(&hints, width, theme)), footer);
    room
}

fn lines(page: &Page<'_>, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = Vec::new();
    if let Some(trouble) = &page.trouble {
        for line in wrap(trouble, width) {
            lines.push(Line::from(span(line, theme.bad)));
        }
    }
    for line in wrap(MEANS, width) {
        lines.push(Line::from(span(line, theme.text)));
    }
    lines.push(Line::default());
    let told = page.question.lines().into_iter();
    for (tone, line) in told.chain(page.question.texts()) {
        let style = match tone {
            Tone::Title => theme.strong,
            Tone::Plain | Tone::Code => theme.text,
            Tone::Doubt => theme.warn,
            Tone::Added => theme.good,
            Tone::Removed => theme.bad,
            Tone::Place => theme.accent,
        };
        let line = match tone {
            Tone::Doubt => format!("⚠ {}", line.trim_start()),
            _ => line,
        };
        let wrapped = match tone {
            Tone::Title | Tone::Plain | Tone::Doubt => wrap(&line, width),
            _ => wrap_code(&line, width),
        };
        // A blank line is one too.
        if wrapped.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(
            wrapped
                .into_iter()
                .map(|line| Line::from(span(line, style))),
        );
    }
    lines
}
