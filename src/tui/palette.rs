//! The palette: everything that can be done at a place, by name and with its key.

use std::cmp::Reverse;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use ratatui::{
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::{
    frame::Frame,
    keymap::{Action, Keymap, Place, context},
    overlay::draw::{middle, placed},
    rows::Rows,
    run::plan::scroll,
    theme::Theme,
    words::{clip, span},
};

/// How wide it is, where there is room.
const WIDTH: u16 = 84;
/// The most rows of it.
const ROWS: u16 = 18;
/// Longer filters fit nothing.
const LONGEST: usize = 80;

/// Something that can be done.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What.
    pub action: Action,
    /// In words.
    pub words: &'static str,
    /// Its keys, as people write them.
    pub keys: Vec<String>,
    /// Why it cannot be done now.
    pub why_not: Option<String>,
}

/// The palette.
#[derive(Debug, Clone)]
pub struct Palette {
    entries: Vec<Entry>,
    filter: String,
    cursor: usize,
    /// Why what was asked for is not done.
    refused: Option<String>,
}

/// What became of a key or a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picked {
    /// The palette stays.
    Nothing,
    /// It goes.
    Gone,
    /// It goes, and this is done.
    Do(Action),
}

impl Palette {
    /// Everything that there is at a place; `why_not` says what cannot be done now.
    pub fn of(keys: &Keymap, place: Place, why_not: impl Fn(Action) -> Option<String>) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        for binding in place.iter().flat_map(|context| keys.of(*context)) {
            let action = binding.row.action;
            if action == Action::Palette {
                continue;
            }
            if let Some(known) = entries.iter_mut().find(|known| known.action == action) {
                // Of another part of the place, with more keys, perhaps.
                for name in &binding.names {
                    if !known.keys.contains(name) {
                        known.keys.push(name.clone());
                    }
                }
                continue;
            }
            entries.push(Entry {
                action,
                words: binding.row.words,
                keys: binding.names.clone(),
                why_not: why_not(action),
            });
        }
        // What is done comes before how one moves about.
        let main = |action| {
            let mut rows = keys
                .of(context::Context::Run)
                .chain(keys.of(context::Context::Home));
            rows.any(|binding| binding.row.action == action)
        };
        entries.sort_by_key(|entry| (only_moves(entry.action), !main(entry.action)));
        Self {
            entries,
            filter: String::new(),
            cursor: 0,
            refused: None,
        }
    }

    /// What fits the filter, the best fit first; what cannot be done stands last among
    /// equals.
    pub fn rows(&self) -> Vec<&Entry> {
        let pattern = Pattern::parse(&self.filter, CaseMatching::Smart, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut rows: Vec<(u32, &Entry)> = self
            .entries
            .iter()
            .filter_map(|entry| {
                let text = format!("{} {}", entry.words, entry.action.name());
                let score = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher);
                score.map(|score| (score, entry))
            })
            .collect();
        rows.sort_by_key(|(score, entry)| (Reverse(*score), entry.why_not.is_some()));
        rows.into_iter().map(|(_, entry)| entry).collect()
    }

    fn marked(&self) -> usize {
        self.cursor.min(self.rows().len().saturating_sub(1))
    }

    /// Deals with a key.
    pub fn key(&mut self, action: Option<Action>, key: KeyEvent) -> Picked {
        self.refused = None;
        match action {
            Some(Action::Back | Action::Leave) => return Picked::Gone,
            Some(Action::Next) => return self.pick(),
            Some(Action::Up) => self.move_by(-1),
            Some(Action::Down) => self.move_by(1),
            Some(Action::PageUp) => self.move_by(-10),
            Some(Action::PageDown) => self.move_by(10),
            _ => match key.code {
                KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                    self.filter.clear();
                    self.cursor = 0;
                }
                KeyCode::Char(c)
                    if !key
                        .modifiers
                        .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) =>
                {
                    self.type_in(&c.to_string());
                }
                KeyCode::Backspace => {
                    self.filter.pop();
                    self.cursor = 0;
                }
                _ => {}
            },
        }
        Picked::Nothing
    }

    /// Takes typed or pasted text in.
    pub fn type_in(&mut self, text: &str) {
        let text = text.chars().filter(|c| !c.is_control());
        let room = LONGEST.saturating_sub(self.filter.chars().count());
        self.filter.extend(text.take(room));
        self.cursor = 0;
    }

    /// Moves the mark.
    pub fn move_by(&mut self, by: isize) {
        let last = self.rows().len().saturating_sub(1);
        self.cursor = self.marked().saturating_add_signed(by).min(last);
    }

    /// A click marks a row; on the marked one it does the same as Enter when `again`
    /// says that it was clicked before.
    pub fn click(&mut self, row: usize, again: bool) -> Picked {
        self.refused = None;
        if again && row == self.marked() {
            return self.pick();
        }
        self.cursor = row;
        Picked::Nothing
    }

    fn pick(&mut self) -> Picked {
        let at = self.marked();
        let Some((action, why_not)) = self
            .rows()
            .get(at)
            .map(|entry| (entry.action, entry.why_not.clone()))
        else {
            return Picked::Nothing;
        };
        match why_not {
            None => Picked::Do(action),
            Some(why) => {
                self.refused = Some(why);
                Picked::Nothing
            }
        }
    }

    /// How high its box is in an area.
    fn height(&self, area: Rect) -> u16 {
        // It does not jump while one types: the height is that of all entries.
        let rows = u16::try_from(self.entries.len()).unwrap_or(ROWS).min(ROWS);
        (rows + 5).min(area.height.saturating_sub(2))
    }

    /// The rows that are seen: where they begin on the screen, and which is the first.
    fn window(&self, inner: Rect) -> (Rect, usize) {
        let rows = Rect {
            y: inner.y + 2,
            height: inner.height.saturating_sub(3),
            ..inner
        };
        let skip = scroll(
            Some(self.marked()),
            self.rows().len(),
            usize::from(rows.height),
        );
        (rows, skip)
    }

    /// The row at a place of the screen.
    pub fn row_at(&self, area: Rect, at: Position) -> Option<usize> {
        let inner = placed(area, WIDTH, self.height(area)).inner;
        let (rows, skip) = self.window(inner);
        let row = skip + usize::from(at.y.checked_sub(rows.y)?);
        (rows.contains(at) && row < self.rows().len()).then_some(row)
    }
}

