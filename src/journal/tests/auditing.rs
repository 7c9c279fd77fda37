//! What an audit finds.

use std::collections::BTreeMap;

use super::{bytes, notes, put, recorded, run_with, time};
use crate::engine::{
    Entry, Event, Launch, Started,
    effect::{Capture, Part},
    event::{Outcome, RunKind},
    observed::{Captured, Ended, LogPiece, OutputDigest, Report},
};
use crate::journal::{
    audit::audit,
    record::{Hash, Record},
    recovery,
};
use crate::run_dir::{RunDir, write_private};

fn found(dir: &RunDir, head: Option<Hash>) -> Vec<String> {
    let findings = audit(dir, head).unwrap().findings;
    findings.into_iter().map(|it| it.words).collect()
}

#[test]
fn every_flipped_bit_is_found() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(3));
    let whole = bytes(&dir);
    let head = recovery::parse(&whole).head;
    assert_eq!(found(&dir, Some(head)), [""; 0]);
    let mut flipped = whole.clone();
    for place in 0..whole.len() {
        for bit in 0..8 {
            flipped[place] ^= 1 << bit;
            let recovered = recovery::parse(&flipped);
            assert!(
                recovered.damage.is_some() || recovered.torn_bytes > 0,
                "byte {place}, bit {bit} passed unnoticed"
            );
            flipped[place] = whole[place];
        }
    }
}

#[test]
fn a_cut_at_a_lines_end_is_found_by_the_head() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(3));
    let whole = bytes(&dir);
    let recovered = recovery::parse(&whole);
    let cut = whole[..whole.len() - 1]
        .iter()
        .rposition(|&b| b == b'\n')
        .unwrap()
        + 1;
    put(&dir, &whole[..cut]);
    // By itself it is a whole journal.
    assert_eq!(found(&dir, None), [""; 0]);
    let told = found(&dir, Some(recovered.head));
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("it was cut or rewritten"), "{told:?}");
    // A head from the middle says that more was written since.
    put(&dir, &whole);
    let told = found(&dir, Some(recovery::parse(&whole[..cut]).head));
    assert!(told[0].contains("goes on after the head"), "{told:?}");
}

#[test]
fn lines_swapped_removed_repeated_or_put_in_are_found() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(4));
    let text = String::from_utf8(bytes(&dir)).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let forms = [
        ([0, 2, 1, 3].to_vec(), 2),
        ([1, 2, 3].to_vec(), 1),
        ([0, 1, 3].to_vec(), 3),
        ([0, 1, 1, 2, 3].to_vec(), 3),
        ([0, 1, 2, 3, 3].to_vec(), 5),
        ([3, 2, 1, 0].to_vec(), 1),
    ];
    for (order, wrong) in forms {
        let changed: String = order.iter().map(|&place| lines[place]).collect();
        put(&dir, changed.as_bytes());
        let told = found(&dir, None);
        assert!(
            told[0].starts_with(&format!("journal line {wrong}: ")),
            "{order:?}: {told:?}"
        );
    }
    for junk in ["\n", "{}\n", "hello\n", "\r\n"] {
        put(
            &dir,
            (lines[0].to_owned() + junk + &lines[1..].concat()).as_bytes(),
        );
        assert!(
            found(&dir, None)[0].starts_with("journal line 2: "),
            "{junk:?}"
        );
    }
}

