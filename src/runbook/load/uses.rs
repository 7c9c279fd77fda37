//! Steps that use another runbook: reading them, and finding what they use.
//!
//! A used runbook is loaded by itself, so that what is wrong in it is said where it
//! stands; then its phases are put in the place of the step, under names with the
//! step's id before them (`prefix`, `splice`, `settle`). What runs is one flat runbook.

mod inputs;
mod prefix;
mod settle;
mod splice;

use std::{collections::BTreeMap, rc::Rc};

use super::fields::Reader;
use crate::runbook::{
    Code, Expression, Step, Text,
    diagnostic::{Diagnostic, Severity, Span},
    model::Runbook,
    yaml::{Node, Value as Yaml},
};
use crate::template;

pub use settle::settle;
pub use splice::splice;

/// How many runbooks may stand in one another.
const DEEPEST: usize = 8;

/// Gives the text of a runbook by its name, or a sentence why it cannot.
pub type Find<'a> = dyn Fn(&str) -> Result<String, String> + 'a;

/// A step that uses another runbook, as it stands in the file.
#[derive(Debug, Clone)]
pub struct Uses {
    /// The number of its phase in the file.
    phase: usize,
    /// How many steps of that phase stand before it, those that use runbooks not counted.
    before: usize,
    id: String,
    title: Option<String>,
    when: Option<Expression>,
    name: String,
    name_at: Span,
    with: Vec<With>,
    at: Span,
}

impl Uses {
    fn prefix(&self) -> String {
        format!("{}__", self.id)
    }
}

/// One input of the used runbook.
#[derive(Debug, Clone)]
struct With {
    name: String,
    at: Span,
    text: Text,
}

/// The steps of a phase; those that use another runbook are kept apart.
pub fn steps(
    reader: &mut Reader,
    node: &Node,
    mut read: impl FnMut(&mut Reader, &Node) -> Option<Step>,
) -> Vec<Step> {
    let Yaml::List(items) = &node.value else {
        return reader.list(node, read);
    };
    let mut steps = Vec::new();
    for item in items {
        if is_one(item) {
            let uses = one(reader, item, steps.len());
            reader.uses.extend(uses);
        } else {
            steps.extend(read(reader, item));
        }
    }
    steps
}

fn is_one(node: &Node) -> bool {
    let Yaml::Map(entries) = &node.value else {
        return false;
    };
    entries
        .iter()
        .any(|(key, _)| key.name == "uses" || key.name == "with")
}

/// Where a step says `uses`, if it does.
pub fn place(node: &Node) -> Option<Span> {
    let Yaml::Map(entries) = &node.value else {
        return None;
    };
    let (key, _) = entries.iter().find(|(key, _)| key.name == "uses")?;
    Some(key.at)
}

fn one(reader: &mut Reader, node: &Node, before: usize) -> Option<Uses> {
    let mut fields = reader.fields(node, "a step that uses a runbook")?;
    let f = &mut fields;
    let id_node = f.need(reader, "id");
    let id = id_node.and_then(|n| {
        let id = reader.string(n).and_then(|id| reader.id(&id, n.at))?;
        if id.contains("__") || id.ends_with('_') {
            reader.error_hint(
 Code::Uses,
                n.at,
                format!("`{id}` cannot be the id of a step that uses a runbook"),
                "its names get this id and `__` before them: write it without `__` inside and `_` at its end",
            );
            return None;
        }
        Some(id)
    });
    let at = id_node.map_or(f.place(), |n| n.at);
    let title = f.take("title").and_then(|n| {
        let title = reader.string(n)?;
        if !template::is_plain(&title) {
            reader.error_hint(
                Code::Uses,
                n.at,
                "nothing can be filled in here: it stands before the titles of the used phases",
                "write plain text",
            );
        }
        Some(title)
    });
    let when = f.take("when").and_then(|n| reader.expression(n));
    let name_node = f.need(reader, "uses");
    let name = name_node.and_then(|n| {
        let name = reader.string(n)?;
        if !is_name(&name) {
            reader.error_hint(
                Code::Uses,
                n.at,
                format!("`{name}` is not the name of a runbook"),
                "name it without folder and `.yaml`: kubernetes-rollout",
            );
            return None;
        }
        Some(name)
    });
    let with = f
        .take("with")
        .map(|n| {
            reader.map(n, |reader, key, item| {
                let source = match &item.value {
                    Yaml::Bool(value) => value.to_string(),
                    _ => reader.string(item)?,
                };
                Some(With {
                    name: key.name.clone(),
                    at: key.at,
                    text: Text {
                        source,
                        at: item.at,
                    },
                })
            })
        })
        .unwrap_or_default();
    for kind in ["run", "gate", "manual", "wait", "parallel"] {
        if f.take(kind).is_some() {
            reader.error_hint(
                Code::Uses,
                f.key_at(kind),
                format!("a step has one kind; this one has `uses` and `{kind}`"),
                "make two steps of it",
            );
        }
    }
    fields.finish(reader);
    Some(Uses {
        phase: reader.phases.saturating_sub(1),
        before,
        id: id?,
        title,
        when,
        name: name?,
        name_at: name_node?.at,
        with,
        at,
    })
}

