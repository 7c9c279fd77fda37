//! What is taken out of the screen: the report, and texts for the clipboard.

use super::{Attending, Source};
use crate::tui::{
    outside::{Copied, MOST_COPIED},
    overlay::{Overlay, report::Report},
};

impl Attending {
    /// Writes the report as it stands and shows it; who watches only reads it.
    pub(super) fn show_report(&mut self) {
        let report = match &self.source {
            Source::Watch(watch) => Report::new(None, watch.report()),
            Source::Drive(session) => match session.export_report() {
                Ok((path, text)) => Report::new(Some(path), text),
                Err(error) => {
                    self.screen
                        .complain(format!("The report cannot be written: {error}"));
                    return;
                }
            },
        };
        let layer = Overlay::Report(Box::new(report));
        self.screen.overlays.push(layer);
    }

    /// The report stands as soon as the run is closed, whatever happens to the
    /// terminal after that; a note after the end renews it.
    pub(super) fn write_report(&mut self) {
        let Source::Drive(session) = &self.source else {
            return;
        };
        if session.state().closed.is_none() {
            return;
        }
        match session.write_report() {
            // The card says where: the footer has no room for a path.
            Ok(path) => self.report = Some(path),
            Err(error) => self
                .screen
                .complain(format!("The report cannot be written: {error}")),
        }
    }

    /// Says what became of a text for the clipboard.
    pub(super) fn tell_copied(&mut self, what: &str, text: &str, became: Copied) {
        let lines = text.trim_end().lines().count();
        let much = match lines {
            0 | 1 => format!("{} characters", text.trim_end().chars().count()),
            lines => format!("{lines} lines"),
        };
        match became {
            Copied::Sent => self.screen.say(format!(
                "Copied {what} ({much}), if your terminal allows it (OSC 52)"
            )),
            Copied::Off => self
                .screen
                .complain("Nothing is copied: `clipboard: false` stands in the config file"),
            Copied::TooLong => self.screen.complain(format!(
                "Nothing is copied: {what} has {} bytes, and terminals take {MOST_COPIED}",
                text.len()
            )),
        }
    }
}