/// The lines of a forger who knows how they are made.
fn forged(entries: &[Entry]) -> String {
    let mut head = Hash::default();
    let mut text = String::new();
    for (seq, entry) in (1..).zip(entries) {
        let (record, line) = Record::seal(seq, head, entry.clone()).unwrap();
        head = record.hash;
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[test]
fn a_forger_must_rewrite_everything_and_is_found_by_the_head() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = run_with(scratch.path(), &notes(4));
    let text = String::from_utf8(bytes(&dir)).unwrap();
    let head = recovery::parse(text.as_bytes()).head;
    assert_eq!(forged(&notes(4)), text, "the forger knows the format");
    let mut entries = notes(4);
    entries[1] = super::note(1, "nothing happened");
    let lie = forged(&entries);
    // One line made anew does not fit the next.
    let one: String = text
        .split_inclusive('\n')
        .enumerate()
        .map(|(place, line)| {
            if place == 1 {
                lie.split_inclusive('\n').nth(1).unwrap()
            } else {
                line
            }
        })
        .collect();
    put(&dir, one.as_bytes());
    assert!(found(&dir, None)[0].starts_with("journal line 3: it does not follow"));
    assert_eq!(found(&dir, None).len(), 1);
    // Everything made anew is a journal; only who kept the head knows better.
    put(&dir, lie.as_bytes());
    assert_eq!(found(&dir, None), [""; 0]);
    assert!(found(&dir, Some(head))[0].contains("it was cut or rewritten"));
}

/// A run with a pinned runbook and one attempt that printed something.
fn run_with_log(scratch: &std::path::Path) -> (RunDir, std::path::PathBuf) {
    run_that_printed(scratch, b"hello\n")
}

fn run_that_printed(scratch: &std::path::Path, output: &[u8]) -> (RunDir, std::path::PathBuf) {
    let runbook = b"version: 1\n";
    let digest = Hash::of(runbook).to_string();
    let launch = Launch {
        attempt: 1,
        step: "measure".to_owned(),
        script: String::new(),
        part: Part::Main,
        round: 0,
        tty: false,
        silence_ms: None,
        number: 1,
        argv: vec!["true".to_owned()],
        env: Vec::new(),
        secrets: Vec::new(),
        cwd: None,
        timeout_ms: 1000,
        kill_grace_ms: 1000,
        effect: crate::runbook::Effect::Read,
        capture: Capture::default(),
    };
    let name = launch.directory();
    let events = [
        Event::RunStarted(Box::new(Started {
            id: "run".to_owned(),
            title: "T".to_owned(),
            kind: RunKind::Incident,
            runbook: "book".to_owned(),
            digest,
            used: BTreeMap::new(),
            environment: None,
            inputs: BTreeMap::new(),
            severity: None,
            impact: None,
            host: "web-1".to_owned(),
            boot_id: String::new(),
            version: "0".to_owned(),
            auto: false,
            file: None,
            from: None,
            guard: None,
        })),
        Event::AttemptStarting {
            launch: Box::new(launch),
            edited_from: None,
            fallback: None,
            beside: None,
        },
        Event::AttemptFinished {
            attempt: 1,
            report: Box::new(Report {
                ended: Ended::Exit { code: 0 },
                at: time(3),
                milliseconds: 5,
                output: OutputDigest {
                    bytes: output.len() as u64,
                    blake3: blake3::hash(output).to_hex().to_string(),
                    lost: 0,
                    ..OutputDigest::default()
                },
                captured: Captured::default(),
                survivors: Vec::new(),
                more_survivors: 0,
            }),
            outputs: BTreeMap::new(),
            outcome: Outcome::Succeeded,
        },
    ];
    let entries: Vec<Entry> = (0..)
        .zip(events)
        .map(|(number, event)| Entry {
            at: time(number),
            by: "ann".into(),
            event,
        })
        .collect();
    let dir = run_with(scratch, &entries);
    assert_eq!(recorded(&dir), entries);
    write_private(&dir.runbook(), runbook).unwrap();
    let attempt = dir.attempt(&name);
    attempt.create().unwrap();
    let log = attempt.path().join(crate::output::LOG_NAME);
    write_private(&log, output).unwrap();
    (dir, log)
}

/// What printed nothing need not have left a file; one that is there is empty.
#[test]
fn a_log_of_nothing_is_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let (dir, log) = run_that_printed(scratch.path(), b"");
    assert_eq!(found(&dir, None), [""; 0]);
    std::fs::remove_file(&log).unwrap();
    assert_eq!(found(&dir, None), [""; 0]);
    write_private(&log, b"forged\n").unwrap();
    let changed = ["the log of 001-measure-1 was changed after the run"];
    assert_eq!(found(&dir, None), changed);
    std::fs::remove_file(&log).unwrap();
    std::os::unix::fs::symlink("/dev/null", &log).unwrap();
    let missing = ["the log of 001-measure-1 is missing or unreadable"];
    assert_eq!(found(&dir, None), missing);
}

#[test]
fn a_changed_log_and_a_changed_runbook_are_found() {
    let scratch = tempfile::tempdir().unwrap();
    let (dir, log) = run_with_log(scratch.path());
    let good = audit(&dir, None).unwrap();
    assert_eq!((good.lines, good.logs), (3, 1));
    assert!(good.findings.is_empty(), "{:?}", good.findings);

    write_private(&log, b"hellO\n").unwrap();
    assert_eq!(
        found(&dir, None),
        ["the log of 001-measure-1 was changed after the run"]
    );
    write_private(&log, b"hello\nhello\n").unwrap();
    assert_eq!(
        found(&dir, None),
        ["the log of 001-measure-1 was changed after the run"]
    );
    std::fs::remove_file(&log).unwrap();
    assert_eq!(
        found(&dir, None),
        ["the log of 001-measure-1 is missing or unreadable"]
    );
    // A link to the right bytes is not the log.
    let other = scratch.path().join("other");
    write_private(&other, b"hello\n").unwrap();
    std::os::unix::fs::symlink(&other, &log).unwrap();
    assert_eq!(
        found(&dir, None),
        ["the log of 001-measure-1 is missing or unreadable"]
    );
    std::fs::remove_file(&log).unwrap();
    write_private(&log, b"hello\n").unwrap();
    assert_eq!(found(&dir, None), [""; 0]);

    write_private(&dir.runbook(), b"version: 1 \n").unwrap();
    assert_eq!(
        found(&dir, None),
        ["the pinned runbook is not the one the run began with"]
    );
}

#[test]
fn every_piece_of_a_log_is_vouched_for() {
    let scratch = tempfile::tempdir().unwrap();
    let (dir, log) = run_with_log(scratch.path());
    let attempt = dir.attempt("001-measure-1");
    let output = OutputDigest {
        bytes: 30,
        blake3: blake3::hash(b"hello\n").to_hex().to_string(),
        dropped: 18,
        pieces: vec![LogPiece {
            offset: 24,
            bytes: 6,
            blake3: blake3::hash(b"world\n").to_hex().to_string(),
        }],
        ..OutputDigest::default()
    };
    let found = || -> Vec<String> {
        let findings = super::super::audit::log_findings(&dir, "001-measure-1", &output);
        findings.into_iter().map(|it| it.words).collect()
    };
    assert_eq!(
        found(),
        ["the log of 001-measure-1 from byte 24 on is missing or unreadable"]
    );
    write_private(&attempt.log_piece(24), b"world\n").unwrap();
    assert_eq!(found(), [""; 0]);
    write_private(&attempt.log_piece(24), b"World\n").unwrap();
    write_private(&attempt.log_piece(12), b"planted").unwrap();
    write_private(&log, b"hellO\n").unwrap();
    assert_eq!(
        found(),
        [
            "the log of 001-measure-1 was changed after the run",
            "the log of 001-measure-1 from byte 24 on was changed after the run",
            "the log of 001-measure-1 has a piece from byte 12 on that its supervisor did not leave",
        ]
    );
}
