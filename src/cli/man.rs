//! `man`.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_mangen::Man;

use super::{Exit, Failure, args, common};

/// Prints the manual page: the program, every subcommand with its arguments, exit codes and files.
pub fn man() -> Result<Exit, Failure> {
    let mut page = Vec::new();
    write_page(&mut page).map_err(Failure::fault)?;
    common::print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Good)
}

/// One page holds all of it: pages of the subcommands would have to be installed one by one.
fn write_page(page: &mut Vec<u8>) -> io::Result<()> {
    let mut command = args::Arguments::command();
    command.build();
    let man = Man::new(command.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    for subcommand in command.get_subcommands() {
        if !subcommand.is_hide_set() && subcommand.get_name() != "help" {
            write_subcommand(page, subcommand)?;
        }
    }
    if let Some(notes) = command.get_after_help() {
        writeln!(page, ".SH NOTES\n.nf")?;
        for line in notes.to_string().lines() {
            // A dot or an accent at the beginning of a line would be a request.
            writeln!(page, "\\&{}", line.replace('\\', "\\e"))?;
        }
        writeln!(page, ".fi")?;
    }
    Ok(())
}

fn write_subcommand(page: &mut Vec<u8>, subcommand: &clap::Command) -> io::Result<()> {
    let man = Man::new(subcommand.clone());
    let name = subcommand.get_name().to_uppercase();
    writeln!(page, ".SH \"RBCONSOLE {name}\"")?;
    let mut sections = Vec::new();
    man.render_synopsis_section(&mut sections)?;
    man.render_description_section(&mut sections)?;
    man.render_options_section(&mut sections)?;
    // Its sections are parts of this one.
    for line in String::from_utf8_lossy(&sections).lines() {
        match line.strip_prefix(".SH ") {
            Some(title) => writeln!(page, ".SS {title}")?,
            None => writeln!(page, "{line}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_subcommand_and_exit_code() {
        let mut page = Vec::new();
        write_page(&mut page).expect("a vector takes everything");
        let page = String::from_utf8(page).expect("text");
        for subcommand in args::Arguments::command().get_subcommands() {
            let heading = format!("RBCONSOLE {}\"", subcommand.get_name().to_uppercase());
            assert_eq!(
                page.contains(&heading),
                !subcommand.is_hide_set(),
                "{heading}"
            );
        }
        for words in ["Exit codes", "RBCONSOLE_STATE_DIR", ".SS SYNOPSIS"] {
            assert!(page.contains(words), "{words}");
        }
    }
}
