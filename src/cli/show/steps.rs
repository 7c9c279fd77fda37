//! The steps of a phase on the page.

use super::document::{Block, Word, kind, plain, told, what};
use crate::runbook::{
    Duty, Gate, GateHeadless, Kind, Manual, OnFailure, Output, Pick, Retry, Run, Runbook, Shell,
    Step, human,
};

/// A step.
pub fn of(runbook: &Runbook, step: &Step) -> Vec<Block> {
    let mut page = vec![Block::Heading(
        3,
        vec![
            Word::Plain(format!("{} ", step.title.source)),
            Word::Code(step.id.clone()),
        ],
    )];
    if !step.why.source.trim().is_empty() {
        page.push(Block::Prose(step.why.source.clone()));
    }
    if let Some(when) = &step.when {
        page.push(Block::Line(told("Only if", &when.source)));
    }
    match &step.kind {
        Kind::Run(run) => write_run(&mut page, step, run),
        Kind::Gate(gate) => write_gate(&mut page, runbook, step, gate),
        Kind::Manual(manual) => write_manual(&mut page, manual),
        Kind::Wait(wait) => {
            let words = match &wait.until {
                Some(until) => told(
                    &format!("Wait {} at most, until", human(wait.duration)),
                    &until.source,
                ),
                None => plain(format!("Wait {}", human(wait.duration))),
            };
            page.push(Block::Line(words));
        }
    }
    if let (Some(target), false) = (&step.target, matches!(step.kind, Kind::Run(_))) {
        page.push(Block::Line(told("Acts on", &target.source)));
    }
    for (name, address) in &step.links {
        page.push(Block::Line(told(&format!("{name}:"), &address.source)));
    }
    let whose = whose(&step.duty);
    if !whose.is_empty() {
        page.push(Block::Line(plain(format!("What is left of it{whose}"))));
    }
    page
}

/// Who sees to it and how soon, behind what it is.
fn whose(duty: &Duty) -> String {
    let owner = duty
        .owner
        .as_ref()
        .map(|owner| format!(" · {}", owner.source));
    let due = duty.due.map(|due| format!(" · within {}", human(due)));
    format!("{}{}", owner.unwrap_or_default(), due.unwrap_or_default())
}

fn write_run(page: &mut Vec<Block>, step: &Step, run: &Run) {
    let mut effect = vec![Word::Strong(step.effect.word().to_owned())];
    if let Some(target) = &step.target {
        effect.push(Word::Plain(", acts on ".to_owned()));
        effect.push(Word::Code(target.source.clone()));
    }
    let limit = match &run.poll {
        Some(poll) => {
            let hold = poll.hold.map_or_else(String::new, |hold| {
                format!(" and stays so for {}", human(hold))
            });
            format!(
                "; again every {} until it succeeds{hold}, {} in all, {} each time",
                human(poll.every),
                human(poll.timeout),
                human(run.timeout)
            )
        }
        None => format!(", at most {}", human(run.timeout)),
    };
    effect.push(Word::Plain(limit));
    page.push(Block::Line(effect));
    let language = language(&run.shell);
    for script in &run.scripts {
        if !script.name.is_empty() {
            page.push(Block::Line(told("Side by side with others:", &script.name)));
        }
        page.push(Block::Code(language, script.text.source.clone()));
    }
    for script in &run.watch {
        page.push(Block::Line(told("Beside it runs", &script.name)));
        page.push(Block::Code(language, script.text.source.clone()));
    }
    let mut items = manner(run);
    items.extend(run.outputs.iter().map(output));
    if !items.is_empty() {
        page.push(Block::List(items));
    }
    for fallback in &run.fallbacks {
        page.push(Block::Line(vec![
            Word::Plain(format!("If it fails: {} (", fallback.title)),
            Word::Strong(fallback.effect.word().to_owned()),
            Word::Plain(")".to_owned()),
        ]));
        page.push(Block::Code(language, fallback.script.source.clone()));
    }
    if let Some(probe) = &run.probe {
        page.push(Block::Line(plain(
            "Whether it took effect (exit 0, it did; 1, it did not):",
        )));
        page.push(Block::Code("sh", probe.source.clone()));
    }
    if let Some(rehearse) = &run.rehearse {
        page.push(Block::Line(plain(
            "In a rehearsal, this runs in its place:",
        )));
        page.push(Block::Code(language, rehearse.source.clone()));
    }
}

