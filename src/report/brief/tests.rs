use std::sync::Arc;

use chrono::{TimeDelta, TimeZone};

use super::*;
use crate::engine::{
    self, Command, Started,
    command::{Resume, Run, Taking},
    event::{Departure, Manner, RunOutcome},
    observed::{Captured, Ended, Observed, OutputDigest, Report},
};
use crate::runbook::{Runbook, load};

const BOOK: &str = "
version: 1
title: Roll back payments
phases:
  - id: look
    title: Assess
    budget: 2m
    steps:
      - { id: pause, title: Pause the jobs, run: pause }
      - { id: act, title: Undo the release, run: undo }
      - { id: go_on, title: 'Go on?', gate: { answers: {
          yes_go: { label: Go on, approvals: { from: [dba], count: 1 } }, no_go: { label: Leave it } } } }
  - id: drop
    title: Drop the table
    steps: [ { id: wipe, title: Wipe, effect: destructive, target: it, run: wipe } ]
cleanup:
  - { id: resume, title: Resume the jobs, run: resume }
";

struct Night {
    state: State,
    entries: Vec<Entry>,
    now: DateTime<Utc>,
}

impl Night {
    fn begin() -> Self {
        let loaded = load(BOOK);
        let findings = loaded.render("book.yaml", BOOK, false);
        let runbook: Arc<Runbook> = Arc::new(loaded.runbook.expect(&findings));
        let now = Utc.with_ymd_and_hms(2026, 11, 20, 2, 14, 0).unwrap();
        let started: Started = serde_json::from_value(serde_json::json!({
            "id": "2026-11-20-0214-payments-x7f3", "title": "Roll back payments", "kind": "incident",
            "runbook": "payments", "digest": "", "environment": "production", "inputs": {},
            "severity": null, "impact": null, "host": "bastion", "version": "0", "auto": false,
        }))
        .unwrap();
        let decision = engine::start(&runbook, started, "ana", now);
        let mut entries = decision.events.into_iter().map(|event| Entry {
            at: now,
            by: "ana".into(),
            event,
        });
        let first = entries.next().expect("a beginning");
        let mut state = State::begin(runbook, &first).expect("it begins");
        let mut all = vec![first];
        for entry in entries {
            engine::apply(&mut state, &entry);
            all.push(entry);
        }
        Self {
            state,
            entries: all,
            now,
        }
    }

    fn by(&mut self, by: &str, command: Command) {
        self.now += TimeDelta::seconds(61);
        let decision = engine::decide(&self.state, command, by, self.now).expect("it is granted");
        for event in decision.events {
            let entry = Entry {
                at: self.now,
                by: by.into(),
                event,
            };
            engine::apply(&mut self.state, &entry);
            self.entries.push(entry);
        }
    }

    fn exits(&mut self, attempt: u32, code: i32) {
        let report = Report {
            ended: Ended::Exit { code },
            at: self.now,
            milliseconds: 900,
            output: OutputDigest::default(),
            captured: Captured::default(),
            survivors: Vec::new(),
            more_survivors: 0,
        };
        let report = Box::new(report);
        self.by(
            "ana",
            Command::Observed(Observed::Finished { attempt, report }),
        );
    }

    fn text(&self) -> String {
        markdown(brief(&self.state, &self.entries, self.now))
    }
}

fn run(step: &str) -> Command {
    Command::Run(Run::step(step))
}

fn taken_over() -> Command {
    Command::Resume(Box::new(Resume {
        host: "bastion".to_owned(),
        taking: Some(Taking::default()),
        ..Resume::default()
    }))
}

#[test]
fn what_runs_and_what_is_open_stands_there() {
    let mut night = Night::begin();
    night.by("ana", run("pause"));
    night.exits(1, 0);
    night.by("ana", run("act"));
    assert_eq!(
        night.text(),
        "# LIVE: Roll back payments on production

- **Now:** phase ‘Assess’, 1 of 3 steps done, 3m03s in it (budget 2m); 3m03s since the start
- **Runs:** ‘Undo the release’ (write), for 0s
- **Risks:** Not cleaned up yet: ‘Resume the jobs’
- **To come:** Drop the table; one step of it cannot be undone
- **Drove:** ana on bastion, from 2026-11-20 02:14:00 UTC on
"
    );
}

