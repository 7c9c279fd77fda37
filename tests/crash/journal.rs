//! The journal of a real run, damaged in every way that somebody could think of: the audit finds it, says where, and
//! says which promise is broken.

use std::{collections::BTreeSet, fs, path::PathBuf};

use rbconsole::{
    engine::Entry,
    journal::{
        audit::{Finding, Promise, audit},
        record::{Hash, Record},
        recovery,
    },
    run_dir::{RunDir, write_private},
};

use crate::{
    books::Book,
    lab::{Env, Lab},
    sandbox::Sandbox,
};

/// A closed run: its journal's bytes, its head.
struct Evidence {
    lab: Lab,
    dir: RunDir,
    whole: Vec<u8>,
    head: Hash,
}

impl Evidence {
    fn gather() -> Self {
        let mut lab = Lab::new(Book::named("command"));
        let ended = lab.run(&Env::default()).expect("a run");
        assert_eq!(ended.status.code(), Some(0), "{}", ended.err);
        let dir = lab.run_dir().expect("one run");
        let whole = fs::read(dir.journal()).expect("a journal");
        let head = recovery::parse(&whole).head;
        let found = audit(&dir, Some(head)).expect("an audit").findings;
        assert!(found.is_empty(), "{found:?}");
        Self {
            lab,
            dir,
            whole,
            head,
        }
    }

    fn lines(&self) -> Vec<&[u8]> {
        self.whole.split_inclusive(|&byte| byte == b'\n').collect()
    }

    /// What is found in a journal of these bytes.
    fn found(&self, bytes: &[u8], head: Option<Hash>) -> Vec<Finding> {
        write_private(&self.dir.journal(), bytes).expect("it can be written");
        audit(&self.dir, head).expect("an audit").findings
    }

    /// Which promises are broken, and the first words.
    fn broken(&self, bytes: &[u8]) -> (BTreeSet<Promise>, String) {
        let found = self.found(bytes, None);
        let first = found.first().map_or(String::new(), |it| it.words.clone());
        (found.iter().map(|it| it.promise).collect(), first)
    }
}

#[test]
fn a_cut_at_every_byte_is_found() {
    let evidence = Evidence::gather();
    let ends: BTreeSet<usize> = evidence
        .lines()
        .iter()
        .scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        })
        .collect();
    for length in 0..evidence.whole.len() {
        let cut = &evidence.whole[..length];
        let with_head = evidence.found(cut, Some(evidence.head));
        assert!(!with_head.is_empty(), "cut at {length}");
        let (broken, words) = evidence.broken(cut);
        if ends.contains(&length) {
            // A whole journal by itself: only who noted the head knows that there was more. What was cut off may have
            // vouched for a log, whose absence is not noticed then.
            assert!(broken.is_empty(), "cut at {length}: {words}");
        } else if length > 0 {
            assert_eq!(broken, [Promise::Completeness].into(), "cut at {length}");
            assert!(words.contains("never finished"), "{words}");
        }
    }
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    let evidence = Evidence::gather();
    let mut flipped = evidence.whole.clone();
    // Every byte of the first lines and of the last one, every seventh between; of each another bit.
    let lines = evidence.lines();
    let first: usize = lines.iter().take(2).map(|line| line.len()).sum();
    let last = evidence.whole.len() - lines.last().map_or(0, |line| line.len());
    for place in 0..evidence.whole.len() {
        if place >= first && place < last && !place.is_multiple_of(7) {
            continue;
        }
        flipped[place] ^= 1 << (place % 8);
        let (broken, words) = evidence.broken(&flipped);
        let line = 1 + memchr::memchr_iter(b'\n', &evidence.whole[..place]).count();
        if place + 1 == evidence.whole.len() {
            assert_eq!(broken, [Promise::Completeness].into(), "{words}");
        } else {
            assert!(
                broken.contains(&Promise::Integrity),
                "byte {place}: {words}"
            );
            assert!(
                words.starts_with(&format!("journal line {line}: ")),
                "{place}: {words}"
            );
        }
        flipped[place] = evidence.whole[place];
    }
}

