//! Reading a time. Each line of a journal has at least one, and reading all that a time may
//! look like takes several times longer than reading what is written here.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer};

use crate::engine::tagged::Text;

/// Reads a time, for `#[serde(deserialize_with)]`.
///
/// # Errors
/// When it is none.
pub fn read<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    let Text(text) = Text::deserialize(from)?;
    if let Some(time) = plain(text.as_bytes()) {
        return Ok(time);
    }
    text.parse().map_err(serde::de::Error::custom)
}

/// A time as it is written: `2026-11-21T08:33:11.887954914Z`, with or without a fraction.
pub fn plain(text: &[u8]) -> Option<DateTime<Utc>> {
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
mod tests {
    use super::*;

    #[test]
    fn a_plain_time_is_the_time_that_it_says() {
        for text in [
            "2026-11-21T08:33:11.887954914Z",
            "2026-11-21T08:33:11.88Z",
            "2024-02-29T00:00:00Z",
            "1970-01-01T23:59:59.000000001Z",
        ] {
            let wanted: DateTime<Utc> = text.parse().unwrap();
            assert_eq!(plain(text.as_bytes()), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_else_a_time_may_look_like_is_not_guessed() {
        for text in [
            "2026-11-21T08:33:11.887954914+00:00",
            "2026-11-21 08:33:11Z",
            "2026-02-29T00:00:00Z",
            "2026-11-21T08:33:60Z",
            "2026-11-21T08:33:11.Z",
            "2026-11-21T08:33:11.1234567890Z",
            "+026-11-21T08:33:11Z",
            "2026-11-21T08:33:1Z",
            "Z",
            "",
        ] {
            assert_eq!(plain(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn every_time_is_read() {
        let read = |text: &str| read(&mut serde_json::Deserializer::from_str(text)).ok();
        let wanted: DateTime<Utc> = "2026-11-21T08:33:11Z".parse().unwrap();
        for text in [
            r#""2026-11-21T08:33:11Z""#,
            r#""2026-11-21T09:33:11+01:00""#,
            r#""2026-11-21 08:33:11Z""#,
            r#""2026-11-21T08:33:1\u0031Z""#,
        ] {
            assert_eq!(read(text), Some(wanted), "{text}");
        }
        for text in [r#""2026-11-21T08:33:11""#, "\"\"", "null", "7"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
