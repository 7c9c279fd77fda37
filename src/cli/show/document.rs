//! What stands on the page, in order: the top of the runbook, its phases and its cleanup.

use super::steps;
use crate::runbook::{Confirm, Environment, Input, Phase, Role, Runbook, Signal, human};
use crate::template::Type;

/// A part of the page. Texts are as the author wrote them: whoever renders them makes them harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// From 1 (the title) to 3 (a step).
    Heading(usize, Vec<Word>),
    /// The author's Markdown.
    Prose(String),
    /// A line of our own.
    Line(Vec<Word>),
    /// Lines of our own, each with a bullet.
    List(Vec<Vec<Word>>),
    /// The first row is the head.
    Table(Vec<Vec<Vec<Word>>>),
    /// A script and its language.
    Code(&'static str, String),
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Text.
    Plain(String),
    /// Text that matters.
    Strong(String),
    /// A name, an expression, a value.
    Code(String),
}

/// A line of one piece.
pub fn plain(text: impl Into<String>) -> Vec<Word> {
    vec![Word::Plain(text.into())]
}

/// A line that says what kind of text follows as code.
pub fn told(what: &str, code: &str) -> Vec<Word> {
    vec![Word::Plain(format!("{what} ")), Word::Code(code.to_owned())]
}

/// The whole runbook.
pub fn of(runbook: &Runbook) -> Vec<Block> {
    let mut page = vec![Block::Heading(1, plain(&runbook.title))];
    if !runbook.description.trim().is_empty() {
        page.push(Block::Prose(runbook.description.clone()));
    }
    about(&mut page, runbook);
    section(
        &mut page,
        "When to use it",
        runbook.when_to_use.iter().map(plain).collect(),
    );
    inputs(&mut page, &runbook.inputs);
    environments(&mut page, &runbook.environments);
    signals(&mut page, &runbook.signals);
    needs(&mut page, runbook);
    for (number, phase) in runbook.phases.iter().enumerate() {
        let title = format!("{}. {}", number + 1, phase.title);
        write_phase(runbook, &mut page, &title, phase, "");
    }
    if let Some(cleanup) = &runbook.cleanup {
        let note = "Offered before the run can close, wherever the condition holds.";
        write_phase(runbook, &mut page, &cleanup.title, cleanup, note);
    }
    page
}

fn section(page: &mut Vec<Block>, title: &str, items: Vec<Vec<Word>>) {
    if !items.is_empty() {
        page.push(Block::Heading(2, plain(title)));
        page.push(Block::List(items));
    }
}

fn about(page: &mut Vec<Block>, runbook: &Runbook) {
    let mut items = Vec::new();
    if !runbook.owners.is_empty() {
        items.push(plain(format!("Owners: {}", runbook.owners.join(", "))));
    }
    if !runbook.tags.is_empty() {
        items.push(plain(format!("Tags: {}", runbook.tags.join(", "))));
    }
    if let Some(every) = runbook.drill_every {
        items.push(plain(format!("Drilled every {}", human(every))));
    }
    for (name, address) in &runbook.links {
        items.push(told(&format!("{name}:"), &address.source));
    }
    for used in &runbook.used {
        items.push(told("Uses", &used.name));
    }
    if !items.is_empty() {
        page.push(Block::List(items));
    }
}

fn inputs(page: &mut Vec<Block>, inputs: &[Input]) {
    if inputs.is_empty() {
        return;
    }
    page.push(Block::Heading(2, plain("Inputs")));
    let mut rows = vec![
        ["Name", "Type", "Value", "What it is"]
            .into_iter()
            .map(plain)
            .collect::<Vec<_>>(),
    ];
    for input in inputs {
        rows.push(vec![
            vec![Word::Code(input.name.clone())],
            plain(kind(input.kind)),
            value(input),
            what(input),
        ]);
    }
    page.push(Block::Table(rows));
}

/// The word of a type.
pub fn kind(kind: Type) -> &'static str {
    match kind {
        Type::String => "string",
        Type::Number => "number",
        Type::Boolean => "boolean",
        Type::Secret => "secret",
    }
}

fn value(input: &Input) -> Vec<Word> {
    match (&input.default, input.kind) {
        (_, Type::Secret) => told("from", &input.secret_variable()),
        (Some(value), _) if value.to_string().is_empty() => plain("optional"),
        (Some(value), _) => vec![Word::Code(value.to_string())],
        (None, _) => plain("required"),
    }
}

