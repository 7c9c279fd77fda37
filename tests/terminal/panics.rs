//! A console that panics gives the terminal back before it says why.

use rbconsole::{settings::Settings, tui::terminal::Screen};

use super::{pty::Terminal, sandbox::Sandbox};

/// This very test, as the program in the terminal.
const INNER: &str = "RBCONSOLE_TEST_PANICS";
const NAME: &str = "panics::the_terminal_is_given_back_by_whoever_panics";

#[test]
fn the_terminal_is_given_back_by_whoever_panics() {
    if let Ok(how) = std::env::var(INNER) {
        return panic_so(&how);
    }
    let program = std::env::current_exe().expect("a test has a file");
    let program = program.to_str().expect("its path is text");
    for how in ["here", "elsewhere"] {
        let sandbox = Sandbox::new();
        let arguments = [NAME, "--exact", "--nocapture"];
        let mut terminal = Terminal::start_program(&sandbox, program, &arguments, &[(INNER, how)]);
        terminal.ends();
        terminal.is_restored();
        let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
        let at = |what: &str| {
            raw.find(what)
                .unwrap_or_else(|| panic!("{how}: {what:?}: {raw:?}"))
        };
        let (taken, given_back) = (at("\u{1b}[?1049h"), at("\u{1b}[?1049l"));
        let said = at("a fault that nobody thought of");
        assert!(taken < given_back && given_back < said, "{how}: {raw:?}");
        assert!(at("\u{1b}[?25h") < said, "{how}: {raw:?}");
        // Only this way back is taken: the screen is never dropped.
        assert_eq!(raw.matches("\u{1b}[?1049l").count(), 1, "{how}: {raw:?}");
    }
}

/// Takes the terminal and never gives it back but by the panic itself.
fn panic_so(how: &str) {
    let settings = Settings::load().expect("the sandbox has its places");
    let mut screen = Screen::take(&settings).expect("this is a terminal");
    // Its cursor is hidden.
    screen.draw(false, |_| {}).expect("it can be drawn on");
    std::mem::forget(screen);
    assert!(how != "here", "a fault that nobody thought of");
    let other = std::thread::spawn(|| panic!("a fault that nobody thought of"));
    assert!(other.join().is_err());
}
