//! Colours by meaning. A glyph and a word always say the same as the colour.

pub mod color;
pub mod depth;
pub mod fit;
pub mod palette;
pub mod sample;
pub mod shelf;

#[cfg(test)]
mod tests;

use std::path::Path;

use ratatui::style::{Color, Modifier, Style};

pub use depth::Depth;
pub use palette::Palette;
pub use shelf::{BUILT_IN, ThemeError, built_in};

/// Styles by meaning.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    /// How many colours the terminal has.
    pub depth: Depth,
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
        let Some(colors) = fit::fit(palette, depth) else {
            return Self::plain();
        };
        let plain = Style::new();
        let fg = |color: Color| plain.fg(color);
        let block = |block: palette::Block<Color>| {
            plain
                .fg(block.text)
                .bg(block.background)
                .add_modifier(Modifier::BOLD)
        };
        Self {
            depth,
            base: fg(colors.text).bg(colors.background),
            text: fg(colors.text),
            dim: fg(colors.dim),
            border: fg(colors.border),
            focus: fg(colors.accent),
            accent: fg(colors.accent).add_modifier(Modifier::BOLD),
            good: fg(colors.good),
            bad: fg(colors.bad).add_modifier(Modifier::BOLD),
            warn: fg(colors.warn),
            unknown: fg(colors.unknown).add_modifier(Modifier::BOLD),
            code: fg(colors.code),
            selection: if colors.selection == colors.background {
                // No colour is left for it that every text could be read on.
                plain.add_modifier(Modifier::REVERSED)
            } else {
                plain.bg(colors.selection)
            },
            live: block(colors.live),
            drill: block(colors.drill),
            strong: fg(colors.text).add_modifier(Modifier::BOLD),
        }
    }

    fn plain() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let reversed = plain.add_modifier(Modifier::REVERSED);
        Self {
            depth: Depth::None,
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
        }
    }

    /// The theme of this name, from the operator's folder or built in; by
    /// default the one that fits the terminal's background.
    ///
    /// # Errors
    /// When there is none of that name or its file is wrong.
    pub fn load(name: Option<&str>, folder: &Path) -> Result<Self, ThemeError> {
        let (palette, _) = shelf::find(name.unwrap_or_else(|| fitting()), folder)?;
        Ok(Self::new(&palette, Depth::of_terminal()))
    }
}

/// The theme that fits the terminal's background. Some terminals say which colours they
/// use (`COLORFGBG=0;15`).
pub fn fitting() -> &'static str {
    let light = std::env::var("COLORFGBG").is_ok_and(|value| {
        value
            .rsplit(';')
            .next()
            .and_then(|number| number.parse::<u8>().ok())
            .is_some_and(|number| number == 7 || number >= 9)
    });
    if light { "light" } else { "dark" }
}
