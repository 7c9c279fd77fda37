//! What a typed line orders: a number of the list, a key of the screen as a letter, or one
//! of the few words that take the place of looking.

use super::{
    super::{form::BACK, lines, tail},
    Asked, Attending, Console, Mode,
    help::{help, is_of_lines, named},
    notes::Changing,
    view,
};
use crate::engine::{AttemptId, Command, Next, next};
use crate::tui::{
    keymap::Action,
    run::{View, choices::choices, keys::Intent, plan},
};

/// So many lines of an output are told from a number on.
const FROM: usize = 20;

impl Attending {
    /// Deals with a line that was typed.
    pub(super) fn line(&mut self, console: &mut Console, line: &str) -> Option<Asked> {
        match std::mem::replace(&mut self.mode, Mode::Orders) {
            Mode::Orders if self.screen.overlays.is_empty() => self.order(console, line.trim()),
            Mode::Orders => self.answer(console, line),
            Mode::Leaving(running) => self.leave_or_stay(console, &running, line.trim()),
            Mode::Pinning(lines) => self.pin_one(console, &lines, line.trim()),
            Mode::Typing(attempt) => self.type_line(console, attempt, line),
            Mode::Editing(mut typed) => {
                if line.trim_end() == "." {
                    return self.changed(console, &typed.join("\n"));
                }
                typed.push(line.to_owned());
                self.mode = Mode::Editing(typed);
                None
            }
        }
    }

    /// Asks again what the mode asks, where something was said since.
    pub(super) fn ask_in_mode(&mut self, console: &mut Console) {
        let question = match &self.mode {
            Mode::Orders => return,
            Mode::Leaving(_) => "number, Enter goes on>".to_owned(),
            Mode::Pinning(_) => "number of the line, Enter pins none>".to_owned(),
            Mode::Typing(attempt) if !self.runs(*attempt) => {
                "the command is over; Enter goes back>".to_owned()
            }
            Mode::Typing(_) => "typed into it, not shown; a dot alone ends>".to_owned(),
            Mode::Editing(_) => "command>".to_owned(),
        };
        console.prompt(&question);
    }

    fn order(&mut self, console: &mut Console, line: &str) -> Option<Asked> {
        if line.is_empty() {
            return self.forward(console);
        }
        if let Ok(number) = line.parse::<usize>() {
            return self.number(console, number);
        }
        if let Some(words) = line.strip_prefix('/').filter(|words| !words.is_empty()) {
            self.search(console, words.trim());
            return None;
        }
        let (word, rest) = split(line, |key| {
            let action = named(&self.keys, key);
            matches!(action, Some(Action::OffScript | Action::GoToLine))
        });
        match word {
            "where" => self.tell_where(console),
            "plan" => self.tell_plan(console),
            "signals" => self.tell_signals(console),
            "output" => self.tell_output(console, rest.parse().unwrap_or(20)),
            "again" => self.told = super::Told::default(),
            "notes" => self.tell_notes(console),
            "change" => self.change_note(console, rest, Changing::Amend),
            "strike" => self.change_note(console, rest, Changing::Strike),
            "help" => help(console, &self.keys),
            "quit" | "exit" => return Some(Asked::Leave),
            key => {
                let named = named(&self.keys, key).filter(|action| is_of_lines(*action));
                let Some(action) = named else {
                    console.say(&format!(
                        "There is nothing called '{key}' here; a question mark tells what can be \
                         typed."
                    ));
                    return None;
                };
                return self.act(console, action, rest);
            }
        }
        None
    }

    fn act(&mut self, console: &mut Console, action: Action, rest: &str) -> Option<Asked> {
        match action {
            Action::Next => return self.forward(console),
            Action::Help => help(console, &self.keys),
            Action::Timeline => self.tell_timeline(console, rest.parse().unwrap_or(20)),
            Action::GoToLine => self.tell_lines(console, rest),
            Action::Pin if self.source.watching().is_none() => {
                self.offer_lines(console, rest.parse().ok());
            }
            Action::Type if self.source.watching().is_none() => self.begin_typing(console),
            Action::Stop if self.source.watching().is_none() && self.runs_several() => {
                self.offer_to_stop(console);
            }
            Action::Note | Action::OffScript if !rest.is_empty() => {
                let asked = self.screen_order(action);
                if self.screen.overlays.is_empty() {
                    return asked;
                }
                // What the question would be answered with stands behind its key.
                return self.answer(console, rest);
            }
            action => {
                if !rest.is_empty() {
                    let Some(step) = self.step_numbered(rest) else {
                        console.say(&format!(
                            "There is no step {rest} in the plan; plan tells the numbers."
                        ));
                        return None;
                    };
                    self.screen.selected = Some(step);
                }
                let asked = self.screen_order(action);
                self.screen.selected = None;
                return asked;
            }
        }
        None
    }

