//! Following one attempt: passing on what its supervisor says, and to it what the
//! operator wants, until it is over.

use std::{os::unix::net::UnixStream as StdStream, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixStream, unix::OwnedWriteHalf},
    sync::mpsc::UnboundedReceiver,
    time::Instant,
};

use super::{
    Reports, Size, attach,
    attach::Verdict,
    protocol::{MAX_INPUT, MAX_LINE, Reply, Request},
};
use crate::engine::{AttemptId, observed::Observed};
use crate::run_dir::AttemptDir;

/// How often an attempt whose supervisor cannot be talked to is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Something to say to a supervisor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Say {
    /// Stop the command.
    Stop,
    /// Type this into its terminal.
    Type(Vec<u8>),
    /// Give its terminal this size.
    Resize(Size),
    /// How it ended is recorded.
    Recorded,
}

/// Follows one attempt until it is over.
pub struct Follower {
    /// The attempt's directory.
    pub dir: AttemptDir,
    /// The attempt.
    pub attempt: AttemptId,
    /// A missing claim proves nothing.
    pub may_have_run: bool,
    /// Where to report to.
    pub reports: Reports,
}

/// For how long keys are kept that nobody takes yet: a supervisor may begin to listen
/// a moment after somebody began to type. What was typed at a screen that has shown
/// nothing new for longer was meant for something else.
const KEYS: Duration = Duration::from_secs(1);
/// The most keys that are kept.
const MOST_KEYS: usize = 4096;

/// What the supervisor has yet to be told.
#[derive(Debug, Default)]
struct Owed {
    stop: bool,
    size: Option<Size>,
    typed: Vec<u8>,
    /// When the first of them was typed.
    typed_at: Option<Instant>,
}

impl Owed {
    /// Keeps what still holds later.
    fn keep(&mut self, what: &Say) {
        match what {
            Say::Stop => self.stop = true,
            Say::Resize(size) => self.size = Some(*size),
            Say::Type(_) | Say::Recorded => {}
        }
    }

    /// The same while nobody listens.
    fn keep_all(&mut self, what: &Say) {
        self.keep(what);
        if let Say::Type(bytes) = what
            && self.typed.len() + bytes.len() <= MOST_KEYS
        {
            self.typed.extend_from_slice(bytes);
            self.typed_at.get_or_insert_with(Instant::now);
        }
    }

    /// The keys that are still meant for what runs.
    fn keys(&mut self) -> Vec<u8> {
        let typed = std::mem::take(&mut self.typed);
        let fresh = self.typed_at.take().is_some_and(|at| at.elapsed() < KEYS);
        if fresh { typed } else { Vec::new() }
    }
}

/// What a supervisor was heard to say until the connection was over.
enum Heard {
    /// How it ended; and the way to the supervisor, if that waits for the next attempt.
    End(Option<StdStream>),
    /// Not how it ended.
    Nothing,
}

impl Follower {
    /// Follows; `stream` leads to the supervisor if somebody knows how. It is given back
    /// by a supervisor that waits for the next attempt.
    pub async fn run(
        &self,
        stream: Option<StdStream>,
        mut said: UnboundedReceiver<Say>,
    ) -> Option<StdStream> {
        let mut owed = Owed::default();
        let mut stream = stream;
        loop {
            if stream.is_none() {
                // A supervisor that has just begun does not listen yet.
                stream = attach::connect(&self.dir).ok();
            }
            if let Some(stream) = stream.take().and_then(|it| UnixStream::from_std(it).ok())
                && let Heard::End(stream) = self.listen(stream, &mut said, &mut owed).await
            {
                return stream;
            }
            // The supervisor does not talk: its directory tells.
            match attach::verdict(&self.dir, self.attempt) {
                Ok(Verdict::Running) => {}
                Ok(Verdict::Finished(report) | Verdict::Unknown(report)) => {
                    self.finished(report);
                    return None;
                }
                Ok(Verdict::NeverStarted) if !self.may_have_run => {
                    let attempt = self.attempt;
                    let _ = self.reports.send(Observed::NeverStarted { attempt });
                    return None;
                }
                Err(error) if attach::is_passing(&error) => {}
                Ok(Verdict::NeverStarted) | Err(_) => {
                    self.finished(Box::new(attach::lost(&self.dir)));
                    return None;
                }
            }
            let again = tokio::time::sleep(LOOK);
            tokio::pin!(again);
            loop {
                tokio::select! {
                    () = &mut again => break,
                    Some(what) = said.recv() => owed.keep_all(&what),
                }
            }
        }
    }

    fn finished(&self, report: Box<crate::engine::observed::Report>) {
        let attempt = self.attempt;
        // A console that is gone needs no report.
        let _ = self.reports.send(Observed::Finished { attempt, report });
    }

