//! Which of a theme's colours stands where. A map of the colours by meaning is the same
//! in every theme; with the themes' own styles it says how each cell looks in each.

use std::fmt::Write;

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
};
use rbconsole::tui::theme::{
    BUILT_IN, Depth, Palette, Theme,
    color::Hex,
    palette::{Block, Colors},
};

use super::{
    console::{Looked, compare, look_at, theme},
    scenes::SCENES,
};

/// Colours that stand for themselves, so that a cell tells which of them it has.
const TRACED: Colors<u8> = Colors {
    background: b' ',
    text: b't',
    dim: b'd',
    border: b'-',
    accent: b'a',
    good: b'g',
    bad: b'x',
    warn: b'w',
    unknown: b'u',
    code: b'c',
    selection: b'S',
    live: Block {
        text: b'L',
        background: b'l',
    },
    drill: Block {
        text: b'D',
        background: b'r',
    },
};

/// The theme in which each colour is a letter.
pub fn tracer() -> Theme {
    let letters = TRACED.map(|letter| Hex(letter, 0, 0));
    Theme::new(&Palette::Colors(letters), Depth::True)
}

/// The map of a frame that was drawn with the tracer: a letter a cell, a capital one on
/// the selected line, `*` for what was turned around.
pub fn of(buffer: &Buffer) -> String {
    let mut map = String::new();
    for row in buffer.content.chunks(usize::from(buffer.area.width).max(1)) {
        let line: String = row
            .iter()
            .map(|cell| {
                let Color::Rgb(letter, 0, 0) = cell.fg else {
                    return '?';
                };
                let letter = char::from(letter);
                let selected = cell.bg == Color::Rgb(b'S', 0, 0);
                if cell.modifier.contains(Modifier::REVERSED) {
                    '*'
                } else if selected {
                    letter.to_ascii_uppercase()
                } else if cell.symbol() == " " && cell.bg == Color::Rgb(b' ', 0, 0) {
                    ' '
                } else {
                    letter
                }
            })
            .collect();
        let _ = writeln!(map, "{}", line.trim_end());
    }
    map
}

/// The scenes whose colours are looked at, at the size that shows the most of them.
const MAIN: &[&str] = &[
    "ready",
    "running",
    "succeeded",
    "failed",
    "unknown_after_resume",
    "gate",
    "gate_destructive",
    "manual",
    "waiting",
    "confirmation",
    "closed",
    "drill",
    "search",
    "signals",
    "side_by_side",
    "help",
    "close_menu",
];

#[test]
fn every_colour_stands_where_it_should() {
    look_at(&[("120x40", 120, 40)], Looked::Roles);
    for (name, scene) in SCENES.iter().filter(|(name, _)| MAIN.contains(name)) {
        let frames = scene(tracer());
        for (_, map) in &frames {
            assert!(
                !map.contains('?'),
                "{name}: a colour that no theme has:\n{map}"
            );
        }
        compare(&format!("roles_{name}"), frames);
    }
}

fn told(style: Style) -> String {
    let color = |color: Option<Color>| match color {
        None => "·".to_owned(),
        Some(Color::Rgb(r, g, b)) => format!("#{r:02x}{g:02x}{b:02x}"),
        Some(Color::Indexed(index)) => index.to_string(),
        Some(other) => format!("{other:?}"),
    };
    let mut text = format!("{:>8} on {:<8}", color(style.fg), color(style.bg));
    for (one, word) in [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::REVERSED, "reversed"),
    ] {
        if style.add_modifier.contains(one) {
            let _ = write!(text, " {word}");
        }
    }
    text.trim_end().to_owned()
}

#[test]
fn every_theme_looks_as_it_was_found_good() {
    let mut all = String::new();
    for (name, _) in BUILT_IN {
        for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
            let theme = theme(name, depth);
            let _ = writeln!(all, "{name}, {depth}");
            for (what, style) in [
                ("text", theme.base),
                ("strong", theme.strong),
                ("dim", theme.dim),
                ("border", theme.border),
                ("focus", theme.focus),
                ("accent", theme.accent),
                ("good", theme.good),
                ("bad", theme.bad),
                ("warn", theme.warn),
                ("unknown", theme.unknown),
                ("code", theme.code),
                ("selection", theme.selection),
                ("live", theme.live),
                ("drill", theme.drill),
            ] {
                let _ = writeln!(all, "  {what:<10}{}", told(style));
            }
            all.push('\n');
        }
    }
    compare("themes", vec![("styles", all)]);
}
