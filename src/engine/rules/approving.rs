//! Others who must agree with an answer.

use super::Draft;
use crate::engine::{
    event::{Approval, Event, Voucher},
    gate::{self, person, same},
    refusal::{self, Refusal},
    state::Status,
};
use crate::runbook::{self, Approvals, Kind};

impl Draft<'_> {
    pub(super) fn approve(&mut self, gate: String, approval: Approval) -> Result<(), Refusal> {
        let step = self.find(&gate)?;
        let (Kind::Gate(definition), Status::Deciding(deciding)) =
            (&step.kind, self.state.status(&gate))
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
        let word = deciding
            .approvals
            .iter()
            .rfind(|known| known.answer == approval.answer && person(known) == person(&approval));
        if approval.agrees && word.is_some_and(|word| word.agrees && !proves(&approval, word)) {
            let why = format!(
                "{} has already agreed with `{}`",
                approval.by_whom, answer.name
            );
            return Err(self.misfit(&step, "be approved", &why));
        }
        if !approval.agrees {
            let reason = approval.reason.as_deref().unwrap_or_default();
            Self::reason(reason, "why not?")?;
        }
        let approval = Box::new(approval);
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
        let (agreed, denied) = gate::words(approvals, &answer.name, self.by);
        let names = |words: Vec<&Approval>| -> Vec<String> {
            let names = words.into_iter().map(|word| word.by_whom.clone());
            names.collect()
        };
        let (agreed, denied) = (names(agreed), names(denied));
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

/// Whether an account now stands for what others had said of it: that is proof, no repetition.
fn proves(new: &Approval, old: &Approval) -> bool {
    matches!(new.how, Voucher::Account { .. }) && matches!(old.how, Voucher::Attested { .. })
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
