//! The top level of the file: everything but the steps, and the phases.

use super::{
    environments,
    fields::{Fields, Named, Reader},
    inputs, signals,
    steps::{self, Defaults},
    uses,
};
use crate::runbook::{CLEANUP, Code, Input, Kind, Phase, Requires, Role, Runbook, yaml::Node};
use crate::template::Types;

pub fn runbook(reader: &mut Reader, root: &Node) -> Option<Runbook> {
    let mut fields = reader.fields(root, "a runbook")?;
    let f = &mut fields;
    version(reader, f);
    let title = f.need(reader, "title").and_then(|n| reader.string(n));
    let description = f.take("description").and_then(|n| reader.string(n));
    let owners = f.take("owners").map(|n| reader.strings(n));
    let tags = f.take("tags").map(|n| reader.strings(n));
    let when_to_use = f.take("when_to_use").map(|n| reader.strings(n));
    let links = f.take("links").map(|n| reader.texts(n));
    let requires = f.take("requires").and_then(|n| requires(reader, n));
    let drill_every = f.take("drill").and_then(|n| {
        let mut fields = reader.fields(n, "drill")?;
        let every = fields
            .need(reader, "every")
            .and_then(|n| reader.duration(n));
        fields.finish(reader);
        every
    });
    let inputs: Vec<Input> = f
        .take("inputs")
        .map(|n| inputs::inputs(reader, n))
        .unwrap_or_default();
    let environments = f
        .take("environments")
        .map(|n| environments::environments(reader, n, &inputs))
        .unwrap_or_default();
    let env = f.take("env").map(|n| reader.env(n));
    let signals = f
        .take("signals")
        .map(|n| signals::signals(reader, n, &inputs));
    let defaults = f
        .take("defaults")
        .and_then(|n| steps::defaults(reader, n))
        .unwrap_or_default();
    let phases = f
        .need(reader, "phases")
        .map(|n| (n, reader.list(n, |r, n| phase(r, n, &defaults))));
    let cleanup = f.take("cleanup").map(|n| cleanup(reader, n, &defaults));
    fields.finish(reader);
    let (node, phases) = phases?;
    if cleanup.is_some()
        && let Some(number) = phases.iter().position(|phase| phase.id == CLEANUP)
        && let Some(at) = reader.places.get(&Named::Phase(number)).copied()
    {
        reader.error_hint(
            Code::Twice,
            at,
            format!("a phase cannot be called `{CLEANUP}` beside the top level's `{CLEANUP}`"),
            "choose another id",
        );
    }
    if Reader::is_empty(node) {
        reader.error_hint(
            Code::MissingField,
            node.at,
            "a runbook needs at least one phase",
            "phases: [ { id: assess, title: Assess, steps: [ … ] } ]",
        );
    }
    Some(Runbook {
        title: title.unwrap_or_default(),
        description: description.unwrap_or_default(),
        owners: owners.unwrap_or_default(),
        tags: tags.unwrap_or_default(),
        when_to_use: when_to_use.unwrap_or_default(),
        links: links.unwrap_or_default(),
        requires: requires.unwrap_or_default(),
        drill_every,
        inputs,
        environments,
        env: env.unwrap_or_default(),
        signals: signals.unwrap_or_default(),
        phases,
        cleanup,
        bindings: Vec::new(),
        used: Vec::new(),
        types: Types::default(),
    })
}

fn version(reader: &mut Reader, fields: &mut Fields<'_>) {
    let Some(node) = fields.need(reader, "version") else {
        return;
    };
    let Some(version) = reader.number::<u32>(node, "the number 1") else {
        return;
    };
    if version != 1 {
        reader.error_hint(
            Code::Version,
            node.at,
            format!("this file is of version {version}; this rbconsole reads version 1"),
            "update rbconsole, or write `version: 1`",
        );
    }
}

fn requires(reader: &mut Reader, node: &Node) -> Option<Requires> {
    let mut fields = reader.fields(node, "requires")?;
    let tools = fields.take("tools").map(|n| reader.strings(n));
    let env = fields.take("env").map(|n| reader.strings(n));
    fields.finish(reader);
    Some(Requires {
        tools: tools.unwrap_or_default(),
        env: env.unwrap_or_default(),
    })
}

fn phase(reader: &mut Reader, node: &Node, defaults: &Defaults) -> Option<Phase> {
    let mut fields = reader.fields(node, "a phase")?;
    let number = reader.phases;
    reader.phases += 1;
    let id = fields.need(reader, "id").and_then(|n| {
        reader.places.insert(Named::Phase(number), n.at);
        let name = reader.string(n)?;
        reader.id(&name, n.at)
    });
    let title = fields.need(reader, "title").and_then(|n| reader.string(n));
    let role = fields.take("role").and_then(|n| role(reader, n));
    let budget = fields.take("budget").and_then(|n| reader.duration(n));
    let when = fields.take("when").and_then(|n| reader.expression(n));
    let steps_node = fields.need(reader, "steps");
    let steps = steps_node.map(|n| {
        uses::steps(reader, n, |r, n| {
            steps::step(r, n, defaults, &steps::IN_PHASE)
        })
    });
    fields.finish(reader);
    if let Some(node) = steps_node
        && Reader::is_empty(node)
    {
        reader.error(
            Code::MissingField,
            node.at,
            "a phase needs at least one step",
        );
    }
    Some(Phase {
        id: id.unwrap_or_default(),
        title: title.unwrap_or_default(),
        role,
        budget,
        when,
        scope: String::new(),
        continues: false,
        around: Vec::new(),
        own_when: None,
        steps: steps.unwrap_or_default(),
    })
}

/// What must be offered before the run closes.
fn cleanup(reader: &mut Reader, node: &Node, defaults: &Defaults) -> Phase {
    let steps = reader.list(node, |reader, node| {
        if let Some(at) = uses::place(node) {
            reader.error_hint(
                Code::Uses,
                at,
                "a cleanup cannot use another runbook",
                "write the steps themselves here",
            );
            return None;
        }
        let step = steps::step(reader, node, defaults, &steps::IN_CLEANUP)?;
        if matches!(step.kind, Kind::Gate(_)) {
            reader.error_hint(
                Code::Kind,
                step.at,
                "a cleanup cannot hold a gate: nothing follows that an answer could decide",
                "give each step of it a `when`",
            );
        }
        Some(step)
    });
    if Reader::is_empty(node) {
        reader.error_hint(
            Code::MissingField,
            node.at,
            "a cleanup needs at least one step",
            "remove it if there is nothing to clean up",
        );
    }
    Phase {
        id: CLEANUP.to_owned(),
        title: "Cleanup".to_owned(),
        role: None,
        budget: None,
        when: None,
        scope: String::new(),
        continues: false,
        around: Vec::new(),
        own_when: None,
        steps,
    }
}

fn role(reader: &mut Reader, node: &Node) -> Option<Role> {
    reader.word(
        node,
        "a role",
        &[
            ("assess", Role::Assess),
            ("stop", Role::Stop),
            ("rollback_app", Role::RollbackApp),
            ("rollback_db", Role::RollbackDb),
            ("verify", Role::Verify),
            ("post", Role::Post),
        ],
    )
}
