//! One operator, one run: the only place that joins engine, journal and executor.
//!
//! Requests queue; the first is decided, its events are made durable on the
//! journal's thread, folded, and only then are its effects performed and the next
//! request decided. The screen never waits for any of it.

pub mod backdate;
pub mod begin;
pub mod inbox;
pub mod log_view;
pub mod resume;
pub mod terminal_view;
pub mod watch;

use std::{
    collections::{BTreeSet, VecDeque},
    io,
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use crate::engine::{
    self, AttemptId, Command, Decision, Effect, Entry, Event, Refusal, State, observed::Observed,
};
use crate::executor::{Executor, Secrets, Size};
use crate::journal::{
    Journal,
    record::{Hash, Record},
    writer::Writer,
};
use crate::report::markdown::{Source, markdown};
use crate::run_dir::{RunDir, write_private};

pub use begin::{BeginError, Beginning, preflight, start};
pub use log_view::LogView;
pub use resume::{Resumed, resume};
pub use terminal_view::TerminalView;
pub use watch::Watch;

/// How often the inbox is looked at.
const INBOX_EVERY: Duration = Duration::from_secs(1);
/// How long to wait before a failed append is tried again.
const APPEND_AGAIN: Duration = Duration::from_secs(2);

/// Where a session takes its time from; tests bring a fixed one.
pub type Clock = fn() -> DateTime<Utc>;

/// The time of day.
#[expect(
    clippy::disallowed_methods,
    reason = "the session stamps events; it is one of the two rooms that own a clock"
)]
pub fn system_clock() -> DateTime<Utc> {
    Utc::now()
}

/// Something that someone asks for.
#[derive(Debug, Clone)]
struct Request {
    command: Command,
    by: String,
    /// The inbox file that it came from, removed once it is durable.
    file: Option<std::path::PathBuf>,
}

/// Makes the executor of a run, and where it reports to.
pub type Launcher = dyn Fn(RunDir) -> (Box<dyn Executor>, UnboundedReceiver<Observed>);

/// What is on its way to the disk.
struct Flight {
    request: Request,
    effects: Vec<Effect>,
}

/// The journal cannot be written.
struct Stalled {
    why: String,
    /// When what must not be forgotten is tried again: a moment, not a duration,
    /// since waiting for it is cancelled by every key.
    again: Instant,
}

/// Something that happened in a session.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// These entries are durable and folded now.
    Entries(Vec<Entry>),
    /// A request was refused.
    Refused(Refusal),
    /// The journal cannot be written: nothing new starts until it can.
    JournalFailed(String),
    /// The journal can be written again.
    JournalWorks,
}

/// One operator, one run.
pub struct Session {
    state: State,
    entries: Vec<Entry>,
    head: Hash,
    dir: RunDir,
    by: String,
    clock: Clock,
    executor: Box<dyn Executor>,
    secrets: Secrets,
    writer: Writer,
    acks: UnboundedReceiver<io::Result<Vec<Record>>>,
    reports: UnboundedReceiver<Observed>,
    queue: VecDeque<Request>,
    next_look: Instant,
    flight: Option<Flight>,
    wakes: BTreeSet<DateTime<Utc>>,
    stalled: Option<Stalled>,
    news: VecDeque<News>,
}

/// What a session is made of.
pub struct Parts {
    /// The run's directory.
    pub dir: RunDir,
    /// Its journal, locked.
    pub journal: Journal,
    /// The operator.
    pub by: String,
    /// Where time comes from.
    pub clock: Clock,
    /// Runs commands.
    pub executor: Box<dyn Executor>,
    /// What the executor reports.
    pub reports: UnboundedReceiver<Observed>,
    /// By input name.
    pub secrets: Secrets,
}

