//! What a terminal shows that is sent this, against what was drawn: another program's
//! reading of the sequences judges it.

use std::{cell::RefCell, num::NonZeroU16, rc::Rc};

use proptest::prelude::*;
use ratatui::{
    buffer::{CellDiffOption, CellWidth as _},
    layout::Rect,
    style::{Color, Modifier, Style},
};

use super::*;

const AREA: Rect = Rect::new(0, 0, 40, 16);

/// Keeps what is sent.
#[derive(Clone, Default)]
struct Line(Rc<RefCell<Vec<u8>>>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A screen here, and a terminal at the other end of the line.
struct Ends {
    pen: Pen<Line>,
    line: Line,
    there: vt100::Parser,
    wanted: Frame,
}

impl Ends {
    fn new() -> Self {
        let line = Line::default();
        let mut wanted = Frame::new(AREA.width, AREA.height);
        let behind = Style::new().bg(Color::Rgb(21, 23, 28));
        wanted.buffer_mut().set_style(AREA, behind);
        Self {
            pen: Pen::new(line.clone(), Depth::True),
            line,
            there: vt100::Parser::new(
                AREA.height.try_into().unwrap(),
                AREA.width.try_into().unwrap(),
                0,
            ),
            wanted,
        }
    }

    /// Sends what is wanted; what was sent.
    fn send(&mut self) -> Vec<u8> {
        self.pen.show(&self.wanted).unwrap();
        let sent = std::mem::take(&mut *self.line.0.borrow_mut());
        self.there.process(&sent);
        sent
    }

    /// Sends this text at a place of its own; what was sent.
    fn write(&mut self, text: &str) -> String {
        let style = Style::new().bg(Color::Rgb(21, 23, 28));
        self.wanted.buffer_mut().set_string(4, 3, text, style);
        String::from_utf8(self.send()).unwrap()
    }

    fn compare(&self) {
        for y in 0..AREA.height {
            let mut covered = 0;
            for x in 0..AREA.width {
                let wanted = &self.wanted.cells()[(x, y)];
                let cell = self.there.screen().cell(y, x).unwrap();
                let has = if cell.has_contents() {
                    cell.contents()
                } else {
                    " "
                };
                if covered > 0 {
                    assert_eq!(has, " ", "covered at {x}, {y}");
                    covered -= 1;
                    continue;
                }
                covered = wanted.cell_width().max(1) - 1;
                assert_eq!(has, wanted.symbol(), "at {x}, {y}");
                let color = |color| match color {
                    vt100::Color::Default => Color::Reset,
                    vt100::Color::Idx(index) => Color::Indexed(index),
                    vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
                };
                assert_eq!(color(cell.bgcolor()), wanted.bg, "behind {x}, {y}");
                let modifier = wanted.modifier;
                assert_eq!(cell.inverse(), modifier.contains(Modifier::REVERSED));
                assert_eq!(cell.underline(), modifier.contains(Modifier::UNDERLINED));
                // Where nothing is written, what it would be written in is not seen.
                if has != " " || cell.inverse() || cell.underline() {
                    assert_eq!(color(cell.fgcolor()), wanted.fg, "at {x}, {y}");
                    assert_eq!(cell.bold(), modifier.contains(Modifier::BOLD));
                    assert_eq!(cell.dim(), modifier.contains(Modifier::DIM));
                }
            }
        }
    }

    /// What stands in a part of it moves up; whether it does so at its sides too.
    fn scroll(&mut self, part: Rect, by: u16) {
        let wanted = self.wanted.buffer_mut();
        for y in part.top()..part.bottom() {
            for x in part.left()..part.right() {
                wanted[(x, y)] = if y + by < part.bottom() {
                    wanted[(x, y + by)].clone()
                } else {
                    let mut cell = wanted[(x, y)].clone();
                    cell.reset();
                    cell.set_bg(Color::Rgb(21, 23, 28));
                    cell
                };
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Change {
    Write(u16, u16, String, Style),
    Scroll(Rect, u16),
    Forget,
}

fn style() -> impl Strategy<Value = Style> {
    let color = prop_oneof![
        3 => Just(Color::Reset),
        2 => (0_u8..4).prop_map(Color::Indexed),
        2 => (0_u8..3).prop_map(|n| Color::Rgb(n, 100, 200)),
    ];
    let behind = prop_oneof![
        5 => Just(Color::Rgb(21, 23, 28)),
        1 => (0_u8..3).prop_map(Color::Indexed),
    ];
    let modifier = prop_oneof![
        4 => Just(Modifier::empty()),
        1 => Just(Modifier::BOLD),
        1 => Just(Modifier::DIM),
        1 => Just(Modifier::DIM | Modifier::REVERSED),
        1 => Just(Modifier::UNDERLINED),
    ];
    (color, behind, modifier)
        .prop_map(|(fg, bg, modifier)| Style::reset().fg(fg).bg(bg).add_modifier(modifier))
}

fn change() -> impl Strategy<Value = Change> {
    // A wide one at an even column never covers half of another.
    let text = prop_oneof![
        6 => "[0-9a-c ]{1,40}",
        2 => "[│─█✔●…é]{1,10}",
        1 => "(コ|漢|👍|⚠\u{fe0f}){1,5}",
        1 => "(e\u{301}|a){1,5}",
    ];
    prop_oneof![
        6 => (0..AREA.width / 2, 0..AREA.height, text, style())
            .prop_map(|(x, y, text, style)| Change::Write(2 * x, y, text, style)),
        3 => (0_u16..10, 0_u16..5, 20_u16..41, 8_u16..17, 1_u16..4).prop_map(
            |(x, y, right, bottom, by)| {
                let part = Rect::new(2 * x, y, right / 2 * 2 - 2 * x, bottom - y);
                Change::Scroll(part, by)
            }
        ),
        1 => Just(Change::Forget),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_shown_is_what_was_drawn(
        frames in prop::collection::vec(prop::collection::vec(change(), 0..8), 1..12),
    ) {
        let mut ends = Ends::new();
        for frame in frames {
            for change in frame {
                match change {
                    Change::Write(x, y, text, style) => {
                        ends.wanted.buffer_mut().set_string(x, y, text, style);
                    }
                    Change::Scroll(part, by) => ends.scroll(part, by),
                    Change::Forget => ends.pen.forget(),
                }
            }
            ends.send();
            ends.compare();
        }
    }
}

/// Fills it with lines that are all alike but for a number, between borders.
fn fill(ends: &mut Ends, text: impl Fn(u16) -> String) {
    let style = Style::new().bg(Color::Rgb(21, 23, 28));
    for y in 0..AREA.height {
        let line = format!("│{:<38}│", text(y));
        ends.wanted.buffer_mut().set_string(0, y, line, style);
    }
}

#[test]
fn rows_that_move_are_moved() {
    let mut ends = Ends::new();
    let line = |n: u16| {
        let n = u32::from(n);
        format!("{} goes on with {n:<3} {}", n * 7919 % 1000, n * 37 % 11)
    };
    fill(&mut ends, line);
    ends.send();
    fill(&mut ends, |y| line(y + 2));
    let sent = ends.send();
    ends.compare();
    let sent = String::from_utf8(sent).unwrap();
    assert!(
        sent.starts_with("\u{1b}[1;16r\u{1b}[16H\n\n\u{1b}[r"),
        "{sent:?}"
    );
    // Two lines of forty.
    assert!(sent.len() < 180, "{}: {sent:?}", sent.len());
}

#[test]
fn nothing_is_moved_where_that_is_longer() {
    let mut ends = Ends::new();
    fill(&mut ends, |y| format!("line {y:02}"));
    ends.send();
    fill(&mut ends, |y| format!("line {:02}", y + 1));
    let sent = ends.send();
    ends.compare();
    let sent = String::from_utf8(sent).unwrap();
    assert!(!sent.contains('r'), "{sent:?}");
    // A column of digits is written downwards: a digit and the way to the next.
    assert!(sent.len() < 16 * 6 + 60, "{}: {sent:?}", sent.len());
}

#[test]
fn what_was_not_changed_costs_nothing() {
    let mut ends = Ends::new();
    fill(&mut ends, |y| format!("line {y:02}"));
    ends.send();
    assert_eq!(ends.send(), b"");
    let style = Style::new().bg(Color::Rgb(21, 23, 28));
    ends.wanted.buffer_mut().set_string(6, 3, "L", style);
    let sent = String::from_utf8(ends.send()).unwrap();
    assert_eq!(sent, "\u{1b}[4;7H\u{1b}[48;2;21;23;28mL\u{1b}[m");
}

#[test]
fn what_a_letter_covers_is_written_again_once_it_is_gone() {
    let mut ends = Ends::new();
    for (letter, columns) in [("漢", 2), ("⚠\u{fe0f}", 2), ("क्षि", 3), ("ｶﾞ", 3)] {
        ends.write("abcd");
        // What stands behind it is not seen.
        let covering = ends.write(letter);
        assert!(covering.contains(letter), "{covering:?}");
        let end = 4 + u16::try_from(columns).unwrap();
        let covered = ends.there.screen().contents_between(3, 4, 3, end);
        assert!(!covered.contains(['b', 'c']), "{covered:?}");
        assert_eq!(ends.write(letter), "");
        let back = ends.write(&"abcd"[..columns]);
        assert!(back.contains(&"abcd"[..columns]), "{back:?}");
        ends.compare();
    }
    // Others of the same kind.
    ends.write("漢e\u{301}");
    assert!(ends.write("字e\u{301}").ends_with("字\u{1b}[m"));
    assert!(ends.write("字e\u{300}").contains("e\u{300}"));
    ends.compare();
}

#[test]
fn half_of_a_letter_is_never_written_over_the_edge() {
    let mut ends = Ends::new();
    ends.wanted.buffer_mut()[(AREA.width - 1, 2)].set_symbol("漢");
    let sent = String::from_utf8(ends.send()).unwrap();
    assert!(!sent.contains('漢'), "{sent:?}");
    // What stands where the rest of one would be is no part of it.
    let wanted = ends.wanted.buffer_mut();
    wanted[(AREA.width - 2, 3)].set_symbol("क्षि");
    wanted[(AREA.width - 1, 3)].set_symbol("x");
    let sent = String::from_utf8(ends.send()).unwrap();
    assert!(sent.contains('x') && !sent.contains('क'), "{sent:?}");
    // Nor what some terminals give four columns.
    ends.wanted.buffer_mut()[(AREA.width - 3, 4)].set_symbol("👩\u{200d}💻");
    assert!(!String::from_utf8(ends.send()).unwrap().contains('💻'));
}

/// A command's terminal says how wide a letter is; the library's table has two columns for
/// the mark, which would hide what stands behind it.
#[test]
fn a_letter_is_as_wide_as_whoever_drew_it_says() {
    let mut ends = Ends::new();
    for (x, letter) in (4..).zip(["ﾃ", "ﾞ", "ｰ", "ﾀ"]) {
        let cell = &mut ends.wanted.buffer_mut()[(x, 3)];
        let width = CellDiffOption::ForcedWidth(NonZeroU16::MIN);
        cell.set_symbol(letter).set_diff_option(width);
    }
    let sent = String::from_utf8(ends.send()).unwrap();
    assert!(sent.contains('ｰ'), "{sent:?}");
}

/// A terminal that does not know such an emoji shows both of its parts, over what stands
/// behind the first.
#[test]
fn what_stands_behind_an_emoji_of_several_is_written_after_it() {
    let mut ends = Ends::new();
    ends.write("ab ok");
    let behind = |sent: &str, emoji| {
        let (_, behind) = sent.split_once(emoji).expect("it is sent");
        assert!(behind.contains(" o") && !behind.contains('k'), "{sent:?}");
    };
    behind(&ends.write("👩\u{200d}💻 ok"), "👩\u{200d}💻");
    assert_eq!(ends.write("👩\u{200d}💻 ok"), "");
    behind(&ends.write("🧑\u{200d}💻 ok"), "🧑\u{200d}💻");
    // Its second part takes two columns where the first one does.
    ends.write("ab ok");
    let emoji = "🤷\u{200d}♂\u{fe0f}";
    behind(&ends.write(&format!("{emoji} ok")), emoji);
    // Once it is gone, nothing of it is left that was not written over.
    ends.write("ab ok");
    ends.compare();
}

#[test]
fn more_is_seen_of_a_blank_under_the_cursor() {
    let mut ends = Ends::new();
    let cell = &mut ends.wanted.buffer_mut()[(4, 3)];
    cell.set_fg(Color::Indexed(2));
    cell.set_diff_option(CellDiffOption::AlwaysUpdate);
    ends.wanted.set_cursor_position((4, 3));
    let sent = String::from_utf8(ends.send()).unwrap();
    assert!(sent.contains("38;5;2"), "{sent:?}");
    assert_eq!(ends.send(), b"");
    ends.wanted.buffer_mut()[(4, 3)].set_fg(Color::Indexed(3));
    let sent = String::from_utf8(ends.send()).unwrap();
    assert!(sent.contains("38;5;3"), "{sent:?}");
}

#[test]
fn the_cursor_is_told_only_what_it_does_not_know() {
    let mut ends = Ends::new();
    let style = Style::new().bg(Color::Rgb(21, 23, 28));
    assert!(ends.send().ends_with(b"\x1b[?25l"));
    ends.wanted.set_cursor_position((4, 2));
    assert_eq!(ends.send(), b"\x1b[3;5H\x1b[?25h");
    assert_eq!(ends.send(), b"");
    // What is written takes it along.
    ends.wanted.buffer_mut().set_string(9, 9, "x", style);
    assert!(ends.send().ends_with(b"\x1b[m\x1b[3;5H"));
    let (at, hidden) = (ends.there.screen().cursor_position(), false);
    assert_eq!((at, ends.there.screen().hide_cursor()), ((2, 4), hidden));
    ends.wanted.begin(AREA.width, AREA.height);
    assert!(ends.send().ends_with(b"\x1b[?25l"));
}

#[test]
fn what_is_not_seen_of_a_blank_costs_nothing() {
    let mut ends = Ends::new();
    let style = Style::reset().bg(Color::Rgb(21, 23, 28));
    ends.wanted.buffer_mut().set_string(4, 3, "a   b", style);
    ends.send();
    ends.wanted
        .buffer_mut()
        .set_string(5, 3, "   ", style.fg(Color::Red).bold());
    assert_eq!(ends.send(), b"");
    // Two words in one colour, and what is between them in another.
    ends.wanted
        .buffer_mut()
        .set_string(4, 3, "c", style.fg(Color::Indexed(2)));
    ends.wanted
        .buffer_mut()
        .set_string(5, 3, "d e", style.fg(Color::Indexed(2)));
    ends.wanted
        .buffer_mut()
        .set_string(6, 3, " ", style.fg(Color::Red));
    let sent = String::from_utf8(ends.send()).unwrap();
    ends.compare();
    assert_eq!(sent, "\u{1b}[4;5H\u{1b}[38;5;2;48;2;21;23;28mcd e\u{1b}[m");
    ends.wanted
        .buffer_mut()
        .set_string(6, 3, " ", style.underlined());
    assert!(!ends.send().is_empty());
    ends.compare();
}
