//! What comes next, in lines: the step as its card on the screen has it, the choices with
//! what follows from each, and the keys that matter now.

use std::fmt::Write;

use crate::engine::{Next, Status, gate, next, observed::Ended, step::fill_or_source};
use crate::runbook::Kind;
use crate::tui::{
    run::{
        RunScreen, View, card,
        choices::{Choice, choices},
        footer,
        turn::Turn,
    },
    theme::Theme,
};
use ratatui::text::Line as Drawn;

use super::{super::console::Console, help};

/// Wide enough that nothing is cut or broken: the terminal's own width does that.
const WIDE: usize = 4000;
/// High enough for the order of a whole screen, too low for large digits.
const ROWS: u16 = 12;
/// So many of the last lines of a gate's evidence are told.
const EVIDENCE: usize = 30;

/// A line to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// In our own words.
    Words(String),
    /// As somebody else wrote it.
    Raw(String),
    /// Nothing.
    Gap,
}

impl Said {
    pub fn say(&self, console: &mut Console) {
        match self {
            Said::Words(text) => console.say(text),
            Said::Raw(text) => console.show([text.as_str()]),
            Said::Gap => console.gap(),
        }
    }
}

/// What was told of what comes next: of the step, and of what can be done about it.
#[derive(Debug, Default)]
pub struct Told {
    step: String,
    choices: String,
}

impl Told {
    /// Whether there is something to tell.
    pub fn has_news(&self, view: &View<'_>) -> bool {
        self.step != step_key(view) || self.choices != choices_key(view)
    }

    /// The choices are told again after the next change.
    pub fn forget_choices(&mut self) {
        self.choices.clear();
    }

    /// What there is to tell.
    pub fn tell(&mut self, view: &View<'_>, screen: &RunScreen, theme: &Theme) -> Vec<Said> {
        let mut said = Vec::new();
        let key = step_key(view);
        if key != self.step {
            self.step = key;
            said.extend(of_step(view, theme));
        }
        self.choices = choices_key(view);
        said.extend(of_choices(view, screen));
        said
    }
}

/// By what the step and its standing are known to be told.
fn step_key(view: &View<'_>) -> String {
    let state = view.state;
    // What is found out or written meanwhile is told too.
    let found = match next(state) {
        Next::Unknown(step, _) => {
            let status = state.status(&step.id);
            matches!(status, Status::Unknown { probe: Some(_), .. })
        }
        Next::Decide(step, ..) => !gate::awaits_evidence(state, &step.id),
        Next::Closed => view.report.is_some(),
        _ => false,
    };
    format!("{:?} {found}", Turn::of(state))
}

/// By what the choices are known to be told.
fn choices_key(view: &View<'_>) -> String {
    let mut key = format!(
        "{} {} {:?} {:?}",
        view.state.auto,
        view.standing.proving,
        view.watching,
        view.state.driving.asked.last().map(|asked| &asked.by)
    );
    for choice in choices(view) {
        // Writing into a text does not fail.
        let _ = write!(
            key,
            "\n{} {} {:?} {:?}",
            choice.label, choice.done, choice.suggested, choice.agreement
        );
    }
    key
}

/// The step, as its card has it.
fn of_step(view: &View<'_>, theme: &Theme) -> Vec<Said> {
    let state = view.state;
    let mut said = vec![Said::Gap];
    let (mut shown, mut reason) = (state.current_step(), None);
    match next(state) {
        // That it runs is all there is to say; its card was told before it began.
        Next::Busy(step, _) => {
            let title = fill_or_source(&step.title, state.scope());
            return vec![Said::Words(format!("'{title}' is running."))];
        }
        Next::Failed(_, why) => reason = Some(format!("It failed: {why}")),
        Next::Unknown(_, why) => {
            reason = Some(format!("Nobody knows whether it took effect: {why}"));
        }
        Next::Close(_) | Next::Closed => shown = None,
        _ => {}
    }
    let (title, corner) = card::title(view, shown);
    let corner = if corner.is_empty() {
        String::new()
    } else {
        format!(" ({corner})")
    };
    let place = state
        .run
        .environment
        .as_ref()
        .map_or_else(String::new, |place| format!(", {place}"));
    let (word, step) = (
        state.run.kind.badge(),
        if shown.is_some() { "step " } else { "" },
    );
    said.push(Said::Words(format!("{word}{place}: {step}{title}{corner}")));
    said.extend(reason.map(Said::Words));
    said.extend(
        card::lines(view, shown, WIDE, ROWS, theme)
            .iter()
            .map(words_of),
    );
    if let Next::Decide(step, _, deciding) = next(state) {
        let Kind::Gate(definition) = &step.kind else {
            return said;
        };
        match &deciding.evidence {
            None if definition.evidence.is_some() && !state.is_rehearsal() => {
                said.push(Said::Words("Looking for evidence...".to_owned()));
            }
            None => {}
            Some((text, ended)) => {
                said.push(Said::Words("Evidence:".to_owned()));
                let skip = text.lines().count().saturating_sub(EVIDENCE);
                if skip > 0 {
                    said.push(Said::Words(format!("  ... {skip} lines before these")));
                }
                let lines = text.lines().skip(skip);
                said.extend(lines.map(|line| Said::Raw(format!("  {line}"))));
                if *ended != (Ended::Exit { code: 0 }) {
                    said.push(Said::Words(
                        "  The evidence command did not succeed.".to_owned(),
                    ));
                }
            }
        }
    }
    said
}