impl Session {
    /// A session over what a journal holds.
    fn over(parts: Parts, state: State, records: Vec<Record>) -> io::Result<Self> {
        let (acked, acks) = unbounded_channel();
        let writer = Writer::start(parts.journal, move |result| {
            let _ = acked.send(result);
        })?;
        Ok(Self {
            head: records.last().map(|record| record.hash).unwrap_or_default(),
            entries: records.into_iter().map(|record| record.entry).collect(),
            state,
            dir: parts.dir,
            by: parts.by,
            clock: parts.clock,
            executor: parts.executor,
            secrets: parts.secrets,
            writer,
            acks,
            reports: parts.reports,
            queue: VecDeque::new(),
            next_look: Instant::now(),
            flight: None,
            wakes: BTreeSet::new(),
            stalled: None,
            news: VecDeque::new(),
        })
    }

    /// The run as it stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Everything that happened, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The hash of the journal's last line.
    pub fn head(&self) -> Hash {
        self.head
    }

    /// The run's directory.
    pub fn dir(&self) -> &RunDir {
        &self.dir
    }

    /// A view of an attempt's output.
    pub fn log(&self, attempt: AttemptId) -> Option<LogView> {
        log_view::of(&self.dir, &self.state, attempt)
    }

    /// The screen of an attempt that has a terminal.
    pub fn terminal(&self, attempt: AttemptId) -> Option<TerminalView> {
        terminal_view::of(&self.dir, &self.state, attempt)
    }

    /// The operator.
    pub fn operator(&self) -> &str {
        &self.by
    }

    /// What time it is for this session.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Why nothing can be recorded at present.
    pub fn stalled(&self) -> Option<&str> {
        self.stalled.as_ref().map(|stalled| stalled.why.as_str())
    }

    /// Whether every request was decided and every event is durable.
    pub fn is_idle(&self) -> bool {
        self.flight.is_none() && self.queue.is_empty() && self.news.is_empty()
    }

    /// Makes a request. What comes of it is told by [`Session::changed`].
    pub fn submit(&mut self, command: Command) {
        self.queue.push_back(Request {
            command,
            by: self.by.clone(),
            file: None,
        });
        self.pump();
    }

    /// Takes in what others left until now, and waits until it is durable. Called
    /// before the run is let go: nobody else will.
    pub async fn take_in_last_notes(&mut self) {
        self.look_into_inbox();
        while self.flight.is_some() && self.stalled.is_none() {
            let Some(result) = self.acks.recv().await else {
                return;
            };
            self.landed(result);
        }
    }

    /// Takes in what others left for the driver.
    fn look_into_inbox(&mut self) {
        for (file, message) in inbox::waiting(&self.dir) {
            let known = |request: &Request| request.file.as_ref() == Some(&file);
            let flying = self
                .flight
                .as_ref()
                .is_some_and(|flight| known(&flight.request));
            if flying || self.queue.iter().any(known) {
                continue;
            }
            self.queue.push_back(Request {
                command: Command::Note {
                    text: message.text,
                    happened_at: message.happened_at,
                },
                by: message.by,
                file: Some(file),
            });
        }
        self.pump();
    }

    /// Waits for something to happen. Safe to cancel.
    pub async fn changed(&mut self) -> News {
        loop {
            if let Some(news) = self.news.pop_front() {
                return news;
            }
            let wake = self.until_wake();
            tokio::select! {
                biased;
                Some(result) = self.acks.recv() => self.landed(result),
                Some(observed) = self.reports.recv() => self.submit(Command::Observed(observed)),
                () = tokio::time::sleep_until(self.next_look) => {
                    self.next_look = Instant::now() + INBOX_EVERY;
                    self.look_into_inbox();
                }
                () = tokio::time::sleep(wake) => {
                    let now = self.now();
                    self.wakes.retain(|due| *due > now);
                    if let Some(stalled) = &mut self.stalled {
                        stalled.again = Instant::now() + APPEND_AGAIN;
                    }
                    self.submit(Command::Tock);
                }
            }
        }
    }

    fn until_wake(&self) -> Duration {
        if let Some(stalled) = &self.stalled {
            return stalled.again.saturating_duration_since(Instant::now());
        }
        self.wakes.first().map_or(Duration::from_hours(1), |due| {
            (*due - self.now()).to_std().unwrap_or_default()
        })
    }

