//! The expected route beside the one that was taken.

use super::Failure;
use crate::engine::{Event, event::Answered, state::PhaseStatus};
use crate::runbook::{CLEANUP, diagnostic::Span};
use crate::scenario::play::Played;

/// The phases that were entered, in order.
pub fn taken(played: &Played) -> Vec<String> {
    played
        .state
        .phases
        .iter()
        // The cleanup follows every route and is none.
        .filter(|phase| {
            phase.id != CLEANUP && !matches!(phase.status, PhaseStatus::NotTaken { .. })
        })
        .map(|phase| phase.id.clone())
        .collect()
}

/// How far a story came that went no further.
pub fn so_far(played: &Played) -> Vec<String> {
    let taken = taken(played);
    if taken.is_empty() {
        return Vec::new();
    }
    vec![format!("the route so far: {}", taken.join(" → "))]
}

/// Compares two routes, if they differ.
pub fn compare(at: Span, expected: &[String], played: &Played) -> Option<Failure> {
    let taken = taken(played);
    if taken == expected {
        return None;
    }
    let pairs = align(expected, &taken);
    let parts = pairs.iter().position(|(a, b)| a != b);
    let why = parts
        .and_then(|row| pairs[row].0)
        .and_then(|phase| why_not(played, phase));
    let mut failure = Failure::new(at, "the run took another route").detail(table(&pairs, parts));
    if let Some(why) = why.or_else(|| super::last_trouble(played)) {
        failure = failure.hint(why);
    }
    Some(failure)
}

/// Why a phase was not entered: its condition, or the answer that leads elsewhere.
pub fn why_not(played: &Played, phase: &str) -> Option<String> {
    let state = &played.state;
    for known in &state.phases {
        match &known.status {
            PhaseStatus::NotTaken { because } if known.id == phase => {
                return Some(format!("`{phase}` is not taken: {because} is false"));
            }
            _ if known.id == phase => return None,
            _ => {}
        }
    }
    let led = played
        .entries
        .iter()
        .rev()
        .find_map(|entry| match &entry.event {
            Event::GateAnswered(answered) if !answered.route.iter().any(|id| id == phase) => {
                let Answered {
                    gate,
                    answer,
                    route,
                    ..
                } = &**answered;
                Some(if route.is_empty() {
                    format!("the answer `{answer}` to `{gate}` ends the route")
                } else {
                    let route = route.join(", ");
                    format!("the answer `{answer}` to `{gate}` leads to {route}")
                })
            }
            _ => None,
        });
    led.or_else(|| super::last_trouble(played))
}

type Row<'a> = (Option<&'a str>, Option<&'a str>);

/// Two lists side by side: the longest common part stands in the same rows.
fn align<'a>(left: &'a [String], right: &'a [String]) -> Vec<Row<'a>> {
    let mut longest = vec![vec![0usize; right.len() + 1]; left.len() + 1];
    for (i, a) in left.iter().enumerate().rev() {
        for (j, b) in right.iter().enumerate().rev() {
            longest[i][j] = if a == b {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut rows = Vec::new();
    while i < left.len() || j < right.len() {
        let both = i < left.len() && j < right.len();
        if both && left[i] == right[j] {
            rows.push((Some(left[i].as_str()), Some(right[j].as_str())));
            (i, j) = (i + 1, j + 1);
        } else if i < left.len() && (!both || longest[i + 1][j] >= longest[i][j + 1]) {
            rows.push((Some(left[i].as_str()), None));
            i += 1;
        } else {
            rows.push((None, Some(right[j].as_str())));
            j += 1;
        }
    }
    rows
}

fn table(rows: &[Row<'_>], parts: Option<usize>) -> Vec<String> {
    let width = rows
        .iter()
        .filter_map(|(left, _)| left.map(|name| name.chars().count()))
        .chain(["expected".len()])
        .max()
        .unwrap_or_default();
    let mut lines = vec![format!("  {:width$}  taken", "expected")];
    for (number, (left, right)) in rows.iter().enumerate() {
        let mark = if left == right { ' ' } else { '≠' };
        let here = if parts == Some(number) {
            "   <- they part here"
        } else {
            ""
        };
        lines.push(format!(
            "{mark} {:width$}  {}{here}",
            left.unwrap_or("–"),
            right.unwrap_or("–"),
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_common_stands_side_by_side() {
        let names = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        let (left, right) = (names("a b c d"), names("a c x d"));
        let rows = align(&left, &right);
        assert_eq!(
            table(&rows, Some(1)),
            [
                "  expected  taken",
                "  a         a",
                "≠ b         –   <- they part here",
                "  c         c",
                "≠ –         x",
                "  d         d",
            ]
        );
    }
}
