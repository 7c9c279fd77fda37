//! A script as it would run, with words in place of its values.

use super::parse::Language;
use crate::runbook::Runbook;
use crate::template::{self, Scope, Type, Value};

/// A word that means nothing to any shell, wherever it stands.
const WORD: &str = "x";

/// The script as it would run: once, or twice where it branches on values.
/// Empty if it cannot be filled in, which loading has said.
pub fn fill(runbook: &Runbook, source: &str, language: Language) -> Vec<String> {
    let shell = match language {
        Language::Bash => template::Shell::Bash,
        Language::Sh => template::Shell::Sh,
        Language::Python => return vec![source.to_owned()],
    };
    if let Some(filled) = words(source) {
        return vec![filled];
    }
    let mut filled: Vec<String> = [true, false]
        .into_iter()
        .filter_map(|some| template::render_script(source, shell, &scope(runbook, some)).ok())
        .collect();
    filled.dedup();
    filled
}

/// With a word in place of each value and every line where it was; `None` if
/// there is more to it than values.
fn words(source: &str) -> Option<String> {
    if source.contains("{%")
        || source.contains("<#")
        || source.contains("{{-")
        || source.contains("-}}")
    {
        return None;
    }
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("{{") {
        let (before, site) = rest.split_at(at);
        let end = end_of_site(site)?;
        out.push_str(before);
        out.push_str(WORD);
        // A value that spans lines keeps them, as blanks after it would.
        if site[..end].contains('\n') {
            return None;
        }
        rest = &site[end..];
    }
    out.push_str(rest);
    Some(out)
}

/// Where `{{ … }}` ends, quotes in it looked through.
fn end_of_site(site: &str) -> Option<usize> {
    let mut quote = None;
    let bytes = site.as_bytes();
    let mut at = 2;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            (None, c @ (b'"' | b'\'' | b'`')) => quote = Some(c),
            (Some(_), b'\\') => at += 1,
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Values for every name: such that conditions hold, and such that they do not.
fn scope(runbook: &Runbook, some: bool) -> Scope {
    let mut scope = Scope::default();
    for name in runbook.types.names() {
        let value = match runbook.types.get(&name) {
            Some(Type::Number) => Value::Number(u64::from(some).into()),
            Some(Type::Boolean) => Value::Boolean(some),
            Some(Type::Secret) => Value::Secret {
                variable: "SECRET".to_owned(),
            },
            _ => Value::String(if some { WORD } else { "" }.to_owned()),
        };
        scope.insert(&name, value);
    }
    scope
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_in_place_of_each_value() {
        assert_eq!(
            words("a {{ b }} \"{{ c ~ \"}}\" }}\"\n{{d}}").as_deref(),
            Some("a x \"x\"\nx")
        );
        assert_eq!(words("{% if a %}b{% endif %}"), None);
        assert_eq!(words("a {{ b"), None);
    }
}
