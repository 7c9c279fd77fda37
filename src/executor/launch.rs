//! The real executor: a supervisor process per attempt.

use std::{
    collections::BTreeMap,
    io,
    os::{fd::OwnedFd, unix::net::UnixStream as StdStream},
    path::PathBuf,
    process::{Child, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
    sync::mpsc,
};

use super::{
    Executor, Reports, Secrets, attach,
    attach::Verdict,
    protocol::{self, MAX_LINE, Reply, Request},
    query, supervisor,
};
use crate::engine::{
    AttemptId, Launch, Query,
    observed::{Captured, Ended, Observed, OutputDigest, Report},
};
use crate::run_dir::{AttemptDir, RunDir, write_private};

/// How often an attempt without a control socket is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Runs commands under supervisors of their own.
pub struct Supervised {
    dir: RunDir,
    program: PathBuf,
    reports: Reports,
    stops: BTreeMap<AttemptId, mpsc::UnboundedSender<()>>,
    asking: query::Asking,
}

impl Supervised {
    /// An executor for one run. `program` is the binary whose hidden subcommand
    /// is the supervisor: this one.
    pub fn new(dir: RunDir, program: PathBuf, reports: Reports) -> Self {
        if tokio::runtime::Handle::try_current().is_ok() {
            // An inherited "ignore" would let the kernel reap commands unseen, here
            // and in every supervisor; a handler replaces it and ends at the exec.
            let _ = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::child());
        }
        Self {
            dir,
            program,
            reports,
            stops: BTreeMap::new(),
            asking: query::Asking::default(),
        }
    }

    fn spawn(&self, launch: &Launch, secrets: &Secrets) -> io::Result<(Child, StdStream)> {
        let dir = self.dir.attempt(&launch.directory());
        dir.create()?;
        write_private(&dir.spec(), &serde_json::to_vec(launch)?)?;
        let (ours, theirs) = StdStream::pair()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the executor is the room that starts processes"
        )]
        let child = std::process::Command::new(&self.program)
            .arg(supervisor::SUBCOMMAND)
            .arg(dir.path())
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let begin = Request::Begin {
            version: protocol::VERSION,
            launch: Box::new(launch.clone()),
            // All of them are masked: the command inherits the console's environment.
            secrets: secrets.clone(),
            run: self.dir.id(),
        };
        let mut line = serde_json::to_vec(&begin)?;
        line.push(b'\n');
        io::Write::write_all(&mut &ours, &line)?;
        ours.set_nonblocking(true)?;
        Ok((child, ours))
    }

    fn follow(&mut self, launch: &Launch, stream: Option<StdStream>, child: Option<Child>) {
        let (stop, stops) = mpsc::unbounded_channel();
        self.stops.insert(launch.attempt, stop);
        let follower = Follower {
            dir: self.dir.attempt(&launch.directory()),
            attempt: launch.attempt,
            reports: self.reports.clone(),
        };
        tokio::spawn(async move {
            follower.run(stream, stops).await;
            if let Some(mut child) = child {
                // It has said everything and is about to end.
                let _ = tokio::task::spawn_blocking(move || child.wait()).await;
            }
        });
    }
}

impl Executor for Supervised {
    fn launch(&mut self, launch: &Launch, secrets: &Secrets) {
        match self.spawn(launch, secrets) {
            Ok((child, stream)) => self.follow(launch, Some(stream), Some(child)),
            Err(error) => {
                // Whether it was started is decided by the claim alone.
                let dir = self.dir.attempt(&launch.directory());
                let ours = supervisor::claim(&dir, "void").unwrap_or(false);
                if !ours {
                    self.follow(launch, None, None);
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
                };
                let _ = self.reports.send(Observed::Finished {
                    attempt: launch.attempt,
                    report: Box::new(report),
                });
            }
        }
    }

