//! How a cell looks, and the shortest sequence that turns one look into another.

use std::io::Write as _;

use ratatui::{
    buffer::Cell,
    style::{Color, Modifier},
};

/// The attributes that come and go by themselves: how one is set and taken back.
const ATTRIBUTES: [(Modifier, u8, u8); 7] = [
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];
/// Those that are taken back together.
const WEIGHTS: [(Modifier, u8); 2] = [(Modifier::BOLD, 1), (Modifier::DIM, 2)];

/// What is seen of a letter's attributes where there is no letter.
const SEEN_ON_BLANKS: Modifier = Modifier::UNDERLINED
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK)
    .union(Modifier::REVERSED)
    .union(Modifier::CROSSED_OUT);

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hue {
    fg: Shade,
    bg: Shade,
    modifier: Modifier,
}

/// A colour, in little room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shade {
    Default,
    Indexed(u8),
    Rgb(u8, u8, u8),
}

impl Hue {
    /// As a terminal writes after it was reset.
    pub(super) const PLAIN: Self = Self {
        fg: Shade::Default,
        bg: Shade::Default,
        modifier: Modifier::empty(),
    };

    pub(super) fn of(cell: &Cell) -> Self {
        Self {
            fg: Shade::of(cell.fg),
            bg: Shade::of(cell.bg),
            modifier: cell.modifier,
        }
    }

    /// What is seen of it where nothing is written.
    pub(super) fn of_blank(self) -> Self {
        if self.modifier.intersects(SEEN_ON_BLANKS) {
            return self;
        }
        Self {
            bg: self.bg,
            ..Self::PLAIN
        }
    }

    /// How a terminal that writes like this comes soonest to a blank of another hue: what
    /// is not seen on it stays as it is.
    pub(super) fn with_blank(self, blank: Self) -> Self {
        if blank.modifier.intersects(SEEN_ON_BLANKS) {
            return blank;
        }
        Self {
            fg: self.fg,
            bg: blank.bg,
            modifier: self.modifier - SEEN_ON_BLANKS,
        }
    }

    /// Appends what makes a terminal that writes like this write like `to`. `old`: the
    /// sixteen colours by their old numbers, since to a terminal that knows no others
    /// `38;5;1` is blinking and bold.
    pub(super) fn turn_into(self, to: Self, old: bool, out: &mut Vec<u8>) {
        if self == to {
            return;
        }
        if to == Self::PLAIN {
            out.extend_from_slice(b"\x1b[m");
            return;
        }
        out.extend_from_slice(b"\x1b[");
        let begin = out.len();
        let (off, mut on) = (self.modifier - to.modifier, to.modifier - self.modifier);
        let weights = Modifier::BOLD | Modifier::DIM;
        if off.intersects(weights) {
            // It takes both back.
            number(out, 22);
            on |= to.modifier & weights;
        }
        for (modifier, _, back) in ATTRIBUTES {
            if off.contains(modifier) {
                number(out, back);
                if back == 25 {
                    on |= to.modifier & (Modifier::SLOW_BLINK | Modifier::RAPID_BLINK);
                }
            }
        }
        for (modifier, set) in WEIGHTS {
            if on.contains(modifier) {
                number(out, set);
            }
        }
        for (modifier, set, _) in ATTRIBUTES {
            if on.contains(modifier) {
                number(out, set);
            }
        }
        if self.fg != to.fg {
            to.fg.append(30, old, out);
        }
        if self.bg != to.bg {
            to.bg.append(40, old, out);
        }
        debug_assert!(out.len() > begin);
        // Each number was followed by a semicolon.
        out.pop();
        out.push(b'm');
    }
}

fn number(out: &mut Vec<u8>, number: u8) {
    // Writing to memory does not fail.
    let _ = write!(out, "{number};");
}

