//! A drill beside the drills before it.

use schemars::JsonSchema;
use serde::Serialize;

use super::Length;
use crate::history::Course;
use crate::report::{
    Source,
    compare::{self, Remark},
};

/// A drill beside earlier runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Comparison {
    /// How many drills there were before.
    pub drills: usize,
    /// How many of them ended well.
    pub good_drills: usize,
    /// How long those took: their median.
    pub drills_took: Option<Length>,
    /// How many incidents there were before.
    pub incidents: usize,
    /// How long those that ended well took: their median.
    pub incidents_took: Option<Length>,
    /// Each step that was come to.
    pub steps: Vec<Step>,
}

/// A step beside what it was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// Its title.
    pub title: String,
    /// How long its commands ran, or a person was waited for.
    pub took: Length,
    /// In the drills in which it succeeded at once.
    pub drills: Option<Typical>,
    /// In the incidents in which it did.
    pub incidents: Option<Typical>,
    /// What is worth knowing, in words.
    pub remarks: Vec<String>,
    /// It failed and had not in the last drill.
    pub newly_failing: bool,
    /// It was left out and had not been in the last drill.
    pub newly_skipped: bool,
}

/// How long something usually takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Typical {
    /// The median.
    pub median: Length,
    /// Of how many runs.
    pub samples: usize,
}

pub(super) fn comparison(source: &Source<'_>) -> Option<Comparison> {
    let course = Course::of(source.entries);
    let compared = compare::compare(source.state, &course, source.earlier)?;
    Some(Comparison {
        drills: compared.drills.0,
        good_drills: compared.drills.1,
        drills_took: compared.drills_took.map(Length::from),
        incidents: compared.incidents,
        incidents_took: compared.incidents_took.map(Length::from),
        steps: compared.steps.into_iter().map(step).collect(),
    })
}

fn step(step: compare::ComparedStep) -> Step {
    let typical = |known: Option<(std::time::Duration, usize)>| {
        known.map(|(median, samples)| Typical {
            median: median.into(),
            samples,
        })
    };
    let find = |wanted: &Remark| step.remarks.contains(wanted);
    Step {
        remarks: step.remarks.iter().map(words).collect(),
        newly_failing: find(&Remark::NewlyFailing),
        newly_skipped: find(&Remark::NewlySkipped),
        took: step.took.into(),
        drills: typical(step.drills),
        incidents: typical(step.incidents),
        title: step.title,
    }
}

fn words(remark: &Remark) -> String {
    match remark {
        Remark::Slower(tenths) => format!("{}.{} times as long", tenths / 10, tenths % 10),
        Remark::NewlyFailing => "newly failing".to_owned(),
        Remark::NewlySkipped => "newly skipped".to_owned(),
        Remark::First => "for the first time".to_owned(),
        Remark::Changed(since) => {
            format!("its command changed since {}", since.format("%Y-%m-%d"))
        }
    }
}
