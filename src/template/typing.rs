//! The types of expressions: Tera quietly calls `"2" == 2` false, so such
//! comparisons are refused before it sees them.

use super::expression::{Expression, Filter, Kind, Operator};
use super::fault::{About, Fault};
use super::similar;
use super::token::Token;
use super::value::{Node, Scope, Type, Types, Value, Values, excerpt};

/// Where names are looked up: types when a file is loaded, values when it runs.
#[derive(Clone, Copy)]
pub(super) enum Known<'a> {
    /// What the template has made itself comes before what the file has.
    Types {
        own: &'a Types,
        file: File<'a>,
    },
    Values(Values<'a>),
}

/// What a template is given, when its own names have types only.
#[derive(Clone, Copy)]
pub(super) enum File<'a> {
    Types(&'a Types),
    Values(&'a Scope),
}

impl File<'_> {
    fn find(self, path: &str) -> Found {
        match self {
            Self::Types(types) => Found::of(types.node(path), |ty| *ty),
            Self::Values(scope) => Found::of(scope.node(path), Value::type_of),
        }
    }

    fn names(self) -> Vec<String> {
        match self {
            Self::Types(types) => types.first_names(similar::MOST),
            Self::Values(scope) => scope.first_names(similar::MOST),
        }
    }
}

enum Found {
    Leaf(Type),
    Group,
    Nothing,
}

impl Found {
    fn of<T>(node: Option<&Node<T>>, ty: impl Fn(&T) -> Type) -> Self {
        match node {
            Some(Node::Leaf(leaf)) => Self::Leaf(ty(leaf)),
            Some(Node::Map(_)) => Self::Group,
            None => Self::Nothing,
        }
    }
}

impl Known<'_> {
    fn find(self, path: &str) -> Found {
        match self {
            Self::Types { own, file } => match own.node(path) {
                None => file.find(path),
                node => Found::of(node, |ty| *ty),
            },
            Self::Values(values) => Found::of(values.node(path), Value::type_of),
        }
    }

    /// Whether anything, leaf or group, stands at `path`.
    pub fn has(self, path: &str) -> bool {
        !matches!(self.find(path), Found::Nothing)
    }

    /// One of the full names below a group.
    fn below(self, path: &str) -> Option<String> {
        match self {
            Self::Types { own, file } => own.below(path).or_else(|| match file {
                File::Types(types) => types.below(path),
                File::Values(scope) => scope.below(path),
            }),
            Self::Values(values) => values.own.below(path).or_else(|| values.given.below(path)),
        }
    }

    /// Names that may have been meant: no more than are compared.
    fn names(self) -> Vec<String> {
        match self {
            Self::Types { own, file } => {
                let mut names = own.first_names(similar::MOST);
                names.extend(file.names());
                names
            }
            Self::Values(values) => values.first_names(similar::MOST),
        }
    }
}

/// Finds the types of expressions within one source, and gathers the faults.
pub(super) struct Checker<'a> {
    pub source: &'a str,
    pub known: Known<'a>,
    pub faults: Vec<Fault>,
}

impl<'a> Checker<'a> {
    pub fn new(source: &'a str, known: Known<'a>) -> Self {
        Self {
            source,
            known,
            faults: Vec::new(),
        }
    }

    fn fault(&self, span: &std::ops::Range<usize>, message: impl Into<String>) -> Fault {
        Fault::at(self.source, span, message).about(About::Types)
    }

