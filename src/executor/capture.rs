//! Taking values out of standard output, and out of what a command wrote into its
//! variables' file.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use memchr::memrchr;
use regex::bytes::Regex;

use super::value_file;
use crate::engine::{effect::Capture, observed::Captured};
use crate::runbook::Pick;

/// How much of standard output is looked at.
const LIMIT: usize = 1 << 20;
/// How much of its end is kept for the last lines.
const TAIL: usize = 64 << 10;

/// What is kept of standard output while it flows.
#[derive(Debug, Default)]
pub struct Keep {
    head: Vec<u8>,
    tail: Vec<u8>,
    truncated: bool,
    /// Nothing is taken from standard output: memory is not spent on it.
    spared: bool,
}

impl Keep {
    /// Keeps what these values are taken from.
    pub fn of(wanted: &Capture) -> Self {
        let from_file = |pick: &Pick| matches!(pick, Pick::Variable(_));
        Self {
            spared: wanted.expect_stdout.is_none() && wanted.picks.values().all(from_file),
            ..Self::default()
        }
    }

    /// Whether there is anything to take note of.
    pub fn is_wanted(&self) -> bool {
        !self.spared
    }

    /// Takes note of a piece of standard output.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.spared {
            return;
        }
        let room = LIMIT - self.head.len();
        if bytes.len() <= room {
            self.head.extend_from_slice(bytes);
            return;
        }
        self.head.extend_from_slice(&bytes[..room]);
        let rest = &bytes[room..];
        self.truncated = true;
        let keep = &rest[rest.len().saturating_sub(TAIL)..];
        let excess = (self.tail.len() + keep.len()).saturating_sub(TAIL);
        self.tail.drain(..excess.min(self.tail.len()));
        self.tail.extend_from_slice(keep);
    }

    /// Takes the values out, those of the variables' file (masked) among them.
    pub fn capture(&self, wanted: &Capture, file: &[u8]) -> Captured {
        let variables = value_file::parse(file);
        let no_text = wanted.picks.values().find_map(|pick| match pick {
            Pick::Variable(name) => variables
                .get(name.as_bytes())
                .is_some_and(|value| as_written(value).is_none())
                .then(|| {
                    format!("what stands for {name} in the file that $RBCONSOLE_OUTPUT names is no UTF-8 text")
                }),
            _ => None,
        });
        let pick = |pick: &Pick| match pick {
            Pick::Variable(name) => variables
                .get(name.as_bytes())
                .and_then(|value| as_written(value)),
            _ => self.pick(pick),
        };
        Captured {
            values: wanted
                .picks
                .iter()
                .map(|(name, from)| (name.clone(), pick(from)))
                .collect(),
            stdout_matches: wanted
                .expect_stdout
                .as_ref()
                .map(|pattern| regex(pattern).is_some_and(|regex| regex.is_match(&self.head))),
            truncated: self.truncated,
            unread: no_text,
        }
    }

    fn pick(&self, pick: &Pick) -> Option<String> {
        match pick {
            Pick::Regex(pattern) => {
                let found = regex(pattern)?.captures(&self.head)?;
                text(found.get(1)?.as_bytes())
            }
            Pick::Json(pointer) => {
                if self.truncated {
                    return None;
                }
                let value: serde_json::Value = serde_json::from_slice(&self.head).ok()?;
                match value.pointer(pointer)? {
                    serde_json::Value::Null => None,
                    serde_json::Value::String(found) => Some(found.clone()),
                    other => Some(other.to_string()),
                }
            }
            Pick::Line(number) if *number < 0 => self.line_from_end(number.unsigned_abs()),
            Pick::Line(number) => {
                let index = usize::try_from(number.checked_sub(1)?).ok()?;
                let lines = self.head.strip_suffix(b"\n").unwrap_or(&self.head);
                if lines.is_empty() {
                    return None;
                }
                let line = lines.split(|&byte| byte == b'\n').nth(index)?;
                text(line)
            }
            Pick::Variable(_) => None,
            Pick::Text if self.truncated => None,
            Pick::Text => text(self.head.strip_suffix(b"\n").unwrap_or(&self.head)),
        }
    }

    fn line_from_end(&self, number: u64) -> Option<String> {
        let all = if self.truncated {
            &self.tail
        } else {
            &self.head
        };
        let mut rest = all.strip_suffix(b"\n").unwrap_or(all);
        if rest.is_empty() {
            return None;
        }
        for _ in 1..number {
            rest = &rest[..memrchr(b'\n', rest)?];
        }
        let start = memrchr(b'\n', rest).map_or(0, |at| at + 1);
        text(&rest[start..])
    }
}

