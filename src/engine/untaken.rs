//! Why a phase or a step is not taken, as people say it: `Error rate 0.4 % is not above 1 %`.
//!
//! A run remembers the condition as its author wrote it; the words are found when somebody
//! reads them. What nobody would say better than the author stays as it was written.

use super::{State, event::Side, step::fill_or_source};
use crate::runbook::Kind;
use crate::template::{self, Condition, Relation, Scope, Sign, Test, Value};

/// A text within the words is cut here.
const LONGEST: usize = 60;

/// Why a condition is false, with the values as they are now.
pub fn why_not(state: &State, condition: &str) -> String {
    // What was read again since may speak for the opposite: then no value is named.
    let scope = state.scope();
    let scope = (template::evaluate(condition, scope) == Ok(false)).then_some(scope);
    words(state, condition, scope)
}

/// Why a condition was false at some time: without values, since they may have changed.
pub fn why_not_then(state: &State, condition: &str) -> String {
    words(state, condition, None)
}

fn words(state: &State, condition: &str, scope: Option<&Scope>) -> String {
    let teller = Teller { state, scope };
    template::condition(condition)
        .and_then(|tree| teller.say(&tree, false))
        .filter(|said| !said.is_empty())
        .map_or_else(
            || format!("{condition} is false"),
            |said| said.join(" and "),
        )
}

struct Teller<'a> {
    state: &'a State,
    /// The values, where they are those that decided.
    scope: Option<&'a Scope>,
}

impl Teller<'_> {
    /// All of this is so; none, if a part of it has no words.
    fn say(&self, condition: &Condition, holds: bool) -> Option<Vec<String>> {
        let parts = match condition {
            Condition::Constant(_) => return None,
            Condition::Not(inner) => return self.say(inner, !holds),
            Condition::Test(test) => return self.test(test, holds).map(|said| vec![said]),
            Condition::All(parts) | Condition::Any(parts) => parts,
        };
        let one_decides = holds == matches!(condition, Condition::Any(_));
        let mut all = Vec::new();
        for part in parts {
            if one_decides && self.truth(part).is_some_and(|truth| truth != holds) {
                continue;
            }
            all.push(self.say(part, holds)?);
        }
        if one_decides && self.scope.is_none() {
            // Nobody knows which of them it was.
            let alone = all.iter().all(|said| said.len() == 1);
            return alone.then(|| vec![all.concat().join(" or ")]);
        }
        let mut said = all.concat();
        said.dedup();
        Some(said)
    }

    fn truth(&self, condition: &Condition) -> Option<bool> {
        condition.truth(&mut |test| match test {
            Test::Compare {
                name,
                relation,
                value,
            } => compare(&self.value(name)?, *relation, value),
            Test::Opaque { source, .. } => template::evaluate(source, self.scope?).ok(),
        })
    }

    fn value(&self, name: &str) -> Option<Value> {
        template::evaluate_value(name, self.scope?).ok()
    }

    fn test(&self, test: &Test, holds: bool) -> Option<String> {
        match test {
            Test::Compare {
                name,
                relation,
                value,
            } => self.compared(name, *relation, value, holds),
            Test::Opaque { source, names } => self.taken_apart(source, names, holds),
        }
    }

    fn compared(
        &self,
        name: &str,
        relation: Relation,
        value: &Value,
        holds: bool,
    ) -> Option<String> {
        if let (Relation::Equal, Value::String(text)) = (relation, value) {
            let is = self.value(name);
            let is = is.as_ref().map(Value::to_string);
            if let Some(gate) = name.strip_prefix("answers.") {
                return Some(self.answered(gate, text, holds, is.as_deref()));
            }
            if let Some(step) = outcome_of(name) {
                let text = is.as_deref().filter(|_| !holds).unwrap_or(text);
                let so = holds || is.is_some();
                return Some(format!("{} {}", self.title(step), became(text, so)?));
            }
            if name == "run.kind" {
                let article = if text == "incident" { "an" } else { "a" };
                return Some(if holds {
                    format!("this run is {article} {text}")
                } else {
                    format!("this run is not {article} {text}")
                });
            }
        }
        if let (Relation::Equal, Value::Boolean(truth)) = (relation, value) {
            let (subject, _) = self.subject(name)?;
            return Some(format!("{subject} is {}", *truth == holds));
        }
        let sign = match relation {
            Relation::Equal => Sign::Equal,
            Relation::Less => Sign::Less,
            Relation::Greater => Sign::Greater,
        };
        self.beside(name, sign, &bounded(value), value, holds)
    }

    /// Two sides of which none is a literal: `rate > limit`.
    fn taken_apart(&self, source: &str, names: &[String], holds: bool) -> Option<String> {
        let inputs = &self.state.run.inputs;
        // What was found out is told of, and what it was compared with is the limit.
        let mut names: Vec<&String> = names.iter().collect();
        names.sort_by_key(|name| inputs.contains_key(*name));
        names.into_iter().find_map(|name| {
            let (sign, other) = template::compared_with(source, &format!("({name})"))?;
            let known = template::evaluate_value(&other, self.scope.unwrap_or(&Scope::new())).ok();
            let Some(value) = known.filter(|value| !matches!(value, Value::Secret { .. })) else {
                let other = other.trim_matches(['(', ')', ' ']);
                let (limit, _) = is_name(other).then(|| self.subject(other))??;
                return self.beside(name, sign, &|_| limit.clone(), &Value::Boolean(true), holds);
            };
            self.beside(name, sign, &bounded(&value), &value, holds)
        })
    }

    /// `Error rate 0.4 % is not above 1 %`.
    fn beside(
        &self,
        name: &str,
        sign: Sign,
        limit: &dyn Fn(&str) -> String,
        value: &Value,
        holds: bool,
    ) -> Option<String> {
        let (subject, unit) = self.subject(name)?;
        let is = self.value(name);
        if matches!(is, Some(Value::Secret { .. })) {
            return None;
        }
        let limit = limit(&unit);
        let side = Side::from(sign);
        match (side, holds) {
            (Side::Is, false) | (Side::IsNot, true) => Some(match is {
                // What it is says what it is not.
                Some(is) => format!("{subject} is {}", bounded(&is)(&unit)),
                None => format!("{subject} is not {limit}"),
            }),
            (Side::Is, true) | (Side::IsNot, false) => Some(format!("{subject} is {limit}")),
            (side, _) => {
                let not = if holds { "" } else { "not " };
                let is = match is {
                    Some(is @ Value::Number(_)) if matches!(value, Value::Number(_)) => {
                        format!(" {}", bounded(&is)(&unit))
                    }
                    _ => String::new(),
                };
                Some(format!("{subject}{is} is {not}{} {limit}", side.words()))
            }
        }
    }

    /// What people call it, and the unit of its value.
    fn subject(&self, name: &str) -> Option<(String, String)> {
        let words = |text: &str| Some((text.to_owned(), String::new()));
        match name {
            "run.kind" => return words("the kind of this run"),
            "run.environment" => return words("the environment"),
            _ => {}
        }
        if let Some(of_step) = name.strip_prefix("steps.") {
            let (step, what) = of_step.rsplit_once('.')?;
            let title = self.title(step);
            return match what {
                "exit" => words(&format!("the exit of {title}")),
                "seconds" => Some((format!("the time of {title}"), "s".to_owned())),
                _ => None,
            };
        }
        if name.contains('.') {
            return None;
        }
        let book = &self.state.runbook;
        let of_gates = book.all_phases().flat_map(|phase| &phase.steps);
        let mut criteria = of_gates.filter_map(|step| match &step.kind {
            Kind::Gate(gate) => Some(&gate.criteria),
            _ => None,
        });
        // A gate that shows it has a name and a unit for it.
        let known = criteria.find_map(|all| all.iter().find(|one| one.value.source.trim() == name));
        Some(match known {
            Some(known) => (known.name.clone(), known.unit.clone()),
            None => (name.replace("__", ": ").replace('_', " "), String::new()),
        })
    }

    fn title(&self, id: &str) -> String {
        let step = self.state.runbook.step(id);
        let title = step.map_or_else(
            || id.to_owned(),
            |(_, step)| {
                let scope = self.state.scope_for(&step.title.source);
                fill_or_source(&step.title, scope)
            },
        );
        format!("‘{}’", short(&title))
    }

    fn answered(&self, gate: &str, answer: &str, holds: bool, is: Option<&str>) -> String {
        let title = self.title(gate);
        let label = |answer: &str| {
            let step = self.state.runbook.step(gate);
            let known = step.and_then(|(_, step)| match &step.kind {
                Kind::Gate(gate) => gate.answer(answer),
                _ => None,
            });
            let label = known.map(|known| {
                let scope = self.state.scope_for(&known.label.source);
                fill_or_source(&known.label, scope)
            });
            format!("‘{}’", short(&label.unwrap_or_else(|| answer.to_owned())))
        };
        match (is.filter(|_| !holds), holds) {
            (Some("not_taken"), _) => format!("{title} was not asked"),
            (Some(is), _) => format!("{title} was answered {}", label(is)),
            (None, true) if answer == "not_taken" => format!("{title} was not asked"),
            (None, false) if answer == "not_taken" => format!("{title} was asked"),
            (None, true) => format!("{title} was answered {}", label(answer)),
            (None, false) => format!("{title} was not answered {}", label(answer)),
        }
    }
}