fn language(shell: &Shell) -> &'static str {
    match shell {
        Shell::Bash | Shell::Sh => "sh",
        Shell::Python3 => "python",
        Shell::Argv(_) => "",
    }
}

/// How it runs and what counts as success, where that is not the usual.
fn manner(run: &Run) -> Vec<Vec<Word>> {
    let mut items = Vec::new();
    match &run.shell {
        Shell::Bash => {}
        Shell::Sh => items.push(told("Run by", "sh")),
        Shell::Python3 => items.push(told("Run by", "python3")),
        Shell::Argv(argv) => items.push(told("Run by", &argv.join(" "))),
    }
    if run.tty {
        items.push(plain("In a terminal of its own, which takes what is typed"));
    }
    if let Some(cwd) = &run.cwd {
        items.push(told("Runs in", &cwd.source));
    }
    for (name, value) in &run.env {
        items.push(told("Sees", &format!("{name}={}", value.source)));
    }
    if run.expect.exit != [0] {
        let codes: Vec<String> = run.expect.exit.iter().map(ToString::to_string).collect();
        items.push(plain(format!("Succeeds with exit {}", codes.join(" or "))));
    }
    if let Some(stdout) = &run.expect.stdout {
        items.push(told("Succeeds if it prints", stdout.source()));
    }
    if let Some(that) = &run.expect.that {
        items.push(told("Succeeds if", &that.source));
    }
    if run.retry.attempts > 1 {
        items.push(plain(tried(&run.retry)));
    }
    if let Some(silence) = run.silence {
        items.push(plain(format!("Warns after {} of silence", human(silence))));
    }
    match run.on_failure {
        OnFailure::Pause => {}
        OnFailure::Continue => items.push(plain("If it fails, the run goes on")),
        OnFailure::Abort => items.push(plain("If it fails, the run closes as failed")),
    }
    items
}

/// How often a failure is tried again, and after which waits.
fn tried(retry: &Retry) -> String {
    let delay = human(retry.delay);
    let waits = if retry.attempts == 2 {
        format!("{delay} before the second")
    } else if retry.backoff > 1.0 {
        let factor = retry.backoff;
        format!("{delay} before the second, each wait {factor} times as long")
    } else {
        format!("{delay} before each further one")
    };
    format!("Tried up to {} times, {waits}", retry.attempts)
}

fn output(output: &Output) -> Vec<Word> {
    let (how, code) = match &output.pick {
        Pick::Regex(regex) => ("found by ", Some(regex.clone())),
        Pick::Json(pointer) => ("found in JSON at ", Some(pointer.clone())),
        Pick::Line(line) => ("line ", Some(line.to_string())),
        Pick::Text => ("all that is printed", None),
        Pick::Variable(name) if *name == output.name => ("written to $RBCONSOLE_OUTPUT", None),
        Pick::Variable(name) => ("written to $RBCONSOLE_OUTPUT as ", Some(name.clone())),
    };
    let mut words = vec![
        Word::Plain("Makes ".to_owned()),
        Word::Code(output.name.clone()),
        Word::Plain(format!(" ({}): {how}", kind(output.kind))),
    ];
    words.extend(code.map(Word::Code));
    if let Some(from) = &output.from {
        words.push(Word::Plain(" of ".to_owned()));
        words.push(Word::Code(from.clone()));
    }
    if let Some(default) = &output.default {
        words.push(Word::Plain(", otherwise ".to_owned()));
        words.push(Word::Code(default.to_string()));
    }
    words
}

