//! What a scenario says in vain: results and answers that nobody asked for.

use super::Play;
use crate::runbook::diagnostic::Span;

impl Play<'_> {
    /// What the scenario itself says and nobody asked for.
    pub(super) fn unused(&self) -> Vec<(Span, String)> {
        let said = self.scenario;
        let asked =
            |field: &'static str, name: &str| self.asked.contains(&(field, name.to_owned()));
        let mut unused = Vec::new();
        for (name, stated) in said.commands.iter().filter(|(_, stated)| stated.own) {
            if !asked("commands", name) {
                unused.push((stated.at, format!("`{name}` never runs")));
                continue;
            }
            let stated_for: Option<u32> = stated.value.iter().map(|reply| reply.times).sum();
            let used = self.used.get(name).copied().unwrap_or(0);
            if let Some(all) = stated_for.filter(|all| used < *all) {
                let text = format!("`{name}` has {} and results for {all}", runs(used));
                unused.push((stated.at, text));
            }
        }
        let mut rest = |field: &'static str, name: &str, at: Span, own: bool, what: &str| {
            if own && !asked(field, name) {
                unused.push((at, format!("`{name}` {what}")));
            }
        };
        for (name, stated) in &said.answers {
            rest("answers", name, stated.at, stated.own, "is never asked");
        }
        for (name, stated) in &said.failures {
            rest("failures", name, stated.at, stated.own, "never fails");
        }
        for (name, stated) in &said.skips {
            rest("skips", name, stated.at, stated.own, "is never left out");
        }
        for (name, stated) in &said.manual {
            rest("manual", name, stated.at, stated.own, "is never done");
        }
        for (name, stated) in &said.rehearse {
            let what = "is never walked through";
            rest("rehearse", name, stated.at, stated.own, what);
        }
        unused
    }
}

/// A number of runs, in words.
pub(super) fn runs(count: u32) -> String {
    match count {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    }
}
