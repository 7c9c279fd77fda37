//! How many colours the terminal has.

use std::fmt;

use anstream::ColorChoice;

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All.
    True,
    /// 256.
    Indexed,
    /// The sixteen that every colour terminal has, whatever it makes of them.
    Sixteen,
    /// None: bold, dim and reversed only.
    None,
}

/// Terminals that take every colour and say so by their name alone, as over SSH.
const ALL_COLOURS: &[&str] = &[
    "direct",
    "truecolor",
    "24bit",
    "kitty",
    "alacritty",
    "ghostty",
    "wezterm",
    "foot",
    "contour",
];
/// Terminals that have sixteen colours, or eight and bold ones.
const SIXTEEN: &[&str] = &[
    "linux", "16color", "ansi", "cons25", "cygwin", "rxvt", "eterm", "aixterm", "hurd", "wsvt25",
];
/// Terminals without colours.
const NONE: &[&str] = &["dumb", "unknown", "vt1", "vt2", "vt3", "vt4", "vt5"];

impl Depth {
    /// What `--color` and the environment say.
    pub fn of_terminal() -> Self {
        let said = Self::of(|name| std::env::var(name).ok());
        match (ColorChoice::global(), said) {
            (ColorChoice::Never, _) => Depth::None,
            (ColorChoice::Always | ColorChoice::AlwaysAnsi, Depth::None) => {
                // Asked for all the same: what every terminal with colours knows.
                Depth::Sixteen
            }
            (_, said) => said,
        }
    }

    /// What an environment says.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = given("TERM").unwrap_or_default();
        let named = |words: &[&str]| words.iter().any(|word| term.contains(word));
        let begins = |words: &[&str]| words.iter().any(|word| term.starts_with(word));
        if given("NO_COLOR").is_some() || term.is_empty() || begins(NONE) {
            return Depth::None;
        }
        // GNU screen hands on what the terminal around it said, and mangles what it does
        // not know; its own name says what it takes. tmux has the same name and translates.
        let in_screen = term.starts_with("screen") && given("TMUX").is_none();
        let all = given("COLORTERM")
            .is_some_and(|value| ["truecolor", "24bit"].contains(&value.as_str()));
        if (all && !in_screen && term != "linux") || named(ALL_COLOURS) {
            Depth::True
        } else if term.contains("256col") {
            Depth::Indexed
        } else if begins(SIXTEEN) || term.contains("16color") || in_screen {
            Depth::Sixteen
        } else {
            Depth::Indexed
        }
    }
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Depth::True => "all colours",
            Depth::Indexed => "256 colours",
            Depth::Sixteen => "16 colours",
            Depth::None => "no colours",
        })
    }
}
