//! A line as [`Record::seal`](super::Record::seal) writes it, which is how nearly every
//! line looks: taken apart by its places. Reading all that a line may look like takes
//! longer than reading what happened.
//!
//! Nothing is refused here. A line that looks otherwise in any way is left to those who
//! read all of them, and they say what is wrong with it.

use chrono::{DateTime, Utc};
use memchr::{memchr, memchr2_iter};

use super::{Hash, SEAL_LENGTH};
use crate::engine::{Event, event::moment};

/// How a line of this version begins.
const BEGIN: &str = "{\"v\":1,\"seq\":";
const _: () = assert!(super::VERSION == 1, "BEGIN has it too");

/// Whose text has so many opening brackets may be nested deeper than a whole line may be.
/// Without the line around it, it would be allowed one level more. A text that closes so
/// many again is at least twice as long.
const BRACKETS: usize = 64;

/// When it happened, who did it and what it was; nothing where the sealed line looks
/// otherwise or has another place in the chain.
pub(super) fn entry(line: &str, seq: u64, prev: Hash) -> Option<(DateTime<Utc>, &str, Event)> {
    let body = line.get(..line.len().checked_sub(SEAL_LENGTH)?)?;
    let rest = numbered(body.strip_prefix(BEGIN)?, seq)?;
    let (digits, rest) = rest.strip_prefix(",\"prev\":\"")?.split_at_checked(64)?;
    if digits.as_bytes() != prev.digits().as_flattened() {
        return None;
    }
    let (at, rest) = quoted(rest.strip_prefix("\",\"at\":\"")?)?;
    let at = moment::plain(at.as_bytes())?;
    let (by, rest) = quoted(rest.strip_prefix(",\"by\":\"")?)?;
    if by.bytes().any(|byte| byte == b'\\' || byte < b' ') {
        return None;
    }
    let event = rest.strip_prefix(",\"event\":")?;
    if event.len() >= 2 * BRACKETS && brackets(event).nth(BRACKETS - 1).is_some() {
        return None;
    }
    Some((at, by, serde_json::from_str(event).ok()?))
}

/// What stands before the next quote, and what behind it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let end = memchr(b'"', text.as_bytes())?;
    Some((&text[..end], &text[end + 1..]))
}

fn brackets(text: &str) -> impl Iterator<Item = usize> {
    memchr2_iter(b'{', b'[', text.as_bytes())
}

/// What stands behind this number.
fn numbered(text: &str, wanted: u64) -> Option<&str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    // One way to write it: JSON knows no leading zeros.
    let fits = !number.starts_with('0') && number.parse() == Ok(wanted);
    fits.then_some(rest)
}

#[cfg(test)]
mod tests;
