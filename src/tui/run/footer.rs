//! The footer: the way forward, always one key, and what was refused and why.

use std::borrow::Cow;

use ratatui::{
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::{Focus, RunScreen, View, Zoom, choices, standing::Watching, terminal};
use crate::engine::{Next, State, next};
use crate::report::timeline::without_marks;
use crate::runbook::Effect;
use crate::session::log_view::HuntStatus;
use crate::tui::{
    frame::Frame,
    keymap::{Action, Keymap, context::STEP},
    overlay::foot,
    theme::Theme,
    words::{clip, span},
};

/// Draws the footer.
pub fn draw(frame: &mut Frame, area: Rect, screen: &RunScreen, view: &View<'_>, theme: &Theme) {
    let width = usize::from(area.width);
    if let Some(error) = view.stalled {
        let text = stalled(error, width);
        frame.render_widget(Paragraph::new(span(clip(&text, width), theme.bad)), area);
        return;
    }
    if let Some(words) = view.standing.trouble {
        let text = clip(&format!(" {words}"), width);
        frame.render_widget(Paragraph::new(span(text, theme.bad)), area);
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
    // The keys of the run would mislead while a layer has them.
    let hints = match screen.overlays.last() {
        Some(layer) => foot::hints(layer, view.keys, view.state),
        None => hints(screen, view),
    };
    frame.render_widget(Paragraph::new(fitted(&hints, width, theme)), area);
}

/// That nothing can be written any more: as much of it as fits, what follows and what mends it
/// first.
fn stalled(error: &str, width: usize) -> String {
    // Its number says nothing to people.
    let error = error.split(" (os error").next().unwrap_or(error);
    let short = format!(" The journal cannot be written ({error}): nothing new starts. Make room");
    let all = [
        format!(
            "{short}, or leave and `rbconsole resume --state-dir DIR`; what runs goes on meanwhile."
        ),
        format!("{short}, or `resume --state-dir DIR`; what runs goes on."),
        format!("{short}."),
        " The journal cannot be written: nothing new starts. Make room.".to_owned(),
    ];
    let fits = all.iter().find(|text| text.width() <= width);
    clip(fits.unwrap_or(&all[3]), width)
}

/// A key, or the keys of a way there and back, and what they do.
pub type Hint<'a> = (Cow<'a, str>, String);

/// What can be done, the way forward first.
pub fn hints<'a>(screen: &RunScreen, view: &View<'a>) -> Vec<Hint<'a>> {
    let keys = view.keys;
    let place = screen.pane_place(view);
    let mut hints: Vec<Hint<'_>> = Vec::new();
    if screen.has_range() {
        let what = [
            (Action::Copy, "copy the marked lines"),
            (Action::Down, "mark more or less"),
            (Action::Pin, "pin the line"),
            (Action::Back, "mark none"),
        ];
        let what = what.map(|(action, words)| (keys.in_footer(place, action), words.to_owned()));
        hints.extend(what.into_iter().filter(|(key, _)| !key.is_empty()));
        return hints;
    }
    if view.watching.is_none() {
        let forward = if screen.faces_next(view.state) {
            way_forward(view, screen)
        } else {
            "back to what comes next".to_owned()
        };
        if !forward.is_empty() {
            hints.push((keys.in_footer(place, Action::Next), forward));
        }
        if let Some(asked) = view.state.driving.asked.last() {
            let key = keys.in_footer(place, Action::HandOver);
            hints.push((key, format!("hand over to {}", asked.by)));
        }
    } else if let Some(watching) = &view.watching {
        hints.extend(watched(watching, view.state, keys));
    }
    let more = more(screen, view);
    hints.extend(
        more.iter()
            .map(|(action, words)| (keys.in_footer(place, *action), (*words).to_owned())),
    );
    hints.push((keys.in_footer(place, Action::Help), "help".to_owned()));
    hints.push((keys.in_footer(place, Action::Leave), "detach".to_owned()));
    // What has no key here stands in the help alone.
    hints.retain(|(key, _)| !key.is_empty());
    hints
}

/// What whoever watches can do about who drives.
fn watched<'a>(watching: &Watching, state: &State, keys: &'a Keymap) -> Option<Hint<'a>> {
    if state.closed.is_some() {
        return None;
    }
    let Some(driver) = &watching.driver else {
        let to = state.driving.offer.as_ref().and_then(|it| it.to.as_ref());
        let to = to.map_or_else(String::new, |to| format!(" to {to}"));
        let words = watching.gone.as_ref().map_or_else(
            || "take over".to_owned(),
            |gone| format!("take over ({gone}{to})"),
        );
        return Some((keys.in_footer(STEP, Action::Next), words));
    };
    let key = keys.in_footer(STEP, Action::HandOver);
    Some((key, format!("ask {driver} to hand over")))
}

/// What else is of use now, the most useful first.
fn more(screen: &RunScreen, view: &View<'_>) -> Vec<(Action, &'static str)> {
    let mut all = Vec::new();
    // What is nowhere has no next match: then one looks for something else.
    let search = screen.log().and_then(|log| log.search());
    let found = search.is_some_and(|(_, status)| status != HuntStatus::NotThere);
    if found {
        all.push((Action::MatchDown, "next match"));
    }
    all.extend(moving(screen));
    all.extend(match () {
        () if view.watching.is_some() => {
            &[(Action::Search, "search"), (Action::Timeline, "timeline")][..]
        }
        () if screen.faces_next(view.state) => of_next(screen, view),
        // What is looked at waits for nothing.
        () if screen.zoom == Some(Zoom::Output) => &[
            (Action::Search, "search"),
            (Action::Follow, "follow the end"),
            (Action::Note, "note"),
        ],
        () => &[(Action::Note, "note")],
    });
    if found {
        all.retain(|(action, _)| *action != Action::Search);
    }
    all
}

