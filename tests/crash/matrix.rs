//! Every kill point, every kind of step: killed there, taken up again until the run is closed, compared with a run that
//! nothing happened to.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use rbconsole::crash::POINTS;

use crate::{
    books::{BOOKS, Book},
    checks::{Crashed, End, holds},
    lab::{Env, Found, Lab},
};

/// How many experiments of one kind go on at once: they wait more than they work.
const AT_ONCE: usize = 4;
/// How often a run is taken up before it counts as hopeless.
const CONSOLES: usize = 6;

/// A run that nothing happens to: how it ends, and which points are passed how often.
pub struct Calm {
    pub end: End,
    pub passed: BTreeMap<String, usize>,
}

/// Drives a run that has begun to its end: without a screen as far as that goes, then by an operator.
pub fn to_the_end(lab: &mut Lab, env: &Env) -> Found<()> {
    for number in 0..CONSOLES {
        if lab.state()?.closed.is_some() {
            return Ok(());
        }
        // Headless does what it may; what it leaves open is a person's.
        let ended = if number % 2 == 0 {
            lab.resume(env)?
        } else {
            lab.operator(env)?
        };
        let fine = [Some(0), Some(1), Some(3)].contains(&ended.status.code());
        if !fine && !ended.was_killed() {
            return Err(format!(
                "a console ended with {}:\n{}\n{}",
                ended.status, ended.out, ended.err
            ));
        }
    }
    Err("it could not be closed".to_owned())
}

pub fn calm(book: &'static Book) -> Found<Calm> {
    let mut lab = Lab::new(book);
    let env = Env::traced(&lab.trace());
    let began = lab.run(&env)?;
    if began.was_killed() {
        return Err("it was killed although nobody asked for that".to_owned());
    }
    to_the_end(&mut lab, &env).map_err(|error| format!("{error}\n{}", lab.story()))?;
    let end = End::of(&lab.state()?);
    let crashed = Crashed { supervisors: false };
    let tally = holds(&mut lab, &end, crashed)
        .map_err(|error| format!("without a crash: {error}\n{}", lab.story()))?;
    assert_eq!((tally.unknown, tally.void), (0, 0), "{tally:?}");
    assert!(
        book.wanted().keys().eq(lab.counts().keys()),
        "{}",
        book.name
    );
    Ok(Calm {
        end,
        passed: lab.passed(),
    })
}

/// Kills at the N-th passing of a point, which must happen, and drives the run to its end.
fn killed(book: &'static Book, at: &str, calm: &Calm) -> Found<()> {
    let mut lab = Lab::new(book);
    let env = Env::killed_at(at, &lab.trace());
    let told =
        |lab: &Lab, error: String| format!("{} at {at}: {error}\n{}", book.name, lab.story());
    let crashed = Crashed {
        supervisors: at.starts_with("supervisor."),
    };
    killed_in(&mut lab, &env, at)
        .and_then(|()| holds(&mut lab, &calm.end, crashed))
        .map_err(|error| told(&lab, error))?;
    Ok(())
}

fn killed_in(lab: &mut Lab, env: &Env, at: &str) -> Found<()> {
    lab.run(env)?;
    if has_not_begun(lab)? {
        return begin_anew(lab);
    }
    to_the_end(lab, env)?;
    let (point, nth) = at.split_once(':').unwrap_or((at, "1"));
    let passed = lab.passed().get(point).copied().unwrap_or(0);
    // Events that come close together are appended as one, so the last passings of a calm run may be missing here.
    let wanted = nth.parse().unwrap_or(1);
    if passed < wanted && (passed == 0 || wanted == 1) {
        return Err(format!("the point was passed only {passed} times"));
    }
    Ok(())
}

/// A console that dies before the beginning is durable leaves a run that never began, and nothing ran.
pub fn has_not_begun(lab: &Lab) -> Found<bool> {
    let dir = lab.run_dir()?;
    let journal = std::fs::read(dir.journal()).unwrap_or_default();
    Ok(!journal.contains(&b'\n'))
}

/// Such a run cannot be taken up, which is said in words; another one begins.
fn begin_anew(lab: &mut Lab) -> Found<()> {
    if !lab.marks().is_empty() {
        return Err("something ran before the run began".to_owned());
    }
    let refused = lab.resume(&Env::default())?;
    if refused.status.code().is_none_or(|code| code == 0) || refused.err.is_empty() {
        return Err(format!("a run that never began was taken up: {refused:?}"));
    }
    let listed = lab.lists()?;
    if listed.status.code() != Some(0) {
        return Err(format!("the list of runs fails: {listed:?}"));
    }
    std::fs::remove_dir_all(lab.run_dir()?.path()).map_err(|error| error.to_string())?;
    lab.run(&Env::default())?;
    to_the_end(lab, &Env::default())
}

/// Which passings of a point are tried: the first, the last, and of an append one in between. All of them with
/// `RBCONSOLE_CRASH_ALL`.
fn passings(point: &str, count: usize) -> BTreeSet<usize> {
    if std::env::var_os("RBCONSOLE_CRASH_ALL").is_some() {
        return (1..=count).collect();
    }
    // How many pieces an output comes in is chance.
    let last = if point == "supervisor.output_written" {
        1
    } else {
        count
    };
    let mut chosen = BTreeSet::from([1, last]);
    if point.starts_with("console.append_") {
        chosen.insert(count.div_ceil(2));
    }
    chosen
}

/// Runs experiments a few at a time; what went wrong, all of it.
pub fn all<T: Sync>(experiments: &[T], one: impl Fn(&T) -> Found<()> + Sync) -> Vec<String> {
    let next = Mutex::new(experiments.iter());
    let wrong = Mutex::new(Vec::new());
    let take = || next.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(experiment) = take() {
                    if let Err(error) = one(experiment) {
                        let mut wrong = wrong.lock().unwrap_or_else(PoisonError::into_inner);
                        wrong.push(error);
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn every_point(name: &str) {
    let book = Book::named(name);
    let calm = calm(book).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut experiments = Vec::new();
    for (point, count) in &calm.passed {
        assert!(POINTS.contains(&point.as_str()), "{point}");
        for nth in passings(point, *count) {
            experiments.push(format!("{point}:{nth}"));
        }
    }
    let only = std::env::var("RBCONSOLE_CRASH_ONLY").ok();
    experiments.retain(|at| only.as_ref().is_none_or(|only| at.contains(only.as_str())));
    let began = crate::sandbox::now();
    let wrong = all(&experiments, |at| killed(book, at, &calm));
    assert!(
        wrong.is_empty(),
        "{} of {} experiments with {name}:\n{}",
        wrong.len(),
        experiments.len(),
        wrong.join("\n\n")
    );
    println!(
        "{name}: {} experiments in {:.1?}",
        experiments.len(),
        began.elapsed()
    );
}

macro_rules! kinds {
    ($($kind:ident)*) => {
        $(
            #[test]
            fn $kind() {
                every_point(stringify!($kind));
            }
        )*

        /// No kind of step is forgotten.
        #[test]
        fn every_kind_has_its_test() {
            let tested = [$(stringify!($kind)),*];
            let books: Vec<&str> = BOOKS.iter().map(|book| book.name).collect();
            assert_eq!(books, tested);
        }
    };
}

kinds! {
    command terminal parallel poll hold gate approval manual skipped probe retry deadline cleanup uses guarded notes
}
