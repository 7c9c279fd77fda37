//! The help: what keys do where one stands, as they are here.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::draw::middle;
use crate::tui::{
    frame::Frame,
    keymap::{Action, Binding, Context, Keymap, Place},
    rows::Rows,
    theme::Theme,
    words::{clip, span},
};

/// What the border and the air inside of it take.
const BORDERS: u16 = 4;
/// So wide is it at least: its last row says how to go on.
const LEAST: u16 = 54;

/// A line of the help.
#[derive(Clone)]
enum Row<'a> {
    Title(&'static str),
    Key {
        keys: Vec<&'a str>,
        /// Where there is room for few.
        few: Vec<&'a str>,
        words: String,
    },
    Gap,
}

/// Actions that are told in one line, the way there and the way back.
const PAIRS: &[(Action, Action)] = &[
    (Action::Up, Action::Down),
    (Action::Top, Action::End),
    (Action::PaneLeft, Action::PaneRight),
    (Action::MatchDown, Action::MatchUp),
    (Action::NextField, Action::FieldBefore),
    (Action::NextOption, Action::OptionBefore),
];

/// What keys do in a place: of what has the keys first, then the screen's.
fn rows<'a>(keys: &'a Keymap, place: Place) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let mut told: Vec<Action> = Vec::new();
    let here = place.first().copied();
    for context in place {
        // The output has many keys; they are told where it is what one looks at.
        if *context == Context::Output && here != Some(Context::Output) {
            continue;
        }
        let bindings: Vec<&'a Binding> = keys
            .of(*context)
            .filter(|binding| !binding.keys.is_empty() && !told.contains(&binding.row.action))
            .collect();
        if bindings.is_empty() {
            continue;
        }
        rows.push(Row::Title(context.title()));
        for binding in &bindings {
            let action = binding.row.action;
            if told.contains(&action) {
                continue;
            }
            let other = PAIRS.iter().find(|(one, _)| *one == action);
            let other = other.and_then(|(_, other)| {
                bindings.iter().find(|binding| binding.row.action == *other)
            });
            let here: Vec<&'a Binding> = std::iter::once(*binding).chain(other.copied()).collect();
            told.extend(here.iter().map(|binding| binding.row.action));
            let names = |binding: &&'a Binding| binding.names.iter().map(String::as_str);
            let words: Vec<&str> = here.iter().map(|binding| binding.row.words).collect();
            rows.push(Row::Key {
                keys: here.iter().flat_map(names).collect(),
                few: here
                    .iter()
                    .filter_map(|binding| names(binding).next())
                    .collect(),
                words: words.join(" / "),
            });
        }
        rows.push(Row::Gap);
    }
    rows
}

/// More rows than this are read better side by side.
const LONG: usize = 20;

/// The rows in columns, and how many of these a page has.
fn columns<'a>(area: Rect, keys: &'a Keymap, place: Place) -> (Vec<Vec<Row<'a>>>, usize) {
    let rows = rows(keys, place);
    let beside = if rows.len() > LONG && area.width >= 76 {
        2
    } else {
        1
    };
    let room = usize::from(area.height.saturating_sub(6)).max(2);
    let wanted = room.min(rows.len().div_ceil(beside));
    let mut columns: Vec<Vec<Row<'a>>> = vec![Vec::new()];
    let sections = rows.chunk_by(|_, next| !matches!(next, Row::Title(_)));
    for section in sections {
        let section = if let [rows @ .., Row::Gap] = section {
            rows
        } else {
            section
        };
        let used = columns.last().map_or(0, Vec::len);
        // What belongs together stays together, where it fits into a column; what is most
        // of all goes through both.
        let is_most = beside > 1 && section.len() * 3 > wanted * 4;
        let last_row = if is_most { wanted } else { room };
        // Rather beneath a short column than on another page.
        let page = columns.len().saturating_sub(beside)..;
        let is_full = beside > 1 && columns.len().is_multiple_of(beside);
        if is_full
            && used + 1 + section.len() > wanted
            && let Some(short) = columns[page]
                .iter_mut()
                .find(|column| column.len() + 1 + section.len() <= room)
        {
            short.push(Row::Gap);
            short.extend_from_slice(section);
            continue;
        }
        if used > 0 && used + 1 + section.len() > wanted && section.len() <= room && !is_most {
            columns.push(Vec::new());
        } else if let Some(column) = columns.last_mut().filter(|_| used > 0) {
            column.push(Row::Gap);
        }
        for row in section {
            if columns
                .last()
                .is_some_and(|column| column.len() >= last_row)
            {
                columns.push(Vec::new());
            }
            if let Some(column) = columns.last_mut() {
                column.push(row.clone());
            }
        }
    }
    (columns, beside)
}

