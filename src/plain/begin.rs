//! Before a run begins, and before one is taken up: trust, inputs, what has changed,
//! secrets.

use std::io;

use super::{
    attend,
    console::{Answer, Console, Heard},
    form::{self, Filled},
    helm_of,
};
use crate::session::{self, Beginning, Launcher, Resumed, system_clock};
use crate::settings::{self, Settings};
use crate::trust::{Question, Standing, Trusted};
use crate::tui::{
    Ended,
    form::{FormScreen, Offload},
    source::Source,
};

/// Asks for what is missing, then begins the run.
///
/// # Errors
/// When the terminal fails.
pub async fn begin(
    console: &mut Console,
    settings: &Settings,
    launcher: &Launcher,
    mut beginning: Beginning,
) -> io::Result<Ended> {
    // Before the form: what it offers to choose from is asked of the runbook's scripts.
    if let Standing::Asked(question) = &beginning.standing {
        match trusted(console, question).await {
            Some(trusted) => beginning.standing = Standing::Trusted(trusted),
            None => return Ok(Ended::Left),
        }
    }
    let mut form = FormScreen::of(beginning);
    loop {
        if form::fill(console, &mut form, "begins the run").await == Filled::Left {
            console.say("Nothing was begun.");
            return Ok(Ended::Left);
        }
        let beginning = form.beginning();
        console.say("Making sure that this is the place...");
        let asked = (settings.runs(), beginning.clone());
        let mut work = Offload::start(move |cancel| {
            let (runs, beginning) = asked;
            session::prepare(&runs, &beginning, system_clock, cancel)
        });
        let prepared = loop {
            tokio::select! {
                biased;
                heard = console.next() => match heard {
                    Heard::Line(_) | Heard::Continue => {}
                    Heard::Interrupt => break None,
                    Heard::End | Heard::Terminate | Heard::HangUp => return Ok(Ended::Left),
                },
                answer = work.answer() => break answer,
            }
        };
        let Some(prepared) = prepared else {
            form.refused("it was not waited for".to_owned());
            continue;
        };
        let started = prepared.and_then(|prepared| {
            let runs = settings.runs();
            session::start_prepared(&runs, &beginning, prepared, system_clock, launcher)
        });
        match started {
            Ok(session) => {
                let source = Source::Drive(Box::new(session));
                return attend::attend(console, source, &helm_of(settings, launcher)?).await;
            }
            Err(error) => form.refused(error.to_string()),
        }
    }
}

/// Shows what a runbook would execute, and asks whether it may.
async fn trusted(console: &mut Console, question: &Question) -> Option<Trusted> {
    let changed = question.files.iter().any(|file| file.before.is_some());
    console.say(if changed {
        "Changed since it was trusted."
    } else {
        "Not trusted yet."
    });
    console.say(
        "As it stands now, nothing of this runbook has been executed. Trusted, its commands run as \
         you, with all that you may do.",
    );
    console.gap();
    let told: Vec<String> = question
        .lines()
        .into_iter()
        .chain(question.texts())
        .map(|(_, line)| line.replace('─', "-"))
        .collect();
    console.show(told.iter().map(String::as_str));
    loop {
        let words = "Type trust to trust it and go on; Enter leaves, and it stays untrusted:";
        let Answer::Line(line) = console.ask(words).await else {
            return None;
        };
        match line.trim() {
            "trust" => {}
            "" | form::BACK | "q" => return None,
            other => {
                console.say(&format!("'{other}' is neither; nothing was trusted."));
                continue;
            }
        }
        let granted = question.clone();
        // The disk may take its time.
        let mut work =
            Offload::start(move |_| granted.grant(&settings::operator(), system_clock()));
        match work.answer().await {
            Some(Ok(trusted)) => return Some(trusted),
            Some(Err(error)) => console.say(&error.to_string()),
            None => console.say("What is trusted could not be kept."),
        }
    }
}

/// Says what has changed since the run began, and asks for the secrets that are missing;
/// false when the operator leaves instead.
pub async fn settle_in(console: &mut Console, resumed: &mut Resumed) -> bool {
    if let Some(changed) = &resumed.changed {
        console.say("The runbook's file has changed.");
        console.say(&changed.words);
        console.show(changed.difference.lines());
        let words = "Enter goes on with the pinned runbook, a dot leaves:";
        match console.ask(words).await {
            Answer::Line(line) if line.trim() != form::BACK => {}
            _ => return false,
        }
    }
    if !resumed.missing_secrets.is_empty() {
        let mut form = FormScreen::of_secrets(&resumed.missing_secrets);
        if form::fill(console, &mut form, "goes on").await == Filled::Left {
            return false;
        }
        for (name, value) in form.values() {
            resumed.session.give_secret(&name, value);
        }
    }
    true
}