    /// The lines of the output from a number on.
    fn tell_lines(&self, console: &mut Console, number: &str) {
        let digits: String = number.chars().filter(|c| *c != ',').collect();
        let Some(line) = digits.parse::<u64>().ok().filter(|line| *line > 0) else {
            console.say("Behind it stands the number of a line, such as # 120; the first is 1.");
            return;
        };
        for id in meant(&self.view()) {
            let state = self.source.state();
            if let Some(attempt) = state.attempts.get(&id) {
                let title = tail::title(state, attempt);
                console.say(&format!("Output of '{title}' from line {line}:"));
            }
            match lines::from(&self.source, id, line, FROM) {
                Ok(lines::At::Lines(found)) => {
                    let lines: Vec<String> = found.iter().map(|it| format!("  {it}")).collect();
                    console.show(lines.iter().map(String::as_str));
                }
                Ok(lines::At::Beyond(count)) => console.say(&format!("  It has {count} lines.")),
                Ok(lines::At::Far) => console.say(
                    "  That lies too far from the beginning to be counted here; /words finds it.",
                ),
                Err(error) => console.say(&format!("  It cannot be read: {error}")),
            }
        }
    }

    fn runs_several(&self) -> bool {
        self.source.state().live().count() > 1
    }

    /// What the screen does for the same key.
    fn screen_order(&mut self, action: Action) -> Option<Asked> {
        let view = view(
            &self.source,
            &self.lines,
            &self.earlier,
            self.report.as_deref(),
            &self.keys,
        );
        let intent = self.screen.order(action, &view);
        intent.map(|intent| match intent {
            Intent::Leave => Asked::Leave,
            intent => Asked::Intent(intent),
        })
    }

    /// Enter alone: the one suggested next thing, if there is one.
    fn forward(&mut self, console: &mut Console) -> Option<Asked> {
        let view = self.view();
        let all = choices(&view);
        if !all.is_empty() && self.told.has_news(&view) {
            self.tell_first(console);
            return None;
        }
        if self.screen.marked(view.state, &all).is_none() && !all.is_empty() {
            let all_done = all.iter().all(|choice| choice.done);
            if !(all_done && matches!(next(view.state), Next::Manual(..))) {
                console.say("Type the number of what shall be done.");
                return None;
            }
        }
        self.screen_order(Action::Next)
    }

    /// A number of the list.
    fn number(&mut self, console: &mut Console, number: usize) -> Option<Asked> {
        let view = self.view();
        let count = choices(&view).len();
        if number == 0 || number > count {
            console.say(&match count {
                0 => "There is nothing to choose by a number here.".to_owned(),
                _ => format!("There is no number {number}: the last one is {count}."),
            });
            return None;
        }
        if self.told.has_news(&view) {
            self.tell_first(console);
            return None;
        }
        let action = match next(view.state) {
            Next::Manual(..) => Action::Tick,
            _ => Action::Next,
        };
        self.screen.cursor = Some(number - 1);
        let asked = self.screen_order(action);
        self.screen.cursor = None;
        asked
    }

    /// What can be chosen is not what was told: a number, or Enter, was meant for something else.
    fn tell_first(&mut self, console: &mut Console) {
        console.say("What can be chosen has changed meanwhile: nothing was done. It stands below.");
        self.due = None;
        self.told.forget_choices();
    }

    /// The step with a number of the plan, such as 2.1.
    fn step_numbered(&self, number: &str) -> Option<String> {
        let (phase, step) = number.split_once('.')?;
        let phase: usize = phase.parse().ok()?;
        let step: usize = step.parse().ok()?;
        let phases = plan::order(self.source.state());
        let phase = phases.get(phase.checked_sub(1)?)?;
        let step = phase.steps.get(step.checked_sub(1)?)?;
        Some(step.id.clone())
    }

    /// Ctrl-C: to leave, to stop something, or to go on.
    pub(super) fn interrupted(&mut self, console: &mut Console) -> Option<super::Leaving> {
        let state = self.source.state();
        if matches!(self.mode, Mode::Leaving(_)) || state.closed.is_some() {
            return Some(super::Leaving::Left(crate::engine::event::Manner::Left));
        }
        if matches!(self.mode, Mode::Typing(_)) {
            console.echo(true);
        }
        self.offer_to_stop(console);
        None
    }

