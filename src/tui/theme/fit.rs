//! A theme's colours on a terminal that has fewer of them: the nearest to the eye that
//! can still be read.

use ratatui::style::Color;

use super::{
    color::{Hex, contrast, distance, lab},
    depth::Depth,
    palette::{Block, Colors, Palette},
};

/// The levels of each part in the cube of the 256 colours.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The sixteen colours as text consoles show them. Every terminal has its own; these
/// are the darkest in common use, with xterm's.
const CONSOLE: [Hex; 16] = [
    Hex(0, 0, 0),
    Hex(170, 0, 0),
    Hex(0, 170, 0),
    Hex(170, 85, 0),
    Hex(0, 0, 170),
    Hex(170, 0, 170),
    Hex(0, 170, 170),
    Hex(170, 170, 170),
    Hex(85, 85, 85),
    Hex(255, 85, 85),
    Hex(85, 255, 85),
    Hex(255, 255, 85),
    Hex(85, 85, 255),
    Hex(255, 85, 255),
    Hex(85, 255, 255),
    Hex(255, 255, 255),
];

/// What one of the colours that are the same everywhere looks like: the cube and the greys.
pub fn of_index(index: u8) -> Hex {
    match index {
        0..=15 => CONSOLE[usize::from(index)],
        16..=231 => {
            let at = index - 16;
            let level = |part: u8| LEVELS[usize::from(part % 6)];
            Hex(level(at / 36), level(at / 6), level(at))
        }
        _ => {
            let grey = 8 + 10 * (index - 232);
            Hex(grey, grey, grey)
        }
    }
}

/// The nearest of the 256 that keeps as much contrast to what stands behind it as is
/// wanted, or else as text needs; without such a one, the nearest.
fn nearest_readable(color: Hex, behind: &[Hex], wanted: f64) -> u8 {
    let seen = lab(color.light());
    let far = |index: &u8| distance(lab(of_index(*index).light()), seen);
    let nearest = |least: f64| {
        let is_readable = |index: &u8| {
            let known = of_index(*index);
            behind
                .iter()
                .all(|behind| contrast(known, *behind) >= least)
        };
        (16..=255_u8)
            .filter(is_readable)
            .min_by(|a, b| far(a).total_cmp(&far(b)))
    };
    [wanted, wanted.min(4.5), 0.0]
        .into_iter()
        .find_map(nearest)
        .unwrap_or(7)
}

/// The nearest of the 256.
pub fn nearest(color: Hex) -> u8 {
    nearest_readable(color, &[], 0.0)
}

/// The contrast that must not be lost: what is easy to read stays so.
fn kept(contrast: f64) -> f64 {
    [7.0, 4.5, 3.0]
        .into_iter()
        .find(|step| contrast >= *step)
        .unwrap_or(1.0)
}

/// A program's colour on a terminal of this depth.
pub fn foreign(color: Color, depth: Depth) -> Color {
    match (color, depth) {
        (Color::Rgb(r, g, b), Depth::Indexed) => Color::Indexed(nearest(Hex(r, g, b))),
        (Color::Rgb(r, g, b), Depth::Sixteen) => Color::Indexed(nearest_of_sixteen(Hex(r, g, b))),
        (Color::Indexed(index @ 16..), Depth::Sixteen) => {
            Color::Indexed(nearest_of_sixteen(of_index(index)))
        }
        _ => color,
    }
}

fn nearest_of_sixteen(color: Hex) -> u8 {
    let seen = lab(color.light());
    (0..16_u8)
        .min_by(|a, b| {
            let far = |index: &u8| distance(lab(CONSOLE[usize::from(*index)].light()), seen);
            far(a).total_cmp(&far(b))
        })
        .unwrap_or(7)
}

/// A palette in a terminal's own colours.
pub fn fit(palette: &Palette, depth: Depth) -> Option<Colors<Color>> {
    let Palette::Colors(colors) = palette else {
        return None;
    };
    match depth {
        Depth::True => Some(colors.map(|hex| Color::Rgb(hex.0, hex.1, hex.2))),
        Depth::Indexed => Some(indexed(colors)),
        Depth::Sixteen => Some(sixteen(colors)),
        Depth::None => None,
    }
}

fn indexed(colors: &Colors<Hex>) -> Colors<Color> {
    let behind = [colors.background, colors.selection];
    let mut backs = behind.map(nearest);
    if backs[0] == backs[1] {
        // The selected line must be seen: the next step towards it.
        let seen = lab(behind[1].light());
        let others = (16..=255_u8).filter(|index| of_index(*index) != of_index(backs[0]));
        let far = |index: &u8| distance(lab(of_index(*index).light()), seen);
        backs[1] = others
            .min_by(|a, b| far(a).total_cmp(&far(b)))
            .unwrap_or(backs[1]);
    }
    let shown = backs.map(of_index);
    let text = |hex: Hex| {
        let least = behind.map(|behind| contrast(hex, behind));
        let wanted = kept(least[0].min(least[1]));
        Color::Indexed(nearest_readable(hex, &shown, wanted))
    };
    let block = |block: Block<Hex>| {
        let back = nearest(block.background);
        let wanted = kept(contrast(block.text, block.background));
        Block {
            text: Color::Indexed(nearest_readable(block.text, &[of_index(back)], wanted)),
            background: Color::Indexed(back),
        }
    };
    Colors {
        background: Color::Indexed(backs[0]),
        selection: Color::Indexed(backs[1]),
        border: Color::Indexed(nearest(colors.border)),
        live: block(colors.live),
        drill: block(colors.drill),
        ..colors.map(text)
    }
}

/// Sixteen colours look different on every terminal, so the nearest one means nothing:
/// these are chosen by what they say, of those that can be read on black or on white
/// wherever they were looked up. The selected line is drawn reversed.
fn sixteen(colors: &Colors<Hex>) -> Colors<Color> {
    let dark = colors.background.is_dark();
    // A theme whose good is blue does not tell it from bad by red and green.
    let blue = colors.good.2 > colors.good.1;
    let index = if dark {
        Colors {
            background: 0,
            text: 15,
            dim: 7,
            border: 8,
            accent: if blue { 15 } else { 14 },
            good: if blue { 14 } else { 10 },
            bad: 9,
            warn: 11,
            unknown: 13,
            code: 6,
            selection: 0,
            live: block(15, 1),
            drill: block(0, 6),
        }
    } else {
        Colors {
            background: 15,
            text: 0,
            dim: 0,
            border: 7,
            accent: 4,
            good: 4,
            bad: 1,
            warn: 5,
            unknown: 5,
            code: 4,
            selection: 15,
            live: block(15, 1),
            drill: block(15, 4),
        }
    };
    index.map(Color::Indexed)
}

fn block(text: u8, background: u8) -> Block<u8> {
    Block { text, background }
}