/// What the arrows do where something else than the step has them.
fn moving(screen: &RunScreen) -> Option<(Action, &'static str)> {
    match (screen.zoom, screen.focus) {
        (Some(Zoom::Output), _) | (None, Focus::Step) => None,
        (None, Focus::Plan) => Some((Action::Down, "look at a step")),
        _ => Some((Action::Down, "scroll")),
    }
}

/// What is of use beside the next thing.
fn of_next(screen: &RunScreen, view: &View<'_>) -> &'static [(Action, &'static str)] {
    let state = view.state;
    let choosing = screen.focus == Focus::Step;
    match next(state) {
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
            (Action::Zoom, "zoom"),
        ],
        Next::Closed => &[
            (Action::Export, "read the report"),
            (Action::Timeline, "timeline"),
        ],
        Next::Failed(..) if choosing => &[
            (Action::Down, "choose"),
            (Action::Note, "note"),
            (Action::Search, "search"),
            (Action::Zoom, "zoom"),
        ],
        Next::Failed(..) => &[
            (Action::Note, "note"),
            (Action::Search, "search"),
            (Action::Zoom, "zoom"),
        ],
        Next::Decide(..) | Next::Unknown(..) if choosing => &[
            (Action::Down, "choose"),
            (Action::Note, "note"),
            (Action::Timeline, "timeline"),
        ],
        Next::Decide(..) | Next::Unknown(..) | Next::Close(_) | Next::Wait(..) => {
            &[(Action::Note, "note"), (Action::Timeline, "timeline")]
        }
        Next::Manual(..) => &[
            (Action::Skip, "skip"),
            (Action::Copy, "copy"),
            (Action::Note, "note"),
        ],
        Next::Run(..) if state.is_rehearsal() => &[
            (Action::Pass, "pass it with values"),
            (Action::Note, "note"),
            (Action::Skip, "skip"),
        ],
        _ if state.auto => &[
            (Action::Note, "note"),
            (Action::Edit, "edit"),
            (Action::Skip, "skip"),
            (Action::Auto, "stop running on"),
            (Action::Zoom, "zoom"),
        ],
        _ => &[
            (Action::Auto, "run on by itself"),
            (Action::Note, "note"),
            (Action::Edit, "edit"),
            (Action::Skip, "skip"),
            (Action::Zoom, "zoom"),
        ],
    }
}

/// A way forward that is cut has so many columns at least.
const LEAST: usize = 16;

/// As many hints as fit; the first and the last two do, if there is any room. A long way forward
/// is cut before it pushes the others out.
pub fn fitted(hints: &[Hint<'_>], width: usize, theme: &Theme) -> Line<'static> {
    let cost = |(key, words): &Hint<'_>| key.width() + words.width() + 4;
    let mut kept: Vec<Hint<'_>> = hints.to_vec();
    let least = width / 2;
    let mut room = width;
    if let Some((first, rest)) = kept.split_first() {
        let wanted = cost(first).min(least);
        let mut rest: Vec<Hint<'_>> = rest.to_vec();
        let taken = |rest: &[Hint<'_>]| rest.iter().map(cost).sum::<usize>();
        while wanted + taken(&rest) > width && rest.len() > 2 {
            rest.remove(rest.len() - 3);
        }
        // The way out alone stays beside a way forward that would be cut to nothing.
        while rest.len() > 1 && cost(first).min(LEAST) + taken(&rest) > width {
            rest.remove(rest.len() - 2);
        }
        room = width.saturating_sub(rest.iter().map(cost).sum());
        let first = first.clone();
        kept = std::iter::once(first).chain(rest).collect();
    }
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut left = width;
    for (number, hint) in kept.into_iter().enumerate() {
        let room = if number == 0 { room.min(left) } else { left };
        let room = room.saturating_sub(hint.0.width() + 4);
        // What is said beside goes before a word of it is cut.
        let brief = hint.1.split(" (").next().unwrap_or_default();
        let words = if hint.1.width() > room && brief.width() <= room {
            clip(brief, room)
        } else {
            clip(&hint.1, room)
        };
        left = left.saturating_sub(hint.0.width() + words.width() + 4);
        let style = if number == 0 { theme.strong } else { theme.dim };
        spans.push(span(format!(" {} ", hint.0), theme.accent));
        spans.push(span(format!("{words}  "), style));
    }
    Line::from(spans)
}

/// What Enter does now, in words.
fn way_forward(view: &View<'_>, screen: &RunScreen) -> String {
    let state = view.state;
    let title = |id: &str| crate::report::timeline::step_title(state, id);
    match next(state) {
        _ if view.standing.proving => String::new(),
        Next::Run(step, run) if state.is_rehearsal() => match &run.rehearse {
            Some(_) => format!("rehearse ‘{}’", title(&step.id)),
            None if step.effect == Effect::Read => "run it as it is (read only)".to_owned(),
            None => format!("pass ‘{}’: nothing is executed", title(&step.id)),
        },
        Next::Run(step, _) if state.closing.is_some() => {
            format!("clean up: ‘{}’", title(&step.id))
        }
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
            let all = choices::choices(view);
            if let Some(choice) = screen.marked(state, &all).and_then(|at| all.get(at)) {
                without_marks(&choice.label)
            } else {
                // Enter does nothing yet: the arrows do.
                String::new()
            }
        }
    }
}