    /// To leave, to stop one of what runs, or to go on.
    fn offer_to_stop(&mut self, console: &mut Console) {
        let state = self.source.state();
        let watching = self.source.watching().is_some();
        let running: Vec<AttemptId> = if watching {
            Vec::new()
        } else {
            state.live().map(|(id, _)| id).collect()
        };
        console.gap();
        let goes_on = match state.live().count() {
            _ if watching => "you only watch".to_owned(),
            0 => "the run stays open".to_owned(),
            1 => "the run stays open and one command goes on".to_owned(),
            n => format!("the run stays open and {n} commands go on"),
        };
        console.say(&format!("  1. Leave: {goes_on}"));
        for (number, id) in running.iter().enumerate() {
            if let Some(attempt) = state.attempts.get(id) {
                let title = tail::title(state, attempt);
                let grace = std::time::Duration::from_millis(attempt.launch.kill_grace_ms);
                console.say(&format!(
                    "  {}. Stop '{title}': TERM to the command and all it started, KILL after {}.",
                    number + 2,
                    crate::runbook::human(grace)
                ));
            }
        }
        console.say("  Enter: go on as before. Ctrl-C once more leaves.");
        self.mode = Mode::Leaving(running);
    }

    fn leave_or_stay(
        &mut self,
        console: &mut Console,
        running: &[AttemptId],
        line: &str,
    ) -> Option<Asked> {
        self.presented = 0;
        self.told.forget_choices();
        match line.parse::<usize>() {
            Ok(1) => Some(Asked::Leave),
            Ok(number) if number >= 2 && number - 2 < running.len() => Some(Asked::Intent(
                Intent::Do(Command::Stop(running[number - 2])),
            )),
            _ if line.is_empty() => None,
            _ => {
                console.say(&format!("There is no number '{line}': the run goes on."));
                None
            }
        }
    }

    fn begin_typing(&mut self, console: &mut Console) {
        let state = self.source.state();
        let attempt = state
            .live()
            .filter(|(_, attempt)| attempt.launch.tty)
            .last()
            .map(|(id, _)| id);
        let Some(attempt) = attempt else {
            console.say("No command that runs has a terminal to type into.");
            return;
        };
        // Before it is said: who hears that may type at once.
        console.echo(false);
        console.say(
            "Each line goes to the command, with Enter; ^C and ^D alone go as these keys. What you \
             type is not shown here, only what the command echoes.",
        );
        self.mode = Mode::Typing(attempt);
    }

    fn type_line(
        &mut self,
        console: &mut Console,
        attempt: AttemptId,
        line: &str,
    ) -> Option<Asked> {
        let runs = self.runs(attempt);
        if line == BACK || !runs {
            console.echo(true);
            console.say(if runs {
                "No longer typing into the command."
            } else {
                "That command is over: nothing was typed into it."
            });
            self.told.forget_choices();
            return None;
        }
        let bytes = match line {
            "^C" => "\x03".to_owned(),
            "^D" => "\x04".to_owned(),
            line => format!("{line}\r"),
        };
        self.source.type_in(attempt, bytes.as_bytes());
        self.mode = Mode::Typing(attempt);
        None
    }

    fn runs(&self, attempt: AttemptId) -> bool {
        let known = self.source.state().attempts.get(&attempt);
        known.is_some_and(|known| known.status.is_live())
    }
}

/// The attempts whose output is meant: those that run, or else the last round.
pub(super) fn meant(view: &View<'_>) -> Vec<AttemptId> {
    let state = view.state;
    let live: Vec<AttemptId> = state.live().map(|(id, _)| id).collect();
    if !live.is_empty() {
        return live;
    }
    let Some((_, last)) = state.attempts.iter().next_back() else {
        return Vec::new();
    };
    if last.is_off_script() {
        return vec![last.launch.attempt];
    }
    let first = last.launch.first();
    let of_step = state.mains_of_round(&last.launch.step, first);
    of_step.map(|(id, _)| id).collect()
}

/// A line's first word and the rest; some keys need no space behind them.
fn split(line: &str, alone: impl Fn(&str) -> bool) -> (&str, &str) {
    let first = line.chars().next().map_or(0, char::len_utf8);
    let (key, behind) = line.split_at(first);
    let (word, rest) = if alone(key) {
        (key, behind)
    } else {
        line.split_once(' ').unwrap_or((line, ""))
    };
    (word, rest.trim())
}
