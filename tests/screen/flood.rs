//! Input without end, such as a paste of a whole log: it is drawn meanwhile.

use std::{
    task::Poll,
    time::{Duration, Instant},
};

use crossterm::event::Event;
use futures_util::stream;
use rbconsole::{
    engine::event::RunKind,
    tui::{
        form::{self, FormScreen},
        home::{self, HomeScreen},
        keymap::Keymap,
    },
};

use super::{
    console::{Setup, beginning, in_a_runtime, key_of},
    glass::{Bench, Glass},
    home::settings,
    operator::Keys,
};

/// How long somebody holds a key.
const HELD: Duration = Duration::from_millis(700);
/// So many frames are drawn at least meanwhile.
const LEAST: u64 = 4;

/// A key that comes again as soon as it was taken, and then the way out.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test holds a key is no time of the product"
)]
fn held(key: &'static str) -> Keys {
    let began = Instant::now();
    Box::pin(stream::poll_fn(move |_| {
        let key = if began.elapsed() < HELD {
            key
        } else {
            "Ctrl-c"
        };
        Poll::Ready(Some(Ok(Event::Key(key_of(key)))))
    }))
}

/// How many frames a screen draws while a key is held.
fn drawn<T>(screen: impl AsyncFnOnce(&mut Bench, &mut Keys) -> T) -> u64 {
    let glass = Glass::new(80, 24);
    let mut bench = Bench::behind(&glass);
    in_a_runtime(screen(&mut bench, &mut held("Down")));
    glass.frames()
}

#[test]
fn home_is_drawn_meanwhile() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let settings = settings(folder.path());
    let theme = Setup::default().theme;
    let frames = drawn(async |bench, keys| {
        let mut home = HomeScreen::first_look(&settings, &Keymap::default());
        home::choose(bench, keys, &mut home, &theme).await.is_ok()
    });
    assert!(frames >= LEAST, "{frames} frames");
}

#[test]
fn the_form_is_drawn_meanwhile() {
    let setup = Setup::default();
    let mut begins = beginning(&setup);
    begins.kind = RunKind::Rehearsal;
    let frames = drawn(async |bench, keys| {
        let mut form = FormScreen::of(begins);
        form::fill(bench, keys, &mut form, &setup.theme)
            .await
            .is_ok()
    });
    assert!(frames >= LEAST, "{frames} frames");
}
