//! What holds in every run, however it goes.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{
    fixture::*,
    walk::{Plan, Turn, Walk, plans, walk},
};
use crate::engine::{
    Command, Effect, Entry, Event, Next, State, Status, advance, apply, decide, effect::Part,
    event::Outcome, needs, next, pending, rules::headless_answer, state::AttemptStatus, step,
};
use crate::runbook::{self, Confirm, Kind};
use crate::template::Value;

mod beside;

const CASES: u32 = 64;

fn some() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(CASES)
    }
}

/// Asks everything that a screen asks of a state.
fn look_at(state: &State) {
    let _ = (next(state), pending(state), state.scope());
    for step in state.runbook.steps() {
        let _ = headless_answer(state, &step.id);
        let _ = needs::missing(state, step);
        let _ = step::elapsed(state, &step.id, noon());
        if let Kind::Gate(gate) = &step.kind {
            for answer in &gate.answers {
                let _ = needs::leads_to_destruction(state, gate, &answer.name);
            }
        }
    }
}

/// Makes a few requests of a state, whatever it is.
fn ask_around(state: &State) {
    for step in state.runbook.steps() {
        for command in [
            Command::Run(confirmed(&step.id, "x")),
            skip(&step.id, &[]),
            answer_command(&step.id, "x", None),
        ] {
            let _ = decide(state, command, OPERATOR, noon());
        }
    }
    for gate in state.answers.keys() {
        let _ = crate::engine::reopening(state, gate);
    }
    for command in [Command::Auto(true), Command::Tock] {
        let _ = decide(state, command, OPERATOR, noon());
    }
}

/// A write's launch: the step, and the attempt's number in the run.
fn is_write(event: &Event) -> Option<&crate::engine::Launch> {
    match event {
        // What belongs to no step has rules of its own.
        Event::AttemptStarting { launch, .. }
            if launch.effect != runbook::Effect::Read && launch.part != Part::OffScript =>
        {
            Some(launch)
        }
        _ => None,
    }
}

