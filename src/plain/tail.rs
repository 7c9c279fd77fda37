//! What commands print, told as it comes: each line with its command's name where several
//! run, and a flood in a few words.

use std::{collections::BTreeMap, io, ops::Range, time::Duration};

use tokio::time::Instant;

use super::words::thousands;
use crate::engine::{AttemptId, State, effect::Part, off_script, state::Attempt};
use crate::output::{Reader, size, text};
use crate::report::timeline::step_title;
use crate::run_dir::AttemptDir;
use crate::tui::source::Source;

/// So many lines of one command may come at once …
const BURST: u32 = 100;
/// … and so many each second after that.
const A_SECOND: u32 = 20;
/// So many of the last lines are told after a flood.
const LAST: usize = 3;
/// What lies so far behind is not read any more, only measured.
const BEHIND: u64 = 32 << 20;
/// How long a line without an end is waited for.
const HALF: Duration = Duration::from_secs(1);
/// The longest line that is kept while its end is waited for.
const LONGEST: usize = 64 << 10;
/// How much of the end of a log is looked at for its last lines.
const RECENT: u64 = 256 << 10;

/// The outputs of the commands that run.
#[derive(Default)]
pub struct Tails {
    tails: BTreeMap<AttemptId, Tail>,
    /// Attempts whose output was told to its end.
    done: Vec<AttemptId>,
}

/// A line that can be pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// What stands there.
    pub text: String,
    /// When it was printed, in Unix milliseconds.
    pub at: Option<i64>,
    /// By whom.
    pub by: String,
}

impl Tails {
    /// What ended before somebody sat here was told to somebody else.
    pub fn pass_over(&mut self, state: &State) {
        let over = state
            .attempts
            .iter()
            .filter(|(_, attempt)| !attempt.status.is_live());
        self.done.extend(over.map(|(id, _)| *id));
    }

    /// Whether anything may still come.
    pub fn is_open(&self, state: &State) -> bool {
        !self.tails.is_empty() || state.live().next().is_some()
    }

    /// What was printed since the last look.
    pub fn look(&mut self, source: &Source) -> Vec<String> {
        let state = source.state();
        let mut told = Vec::new();
        for (id, attempt) in &state.attempts {
            if self.done.contains(id) {
                continue;
            }
            if !self.tails.contains_key(id)
                && let Some(log) = source.log(*id)
            {
                self.tails.insert(*id, Tail::of(log.dir()));
            }
            let Some(tail) = self.tails.get_mut(id) else {
                continue;
            };
            let over = !attempt.status.is_live();
            let mut lines = match tail.look(over) {
                Ok(lines) => lines,
                Err(error) => vec![format!("(its output cannot be read: {error})")],
            };
            if over {
                self.done.push(*id);
                self.tails.remove(id);
            }
            let several = state
                .live()
                .filter(|(_, attempt)| attempt.launch.part != Part::Watch)
                .count()
                > 1
                || !attempt.launch.script.is_empty();
            let name = if several {
                format!("  {}: ", name(state, attempt))
            } else {
                "  ".to_owned()
            };
            for line in &mut lines {
                line.insert_str(0, &name);
            }
            told.append(&mut lines);
        }
        told
    }
}

/// By what name a command's lines are known: short, for it stands before each of them.
fn name(state: &State, attempt: &Attempt) -> String {
    if attempt.is_off_script() {
        format!("command {}", attempt.launch.attempt)
    } else if attempt.launch.script.is_empty() {
        title(state, attempt)
    } else {
        attempt.launch.script.clone()
    }
}

/// What a command is called where its step is not told beside it.
pub fn title(state: &State, attempt: &Attempt) -> String {
    if attempt.is_off_script() {
        return off_script::title(&attempt.launch);
    }
    let title = step_title(state, &attempt.launch.step);
    if attempt.launch.script.is_empty() {
        title
    } else {
        format!("{title}: {}", attempt.launch.script)
    }
}

/// The last lines of some commands.
pub fn recent(source: &Source, attempts: &[AttemptId], most: usize) -> Vec<Printed> {
    let state = source.state();
    let mut all = Vec::new();
    for id in attempts {
        let (Some(attempt), Some(log)) = (state.attempts.get(id), source.log(*id)) else {
            continue;
        };
        let by = title(state, attempt);
        let lines = last_lines(log.dir(), most).unwrap_or_default();
        all.extend(lines.into_iter().map(|(text, at)| Printed {
            text,
            at,
            by: by.clone(),
        }));
    }
    all
}

