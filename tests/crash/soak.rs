//! The soak: many runs of twenty steps, consoles and supervisors killed from outside at times that a seed decides, each
//! run taken up again until it is closed. The short one is a test like any other; the long one is
//! `RBCONSOLE_SOAK=500 cargo test --test crash soak:: -- --nocapture`.

use std::{
    fmt,
    process::{Child, Command},
    sync::Mutex,
    time::Duration,
};

use rbconsole::engine::{Event, observed};
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    books::{soak, soak_prints},
    checks::{Crashed, End, Tally, entries, holds},
    hygiene,
    lab::{Env, Found, Lab, PATIENCE, wait, words},
    matrix::{all, calm, has_not_begun},
    sandbox::now,
};

/// How many runs the short one has.
const SHORT: u64 = 15;
/// The most consoles that one run may take.
const CONSOLES: usize = 60;

/// What all runs came to.
#[derive(Debug, Default)]
struct Figures {
    runs: u64,
    consoles: u64,
    console_kills: u64,
    supervisor_kills: u64,
    /// Killed before anything was recorded: nothing had run, and another run began.
    begun_anew: u64,
    events: u64,
    told: u64,
    attempts: u64,
    unknown: u64,
    void: u64,
    /// Found by a resume: they ended while no console was there.
    unseen_ends: u64,
    logs: u64,
    log_bytes: u64,
}

impl Figures {
    fn add(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.runs, other.runs),
            (&mut self.consoles, other.consoles),
            (&mut self.console_kills, other.console_kills),
            (&mut self.supervisor_kills, other.supervisor_kills),
            (&mut self.begun_anew, other.begun_anew),
            (&mut self.events, other.events),
            (&mut self.told, other.told),
            (&mut self.attempts, other.attempts),
            (&mut self.unknown, other.unknown),
            (&mut self.void, other.void),
            (&mut self.unseen_ends, other.unseen_ends),
            (&mut self.logs, other.logs),
            (&mut self.log_bytes, other.log_bytes),
        ] {
            *mine += theirs;
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = [
            ("runs closed", self.runs),
            ("consoles", self.consoles),
            ("consoles killed", self.console_kills),
            ("supervisors killed", self.supervisor_kills),
            ("runs killed before they began", self.begun_anew),
            ("attempts", self.attempts),
            ("of which never ran, and said so", self.void),
            ("of which unknown, and declared", self.unknown),
            (
                "of which ended while no console was there",
                self.unseen_ends,
            ),
            ("events in the journals", self.events),
            ("events told by consoles, all of them there", self.told),
            ("logs compared with what was printed", self.logs),
            ("their bytes", self.log_bytes),
        ];
        for (what, count) in rows {
            writeln!(f, "| {what:<44} | {count:>12} |")?;
        }
        Ok(())
    }
}

/// Chance that a seed decides (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let place = self.below(from.len().max(1) as u64);
        from.get(usize::try_from(place).unwrap_or(0))
    }
}

/// The supervisors that live in this home. Each leads a session; what it has just forked and will become a command
/// bears its name for a moment and does not.
fn supervisors(lab: &Lab) -> Vec<i32> {
    let home = lab.sandbox.path().to_string_lossy().into_owned();
    let ours =
        |command: &str, _: &str| command.contains(" __supervise ") && command.contains(&home);
    let leads = |pid: &i32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        rest.split(' ').nth(3) == Some(pid.to_string().as_str())
    };
    let all = hygiene::processes(ours);
    all.iter().map(|it| it.pid).filter(leads).collect()
}

fn kill(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok())
}

