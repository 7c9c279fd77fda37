//! Mistakes in scripts, and secrets.

use super::operators::Make;
use super::source::indent;

/// Makes them.
pub fn make(make: &mut Make<'_>) {
    unclosed(make);
    unsafe_ways(make);
    secrets(make);
}

fn unclosed(make: &mut Make<'_>) {
    let source = make.source;
    let scripts: Vec<(usize, &str)> = source.scripts().collect();
    for (operator, end) in [
        ("an unclosed if", "fi"),
        ("an unclosed loop", "done"),
        ("an unclosed case", "esac"),
    ] {
        make.operator();
        for (number, line) in &scripts {
            if line.trim() == end {
                make.drop(operator, *number, *number + 1, opener(source, *number));
            }
        }
    }
    make.operator();
    for (number, line) in &scripts {
        for was in ["\"", "'"] {
            if let Some(at) = line.rfind(was) {
                let now = format!("{}{}", &line[..at], &line[at + 1..]);
                make.line("an unclosed quote", *number, &now);
            }
        }
    }
    make.operator();
    for (number, line) in &scripts {
        for was in [")", "}", "]"] {
            if let Some(at) = line.rfind(was) {
                let now = format!("{}{}", &line[..at], &line[at + 1..]);
                make.line("an unclosed bracket", *number, &now);
            }
        }
    }
    make.operator();
    for (number, line) in &scripts {
        for (was, now) in [
            ("; then", ""),
            ("; do", ""),
            (" in", " on"),
            ("then", "than"),
        ] {
            let begins = ["if ", "for ", "case ", "elif ", "while "]
                .iter()
                .any(|word| line.trim().starts_with(word));
            if begins && line.contains(was) {
                make.line(
                    "a word of the shell lost",
                    *number,
                    &line.replacen(was, now, 1),
                );
            }
        }
    }
    make.operator();
    for (number, line) in &scripts {
        for was in [" | ", " && ", " || "] {
            if line.contains(was) {
                make.line(
                    "an operator of the shell twice",
                    *number,
                    &line.replacen(was, &was.repeat(2), 1),
                );
            }
        }
    }
}

/// The line that opens what is closed on a line: at the same depth, before it.
fn opener(source: &super::source::Source, close: usize) -> Vec<String> {
    let depth = indent(&source.lines[close]);
    let open = (0..close).rev().find(|number| {
        let line = &source.lines[*number];
        indent(line) == depth
            && ["if ", "for ", "case ", "while "]
                .iter()
                .any(|word| line.trim().starts_with(word))
    });
    open.map(|number| source.lines[number].trim().to_owned())
        .into_iter()
        .collect()
}

fn unsafe_ways(make: &mut Make<'_>) {
    let source = make.source;
    let set: Vec<(usize, String, String)> = source
        .scripts()
        .filter_map(|(number, line)| {
            let (name, value) = line.trim().split_once('=')?;
            let plain = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            (plain && value.starts_with("{{") && value.ends_with("}}"))
                .then(|| (number, name.to_owned(), line.to_owned()))
        })
        .collect();
    for (operator, wrong) in [
        ("eval", "eval \"echo $NAME\""),
        ("a second shell", "bash -c \"echo $NAME\""),
        ("a second shell far away", "ssh host \"echo $NAME\""),
    ] {
        make.operator();
        for (number, name, line) in &set {
            let blanks = " ".repeat(indent(line));
            make.line(
                operator,
                *number,
                &format!("{line}\n{blanks}{}", wrong.replace("NAME", name)),
            );
            make.by_definition();
        }
    }
}

fn secrets(make: &mut Make<'_>) {
    let source = make.source;
    make.operator();
    for (number, line) in source.scripts().collect::<Vec<_>>() {
        if line.trim_start().starts_with("kubectl ") || line.trim_start().starts_with("echo \"") {
            let blanks = " ".repeat(indent(line));
            for secret in [
                "curl -H 'Authorization: Bearer 9f8a7c6b5d4e3f2a1b0c9d8e7f6a5b4c' https://example.org",
                "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYzzQyTL29aaBQ",
                "mysql --password=Tr0ub4dor-and-3 shop",
                "git clone https://deploy:hG7kLm2PqRs9@git.example.org/shop",
            ] {
                make.line(
                    "a secret in a script",
                    number,
                    &format!("{line}\n{blanks}{secret}"),
                );
                make.by_definition();
            }
        }
    }
    make.operator();
    for made in source.made("inputs:") {
        let line = &source.lines[made.line];
        for (name, value) in [
            ("api_token", "9f8a7c6b5d4e3f2a1b0c9d8e7f6a5b4c"),
            ("db_password", "hunter2-and-more"),
        ] {
            let now = format!("  {name}: {{ default: \"{value}\" }}\n{line}");
            make.line("a secret as a default", made.line, &now);
            make.by_definition();
        }
    }
}
