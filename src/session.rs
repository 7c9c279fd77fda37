//! One operator, one run: the only place that joins engine, journal and executor.
//!
//! Requests queue; the first is decided, its events are made durable on the
//! journal's thread, folded, and only then are its effects performed and the next
//! request decided. The screen never waits for any of it.

pub mod approvals;
pub mod backdate;
pub mod beat;
pub mod begin;
pub mod growth;
pub mod guard;
pub mod inbox;
pub mod log_view;
pub mod options;
pub mod past;
pub mod pins;
mod post;
mod proof;
pub mod relocate;
mod requests;

pub mod resume;
pub mod said;
pub mod seat;
pub mod signals;
pub mod terminal_view;
mod times;
mod trace;
mod trouble;
pub mod watch;

use std::{
    collections::{BTreeSet, VecDeque},
    io,
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use crate::crash;
use crate::engine::{AttemptId, Command, Entry, Query, Refusal, State, observed::Observed};
use crate::executor::{Executor, Secrets, Size, clock};
use crate::journal::{
    Journal,
    record::{Hash, Record},
    writer::Writer,
};
use crate::report::{Source, markdown::markdown};
use crate::run_dir::{RunDir, write_private};

use approvals::Desk;
use beat::Beat;
use post::Post;
use proof::Proof;
use requests::{Flight, Request, Stalled};
use signals::{Sample, Signals};
use times::Steps;
use trouble::Troubles;

pub use crate::journal::driver::Driver;
pub use begin::{BeginError, Beginning, preflight, prepare, start, start_prepared};
pub use log_view::LogView;
pub use options::options;
pub use resume::{Resumed, resume, resume_watched};
pub use seat::Seat;
pub use terminal_view::TerminalView;
pub use watch::Watch;

/// How long to wait before a failed append is tried again.
const APPEND_AGAIN: Duration = Duration::from_secs(2);

/// Where a session takes its time from; tests bring a fixed one.
pub type Clock = fn() -> DateTime<Utc>;

/// The time of day; it goes on evenly when the machine's clock is set.
pub fn system_clock() -> DateTime<Utc> {
    clock::now()
}

/// Makes the executor of a run, and where it reports to.
pub type Launcher = dyn Fn(RunDir) -> (Box<dyn Executor>, UnboundedReceiver<Observed>);

/// Something that happened in a session.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// These entries are durable and folded now.
    Entries(Vec<Entry>),
    /// A request was refused.
    Refused(Refusal),
    /// What somebody else left for the run was refused: not the operator's mistake.
    Declined(Refusal),
    /// The journal cannot be written: nothing new starts until it can.
    JournalFailed(String),
    /// The journal can be written again.
    JournalWorks,
    /// What is wrong with what is kept of a command, in words, or that nothing is any more.
    Trouble(Option<String>),
    /// The place is not proven, in words: nothing is launched.
    Unproven(String),
}

/// One operator, one run.
pub struct Session {
    state: State,
    entries: Vec<Entry>,
    /// How many of them earlier consoles recorded.
    inherited: usize,
    head: Hash,
    dir: RunDir,
    seat: Seat,
    clock: Clock,
    executor: Box<dyn Executor>,
    secrets: Secrets,
    /// Before the writer, which holds the lock: fields are dropped in this order, and
    /// the socket must be gone before another console can put its own there.
    desk: Result<Desk, String>,
    /// Before the writer too: what is recorded must be gone before another console looks.
    post: Post,
    writer: Writer,
    acks: UnboundedReceiver<io::Result<Vec<Record>>>,
    reports: UnboundedReceiver<Observed>,
    queue: VecDeque<Request>,
    /// When to look into the inbox and at the clock; the first look comes at once.
    beat: Option<Beat>,
    steps: Steps,
    next_sign: Instant,
    flight: Option<Flight>,
    wakes: BTreeSet<DateTime<Utc>>,
    stalled: Option<Stalled>,
    news: VecDeque<News>,
    proof: Proof,
    /// Questions that are asked when the resume is recorded.
    owed: Vec<Query>,
    signals: Signals,
    /// Whether signals are measured, or were until the end.
    sampling: bool,
    /// What is wrong with what is kept of commands that run.
    troubles: Troubles,
}

