//! Drawing the form.

use ratatui::{
    layout::Rect,
    text::Line,
    widgets::{Block, BorderType, Paragraph},
};

use unicode_width::UnicodeWidthStr;

use super::{Asks, Field, FormScreen, beside, choices::Choices, text};
use crate::engine::event::RunKind;
use crate::tui::{
    frame::Frame,
    keymap::{Action, context::FORM},
    markdown,
    overlay::help,
    rows,
    run::{
        footer::{Hint, fitted},
        plan::scroll,
    },
    small,
    theme::Theme,
    words::{clip, span, wrap},
};

/// Draws the form.
pub fn draw(frame: &mut Frame, form: &FormScreen, theme: &Theme) {
    let area = frame.area();
    rows::fill(frame.buffer_mut(), area, theme.base);
    if small::is_said(frame, "What was filled in is kept.", theme) {
        return;
    }
    let (word, block) = match form.beginning.as_ref().map(|beginning| beginning.kind) {
        None => (" RESUME ", theme.drill),
        Some(RunKind::Drill) => (" DRILL ", theme.drill),
        Some(RunKind::Rehearsal) => (" REHEARSAL ", theme.drill),
        Some(RunKind::Incident) => (" LIVE ", theme.live),
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
    let (body, aside) = beside::split(body, form, asked(form, body.width, theme));
    if let Some(aside) = aside {
        beside::draw(frame, aside, form, theme);
    }
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
    let hints = hints(form);
    let footer = Rect {
        y: area.y + area.height - 1,
        height: 1,
        ..area
    };
    let width = usize::from(area.width);
    match (&form.busy, &form.error) {
        (Some(busy), _) => {
            let key = form.keys.hint(FORM, Action::Back);
            let text = clip(&format!(" {busy}  {key}: do not wait"), width);
            frame.render_widget(Paragraph::new(span(text, theme.accent)), footer);
        }
        (None, Some(error)) => {
            let first = error.lines().next().unwrap_or_default();
            let text = clip(&format!(" {first}"), width);
            frame.render_widget(Paragraph::new(span(text, theme.bad)), footer);
        }
        (None, None) => frame.render_widget(
            Paragraph::new(fitted(&hints, usize::from(area.width), theme)),
            footer,
        ),
    }
    if let Some(page) = form.help {
        help::draw(frame, area, &form.keys, FORM, page, theme);
    }
}

/// What can be done, the way forward first.
fn hints(form: &FormScreen) -> Vec<Hint<'_>> {
    let forward = if form.cursor == form.fields.len() {
        "start"
    } else {
        "next field"
    };
    let mut hints = vec![(Action::Next, forward)];
    let choices = form.fields.get(form.cursor).map(|field| &field.choices);
    if choices.is_some_and(|choices| !choices.loaded().is_empty()) {
        hints.push((Action::NextChoice, "next choice"));
    }
    if form.has_options() {
        hints.push((Action::NextOption, "options"));
    }
    if form.cursor < form.fields.len() {
        hints.push((Action::Submit, "start"));
    }
    hints.extend([
        (Action::NextField, "move"),
        (Action::Help, "help"),
        (Action::Back, "leave"),
    ]);
    hints
        .into_iter()
        .map(|(action, words)| (form.keys.in_footer(FORM, action), words.to_owned()))
        .filter(|(key, _)| !key.is_empty())
        .collect()
}

/// So many rows are kept for what is said of a field: nothing moves from field to field.
const SAID: usize = 3;

/// How many rows the fields, the button and what is said below them take, their borders
/// with them.
fn asked(form: &FormScreen, width: u16, theme: &Theme) -> u16 {
    let said = below(form, usize::from(width.saturating_sub(4)), theme).len();
    // A blank row before the button and one behind it.
    let rows = form.fields.len() + 3 + said.max(SAID) + 2;
    u16::try_from(rows).unwrap_or(u16::MAX)
}

fn fields(frame: &mut Frame, inner: Rect, form: &FormScreen, theme: &Theme) {
    let label_width = form
        .fields
        .iter()
        .map(|field| label(field).chars().count())
        .max()
        .unwrap_or(0)
        .min(24);
    let values = form.fields.iter().map(|field| shown(field).width());
    let columns = Columns {
        label: label_width,
        value: values.max().unwrap_or(0).clamp(14, 32) + 2,
    };
    let about = below(form, usize::from(inner.width), theme);
    let most = (inner.height / 2).max(4);
    let about_height = u16::try_from(about.len()).unwrap_or(most).min(most) + 1;
    let rows = inner.height.saturating_sub(about_height + 2);
    let skip = scroll(Some(form.cursor), form.fields.len(), usize::from(rows));
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
        draw_field(frame, row, form, number, field, columns, theme);
    }
    let hidden = form.fields.len().saturating_sub(skip + usize::from(rows));
    if hidden > 0 {
        let row = Rect {
            y,
            height: 1,
            ..inner
        };
        let text = format!("  ↓ {hidden} more");
        frame.render_widget(Paragraph::new(span(text, theme.dim)), row);
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
    // Near to what it is about, as far down as there is room.
    let lowest = (inner.y + inner.height).saturating_sub(about_height - 1);
    let under = Rect {
        y: (button.y + 2).min(lowest),
        height: about_height - 1,
        ..inner
    };
    frame.render_widget(Paragraph::new(about), under);
}

