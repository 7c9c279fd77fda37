//! What a script does with a value that quoting cannot make safe: a second
//! shell that parses it again, and arithmetic that evaluates it.

mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::runbook::{Code, Runbook};
use crate::template::{self, Type};
use words::{Word, name_at, parts};

/// Something that is not safe, and where in the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazard {
    /// Which kind.
    pub code: Code,
    /// Where.
    pub bytes: Range<usize>,
    /// What.
    pub message: String,
    /// The safe way.
    pub hint: String,
}

/// Everything that is not safe in a shell script; `bash` tells whether
/// arithmetic evaluates what it is given.
pub fn of(runbook: &Runbook, script: &str, bash: bool) -> Vec<Hazard> {
    // What no value can reach is the author's own.
    if !script.contains("{{") {
        return Vec::new();
    }
    let parts = parts(script);
    let fed = fed(runbook, script, &parts.commands);
    let mut found = Vec::new();
    for command in &parts.commands {
        found.extend(second_shell(command, &fed));
        if bash {
            found.extend(comparisons(script, command, &fed));
        }
    }
    if bash {
        for region in &parts.arithmetic {
            found.extend(arithmetic(script, region.clone(), &fed));
        }
        found.extend(subscripts(script, &fed));
    }
    found.sort_by_key(|hazard| hazard.bytes.start);
    found.dedup_by_key(|hazard| hazard.bytes.start);
    found
}

/// The variables that values are put into: whether as a number.
fn fed(runbook: &Runbook, script: &str, commands: &[Vec<Word>]) -> BTreeMap<String, bool> {
    let mut fed: BTreeMap<String, bool> = BTreeMap::new();
    for word in commands.iter().flatten() {
        let Some((name, value)) = word.text.split_once('=') else {
            continue;
        };
        if name.is_empty() || name_at(name) != name {
            continue;
        }
        let from_others = word
            .variables
            .iter()
            .filter_map(|variable| fed.get(variable).copied())
            .reduce(|a, b| a && b);
        if word.value {
            let written = script.get(word.bytes.clone()).unwrap_or_default();
            let number = value == "{{}}" && is_number(runbook, written);
            let before = fed.get(name).copied().unwrap_or(true);
            fed.insert(name.to_owned(), before && number);
        } else if let Some(number) = from_others {
            let before = fed.get(name).copied().unwrap_or(true);
            fed.insert(name.to_owned(), before && number);
        }
    }
    fed
}

fn is_number(runbook: &Runbook, written: &str) -> bool {
    let inner = written
        .split_once("{{")
        .and_then(|(_, rest)| rest.split_once("}}"))
        .map(|(inner, _)| inner.trim());
    inner.is_some_and(|inner| {
        template::type_of_expression(inner, &runbook.types) == Ok(Type::Number)
    })
}

/// The first thing in a word that comes from a value.
fn carries(word: &Word, fed: &BTreeMap<String, bool>) -> Option<String> {
    if word.value {
        return Some("a value".to_owned());
    }
    let variable = word.variables.iter().find(|name| fed.contains_key(*name))?;
    Some(format!("`${variable}`, which holds a value"))
}

fn second_shell(command: &[Word], fed: &BTreeMap<String, bool>) -> Option<Hazard> {
    let name = |word: &Word| word.text.rsplit('/').next().unwrap_or_default().to_owned();
    let first = command
        .iter()
        .position(|word| !is_assignment(&word.text) && !is_runner(&name(word)))?;
    if name(&command[first]) == "eval" {
        let (word, what) = command[first + 1..]
            .iter()
            .find_map(|word| carries(word, fed).map(|what| (word, what)))?;
        return Some(Hazard {
            code: Code::Eval,
            bytes: word.bytes.clone(),
            message: format!("`eval` runs {what} as code"),
            hint: "call the command itself and pass the value as an argument".to_owned(),
        });
    }
    // `sh -c` may stand anywhere: after sudo, xargs, kubectl exec, find -exec.
    for (place, word) in command.iter().enumerate() {
        let shell = name(word);
        let takes_code = match shell.as_str() {
            "bash" | "sh" | "dash" | "zsh" | "ksh" | "ash" | "su" | "runuser" => {
                after_flag(&command[place + 1..], shell == "su" || shell == "runuser")
            }
            _ => None,
        };
        if let Some(code) = takes_code
            && let Some(what) = carries(code, fed)
        {
            return Some(Hazard {
                code: Code::SecondShell,
                bytes: code.bytes.clone(),
                message: format!("`{shell} -c` parses {what} a second time, as code"),
                hint: format!(
                    "keep the script in single quotes and pass the value behind it: {shell} -c 'command \"$1\"' {shell} {{{{ value }}}}"
                ),
            });
        }
    }
    let rest = &command[first + 1..];
    match name(&command[first]).as_str() {
        "ssh" => {
            let host = position_of_operand(rest, "bBcDEeFIiJLlmOopQRSWw")?;
            let (word, what) = rest[host + 1..]
                .iter()
                .find_map(|word| carries(word, fed).map(|what| (word, what)))?;
            Some(Hazard {
                code: Code::SecondShell,
                bytes: word.bytes.clone(),
                message: format!("the shell behind `ssh` parses {what} a second time, as code"),
                hint: "quote it for that shell: quoted=$(printf '%q' {{ value }}); ssh host \"command $quoted\", or hand it over on standard input".to_owned(),
            })
        }
        "watch"
            if !rest
                .iter()
                .any(|word| word.text == "-x" || word.text == "--exec") =>
        {
            let begin = position_of_operand(rest, "n")?;
            let (word, what) = rest[begin..]
                .iter()
                .find_map(|word| carries(word, fed).map(|what| (word, what)))?;
            Some(Hazard {
                code: Code::SecondShell,
                bytes: word.bytes.clone(),
                message: format!("`watch` hands {what} to a shell that parses it again"),
                hint: "watch -x runs the command as it is: watch -x command {{ value }}".to_owned(),
            })
        }
        _ => None,
    }
}

