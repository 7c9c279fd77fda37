//! Rendering: strict, and shell-safe by construction.
//!
//! Texts of a runbook are Tera templates in a subset that can be checked when
//! the file is loaded. We read the template into a tree (`markup`), Tera
//! evaluates each expression (`evaluate`), and we place the results. In shell
//! scripts a state machine (`shell`) follows the script's own quoting through
//! the text of that same tree, so that the quoting of each place is known
//! before any value is, and a value can never become code. Where that cannot
//! be known for sure, the script is refused.
//!
//! An undefined name is always a fault, never an empty string; a secret is
//! only ever the name of an environment variable.

mod comparison;
mod condition;
pub mod document;
mod evaluate;
mod expression;
mod fault;
mod markup;
mod rename;
mod render;
mod shell;
pub mod similar;
mod token;
mod typing;
mod value;

#[cfg(test)]
mod tests;

pub use comparison::{Sign, compared_with};
pub use condition::{Condition, Relation, Test, condition};
pub use fault::{About, Fault};
pub use rename::{rename_expression, rename_text};
pub use shell::Shell;
pub use value::{Names, Node, Scope, Type, Types, Value};

use expression::Expression;
use markup::Piece;
use typing::{Checker, File, Known};

/// A name that a template or an expression uses, and where (both from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The dotted name.
    pub path: String,
    /// The line within the source.
    pub line: usize,
    /// The column within the line, in characters.
    pub column: usize,
    /// Where it begins in the source, in bytes, from 0.
    pub offset: usize,
}

/// Checks a plain text template (a title, a target, a value of `env`): it
/// parses, every name is known, types fit, and no secret is used.
pub fn check_text(source: &str, types: &Types) -> Result<(), Vec<Fault>> {
    let pieces = markup::parse(source).map_err(|fault| vec![fault])?;
    none_of(render::check(source, &pieces, File::Types(types), false))
}

/// Renders a plain text template. What [`check_text`] refuses, this refuses.
pub fn render_text(source: &str, scope: &Scope) -> Result<String, Fault> {
    let pieces = markup::parse(source)?;
    check_values(source, &pieces, scope, false)?;
    render::render(source, &pieces, None, scope)
}

/// Whether a template is text alone: it becomes the same whatever the values are.
/// Most texts of a runbook are that.
pub fn is_plain(source: &str) -> bool {
    // Every mark begins with one of these, and most texts have neither.
    !source.contains(['{', '<']) || markup::parse(source).is_ok_and(|pieces| is_text(&pieces))
}

/// The template of a text that comes out exactly as it stands.
pub fn literal(text: &str) -> String {
    // Without these two characters there is no mark of a template.
    let mut source = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '{' => source.push_str("{{ \"{\" }}"),
            '<' => source.push_str("{{ \"<\" }}"),
            c => source.push(c),
        }
    }
    source
}

/// The type of a text that is nothing but one `{{ … }}`.
pub fn type_of_sole(source: &str, types: &Types) -> Option<Type> {
    let pieces = markup::parse(source).ok()?;
    match pieces.as_slice() {
        [Piece::Site { expression, .. }] => typed(source, expression, types).ok(),
        _ => None,
    }
}

