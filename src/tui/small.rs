//! A window that is too small to show anything that could be relied on.

use ratatui::{layout::Rect, text::Line, widgets::Paragraph};

use super::{
    frame::Frame,
    rows,
    theme::Theme,
    words::{span, wrap},
};

/// The smallest window that shows a step and its prompt.
pub const SMALLEST: (u16, u16) = (40, 12);

/// Whether a window is large enough.
pub fn fits(area: Rect) -> bool {
    area.width >= SMALLEST.0 && area.height >= SMALLEST.1
}

/// Says that the window is too small, if it is: how large it is, what is needed, and
/// that nothing is lost meanwhile.
pub fn is_said(frame: &mut Frame, meanwhile: &str, theme: &Theme) -> bool {
    let area = frame.area();
    if fits(area) {
        return false;
    }
    rows::fill(frame.buffer_mut(), area, theme.base);
    let parts = [
        ("This window is too small.".to_owned(), theme.strong),
        (
            format!(
                "It is {} by {}; {} by {} is needed.",
                area.width, area.height, SMALLEST.0, SMALLEST.1
            ),
            theme.text,
        ),
        (meanwhile.to_owned(), theme.dim),
    ];
    let lines: Vec<Line<'_>> = parts
        .into_iter()
        .flat_map(|(words, style)| {
            let lines = wrap(&words, usize::from(area.width));
            lines
                .into_iter()
                .map(move |line| Line::from(span(line, style)))
        })
        .collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let top = area.height.saturating_sub(height) / 2;
    let middle = Rect {
        y: area.y + top,
        height: area.height - top,
        ..area
    };
    frame.render_widget(Paragraph::new(lines).centered(), middle);
    true
}