/// A pattern, ready to be searched for. Scenarios ask for the same few a thousand times;
/// shared, since a copy would begin without what searching has learnt.
fn regex(pattern: &str) -> Option<Rc<Regex>> {
    /// More than any runbook has.
    const MOST: usize = 1000;
    thread_local! {
        static READY: RefCell<HashMap<String, Rc<Regex>>> = RefCell::default();
    }
    READY.with_borrow_mut(|ready| {
        if let Some(regex) = ready.get(pattern) {
            return Some(Rc::clone(regex));
        }
        let regex = Rc::new(Regex::new(pattern).ok()?);
        if ready.len() >= MOST {
            ready.clear();
        }
        ready.insert(pattern.to_owned(), Rc::clone(&regex));
        Some(regex)
    })
}

/// Values are text: what is not UTF-8 is not taken.
fn as_written(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    (!text.contains('\0')).then_some(text)
}

fn text(bytes: &[u8]) -> Option<String> {
    as_written(bytes).map(|text| text.trim_end_matches('\r').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(output: &str, pick: Pick) -> Option<String> {
        let mut keep = Keep::default();
        keep.push(output.as_bytes());
        let picks = [("x".to_owned(), pick)].into();
        let wanted = Capture {
            picks,
            expect_stdout: None,
        };
        keep.capture(&wanted, b"").values["x"].clone()
    }

    #[test]
    fn takes_what_the_author_asked_for() {
        let output = "rate 7.2 %\nrate 9\n{\"a\"\n";
        assert_eq!(
            pick(output, Pick::Regex(r"rate ([\d.]+)".into())).as_deref(),
            Some("7.2")
        );
        assert_eq!(pick(output, Pick::Regex("nothing (x)".into())), None);
        assert_eq!(pick(output, Pick::Line(2)).as_deref(), Some("rate 9"));
        assert_eq!(pick(output, Pick::Line(-1)).as_deref(), Some("{\"a\""));
        assert_eq!(pick(output, Pick::Line(9)), None);
        assert_eq!(pick(output, Pick::Line(-9)), None);
        assert_eq!(pick("", Pick::Line(1)), None);
        assert_eq!(pick("a\nb\n", Pick::Text).as_deref(), Some("a\nb"));
        let json = r#"{"a":{"b":[1,"x"]}}"#;
        assert_eq!(
            pick(json, Pick::Json("/a/b/1".into())).as_deref(),
            Some("x")
        );
        assert_eq!(
            pick(json, Pick::Json("/a/b/0".into())).as_deref(),
            Some("1")
        );
        assert_eq!(pick(json, Pick::Json("/nothing".into())), None);
    }

    #[test]
    fn a_variable_comes_from_the_file_alone() {
        let mut keep = Keep::default();
        keep.push(b"a=printed\nb=printed\n");
        let picks = ["a", "b", "c", "d"]
            .map(|name| (name.to_owned(), Pick::Variable(name.to_owned())))
            .into();
        let wanted = Capture {
            picks,
            expect_stdout: None,
        };
        let found = keep.capture(&wanted, b"undeclared=9\na=1\na=2\nc=\xff\nd=x\0y\n");
        assert_eq!(found.values.len(), 4);
        assert_eq!(found.values["a"].as_deref(), Some("2"));
        for name in ["b", "c", "d"] {
            assert_eq!(found.values[name], None, "{name}");
        }
        // That a value is no text is told, of those that are wanted.
        let why = found.unread.unwrap();
        assert!(
            why.contains("for c in the file") && why.contains("UTF-8"),
            "{why}"
        );
        assert_eq!(keep.capture(&wanted, b"other=\xff\na=1\n").unread, None);
    }

    #[test]
    fn only_what_something_is_taken_from_is_kept() {
        let picks = |pick: Pick| Capture {
            picks: [("x".to_owned(), pick)].into(),
            expect_stdout: None,
        };
        let expects = Capture {
            expect_stdout: Some("text".to_owned()),
            ..picks(Pick::Variable("x".into()))
        };
        for (wanted, kept) in [
            (Capture::default(), 0),
            (picks(Pick::Variable("x".into())), 0),
            (picks(Pick::Text), 4),
            (picks(Pick::Line(-1)), 4),
            (expects, 4),
        ] {
            let mut keep = Keep::of(&wanted);
            keep.push(b"text");
            assert_eq!(keep.head.len(), kept, "{wanted:?}");
            let found = keep.capture(&wanted, b"x=5\n");
            assert!(found.values.values().all(Option::is_some), "{wanted:?}");
            assert_ne!(found.stdout_matches, Some(false), "{wanted:?}");
        }
    }

    #[test]
    fn the_end_of_a_flood_is_kept() {
        let mut keep = Keep::default();
        for _ in 0..40 {
            keep.push(&b"0123456789\n".repeat(10_000));
        }
        keep.push(b"the end\n");
        assert!(keep.head.len() <= LIMIT && keep.tail.len() <= TAIL);
        assert_eq!(keep.pick(&Pick::Line(-1)).as_deref(), Some("the end"));
        assert_eq!(keep.pick(&Pick::Line(1)).as_deref(), Some("0123456789"));
        assert_eq!(keep.pick(&Pick::Text), None);
    }
}
