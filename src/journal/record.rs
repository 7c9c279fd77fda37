//! One line of the journal.

mod plain;

use std::{borrow::Cow, collections::HashSet, fmt, io, str::FromStr, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::engine::{Entry, Event, event::moment};

/// The version of a line's format.
pub const VERSION: u32 = 1;

/// A SHA-256. The first line's predecessor is all zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl Hash {
    /// As it is written. Made and compared twice a line of a journal: a digit at a time
    /// would cost a third of what the hash itself does.
    fn digits(self) -> [[u8; 2]; 32] {
        self.0.map(|byte| PAIRS[usize::from(byte)])
    }
}

/// The two digits of each byte.
const PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let (mut pairs, mut byte) = ([[0; 2]; 256], 0);
    while byte < pairs.len() {
        pairs[byte] = [digits[byte >> 4], digits[byte & 0xf]];
        byte += 1;
    }
    pairs
};

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.digits().as_flattened()))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Hash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "not a SHA-256 in hexadecimal".to_owned();
        // One way to write it: a capital letter or a sign in a journal is a change to it.
        let digit = |digit: u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(wrong()),
        };
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

/// An entry with its place in the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// From 1, without gaps.
    pub seq: u64,
    /// What happened.
    pub entry: Entry,
    /// The hash of this line.
    pub hash: Hash,
}

/// A line's place in the chain, as it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Its number.
    pub seq: u64,
    /// The hash of the line that it follows.
    pub prev: Hash,
    /// Its own.
    pub hash: Hash,
}

#[derive(Serialize)]
struct Body<'a> {
    v: u32,
    seq: u64,
    prev: String,
    #[serde(flatten)]
    entry: &'a Entry,
}

/// A line, with its event as it is wanted: read, or only kept.
#[derive(Deserialize)]
struct Line<'a, E> {
    v: u32,
    seq: u64,
    #[serde(borrow)]
    prev: Cow<'a, str>,
    #[serde(deserialize_with = "moment::read")]
    at: DateTime<Utc>,
    #[serde(borrow)]
    by: Cow<'a, str>,
    event: E,
}

impl<'a, E: Deserialize<'a>> Line<'a, E> {
    fn read(text: &'a str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("it cannot be read: {error}"))
    }

    /// What is wrong with its place in the chain.
    fn misplaced(&self, seq: u64, prev: Hash) -> Option<String> {
        if self.v > VERSION {
            return Some(format!(
                "it is of version {}; this rbconsole reads up to {VERSION}: update it",
                self.v
            ));
        }
        if self.seq != seq {
            return Some(format!("its number is {}, not {seq}", self.seq));
        }
        (self.prev.as_bytes() != prev.digits().as_flattened()).then(|| {
            "it does not follow the line before it: one was changed, removed or moved".to_owned()
        })
    }
}

/// The line's end: `,"hash":"<64 digits>"}`; the hash covers all before it.
const SEAL: &str = ",\"hash\":\"";
const SEAL_LENGTH: usize = SEAL.len() + 64 + 2;

impl Record {
    /// Makes a line: the record and its text without the newline.
    ///
    /// # Errors
    /// When the entry cannot be written as JSON.
    pub fn seal(seq: u64, prev: Hash, entry: Entry) -> io::Result<(Self, String)> {
        let body = Body {
            v: VERSION,
            seq,
            prev: prev.to_string(),
            entry: &entry,
        };
        let mut text = serde_json::to_string(&body).map_err(io::Error::other)?;
        text.pop();
        let hash = Hash::of(text.as_bytes());
        text.push_str(SEAL);
        text.push_str(&hash.to_string());
        text.push_str("\"}");
        Ok((Self { seq, entry, hash }, text))
    }

    /// What a line says of its place: its number and the hash of the line before.
    pub(super) fn follows(line: &[u8]) -> Option<(u64, Hash)> {
        let line = Line::<&RawValue>::read(std::str::from_utf8(line).ok()?).ok()?;
        Some((line.seq, line.prev.parse().ok()?))
    }

    /// Reads a line's place in the chain, wherever it stands.
    ///
    /// # Errors
    /// When it is not what was written.
    pub fn link(line: &[u8]) -> Result<Link, String> {
        let (text, hash) = unsealed(line)?;
        let line = Line::<&RawValue>::read(text)?;
        let prev = (line.prev.parse())
            .map_err(|why| format!("the hash of the line before it is {why}"))?;
        let seq = line.seq;
        Ok(Link { seq, prev, hash })
    }

    /// Reads a line and checks its place in the chain.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(line: &[u8], seq: u64, prev: Hash) -> Result<Self, String> {
        Self::open_next(line, seq, prev, &mut Names::default())
    }

    /// The same for one of many.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn open_next(
        line: &[u8],
        seq: u64,
        prev: Hash,
        names: &mut Names,
    ) -> Result<Self, String> {
        let (text, hash) = unsealed(line)?;
        let entry = match plain::entry(text, seq, prev) {
            Some((at, by, event)) => Entry {
                at,
                by: names.shared(by),
                event,
            },
            None => any_entry(text, seq, prev, names)?,
        };
        Ok(Self { seq, entry, hash })
    }
}

/// The entry of a line whatever it looks like, or what is wrong with it.
fn any_entry(text: &str, seq: u64, prev: Hash, names: &mut Names) -> Result<Entry, String> {
    let Ok(line) = Line::<Event>::read(text) else {
        return Err(unreadable(text, seq, prev));
    };
    if let Some(wrong) = line.misplaced(seq, prev) {
        return Err(wrong);
    }
    Ok(Entry {
        at: line.at,
        by: names.shared(&line.by),
        event: line.event,
    })
}

/// Who was met while a journal is read. Few people write it, and thousands of lines: those
/// of one share their name.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: HashSet<Arc<str>>,
    /// Whose the last line was: mostly the next is theirs too.
    last: Option<Arc<str>>,
}

impl Names {
    fn shared(&mut self, name: &str) -> Arc<str> {
        let last = self.last.take().filter(|last| **last == *name);
        let known = last.or_else(|| self.known.get(name).cloned());
        let name = known.unwrap_or_else(|| {
            let new = Arc::from(name);
            self.known.insert(Arc::clone(&new));
            new
        });
        self.last = Some(Arc::clone(&name));
        name
    }
}

/// A line's text and its hash, if they fit each other.
fn unsealed(line: &[u8]) -> Result<(&str, Hash), String> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
    let split = text
        .len()
        .checked_sub(SEAL_LENGTH)
        .filter(|&at| text.is_char_boundary(at))
        .ok_or("it is too short")?;
    let (body, seal) = text.split_at(split);
    let digits = seal
        .strip_prefix(SEAL)
        .and_then(|rest| rest.strip_suffix("\"}"))
        .ok_or("its hash is missing")?;
    let hash = Hash::of(body.as_bytes());
    if hash.digits().as_flattened() != digits.as_bytes() {
        digits.parse::<Hash>()?;
        return Err("its hash does not fit its content: it was changed".to_owned());
    }
    Ok((text, hash))
}

/// Why a line cannot be read: one of a later version has events that nobody knows here.
fn unreadable(text: &str, seq: u64, prev: Hash) -> String {
    let line = match Line::<&RawValue>::read(text) {
        Ok(line) => line,
        Err(wrong) => return wrong,
    };
    line.misplaced(seq, prev).unwrap_or_else(|| {
        match serde_json::from_str::<Event>(line.event.get()) {
            Err(error) => format!("its event cannot be read: {error}"),
            Ok(_) => "it cannot be read".to_owned(),
        }
    })
}