/// A value as people say it behind `is`, `above` and the like.
fn bounded(value: &Value) -> impl Fn(&str) -> String {
    let value = value.clone();
    move |unit| match &value {
        Value::Number(number) => format!("{number} {unit}").trim_end().to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => format!("‘{}’", short(text)),
        value => value.to_string(),
    }
}

fn compare(is: &Value, relation: Relation, with: &Value) -> Option<bool> {
    if let (Value::Number(a), Value::Number(b)) = (is, with) {
        let (a, b) = (a.as_f64()?, b.as_f64()?);
        return Some(match relation {
            Relation::Equal => a.total_cmp(&b).is_eq(),
            Relation::Less => a < b,
            Relation::Greater => a > b,
        });
    }
    (relation == Relation::Equal).then_some(is == with)
}

fn outcome_of(name: &str) -> Option<&str> {
    name.strip_prefix("steps.")?.strip_suffix(".outcome")
}

/// What became of a step, or what did not.
fn became(outcome: &str, so: bool) -> Option<&'static str> {
    Some(match (outcome, so) {
        ("succeeded", true) => "succeeded",
        ("succeeded", false) => "did not succeed",
        ("failed", true) => "failed",
        ("failed", false) => "did not fail",
        ("skipped", true) => "was skipped",
        ("skipped", false) => "was not skipped",
        ("took_effect", true) => "was declared done",
        ("took_effect", false) => "was not declared done",
        ("not_taken", true) => "was not taken",
        ("not_taken", false) => "was taken",
        ("answered", true) => "was answered",
        ("answered", false) => "was not answered",
        ("unknown", true) => "has an unknown outcome",
        ("unknown", false) => "has a known outcome",
        _ => return None,
    })
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_')
        && text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn short(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default().trim();
    let mut said: String = first.chars().take(LONGEST).collect();
    if said.len() < text.trim().len() {
        said.push('…');
    }
    said
}
