//! Walking a template's tree: once to check it, once to render it.

use super::evaluate::{self, MOST_OUTPUT};
use super::expression::Kind;
use super::fault::{About, Fault, MOST_FAULTS};
use super::markup::Piece;
use super::shell::Context;
use super::typing::{Checker, File, Known};
use super::value::{Scope, Type, Types, Value, Values, is_variable};

/// How many pieces one rendering may visit: loops within loops multiply.
const MOST_STEPS: usize = 100_000;

/// What a loop tells about itself, as in Tera.
const LOOP: [(&str, Type); 5] = [
    ("loop.index", Type::Number),
    ("loop.index0", Type::Number),
    ("loop.first", Type::Boolean),
    ("loop.last", Type::Boolean),
    ("loop.length", Type::Number),
];

/// Checks names and types on all branches. Secrets may stand alone in a site
/// only if `secrets`.
pub(super) fn check(
    source: &str,
    pieces: &[Piece<'_>],
    file: File<'_>,
    secrets: bool,
) -> Vec<Fault> {
    let mut walk = Check {
        source,
        own: Types::new(),
        file,
        secrets,
        faults: Vec::new(),
    };
    walk.block(pieces);
    walk.faults.truncate(MOST_FAULTS);
    walk.faults
}

struct Check<'a> {
    source: &'a str,
    /// What loops and `set` have made: the file's names are many, and never copied.
    own: Types,
    file: File<'a>,
    secrets: bool,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn typed<T>(&mut self, find: impl FnOnce(&mut Checker<'_>) -> Option<T>) -> Option<T> {
        let mut checker = Checker::new(
            self.source,
            Known::Types {
                own: &self.own,
                file: self.file,
            },
        );
        let found = find(&mut checker);
        let faults = checker.faults;
        // A hostile source has many faults; none beyond the bound is kept.
        let room = MOST_FAULTS.saturating_sub(self.faults.len());
        self.faults.extend(faults.into_iter().take(room));
        found
    }

    fn block(&mut self, pieces: &[Piece<'_>]) {
        let mut made = Vec::new();
        for piece in pieces {
            if self.faults.len() >= MOST_FAULTS {
                break;
            }
            self.piece(piece, &mut made);
        }
        for name in made {
            self.own.remove(&name);
        }
    }

    fn piece(&mut self, piece: &Piece<'_>, made: &mut Vec<String>) {
        match piece {
            Piece::Text(_) => {}
            Piece::Site { expression, .. } => {
                let secrets = self.secrets;
                self.typed(|checker| {
                    if secrets {
                        checker.type_of_site(expression)
                    } else {
                        checker.type_of(expression)
                    }
                });
            }
            Piece::If {
                branches,
                otherwise,
                ..
            } => {
                for branch in branches {
                    let ty = self.typed(|checker| checker.type_of(&branch.condition));
                    if let Some(ty) = ty
                        && ty != Type::Boolean
                    {
                        let message = format!("a condition is true or false, and this is a {ty}");
                        let fault = Fault::at(self.source, &branch.condition.span, message)
                            .about(About::Types);
                        self.faults
                            .push(fault.hint("compare it with something, as in `!= \"\"`"));
                    }
                    self.block(&branch.body);
                }
                self.block(otherwise);
            }
            Piece::For {
                name,
                items,
                body,
                span,
            } => {
                let ty = self.typed(|checker| checker.type_of_items(items));
                self.new_name(name, span);
                let outer = self.own.remove("loop");
                for (path, ty) in LOOP {
                    self.own.insert(path, ty);
                }
                let shadowed = self.own.remove(name);
                // After a fault in the items any type will do: one fault is enough.
                self.own.insert(name, ty.unwrap_or(Type::String));
                if ty.is_some() {
                    self.block(body);
                }
                self.own.restore(name, shadowed);
                self.own.restore("loop", outer);
            }
            Piece::Set {
                name,
                expression,
                span,
            } => {
                let ty = self.typed(|checker| checker.type_of(expression));
                if self.new_name(name, span) {
                    self.own.insert(name, ty.unwrap_or(Type::String));
                    made.push(name.clone());
                }
            }
        }
    }

    /// A name can be made once: that keeps the meaning of each name in sight.
    fn new_name(&mut self, name: &str, span: &std::ops::Range<usize>) -> bool {
        let known = Known::Types {
            own: &self.own,
            file: self.file,
        };
        if !known.has(name) {
            return true;
        }
        let message = format!("`{name}` already stands for something else");
        self.faults
            .push(Fault::at(self.source, span, message).hint("choose another name"));
        false
    }
}

/// Renders checked pieces. With `contexts` (one a site) every value is quoted
/// for its place in a shell script; without, values come out as they are.
pub(super) fn render(
    source: &str,
    pieces: &[Piece<'_>],
    contexts: Option<&[Context]>,
    scope: &Scope,
) -> Result<String, Fault> {
    let mut walk = Render {
        source,
        contexts,
        own: Scope::new(),
        given: scope,
        out: String::new(),
        steps: 0,
    };
    walk.block(pieces)?;
    Ok(walk.out)
}

struct Render<'a> {
    source: &'a str,
    contexts: Option<&'a [Context]>,
    /// What loops and `set` have made.
    own: Scope,
    given: &'a Scope,
    out: String,
    steps: usize,
}

impl Render<'_> {
    fn values(&self) -> Values<'_> {
        Values {
            own: &self.own,
            given: self.given,
        }
    }

    fn block(&mut self, pieces: &[Piece<'_>]) -> Result<(), Fault> {
        let mut made = Vec::new();
        for piece in pieces {
            self.piece(piece, &mut made)?;
        }
        for name in made {
            self.own.remove(&name);
        }
        Ok(())
    }

    fn piece(&mut self, piece: &Piece<'_>, made: &mut Vec<String>) -> Result<(), Fault> {
        match piece {
            Piece::Text(text) => {
                self.step(&(0..0))?;
                self.out.push_str(text);
                self.bounded(&(0..0))
            }
            Piece::Site {
                expression,
                span,
                site,
            } => {
                self.step(span)?;
                let text = match self.contexts {
                    Some(contexts) => {
                        // Every site was given a context, or the script was refused.
                        let context = contexts.get(*site).copied().unwrap_or(Context::Refused);
                        self.quoted(expression, span, context)?
                    }
                    None => evaluate::evaluate(self.source, expression, self.values())?.0,
                };
                self.out.push_str(&text);
                self.bounded(span)
            }
            Piece::If {
                branches,
                otherwise,
                span,
            } => {
                for branch in branches {
                    self.step(span)?;
                    if truth(self.source, &branch.condition, self.values())? {
                        return self.block(&branch.body);
                    }
                }
                self.block(otherwise)
            }
            Piece::For {
                name,
                items,
                body,
                span,
            } => self.repeat(name, items, body, span),
            Piece::Set {
                name,
                expression,
                span,
            } => {
                self.step(span)?;
                let value = evaluate::value(self.source, expression, self.values())?;
                self.own.insert(name, value);
                made.push(name.clone());
                Ok(())
            }
        }
    }

    fn quoted(
        &self,
        expression: &super::expression::Expression,
        span: &std::ops::Range<usize>,
        context: Context,
    ) -> Result<String, Fault> {
        if let Kind::Name(path) = &expression.kind
            && let Some(Value::Secret { variable }) = self.values().get(path)
        {
            // The name is data too: it may come from a file.
            if !is_variable(variable) {
                let message = format!("the secret `{path}` has no usable environment variable");
                return Err(Fault::at(self.source, span, message));
            }
            return context.secret(variable).ok_or_else(|| self.unplaced(span));
        }
        let (text, _) = evaluate::evaluate(self.source, expression, self.values())?;
        context.quote(&text).ok_or_else(|| self.unplaced(span))
    }

    fn unplaced(&self, span: &std::ops::Range<usize>) -> Fault {
        Fault::at(self.source, span, "a value cannot be quoted here")
    }

    fn repeat(
        &mut self,
        name: &str,
        items: &super::expression::Expression,
        body: &[Piece<'_>],
        span: &std::ops::Range<usize>,
    ) -> Result<(), Fault> {
        self.step(span)?;
        let (texts, ty) = evaluate::items(self.source, items, self.values())?;
        let outer = self.own.remove("loop");
        let shadowed = self.own.remove(name);
        let length = texts.len();
        for (index, text) in texts.into_iter().enumerate() {
            self.step(span)?;
            let item = evaluate::of_type(text, ty).ok_or_else(|| {
                Fault::at(self.source, &items.span, "an item is no finite number")
            })?;
            self.own.insert(name, item);
            let number = |n: usize| Value::Number((n as u64).into());
            self.own.insert("loop.index", number(index + 1));
            self.own.insert("loop.index0", number(index));
            self.own.insert("loop.first", Value::Boolean(index == 0));
            self.own
                .insert("loop.last", Value::Boolean(index + 1 == length));
            self.own.insert("loop.length", number(length));
            self.block(body)?;
        }
        self.own.restore(name, shadowed);
        self.own.restore("loop", outer);
        Ok(())
    }

    fn step(&mut self, span: &std::ops::Range<usize>) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(
                Fault::at(self.source, span, "this template does not come to an end").hint(
                    format!("loops may take at most {MOST_STEPS} steps together"),
                ),
            );
        }
        Ok(())
    }

    fn bounded(&self, span: &std::ops::Range<usize>) -> Result<(), Fault> {
        if self.out.len() > MOST_OUTPUT {
            let message = format!("the result is longer than {} MiB", MOST_OUTPUT >> 20);
            return Err(Fault::at(self.source, span, message)
                .hint("put large data into a file and pass its name"));
        }
        Ok(())
    }
}

/// An expression that must come out exactly true or false.
pub(super) fn truth(
    source: &str,
    expression: &super::expression::Expression,
    values: Values<'_>,
) -> Result<bool, Fault> {
    use super::expression::{Kind, Operator};
    // What is decided by the left side alone is: the right one may name what a step
    // makes that was not taken.
    match &expression.kind {
        Kind::Binary(Operator::And, left, right) => {
            return Ok(truth(source, left, values)? && truth(source, right, values)?);
        }
        Kind::Binary(Operator::Or, left, right) => {
            return Ok(truth(source, left, values)? || truth(source, right, values)?);
        }
        _ => {}
    }
    let (text, ty) = evaluate::evaluate(source, expression, values)?;
    match (ty, text.as_str()) {
        (Type::Boolean, "true") => Ok(true),
        (Type::Boolean, "false") => Ok(false),
        _ => {
            let message = format!("this must be true or false, and it is a {ty}");
            Err(Fault::at(source, &expression.span, message))
        }
    }
}
