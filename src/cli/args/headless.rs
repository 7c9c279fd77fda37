//! How to run without a screen.

use clap::Args;

use super::Format;

/// Without a screen.
#[derive(Debug, Args)]
pub struct Headless {
    /// Without a screen: one line an event; what needs a person ends it with exit 3
    #[arg(long)]
    pub headless: bool,
    /// Prompted lines in place of the screen: for screen readers and terminals that only print
    #[arg(long, conflicts_with = "headless")]
    pub plain: bool,
    /// Answer a gate; may be repeated
    #[arg(long, value_name = "GATE=ANSWER[:REASON]")]
    pub answer: Vec<String>,
    /// Allow a destructive step by its target's name; may be repeated
    #[arg(long, value_name = "TARGET", requires = "headless")]
    pub confirm: Vec<String>,
    /// When this step fails, run its N-th fallback, once; may be repeated
    #[arg(long, value_name = "STEP=fallback:N", requires = "headless")]
    pub failure: Vec<String>,
    /// This manual step is done by the time it is its turn, with what it records; may be repeated
    #[arg(long, value_name = "STEP[:NAME=VALUE,…]", requires = "headless")]
    pub done: Vec<String>,
    /// How events are printed
    #[arg(long, value_enum, default_value_t = Format::Text, requires = "headless")]
    pub format: Format,
}