/// A name that is also safe as the name of the file that a run keeps.
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.len() <= 100
        && name.chars().all(fits)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// A used runbook, loaded.
struct Book {
    runbook: Runbook,
    text: String,
    /// How many runbooks stand in one another, this one counted.
    height: usize,
    /// How long all their texts are.
    bytes: usize,
}

/// What was looked up while one file is loaded.
pub struct Books<'a> {
    find: &'a Find<'a>,
    known: BTreeMap<String, Rc<Result<Book, String>>>,
    /// The names that are being loaded, the outer one first.
    path: Vec<String>,
    /// That runbooks use each other in a circle, or too deep: no file of them is to blame alone.
    endless: Option<String>,
    /// Of the file that was read last.
    height: usize,
    bytes: usize,
}

impl<'a> Books<'a> {
    pub fn new(find: &'a Find<'a>) -> Self {
        Self {
            find,
            known: BTreeMap::new(),
            path: Vec::new(),
            endless: None,
            height: 0,
            bytes: 0,
        }
    }

    fn book(&mut self, name: &str) -> Rc<Result<Book, String>> {
        if let Some(known) = self.known.get(name) {
            return Rc::clone(known);
        }
        let book = Rc::new(self.look_up(name));
        self.known.insert(name.to_owned(), Rc::clone(&book));
        book
    }

    fn look_up(&mut self, name: &str) -> Result<Book, String> {
        let way = |path: &[String]| format!("{} → {name}", path.join(" → "));
        if let Some(start) = self.path.iter().position(|known| known == name) {
            let circle = format!("`{name}` uses itself: {}", way(&self.path[start..]));
            self.endless = Some(circle.clone());
            return Err(circle);
        }
        if self.path.len() >= DEEPEST {
            let deep = too_deep(&way(&self.path));
            self.endless = Some(deep.clone());
            return Err(deep);
        }
        let text = (self.find)(name)?;
        self.path.push(name.to_owned());
        let before = self.endless.take();
        let loaded = super::one_file(&text, self);
        self.path.pop();
        let endless = self.endless.take();
        self.endless = before.or_else(|| endless.clone());
        match loaded.runbook {
            Some(runbook) => Ok(Book {
                runbook,
                height: self.height + 1,
                bytes: self.bytes + text.len(),
                text,
            }),
            None => Err(endless.unwrap_or_else(|| wrong(name, &loaded.findings))),
        }
    }
}

fn too_deep(way: &str) -> String {
    format!("more than {DEEPEST} runbooks use one another: {way}")
}

/// What is wrong with a used runbook, in one sentence.
fn wrong(name: &str, findings: &[Diagnostic]) -> String {
    let errors: Vec<&Diagnostic> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    let count = match errors.len() {
        1 => "an error".to_owned(),
        count => format!("{count} errors"),
    };
    let the_first = if errors.len() > 1 { ", the first" } else { "" };
    let first = errors.first().map_or_else(String::new, |first| {
        format!("{the_first} at line {}: {}", first.at.line, first.message)
    });
    format!("`{name}` has {count}{first} (`rbconsole check` says all about it)")
}

fn error(at: Span, message: impl Into<String>, hint: impl Into<String>) -> Diagnostic {
    Diagnostic::error(at, message).hint(hint).code(Code::Uses)
}
