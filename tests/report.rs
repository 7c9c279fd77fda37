//! The report on any `CommonMark` renderer: an independent parser reads it, with
//! hostile text in every place where a command or a person can write.

#[path = "report/browser.rs"]
mod browser;
#[path = "report/duties.rs"]
mod duties;
#[path = "report/golden.rs"]
mod golden;
#[path = "report/html.rs"]
mod html;
#[path = "report/page.rs"]
mod page;
#[path = "report/redaction.rs"]
mod redaction;
#[path = "report/story.rs"]
mod story;

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use pulldown_cmark::{Event as Piece, HeadingLevel, Options, Parser, Tag, TagEnd};
use rbconsole::{
    engine::{
        self, Command, Entry, Event, Started, State,
        command::Run,
        effect::Question,
        event::{RunKind, RunOutcome},
        observed::{Captured, Ended, Observed, OutputDigest, Report},
    },
    output::{Log, Stream},
    report::{self, Source, markdown::markdown},
    run_dir::RunDir,
    runbook::{Runbook, load},
    template::Value,
};

const RUNBOOK: &str = r#"
version: 1
title: Roll back
inputs: { service: {} }
phases:
  - id: assess
    title: "Assess | <b>bold</b> `x`"
    role: assess
    budget: 2m
    steps:
      - id: look
        title: "Look at {{ service }}"
        effect: read
        run: "echo {{ service }}"
        outputs: { found: { text: true } }
      - id: decide
        title: "Roll back {{ service }}?"
        gate:
          evidence: { run: "echo evidence" }
          criteria: [ { name: "Found | # x", value: found, limit: 'found == "x"' } ]
          answers:
            go: { label: "Go *now* [x](http://evil)", then: [verify] }
            stay: { label: Stay, then: [] }
  - id: database
    title: Never reached
    steps: [ { id: never, run: "true" } ]
  - id: verify
    title: Verify
    role: verify
    steps:
      - id: check
        title: Check it
        effect: read
        run: "false"
"#;

const HOSTILE: &str = "# Heading\n- list\n```\n</details><script>PWNED</script> | ![i](x) [l](javascript:x) ~~~ \\ **b** &amp; $x$ @all #1 \u{1b}[31m";

struct Story {
    dir: RunDir,
    _scratch: tempfile::TempDir,
    runbook: Arc<Runbook>,
    state: Option<State>,
    entries: Vec<Entry>,
    now: DateTime<Utc>,
}