/// What a session is made of.
pub struct Parts {
    /// The run's directory.
    pub dir: RunDir,
    /// Its journal, locked.
    pub journal: Journal,
    /// The operator.
    pub seat: Seat,
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
    fn over(parts: Parts, state: State, entries: Vec<Entry>, head: Hash) -> io::Result<Self> {
        let signals = Signals::of(&parts.dir, &state);
        let desk = approvals::desk_of(&state);
        times::keep(&parts.dir);
        let steps = Steps::after(&entries);
        let (acked, acks) = unbounded_channel();
        let writer = Writer::start(parts.journal, move |result| {
            let _ = acked.send(result);
        })?;
        Ok(Self {
            head,
            entries,
            inherited: 0,
            state,
            post: Post::of(&parts.dir),
            dir: parts.dir,
            seat: parts.seat,
            clock: parts.clock,
            executor: parts.executor,
            secrets: parts.secrets,
            writer,
            acks,
            reports: parts.reports,
            queue: VecDeque::new(),
            beat: None,
            steps,
            next_sign: Instant::now(),
            flight: None,
            wakes: BTreeSet::new(),
            stalled: None,
            news: VecDeque::new(),
            proof: Proof::Given,
            owed: Vec::new(),
            signals,
            sampling: false,
            desk,
            troubles: Troubles::default(),
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

    /// What earlier consoles recorded; nothing where this one began the run.
    pub fn inherited(&self) -> &[Entry] {
        &self.entries[..self.inherited]
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

    /// The samples of the run's signals.
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    /// Why nobody else on this machine can approve, where a gate wants that.
    pub fn deaf(&self) -> Option<&str> {
        self.desk
            .as_ref()
            .err()
            .map(String::as_str)
            .filter(|why| !why.is_empty())
    }

    /// The operator.
    pub fn operator(&self) -> &str {
        &self.seat.by
    }

    /// Where this session takes its time from.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// What time it is for this session.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Why nothing can be recorded at present.
    pub fn stalled(&self) -> Option<&str> {
        self.stalled.as_ref().map(|stalled| stalled.why.as_str())
    }

    /// What is wrong with what is kept of a command that runs, in words.
    pub fn trouble(&self) -> Option<&str> {
        self.troubles.words()
    }

    /// Whether every request was decided and every event is durable.
    pub fn is_idle(&self) -> bool {
        self.flight.is_none() && self.queue.is_empty() && self.news.is_empty()
    }

    /// Waits for something to happen. Safe to cancel.
    pub async fn changed(&mut self) -> News {
        self.begin_to_look();
        loop {
            if let Some(news) = self.news.pop_front() {
                return news;
            }
            let wake = self.until_wake();
            tokio::select! {
                biased;
                Some(result) = self.acks.recv() => self.landed(result),
                Some(observed) = self.reports.recv() => self.observed(observed),
                answer = proof::answer(&mut self.proof) => self.proven(answer),
                Some(asked) = approvals::next(&mut self.desk) => self.asked(asked),
                found = self.post.found() => self.take_in(found),
                () = beat::next(&mut self.beat) => {
                    if Instant::now() >= self.next_sign {
                        self.give_sign();
                    }
                    // Where nobody can look, the next beat tries again.
                    let _ = self.post.look();
                    let step = self.steps.look(clock::of_machine(), clock::now());
                    if let Some(step) = step {
                        self.submit(Command::Observed(step));
                    }
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

    /// What begins with the first look: by now a resume has been given the secrets
    /// that it could not find. Nothing is measured at a place that is not proven.
    fn begin_to_look(&mut self) {
        self.open();
        if matches!(self.proof, Proof::Given) && !std::mem::replace(&mut self.sampling, true) {
            self.measure();
        }
    }

    /// An executor reports.
    fn observed(&mut self, observed: Observed) {
        crash::point("console.report_heard");
        trace::observed(&observed);
        if let Observed::Signal { signal, value, at } = &observed {
            let (at, value) = (*at, value.clone());
            self.signals.take(signal, Sample { at, value });
            if self.stalled.is_some() {
                // The next sample says the same, once it can be recorded.
                return;
            }
        }
        if let Observed::Trouble { attempt, what } = observed {
            self.troubles.note(&self.state, attempt, what);
            let words = self.trouble().map(str::to_owned);
            self.news.push_back(News::Trouble(words));
            return;
        }
        self.submit(Command::Observed(observed));
    }

    fn until_wake(&self) -> Duration {
        if let Some(stalled) = &self.stalled {
            return stalled.again.saturating_duration_since(Instant::now());
        }
        self.wakes.first().map_or(Duration::from_hours(1), |due| {
            (*due - self.now()).to_std().unwrap_or_default()
        })
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
        Ok(self.export_report()?.0)
    }

    /// Writes the report into the run's directory; where it stands, and its text.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn export_report(&self) -> io::Result<(std::path::PathBuf, String)> {
        let (head, now) = (self.head.to_string(), self.now());
        let text = report_of(&self.dir, &self.state, &self.entries, head, now);
        let path = self.dir.path().join("report.md");
        write_private(&path, text.as_bytes())?;
        crash::point("console.report_written");
        Ok((path, text))
    }
}

/// The report of a run as it stands.
fn report_of(
    dir: &RunDir,
    state: &State,
    entries: &[Entry],
    head: String,
    now: DateTime<Utc>,
) -> String {
    markdown(&Source {
        state,
        entries,
        samples: &signals::for_report(dir),
        earlier: &past::earlier(dir, state),
        head,
        dir,
        now,
        full: false,
    })
}
