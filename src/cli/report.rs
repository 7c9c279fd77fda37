//! `report`.

use std::path::Path;

use regex::Regex;
use serde_json::Value;

use super::{Exit, Failure, args, common};
use crate::report::{Report, Source, brief, html, issue, json, markdown, redact};
use crate::run_dir::RunDir;
use crate::session::{Watch, past, resume, signals, system_clock};
use crate::template::document;
use args::ReportFormat;

/// The largest template that is read.
const MAX_TEMPLATE: u64 = 1 << 20;

/// Prints a run's report.
pub fn report(given: &args::Report) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let patterns = settings
        .redact
        .iter()
        .map(|pattern| {
            Regex::new(pattern)
                .map_err(|error| Failure::usage(format!("redact: in the config file: {error}")))
        })
        .collect::<Result<Vec<Regex>, Failure>>()?;
    let found = common::find_run(&settings, &given.run)?;
    let dir = RunDir::open(&found.path).map_err(Failure::refused)?;
    let text = if given.brief {
        let watch = Watch::open(dir).map_err(common::begin_failure)?;
        let brief = brief::brief(&watch.state, &watch.entries, system_clock());
        let origins = redact::origins(&watch.entries);
        brief::markdown(if given.redact {
            let masks = redact::Masks::new(&patterns, &origins);
            let mut redacted = redact::Redacted::default();
            let brief = brief.map(|text| masks.masked(text, &mut redacted));
            eprintln!("rbconsole: {}", redacted.words());
            brief
        } else {
            brief
        })
    } else {
        let (report, origins) = gather(&dir, given.full)?;
        let mut report = serde_json::to_value(report).map_err(Failure::fault)?;
        if given.redact {
            let redacted = redact::redact(&mut report, &patterns, &origins);
            eprintln!("rbconsole: {}", redacted.words());
        }
        write(&report, given)?
    };
    if given.output.as_os_str() == "-" {
        common::print(&text)?;
    } else {
        crate::run_dir::write_as_asked(&given.output, text.as_bytes()).map_err(|error| {
            Failure::fault(format!("cannot write {}: {error}", given.output.display()))
        })?;
    }
    Ok(Exit::Good)
}

fn write(report: &Value, given: &args::Report) -> Result<String, Failure> {
    if given.issue_body {
        return issue::write(report).map_err(Failure::fault);
    }
    let own = given.template.as_deref().and_then(|file| {
        let written = by_template(report, file);
        written
            // The report must not be lost to a slip in a template.
            .map_err(|why| {
                eprintln!(
                    "rbconsole: the template {} is not used, the built-in one is: {why}",
                    file.display()
                );
            })
            .ok()
    });
    match (own, format(given)) {
        (Some(text), _) => Ok(text),
        (None, ReportFormat::Md) => markdown::write(report).map_err(Failure::fault),
        (None, ReportFormat::Html) => html::write(report).map_err(Failure::fault),
        (None, ReportFormat::Json) => json::json(report).map_err(Failure::fault),
    }
}

/// As asked, or by the name of the file to write, or of the template.
fn format(given: &args::Report) -> ReportFormat {
    let by_name = |file: &Path| {
        let name = file.file_name()?.to_str()?.to_ascii_lowercase();
        [(".html", ReportFormat::Html), (".json", ReportFormat::Json)]
            .into_iter()
            .find_map(|(end, format)| name.contains(end).then_some(format))
    };
    given
        .format
        .or_else(|| by_name(given.template.as_deref()?))
        .or_else(|| by_name(&given.output))
        .unwrap_or(ReportFormat::Md)
}

fn by_template(report: &Value, file: &Path) -> Result<String, String> {
    use std::io::Read;
    let mut text = String::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(MAX_TEMPLATE).read_to_string(&mut text))
        .map_err(|error| error.to_string())?;
    let name = file.to_string_lossy().to_ascii_lowercase();
    if name.contains(".html") {
        document::render(&text, &html::with_charts(report), html::KIND)
    } else {
        document::render(&text, report, markdown::KIND)
    }
}

/// The report of a run in Markdown.
pub fn of(dir: &RunDir) -> Result<String, Failure> {
    let (report, _) = gather(dir, false)?;
    markdown::write(&report).map_err(Failure::fault)
}

fn gather(dir: &RunDir, full: bool) -> Result<(Report, Vec<String>), Failure> {
    let (state, recovered) = resume::read(dir).map_err(common::begin_failure)?;
    if let Some((line, what)) = &recovered.damage {
        eprintln!(
            "rbconsole: the journal is damaged at line {line} ({what}); the report ends there"
        );
    }
    let report = Report::of(&Source {
        state: &state,
        entries: &recovered.entries,
        samples: &signals::for_report(dir),
        earlier: &past::earlier(dir, &state),
        head: recovered.head.to_string(),
        dir,
        now: system_clock(),
        full,
    });
    Ok((report, redact::origins(&recovered.entries)))
}
