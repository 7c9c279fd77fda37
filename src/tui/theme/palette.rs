//! A theme's file: colours by meaning, or none.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::color::Hex;

/// A colour of text on a colour of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<C> {
    /// Of the text.
    pub text: C,
    /// Behind it.
    pub background: C,
}

/// Colours by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colors<C> {
    /// Behind everything.
    pub background: C,
    /// What is read.
    pub text: C,
    /// What is read second.
    pub dim: C,
    /// Lines around panes.
    pub border: C,
    /// The one thing to look at.
    pub accent: C,
    /// It went well.
    pub good: C,
    /// It went wrong.
    pub bad: C,
    /// It needs care.
    pub warn: C,
    /// Nobody knows.
    pub unknown: C,
    /// Commands.
    pub code: C,
    /// Behind the selected line.
    pub selection: C,
    /// The word LIVE.
    pub live: Block<C>,
    /// The word DRILL.
    pub drill: Block<C>,
}

impl<C: Copy> Colors<C> {
    /// The same meanings in other colours.
    pub fn map<D>(&self, color: impl Fn(C) -> D) -> Colors<D> {
        let block = |block: Block<C>| Block {
            text: color(block.text),
            background: color(block.background),
        };
        Colors {
            background: color(self.background),
            text: color(self.text),
            dim: color(self.dim),
            border: color(self.border),
            accent: color(self.accent),
            good: color(self.good),
            bad: color(self.bad),
            warn: color(self.warn),
            unknown: color(self.unknown),
            code: color(self.code),
            selection: color(self.selection),
            live: block(self.live),
            drill: block(self.drill),
        }
    }

    /// Every text with what it may stand on, by name.
    pub fn pairs(&self) -> Vec<(String, C, C)> {
        let texts = [
            ("text", self.text),
            ("dim", self.dim),
            ("accent", self.accent),
            ("good", self.good),
            ("bad", self.bad),
            ("warn", self.warn),
            ("unknown", self.unknown),
            ("code", self.code),
        ];
        let backs = [
            ("background", self.background),
            ("selection", self.selection),
        ];
        let mut pairs = Vec::new();
        for (name, text) in texts {
            for (behind, back) in backs {
                pairs.push((format!("{name} on {behind}"), text, back));
            }
        }
        for (name, block) in [("live", self.live), ("drill", self.drill)] {
            let name = format!("{name}: text on background");
            pairs.push((name, block.text, block.background));
        }
        pairs
    }
}

/// What a theme's file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// Only bold, dim and reversed.
    Plain,
    /// Colours by meaning.
    Colors(Colors<Hex>),
}

/// What is wrong with a theme's text: the line, as far as it is known, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1.
    pub line: Option<u64>,
    /// What is wrong and how to mend it.
    pub words: String,
}

impl Fault {
    fn at(line: u64, words: String) -> Self {
        Self {
            line: (line > 0).then_some(line),
            words,
        }
    }
}

type Written = Option<Spanned<String>>;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    like: Written,
    colours: Written,
    background: Written,
    text: Written,
    dim: Written,
    border: Written,
    accent: Written,
    good: Written,
    bad: Written,
    warn: Written,
    unknown: Written,
    code: Written,
    selection: Written,
    live: Option<FileBlock>,
    drill: Option<FileBlock>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct FileBlock {
    text: Written,
    background: Written,
}

