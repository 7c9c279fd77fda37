//! Answers that others must agree with.

use super::fixture::*;
use crate::engine::{
    Command, Event, Refusal, Status,
    event::{RunKind, Voucher},
};

const BOOK: &str = r"
phases:
  - id: only
    title: Only
    steps:
      - id: ask
        title: Really?
        gate:
          answers:
            hard: { label: The hard way, approvals: { from: [dba, grace], count: 2 } }
            easy: { label: The easy way }
            any: { label: Any, approvals: { count: 1 } }
";

fn account(user: &str, groups: &[&str]) -> Voucher {
    Voucher::Account {
        user: user.to_owned(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

fn said(stands_for: Option<&str>) -> Voucher {
    Voucher::Attested {
        channel: "phone".to_owned(),
        stands_for: stands_for.map(str::to_owned),
    }
}

fn approve(answer: &str, who: &str, how: Voucher, agrees: bool) -> Command {
    Command::Approve {
        gate: "ask".to_owned(),
        answer: answer.to_owned(),
        by_whom: who.to_owned(),
        how,
        agrees,
        reason: (!agrees).then(|| "too early".to_owned()),
    }
}

#[test]
fn enough_of_the_right_people_must_agree() {
    let mut b = Bench::of(BOOK);
    let hard = || answer_command("ask", "hard", None);
    assert_eq!(
        b.refused(hard()).to_string(),
        "‘The hard way’ needs 2 people to agree (from dba or grace)"
    );
    b.ok(approve("hard", "Grace", said(None), true));
    assert_eq!(
        b.refused(hard()).to_string(),
        "‘The hard way’ needs 2 people to agree (from dba or grace); so far: Grace"
    );
    // What was said of a person and what they say themselves are of one person.
    b.ok(approve("hard", "grace", account("grace", &[]), true));
    assert!(matches!(b.refused(hard()), Refusal::NeedsApproval(_)));
    b.ok(approve(
        "hard",
        "linus",
        account("linus", &["staff", "dba"]),
        true,
    ));
    let events = b.ok(hard());
    let Event::GateAnswered(answered) = &events[0] else {
        panic!("{events:?}");
    };
    assert!(!answered.unapproved);
    assert_eq!(answered.approvals.len(), 3);
    assert!(matches!(
        b.reopened().status("ask"),
        Status::Answered {
            unapproved: false,
            ..
        }
    ));
}

#[test]
fn who_may_not() {
    for (answer, who, how, refusal) in [
        (
            "hard",
            "eve",
            account("eve", &["staff"]),
            "‘eve’ cannot approve this: this is asked of dba or grace",
        ),
        (
            "hard",
            "eve",
            said(Some("ops")),
            "‘eve’ cannot approve this: this is asked of dba or grace",
        ),
        // A name is no account.
        (
            "hard",
            "grace",
            account("eve", &[]),
            "‘grace’ cannot approve this: this is asked of dba or grace",
        ),
        (
            "any",
            "Ada",
            said(None),
            "‘Ada’ cannot approve this: nobody approves what they decide",
        ),
        (
            "easy",
            "grace",
            said(None),
            "‘Really?’ cannot be approved: its answer `easy` needs nobody to agree",
        ),
        (
            "none",
            "grace",
            said(None),
            "‘Really?’ has no answer `none`; it has: hard, easy, any",
        ),
        (
            "hard",
            " ",
            said(Some("dba")),
            "Say why: who is it that agrees?",
        ),
    ] {
        let mut b = Bench::of(BOOK);
        assert_eq!(
            b.refused(approve(answer, who, how, true)).to_string(),
            refusal
        );
    }
}

#[test]
fn nobody_agrees_twice() {
    let own = || account("grace", &[]);
    let phone = || said(None);
    let twice = "‘Really?’ cannot be approved: grace has already agreed with `hard`";
    // The words of one person, one after the other, and what is told of the last.
    for (words, refusal) in [
        (vec![(own(), true), (own(), true)], Some(twice)),
        (vec![(phone(), true), (phone(), true)], Some(twice)),
        (vec![(own(), true), (phone(), true)], Some(twice)),
        // An account is proof of what was only told before, once.
        (vec![(phone(), true), (own(), true)], None),
        (
            vec![(phone(), true), (own(), true), (own(), true)],
            Some(twice),
        ),
        // A mind may change, and change again.
        (vec![(own(), true), (own(), false)], None),
        (vec![(own(), false), (own(), true)], None),
        (vec![(own(), true), (own(), false), (own(), true)], None),
        (
            vec![(own(), true), (own(), false), (own(), true), (own(), true)],
            Some(twice),
        ),
    ] {
        let mut b = Bench::of(BOOK);
        // Others and other answers are no words of this one.
        b.ok(approve("hard", "linus", said(Some("dba")), true));
        b.ok(approve("any", "grace", own(), true));
        let told = format!("{words:?}");
        let last = words.len() - 1;
        for (number, (how, agrees)) in words.into_iter().enumerate() {
            let command = approve("hard", "grace", how, agrees);
            match refusal {
                Some(refusal) if number == last => {
                    assert_eq!(b.refused(command).to_string(), refusal, "{told}");
                }
                _ => drop(b.ok(command)),
            }
        }
    }
}

#[test]
fn nobody_approves_what_they_answer_themselves() {
    let mut b = Bench::of(BOOK);
    b.ok(approve("any", OPERATOR, account(OPERATOR, &[]), true));
    assert!(matches!(
        b.refused(answer_command("ask", "any", None)),
        Refusal::NeedsApproval(_)
    ));
    b.ok(approve("any", "dana", said(None), true));
    b.answer("ask", "any");
}

#[test]
fn a_refusal_stands_until_it_is_taken_back() {
    let mut b = Bench::of(BOOK);
    b.ok(approve("hard", "grace", said(None), true));
    b.ok(approve("hard", "dana", said(Some("dba")), true));
    let mut no = approve("hard", "linus", said(Some("dba")), false);
    b.ok(no.clone());
    assert_eq!(
        b.refused(answer_command("ask", "hard", None)).to_string(),
        "‘The hard way’ was refused by linus"
    );
    if let Command::Approve { reason, .. } = &mut no {
        *reason = None;
    }
    assert_eq!(b.refused(no).to_string(), "Say why: why not?");
    // It is about this answer alone.
    b.ok(approve("hard", "linus", said(Some("dba")), true));
    b.answer("ask", "hard");
}

#[test]
fn without_them_there_is_a_mark_and_a_reason() {
    let mut b = Bench::of(BOOK);
    let without = |reason: Option<&str>| Command::Answer {
        gate: "ask".to_owned(),
        answer: "hard".to_owned(),
        reason: reason.map(str::to_owned),
        without_approval: true,
    };
    assert!(matches!(b.refused(without(None)), Refusal::NeedsReason(_)));
    let events = b.ok(without(Some("nobody answers the phone")));
    assert!(matches!(
        &events[0],
        Event::GateAnswered(answered) if answered.unapproved
    ));
    assert!(matches!(
        b.status("ask"),
        Status::Answered {
            unapproved: true,
            ..
        }
    ));
    // Where nothing is lacking, nothing is marked.
    let mut b = Bench::of(BOOK);
    let events = b.ok(Command::Answer {
        gate: "ask".to_owned(),
        answer: "easy".to_owned(),
        reason: None,
        without_approval: true,
    });
    assert!(matches!(
        &events[0],
        Event::GateAnswered(answered) if !answered.unapproved
    ));
}

#[test]
fn a_rehearsal_asks_nobody() {
    let mut b = Bench::with(BOOK, |started| started.kind = RunKind::Rehearsal);
    let events = b.answer("ask", "hard");
    assert!(matches!(
        &events[0],
        Event::GateAnswered(answered) if !answered.unapproved
    ));
}
