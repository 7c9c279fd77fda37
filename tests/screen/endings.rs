//! A terminal that fails under a run: the run is let go as one whose connection was lost, so
//! that whoever takes over is told what happened.

use std::time::Duration;

use rbconsole::{
    engine::event::Manner,
    session::{self, Watch},
    tui::{attend, helm::Helm, keymap::Keymap, source::Source},
};

use super::{
    clock,
    console::{House, Operator, Setup, Slot, beginning, in_a_runtime, launcher, perform},
    fake::Fate,
    operator::PATIENCE,
};

/// Drives a run until the terminal fails.
fn fails(how: impl Fn(&Operator)) {
    let house = House::new();
    let setup = Setup::default();
    let launcher = launcher(Fate::Unknown, &Slot::default());
    let helm = Helm {
        seat: setup.seat.clone(),
        clock: clock::now,
        folders: &[],
        launcher: &launcher,
        wants_it: false,
        keys: Keymap::default(),
    };
    let (ended, ()) = in_a_runtime(async {
        let session = session::start(&house.runs(), &beginning(&setup), clock::now, &launcher)
            .expect("the run begins");
        let source = Source::Drive(Box::new(session));
        perform(
            setup.size,
            async |bench, events| attend::attend(bench, events, source, &setup.theme, &helm).await,
            async |operator| {
                operator.sees(&["run ‘Measure the error rate’"]).await;
                how(&operator);
                let leaves = async {
                    while !operator.is_gone() {
                        tokio::time::sleep(Duration::from_millis(2)).await;
                    }
                };
                let left = tokio::time::timeout(PATIENCE, leaves).await;
                assert!(left.is_ok(), "it goes on");
            },
        )
        .await
    });
    assert!(ended.is_err(), "{ended:?}");
    let watch = Watch::open(house.run()).expect("the run can be read");
    let departure = watch.departure().expect("it is said how it was let go");
    assert_eq!(departure.how, Manner::Disconnected);
}

#[test]
fn a_frame_cannot_be_drawn() {
    fails(|operator| {
        operator.glass.shatter();
        operator.press(&["n"]);
    });
}

#[test]
fn keys_cannot_be_read() {
    fails(Operator::keyboard_fails);
}