impl Shade {
    fn of(color: Color) -> Self {
        match color {
            Color::Reset => Shade::Default,
            Color::Black => Shade::Indexed(0),
            Color::Red => Shade::Indexed(1),
            Color::Green => Shade::Indexed(2),
            Color::Yellow => Shade::Indexed(3),
            Color::Blue => Shade::Indexed(4),
            Color::Magenta => Shade::Indexed(5),
            Color::Cyan => Shade::Indexed(6),
            Color::Gray => Shade::Indexed(7),
            Color::DarkGray => Shade::Indexed(8),
            Color::LightRed => Shade::Indexed(9),
            Color::LightGreen => Shade::Indexed(10),
            Color::LightYellow => Shade::Indexed(11),
            Color::LightBlue => Shade::Indexed(12),
            Color::LightMagenta => Shade::Indexed(13),
            Color::LightCyan => Shade::Indexed(14),
            Color::White => Shade::Indexed(15),
            Color::Indexed(index) => Shade::Indexed(index),
            Color::Rgb(red, green, blue) => Shade::Rgb(red, green, blue),
        }
    }

    /// `base`: 30 for what is written, 40 for what is behind it.
    fn append(self, base: u8, old: bool, out: &mut Vec<u8>) {
        let _ = match self {
            Shade::Default => write!(out, "{};", base + 9),
            Shade::Indexed(index) if old && index < 8 => write!(out, "{};", base + index),
            Shade::Indexed(index) if old && index < 16 => write!(out, "{};", base + 52 + index),
            Shade::Indexed(index) => write!(out, "{};5;{index};", base + 8),
            Shade::Rgb(red, green, blue) => {
                write!(out, "{};2;{red};{green};{blue};", base + 8)
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    fn hue(style: Style) -> Hue {
        let mut cell = Cell::default();
        cell.set_style(style);
        Hue::of(&cell)
    }

    fn turned(from: Style, to: Style, old: bool) -> String {
        let mut out = Vec::new();
        hue(from).turn_into(hue(to), old, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_what_changes_is_said() {
        let plain = Style::new();
        let red = plain.fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(7));
        assert_eq!(turned(plain, plain, false), "");
        assert_eq!(turned(red, red, false), "");
        assert_eq!(turned(plain, red, false), "\u{1b}[38;2;1;2;3;48;5;7m");
        let green = red.fg(Color::Green);
        assert_eq!(turned(red, green, false), "\u{1b}[38;5;2m");
        assert_eq!(turned(green, plain.bg(Color::Gray), false), "\u{1b}[39m");
        assert_eq!(turned(green, plain, false), "\u{1b}[m");
    }

    #[test]
    fn bold_and_dim_are_taken_back_together() {
        let both = Style::new().bold().dim();
        assert_eq!(turned(both, Style::new().bold(), false), "\u{1b}[22;1m");
        assert_eq!(turned(Style::new().bold(), both, false), "\u{1b}[2m");
        let blinks = Style::new().slow_blink().rapid_blink();
        let one = Style::new().slow_blink();
        assert_eq!(turned(blinks, one, false), "\u{1b}[25;5m");
        let other = Style::new().underlined().fg(Color::Red);
        assert_eq!(
            turned(Style::new().reversed(), other, false),
            "\u{1b}[27;4;38;5;1m"
        );
    }

    #[test]
    fn the_sixteen_have_old_numbers_where_there_are_no_others() {
        let style = |fg, bg| Style::new().fg(Color::Indexed(fg)).bg(Color::Indexed(bg));
        assert_eq!(turned(Style::new(), style(9, 1), true), "\u{1b}[91;41m");
        assert_eq!(turned(Style::new(), style(7, 15), true), "\u{1b}[37;107m");
        assert_eq!(
            turned(Style::new(), style(196, 16), true),
            "\u{1b}[38;5;196;48;5;16m"
        );
        let named = Style::new().fg(Color::LightRed).bg(Color::Black);
        assert_eq!(turned(Style::new(), named, true), "\u{1b}[91;40m");
        assert_eq!(turned(Style::new(), named, false), "\u{1b}[38;5;9;48;5;0m");
    }
}
