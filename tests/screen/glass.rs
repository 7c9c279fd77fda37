//! What the screen is drawn on here: a frame that is shared with the test that looks at it.

use std::{
    cell::{Cell as Counter, RefCell},
    io::{self, Write},
    rc::Rc,
    time::Duration,
};

use ratatui::layout::Rect;
use rbconsole::tui::{
    frame::Frame, outside::Copied, stage::Stage, terminal::pen::Pen, theme::Depth,
};
use tokio::sync::Notify;

/// The pane of glass: the console draws on one clone, the test looks through another.
#[derive(Clone)]
pub struct Glass(Rc<Shared>);

struct Shared {
    /// What was drawn last.
    frame: RefCell<Frame>,
    size: Counter<(u16, u16)>,
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

impl Glass {
    pub fn new(width: u16, height: u16) -> Self {
        let bytes = Rc::default();
        Self(Rc::new(Shared {
            frame: RefCell::new(Frame::new(width, height)),
            size: Counter::new((width, height)),
            line: RefCell::new(Pen::new(Counted(Rc::clone(&bytes)), Depth::True)),
            bytes,
            frames: RefCell::new(0),
            drawn: Notify::new(),
            broken: Counter::new(false),
        }))
    }

    pub fn resize(&self, width: u16, height: u16) {
        self.0.size.set((width, height));
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
        super::roles::of(self.0.frame.borrow().cells())
    }

    /// What stands there, without the blanks at the right; wide characters count once.
    pub fn text(&self) -> String {
        let frame = self.0.frame.borrow();
        let buffer = frame.cells();
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

    fn area(&self) -> Rect {
        let (width, height) = self.0.size.get();
        Rect::new(0, 0, width, height)
    }

    fn show(&self, frame: &Frame, anew: bool) -> io::Result<()> {
        let mut line = self.0.line.borrow_mut();
        if anew {
            line.forget();
        }
        line.show(frame)?;
        *self.0.frames.borrow_mut() += 1;
        self.0.drawn.notify_one();
        if self.0.broken.get() {
            return Err(io::Error::other("the glass is broken"));
        }
        self.0.frame.borrow_mut().clone_from(frame);
        Ok(())
    }
}

/// The terminal that the console believes to have.
pub struct Bench {
    glass: Glass,
    frame: Frame,
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
        Self {
            glass: glass.clone(),
            frame: Frame::default(),
            copied: Rc::default(),
            told: Rc::default(),
            settle: Duration::ZERO,
        }
    }
}

impl Stage for Bench {
    fn area(&self) -> io::Result<Rect> {
        Ok(self.glass.area())
    }

    fn draw(&mut self, anew: bool, render: impl FnOnce(&mut Frame)) -> io::Result<Rect> {
        let area = self.glass.area();
        self.frame.begin(area.width, area.height);
        render(&mut self.frame);
        self.glass.show(&self.frame, anew)?;
        Ok(area)
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
