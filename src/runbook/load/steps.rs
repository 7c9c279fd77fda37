//! The steps: what all have in common, which kind each is of, and the waits.

use std::time::Duration;

use super::{
    fields::{Fields, Reader},
    gates, manual, run,
};
use crate::runbook::{
    Code, Duty, Effect, Kind, Shell, Step, Text, Wait,
    diagnostic::Span,
    yaml::{Node, Value as Yaml},
};

/// What steps inherit.
pub struct Defaults {
    /// How long one attempt may take.
    pub timeout: Duration,
    /// From TERM to KILL.
    pub kill_grace: Duration,
    /// What interprets scripts.
    pub shell: Shell,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(5),
            kill_grace: Duration::from_secs(10),
            shell: Shell::Bash,
        }
    }
}

pub fn defaults(reader: &mut Reader, node: &Node) -> Option<Defaults> {
    let mut fields = reader.fields(node, "defaults")?;
    let mut defaults = Defaults::default();
    if let Some(timeout) = fields.take("timeout").and_then(|n| reader.positive(n)) {
        defaults.timeout = timeout;
    }
    if let Some(grace) = fields.take("kill_grace").and_then(|n| reader.duration(n)) {
        defaults.kill_grace = grace;
    }
    if let Some(shell) = fields.take("shell").and_then(|n| shell(reader, n)) {
        defaults.shell = shell;
    }
    fields.finish(reader);
    Some(defaults)
}

pub fn shell(reader: &mut Reader, node: &Node) -> Option<Shell> {
    if matches!(node.value, Yaml::List(_)) {
        let argv = reader.strings(node);
        if argv.is_empty() {
            reader.error(
                Code::Value,
                node.at,
                "a shell needs at least the program's name",
            );
            return None;
        }
        return Some(Shell::Argv(argv));
    }
    let words = [("bash", 0), ("sh", 1), ("python3", 2)];
    reader
        .word(node, "a shell", &words)
        .map(|number| match number {
            0 => Shell::Bash,
            1 => Shell::Sh,
            _ => Shell::Python3,
        })
}

const KINDS: [&str; 5] = ["run", "parallel", "gate", "manual", "wait"];
/// What a step of a phase can be.
pub const IN_PHASE: [&str; 6] = ["run", "parallel", "gate", "manual", "wait", "uses"];
/// What a step of the cleanup can be.
pub const IN_CLEANUP: [&str; 4] = ["run", "parallel", "manual", "wait"];
/// Fields that only a command has; a gate that carries one is a mistake.
const RUN_ONLY: [&str; 16] = [
    "tty",
    "silence",
    "poll",
    "watch",
    "probe",
    "rehearse",
    "shell",
    "cwd",
    "env",
    "timeout",
    "kill_grace",
    "retry",
    "expect",
    "outputs",
    "on_failure",
    "fallbacks",
];

