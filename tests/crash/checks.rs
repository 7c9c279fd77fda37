//! What must hold when a run that was crashed is closed: compared with one that nothing happened to.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use rbconsole::{
    engine::{
        Entry, Event, State, Status,
        event::{Conclusion, RunOutcome},
        observed::{Ended, Report},
        state::PhaseStatus,
    },
    executor::attach::exit_record,
    journal::{audit::audit, recovery},
    template::Value,
};

use crate::{
    lab::{Found, Lab, words},
    operator::BY_HAND,
};

/// A closed run without what a crash may change: times, attempts, what the operator declared.
#[derive(Debug, PartialEq)]
pub struct End {
    outcome: Option<RunOutcome>,
    answers: BTreeMap<String, String>,
    values: BTreeMap<String, Value>,
    phases: Vec<(String, &'static str)>,
    steps: BTreeMap<String, String>,
}

impl End {
    pub fn of(state: &State) -> Self {
        let phases = state.phases.iter().map(|phase| {
            let word = match phase.status {
                PhaseStatus::Current { .. } => "current",
                PhaseStatus::Finished { .. } => "finished",
                PhaseStatus::Left { .. } => "left",
                PhaseStatus::NotTaken { .. } => "not taken",
            };
            (phase.id.clone(), word)
        });
        Self {
            outcome: state.closed.as_ref().map(|closed| closed.outcome),
            answers: state.answers.clone(),
            values: state.values.clone(),
            phases: phases.collect(),
            steps: state
                .steps
                .iter()
                .map(|(id, status)| (id.clone(), stands(status)))
                .collect(),
        }
    }
}

/// How a look stands whose supervisor was killed: it changed nothing, so it failed.
const UNSEEN: &str = "failed: its supervisor vanished, so its end was not recorded";

impl End {
    /// A look that was to fail and whose end nobody saw has failed as well, for a reason
    /// of its own.
    fn takes_the_unseen_for(&mut self, wanted: &Self, looks: &[&str]) {
        for (name, stands) in &mut self.steps {
            let wanted = wanted.steps.get(name);
            let fails = wanted.filter(|wanted| wanted.starts_with("failed: "));
            if let (true, UNSEEN, Some(wanted)) = (looks.contains(&name.as_str()), &**stands, fails)
            {
                stands.clone_from(wanted);
            }
        }
    }
}

fn stands(status: &Status) -> String {
    match status {
        Status::Concluded { conclusion, .. } => match conclusion {
            // That it took effect is the operator's word instead of the command's.
            Conclusion::Succeeded
            | Conclusion::TookEffect { .. }
            | Conclusion::DoneOffScript { .. } => "done".to_owned(),
            Conclusion::Skipped { reason } if reason == BY_HAND => "done".to_owned(),
            Conclusion::Skipped { .. } => "skipped".to_owned(),
            other => format!("{other:?}"),
        },
        Status::Answered { answer, .. } => format!("answered {answer}"),
        Status::NotTaken { .. } => "not taken".to_owned(),
        Status::Failed { reason, .. } => format!("failed: {reason}"),
        other => format!("{other:?}"),
    }
}

/// What is known of the crashes of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Crashed {
    /// Supervisors were killed: what they ran may be unknown.
    pub supervisors: bool,
}

/// Everything that is promised, of a closed run.
pub fn holds(lab: &mut Lab, wanted: &End, crashed: Crashed) -> Found<Tally> {
    lab.is_quiet()?;
    let state = lab.state()?;
    let mut end = End::of(&state);
    if crashed.supervisors {
        end.takes_the_unseen_for(wanted, lab.book.looks);
    }
    if end != *wanted {
        return Err(format!(
            "it ended otherwise:\n {end:?}\ninstead of\n {wanted:?}"
        ));
    }
    ran_as_often_as_wanted(lab)?;
    let entries = entries(lab)?;
    told_is_durable(lab, &entries)?;
    let tally = attempts_are_accounted_for(lab, &entries, crashed)?;
    let found = audit(&lab.run_dir()?, None).map_err(words)?;
    if !found.findings.is_empty() {
        return Err(format!("the audit: {:?}", found.findings));
    }
    lab.is_clean()?;
    Ok(tally)
}

/// Everything that is in the journal of a run.
pub fn entries(lab: &Lab) -> Found<Vec<Entry>> {
    let recovered = recovery::read(&lab.run_dir()?.journal()).map_err(words)?;
    if recovered.damage.is_some() || recovered.torn_bytes > 0 {
        return Err(format!(
            "the journal: {:?}, {} torn bytes",
            recovered.damage, recovered.torn_bytes
        ));
    }
    Ok(recovered.entries)
}

