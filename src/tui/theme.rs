//! Colours by meaning. A glyph and a word always say the same as the colour.

use std::path::Path;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// The themes that are built in.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("dark", include_str!("../../themes/dark.yaml")),
    ("light", include_str!("../../themes/light.yaml")),
];

/// A colour of text on a colour of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Of the text.
    pub text: Hex,
    /// Behind it.
    pub background: Hex,
}

/// A theme file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Palette {
    /// Behind everything.
    pub background: Hex,
    /// What is read.
    pub text: Hex,
    /// What is read second.
    pub dim: Hex,
    /// Lines around panes.
    pub border: Hex,
    /// The one thing to look at.
    pub accent: Hex,
    /// It went well.
    pub good: Hex,
    /// It went wrong.
    pub bad: Hex,
    /// It needs care.
    pub warn: Hex,
    /// Nobody knows.
    pub unknown: Hex,
    /// Commands.
    pub code: Hex,
    /// Behind the selected line.
    pub selection: Hex,
    /// The word LIVE.
    pub live: Block,
    /// The word DRILL.
    pub drill: Block,
}

/// A colour as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Hex(pub u8, pub u8, pub u8);

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a colour: write #rrggbb");
        let digits = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.is_ascii())
            .ok_or_else(wrong)?;
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| wrong());
        Ok(Hex(part(0)?, part(2)?, part(4)?))
    }
}

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All.
    True,
    /// 256.
    Indexed,
    /// None: bold, dim and reversed only.
    None,
}

impl Depth {
    /// What the environment says.
    pub fn of_terminal() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is = |name: &str, words: &[&str]| {
            std::env::var(name).is_ok_and(|value| words.iter().any(|word| value.contains(word)))
        };
        if set("NO_COLOR") {
            Depth::None
        } else if is("COLORTERM", &["truecolor", "24bit"]) || is("TERM", &["direct"]) {
            Depth::True
        } else {
            Depth::Indexed
        }
    }
}

/// Styles by meaning.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    /// Behind everything, and what is read.
    pub base: Style,
    /// What is read, on whatever stands behind it.
    pub text: Style,
    /// What is read second.
    pub dim: Style,
    /// Lines around panes.
    pub border: Style,
    /// Lines around the pane that has the keys.
    pub focus: Style,
    /// The one thing to look at.
    pub accent: Style,
    /// It went well.
    pub good: Style,
    /// It went wrong.
    pub bad: Style,
    /// It needs care.
    pub warn: Style,
    /// Nobody knows.
    pub unknown: Style,
    /// Commands.
    pub code: Style,
    /// The selected line.
    pub selection: Style,
    /// The word LIVE.
    pub live: Style,
    /// The word DRILL.
    pub drill: Style,
    /// Titles.
    pub strong: Style,
}

impl Theme {
    /// The styles of a palette on a terminal.
    pub fn new(palette: &Palette, depth: Depth) -> Self {
        let plain = Style::new();
        if depth == Depth::None {
            let bold = plain.add_modifier(Modifier::BOLD);
            let reversed = plain.add_modifier(Modifier::REVERSED);
            return Self {
                base: plain,
                text: plain,
                dim: plain,
                border: plain.add_modifier(Modifier::DIM),
                focus: bold,
                accent: bold,
                good: plain,
                bad: bold,
                warn: bold,
                unknown: bold,
                code: plain,
                selection: reversed,
                live: reversed.add_modifier(Modifier::BOLD),
                drill: reversed,
                strong: bold,
            };
        }
        let color = |hex: Hex| match depth {
            Depth::True => Color::Rgb(hex.0, hex.1, hex.2),
            _ => Color::Indexed(nearest(hex)),
        };
        let fg = |hex: Hex| plain.fg(color(hex));
        let block = |block: Block| {
            plain
                .fg(color(block.text))
                .bg(color(block.background))
                .add_modifier(Modifier::BOLD)
        };
        Self {
            base: fg(palette.text).bg(color(palette.background)),
            text: fg(palette.text),
            dim: fg(palette.dim),
            border: fg(palette.border),
            focus: fg(palette.accent),
            accent: fg(palette.accent).add_modifier(Modifier::BOLD),
            good: fg(palette.good),
            bad: fg(palette.bad).add_modifier(Modifier::BOLD),
            warn: fg(palette.warn),
            unknown: fg(palette.unknown).add_modifier(Modifier::BOLD),
            code: fg(palette.code),
            selection: plain.bg(color(palette.selection)),
            live: block(palette.live),
            drill: block(palette.drill),
            strong: fg(palette.text).add_modifier(Modifier::BOLD),
        }
    }