#[test]
fn lines_that_were_moved_removed_or_repeated_are_told_apart() {
    use Promise::{Completeness, Integrity, Order};
    let evidence = Evidence::gather();
    let lines = evidence.lines();
    let count = lines.len();
    let build = |order: &[usize]| -> Vec<u8> {
        order
            .iter()
            .flat_map(|&place| lines[place].to_vec())
            .collect()
    };
    for place in 0..count - 1 {
        let mut order: Vec<usize> = (0..count).collect();
        order.swap(place, place + 1);
        let (broken, words) = evidence.broken(&build(&order));
        assert_eq!(broken, [Order].into(), "swapped at {place}: {words}");
        assert!(
            words.starts_with(&format!("journal line {}: ", place + 1)),
            "{words}"
        );

        let mut order: Vec<usize> = (0..count).collect();
        order.remove(place);
        let (broken, words) = evidence.broken(&build(&order));
        assert!(broken.contains(&Completeness), "removed {place}: {words}");
        assert!(!broken.contains(&Order), "removed {place}: {words}");
        assert!(
            words.contains(&format!("number {} is missing", place + 1)),
            "{words}"
        );

        let mut order: Vec<usize> = (0..count).collect();
        order.insert(place + 1, place);
        let (broken, words) = evidence.broken(&build(&order));
        assert_eq!(broken, [Completeness].into(), "repeated {place}: {words}");
        assert!(
            words.contains(&format!("repeats line {}", place + 1)),
            "{words}"
        );
    }
    // Something that nobody wrote.
    for junk in ["\n", "{}\n", "hello\n", "\u{0}\n"] {
        let put = [lines[0], junk.as_bytes(), &lines[1..].concat()].concat();
        let (broken, words) = evidence.broken(&put);
        assert!(broken.contains(&Integrity), "{junk:?}: {words}");
        assert!(words.starts_with("journal line 2: "), "{words}");
    }
}

/// Lines of a forger who knows how they are made, from this one on.
fn forged(entries: &[Entry], from: usize, change: impl Fn(usize, &mut Entry)) -> Vec<u8> {
    let mut head = Hash::default();
    let mut bytes = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let mut entry = entry.clone();
        if place >= from {
            change(place, &mut entry);
        }
        let seq = place as u64 + 1;
        let (record, line) = Record::seal(seq, head, entry).expect("JSON");
        head = record.hash;
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }
    bytes
}

#[test]
fn a_forger_is_found_at_the_seam_and_by_the_head() {
    let evidence = Evidence::gather();
    let entries = recovery::parse(&evidence.whole).entries;
    assert_eq!(
        forged(&entries, 0, |_, _| {}),
        evidence.whole,
        "the forger knows the format"
    );
    let lie = |_: usize, entry: &mut Entry| entry.by = "somebody else".into();
    let lines = evidence.lines();
    for place in 0..lines.len() {
        let all = forged(&entries, place, |at, entry| {
            if at == place {
                lie(at, entry);
            }
        });
        // One line made anew does not fit the next.
        if place + 1 < lines.len() {
            let made: Vec<&[u8]> = all.split_inclusive(|&byte| byte == b'\n').collect();
            let mut one = lines.clone();
            one[place] = made[place];
            let (broken, words) = evidence.broken(&one.concat());
            assert!(broken.contains(&Promise::Integrity), "{words}");
            assert!(
                words.starts_with(&format!("journal line {}: ", place + 2)),
                "{words}"
            );
        }
        // Everything after it made anew is a journal; only who noted the head elsewhere knows better.
        assert!(evidence.found(&all, None).is_empty(), "line {}", place + 1);
        let found = evidence.found(&all, Some(evidence.head));
        assert!(found[0].words.contains("cut or rewritten"), "{found:?}");
    }
}