proptest! {
    #![proptest_config(some())]

    #[test]
    fn a_replay_through_the_journal_gives_the_live_state(plan in plans()) {
        let Walk { bench, .. } = walk(&plan);
        look_at(&bench.state);
        let reopened = bench.reopened();
        prop_assert_eq!(&reopened.entries, &bench.entries);
        let (live, replayed) = (parts(&bench.state), parts(&reopened.state));
        prop_assert!(live == replayed, "{live:#?}\n{replayed:#?}");
        prop_assert_eq!(pending(&bench.state), pending(&reopened.state));
    }

    #[test]
    fn any_prefix_of_a_journal_can_be_taken_up(plan in plans(), at in any::<prop::sample::Index>()) {
        let Walk { bench, .. } = walk(&plan);
        let end = 1 + at.index(bench.entries.len());
        let state = replay(&bench.state.runbook, &bench.entries[..end]);
        look_at(&state);
        let resume = Command::Resume(Box::default());
        let decision = decide(&state, resume, OPERATOR, bench.now);
        prop_assert!(decision.is_ok());
        ask_around(&state);
    }

    #[test]
    fn no_order_of_events_can_make_it_panic(
        (plan, order) in plans().prop_flat_map(|plan| (Just(plan), prop::collection::vec(any::<u16>(), 200))),
    ) {
        let Walk { bench, .. } = walk(&plan);
        let mut entries: Vec<(u16, &Entry)> = order.iter().copied().cycle().zip(&bench.entries[1..]).collect();
        entries.sort_by_key(|(place, _)| *place);
        let mut state = replay(&bench.state.runbook, &bench.entries[..1]);
        for (_, entry) in entries {
            apply(&mut state, entry);
        }
        look_at(&state);
        ask_around(&state);
    }

    #[test]
    fn no_field_of_an_event_can_make_it_panic(
        plan in plans(),
        changes in prop::collection::vec((any::<u16>(), any::<u8>()), 1..40),
    ) {
        let Walk { bench, .. } = walk(&plan);
        let mut words: Vec<String> = bench.state.runbook.steps().map(|step| step.id.clone()).collect();
        words.extend(bench.state.runbook.phases.iter().map(|phase| phase.id.clone()));
        words.extend(["nowhere", "{{ x", ""].map(str::to_owned));
        let mut entries = bench.entries.clone();
        for (place, change) in changes {
            let place = usize::from(place) % entries.len();
            let mut json = serde_json::to_value(&entries[place]).unwrap();
            let mut left = usize::from(change);
            spoil(&mut json, &mut left, &words);
            if let Ok(entry) = serde_json::from_value(json) {
                entries[place] = entry;
            }
        }
        let Ok(mut state) = State::begin(std::sync::Arc::clone(&bench.state.runbook), &entries[0]) else {
            return Ok(());
        };
        for entry in &entries[1..] {
            apply(&mut state, entry);
        }
        look_at(&state);
        ask_around(&state);
    }

    #[test]
    fn no_write_starts_behind_a_gate_that_waits(plan in plans()) {
        walk(&plan).each_event(|_, state, entry| {
            let Some(launch) = is_write(&entry.event) else { return };
            let (phase, step) = state.runbook.step(&launch.step).unwrap();
            let before = phase.steps.iter().take_while(|other| other.id != step.id);
            for gate in before.filter(|step| matches!(step.kind, Kind::Gate(_))) {
                assert!(state.status(&gate.id).is_settled(), "{} behind {}", step.id, gate.id);
            }
            assert_eq!(state.current_phase().unwrap().0.id, phase.id);
        });
    }

    #[test]
    fn no_write_starts_twice_by_itself(plan in plans()) {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut unknown: BTreeSet<String> = BTreeSet::new();
        let mut scheduled: BTreeSet<String> = BTreeSet::new();
        walk(&plan).each_event(|turn, state, entry| match &entry.event {
            Event::AttemptFinished { attempt, outcome: Outcome::Unknown { .. }, .. } => {
                unknown.insert(state.attempts[attempt].launch.step.clone());
            }
            Event::EffectDenied { step, .. } | Event::StepConcluded { step, .. } => {
                unknown.remove(step);
            }
            Event::RetryScheduled { step, .. } => {
                scheduled.insert(step.clone());
            }
            Event::PollScheduled(poll) => {
                scheduled.insert(poll.step.clone());
            }
            event => {
                let Some(launch) = is_write(event) else { return };
                let step = &launch.step;
                assert!(!unknown.contains(step), "{step} may have taken effect");
                // What is launched together is one start.
                if launch.attempt != launch.first() {
                    assert!(state.attempts.contains_key(&launch.round));
                    return;
                }
                assert!(state.live_attempt(step).is_none(), "{step} runs");
                let asked = match &turn.command {
                    Command::Retry(run) => run.step == *step,
                    // Not what is done already.
                    Command::Run(run) => run.step == *step && !turn.before.status(step).is_settled(),
                    Command::Fallback { step: asked, .. } => asked == step,
                    Command::Tock => scheduled.remove(step),
                    _ => false,
                };
                assert!(seen.insert(step.clone()) || asked, "{step} by {:?}", turn.command);
            }
        });
    }

    #[test]
    fn a_rehearsal_runs_only_what_may_run_there(plan in plans()) {
        let plan = Plan { rehearsal: true, ..plan };
        let walk = walk(&plan);
        for turn in &walk.turns {
            let effects = turn.result.iter().flat_map(|decision| &decision.effects);
            for effect in effects {
                assert!(!matches!(effect, Effect::Query(_)), "{effect:?}");
            }
        }
        walk.each_event(|turn, state, entry| {
            let Event::AttemptStarting { launch, edited_from, fallback, .. } = &entry.event else { return };
            assert!(edited_from.is_none() && fallback.is_none() && launch.part == Part::Main);
            let (_, step) = state.runbook.step(&launch.step).unwrap();
            let Kind::Run(run) = &step.kind else { panic!("{step:?}") };
            if let Some(rehearse) = &run.rehearse {
                let fixed = rehearse.source.split("{{").next().unwrap_or_default();
                assert!(launch.command().starts_with(fixed), "{}", launch.command());
                return;
            }
            // The operator agreed: by asking for it, once for all its attempts.
            assert_eq!(step.effect, runbook::Effect::Read);
            match &turn.command {
                Command::Run(asked) | Command::Retry(asked) => assert_eq!(asked.step, step.id),
                Command::Tock => assert!(state.attempts_of(&step.id).next().is_some()),
                other => panic!("{} by {other:?}", step.id),
            }
        });
    }

    #[test]
    fn a_run_that_is_being_closed_begins_nothing_but_its_cleanup(plan in plans()) {
        walk(&plan).each_event(|_, state, entry| {
            if state.closing.is_none() {
                return;
            }
            match &entry.event {
                // A person may do more than the runbook knows.
                Event::AttemptStarting { launch, .. } if launch.part == Part::OffScript => {}
                Event::AttemptStarting { launch, .. } => {
                    assert_eq!(state.runbook.step(&launch.step).unwrap().0.id, runbook::CLEANUP);
                }
                Event::PhaseEntered { phase, .. } => assert_eq!(phase, runbook::CLEANUP),
                Event::RunClosed { .. } => assert!(state.live().next().is_none()),
                _ => {}
            }
        });
    }

    #[test]
    fn a_round_is_judged_once_by_its_worst_end(plan in plans()) {
        let mut judged = BTreeSet::new();
        walk(&plan).each_event(|_, state, entry| {
            let Event::RoundFinished { step, round, outcome, .. } = &entry.event else { return };
            assert!(judged.insert(*round));
            let all_good = state.mains_of_round(step, *round).all(|(_, part)| {
                matches!(part.status, AttemptStatus::Finished { outcome: Outcome::Succeeded, .. })
            });
            assert!(all_good || *outcome != Outcome::Succeeded);
        });
    }

    #[test]
    fn no_decision_is_lost(plan in plans()) {
        let walk = walk(&plan);
        let mut answers = BTreeMap::new();
        for entry in &walk.bench.entries {
            match &entry.event {
                Event::GateAnswered(answered) => {
                    let (gate, answer) = (&answered.gate, &answered.answer);
                    prop_assert_eq!(answers.insert(gate.clone(), answer.clone()), None, "answered twice");
                }
                Event::GateReopened(reopened) => answers.retain(|gate, _| !reopened.again.contains(gate)),
                _ => {}
            }
        }
        prop_assert_eq!(&walk.bench.state.answers, &answers);
        for (gate, given) in &answers {
            let status = walk.bench.state.status(gate);
            prop_assert!(matches!(status, Status::Answered { answer, .. } if answer == given), "{status:?}");
        }
    }

    #[test]
    fn what_cannot_be_undone_was_confirmed(plan in plans()) {
        walk(&plan).each_event(|turn, _, entry| {
            let Some(launch) = is_write(&entry.event) else { return };
            if launch.effect != runbook::Effect::Destructive {
                return;
            }
            let (step, confirmation) = match &turn.command {
                Command::Run(run) | Command::Retry(run) => (&run.step, &run.confirmation),
                Command::Fallback { step, confirmation, .. } => (step, confirmation),
                other => panic!("started by {other:?}"),
            };
            assert_eq!(step, &launch.step);
            let typed = confirmation.as_ref().expect("it was confirmed");
            let place = turn.before.run.environment.as_deref();
            let place = place.and_then(|name| turn.before.runbook.environment(name));
            if place.is_none_or(|place| place.confirm == Confirm::Type) {
                let (_, step) = turn.before.runbook.step(step).unwrap();
                let target = step::target(&turn.before, step).unwrap();
                assert_eq!(typed, target.as_ref().unwrap_or(&step.id));
                assert!(!typed.trim().is_empty());
            }
        });
    }

    #[test]
    fn every_decision_is_finite_complete_and_advances(plan in plans()) {
        let walk = walk(&plan);
        for turn in &walk.turns {
            check_decision(turn);
        }
    }

    #[test]
    fn refusals_read_well(plan in plans()) {
        for turn in walk(&plan).turns {
            if let Err(refusal) = turn.result {
                reads_well(&refusal);
            }
        }
    }

    #[test]
    fn numbers_survive_the_journal(number in any::<f64>()) {
        let Some(number) = serde_json::Number::from_f64(number) else { return Ok(()) };
        let value = Value::Number(number);
        let line = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
    }
}