/// Programs that run the command behind them as it is.
fn is_runner(name: &str) -> bool {
    matches!(
        name,
        "sudo" | "env" | "exec" | "command" | "nohup" | "time" | "builtin" | "doas"
    )
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name_at(name) == name)
}

/// What follows a `-c`, alone or at the end of a cluster (`-ec`).
fn after_flag(words: &[Word], anywhere: bool) -> Option<&Word> {
    for (place, word) in words.iter().enumerate() {
        let text = word.text.as_str();
        if text == "--command"
            || text.starts_with('-') && !text.starts_with("--") && text.ends_with('c')
        {
            return words.get(place + 1);
        }
        // The first operand of a shell is a file; `su` takes a user before its flags.
        if !anywhere && !text.starts_with(['-', '+']) && text != "pipefail" {
            return None;
        }
    }
    None
}

/// The first word that is neither a flag nor a flag's value.
fn position_of_operand(words: &[Word], with_value: &str) -> Option<usize> {
    let mut skip = false;
    for (place, word) in words.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        match word.text.strip_prefix('-') {
            Some(flags) if !flags.is_empty() => {
                skip = flags.len() == 1 && with_value.contains(flags);
            }
            _ => return Some(place),
        }
    }
    None
}

/// `[[ $a -eq $b ]]` and `let`.
fn comparisons(script: &str, command: &[Word], fed: &BTreeMap<String, bool>) -> Vec<Hazard> {
    let Some(first) = command.first() else {
        return Vec::new();
    };
    let words: Vec<&Word> = match first.text.as_str() {
        "let" => command[1..].iter().collect(),
        "[[" => {
            let mut sides = Vec::new();
            for (place, word) in command.iter().enumerate() {
                let compares =
                    ["-eq", "-ne", "-lt", "-le", "-gt", "-ge"].contains(&word.text.as_str());
                if compares && place > 0 {
                    sides.push(&command[place - 1]);
                    sides.extend(command.get(place + 1));
                }
            }
            sides
        }
        _ => return Vec::new(),
    };
    words
        .into_iter()
        .filter_map(|word| arithmetic(script, word.bytes.clone(), fed))
        .collect()
}

/// Variables that arithmetic evaluates although they need not be numbers.
fn arithmetic(script: &str, region: Range<usize>, fed: &BTreeMap<String, bool>) -> Option<Hazard> {
    let text = script.get(region.clone())?;
    identifiers(text).into_iter().find_map(|(at, name)| {
        let number = *fed.get(name)?;
        if number || is_proven(script, name) {
            return None;
        }
        let start = region.start + at;
        Some(Hazard {
            code: Code::Arithmetic,
            bytes: start..start + name.len(),
            message: format!("shell arithmetic evaluates `{name}`, which holds a value that need not be a number"),
            hint: format!(
                "bash runs commands in subscripts there: declare `type: number` where the value is made, or refuse others first: case ${name} in '' | *[!0-9]*) exit 1 ;; esac"
            ),
        })
    })
}

/// `list[$name]`.
fn subscripts(script: &str, fed: &BTreeMap<String, bool>) -> Vec<Hazard> {
    let mut found = Vec::new();
    for (at, _) in script.match_indices('[') {
        let before = script[..at].chars().next_back();
        if !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let Some(end) = script[at..].find([']', '\n']) else {
            continue;
        };
        // A list is set or read here; in a glob or a regular expression nothing is evaluated.
        let name_start = script[..at]
            .rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .map_or(0, |n| n + 1);
        let is_read = script[..name_start].ends_with("${");
        let is_set = script[at + end..].starts_with("]=") || script[at + end..].starts_with("]+=");
        if is_read || is_set {
            found.extend(arithmetic(script, at + 1..at + end, fed));
        }
    }
    found
}

/// Names in a text, those behind `$` too.
fn identifiers(text: &str) -> BTreeSet<(usize, &str)> {
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let Some(c) = rest.chars().next() else { break };
        if c.is_ascii_alphabetic() || c == '_' {
            let name = name_at(rest);
            found.insert((at, name));
            at += name.len();
        } else {
            at += c.len_utf8();
            // `10#$mark`, `0x1f`: digits begin no name.
            if c.is_ascii_digit() {
                let digits = name_at(&text[at..]);
                at += digits.len();
            }
        }
    }
    found
}

/// Whether the script itself refuses what is no number.
fn is_proven(script: &str, name: &str) -> bool {
    let tested = [
        format!("case ${name} in"),
        format!("case \"${name}\" in"),
        format!("case ${{{name}}} in"),
        format!("case \"${{{name}}}\" in"),
    ];
    if tested
        .iter()
        .filter_map(|opening| script.split_once(opening.as_str()))
        .any(|(_, rest)| {
            rest.split("esac")
                .next()
                .is_some_and(|arms| arms.contains("[!0-9]") || arms.contains("[^0-9]"))
        })
    {
        return true;
    }
    [
        format!("${name} =~ ^"),
        format!("\"${name}\" =~ ^"),
        format!("${{{name}}} =~ ^"),
    ]
    .iter()
    .any(|test| script.contains(test.as_str()))
}

#[cfg(test)]
mod tests;