impl Story {
    fn begin() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let dir = RunDir::create(scratch.path(), "2026-06-26-1414-rollback-x7f3").unwrap();
        let runbook = Arc::new(load(RUNBOOK).runbook.expect("the runbook loads"));
        let now = "2026-06-26T14:14:00Z".parse().unwrap();
        let started = Started {
            id: dir.id(),
            title: format!("Run {HOSTILE}"),
            kind: RunKind::Incident,
            runbook: "rollback".into(),
            digest: "0".repeat(64),
            used: BTreeMap::new(),
            environment: Some(HOSTILE.into()),
            inputs: BTreeMap::from([("service".into(), Value::String(HOSTILE.into()))]),
            severity: Some(HOSTILE.into()),
            impact: None,
            host: HOSTILE.into(),
            boot_id: String::new(),
            version: "0".into(),
            auto: false,
            file: None,
            from: None,
            guard: None,
        };
        let mut story = Self {
            dir,
            _scratch: scratch,
            runbook: Arc::clone(&runbook),
            state: None,
            entries: Vec::new(),
            now,
        };
        let decision = engine::start(&runbook, started, HOSTILE, now);
        story.fold(decision.events);
        story
    }

    fn fold(&mut self, events: Vec<Event>) {
        for event in events {
            let entry = Entry {
                at: self.now,
                by: HOSTILE.into(),
                event,
            };
            match &mut self.state {
                None => {
                    let state = State::begin(Arc::clone(&self.runbook), &entry);
                    self.state = Some(state.expect("the first event begins the run"));
                }
                Some(state) => engine::apply(state, &entry),
            }
            self.entries.push(entry);
        }
    }

    fn state(&self) -> &State {
        self.state.as_ref().unwrap()
    }

    fn ask(&mut self, command: Command) {
        self.now += TimeDelta::seconds(5);
        let decision = engine::decide(self.state(), command, HOSTILE, self.now)
            .unwrap_or_else(|refusal| panic!("refused: {refusal}"));
        self.fold(decision.events);
    }

    /// Runs a step whose command prints hostile text and exits with a code.
    fn run(&mut self, step: &str, code: i32) {
        self.ask(Command::Run(Run::step(step)));
        let (attempt, known) = self.state().live().next().expect("it starts");
        let place = self.dir.attempt(&known.launch.directory());
        place.create().unwrap();
        let mut log = Log::create(place.path()).unwrap();
        log.append(Stream::Out, HOSTILE.as_bytes(), 0).unwrap();
        log.append(Stream::Err, b"\n````\n~~~~\n## Not a heading\n", 0)
            .unwrap();
        let digest = log.finish().unwrap();
        self.ask(Command::Observed(Observed::Finished {
            attempt,
            report: Box::new(Report {
                ended: Ended::Exit { code },
                at: self.now,
                milliseconds: 4200,
                output: OutputDigest {
                    bytes: digest.bytes,
                    blake3: digest.blake3,
                    lost: 0,
                    ..OutputDigest::default()
                },
                captured: Captured {
                    values: BTreeMap::from([("found".into(), Some(HOSTILE.into()))]),
                    ..Captured::default()
                },
                survivors: Vec::new(),
                more_survivors: 0,
            }),
        }));
    }

    fn text(&self) -> String {
        markdown(&self.source())
    }

    fn report(&self) -> report::Report {
        report::Report::of(&self.source())
    }

    fn source(&self) -> Source<'_> {
        Source {
            state: self.state(),
            entries: &self.entries,
            samples: &[],
            earlier: &[],
            full: false,
            head: "f".repeat(64),
            dir: &self.dir,
            now: self.now,
        }
    }
}

fn whole_story() -> Story {
    let mut story = Story::begin();
    story.run("look", 0);
    story.ask(Command::Observed(Observed::Answered {
        of: Question::Evidence {
            gate: "decide".into(),
        },
        text: HOSTILE.into(),
        ended: Ended::Exit { code: 0 },
    }));
    story.ask(Command::Answer {
        gate: "decide".into(),
        answer: "go".into(),
        reason: Some(HOSTILE.into()),
        without_approval: false,
    });
    story.run("check", 1);
    let happened_at = Some(story.now - TimeDelta::minutes(20));
    story.ask(Command::Note {
        text: HOSTILE.into(),
        happened_at,
    });
    story.ask(Command::Skip {
        step: "check".into(),
        reason: HOSTILE.into(),
        values: BTreeMap::new(),
    });
    story.ask(Command::Close {
        outcome: RunOutcome::Failed,
        note: HOSTILE.into(),
    });
    story
}

