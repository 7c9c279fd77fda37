//! One line of the journal.

use std::{fmt, io, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::engine::Entry;

/// The version of a line's format.
pub const VERSION: u32 = 1;

/// A SHA-256. The first line's predecessor is all zeros.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
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
        let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 64 || !text.bytes().all(digit) {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).map_err(|_| wrong())?;
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

#[derive(Serialize)]
struct Body<'a> {
    v: u32,
    seq: u64,
    prev: String,
    #[serde(flatten)]
    entry: &'a Entry,
}

#[derive(Deserialize)]
struct Line {
    v: u32,
    seq: u64,
    prev: String,
    at: chrono::DateTime<chrono::Utc>,
    by: String,
    event: Box<serde_json::value::RawValue>,
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

    /// Reads a line and checks its place in the chain.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(line: &[u8], seq: u64, prev: Hash) -> Result<Self, String> {
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
        let hash: Hash = digits.parse()?;
        if Hash::of(body.as_bytes()) != hash {
            return Err("its hash does not fit its content: it was changed".to_owned());
        }
        let line: Line =
            serde_json::from_str(text).map_err(|error| format!("it cannot be read: {error}"))?;
        if line.v > VERSION {
            return Err(format!(
                "it is of version {}; this rbconsole reads up to {VERSION}: update it",
                line.v
            ));
        }
        if line.seq != seq {
            return Err(format!("its number is {}, not {seq}", line.seq));
        }
        if line.prev != prev.to_string() {
            return Err(
                "it does not follow the line before it: one was changed, removed or moved"
                    .to_owned(),
            );
        }
        let event = serde_json::from_str(line.event.get())
            .map_err(|error| format!("its event cannot be read: {error}"))?;
        Ok(Self {
            seq,
            hash,
            entry: Entry {
                at: line.at,
                by: line.by,
                event,
            },
        })
    }
}
