//! Characters that take part in a text without being seen, and so can make it lie.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

pub(super) use crate::output::invisible::is_invisible;

/// More characters than any emoji is made of.
const LONGEST: usize = 10;

/// What an invisible character means where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hidden {
    /// Makes another emoji of the one before it.
    Joins,
    /// Only refines the look of the character before it, and does not make an emoji of it that is
    /// known to be two columns wide: it is left out, and columns stay where they should.
    Refinement,
    /// Reorders, joins or hides something: shown as a marker with its number.
    Deceptive,
}

/// What to do with `c` after the character `before` (with all that was joined to it) and in front of
/// `next`; `None` for a character to be shown as it is.
pub(super) fn hidden(c: char, before: Option<&str>, next: Option<char>) -> Option<Hidden> {
    // Nearly everything printed is below the first of them.
    if c < '\u{AD}' {
        return None;
    }
    let base = before.and_then(|before| before.chars().next());
    let refines = match c {
        // Text or emoji presentation.
        '\u{FE0E}' => base.is_some_and(|base| !base.is_ascii()),
        '\u{FE0F}' => {
            let keycap = next == Some('\u{20E3}') && base.is_some_and(is_on_keycap);
            keycap || base.is_some_and(|base| !base.is_ascii())
        }
        // A joiner within an emoji, a skin tone on one.
        '\u{200D}' | '\u{1F3FB}'..='\u{1F3FF}' => base.is_some_and(is_emoji),
        _ => false,
    };
    if refines {
        let before = before.unwrap_or_default();
        let joined = match c {
            '\u{200D}' => next.filter(|next| is_emoji(*next)).map(|next| [c, next]),
            '\u{FE0F}' if base.is_some_and(is_on_keycap) => Some([c, '\u{20E3}']),
            _ => Some([c, '\0']),
        };
        let joined = joined.map(|more| more.iter().filter(|c| **c != '\0').collect::<String>());
        let whole = joined.map(|more| format!("{before}{more}"));
        return Some(match whole {
            Some(whole) if as_one_emoji(whole.clone()).is_some() => Hidden::Joins,
            _ => Hidden::Refinement,
        });
    }
    // What follows a joiner was looked at together with it.
    if before.is_some_and(|before| before.ends_with('\u{200D}')) {
        return Some(Hidden::Joins);
    }
    is_invisible(c).then_some(Hidden::Deceptive)
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{2600}'..='\u{27BF}'
        | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

fn is_on_keycap(c: char) -> bool {
    matches!(c, '0'..='9' | '#' | '*')
}

/// The text as one emoji of two columns, if it is one or lacks nothing for it but to be told from
/// the sign that its last character is otherwise: ♂ in 🤷‍♂️ often is not.
pub(super) fn as_one_emoji(mut text: String) -> Option<String> {
    if is_one_emoji(&text) {
        return Some(text);
    }
    text.push('\u{FE0F}');
    is_one_emoji(&text).then_some(text)
}

/// Whether terminals show it in one piece, two columns wide.
pub(super) fn is_one_emoji(text: &str) -> bool {
    // A colour of skin belongs to what stands before it.
    text.chars().count() <= LONGEST
        && !text.starts_with(|c| matches!(c, '\u{1F3FB}'..='\u{1F3FF}'))
        && !text.ends_with("\u{FE0F}\u{FE0F}")
        && text.graphemes(true).count() == 1
        && text.width() == 2
}
