//! The frame, the list and the footer.

use ratatui::{
    layout::{Position, Rect},
    style::Style,
    text::Line,
    widgets::{Block, BorderType, Paragraph},
};
use unicode_width::UnicodeWidthStr;

use super::{
    HomeScreen,
    preview::{preview, strip},
    rows::Row,
    standing::words,
};
use crate::history::{RunStatus, RunSummary};
use crate::tui::{
    frame::Frame,
    keymap::{Action, context::HOME},
    overlay, palette,
    rows::{Rows, fill},
    run::{footer::fitted, plan::scroll},
    small,
    theme::Theme,
    words::{ago, clip, ends, span},
};

/// Draws the home screen.
pub fn draw(frame: &mut Frame, home: &HomeScreen, theme: &Theme) {
    let area = frame.area();
    fill(frame.buffer_mut(), area, theme.base);
    if small::is_said(frame, "What runs goes on.", theme) {
        return;
    }
    let header = Rect { height: 1, ..area };
    let filter = if home.filter.is_empty() {
        span("type to filter", theme.dim)
    } else {
        span(format!("{}▏", clip(&home.filter, 40)), theme.accent)
    };
    let line = Line::from(vec![span(" rbconsole   ", theme.strong), filter]);
    frame.render_widget(Paragraph::new(line), header);
    let parts = parts(area, home);
    list(frame, parts.list, home, theme);
    if let Some(beside) = parts.beside {
        preview(frame, beside, home, theme);
    }
    if let Some(below) = parts.below {
        strip(frame, below, home, theme);
    }
    let footer = Rect {
        y: area.y + area.height - 1,
        height: 1,
        ..area
    };
    let width = usize::from(area.width);
    if let Some(error) = &home.error {
        let text = clip(&format!(" {error}"), width);
        frame.render_widget(Paragraph::new(span(text, theme.bad)), footer);
    } else {
        let hints: Vec<_> = hints(home)
            .into_iter()
            .map(|(action, words)| (home.keys.in_footer(HOME, action), words.to_owned()))
            .filter(|(key, _)| !key.is_empty())
            .collect();
        frame.render_widget(Paragraph::new(fitted(&hints, width, theme)), footer);
    }
    if let Some(page) = home.help {
        overlay::help::draw(frame, area, &home.keys, HOME, page, theme);
    }
    if let Some(open) = &home.palette {
        palette::draw(frame, area, open, &home.keys, theme);
    }
}

/// What can be done with the marked line, the way forward first.
fn hints(home: &HomeScreen) -> Vec<(Action, &'static str)> {
    let mut hints = match home.marked() {
        None => Vec::new(),
        Some(Row::Demo) => vec![(Action::Next, "try the demo")],
        Some(Row::Run(number)) => match &home.runs[number].status {
            RunStatus::Open {
                driver: Some(_), ..
            } => vec![(Action::Next, "watch")],
            _ => vec![(Action::Next, "resume")],
        },
        Some(Row::Runbook(_)) => vec![(Action::Next, "start an incident")],
    };
    if home.is_new() && !matches!(home.marked(), Some(Row::Demo)) {
        // Whoever sees this for the first time may try it on what harms nobody.
        hints.push((Action::Demo, "try the demo first"));
    }
    hints.extend([(Action::Drill, "drill"), (Action::Rehearse, "rehearsal")]);
    // A key that does nothing for the marked line is not named.
    hints.retain(|(action, _)| home.why_not(*action).is_none());
    let back = if home.filter.is_empty() {
        "leave"
    } else {
        "clear the filter"
    };
    hints.extend([(Action::Help, "help"), (Action::Back, back)]);
    hints
}

/// Where the list stands, and what it tells about the marked line.
struct Parts {
    list: Rect,
    /// All of it, where there is room at the right.
    beside: Option<Rect>,
    /// In a few rows, where there is room for them alone.
    below: Option<Rect>,
}

/// From here on the preview stands beside the list.
const WIDE: u16 = 90;
/// The preview gives way to titles, but not below this.
const LEAST_PREVIEW: u16 = 46;
/// A border, three rows and a border.
const STRIP: u16 = 5;
/// So many rows stay for the list where the strip takes some.
const LEAST_LIST: u16 = 14;

