//! The footer: the way forward, always one key, and what was refused and why.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::{RunScreen, View, choices, terminal};
use crate::engine::{Next, State, next};
use crate::tui::{
    keymap::{self, Action},
    theme::Theme,
    words::{clip, span},
};

/// Draws the footer.
pub fn draw(frame: &mut Frame<'_>, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let width = usize::from(area.width);
    if let Some(error) = view.stalled {
        let text = format!(
            " Nothing new starts, what runs goes on: the journal cannot be written ({error})."
        );
        frame.render_widget(Paragraph::new(span(clip(&text, width), theme.bad)), area);
        return;
    }
    if let Some(hints) = terminal::hints(screen, view) {
        frame.render_widget(Paragraph::new(fitted(&hints, width, theme)), area);
        return;
    }
    if let Some(message) = &screen.message {
        let style = if message.bad { theme.bad } else { theme.accent };
        let text = clip(&format!(" {}", message.text), width);
        frame.render_widget(Paragraph::new(span(text, style)), area);
        return;
    }
    let mut hints: Vec<(&str, String)> = Vec::new();
    if view.watching.is_none() {
        let forward = if screen.shows_current(view.state) {
            way_forward(view.state, screen)
        } else {
            "back to what comes next".to_owned()
        };
        if !forward.is_empty() {
            hints.push(("Enter", forward));
        }
    }
    let more: &[(Action, &str)] = if view.watching.is_some() {
        &[(Action::Search, "search"), (Action::Timeline, "timeline")]
    } else {
        match next(view.state) {
            Next::Busy(..) if screen.shown_terminal().is_some() => &[
                (Action::Type, "type into it"),
                (Action::Stop, "stop it"),
                (Action::Note, "note"),
                (Action::Zoom, "zoom"),
            ],
            Next::Busy(..) => &[
                (Action::Stop, "stop it"),
                (Action::Note, "note"),
                (Action::Search, "search"),
            ],
            Next::Closed => &[(Action::Timeline, "timeline")],
            Next::Close(_) | Next::Wait(..) => {
                &[(Action::Note, "note"), (Action::Timeline, "timeline")]
            }
            Next::Failed(..) => &[
                (Action::Down, "choose"),
                (Action::Note, "note"),
                (Action::Search, "search"),
                (Action::Zoom, "zoom"),
            ],
            Next::Decide(..) | Next::Unknown(..) => &[
                (Action::Down, "choose"),
                (Action::Note, "note"),
                (Action::Timeline, "timeline"),
            ],
            Next::Manual(..) => &[
                (Action::Skip, "skip"),
                (Action::Copy, "copy"),
                (Action::Note, "note"),
            ],
            _ => &[
                (Action::Note, "note"),
                (Action::Edit, "edit"),
                (Action::Skip, "skip"),
                (Action::Auto, "auto"),
                (Action::Zoom, "zoom"),
            ],
        }
    };
    hints.extend(
        more.iter()
            .map(|(action, words)| (keymap::key_of(keymap::RUN, *action), (*words).to_owned())),
    );
    hints.push(("?", "help".to_owned()));
    hints.push(("q", "detach".to_owned()));
    frame.render_widget(Paragraph::new(fitted(&hints, width, theme)), area);
}

/// As many hints as fit; the first and the last two always do.
pub fn fitted(hints: &[(&str, String)], width: usize, theme: &Theme) -> Line<'static> {
    let cost = |(key, words): &(&str, String)| key.width() + words.width() + 4;
    let mut kept: Vec<&(&str, String)> = hints.iter().collect();
    while kept.iter().map(|hint| cost(hint)).sum::<usize>() > width && kept.len() > 3 {
        kept.remove(kept.len() - 3);
    }
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut left = width;
    for (number, hint) in kept.into_iter().enumerate() {
        let words = clip(&hint.1, left.saturating_sub(hint.0.width() + 4));
        left = left.saturating_sub(hint.0.width() + words.width() + 4);
        let style = if number == 0 { theme.strong } else { theme.dim };
        spans.push(span(format!(" {} ", hint.0), theme.accent));
        spans.push(span(format!("{words}  "), style));
    }
    Line::from(spans)
}

/// What Enter does now, in words.
fn way_forward(state: &State, screen: &RunScreen) -> String {
    let title = |id: &str| crate::report::timeline::step_title(state, id);
    match next(state) {
        Next::Run(step, _) => format!("run ‘{}’", title(&step.id)),
        Next::Busy(..) => String::new(),
        Next::Retry(..) => "retry now".to_owned(),
        Next::Poll(..) => "look now".to_owned(),
        Next::Wait(..) => "end the wait early".to_owned(),
        Next::Close(_) => "close the run".to_owned(),
        Next::Closed => "leave".to_owned(),
        Next::Manual(_, _, manual) if manual.checklist.iter().all(|(_, done)| done.is_some()) => {
            "done".to_owned()
        }
        Next::Manual(..) => "tick the entry".to_owned(),
        Next::Decide(..) | Next::Failed(..) | Next::Unknown(..) => {
            let all = choices::choices(state);
            match screen.marked(state, &all).and_then(|at| all.get(at)) {
                Some(choice) => choice.label.clone(),
                None => "choose with j and k first".to_owned(),
            }
        }
    }
}
