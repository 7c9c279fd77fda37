//! The smallest honest ratatui program: the measure for `first_frame`.
//!
//! It does what any such program must (raw mode, alternate screen, one
//! drawn frame, one key read) and nothing else, so the ratio against it is
//! the price of everything `rbconsole` does before its own first frame.

use std::io;

use ratatui::crossterm::event::{self, Event};
use ratatui::widgets::{Block, Paragraph};

fn main() -> io::Result<()> {
    let mut terminal = ratatui::init();
    let outcome = run(&mut terminal);
    ratatui::restore();
    outcome
}

/// Draws the one frame, then waits for any key.
fn run(terminal: &mut ratatui::DefaultTerminal) -> io::Result<()> {
    terminal.draw(|frame| {
        let text = Paragraph::new("the minimal frame is complete")
            .block(Block::bordered().title("minimal"));
        frame.render_widget(text, frame.area());
    })?;
    while !matches!(event::read()?, Event::Key(_)) {}
    Ok(())
}
