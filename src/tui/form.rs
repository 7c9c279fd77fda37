//! The inputs form: one field a line, checked as one types, everything prefilled
//! that can be.

use std::{collections::BTreeMap, io};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::Stream;
use ratatui::{
    Frame,
    layout::Rect,
    text::Line,
    widgets::{Block, BorderType, Paragraph},
};
use tui_textarea::TextArea;

use super::{
    run::footer::fitted,
    signals::Signals,
    stage::{Stage, drawing},
    theme::Theme,
    words::{clip, span, wrap},
};
use crate::engine::event::RunKind;
use crate::runbook::Input;
use crate::session::Beginning;

/// How a form ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// Nothing shall begin.
    Left,
    /// Everything is given.
    Ready,
}

/// What a field asks for.
enum Asks {
    Environment,
    Input(Box<Input>),
    Severity,
    Impact,
}

struct Field {
    asks: Asks,
    area: TextArea<'static>,
    options: Vec<String>,
    /// The operator typed into it.
    touched: bool,
}

/// The form.
pub struct FormScreen {
    beginning: Option<Beginning>,
    title: String,
    fields: Vec<Field>,
    /// Which field has the keys; after the last one stands the button.
    cursor: usize,
    error: Option<String>,
}

impl FormScreen {
    /// The form of a run that is to begin.
    pub fn of(beginning: Beginning) -> Self {
        let runbook = &beginning.runbook;
        let mut fields = Vec::new();
        let environments: Vec<String> = runbook
            .environments
            .iter()
            .filter(|place| beginning.kind != RunKind::Drill || place.drill)
            .map(|place| place.name.clone())
            .collect();
        if !environments.is_empty() {
            let given = beginning.environment.clone();
            // A drill has usually one place to run; an incident must be told where it is.
            let only = (environments.len() == 1).then(|| environments[0].clone());
            let value = given.or(only).unwrap_or_default();
            fields.push(field(Asks::Environment, &value, environments));
        }
        for input in &runbook.inputs {
            let value = beginning
                .inputs
                .get(&input.name)
                .cloned()
                .unwrap_or_else(|| {
                    input
                        .default
                        .as_ref()
                        .map(ToString::to_string)
                        .unwrap_or_default()
                });
            let options = input.options.iter().map(ToString::to_string).collect();
            fields.push(field(Asks::Input(Box::new(input.clone())), &value, options));
        }
        let severity = beginning.severity.clone().unwrap_or_default();
        fields.push(field(Asks::Severity, &severity, Vec::new()));
        let impact = beginning.impact.clone().unwrap_or_default();
        fields.push(field(Asks::Impact, &impact, Vec::new()));
        let mut form = Self {
            title: runbook.title.clone(),
            cursor: 0,
            fields,
            error: None,
            beginning: Some(beginning),
        };
        form.apply_environment();
        form.cursor = form.first_open();
        form
    }

    /// The form of secrets that a resume could not find.
    pub fn of_secrets(inputs: &[Input]) -> Self {
        Self {
            beginning: None,
            title: "Secrets that this run needs".to_owned(),
            fields: inputs
                .iter()
                .map(|input| field(Asks::Input(Box::new(input.clone())), "", Vec::new()))
                .collect(),
            cursor: 0,
            error: None,
        }
    }

    /// The first field that is required and empty, or the button.
    fn first_open(&self) -> usize {
        self.fields
            .iter()
            .position(|field| Self::complaint(field).is_some())
            .unwrap_or(self.fields.len())
    }

    /// Says why the run could not begin.
    pub fn refused(&mut self, error: String) {
        self.error = Some(error);
    }

    /// What was typed, by input.
    pub fn values(&self) -> BTreeMap<String, String> {
        self.fields
            .iter()
            .filter_map(|field| match &field.asks {
                Asks::Input(input) => Some((input.name.clone(), text(field))),
                _ => None,
            })
            .collect()
    }

