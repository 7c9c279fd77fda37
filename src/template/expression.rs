//! Expressions: the part of Tera's grammar that can be checked, with Tera's
//! own precedence.
//!
//! The parser only judges; Tera evaluates the author's own text. So it must
//! accept nothing that Tera reads differently: same binding powers, and
//! stricter limits.

mod parser;

use std::ops::Range;

use super::fault::Fault;
use super::token::{self, Located, Token, Until};
use parser::Parser;

/// An expression and the bytes of the source it covers, brackets included.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expression {
    pub kind: Kind,
    pub span: Range<usize>,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Text(String),
    Number,
    Boolean(bool),
    /// A dotted name.
    Name(String),
    /// `not x`
    Not(Box<Expression>),
    /// `-x`
    Negative(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// `x | name(argument=literal)`
    Filter(Box<Expression>, Filter),
    /// `[a, b]`, only after `in`.
    List(Vec<Expression>),
}

/// A filter as written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    pub name: String,
    pub span: Range<usize>,
    pub arguments: Vec<Argument>,
}

/// One `name=literal` of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Argument {
    pub name: String,
    pub literal: Token,
    pub span: Range<usize>,
}

/// The binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    In,
    NotIn,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Remainder,
    Concat,
}

impl Operator {
    /// How the author writes it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Concat => "~",
        }
    }

    /// Tera's left binding power; the right one is one more (all associate left).
    fn power(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 3,
            Self::In | Self::NotIn => 5,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual => 7,
            Self::Plus | Self::Minus => 11,
            Self::Times | Self::Divide | Self::Remainder | Self::Concat => 13,
        }
    }
}

/// Words that Tera keeps for itself and that cannot be names.
pub(super) const RESERVED: [&str; 19] = [
    "true", "True", "false", "False", "loop", "self", "and", "or", "not", "is", "in", "continue",
    "break", "none", "None", "null", "if", "else", "for",
];

/// Parses a whole source as one expression.
pub(super) fn parse(source: &str) -> Result<Expression, Fault> {
    let run = token::tokens(source, 0, Until::End)?;
    parse_tokens(source, &run.tokens, 0..source.len())
}

/// Parses tokens cut from `source` as one expression; `whole` is what to
/// underline when there are none.
pub(super) fn parse_tokens(
    source: &str,
    tokens: &[Located],
    whole: Range<usize>,
) -> Result<Expression, Fault> {
    let mut parser = Parser::new(source, tokens, whole);
    let expression = parser.expression(0)?;
    parser.finish(expression)
}

/// Parses what a loop runs over: a list, or an expression.
pub(super) fn parse_items(
    source: &str,
    tokens: &[Located],
    whole: Range<usize>,
) -> Result<Expression, Fault> {
    if matches!(tokens.first(), Some((Token::Sign("["), _))) {
        let mut parser = Parser::new(source, tokens, whole);
        let list = parser.list()?;
        return parser.finish(list);
    }
    parse_tokens(source, tokens, whole)
}

/// Every name used, with where.
pub(super) fn names<'a>(expression: &'a Expression, found: &mut Vec<(&'a str, Range<usize>)>) {
    match &expression.kind {
        Kind::Text(_) | Kind::Number | Kind::Boolean(_) => {}
        Kind::Name(path) => found.push((path, expression.span.clone())),
        Kind::Not(inner) | Kind::Negative(inner) | Kind::Filter(inner, _) => names(inner, found),
        Kind::Binary(_, left, right) => {
            names(left, found);
            names(right, found);
        }
        Kind::List(items) => items.iter().for_each(|item| names(item, found)),
    }
}