/// One step; `kinds` are those that can stand in its place.
pub fn step(reader: &mut Reader, node: &Node, defaults: &Defaults, kinds: &[&str]) -> Option<Step> {
    let mut fields = reader.fields(node, "a step")?;
    let f = &mut fields;
    let id_node = f.need(reader, "id");
    let id = id_node.and_then(|n| {
        let name = reader.string(n)?;
        reader.id(&name, n.at)
    });
    let title = f.take("title").and_then(|n| reader.text(n));
    let why = f.take("why").and_then(|n| reader.text(n));
    let when = f.take("when").and_then(|n| reader.expression(n));
    let target = f.take("target").and_then(|n| reader.text(n));
    let links = f.take("links").map(|n| reader.texts(n));
    let effect = f.take("effect").and_then(|n| effect(reader, n));
    let duty = duty(reader, f);
    let given: Vec<(&str, &Node)> = KINDS
        .into_iter()
        .filter_map(|kind| f.take(kind).map(|node| (kind, node)))
        .collect();
    let at = id_node.map_or(f.place(), |n| n.at);
    reader.step = at.offset;
    let run_only: Vec<(&'static str, Option<&Node>)> = RUN_ONLY
        .into_iter()
        .map(|name| (name, f.take(name)))
        .collect();
    let kind = match given.as_slice() {
        [] => {
            reader.error_hint(
                Code::Kind,
                at,
                "this step does nothing",
                format!("give it exactly one of `{}`", kinds.join("`, `")),
            );
            None
        }
        [(kind, node)] => {
            if !matches!(*kind, "run" | "parallel") {
                for (name, _) in run_only.iter().filter(|(_, node)| node.is_some()) {
                    reader.error(
                        Code::Kind,
                        f.key_at(name),
                        format!("`{name}` belongs to a `run` step; this is a `{kind}`"),
                    );
                }
            }
            read_kind(reader, kind, node, f, defaults)
        }
        [(first, node), (second, _), ..] => {
            reader.error_hint(
                Code::Kind,
                f.key_at(second),
                format!("a step has one kind; this one has `{first}` and `{second}`"),
                "make two steps of it",
            );
            // The names that it makes are known to the rest of the file all the same.
            read_kind(reader, first, node, f, defaults)
        }
    };
    fields.finish(reader);
    let kind = kind?;
    let effect = effect.unwrap_or(match &kind {
        Kind::Run(_) => Effect::Write,
        _ => Effect::Read,
    });
    needs_target(reader, &kind, effect, target.is_some(), at);
    let id = id.unwrap_or_default();
    Some(Step {
        title: title.unwrap_or_else(|| Text {
            source: id.replace('_', " "),
            at,
        }),
        id,
        why: why.unwrap_or_default(),
        when,
        target,
        links: links.unwrap_or_default(),
        effect,
        duty,
        kind,
        at,
    })
}

/// What is destructive names what it acts on.
fn needs_target(reader: &mut Reader, kind: &Kind, effect: Effect, has_target: bool, at: Span) {
    if effect == Effect::Destructive && !has_target {
        reader.error_hint(
            Code::Target,
            at,
            "a destructive step needs `target`: the name that the operator types to confirm",
            "target: \"{{ service }}\"",
        );
    }
    if let Kind::Run(run) = kind
        && effect != Effect::Destructive
        && !has_target
        && let Some(fallback) = run
            .fallbacks
            .iter()
            .find(|fallback| fallback.effect == Effect::Destructive)
    {
        reader.error_hint(
            Code::Target,
            fallback.script.at,
            "a destructive fallback needs the step's `target`: the name that the operator types to confirm",
            "target: \"{{ service }}\"",
        );
    }
}

/// The one kind that a step is of.
fn read_kind(
    reader: &mut Reader,
    kind: &str,
    node: &Node,
    fields: &mut Fields<'_>,
    defaults: &Defaults,
) -> Option<Kind> {
    match kind {
        "run" | "parallel" => Some(Kind::Run(Box::new(run::run(
            reader,
            node,
            kind == "parallel",
            fields,
            defaults,
        )))),
        "gate" => gates::gate(reader, node).map(Kind::Gate),
        "manual" => manual::manual(reader, node).map(Kind::Manual),
        _ => wait(reader, node).map(Kind::Wait),
    }
}

/// Who sees to what is left undone, and how soon.
pub fn duty(reader: &mut Reader, fields: &mut Fields<'_>) -> Duty {
    Duty {
        owner: fields.take("owner").and_then(|n| reader.text(n)),
        due: fields.take("due").and_then(|n| reader.positive(n)),
    }
}

pub fn effect(reader: &mut Reader, node: &Node) -> Option<Effect> {
    reader.word(
        node,
        "an effect",
        &[
            ("read", Effect::Read),
            ("write", Effect::Write),
            ("destructive", Effect::Destructive),
        ],
    )
}

fn wait(reader: &mut Reader, node: &Node) -> Option<Wait> {
    let mut fields = reader.fields(node, "a wait")?;
    let duration = fields.need(reader, "for").and_then(|n| reader.duration(n));
    let until = fields.take("until").and_then(|n| reader.expression(n));
    fields.finish(reader);
    Some(Wait {
        duration: duration.unwrap_or_default(),
        until,
    })
}
