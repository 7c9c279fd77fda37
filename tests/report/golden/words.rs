//! Hostile words stay words.

use std::collections::BTreeMap;

use rbconsole::engine::{
    Command,
    effect::Question,
    event::{Checked, RunKind, RunOutcome, Voucher},
    observed::{Ended, Observed},
};

use super::{WRITES, sound};
use crate::story::{Story, started};

const HOSTILE: &str = "# Heading | cell\n- list\n```\n<script>PWNED</script> ![i](x) [l](javascript:x) ~~~ \\ **b** &amp; @all \u{1b}[31m";

/// Whatever a guard, a probe, an approver, a signal or an operator says stays text.
#[test]
fn hostile_words_stay_words_in_every_section() {
    let text = WRITES
        .replace("run: \"true\" }", "run: \"true\" }\n      - id: drop_it\n        title: Drop?\n        gate: { answers: { yes_drop: { label: Drop, approvals: { count: 1 } } } }")
        .replace("phases:", "signals: { rate: { run: \"true\", regex: '(x)', every: 10s, unit: \"| <b>\" } }\nphases:");
    let mut begin = started(RunKind::Drill);
    begin.title = HOSTILE.into();
    begin.used = BTreeMap::from([(HOSTILE.to_owned(), HOSTILE.to_owned())]);
    begin.guard = Some(Checked {
        command: HOSTILE.into(),
        text: HOSTILE.into(),
        ended: Ended::NotStarted {
            reason: HOSTILE.into(),
        },
    });
    let mut story = Story::begin(&text, begin, None);
    story.measure("rate", Some(1.0)).run("pause", 0, HOSTILE);
    story.measure("rate", None).begin_step("back").wait(2);
    let back = story.live("back", "");
    story.end(back, Ended::Deadline, HOSTILE, &[]);
    story.sees(Observed::Answered {
        of: Question::Probe { attempt: back },
        text: HOSTILE.into(),
        ended: Ended::Signal { signal: 9 },
    });
    story.ask(Command::TookEffect {
        step: "back".into(),
        reason: HOSTILE.into(),
        values: BTreeMap::new(),
    });
    story.begin_step("after").wait(2);
    let after = story.live("after", "");
    story.end(
        after,
        Ended::NotStarted {
            reason: HOSTILE.into(),
        },
        "",
        &[],
    );
    story.ask(Command::Skip {
        step: "after".into(),
        reason: HOSTILE.into(),
        values: BTreeMap::new(),
    });
    for agrees in [true, false] {
        story.ask(Command::Approve {
            gate: "drop_it".into(),
            answer: "yes_drop".into(),
            by_whom: HOSTILE.into(),
            how: Voucher::Attested {
                channel: HOSTILE.into(),
                stands_for: Some(HOSTILE.into()),
            },
            agrees,
            reason: Some(HOSTILE.into()),
        });
    }
    story.ask(Command::Answer {
        gate: "drop_it".into(),
        answer: "yes_drop".into(),
        reason: Some(HOSTILE.into()),
        without_approval: true,
    });
    for step in ["resume", "lock"] {
        story.ask(Command::Skip {
            step: step.into(),
            reason: HOSTILE.into(),
            values: BTreeMap::new(),
        });
    }
    story.close(RunOutcome::Resolved, HOSTILE);
    let text = sound(&story);
    for section in ["Unknown outcomes", "Signals", "Cleanup", "Decisions"] {
        assert!(text.contains(&format!("## DRILL: {section}")), "{text}");
    }
    assert!(text.contains("**not proven**"), "{text}");
}