fn check_decision(turn: &Turn) {
    let Ok(decision) = &turn.result else { return };
    let book = &turn.before.runbook;
    let most = 3 * (book.phases.len() + book.steps().count()) + 9;
    assert!(
        decision.events.len() <= most,
        "{:?}",
        names(&decision.events)
    );
    let mut state = turn.before.clone();
    for (place, event) in decision.events.iter().enumerate() {
        let before = state.clone();
        apply(&mut state, &entry(turn.at, event.clone()));
        // What the operator asked for may change nothing; what follows must.
        assert!(
            place == 0 || parts(&before) != parts(&state),
            "{event:?} of {:?} changes nothing",
            turn.command
        );
    }
    assert_eq!(advance::advance(&state, turn.at), [], "all was said");
    // Each launch and each stop is both an event and an effect.
    let starts = decision.events.iter().filter_map(|event| match event {
        Event::AttemptStarting { launch, .. } => Some(Effect::Launch((**launch).clone())),
        Event::AttemptStopping { attempt } => Some(Effect::Stop(*attempt)),
        // It was asked to stop before it began.
        Event::AttemptStarted { attempt, .. } => state.attempts[attempt]
            .status
            .stopping()
            .map(|_| Effect::Stop(*attempt)),
        _ => None,
    });
    let done = decision
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Launch(_) | Effect::Stop(_)));
    assert!(starts.eq(done.cloned()));
    let attempts: Vec<_> = decision
        .events
        .iter()
        .filter_map(|event| match event {
            Event::AttemptStarting { launch, .. } => Some(launch.attempt),
            _ => None,
        })
        .collect();
    assert!(attempts.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(
        attempts
            .iter()
            .all(|attempt| !turn.before.attempts.contains_key(attempt))
    );
}

