//! What holds of what is done beside the script, asked again and written down.

use proptest::prelude::*;

use super::{plans, some, walk};
use crate::engine::{Command, Event, Status, apply, effect::Part, event::Reopened};
use crate::runbook;

proptest! {
    #![proptest_config(some())]

    #[test]
    fn what_was_done_stays_done_when_a_gate_is_asked_again(plan in plans()) {
        walk(&plan).each_event(|turn, before, entry| {
            let Event::GateReopened(reopened) = &entry.event else { return };
            let Reopened { gate, done, again, .. } = &**reopened;
            let mut after = before.clone();
            apply(&mut after, entry);
            assert!(turn.before.answers.contains_key(gate) && !after.answers.contains_key(gate));
            assert_eq!(&after.values, &before.values);
            assert_eq!(&after.attempts.len(), &before.attempts.len());
            for (id, status) in &before.steps {
                let concluded = matches!(status, Status::Concluded { .. });
                if concluded && !again.contains(id) {
                    assert_eq!(after.status(id), status, "{id} was done");
                }
                let cleans_up = before.runbook.cleanup.as_ref().is_some_and(|it| it.step(id).is_some());
                assert!(!concluded || !again.contains(id) || cleans_up, "{id} would be done twice");
            }
            assert!(done.iter().all(|id| matches!(before.status(id), Status::Concluded { .. })));
            // It is its turn, or something before it in its phase is.
            let (phase, _) = before.runbook.step(gate).unwrap();
            assert_eq!(after.current_phase().map(|(phase, _)| phase.id.as_str()), Some(phase.id.as_str()));
            assert!(after.phases.iter().all(|known| !after.upcoming.contains(&known.id)), "no phase twice");
        });
    }

    #[test]
    fn nothing_off_the_script_goes_unasked(plan in plans()) {
        let walk = walk(&plan);
        walk.each_event(|turn, state, entry| {
            let Event::AttemptStarting { launch, .. } = &entry.event else { return };
            let asked = matches!(turn.command, Command::OffScript(_));
            assert_eq!(asked, launch.part == Part::OffScript);
            if asked {
                assert!(!state.is_rehearsal() && launch.effect == runbook::Effect::Write);
            }
        });
        for turn in &walk.turns {
            let closes = matches!(&turn.command, Command::Close { outcome, .. } if outcome.is_good());
            if closes && turn.result.is_ok() {
                assert!(turn.before.off_script().all(|(_, known)| known.is_in_doubt().is_none()));
            }
        }
    }

    #[test]
    fn no_note_is_lost(plan in plans()) {
        let walk = walk(&plan);
        let mut said: Vec<Vec<String>> = Vec::new();
        for entry in &walk.bench.entries {
            match &entry.event {
                Event::NoteAdded { text, .. } => said.push(vec![text.to_string()]),
                Event::NoteAmended { note, text: Some(text), .. } => said[*note as usize - 1].push(text.clone()),
                _ => {}
            }
        }
        let known: Vec<Vec<String>> = walk.bench.state.notes.iter().map(|note| {
            let earlier = note.earlier.iter().map(|known| known.text.to_string());
            earlier.chain([note.text.to_string()]).collect()
        }).collect();
        prop_assert_eq!(known, said);
    }
}
