//! A disk that takes no more: said on the screen, and nothing starts that is not on record.

use std::process::Command;

use rbconsole::tui::theme::{Depth, Theme};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use super::{
    console::{Frames, House, Setup, compare, theme},
    scenes,
};

/// Set in the process that has no room for files.
const CHILD: &str = "RBCONSOLE_TEST_STALLED";
/// Raised at a write over the limit; its default is to kill.
const SIGXFSZ: i32 = 25;

/// The limit on the size of files is the process's: the scene has one of its own.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "this test starts itself a second time"
)]
fn a_journal_that_cannot_be_written() {
    if std::env::var_os(CHILD).is_some() {
        compare("stalled", stalled(theme("dark", Depth::True)));
        return;
    }
    let this = std::env::current_exe().expect("a test knows its file");
    let output = Command::new(this)
        .args(["--exact", "stall::a_journal_that_cannot_be_written"])
        .env(CHILD, "1")
        .output()
        .expect("a test can be run");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

fn stalled(theme: Theme) -> Frames {
    let setup = Setup {
        theme,
        ..Setup::default()
    };
    let (frames, _) = House::new().begin(&setup, async |console| {
        let _handled = signal(SignalKind::from_raw(SIGXFSZ)).expect("a signal can be handled");
        scenes::answered(console).await;
        let events = console.journal().len();
        let size = std::fs::metadata(console.dir().journal())
            .expect("there is a journal")
            .len();
        let before = getrlimit(Resource::Fsize);
        // Half of the next line still fits: it must not stay behind.
        let full = Rlimit {
            current: Some(size + 20),
            maximum: before.maximum,
        };
        setrlimit(Resource::Fsize, full).expect("a limit can be lowered");
        console.press(&["Enter"]);
        console.sees(&["nothing new starts"]).await;
        assert!(console.hand.launches().iter().all(|l| l.step != "deploy"));
        setrlimit(Resource::Fsize, before).expect("the limit can be raised again");
        let frames = console.frames().await;
        assert_eq!(console.journal().len(), events);
        // The disk has room again: the same key does it now.
        console.press(&["Enter"]);
        console.launched("deploy").await;
        console
            .until("the message is gone", |text| {
                !text.contains("nothing new starts")
            })
            .await;
        frames
    });
    frames
}
