//! Draws the README's picture: runs the demo in a real pseudo-terminal up to its
//! first gate and writes what stands on the screen as SVG.
//!
//!     cargo build --release && cargo run --example picture

#![expect(
    clippy::disallowed_methods,
    reason = "it drives the program from outside and writes a file of the source tree"
)]

use std::{
    fmt::Write as _,
    fs::File,
    io::{Read, Write as _},
    num::NonZeroU16,
    os::fd::OwnedFd,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

const COLUMNS: u16 = 120;
const ROWS: u16 = 36;
const SIZE: (NonZeroU16, NonZeroU16) = (
    NonZeroU16::new(ROWS).unwrap(),
    NonZeroU16::new(COLUMNS).unwrap(),
);
const CELL: (f64, f64) = (8.4, 18.0);
const WHERE: &str = "tests/picture/console.svg";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let state = tempfile::tempdir()?;
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let slave = File::options()
        .read(true)
        .write(true)
        .open(name.to_str()?)?;
    tcsetwinsize(
        &slave,
        Winsize {
            ws_row: ROWS,
            ws_col: COLUMNS,
            ws_xpixel: 0,
            ws_ypixel: 0,
        },
    )?;
    let stdio = || slave.try_clone().map(OwnedFd::from).map(Stdio::from);
    let mut child = Command::new("setsid")
        .args(["--ctty", "--wait", "target/release/rbconsole", "demo"])
        .env("RBCONSOLE_STATE_DIR", state.path())
        .env("RBCONSOLE_CONFIG_DIR", state.path())
        .env("RBCONSOLE_OPERATOR", "ana")
        .env("TERM", "xterm-256color")
        .env("COLORTERM", "truecolor")
        .env_remove("NO_COLOR")
        .stdin(stdio()?)
        .stdout(stdio()?)
        .stderr(stdio()?)
        .spawn()?;
    drop(slave);
    let screen = Arc::new(Mutex::new(vt100::Parser::new(SIZE.0, SIZE.1, 0)));
    let mut terminal = File::from(master);
    follow(terminal.try_clone()?, Arc::clone(&screen));
    for (wanted, keys) in [
        ("1.1", "\r"),
        ("1.2", "\r"),
        ("1.3", "\r"),
        ("The latest failed requests", ""),
    ] {
        wait_for(&screen, wanted)?;
        terminal.write_all(keys.as_bytes())?;
    }
    let svg = draw(screen.lock().map_err(|_| "the reader panicked")?.screen());
    std::fs::write(WHERE, svg)?;
    println!("{WHERE}");
    // Abort the run, so that the demo's service ends.
    for (wanted, keys) in [
        ("Roll back", "c"),
        ("Close the run as", "\r"),
        ("Anything to say", "\r"),
        ("The report is written", "\r"),
    ] {
        wait_for(&screen, wanted)?;
        terminal.write_all(keys.as_bytes())?;
    }
    child.wait()?;
    Ok(())
}

fn follow(mut terminal: File, screen: Arc<Mutex<vt100::Parser>>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(count) = terminal.read(&mut buffer)
            && count > 0
        {
            if let Ok(mut screen) = screen.lock() {
                screen.process(&buffer[..count]);
            }
        }
    });
}

fn wait_for(screen: &Mutex<vt100::Parser>, wanted: &str) -> Result<(), String> {
    let began = Instant::now();
    let mut last = String::new();
    while began.elapsed() < Duration::from_secs(20) {
        if let Ok(screen) = screen.lock() {
            last = screen.screen().contents();
        }
        if last.contains(wanted) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(format!("never saw {wanted}:\n{last}"))
}

fn draw(screen: &vt100::Screen) -> String {
    let (width, height) = (
        f64::from(COLUMNS) * CELL.0 + 24.0,
        f64::from(ROWS) * CELL.1 + 24.0,
    );
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"ui-monospace, SFMono-Regular, Menlo, 'DejaVu Sans Mono', monospace\" font-size=\"14\">\n<rect width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"#15171c\"/>\n"
    );
    for row in 0..ROWS {
        let mut column = 0;
        while column < COLUMNS {
            let Some(cell) = screen.cell(row, column) else {
                break;
            };
            // Neighbours of one style are one piece.
            let style = (cell.fgcolor(), cell.bgcolor(), cell.bold());
            let start = column;
            let mut text = String::new();
            while column < COLUMNS
                && let Some(cell) = screen.cell(row, column)
                && (cell.fgcolor(), cell.bgcolor(), cell.bold()) == style
            {
                text.push_str(if cell.has_contents() {
                    cell.contents()
                } else {
                    " "
                });
                column += 1;
            }
            piece(&mut svg, row, start, &text, style);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

type Style = (vt100::Color, vt100::Color, bool);

fn piece(svg: &mut String, row: u16, column: u16, text: &str, (front, back, bold): Style) {
    let left = f64::from(column) * CELL.0 + 12.0;
    let top = f64::from(row) * CELL.1 + 12.0;
    let width = f64::from(u16::try_from(text.chars().count()).unwrap_or(0)) * CELL.0;
    if let vt100::Color::Rgb(r, g, b) = back
        && (r, g, b) != (0x15, 0x17, 0x1c)
    {
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"#{r:02x}{g:02x}{b:02x}\"/>",
            CELL.1
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let fill = match front {
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => "#d7dae0".to_owned(),
    };
    let weight = if bold { " font-weight=\"700\"" } else { "" };
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let _ = writeln!(
        svg,
        "<text x=\"{left:.1}\" y=\"{:.1}\" fill=\"{fill}\"{weight} textLength=\"{width:.1}\" xml:space=\"preserve\">{text}</text>",
        top + CELL.1 * 0.76
    );
}
