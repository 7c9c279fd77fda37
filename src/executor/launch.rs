//! The real executor: commands under supervisors, a new one where none waits.

use std::{
    collections::BTreeMap, io, os::unix::net::UnixStream as StdStream, path::PathBuf,
    process::Child,
};

use tokio::sync::mpsc;

use super::{
    Executor, Reports, Secrets, Size, attach,
    attach::Verdict,
    budget::{Budget, Limits},
    follower::{Follower, Say},
    kin::cgroup,
    protocol::{self, Request},
    query,
    sampler::{Sampler, Sampling},
    supervisor,
    waiting::{Started, Waiting},
};
use crate::crash;
use crate::engine::{
    AttemptId, Launch, Query,
    observed::{Captured, Ended, Observed, OutputDigest, Report},
};
use crate::run_dir::{RunDir, write_private};

/// Runs commands under supervisors, each of which has one at a time.
pub struct Supervised {
    dir: RunDir,
    program: PathBuf,
    reports: Reports,
    followed: BTreeMap<AttemptId, mpsc::UnboundedSender<Say>>,
    /// Of the pane on which terminals are shown.
    size: Size,
    asking: query::Asking,
    sampler: Sampler,
    waiting: Waiting,
    budget: Budget,
}

impl Supervised {
    /// An executor for one run. `program` is the binary whose hidden subcommand
    /// is the supervisor: this one.
    pub fn new(dir: RunDir, program: PathBuf, reports: Reports) -> Self {
        if tokio::runtime::Handle::try_current().is_ok() {
            // An inherited "ignore" would let the kernel reap commands unseen, here
            // and in every supervisor; a handler replaces it and ends at the exec.
            let _ = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::child());
            // Nothing waits for it.
            drop(tokio::task::spawn_blocking(cgroup::clear_abandoned));
        }
        Self {
            waiting: Waiting::new(dir.attempts()),
            dir,
            program,
            reports,
            followed: BTreeMap::new(),
            size: Size::default(),
            asking: query::Asking::default(),
            sampler: Sampler::default(),
            budget: Budget::new(Limits::default()),
        }
    }

    /// With other limits for the output that is kept.
    #[must_use]
    pub fn keeping(mut self, limits: Limits) -> Self {
        self.budget = Budget::new(limits);
        self
    }

    /// How many supervisors wait for the next attempt.
    pub fn waiting(&self) -> usize {
        self.waiting.count()
    }

    fn spawn(&mut self, launch: &Launch, secrets: &Secrets) -> io::Result<Started> {
        crash::point("console.launch_begun");
        let dir = self.dir.attempt(&launch.directory());
        dir.create()?;
        crash::point("console.attempt_dir_made");
        write_private(&dir.spec(), &serde_json::to_vec(launch)?)?;
        crash::point("console.spec_written");
        let begin = Request::Begin {
            version: protocol::VERSION,
            launch: Box::new(launch.clone()),
            // All of them are masked: the command inherits the console's environment.
            secrets: secrets.clone(),
            run: self.dir.id(),
            size: self.size,
            booted: Some(super::clock::booted()),
            keep: Some(self.budget.hand_out(&self.dir, &dir)),
        };
        let mut line = serde_json::to_vec(&begin)?;
        line.push(b'\n');
        // The supervisor finds the attempt's directory by its name.
        let attempts = dir.path().parent().unwrap_or(dir.path());
        let started = match self.waiting.begin(attempts, &line) {
            Some(started) => started,
            None => Started::new(&self.program, attempts)?.begin(&line)?,
        };
        crash::point("console.begin_sent");
        Ok(started)
    }

    fn follow(
        &mut self,
        launch: &Launch,
        may_have_run: bool,
        stream: Option<StdStream>,
        child: Option<Child>,
    ) {
        let (say, said) = mpsc::unbounded_channel();
        self.followed.retain(|_, other| !other.is_closed());
        self.followed.insert(launch.attempt, say);
        let follower = Follower {
            dir: self.dir.attempt(&launch.directory()),
            attempt: launch.attempt,
            may_have_run,
            reports: self.reports.clone(),
        };
        let waiting = self.waiting.clone();
        tokio::spawn(async move {
            let free = follower.run(stream, said).await;
            match (child, free) {
                (Some(child), Some(stream)) => waiting.take_in(Started { child, stream }),
                (Some(mut child), None) => {
                    // It has said everything and is about to end.
                    let _ = tokio::task::spawn_blocking(move || child.wait()).await;
                }
                (None, _) => {}
            }
        });
    }

    fn say(&mut self, attempt: AttemptId, what: Say) {
        if let Some(say) = self.followed.get(&attempt) {
            // An attempt that is over hears nothing any more.
            let _ = say.send(what);
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.waiting.close();
    }
}

