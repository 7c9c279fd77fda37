//! Mistakes of shape: fields, types, words, YAML.

use super::operators::{Make, blanks};
use super::source::{Source, indent, put, words};

const FIELDS: &[&str] = &[
    "title",
    "why",
    "effect",
    "run",
    "outputs",
    "gate",
    "criteria",
    "suggest",
    "answers",
    "label",
    "consequence",
    "headless",
    "when",
    "target",
    "timeout",
    "role",
    "budget",
    "steps",
    "phases",
    "regex",
    "type",
    "default",
    "pattern",
    "description",
    "evidence",
    "then",
    "because",
    "manual",
    "instructions",
    "checklist",
    "copy",
    "poll",
    "expect",
    "probe",
    "rehearse",
    "inputs",
    "requires",
    "defaults",
    "owners",
    "record",
    "wait",
    "retry",
    "fallbacks",
    "limit",
];

/// Makes them.
pub fn make(make: &mut Make<'_>) {
    fields(make);
    values(make);
    yaml(make);
}

fn fields(make: &mut Make<'_>) {
    let source = make.source;
    make.operator();
    for field in [
        "id",
        "title",
        "run",
        "label",
        "answers",
        "instructions",
        "steps",
        "gate",
        "limit",
        "answer",
    ] {
        let key = format!("{field}:");
        for (number, line) in source.plain().collect::<Vec<_>>() {
            let bare = line.trim_start().trim_start_matches("- ");
            // The title of a step may be left out; that of a phase or of the runbook may not.
            let optional = field == "title" && indent(line) > 4;
            if bare.starts_with(&key) && !line.trim_start().starts_with("- ") && !optional {
                make.drop(
                    "drop a field",
                    number,
                    source.end_of(number),
                    vec![field.to_owned(), owner(source, number)],
                );
            }
        }
    }
    make.operator();
    for (number, line) in source.plain().collect::<Vec<_>>() {
        let Some((key, _)) = line.trim_start().trim_start_matches("- ").split_once(':') else {
            continue;
        };
        if FIELDS.contains(&key) && key.len() > 2 {
            let at = words(line, key)[0];
            let wrong = format!(
                "{}{}",
                &key[..key.len() - 2],
                key[key.len() - 2..].chars().rev().collect::<String>()
            );
            make.line("misspell a field", number, &put(line, at, key, &wrong));
        }
    }
    make.operator();
    for field in [
        "because",
        "consequence",
        "label",
        "headless",
        "effect",
        "timeout",
    ] {
        make.word(
            "a field in capitals",
            field,
            &field.to_uppercase(),
            |line| line.trim_start().starts_with(&format!("{field}:")),
        );
    }
}