/// What can be done, numbered, then the keys that matter now.
fn of_choices(view: &View<'_>, screen: &RunScreen) -> Vec<Said> {
    let state = view.state;
    let mut said = Vec::new();
    let all = choices(view);
    let marked = screen.marked(state, &all);
    let is_list = matches!(next(state), Next::Manual(..));
    for (number, choice) in all.iter().enumerate() {
        said.extend(of_choice(number, choice, is_list));
    }
    let mut hints = Vec::new();
    for (key, words) in footer::hints(screen, view) {
        if key == "Enter" && !all.is_empty() {
            let words = match marked {
                Some(at) if !is_list => format!("number {}", at + 1),
                Some(at) => format!("tick number {}", at + 1),
                None if is_list => words,
                None => continue,
            };
            hints.push(format!("Enter: {words}"));
            continue;
        }
        let known = help::named(view.keys, &key);
        if key == "Enter" || known.is_some_and(help::is_of_lines) {
            let key = if key == "?" { "question mark" } else { &*key };
            hints.push(format!("{key}: {words}"));
        }
    }
    if marked.is_none() && !all.is_empty() && !is_list {
        hints.insert(0, "type a number".to_owned());
    }
    said.push(Said::Words(format!("{}.", hints.join("; "))));
    said
}

fn of_choice(number: usize, choice: &Choice, is_list: bool) -> Vec<Said> {
    let mut lines = Vec::new();
    let done = match (is_list, choice.done) {
        (true, true) => "done: ",
        (true, false) => "open: ",
        (false, _) => "",
    };
    let mut line = format!("  {}. {done}{}", number + 1, choice.label);
    if choice.destructive {
        line.push_str(" (leads to something that cannot be undone)");
    }
    if let Some(agreement) = &choice.agreement {
        let (wanted, short) = (agreement.wanted(), agreement.short());
        let _ = write!(line, " (needs {wanted} to agree: {short})");
    }
    if !choice.follows.is_empty() {
        let _ = write!(line, ": {}", choice.follows);
    }
    lines.push(Said::Words(line));
    if let Some(because) = &choice.suggested {
        lines.push(Said::Words(format!("     Suggested: {because}")));
    }
    if !choice.route.is_empty() {
        lines.push(Said::Words(format!("     Then: {}", choice.route)));
    }
    lines
}

/// A drawn line as words: its label with a colon, the rest as it stands.
pub fn words_of(line: &Drawn<'_>) -> Said {
    let spans: Vec<&str> = line.spans.iter().map(|span| &*span.content).collect();
    match spans.as_slice() {
        [] => Said::Gap,
        // A gate's criterion: sign, name, value, limit, verdict.
        [_, name, value, limit, verdict] if verdict_words(verdict) => Said::Words(format!(
            "  {}: {}, {} ({})",
            name.trim(),
            value.trim(),
            verdict.trim(),
            limit.trim()
        )),
        [label, rest @ ..] if label.chars().count() == 6 && !rest.is_empty() => {
            let text = rest.concat();
            let label = label.trim();
            let is_code = matches!(label, "run" | "watch" | "");
            match (label.is_empty(), is_code) {
                (true, _) => Said::Raw(format!("    {}", text.trim_end())),
                (false, true) => Said::Raw(format!("  {label}: {}", text.trim_end())),
                (false, false) => Said::Words(format!("  {label}: {}", text.trim())),
            }
        }
        all => Said::Words(format!("  {}", all.concat().trim())),
    }
}

fn verdict_words(text: &str) -> bool {
    matches!(text.trim(), "met" | "not met" | "cannot be told")
}