/// Reads a theme; `known` finds the one that it is like.
///
/// # Errors
/// When it cannot be used: where, why, and how to mend it.
pub fn read(text: &str, known: impl Fn(&str) -> Option<Palette>) -> Result<Palette, Fault> {
    let file: File = if text.trim().is_empty() {
        File::default()
    } else {
        serde_saphyr::from_str(text).map_err(|error| refused(&error))?
    };
    if let Some(word) = &file.colours {
        return if word.value == "none" {
            Ok(Palette::Plain)
        } else {
            let words = format!(
                "colours: ‘{}’ is not known: the one word is `none`",
                word.value
            );
            Err(Fault::at(word.referenced.line(), words))
        };
    }
    let base = match &file.like {
        None => None,
        Some(name) => match known(&name.value) {
            Some(Palette::Colors(colors)) => Some(colors),
            Some(Palette::Plain) => {
                let words = format!(
                    "like: the theme `{}` has no colours to begin with",
                    name.value
                );
                return Err(Fault::at(name.referenced.line(), words));
            }
            None => {
                let words = format!(
                    "like: there is no built-in theme `{}`: write dark, light, high-contrast or colour-blind",
                    name.value
                );
                return Err(Fault::at(name.referenced.line(), words));
            }
        },
    };
    file.fill(base.as_ref()).map(Palette::Colors)
}

impl File {
    fn fill(&self, base: Option<&Colors<Hex>>) -> Result<Colors<Hex>, Fault> {
        let base = |of: fn(&Colors<Hex>) -> Hex| base.map(of);
        let of_block = |block: &Option<FileBlock>, text: bool| -> Written {
            let block = block.as_ref()?;
            if text { &block.text } else { &block.background }.clone()
        };
        Ok(Colors {
            background: color("background", &self.background, base(|c| c.background))?,
            text: color("text", &self.text, base(|c| c.text))?,
            dim: color("dim", &self.dim, base(|c| c.dim))?,
            border: color("border", &self.border, base(|c| c.border))?,
            accent: color("accent", &self.accent, base(|c| c.accent))?,
            good: color("good", &self.good, base(|c| c.good))?,
            bad: color("bad", &self.bad, base(|c| c.bad))?,
            warn: color("warn", &self.warn, base(|c| c.warn))?,
            unknown: color("unknown", &self.unknown, base(|c| c.unknown))?,
            code: color("code", &self.code, base(|c| c.code))?,
            selection: color("selection", &self.selection, base(|c| c.selection))?,
            live: Block {
                text: color(
                    "live.text",
                    &of_block(&self.live, true),
                    base(|c| c.live.text),
                )?,
                background: color(
                    "live.background",
                    &of_block(&self.live, false),
                    base(|c| c.live.background),
                )?,
            },
            drill: Block {
                text: color(
                    "drill.text",
                    &of_block(&self.drill, true),
                    base(|c| c.drill.text),
                )?,
                background: color(
                    "drill.background",
                    &of_block(&self.drill, false),
                    base(|c| c.drill.background),
                )?,
            },
        })
    }
}

fn color(name: &str, written: &Written, base: Option<Hex>) -> Result<Hex, Fault> {
    match (written, base) {
        (Some(written), _) => Hex::read(written.value.trim()).ok_or_else(|| {
            let words = format!(
                "{name}: ‘{}’ is not a colour: write it as \"#6cb6ff\", with the quotes",
                written.value
            );
            Fault::at(written.referenced.line(), words)
        }),
        (None, Some(base)) => Ok(base),
        (None, None) => Err(Fault::at(
            0,
            format!(
                "the colour {name} is missing: give it, or write `like: dark` to take what is missing from there"
            ),
        )),
    }
}

/// What the YAML library refuses, as one line.
fn refused(error: &serde_saphyr::Error) -> Fault {
    let words = error.without_snippet().to_string();
    let words = words.lines().next().unwrap_or_default();
    let words = words.split(" at line ").next().unwrap_or(words);
    let line = error.location().map(|location| location.line());
    let hint = if words.contains("unknown field") {
        "take that line out, or correct its name"
    } else if words.contains("expected") && words.contains("string") {
        "write the colour as \"#6cb6ff\", with the quotes: # begins a comment"
    } else {
        "a theme has a line `name: \"#rrggbb\"` for each colour"
    };
    Fault {
        line,
        words: format!("{words}: {hint}"),
    }
}
