//! What the fast way reads, the slow way reads too, and as the same.

use proptest::{prelude::*, sample::Index};

use super::super::{Names, Record, SEAL, any_entry};
use super::*;
use crate::engine::Entry;

/// One entry of nearly every kind.
const ENTRIES: &str = include_str!("../../../engine/tests/old_journals/0.1.0.jsonl");

fn entries() -> Vec<Entry> {
    let entries = ENTRIES.lines();
    entries
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A line with a seal that fits, whatever the rest is.
fn sealed(body: &str) -> String {
    let hash = Hash::of(body.as_bytes());
    format!("{body}{SEAL}{hash}\"}}")
}

/// What is sealed of a line.
fn body(line: &str) -> &str {
    &line[..line.len() - SEAL_LENGTH]
}

/// Reads a line and requires that it comes to what the slow way makes of it.
fn read(line: &str, seq: u64, prev: Hash) -> Result<Entry, String> {
    let record = Record::open(line.as_bytes(), seq, prev);
    let slow = any_entry(line, seq, prev, &mut Names::default());
    let fast = record.map(|record| record.entry);
    assert_eq!(fast, slow, "{line}");
    if let Some((at, by, event)) = entry(line, seq, prev) {
        let by = by.into();
        assert_eq!(slow, Ok(Entry { at, by, event }), "{line}");
    }
    slow
}

#[test]
fn what_is_written_is_plain() {
    for (seq, wanted) in (1..).zip(entries()) {
        let prev = Hash::of(&[7]);
        let (_, line) = Record::seal(seq, prev, wanted.clone()).unwrap();
        let (at, by, event) = entry(&line, seq, prev).expect("it is as it was written");
        let by = by.into();
        assert_eq!(Entry { at, by, event }, wanted);
        assert_eq!(read(&line, seq, prev), Ok(wanted));
        assert_eq!(entry(&line, seq + 1, prev), None);
        assert_eq!(entry(&line, seq, Hash::default()), None);
    }
}

#[test]
fn a_line_that_is_odd_is_left_to_the_slow_way() {
    let prev = Hash::default();
    let event = r#"{"auto_advance":{"on":true}}"#;
    let line = |v: &str, seq: &str, at: &str, by: &str, event: &str| {
        let rest = format!(r#""at":{at},"by":{by},"event":{event}"#);
        sealed(&format!(r#"{{"v":{v},"seq":{seq},"prev":"{prev}",{rest}"#))
    };
    let (at, ann) = (r#""2026-11-21T08:33:11Z""#, r#""ann""#);
    let whole = line("1", "7", at, ann, event);
    assert!(entry(&whole, 7, prev).is_some());

    let largest = u64::MAX.to_string();
    let beyond = u128::from(u64::MAX) + 8;
    let odd = [
        (line("2", "7", at, ann, event), false),
        (line("0", "7", at, ann, event), true),
        (line("01", "7", at, ann, event), false),
        (line("1", "07", at, ann, event), false),
        (line("1", "+7", at, ann, event), false),
        (line("1", "7.0", at, ann, event), false),
        (line("1", " 7", at, ann, event), true),
        (line("1", &beyond.to_string(), at, ann, event), false),
        (line("1", &largest, at, ann, event), false),
        (
            line("1", "7", r#""2026-11-21T08:33:11+00:00""#, ann, event),
            true,
        ),
        (
            line("1", "7", r#""2026-11-21T08:33:61Z""#, ann, event),
            false,
        ),
        (line("1", "7", at, r#""a\u006en""#, event), true),
        (line("1", "7", at, r#""a\"nn""#, event), true),
        (line("1", "7", at, "\"a\u{1}nn\"", event), false),
        (line("1", "7", at, "\"a\nnn\"", event), false),
        (line("1", "7", at, "null", event), false),
        (line("1", "7", at, ann, &format!(r#"{event},"x":1"#)), true),
        (
            line("1", "7", at, ann, &format!(r#"{event},"x":1}}"#)),
            false,
        ),
        (
            line("1", "7", at, ann, &format!(r#"{event},"by":"bob""#)),
            false,
        ),
        (
            line("1", "7", at, ann, &format!(r#"{event},"event":{event}"#)),
            false,
        ),
        (line("1", "7", at, ann, &format!("{event}}}")), false),
        (line("1", "7", at, ann, r#"{"moon_landed":{}}"#), false),
        (line("1", "7", at, ann, ""), false),
    ];
    for (line, good) in odd {
        assert_eq!(entry(&line, 7, prev), None, "{line}");
        assert_eq!(read(&line, 7, prev).is_ok(), good, "{line}");
    }
    // What is odd inside of an event is for those who read events.
    for event in [
        " {\"auto_advance\" : {\"on\":true}} ",
        r#"{"auto_advance":{"on":true,"x":1}}"#,
    ] {
        let line = line("1", "7", at, ann, event);
        assert!(entry(&line, 7, prev).is_some(), "{line}");
        assert!(read(&line, 7, prev).is_ok(), "{line}");
    }
    let by = "\u{7f}\u{fc}\u{1f600}";
    let line = line("1", "7", at, &format!("\"{by}\""), event);
    assert!(entry(&line, 7, prev).is_some_and(|it| it.1 == by));
    assert!(read(&line, 7, prev).is_ok());
}

#[test]
fn the_largest_number_is_a_number() {
    let last = entries().remove(0);
    let (_, line) = Record::seal(u64::MAX, Hash::default(), last.clone()).unwrap();
    assert!(entry(&line, u64::MAX, Hash::default()).is_some());
    assert_eq!(read(&line, u64::MAX, Hash::default()), Ok(last));
}

#[test]
fn an_event_may_be_nested_as_deeply_as_in_its_line() {
    let prev = Hash::default();
    let (mut good, mut bad) = (0, 0);
    for depth in (0..200).step_by(3).chain(118..132) {
        let nest = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let health = format!(r#"{{"x":{nest},"is":"healthy"}}"#);
        let event =
            format!(r#"{{"signal_changed":{{"signal":"a","value":1.0,"health":{health}}}}}"#);
        let at = r#""at":"2026-11-21T08:33:11Z","by":"ann""#;
        let line = format!(r#"{{"v":1,"seq":1,"prev":"{prev}",{at},"event":{event}"#);
        match read(&sealed(&line), 1, prev) {
            Ok(_) => good += 1,
            Err(_) => bad += 1,
        }
    }
    assert!(good > 30 && bad > 20, "{good} and {bad}");
}

/// What somebody may have done to a line, with the seal made anew.
#[derive(Debug, Clone)]
enum Change {
    Flip(Index, u8),
    Swap(Index, Index),
    Insert(Index, &'static str),
    /// Behind a quote, a comma, a colon or a brace: where a line means something.
    InsertAtJoint(Index, &'static str),
    Remove(Index),
    Replace(&'static str, &'static str),
}

const PIECES: [&str; 26] = [
    " ",
    "\t",
    "\n",
    "\"",
    "\\",
    "\\n",
    "\\u0041",
    "\u{1}",
    "\u{7f}",
    "\u{fc}",
    "0",
    "1",
    "-",
    "+",
    ".0",
    "e0",
    ",",
    ":",
    "{",
    "}",
    "[]",
    "null",
    ",\"x\":1",
    "\"x\":1,",
    ",\"by\":\"bob\"",
    "\"v\":9,",
];

const WORDS: [(&str, &str); 10] = [
    ("\"v\":1", "\"v\":2"),
    ("\"v\":1", "\"v\":01"),
    ("\"v\":1", "\"v\":18446744073709551617"),
    ("\"seq\":", "\"seq\":0"),
    ("\"seq\":", "\"seq\":1844674407370955161"),
    ("\"by\"", "\"b\\u0079\""),
    ("\"at\"", "\"by\""),
    ("Z\"", "+00:00\""),
    ("\"event\":{", "\"event\":{\"x\":{},"),
    ("\"event\":", "\"event\":null,\"event\":"),
];

fn changes() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    let piece = || prop::sample::select(&PIECES[..]);
    prop_oneof![
        (place(), 0_u8..7).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (place(), place()).prop_map(|(one, other)| Change::Swap(one, other)),
        (place(), piece()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (place(), piece()).prop_map(|(at, piece)| Change::InsertAtJoint(at, piece)),
        place().prop_map(Change::Remove),
        prop::sample::select(&WORDS[..]).prop_map(|(from, to)| Change::Replace(from, to)),
    ]
}

impl Change {
    fn make(&self, text: &mut Vec<char>) {
        match self {
            Self::Flip(at, bit) => {
                let at = at.index(text.len());
                if let Ok(byte) = u8::try_from(text[at])
                    && byte.is_ascii()
                {
                    text[at] = (byte ^ (1 << bit)).into();
                }
            }
            Self::Swap(one, other) => {
                let (one, other) = (one.index(text.len()), other.index(text.len()));
                text.swap(one, other);
            }
            Self::Insert(at, piece) => {
                let at = at.index(text.len() + 1);
                text.splice(at..at, piece.chars());
            }
            Self::InsertAtJoint(at, piece) => {
                let is_joint = |&at: &usize| matches!(text[at], '"' | ',' | ':' | '{' | '}');
                let joints: Vec<usize> = (0..text.len()).filter(is_joint).collect();
                let at = 1 + *at.get(&joints);
                text.splice(at..at, piece.chars());
            }
            Self::Remove(at) => {
                text.remove(at.index(text.len()));
            }
            Self::Replace(from, to) => {
                let whole: String = text.iter().collect();
                *text = whole.replacen(from, to, 1).chars().collect();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(3000)
    })]

    #[test]
    fn a_line_is_read_as_the_slow_way_reads_it(
        which in any::<Index>(),
        seq in prop_oneof![1_u64..200, any::<u64>()],
        before in any::<u8>(),
        by in prop_oneof!["[a-z]{1,8}", ".{0,8}", any::<String>()],
        nanos in 0_i64..2_000_000_000,
        changes in prop::collection::vec(changes(), 0..4),
    ) {
        let mut wanted = entries().swap_remove(which.index(entries().len()));
        wanted.by = by.into();
        wanted.at += chrono::TimeDelta::nanoseconds(nanos);
        let prev = Hash::of(&[before]);
        let (_, line) = Record::seal(seq, prev, wanted.clone()).unwrap();
        prop_assert_eq!(read(&line, seq, prev), Ok(wanted));
        let mut text: Vec<char> = body(&line).chars().collect();
        for change in changes {
            change.make(&mut text);
        }
        let _ = read(&sealed(&text.iter().collect::<String>()), seq, prev);
    }
}