fn last_lines(dir: &AttemptDir, most: usize) -> io::Result<Vec<(String, Option<i64>)>> {
    let mut reader = Reader::open(dir.path())?;
    let end = reader.len()?;
    let gap = reader.stretches()?.last().map_or(0, |part| part.start);
    let start = end.saturating_sub(RECENT).max(gap);
    let bytes = reader.read(start..end)?;
    let mut lines = Vec::new();
    let mut at = start;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let words = text::line(line.strip_suffix(b"\n").unwrap_or(line)).text();
        lines.push((words, at));
        at += line.len() as u64;
    }
    let skip = lines.len().saturating_sub(most);
    let lines = lines.into_iter().skip(skip);
    Ok(lines
        .map(|(words, at)| (words, reader.time_at(at)))
        .collect())
}

/// The last lines of a log that hold some words, and how many do; of a very long log only
/// its end is looked at.
///
/// # Errors
/// When it cannot be read.
pub fn search(source: &Source, attempt: AttemptId, words: &str, most: usize) -> io::Result<Found> {
    let Some(log) = source.log(attempt) else {
        return Ok(Found::default());
    };
    let mut reader = Reader::open(log.dir().path())?;
    let end = reader.len()?;
    let wanted = words.to_lowercase();
    let mut found = Found {
        partly: end > BEHIND,
        ..Found::default()
    };
    let mut at = end.saturating_sub(BEHIND);
    let mut rest = Vec::new();
    while at < end {
        let bytes = reader.read(at..end)?;
        if bytes.is_empty() {
            match next_stretch(&mut reader, at)? {
                Some(next) => at = next,
                None => break,
            }
            continue;
        }
        at += bytes.len() as u64;
        rest.extend(bytes);
        let whole = memchr::memrchr(b'\n', &rest).map_or(0, |end| end + 1);
        let whole = if at == end { rest.len() } else { whole };
        for line in rest[..whole].split(|byte| *byte == b'\n') {
            let line = text::line(line).text();
            if line.to_lowercase().contains(&wanted) {
                found.count += 1;
                found.lines.push(line);
                if found.lines.len() > most {
                    found.lines.remove(0);
                }
            }
        }
        rest.drain(..whole);
        if rest.len() > LONGEST {
            rest.clear();
        }
    }
    Ok(found)
}

/// What a search came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The last lines.
    pub lines: Vec<String>,
    /// How many there are.
    pub count: u64,
    /// Only the end of the log was looked at.
    pub partly: bool,
}

/// Where the log goes on behind a gap.
fn next_stretch(reader: &mut Reader, at: u64) -> io::Result<Option<u64>> {
    let stretches: Vec<Range<u64>> = reader.stretches()?;
    Ok(stretches
        .iter()
        .map(|part| part.start)
        .find(|start| *start > at))
}

/// The end of one log.
struct Tail {
    dir: AttemptDir,
    reader: Option<Reader>,
    at: u64,
    /// A line whose end has not come yet.
    rest: Vec<u8>,
    /// Since when it has stood there.
    since: Instant,
    /// That much of it was told.
    told: usize,
    /// How many lines may be told now, and since when that is so.
    allowed: u32,
    filled: Instant,
    /// What was not told.
    kept_back: u64,
    /// What was not even read, in bytes.
    unread: u64,
    last: Vec<String>,
}

impl Tail {
    fn of(dir: &AttemptDir) -> Self {
        let now = Instant::now();
        Self {
            dir: dir.clone(),
            reader: None,
            at: 0,
            rest: Vec::new(),
            since: now,
            told: 0,
            allowed: BURST,
            filled: now,
            kept_back: 0,
            unread: 0,
            last: Vec::new(),
        }
    }

