//! What the marked line is about.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ratatui::{layout::Rect, text::Line};

use super::{HomeScreen, draw::pane, rows::Row, unfinished};
use crate::history::Drill;
use crate::runbook::{
    Runbook, human,
    library::{self, Entry},
};
use crate::trust::{self, Question, Standing};
use crate::tui::{
    frame::Frame,
    keymap::{Action, context::HOME},
    markdown,
    rows::Rows,
    theme::Theme,
    words::{LONGEST, ago, clip, span, wrap},
};

/// A runbook that was loaded to be shown.
pub struct Preview {
    /// What was loaded.
    entry: Entry,
    /// What came of it: the runbook, or what is wrong with it.
    pub loaded: Result<Arc<Runbook>, String>,
    /// The runbooks that it uses, as they were read with it.
    pub used: Vec<Entry>,
    /// Why it may not execute yet.
    doubt: Option<&'static str>,
}

impl HomeScreen {
    /// Loads the marked runbook, unless it is the one that was loaded last, letter by letter.
    pub fn load_preview(&mut self) {
        let Some(Row::Runbook(number)) = self.marked() else {
            return;
        };
        if self.previewed(number).is_some() {
            return;
        }
        let entry = self.runbooks[number].clone();
        let (loaded, used) = library::load_whole(&entry, &self.settings.runbooks);
        let loaded = match loaded.runbook {
            Some(runbook) => Ok(Arc::new(runbook)),
            None => Err(loaded
                .findings
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")),
        };
        let doubt = loaded.as_ref().ok().and_then(|runbook| {
            match trust::look(&entry, &used, runbook, &self.settings) {
                Standing::Trusted(_) => None,
                Standing::Asked(question) => Some(doubt(&question)),
            }
        });
        self.preview = Some(Preview {
            entry,
            loaded,
            used,
            doubt,
        });
    }

    /// What came of loading this runbook, if it is the one that was loaded.
    fn previewed(&self, number: usize) -> Option<&Preview> {
        self.preview
            .as_ref()
            .filter(|preview| preview.entry == self.runbooks[number])
    }
}

/// What is to be said of a runbook that may not execute yet.
fn doubt(question: &Question) -> &'static str {
    if question.trouble.is_some() {
        "not trusted: what was trusted before cannot be read"
    } else if question.files.iter().any(|file| file.before.is_some()) {
        "changed since it was trusted: Enter shows what is different"
    } else {
        "not trusted: Enter shows what it would execute"
    }
}

pub fn preview(frame: &mut Frame, area: Rect, home: &HomeScreen, theme: &Theme) {
    let inner = pane(frame, area, "Preview", theme);
    // Longer lines are hard to read.
    let width = usize::from(inner.width).min(LONGEST);
    let mut lines: Vec<Line<'_>> = Vec::new();
    match home.marked() {
        Some(Row::Demo) => lines.extend(demo(home, width, theme)),
        Some(Row::Run(number)) => {
            let rows = usize::from(inner.height);
            lines.extend(unfinished::lines(home, number, (width, rows), theme));
        }
        Some(Row::Runbook(number)) => match home.previewed(number) {
            Some(Preview {
                loaded: Ok(runbook),
                doubt,
                ..
            }) => {
                let name = &home.runbooks[number].name;
                let titled = wrap(&runbook.title, width).into_iter();
                lines.extend(titled.map(|line| Line::from(span(line, theme.strong))));
                let doubts = doubt.iter();
                let doubts = doubts.flat_map(|words| wrap(&format!("⚠ {words}"), width));
                lines.extend(doubts.map(|line| Line::from(span(line, theme.warn))));
                if let Some(drills) = &home.drills {
                    lines.push(drilled(runbook, drills.get(name), home.now, theme));
                }
                runbook_lines(&mut lines, runbook, width, theme);
            }
            Some(Preview {
                loaded: Err(errors),
                ..
            }) => {
                lines.push(Line::from(span("This runbook cannot be used:", theme.bad)));
                for line in errors.lines().flat_map(|line| wrap(line, width)) {
                    lines.push(Line::from(span(line, theme.text)));
                }
            }
            None => {}
        },
        None => {}
    }
    lines.truncate(usize::from(inner.height));
    frame.render_widget(Rows(lines), inner);
}

/// The same in three rows: how it stands, and when to use it.
pub fn strip(frame: &mut Frame, area: Rect, home: &HomeScreen, theme: &Theme) {
    let inner = pane(frame, area, "Preview", theme);
    let width = usize::from(inner.width);
    let mut lines: Vec<Line<'_>> = Vec::new();
    match home.marked() {
        Some(Row::Demo) => lines.extend(demo_shortly(home, width, theme)),
        Some(Row::Run(number)) => lines.extend(unfinished::shortly(home, number, width, theme)),
        Some(Row::Runbook(number)) => {
            match home.previewed(number) {
                Some(Preview {
                    loaded: Ok(runbook),
                    doubt,
                    ..
                }) => {
                    lines.extend(doubt.map(|words| {
                        Line::from(span(clip(&format!("⚠ {words}"), width), theme.warn))
                    }));
                    lines.push(shortly(home, number, runbook, width, theme));
                    let when = runbook.when_to_use.join(" · ");
                    let text = if when.is_empty() {
                        &runbook.description
                    } else {
                        &when
                    };
                    lines.extend(markdown::inline(text, width, theme.text, theme));
                }
                Some(Preview {
                    loaded: Err(errors),
                    ..
                }) => {
                    lines.push(Line::from(span("This runbook cannot be used:", theme.bad)));
                    let errors = errors.lines().flat_map(|line| wrap(line, width));
                    lines.extend(errors.map(|line| Line::from(span(line, theme.text))));
                }
                None => {}
            }
        }
        None => {}
    }
    lines.truncate(usize::from(inner.height));
    frame.render_widget(Rows(lines), inner);
}

