//! The steps that run commands: one script, or several side by side.

use std::{collections::BTreeSet, time::Duration};

use super::{
    fields::{Fields, Reader},
    outputs,
    steps::{self, Defaults},
};
use crate::runbook::{
    Code, Effect, Expect, Fallback, OnFailure, Poll, Retry, Run, Script, human,
    yaml::{Node, Value as Yaml},
};

/// A `run:` or a `parallel:`; its other fields stand beside it in the step.
pub fn run(
    reader: &mut Reader,
    node: &Node,
    parallel: bool,
    f: &mut Fields<'_>,
    defaults: &Defaults,
) -> Run {
    let scripts = if parallel {
        let scripts = scripts(reader, node);
        if Reader::is_empty(node) {
            reader.error_hint(
                Code::MissingField,
                node.at,
                "`parallel` needs at least one script",
                "parallel: { eu: \"…\", us: \"…\" }",
            );
        }
        scripts
    } else {
        vec![Script {
            name: String::new(),
            text: reader.text(node).unwrap_or_default(),
        }]
    };
    let shell = f.take("shell").and_then(|n| steps::shell(reader, n));
    let cwd = f.take("cwd").and_then(|n| reader.text(n));
    let env = f.take("env").map(|n| reader.env(n));
    let timeout = f.take("timeout").and_then(|n| reader.positive(n));
    let kill_grace = f.take("kill_grace").and_then(|n| reader.duration(n));
    let tty = terminal(reader, f, parallel);
    let silence = f.take("silence").and_then(|n| reader.positive(n));
    let poll = f.take("poll").and_then(|n| poll(reader, n));
    if f.take("poll").is_some() && f.take("retry").is_some() {
        reader.error_hint(
            Code::Conflict,
            f.key_at("retry"),
            "`poll` and `retry` exclude each other: a poll goes on after a failure by itself",
            "keep one of them",
        );
    }
    let watch = f.take("watch").map(|n| watch(reader, n, &scripts));
    let probe = f.take("probe").and_then(|n| reader.text(n));
    let rehearse = f.take("rehearse").and_then(|n| reader.text(n));
    let retry = f.take("retry").and_then(|n| retry(reader, n));
    let expect = f.take("expect").and_then(|n| expect(reader, n));
    let outputs = f
        .take("outputs")
        .map(|n| outputs::outputs(reader, n, &scripts, parallel));
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
        scripts,
        shell: shell.unwrap_or_else(|| defaults.shell.clone()),
        cwd,
        env: env.unwrap_or_default(),
        tty,
        timeout: timeout.unwrap_or(defaults.timeout),
        kill_grace: kill_grace.unwrap_or(defaults.kill_grace),
        silence,
        poll,
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
        watch: watch.unwrap_or_default(),
        on_failure: on_failure.unwrap_or_default(),
        fallbacks,
        probe,
        rehearse,
    }
}

/// Scripts by name, as in `parallel` and `watch`.
fn scripts(reader: &mut Reader, node: &Node) -> Vec<Script> {
    reader.map(node, |reader, key, node| {
        reader.word_id(&key.name, key.at);
        // A name that is wrong was reported; outputs may use it all the same.
        Some(Script {
            name: key.name.clone(),
            text: reader.text(node).unwrap_or_default(),
        })
    })
}

/// Companions have a pane each, so that their names differ from the scripts'.
fn watch(reader: &mut Reader, node: &Node, main: &[Script]) -> Vec<Script> {
    if let Yaml::Map(entries) = &node.value {
        let main: BTreeSet<&str> = main.iter().map(|script| script.name.as_str()).collect();
        for (key, _) in entries {
            if main.contains(key.name.as_str()) {
                reader.error_hint(
                    Code::Twice,
                    key.at,
                    format!("`{}` is already a script of this step", key.name),
                    "choose another name for the companion",
                );
            }
        }
    }
    scripts(reader, node)
}

/// Only one command can have the keyboard.
fn terminal(reader: &mut Reader, f: &mut Fields<'_>, parallel: bool) -> bool {
    let tty = f.take("tty").and_then(|n| reader.boolean(n)) == Some(true);
    if tty && parallel {
        reader.error_hint(
            Code::Conflict,
            f.key_at("tty"),
            "`tty` and `parallel` exclude each other: only one command can have the keyboard",
            "give the command that asks something a step of its own",
        );
    }
    tty
}

fn poll(reader: &mut Reader, node: &Node) -> Option<Poll> {
    let mut fields = reader.fields(node, "poll")?;
    let every = fields.take("every").and_then(|n| reader.positive(n));
    let timeout = fields
        .need(reader, "timeout")
        .and_then(|n| reader.positive(n));
    let hold_node = fields.take("hold");
    let hold = hold_node.and_then(|n| reader.positive(n));
    fields.finish(reader);
    if let (Some(hold), Some(timeout), Some(node)) = (hold, timeout, hold_node)
        && hold >= timeout
    {
        reader.error_hint(
            Code::Value,
            node.at,
            format!(
                "a poll of {} can never succeed for {}",
                human(timeout),
                human(hold)
            ),
            "`hold` must be shorter than `timeout`",
        );
    }
    Some(Poll {
        every: every.unwrap_or(Duration::from_secs(5)),
        timeout: timeout?,
        hold,
    })
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

fn fallback(reader: &mut Reader, node: &Node) -> Option<Fallback> {
    let mut fields = reader.fields(node, "a fallback")?;
    let title = fields.need(reader, "title").and_then(|n| reader.string(n));
    let script = fields.need(reader, "run").and_then(|n| reader.text(n));
    let effect = fields.take("effect").and_then(|n| steps::effect(reader, n));
    fields.finish(reader);
    Some(Fallback {
        title: title?,
        script: script?,
        effect: effect.unwrap_or(Effect::Write),
    })
}
