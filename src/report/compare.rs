//! A drill beside the drills before it, step by step.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use crate::engine::{State, event::RunKind};
use crate::history::{
    Course,
    course::{CameTo, StepCourse},
    drills::median,
};
use crate::report::timeline::step_title;
use crate::runbook::{Kind, Runbook, Step};

/// A run of the same runbook that was over when this one began.
#[derive(Debug, Clone)]
pub struct EarlierRun {
    /// What kind.
    pub kind: RunKind,
    /// Whether it ended well.
    pub good: bool,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How long it took.
    pub took: Duration,
    /// How it went.
    pub course: Course,
    /// The runbook that it followed, where that is still to be had.
    pub runbook: Option<Arc<Runbook>>,
}

/// A drill beside earlier runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// How many drills there were before, and how many of them ended well.
    pub drills: (usize, usize),
    /// How many incidents.
    pub incidents: usize,
    /// The median of the drills that ended well.
    pub drills_took: Option<Duration>,
    /// The median of the incidents.
    pub incidents_took: Option<Duration>,
    /// Each step that was come to.
    pub steps: Vec<ComparedStep>,
}

/// A step beside what it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedStep {
    /// Its title.
    pub title: String,
    /// How long its commands ran, or a person was waited for.
    pub took: Duration,
    /// The median of the drills in which it succeeded at once, and how many those are.
    pub drills: Option<(Duration, usize)>,
    /// The same of incidents.
    pub incidents: Option<(Duration, usize)>,
    /// What is worth knowing.
    pub remarks: Vec<Remark>,
}

/// What is worth knowing of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// It took much longer than usual: how many tenths of it.
    Slower(u64),
    /// It failed and had not in the last drill.
    NewlyFailing,
    /// It was left out and had not been in the last drill.
    NewlySkipped,
    /// No earlier run has come to it.
    First,
    /// What it runs has changed since the drill that began then.
    Changed(DateTime<Utc>),
}

/// Compares a run with those before it; nothing, where it is no drill or there are none.
pub fn compare(state: &State, course: &Course, earlier: &[EarlierRun]) -> Option<Compared> {
    let of = |kind: RunKind| earlier.iter().filter(move |run| run.kind == kind);
    if state.run.kind != RunKind::Drill || of(RunKind::Drill).next().is_none() {
        return None;
    }
    let middle = |kind: RunKind| {
        let took = of(kind).filter(|run| run.good);
        median(&took.map(|run| milliseconds(run.took)).collect::<Vec<_>>())
            .map(Duration::from_millis)
    };
    let last = of(RunKind::Drill).max_by_key(|run| run.started_at)?;
    let steps = course
        .steps
        .iter()
        .filter(|step| step.came_to != CameTo::NotTaken)
        .filter_map(|step| {
            let (_, now) = state.runbook.step(&step.id)?;
            let times = |kind| typical(of(kind), &step.id);
            let drills = times(RunKind::Drill);
            Some(ComparedStep {
                title: step_title(state, &step.id),
                took: time_of(step),
                drills,
                incidents: times(RunKind::Incident),
                remarks: remarks(step, now, drills, last, earlier),
            })
        });
    Some(Compared {
        drills: (
            of(RunKind::Drill).count(),
            of(RunKind::Drill).filter(|run| run.good).count(),
        ),
        incidents: of(RunKind::Incident).count(),
        drills_took: middle(RunKind::Drill),
        incidents_took: middle(RunKind::Incident),
        steps: steps.collect(),
    })
}

fn remarks(
    step: &StepCourse,
    now: &Step,
    drills: Option<(Duration, usize)>,
    last: &EarlierRun,
    earlier: &[EarlierRun],
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let before = last.course.step(&step.id);
    let was_done = before.is_some_and(|it| it.came_to == CameTo::Done && it.failures == 0);
    let fails = step.came_to == CameTo::Failed || step.failures > 0;
    if fails && was_done {
        remarks.push(Remark::NewlyFailing);
    }
    if step.came_to == CameTo::Skipped && was_done {
        remarks.push(Remark::NewlySkipped);
    }
    if let Some((usual, _)) = drills {
        let took = time_of(step);
        if took > usual.mul_f64(1.5) && took > usual + Duration::from_secs(5) {
            let tenths = milliseconds(took) * 10 / milliseconds(usual).max(1);
            remarks.push(Remark::Slower(tenths));
        }
    }
    if !earlier
        .iter()
        .any(|run| run.course.step(&step.id).is_some())
    {
        remarks.push(Remark::First);
    }
    let then = last.runbook.as_ref().and_then(|book| book.step(&step.id));
    if then.is_some_and(|(_, then)| commands(then) != commands(now)) {
        remarks.push(Remark::Changed(last.started_at));
    }
    remarks
}

/// What a step runs.
fn commands(step: &Step) -> Vec<&str> {
    match &step.kind {
        Kind::Run(run) => {
            let scripts = run.scripts.iter().chain(&run.watch);
            let fallbacks = run.fallbacks.iter().map(|it| &it.script);
            scripts
                .map(|script| &script.text)
                .chain(fallbacks)
                .chain(&run.probe)
                .map(|text| text.source.as_str())
                .collect()
        }
        Kind::Gate(gate) => gate.evidence.iter().map(|it| it.source.as_str()).collect(),
        Kind::Manual(_) | Kind::Wait(_) => Vec::new(),
    }
}

fn typical<'a>(
    runs: impl Iterator<Item = &'a EarlierRun>,
    step: &str,
) -> Option<(Duration, usize)> {
    let took: Vec<u64> = runs
        .filter_map(|run| run.course.step(step))
        .filter(|step| step.came_to == CameTo::Done && step.failures == 0)
        .map(|step| milliseconds(time_of(step)))
        .collect();
    Some((Duration::from_millis(median(&took)?), took.len()))
}

/// A command's time; where there is none, a person's.
fn time_of(step: &StepCourse) -> Duration {
    Duration::from_millis(if step.machine_ms > 0 {
        step.machine_ms
    } else {
        step.person_ms
    })
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
