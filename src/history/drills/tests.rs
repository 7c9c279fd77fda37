use std::path::PathBuf;

use super::*;
use crate::history::{About, course::StepCourse};

fn day(day: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600 + day * 86_400, 0).unwrap()
}

fn closed(kind: RunKind, began: i64, minutes: i64, outcome: RunOutcome) -> RunSummary {
    RunSummary {
        id: format!("{began}"),
        path: PathBuf::new(),
        status: RunStatus::Closed {
            about: About {
                title: String::new(),
                runbook: "rollback".into(),
                kind,
                environment: None,
                by: "ana".into(),
                started_at: day(began),
            },
            outcome,
            closed_at: day(began) + chrono::TimeDelta::minutes(minutes),
        },
    }
}

fn course(step: &str, came_to: CameTo, at: DateTime<Utc>) -> Course {
    Course {
        steps: vec![StepCourse {
            id: step.to_owned(),
            came_to,
            machine_ms: 1,
            person_ms: 0,
            failures: 0,
            at,
        }],
    }
}

#[test]
fn only_a_drill_that_ended_well_was_a_drill() {
    use RunOutcome::{Failed, Resolved};
    let runs = [
        closed(RunKind::Drill, 8, 60, Resolved),
        closed(RunKind::Drill, 9, 60, Failed),
        closed(RunKind::Incident, 10, 60, Resolved),
        closed(RunKind::Rehearsal, 11, 60, Resolved),
    ];
    let drills = last_drills(&runs);
    assert_eq!(drills["rollback"].at, day(8) + chrono::TimeDelta::hours(1));
    assert!(last_drills(&runs[2..]).is_empty());
}

#[test]
fn a_standing_says_what_has_rotted() {
    use RunOutcome::{Failed, Resolved};
    let runs = [
        closed(RunKind::Drill, 0, 10, Resolved),
        closed(RunKind::Incident, 5, 90, Resolved),
        closed(RunKind::Drill, 120, 20, Resolved),
        closed(RunKind::Drill, 150, 40, Resolved),
        closed(RunKind::Drill, 160, 5, Failed),
    ];
    let mut past: Vec<(Past<'_>, Option<Course>)> = runs
        .iter()
        .map(|run| (Past::of(run).unwrap(), None))
        .collect();
    past[0].1 = Some(course("stop", CameTo::Done, day(0)));
    past[1].1 = Some(course("restore", CameTo::Failed, day(5)));
    past[2].1 = Some(course("verify", CameTo::Skipped, day(120)));
    past[3].1 = Some(course("undo", CameTo::Done, day(150)));
    let every = Duration::from_hours(24 * 30);
    let steps = ["stop", "restore", "verify", "undo", "new"];
    let now = day(170);
    let standing = standing("rollback", Some(every), &steps, &past, now);
    assert!(!standing.overdue, "20 days since the last good one");
    assert_eq!(standing.trend_s, [600, 1200, 2400]);
    assert_eq!((standing.median_s, standing.samples), (Some(1200), 3));
    assert_eq!(standing.last.as_ref().unwrap().outcome, Failed);
    assert_eq!(
        standing.stale,
        ["stop", "restore"],
        "an incident counts too"
    );
    assert_eq!(standing.never_run, ["verify", "new"], "a skip is no try");
    let later = super::standing("rollback", Some(every), &[], &past, day(181));
    assert!(later.overdue, "a failed drill is none");
    assert!(super::standing("x", Some(every), &[], &[], now).overdue);
    assert!(!super::standing("x", None, &[], &[], now).overdue);
}

#[test]
fn medians() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[9, 1, 5]), Some(5));
    assert_eq!(median(&[4, 1, 9, 6]), Some(5));
}
