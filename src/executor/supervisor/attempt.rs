//! A command that runs, until it and, on a stop, all that it started is gone.

use std::{io, time::Duration};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::Signal,
};

use super::{connections::Connections, pump::Pump, silence::Silence};
use crate::crash;
use crate::engine::{
    Launch,
    observed::{Ended, Report},
};
use crate::executor::{
    clock,
    kin::{Kin, Survivors, cgroup::Fence},
    process::Process,
    protocol::Reply,
    terminal::{self, Keyboard},
    value_file::ValueFile,
};

/// How long output is still read after the command has ended while something
/// that it left behind holds its pipes.
const LINGER: Duration = Duration::from_millis(500);

/// How often it is looked whether what a stop must reach is gone.
const LOOK: Duration = Duration::from_millis(10);
/// How long after a normal end it is waited for what is about to end with it, as a
/// `tee` behind the script's output, before it is named as left behind.
const SETTLE: Duration = Duration::from_millis(100);
/// How long after the KILL something may take to go before it is named as what could
/// not be stopped: another user's process, or one that waits for a device.
const GIVE_UP: Duration = Duration::from_secs(2);
/// How often orphans that have ended are reaped while nothing else happens.
const REAP: Duration = Duration::from_secs(30);

/// Why the command is being ended, and since when it is killed.
struct Ending {
    cause: Ended,
    kill_at: Duration,
    killed: bool,
}

/// An attempt that is over.
pub struct Over {
    /// How it went.
    pub report: Report,
    /// It ended soon and by itself, and nothing that it started is left: what this
    /// process runs next cannot be taken for it.
    pub clean: bool,
}

/// A command with all that is told of it and to it.
pub struct Attempt<'a> {
    /// What runs.
    pub launch: &'a Launch,
    /// Its control group, if it gets one.
    pub fence: Fence<'a>,
    /// All that it starts.
    pub kin: Kin,
    /// The command itself.
    pub process: Process,
    /// Takes its output.
    pub pump: Pump,
    /// Takes its values.
    pub variables: Option<ValueFile>,
    /// Notices when it prints nothing.
    pub silence: Silence,
    /// What is typed for it.
    pub keyboard: Keyboard,
    /// Who looks on.
    pub connections: &'a mut Connections,
    /// Wakes for what is due, also after a sleep of the machine.
    pub alarm: clock::Alarm,
    /// When it was started.
    pub began: Duration,
}