/// Changes the leaf at which the count runs out.
fn spoil(json: &mut serde_json::Value, left: &mut usize, words: &[String]) {
    use serde_json::Value as Json;
    let choice = *left;
    match json {
        Json::Object(map) => {
            for value in map.values_mut() {
                spoil(value, left, words);
            }
        }
        Json::Array(items) => {
            for item in items {
                spoil(item, left, words);
            }
        }
        leaf => {
            if left.is_multiple_of(11) {
                *leaf = match leaf {
                    Json::Number(_) => [0, 1, 3, u32::MAX.into(), u64::MAX][choice % 5].into(),
                    Json::Bool(on) => (!*on).into(),
                    _ => words[choice.wrapping_mul(7) % words.len()].clone().into(),
                };
            }
            *left = left.wrapping_add(1);
        }
    }
}

/// Properties of runs that go nowhere would prove nothing.
#[test]
fn random_runs_get_everywhere() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let (mut closed, mut finished, mut refused) = (0, 0, 0);
    for _ in 0..300 {
        let walk = walk(&plans().new_tree(&mut runner).unwrap().current());
        seen.extend(walk.bench.entries.iter().map(|entry| name(&entry.event)));
        closed += usize::from(walk.bench.state.closed.is_some());
        finished += usize::from(matches!(next(&walk.bench.state), Next::Close(_)));
        refused += walk
            .turns
            .iter()
            .filter(|turn| turn.result.is_err())
            .count();
    }
    assert_eq!(seen.len(), 39, "every kind of event: {seen:?}");
    assert!(
        closed > 5 && finished > 5 && refused > 100,
        "{closed}, {finished}, {refused}"
    );
}
