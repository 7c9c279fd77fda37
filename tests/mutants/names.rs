//! Mistakes with names, types and templates.

use super::operators::{Make, fills};
use super::source::{Made, has_word, is_expression, put, words};

/// Makes them.
pub fn make(make: &mut Make<'_>) {
    renamed(make);
    types(make);
    templates(make);
}

fn all_made(make: &Make<'_>) -> Vec<Made> {
    let source = make.source;
    let mut all = source.made("outputs:");
    all.extend(source.made("inputs:"));
    all.extend(source.made("record:"));
    all
}

fn renamed(make: &mut Make<'_>) {
    let source = make.source;
    let all = all_made(make);
    make.operator();
    for made in &all {
        if source.is_used(&made.name) {
            let line = &source.lines[made.line];
            let now = line.replacen(&made.name, &format!("{}_2", made.name), 1);
            make.naming("rename where it is made", made.line, &now, &[&made.name]);
        }
    }
    make.operator();
    for made in &all {
        for number in source.uses(&made.name, made.line) {
            let line = &source.lines[number];
            if source.in_block[number] && !line.contains("{{")
                || !is_expression(line) && !line.contains("{{")
            {
                continue;
            }
            // The name of a value, and no word of a text beside it.
            let inside = words(line, &made.name)
                .into_iter()
                .find(|at| is_expression(line) || line[..*at].ends_with("{{ "));
            if let Some(at) = inside {
                let mut wrong = made.name.clone();
                wrong.pop();
                make.line(
                    "misspell where it is used",
                    number,
                    &put(line, at, &made.name, &wrong),
                );
            }
        }
    }
    make.operator();
    for made in source
        .made("outputs:")
        .into_iter()
        .chain(source.made("record:"))
    {
        if source.is_used(&made.name) {
            make.drop(
                "drop an output",
                made.line,
                made.line + 1,
                vec![made.name.clone(), "outputs".to_owned()],
            );
        }
    }
    make.operator();
    for made in source.made("inputs:") {
        if source.is_used(&made.name) {
            make.drop(
                "drop an input",
                made.line,
                source.end_of(made.line),
                vec![made.name.clone()],
            );
        }
    }
    make.operator();
    let made = source.made("outputs:");
    for pair in made.windows(2) {
        let line = source.lines[pair[1].line].replacen(&pair[1].name, &pair[0].name, 1);
        make.naming(
            "make a name twice",
            pair[1].line,
            &line,
            &[&pair[1].name, &pair[0].name],
        );
    }
    make.operator();
    for (number, line) in source.plain().collect::<Vec<_>>() {
        if let Some(at) = line.find("answers.").filter(|_| is_expression(line)) {
            make.line(
                "a name's path misspelt",
                number,
                &put(line, at, "answers", "answer"),
            );
            make.line(
                "a name's path misspelt",
                number,
                &put(line, at, "answers.", ""),
            );
            make.line(
                "a name's path misspelt",
                number,
                &put(line, at, "answers.", "answers.the_"),
            );
        }
    }
}