impl Executor for Supervised {
    fn launch(&mut self, launch: &Launch, secrets: &Secrets) {
        match self.spawn(launch, secrets) {
            Ok(Started { child, stream }) => {
                self.follow(launch, false, Some(stream), Some(child));
            }
            Err(error) => {
                // Whether it was started, by whomever, is decided by the claim alone. Where
                // none can be made, as on a full disk, nobody else has made one either.
                let dir = self.dir.attempt(&launch.directory());
                if matches!(supervisor::claim(&dir, "void"), Ok(false)) {
                    self.follow(launch, false, None, None);
                    return;
                }
                let report = Report {
                    ended: Ended::NotStarted {
                        reason: format!("it cannot be launched: {error}"),
                    },
                    at: super::clock::now(),
                    milliseconds: 0,
                    output: OutputDigest::default(),
                    captured: Captured::default(),
                    survivors: Vec::new(),
                    more_survivors: 0,
                };
                let _ = self.reports.send(Observed::Finished {
                    attempt: launch.attempt,
                    report: Box::new(report),
                });
            }
        }
    }

    fn stop(&mut self, attempt: AttemptId) {
        self.say(attempt, Say::Stop);
    }

    fn recorded(&mut self, attempt: AttemptId) {
        self.say(attempt, Say::Recorded);
    }

    fn type_in(&mut self, attempt: AttemptId, bytes: &[u8]) {
        self.say(attempt, Say::Type(bytes.to_vec()));
    }

    fn resize(&mut self, attempt: AttemptId, size: Size) {
        self.size = size;
        self.say(attempt, Say::Resize(size));
    }

    fn query(&mut self, query: &Query, secrets: &Secrets) {
        query::ask(
            &mut self.asking,
            query.clone(),
            secrets.clone(),
            self.reports.clone(),
        );
    }

    fn sample(&mut self, samplings: Vec<Sampling>, secrets: &Secrets) {
        self.sampler = Sampler::default();
        for sampling in samplings {
            let reports = self.reports.clone();
            self.sampler.add(sampling, secrets.clone(), reports);
        }
    }

    fn adopt(&mut self, launch: &Launch, may_have_run: bool) -> Verdict {
        let dir = self.dir.attempt(&launch.directory());
        let attempt = launch.attempt;
        let verdict = match attach::verdict(&dir, attempt) {
            Ok(Verdict::NeverStarted) if may_have_run => {
                Verdict::Unknown(Box::new(attach::lost(&dir)))
            }
            Ok(verdict) => verdict,
            // Looked at again by the follower, until it is clear.
            Err(error) if attach::is_passing(&error) => Verdict::Running,
            Err(_) => Verdict::Unknown(Box::new(attach::lost(&dir))),
        };
        let report = match &verdict {
            Verdict::Finished(report) | Verdict::Unknown(report) => Observed::Finished {
                attempt,
                report: report.clone(),
            },
            Verdict::NeverStarted => Observed::NeverStarted { attempt },
            Verdict::Running => {
                self.follow(launch, may_have_run, None, None);
                return verdict;
            }
        };
        let _ = self.reports.send(report);
        verdict
    }
}
