//! Changing a command in the operator's own editor.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitStatus,
};

use super::{Attending, Change, Console};
use crate::run_dir::{read_private, write_private};
use crate::tui::{
    form::Offload,
    overlay::{Ask, Overlay},
    source::Source,
};

/// The longest command that is taken back from an editor.
const LONGEST: u64 = 1 << 20;
/// What is used where nobody says otherwise.
const EDITOR: &str = "vi";

impl Attending {
    /// Lets the operator change the command at hand; what happens meanwhile is told after.
    pub(super) async fn edit_outside(&mut self, console: &mut Console) {
        let (Source::Drive(session), Some(Overlay::Prompt(prompt))) =
            (&self.source, self.screen.overlays.last())
        else {
            return;
        };
        let Ask::Edit { .. } = prompt.ask else {
            return;
        };
        // In the run's own directory: nobody else may look into it.
        let file = session.dir().path().join("editing.sh");
        let text = format!("{}\n", prompt.text());
        if let Err(error) = write_private(&file, text.as_bytes()) {
            console.say(&format!("The command cannot be put into a file: {error}"));
            self.presented = 0;
            return;
        }
        console.lend();
        let edited = self.edited(&file).await;
        let read = read_private(&file, LONGEST);
        // What is left behind of it is of no use to anybody.
        let _ = std::fs::remove_file(&file);
        console.gap();
        self.presented = 0;
        match (edited, read) {
            (Ok(status), Ok(bytes)) if status.success() => match String::from_utf8(bytes) {
                Ok(text) => {
                    if let Some(super::Asked::Intent(crate::tui::run::keys::Intent::Do(command))) =
                        self.changed(console, text.trim_end_matches('\n'))
                    {
                        self.source.submit(command);
                        self.told.forget_choices();
                    }
                }
                Err(_) => console.say("That is not text: nothing was run."),
            },
            (Ok(status), _) if !status.success() => {
                console.say(&format!("The editor ended with {status}: nothing was run."));
            }
            (Err(error), _) | (_, Err(error)) => {
                console.say(&format!(
                    "The editor cannot be used: {error}. Set EDITOR, or type the command here."
                ));
            }
            _ => {}
        }
    }

    /// Runs the editor, while the run goes on.
    async fn edited(&mut self, file: &Path) -> io::Result<ExitStatus> {
        let file: PathBuf = file.to_owned();
        let mut editor = Offload::start(move |_| open(&file));
        let mut seen = Vec::new();
        let status = loop {
            tokio::select! {
                biased;
                status = editor.answer() => break status,
                change = self.source.changed() => match change {
                    Change::Entries(entries) => seen.extend(entries),
                    Change::Refused(refusal) => {
                        self.screen.refused(&refusal, self.source.state());
                    }
                    Change::Unproven(words) => self.screen.unproven(&words),
                    _ => {}
                },
            }
        };
        self.happened.extend(seen);
        status.unwrap_or_else(|| Err(io::Error::other("it came to grief")))
    }
}

/// Opens a file in the editor that the operator named.
fn open(file: &Path) -> io::Result<ExitStatus> {
    let named = |name: &str| std::env::var(name).ok().filter(|it| !it.trim().is_empty());
    let editor = named("VISUAL").or_else(|| named("EDITOR"));
    let editor = editor.unwrap_or_else(|| EDITOR.to_owned());
    // It may have arguments, as a shell would read them.
    #[expect(
        clippy::disallowed_methods,
        reason = "the operator's editor is no runbook's command: nobody supervises it"
    )]
    std::process::Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("sh")
        .arg(file)
        .status()
}
