//! What is taken from a command's output.

use std::collections::BTreeSet;

use super::{
    fields::{Named, Reader, listed, meant},
    inputs,
};
use crate::runbook::{
    Code, Output, Pick, Script,
    yaml::{Key, Node, Value as Yaml},
};
use crate::template::Type;

pub fn outputs(
    reader: &mut Reader,
    node: &Node,
    scripts: &[Script],
    parallel: bool,
) -> Vec<Output> {
    let known: BTreeSet<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
    reader.map(node, |reader, key, node| {
        let name = reader.name(&key.name, key.at);
        if name.is_some() {
            let step = reader.step;
            let name = key.name.clone();
            reader.places.insert(Named::Made { step, name }, key.at);
        }
        if node.value == Yaml::Null {
            let from = script(reader, key, None, scripts, &known, parallel);
            return Some(Output {
                name: name?,
                pick: Pick::Variable(key.name.clone()),
                kind: Type::String,
                default: None,
                from,
            });
        }
        let mut fields = reader.fields(node, "an output")?;
        let given = ["regex", "json", "line", "text"]
            .into_iter()
            .filter(|way| {
                fields
                    .take(way)
                    .is_some_and(|n| n.value != Yaml::Bool(false))
            })
            .count();
        let regex = fields
            .take("regex")
            .and_then(|n| pattern(reader, n))
            .map(Pick::Regex);
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
            .and_then(|n| inputs::value_type(reader, n))
            .unwrap_or(Type::String);
        let default = fields
            .take("default")
            .and_then(|n| inputs::value(reader, n, kind));
        let from = script(reader, key, fields.take("from"), scripts, &known, parallel);
        fields.finish(reader);
        if given > 1 {
            reader.error_hint(
                Code::Conflict,
                key.at,
                format!("the output `{}` is found in more than one way", key.name),
                "keep one of `regex`, `json`, `line`, `text: true`; without any, the script \
                 writes NAME=value into the file that $RBCONSOLE_OUTPUT names",
            );
        }
        // A way that is wrong was reported; the name is made all the same.
        let pick = regex.or(json).or(line).or(text);
        let pick = pick.unwrap_or_else(|| Pick::Variable(key.name.clone()));
        Some(Output {
            name: name?,
            pick,
            kind,
            default,
            from,
        })
    })
}

/// Which of a step's scripts an output comes from.
fn script(
    reader: &mut Reader,
    output: &Key,
    from: Option<&Node>,
    scripts: &[Script],
    known: &BTreeSet<&str>,
    parallel: bool,
) -> Option<String> {
    if reader.is_full() {
        return None;
    }
    let names = || scripts.iter().map(|script| script.name.as_str());
    let Some(node) = from else {
        return match scripts {
            [only] if parallel => Some(only.name.clone()),
            [_, _, ..] => {
                reader.error_hint(
                    Code::MissingField,
                    output.at,
                    format!(
                        "nothing says which script the output `{}` comes from",
                        output.name
                    ),
                    listed(names(), 12, "add `from`, one of: "),
                );
                None
            }
            _ => None,
        };
    };
    if !parallel {
        reader.error_hint(
            Code::Conflict,
            node.at,
            "`from` names one of several scripts, and this step has only one",
            "remove `from`",
        );
        return None;
    }
    let name = reader.string(node)?;
    // Without any script that could be read, every name would be unknown.
    if scripts.is_empty() || known.contains(name.as_str()) {
        return Some(name);
    }
    let hint = meant(&name, names(), "one of: ");
    reader.error_hint(
        Code::UnknownName,
        node.at,
        format!("this step has no script `{name}`"),
        hint,
    );
    None
}

/// The source of a pattern whose first group is the value. Nothing looks for it yet, so
/// one that is sure to compile is only parsed: compiling all outputs of a library took
/// half of the time of checking it.
fn pattern(reader: &mut Reader, node: &Node) -> Option<String> {
    if let Yaml::Text(source) = &node.value
        && is_sure_to_compile(source)
    {
        return Some(source.clone());
    }
    let pattern = reader.grouped(node)?;
    Some(pattern.source().to_owned())
}

/// Whether a pattern has a group and nothing can keep it from being compiled: what is
/// short and repeats nothing a given number of times never grows too large.
fn is_sure_to_compile(pattern: &str) -> bool {
    pattern.len() <= 100
        && !pattern.contains('{')
        && regex_syntax::parse(pattern)
            .is_ok_and(|parsed| parsed.properties().explicit_captures_len() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sure_to_compile_compiles() {
        // The largest class there is, as often as it fits.
        let heaviest = format!("({})", r"\W".repeat(49));
        for pattern in ["part=(.+)", "(?i)a|(b)", r"rate ([\d.]+)", &heaviest] {
            assert!(is_sure_to_compile(pattern), "{pattern}");
            assert!(regex::Regex::new(pattern).is_ok(), "{pattern}");
            assert!(regex::bytes::Regex::new(pattern).is_ok(), "{pattern}");
        }
        for pattern in ["(", "no group", "(a{1000}{1000})", "(?:x)"] {
            assert!(!is_sure_to_compile(pattern), "{pattern}");
        }
    }
}