    /// The theme of this name, from the operator's folder or built in; by
    /// default the one that fits the terminal's background.
    ///
    /// # Errors
    /// In words, what is wrong with the theme.
    pub fn load(name: Option<&str>, folder: &Path) -> Result<Self, String> {
        let name = name.unwrap_or_else(|| if light_background() { "light" } else { "dark" });
        let depth = if name == "mono" {
            Depth::None
        } else {
            Depth::of_terminal()
        };
        let path = folder.join(format!("{name}.yaml"));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(_) => BUILT_IN
                .iter()
                .find(|(known, _)| *known == name || name == "mono")
                .map(|(_, text)| (*text).to_owned())
                .ok_or_else(|| {
                    format!(
                        "there is no theme `{name}`: dark, light, mono, or a file in {}",
                        folder.display()
                    )
                })?,
        };
        let palette: Palette = serde_saphyr::from_str(&text)
            .map_err(|error| format!("the theme {}: {error}", path.display()))?;
        Ok(Self::new(&palette, depth))
    }
}

/// Some terminals say which colours they use (`COLORFGBG=0;15`).
fn light_background() -> bool {
    std::env::var("COLORFGBG").is_ok_and(|value| {
        value
            .rsplit(';')
            .next()
            .and_then(|number| number.parse::<u8>().ok())
            .is_some_and(|number| number == 7 || number >= 9)
    })
}

/// The nearest of the 256 colours: the cube or the greys.
fn nearest(hex: Hex) -> u8 {
    const LEVELS: [i32; 6] = [0, 95, 135, 175, 215, 255];
    let parts = [i32::from(hex.0), i32::from(hex.1), i32::from(hex.2)];
    let level = |value: i32| {
        (0..6)
            .min_by_key(|&n| (LEVELS[n] - value).abs())
            .unwrap_or(0)
    };
    let cube = parts.map(level);
    let distance =
        |other: [i32; 3]| -> i32 { parts.iter().zip(other).map(|(a, b)| (a - b).pow(2)).sum() };
    let cube_distance = distance(cube.map(|n| LEVELS[n]));
    let grey = ((parts.iter().sum::<i32>() / 3 - 8) / 10).clamp(0, 23);
    let grey_distance = distance([8 + 10 * grey; 3]);
    let index = if grey_distance < cube_distance {
        232 + grey
    } else {
        16 + i32::try_from(36 * cube[0] + 6 * cube[1] + cube[2]).unwrap_or(0)
    };
    u8::try_from(index).unwrap_or(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(hex: Hex) -> f64 {
        let part = |value: u8| {
            let c = f64::from(value) / 255.0;
            if c <= 0.03928 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(hex.0) + 0.7152 * part(hex.1) + 0.0722 * part(hex.2)
    }

    fn contrast(a: Hex, b: Hex) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// WCAG 2.1, 1.4.3: 4.5:1 for text.
    #[test]
    fn every_text_of_every_theme_can_be_read() {
        for (name, text) in BUILT_IN {
            let palette: Palette = serde_saphyr::from_str(text).unwrap();
            let texts = [
                palette.text,
                palette.dim,
                palette.accent,
                palette.good,
                palette.bad,
                palette.warn,
                palette.unknown,
                palette.code,
            ];
            for (number, color) in texts.into_iter().enumerate() {
                for behind in [palette.background, palette.selection] {
                    let found = contrast(color, behind);
                    assert!(
                        found >= 4.5,
                        "{name}: text {number} on {behind:?}: {found:.2}"
                    );
                }
            }
            for block in [palette.live, palette.drill] {
                let found = contrast(block.text, block.background);
                assert!(found >= 4.5, "{name}: block {block:?}: {found:.2}");
            }
        }
    }

    #[test]
    fn finds_the_nearest_of_256() {
        assert_eq!(nearest(Hex(0, 0, 0)), 16);
        assert_eq!(nearest(Hex(255, 255, 255)), 231);
        assert_eq!(nearest(Hex(255, 0, 0)), 196);
        assert_eq!(nearest(Hex(0x80, 0x80, 0x80)), 244);
    }

    #[test]
    fn a_wrong_colour_says_so() {
        assert!(
            Hex::try_from("red".to_owned())
                .unwrap_err()
                .contains("#rrggbb")
        );
        assert!(Hex::try_from("#12345é".to_owned()).is_err());
    }
}
