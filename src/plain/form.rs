//! The inputs, asked one by one: what stands there already, what it can be, and why an
//! answer does not do.

use super::console::{Answer, Console};
use crate::tui::form::{FormScreen, Line};

/// How a form ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// Nothing shall begin.
    Left,
    /// Everything is given.
    Ready,
}

/// What leads back.
pub const BACK: &str = ".";

/// Asks for every field, then whether it may begin.
pub async fn fill(console: &mut Console, form: &mut FormScreen, begins: &str) -> Filled {
    if form.error().is_none() {
        console.gap();
        console.say(&format!("{}. A single dot leaves.", form.title()));
    }
    loop {
        if let Some(why) = form.error() {
            let why = why.to_owned();
            console.say(&format!("It cannot begin: {why}"));
        }
        // What must be given first; the rest is prefilled and can be changed.
        if let Some(at) = form.open_field() {
            if !ask(console, form, at).await {
                return Filled::Left;
            }
            continue;
        }
        console.gap();
        for at in 0..form.count() {
            if let Some(line) = form.line(at) {
                console.say(&format!("{}. {}: {}", at + 1, line.label, shown(&line)));
            }
        }
        let question = format!("Enter {begins}; a number changes that line; a dot leaves:");
        let Answer::Line(line) = console.ask(&question).await else {
            return Filled::Left;
        };
        match line.trim() {
            "" => return Filled::Ready,
            BACK => return Filled::Left,
            number => match number.parse::<usize>() {
                Ok(number) if (1..=form.count()).contains(&number) => {
                    if !ask(console, form, number - 1).await {
                        return Filled::Left;
                    }
                }
                _ => console.say(&format!("There is no line '{number}'.")),
            },
        }
    }
}

/// Asks for one field until the answer does; false when nobody wants to answer.
async fn ask(console: &mut Console, form: &mut FormScreen, at: usize) -> bool {
    let Some(line) = form.line(at) else {
        return true;
    };
    console.gap();
    console.say(&format!("{}: {}", line.label, line.about));
    form.look_up(at).await;
    let line = form.line(at).unwrap_or(line);
    let choices = if line.options.is_empty() {
        &line.offered
    } else {
        &line.options
    };
    for (number, choice) in choices.iter().enumerate() {
        console.say(&format!("  {}. {choice}", number + 1));
    }
    if let Some(why) = &line.unoffered {
        console.say(&format!("What there is to choose from is not known: {why}"));
    }
    let question = match (line.secret, line.value.is_empty()) {
        (true, _) => format!("{} (nothing is shown while you type):", line.label),
        (_, true) => format!("{}:", line.label),
        (_, false) => format!("{} [{}]:", line.label, line.value),
    };
    loop {
        let answer = if line.secret {
            console.ask_secret(&question).await
        } else {
            console.ask(&question).await
        };
        let Answer::Line(typed) = answer else {
            return false;
        };
        let typed = if line.secret { &*typed } else { typed.trim() };
        if typed == BACK {
            return false;
        }
        if typed.is_empty() {
            match form.line(at).and_then(|line| line.wrong) {
                None => return true,
                Some(why) => console.say(&format!("{}: {why}.", line.label)),
            }
            continue;
        }
        let chosen = typed
            .parse::<usize>()
            .ok()
            .and_then(|number| choices.get(number.checked_sub(1)?));
        // A number that is itself a choice is that choice.
        let given = match chosen {
            Some(chosen) if !choices.iter().any(|choice| choice == typed) => chosen.clone(),
            _ => typed.to_owned(),
        };
        match form.give(at, &given) {
            Ok(()) => return true,
            Err(why) => console.say(&format!("{}: {why}.", line.label)),
        }
    }
}

fn shown(line: &Line) -> String {
    match (&line.wrong, line.secret) {
        (Some(why), _) => why.clone(),
        (None, true) => "(secret)".to_owned(),
        (None, false) if line.value.is_empty() => "(empty)".to_owned(),
        (None, false) => line.value.clone(),
    }
}
