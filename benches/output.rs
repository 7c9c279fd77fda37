//! What the log costs: `cargo bench --bench output`. Bytes go to the page cache and are never synced.
//!
//! `TMPDIR` decides on the file system. The ways of writing take turns in each round, so that a busy
//! machine slows all of them, and the best round counts.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use rbconsole::output::search::{Counter, Needle};
use rbconsole::output::window::{self, Position};
use rbconsole::output::{Log, Masker, Reader, Stream};

const TOTAL: usize = 256 << 20;
const ROUNDS: usize = 5;

type Way = (&'static str, fn(&Path, &[u8]));

fn main() -> std::io::Result<()> {
    let text: Vec<u8> = (0..)
        .flat_map(|n: u32| format!("2026-11-20T02:14:{:02} GET /{n} 200\n", n % 60).into_bytes())
        .take(1 << 20)
        .collect();
    let ways: [Way; 4] = [
        ("plain write", plain),
        ("log", log),
        ("hash alone", hash),
        ("masked log", masked),
    ];
    for chunk in [1 << 20, 64 << 10, 4 << 10, 100] {
        let mut best = [Duration::MAX; 4];
        for _ in 0..ROUNDS {
            for ((_, way), best) in ways.iter().zip(&mut best) {
                let dir = tempfile::tempdir()?;
                let start = Instant::now();
                way(dir.path(), &text[..chunk]);
                *best = start.elapsed().min(*best);
            }
        }
        for ((name, _), best) in ways.iter().zip(best) {
            println!(
                "{:>7} bytes at a time  {name:<12} {:5.2} GB/s",
                chunk,
                rate(best)
            );
        }
    }
    look(&text)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn rate(time: Duration) -> f64 {
    TOTAL as f64 / time.as_secs_f64() / 1e9
}

#[expect(clippy::unwrap_used, reason = "a benchmark may stop")]
fn plain(dir: &Path, chunk: &[u8]) {
    let mut file = File::create(dir.join("plain")).unwrap();
    for _ in 0..TOTAL / chunk.len() {
        file.write_all(chunk).unwrap();
    }
}

#[expect(clippy::unwrap_used, reason = "a benchmark may stop")]
fn log(dir: &Path, chunk: &[u8]) {
    let mut log = Log::create(dir).unwrap();
    for at_ms in (0_i64..).take(TOTAL / chunk.len()) {
        log.append(Stream::Out, chunk, at_ms).unwrap();
    }
    std::hint::black_box(log.finish().unwrap());
}

fn hash(_: &Path, chunk: &[u8]) {
    let mut hasher = blake3::Hasher::new();
    for _ in 0..TOTAL / chunk.len() {
        hasher.update(chunk);
    }
    std::hint::black_box(hasher.finalize());
}

#[expect(clippy::unwrap_used, reason = "a benchmark may stop")]
fn masked(dir: &Path, chunk: &[u8]) {
    let secrets = [
        "correct horse battery staple",
        "hunter2!",
        "AKIAIOSFODNN7EXAMPLE",
    ]
    .map(String::from);
    let mut masker = Masker::new(&secrets).unwrap();
    let mut log = Log::create(dir).unwrap();
    let mut out = Vec::new();
    for at_ms in (0_i64..).take(TOTAL / chunk.len()) {
        masker.push(chunk, &mut out);
        log.append(Stream::Out, &out, at_ms).unwrap();
        out.clear();
    }
    masker.flush(&mut out);
    log.append(Stream::Out, &out, 0).unwrap();
    std::hint::black_box(log.finish().unwrap());
}

/// Times of what an operator waits for.
fn look(text: &[u8]) -> std::io::Result<()> {
    let dir = tempfile::tempdir()?;
    let mut log = Log::create(dir.path())?;
    for at_ms in (0_i64..).take(TOTAL / text.len()) {
        log.append(Stream::Out, text, at_ms)?;
    }
    let mut reader = Reader::open(dir.path())?;
    for (name, position) in [
        ("first", Position::Top(0)),
        ("middle", Position::Top(TOTAL as u64 / 2)),
        ("last", Position::Follow),
    ] {
        let start = Instant::now();
        let rows = window::window(&mut reader, position, 50)?.lines.len();
        println!("{name} {rows} rows of 256 MiB: {:?}", start.elapsed());
    }
    for words in ["no such words", "No such words"] {
        let Some(needle) = Needle::new(words) else {
            continue;
        };
        let mut counter = Counter::new(needle);
        let start = Instant::now();
        while !counter.advance(&mut reader, 4 << 20)? {}
        println!("count {words:?}: {:.2} GB/s", rate(start.elapsed()));
    }
    Ok(())
}
