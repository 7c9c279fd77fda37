//! Select Graphic Rendition: the parameters of `ESC [ … m`.

use super::{Color, Style};

/// Applies the parameters, as the bytes between `[` and `m`, to `style`.
///
/// What is unknown, blinks or conceals is passed over; a malformed colour changes nothing.
pub(super) fn apply(style: &mut Style, parameters: &[u8]) {
    let mut items = parameters.split(|byte| *byte == b';');
    while let Some(item) = items.next() {
        let mut parts = item.split(|byte| *byte == b':').map(number);
        let Some(code) = parts.next().flatten() else {
            continue;
        };
        match code {
            0 => *style = Style::default(),
            1 => style.bold = true,
            2 => style.dim = true,
            3 => style.italic = true,
            4 => style.underline = parts.next().flatten() != Some(0) || !item.contains(&b':'),
            7 => style.reversed = true,
            21 => style.underline = true,
            22 => (style.bold, style.dim) = (false, false),
            23 => style.italic = false,
            24 => style.underline = false,
            27 => style.reversed = false,
            30..=37 => style.foreground = basic(code - 30),
            39 => style.foreground = Color::Default,
            40..=47 => style.background = basic(code - 40),
            49 => style.background = Color::Default,
            90..=97 => style.foreground = basic(code - 82),
            100..=107 => style.background = basic(code - 92),
            38 | 48 | 58 => {
                let color = if item.contains(&b':') {
                    let parts: Vec<_> = parts.collect();
                    // The colour space between `2` and the colour may be left out, colon and all.
                    let from = usize::from(parts.first() == Some(&Some(2)) && parts.len() > 4);
                    extended(
                        parts.first().copied().flatten(),
                        parts.into_iter().skip(1 + from),
                    )
                } else {
                    extended(items.next().and_then(number), items.by_ref().map(number))
                };
                match (code, color) {
                    (38, Some(color)) => style.foreground = color,
                    (48, Some(color)) => style.background = color,
                    // 58 colours the underline: its numbers had to be read past, not taken for codes.
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

fn basic(index: u16) -> Color {
    u8::try_from(index).map_or(Color::Default, Color::Indexed)
}

fn extended(kind: Option<u16>, mut rest: impl Iterator<Item = Option<u16>>) -> Option<Color> {
    let mut next = || {
        rest.next()
            .flatten()
            .and_then(|value| u8::try_from(value).ok())
    };
    match kind? {
        5 => Some(Color::Indexed(next()?)),
        2 => {
            let (red, green, blue) = (next(), next(), next());
            Some(Color::Rgb(red?, green?, blue?))
        }
        _ => None,
    }
}

/// A missing number is zero, as the standard has it.
fn number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() {
        return Some(0);
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}