    /// The type of `expression`; `None` if a fault was noted.
    pub fn type_of(&mut self, expression: &Expression) -> Option<Type> {
        match &expression.kind {
            Kind::Text(_) => Some(Type::String),
            Kind::Number => Some(Type::Number),
            Kind::Boolean(_) => Some(Type::Boolean),
            Kind::Name(path) => match self.name(expression, path)? {
                Type::Secret => {
                    self.secret(expression, path);
                    None
                }
                ty => Some(ty),
            },
            Kind::Not(inner) => self.must_be(inner, Type::Boolean, "not"),
            Kind::Negative(inner) => self.must_be(inner, Type::Number, "-"),
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right),
            Kind::Filter(inner, filter) => self.filter(inner, filter),
            Kind::List(_) => {
                let fault = self.fault(&expression.span, "a list has no place here");
                self.faults.push(fault.hint("a list may follow `in`"));
                None
            }
        }
    }

    /// The type of what stands in `{{ }}` of a script: a secret may stand there alone.
    pub fn type_of_site(&mut self, expression: &Expression) -> Option<Type> {
        match &expression.kind {
            Kind::Name(path) => self.name(expression, path),
            _ => self.type_of(expression),
        }
    }

    /// The type of the items that a loop runs over.
    pub fn type_of_items(&mut self, items: &Expression) -> Option<Type> {
        let advice = "loop over a list, [\"a\", \"b\"], or over parts of a string: \
                      hosts | split(pat=\",\")";
        match &items.kind {
            Kind::List(items_listed) if items_listed.is_empty() => {
                self.faults
                    .push(self.fault(&items.span, "this list is empty"));
                None
            }
            Kind::List(list) => self.type_of_list(list),
            Kind::Filter(inner, filter) if filter.name == "split" => {
                let ty = self.type_of(inner)?;
                let pattern = match filter.arguments.as_slice() {
                    [only] if only.name == "pat" => Some(&only.literal),
                    _ => None,
                };
                if ty != Type::String {
                    let message =
                        format!("`split` needs a string and {} is a {ty}", self.show(inner));
                    self.faults.push(self.fault(&inner.span, message));
                    return None;
                }
                if !matches!(pattern, Some(Token::Text(text)) if !text.is_empty()) {
                    let message = "`split` needs what to split at";
                    let fault = self.fault(&filter.span, message);
                    self.faults.push(fault.hint("write split(pat=\",\")"));
                    return None;
                }
                Some(Type::String)
            }
            _ => {
                self.type_of(items)?;
                let message = format!("{} is one value, nothing to loop over", self.show(items));
                self.faults
                    .push(self.fault(&items.span, message).hint(advice));
                None
            }
        }
    }

    fn type_of_list(&mut self, list: &[Expression]) -> Option<Type> {
        let mut first: Option<(Type, &Expression)> = None;
        for item in list {
            let ty = self.type_of(item)?;
            match first {
                None => first = Some((ty, item)),
                Some((expected, earlier)) if expected != ty => {
                    let message = format!(
                        "{} is a {expected} and {} is a {ty}: the items of a list have one type",
                        self.show(earlier),
                        self.show(item)
                    );
                    self.faults.push(self.fault(&item.span, message));
                    return None;
                }
                Some(_) => {}
            }
        }
        first.map(|(ty, _)| ty)
    }

    fn name(&mut self, expression: &Expression, path: &str) -> Option<Type> {
        let found = self.known.find(path);
        if let Found::Leaf(ty) = found {
            return Some(ty);
        }
        let fault = if let Found::Group = found {
            let message = format!("`{path}` is a group of values, not one value");
            let fault = self.fault(&expression.span, message);
            match self.known.below(path) {
                Some(example) => fault.hint(format!("name one of them, such as `{example}`")),
                None => fault,
            }
        } else {
            let message = format!("`{}` is not defined", excerpt(path));
            let fault = self.fault(&expression.span, message);
            let names = self.known.names();
            match similar::closest(path, names.iter().map(String::as_str)) {
                Some(close) => fault.hint(format!("did you mean `{close}`?")),
                None => fault.hint("a name is made by an input or an output of an earlier step"),
            }
        };
        self.faults.push(fault.about(About::Name));
        None
    }

    fn secret(&mut self, expression: &Expression, path: &str) {
        let message = format!("the secret `{path}` can only stand alone in a script");
        self.faults.push(
            self.fault(&expression.span, message)
                .about(About::Secret)
                .hint(format!(
                    "write {{{{ {path} }}}} by itself in a bash or sh script: it becomes an \
             environment variable there, and its text is never part of anything shown"
                )),
        );
    }

    fn must_be(&mut self, inner: &Expression, wanted: Type, sign: &str) -> Option<Type> {
        let ty = self.type_of(inner)?;
        if ty == wanted {
            return Some(wanted);
        }
        let message = format!(
            "`{sign}` needs a {wanted} and {} is a {ty}",
            self.show(inner)
        );
        let fault = self.fault(&inner.span, message);
        self.faults.push(advise(fault, inner, ty, wanted));
        None
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: &Expression,
        right: &Expression,
    ) -> Option<Type> {
        let span = left.span.start..right.span.end;
        if let (Operator::In | Operator::NotIn, Kind::List(items)) = (operator, &right.kind) {
            let ty = self.type_of(left);
            if items.is_empty() {
                self.faults
                    .push(self.fault(&right.span, "this list is empty"));
                return None;
            }
            let (ty, listed) = (ty?, self.type_of_list(items)?);
            if ty != listed {
                self.unlike(operator, &span, (left, ty), (&items[0], listed));
                return None;
            }
            return Some(Type::Boolean);
        }
        // Both sides first, so that faults on either are told at once.
        let (a, b) = (self.type_of(left), self.type_of(right));
        let (a, b) = (a?, b?);
        let (wanted, result) = match operator {
            Operator::Or | Operator::And => (Type::Boolean, Type::Boolean),
            Operator::In | Operator::NotIn => (Type::String, Type::Boolean),
            Operator::Concat => return Some(Type::String),
            Operator::Plus
            | Operator::Minus
            | Operator::Times
            | Operator::Divide
            | Operator::Remainder => (Type::Number, Type::Number),
            _ if a != b => {
                self.unlike(operator, &span, (left, a), (right, b));
                return None;
            }
            Operator::Equal | Operator::NotEqual => return Some(Type::Boolean),
            _ if a == Type::Boolean => {
                let message = format!(
                    "booleans have no order: `{}` needs numbers",
                    operator.sign()
                );
                self.faults
                    .push(self.fault(&span, message).hint("use `==` or `and`"));
                return None;
            }
            _ => return Some(Type::Boolean),
        };
        let mut result = Some(result);
        for (side, ty) in [(left, a), (right, b)] {
            if ty != wanted {
                let sign = operator.sign();
                let message = format!(
                    "`{sign}` needs a {wanted} and {} is a {ty}",
                    self.show(side)
                );
                let fault = self.fault(&side.span, message);
                let fault = if operator == Operator::Plus && ty == Type::String {
                    fault
                        .hint("strings are joined by `~`; a number's text becomes one by `| float`")
                } else {
                    advise(fault, side, ty, wanted)
                };
                self.faults.push(fault);
                result = None;
            }
        }
        result
    }

    /// Two types that have nothing to do with each other.
    fn unlike(
        &mut self,
        operator: Operator,
        span: &std::ops::Range<usize>,
        (left, a): (&Expression, Type),
        (right, b): (&Expression, Type),
    ) {
        let what = match operator {
            Operator::Equal | Operator::NotEqual | Operator::In | Operator::NotIn => {
                "they are never equal".to_owned()
            }
            _ => format!("`{}` cannot compare them", operator.sign()),
        };
        let message = format!(
            "{} is a {a} and {} is a {b}: {what}",
            self.show(left),
            self.show(right)
        );
        let fault = self.fault(span, message);
        let (side, ty, wanted) = if a == Type::String {
            (left, a, b)
        } else {
            (right, b, a)
        };
        self.faults.push(advise(fault, side, ty, wanted));
    }

    fn filter(&mut self, inner: &Expression, filter: &Filter) -> Option<Type> {
        let ty = self.type_of(inner);
        let (accepts, result): (&[Type], Type) = match filter.name.as_str() {
            "int" | "float" => (&[Type::String, Type::Number], Type::Number),
            "round" | "abs" => (&[Type::Number], Type::Number),
            "length" => (&[Type::String], Type::Number),
            "lower" | "upper" | "trim" => (&[Type::String], Type::String),
            name => {
                let message = format!("there is no filter `{}` here", excerpt(name));
                let hint = match name {
                    "safe" => "a value is always quoted: pass ready-made arguments one by one",
                    "split" => "`split` is for loops: {% for part in text | split(pat=\",\") %}",
                    "default" => "give the name a `default` where it is made",
                    _ => "there are int, float, round, abs, length, lower, upper and trim",
                };
                self.faults
                    .push(self.fault(&filter.span, message).hint(hint));
                return None;
            }
        };
        for argument in &filter.arguments {
            let known = match (
                filter.name.as_str(),
                argument.name.as_str(),
                &argument.literal,
            ) {
                ("round", "precision", Token::Number) => {
                    let written = &self.source[argument.span.clone()];
                    // Beyond this, powers of ten overflow and every result is NaN.
                    written.rsplit('=').next().is_some_and(|digits| {
                        digits
                            .trim()
                            .parse::<u8>()
                            .is_ok_and(|precision| precision <= 15)
                    })
                }
                ("round", "method", Token::Text(text)) => text == "ceil" || text == "floor",
                _ => false,
            };
            if !known {
                let message = format!("`{}` takes no such argument", filter.name);
                let fault = self.fault(&argument.span, message);
                self.faults.push(fault.hint(
                    "only `round` takes any: precision=0 to 15, method=\"ceil\" or \"floor\"",
                ));
                return None;
            }
        }
        let ty = ty?;
        if accepts.contains(&ty) {
            return Some(result);
        }
        let message = format!(
            "`{}` needs a {} and {} is a {ty}",
            filter.name,
            accepts[0],
            self.show(inner)
        );
        let fault = self.fault(&inner.span, message);
        self.faults.push(advise(fault, inner, ty, accepts[0]));
        None
    }

    /// The author's own words for an expression.
    fn show(&self, expression: &Expression) -> String {
        format!("`{}`", excerpt(&self.source[expression.span.clone()]))
    }
}

/// How to make `side` a `wanted`, where a declaration would do that.
fn advise(fault: Fault, side: &Expression, ty: Type, wanted: Type) -> Fault {
    match (&side.kind, ty) {
        (Kind::Name(path), Type::String) if !path.contains('.') => {
            fault.hint(format!("declare `type: {wanted}` where `{path}` is made"))
        }
        (Kind::Text(_), _) if wanted != Type::String => {
            fault.hint(format!("a {wanted} stands without quotes"))
        }
        _ => fault,
    }
}
