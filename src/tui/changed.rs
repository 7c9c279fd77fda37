//! What has changed in a runbook's file since the run began: read before the run
//! is shown, which goes on with what it began with.

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
    words::{clip, span, wrap},
};
use crate::session::pins::Changed;

/// Shows it until the operator goes on; false when the screen is to end.
///
/// # Errors
/// When the terminal fails.
pub async fn show<S: Stage>(
    stage: &mut S,
    events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    changed: &Changed,
    theme: &Theme,
    keys: &Keymap,
) -> io::Result<bool> {
    let mut signals = Signals::listen()?;
    let last = changed.difference.lines().count().saturating_sub(1);
    let mut top = 0_usize;
    let mut frames = Frames::begin();
    let mut events = events.peekable();
    let mut seen = Seen::nothing(stage.settle());
    let mut area = Rect::default();
    loop {
        if frames.is_changed() {
            area = frames.draw(stage, |frame| draw(frame, changed, top, theme, keys))?;
        }
        // What was typed before the page stood there was not meant for it.
        if !small::fits(area) {
            seen.hide();
        } else if !input::waits(&mut events).await {
            seen.stands((), Instant::now());
        }
        let key = match signals.or_event(stage, &mut events).await? {
            None => return Ok(false),
            Some(event) if frames.feel(&event, keys, PAGE) => continue,
            Some(Event::Key(key)) if key.kind != KeyEventKind::Release => key,
            Some(_) => continue,
        };
        let now = Instant::now();
        match keys.action(PAGE, key) {
            Some(Action::Next | Action::Back) if seen.is_early(&(), now) => seen.hold_back(now),
            Some(Action::Next | Action::Back) => return Ok(true),
            Some(Action::Leave) => return Ok(false),
            Some(Action::Up) => top = top.saturating_sub(1),
            Some(Action::Down) => top = (top + 1).min(last),
            Some(Action::PageUp) => top = top.saturating_sub(10),
            Some(Action::PageDown) => top = (top + 10).min(last),
            Some(Action::Top) => top = 0,
            Some(Action::End) => top = last,
            _ => {}
        }
    }
}

fn draw(frame: &mut Frame, changed: &Changed, top: usize, theme: &Theme, keys: &Keymap) {
    let area = frame.area();
    fill(frame.buffer_mut(), area, theme.base);
    if small::is_said(frame, "What runs goes on.", theme) {
        return;
    }
    let body = Rect {
        height: area.height - 1,
        ..area
    };
    let outline = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.focus)
        .title(span(" The runbook's file has changed ", theme.warn));
    frame.render_widget(outline, body);
    let inner = Rect {
        x: body.x + 2,
        y: body.y + 1,
        width: body.width - 4,
        height: body.height - 2,
    };
    let width = usize::from(inner.width);
    let mut lines: Vec<Line<'_>> = wrap(&changed.words, width)
        .into_iter()
        .map(|line| Line::from(span(line, theme.strong)))
        .collect();
    lines.push(Line::default());
    lines.extend(changed.difference.lines().skip(top).map(|line| {
        let style = match line.as_bytes().first() {
            Some(b'+') => theme.good,
            Some(b'-') => theme.bad,
            Some(b'@') => theme.accent,
            _ => theme.text,
        };
        Line::from(span(clip(line, width), style))
    }));
    frame.render_widget(Rows(lines), inner);
    let footer = Rect {
        y: area.y + area.height - 1,
        height: 1,
        ..area
    };
    let hints = [
        (Action::Next, "go on with the pinned runbook"),
        (Action::Down, "scroll"),
    ];
    let hints = hints.map(|(action, words)| (keys.in_footer(PAGE, action), words.to_owned()));
    frame.render_widget(
        Paragraph::new(fitted(&hints, usize::from(area.width), theme)),
        footer,
    );
}
