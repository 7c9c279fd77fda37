//! The answers of an open gate: what follows each, what speaks for it, and who
//! still has to agree.

use super::{Choice, Does};
use crate::engine::{
    Command, Status,
    event::{Approval, Voucher},
    gate, needs,
    step::fill_or_source,
};
use crate::runbook::{Answer, Gate, Kind, Step};
use crate::tui::{overlay::Ask, run::View};

/// Who has to agree with an answer, and who has said something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// How many have to agree.
    pub needed: u32,
    /// Of whom: people or groups; anybody but the driver, if empty.
    pub from: Vec<String>,
    /// Who agrees, with how that is known.
    pub agreed: Vec<String>,
    /// Who refuses, with why.
    pub denied: Vec<String>,
}

impl Agreement {
    /// Whether the answer can be given.
    pub fn is_there(&self) -> bool {
        self.denied.is_empty()
            && u32::try_from(self.agreed.len()).is_ok_and(|agreed| agreed >= self.needed)
    }

    /// Who is asked, and how many of them.
    pub fn wanted(&self) -> String {
        let from = if self.from.is_empty() {
            "anybody but you".to_owned()
        } else {
            self.from.join(" or ")
        };
        match self.needed {
            1 => format!("1 person of {from}"),
            many => format!("{many} people of {from}"),
        }
    }

    /// Who said what so far.
    pub fn so_far(&self) -> Vec<String> {
        let agreed = self.agreed.iter().map(|who| format!("✔ {who}"));
        let denied = self.denied.iter().map(|who| format!("✘ {who}"));
        agreed.chain(denied).collect()
    }

    /// How far it is, in a few words.
    pub fn short(&self) -> String {
        let agreed = self.agreed.len();
        if self.is_there() {
            return "✔ approved".to_owned();
        }
        match self.denied.len() {
            0 => format!("☐ {agreed} of {} agreed", self.needed),
            denied => format!("✘ {denied} against it"),
        }
    }
}

/// Who has to agree with an answer, if anybody has to: in a rehearsal nobody, since
/// nothing happens in it.
pub fn agreement(view: &View<'_>, id: &str, answer: &Answer) -> Option<Agreement> {
    let wanted = answer.approvals.as_ref()?;
    let Status::Deciding(deciding) = view.state.status(id) else {
        return None;
    };
    if view.state.is_rehearsal() {
        return None;
    }
    let (agreed, denied) = gate::words(&deciding.approvals, &answer.name, view.standing.operator);
    Some(Agreement {
        needed: wanted.count,
        from: wanted.from.clone(),
        agreed: agreed.into_iter().map(agrees).collect(),
        denied: denied.into_iter().map(refuses).collect(),
    })
}

fn agrees(word: &Approval) -> String {
    match &word.how {
        Voucher::Account { .. } => format!("{} agreed, from their own account", word.by_whom),
        Voucher::Attested { channel, .. } => {
            format!("{} agreed, attested: {channel}", word.by_whom)
        }
    }
}

fn refuses(word: &Approval) -> String {
    let why = word.reason.as_deref().unwrap_or("no reason given");
    format!("{} refuses: {why}", word.by_whom)
}

/// The answers of the gate that is open.
pub fn answers(view: &View<'_>, step: &Step) -> Vec<Choice> {
    let (Kind::Gate(gate), Status::Deciding(deciding)) = (&step.kind, view.state.status(&step.id))
    else {
        return Vec::new();
    };
    let scope = view.state.scope();
    let suggestion = deciding.facts.suggestion.as_ref();
    gate.answers
        .iter()
        .map(|answer| {
            let suggested = suggestion.filter(|suggested| suggested.answer == answer.name);
            let against = suggestion
                .filter(|suggested| suggested.answer != answer.name)
                .map(|suggested| suggested.answer.clone());
            let agreement = agreement(view, &step.id, answer);
            let lacks = agreement.as_ref().is_some_and(|found| !found.is_there());
            let does = if lacks {
                Does::Approval {
                    gate: step.id.clone(),
                    answer: answer.name.clone(),
                    against,
                }
            } else if answer.reason_required || against.is_some() {
                Does::Ask(Ask::AnswerReason {
                    gate: step.id.clone(),
                    answer: answer.name.clone(),
                    against,
                    without_approval: false,
                })
            } else {
                Does::Command(Command::Answer {
                    gate: step.id.clone(),
                    answer: answer.name.clone(),
                    reason: None,
                    without_approval: false,
                })
            };
            let follows = fill_or_source(&answer.consequence, scope);
            let mut choice = Choice::new(fill_or_source(&answer.label, scope), follows, does);
            choice.route = route(view, step, answer);
            choice.suggested = suggested.map(|suggested| suggested.because.clone());
            choice.destructive = needs::leads_to_destruction(view.state, gate, &answer.name);
            choice.preselected = suggested.is_some() && !choice.destructive && !lacks;
            choice.agreement = agreement;
            choice
        })
        .collect()
}

/// The phases that follow an answer, in words.
fn route(view: &View<'_>, step: &Step, answer: &Answer) -> String {
    let Some(then) = &answer.then else {
        return String::new();
    };
    let runbook = &view.state.runbook;
    let titles: Vec<&str> = then
        .iter()
        .filter_map(|id| runbook.phase(id))
        .map(|phase| phase.title.as_str())
        .collect();
    if runbook.ends(&step.id, answer) {
        "the run ends with this phase".to_owned()
    } else if titles.is_empty() {
        "the rest of the used runbook is left out".to_owned()
    } else {
        titles.join(" → ")
    }
}

/// The command with which another user of this machine agrees with an answer.
pub fn approve_command(run: &str, gate: &str, definition: &Gate, answer: &str) -> String {
    let several = definition
        .answers
        .iter()
        .filter(|answer| answer.approvals.is_some())
        .count()
        > 1;
    let which = if several {
        format!(" --answer {answer}")
    } else {
        String::new()
    };
    format!("rbconsole approve {run} {gate}{which}")
}
