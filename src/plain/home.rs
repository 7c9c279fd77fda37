//! Choosing: unfinished runs first, then the runbooks, numbered.

use std::path::PathBuf;

use super::console::{Answer, Console};
use crate::engine::event::RunKind;
use crate::session::Beginning;
use crate::settings::Settings;
use crate::tui::{
    home::{Chosen, HomeScreen},
    keymap::Keymap,
};

/// So many lines are told before one is asked to look for words.
const PAGE: usize = 40;

/// What was opened.
pub enum Opened {
    /// Nothing.
    Nothing,
    /// The demo.
    Demo,
    /// A run, by its directory.
    Run(PathBuf),
    /// A runbook.
    Runbook(Box<Beginning>),
}

/// Lets the operator choose.
pub async fn choose(console: &mut Console, settings: &Settings, keys: &Keymap) -> Opened {
    let mut home = HomeScreen::first_look(settings, keys);
    home.look_closely(settings);
    console.say("rbconsole, in plain lines. Nothing has begun yet.");
    list(console, &home);
    if home.is_new() {
        console.say("Nothing was ever run here; demo shows all of it on a little service.");
    }
    loop {
        let question = "Number to open, drill NUMBER, rehearse NUMBER, /words to look for, ? help, q \
                        leaves:";
        let Answer::Line(line) = console.ask(question).await else {
            return Opened::Nothing;
        };
        let line = line.trim();
        if let Some(words) = line.strip_prefix('/') {
            home.filter_by(words.trim());
            list(console, &home);
            continue;
        }
        let (kind, number) = match line.split_once(' ') {
            Some(("drill" | "d", number)) => (RunKind::Drill, number),
            Some(("rehearse" | "r", number)) => (RunKind::Rehearsal, number),
            _ => (RunKind::Incident, line),
        };
        match number.trim() {
            "" => list(console, &home),
            "q" | "quit" | "." => return Opened::Nothing,
            "demo" => return Opened::Demo,
            "?" | "help" => help(console),
            number => {
                let count = home.lines().len();
                let Some(at) = number
                    .parse::<usize>()
                    .ok()
                    .filter(|number| (1..=count).contains(number))
                else {
                    console.say(&format!("There is no number '{number}' in the list."));
                    continue;
                };
                match home.open_line(at - 1, kind) {
                    Ok(Some(Chosen::Resume(path))) => return Opened::Run(path),
                    Ok(Some(Chosen::Begin(beginning))) => return Opened::Runbook(beginning),
                    Ok(_) => {}
                    Err(why) => console.say(&why),
                }
            }
        }
    }
}

fn list(console: &mut Console, home: &HomeScreen) {
    let lines = home.lines();
    let mut section = None;
    for (number, line) in lines.iter().take(PAGE).enumerate() {
        if section != Some(line.is_run) {
            section = Some(line.is_run);
            console.say(if line.is_run {
                "Unfinished runs:"
            } else {
                "Runbooks:"
            });
        }
        let mark = line
            .mark
            .map_or_else(String::new, |words| format!(" ({words})"));
        console.say(&format!(
            "  {}. {}{mark}, {}",
            number + 1,
            line.title,
            line.about
        ));
    }
    if lines.is_empty() {
        console.say("Nothing fits these words; / alone shows all.");
    } else if lines.len() > PAGE {
        console.say(&format!(
            "  and {} more: /words finds them",
            lines.len() - PAGE
        ));
    }
}

fn help(console: &mut Console) {
    for line in [
        "A number opens: an unfinished run is taken up, a runbook begins an incident.",
        "drill NUMBER begins a drill, rehearse NUMBER a rehearsal, in which nothing is done.",
        "demo takes back a bad release of a little service that is made for it.",
        "/words shows only what fits; / alone shows all. Enter shows the list again.",
        "q leaves. Nothing is begun before you were asked for its inputs.",
    ] {
        console.say(line);
    }
}
