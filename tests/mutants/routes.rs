//! Mistakes with phases, gates and the order of things.

use super::operators::{Make, destructive, names_in};
use super::source::{Item, Source, has_word, is_expression};

/// Makes them.
pub fn make(make: &mut Make<'_>) {
    dropped(make);
    moved(make);
    led(make);
    renamed(make);
}

fn dropped(make: &mut Make<'_>) {
    let source = make.source;
    let ends = destructive(source);
    let steps = source.steps();
    make.operator();
    for step in &steps {
        if source.has(step, "gate:") {
            let mut names = names_in(source, step.from, step.to);
            names.extend(ends.clone());
            make.drop("drop a gate", step.from, step.to, names);
        }
    }
    make.operator();
    for phase in source.phases() {
        let mut names = names_in(source, phase.from, phase.to);
        if source.has(&phase, "role: verify") {
            names.extend(ends.clone());
            make.drop("drop the verification", phase.from, phase.to, names);
        }
    }
    make.operator();
    for phase in source.phases() {
        let names = names_in(source, phase.from, phase.to);
        let named = source
            .plain()
            .any(|(_, line)| line.contains("then: [") && has_word(line, &phase.id));
        if named && !source.has(&phase, "role: verify") {
            make.drop(
                "drop a phase that answers lead to",
                phase.from,
                phase.to,
                names,
            );
        }
    }
    make.operator();
    for step in &steps {
        let mut names = names_in(source, step.from, step.to);
        if names.iter().skip(1).any(|name| source.is_used(name)) {
            names.extend(ends.clone());
            make.drop("drop a step that makes names", step.from, step.to, names);
        }
    }
    make.operator();
    // Names that are made only under a condition.
    let perhaps: Vec<String> = steps
        .iter()
        .filter(|step| source.has(step, "when:"))
        .flat_map(|step| names_in(source, step.from, step.to).into_iter().skip(1))
        .collect();
    for step in &steps {
        let body = &source.lines[step.from..step.to];
        let needs = perhaps.iter().any(|name| {
            let made = names_in(source, step.from, step.to);
            !made.contains(name) && body.iter().any(|line| has_word(line, name))
        });
        for number in step.from..step.to {
            if needs
                && source.lines[number]
                    .trim_start()
                    .starts_with("when: answers.")
                && !source.in_block[number]
            {
                let mut names = names_in(source, step.from, step.to);
                names.extend(ends.clone());
                // What its script and its gate use, it now uses too often.
                names.extend(source.made("outputs:").into_iter().map(|made| made.name));
                make.drop("drop a condition", number, number + 1, names);
            }
        }
    }
}

fn moved(make: &mut Make<'_>) {
    let source = make.source;
    let steps = source.steps();
    make.operator();
    for pair in steps.windows(2) {
        if pair[0].to == pair[1].from && needs(source, &pair[0], &pair[1]) {
            let mut names = names_in(source, pair[0].from, pair[0].to);
            names.extend(destructive(source));
            make.swap(
                "use before it is made",
                pair[0].from,
                pair[1].from,
                pair[1].to,
                names,
            );
        }
    }
    make.operator();
    let phases = source.phases();
    for pair in phases.windows(2) {
        if pair[0].to == pair[1].from && needs(source, &pair[0], &pair[1]) {
            let mut names = names_in(source, pair[0].from, pair[0].to);
            names.extend(destructive(source));
            make.swap(
                "phases in the wrong order",
                pair[0].from,
                pair[1].from,
                pair[1].to,
                names,
            );
        }
    }
}

/// Whether one uses what the other makes.
fn needs(source: &Source, maker: &Item, user: &Item) -> bool {
    names_in(source, maker.from, maker.to).iter().any(|name| {
        let used = |line: &String| {
            line.contains(&format!("{{{{ {name} }}}}"))
                || line.contains(&format!("answers.{name}"))
                || is_expression(line) && has_word(line, name)
        };
        source.lines[user.from..user.to].iter().any(used)
    })
}

fn led(make: &mut Make<'_>) {
    let source = make.source;
    let phases = source.phases();
    let then: Vec<(usize, &str)> = source
        .plain()
        .filter(|(_, line)| line.contains("then: ["))
        .collect();
    make.operator();
    for (number, line) in &then {
        let own = phases
            .iter()
            .find(|phase| (phase.from..phase.to).contains(number));
        let Some(own) = own else { continue };
        make.line(
            "a route in a circle",
            *number,
            &line.replace("then: [", &format!("then: [{}, ", own.id)),
        );
        if let Some(last) = phases.last() {
            make.line(
                "a route in a circle",
                *number,
                &line.replace("then: [", &format!("then: [{}, {}, ", last.id, last.id)),
            );
        }
    }
    make.operator();
    for (number, line) in &then {
        for phase in &phases {
            if has_word(line, &phase.id) && line.contains('[') {
                let (before, list) = line.split_at(line.find('[').unwrap_or_default());
                make.line(
                    "a phase misspelt",
                    *number,
                    &format!(
                        "{before}{}",
                        list.replace(&phase.id, &format!("{}s", phase.id))
                    ),
                );
            }
        }
    }
    make.operator();
    for (number, line) in &then {
        for phase in &phases {
            let leaves = |was: &str| line.contains(was).then(|| line.replacen(was, "", 1));
            let now =
                leaves(&format!("{}, ", phase.id)).or_else(|| leaves(&format!(", {}", phase.id)));
            if let Some(now) = now
                .filter(|_| phase.id.starts_with("verify") || phase.id.starts_with("rollback_db"))
            {
                let mut names = vec![phase.id.clone()];
                names.extend(names_in(source, phase.from, phase.to));
                names.extend(destructive(source));
                make.naming(
                    "a phase left out of a route",
                    *number,
                    &now,
                    &names.iter().map(String::as_str).collect::<Vec<_>>(),
                );
            }
        }
    }
}

fn renamed(make: &mut Make<'_>) {
    let source = make.source;
    make.operator();
    for step in source.steps() {
        let used = source.plain().any(|(_, line)| {
            let rooms = ["answers.", "steps."];
            has_word(line, &step.id)
                && rooms
                    .iter()
                    .any(|room| line.contains(&format!("{room}{}", step.id)))
        });
        if used {
            let line = source.lines[step.from].replace(&step.id, &format!("{}_2", step.id));
            make.naming("rename a step", step.from, &line, &[&step.id]);
        }
    }
    make.operator();
    for phase in source.phases() {
        if source
            .plain()
            .any(|(_, line)| line.contains("then: [") && has_word(line, &phase.id))
        {
            let line = source.lines[phase.from].replace(&phase.id, &format!("{}_2", phase.id));
            make.naming("rename a phase", phase.from, &line, &[&phase.id]);
        }
    }
    make.operator();
    let steps = source.steps();
    for pair in steps.windows(2) {
        let line = &source.lines[pair[1].from];
        make.naming(
            "an id twice",
            pair[1].from,
            &line.replace(&pair[1].id, &pair[0].id),
            &[&pair[0].id, &pair[1].id],
        );
    }
}