    /// How the run shall begin.
    ///
    /// # Panics
    /// Never for a form made by [`FormScreen::of`].
    pub fn beginning(&self) -> Beginning {
        let known = self
            .beginning
            .as_ref()
            .expect("only a form of a beginning is asked for it");
        let given = |wanted: fn(&Asks) -> bool| {
            self.fields
                .iter()
                .find(|field| wanted(&field.asks))
                .map(text)
                .filter(|text| !text.trim().is_empty())
        };
        let mut inputs = self.values();
        // What is left empty falls back to the variable or the default.
        inputs.retain(|_, value| !value.is_empty());
        Beginning {
            runbook: known.runbook.clone(),
            name: known.name.clone(),
            text: known.text.clone(),
            title: known.title.clone(),
            kind: known.kind,
            environment: given(|asks| matches!(asks, Asks::Environment)),
            inputs,
            severity: given(|asks| matches!(asks, Asks::Severity)),
            impact: given(|asks| matches!(asks, Asks::Impact)),
            auto: known.auto,
            by: known.by.clone(),
            host: known.host.clone(),
        }
    }

    /// What is wrong with a field, in the operator's words.
    fn complaint(field: &Field) -> Option<String> {
        let value = text(field);
        match &field.asks {
            Asks::Environment if value.is_empty() => Some("choose with ← and →".to_owned()),
            Asks::Input(input) if value.is_empty() => {
                let elsewhere = input.is_secret()
                    && std::env::var_os(input.secret_variable()).is_some()
                    || input
                        .env
                        .as_ref()
                        .is_some_and(|v| std::env::var_os(v).is_some());
                (input.default.is_none() && !elsewhere).then(|| "required".to_owned())
            }
            Asks::Input(input) => input.read(&value).err(),
            _ => None,
        }
    }

    /// An environment sets inputs that nobody touched; what another one had set
    /// before must not stay behind.
    fn apply_environment(&mut self) {
        let Some(beginning) = &self.beginning else {
            return;
        };
        let chosen = self
            .fields
            .iter()
            .find(|field| matches!(field.asks, Asks::Environment))
            .map(text);
        let Some(place) = chosen.and_then(|name| beginning.runbook.environment(&name).cloned())
        else {
            return;
        };
        for field in &mut self.fields {
            let Asks::Input(input) = &field.asks else {
                continue;
            };
            if field.touched || beginning.inputs.contains_key(&input.name) {
                continue;
            }
            let set = place.inputs.iter().find(|(name, _)| *name == input.name);
            let value = set
                .map(|(_, value)| value)
                .or(input.default.as_ref())
                .map(ToString::to_string)
                .unwrap_or_default();
            field.area = area(&value, input.is_secret());
        }
    }

    fn key(&mut self, key: KeyEvent) -> Option<Filled> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Some(Filled::Left),
            KeyCode::Char('c' | 'q') if control => return Some(Filled::Left),
            KeyCode::Char('s') if control => return self.submit(),
            KeyCode::Up | KeyCode::BackTab => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Tab => self.cursor = (self.cursor + 1).min(self.fields.len()),
            KeyCode::Enter if self.cursor == self.fields.len() => return self.submit(),
            KeyCode::Enter => self.cursor += 1,
            KeyCode::Left | KeyCode::Right | KeyCode::Char(' ') if self.has_options() => {
                self.cycle(key.code == KeyCode::Left);
            }
            KeyCode::Char('m' | 'j') if control => {}
            KeyCode::Char(letter) if self.has_options() => self.jump(letter),
            _ if self.has_options() => {}
            _ => {
                if let Some(field) = self.fields.get_mut(self.cursor) {
                    field.touched |= field.area.input(key);
                    self.error = None;
                }
            }
        }
        None
    }

    fn has_options(&self) -> bool {
        self.fields
            .get(self.cursor)
            .is_some_and(|field| !field.options.is_empty())
    }

    fn cycle(&mut self, back: bool) {
        let Some(field) = self.fields.get_mut(self.cursor) else {
            return;
        };
        let current = text(field);
        let count = field.options.len();
        let at = field.options.iter().position(|option| *option == current);
        let next = match at {
            None if back => count - 1,
            None => 0,
            Some(at) if back => (at + count - 1) % count,
            Some(at) => (at + 1) % count,
        };
        field.area = area(&field.options[next].clone(), false);
        if matches!(field.asks, Asks::Environment) {
            self.apply_environment();
        } else {
            field.touched = true;
        }
    }

    /// To the next option that begins with a letter.
    fn jump(&mut self, letter: char) {
        for _ in 0..self.fields[self.cursor].options.len() {
            self.cycle(false);
            if text(&self.fields[self.cursor]).starts_with(letter) {
                return;
            }
        }
    }

    fn submit(&mut self) -> Option<Filled> {
        let open = self.first_open();
        if open < self.fields.len() {
            self.cursor = open;
            self.error = Some("One field needs your attention first.".to_owned());
            return None;
        }
        Some(Filled::Ready)
    }
}

