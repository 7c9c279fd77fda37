//! `config`: where files stand, what is set, and what the themes look like.

mod keys;

use std::{fmt::Write, io::IsTerminal};

use super::{Exit, Failure, args, common};
use crate::executor::Limits;
use crate::output::size;
use crate::settings::Settings;
use crate::tui::theme::{
    self, Depth, Palette, Theme,
    color::contrast,
    sample::{sample, words},
    shelf,
};

/// Below this text is hard to read.
const READABLE: f64 = 4.5;

/// Prints what is set, or what a theme looks like.
pub fn config(given: &args::Config) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    match &given.theme {
        None => {
            let keys = crate::tui::keys(&settings);
            let told = keys.as_ref().map_or_else(|_| String::new(), keys::told);
            common::print(&everything(&settings, &told))?;
            // What is set is told also where the keys are wrong.
            keys.map_err(Failure::usage)?;
        }
        Some(name) => return themes(&settings, name.as_deref()),
    }
    Ok(Exit::Good)
}

/// A line of the list: what, and how it is.
fn line(text: &mut String, what: &str, how: impl std::fmt::Display) {
    // Writing to a text does not fail.
    let _ = writeln!(text, "  {what:<13}{how}");
}

fn everything(settings: &Settings, keys: &str) -> String {
    let by = |variable: &str| {
        let set = std::env::var_os(variable).is_some_and(|value| !value.is_empty());
        if set {
            format!("  (by {variable})")
        } else {
            String::new()
        }
    };
    let file = settings.config.join("config.yaml");
    let mut text = "Files\n".to_owned();
    let state = settings.state.display();
    line(
        &mut text,
        "runs",
        format!("{state}/runs{}", by("RBCONSOLE_STATE_DIR")),
    );
    let there = if file.exists() {
        ""
    } else {
        "  (not there: nothing is set)"
    };
    let by = by("RBCONSOLE_CONFIG_DIR");
    line(
        &mut text,
        "settings",
        format!("{}{there}{by}", file.display()),
    );
    for (number, folder) in settings.runbooks.iter().enumerate() {
        let what = if number == 0 { "runbooks" } else { "" };
        line(&mut text, what, folder.display());
    }
    line(
        &mut text,
        "themes",
        settings.config.join("themes").display(),
    );
    text.push_str("\nScreen\n");
    line(&mut text, "theme", in_use(settings));
    line(&mut text, "colours", Depth::of_terminal());
    line(
        &mut text,
        "mouse",
        if settings.mouse { "on" } else { "off" },
    );
    text.push_str("\nOutput that is kept\n");
    let attempt = settings.output.attempt.unwrap_or(Limits::default().attempt);
    line(&mut text, "per attempt", size(attempt));
    let run = settings.output.run.map(size);
    line(
        &mut text,
        "per run",
        run.unwrap_or_else(|| "half of the free disk".to_owned()),
    );
    text.push_str("\nReports\n");
    let redact = if settings.redact.is_empty() {
        "addresses alone".to_owned()
    } else {
        format!("addresses and {}", settings.redact.join(", "))
    };
    line(&mut text, "--redact", redact);
    text.push_str(keys);
    text.push_str("\n`rbconsole config --theme` shows what the themes look like.\n");
    text
}

/// Which theme is in use, and why.
fn in_use(settings: &Settings) -> String {
    match &settings.theme {
        Some(name) => name.clone(),
        None => format!("{} (fits this terminal; none is set)", theme::fitting()),
    }
}

fn themes(settings: &Settings, name: Option<&str>) -> Result<Exit, Failure> {
    let folder = settings.config.join("themes");
    let all = match name {
        Some(name) => vec![name.to_owned()],
        None => shelf::all(&folder),
    };
    let used = settings
        .theme
        .as_deref()
        .unwrap_or_else(|| theme::fitting());
    let depth = Depth::of_terminal();
    let mut text = String::new();
    let mut wrong = Vec::new();
    for name in &all {
        let (palette, file) = match shelf::find(name, &folder) {
            Ok(found) => found,
            Err(error) if all.len() == 1 => return Err(Failure::usage(error)),
            Err(error) => {
                wrong.push(error.to_string());
                continue;
            }
        };
        let mut heading = name.clone();
        if name == used {
            heading.push_str(" · in use");
        }
        match file {
            Some(file) => {
                let _ = write!(heading, " · {}", file.display());
            }
            None => heading.push_str(" · built in"),
        }
        let _ = writeln!(text, "{heading}{}", hard_to_read(&palette));
        let theme = Theme::new(&palette, depth);
        let shown = if std::io::stdout().is_terminal() {
            sample(&theme)
        } else {
            words(&theme)
        };
        let _ = writeln!(text, "{shown}");
    }
    let _ = writeln!(
        text,
        "This terminal has {depth}. `theme: NAME` chooses one in\n  {}",
        settings.config.join("config.yaml").display()
    );
    let _ = writeln!(
        text,
        "One of your own, which may begin with `like: dark`, is a file\n  {}/NAME.yaml",
        folder.display()
    );
    common::print(&text)?;
    if wrong.is_empty() {
        Ok(Exit::Good)
    } else {
        Err(Failure::usage(wrong.join("\n")))
    }
}

/// What cannot be read well, said of a theme that somebody made.
fn hard_to_read(palette: &Palette) -> String {
    let Palette::Colors(colors) = palette else {
        return String::new();
    };
    let pairs = colors.pairs();
    let poor = pairs.iter().filter_map(|(name, text, behind)| {
        let found = contrast(*text, *behind);
        (found < READABLE)
            .then(|| format!("\n  hard to read: {name}, {found:.1}:1 of {READABLE}:1"))
    });
    poor.collect()
}
