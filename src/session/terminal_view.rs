//! The screen of a command that runs in a terminal, rebuilt from its log.
//!
//! The log's bytes drive an emulator, and only its cells are drawn: no control
//! sequence of a command ever reaches the operator's terminal. A console that comes
//! later builds the same screen from the end of the log.

use std::{borrow::Cow, io, num::NonZeroU16};

use unicode_width::UnicodeWidthStr;
use vt100::Parser;

use crate::engine::{AttemptId, State};
use crate::output::{Color, Reader, Style, text};
use crate::run_dir::{AttemptDir, RunDir};

/// How much of the log's end a screen is built from: more than any screen holds.
const REBUILD: u64 = 2 << 20;
/// How much is taken in at once, before keys have their turn.
const SLICE: u64 = 256 << 10;
/// How much of a flood is taken in from one look to the next, its end, for each cell of the
/// screen: nobody could read the rest, and the command should have the processor.
const SKIM: u64 = 4;
/// At least so much: a letter with a colour of its own takes twenty bytes.
const LEAST_SKIM: u64 = 40 << 10;
/// A flood is over where no more than this is printed from one look to the next. A key brings
/// a look within a millisecond of another, in which a flood prints more.
const CALM: u64 = 8 << 10;
/// Within so many bytes a line begins where one can start to read.
const LINE: u64 = 4 << 10;

/// The screen of an attempt of a run, if it has a terminal.
pub(super) fn of(dir: &RunDir, state: &State, attempt: AttemptId) -> Option<TerminalView> {
    let launch = &state.attempts.get(&attempt)?.launch;
    launch
        .tty
        .then(|| TerminalView::new(dir.attempt(&launch.directory())))
}

/// The screen of one attempt.
pub struct TerminalView {
    dir: AttemptDir,
    reader: Option<Reader>,
    parser: Parser,
    /// How much of the log the screen shows.
    read: u64,
    length: u64,
    /// A flood was skimmed: colours and modes that were set in what was left out are
    /// missing on the screen.
    skimmed: bool,
    /// The screen as it should be after that, and how much of the log it shows.
    mended: Option<(Parser, u64)>,
}

/// What stands in one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glyph<'a> {
    /// The character with what combines with it; empty where nothing stands.
    pub text: Cow<'a, str>,
    /// How it looks.
    pub style: Style,
}

/// How a screen keeps up with what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lag {
    /// It shows all of it.
    #[default]
    None,
    /// It has not taken in all of it yet.
    Behind,
    /// It shows the end of more than anybody could read.
    Skimmed,
}

impl TerminalView {
    /// An empty screen.
    pub fn new(dir: AttemptDir) -> Self {
        Self {
            dir,
            reader: None,
            parser: Parser::default(),
            read: 0,
            length: 0,
            skimmed: false,
            mended: None,
        }
    }