/// The description, and what a value must be like.
pub fn what(input: &Input) -> Vec<Word> {
    let mut words = plain(&input.description);
    let mut say = |what: &str, code: String| {
        let gap = if matches!(words.as_slice(), [Word::Plain(text)] if text.is_empty()) {
            ""
        } else {
            "; "
        };
        words.push(Word::Plain(format!("{gap}{what} ")));
        words.push(Word::Code(code));
    };
    if let Some(pattern) = &input.pattern {
        say("matches", pattern.source().to_owned());
    }
    if !input.options.is_empty() {
        let options: Vec<String> = input.options.iter().map(ToString::to_string).collect();
        say("one of", options.join(", "));
    }
    if let Some(from) = &input.options_from {
        say("chosen from what this prints:", from.script.source.clone());
    }
    if let (Some(variable), false) = (&input.env, input.is_secret()) {
        say("from", variable.clone());
    }
    words
}

fn environments(page: &mut Vec<Block>, environments: &[Environment]) {
    let mut items = Vec::new();
    for place in environments {
        let mut words = vec![Word::Strong(place.name.clone())];
        let mut say = |text: String| words.push(Word::Plain(text));
        if place.drill {
            say("; drills may run here".to_owned());
        }
        say(match place.confirm {
            Confirm::Type => "; destructive steps are confirmed by typing the target".to_owned(),
            Confirm::Key => "; destructive steps are confirmed by one key".to_owned(),
        });
        for (name, value) in &place.inputs {
            words.push(Word::Plain("; ".to_owned()));
            words.push(Word::Code(format!("{name} = {value}")));
        }
        for (name, value) in &place.env {
            words.push(Word::Plain("; ".to_owned()));
            words.push(Word::Code(format!("{name}={}", value.source)));
        }
        if let Some(guard) = &place.guard {
            words.push(Word::Plain("; proven by ".to_owned()));
            words.push(Word::Code(guard.source.clone()));
        }
        items.push(words);
    }
    section(page, "Environments", items);
}

fn signals(page: &mut Vec<Block>, signals: &[Signal]) {
    if signals.is_empty() {
        return;
    }
    page.push(Block::Heading(2, plain("Signals")));
    for signal in signals {
        let unit = if signal.unit.is_empty() {
            String::new()
        } else {
            format!(" in {}", signal.unit)
        };
        let mut words = vec![
            Word::Strong(signal.name.clone()),
            Word::Plain(format!("{unit}, every {}", human(signal.every))),
        ];
        if let Some(healthy) = &signal.healthy {
            words.push(Word::Plain("; healthy while ".to_owned()));
            words.push(Word::Code(healthy.source.clone()));
        }
        if let Some(regex) = &signal.regex {
            words.push(Word::Plain("; found by ".to_owned()));
            words.push(Word::Code(regex.source().to_owned()));
        }
        page.push(Block::Line(words));
        page.push(Block::Code("sh", signal.script.source.clone()));
    }
}

fn needs(page: &mut Vec<Block>, runbook: &Runbook) {
    let mut items = Vec::new();
    if !runbook.requires.tools.is_empty() {
        items.push(told("Programs:", &runbook.requires.tools.join(", ")));
    }
    if !runbook.requires.env.is_empty() {
        items.push(told("Variables:", &runbook.requires.env.join(", ")));
    }
    for (name, value) in &runbook.env {
        items.push(told(
            "Every command sees",
            &format!("{name}={}", value.source),
        ));
    }
    section(page, "What it needs", items);
}

fn write_phase(runbook: &Runbook, page: &mut Vec<Block>, title: &str, phase: &Phase, note: &str) {
    page.push(Block::Heading(2, plain(title)));
    if !note.is_empty() {
        page.push(Block::Line(plain(note)));
    }
    let mut words = Vec::new();
    if let Some(role) = phase.role {
        words.push(role_word(role).to_owned());
    }
    if let Some(budget) = phase.budget {
        words.push(format!("should take {}", human(budget)));
    }
    if !words.is_empty() {
        page.push(Block::Line(plain(words.join(", "))));
    }
    if let Some(when) = &phase.when {
        page.push(Block::Line(told("Only if", &when.source)));
    }
    page.extend(phase.steps.iter().flat_map(|step| steps::of(runbook, step)));
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Assess => "finding out",
        Role::Stop => "keeping it from getting worse",
        Role::RollbackApp => "returning the application",
        Role::RollbackDb => "returning the database",
        Role::Verify => "proving that it is good again",
        Role::Post => "what is left to do",
    }
}
