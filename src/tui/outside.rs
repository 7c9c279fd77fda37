//! What is written beside the frames: a text for the clipboard, the window's title, a
//! notification. Runbooks and commands write some of it, so nothing passes that a
//! terminal would take for more than text.

use crossterm::{Command, clipboard::CopyToClipboard};

use super::words::safe;
use crate::settings::Notify;

/// The longest text for the clipboard, in bytes: what terminals take at least of it.
pub const MOST_COPIED: usize = 74_994;
/// The longest title.
const TITLE: usize = 120;
/// The longest notification.
const NOTICE: usize = 200;
/// GNU screen takes no longer strings.
const PIECE: usize = 700;

/// What stands between this program and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// Nothing.
    Nothing,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

/// What became of a text for the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// It was sent; whether the terminal has a clipboard it does not say.
    Sent,
    /// The config file does not want it.
    Off,
    /// It is longer than terminals take.
    TooLong,
}

/// What is known of the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// What stands between.
    pub between: Between,
    /// Its name.
    pub term: String,
    /// Notifications are asked for as rxvt does it.
    pub wants_777: bool,
}

impl Outside {
    /// As the environment says.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        let has = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let between = if has("TMUX") {
            Between::Tmux
        } else if has("STY") || term.starts_with("screen") {
            Between::Screen
        } else {
            Between::Nothing
        };
        let wants_777 = has("VTE_VERSION") || term.starts_with("rxvt") || term.starts_with("foot");
        Self {
            between,
            term,
            wants_777,
        }
    }

    /// Whether windows have titles and notifications there at all.
    fn has_windows(&self) -> bool {
        !matches!(self.term.as_str(), "linux" | "dumb" | "")
    }

    /// A sequence as it reaches the terminal through what stands between.
    fn through(&self, sequence: &str) -> String {
        match self.between {
            Between::Nothing => sequence.to_owned(),
            Between::Tmux => format!(
                "\u{1b}Ptmux;{}\u{1b}\\",
                sequence.replace('\u{1b}', "\u{1b}\u{1b}")
            ),
            Between::Screen => {
                // Our sequences are ASCII but for texts, which are no part of a piece's end.
                let letters: Vec<char> = sequence.chars().collect();
                let mut pieces = String::new();
                for piece in letters.chunks(PIECE) {
                    pieces.push_str("\u{1b}P");
                    pieces.extend(piece);
                    pieces.push_str("\u{1b}\\");
                }
                pieces
            }
        }
    }

    /// What puts a text on the clipboard.
    pub fn copy(&self, text: &str) -> Result<String, Copied> {
        if text.len() > MOST_COPIED {
            return Err(Copied::TooLong);
        }
        let mut sequence = String::new();
        if CopyToClipboard::to_clipboard_from(text)
            .write_ansi(&mut sequence)
            .is_err()
        {
            return Err(Copied::TooLong);
        }
        // Ended by a bell it goes through what knows no other end.
        let sequence = sequence.replace("\u{1b}\\", "\u{7}");
        Ok(match self.between {
            Between::Nothing => sequence,
            // tmux takes it itself, or lets it pass: as it is set up.
            Between::Tmux => format!("{sequence}{}", self.through(&sequence)),
            Between::Screen => self.through(&sequence),
        })
    }

    /// What sets the title of the window.
    pub fn title(&self, title: &str) -> String {
        if !self.has_windows() {
            return String::new();
        }
        format!("\u{1b}]0;{}\u{7}", short(title, TITLE))
    }

    /// Keeps the title that the window has.
    pub fn keep_title(&self) -> &'static str {
        if self.has_windows() {
            "\u{1b}[22;0t"
        } else {
            ""
        }
    }

    /// Gives the window the title back that was kept. A terminal that keeps none is left
    /// without one, which shells set anew.
    pub fn old_title(&self) -> &'static str {
        if self.has_windows() {
            "\u{1b}]0;\u{7}\u{1b}[23;0t"
        } else {
            ""
        }
    }

    /// What tells an operator who looks elsewhere.
    pub fn notify(&self, text: &str, how: Notify) -> String {
        let bell = "\u{7}".to_owned();
        match how {
            Notify::Off => String::new(),
            Notify::Bell => bell,
            Notify::Osc if !self.has_windows() => bell,
            Notify::Osc => {
                let text = short(text, NOTICE);
                let sequence = if self.wants_777 {
                    let text = text.replace(';', ",");
                    format!("\u{1b}]777;notify;rbconsole;{text}\u{7}")
                } else {
                    format!("\u{1b}]9;rbconsole: {text}\u{7}")
                };
                match self.between {
                    Between::Nothing => sequence,
                    // The bell marks the window where nothing is let through.
                    Between::Tmux | Between::Screen => {
                        format!("{}{bell}", self.through(&sequence))
                    }
                }
            }
        }
    }
}

