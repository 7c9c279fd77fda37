//! The parser: Tera's algorithm (binding powers), for our part of its grammar.

use std::ops::Range;

use super::super::fault::Fault;
use super::super::token::{Located, Token};
use super::{Argument, Expression, Filter, Kind, Operator, RESERVED};

/// Tera stops at 40 levels; ours wraps the expression once and is stricter.
const DEEPEST: usize = 32;
/// Tera stops at 256 operators and dots.
const MOST_OPERATORS: usize = 200;
const NOT_POWER: u8 = 5;
const FILTER_POWER: u8 = 17;
const NEGATIVE_POWER: u8 = 20;

/// Reads one run of tokens.
pub(super) struct Parser<'a> {
    source: &'a str,
    tokens: &'a [Located],
    at: usize,
    depth: usize,
    operators: usize,
    whole: Range<usize>,
}

impl<'a> Parser<'a> {
    pub fn new(source: &'a str, tokens: &'a [Located], whole: Range<usize>) -> Self {
        Self {
            source,
            tokens,
            at: 0,
            depth: 0,
            operators: 0,
            whole,
        }
    }

    /// `expression`, if nothing is left after it.
    pub fn finish(&self, expression: Expression) -> Result<Expression, Fault> {
        match self.tokens.get(self.at) {
            None => Ok(expression),
            Some((found, span)) => Err(self.unexpected(found, span)),
        }
    }

