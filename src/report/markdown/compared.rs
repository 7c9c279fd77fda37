//! A drill beside the drills before it.

use std::{
    fmt::{self, Write},
    time::Duration,
};

use super::Source;
use crate::history::Course;
use crate::report::{
    compare::{Remark, compare},
    escape::inline,
};
use crate::runbook::human;

/// A row for each step that was come to.
pub(super) fn write(out: &mut String, source: &Source<'_>) -> fmt::Result {
    let course = Course::of(source.entries);
    let Some(compared) = compare(source.state, &course, source.earlier) else {
        return Ok(());
    };
    writeln!(out, "{}", source.heading(2, "Compared with earlier drills"))?;
    let end = source.state.closed.as_ref().map_or(source.now, |it| it.at);
    let took = (end - source.state.started_at).to_std().unwrap_or_default();
    let (drills, good) = compared.drills;
    let middle = |time: Option<Duration>| {
        time.map_or_else(String::new, |time| format!(", p50 {}", human(time)))
    };
    writeln!(
        out,
        "This drill took {}. Before it: {} ({good} ended well{}) and {}{}.\n",
        human(took),
        counted(drills, "drill"),
        middle(compared.drills_took),
        counted(compared.incidents, "incident"),
        middle(compared.incidents_took)
    )?;
    writeln!(
        out,
        "| Step | Took | p50 of drills | p50 of incidents | |\n|---|---|---|---|---|"
    )?;
    let typical = |known: Option<(Duration, usize)>| {
        known.map_or("–".to_owned(), |(time, of)| {
            format!("{} of {of}", human(time))
        })
    };
    for step in compared.steps {
        let remarks: Vec<String> = step.remarks.iter().map(words).collect();
        writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            inline(&step.title),
            human(step.took),
            typical(step.drills),
            typical(step.incidents),
            remarks.join(", ")
        )?;
    }
    writeln!(out)
}

fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

fn words(remark: &Remark) -> String {
    match remark {
        Remark::Slower(tenths) => format!("**{}.{} times as long**", tenths / 10, tenths % 10),
        Remark::NewlyFailing => "**newly failing**".to_owned(),
        Remark::NewlySkipped => "**newly skipped**".to_owned(),
        Remark::First => "for the first time".to_owned(),
        Remark::Changed(since) => {
            format!("its command changed since {}", since.format("%Y-%m-%d"))
        }
    }
}