    /// Passes on what the supervisor says.
    async fn listen(
        &self,
        stream: UnixStream,
        said: &mut UnboundedReceiver<Say>,
        owed: &mut Owed,
    ) -> Heard {
        let attempt = self.attempt;
        let (reading, mut writing) = stream.into_split();
        if owed.stop && !self.pass_on(Say::Stop, &mut writing).await {
            return Heard::Nothing;
        }
        if let Some(size) = owed.size
            && !self.pass_on(Say::Resize(size), &mut writing).await
        {
            return Heard::Nothing;
        }
        let keys = owed.keys();
        if !keys.is_empty() && !self.pass_on(Say::Type(keys), &mut writing).await {
            return Heard::Nothing;
        }
        let mut reading = BufReader::new(reading.take(MAX_LINE as u64));
        let mut line = Vec::new();
        // It said how it ended.
        let mut over = false;
        loop {
            tokio::select! {
                // Bytes, because a line that is half read when something is to be said
                // stays half read, where a text would be lost.
                read = reading.read_until(b'\n', &mut line) => {
                    if read.is_err() || line.last() != Some(&b'\n') {
                        return if over { Heard::End(None) } else { Heard::Nothing };
                    }
                    // The limit is one line's, not the conversation's.
                    reading.get_mut().set_limit(MAX_LINE as u64);
                    match serde_json::from_slice(&line) {
                        Ok(Reply::Started { pid }) => {
                            let _ = self.reports.send(Observed::Started { attempt, pid });
                        }
                        Ok(Reply::Silent { since }) => {
                            let _ = self.reports.send(Observed::Silent { attempt, since });
                        }
                        Ok(Reply::Trouble { what }) => {
                            let _ = self.reports.send(Observed::Trouble { attempt, what });
                        }
                        Ok(Reply::Unsaved { report, why }) => {
                            let what = Some(format!("its end cannot be written down: {why}"));
                            let _ = self.reports.send(Observed::Trouble { attempt, what });
                            // The journal may stand on another disk. The supervisor goes on
                            // trying until it hears that the end is recorded there.
                            self.finished(report);
                        }
                        Ok(Reply::Finished { report }) => {
                            self.finished(report);
                            over = true;
                        }
                        Ok(Reply::Waiting) if over => {
                            let reading = reading.into_inner().into_inner();
                            let stream = reading.reunite(writing).ok();
                            return Heard::End(stream.and_then(|it| it.into_std().ok()));
                        }
                        Ok(Reply::Claimed) => return Heard::Nothing,
                        // It waits for the next attempt; or it says what this version does
                        // not know.
                        Ok(Reply::Waiting) | Err(_) => {}
                    }
                    line.clear();
                }
                Some(what) = said.recv(), if !over => {
                    owed.keep(&what);
                    if !self.pass_on(what, &mut writing).await {
                        return Heard::Nothing;
                    }
                }
            }
        }
    }

    /// Whether the supervisor could be told.
    async fn pass_on(&self, what: Say, writing: &mut OwnedWriteHalf) -> bool {
        let attempt = self.attempt;
        let requests = match what {
            Say::Stop => vec![Request::Stop { attempt }],
            Say::Recorded => vec![Request::Recorded { attempt }],
            Say::Resize(size) => vec![Request::Resize { attempt, size }],
            Say::Type(bytes) => bytes
                .chunks(MAX_INPUT)
                .map(|piece| Request::Input {
                    attempt,
                    bytes: piece.to_vec(),
                })
                .collect(),
        };
        for request in requests {
            let mut line = serde_json::to_vec(&request).unwrap_or_default();
            line.push(b'\n');
            if writing.write_all(&line).await.is_err() {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::supervisor::claim;
    use crate::run_dir::{private_file, write_private};
    use std::os::unix::net::UnixListener;

    /// An attempt that is claimed and whose supervisor holds its lock.
    fn running() -> (tempfile::TempDir, AttemptDir, std::fs::File) {
        let scratch = tempfile::tempdir().unwrap();
        let dir = AttemptDir::at(scratch.path().to_owned());
        assert!(claim(&dir, "spawn").unwrap());
        write_private(&dir.lock(), b"").unwrap();
        let lock = private_file().write(true).open(dir.lock()).unwrap();
        lock.try_lock().unwrap();
        (scratch, dir, lock)
    }

    #[tokio::test]
    async fn a_stop_is_kept_until_the_supervisor_listens() {
        let (_scratch, dir, _lock) = running();
        let (reports, _observed) = tokio::sync::mpsc::unbounded_channel();
        let (say, said) = tokio::sync::mpsc::unbounded_channel();
        let follower = Follower {
            dir: dir.clone(),
            attempt: 3,
            may_have_run: true,
            reports,
        };
        say.send(Say::Stop).unwrap();
        say.send(Say::Type(b"lost".to_vec())).unwrap();
        let following = tokio::spawn(async move { follower.run(None, said).await });
        tokio::time::sleep(LOOK / 2).await;
        let listener = UnixListener::bind(dir.path().join("control")).unwrap();
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::UnixListener::from_std(listener).unwrap();
        let (stream, _) = tokio::time::timeout(Duration::from_secs(20), listener.accept())
            .await
            .unwrap()
            .unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).await.unwrap();
        assert!(
            matches!(
                serde_json::from_str(&line),
                Ok(Request::Stop { attempt: 3 })
            ),
            "{line}"
        );
        following.abort();
    }

    #[tokio::test]
    async fn a_supervisor_that_vanished_leaves_an_unknown_outcome() {
        let (_scratch, dir, lock) = running();
        drop(lock);
        let (reports, mut observed) = tokio::sync::mpsc::unbounded_channel();
        let (_say, said) = tokio::sync::mpsc::unbounded_channel();
        let follower = Follower {
            dir,
            attempt: 3,
            may_have_run: false,
            reports,
        };
        follower.run(None, said).await;
        let Some(Observed::Finished { report, .. }) = observed.recv().await else {
            panic!("nothing was reported");
        };
        assert_eq!(report.ended, crate::engine::observed::Ended::Lost);
    }
}
