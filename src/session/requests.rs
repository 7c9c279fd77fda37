//! What is asked of a session, one after the other: decided, made durable, folded,
//! and only then acted upon.

use std::{io, path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};
use tokio::{sync::oneshot, time::Instant};

use super::{
    APPEND_AGAIN, News, Session,
    approvals::{self, Reply},
    inbox, relocate,
    signals::Signals,
    trace,
};
use crate::crash;
use crate::engine::{
    self, Command, Decision, Effect, Entry, Event, Refusal, event::Voucher, state::AttemptStatus,
};
use crate::executor::kin::cgroup;
use crate::journal::record::Record;
use crate::run_dir::unwritable;
use crate::runbook::Input;

/// What is shorter than this stands in texts by chance.
const SHORTEST: usize = 4;

/// Something that someone asks for.
#[derive(Debug)]
pub(super) struct Request {
    pub command: Command,
    pub by: String,
    /// The inbox file that it came from, removed once it is durable.
    pub file: Option<PathBuf>,
    /// Who waits to hear what became of it. Dropped: it was not recorded.
    pub reply: Option<oneshot::Sender<Reply>>,
}

impl Request {
    /// What somebody here asks for.
    pub fn of(command: Command, by: &str) -> Self {
        Self {
            command,
            by: by.to_owned(),
            file: None,
            reply: None,
        }
    }
}

/// What is on its way to the disk.
pub(super) struct Flight {
    pub request: Request,
    pub effects: Vec<Effect>,
}

/// The journal cannot be written.
pub(super) struct Stalled {
    pub why: String,
    /// When what must not be forgotten is tried again: a moment, not a duration,
    /// since waiting for it is cancelled by every key.
    pub again: Instant,
}

impl Session {
    /// Makes a request. What comes of it is told by [`Session::changed`].
    pub fn submit(&mut self, command: Command) {
        self.queue.push_back(Request::of(command, &self.seat.by));
        self.pump();
    }

    /// Takes in what others left until now, and waits until it is durable. Called
    /// before the run is let go: nobody else will.
    pub async fn take_in_last_notes(&mut self) {
        // Where nobody can look, the next console does.
        let _ = self.post.look_closely();
        self.settle_post().await;
        while self.flight.is_some() && self.stalled.is_none() {
            let Some(result) = self.acks.recv().await else {
                return;
            };
            self.landed(result);
        }
        self.settle_post().await;
        if self.state.live().next().is_none() {
            relocate::bring_all_home(&self.dir);
        }
    }

    /// Waits until nobody looks into the inbox or takes anything away from it.
    async fn settle_post(&mut self) {
        while !self.post.is_idle() {
            let found = self.post.found().await;
            self.take_in(found);
        }
    }

    /// Takes in what others left for the driver.
    pub(super) fn take_in(&mut self, found: Vec<(PathBuf, inbox::Message)>) {
        for (file, message) in found {
            let known = |request: &Request| request.file.as_ref() == Some(&file);
            let flying = self
                .flight
                .as_ref()
                .is_some_and(|flight| known(&flight.request));
            if flying || self.queue.iter().any(known) {
                continue;
            }
            crash::point("console.note_found");
            let (command, by) = self.of_message(message);
            self.queue.push_back(Request {
                file: Some(file),
                ..Request::of(command, &by)
            });
        }
        self.pump();
    }

    /// What somebody left in the inbox: a note, an approval that the driver vouches
    /// for, or a request to hand over.
    fn of_message(&self, message: inbox::Message) -> (Command, String) {
        if let Some(asks) = message.asks {
            return (Command::AskHandOver { host: asks.host }, message.by);
        }
        let written = message.written();
        let command = match (message.attests, written) {
            (None, Some(written)) => written,
            (None, None) => Command::Tock,
            (Some(attests), _) => Command::Approve {
                answer: attests
                    .answer
                    .or_else(|| approvals::only_answer(&self.state, &attests.gate))
                    .unwrap_or_default(),
                gate: attests.gate,
                by_whom: attests.by_whom,
                how: Voucher::Attested {
                    channel: attests.channel,
                    stands_for: attests.stands_for,
                },
                agrees: attests.agrees,
                reason: attests.reason,
            },
        };
        (command, message.by)
    }

    /// Decides the next request that can be decided, if none is on its way.
    pub(super) fn pump(&mut self) {
        let mut index = 0;
        while self.flight.is_none() && index < self.queue.len() {
            let request = &self.queue[index];
            let opens = matches!(request.command, Command::Resume(_) | Command::Stop(_));
            if self.is_opening() && !opens {
                index += 1;
                continue;
            }
            let now = self.now();
            let unfit = self
                .vouches_for_itself(&request.command)
                .or_else(|| self.gives_a_secret_away(&request.command));
            let decided = match unfit {
                Some(refusal) => Err(refusal),
                None => engine::decide(&self.state, request.command.clone(), &request.by, now),
            };
            if let Ok(decision) = &decided
                && self.awaits_proof(decision)
            {
                // What launches nothing does not wait for it.
                index += 1;
                continue;
            }
            let Some(request) = self.queue.remove(index) else {
                return;
            };
            match decided {
                Ok(decision) if decision.events.is_empty() => {
                    // What is known already is not asked for again and again.
                    self.forget(&request);
                    approvals::tell(request.reply, "nothing changed by it");
                }
                Ok(decision) => self.take_off(request, decision, now),
                Err(refusal) => {
                    self.forget(&request);
                    match request.reply {
                        // Whoever asked hears it; it is not the driver's mistake.
                        Some(reply) => approvals::tell(Some(reply), &refusal.to_string()),
                        None if request.file.is_some() => {
                            self.news.push_back(News::Declined(refusal));
                        }
                        None => self.news.push_back(News::Refused(refusal)),
                    }
                }
            }
        }
    }

