//! Commands of which nobody knew whether they took effect: what the author's probe
//! said, and what the operator concluded.

use std::fmt::{self, Write};

use super::{Source, how, utc};
use crate::engine::{
    AttemptId, Entry, Event,
    event::{Conclusion, Outcome, Probed},
};
use crate::report::{
    escape::{fence, inline},
    timeline::step_title,
};

struct Doubt<'a> {
    step: &'a str,
    attempt: AttemptId,
    reason: &'a str,
    probed: Option<&'a Probed>,
    concluded: Option<String>,
}

/// A section for each, if there was one.
pub(super) fn write(out: &mut String, source: &Source<'_>) -> fmt::Result {
    let doubts = collect(source);
    if doubts.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", source.heading(2, "Unknown outcomes"))?;
    for doubt in doubts {
        let title = inline(&step_title(source.state, doubt.step));
        writeln!(out, "{}", source.heading(3, &title))?;
        writeln!(out, "- Why it is not known: {}", inline(doubt.reason))?;
        if let Some(probed) = doubt.probed {
            let (advice, how) = (probed.advice.word(), how(&probed.ended));
            writeln!(out, "- The probe says: {advice} ({how})")?;
        }
        let concluded = doubt.concluded.as_deref();
        let concluded = concluded.unwrap_or("**nothing: it is still not known**");
        writeln!(out, "- The operator concluded: {concluded}\n")?;
        if let Some(probed) = doubt.probed.filter(|probed| !probed.text.trim().is_empty()) {
            writeln!(out, "The probe printed:\n\n{}", fence(&probed.text, "text"))?;
        }
    }
    Ok(())
}

fn collect<'a>(source: &'a Source<'_>) -> Vec<Doubt<'a>> {
    let mut doubts: Vec<Doubt<'a>> = Vec::new();
    for entry in source.entries {
        match &entry.event {
            Event::AttemptFinished {
                attempt,
                outcome: Outcome::Unknown { reason },
                ..
            } => {
                // Of those that ran together the round is judged.
                let known = source.state.attempts.get(attempt);
                if let Some(known) = known.filter(|known| known.launch.round == 0) {
                    doubts.push(doubt(&known.launch.step, *attempt, reason));
                }
            }
            Event::RoundFinished {
                step,
                attempt,
                outcome: Outcome::Unknown { reason },
                ..
            } => doubts.push(doubt(step, *attempt, reason)),
            Event::ProbeAnswered { attempt, probed } => {
                let of = doubts.iter_mut().rfind(|doubt| doubt.attempt == *attempt);
                if let Some(doubt) = of {
                    doubt.probed = Some(probed);
                }
            }
            Event::EffectDenied { step, reason } => {
                conclude(&mut doubts, entry, step, "it took no effect", reason);
            }
            Event::StepConcluded {
                step,
                conclusion: Conclusion::TookEffect { reason },
                ..
            } => conclude(&mut doubts, entry, step, "it took effect", reason),
            Event::StepConcluded {
                step,
                conclusion: Conclusion::Skipped { reason },
                ..
            } => conclude(&mut doubts, entry, step, "the step was left out", reason),
            _ => {}
        }
    }
    doubts
}

fn doubt<'a>(step: &'a str, attempt: AttemptId, reason: &'a str) -> Doubt<'a> {
    Doubt {
        step,
        attempt,
        reason,
        probed: None,
        concluded: None,
    }
}

fn conclude(doubts: &mut [Doubt<'_>], entry: &Entry, step: &str, what: &str, reason: &str) {
    let open = doubts
        .iter_mut()
        .rfind(|doubt| doubt.step == step && doubt.concluded.is_none());
    if let Some(doubt) = open {
        doubt.concluded = Some(format!(
            "{what} ({}), says {} at {}",
            inline(reason),
            inline(&entry.by),
            utc(entry.at)
        ));
    }
}
