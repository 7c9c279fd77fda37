//! The mistakes that are made, one at a time.

use super::source::{Source, has_word, indent, put, words};

/// A runbook with one mistake.
pub struct Mutant {
    /// What kind of mistake.
    pub operator: &'static str,
    /// The line that was changed, from 0.
    pub line: usize,
    /// What was changed, in words.
    pub change: String,
    /// The whole text.
    pub text: String,
    /// Names whose uses the mistake breaks: a finding at one of these is at the right line too.
    pub names: Vec<String>,
    /// It is a mistake by what it is, although scenarios run no command and cannot show it.
    pub by_definition: bool,
}

/// All mutants of a runbook, by operator.
pub fn all(source: &Source) -> Vec<Vec<Mutant>> {
    let mut all = Make {
        source,
        made: Vec::new(),
    };
    super::shape::make(&mut all);
    super::names::make(&mut all);
    super::routes::make(&mut all);
    super::scripts::make(&mut all);
    all.made
}

/// Makes mutants of one runbook.
pub struct Make<'a> {
    /// What is mutated.
    pub source: &'a Source,
    made: Vec<Vec<Mutant>>,
}

impl Make<'_> {
    /// The operator that the following mutants are of.
    pub fn operator(&mut self) {
        self.made.push(Vec::new());
    }

    fn push(&mut self, mutant: Mutant) {
        if let Some(last) = self.made.last_mut() {
            last.push(mutant);
        }
    }

    /// One line becomes another.
    pub fn line(&mut self, operator: &'static str, line: usize, now: &str) {
        self.naming(operator, line, now, &[]);
    }

    /// One line becomes another, which breaks what uses these names.
    pub fn naming(&mut self, operator: &'static str, line: usize, now: &str, names: &[&str]) {
        let was = &self.source.lines[line];
        if was == now {
            return;
        }
        let text = self.source.with(
            line,
            line + 1,
            &now.split('\n').map(str::to_owned).collect::<Vec<_>>(),
        );
        self.push(Mutant {
            operator,
            line,
            change: format!("{} -> {}", was.trim(), now.trim()),
            text,
            names: names.iter().map(|&name| name.to_owned()).collect(),
            by_definition: false,
        });
    }

    /// The last mutant is a mistake whatever a scenario says.
    pub fn by_definition(&mut self) {
        if let Some(mutant) = self.made.last_mut().and_then(|all| all.last_mut()) {
            mutant.by_definition = true;
        }
    }

    /// Lines are taken away.
    pub fn drop(&mut self, operator: &'static str, from: usize, to: usize, names: Vec<String>) {
        self.push(Mutant {
            operator,
            line: from,
            change: format!("without {}", self.source.lines[from].trim()),
            text: self.source.with(from, to, &[]),
            names,
            by_definition: false,
        });
    }

    /// Two neighbours change places.
    pub fn swap(
        &mut self,
        operator: &'static str,
        from: usize,
        middle: usize,
        to: usize,
        names: Vec<String>,
    ) {
        let mut lines = self.source.lines[middle..to].to_vec();
        lines.extend_from_slice(&self.source.lines[from..middle]);
        self.push(Mutant {
            operator,
            line: from,
            change: format!(
                "{} after {}",
                self.source.lines[from].trim(),
                self.source.lines[middle].trim()
            ),
            text: self.source.with(from, to, &lines),
            names,
            by_definition: false,
        });
    }

    /// Every place of a word in lines that are no block text, or in all with `{{`.
    pub fn word(
        &mut self,
        operator: &'static str,
        was: &str,
        now: &str,
        fits: impl Fn(&str) -> bool,
    ) {
        let places: Vec<(usize, String)> = self
            .source
            .plain()
            .filter(|(_, line)| fits(line))
            .flat_map(|(number, line)| {
                words(line, was)
                    .into_iter()
                    .take(1)
                    .map(move |at| (number, put(line, at, was, now)))
            })
            .collect();
        for (number, line) in places {
            self.line(operator, number, &line);
        }
    }

    /// Every place of a text, once a line, where a line fits.
    pub fn text(
        &mut self,
        operator: &'static str,
        scripts: bool,
        was: &str,
        now: &str,
        fits: impl Fn(&str) -> bool,
    ) {
        let places: Vec<(usize, String)> = self
            .source
            .numbered()
            .filter(|(number, line)| {
                fits(line)
                    && if scripts {
                        self.source.in_script[*number]
                    } else {
                        !self.source.in_block[*number]
                    }
            })
            .filter_map(|(number, line)| line.find(was).map(|at| (number, put(line, at, was, now))))
            .collect();
        for (number, line) in places {
            self.line(operator, number, &line);
        }
    }
}

/// The names in a stretch of lines that others may use: ids and outputs.
pub fn names_in(source: &Source, from: usize, to: usize) -> Vec<String> {
    let ids = source.lines[from..to]
        .iter()
        .filter_map(|line| line.trim().strip_prefix("- id: "))
        .map(str::to_owned);
    let outputs = source
        .made("outputs:")
        .into_iter()
        .chain(source.made("record:"));
    let outputs = outputs.filter(|made| (from..to).contains(&made.line));
    ids.chain(outputs.map(|made| made.name)).collect()
}

/// The ids of destructive steps: where it is said that no gate or verification stands by them.
pub fn destructive(source: &Source) -> Vec<String> {
    let steps = source.steps();
    let steps = steps
        .iter()
        .filter(|step| source.has(step, "effect: destructive"));
    steps.map(|step| step.id.clone()).collect()
}

/// The blanks that a line begins with.
pub fn blanks(line: &str) -> String {
    " ".repeat(indent(line))
}

/// Whether a name stands in a line as a value that is filled in.
pub fn fills(line: &str, name: &str) -> bool {
    line.contains("{{") && has_word(line, name)
}
