//! What stands in the list, and which line of it is marked.

use nucleo_matcher::{
    Config, Matcher,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{HomeScreen, draw::DEMO};
use crate::runbook::library::{Entry, Origin};
use crate::trust;

/// A line of the list.
#[derive(Clone, Copy)]
pub enum Row {
    /// The demo, where nothing was ever run.
    Demo,
    /// An unfinished run, by its number.
    Run(usize),
    /// A runbook, by its number.
    Runbook(usize),
}

/// What a line is about, whatever its number.
#[derive(PartialEq, Eq)]
enum About {
    Demo,
    Run(String),
    Runbook(String, Origin),
}

impl HomeScreen {
    /// The lines that fit the filter: unfinished runs, then runbooks, the best fit first.
    /// Where nothing was ever run the demo stands before them, or where it fits.
    pub fn rows(&self) -> Vec<Row> {
        let pattern = Pattern::parse(&self.filter, CaseMatching::Smart, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut score = |text: &str| {
            if self.filter.is_empty() {
                return Some(0);
            }
            pattern.score(
                nucleo_matcher::Utf32Str::new(text, &mut buffer),
                &mut matcher,
            )
        };
        let mut rows: Vec<Row> = self
            .runs
            .iter()
            .enumerate()
            .filter(|(_, run)| {
                let title = run.about().map_or("", |about| about.title.as_str());
                score(&format!("{title} {}", run.id)).is_some()
            })
            .map(|(number, _)| Row::Run(number))
            .collect();
        let mut runbooks: Vec<(u32, usize)> = self
            .runbooks
            .iter()
            .enumerate()
            .filter_map(|(number, entry)| {
                score(&format!("{} {}", entry.quick_title(), entry.name))
                    .map(|score| (score, number))
            })
            .collect();
        runbooks.sort_by_key(|(score, number)| (std::cmp::Reverse(*score), *number));
        let demo = score(DEMO).filter(|_| self.is_new).map(|fit| {
            let better = runbooks.iter().filter(|(score, _)| *score >= fit);
            let better = if self.filter.is_empty() {
                0
            } else {
                better.count()
            };
            rows.len() + better
        });
        rows.extend(runbooks.into_iter().map(|(_, number)| Row::Runbook(number)));
        if let Some(at) = demo {
            rows.insert(at, Row::Demo);
        }
        rows
    }

    /// The line that the keys act on.
    pub fn marked(&self) -> Option<Row> {
        let rows = self.rows();
        rows.get(self.cursor.min(rows.len().saturating_sub(1)))
            .copied()
    }

    /// Takes in the runbooks as they are now. The marked line stays marked wherever it stands; what is gone leaves the
    /// mark to its neighbour.
    pub fn refresh(&mut self, runbooks: Vec<Entry>) {
        if runbooks == self.runbooks {
            return;
        }
        let marked = self.marked().map(|row| self.about(row));
        self.runbooks = runbooks;
        self.marks = trust::marks(&self.runbooks, &self.settings);
        let rows = self.rows();
        let again =
            marked.and_then(|marked| rows.iter().position(|row| self.about(*row) == marked));
        self.cursor = again.unwrap_or(self.cursor.min(rows.len().saturating_sub(1)));
        self.load_preview();
    }

    fn about(&self, row: Row) -> About {
        match row {
            Row::Demo => About::Demo,
            Row::Run(number) => About::Run(self.runs[number].id.clone()),
            Row::Runbook(number) => {
                let entry = &self.runbooks[number];
                About::Runbook(entry.name.clone(), entry.origin.clone())
            }
        }
    }
}