/// What the demo is.
fn demo(home: &HomeScreen, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let title = wrap("Roll back the shop’s bad release", width).into_iter();
    let mut lines: Vec<Line<'static>> = title
        .map(|line| Line::from(span(line, theme.strong)))
        .collect();
    let mut section = |texts: &[&str]| {
        lines.push(Line::default());
        for text in texts {
            let wrapped = wrap(text, width).into_iter();
            lines.extend(wrapped.map(|line| Line::from(span(line, theme.text))));
        }
    };
    section(&[
        "A little service is made in a scratch folder, and its new release fails a third of its \
         requests. You take it back as on a real night: measure, decide, roll back, prove that \
         it worked, and keep the report.",
    ]);
    let key = home.keys.hint(HOME, Action::Next);
    section(&[&format!("{key} opens it. No step runs before you say so.")]);
    lines
}

/// The same in three rows.
fn demo_shortly(home: &HomeScreen, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let key = home.keys.hint(HOME, Action::Next);
    let text = format!(
        "A little service in a scratch folder, whose new release fails: you take it back as on a \
         real night. {key} opens it. No step runs before you say so."
    );
    let wrapped = wrap(&text, width).into_iter();
    wrapped
        .map(|line| Line::from(span(line, theme.text)))
        .collect()
}

/// The last drill, the environments and the owners on one line.
fn shortly(
    home: &HomeScreen,
    number: usize,
    runbook: &Runbook,
    width: usize,
    theme: &Theme,
) -> Line<'static> {
    let name = &home.runbooks[number].name;
    let drills = home.drills.as_ref();
    let mut line = drills.map_or_else(Line::default, |drills| {
        drilled(runbook, drills.get(name), home.now, theme)
    });
    let places = runbook.environments.iter().map(|place| place.name.as_str());
    let places = places.collect::<Vec<_>>().join(", ");
    for text in [places, runbook.owners.join(", ")] {
        let gap = if line.width() > 0 { " · " } else { "" };
        let room = width.saturating_sub(line.width() + gap.len());
        if !text.is_empty() && room > 8 {
            line.push_span(span(format!("{gap}{}", clip(&text, room)), theme.dim));
        }
    }
    line
}

/// When the runbook was last drilled; amber when that is longer ago than it wants.
pub fn drilled(
    runbook: &Runbook,
    drill: Option<&Drill>,
    now: DateTime<Utc>,
    theme: &Theme,
) -> Line<'static> {
    let Some(drill) = drill else {
        return Line::from(span("never drilled", theme.warn));
    };
    let since = (now - drill.at).to_std().unwrap_or_default();
    let late = runbook.drill_every.is_some_and(|every| since > every);
    let style = if late { theme.warn } else { theme.dim };
    let late = if late { ", overdue" } else { "" };
    let text = format!("drilled {}, took {}{late}", ago(since), human(drill.took));
    Line::from(span(text, style))
}

/// So many lines of its description are enough to know it by.
const ABOUT: usize = 6;

fn runbook_lines(lines: &mut Vec<Line<'static>>, runbook: &Runbook, width: usize, theme: &Theme) {
    let about = markdown::lines(&runbook.description, width, theme.text, theme);
    let is_cut = about.len() > ABOUT;
    lines.extend(about.into_iter().take(ABOUT));
    if let Some(last) = lines.last_mut().filter(|_| is_cut) {
        last.push_span(span(" …", theme.dim));
    }
    let mut section = |title: &str, texts: Vec<String>| {
        if texts.is_empty() {
            return;
        }
        lines.push(Line::default());
        lines.push(Line::from(span(title.to_owned(), theme.dim)));
        for text in texts {
            let drawn = markdown::inline(&text, width.saturating_sub(2), theme.text, theme);
            for (number, mut line) in drawn.into_iter().enumerate() {
                let bullet = if number == 0 { "· " } else { "  " };
                line.spans.insert(0, span(bullet, theme.accent));
                lines.push(line);
            }
        }
    };
    section("When to use it", runbook.when_to_use.clone());
    section("Phases", phases(runbook));
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

/// The phases of the file itself; of what it uses only the names, behind the phase that
/// goes there.
fn phases(runbook: &Runbook) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    let mut before = "";
    for phase in &runbook.phases {
        if phase.scope.is_empty() && !phase.continues {
            told.push(match phase.budget {
                Some(budget) => format!("{} ({})", phase.title, human(budget)),
                None => phase.title.clone(),
            });
        } else if phase.scope != before
            // What that one uses in its turn is told by it.
            && phase.scope.matches("__").count() == 1
            && let Some(used) = runbook.used.iter().find(|used| used.prefix == phase.scope)
            && let Some(last) = told.last_mut()
            && !last.ends_with(&used.name)
        {
            last.push_str(" → ");
            last.push_str(&used.name);
        }
        before = &phase.scope;
    }
    told
}