/// Whether an action does nothing but move about.
fn only_moves(action: Action) -> bool {
    matches!(
        action,
        Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::Top
            | Action::End
            | Action::NextPane
            | Action::PaneLeft
            | Action::PaneRight
            | Action::NextField
            | Action::FieldBefore
            | Action::Back
    )
}

/// Draws the palette.
pub fn draw(frame: &mut Frame, area: Rect, palette: &Palette, keys: &Keymap, theme: &Theme) {
    let inner = middle(
        frame,
        area,
        WIDTH,
        palette.height(area),
        "What can be done",
        theme,
    );
    if inner.height < 4 {
        return;
    }
    let width = usize::from(inner.width);
    let filter = if palette.filter.is_empty() {
        vec![span("▏", theme.accent), span("type to find", theme.dim)]
    } else {
        let text = clip(&palette.filter, width.saturating_sub(1));
        vec![span(text, theme.strong), span("▏", theme.accent)]
    };
    frame.render_widget(
        Paragraph::new(Line::from(filter)),
        Rect { height: 1, ..inner },
    );
    let (place, skip) = palette.window(inner);
    let marked = palette.marked();
    let all = palette.rows();
    let mut lines: Vec<Line<'_>> = all
        .iter()
        .enumerate()
        .skip(skip)
        .take(usize::from(place.height))
        .map(|(number, entry)| line(entry, number == marked, width, theme))
        .collect();
    if all.is_empty() {
        lines.push(Line::from(span("Nothing is called that.", theme.dim)));
    }
    frame.render_widget(Rows(lines), place);
    let last = Rect {
        y: inner.y + inner.height - 1,
        height: 1,
        ..inner
    };
    let words = match &palette.refused {
        Some(why) => span(clip(why, width), theme.bad),
        None => span(
            format!(
                "{} does it   {} leaves",
                keys.hint(context::PALETTE, Action::Next),
                keys.hint(context::PALETTE, Action::Back)
            ),
            theme.dim,
        ),
    };
    frame.render_widget(Paragraph::new(words), last);
}

