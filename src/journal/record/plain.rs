//! A line as [`Record::seal`](super::Record::seal) writes it, which is how nearly every
//! line looks: taken apart by its places. Reading all that a line may look like takes
//! longer than reading what happened.
//!
//! Nothing is refused here. A line that looks otherwise in any way is left to those who
//! read all of them, and they say what is wrong with it.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Hash, SEAL_LENGTH};
use crate::engine::Event;

/// How a line of this version begins.
const BEGIN: &str = "{\"v\":1,\"seq\":";
const _: () = assert!(super::VERSION == 1, "BEGIN has it too");

/// Whose text has so many opening brackets may be nested deeper than a whole line may be.
/// Without the line around it, it would be allowed one level more.
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
    let (at, rest) = rest.strip_prefix("\",\"at\":\"")?.split_once('"')?;
    let at = time(at.as_bytes())?;
    let (by, rest) = rest.strip_prefix(",\"by\":\"")?.split_once('"')?;
    if by.bytes().any(|byte| byte == b'\\' || byte < b' ') {
        return None;
    }
    let event = rest.strip_prefix(",\"event\":")?;
    if memchr::memchr2_iter(b'{', b'[', event.as_bytes())
        .nth(BRACKETS)
        .is_some()
    {
        return None;
    }
    Some((at, by, serde_json::from_str(event).ok()?))
}

/// What stands behind this number.
fn numbered(text: &str, wanted: u64) -> Option<&str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    // One way to write it: JSON knows no leading zeros.
    let fits = !number.starts_with('0') && number.parse() == Ok(wanted);
    fits.then_some(rest)
}

/// `2026-11-21T08:33:11.887954914Z`, with or without a fraction.
pub(super) fn time(text: &[u8]) -> Option<DateTime<Utc>> {
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0, |number: u32, digit| {
            let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
            Some(number * 10 + digit)
        })
    };
    let (moment, fraction) = text.strip_suffix(b"Z")?.split_at_checked(19)?;
    let at = |place: usize, wanted: u8| (moment[place] == wanted).then_some(());
    at(4, b'-').and(at(7, b'-')).and(at(10, b'T'))?;
    at(13, b':').and(at(16, b':'))?;
    let part = |from: usize| number(&moment[from..from + 2]);
    let year = number(&moment[..4])?.cast_signed();
    let date = NaiveDate::from_ymd_opt(year, part(5)?, part(8)?)?;
    let nanos = match fraction {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            let missing = u32::try_from(9 - digits.len()).ok()?;
            number(digits)? * 10_u32.pow(missing)
        }
        _ => return None,
    };
    let time = date.and_hms_nano_opt(part(11)?, part(14)?, part(17)?, nanos)?;
    Some(time.and_utc())
}

#[cfg(test)]
mod tests;
