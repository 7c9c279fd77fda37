//! What the screen is drawn on here: ratatui's test backend, shared with the test that looks at it.

use std::{
    cell::{Cell as Counter, RefCell},
    convert::Infallible,
    io::{self, Write},
    rc::Rc,
    time::Duration,
};

use ratatui::{
    Terminal,
    backend::{Backend, ClearType, TestBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};
use rbconsole::tui::{outside::Copied, stage::Stage, terminal::pen::Pen, theme::Depth};
use tokio::sync::Notify;

/// The pane of glass: the console draws on one clone, the test looks through another.
#[derive(Clone)]
pub struct Glass(Rc<Shared>);

struct Shared {
    backend: RefCell<TestBackend>,
    /// The same for a terminal at the other end of a line.
    line: RefCell<Pen<Counted>>,
    bytes: Rc<Counter<usize>>,
    frames: RefCell<u64>,
    drawn: Notify,
    broken: Counter<bool>,
}

/// Counts bytes.
struct Counted(Rc<Counter<usize>>);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn counted(written: io::Result<()>) {
    written.expect("bytes can always be counted");
}

/// A buffer is always drawn on.
fn sure<T>(drawn: Result<T, Infallible>) -> T {
    let Ok(drawn) = drawn;
    drawn
}

impl Glass {
    pub fn new(width: u16, height: u16) -> Self {
        let bytes = Rc::default();
        Self(Rc::new(Shared {
            backend: RefCell::new(TestBackend::new(width, height)),
            line: RefCell::new(Pen::new(Counted(Rc::clone(&bytes)), Depth::True)),
            bytes,
            frames: RefCell::new(0),
            drawn: Notify::new(),
            broken: Counter::new(false),
        }))
    }

    pub fn resize(&self, width: u16, height: u16) {
        self.0.backend.borrow_mut().resize(width, height);
    }

    /// From now on nothing can be drawn.
    pub fn shatter(&self) {
        self.0.broken.set(true);
    }

    /// How many bytes a terminal was sent so far.
    pub fn bytes(&self) -> usize {
        self.0.bytes.get()
    }

    /// How many frames were drawn so far.
    pub fn frames(&self) -> u64 {
        *self.0.frames.borrow()
    }

    /// Waits for a frame that was not seen yet.
    pub async fn drawn(&self) {
        self.0.drawn.notified().await;
    }

    /// Which of the theme's colours each cell has.
    pub fn roles(&self) -> String {
        super::roles::of(self.0.backend.borrow().buffer())
    }

    /// What stands there, without the blanks at the right; wide characters count once.
    pub fn text(&self) -> String {
        let backend = self.0.backend.borrow();
        let buffer = backend.buffer();
        let width = usize::from(buffer.area.width).max(1);
        let rows: Vec<String> = buffer
            .content
            .chunks(width)
            .map(|row| {
                let mut line = String::new();
                let mut covered = 0;
                for cell in row {
                    if covered > 0 {
                        covered -= 1;
                        continue;
                    }
                    covered = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1) - 1;
                    line.push_str(cell.symbol());
                }
                line.trim_end().to_owned()
            })
            .collect();
        rows.join("\n") + "\n"
    }
}

impl Backend for Glass {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let content: Vec<_> = content.collect();
        counted(self.0.line.borrow_mut().draw(content.iter().copied()));
        sure(self.0.backend.borrow_mut().draw(content.into_iter()));
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        counted(self.0.line.borrow_mut().hide_cursor());
        sure(self.0.backend.borrow_mut().hide_cursor());
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        counted(self.0.line.borrow_mut().show_cursor());
        sure(self.0.backend.borrow_mut().show_cursor());
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(sure(self.0.backend.borrow_mut().get_cursor_position()))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        counted(self.0.line.borrow_mut().set_cursor_position(position));
        sure(self.0.backend.borrow_mut().set_cursor_position(position));
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        counted(self.0.line.borrow_mut().clear());
        sure(self.0.backend.borrow_mut().clear());
        Ok(())
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        counted(self.0.line.borrow_mut().clear_region(region));
        sure(self.0.backend.borrow_mut().clear_region(region));
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        Ok(sure(self.0.backend.borrow().size()))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(sure(self.0.backend.borrow_mut().window_size()))
    }

    fn flush(&mut self) -> io::Result<()> {
        counted(self.0.line.borrow_mut().flush());
        *self.0.frames.borrow_mut() += 1;
        self.0.drawn.notify_one();
        if self.0.broken.get() {
            return Err(io::Error::other("the glass is broken"));
        }
        sure(self.0.backend.borrow_mut().flush());
        Ok(())
    }
}

/// The terminal that the console believes to have.
pub struct Bench {
    terminal: Terminal<Glass>,
    /// What was put on the clipboard.
    pub copied: Rc<RefCell<Vec<String>>>,
    /// What was told beside the frames.
    pub told: Rc<RefCell<Told>>,
    /// How long something stands before keys can be meant for it: the hands of a test are
    /// quick, and look first.
    pub settle: Duration,
}

/// What a terminal is told beside the frames.
#[derive(Debug, Default)]
pub struct Told {
    pub titles: Vec<String>,
    pub notices: Vec<String>,
    pub mouse_off: bool,
}

impl Bench {
    pub fn behind(glass: &Glass) -> Self {
        let terminal = Terminal::new(glass.clone()).expect("a glass has a size");
        Self {
            terminal,
            copied: Rc::default(),
            told: Rc::default(),
            settle: Duration::ZERO,
        }
    }
}

impl Stage for Bench {
    type Backend = Glass;

    fn terminal(&mut self) -> &mut Terminal<Glass> {
        &mut self.terminal
    }

    fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, text: &str) -> Copied {
        self.copied.borrow_mut().push(text.to_owned());
        Copied::Sent
    }

    fn notify(&mut self, text: &str) {
        self.told.borrow_mut().notices.push(text.to_owned());
    }

    fn toggle_mouse(&mut self) -> bool {
        let told = &mut self.told.borrow_mut();
        told.mouse_off = !told.mouse_off;
        !told.mouse_off
    }

    fn title(&mut self, title: &str) {
        self.told.borrow_mut().titles.push(title.to_owned());
    }

    fn settle(&self) -> Duration {
        self.settle
    }
}
