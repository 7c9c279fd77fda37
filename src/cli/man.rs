//! `man`.

use clap::CommandFactory;

use super::{Exit, Failure, args, common};

/// Prints the manual page: the program, then every subcommand with its arguments.
pub fn man() -> Result<Exit, Failure> {
    let mut command = args::Arguments::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(Failure::fault)?;
    // One page is enough for a program of this size; the sections of a subcommand follow under its name.
    for subcommand in command.get_subcommands() {
        if subcommand.is_hide_set() || subcommand.get_name() == "help" {
            continue;
        }
        write_subcommand(&mut page, subcommand).map_err(Failure::fault)?;
    }
    common::print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Good)
}

fn write_subcommand(page: &mut Vec<u8>, subcommand: &clap::Command) -> std::io::Result<()> {
    use std::io::Write;
    let man = clap_mangen::Man::new(subcommand.clone());
    writeln!(
        page,
        ".SH \"RBCONSOLE {}\"",
        subcommand.get_name().to_uppercase()
    )?;
    let mut sections = Vec::new();
    man.render_synopsis_section(&mut sections)?;
    man.render_description_section(&mut sections)?;
    man.render_options_section(&mut sections)?;
    // Its sections become parts of this one.
    page.write_all(
        String::from_utf8_lossy(&sections)
            .replace("\n.SH ", "\n.SS ")
            .replace(".SH SYNOPSIS", ".SS SYNOPSIS")
            .as_bytes(),
    )
}