    /// Decides the next request, if none is on its way.
    fn pump(&mut self) {
        while self.flight.is_none()
            && let Some(request) = self.queue.pop_front()
        {
            let now = self.now();
            match engine::decide(&self.state, request.command.clone(), &request.by, now) {
                Ok(decision) if decision.events.is_empty() => {}
                Ok(decision) => self.take_off(request, decision, now),
                Err(refusal) => {
                    forget(&request);
                    self.news.push_back(News::Refused(refusal));
                }
            }
        }
    }

    fn take_off(&mut self, request: Request, decision: Decision, now: DateTime<Utc>) {
        // That a command runs is known again after a crash without its event.
        let durable = decision
            .events
            .iter()
            .any(|event| !matches!(event, Event::AttemptStarted { .. }));
        let entries: Vec<Entry> = decision
            .events
            .into_iter()
            .map(|event| Entry {
                at: now,
                by: request.by.clone(),
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

    /// An append is done, one way or the other.
    fn landed(&mut self, result: io::Result<Vec<Record>>) {
        let Some(flight) = self.flight.take() else {
            return;
        };
        match result {
            Ok(records) => {
                if self.stalled.take().is_some() {
                    // What fell due meanwhile was not acted on.
                    self.queue.push_back(Request {
                        command: Command::Tock,
                        by: self.by.clone(),
                        file: None,
                    });
                    self.news.push_back(News::JournalWorks);
                }
                let mut entries = Vec::with_capacity(records.len());
                for record in records {
                    self.head = record.hash;
                    engine::apply(&mut self.state, &record.entry);
                    entries.push(record.entry);
                }
                self.entries.extend(entries.iter().cloned());
                forget(&flight.request);
                self.news.push_back(News::Entries(entries));
                for effect in flight.effects {
                    self.perform(effect);
                }
                self.pump();
            }
            Err(error) => {
                let message = error.to_string();
                // What was observed must not be forgotten; what the operator asked
                // for did not happen, and is asked for again if still wanted.
                let observed = |request: &Request| matches!(request.command, Command::Observed(_));
                if observed(&flight.request) {
                    self.queue.push_front(flight.request);
                } else {
                    self.queue.retain(observed);
                }
                self.stalled = Some(Stalled {
                    why: message.clone(),
                    again: Instant::now() + APPEND_AGAIN,
                });
                self.news.push_back(News::JournalFailed(message));
            }
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Launch(launch) => self.executor.launch(&launch, &self.secrets),
            Effect::Stop(attempt) => self.executor.stop(attempt),
            Effect::Query(query) => self.executor.query(&query, &self.secrets),
            Effect::WakeAt(due) => {
                self.wakes.insert(due);
            }
        }
    }

    /// Types into an attempt's terminal. Nothing of it is recorded; what the program
    /// echoes is its output.
    pub fn type_in(&mut self, attempt: AttemptId, bytes: &[u8]) {
        self.executor.type_in(attempt, bytes);
    }

    /// Gives an attempt's terminal the size of the pane that shows it.
    pub fn resize(&mut self, attempt: AttemptId, cols: u16, rows: u16) {
        self.executor.resize(attempt, Size { cols, rows });
    }

    /// Writes the report into the run's directory.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_report(&self) -> io::Result<std::path::PathBuf> {
        let text = markdown(&Source {
            state: &self.state,
            entries: &self.entries,
            head: self.head.to_string(),
            dir: &self.dir,
            now: self.now(),
        });
        let path = self.dir.path().join("report.md");
        write_private(&path, text.as_bytes())?;
        Ok(path)
    }
}

/// Removes the inbox file of a request that is dealt with.
fn forget(request: &Request) {
    if let Some(file) = &request.file {
        // A file that stays is taken in again: a note twice is better than none.
        let _ = std::fs::remove_file(file);
    }
}
