//! Where a step can mention a name: its templates and its expressions.

use super::{
    model::{Expression, Text},
    step::{Kind, Shell, Step},
};

impl Step {
    /// Whether something of it is run, with the variables of the whole runbook.
    pub fn has_command(&self) -> bool {
        match &self.kind {
            Kind::Run(_) => true,
            Kind::Gate(gate) => gate.evidence.is_some(),
            Kind::Manual(_) | Kind::Wait(_) => false,
        }
    }

    /// The templates that are filled in when its turn comes. The variables of the
    /// whole runbook are not its own and left out.
    pub fn templates(&self) -> Vec<&Text> {
        let mut texts: Vec<&Text> = vec![&self.title, &self.why];
        texts.extend(self.target.as_ref());
        texts.extend(self.links.iter().map(|(_, text)| text));
        texts.extend(&self.duty.owner);
        match &self.kind {
            Kind::Run(run) => {
                texts.extend(run.env.iter().map(|(_, text)| text));
                texts.extend(run.cwd.as_ref());
                // A language that nobody quotes for holds no names.
                if matches!(run.shell, Shell::Bash | Shell::Sh) {
                    let scripts = run.scripts.iter().chain(&run.watch);
                    texts.extend(scripts.map(|script| &script.text));
                    texts.extend(run.fallbacks.iter().map(|fallback| &fallback.script));
                    texts.extend(&run.rehearse);
                }
                texts.extend(&run.probe);
            }
            Kind::Gate(gate) => {
                texts.extend(gate.evidence.as_ref());
                texts.extend(gate.answers.iter().flat_map(|a| [&a.label, &a.consequence]));
                texts.extend(gate.suggest.iter().map(|suggestion| &suggestion.because));
            }
            Kind::Manual(manual) => {
                texts.push(&manual.instructions);
                for item in &manual.checklist {
                    texts.push(&item.text);
                    texts.extend(&item.duty.owner);
                }
                texts.extend(manual.copy.as_ref());
            }
            Kind::Wait(_) => {}
        }
        texts
    }

    /// The expressions that are evaluated when its turn comes, `when` left out.
    pub fn expressions(&self) -> Vec<&Expression> {
        match &self.kind {
            Kind::Gate(gate) => gate
                .criteria
                .iter()
                .flat_map(|criterion| [&criterion.value, &criterion.limit])
                .chain(gate.suggest.iter().map(|suggestion| &suggestion.when))
                .collect(),
            Kind::Wait(wait) => wait.until.iter().collect(),
            Kind::Run(_) | Kind::Manual(_) => Vec::new(),
        }
    }

    /// What decides about its success, which may use the names that it makes.
    pub fn expectation(&self) -> Option<&Expression> {
        match &self.kind {
            Kind::Run(run) => run.expect.that.as_ref(),
            _ => None,
        }
    }
}
