//! Times as people say them: `14:15`, `-20m`, `2026-06-26T14:15Z`.

use chrono::{DateTime, Local, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};

use crate::runbook::parse_duration;

/// Reads a time. `14:15` is the latest such time in the past, local.
///
/// # Errors
/// A sentence for the operator when it is no time or lies in the future.
pub fn parse(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    let at = if let Some(ago) = text.strip_prefix('-') {
        let ago = parse_duration(ago)?;
        TimeDelta::from_std(ago)
            .ok()
            .and_then(|ago| now.checked_sub_signed(ago))
            .ok_or_else(|| format!("`{text}` is too long ago"))?
    } else if let Some(time) = time_of_day(text) {
        latest(time, now).ok_or_else(|| format!("there was no {text} today or yesterday"))?
    } else {
        moment(text).ok_or_else(|| {
            format!("`{text}` is not a time: write 14:15, -20m or 2026-06-26T14:15Z")
        })?
    };
    if at > now {
        return Err(format!(
            "{} UTC is in the future",
            at.format("%Y-%m-%d %H:%M:%S")
        ));
    }
    Ok(at)
}

/// Splits a note that begins with a time: `14:15 high error rate`.
pub fn split(note: &str, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, &str) {
    let trimmed = note.trim_start();
    let Some((first, rest)) = trimmed.split_once(char::is_whitespace) else {
        return (None, note.trim());
    };
    let looks_like_time =
        first.contains(':') || (first.starts_with('-') && first.ends_with(['s', 'm', 'h', 'd']));
    match parse(first, now) {
        Ok(at) if looks_like_time && !rest.trim().is_empty() => (Some(at), rest.trim()),
        _ => (None, note.trim()),
    }
}

/// Whether a note has a time and nothing behind it: `14:15`.
pub fn is_only_time(note: &str, now: DateTime<Utc>) -> bool {
    let note = note.trim();
    !note.contains(char::is_whitespace) && split(&format!("{note} x"), now).0.is_some()
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(text, format).ok())
}

fn latest(time: NaiveTime, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let today = now.with_timezone(&Local).date_naive();
    [Some(today), today.pred_opt()]
        .into_iter()
        .flatten()
        .filter_map(|day| Local.from_local_datetime(&day.and_time(time)).latest())
        .map(|at| at.with_timezone(&Utc))
        .find(|at| *at <= now)
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    let bare = text.strip_suffix('Z')?;
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(bare, format).ok())
        .map(|at| at.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-06-26T14:30:00Z".parse().unwrap()
    }

    #[test]
    fn reads_times_as_people_say_them() {
        let utc = |text: &str| parse(text, now()).unwrap().to_rfc3339();
        assert_eq!(utc("-20m"), "2026-06-26T14:10:00+00:00");
        assert_eq!(utc("2026-06-26T14:15Z"), "2026-06-26T14:15:00+00:00");
        assert_eq!(
            utc("2026-06-26T16:15:30+02:00"),
            "2026-06-26T14:15:30+00:00"
        );
        let at = parse("14:15", now()).unwrap();
        assert!(at <= now() && now() - at < TimeDelta::days(1));
        assert_eq!(
            at.with_timezone(&Local).format("%H:%M").to_string(),
            "14:15"
        );
        assert!(
            parse("2026-06-26T14:31Z", now())
                .unwrap_err()
                .contains("future")
        );
        assert!(parse("soon", now()).unwrap_err().contains("not a time"));
    }

    #[test]
    fn a_note_may_begin_with_a_time() {
        let (at, text) = split("-5m pager went off", now());
        assert_eq!(at, Some(now() - TimeDelta::minutes(5)));
        assert_eq!(text, "pager went off");
        assert_eq!(split("-v is the flag", now()), (None, "-v is the flag"));
        assert_eq!(split("14:15", now()), (None, "14:15"));
        assert_eq!(split("just words", now()), (None, "just words"));
    }
}
