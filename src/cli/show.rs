//! `show`: a runbook as a person reads it.

mod document;
mod markdown;
mod steps;
mod terminal;

use super::{Exit, Failure, args, color, common};

/// Prints a runbook, for the terminal or in Markdown.
pub fn show(given: &args::Show) -> Result<Exit, Failure> {
    let settings = common::settings()?;
    let (_, runbook) = common::runbook(&settings, &given.runbook)?;
    let blocks = document::of(&runbook);
    let text = match given.format {
        args::ShowFormat::Md => markdown::render(&blocks),
        args::ShowFormat::Text => {
            let out = std::io::stdout();
            terminal::render(&blocks, width(&out), color::on(&out))
        }
    };
    common::print(&text)?;
    Ok(Exit::Good)
}

/// As many columns as the terminal has, within what is pleasant to read.
fn width(out: &std::io::Stdout) -> usize {
    let columns = rustix::termios::tcgetwinsize(out).map_or(80, |size| usize::from(size.ws_col));
    if columns == 0 {
        80
    } else {
        columns.clamp(30, 100)
    }
}

#[cfg(test)]
mod tests;
