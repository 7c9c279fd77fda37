//! The home screen told line by line: the same runs and runbooks, without a screen.

use super::{Chosen, HomeScreen, draw::about_run, rows::Row};
use crate::engine::event::RunKind;

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// An unfinished run; else a runbook.
    pub is_run: bool,
    /// What it is called.
    pub title: String,
    /// Where it stands, or by which name it is run.
    pub about: String,
    /// What has to be known first.
    pub mark: Option<&'static str>,
}

impl HomeScreen {
    /// What there is to choose from, by the filter.
    pub fn lines(&self) -> Vec<Line> {
        let line = |row| match row {
            // It has a word of its own there.
            Row::Demo => None,
            Row::Run(number) => {
                let (title, about) = about_run(self, &self.runs[number]);
                Some(Line {
                    is_run: true,
                    title,
                    about,
                    mark: None,
                })
            }
            Row::Runbook(number) => Some(Line {
                is_run: false,
                title: self.runbooks[number].quick_title().to_owned(),
                about: self.runbooks[number].name.clone(),
                mark: self.marks.get(number).and_then(|mark| mark.words()),
            }),
        };
        self.rows().into_iter().filter_map(line).collect()
    }

    /// Shows only what fits.
    pub fn filter_by(&mut self, words: &str) {
        words.clone_into(&mut self.filter);
        self.cursor = 0;
        self.load_preview();
    }

    /// Opens a line of the list.
    ///
    /// # Errors
    /// Why it cannot be opened, in the operator's words.
    pub fn open_line(&mut self, at: usize, kind: RunKind) -> Result<Option<Chosen>, String> {
        self.error = None;
        let rows = self.rows();
        let told = rows.iter().enumerate();
        let mut told = told.filter(|(_, row)| !matches!(row, Row::Demo));
        self.cursor = told.nth(at).map_or(at, |(row, _)| row);
        self.load_preview();
        let chosen = self.open(kind);
        match self.error.take() {
            Some(why) => Err(why),
            None => Ok(chosen),
        }
    }
}