/// What stands under the fields: what is wrong, if it has more to say than the
/// footer has room for; else about the field that has the keys, and its choices.
fn below<'a>(form: &FormScreen, width: usize, theme: &Theme) -> Vec<Line<'a>> {
    let lines = |text: &str, style| -> Vec<Line<'a>> {
        text.lines()
            .flat_map(|line| wrap(line, width))
            .map(|line| Line::from(span(line, style)))
            .collect()
    };
    if let Some(error) = form.error.as_ref().filter(|error| is_long(error, width)) {
        return lines(error, theme.bad);
    }
    let Some(field) = form.fields.get(form.cursor) else {
        return Vec::new();
    };
    let mut all = lines(&describe(field), theme.dim);
    match &field.choices {
        Choices::None | Choices::Unasked => {}
        Choices::Loading(_) => all.extend(lines("loading the choices…", theme.dim)),
        Choices::Loaded(_, Err(why)) => all.extend(lines(why, theme.warn)),
        Choices::Loaded(_, Ok(found)) => {
            all.extend(lines(&listed(found, &text(field), width), theme.text));
        }
    }
    all
}

fn is_long(error: &str, width: usize) -> bool {
    error.contains('\n') || error.chars().count() > width
}

/// Choices on one line, the chosen one in brackets, as many as fit around it.
fn listed(found: &[String], chosen: &str, width: usize) -> String {
    let at = found.iter().position(|choice| choice == chosen);
    let from = at.unwrap_or(0).saturating_sub(1);
    let mut line = format!("{} choices:", found.len());
    if from > 0 {
        line.push_str(" …");
    }
    for (number, choice) in found.iter().enumerate().skip(from) {
        let choice = clip(choice, 40);
        let word = if at == Some(number) {
            format!(" [{choice}]")
        } else {
            format!("  {choice}")
        };
        if line.chars().count() + word.chars().count() + 2 > width {
            line.push_str(" …");
            break;
        }
        line.push_str(&word);
    }
    line
}

/// How wide the columns of the form are.
#[derive(Clone, Copy)]
struct Columns {
    label: usize,
    value: usize,
}

/// Less than this of a description says nothing.
const LEAST_WORDS: usize = 20;

/// A field's value as others may see it.
fn shown(field: &Field) -> String {
    if matches!(&field.asks, Asks::Input(input) if input.is_secret()) {
        "•".repeat(text(field).chars().count())
    } else {
        text(field)
    }
}

fn draw_field(
    frame: &mut Frame,
    row: Rect,
    form: &FormScreen,
    number: usize,
    field: &Field,
    columns: Columns,
    theme: &Theme,
) {
    let label_width = columns.label;
    let marked = number == form.cursor;
    let complaint = FormScreen::complaint(field);
    let (glyph, style) = match &complaint {
        Some(_) => ("○", theme.warn),
        // What may be empty and is needs no tick.
        None if text(field).is_empty() => ("·", theme.dim),
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
    let remark = complaint.map(|text| remark(&text, &label(field)));
    let remark = remark.map(|text| clip(&text, 40)).unwrap_or_default();
    let remark_width = u16::try_from(remark.chars().count()).unwrap_or(0);
    let mut value = Rect {
        x: row.x + indent,
        width: row.width.saturating_sub(indent + remark_width + 1),
        ..row
    };
    // What the field is for stands beside it, as long as what is typed leaves it room.
    let words = clip(
        &short(field),
        usize::from(value.width).saturating_sub(columns.value),
    );
    let fits = shown(field).width() + 4 <= columns.value + 2;
    if fits && words.width() >= LEAST_WORDS.min(short(field).width()) {
        let beside = u16::try_from(columns.value)
            .unwrap_or(value.width)
            .min(value.width);
        let about = Rect {
            x: value.x + beside,
            width: value.width - beside,
            ..value
        };
        frame.render_widget(Paragraph::new(span(words, theme.dim)), about);
        value.width = beside;
    }
    let choice = !field.options.is_empty();
    if marked && !choice {
        frame.render_widget(&field.area, value);
    } else {
        let shown = shown(field);
        let shown = if choice && marked && shown.is_empty() {
            "‹ choose ›".to_owned()
        } else if choice && marked {
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

/// What is wrong with a field, in its row: whose it is stands there already.
fn remark(complaint: &str, name: &str) -> String {
    let rest = complaint.strip_prefix(name);
    let rest = rest.and_then(|rest| rest.strip_prefix(": ").or_else(|| rest.strip_prefix(' ')));
    rest.unwrap_or(complaint).to_owned()
}

pub(super) fn label(field: &Field) -> String {
    match &field.asks {
        Asks::Environment => "environment".to_owned(),
        Asks::Input(input) => input.name.clone(),
        Asks::Severity => "severity".to_owned(),
        Asks::Impact => "impact".to_owned(),
    }
}

/// What a field is for, in a few words.
fn short(field: &Field) -> String {
    match &field.asks {
        Asks::Environment => "where this runs".to_owned(),
        Asks::Severity => "how bad it is; optional".to_owned(),
        Asks::Impact => "who is hit and how; optional".to_owned(),
        Asks::Input(input) => markdown::plain(input.description.trim_end_matches('.')).into_owned(),
    }
}

pub(super) fn describe(field: &Field) -> String {
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
