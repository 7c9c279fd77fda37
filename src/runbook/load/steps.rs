//! The steps: run, manual, wait; gates have a file of their own.

use std::time::Duration;

use super::{
    fields::{Fields, Named, Reader},
    gates, header,
};
use crate::runbook::{
    Code, Effect, Expect, Fallback, Kind, Manual, OnFailure, Output, Pick, Retry, Run, Script,
    Shell, Step, Text, Wait,
    yaml::{Node, Value as Yaml},
};
use crate::template::Type;

/// What steps inherit.
pub struct Defaults {
    timeout: Duration,
    kill_grace: Duration,
    shell: Shell,
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
    if let Some(timeout) = fields.take("timeout").and_then(|n| reader.duration(n)) {
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

fn shell(reader: &mut Reader, node: &Node) -> Option<Shell> {
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

const KINDS: [&str; 4] = ["run", "gate", "manual", "wait"];
/// Fields that only a command has; a gate that carries one is a mistake.
const RUN_ONLY: [&str; 10] = [
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

pub fn step(reader: &mut Reader, node: &Node, defaults: &Defaults) -> Option<Step> {
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
                "give it exactly one of `run`, `gate`, `manual`, `wait`",
            );
            None
        }
        [(kind, node)] => {
            if *kind != "run" {
                for (name, _) in run_only.iter().filter(|(_, node)| node.is_some()) {
                    reader.error(
                        Code::Kind,
                        f.key_at(name),
                        format!("`{name}` belongs to a `run` step; this is a `{kind}`"),
                    );
                }
            }
            match *kind {
                "run" => Some(Kind::Run(Box::new(run(reader, node, f, defaults)))),
                "gate" => gates::gate(reader, node).map(Kind::Gate),
                "manual" => manual(reader, node).map(Kind::Manual),
                _ => wait(reader, node).map(Kind::Wait),
            }
        }
        [(first, one), (second, _), ..] => {
            reader.error_hint(
                Code::Kind,
                f.key_at(second),
                format!("a step has one kind; this one has `{first}` and `{second}`"),
                "make two steps of it",
            );
            // The names that it makes are known to the rest of the file all the same.
            match *first {
                "run" => Some(Kind::Run(Box::new(run(reader, one, f, defaults)))),
                "gate" => gates::gate(reader, one).map(Kind::Gate),
                _ => manual(reader, one).map(Kind::Manual),
            }
        }
    };
    fields.finish(reader);
    let kind = kind?;
    let effect = effect.unwrap_or(match &kind {
        Kind::Run(_) => Effect::Write,
        _ => Effect::Read,
    });
    if effect == Effect::Destructive && target.is_none() {
        reader.error_hint(
            Code::Target,
            at,
            "a destructive step needs `target`: the name that the operator types to confirm",
            "target: \"{{ service }}\"",
        );
    }
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
        kind,
        at,
    })
}

