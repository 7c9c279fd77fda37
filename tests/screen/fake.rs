//! An executor that runs nothing: the test says what commands print and how they end.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use chrono::{DateTime, Utc};
use rbconsole::{
    engine::{
        AttemptId, Launch, Query,
        effect::Question,
        observed::{Captured, Ended, Observed, OutputDigest, Report},
    },
    executor::{Executor, Reports, Sampling, Secrets, Size, Verdict},
    output::{Log, Stream},
    run_dir::RunDir,
};

use super::clock;

/// The process number of every command.
pub const PID: u32 = 4242;

/// What the fake was asked for, and the test's hand on it.
#[derive(Clone)]
pub struct Hand {
    dir: RunDir,
    reports: Reports,
    desk: Rc<RefCell<Desk>>,
}

#[derive(Default)]
struct Desk {
    launches: Vec<Launch>,
    stops: Vec<AttemptId>,
    /// What was reported of attempts: which, and whether it ended.
    told: Vec<(AttemptId, bool)>,
    logs: BTreeMap<AttemptId, Log>,
}

/// What became of an attempt of an earlier console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Unknown,
    Running,
    NeverStarted,
}

/// The executor of the console under test.
pub struct Fake {
    hand: Hand,
    fate: Fate,
}

impl Fake {
    pub fn new(dir: RunDir, reports: Reports, fate: Fate) -> (Self, Hand) {
        let hand = Hand {
            dir,
            reports,
            desk: Rc::default(),
        };
        (
            Self {
                hand: hand.clone(),
                fate,
            },
            hand,
        )
    }
}

impl Executor for Fake {
    fn launch(&mut self, launch: &Launch, _: &Secrets) {
        let dir = self.hand.dir.attempt(&launch.directory());
        dir.create().expect("an attempt's directory can be made");
        let log = Log::create(dir.path()).expect("each attempt is launched once");
        let mut desk = self.hand.desk.borrow_mut();
        desk.logs.insert(launch.attempt, log);
        desk.launches.push(launch.clone());
    }

    fn stop(&mut self, attempt: AttemptId) {
        self.hand.desk.borrow_mut().stops.push(attempt);
    }

    /// None of its commands has a terminal.
    fn type_in(&mut self, _: AttemptId, _: &[u8]) {}

    fn resize(&mut self, _: AttemptId, _: Size) {}

    /// The test answers when it likes.
    fn query(&mut self, _: &Query, _: &Secrets) {}

    /// The test reports samples when it likes.
    fn sample(&mut self, _: Vec<Sampling>, _: &Secrets) {}

    fn adopt(&mut self, launch: &Launch, _: bool) -> Verdict {
        let attempt = launch.attempt;
        match self.fate {
            Fate::Running => {
                // Its log goes on; the directory is the earlier console's.
                self.hand.desk.borrow_mut().launches.push(launch.clone());
                Verdict::Running
            }
            Fate::NeverStarted => {
                self.hand.report(Observed::NeverStarted { attempt });
                Verdict::NeverStarted
            }
            Fate::Unknown => {
                let report = Box::new(report(Ended::Lost, 0, OutputDigest::default(), &[]));
                self.hand.report(Observed::Finished {
                    attempt,
                    report: report.clone(),
                });
                Verdict::Unknown(report)
            }
        }
    }
}

fn report(ended: Ended, milliseconds: u64, output: OutputDigest, found: &[(&str, &str)]) -> Report {
    Report {
        ended,
        at: clock::now(),
        milliseconds,
        output,
        captured: Captured {
            values: found
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned())))
                .collect(),
            stdout_matches: None,
            truncated: false,
            unread: None,
        },
        survivors: Vec::new(),
        more_survivors: 0,
    }
}

impl Hand {
    pub fn launches(&self) -> Vec<Launch> {
        self.desk.borrow().launches.clone()
    }

    pub fn stops(&self) -> Vec<AttemptId> {
        self.desk.borrow().stops.clone()
    }

    fn report(&self, observed: Observed) {
        // The console may be gone already.
        let _ = self.reports.send(observed);
    }

    /// What was reported of attempts: which, and whether it ended.
    pub fn told(&self) -> Vec<(AttemptId, bool)> {
        self.desk.borrow().told.clone()
    }

    pub fn started(&self, attempt: AttemptId) {
        self.desk.borrow_mut().told.push((attempt, false));
        self.report(Observed::Started { attempt, pid: PID });
    }

    /// Whether the attempt was launched by this console and still runs.
    pub fn has_log(&self, attempt: AttemptId) -> bool {
        self.desk.borrow().logs.contains_key(&attempt)
    }

    /// The command prints into its real log.
    pub fn print(&self, attempt: AttemptId, stream: Stream, text: &str) {
        let mut desk = self.desk.borrow_mut();
        let log = desk.logs.get_mut(&attempt).expect("it was launched");
        log.append(stream, text.as_bytes(), clock::now().timestamp_millis())
            .expect("the log can be written");
    }

    /// The command ends; `found` is what its outputs captured.
    pub fn finish(
        &self,
        attempt: AttemptId,
        ended: Ended,
        milliseconds: u64,
        found: &[(&str, &str)],
    ) {
        self.desk.borrow_mut().told.push((attempt, true));
        let log = self.desk.borrow_mut().logs.remove(&attempt);
        let output = log.map_or_else(OutputDigest::default, |log| {
            let digest = log.finish().expect("the log can be closed");
            OutputDigest {
                bytes: digest.bytes,
                blake3: digest.blake3,
                lost: 0,
                ..OutputDigest::default()
            }
        });
        self.report(Observed::Finished {
            attempt,
            report: Box::new(report(ended, milliseconds, output, found)),
        });
    }

    /// A signal is measured.
    pub fn sample(&self, signal: &str, value: Result<f64, String>) {
        self.report(Observed::Signal {
            signal: signal.to_owned(),
            value,
            at: clock::now(),
        });
    }

    /// A command has printed nothing since then.
    pub fn silent(&self, attempt: AttemptId, since: DateTime<Utc>) {
        self.report(Observed::Silent { attempt, since });
    }

    /// The probe of a command of unknown outcome comes back.
    pub fn probe(&self, attempt: AttemptId, text: &str, code: i32) {
        self.report(Observed::Answered {
            of: Question::Probe { attempt },
            text: text.to_owned(),
            ended: Ended::Exit { code },
        });
    }

    /// A gate's evidence command comes back.
    pub fn evidence(&self, gate: &str, text: &str) {
        self.report(Observed::Answered {
            of: Question::Evidence {
                gate: gate.to_owned(),
            },
            text: text.to_owned(),
            ended: Ended::Exit { code: 0 },
        });
    }
}
