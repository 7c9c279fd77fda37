//! Durations as people write and read them: `90s`, `2m`, `1h30m`; `6m41s`.

use std::time::Duration;

/// Reads `500ms`, `90s`, `2m`, `1h30m`, `30d`.
///
/// # Errors
/// A sentence for the author when the text is not such a duration.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    let wrong = || format!("`{text}` is not a duration: write 500ms, 90s, 2m, 1h30m or 30d");
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .ok_or_else(|| format!("`{text}` has no unit: write `{text}s` for seconds"))?;
        let count: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let unit_end = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let milliseconds: u64 = match &rest[..unit_end] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        rest = &rest[unit_end..];
        total = count
            .checked_mul(milliseconds)
            .map(Duration::from_millis)
            .and_then(|part| total.checked_add(part))
            .filter(|sum| *sum <= Duration::from_hours(24 * 3650))
            .ok_or_else(|| format!("`{text}` is longer than ten years"))?;
    }
    Ok(total)
}

/// A duration for people: `0.4s`, `48s`, `6m41s`, `1h02m`, `3d04h`.
pub fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 if duration.is_zero() => "0s".to_owned(),
        // A command that takes no time at all is worth seeing as such.
        0 if duration.as_millis() < 100 => format!("{}ms", duration.as_millis()),
        0..=9 => {
            // Tenths matter only for short commands; whole seconds stay whole.
            let tenths = duration.as_millis() / 100;
            if tenths.is_multiple_of(10) {
                format!("{}s", tenths / 10)
            } else {
                format!("{}.{}s", tenths / 10, tenths % 10)
            }
        }
        10..=59 => format!("{seconds}s"),
        60..=3599 if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        60..=3599 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..=86_399 => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
        // The runbook's own writing of a time: `1h`, `30d`.
        86_400.. if (seconds % 86_400) < 3600 => format!("{}d", seconds / 86_400),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// A running clock: `0:03`, `12:40`, `1:02:03`.
pub fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 3600 {
        format!("{}:{:02}", seconds / 60, seconds % 60)
    } else {
        format!(
            "{}:{:02}:{:02}",
            seconds / 3600,
            seconds % 3600 / 60,
            seconds % 60
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_authors_write() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("90s", 90_000),
            ("1h30m", 5_400_000),
            ("30d", 2_592_000_000),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_millis(milliseconds))
            );
        }
        for text in ["", "5", "m", "5 m", "-1s", "99999999999999999999s", "9999d"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn writes_what_people_read() {
        for (milliseconds, text) in [
            (0, "0s"),
            (40, "40ms"),
            (420, "0.4s"),
            (1000, "1s"),
            (48_000, "48s"),
            (120_000, "2m"),
            (401_000, "6m41s"),
            (3_720_000, "1h02m"),
            (273_600_000, "3d04h"),
            (2_592_000_000, "30d"),
            (86_400_000, "1d"),
        ] {
            assert_eq!(human(Duration::from_millis(milliseconds)), text);
        }
        assert_eq!(clock(Duration::from_secs(63)), "1:03");
    }
}
