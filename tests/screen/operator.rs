//! The operator's hands and eyes: presses keys, and looks at frames that have settled.

use std::{cell::RefCell, io, rc::Rc, time::Duration};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use regex::Regex;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::glass::{Bench, Glass, Told};

/// How long anything may take. Only a test that fails waits for it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Keys as the console gets them.
pub type Keys = std::pin::Pin<Box<dyn futures_util::Stream<Item = io::Result<Event>>>>;

/// Runs a screen and the operator in front of it until both are done. When the
/// operator is done there are no more keys, and the screen leaves.
pub async fn perform<S, R>(
    size: (u16, u16),
    screen: impl AsyncFnOnce(&mut Bench, &mut Keys) -> S,
    script: impl AsyncFnOnce(Operator) -> R,
) -> (S, R) {
    let glass = Glass::new(size.0, size.1);
    let mut bench = Bench::behind(&glass);
    let (keys, mut typed) = unbounded_channel();
    let operator = Operator {
        keys,
        glass,
        copied: Rc::clone(&bench.copied),
        told: Rc::clone(&bench.told),
    };
    let mut events: Keys = Box::pin(futures_util::stream::poll_fn(move |context| {
        typed.poll_recv(context)
    }));
    tokio::join!(
        async move {
            let ended = screen(&mut bench, &mut events).await;
            // The operator notices that nobody listens any more.
            drop(events);
            ended
        },
        script(operator)
    )
}

/// The operator's hands and eyes.
pub struct Operator {
    keys: UnboundedSender<io::Result<Event>>,
    pub glass: Glass,
    /// What was put on the clipboard.
    pub copied: Rc<RefCell<Vec<String>>>,
    /// What the terminal was told beside the frames.
    pub told: Rc<RefCell<Told>>,
}

impl Operator {
    /// Presses keys: `Enter`, `Esc`, `Ctrl-s`, `j` …
    pub fn press(&self, keys: &[&str]) {
        for key in keys {
            self.send(Event::Key(key_of(key)));
        }
    }

    /// Types a text letter by letter.
    pub fn type_in(&self, text: &str) {
        for letter in text.chars() {
            let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
            self.send(Event::Key(key));
        }
    }

    pub fn send(&self, event: Event) {
        // A console that is gone reads no keys; the script finds out by what it waits for.
        let _ = self.keys.send(Ok(event));
    }

    /// Nothing can be read from the keyboard any more.
    pub fn keyboard_fails(&self) {
        let _ = self
            .keys
            .send(Err(io::Error::other("the keyboard is gone")));
    }

    /// Whether the screen was left.
    pub fn is_gone(&self) -> bool {
        self.keys.is_closed()
    }

    /// How many frames were drawn so far, and how many bytes a terminal was sent for them.
    pub fn cost(&self) -> (u64, usize) {
        (self.glass.frames(), self.glass.bytes())
    }

    pub fn text(&self) -> String {
        tidy(&self.glass.text())
    }

    /// Waits until all of these stand on the screen.
    pub async fn sees(&self, wanted: &[&str]) {
        self.until(&format!("{wanted:?}"), |text| {
            wanted.iter().all(|words| text.contains(words))
        })
        .await;
    }

    /// Waits until something can be said of the screen.
    pub async fn until(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let waiting = async {
            while !holds(&self.glass.text()) {
                self.glass.drawn().await;
            }
        };
        let seen = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(seen.is_ok(), "waited in vain for {what}:\n{}", self.text());
    }

    /// Waits until the console has dealt with every key and has drawn what it came
    /// to, or is gone.
    pub async fn settle(&self) {
        let mut before = None;
        loop {
            let frames = self.glass.frames();
            // A key that is let go: that is drawn and changes nothing.
            self.send(Event::Key(KeyEvent {
                kind: KeyEventKind::Release,
                ..key_of("x")
            }));
            let drawing = async {
                while self.glass.frames() == frames {
                    tokio::select! {
                        () = self.glass.drawn() => {}
                        () = self.keys.closed() => return,
                    }
                }
            };
            let drawn = tokio::time::timeout(PATIENCE, drawing).await;
            assert!(drawn.is_ok(), "nothing is drawn any more:\n{}", self.text());
            let now = Some(self.glass.text());
            if now == before || self.is_gone() {
                return;
            }
            before = now;
        }
    }

    pub fn resize(&self, width: u16, height: u16) {
        self.glass.resize(width, height);
        self.send(Event::Resize(width, height));
    }

    /// The settled frames at every size.
    pub async fn frames(&self) -> Frames {
        let (sizes, looked) = LOOK.get();
        let mut frames = Vec::new();
        for (name, width, height) in sizes {
            self.resize(*width, *height);
            self.settle().await;
            frames.push((
                *name,
                match looked {
                    Looked::Words => self.text(),
                    Looked::Roles => self.glass.roles(),
                },
            ));
        }
        frames
    }
}

/// The sizes at which every state is looked at.
pub const SIZES: [(&str, u16, u16); 3] =
    [("80x24", 80, 24), ("120x40", 120, 40), ("200x50", 200, 50)];

/// What is looked at in a frame.
#[derive(Clone, Copy)]
pub enum Looked {
    /// The words.
    Words,
    /// Which of the theme's colours each cell has, drawn with [`super::roles::tracer`].
    Roles,
}

type Look = (&'static [(&'static str, u16, u16)], Looked);

thread_local! {
    static LOOK: std::cell::Cell<Look> = const { std::cell::Cell::new((&SIZES, Looked::Words)) };
}

/// From now on this test's scenes are looked at so.
pub fn look_at(sizes: &'static [(&'static str, u16, u16)], looked: Looked) {
    LOOK.set((sizes, looked));
}

/// Settled frames by their size.
pub type Frames = Vec<(&'static str, String)>;

/// Compares frames with those that were looked at and found good.
pub fn compare(name: &str, frames: Frames) {
    for (size, text) in frames {
        insta::with_settings!({
            prepend_module_to_snapshot => false,
            omit_expression => true,
            snapshot_path => "../snapshots",
        }, {
            insta::assert_snapshot!(format!("{name}_{size}"), text);
        });
    }
}

/// A key by the name that people write.
pub fn key_of(name: &str) -> KeyEvent {
    let (modifiers, base) = if let Some(base) = name.strip_prefix("Ctrl-") {
        (KeyModifiers::CONTROL, base)
    } else if let Some(base) = name.strip_prefix("Alt-") {
        (KeyModifiers::ALT, base)
    } else {
        (KeyModifiers::NONE, name)
    };
    let code = match base {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "Space" => KeyCode::Char(' '),
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "Backspace" => KeyCode::Backspace,
        "F1" => KeyCode::F(1),
        _ => {
            let mut letters = base.chars();
            let letter = letters.next().expect("a key has a name");
            assert!(letters.next().is_none(), "no key is called {name}");
            KeyCode::Char(letter)
        }
    };
    KeyEvent::new(code, modifiers)
}

/// A frame without what differs from one machine and one run to the next.
fn tidy(text: &str) -> String {
    // The report's path is as long as that of the scratch folder.
    let path = Regex::new(r"[/…][^ \n]*/report\.md").expect("a pattern");
    path.replace_all(text, |found: &regex::Captures<'_>| {
        format!("{:<1$}", "[its path]", found[0].len())
    })
    .into_owned()
}
