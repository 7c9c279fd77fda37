//! The signs that are drawn as shapes: lines and blocks of a font leave gaps between rows.

use std::{collections::BTreeMap, fmt::Write as _};

use super::CELL;

/// Shapes of a picture by their colour.
#[derive(Default)]
pub struct Shapes {
    lines: BTreeMap<String, String>,
    blocks: BTreeMap<String, String>,
    light: BTreeMap<String, String>,
    dense: BTreeMap<String, String>,
}

/// Which of a cell's four sides a line leads to: left, right, up, down.
fn sides(sign: char) -> Option<[bool; 4]> {
    Some(match sign {
        '─' => [true, true, false, false],
        '│' => [false, false, true, true],
        '├' => [false, true, true, true],
        '┤' => [true, false, true, true],
        '┬' => [true, true, false, true],
        '┴' => [true, true, true, false],
        '┼' => [true, true, true, true],
        '└' => [false, true, true, false],
        _ => return None,
    })
}

/// Where a rounded corner leads to: right or left, down or up.
fn corner(sign: char) -> Option<(f64, f64)> {
    Some(match sign {
        '╭' => (1.0, 1.0),
        '╮' => (-1.0, 1.0),
        '╰' => (1.0, -1.0),
        '╯' => (-1.0, -1.0),
        _ => return None,
    })
}

impl Shapes {
    /// Takes a sign, if it is one that is drawn.
    pub fn take(&mut self, sign: &str, (left, top): (f64, f64), colour: &str) -> bool {
        let mut all = sign.chars();
        let (Some(sign), None) = (all.next(), all.next()) else {
            return false;
        };
        let (width, height) = CELL;
        let (x, y) = (left + width / 2.0, top + height / 2.0);
        // Writing to a text does not fail.
        if let Some(sides) = sides(sign) {
            let path = self.lines.entry(colour.to_owned()).or_default();
            let ends = [(left, y), (left + width, y), (x, top), (x, top + height)];
            for ((to_x, to_y), there) in ends.into_iter().zip(sides) {
                if there {
                    let _ = write!(path, "M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}");
                }
            }
        } else if let Some((aside, along)) = corner(sign) {
            let path = self.lines.entry(colour.to_owned()).or_default();
            let (to_x, to_y) = (x + aside * width / 2.0, y + along * height / 2.0);
            let begin = y + along * width / 2.0;
            let _ = write!(
                path,
                "M{x:.1} {to_y:.1}V{begin:.1}Q{x:.1} {y:.1} {to_x:.1} {y:.1}"
            );
        } else if sign == '┄' {
            let path = self.lines.entry(colour.to_owned()).or_default();
            let _ = write!(path, "M{:.1} {y:.1}h2.4m1.8 0h2.4", left + 0.9);
        } else if sign == '━' {
            let path = self.blocks.entry(colour.to_owned()).or_default();
            let _ = write!(path, "M{left:.1} {:.1}h{width}v3h-{width}z", y - 1.5);
        } else if let Some(eighths) = "▁▂▃▄▅▆▇█".chars().position(|known| known == sign)
        {
            let eighths = f64::from(u8::try_from(eighths + 1).unwrap_or(8));
            let high = height * eighths / 8.0;
            let path = self.blocks.entry(colour.to_owned()).or_default();
            let from = top + height - high;
            let _ = write!(path, "M{left:.1} {from:.1}h{width}v{high:.1}h-{width}z");
        } else if let '░' | '▒' = sign {
            let shades = if sign == '░' {
                &mut self.light
            } else {
                &mut self.dense
            };
            let path = shades.entry(colour.to_owned()).or_default();
            let _ = write!(path, "M{left:.1} {top:.1}h{width}v{height}h-{width}z");
        } else {
            return false;
        }
        true
    }

    /// All of them.
    pub fn draw(&self, svg: &mut String) {
        for (colour, path) in &self.lines {
            let _ = writeln!(
                svg,
                "<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"1.2\" fill=\"none\"/>"
            );
        }
        for (colour, path) in &self.blocks {
            let _ = writeln!(svg, "<path d=\"{path}\" fill=\"{colour}\"/>");
        }
        for (shades, opacity) in [(&self.light, 0.25), (&self.dense, 0.5)] {
            for (colour, path) in shades {
                let _ = writeln!(
                    svg,
                    "<path d=\"{path}\" fill=\"{colour}\" fill-opacity=\"{opacity}\"/>"
                );
            }
        }
    }
}