fn area(value: &str, secret: bool) -> TextArea<'static> {
    let mut area = TextArea::new(vec![value.replace(['\n', '\r'], " ")]);
    area.set_cursor_line_style(ratatui::style::Style::new());
    area.move_cursor(tui_textarea::CursorMove::End);
    if secret {
        area.set_mask_char('•');
    }
    area
}

fn field(asks: Asks, value: &str, options: Vec<String>) -> Field {
    let secret = matches!(&asks, Asks::Input(input) if input.is_secret());
    Field {
        area: area(value, secret),
        asks,
        options,
        touched: false,
    }
}

fn text(field: &Field) -> String {
    field.area.lines().join(" ")
}

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
    loop {
        stage
            .terminal()
            .draw(|frame| draw(frame, form, theme))
            .map_err(drawing)?;
        let Some(event) = signals.or_event(events).await? else {
            return Ok(Filled::Left);
        };
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                if let Some(filled) = form.key(key) {
                    return Ok(filled);
                }
            }
            Event::Paste(text) => {
                if let Some(field) = form.fields.get_mut(form.cursor)
                    && field.options.is_empty()
                {
                    field.touched |= field
                        .area
                        .insert_str(text.replace(['\n', '\r'], " ").trim());
                }
            }
            _ => {}
        }
    }
}

/// Draws the form.
pub fn draw(frame: &mut Frame<'_>, form: &FormScreen, theme: &Theme) {
    let area = frame.area();
    frame.buffer_mut().set_style(area, theme.base);
    if area.height < 8 || area.width < 30 {
        frame.render_widget(Paragraph::new("This window is too small."), area);
        return;
    }
    let drill = form
        .beginning
        .as_ref()
        .is_some_and(|b| b.kind == RunKind::Drill);
    let (word, block) = if form.beginning.is_none() {
        (" RESUME ", theme.drill)
    } else if drill {
        (" DRILL ", theme.drill)
    } else {
        (" LIVE ", theme.live)
    };
    let header = Rect { height: 1, ..area };
    let title = clip(&form.title, usize::from(area.width).saturating_sub(12));
    let line = Line::from(vec![
        span(word, block),
        span(format!(" {title}"), theme.strong),
    ]);
    frame.render_widget(Paragraph::new(line), header);
    let body = Rect {
        y: area.y + 1,
        height: area.height - 2,
        ..area
    };
    let outline = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.focus)
        .title(span(" Before it begins ", theme.dim));
    let inner = Rect {
        x: body.x + 2,
        y: body.y + 1,
        width: body.width - 4,
        height: body.height - 2,
    };
    frame.render_widget(outline, body);
    fields(frame, inner, form, theme);
    let hints = [
        (
            "Enter",
            if form.cursor == form.fields.len() {
                "start"
            } else {
                "next field"
            }
            .to_owned(),
        ),
        ("Ctrl-s", "start".to_owned()),
        ("↑↓", "move".to_owned()),
        ("Esc", "leave".to_owned()),
    ];
    let footer = Rect {
        y: area.y + area.height - 1,
        height: 1,
        ..area
    };
    match &form.error {
        Some(error) => {
            let text = clip(&format!(" {error}"), usize::from(area.width));
            frame.render_widget(Paragraph::new(span(text, theme.bad)), footer);
        }
        None => frame.render_widget(
            Paragraph::new(fitted(&hints, usize::from(area.width), theme)),
            footer,
        ),
    }
}