    fn sign(&self) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some((Token::Sign(sign), _)) => Some(sign),
            _ => None,
        }
    }

    fn word(&self, offset: usize) -> Option<&str> {
        match self.tokens.get(self.at + offset) {
            Some((Token::Word(word), _)) => Some(word),
            _ => None,
        }
    }

    fn end(&self) -> usize {
        self.at
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(self.whole.end, |(_, span)| span.end)
    }

    fn next(&mut self) -> Result<Located, Fault> {
        let Some(token) = self.tokens.get(self.at) else {
            return Err(if self.at == 0 {
                Fault::at(self.source, &self.whole, "an expression is missing here")
            } else {
                let end = self.end();
                let span = end.saturating_sub(1)..end;
                Fault::at(self.source, &span, "the expression breaks off here")
            });
        };
        self.at += 1;
        Ok(token.clone())
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), Fault> {
        let (token, span) = self.next()?;
        if token == Token::Sign(sign) {
            return Ok(());
        }
        let found = &self.source[span.clone()];
        Err(Fault::at(
            self.source,
            &span,
            format!("`{sign}` is expected here, not `{found}`"),
        ))
    }

    fn count(&mut self, span: &Range<usize>) -> Result<(), Fault> {
        self.operators += 1;
        if self.operators > MOST_OPERATORS {
            return Err(
                Fault::at(self.source, span, "this expression is too long").hint(format!(
                    "an expression has at most {MOST_OPERATORS} operators and dots"
                )),
            );
        }
        Ok(())
    }

    /// An expression whose operators bind at least as tightly as `least`.
    pub fn expression(&mut self, least: u8) -> Result<Expression, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let span = self
                .tokens
                .get(self.at)
                .map_or(self.whole.clone(), |t| t.1.clone());
            return Err(
                Fault::at(self.source, &span, "this expression is nested too deep")
                    .hint(format!("an expression nests at most {DEEPEST} levels")),
            );
        }
        let parsed = self.operand().and_then(|left| self.operators(left, least));
        self.depth -= 1;
        parsed
    }

    /// A literal, a name, a bracketed expression or one with `-` or `not` before it.
    fn operand(&mut self) -> Result<Expression, Fault> {
        let (token, span) = self.next()?;
        let kind = match token {
            Token::Text(text) => Kind::Text(text),
            Token::Number => return self.number(span),
            Token::Boolean(truth) => Kind::Boolean(truth),
            Token::Word(word) if word == "not" => {
                self.no_second_prefix()?;
                let inner = self.expression(NOT_POWER)?;
                let span = span.start..self.end();
                return Ok(Expression {
                    kind: Kind::Not(Box::new(inner)),
                    span,
                });
            }
            Token::Sign("-") => {
                self.no_second_prefix()?;
                let inner = self.expression(NEGATIVE_POWER)?;
                let span = span.start..self.end();
                return Ok(match inner.kind {
                    Kind::Number => Expression {
                        kind: Kind::Number,
                        span,
                    },
                    _ => Expression {
                        kind: Kind::Negative(Box::new(inner)),
                        span,
                    },
                });
            }
            Token::Sign("(") => {
                let inner = self.expression(0)?;
                self.expect(")")?;
                return Ok(Expression {
                    kind: inner.kind,
                    span: span.start..self.end(),
                });
            }
            Token::Word(word) => return self.name(word, span),
            Token::Sign(_) => return Err(self.unexpected(&token, &span)),
        };
        Ok(Expression { kind, span })
    }

    fn number(&self, span: Range<usize>) -> Result<Expression, Fault> {
        let written = &self.source[span.clone()];
        let valid = if written.contains('.') {
            written.parse::<f64>().is_ok_and(f64::is_finite)
        } else {
            written.parse::<i64>().is_ok()
        };
        if valid {
            Ok(Expression {
                kind: Kind::Number,
                span,
            })
        } else {
            Err(Fault::at(self.source, &span, "this number is too large"))
        }
    }

    fn no_second_prefix(&self) -> Result<(), Fault> {
        match self.tokens.get(self.at) {
            Some((token, span))
                if *token == Token::Sign("-") || *token == Token::Word("not".into()) =>
            {
                Err(
                    Fault::at(self.source, span, "`-` and `not` cannot follow one another")
                        .hint("use parentheses"),
                )
            }
            _ => Ok(()),
        }
    }

    fn name(&mut self, first: String, mut span: Range<usize>) -> Result<Expression, Fault> {
        if matches!(first.as_str(), "none" | "None" | "null") {
            return Err(
                Fault::at(self.source, &span, "there is no `none` in a runbook")
                    .hint("compare with \"\" or give the name a default where it is made"),
            );
        }
        if RESERVED.contains(&first.as_str()) && first != "loop" {
            return Err(self.unexpected(&Token::Word(first), &span));
        }
        let mut path = first;
        while self.sign() == Some(".") {
            let dot = self.tokens[self.at].1.clone();
            self.at += 1;
            self.count(&dot)?;
            let (token, part) = self.next()?;
            let Token::Word(word) = token else {
                return Err(Fault::at(
                    self.source,
                    &part,
                    "a name is expected after the dot",
                ));
            };
            path.push('.');
            path.push_str(&word);
            span.end = part.end;
        }
        if matches!(self.sign(), Some("(" | "[" | "?." | "?[")) {
            let (token, span) = self.next()?;
            return Err(self.unexpected(&token, &span));
        }
        Ok(Expression {
            kind: Kind::Name(path),
            span,
        })
    }

    fn operators(&mut self, mut left: Expression, least: u8) -> Result<Expression, Fault> {
        loop {
            if self.sign() == Some("|") {
                if FILTER_POWER < least {
                    return Ok(left);
                }
                let bar = self.tokens[self.at].1.clone();
                self.count(&bar)?;
                self.at += 1;
                let filter = self.filter()?;
                let span = left.span.start..self.end();
                left = Expression {
                    kind: Kind::Filter(Box::new(left), filter),
                    span,
                };
                continue;
            }
            let Some((operator, words)) = self.operator() else {
                return Ok(left);
            };
            if operator.power() < least {
                return Ok(left);
            }
            let written = self.tokens[self.at].1.clone();
            self.count(&written)?;
            self.at += words;
            let listed =
                matches!(operator, Operator::In | Operator::NotIn) && self.sign() == Some("[");
            let right = if listed {
                self.list()?
            } else {
                self.expression(operator.power() + 1)?
            };
            // What binds more tightly than `in` would apply to the list.
            let tighter = self.sign() == Some("|")
                || self
                    .operator()
                    .is_some_and(|(next, _)| next.power() > operator.power());
            if listed && tighter {
                let span = self.tokens[self.at].1.clone();
                return Err(Fault::at(self.source, &span, "this applies to a list")
                    .hint("put parentheses around `… in […]`"));
            }
            // Tera reads `a not in b` as `not (a in b)`.
            let prefixed = matches!(
                right.kind,
                Kind::Not(_) | Kind::Negative(_) | Kind::Binary(Operator::NotIn, ..)
            );
            if operator == Operator::Concat && prefixed {
                return Err(Fault::at(
                    self.source,
                    &right.span,
                    "`-` and `not` are not allowed after `~`",
                ));
            }
            let span = left.span.start..self.end();
            let kind = Kind::Binary(operator, Box::new(left), Box::new(right));
            left = Expression { kind, span };
        }
    }

    /// The binary operator that stands next, and how many tokens it takes.
    fn operator(&self) -> Option<(Operator, usize)> {
        if let Some(word) = self.word(0) {
            return match word {
                "or" => Some((Operator::Or, 1)),
                "and" => Some((Operator::And, 1)),
                "in" => Some((Operator::In, 1)),
                "not" if self.word(1) == Some("in") => Some((Operator::NotIn, 2)),
                _ => None,
            };
        }
        let operator = match self.sign()? {
            "==" => Operator::Equal,
            "!=" => Operator::NotEqual,
            "<" => Operator::Less,
            "<=" => Operator::LessOrEqual,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterOrEqual,
            "+" => Operator::Plus,
            "-" => Operator::Minus,
            "*" => Operator::Times,
            "/" => Operator::Divide,
            "%" => Operator::Remainder,
            "~" => Operator::Concat,
            _ => return None,
        };
        Some((operator, 1))
    }

    /// `[a, b]`
    pub fn list(&mut self) -> Result<Expression, Fault> {
        let start = self.tokens[self.at].1.start;
        self.at += 1;
        let mut items = Vec::new();
        while self.sign() != Some("]") {
            if !items.is_empty() {
                self.expect(",")?;
                if self.sign() == Some("]") {
                    break;
                }
            }
            items.push(self.expression(0)?);
            let last = self.end().saturating_sub(1)..self.end();
            self.count(&last)?;
        }
        self.expect("]")?;
        Ok(Expression {
            kind: Kind::List(items),
            span: start..self.end(),
        })
    }

    fn filter(&mut self) -> Result<Filter, Fault> {
        let (token, span) = self.next()?;
        let Token::Word(name) = token else {
            return Err(Fault::at(
                self.source,
                &span,
                "a filter's name is expected after `|`",
            ));
        };
        let mut arguments: Vec<Argument> = Vec::new();
        if self.sign() == Some("(") {
            self.at += 1;
            while self.sign() != Some(")") {
                if !arguments.is_empty() {
                    self.expect(",")?;
                }
                arguments.push(self.argument(&arguments)?);
            }
            self.at += 1;
        }
        Ok(Filter {
            name,
            span: span.start..self.end(),
            arguments,
        })
    }

    fn argument(&mut self, before: &[Argument]) -> Result<Argument, Fault> {
        let (token, name_span) = self.next()?;
        let Token::Word(name) = token else {
            return Err(Fault::at(
                self.source,
                &name_span,
                "an argument's name is expected here",
            )
            .hint("arguments are written `name=value`"));
        };
        if before.iter().any(|argument| argument.name == name) {
            return Err(Fault::at(
                self.source,
                &name_span,
                format!("`{name}` is given twice"),
            ));
        }
        self.expect("=")?;
        let (literal, span) = self.next()?;
        match literal {
            Token::Text(_) | Token::Boolean(_) => {}
            Token::Number => {
                self.number(span.clone())?;
            }
            _ => {
                return Err(Fault::at(
                    self.source,
                    &span,
                    "an argument is a string or a number",
                ));
            }
        }
        Ok(Argument {
            name,
            literal,
            span: name_span.start..span.end,
        })
    }

    /// Names what the author wrote that has no place here, and what to do instead.
    fn unexpected(&self, token: &Token, span: &Range<usize>) -> Fault {
        let written = &self.source[span.clone()];
        let (message, hint) = match token {
            Token::Sign("=") => ("`=` compares nothing".to_owned(), "write `==`"),
            Token::Sign("!") => ("`!` has no meaning here".to_owned(), "write `not`"),
            Token::Sign("." | "?." | "?[") => (
                format!("`{written}` has no place here"),
                "to write `{{` itself, as in a Go template, use {{ \"{{\" }}",
            ),
            Token::Sign("[" | "{") => (
                "lists and maps are only known after `in`".to_owned(),
                "values are strings, numbers and booleans",
            ),
            Token::Sign("(") => (
                "functions cannot be called here".to_owned(),
                "filters are written `value | filter`",
            ),
            Token::Sign("//" | "**") => {
                (format!("`{written}` is not supported"), "use `+ - * / %`")
            }
            Token::Word(word) if word == "is" => (
                "`is` tests are not supported".to_owned(),
                "compare with `==`",
            ),
            Token::Word(word) if word == "if" => (
                "a condition inside an expression is not supported".to_owned(),
                "use {% if … %} … {% endif %}",
            ),
            _ => (
                format!("`{written}` has no place here"),
                "an operator such as `and`, `==` or `+` may be missing",
            ),
        };
        Fault::at(self.source, span, message).hint(hint)
    }
}