#[test]
fn nothing_is_to_be_cleaned_up_before_something_may_have_changed() {
    let mut night = Night::begin();
    assert!(
        !night.text().contains("Not cleaned up yet"),
        "{}",
        night.text()
    );
    night.by("ana", run("pause"));
    assert!(
        night.text().contains("Not cleaned up yet"),
        "{}",
        night.text()
    );
}

#[test]
fn the_gate_the_decisions_and_the_risks_stand_there() {
    let mut night = Night::begin();
    night.by("ana", run("pause"));
    night.exits(1, 0);
    let skip = Command::Skip {
        step: "act".to_owned(),
        reason: "done by hand".to_owned(),
        values: std::collections::BTreeMap::new(),
    };
    night.by("ana", skip);
    for text in ["pager went off", "*called* the <dba>"] {
        let note = Command::Note {
            text: text.to_owned(),
            happened_at: None,
        };
        night.by("ana", note);
    }
    let hand_over = Command::HandOver {
        to: Some("ben".to_owned()),
        note: "the dba wants to look first".to_owned(),
    };
    night.by("ana", hand_over);
    assert_eq!(
        night.text(),
        "# LIVE: Roll back payments on production

- **Said:** ana hands over to ben: the dba wants to look first
- **Now:**
  - phase ‘Assess’, 2 of 3 steps done, 6m06s in it (budget 2m); 6m06s since the start
  - open gate: Go on?
  - ‘Go on’ needs 1 to agree (from dba)
- **Risks:**
  - Undo the release (skipped: done by hand)
  - Not cleaned up yet: ‘Resume the jobs’
- **To come:** Drop the table; one step of it cannot be undone
- **Notes:**
  - 02:18 ana: pager went off
  - 02:19 ana: \\*called\\* the \\<dba\\>
- **Drove:** ana on bastion, from 02:14:00 to 02:20:06 (handed over to ben)
"
    );
    night.by("ben", taken_over());
    let answer = Command::Answer {
        gate: "go_on".to_owned(),
        answer: "yes_go".to_owned(),
        reason: Some("she agrees on the phone".to_owned()),
        without_approval: true,
    };
    night.by("ben", answer);
    let text = night.text();
    for words in [
        "‘Wipe’ comes next",
        "- **Decided:** 02:22 ben: Go on? → Go on (she agrees on the phone)",
        "Review the override: ‘Go on?’ was answered ‘Go on’ without the approvals",
        "ana on bastion, from 02:14:00 to 02:20:06 (handed over to ben)",
        "ben on bastion, from 02:21:07 on",
    ] {
        assert!(text.contains(words), "no {words}:\n{text}");
    }
    let close = Command::Close {
        outcome: RunOutcome::Aborted,
        note: String::new(),
    };
    night.by("ben", close);
    assert!(
        night
            .text()
            .contains("Not cleaned up yet: ‘Resume the jobs’"),
        "{}",
        night.text()
    );
}

/// However much was said, it is one screen; what is pressing stays longest.
#[test]
fn it_is_one_screen() {
    let mut night = Night::begin();
    night.by("ana", run("pause"));
    night.exits(1, 0);
    night.by("ana", run("act"));
    for number in 0..40 {
        let note = Command::Note {
            text: format!(
                "note {number}: {}",
                "words and more words ".repeat(number % 12)
            ),
            happened_at: None,
        };
        night.by("carla", note);
    }
    for number in 0..12 {
        let by = ["ben", "ana"][number % 2];
        let how = Departure {
            at: night.now,
            how: Manner::Vanished,
        };
        let Command::Resume(mut resume) = taken_over() else {
            return;
        };
        resume.before = Some(how);
        night.by(by, Command::Resume(resume));
    }
    let text = night.text();
    let rows: usize = text
        .lines()
        .map(|line| line.width().max(1).div_ceil(COLUMNS))
        .sum();
    assert!(rows <= ROWS, "{rows} rows:\n{text}");
    for words in [
        "- **Runs:** ‘Undo the release’",
        "before",
        "Not cleaned up yet",
        "note 39",
    ] {
        assert!(text.contains(words), "no {words}:\n{text}");
    }
}