fn effect(reader: &mut Reader, node: &Node) -> Option<Effect> {
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

fn run(reader: &mut Reader, script: &Node, f: &mut Fields<'_>, defaults: &Defaults) -> Run {
    let script = reader.text(script);
    let shell = f.take("shell").and_then(|n| shell(reader, n));
    let cwd = f.take("cwd").and_then(|n| reader.text(n));
    let env = f.take("env").map(|n| reader.env(n));
    let timeout = f.take("timeout").and_then(|n| reader.duration(n));
    let kill_grace = f.take("kill_grace").and_then(|n| reader.duration(n));
    let retry = f.take("retry").and_then(|n| retry(reader, n));
    let expect = f.take("expect").and_then(|n| expect(reader, n));
    let outputs = f.take("outputs").map(|n| outputs(reader, n));
    let on_failure = f.take("on_failure").and_then(|n| {
        reader.word(
            n,
            "a rule for failures",
            &[
                ("pause", OnFailure::Pause),
                ("continue", OnFailure::Continue),
                ("abort", OnFailure::Abort),
            ],
        )
    });
    let fallbacks = f
        .take("fallbacks")
        .map(|n| reader.list(n, fallback))
        .unwrap_or_default();
    Run {
        scripts: vec![Script {
            name: String::new(),
            text: script.unwrap_or_default(),
        }],
        shell: shell.unwrap_or_else(|| defaults.shell.clone()),
        cwd,
        env: env.unwrap_or_default(),
        tty: false,
        timeout: timeout.unwrap_or(defaults.timeout),
        kill_grace: kill_grace.unwrap_or(defaults.kill_grace),
        silence: None,
        poll: None,
        retry: retry.unwrap_or(Retry {
            attempts: 1,
            delay: Duration::ZERO,
            backoff: 1.0,
        }),
        expect: expect.unwrap_or(Expect {
            exit: vec![0],
            stdout: None,
            that: None,
        }),
        outputs: outputs.unwrap_or_default(),
        watch: Vec::new(),
        on_failure: on_failure.unwrap_or_default(),
        fallbacks,
        probe: None,
        rehearse: None,
    }
}

fn retry(reader: &mut Reader, node: &Node) -> Option<Retry> {
    let mut fields = reader.fields(node, "retry")?;
    let attempts_node = fields.need(reader, "attempts");
    let attempts = attempts_node.and_then(|n| reader.number::<u32>(n, "a whole number"));
    let delay = fields.take("delay").and_then(|n| reader.duration(n));
    let backoff_node = fields.take("backoff");
    let backoff = backoff_node.and_then(|n| reader.number::<f64>(n, "a number"));
    fields.finish(reader);
    if let (Some(n), Some(node)) = (attempts, attempts_node)
        && !(1..=100).contains(&n)
    {
        reader.error(
            Code::Value,
            node.at,
            "`attempts` counts the first one too: from 1 to 100",
        );
    }
    if let (Some(n), Some(node)) = (backoff, backoff_node)
        && !(1.0..=10.0).contains(&n)
    {
        reader.error(Code::Value, node.at, "`backoff` is a factor from 1 to 10");
    }
    Some(Retry {
        attempts: attempts.unwrap_or(1),
        delay: delay.unwrap_or_default(),
        backoff: backoff.unwrap_or(1.0),
    })
}

fn expect(reader: &mut Reader, node: &Node) -> Option<Expect> {
    let mut fields = reader.fields(node, "expect")?;
    let exit = fields.take("exit").map(|n| {
        if matches!(n.value, Yaml::List(_)) {
            reader.list(n, |r, n| r.number::<i32>(n, "an exit code"))
        } else {
            reader
                .number::<i32>(n, "an exit code or a list of them")
                .into_iter()
                .collect()
        }
    });
    let stdout = fields.take("stdout").and_then(|n| reader.pattern(n));
    let that = fields.take("that").and_then(|n| reader.expression(n));
    fields.finish(reader);
    Some(Expect {
        exit: exit.unwrap_or_else(|| vec![0]),
        stdout,
        that,
    })
}

fn outputs(reader: &mut Reader, node: &Node) -> Vec<Output> {
    reader.map(node, |reader, key, node| {
        let name = reader.name(&key.name, key.at);
        let mut fields = reader.fields(node, "an output")?;
        if name.is_some() {
            let step = reader.step;
            let name = key.name.clone();
            reader.places.insert(Named::Made { step, name }, key.at);
        }
        let given = ["regex", "json", "line", "text"]
            .into_iter()
            .filter(|way| {
                fields
                    .take(way)
                    .is_some_and(|n| n.value != Yaml::Bool(false))
            })
            .count();
        let regex =
            fields.take("regex").and_then(|n| {
                let pattern = reader.pattern(n)?;
                if pattern.0.captures_len() < 2 {
                    reader.error_hint(Code::Value, n.at,
                    "this regular expression has no group: nothing says which part is the value",
                    "put the part in parentheses: 'error_rate ([\\d.]+)'",
                );
                }
                Some(Pick::Regex(pattern.source().to_owned()))
            });
        let json = fields.take("json").and_then(|n| {
            let pointer = reader.string(n)?;
            if !pointer.is_empty() && !pointer.starts_with('/') {
                reader.error_hint(
                    Code::Value,
                    n.at,
                    "a JSON pointer starts with `/`",
                    format!("json: /{}", pointer.replace('.', "/")),
                );
            }
            Some(Pick::Json(pointer))
        });
        let line = fields.take("line").and_then(|n| {
            let line = reader.number::<i64>(n, "a line's number: 1 is the first, -1 the last")?;
            if line == 0 {
                reader.error(Code::Value, n.at, "lines count from 1; -1 is the last");
            }
            Some(Pick::Line(line))
        });
        let text = fields
            .take("text")
            .and_then(|n| reader.boolean(n))
            .filter(|text| *text)
            .map(|_| Pick::Text);
        let kind = fields
            .take("type")
            .and_then(|n| header::value_type(reader, n))
            .unwrap_or(Type::String);
        let default = fields
            .take("default")
            .and_then(|n| header::value(reader, n, kind));
        let place = key.at;
        fields.finish(reader);
        if given != 1 {
            reader.error_hint(
                Code::Conflict,
                place,
                format!("the output `{}` needs exactly one way to find it", key.name),
                "one of `regex`, `json`, `line`, `text: true`",
            );
        }
        // A way that is wrong was reported; the name is made all the same.
        let pick = regex.or(json).or(line).or(text).unwrap_or(Pick::Text);
        Some(Output {
            name: name?,
            pick,
            kind,
            default,
            from: None,
        })
    })
}

fn fallback(reader: &mut Reader, node: &Node) -> Option<Fallback> {
    let mut fields = reader.fields(node, "a fallback")?;
    let title = fields.need(reader, "title").and_then(|n| reader.string(n));
    let script = fields.need(reader, "run").and_then(|n| reader.text(n));
    let effect = fields.take("effect").and_then(|n| effect(reader, n));
    fields.finish(reader);
    Some(Fallback {
        title: title?,
        script: script?,
        effect: effect.unwrap_or(Effect::Write),
    })
}

fn manual(reader: &mut Reader, node: &Node) -> Option<Manual> {
    let mut fields = reader.fields(node, "a manual step")?;
    let instructions = fields.take("instructions").and_then(|n| reader.text(n));
    let checklist = fields
        .take("checklist")
        .map(|n| reader.list(n, Reader::text));
    let record = fields.take("record").map(|n| {
        if let Yaml::Map(entries) = &n.value {
            for (key, _) in entries {
                let (step, name) = (reader.step, key.name.clone());
                reader.places.insert(Named::Made { step, name }, key.at);
            }
        }
        header::inputs(reader, n)
    });
    let copy = fields.take("copy").and_then(|n| reader.text(n));
    let headless = fields.take("headless").and_then(|n| {
        reader.word(
            n,
            "a rule for headless runs",
            &[("stop", false), ("skip", true)],
        )
    });
    let place = fields.place();
    fields.finish(reader);
    if instructions.is_none() && checklist.as_ref().is_none_or(Vec::is_empty) {
        reader.error(
            Code::MissingField,
            place,
            "a manual step needs `instructions` or a `checklist`",
        );
    }
    Some(Manual {
        instructions: instructions.unwrap_or_default(),
        checklist: checklist.unwrap_or_default(),
        record: record.unwrap_or_default(),
        copy,
        headless_skip: headless.unwrap_or_default(),
    })
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
