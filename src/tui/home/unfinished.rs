//! What is told of an unfinished run before it is opened: what it waits for and since when,
//! who drives it, what may go wrong yet, and what Enter does.

use chrono::{DateTime, Utc};
use ratatui::{style::Style, text::Line};
use unicode_width::UnicodeWidthStr;

use super::{HomeScreen, draw::about_run};
use crate::engine::State;
use crate::history::{RunStatus, RunSummary};
use crate::report::{self, Brief};
use crate::tui::{
    keymap::{Action, context::HOME},
    overlay::handover::draw::{NAMES, parts, rows},
    theme::Theme,
    words::{ago, clip, span, wrap},
};

/// These parts of the brief are for whoever has opened it.
const LEFT_OUT: [&str; 2] = ["Decided", "Drove"];

/// All of it, in a pane of this many columns and rows.
pub fn lines(
    home: &HomeScreen,
    number: usize,
    (width, height): (usize, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    let run = &home.runs[number];
    let (title, about) = about_run(home, run);
    let mut lines = wrapped(&title, width, theme.strong);
    let mut foot = vec![Line::default()];
    foot.extend(wrapped(&enter(home, run), width, theme.text));
    let id = || Line::from(span(clip(&run.id, width), theme.dim));
    if let Some(standing) = home.standings.get(&run.id) {
        let brief = report::brief(&standing.state, &[], home.now);
        lines.extend(wrapped(&place(run, &standing.state), width, theme.dim));
        lines.push(id());
        lines.push(Line::default());
        let outside = outside(home, run, width, theme);
        let used = lines.len() + outside.len() + foot.len();
        lines.extend(of_brief(brief, (width, height.saturating_sub(used)), theme));
        lines.extend(outside);
    } else {
        lines.extend(wrapped(&about, width, theme.dim));
        lines.push(id());
    }
    lines.extend(foot);
    lines
}

/// The same in three rows: what it waits for, how far it is, who drives it and the first of
/// what may go wrong yet.
pub fn shortly(
    home: &HomeScreen,
    number: usize,
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let run = &home.runs[number];
    let (title, about) = about_run(home, run);
    // A title that the list cuts is told in full here.
    let mut lines = if title.width() + 3 > width {
        wrapped(&title, width, theme.strong)
    } else {
        Vec::new()
    };
    let Some(standing) = home.standings.get(&run.id) else {
        lines.extend(wrapped(&about, width, theme.text));
        return lines;
    };
    let brief = report::brief(&standing.state, &[], home.now);
    let part = |name: &str| brief.parts.iter().find(|part| part.name == name);
    let first = |name| part(name).and_then(|part| part.lines.first());
    // How far it is stands before what it waits for.
    let now = part("Now").map_or(&[][..], |now| &now.lines);
    let waits = now.get(1).or_else(|| first("Runs"));
    // When it began stands in the list.
    let phase = now.first().and_then(|place| place.split(';').next());
    for (text, style) in [(waits.map(String::as_str), theme.text), (phase, theme.dim)] {
        lines.extend(text.map(|text| Line::from(span(clip(text, width), style))));
    }
    let (drives, style) = drives(run, theme);
    let mut last = Line::from(span(format!("driven by {drives}"), style));
    if let Some(risk) = first("Risks") {
        let room = width.saturating_sub(last.width() + 3);
        last.push_span(span(" · ", theme.dim));
        last.push_span(span(clip(risk, room), theme.warn));
    }
    lines.push(last);
    lines
}

fn wrapped(text: &str, width: usize, style: Style) -> Vec<Line<'static>> {
    let lines = wrap(text, width).into_iter();
    lines.map(|line| Line::from(span(line, style))).collect()
}

/// What kind of run it is, where, by which runbook.
fn place(run: &RunSummary, state: &State) -> String {
    let mut parts = vec![state.run.kind.badge().to_owned()];
    if let Some(about) = run.about() {
        parts.extend(about.environment.clone());
        parts.push(about.runbook.clone());
    }
    parts.join(" · ")
}

/// What the brief says, in so many columns and rows.
fn of_brief(
    mut brief: Brief,
    (width, height): (usize, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    brief.parts.retain(|part| !LEFT_OUT.contains(&part.name));
    // What it waits for stands before how far it is, which is a part of its own here.
    if let Some(at) = brief.parts.iter().position(|part| part.name == "Now") {
        let now = &mut brief.parts[at];
        let mut place = now.clone();
        place.name = "Phase";
        place.pressing = false;
        place.lines.truncate(1);
        for line in &mut place.lines {
            *line = line.trim_start_matches("phase ").to_owned();
        }
        now.lines.remove(0);
        brief.parts.insert(at + 1, place);
        brief.parts.retain(|part| !part.lines.is_empty());
    }
    // Its heading is counted but stands above.
    let fitted = brief.fitted(height + 1, |brief| rows(brief, width));
    parts(&fitted.parts, width, theme)
}

/// What is known without its journal: who drives it, when something last happened, and when
/// it began.
fn outside(home: &HomeScreen, run: &RunSummary, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let RunStatus::Open { about, last_at, .. } = &run.status else {
        return Vec::new();
    };
    let passed = |at: DateTime<Utc>| ago((home.now - at).to_std().unwrap_or_default());
    let (driver, style) = drives(run, theme);
    let last = format!(
        "event {} ({} UTC)",
        passed(*last_at),
        last_at.format("%H:%M")
    );
    let began = format!("{} by {}", passed(about.started_at), about.by);
    let told = [
        ("Driver", driver, style),
        ("Last", last, theme.dim),
        ("Began", began, theme.dim),
    ];
    let mut lines = Vec::new();
    for (name, text, style) in told {
        let mut name = name;
        for line in wrap(&text, width.saturating_sub(NAMES)) {
            let before = span(format!("{name:<NAMES$}"), theme.dim);
            lines.push(Line::from(vec![before, span(line, style)]));
            name = "";
        }
    }
    lines
}

/// Who drives it, if anyone does.
fn drives(run: &RunSummary, theme: &Theme) -> (String, Style) {
    match &run.status {
        RunStatus::Open {
            driver: Some(driver),
            ..
        } => (driver.clone(), theme.text),
        _ => ("nobody".to_owned(), theme.warn),
    }
}

/// What Enter does with it.
fn enter(home: &HomeScreen, run: &RunSummary) -> String {
    let RunStatus::Open { driver, .. } = &run.status else {
        return String::new();
    };
    let key = home.keys.hint(HOME, Action::Next);
    let standing = home.standings.get(&run.id);
    let last = standing.and_then(|it| it.state.driving.last());
    match (driver, last) {
        (Some(_), _) => {
            format!("{key} shows it live; whoever drives it can be asked to hand over.")
        }
        (None, Some(last)) if standing.is_some_and(|it| it.takes_over) => {
            format!(
                "{key} shows how it stands; the next one takes it over from {}.",
                last.by
            )
        }
        (None, _) => format!("{key} takes it up where it stands."),
    }
}
