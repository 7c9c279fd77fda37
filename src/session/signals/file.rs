//! `signals.jsonl`: one sample a line, appended and never synced.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::Sample;
use crate::engine::observed::OutputDigest;
use crate::report;
use crate::run_dir::{RunDir, private_file};

/// How much of the end is read back by a resume.
const TAIL: u64 = 1 << 20;
/// How much of it a report reads.
const MOST: u64 = 64 << 20;

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When: RFC 3339, UTC.
    pub at: DateTime<Utc>,
    /// Which signal.
    pub signal: String,
    /// The number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
}

impl From<Line> for Sample {
    fn from(line: Line) -> Self {
        let gap = line
            .gap
            .unwrap_or_else(|| "nothing was recorded".to_owned());
        Self {
            at: line.at,
            value: line.value.ok_or(gap),
        }
    }
}

/// The file of a run that this console drives.
#[derive(Debug)]
pub(super) struct Samples {
    file: File,
}

impl Samples {
    pub(super) fn open(dir: &RunDir) -> io::Result<Self> {
        let mut file = private_file()
            .read(true)
            .append(true)
            .create(true)
            .open(dir.signals())?;
        let length = file.metadata()?.len();
        if length > 0 {
            // An earlier console may have died in the middle of a line.
            let mut last = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        Ok(Self { file })
    }

    pub(super) fn append(&mut self, signal: &str, sample: &Sample) -> io::Result<()> {
        let at = sample.at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let line = Line {
            at: at.parse().map_err(io::Error::other)?,
            signal: signal.to_owned(),
            value: sample.value.as_ref().ok().copied(),
            gap: sample.value.as_ref().err().cloned(),
        };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes)
    }
}

/// Every sample of a run, oldest first, up to a bound; a line that is torn or no
/// sample is left out.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn read_samples(dir: &RunDir) -> io::Result<Vec<Line>> {
    let file = match private_file().read(true).open(dir.signals()) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    lines(file.take(MOST))
}

/// Every sample as the report wants them; what cannot be read is not reported.
pub fn for_report(dir: &RunDir) -> Vec<report::signals::Sample> {
    let read = read_samples(dir).unwrap_or_default();
    read.into_iter()
        .map(|line| report::signals::Sample {
            at: line.at,
            signal: line.signal,
            value: line.value,
        })
        .collect()
}

/// The last samples that stand behind an offset, and the offset behind them; what
/// cannot be read is not drawn.
pub(super) fn read_tail(dir: &RunDir, known: u64) -> (Vec<Line>, u64) {
    let nothing = (Vec::new(), known);
    let Ok(mut file) = private_file().read(true).open(dir.signals()) else {
        return nothing;
    };
    let length = file.metadata().map_or(0, |meta| meta.len());
    if length <= known {
        return nothing;
    }
    let from = known.max(length.saturating_sub(TAIL));
    let mut bytes = Vec::new();
    if file.seek(SeekFrom::Start(from)).is_err() || file.take(TAIL).read_to_end(&mut bytes).is_err()
    {
        return nothing;
    }
    let end = whole(&bytes);
    (parsed(&bytes[..end]), from + end as u64)
}

fn lines(mut file: impl Read) -> io::Result<Vec<Line>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(parsed(&bytes[..whole(&bytes)]))
}

/// How much of it is whole lines: what stands behind the last newline is torn.
fn whole(bytes: &[u8]) -> usize {
    memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1)
}

fn parsed(bytes: &[u8]) -> Vec<Line> {
    bytes
        .split(|&byte| byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect()
}

/// The file's length and digest.
pub(super) fn digest(dir: &RunDir) -> Option<OutputDigest> {
    let mut file = private_file().read(true).open(dir.signals()).ok()?;
    let mut hasher = blake3::Hasher::new();
    let bytes = io::copy(&mut file, &mut hasher).ok()?;
    Some(OutputDigest {
        bytes,
        blake3: hasher.finalize().to_hex().to_string(),
        lost: 0,
        ..OutputDigest::default()
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn dir() -> (tempfile::TempDir, RunDir) {
        let scratch = tempfile::tempdir().unwrap();
        let dir = RunDir::create(scratch.path(), "x").unwrap();
        (scratch, dir)
    }

    fn sample(value: Result<f64, &str>) -> Sample {
        Sample {
            at: "2026-11-20T10:00:00.250Z".parse().unwrap(),
            value: value.map_err(str::to_owned),
        }
    }

    #[test]
    fn what_is_written_is_read_and_a_torn_line_is_left_out() {
        let (_scratch, dir) = dir();
        let mut samples = Samples::open(&dir).unwrap();
        samples.append("rate", &sample(Ok(1.5))).unwrap();
        samples.append("rate", &sample(Err("no answer"))).unwrap();
        samples.file.write_all(b"{\"at\":\"2026-").unwrap();
        drop(samples);
        assert_eq!(read_samples(&dir).unwrap().len(), 2);
        // The next console begins a line of its own.
        let mut samples = Samples::open(&dir).unwrap();
        samples.append("rate", &sample(Ok(2.0))).unwrap();
        let read: Vec<Sample> = read_samples(&dir)
            .unwrap()
            .into_iter()
            .map(Into::into)
            .collect();
        assert_eq!(
            read,
            [sample(Ok(1.5)), sample(Err("no answer")), sample(Ok(2.0))]
        );
        let mode = std::fs::metadata(dir.signals()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        let bytes = std::fs::read(dir.signals()).unwrap();
        let digest = digest(&dir).unwrap();
        assert_eq!(digest.bytes, bytes.len() as u64);
        assert_eq!(digest.blake3, blake3::hash(&bytes).to_hex().to_string());
    }

    #[test]
    fn who_looks_again_reads_only_what_is_new() {
        let (_scratch, dir) = dir();
        assert_eq!(read_tail(&dir, 0), (Vec::new(), 0));
        let mut samples = Samples::open(&dir).unwrap();
        samples.append("rate", &sample(Ok(1.5))).unwrap();
        let (first, known) = read_tail(&dir, 0);
        assert_eq!(first.len(), 1);
        samples.append("rate", &sample(Ok(2.0))).unwrap();
        samples.file.write_all(b"{\"at\":").unwrap();
        let (second, after) = read_tail(&dir, known);
        assert_eq!(second.len(), 1);
        assert_eq!(second[0].value, Some(2.0));
        // The torn line is read once it is whole.
        assert_eq!(read_tail(&dir, after), (Vec::new(), after));
    }

    #[test]
    fn without_a_file_there_are_no_samples() {
        let (_scratch, dir) = dir();
        assert_eq!(read_samples(&dir).unwrap(), []);
        assert_eq!(digest(&dir), None);
    }
}