/// How many pages it takes.
pub fn pages(area: Rect, keys: &Keymap, place: Place) -> usize {
    let (columns, beside) = columns(area, keys, place);
    columns.len().div_ceil(beside)
}

/// Draws a page of it.
pub fn draw(
    frame: &mut Frame,
    area: Rect,
    keys: &Keymap,
    place: Place,
    page: usize,
    theme: &Theme,
) {
    let (columns, beside) = columns(area, keys, place);
    let pages = columns.len().div_ceil(beside);
    let page = page.min(pages - 1);
    let shown: Vec<&Vec<Row<'_>>> = columns.iter().skip(page * beside).take(beside).collect();
    let height = shown.iter().map(|column| column.len()).max().unwrap_or(0);
    let room = usize::from(area.width.saturating_sub(BORDERS));
    let measured = |few: bool| -> Vec<Wide> {
        let columns = shown.iter().map(|rows| Wide::of(rows, few));
        columns.collect()
    };
    // Behind the last one there is no air.
    let sum = |all: &[Wide]| -> usize {
        all.iter()
            .map(Wide::whole)
            .sum::<usize>()
            .saturating_sub(AIR)
    };
    // All keys of an action where there is room for them; the words are there in any case.
    let all = measured(false);
    let (few, mut wide) = if sum(&all) <= room {
        (false, all)
    } else {
        (true, measured(true))
    };
    while sum(&wide) > room
        && let Some(widest) = wide.iter_mut().max_by_key(|wide| wide.words)
        && widest.words > 0
    {
        widest.words -= 1;
    }
    let width = u16::try_from(sum(&wide)).unwrap_or(u16::MAX);
    let outer = u16::try_from(height + 4).unwrap_or(u16::MAX);
    let width = width.saturating_add(BORDERS).max(LEAST);
    let inner = middle(frame, area, width, outer, "Keys", theme);
    let mut x = inner.x;
    for (rows, wide) in shown.into_iter().zip(wide) {
        let lines: Vec<Line<'_>> = rows.iter().map(|row| line(row, wide, few, theme)).collect();
        let right = inner.x + inner.width;
        let width = u16::try_from(wide.whole()).unwrap_or(u16::MAX);
        let place = Rect {
            x: x.min(right),
            width: width.min(right.saturating_sub(x)),
            height: inner.height.saturating_sub(2),
            ..inner
        };
        x = x.saturating_add(width);
        frame.render_widget(Rows(lines), place);
    }
    let last = Rect {
        y: inner.y + inner.height.saturating_sub(1),
        height: 1,
        ..inner
    };
    let words = if page + 1 < pages {
        format!("page {} of {pages}; any key shows the next", page + 1)
    } else {
        "any key closes this".to_owned()
    };
    frame.render_widget(Paragraph::new(span(words, theme.dim)), last);
}

/// How wide the parts of a column are.
#[derive(Clone, Copy)]
struct Wide {
    keys: usize,
    words: usize,
}

impl Wide {
    fn of(rows: &[Row<'_>], few: bool) -> Self {
        let mut wide = Self { keys: 0, words: 0 };
        for row in rows {
            match row {
                Row::Gap => {}
                Row::Title(title) => wide.words = wide.words.max(title.width()),
                Row::Key { words, .. } => {
                    wide.keys = wide.keys.max(row.keys(few).width());
                    wide.words = wide.words.max(words.width());
                }
            }
        }
        wide
    }

    /// With the air behind each part.
    fn whole(&self) -> usize {
        self.keys + self.words + 2 * AIR
    }
}

/// Between keys and words, and between columns.
const AIR: usize = 2;

impl Row<'_> {
    fn keys(&self, few: bool) -> String {
        match self {
            Row::Key { few: names, .. } if few => names.join(" "),
            Row::Key { keys, .. } => keys.join(" "),
            Row::Title(_) | Row::Gap => String::new(),
        }
    }
}

fn line<'a>(row: &Row<'_>, wide: Wide, few: bool, theme: &Theme) -> Line<'a> {
    let words = match row {
        Row::Gap => return Line::default(),
        Row::Title(title) => {
            return Line::from(span(clip(title, wide.whole()), theme.strong));
        }
        Row::Key { words, .. } => words,
    };
    let keys = clip(&row.keys(few), wide.keys);
    let gap = wide.keys.saturating_sub(keys.width()) + AIR;
    Line::from(vec![
        span(keys, theme.accent),
        Span::raw(" ".repeat(gap)),
        span(clip(words, wide.words), theme.text),
    ])
}