/// As an operator does it: the head from where it was told, the exit code, the promise in plain words.
#[test]
fn the_command_line_says_which_promise_is_broken() {
    let mut evidence = Evidence::gather();
    let head = evidence.head.to_string();
    let command = |evidence: &mut Evidence, arguments: &[&str]| {
        let mut command = evidence.lab.command(Sandbox::program(), &Env::default());
        command.args(arguments);
        evidence.lab.ends(command).expect("it ends")
    };
    // Whoever watched the run, asked for its report or listed the runs could note the head.
    let told = fs::read_to_string(evidence.lab.sandbox.path().join("said-1.err"));
    assert!(
        told.expect("what it said")
            .contains(&format!("journal head {head}"))
    );
    let report = command(&mut evidence, &["report"]);
    assert!(report.out.contains(&head), "{}", report.out);
    let runs = command(&mut evidence, &["runs", "--json"]);
    assert!(
        runs.out.contains(&format!("\"head\": \"{head}\"")),
        "{}",
        runs.out
    );

    let good = command(&mut evidence, &["audit", "--head", &head]);
    assert_eq!(good.status.code(), Some(0), "{}", good.err);
    let mut flipped = evidence.whole.clone();
    flipped[200] ^= 1;
    let whole = evidence.whole.clone();
    let lines = evidence.lines();
    let swapped = [lines[0], lines[2], lines[1], &lines[3..].concat()].concat();
    let removed = [lines[0], &lines[2..].concat()].concat();
    let cut = lines[..lines.len() - 1].concat();
    for (bytes, promise, more) in [
        (flipped, "integrity", "journal line 1: "),
        (swapped, "order", "journal line 2: "),
        (removed, "completeness", "number 2 is missing"),
        (cut, "completeness", "it was cut or rewritten"),
    ] {
        write_private(&evidence.dir.journal(), &bytes).expect("it can be written");
        let found = command(&mut evidence, &["audit", "--head", &head]);
        assert_eq!(found.status.code(), Some(1), "{promise}: {}", found.out);
        assert!(found.err.contains(&format!("({promise})")), "{}", found.err);
        assert!(found.err.contains(more), "{}", found.err);
    }
    write_private(&evidence.dir.journal(), &whole).expect("it can be written");
    evidence.lab.is_clean().expect("nothing is left");
}

/// A run's whole directory as version 0.1.0 left it, before its first release. Every later version reads it, reports
/// on it and finds it whole. Never to be changed; a version that writes another form adds one beside it.
#[test]
fn an_old_run_directory_is_whole_for_ever() {
    let kept = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/crash/old_runs");
    let mut versions = 0;
    for version in fs::read_dir(&kept).expect("the old runs").flatten() {
        versions += 1;
        let sandbox = Sandbox::new();
        let run = fs::read_dir(version.path())
            .expect("a version")
            .flatten()
            .next()
            .expect("its run");
        let runs = sandbox.path().join("state/runs");
        fs::create_dir_all(&runs).expect("a folder");
        let copied = std::process::Command::new("cp")
            .arg("-r")
            .args([run.path(), runs])
            .status();
        assert!(copied.expect("cp").success());
        let run = sandbox.run_dir();
        let own = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700);
        fs::set_permissions(&run, own).expect("it is ours");
        // What is told of a run that failed ends as the run did.
        for (arguments, code) in [
            (["audit"].as_slice(), 0),
            (&["report"], 0),
            (&["runs"], 0),
            (&["watch", "--headless"], 1),
        ] {
            let output = sandbox
                .command(Sandbox::program())
                .args(arguments)
                .output()
                .expect("the program");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        }
        let (state, recovered) =
            rbconsole::session::resume::read(&RunDir::open(&run).expect("a run"))
                .expect("it loads");
        assert!(recovered.damage.is_none() && recovered.torn_bytes == 0);
        assert!(state.closed.is_some());
        assert!(state.attempts.len() >= 10, "{}", state.attempts.len());
    }
    assert!(versions >= 1);
}
