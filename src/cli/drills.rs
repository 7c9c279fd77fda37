//! `drills`.

use std::{collections::BTreeSet, fmt::Write, time::Duration};

use super::{Exit, Failure, args, common};
use crate::history::{
    Index,
    drills::{Past, Standing, standing},
};
use crate::runbook::{human, library};
use crate::session::system_clock;

/// How many names of steps are written out.
const NAMED: usize = 8;

/// Lists how the runbooks stand with their drills, overdue ones first.
pub fn drills(given: &args::Drills) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let mut index = Index::open(&settings.runs());
    let runs = index.list();
    let mut all: Vec<(Standing, usize)> = Vec::new();
    let mut unused: BTreeSet<String> = BTreeSet::new();
    for entry in library::list(&settings.runbooks) {
        let loaded = library::load(&entry, &settings.runbooks);
        let Some(runbook) = loaded.runbook else {
            eprintln!(
                "rbconsole: {} is left out: it has errors (`rbconsole check {}`)",
                entry.shown(),
                entry.name
            );
            continue;
        };
        let past: Vec<_> = runs
            .iter()
            .filter_map(|run| Some((run, Past::of(run)?)))
            .filter(|(_, past)| past.runbook == entry.name)
            .map(|(run, past)| (past, index.course(run)))
            .collect();
        let steps: Vec<&str> = runbook.steps().map(|step| step.id.as_str()).collect();
        let every = runbook.drill_every;
        let mut found = standing(&entry.name, every, &steps, &past, system_clock());
        // What came with the program and was never used is nobody's duty.
        if entry.origin == library::Origin::BuiltIn && past.is_empty() {
            found.overdue = false;
            unused.insert(entry.name.clone());
        }
        all.push((found, steps.len()));
    }
    index.keep();
    all.sort_by(|(a, _), (b, _)| {
        (!a.overdue, a.every_s.is_none(), &a.runbook).cmp(&(
            !b.overdue,
            b.every_s.is_none(),
            &b.runbook,
        ))
    });
    let overdue = all.iter().filter(|(it, _)| it.overdue).count();
    if given.overdue {
        all.truncate(overdue);
    }
    if given.json {
        let rows: Vec<&Standing> = all.iter().map(|(standing, _)| standing).collect();
        let text = serde_json::to_string_pretty(&rows).map_err(Failure::fault)?;
        common::print(&format!("{text}\n"))?;
    } else {
        all.retain(|(it, _)| !unused.contains(&it.runbook));
        let unused = if given.overdue { 0 } else { unused.len() };
        common::print(&table(&all, overdue, unused))?;
    }
    Ok(if given.overdue && overdue > 0 {
        Exit::Bad
    } else {
        Exit::Good
    })
}

fn table(all: &[(Standing, usize)], overdue: usize, unused: usize) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = match overdue {
        0 => writeln!(text, "No drill is overdue."),
        1 => writeln!(text, "1 drill is overdue."),
        n => writeln!(text, "{n} drills are overdue."),
    };
    if all.is_empty() {
        rest(&mut text, unused);
        return text;
    }
    let cells: Vec<[String; 6]> = all.iter().map(|(standing, _)| cells(standing)).collect();
    let head = ["", "Runbook", "Every", "Last drill", "Took", "Trend"].map(str::to_owned);
    let mut widths = [0; 6];
    for row in cells.iter().chain([&head]) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut line = |row: &[String; 6]| {
        let padded: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        let _ = writeln!(text, "{}", padded.join("  ").trim_end());
    };
    line(&head);
    for row in &cells {
        line(row);
    }
    for (standing, steps) in all {
        rotten(&mut text, standing, *steps);
    }
    rest(&mut text, unused);
    text
}

/// What came with the program and nobody has used is no row of its own.
fn rest(text: &mut String, unused: usize) {
    let _ = match unused {
        0 => Ok(()),
        1 => writeln!(text, "\nOne built-in runbook was never used here."),
        n => writeln!(text, "\n{n} built-in runbooks were never used here."),
    };
}

fn cells(standing: &Standing) -> [String; 6] {
    let seconds = |seconds: u64| human(Duration::from_secs(seconds));
    let mark = if standing.overdue { "OVERDUE" } else { "" };
    let last = standing.last.as_ref();
    let took = match (last, standing.median_s) {
        (Some(last), Some(median)) => format!(
            "{}, median {} of {}{}",
            seconds(last.took_s),
            seconds(median),
            standing.samples,
            slower(last.took_s, median)
        ),
        (Some(last), None) => seconds(last.took_s),
        (None, _) => String::new(),
    };
    [
        mark.to_owned(),
        standing.runbook.clone(),
        standing.every_s.map_or_else(|| "–".to_owned(), seconds),
        last.map_or_else(
            || "never".to_owned(),
            |last| {
                let ago = (system_clock() - last.at).to_std().unwrap_or_default();
                format!("{} ago, {}", human(ago), last.outcome.word())
            },
        ),
        took,
        trend(&standing.trend_s),
    ]
}

/// How much longer than usual the last one took, where that is worth a look.
fn slower(took: u64, median: u64) -> String {
    let tenths = took.saturating_mul(10) / median.max(1);
    if tenths < 15 || took < median + 5 {
        return String::new();
    }
    format!(", {}.{} times as long", tenths / 10, tenths % 10)
}

/// A block a drill, as high as it was long.
fn trend(took: &[u64]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = took.iter().copied().max().unwrap_or(0).max(1);
    took.iter()
        .map(|took| {
            let eighth = usize::try_from(took.saturating_mul(7) / most).unwrap_or(7);
            BLOCKS[eighth.min(7)]
        })
        .collect()
}

/// The steps that nobody knows to work. Where none was ever run, the table says it.
fn rotten(text: &mut String, standing: &Standing, steps: usize) {
    let mut names = |what: &str, names: &[String]| {
        if names.is_empty() {
            return;
        }
        let shown = names[..names.len().min(NAMED)].join(", ");
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let count = names.len();
        let _ = writeln!(
            text,
            "\n{}: {count} of {steps} steps {what}: {shown}{more}",
            standing.runbook
        );
    };
    if standing.never_run.len() < steps {
        names("never run in a drill or an incident", &standing.never_run);
    }
    names("not run for 90 days", &standing.stale);
}