fn parts(area: Rect, home: &HomeScreen) -> Parts {
    let body = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(2),
        ..area
    };
    if area.width < WIDE {
        let strip = if body.height >= LEAST_LIST + STRIP {
            STRIP
        } else {
            0
        };
        let height = body.height - strip;
        return Parts {
            list: Rect { height, ..body },
            beside: None,
            below: (strip > 0).then_some(Rect {
                y: body.y + height,
                height: strip,
                ..body
            }),
        };
    }
    // Titles are not cut while the preview can do with less.
    let titles = home
        .runbooks
        .iter()
        .map(|entry| entry.quick_title().width());
    let wanted = u16::try_from(titles.max().unwrap_or(0) + 7).unwrap_or(u16::MAX);
    let half = (area.width / 2).min(96);
    let width = wanted
        .clamp(half, half.max(area.width - LEAST_PREVIEW))
        .min(96);
    Parts {
        list: Rect { width, ..body },
        beside: Some(Rect {
            x: body.x + width,
            width: body.width - width,
            ..body
        }),
        below: None,
    }
}

/// The inside of a pane.
fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

/// The row of the list at a place of the screen.
pub fn row_at(at: Position, home: &HomeScreen, theme: &Theme) -> Option<usize> {
    let inner = inside(parts(home.area, home).list);
    let line = usize::from(at.y.checked_sub(inner.y)?);
    if !inner.contains(at) {
        return None;
    }
    listed(home, inner, theme).into_iter().nth(line)?.0
}

/// The line of the demo.
pub const DEMO: &str = "Try it: a demo that touches nothing of yours";

/// A quiet border with a title; what is inside it.
pub fn pane(frame: &mut Frame, area: Rect, title: &str, theme: &Theme) -> Rect {
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.border)
        .title(span(format!(" {title} "), theme.dim));
    frame.render_widget(block, area);
    inside(area)
}

fn list(frame: &mut Frame, area: Rect, home: &HomeScreen, theme: &Theme) {
    let inner = pane(frame, area, "Runs and runbooks", theme);
    let lines = listed(home, inner, theme).into_iter();
    let lines: Vec<Line<'_>> = lines.map(|(_, line)| line).collect();
    frame.render_widget(Rows(lines), inner);
}

/// The lines of the list that are seen, each with the row that it is of.
fn listed(home: &HomeScreen, inner: Rect, theme: &Theme) -> Vec<(Option<usize>, Line<'static>)> {
    let width = usize::from(inner.width);
    let rows = home.rows();
    let cursor = home.cursor.min(rows.len().saturating_sub(1));
    let mut lines: Vec<(Option<usize>, Line<'static>)> = Vec::new();
    let mut marked_line = 0;
    let mut section = "";
    for (number, row) in rows.iter().enumerate() {
        let wanted = match row {
            Row::Demo => "New here?",
            Row::Run(_) => "Unfinished runs",
            Row::Runbook(_) => "Runbooks",
        };
        if wanted != section {
            if !section.is_empty() {
                lines.push((None, Line::default()));
            }
            lines.push((None, Line::from(span(wanted, theme.dim))));
            section = wanted;
        }
        let marked = number == cursor;
        if marked {
            marked_line = lines.len();
        }
        let pointer = if marked { "▸ " } else { "  " };
        let style = if marked { theme.strong } else { theme.text };
        let mut line = match row {
            Row::Demo => {
                let title = clip(DEMO, width.saturating_sub(3));
                Line::from(vec![span(pointer, theme.accent), span(title, style)])
            }
            Row::Run(number) => run_line(home, &home.runs[*number], pointer, style, width, theme),
            Row::Runbook(number) => runbook_line(home, *number, pointer, style, width, theme),
        };
        if marked {
            line = line.patch_style(theme.selection);
        }
        lines.push((Some(number), line));
    }
    if rows.is_empty() {
        let key = home.keys.hint(HOME, Action::Back);
        let text = format!("Nothing fits the filter. {key} clears it.");
        lines.push((None, Line::from(span(text, theme.dim))));
    }
    let skip = scroll(Some(marked_line), lines.len(), usize::from(inner.height));
    lines.split_off(skip)
}

/// The title, what does not run yet, and at the right the name.
fn runbook_line(
    home: &HomeScreen,
    number: usize,
    pointer: &'static str,
    style: Style,
    width: usize,
    theme: &Theme,
) -> Line<'static> {
    let entry = &home.runbooks[number];
    let mark = home.marks.get(number).and_then(|mark| mark.words());
    // A mark is never left out for a long title.
    let mark = mark.map_or_else(String::new, |words| format!("⚠ {words}  "));
    let title = clip(entry.quick_title(), width.saturating_sub(3 + mark.width()));
    let room = width.saturating_sub(4 + title.width() + mark.width());
    // Half a name is none.
    let name = if entry.name.width() <= room {
        clip(&entry.name, room)
    } else {
        String::new()
    };
    let left = vec![
        span(pointer, theme.accent),
        span(format!("{title}  "), style),
        span(mark, theme.warn),
    ];
    // Names under each other at the right are found at a glance.
    ends(left, vec![span(name, theme.dim)], width)
}