    /// Takes in what was printed since, for a pane of this size; whether to draw
    /// again.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn refresh(&mut self, cols: u16, rows: u16) -> io::Result<bool> {
        let (wanted_rows, wanted_cols) = (at_least_one(rows), at_least_one(cols));
        let resized = self.parser.screen().size() != (wanted_rows, wanted_cols);
        if resized {
            let screen = self.parser.screen_mut();
            screen.set_size(wanted_rows, wanted_cols);
        }
        if self.reader.is_none() {
            self.reader = Some(Reader::open(self.dir.path())?);
        }
        let Some(reader) = &mut self.reader else {
            return Ok(resized);
        };
        let length = reader.len()?;
        let grown = length - self.length.min(length);
        self.length = length;
        let behind = self.length - self.read.min(self.length);
        let empty = || Parser::new(wanted_rows, wanted_cols, 0);
        let cells = u64::from(wanted_rows.get()) * u64::from(wanted_cols.get());
        let skim = (SKIM * cells).clamp(LEAST_SKIM, SLICE);
        let skims = self.skimmed && self.mended.is_none();
        let most = if skims { skim } else { REBUILD };
        if behind > REBUILD && self.read == 0 {
            self.parser = empty();
            self.read = line_after(reader, self.length - REBUILD)?;
        } else if skims && grown <= CALM {
            let from = self.length.saturating_sub(REBUILD);
            let from = if from == 0 {
                0
            } else {
                line_after(reader, from)?
            };
            self.mended = Some((empty(), from));
        } else if behind > most {
            // Nobody could have read what is left out; the log has it.
            self.parser = empty();
            self.read = line_after(reader, self.length - skim)?;
            self.skimmed = true;
            self.mended = None;
        }
        let (parser, read) = match &mut self.mended {
            Some((parser, read)) => {
                parser.screen_mut().set_size(wanted_rows, wanted_cols);
                (parser, read)
            }
            None => (&mut self.parser, &mut self.read),
        };
        let mut bytes = reader.read(*read..*read + SLICE)?;
        if bytes.is_empty() && *read < self.length {
            // It was dropped before it could be taken in: the screen goes on behind it.
            let later = reader.stretches()?;
            let later = later.iter().find(|stretch| stretch.end > *read);
            *read = later.map_or(self.length, |stretch| stretch.start.max(*read));
            bytes = reader.read(*read..*read + SLICE)?;
        }
        parser.process(&bytes);
        *read += bytes.len() as u64;
        let is_mended = |(_, read): &mut (Parser, u64)| *read >= self.length;
        if let Some((parser, read)) = self.mended.take_if(is_mended) {
            (self.parser, self.read) = (parser, read);
            self.skimmed = false;
            return Ok(true);
        }
        Ok(resized || (!bytes.is_empty() && self.mended.is_none()))
    }

    /// Whether the log goes on beyond what the screen shows, or a better screen is made.
    fn is_behind(&self) -> bool {
        self.read < self.length || self.mended.is_some()
    }

    /// How it keeps up with what is printed.
    pub fn lag(&self) -> Lag {
        if self.is_behind() {
            Lag::Behind
        } else if self.skimmed {
            Lag::Skimmed
        } else {
            Lag::None
        }
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        let (rows, cols) = self.parser.screen().size();
        (cols.get(), rows.get())
    }

    /// What stands in a cell; nothing for the second half of a wide character.
    pub fn glyph(&self, row: u16, col: u16) -> Option<Glyph<'_>> {
        let cell = self.parser.screen().cell(row, col)?;
        if cell.is_wide_continuation() {
            return None;
        }
        Some(Glyph {
            text: safe(cell.contents(), if cell.is_wide() { 2 } else { 1 }),
            style: Style {
                foreground: color(cell.fgcolor()),
                background: color(cell.bgcolor()),
                bold: cell.bold(),
                dim: cell.dim(),
                italic: cell.italic(),
                underline: cell.underline(),
                reversed: cell.inverse(),
            },
        })
    }

    /// Row and column of the cursor, unless the program hides it.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        let screen = self.parser.screen();
        (!screen.hide_cursor()).then(|| screen.cursor_position())
    }

    /// Whether the program wants arrows as an application has them.
    pub fn wants_application_arrows(&self) -> bool {
        self.parser.screen().application_cursor()
    }

    /// Whether the program wants to know where a pasted text begins and ends.
    pub fn wants_paste_marked(&self) -> bool {
        self.parser.screen().bracketed_paste()
    }
}

fn at_least_one(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN)
}

/// Where the first line begins after a place in the middle of anything.
fn line_after(reader: &mut Reader, from: u64) -> io::Result<u64> {
    let bytes = reader.read(from..from + LINE)?;
    let end = memchr::memchr(b'\n', &bytes).map_or(0, |at| at as u64 + 1);
    Ok(from + end)
}

/// A cell's text without what reorders or hides other text, as wide as its cell.
fn safe(contents: &str, width: usize) -> Cow<'_, str> {
    if let [byte] = contents.as_bytes()
        && (b' '..=b'~').contains(byte)
    {
        return Cow::Borrowed(contents);
    }
    let plain = text::plain(contents.as_bytes());
    if plain.width() <= width {
        Cow::Owned(plain)
    } else {
        Cow::Borrowed("\u{FFFD}")
    }
}

