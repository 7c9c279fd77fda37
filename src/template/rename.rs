//! Other names in the same template: for a runbook that stands inside another one.
//!
//! Only names change, found by the parser that also checks and renders. Text, and
//! with it a script's shell, comes out byte for byte.

use std::ops::Range;

use super::expression::{self, Expression};
use super::fault::Fault;
use super::markup::{self, Piece};
use super::token::{self, Token, Until};

type Found<'a> = Vec<(&'a str, Range<usize>)>;

/// A text or script in which `new` says what each dotted name is called instead;
/// `None` leaves it. Names that the template makes itself (`for`, `set`) are asked
/// for too, so that they cannot come to mean something of the file around.
pub fn rename_text(source: &str, new: &dyn Fn(&str) -> Option<String>) -> Result<String, Fault> {
    let pieces = markup::parse(source)?;
    let mut found = Vec::new();
    gather(source, &pieces, &mut found);
    Ok(replaced(source, found, new))
}

/// An expression in which `new` says what each dotted name is called instead.
pub fn rename_expression(
    source: &str,
    new: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Fault> {
    let expression = super::parse_expression(source)?;
    let mut found = Vec::new();
    expression::names(&expression, &mut found);
    Ok(replaced(source, found, new))
}

fn gather<'a>(source: &str, pieces: &'a [Piece<'_>], found: &mut Found<'a>) {
    for piece in pieces {
        match piece {
            Piece::Text(_) => {}
            Piece::Site { expression, .. } => names(expression, found),
            Piece::If {
                branches,
                otherwise,
                ..
            } => {
                for branch in branches {
                    names(&branch.condition, found);
                    gather(source, &branch.body, found);
                }
                gather(source, otherwise, found);
            }
            Piece::For {
                name,
                items,
                body,
                span,
            } => {
                if let Some(place) = loop_name(source, span) {
                    found.push((name, place));
                }
                names(items, found);
                gather(source, body, found);
            }
            Piece::Set {
                name,
                expression,
                span,
            } => {
                found.push((name, span.clone()));
                names(expression, found);
            }
        }
    }
}

/// What a loop tells about itself keeps its name.
fn names<'a>(expression: &'a Expression, found: &mut Found<'a>) {
    let mut all = Vec::new();
    expression::names(expression, &mut all);
    all.retain(|(path, _)| path.split('.').next() != Some("loop"));
    found.append(&mut all);
}

/// Where the name of a loop stands: the second word of its tag.
fn loop_name(source: &str, tag: &Range<usize>) -> Option<Range<usize>> {
    let inside = tag.start + 2;
    let trims = source.as_bytes().get(inside) == Some(&b'-');
    let run = token::tokens(source, inside + usize::from(trims), Until::Tag).ok()?;
    match run.tokens.get(1)? {
        (Token::Word(_), span) => Some(span.clone()),
        _ => None,
    }
}

fn replaced(source: &str, mut found: Found<'_>, new: &dyn Fn(&str) -> Option<String>) -> String {
    found.sort_by_key(|(_, span)| span.start);
    let mut out = String::with_capacity(source.len());
    let mut done = 0;
    for (path, span) in found {
        let Some(name) = new(path).filter(|name| name != path) else {
            continue;
        };
        // Brackets around a name belong to its expression.
        let around = |c: char| c == '(' || c == ')' || c.is_ascii_whitespace();
        let written = &source[span.clone()];
        let start = span.end - written.trim_start_matches(around).len();
        let end = span.start + written.trim_end_matches(around).len();
        out.push_str(&source[done..start]);
        out.push_str(&name);
        done = end;
    }
    out.push_str(&source[done..]);
    out
}
