//! What to write into a run.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `note`.
#[derive(Debug, Args)]
pub struct Note {
    /// The run's id, a unique beginning of it, or `last`
    pub run: String,
    /// What to write down; `todo @ana by friday …` is left to do after the run. Without it, the
    /// run's notes are listed with their numbers
    #[arg(conflicts_with_all = ["edit", "strike", "import"])]
    pub text: Option<String>,
    /// When it happened: 14:15 (local), -20m, 2026-06-26T14:15Z
    #[arg(long, allow_hyphen_values = true, conflicts_with_all = ["strike", "import"])]
    pub at: Option<String>,
    /// Change what this note says
    #[arg(long, value_name = "N", requires = "new_text", conflicts_with_all = ["strike", "import"])]
    pub edit: Option<u32>,
    /// What it says from now on
    #[arg(long = "text", id = "new_text", value_name = "TEXT", requires = "edit")]
    pub new_text: Option<String>,
    /// Strike this note; the journal keeps it
    #[arg(long, value_name = "N", conflicts_with = "import")]
    pub strike: Option<u32>,
    /// Take entries from a file in, each once; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub import: Option<PathBuf>,
    /// What kind of file it is, where that is not clear
    #[arg(long = "as", value_enum, value_name = "KIND", requires = "import")]
    pub kind: Option<Origin>,
}

/// What kind of file entries are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Origin {
    /// `git log --date=iso-strict`, or `git log --format='%H%x09%cI%x09%an%x09%s'`
    Git,
    /// `kubectl get events -o json`
    Kubectl,
    /// What Prometheus answers at /api/v1/alerts
    Alerts,
    /// A time and a text on each line
    Csv,
}

impl Origin {
    /// As it stands in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Origin::Git => "git",
            Origin::Kubectl => "kubectl",
            Origin::Alerts => "alerts",
            Origin::Csv => "csv",
        }
    }
}
