//! The home screen: unfinished runs first, then the runbooks.

use std::{collections::BTreeMap, io, path::PathBuf, sync::Arc};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::Stream;
use nucleo_matcher::{
    Config, Matcher,
    pattern::{CaseMatching, Normalization, Pattern},
};
use ratatui::{
    Frame,
    layout::Rect,
    text::Line,
    widgets::{Block, BorderType, Paragraph},
};

use super::{
    keymap::{self, Action},
    overlay,
    run::{footer::fitted, plan::scroll},
    signals::Signals,
    stage::{Stage, drawing},
    theme::Theme,
    words::{clip, prose, span, wrap},
};
use crate::engine::event::RunKind;
use crate::history::{self, Drill, RunStatus, RunSummary};
use crate::runbook::{Runbook, human, library, load};
use crate::session::{Beginning, system_clock};
use crate::settings::{self, Settings};

/// What was chosen.
pub enum Chosen {
    /// To leave.
    Nothing,
    /// A run to take up.
    Resume(PathBuf),
    /// A runbook to run.
    Begin(Box<Beginning>),
}

/// A line of the list.
#[derive(Clone, Copy)]
enum Row {
    Run(usize),
    Runbook(usize),
}

/// The home screen.
pub struct HomeScreen {
    runs: Vec<RunSummary>,
    runbooks: Vec<library::Entry>,
    /// The runbook that the preview shows, once loaded: its index and what came of it.
    preview: Option<(usize, Result<Arc<Runbook>, String>)>,
    /// The last drill by runbook; none before the closer look.
    drills: Option<BTreeMap<String, Drill>>,
    filter: String,
    cursor: usize,
    help: bool,
    error: Option<String>,
}

impl HomeScreen {
    /// What can be shown at once: titles, without reading any file whole.
    pub fn first_look(settings: &Settings) -> Self {
        Self {
            runs: Vec::new(),
            runbooks: library::list(&settings.runbooks),
            preview: None,
            drills: None,
            filter: String::new(),
            cursor: 0,
            help: false,
            error: None,
        }
    }

    /// The rest: unfinished runs and the preview.
    pub fn look_closely(&mut self, settings: &Settings) {
        let all = history::list(&settings.runs());
        self.drills = Some(history::last_drills(&all));
        self.runs = all
            .into_iter()
            .filter(|run| !matches!(run.status, RunStatus::Closed { .. }))
            .collect();
        self.load_preview();
    }