/// Nothing twice, nothing missing.
fn ran_as_often_as_wanted(lab: &Lab) -> Found<()> {
    let (counts, wanted) = (lab.counts(), lab.book.wanted());
    // What only looks may look again, and need not where the author goes on without it.
    let looks = |name: &str| lab.book.looks.contains(&name);
    for (name, count) in &counts {
        let most = wanted.get(name).copied().unwrap_or(0);
        if *count > most && !looks(name) {
            return Err(format!("{name} ran {count} times instead of {most}"));
        }
    }
    for (name, least) in &wanted {
        if !looks(name) && counts.get(name).is_none_or(|count| count < least) {
            return Err(format!("{name} did not run {least} times: {counts:?}"));
        }
    }
    // One attempt runs its commands once.
    let mut seen = BTreeSet::new();
    for mark in lab.marks() {
        if mark.1.starts_with(|c: char| c.is_ascii_digit()) && !seen.insert(mark.clone()) {
            return Err(format!("the attempt {} of {} ran twice", mark.1, mark.0));
        }
    }
    Ok(())
}

/// What a console has told is in the journal, in that order.
fn told_is_durable(lab: &Lab, entries: &[Entry]) -> Found<()> {
    let known: BTreeSet<String> = entries
        .iter()
        .filter_map(|entry| serde_json::to_value(entry).ok())
        .map(|value| value.to_string())
        .collect();
    for line in lab.told() {
        let value: serde_json::Value = serde_json::from_str(line).map_err(words)?;
        if !known.contains(&value.to_string()) {
            return Err(format!("it was told and is not in the journal: {line}"));
        }
    }
    Ok(())
}

/// How the attempts of a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub attempts: usize,
    /// Their outcome is not known and was declared.
    pub unknown: usize,
    /// They never ran, and the journal says so.
    pub void: usize,
    /// Their logs, every byte of which was compared with a digest.
    pub logs: usize,
}

/// Every attempt has an end in the journal, and it is the one that its supervisor recorded: the true exit and every
/// byte of output, or that nobody knows.
fn attempts_are_accounted_for(lab: &Lab, entries: &[Entry], crashed: Crashed) -> Found<Tally> {
    let dir = lab.run_dir()?;
    let mut launched = BTreeMap::new();
    let mut ends: Vec<(u32, Option<Report>)> = Vec::new();
    for entry in entries {
        match &entry.event {
            Event::AttemptStarting { launch, .. } => {
                launched.insert(launch.attempt, launch.directory());
            }
            Event::AttemptFinished {
                attempt, report, ..
            } => ends.push((*attempt, Some((**report).clone()))),
            Event::AttemptVoided { attempt, .. } => ends.push((*attempt, None)),
            _ => {}
        }
    }
    let ran: BTreeSet<String> = lab
        .marks()
        .into_iter()
        .map(|(_, attempt)| attempt)
        .collect();
    let mut tally = Tally::default();
    for (attempt, name) in &launched {
        tally.attempts += 1;
        let folder = dir.attempt(name);
        let claim = fs::read_to_string(folder.claim()).unwrap_or_default();
        let exit = exit_record(&folder, *attempt).map_err(words)?;
        let log = fs::read(folder.path().join("output.log")).unwrap_or_default();
        let mut of_this = ends.iter().filter(|(of, _)| of == attempt);
        let (Some((_, end)), None) = (of_this.next(), of_this.next()) else {
            return Err(format!("{name} has no end, or more than one"));
        };
        match (end, claim.as_str(), exit) {
            (Some(report), "spawn", Some(record)) => {
                if *report != record {
                    return Err(format!("{name}: {report:?} instead of {record:?}"));
                }
                if blake3::hash(&log).to_hex().as_str() != report.output.blake3
                    || report.output.lost > 0
                {
                    return Err(format!("{name}: its log is not what was printed"));
                }
                tally.logs += 1;
            }
            (Some(report), "spawn", None) if report.ended == Ended::Lost => {
                if !crashed.supervisors {
                    return Err(format!("{name} was lost although no supervisor was killed"));
                }
                if report.output.bytes > log.len() as u64 {
                    return Err(format!("{name}: its log is shorter than when it was lost"));
                }
                tally.unknown += 1;
            }
            (None, "void" | "", None) if !ran.contains(name) => tally.void += 1,
            // The supervisor died before it was told what to run, and the console took its claim.
            (Some(report), "void", None)
                if matches!(report.ended, Ended::NotStarted { .. }) && !ran.contains(name) =>
            {
                tally.void += 1;
            }
            (end, claim, exit) => {
                return Err(format!(
                    "{name}: {end:?} with the claim {claim:?} and {exit:?}"
                ));
            }
        }
    }
    for item in fs::read_dir(dir.attempts()).map_err(words)?.flatten() {
        let name = item.file_name().to_string_lossy().into_owned();
        if !launched.values().any(|known| *known == name) {
            return Err(format!("nobody knows the attempt {name}"));
        }
    }
    Ok(tally)
}