fn types(make: &mut Make<'_>) {
    let source = make.source;
    make.operator();
    for made in source.made("outputs:") {
        let line = &source.lines[made.line];
        if let Some(at) = line
            .find(", type: number")
            .filter(|_| source.is_used(&made.name))
        {
            make.naming(
                "a number's type lost",
                made.line,
                &put(line, at, ", type: number", ""),
                &[&made.name],
            );
        } else if let Some(at) = line.rfind(" }").filter(|_| line.contains("(.+)")) {
            make.naming(
                "a text made a number",
                made.line,
                &put(line, at, " }", ", type: number }"),
                &[&made.name],
            );
        }
    }
    make.operator();
    for made in source.made("inputs:") {
        for number in made.line..source.end_of(made.line) {
            let line = &source.lines[number];
            if line.trim() == "type: number" {
                make.naming(
                    "an input's type lost",
                    number,
                    &line.replace("number", "string"),
                    &[&made.name],
                );
            }
        }
    }
    make.operator();
    for (number, line) in source.plain().collect::<Vec<_>>() {
        if !is_expression(line) {
            continue;
        }
        if let Some(at) = line.find("== \"").filter(|_| !line.contains("limit:")) {
            let value = &line[at + 3..];
            let end = value[1..].find('"').map_or(value.len(), |end| end + 2);
            make.line(
                "compare a text with a number",
                number,
                &put(line, at + 3, &value[..end], "7"),
            );
        }
        for limit in ["error_limit", "restart_limit", "0", "60", "1440"] {
            for sign in ["> ", "< ", "== ", "<= ", ">= "] {
                let was = format!("{sign}{limit}");
                if let Some(at) = line.find(&was) {
                    make.line(
                        "compare a number with a text",
                        number,
                        &put(line, at, &was, &format!("{sign}'{limit}'")),
                    );
                }
            }
        }
    }
    make.operator();
    for (number, line) in source.plain().collect::<Vec<_>>() {
        if let Some(at) = line.find(" == \"").filter(|_| line.contains("answers.")) {
            let value = &line[at + 5..];
            if let Some(end) = value.find('"') {
                make.line(
                    "an answer that there is not",
                    number,
                    &put(line, at + 5, &value[..end], &format!("{}s", &value[..end])),
                );
            }
        }
        if let Some(at) = line.find("answer: ") {
            let value: String = line[at + 8..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            make.line(
                "an answer that there is not",
                number,
                &put(line, at + 8, &value, &format!("{value}s")),
            );
        }
    }
    make.operator();
    for (was, now) in [
        (" == ", " = "),
        (" and ", " && "),
        (" or ", " || "),
        (" > ", " => "),
        (" == ", " is "),
    ] {
        make.text("a wrong operator", false, was, now, is_expression);
    }
    make.operator();
    for (number, line) in source.plain().collect::<Vec<_>>() {
        let condition = line.trim_start().strip_prefix("when: ");
        if let Some(condition) =
            condition.filter(|text| text.starts_with("answers.") && text.contains("=="))
        {
            let name = condition.split(' ').next().unwrap_or_default();
            let plain = condition.trim_matches('"');
            let now = line.replace(condition, &format!("({plain}) and {name} == \"not_taken\""));
            make.line("a condition that is never true", number, &now);
        }
    }
    make.operator();
    for (number, line) in source.plain().collect::<Vec<_>>() {
        if is_expression(line)
            && let Some(at) = line.find("answers.").or_else(|| line.find("error_rate"))
        {
            make.line(
                "an open bracket in an expression",
                number,
                &format!("{}({}", &line[..at], &line[at..]),
            );
        }
    }
}

fn templates(make: &mut Make<'_>) {
    let source = make.source;
    make.operator();
    make.text("an open value in a script", true, " }}", "", |_| true);
    make.text("an open value in a script", true, " }}", " }", |_| true);
    make.operator();
    make.text("an open value in a text", false, " }}", "", |line| {
        !line.contains("echo")
    });
    make.text("an open value in a text", false, " }}", " }", |line| {
        !line.contains("echo")
    });
    make.operator();
    make.text("an unknown filter", true, " }}", " | quoted }}", |_| true);
    make.text("an unknown filter", false, " }}", " | upcase }}", |_| true);
    make.operator();
    make.text(
        "an unclosed branch",
        true,
        "{{ ",
        "{% if true %}{{ ",
        |_| true,
    );
    make.operator();
    let names = all_made(make);
    for made in &names {
        for number in source.uses(&made.name, made.line) {
            let line = &source.lines[number];
            if source.in_script[number] && fills(line, &made.name) && has_word(line, &made.name) {
                let value = format!("{{{{ {} }}}}", made.name);
                if let Some(at) = line.find(&value) {
                    let inside = |now: &str| put(line, at, &value, now);
                    make.line(
                        "a value in backticks",
                        number,
                        &inside(&format!("`echo {value}`")),
                    );
                    make.line(
                        "a value in arithmetic",
                        number,
                        &inside(&format!("$(({value} + 1))")),
                    );
                    make.line(
                        "a value in a quote of C",
                        number,
                        &inside(&format!("$'{value}'")),
                    );
                    make.line(
                        "a value in a test",
                        number,
                        &inside(&format!("$([[ {value} = a ]] && echo b)")),
                    );
                    make.line(
                        "a value in a here-document",
                        number,
                        &inside(&format!("$(cat <<E\n{value}\nE\n)")),
                    );
                }
            }
        }
    }
}
