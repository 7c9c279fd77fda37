//! Filling the form in: the loop that joins keys and the questions on their way.

use std::io;

use crossterm::event::{Event, KeyEventKind};
use futures_util::{Stream, StreamExt};
use tokio::time::Instant;

use super::{Filled, FormScreen, Offload, choices::Answered, draw};
use crate::tui::{
    frames::Frames, input, keymap::context::FORM, seen::Seen, signals::Signals, small,
    stage::Stage, theme::Theme,
};

/// Lets the operator fill a form in.
///
/// # Errors
/// When the terminal fails.
pub async fn fill<S: Stage>(
    stage: &mut S,
    events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    form: &mut FormScreen,
    theme: &Theme,
) -> io::Result<Filled> {
    let mut signals = Signals::listen()?;
    let mut asking: Option<Offload<Answered>> = None;
    let mut events = events.peekable();
    let mut frames = Frames::begin();
    let mut seen = Seen::nothing(stage.settle());
    loop {
        if let Some(question) = form.question() {
            asking = Some(Offload::start(move |cancel| question.ask(cancel)));
        }
        if frames.is_due(&mut events).await {
            form.area = frames.draw(stage, |frame| draw(frame, form, theme))?;
        }
        if !small::fits(form.area) {
            seen.hide();
        } else if !frames.is_changed() && !input::waits(&mut events).await {
            seen.stands((), Instant::now());
        }
        let event = tokio::select! {
            biased;
            event = signals.or_event(stage, &mut events) => event?,
            answered = answer(&mut asking) => {
                asking = None;
                if let Some(answered) = answered {
                    form.answered(answered);
                }
                frames.change();
                continue;
            }
        };
        match event {
            None => return Ok(Filled::Left),
            Some(event) if frames.feel(&event, &form.keys, FORM) => {}
            Some(Event::Key(key)) if key.kind != KeyEventKind::Release => {
                let now = Instant::now();
                if form.begins(key) && seen.is_early(&(), now) {
                    seen.hold_back(now);
                } else if let Some(filled) = form.key(key) {
                    return Ok(filled);
                }
            }
            Some(Event::Paste(text)) => {
                if let Some(field) = form.fields.get_mut(form.cursor)
                    && field.options.is_empty()
                {
                    field.touched |= field
                        .area
                        .insert_str(text.replace(['\n', '\r'], " ").trim());
                }
            }
            Some(_) => {}
        }
    }
}

/// The answer of a question that is on its way; waits for ever if there is none.
async fn answer<T: Send + 'static>(asking: &mut Option<Offload<T>>) -> Option<T> {
    match asking {
        Some(asking) => asking.answer().await,
        None => std::future::pending().await,
    }
}

/// How a wait ended.
pub enum Waited<T> {
    /// With an answer; none if finding out came to grief.
    Answered(Option<T>),
    /// The operator did not want to wait.
    NotAnyMore,
    /// The screen is to end.
    Left,
}

/// Shows the form while something is found out.
///
/// # Errors
/// When the terminal fails.
pub async fn wait<S: Stage, T: Send + 'static>(
    stage: &mut S,
    events: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    form: &mut FormScreen,
    theme: &Theme,
    mut work: Offload<T>,
) -> io::Result<Waited<T>> {
    let mut signals = Signals::listen()?;
    let mut frames = Frames::begin();
    loop {
        if frames.is_changed() {
            form.area = frames.draw(stage, |frame| draw(frame, form, theme))?;
        }
        let event = tokio::select! {
            biased;
            event = signals.or_event(stage, events) => event?,
            answer = work.answer() => return Ok(Waited::Answered(answer)),
        };
        match event {
            None => return Ok(Waited::Left),
            Some(event) if frames.feel(&event, &form.keys, FORM) => {}
            Some(Event::Key(key)) if key.kind != KeyEventKind::Release => {
                if form.gives_up(key) {
                    return Ok(Waited::NotAnyMore);
                }
            }
            Some(_) => {}
        }
    }
}