/// Headings with their levels, and the sections' other pieces.
fn headings(text: &str) -> Vec<(HeadingLevel, String)> {
    let mut found = Vec::new();
    let mut current: Option<(HeadingLevel, String)> = None;
    for piece in Parser::new_ext(text, Options::all()) {
        match piece {
            Piece::Start(Tag::Heading { level, .. }) => current = Some((level, String::new())),
            Piece::End(TagEnd::Heading(_)) => found.extend(current.take()),
            Piece::Text(text) | Piece::Code(text) => {
                if let Some((_, heading)) = &mut current {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn hostile_text_adds_nothing_to_the_structure() {
    let text = whole_story().text();
    let all = headings(&text);
    let second: Vec<&str> = all
        .iter()
        .filter(|(level, _)| *level == HeadingLevel::H2)
        .map(|(_, heading)| heading.as_str())
        .collect();
    assert_eq!(
        second,
        [
            "Summary",
            "Impact",
            "Root cause",
            "Timeline",
            "Lessons learned",
            "Action items",
            "Decisions",
            "Times",
            "Phases",
            "Verification",
            "Deviations",
            "Appendix: the run",
            "Appendix: commands run",
        ]
    );
    let first = all.iter().filter(|(level, _)| *level == HeadingLevel::H1);
    assert_eq!(first.count(), 1);
    // One day, what went well and what did not, one decision, two commands.
    let third = all.iter().filter(|(level, _)| *level == HeadingLevel::H3);
    assert_eq!(third.count(), 6, "{all:#?}");
    for piece in Parser::new_ext(&text, Options::all()) {
        match piece {
            Piece::Html(html) | Piece::InlineHtml(html) => panic!("HTML came through: {html}"),
            Piece::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                panic!("a link came through: {dest_url}")
            }
            Piece::FootnoteReference(name) => panic!("a footnote came through: {name}"),
            _ => {}
        }
    }
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn every_table_keeps_its_columns() {
    let text = whole_story().text();
    let mut columns = Vec::new();
    let mut cells = 0;
    for piece in Parser::new_ext(&text, Options::all()) {
        match piece {
            Piece::Start(Tag::Table(alignments)) => columns.push(alignments.len()),
            Piece::Start(Tag::TableRow | Tag::TableHead) => cells = 0,
            Piece::Start(Tag::TableCell) => cells += 1,
            Piece::End(TagEnd::TableRow) => assert_eq!(Some(&cells), columns.last()),
            _ => {}
        }
    }
    // Summary, the gate's criteria, times, phases, verification, the run.
    assert_eq!(columns, [2, 4, 4, 4, 3, 2]);
}

#[test]
fn what_was_printed_stands_in_fences_that_it_cannot_end() {
    let text = whole_story().text();
    let mut blocks = Vec::new();
    let mut current = None;
    for piece in Parser::new_ext(&text, Options::all()) {
        match piece {
            Piece::Start(Tag::CodeBlock(_)) => current = Some(String::new()),
            Piece::End(TagEnd::CodeBlock) => blocks.extend(current.take()),
            Piece::Text(text) => {
                if let Some(block) = &mut current {
                    block.push_str(&text);
                }
            }
            _ => {}
        }
    }
    // The evidence, the chart of the times, and for each of two commands its script and
    // its last lines.
    assert_eq!(blocks.len(), 6, "{blocks:#?}");
    assert!(blocks[0].contains("</details><script>PWNED</script>"));
    assert!(blocks[1].starts_with("gantt\n"));
    assert!(!blocks[1].contains("PWNED</"), "{}", blocks[1]);
    assert!(blocks[3].contains("## Not a heading"));
    assert!(blocks[3].contains("````"));
}

#[test]
fn it_says_what_a_postmortem_needs() {
    let text = whole_story().text();
    for needed in [
        "| Duration | ",
        "| Outcome | **failed** |",
        "recorded at",
        "What follows: Verify",
        "not on the route",
        "exit 1",
        "- [ ] ",
        "journal head",
    ] {
        assert!(text.contains(needed), "{needed} is missing:\n{text}");
    }
    let noted = text
        .find("13:54")
        .expect("the backdated note has its own time");
    let began = text.find("14:14:00").expect("the beginning has its time");
    let timeline = text.find("## Timeline").unwrap();
    assert!(timeline < noted, "in the timeline");
    assert!(
        noted < text[timeline..].find("14:14:00").unwrap() + timeline,
        "{began}"
    );
}

#[test]
fn the_same_journal_gives_the_same_report_and_names_its_head() {
    let story = whole_story();
    let written = |days: i64| {
        let source = Source {
            now: story.now + TimeDelta::days(days),
            ..story.source()
        };
        let report = serde_json::to_value(report::Report::of(&source)).unwrap();
        [
            markdown(&source),
            report::html::write(&report).unwrap(),
            report::json::json(&report).unwrap(),
            report::issue::write(&report).unwrap(),
        ]
    };
    // A closed run's report does not depend on today.
    let (first, later) = (written(0), written(400));
    for (first, later) in first.iter().zip(&later) {
        assert_eq!(first, later);
        assert!(
            first.contains(&"f".repeat(64)),
            "the journal's head: {first}"
        );
    }
}