    fn rows(&self) -> Vec<Row> {
        let pattern = Pattern::parse(&self.filter, CaseMatching::Smart, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut score = |text: &str| {
            if self.filter.is_empty() {
                return Some(0);
            }
            pattern.score(
                nucleo_matcher::Utf32Str::new(text, &mut buffer),
                &mut matcher,
            )
        };
        let mut rows: Vec<Row> = self
            .runs
            .iter()
            .enumerate()
            .filter(|(_, run)| {
                let title = run.about().map_or("", |about| about.title.as_str());
                score(&format!("{title} {}", run.id)).is_some()
            })
            .map(|(number, _)| Row::Run(number))
            .collect();
        let mut runbooks: Vec<(u32, usize)> = self
            .runbooks
            .iter()
            .enumerate()
            .filter_map(|(number, entry)| {
                score(&format!("{} {}", entry.quick_title(), entry.name))
                    .map(|score| (score, number))
            })
            .collect();
        runbooks.sort_by_key(|(score, number)| (std::cmp::Reverse(*score), *number));
        rows.extend(runbooks.into_iter().map(|(_, number)| Row::Runbook(number)));
        rows
    }

    fn marked(&self) -> Option<Row> {
        let rows = self.rows();
        rows.get(self.cursor.min(rows.len().saturating_sub(1)))
            .copied()
    }

    fn load_preview(&mut self) {
        let Some(Row::Runbook(number)) = self.marked() else {
            return;
        };
        if self
            .preview
            .as_ref()
            .is_some_and(|(known, _)| *known == number)
        {
            return;
        }
        let entry = &self.runbooks[number];
        let loaded = load(&entry.text);
        let result = match loaded.runbook {
            Some(runbook) => Ok(Arc::new(runbook)),
            None => Err(loaded
                .findings
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")),
        };
        self.preview = Some((number, result));
    }

    fn key(&mut self, key: KeyEvent) -> Option<Chosen> {
        self.error = None;
        if std::mem::take(&mut self.help) {
            return None;
        }
        match keymap::action(keymap::HOME, key) {
            Some(Action::Next) => return self.open(RunKind::Incident),
            Some(Action::Drill) => return self.open(RunKind::Drill),
            Some(Action::Up) => self.cursor = self.cursor.saturating_sub(1),
            Some(Action::Down) => {
                self.cursor = (self.cursor + 1).min(self.rows().len().saturating_sub(1));
            }
            Some(Action::Back) if !self.filter.is_empty() => self.filter.clear(),
            Some(Action::Back | Action::Detach) => return Some(Chosen::Nothing),
            Some(Action::Help) => self.help = true,
            _ => match key.code {
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

    fn open(&mut self, kind: RunKind) -> Option<Chosen> {
        match self.marked()? {
            Row::Run(number) => match &self.runs[number].status {
                RunStatus::Open {
                    driver: Some(driver),
                    ..
                } => {
                    let id = &self.runs[number].id;
                    self.error = Some(format!("{driver} drives it: rbconsole watch {id}"));
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
                let (_, loaded) = self.preview.as_ref()?;
                let Ok(runbook) = loaded else {
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
                Some(Chosen::Begin(Box::new(Beginning {
                    runbook: Arc::clone(runbook),
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

/// Draws the home screen once.
///
/// # Errors
/// When the terminal fails.
pub fn draw_on<S: Stage>(stage: &mut S, home: &HomeScreen, theme: &Theme) -> io::Result<()> {
    stage
        .terminal()
        .draw(|frame| draw(frame, home, theme))
        .map(drop)
        .map_err(drawing)
}

/// Lets the operator choose.
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
    loop {
        draw_on(stage, home, theme)?;
        let Some(event) = signals.or_event(events).await? else {
            return Ok(Chosen::Nothing);
        };
        if let Event::Key(key) = event
            && key.kind != KeyEventKind::Release
            && let Some(chosen) = home.key(key)
        {
            return Ok(chosen);
        }
    }
}

/// Draws the home screen.
pub fn draw(frame: &mut Frame<'_>, home: &HomeScreen, theme: &Theme) {
    let area = frame.area();
    frame.buffer_mut().set_style(area, theme.base);
    if area.height < 8 || area.width < 30 {
        frame.render_widget(Paragraph::new("This window is too small."), area);
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
    let wide = area.width >= 90;
    let list_width = if wide {
        (area.width / 2).clamp(44, 80)
    } else {
        area.width
    };
    let body = Rect {
        y: area.y + 1,
        height: area.height - 2,
        ..area
    };
    list(
        frame,
        Rect {
            width: list_width,
            ..body
        },
        home,
        theme,
    );
    if wide {
        let right = Rect {
            x: body.x + list_width,
            width: body.width - list_width,
            ..body
        };
        preview(frame, right, home, theme);
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
        let what = match home.marked() {
            Some(Row::Run(_)) => "resume",
            _ => "start an incident",
        };
        let hints = [
            ("Enter", what.to_owned()),
            ("Ctrl-d", "drill".to_owned()),
            ("↑↓", "move".to_owned()),
            ("F1", "help".to_owned()),
            ("Esc", "leave".to_owned()),
        ];
        frame.render_widget(Paragraph::new(fitted(&hints, width, theme)), footer);
    }
    if home.help {
        overlay::draw::help(frame, area, keymap::HOME, theme);
    }
}

fn pane(frame: &mut Frame<'_>, area: Rect, title: &str, theme: &Theme) -> Rect {
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.border)
        .title(span(format!(" {title} "), theme.dim));
    frame.render_widget(block, area);
    Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

fn list(frame: &mut Frame<'_>, area: Rect, home: &HomeScreen, theme: &Theme) {
    let inner = pane(frame, area, "Runs and runbooks", theme);
    let width = usize::from(inner.width);
    let rows = home.rows();
    let cursor = home.cursor.min(rows.len().saturating_sub(1));
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut marked_line = 0;
    let mut section = "";
    for (number, row) in rows.iter().enumerate() {
        let wanted = match row {
            Row::Run(_) => "Unfinished runs",
            Row::Runbook(_) => "Runbooks",
        };
        if wanted != section {
            if !section.is_empty() {
                lines.push(Line::default());
            }
            lines.push(Line::from(span(wanted, theme.dim)));
            section = wanted;
        }
        let marked = number == cursor;
        if marked {
            marked_line = lines.len();
        }
        let pointer = if marked { "▸ " } else { "  " };
        let style = if marked { theme.strong } else { theme.text };
        let (title, about) = match row {
            Row::Run(number) => about_run(&home.runs[*number]),
            Row::Runbook(number) => {
                let entry = &home.runbooks[*number];
                (entry.quick_title().to_owned(), entry.name.clone())
            }
        };
        let title = clip(&title, width.saturating_sub(3));
        let room = width.saturating_sub(4 + title.chars().count());
        let mut line = Line::from(vec![
            span(pointer, theme.accent),
            span(format!("{title}  "), style),
            span(
                if room > 8 {
                    clip(&about, room)
                } else {
                    String::new()
                },
                theme.dim,
            ),
        ]);
        if marked {
            line.push_span(" ".repeat(width.saturating_sub(line.width())));
            line = line.patch_style(theme.selection);
        }
        lines.push(line);
    }
    if rows.is_empty() {
        lines.push(Line::from(span(
            "Nothing fits the filter. Esc clears it.",
            theme.dim,
        )));
    }
    let skip = scroll(Some(marked_line), lines.len(), usize::from(inner.height));
    let lines: Vec<Line<'_>> = lines.into_iter().skip(skip).collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

fn about_run(run: &RunSummary) -> (String, String) {
    match &run.status {
        RunStatus::Open { about, driver, .. } => {
            let ago = (system_clock() - about.started_at)
                .to_std()
                .unwrap_or_default();
            let who = driver
                .as_ref()
                .map_or_else(String::new, |driver| format!(", driven by {driver}"));
            (
                about.title.clone(),
                format!("{} ago by {}{who}", human(ago), about.by),
            )
        }
        RunStatus::Damaged { why } => (run.id.clone(), format!("damaged: {why}")),
        RunStatus::Closed { about, .. } => (about.title.clone(), String::new()),
    }
}

fn preview(frame: &mut Frame<'_>, area: Rect, home: &HomeScreen, theme: &Theme) {
    let inner = pane(frame, area, "Preview", theme);
    let width = usize::from(inner.width);
    let mut lines: Vec<Line<'_>> = Vec::new();
    let dim = |text: String| Line::from(span(text, theme.dim));
    match home.marked() {
        Some(Row::Run(number)) => {
            let run = &home.runs[number];
            let (title, about) = about_run(run);
            lines.push(Line::from(span(clip(&title, width), theme.strong)));
            for line in wrap(&about, width) {
                lines.push(dim(line));
            }
            lines.push(Line::default());
            lines.push(dim(clip(&run.id, width)));
            lines.push(Line::from(span(
                "Enter takes it up where it stands.",
                theme.text,
            )));
        }
        Some(Row::Runbook(number)) => match &home.preview {
            Some((known, Ok(runbook))) if *known == number => {
                let name = &home.runbooks[number].name;
                runbook_lines(&mut lines, runbook, width, theme);
                if let Some(drills) = &home.drills {
                    lines.insert(1, drilled(runbook, drills.get(name), theme));
                }
            }
            Some((known, Err(errors))) if *known == number => {
                lines.push(Line::from(span("This runbook cannot be used:", theme.bad)));
                for line in errors.lines().flat_map(|line| wrap(line, width)) {
                    lines.push(Line::from(span(line, theme.text)));
                }
            }
            _ => {}
        },
        None => {}
    }
    lines.truncate(usize::from(inner.height));
    frame.render_widget(Paragraph::new(lines), inner);
}

/// When the runbook was last drilled; amber when that is longer ago than it wants.
fn drilled(runbook: &Runbook, drill: Option<&Drill>, theme: &Theme) -> Line<'static> {
    let Some(drill) = drill else {
        return Line::from(span("never drilled", theme.warn));
    };
    let ago = (system_clock() - drill.at).to_std().unwrap_or_default();
    let late = runbook.drill_every.is_some_and(|every| ago > every);
    let style = if late { theme.warn } else { theme.dim };
    let late = if late { ", overdue" } else { "" };
    let text = format!(
        "drilled {} ago, took {}{late}",
        human(ago),
        human(drill.took)
    );
    Line::from(span(text, style))
}

fn runbook_lines(lines: &mut Vec<Line<'static>>, runbook: &Runbook, width: usize, theme: &Theme) {
    lines.push(Line::from(span(clip(&runbook.title, width), theme.strong)));
    for line in prose(&runbook.description, width).into_iter().take(6) {
        lines.push(Line::from(span(line, theme.text)));
    }
    let mut section = |title: &str, texts: Vec<String>| {
        if texts.is_empty() {
            return;
        }
        lines.push(Line::default());
        lines.push(Line::from(span(title.to_owned(), theme.dim)));
        for text in texts {
            for (number, line) in wrap(&text, width.saturating_sub(2)).into_iter().enumerate() {
                let bullet = if number == 0 { "· " } else { "  " };
                lines.push(Line::from(vec![
                    span(bullet, theme.accent),
                    span(line, theme.text),
                ]));
            }
        }
    };
    section("When to use it", runbook.when_to_use.clone());
    section(
        "Phases",
        runbook
            .phases
            .iter()
            .map(|phase| match phase.budget {
                Some(budget) => format!("{} ({})", phase.title, human(budget)),
                None => phase.title.clone(),
            })
            .collect(),
    );
    section(
        "Inputs",
        runbook
            .inputs
            .iter()
            .map(|input| format!("{}: {}", input.name, input.description))
            .collect(),
    );
    if !runbook.environments.is_empty() {
        let names: Vec<&str> = runbook
            .environments
            .iter()
            .map(|place| place.name.as_str())
            .collect();
        section("Environments", vec![names.join(", ")]);
    }
    if !runbook.owners.is_empty() {
        section("Owners", vec![runbook.owners.join(", ")]);
    }
}