fn write_gate(page: &mut Vec<Block>, runbook: &Runbook, step: &Step, gate: &Gate) {
    if let Some(evidence) = &gate.evidence {
        page.push(Block::Line(plain("Evidence, when the gate opens:")));
        page.push(Block::Code("sh", evidence.source.clone()));
    }
    if !gate.criteria.is_empty() {
        let mut rows = vec![
            ["Criterion", "Value", "Limit"]
                .into_iter()
                .map(plain)
                .collect::<Vec<_>>(),
        ];
        for criterion in &gate.criteria {
            let mut value = vec![Word::Code(criterion.value.source.clone())];
            if !criterion.unit.is_empty() {
                value.push(Word::Plain(format!(" {}", criterion.unit)));
            }
            rows.push(vec![
                plain(&criterion.name),
                value,
                vec![Word::Code(criterion.limit.source.clone())],
            ]);
        }
        page.push(Block::Table(rows));
    }
    for suggestion in &gate.suggest {
        let mut words = vec![
            Word::Plain("Suggests ".to_owned()),
            Word::Code(suggestion.answer.clone()),
            Word::Plain(" if ".to_owned()),
            Word::Code(suggestion.when.source.clone()),
        ];
        if !suggestion.because.source.is_empty() {
            words.push(Word::Plain(format!(": {}", suggestion.because.source)));
        }
        page.push(Block::Line(words));
    }
    page.push(Block::Line(plain("Answers:")));
    let answers = gate.answers.iter().map(|one| {
        let ends = runbook.ends(&step.id, one);
        answer(one, ends)
    });
    page.push(Block::List(answers.collect()));
    match &gate.headless {
        GateHeadless::Stop => {}
        GateHeadless::Suggested => page.push(Block::Line(plain(
            "Without a person, the suggestion is taken.",
        ))),
        GateHeadless::Answer(name) => page.push(Block::Line(told("Without a person:", name))),
    }
}

fn answer(answer: &crate::runbook::Answer, ends: bool) -> Vec<Word> {
    let mut words = vec![
        Word::Code(answer.name.clone()),
        Word::Plain(" ".to_owned()),
        Word::Strong(answer.label.source.clone()),
    ];
    let mut say = |text: String| words.push(Word::Plain(text));
    match answer.then.as_deref() {
        None => {}
        Some(_) if ends => say(" → the run ends".to_owned()),
        Some([]) => say(" → the rest of the used runbook is left out".to_owned()),
        Some(phases) => say(format!(" → {}", phases.join(", "))),
    }
    if !answer.consequence.source.is_empty() {
        say(format!(". {}", answer.consequence.source.trim_end()));
    }
    if answer.reason_required {
        say("; needs a reason".to_owned());
    }
    if let Some(approvals) = &answer.approvals {
        let from = if approvals.from.is_empty() {
            "others".to_owned()
        } else {
            approvals.from.join(", ")
        };
        say(format!("; {} of {from} must agree", approvals.count));
    }
    words
}

fn write_manual(page: &mut Vec<Block>, manual: &Manual) {
    page.push(Block::Line(vec![Word::Strong("by hand".to_owned())]));
    if !manual.instructions.source.trim().is_empty() {
        page.push(Block::Prose(manual.instructions.source.clone()));
    }
    if !manual.checklist.is_empty() {
        let items = manual.checklist.iter();
        page.push(Block::List(
            items
                .map(|item| plain(format!("☐ {}{}", item.text.source, whose(&item.duty))))
                .collect(),
        ));
    }
    let mut items = Vec::new();
    for input in &manual.record {
        let mut words = vec![
            Word::Plain("Asks for ".to_owned()),
            Word::Code(input.name.clone()),
            Word::Plain(": ".to_owned()),
        ];
        words.extend(what(input));
        items.push(words);
    }
    if manual.headless_skip {
        items.push(plain(
            "Without a person it is skipped and stays an action item",
        ));
    }
    if !items.is_empty() {
        page.push(Block::List(items));
    }
    if let Some(copy) = &manual.copy {
        page.push(Block::Line(plain("To paste elsewhere:")));
        page.push(Block::Code("", copy.source.clone()));
    }
}
