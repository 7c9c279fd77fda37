//! What the phases, names and variables of used runbooks mean in the flat one.

use super::{
    model::{Binding, Runbook, Text},
    step::Answer,
};
use crate::template::{self, Scope, Value};

impl Runbook {
    /// What is left of the phase that stands in the file where this one does: the
    /// phases after it that it was parted into.
    pub fn rest_of(&self, phase: &str) -> impl Iterator<Item = &str> {
        let after = self.phases.iter().position(|known| known.id == phase);
        self.phases
            .iter()
            .skip(after.map_or(self.phases.len(), |number| number + 1))
            .take_while(|phase| phase.continues)
            .map(|phase| phase.id.as_str())
    }

    /// Whether an answer of this gate ends the run: nothing follows but what is left
    /// of the gate's phase. An answer of a used runbook only ends that one.
    pub fn ends(&self, gate: &str, answer: &Answer) -> bool {
        let Some((phase, _)) = self.step(gate) else {
            return false;
        };
        let rest = || self.rest_of(&phase.id);
        phase.scope.is_empty()
            && answer.then.as_ref().is_some_and(|then| {
                then.len() == rest().count() && rest().all(|id| then.iter().any(|t| t == id))
            })
    }

    /// The phases that follow an answer of this gate that names `then`, of those that
    /// would follow without it. What a used runbook decides stays inside it: the
    /// phases outside of it follow as before.
    pub fn route(&self, gate: &str, then: &[String], upcoming: &[String]) -> Vec<String> {
        let scope = self
            .step(gate)
            .map_or("", |(phase, _)| phase.scope.as_str());
        let outside = |id: &&String| {
            !scope.is_empty()
                && self
                    .phase(id)
                    .is_none_or(|phase| !phase.scope.starts_with(scope))
        };
        then.iter()
            .chain(upcoming.iter().filter(outside))
            .cloned()
            .collect()
    }

    /// The variables that a used runbook sets for everything of this scope.
    pub fn env_of(&self, scope: &str) -> &[(String, Text)] {
        self.used
            .iter()
            .find(|used| used.prefix == scope)
            .map_or(&[], |used| &used.env)
    }

    /// The scope that a name belongs to: the longest prefix of a used runbook.
    pub fn scope_of(&self, name: &str) -> &str {
        self.used
            .iter()
            .map(|used| used.prefix.as_str())
            .filter(|prefix| name.starts_with(prefix))
            .max_by_key(|prefix| prefix.len())
            .unwrap_or_default()
    }

    /// A name and all that stand for it in used runbooks.
    pub fn known_as<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut names = vec![name];
        // A binding comes after those that it is made of.
        for binding in &self.bindings {
            let made_of = template::names_in_text(&binding.value.source);
            if made_of
                .iter()
                .any(|used| names.contains(&used.path.as_str()))
            {
                names.push(&binding.name);
            }
        }
        names
    }
}

impl Binding {
    /// What it stands for, once all that it is made of is known and if the used
    /// runbook takes it.
    pub fn value(&self, scope: &Scope) -> Option<Value> {
        // A scope of these names alone: rendering looks at all it is given.
        let mut known = Scope::new();
        for name in template::names_in_text(&self.value.source) {
            known.insert(&name.path, scope.get(&name.path)?.clone());
        }
        let text = template::render_text(&self.value.source, &known).ok()?;
        self.read(&text).ok()
    }

    /// Checks a text as the used runbook's input.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn read(&self, text: &str) -> Result<Value, String> {
        // The author's default is taken as it is, as where the runbook runs by itself.
        match &self.input.default {
            Some(default) if default.to_string() == text => Ok(default.clone()),
            _ => self.input.read(text),
        }
    }
}
