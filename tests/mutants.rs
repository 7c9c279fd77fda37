//! How many single mistakes `check` finds, and whether it points at the right line.
//!
//! From two runbooks that ship, and the one that `new` starts from, mutants are made by fixed operators and a fixed
//! seed. A mutant counts when it cannot be loaded, when its shell refuses a script, when a shipped scenario goes
//! another way or fits no more, or when it is a mistake by definition (a secret in the file). What changes nothing
//! that can be seen is left out. Every number of the last line is a floor: it may only rise.
//!
//! `cargo test --test mutants -- --nocapture` prints the table and the survivors.

#![allow(
    clippy::disallowed_methods,
    reason = "the test asks bash by itself, apart from `check`"
)]
#![allow(
    clippy::similar_names,
    clippy::too_many_lines,
    reason = "the operators are a list, and what is made has a name and a maker"
)]

#[path = "mutants/judge.rs"]
mod judge;
#[path = "mutants/names.rs"]
mod names;
#[path = "mutants/operators.rs"]
mod operators;
#[path = "mutants/routes.rs"]
mod routes;
#[path = "mutants/scripts.rs"]
mod scripts;
#[path = "mutants/shape.rs"]
mod shape;
#[path = "mutants/source.rs"]
mod source;

use std::collections::BTreeMap;

use judge::{Counts, Judged};
use operators::Mutant;
use rbconsole::runbook::library::BUILT_IN;
use source::Source;

/// How many mutants of one operator are taken of one runbook.
const OF_EACH: usize = 6;

/// The seed of the choice among all that an operator could make.
const SEED: u64 = 20_260_101;

/// The shipped runbooks that mutants are made of: those that the floors were measured with. More of them take longer and
/// find no more.
const MUTATED: [&str; 2] = ["kubernetes-rollout", "symlink-release"];

struct Book {
    source: Source,
    text: &'static str,
    scenarios: &'static str,
}

fn books() -> Vec<Book> {
    let mut books: Vec<Book> = BUILT_IN
        .iter()
        .filter(|one| MUTATED.contains(&one.name))
        .map(|one| Book {
            source: Source::new(one.name, one.text),
            text: one.text,
            scenarios: one.scenarios,
        })
        .collect();
    let text = include_str!("../src/cli/new/template.yaml");
    books.push(Book {
        source: Source::new("template", text),
        text,
        scenarios: include_str!("../src/cli/new/template.test.yaml"),
    });
    books
}

/// The mutants of all books, the same ones every time.
fn mutants(books: &[Book]) -> Vec<(usize, Mutant)> {
    let mut random = SEED;
    let mut all = Vec::new();
    for (number, book) in books.iter().enumerate() {
        for mut made in operators::all(&book.source) {
            for _ in 0..OF_EACH.min(made.len()) {
                // Knuth's generator: what matters is that it is always the same.
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let most = u64::try_from(made.len()).expect("they are few");
                let chosen =
                    usize::try_from((random >> 33) % most).expect("it is less than their number");
                all.push((number, made.swap_remove(chosen)));
            }
        }
    }
    all
}

#[derive(Default)]
struct Row {
    made: usize,
    counted: usize,
    found: usize,
    right: usize,
}

#[test]
fn mistakes_are_found_at_the_right_line() {
    let books = books();
    let mutants = mutants(&books);
    let checked = judge::checked(&mutants);
    let originals: Vec<Option<Vec<String>>> = books
        .iter()
        .map(|book| {
            judge::traces(
                book.source.file,
                book.scenarios,
                rbconsole::runbook::load(book.text).runbook?,
            )
        })
        .collect();
    let numbers: Vec<usize> = (0..mutants.len()).collect();
    let judged: Vec<Judged> = judge::each(&numbers, |&number| {
        let (book, mutant) = &mutants[number];
        let checked = &checked[number];
        let counts = match &checked.runbook {
            None => Counts::Load,
            Some(_) if mutant.by_definition => Counts::Definition,
            Some(loaded) if judge::shell_refuses(loaded) => Counts::Shell,
            Some(loaded) => {
                let traces = judge::traces(
                    books[*book].source.file,
                    books[*book].scenarios,
                    loaded.clone(),
                );
                if traces == originals[*book] {
                    Counts::No
                } else {
                    Counts::Trace
                }
            }
        };
        judge::judge(mutant, counts, checked)
    });
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut total = Row::default();
    let mut survivors = Vec::new();
    for ((book, mutant), judged) in mutants.iter().zip(&judged) {
        let row = rows.entry(mutant.operator).or_default();
        for row in [row, &mut total] {
            row.made += 1;
            if judged.counts != Counts::No {
                row.counted += 1;
                row.found += usize::from(judged.found);
                row.right += usize::from(judged.found && judged.right);
            }
        }
        if judged.counts != Counts::No && !judged.right {
            survivors.push(format!(
                "{}: {}:{} {} ({:?}){}",
                mutant.operator,
                books[*book].source.file,
                mutant.line + 1,
                mutant.change,
                judged.counts,
                judged
                    .said
                    .iter()
                    .map(|said| format!("\n    {said}"))
                    .collect::<Vec<_>>()
                    .concat(),
            ));
        }
    }
    println!(
        "{:36} {:>5} {:>7} {:>5} {:>13}",
        "mistake", "made", "counted", "found", "at the line"
    );
    for (operator, row) in rows.iter().chain([(&"all", &total)]) {
        println!(
            "{operator:36} {:5} {:7} {:5} {:13}",
            row.made, row.counted, row.found, row.right
        );
    }
    println!("\nNot found, or elsewhere:\n{}", survivors.join("\n"));
    assert!(
        total.counted >= 200,
        "{} mistakes are too few",
        total.counted
    );
    assert!(
        total.found >= FOUND,
        "{} of {} found",
        total.found,
        total.counted
    );
    assert!(
        total.right >= RIGHT,
        "{} of {} at the right line",
        total.right,
        total.counted
    );
}

/// What was reached: it may not get worse.
const FOUND: usize = 786;
/// Of these, at the right line.
const RIGHT: usize = 778;