fn fields(frame: &mut Frame<'_>, inner: Rect, form: &FormScreen, theme: &Theme) {
    let label_width = form
        .fields
        .iter()
        .map(|field| label(field).chars().count())
        .max()
        .unwrap_or(0)
        .min(24);
    // The description of the field that has the keys, under the fields.
    let about = form
        .fields
        .get(form.cursor)
        .map(describe)
        .unwrap_or_default();
    let about = wrap(&about, usize::from(inner.width));
    let about_height = u16::try_from(about.len()).unwrap_or(0).min(4) + 1;
    let rows = inner.height.saturating_sub(about_height + 2);
    let skip = super::run::plan::scroll(Some(form.cursor), form.fields.len(), usize::from(rows));
    let mut y = inner.y;
    for (number, field) in form
        .fields
        .iter()
        .enumerate()
        .skip(skip)
        .take(usize::from(rows))
    {
        let row = Rect {
            y,
            height: 1,
            ..inner
        };
        y += 1;
        draw_field(frame, row, form, number, field, label_width, theme);
    }
    let button = Rect {
        y: y + 1,
        height: 1,
        ..inner
    };
    if button.y < inner.y + inner.height {
        let marked = form.cursor == form.fields.len();
        let words = if form.beginning.is_some() {
            "Start the run"
        } else {
            "Go on"
        };
        let line = Line::from(vec![
            span(if marked { "▸ " } else { "  " }, theme.accent),
            span(words, if marked { theme.accent } else { theme.dim }),
        ]);
        frame.render_widget(Paragraph::new(line), button);
    }
    let below = Rect {
        y: (inner.y + inner.height).saturating_sub(about_height - 1),
        height: about_height - 1,
        ..inner
    };
    let lines: Vec<Line<'_>> = about
        .into_iter()
        .map(|line| Line::from(span(line, theme.dim)))
        .collect();
    frame.render_widget(Paragraph::new(lines), below);
}

fn draw_field(
    frame: &mut Frame<'_>,
    row: Rect,
    form: &FormScreen,
    number: usize,
    field: &Field,
    label_width: usize,
    theme: &Theme,
) {
    let marked = number == form.cursor;
    let complaint = FormScreen::complaint(field);
    let (glyph, style) = match &complaint {
        Some(_) => ("○", theme.warn),
        None => ("✔", theme.good),
    };
    let name = clip(&label(field), label_width);
    let line = Line::from(vec![
        span(if marked { "▸ " } else { "  " }, theme.accent),
        span(format!("{glyph} "), style),
        span(
            format!("{name:<label_width$}  "),
            if marked { theme.strong } else { theme.dim },
        ),
    ]);
    frame.render_widget(Paragraph::new(line), row);
    let indent = u16::try_from(label_width + 6).unwrap_or(20).min(row.width);
    let remark = complaint.map(|text| clip(&text, 40)).unwrap_or_default();
    let remark_width = u16::try_from(remark.chars().count()).unwrap_or(0);
    let value = Rect {
        x: row.x + indent,
        width: row.width.saturating_sub(indent + remark_width + 1),
        ..row
    };
    let choice = !field.options.is_empty();
    if marked && !choice {
        frame.render_widget(&field.area, value);
    } else {
        let shown = if matches!(&field.asks, Asks::Input(input) if input.is_secret()) {
            "•".repeat(text(field).chars().count())
        } else {
            text(field)
        };
        let shown = if choice && marked {
            format!("‹ {shown} ›")
        } else {
            shown
        };
        let shown = clip(&shown, usize::from(value.width));
        frame.render_widget(Paragraph::new(span(shown, theme.text)), value);
    }
    let right = Rect {
        x: (row.x + row.width).saturating_sub(remark_width),
        width: remark_width,
        ..row
    };
    frame.render_widget(Paragraph::new(span(remark, theme.warn)), right);
}

fn label(field: &Field) -> String {
    match &field.asks {
        Asks::Environment => "environment".to_owned(),
        Asks::Input(input) => input.name.clone(),
        Asks::Severity => "severity".to_owned(),
        Asks::Impact => "impact".to_owned(),
    }
}

fn describe(field: &Field) -> String {
    match &field.asks {
        Asks::Environment => {
            "Where this runs. It sets inputs and how destructive steps are confirmed.".to_owned()
        }
        Asks::Severity => "How bad it is, for the report. Optional.".to_owned(),
        Asks::Impact => "Who is hit and how, for the report. Optional.".to_owned(),
        Asks::Input(input) => {
            let pattern = input.pattern.as_ref().map_or_else(String::new, |pattern| {
                format!(" It must match {}.", pattern.source())
            });
            let variable = input.env.as_ref().map_or_else(String::new, |name| {
                format!(" Left empty, it is taken from {name}.")
            });
            format!(
                "{}.{pattern}{variable}",
                input.description.trim_end_matches('.')
            )
        }
    }
}