impl Attempt<'_> {
    /// Until the command, and on a stop all that it started, is gone.
    ///
    /// # Errors
    /// When its output cannot be read.
    pub fn run(mut self) -> io::Result<Over> {
        let deadline = self
            .began
            .saturating_add(Duration::from_millis(self.launch.timeout_ms));
        let mut ending: Option<Ending> = None;
        let mut over: Option<(Ended, Duration)> = None;
        loop {
            let now = clock::boottime();
            if over.is_none()
                && let Some(ended) = self.kin.command_ended()
            {
                over = Some((ended, now));
            }
            if ending.is_none() && over.is_none() && now >= deadline {
                ending = Some(self.begin_ending(Ended::Deadline, now));
            }
            if let Some(ending) = &mut ending
                && now >= ending.kill_at
            {
                // Again and again: something may have been forked in between.
                self.kill();
                ending.killed = true;
            }
            if over.is_none() && self.fence.due().is_some_and(|due| now >= due) {
                self.fence.raise();
            }
            if let Some((_, since)) = &over {
                self.process.let_go_of_terminal();
                // A stop means all of it; a normal end leaves what the
                // command put into the background alone.
                let kin_done = match &ending {
                    Some(ending) => now >= ending.kill_at + GIVE_UP || !self.kin.is_alive(),
                    None => now >= *since + SETTLE || !self.kin.is_alive(),
                };
                let drained = self.pump.is_done() || now >= *since + LINGER;
                if kin_done && drained {
                    crash::point("supervisor.command_ended");
                    // What already stands in the pipes is the command's; what a
                    // background job goes on writing is not waited for.
                    for _ in 0..16 {
                        if self.pump.is_done() {
                            break;
                        }
                        self.pump.read(&self.process)?;
                    }
                    break;
                }
            }
            if over.is_none()
                && let Some(since) = self.silence.news(now)
            {
                self.connections.tell(Reply::Silent { since });
            }
            self.wait(
                now,
                deadline,
                ending.as_ref(),
                over.as_ref().map(|(_, at)| *at),
            )?;
            let heard = self.pump.read(&self.process)?;
            if let Some(news) = self.pump.news() {
                self.connections.tell(news);
            }
            if heard && self.silence.heard(clock::boottime(), clock::now()) {
                self.connections.silence_is_over();
            }
            // A stop that comes after the end is too late.
            if over.is_none()
                && let Some(ended) = self.kin.command_ended()
            {
                over = Some((ended, clock::boottime()));
            }
            if self.listen() && ending.is_none() && over.is_none() {
                ending = Some(self.begin_ending(Ended::Stopped, clock::boottime()));
            }
        }
        let clean = ending.is_none() && !self.fence.is_raised() && !self.kin.is_alive();
        let ended = match (ending, over) {
            (Some(ending), _) => ending.cause,
            (None, Some((ended, _))) => ended,
            (None, None) => Ended::Lost,
        };
        let elapsed = clock::boottime().saturating_sub(self.began);
        let Survivors { named, more } = self.kin.survivors();
        self.fence.remove();
        let (output, captured) = self.pump.finish(&self.launch.capture, self.variables);
        let report = Report {
            ended,
            at: clock::now(),
            milliseconds: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            output,
            captured,
            survivors: named,
            more_survivors: more,
        };
        Ok(Over { report, clean })
    }

    /// Does what consoles ask for; whether one asks to stop.
    fn listen(&mut self) -> bool {
        let asked = self.connections.asked();
        if self.process.has_terminal() {
            if let Some(size) = asked.size {
                // A terminal that is gone has no size.
                let _ = terminal::resize(&self.process.stdout, size);
            }
            self.keyboard.push(&asked.typed);
            self.keyboard.hand_over(&self.process.stdout);
        }
        asked.stop
    }

    fn begin_ending(&mut self, cause: Ended, now: Duration) -> Ending {
        self.fence.raise();
        // What is stopped would not see the TERM.
        self.kin.signal(&[Signal::TERM, Signal::CONT]);
        crash::point("supervisor.ending_begun");
        Ending {
            cause,
            kill_at: now + Duration::from_millis(self.launch.kill_grace_ms),
            killed: false,
        }
    }

    fn kill(&mut self) {
        self.fence.kill();
        self.kin.signal(&[Signal::KILL]);
    }

    /// Sleeps until something happens or the next deadline is due.
    fn wait(
        &self,
        now: Duration,
        deadline: Duration,
        ending: Option<&Ending>,
        over: Option<Duration>,
    ) -> io::Result<()> {
        let mut until = match (ending, over) {
            // What the command started ends unseen: look.
            (Some(ending), Some(_)) if !ending.killed => ending.kill_at.min(now + LOOK),
            (Some(_), Some(_)) => now + LOOK,
            (None, Some(since)) if now < since + SETTLE => now + LOOK,
            (None, Some(since)) => since + LINGER,
            (Some(ending), None) if !ending.killed => ending.kill_at,
            (Some(_), None) => now + Duration::from_secs(1),
            (None, None) => deadline,
        };
        let reap = now + REAP;
        if over.is_none() && self.process.ended.is_none() {
            until = until.min(now + Duration::from_millis(50));
        }
        let silence = self.silence.due().filter(|_| over.is_none());
        let fence = self.fence.due().filter(|_| over.is_none());
        for due in [silence, fence, self.connections.due()]
            .into_iter()
            .flatten()
        {
            until = until.min(due);
        }
        let left = until.min(reap).saturating_sub(now);
        let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(8);
        if over.is_none()
            && let Some(ended) = &self.process.ended
        {
            fds.push(PollFd::new(ended, PollFlags::IN));
        }
        self.pump.poll_fds(&self.process, &mut fds);
        if self.keyboard.is_waiting() && self.process.has_terminal() {
            fds.push(PollFd::new(&self.process.stdout, PollFlags::OUT));
        }
        self.connections.poll_fds(&mut fds);
        if let Some(alarm) = self.alarm.at(until, now) {
            fds.push(PollFd::new(alarm, PollFlags::IN));
        }
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(3600),
            tv_nsec: left.subsec_nanos().into(),
        };
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