/// The title, where it stands, and at the right since when: who began it goes first where
/// there is no room for all, then the end of where it stands.
fn run_line(
    home: &HomeScreen,
    run: &RunSummary,
    pointer: &'static str,
    style: Style,
    width: usize,
    theme: &Theme,
) -> Line<'static> {
    let told = told_of(home, run);
    let title = clip(&told.title, width.saturating_sub(3));
    let room = width.saturating_sub(4 + title.width());
    let whole = format!("{} by {}", told.began, told.by);
    let began = [whole.as_str(), &told.began]
        .into_iter()
        .find(|began| told.stands.width() + 2 + began.width() <= room)
        .or_else(|| Some(told.began.as_str()).filter(|began| began.width() + 14 <= room));
    let began = began.filter(|_| !told.by.is_empty()).unwrap_or_default();
    let room = room.saturating_sub(if began.is_empty() {
        0
    } else {
        began.width() + 2
    });
    let stands = if room > 8 {
        clip(&told.stands, room)
    } else {
        String::new()
    };
    let left = vec![
        span(pointer, theme.accent),
        span(format!("{title}  "), style),
        span(stands, theme.dim),
    ];
    ends(left, vec![span(began.to_owned(), theme.dim)], width)
}

/// What is told of a run.
struct Told {
    title: String,
    /// Where it stands; empty where that is not known.
    stands: String,
    /// How long ago it began; empty, as by whom, where that is not known.
    began: String,
    by: String,
}

fn told_of(home: &HomeScreen, run: &RunSummary) -> Told {
    let plain = |title: &str, stands: String| Told {
        title: title.to_owned(),
        stands,
        began: String::new(),
        by: String::new(),
    };
    match &run.status {
        RunStatus::Open { about, driver, .. } => {
            let since = (home.now - about.started_at).to_std().unwrap_or_default();
            let standing = home.standings.get(&run.id);
            let who = driver
                .as_ref()
                .map_or_else(String::new, |driver| format!(", driven by {driver}"));
            Told {
                title: about.title.clone(),
                stands: standing
                    .map(|it| words(&it.state, home.now))
                    .unwrap_or_default(),
                began: ago(since),
                by: format!("{}{who}", about.by),
            }
        }
        RunStatus::Moved { to } => plain(&run.id, format!("moved to {}", to.display())),
        RunStatus::Damaged { why } => plain(&run.id, format!("damaged: {why}")),
        RunStatus::Closed { about, .. } => plain(&about.title, String::new()),
    }
}

/// What a run is called, and all that is told of it.
pub fn about_run(home: &HomeScreen, run: &RunSummary) -> (String, String) {
    let told = told_of(home, run);
    let mut parts = vec![told.stands];
    if !told.by.is_empty() {
        parts.push(format!("{} by {}", told.began, told.by));
    }
    parts.retain(|part| !part.is_empty());
    (told.title, parts.join(" · "))
}
