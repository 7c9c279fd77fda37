//! Characters that take part in a text without being seen, and so can make it lie.

/// What an invisible character means where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hidden {
    /// Only refines the look of the character before it; terminals disagree about the resulting
    /// width, so it is left out, and columns stay where they should.
    Refinement,
    /// Reorders, joins or hides something: shown as a marker with its number.
    Deceptive,
}

/// What to do with `c` after `previous`; `None` for a character to be shown as it is.
pub(super) fn hidden(c: char, previous: Option<char>) -> Option<Hidden> {
    // Nearly everything printed is below the first of them.
    if c < '\u{AD}' {
        return None;
    }
    let refines = match c {
        // Text or emoji presentation.
        '\u{FE0E}' | '\u{FE0F}' => previous.is_some_and(|p| !p.is_ascii()),
        // A joiner within an emoji, a skin tone on one.
        '\u{200D}' | '\u{1F3FB}'..='\u{1F3FF}' => previous.is_some_and(is_emoji),
        _ => false,
    };
    if refines {
        return Some(Hidden::Refinement);
    }
    is_invisible(c).then_some(Hidden::Deceptive)
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27BF}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Unicode's default-ignorable characters, the bidirectional controls and the two separators that
/// some programs take for line ends.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}
