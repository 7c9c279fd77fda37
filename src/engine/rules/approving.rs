//! Others who must agree with an answer.

use std::collections::BTreeMap;

use super::Draft;
use crate::engine::{
    event::{Approval, Event, Voucher},
    refusal::{self, Refusal},
    state::Status,
};
use crate::runbook::{self, Approvals, Kind};

impl Draft<'_> {
    pub(super) fn approve(&mut self, gate: String, approval: Approval) -> Result<(), Refusal> {
        let step = self.find(&gate)?;
        let (Kind::Gate(definition), Status::Deciding(_)) = (&step.kind, self.state.status(&gate))
        else {
            return Err(self.misfit(&step, "be approved", "it is not an open gate"));
        };
        let answer = self.chosen(&step, definition, &approval.answer)?;
        let Some(wanted) = &answer.approvals else {
            let why = format!("its answer `{}` needs nobody to agree", answer.name);
            return Err(self.misfit(&step, "be approved", &why));
        };
        let no = |why: String| Refusal::NotAnApprover {
            who: format!("‘{}’", approval.by_whom),
            why,
        };
        if person(&approval).is_empty() {
            return Err(Refusal::NeedsReason("who is it that agrees?".to_owned()));
        }
        if let Voucher::Attested { channel, .. } = &approval.how {
            // An account that speaks for itself is its own proof; a word is not.
            if channel.trim().is_empty() {
                return Err(Refusal::NeedsReason("where did they say it?".to_owned()));
            }
            if person(&approval) == same(self.by) {
                return Err(no("nobody approves what they decide".to_owned()));
            }
        }
        if !may(wanted, &approval) {
            return Err(no(format!("this is asked of {}", wanted.from.join(" or "))));
        }
        if !approval.agrees {
            let reason = approval.reason.as_deref().unwrap_or_default();
            Self::reason(reason, "why not?")?;
        }
        self.push(Event::ApprovalGiven { gate, approval });
        Ok(())
    }

    /// What an answer still lacks, if it lacks anything.
    pub(super) fn lacks(
        &self,
        answer: &runbook::Answer,
        label: &str,
        approvals: &[Approval],
    ) -> Option<refusal::Approvals> {
        let wanted = answer.approvals.as_ref()?;
        // Nothing happens in a rehearsal that anybody would have to agree with.
        if self.state.is_rehearsal() {
            return None;
        }
        // Of each person the last word; of the one who decides none.
        let mut words: BTreeMap<String, &Approval> = BTreeMap::new();
        for approval in approvals
            .iter()
            .filter(|approval| approval.answer == answer.name)
        {
            words.insert(person(approval), approval);
        }
        words.remove(&same(self.by));
        let names = |agrees: bool| {
            words
                .values()
                .filter(|approval| approval.agrees == agrees)
                .map(|approval| approval.by_whom.clone())
                .collect::<Vec<_>>()
        };
        let (agreed, denied) = (names(true), names(false));
        let enough = u32::try_from(agreed.len()).is_ok_and(|agreed| agreed >= wanted.count);
        (!denied.is_empty() || !enough).then(|| refusal::Approvals {
            answer: label.to_owned(),
            from: wanted.from.clone(),
            needed: wanted.count,
            agreed,
            denied,
        })
    }
}

/// By what two words of the same person are known to be theirs.
fn person(approval: &Approval) -> String {
    match &approval.how {
        Voucher::Account { user, .. } => same(user),
        Voucher::Attested { .. } => same(&approval.by_whom),
    }
}

fn same(name: &str) -> String {
    name.trim().to_lowercase()
}

fn may(wanted: &Approvals, approval: &Approval) -> bool {
    let is = |name: &str| wanted.from.iter().any(|wanted| same(wanted) == same(name));
    wanted.from.is_empty()
        || match &approval.how {
            Voucher::Account { user, groups } => is(user) || groups.iter().any(|group| is(group)),
            Voucher::Attested { stands_for, .. } => {
                is(&approval.by_whom) || stands_for.as_deref().is_some_and(is)
            }
        }
}