    /// Refuses what would write a secret's value into the journal.
    fn gives_a_secret_away(&self, command: &Command) -> Option<Refusal> {
        let texts: Vec<&String> = match command {
            Command::OffScript(off_script) => vec![&off_script.script],
            Command::Run(run) | Command::Retry(run) => run.script.iter().collect(),
            Command::Note { text, .. } | Command::Todo { text, .. } => vec![text],
            Command::Amend { text, .. } => text.iter().collect(),
            Command::DeclareDone { reason, .. }
            | Command::DeclareOffScript { reason, .. }
            | Command::Reopen { reason, .. } => vec![reason],
            _ => return None,
        };
        let held = |value: &String| {
            value.len() >= SHORTEST && texts.iter().any(|text| text.contains(value.as_str()))
        };
        let (input, _) = self.secrets.iter().find(|(_, value)| held(value))?;
        let inputs = &self.state.runbook.inputs;
        let variable = inputs
            .iter()
            .find(|known| known.name == *input)
            .map_or_else(|| input.clone(), Input::secret_variable);
        Some(Refusal::GivesAway(variable))
    }

    fn take_off(&mut self, request: Request, mut decision: Decision, now: DateTime<Utc>) {
        for event in &mut decision.events {
            if let Event::RunClosed { signals, .. } = event {
                crash::point("console.closing");
                // From here on nothing is measured: the digest stands.
                self.signals.seal();
                *signals = Signals::digest(&self.dir).map(Box::new);
            }
        }
        // That a command runs is known again after a crash without its event.
        let durable = decision
            .events
            .iter()
            .any(|event| !matches!(event, Event::AttemptStarted { .. }));
        let by: Arc<str> = request.by.as_str().into();
        let entries: Vec<Entry> = decision
            .events
            .into_iter()
            .map(|event| Entry {
                at: now,
                by: Arc::clone(&by),
                event,
            })
            .collect();
        self.flight = Some(Flight {
            request,
            effects: decision.effects,
        });
        if let Err(error) = self.writer.append(entries, durable) {
            self.landed(Err(error));
        }
    }

    /// Removes the control groups of what outlived its supervisor and has ended since: nobody looks
    /// at a closed run's attempts again.
    fn clear_groups(&self) {
        for attempt in self.state.attempts.values() {
            if let AttemptStatus::Finished { report, .. } = &attempt.status
                && !report.survivors.is_empty()
            {
                let _ = cgroup::abandoned(&self.dir.attempt(&attempt.launch.directory()));
            }
        }
    }

    /// An append is done, one way or the other.
    pub(super) fn landed(&mut self, result: io::Result<Vec<Record>>) {
        let Some(flight) = self.flight.take() else {
            return;
        };
        match result {
            Ok(records) => {
                trace::recorded(&records);
                if self.stalled.take().is_some() {
                    // What fell due meanwhile was not acted on.
                    self.queue
                        .push_back(Request::of(Command::Tock, &self.seat.by));
                    self.news.push_back(News::JournalWorks);
                }
                let mut entries = Vec::with_capacity(records.len());
                for record in records {
                    self.head = record.hash;
                    engine::apply(&mut self.state, &record.entry);
                    if let Event::AttemptFinished { attempt, .. } = record.entry.event {
                        self.troubles.over(attempt);
                        self.executor.recorded(attempt);
                    }
                    entries.push(record.entry);
                }
                crash::point("console.event_folded");
                self.entries.extend(entries.iter().cloned());
                self.forget(&flight.request);
                if let Some(reply) = flight.request.reply {
                    approvals::recorded(reply, &self.state, &entries);
                }
                let resumed = |entry: &Entry| matches!(entry.event, Event::RunResumed(_));
                let owed = if entries.iter().any(resumed) {
                    std::mem::take(&mut self.owed)
                } else {
                    Vec::new()
                };
                self.news.push_back(News::Entries(entries));
                let owed = owed.into_iter().map(Effect::Query);
                for effect in flight.effects.into_iter().chain(owed) {
                    self.perform(effect);
                }
                if self.state.closed.is_some() {
                    crash::point("console.closed");
                    self.executor.sample(Vec::new(), &self.secrets);
                    self.clear_groups();
                }
                self.pump();
            }
            Err(error) => {
                let message = unwritable(&error);
                log::warn!("{message}");
                // A run that did not close after all is measured on.
                self.signals.unseal(&self.dir);
                // What was observed must not be forgotten; what the operator asked
                // for did not happen, and is asked for again if still wanted.
                // So is that somebody took the run up: what is owed hangs on it.
                let observed = |request: &Request| {
                    matches!(request.command, Command::Observed(_) | Command::Resume(_))
                };
                if observed(&flight.request) {
                    self.queue.push_front(flight.request);
                } else {
                    self.queue.retain(observed);
                    self.post.look_again();
                }
                self.stalled = Some(Stalled {
                    why: message.clone(),
                    again: Instant::now() + APPEND_AGAIN,
                });
                self.news.push_back(News::JournalFailed(message));
            }
        }
    }

    /// Removes the inbox file of a request that is dealt with.
    fn forget(&mut self, request: &Request) {
        if let Some(file) = &request.file {
            self.post.remove(file);
        }
    }

    pub(super) fn perform(&mut self, effect: Effect) {
        trace::performed(&effect);
        match effect {
            Effect::Launch(launch) => self.executor.launch(&launch, &self.secrets),
            Effect::Stop(attempt) => self.executor.stop(attempt),
            Effect::Query(query) => self.executor.query(&query, &self.secrets),
            Effect::WakeAt(due) => {
                self.wakes.insert(due);
            }
        }
    }
}
