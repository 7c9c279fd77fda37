//! What the commands of a scenario do: their replies, and how they end.

use std::time::Duration;

use super::{Coming, End, Play, unused::runs};
use crate::engine::{
    AttemptId, Launch, Query,
    effect::{Part, Question},
    observed::{Captured, Ended, Observed, OutputDigest, Report},
    step::milliseconds,
};
use crate::executor::capture::Keep;
use crate::runbook::Kind;
use crate::scenario::{
    model::{Ends, Reply},
    names,
};

/// How long a command runs that does not say it.
const TAKES: Duration = Duration::from_secs(1);

impl<'s> Play<'s> {
    pub(super) fn launch(&mut self, launch: &Launch) -> Result<(), End> {
        let attempt = launch.attempt;
        self.later(
            self.now,
            Coming::Report(Observed::Started { attempt, pid: 1 }),
        );
        let key = self.key(launch);
        self.scripts
            .push((key.clone(), launch.command().to_owned()));
        // A companion ends with its step and decides nothing.
        if launch.part == Part::Watch {
            return Ok(());
        }
        let reply = self.reply(&key, launch.command())?;
        let limit = Duration::from_millis(launch.timeout_ms);
        let takes = match reply.ends {
            Ends::Deadline => limit,
            Ends::NotStarted(_) => Duration::ZERO,
            _ => reply.takes.unwrap_or(TAKES),
        };
        // What takes longer than it may is stopped, whatever it would have come to.
        let (ended, took) = if takes > limit {
            (Ended::Deadline, limit)
        } else {
            (ended(&reply.ends), takes)
        };
        let at = self.in_a_while(took);
        let report = Report {
            ended,
            at,
            milliseconds: milliseconds(took),
            output: OutputDigest {
                bytes: reply.stdout.len() as u64,
                ..OutputDigest::default()
            },
            captured: captured(reply, launch),
            survivors: Vec::new(),
            more_survivors: 0,
        };
        let report = Box::new(report);
        self.later(at, Coming::Report(Observed::Finished { attempt, report }));
        Ok(())
    }

    /// The name by which the scenario knows a command.
    fn key(&self, launch: &Launch) -> String {
        let step = &launch.step;
        let title = self
            .state
            .attempts
            .get(&launch.attempt)
            .and_then(|attempt| attempt.fallback.as_deref());
        let run = match self.state.runbook.step(step).map(|(_, step)| &step.kind) {
            Some(Kind::Run(run)) => Some(run),
            _ => None,
        };
        if let (Some(title), Some(run)) = (title, run)
            && let Some(index) = run.fallbacks.iter().position(|f| f.title == title)
        {
            return names::fallback_key(step, index);
        }
        if launch.script.is_empty() {
            step.clone()
        } else {
            format!("{step}/{}", launch.script)
        }
    }

    pub(super) fn query(&mut self, query: &Query) -> Result<(), End> {
        let script = query.argv.last().map_or("", String::as_str).to_owned();
        let key = match &query.of {
            Question::Evidence { gate } => gate.clone(),
            Question::Probe { attempt } => self.state.attempts.get(attempt).map_or_else(
                || "probe".to_owned(),
                |attempt| format!("{}/probe", attempt.launch.step),
            ),
        };
        let reply = self.reply(&key, &script)?;
        let text = reply.stdout.clone();
        let limit = Duration::from_millis(query.timeout_ms);
        let takes = reply.takes.unwrap_or(TAKES);
        let ended = if takes > limit {
            Ended::Deadline
        } else {
            ended(&reply.ends)
        };
        let of = query.of.clone();
        self.scripts.push((key, script));
        let at = self.in_a_while(takes.min(limit));
        self.later(at, Coming::Report(Observed::Answered { of, text, ended }));
        Ok(())
    }

    /// What the scenario says about the next run of a command.
    fn reply(&mut self, key: &str, script: &str) -> Result<&'s Reply, End> {
        let scenario = self.scenario;
        let Some(stated) = scenario.commands.get(key) else {
            return Err(End::Broken {
                at: self.scenario.at,
                why: format!(
                    "`{key}` would run {}, and nothing says what it prints",
                    first_line(script)
                ),
                hint: Some(format!(
                    "commands: {{ {key}: {{ exit: 0, stdout: … }} }}, here or under `defaults`"
                )),
            });
        };
        self.asked.insert(("commands", key.to_owned()));
        let used = self.used.entry(key.to_owned()).or_default();
        let mut left = *used;
        *used += 1;
        let found = stated.value.iter().find(|reply| match reply.times {
            Some(times) if left >= times => {
                left -= times;
                false
            }
            _ => true,
        });
        found.ok_or_else(|| End::Broken {
            at: stated.at,
            why: format!(
                "`{key}` runs again, and what it prints is said for {} only",
                runs(self.used[key] - 1)
            ),
            hint: Some("add a result to the list, or `times: N` to one of them".to_owned()),
        })
    }

    /// A command that is asked to stop ends at once.
    pub(super) fn stop(&mut self, attempt: AttemptId) {
        let found = self.coming.iter().find_map(|(key, coming)| match coming {
            Coming::Report(Observed::Finished { attempt: id, .. }) if *id == attempt => Some(*key),
            _ => None,
        });
        let report = found.and_then(|key| self.coming.remove(&key));
        let mut report = match report {
            Some(Coming::Report(Observed::Finished { report, .. })) => report,
            _ => Box::new(Report {
                ended: Ended::Stopped,
                at: self.now,
                milliseconds: 0,
                output: OutputDigest::default(),
                captured: Captured::default(),
                survivors: Vec::new(),
                more_survivors: 0,
            }),
        };
        report.ended = Ended::Stopped;
        report.at = self.now;
        let coming = Coming::Report(Observed::Finished { attempt, report });
        self.later(self.now, coming);
    }
}

fn ended(ends: &Ends) -> Ended {
    match ends {
        Ends::Exit(code) => Ended::Exit { code: *code },
        Ends::Signal(signal) => Ended::Signal { signal: *signal },
        Ends::Deadline => Ended::Deadline,
        Ends::Lost => Ended::Lost,
        Ends::NotStarted(reason) => Ended::NotStarted {
            reason: reason.clone(),
        },
    }
}

/// What is taken from the output: by the code that takes it from a real one.
fn captured(reply: &Reply, launch: &Launch) -> Captured {
    let mut keep = Keep::of(&launch.capture);
    keep.push(reply.stdout.as_bytes());
    let lines: Vec<String> = reply
        .variables
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    keep.capture(&launch.capture, lines.concat().as_bytes())
}

/// The first line of a script that says something.
fn first_line(script: &str) -> String {
    const SHOWN: usize = 60;
    let line = script
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .unwrap_or_default();
    let mut shown: String = line.chars().take(SHOWN).collect();
    if shown.len() < script.trim().len() {
        shown.push_str(" …");
    }
    format!("`{shown}`")
}