/// On one line, without anything that a terminal obeys, and not too long.
fn short(text: &str, most: usize) -> String {
    safe(text).chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outside(variables: &[(&str, &str)]) -> Outside {
        Outside::of(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    const HOSTILE: &str =
        "a\u{1b}]0;pwned\u{7}b\u{9b}31mc\u{9c}d\ne\u{202e}f\u{0}g\u{7f}h\u{1b}\\i";

    /// Only the frame of the sequence may be control characters.
    fn controls(sequence: &str) -> String {
        sequence.chars().filter(|c| c.is_control()).collect()
    }

    #[test]
    fn nothing_that_a_terminal_obeys_passes() {
        let plain = outside(&[("TERM", "xterm-256color")]);
        assert_eq!(controls(&plain.title(HOSTILE)), "\u{1b}\u{7}");
        let told = plain.notify(HOSTILE, Notify::Osc);
        assert_eq!(controls(&told), "\u{1b}\u{7}");
        assert!(!told.contains('\u{202e}'));
        let vte = outside(&[("TERM", "xterm-256color"), ("VTE_VERSION", "7000")]);
        let told = vte.notify("a;b\u{7};c", Notify::Osc);
        assert_eq!(told, "\u{1b}]777;notify;rbconsole;a,b\u{fffd},c\u{7}");
        let long = plain.title(&"x".repeat(10_000));
        assert!(long.len() < 140, "{}", long.len());
    }

    #[test]
    fn a_text_is_copied_as_it_is_in_an_alphabet_that_does_nothing() {
        let plain = outside(&[("TERM", "xterm-256color")]);
        let sequence = plain.copy(HOSTILE).unwrap();
        assert_eq!(controls(&sequence), "\u{1b}\u{7}");
        assert_eq!(plain.copy("é\n"), Ok("\u{1b}]52;c;w6kK\u{7}".to_owned()));
        let most = "x".repeat(MOST_COPIED);
        assert!(plain.copy(&most).is_ok());
        assert_eq!(plain.copy(&format!("{most}x")), Err(Copied::TooLong));
    }

    #[test]
    fn it_goes_through_tmux_and_screen() {
        let tmux = outside(&[("TERM", "tmux-256color"), ("TMUX", "/tmp/tmux,1,0")]);
        assert_eq!(
            tmux.copy("a").unwrap(),
            "\u{1b}]52;c;YQ==\u{7}\u{1b}Ptmux;\u{1b}\u{1b}]52;c;YQ==\u{7}\u{1b}\\"
        );
        assert_eq!(
            tmux.notify("gate", Notify::Osc),
            "\u{1b}Ptmux;\u{1b}\u{1b}]9;rbconsole: gate\u{7}\u{1b}\\\u{7}"
        );
        let screen = outside(&[("TERM", "screen-256color"), ("STY", "1.pts")]);
        assert_eq!(
            screen.copy("a").unwrap(),
            "\u{1b}P\u{1b}]52;c;YQ==\u{7}\u{1b}\\"
        );
        let long = screen.copy(&"x".repeat(3_000)).unwrap();
        let pieces: Vec<&str> = long.split("\u{1b}\\").collect();
        assert_eq!(pieces.len(), 4_009_usize.div_ceil(PIECE) + 1);
        assert!(pieces.iter().all(|piece| piece.len() <= PIECE + 2));
    }

    #[test]
    fn where_there_are_no_windows_nothing_is_said_of_them() {
        for term in ["linux", "dumb"] {
            let console = outside(&[("TERM", term)]);
            assert_eq!(console.title("x"), "");
            assert_eq!(console.keep_title(), "");
            assert_eq!(console.old_title(), "");
            assert_eq!(console.notify("x", Notify::Osc), "\u{7}");
            assert_eq!(console.notify("x", Notify::Off), "");
        }
    }
}