/// Lets a console live for a while, then kills it or a supervisor; false when it ended by itself.
fn disturb(
    lab: &Lab,
    child: &mut Child,
    chance: &mut Chance,
    figures: &mut Figures,
) -> Found<bool> {
    let life = Duration::from_millis(chance.below(450));
    let began = now();
    while began.elapsed() < life {
        if child.try_wait().map_err(words)?.is_some() {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    if chance.below(3) == 0 {
        // The one that is alive now, if it is between two commands the next one.
        let until = now();
        while until.elapsed() < Duration::from_millis(300) {
            if child.try_wait().map_err(words)?.is_some() {
                return Ok(false);
            }
            if let Some(&pid) = chance.pick(&supervisors(lab))
                && kill(pid)
            {
                figures.supervisor_kills += 1;
                return Ok(true);
            }
        }
        return Ok(true);
    }
    if child.try_wait().map_err(words)?.is_none() && child.kill().is_ok() {
        figures.console_kills += 1;
    }
    Ok(true)
}

fn one(seed: u64, wanted: &End) -> Found<Figures> {
    let mut lab = Lab::new(soak());
    let mut figures = Figures::default();
    let mut chance = Chance(seed);
    soaked(&mut lab, &mut chance, &mut figures, wanted)
        .map_err(|error| format!("seed {seed}: {error}\n{}", lab.story()))?;
    Ok(figures)
}

fn soaked(lab: &mut Lab, chance: &mut Chance, figures: &mut Figures, wanted: &End) -> Found<()> {
    let mut kills = 1 + chance.below(5);
    let mut command = lab.run_command(&Env::default());
    for number in 0.. {
        if number > CONSOLES {
            return Err("it could not be closed".to_owned());
        }
        let status = console(lab, &mut command, &mut kills, chance, figures)?;
        if lab.sandbox.run_dirs().is_empty() || has_not_begun(lab)? {
            // Killed before anything was durable: there is no run, and nothing ran.
            if !lab.marks().is_empty() {
                return Err("something ran before the run began".to_owned());
            }
            for path in lab.sandbox.run_dirs() {
                std::fs::remove_dir_all(path).map_err(words)?;
            }
            figures.begun_anew += 1;
            command = lab.run_command(&Env::default());
            continue;
        }
        if lab.state()?.closed.is_some() {
            break;
        }
        // What headless left to a person needs one; otherwise either may come.
        let person = status == Some(3) || (kills > 0 && chance.below(3) == 0);
        command = if person && number % 7 != 6 {
            lab.operator_command(&Env::default())?
        } else {
            lab.resume_command(&Env::default())
        };
    }
    let crashed = Crashed {
        supervisors: figures.supervisor_kills > 0,
    };
    let tally = holds(lab, wanted, crashed)?;
    printed_as_foretold(lab, figures)?;
    count(lab, &tally, figures)
}

/// One console, disturbed as long as there are kills left; how it ended.
fn console(
    lab: &mut Lab,
    command: &mut Command,
    kills: &mut u64,
    chance: &mut Chance,
    figures: &mut Figures,
) -> Found<Option<i32>> {
    figures.consoles += 1;
    let (mut child, said) = lab.begins(command)?;
    while *kills > 0 && disturb(lab, &mut child, chance, figures)? {
        *kills -= 1;
    }
    let status = wait(&mut child, PATIENCE)?;
    let ended = lab.said(status, &said)?;
    if !ended.was_killed() && ![Some(0), Some(3)].contains(&status.code()) {
        return Err(format!(
            "a console ended with {status}:\n{}\n{}",
            ended.out, ended.err
        ));
    }
    Ok(status.code())
}

/// Every log that has a digest holds what its command prints, every other one the beginning of that; and who has an
/// exit record ended as its script does.
fn printed_as_foretold(lab: &Lab, figures: &mut Figures) -> Found<()> {
    let dir = lab.run_dir()?;
    let mut names = std::collections::BTreeMap::new();
    for entry in entries(lab)? {
        match entry.event {
            Event::AttemptStarting { launch, .. } => {
                names.insert(launch.attempt, launch.directory());
            }
            Event::AttemptFinished {
                attempt, report, ..
            } => {
                let name = names
                    .get(&attempt)
                    .ok_or("an attempt without a beginning")?;
                let log = std::fs::read(dir.attempt(name).path().join("output.log"));
                let log = String::from_utf8_lossy(&log.unwrap_or_default()).into_owned();
                let (code, text) = soak_prints(name);
                match report.ended.clone() {
                    observed::Ended::Exit { code: found } if found == code => {
                        // Two pipes keep no order between each other.
                        let lines = |text: &str| {
                            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                            lines.sort();
                            lines
                        };
                        if lines(&log) != lines(&text) {
                            return Err(format!(
                                "{name} printed {} bytes of {}",
                                log.len(),
                                text.len()
                            ));
                        }
                        figures.log_bytes += log.len() as u64;
                    }
                    observed::Ended::Lost if text.starts_with(&log) || log == "done\n" => {}
                    observed::Ended::NotStarted { .. } if log.is_empty() => {}
                    other => return Err(format!("{name} ended with {other:?}, printed {log:?}")),
                }
            }
            Event::RunResumed(resumed) => {
                let unseen = resumed
                    .found
                    .iter()
                    .filter(|it| it.contains("finished while you were gone"));
                figures.unseen_ends += unseen.count() as u64;
            }
            _ => {}
        }
    }
    Ok(())
}

fn count(lab: &Lab, tally: &Tally, figures: &mut Figures) -> Found<()> {
    figures.runs += 1;
    figures.events += entries(lab)?.len() as u64;
    figures.told += lab.told().len() as u64;
    figures.attempts += tally.attempts as u64;
    figures.unknown += tally.unknown as u64;
    figures.void += tally.void as u64;
    figures.logs += tally.logs as u64;
    Ok(())
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

#[test]
fn nothing_is_lost_and_nothing_runs_twice() {
    let began = now();
    let wanted = calm(soak()).unwrap_or_else(|error| panic!("{error}")).end;
    let runs = number("RBCONSOLE_SOAK", SHORT);
    let first = number("RBCONSOLE_SOAK_SEED", 1);
    let seeds: Vec<u64> = (first..first + runs).collect();
    let figures = Mutex::new(Figures::default());
    let wrong = all(&seeds, |&seed| {
        let found = one(seed, &wanted)?;
        figures.lock().map_err(words)?.add(&found);
        Ok(())
    });
    let figures = figures.into_inner().expect("nobody panicked");
    assert!(
        wrong.is_empty(),
        "{} of {runs} runs went wrong:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
    println!(
        "{figures}in {:.0?}, seeds {first} to {}",
        began.elapsed(),
        first + runs - 1
    );
    assert!(
        figures.console_kills > 0 && figures.supervisor_kills > 0,
        "{figures}"
    );
    assert!(figures.unseen_ends > 0, "{figures}");
}
