//! A runbook for each kind of step. Every command notes that it ran: `MARK name` appends a line.

use std::collections::BTreeMap;

/// A runbook of the laboratory and how it is driven.
#[derive(Debug)]
pub struct Book {
    pub name: &'static str,
    text: &'static str,
    /// How often each command runs where nothing dies. Of a command that changes something never more often.
    pub runs: &'static [(&'static str, usize)],
    /// Those of them that only look: after a crash they may look again.
    pub looks: &'static [&'static str],
    /// What steps leave behind, for an operator who says that one took effect.
    pub values: &'static [(&'static str, &'static str)],
    begins_with: &'static [&'static str],
    orders: &'static [&'static str],
}

/// Every kind of step.
pub const BOOKS: &[Book] = &[
    Book {
        name: "command",
        text: r#"
phases:
  - id: work
    title: Work
    steps:
      - { id: one, title: One, run: 'echo begun; MARK one; echo "made 7"; echo oops >&2', outputs: { made: { regex: 'made (\d+)', type: number } } }
      - { id: two, title: Two, run: 'MARK two; echo {{ made }}' }
"#,
        runs: &[("one", 1), ("two", 1)],
        looks: &[],
        values: &[("made", "7")],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "terminal",
        text: r"
phases:
  - id: work
    title: Work
    steps:
      - { id: one, title: One, tty: true, run: 'test -t 1; MARK one; echo in a terminal' }
      - { id: two, title: Two, run: 'MARK two' }
",
        runs: &[("one", 1), ("two", 1)],
        looks: &[],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "parallel",
        text: r"
phases:
  - id: work
    title: Work
    steps:
      - id: both
        title: Both
        parallel: { eu: 'MARK both_eu; sleep 0.05', us: 'MARK both_us' }
        watch: { beside: 'echo watching; sleep 5' }
      - { id: two, title: Two, run: 'MARK two' }
",
        runs: &[("both_eu", 1), ("both_us", 1), ("two", 1)],
        looks: &[],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "poll",
        text: r#"
phases:
  - id: work
    title: Work
    steps:
      - { id: ready, title: Until ready, effect: read, run: 'MARK ready; [ "$(grep -c ^ready "$MARKS")" -ge 3 ]', poll: { every: 100ms, timeout: 60s } }
      - { id: two, title: Two, run: 'MARK two' }
"#,
        runs: &[("ready", 3), ("two", 1)],
        looks: &["ready"],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "hold",
        text: r"
phases:
  - id: work
    title: Work
    steps:
      - { id: steady, title: Stays ready, effect: read, run: 'MARK steady', poll: { every: 100ms, timeout: 60s, hold: 250ms } }
      - { id: rest, title: Let it settle, wait: { for: 300ms } }
      - { id: two, title: Two, run: 'MARK two' }
",
        runs: &[("steady", 2), ("two", 1)],
        looks: &["steady"],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "gate",
        text: r"
phases:
  - id: work
    title: Work
    steps:
      - { id: look, title: Look, effect: read, run: 'MARK look; echo 7', outputs: { rate: { line: 1, type: number } } }
      - id: go_on
        title: Go on?
        gate:
          evidence: { run: 'MARK evidence; echo it looks bad' }
          criteria: [ { name: Rate, value: rate, limit: 'rate > 5' } ]
          suggest: [ { when: 'rate > 5', answer: go, because: The rate is high } ]
          answers:
            go: { label: Go on, then: [more] }
            leave: { label: Leave it, then: [] }
          headless: suggested
  - id: never
    title: Never
    steps: [ { id: never_run, title: Never, run: 'MARK never' } ]
  - id: more
    title: More
    steps: [ { id: two, title: Two, run: 'MARK two' } ]
",
        runs: &[("look", 1), ("evidence", 1), ("two", 1)],
        looks: &["look", "evidence"],
        values: &[("rate", "7")],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "approval",
        text: r"
phases:
  - id: work
    title: Work
    steps:
      - id: go_on
        title: Go on?
        gate:
          answers:
            go: { label: Go on, approvals: { from: [dba], count: 1 } }
            leave: { label: Leave it, then: [] }
      - { id: two, title: Two, run: 'MARK two' }
",
        runs: &[("two", 1)],
        looks: &[],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "manual",
        text: r"
phases:
  - id: work
    title: Work
    steps:
      - id: call
        title: Call them
        manual:
          instructions: Call them
          checklist: [ They know, They agree ]
          record: { ticket: { description: The ticket } }
      - { id: two, title: Two, run: 'MARK two; echo {{ ticket }}' }
",
        runs: &[("two", 1)],
        looks: &[],
        values: &[("ticket", "T-1")],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "skipped",
        text: r"
phases:
  - id: work
    title: Work
    steps:
      - { id: call, title: Call them, manual: { instructions: Call them, headless: skip } }
      - { id: two, title: Two, run: 'MARK two' }
",
        runs: &[("two", 1)],
        looks: &[],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "probe",
        text: r#"
phases:
  - id: work
    title: Work
    steps:
      - { id: one, title: One, run: 'echo begun; MARK one; sleep 0.05; echo done', probe: 'grep -q "^one " "$MARKS"' }
      - { id: two, title: Two, run: 'MARK two' }
"#,
        runs: &[("one", 1), ("two", 1)],
        looks: &[],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "retry",
        text: r#"
phases:
  - id: work
    title: Work
    steps:
      - { id: flaky, title: Flaky, run: 'MARK flaky; [ "$(grep -c ^flaky "$MARKS")" -ge 2 ]', retry: { attempts: 3, delay: 100ms } }
      - { id: two, title: Two, run: 'MARK two' }
"#,
        runs: &[("flaky", 2), ("two", 1)],
        looks: &[],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "deadline",
        text: r"
phases:
  - id: work
    title: Work
    steps:
      - { id: slow, title: Slow, effect: read, run: 'MARK slow; sleep 3', timeout: 200ms, kill_grace: 200ms, on_failure: continue }
      - { id: two, title: Two, run: 'MARK two' }
",
        runs: &[("slow", 1), ("two", 1)],
        looks: &["slow"],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "cleanup",
        text: r#"
phases:
  - id: work
    title: Work
    steps:
      - { id: pause, title: Pause, run: 'MARK pause' }
      - { id: act, title: Act, effect: read, run: 'MARK act; exit 4', on_failure: abort }
      - { id: never_run, title: Never, run: 'MARK never' }
cleanup:
  - { id: resume_it, title: Resume it, run: 'MARK resume_it', when: 'steps.pause.outcome == "succeeded" or steps.pause.outcome == "took_effect"' }
"#,
        runs: &[("pause", 1), ("act", 1), ("resume_it", 1)],
        looks: &["act"],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "uses",
        text: r"
phases:
  - id: work
    title: Work
    steps:
      - { id: u, uses: inner, with: { word: hello } }
      - { id: two, title: Two, run: 'MARK two' }
",
        runs: &[("inner", 1), ("two", 1)],
        looks: &[],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "guarded",
        text: r"
inputs:
  token: { secret: true, env: TOKEN }
environments:
  lab: { drill: true, guard: 'echo this is the lab' }
phases:
  - id: work
    title: Work
    steps:
      - { id: one, title: One, run: 'MARK one; printenv TOKEN', env: { TOKEN: '{{ token }}' } }
      - { id: wipe, title: Wipe it, effect: destructive, target: the cache, run: 'MARK wipe' }
",
        runs: &[("one", 1), ("wipe", 1)],
        looks: &[],
        values: &[],
        begins_with: &["--drill", "-e", "lab"],
        orders: &["--confirm", "the cache"],
    },
    Book {
        name: "notes",
        text: r#"
signals:
  load: { run: 'echo load 3', regex: 'load (\d+)', every: 1s, healthy: 'load < 5' }
phases:
  - id: work
    title: Work
    steps:
      - { id: one, title: One, effect: read, run: 'MARK one; "$PROGRAM" note "$RBCONSOLE_RUN" "by hand"' }
      - { id: rest, title: Rest, wait: { for: 1200ms } }
      - { id: two, title: Two, run: 'MARK two' }
"#,
        runs: &[("one", 1), ("two", 1)],
        looks: &["one"],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
];

/// Those that are about something else than their kind of step.
const OTHERS: &[Book] = &[
    Book {
        name: "slow",
        text: r#"
phases:
  - id: work
    title: Work
    steps:
      - { id: one, title: One, run: 'echo begun; until [ -e "$TMPDIR/go" ]; do sleep 0.02; done; MARK one; echo ended; exit 7', expect: { exit: [7] } }
      - { id: two, title: Two, run: 'MARK two' }
"#,
        runs: &[("one", 1), ("two", 1)],
        looks: &[],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "later",
        text: r#"
phases:
  - id: work
    title: Work
    steps:
      - { id: flaky, title: Flaky, run: 'MARK flaky; [ "$(grep -c ^flaky "$MARKS")" -ge 2 ]', retry: { attempts: 3, delay: 3s } }
      - { id: rest, title: Let it settle, wait: { for: 3s } }
      - { id: two, title: Two, run: 'MARK two' }
"#,
        runs: &[("flaky", 2), ("two", 1)],
        looks: &[],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
    Book {
        name: "descriptors",
        text: r"
phases:
  - id: work
    title: Work
    steps:
      - { id: piped, title: Piped, run: 'for it in /proc/$$/fd/*; do readlink $it || true; done' }
      - { id: seen, title: Seen, tty: true, run: 'for it in /proc/$$/fd/*; do readlink $it || true; done' }
",
        runs: &[],
        looks: &[],
        values: &[],
        begins_with: &[],
        orders: &[],
    },
];

const INNER: &str = "version: 1
title: Inner
inputs:
  word: {}
phases:
  - id: inner_work
    title: Inner work
    steps: [ { id: say, title: Say, run: 'MARK inner; echo {{ word }}' } ]
";

/// How many steps the runbook of the soak has.
pub const SOAK_STEPS: usize = 20;

/// The runbook of the soak: twenty steps of several kinds, each of which appends to the marks, prints what can be
/// foretold and ends with a code that can be.
pub fn soak() -> &'static Book {
    static SOAK: std::sync::OnceLock<Book> = std::sync::OnceLock::new();
    SOAK.get_or_init(|| {
        let mut text = "phases:\n  - id: work\n    title: Work\n    steps:\n".to_owned();
        let mut runs: Vec<(&'static str, usize)> = Vec::new();
        for number in 0..SOAK_STEPS {
            let id: &'static str = format!("s{number:02}").leak();
            let line = match number % 5 {
                0 => format!("run: 'seq 1 300; sleep 0.02; MARK {id}; seq 1 300'"),
                1 => format!("tty: true, run: 'echo begun; MARK {id}; sleep 0.01; echo done'"),
                2 => format!(
                    "run: 'echo begun; sleep 0.01; MARK {id}; echo done >&2; exit 3', expect: {{ exit: [3] }}"
                ),
                3 => format!("run: 'MARK {id}; seq 1 20000'"),
                _ => format!(
                    "parallel: {{ a: 'MARK {id}_a; sleep 0.03; echo a', b: 'sleep 0.01; MARK {id}_b; echo b' }}"
                ),
            };
            text += &["      - { id: ", id, ", title: ", id, ", ", &line, " }\n"].concat();
            if number % 5 == 4 {
                runs.push((format!("{id}_a").leak(), 1));
                runs.push((format!("{id}_b").leak(), 1));
            } else {
                runs.push((id, 1));
            }
        }
        Book {
            name: "soak",
            text: text.leak(),
            runs: runs.leak(),
            looks: &[],
            values: &[],
            begins_with: &[],
            orders: &[],
        }
    })
}

/// How a command of the soak ends when nobody disturbs it, and what it prints then.
pub fn soak_prints(attempt: &str) -> (i32, String) {
    let mut parts = attempt.split('-');
    let step = parts.nth(1).unwrap_or_default();
    let number: usize = step.trim_start_matches('s').parse().unwrap_or(0);
    let seq =
        |last: usize| -> String { (1..=last).fold(String::new(), |all, n| format!("{all}{n}\n")) };
    match number % 5 {
        0 => (0, seq(300) + &seq(300)),
        1 => (0, "begun\r\ndone\r\n".to_owned()),
        2 => (3, "begun\ndone\n".to_owned()),
        3 => (0, seq(20000)),
        // The name of the script ends the attempt's.
        _ => (0, format!("{}\n", parts.nth(1).unwrap_or_default())),
    }
}

/// A line as a command leaves it.
fn marking(text: &str) -> String {
    let mut made = String::new();
    let mut pieces = text.split("MARK ");
    made.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(piece.len());
        let (name, rest) = piece.split_at(end);
        // Questions have no attempt.
        let mark = format!(r#"echo "{name} ${{RBCONSOLE_ATTEMPT-}}" >>"$MARKS""#);
        made.extend([mark.as_str(), rest]);
    }
    made
}

impl Book {
    pub fn named(name: &str) -> &'static Self {
        BOOKS
            .iter()
            .chain(OTHERS)
            .chain((name == soak().name).then(soak))
            .find(|book| book.name == name)
            .unwrap_or_else(|| panic!("there is no book {name}"))
    }

    pub fn text(&self) -> String {
        format!("version: 1\ntitle: Book\n{}", marking(self.text))
    }

    /// The runbooks that it uses.
    pub fn others(&self) -> Vec<(&'static str, String)> {
        if self.name == "uses" {
            vec![("inner", marking(INNER))]
        } else {
            Vec::new()
        }
    }

    /// What a run of it begins with.
    pub fn arguments(&self) -> Vec<&'static str> {
        [self.begins_with, self.orders].concat()
    }

    /// What the operator decided beforehand; a resume is told again.
    pub fn orders(&self) -> &'static [&'static str] {
        self.orders
    }

    pub fn wanted(&self) -> BTreeMap<String, usize> {
        self.runs
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    /// The commands that a step consists of.
    pub fn commands_of(&self, step: &str) -> Vec<&'static str> {
        let step = step.strip_prefix("u__say").map_or(step, |_| "inner");
        self.runs
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| {
                *name == step
                    || name
                        .strip_prefix(step)
                        .is_some_and(|rest| rest.starts_with('_'))
            })
            .collect()
    }
}