    fn stop(&mut self, attempt: AttemptId) {
        if let Some(stop) = self.stops.get(&attempt) {
            let _ = stop.send(());
        }
    }

    fn query(&mut self, query: &Query, secrets: &Secrets) {
        query::ask(
            &mut self.asking,
            query.clone(),
            secrets.clone(),
            self.reports.clone(),
        );
    }

    fn adopt(&mut self, launch: &Launch, may_have_run: bool) -> Verdict {
        let dir = self.dir.attempt(&launch.directory());
        let attempt = launch.attempt;
        let verdict = attach::verdict(&dir, attempt).unwrap_or_else(|error| {
            let mut report = attach::lost(&dir);
            report.ended = Ended::Lost;
            report.captured = Captured::default();
            let _ = error;
            Verdict::Unknown(Box::new(report))
        });
        let verdict = match verdict {
            Verdict::NeverStarted if may_have_run => Verdict::Unknown(Box::new(attach::lost(&dir))),
            other => other,
        };
        let report = match &verdict {
            Verdict::Finished(report) | Verdict::Unknown(report) => Observed::Finished {
                attempt,
                report: report.clone(),
            },
            Verdict::NeverStarted => Observed::NeverStarted { attempt },
            Verdict::Running => {
                let stream = attach::control_path(&dir)
                    .and_then(|control| StdStream::connect(control.path()))
                    .and_then(|stream| stream.set_nonblocking(true).map(|()| stream));
                self.follow(launch, stream.ok(), None);
                return verdict;
            }
        };
        let _ = self.reports.send(report);
        verdict
    }
}

/// Follows one attempt until it is over.
struct Follower {
    dir: AttemptDir,
    attempt: AttemptId,
    reports: Reports,
}

impl Follower {
    async fn run(&self, stream: Option<StdStream>, stops: mpsc::UnboundedReceiver<()>) {
        let stream = stream.and_then(|stream| UnixStream::from_std(stream).ok());
        if let Some(stream) = stream
            && self.listen(stream, stops).await
        {
            return;
        }
        // The supervisor does not talk any more: its directory tells.
        let report = loop {
            match attach::verdict(&self.dir, self.attempt) {
                Ok(Verdict::Running) => tokio::time::sleep(LOOK).await,
                Ok(Verdict::Finished(report) | Verdict::Unknown(report)) => break report,
                Ok(Verdict::NeverStarted) => {
                    let attempt = self.attempt;
                    let _ = self.reports.send(Observed::NeverStarted { attempt });
                    return;
                }
                Err(_) => break Box::new(attach::lost(&self.dir)),
            }
        };
        let _ = self.reports.send(Observed::Finished {
            attempt: self.attempt,
            report,
        });
    }

    /// Passes on what the supervisor says; true when it said how it ended.
    async fn listen(&self, stream: UnixStream, mut stops: mpsc::UnboundedReceiver<()>) -> bool {
        let attempt = self.attempt;
        let (reading, mut writing) = stream.into_split();
        let mut reading = BufReader::new(reading.take(MAX_LINE as u64));
        let mut line = String::new();
        loop {
            tokio::select! {
                read = reading.read_line(&mut line) => {
                    if !matches!(read, Ok(count) if count > 0) {
                        return false;
                    }
                    match serde_json::from_str(&line) {
                        Ok(Reply::Started { pid }) => {
                            let _ = self.reports.send(Observed::Started { attempt, pid });
                        }
                        Ok(Reply::Finished { report }) => {
                            let _ = self.reports.send(Observed::Finished { attempt, report });
                            return true;
                        }
                        Ok(Reply::Claimed) | Err(_) => return false,
                    }
                    line.clear();
                }
                Some(()) = stops.recv() => {
                    let mut request = serde_json::to_vec(&Request::Stop { attempt })
                        .unwrap_or_default();
                    request.push(b'\n');
                    if writing.write_all(&request).await.is_err() {
                        return false;
                    }
                }
            }
        }
    }
}