fn color(color: vt100::Color) -> Color {
    match color {
        vt100::Color::Default => Color::Default,
        vt100::Color::Idx(index) => Color::Indexed(index),
        vt100::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Log, Stream};

    /// The screen of a command that has printed nothing yet.
    fn growing() -> (tempfile::TempDir, Log, TerminalView) {
        let scratch = tempfile::tempdir().unwrap();
        let log = Log::create(scratch.path()).unwrap();
        let view = TerminalView::new(AttemptDir::at(scratch.path().to_owned()));
        (scratch, log, view)
    }

    fn shown(bytes: &[u8]) -> (tempfile::TempDir, TerminalView) {
        let (scratch, mut log, mut view) = growing();
        for piece in bytes.chunks(1 << 20) {
            log.append(Stream::Out, piece, 0).unwrap();
        }
        view.refresh(20, 4).unwrap();
        while view.is_behind() {
            view.refresh(20, 4).unwrap();
        }
        (scratch, view)
    }

    fn row(view: &TerminalView, row: u16) -> String {
        let (cols, _) = view.size();
        let cells = (0..cols).filter_map(|col| view.glyph(row, col));
        let text = cells.map(|glyph| match glyph.text.as_ref() {
            "" => " ".to_owned(),
            text => text.to_owned(),
        });
        text.collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn cursor_movement_is_followed() {
        let (_scratch, view) = shown(b"one\r\n 10%\r 100%\r\n\x1b[1;3Hx\x1b[31;1my\x1b[4;1H");
        assert_eq!(row(&view, 0), "onxy");
        assert_eq!(row(&view, 1), " 100%");
        let red = view.glyph(0, 3).unwrap().style;
        assert!(red.bold && red.foreground == Color::Indexed(1));
        assert_eq!(view.cursor(), Some((3, 0)));
    }

    #[test]
    fn what_hides_or_reorders_text_is_not_drawn() {
        let (_scratch, view) = shown("a\u{202e}b é 漢 \u{9b}31m\x07\x7f|".as_bytes());
        let text = row(&view, 0);
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert!(!text.contains('\u{202e}'), "{text:?}");
        assert!(text.contains('漢') && text.contains('é'), "{text:?}");
    }

    #[test]
    fn a_long_log_is_read_from_its_end() {
        let mut bytes = vec![b'x'; 5 << 20];
        bytes.extend_from_slice(b"\r\nthe end");
        for line in bytes.chunks_mut(1000) {
            line[0] = b'\n';
        }
        let (_scratch, mut view) = shown(&bytes);
        assert_eq!(row(&view, 3), "the end");
        // Another size keeps what stands there.
        assert!(view.refresh(12, 2).unwrap());
        assert_eq!((view.size(), row(&view, 1).as_str()), ((12, 2), "the end"));
    }

    #[test]
    fn a_flood_is_skimmed_and_its_end_is_as_a_later_console_sees_it() {
        let (_scratch, mut log, mut view) = growing();
        let mut print = |bytes: &[u8]| log.append(Stream::Out, bytes, 0).unwrap();
        print(b"begun\r\n");
        view.refresh(20, 4).unwrap();
        assert_eq!(row(&view, 0), "begun");
        let flood = b"line of a flood\r\n".repeat(200_000);
        print(&flood);
        view.refresh(20, 4).unwrap();
        assert_eq!(view.lag(), Lag::Skimmed, "only the end was taken in");
        assert_eq!(row(&view, 0), "line of a flood");
        // What is set here is left out by the next look, but not by what mends it.
        print(b"\x1b[31m");
        print(&flood[..1 << 20]);
        print(b"\r\nover");
        view.refresh(20, 4).unwrap();
        assert_eq!((view.is_behind(), row(&view, 3).as_str()), (false, "over"));
        let colour = |view: &TerminalView| view.glyph(3, 0).unwrap().style.foreground;
        assert_eq!(colour(&view), Color::Default);
        // It grows no more.
        view.refresh(20, 4).unwrap();
        assert_eq!(view.lag(), Lag::Behind);
        while view.is_behind() {
            view.refresh(20, 4).unwrap();
        }
        assert_eq!(
            (row(&view, 3).as_str(), colour(&view)),
            ("over", Color::Indexed(1))
        );
        assert_eq!(view.lag(), Lag::None);
        assert_eq!(row(&view, 0), "line of a flood");
        assert!(!view.refresh(20, 4).unwrap());
        print(b"!");
        assert!(view.refresh(20, 4).unwrap());
        assert_eq!(row(&view, 3), "over!");
    }

    /// A program that draws many times a second never rests between two looks.
    #[test]
    fn what_was_skimmed_is_mended_although_more_is_printed() {
        let (_scratch, mut log, mut view) = growing();
        let mut print = |bytes: &[u8]| log.append(Stream::Out, bytes, 0).unwrap();
        let line = format!("\x1b[32m{}\x1b[m\r\n", "x".repeat(190));
        print(b"begun\r\n");
        view.refresh(200, 60).unwrap();
        for _ in 0..3 {
            print(&line.as_bytes().repeat(20_000));
            view.refresh(200, 60).unwrap();
            assert_eq!(view.lag(), Lag::Skimmed);
            // What was taken in fills the screen.
            assert_eq!(row(&view, 0), "x".repeat(190));
            // A look that a key brings finds less of the flood, which is not over.
            print(&line.as_bytes().repeat(100));
            view.refresh(200, 60).unwrap();
            assert_eq!(view.lag(), Lag::Skimmed);
        }
        let mut looks = 0;
        while view.lag() != Lag::None {
            print(format!("\x1b[Hframe {looks}").as_bytes());
            view.refresh(200, 60).unwrap();
            looks += 1;
            assert!(looks < 20, "it is never mended");
        }
        assert!(row(&view, 0).starts_with("frame"));
        assert_eq!(row(&view, 58), "x".repeat(190));
    }

    #[test]
    fn no_bytes_and_no_size_can_hurt() {
        let mut seed = 7u32;
        let mut bytes = Vec::new();
        for _ in 0..200_000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let pool = b"\x1b[?;0123456789hlmHJKABCDr\r\n\x08\x0e\xe6\xbc\xa2x\xff";
            bytes.push(pool[(seed >> 16) as usize % pool.len()]);
        }
        let (_scratch, mut view) = shown(&bytes);
        for (cols, rows) in [(1, 1), (300, 2), (0, 0), (2, 100), (80, 24)] {
            view.refresh(cols, rows).unwrap();
            for row_number in 0..rows {
                row(&view, row_number);
            }
        }
    }

    #[test]
    fn an_attempt_without_a_log_has_an_empty_screen() {
        let scratch = tempfile::tempdir().unwrap();
        let mut view = TerminalView::new(AttemptDir::at(scratch.path().to_owned()));
        view.refresh(10, 2).unwrap();
        assert_eq!(row(&view, 0), "");
        assert!(!view.is_behind());
    }
}