fn values(make: &mut Make<'_>) {
    let source = make.source;
    make.operator();
    for (was, now) in [
        ("read", "reads"),
        ("write", "writing"),
        ("destructive", "destroy"),
        ("suggested", "suggestion"),
        ("verify", "verification"),
        ("number", "int"),
        ("assess", "assessment"),
        ("stop", "halt"),
        ("skip", "ignore"),
        ("required", "yes"),
    ] {
        make.word("wrong enum word", was, now, |line| {
            ["effect:", "role:", "headless:", "type:", "reason:"]
                .iter()
                .any(|key| line.contains(&format!("{key} {was}")))
                && !line.contains("title")
        });
    }
    make.operator();
    for (number, line) in source.plain().collect::<Vec<_>>() {
        for key in ["timeout: ", "budget: ", "for: ", "delay: ", "every: "] {
            let Some(at) = line.find(key) else { continue };
            let rest = &line[at + key.len()..];
            let value: String = rest
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect();
            let digits = value.trim_end_matches(char::is_alphabetic);
            for now in [
                digits.to_owned(),
                format!("{digits} seconds"),
                format!("-{value}"),
                "soon".to_owned(),
            ] {
                make.line(
                    "wrong duration",
                    number,
                    &put(line, at + key.len(), &value, &now),
                );
            }
        }
    }
    make.operator();
    for key in ["title: ", "why: ", "timeout: ", "label: ", "description: "] {
        for (number, line) in source.plain().collect::<Vec<_>>() {
            if line.trim_start().starts_with(key) && !line.ends_with('|') {
                let at = line.find(key).unwrap_or_default() + key.len();
                make.line(
                    "a list for a text",
                    number,
                    &format!("{}[a, b]", &line[..at]),
                );
            }
        }
    }
    make.operator();
    for (number, line) in source.plain().collect::<Vec<_>>() {
        if line.trim() == "answers:" {
            let end = source.end_of(number);
            make.drop("empty answers", number + 1, end, vec!["answers".to_owned()]);
        }
    }
    make.operator();
    make.text("a broken regex", false, "(?m)^", "(?m)^(", |line| {
        line.contains("regex:")
    });
    make.text("a broken regex", false, "([0-9", "[0-9", |line| {
        line.contains("regex:")
    });
    make.text(
        "a broken regex",
        false,
        "pattern: '^",
        "pattern: '^(",
        |_| true,
    );
    make.operator();
    make.text(
        "another version",
        false,
        "version: 1",
        "version: 2",
        |line| line.starts_with("version"),
    );
    make.text(
        "another version",
        false,
        "version: 1",
        "version: one",
        |line| line.starts_with("version"),
    );
    make.operator();
    for step in source.steps() {
        let line = &source.lines[step.from];
        for now in [
            step.id.replace('_', "-"),
            format!("1{}", step.id),
            "and".to_owned(),
            "run".to_owned(),
        ] {
            if now != step.id {
                make.naming(
                    "an id that is none",
                    step.from,
                    &line.replace(&step.id, &now),
                    &[&step.id],
                );
            }
        }
    }
    make.operator();
    for step in source.steps() {
        if source.has(&step, "effect: destructive") {
            for number in step.from..step.to {
                if source.lines[number].trim_start().starts_with("target:") {
                    let mut names = vec![step.id.clone(), "effect: destructive".to_owned()];
                    // Its destructive fallbacks ask for it.
                    let pairs = source.lines[step.from..step.to].windows(2);
                    let asking = pairs.filter(|pair| pair[1].trim() == "effect: destructive");
                    names.extend(asking.map(|pair| pair[0].trim().to_owned()));
                    make.drop("drop a target", number, number + 1, names);
                }
            }
        }
    }
    make.operator();
    for (number, line) in source.plain().collect::<Vec<_>>() {
        // A step that a person does has a rule by default: `stop`.
        let step = source
            .steps()
            .into_iter()
            .find(|step| (step.from..step.to).contains(&number));
        if line.trim_start().starts_with("headless:")
            && let Some(step) = step.filter(|step| source.has(step, "gate:"))
        {
            make.drop(
                "drop a gate's rule for no person",
                number,
                number + 1,
                vec![step.id],
            );
            make.by_definition();
        }
    }
}

fn yaml(make: &mut Make<'_>) {
    let source = make.source;
    let simple: Vec<(usize, &str)> = source
        .plain()
        .filter(|(_, line)| {
            let bare = line.trim_start();
            !bare.starts_with("- ")
                && bare.contains(": ")
                && !bare.ends_with('|')
                && !bare.starts_with('#')
        })
        .collect();
    make.operator();
    for (number, line) in &simple {
        make.line("a key twice", *number, &format!("{line}\n{line}"));
    }
    make.operator();
    for (number, line) in &simple {
        if indent(line) > 0 {
            make.line("wrong indentation", *number, &format!(" {line}"));
            make.line("wrong indentation", *number, &line[1..]);
        }
    }
    make.operator();
    for (number, line) in &simple {
        if indent(line) > 0 {
            make.line("a tab", *number, &format!("\t{}", line.trim_start()));
            make.line(
                "a tab",
                *number,
                &format!("{}\t{}", blanks(line), line.trim_start()),
            );
        }
    }
    make.operator();
    for (number, line) in &simple {
        if line.ends_with('"') || line.ends_with('\'') {
            make.line("an open quote of YAML", *number, &line[..line.len() - 1]);
        }
        if line.ends_with(']') || line.ends_with('}') && line.contains('{') {
            make.line("an open bracket of YAML", *number, &line[..line.len() - 1]);
        }
    }
    make.operator();
    for (number, line) in &simple {
        if line.trim_start().starts_with("because: ") || line.trim_start().starts_with("why: ") {
            let value = line.find(": ").unwrap_or_default() + 2;
            let colon = format!("{}{}", &line[..value], line[value..].replacen(' ', ": ", 1));
            make.line("a colon in a bare text", *number, &colon);
        }
    }
}

/// The id of the step or phase that a line stands in.
fn owner(source: &Source, line: usize) -> String {
    let items = source.steps().into_iter().chain(source.phases());
    let mut around = items.filter(|item| (item.from..item.to).contains(&line));
    around.next().map_or_else(String::new, |item| item.id)
}