fn line(entry: &Entry, marked: bool, width: usize, theme: &Theme) -> Line<'static> {
    let keys = clip(&entry.keys.join(" "), width / 3);
    let room = width.saturating_sub(keys.width() + 4);
    let (words, style) = match &entry.why_not {
        Some(why) => (format!("{}: {why}", entry.words), theme.dim),
        None if marked => (entry.words.to_owned(), theme.strong),
        None => (entry.words.to_owned(), theme.text),
    };
    let words = clip(&words, room);
    let gap = width.saturating_sub(2 + words.width() + keys.width());
    let line = Line::from(vec![
        span(if marked { "▸ " } else { "  " }, theme.accent),
        span(words, style),
        Span::raw(" ".repeat(gap)),
        span(
            keys,
            if entry.why_not.is_some() {
                theme.dim
            } else {
                theme.accent
            },
        ),
    ]);
    if marked {
        line.patch_style(theme.selection)
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette() -> Palette {
        Palette::of(&Keymap::default(), context::STEP, |action| {
            (action == Action::Stop).then(|| "nothing is running".to_owned())
        })
    }

    fn enter(palette: &mut Palette) -> Picked {
        palette.key(Some(Action::Next), KeyEvent::from(KeyCode::Enter))
    }

    #[test]
    fn every_action_of_the_place_is_there_once_with_its_keys() {
        let palette = palette();
        for context in context::STEP {
            for binding in Keymap::default().of(*context) {
                let action = binding.row.action;
                let found: Vec<&Entry> = palette
                    .entries
                    .iter()
                    .filter(|entry| entry.action == action)
                    .collect();
                let wanted = usize::from(action != Action::Palette);
                assert_eq!(found.len(), wanted, "{action:?}");
                for name in binding.names.iter().take(10 * wanted) {
                    assert!(found[0].keys.contains(name), "{name}");
                }
            }
        }
    }

    #[test]
    fn what_is_typed_finds_it() {
        let mut palette = palette();
        palette.type_in("zomtim");
        assert_eq!(palette.rows()[0].action, Action::Timeline);
        assert_eq!(enter(&mut palette), Picked::Do(Action::Timeline));
        palette.type_in("qqqqqqq\u{1b}[31m");
        assert!(palette.rows().is_empty());
        assert_eq!(enter(&mut palette), Picked::Nothing);
        palette.type_in(&"x".repeat(10_000));
        assert_eq!(palette.filter.chars().count(), LONGEST);
    }

    #[test]
    fn what_cannot_be_done_says_why_and_is_not_done() {
        let mut palette = palette();
        let rows = palette.rows();
        assert_eq!(rows.last().map(|entry| entry.action), Some(Action::Stop));
        palette.type_in("stop");
        assert_eq!(palette.rows()[0].action, Action::Stop);
        assert_eq!(enter(&mut palette), Picked::Nothing);
        assert_eq!(palette.refused.as_deref(), Some("nothing is running"));
    }

    #[test]
    fn a_click_marks_and_only_a_second_one_does() {
        let mut palette = palette();
        assert_eq!(palette.click(3, false), Picked::Nothing);
        assert_eq!(palette.marked(), 3);
        assert_eq!(palette.click(4, true), Picked::Nothing, "another row");
        let action = palette.rows()[4].action;
        assert_eq!(palette.click(4, true), Picked::Do(action));
    }
}