fn is_text(pieces: &[Piece<'_>]) -> bool {
    pieces.iter().all(|piece| matches!(piece, Piece::Text(_)))
}

/// Checks a template against the values that it is about to be rendered with.
/// Text alone has nothing to check.
fn check_values(
    source: &str,
    pieces: &[Piece<'_>],
    scope: &Scope,
    secrets: bool,
) -> Result<(), Fault> {
    if is_text(pieces) {
        return Ok(());
    }
    first_of(render::check(source, pieces, File::Values(scope), secrets))
}

/// Checks a shell script: as [`check_text`], and every value stands where it
/// can be quoted. A secret may stand alone in `{{ }}`.
pub fn check_script(source: &str, shell: Shell, types: &Types) -> Result<(), Vec<Fault>> {
    let pieces = markup::parse(source).map_err(|fault| vec![fault])?;
    let mut faults = render::check(source, &pieces, File::Types(types), true);
    faults.extend(shell::contexts(source, &pieces, shell).1);
    faults.truncate(fault::MOST_FAULTS);
    faults.sort_by_key(|fault| (fault.line, fault.column));
    none_of(faults)
}

/// Whether a script as it runs closes every quote, bracket and here-document
/// that it opens, as far as we can follow it.
pub fn is_whole(script: &str, shell: Shell) -> bool {
    shell::is_whole(script, shell)
}

/// Renders a shell script with every value quoted for the place where it
/// stands. What [`check_script`] refuses, this refuses.
pub fn render_script(source: &str, shell: Shell, scope: &Scope) -> Result<String, Fault> {
    let pieces = markup::parse(source)?;
    let (contexts, faults) = shell::contexts(source, &pieces, shell);
    first_of(faults)?;
    check_values(source, &pieces, scope, true)?;
    render::render(source, &pieces, Some(&contexts), scope)
}

/// Checks a script whose language we cannot quote for (python3, an argv): it
/// holds no `{{` and no `{%` at all.
pub fn check_plain(source: &str) -> Result<(), Vec<Fault>> {
    let marks = source.match_indices("{{").chain(source.match_indices("{%"));
    let mut faults: Vec<Fault> = marks
        .take(fault::MOST_FAULTS)
        .map(|(at, mark)| {
            let message = format!("`{mark}`: a value cannot be quoted for this language");
            Fault::at(source, &(at..at + mark.len()), message)
                .about(About::Plain)
                .hint("pass it through `env:` and read the environment variable")
        })
        .collect();
    faults.sort_by_key(|fault| (fault.line, fault.column));
    none_of(faults)
}

/// Checks that an expression has the type `expected`.
pub fn check_expression(source: &str, types: &Types, expected: Type) -> Result<(), Vec<Fault>> {
    let expression = parse_expression(source).map_err(|fault| vec![fault])?;
    let found = typed(source, &expression, types)?;
    if found == expected {
        return Ok(());
    }
    let fault = Fault::at(
        source,
        &expression.span,
        format!("this is a {found}, and a {expected} is needed"),
    )
    .about(About::Types);
    Err(vec![match expected {
        Type::Boolean => fault.hint("compare it with something, as in `error_rate > 1`"),
        _ => fault,
    }])
}

/// The type of an expression.
pub fn type_of_expression(source: &str, types: &Types) -> Result<Type, Vec<Fault>> {
    let expression = parse_expression(source).map_err(|fault| vec![fault])?;
    typed(source, &expression, types)
}

/// Evaluates a condition: exactly true or false.
pub fn evaluate(source: &str, scope: &Scope) -> Result<bool, Fault> {
    render::truth(source, &parse_expression(source)?, scope.into())
}

/// Evaluates an expression to a value. A name gives its value unchanged.
pub fn evaluate_value(source: &str, scope: &Scope) -> Result<Value, Fault> {
    evaluate::value(source, &parse_expression(source)?, scope.into())
}

/// Every dotted name that a template uses, in order, but for those it makes
/// itself (`for`, `set`). Empty if it does not parse: the checks say why.
pub fn names_in_text(source: &str) -> Vec<Name> {
    let mut found = Vec::new();
    let pieces = markup::parse(source).unwrap_or_default();
    gather(&pieces, &mut Vec::new(), &mut found);
    located(source, found)
}

/// Every dotted name that an expression uses, in order. Empty if it does not
/// parse: [`check_expression`] says why.
pub fn names_in_expression(source: &str) -> Vec<Name> {
    let mut found = Vec::new();
    let expression = parse_expression(source).ok();
    if let Some(expression) = &expression {
        used(expression, &[], &mut found);
    }
    located(source, found)
}

fn parse_expression(source: &str) -> Result<Expression, Fault> {
    if source.len() > markup::LONGEST_SOURCE {
        return Err(Fault::at(
            source,
            &(0..0),
            "this expression is longer than 1 MiB",
        ));
    }
    if let Some(at) = source
        .find("{{")
        .filter(|at| source[..*at].trim().is_empty())
    {
        let message = "an expression stands without `{{` and `}}`";
        let fault = Fault::at(source, &(at..at + 2), message);
        return Err(fault.hint("write the names alone, as in `error_rate > 1`"));
    }
    expression::parse(source)
}

fn typed(source: &str, expression: &Expression, types: &Types) -> Result<Type, Vec<Fault>> {
    let own = Types::new();
    let mut checker = Checker::new(
        source,
        Known::Types {
            own: &own,
            file: File::Types(types),
        },
    );
    checker.type_of(expression).ok_or(checker.faults)
}

fn none_of(faults: Vec<Fault>) -> Result<(), Vec<Fault>> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

fn first_of(faults: Vec<Fault>) -> Result<(), Fault> {
    faults.into_iter().next().map_or(Ok(()), Err)
}

type Found<'a> = Vec<(&'a str, std::ops::Range<usize>)>;

/// Lines and columns of names that stand in the order of the source.
fn located(source: &str, found: Found<'_>) -> Vec<Name> {
    let (mut line, mut column, mut offset) = (1, 1, 0);
    let mut names = Vec::new();
    for (path, span) in found {
        for c in source.get(offset..span.start).unwrap_or_default().chars() {
            (line, column) = if c == '\n' {
                (line + 1, 1)
            } else {
                (line, column + 1)
            };
        }
        offset = span.start;
        names.push(Name {
            path: path.to_owned(),
            line,
            column,
            offset,
        });
    }
    names
}

fn gather<'a>(pieces: &'a [Piece<'_>], made: &mut Vec<&'a str>, found: &mut Found<'a>) {
    let outside = made.len();
    for piece in pieces {
        match piece {
            Piece::Text(_) => {}
            Piece::Site { expression, .. } => used(expression, made, found),
            Piece::If {
                branches,
                otherwise,
                ..
            } => {
                for branch in branches {
                    used(&branch.condition, made, found);
                    gather(&branch.body, made, found);
                }
                gather(otherwise, made, found);
            }
            Piece::For {
                name, items, body, ..
            } => {
                used(items, made, found);
                made.extend([name.as_str(), "loop"]);
                gather(body, made, found);
                made.truncate(made.len() - 2);
            }
            Piece::Set {
                name, expression, ..
            } => {
                used(expression, made, found);
                made.push(name);
            }
        }
    }
    made.truncate(outside);
}

fn used<'a>(expression: &'a Expression, made: &[&str], found: &mut Found<'a>) {
    let mut names = Vec::new();
    expression::names(expression, &mut names);
    names.retain(|(path, _)| !made.contains(&path.split('.').next().unwrap_or(path)));
    found.append(&mut names);
}

/// The secret input that a text consists of, if it is nothing but `{{ name }}`
/// of one. Such a variable of a command is passed by reference.
pub fn secret_reference(source: &str, types: &Types) -> Option<String> {
    let name = source.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    matches!(types.get(name), Some(Type::Secret)).then(|| name.to_owned())
}
