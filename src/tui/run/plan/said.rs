//! What a row of the plan says, on as many lines as it is given.

use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_width::UnicodeWidthStr;

use crate::tui::{
    theme::Theme,
    words::{clip, span, wrap},
};

/// What a row says.
pub(super) struct Said {
    /// Air, glyph and number.
    pub before: Vec<Span<'static>>,
    pub title: String,
    pub style: Style,
    /// At the right.
    pub time: String,
    /// Room for a time is kept before there is one, so that no title moves when it comes.
    pub kept: usize,
}

/// As wide as most times are.
pub(super) const TIME: usize = 5;

impl Said {
    fn indent(&self) -> usize {
        self.before.iter().map(|part| part.content.width()).sum()
    }

    /// How wide the title can be beside a time of this width.
    fn room(&self, width: usize, time: usize) -> usize {
        width.saturating_sub(self.indent() + time + usize::from(time > 0))
    }

    /// The title, whole.
    fn whole(&self, width: usize) -> Vec<String> {
        let room = self.room(width, self.time.width().max(self.kept));
        if self.title.width() <= room {
            return vec![clip(&self.title, room)];
        }
        let mut lines = wrap(&self.title, room);
        // Below the time the title has the room of the time too.
        if let Some(rest) = lines
            .first()
            .and_then(|first| self.title.strip_prefix(first))
        {
            let rest = wrap(rest.trim_start(), self.room(width, 0));
            lines.truncate(1);
            lines.extend(rest);
        }
        lines
    }

    /// How many lines the whole title needs.
    pub fn wanted(&self, width: usize) -> usize {
        self.whole(width).len()
    }

    /// So many lines and no more; what is left out shows.
    pub fn lines(self, width: usize, granted: usize, theme: &Theme) -> Vec<Line<'static>> {
        let mut titles = self.whole(width);
        if titles.len() > granted {
            let rest = if granted < 2 {
                // Alone on its line it has the room of a time that is still to come.
                titles.clear();
                clip(&self.title, self.room(width, self.time.width()))
            } else {
                let rest = titles.split_off(granted - 1).join(" ");
                clip(&rest, self.room(width, 0))
            };
            titles.push(rest);
        }
        let indent = self.indent();
        let mut lines = Vec::new();
        let mut left = Some((self.before, self.time));
        for title in titles {
            let (mut spans, time) = left
                .take()
                .unwrap_or_else(|| (vec![Span::raw(" ".repeat(indent))], String::new()));
            let gap = width.saturating_sub(indent + title.width() + time.width());
            spans.push(span(title, self.style));
            spans.push(Span::raw(" ".repeat(gap)));
            spans.push(span(time, theme.dim));
            lines.push(Line::from(spans));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Depth, shelf::built_in};

    fn told(title: &str, time: &str, granted: usize) -> Vec<String> {
        let said = Said {
            before: vec![Span::raw(" · ")],
            title: title.to_owned(),
            style: Style::new(),
            time: time.to_owned(),
            kept: TIME,
        };
        let theme = Theme::new(&built_in("mono").unwrap(), Depth::True);
        let lines = said.lines(20, granted, &theme);
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_title_takes_what_it_is_given_and_shows_what_is_left_out() {
        let title = "Restore the backup of the night";
        assert_eq!(
            told(title, "0:12", 4),
            [
                " · Restore the  0:12",
                "   backup of the    ",
                "   night            ",
            ]
        );
        assert_eq!(
            told(title, "0:12", 2),
            [" · Restore the  0:12", "   backup of the ni…"]
        );
        assert_eq!(told(title, "0:12", 1), [" · Restore the… 0:12"]);
        // A time that is still to come leaves its room to a title of one line.
        assert_eq!(told("Restore a backup", "", 1), [" · Restore a backup "]);
        assert_eq!(told("Restore it", "0:12", 1), [" · Restore it   0:12"]);
    }
}