    /// What came since the last look; `over` says that nothing more will.
    fn look(&mut self, over: bool) -> io::Result<Vec<String>> {
        self.refill();
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => Reader::open(self.dir.path())?,
        };
        let end = reader.len()?;
        let mut told = Vec::new();
        if end.saturating_sub(self.at) > BEHIND {
            let to = end - (64 << 10);
            self.unread += to - self.at;
            self.at = to;
            self.rest.clear();
            self.told = 0;
        }
        let mut held = self.kept_back;
        while self.at < end {
            let bytes = reader.read(self.at..end)?;
            if bytes.is_empty() {
                let Some(next) = next_stretch(&mut reader, self.at)? else {
                    break;
                };
                self.unread += next - self.at;
                self.at = next;
                continue;
            }
            self.at += bytes.len() as u64;
            self.take(&bytes, &mut told);
        }
        self.reader = Some(reader);
        let waits = self.rest.len() > self.told && self.since.elapsed() >= HALF;
        if waits || (over && self.rest.len() > self.told) {
            self.told = self.rest.len();
            let line = text::line(&self.rest).text();
            self.tell(line, &mut told);
        }
        held = self.kept_back - held;
        // The flood is over, or the command is.
        if (self.kept_back > 0 || self.unread > 0) && (over || held == 0) {
            told.extend(self.what_was_kept_back());
        }
        Ok(told)
    }

    fn refill(&mut self) {
        let seconds = self.filled.elapsed().as_secs();
        if seconds > 0 {
            self.filled += Duration::from_secs(seconds);
            let more = u32::try_from(seconds).unwrap_or(u32::MAX);
            self.allowed = (self.allowed.saturating_add(more.saturating_mul(A_SECOND))).min(BURST);
        }
    }

    fn take(&mut self, bytes: &[u8], told: &mut Vec<String>) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.rest.is_empty() {
                self.since = Instant::now();
            }
            self.rest.extend_from_slice(piece);
            let ended = self.rest.last() == Some(&b'\n');
            if !ended && self.rest.len() < LONGEST {
                continue;
            }
            let mut line = std::mem::take(&mut self.rest);
            if ended {
                line.pop();
            }
            // It was told while its end was waited for, and nothing came but the end.
            let again = std::mem::take(&mut self.told) == line.len() && !line.is_empty();
            if !again {
                self.tell(text::line(&line).text(), told);
            }
        }
    }

    fn tell(&mut self, line: String, told: &mut Vec<String>) {
        if self.allowed > 0 && self.kept_back == 0 {
            self.allowed -= 1;
            told.push(line);
            return;
        }
        self.kept_back += 1;
        self.last.push(line);
        if self.last.len() > LAST {
            self.last.remove(0);
        }
    }

    /// In a few words, what was not told, and its last lines.
    fn what_was_kept_back(&mut self) -> Vec<String> {
        let last = std::mem::take(&mut self.last);
        let lines = std::mem::take(&mut self.kept_back).saturating_sub(last.len() as u64);
        let unread = std::mem::take(&mut self.unread);
        let words = match (lines, unread) {
            (0, 0) => None,
            (lines, 0) => Some(format!("... {} lines more, in the log", thousands(lines))),
            (0, unread) => Some(format!("... {} more, in the log", size(unread))),
            (lines, unread) => Some(format!(
                "... {} lines and {} more, in the log",
                thousands(lines),
                size(unread)
            )),
        };
        words.into_iter().chain(last).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{LOG_NAME, Stream, log::Log};

    fn printed(pieces: &[&str]) -> (tempfile::TempDir, Tail, Log) {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::create(folder.path()).unwrap();
        for piece in pieces {
            log.append(Stream::Out, piece.as_bytes(), 0).unwrap();
        }
        let tail = Tail::of(&AttemptDir::at(folder.path().to_owned()));
        (folder, tail, log)
    }

    #[tokio::test]
    async fn lines_come_whole_and_once() {
        let (_folder, mut tail, mut log) = printed(&["one\ntw"]);
        assert_eq!(tail.look(false).unwrap(), ["one"]);
        log.append(Stream::Out, b"o\nthree", 0).unwrap();
        assert_eq!(tail.look(false).unwrap(), ["two"]);
        assert_eq!(tail.look(true).unwrap(), ["three"]);
    }

    #[tokio::test]
    async fn a_flood_is_told_in_a_few_words() {
        let lines: Vec<String> = (0..12_503).map(|n| format!("line {n}\n")).collect();
        let text = lines.concat();
        let (folder, mut tail, _log) = printed(&[&text]);
        let told = tail.look(true).unwrap();
        assert_eq!(told.len(), 104);
        assert_eq!(told[99], "line 99");
        assert_eq!(told[100], "... 12,400 lines more, in the log");
        assert_eq!(told[103], "line 12502");
        assert!(folder.path().join(LOG_NAME).exists());
    }

    #[tokio::test]
    async fn a_line_that_returns_to_its_beginning_is_told_as_it_ends() {
        let (_folder, mut tail, _log) = printed(&["10%\r50%\r100%\n\u{1b}[2Jx\u{1b}]0;t\u{7}\n"]);
        assert_eq!(tail.look(true).unwrap(), ["100%", "x"]);
    }
}
