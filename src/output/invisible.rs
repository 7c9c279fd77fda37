//! The characters that take part in a text without being seen, and so can make it lie: the
//! one list of them, for all that shows what others wrote.

/// Unicode's default-ignorable characters, the bidirectional controls and the two separators that
/// some programs take for line ends.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a character hides, joins or reorders others. What only refines the look of the one
/// before it, as of an emoji, does not.
pub fn deceives(c: char) -> bool {
    is_invisible(c) && !matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{FFFC}' | '\u{FFFD}')
}

/// A text with what deceives made visible. A joiner stays where it joins two characters
/// beyond ASCII, as in an emoji of several and in scripts such as Persian.
pub fn revealed(text: &str) -> impl Iterator<Item = char> {
    let beyond = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !deceives(c));
    let mut chars = text.chars().peekable();
    let mut before = None;
    std::iter::from_fn(move || {
        let c = chars.next()?;
        let joins = matches!(c, '\u{200C}' | '\u{200D}');
        let joined = joins && beyond(before) && beyond(chars.peek().copied());
        before = Some(c);
        Some(if deceives(c) && !joined {
            '\u{fffd}'
        } else {
            c
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_lie_is_known_and_what_is_seen_is_left_alone() {
        for c in
            "\u{61c}\u{200b}\u{200f}\u{202e}\u{2060}\u{2064}\u{2066}\u{2069}\u{feff}\u{e0041}\u{ad}"
                .chars()
        {
            assert!(deceives(c), "{c:?}");
        }
        for c in "aé日本…‘’\u{fe0f}\u{fffd}⚠\u{301}".chars() {
            assert!(!deceives(c), "{c:?}");
        }
    }

    #[test]
    fn a_joiner_stays_where_it_joins() {
        let revealed = |text| revealed(text).collect::<String>();
        for text in ["🧑‍🚒 and 🏳️‍🌈", "می‌خواهم"] {
            assert_eq!(revealed(text), text);
        }
        assert_eq!(
            revealed("r\u{200d}m \u{200c}é\u{200d}"),
            "r\u{fffd}m \u{fffd}é\u{fffd}"
        );
        assert_eq!(
            revealed("é\u{202e}é\u{200d}\u{200d}é"),
            "é\u{fffd}é\u{fffd}\u{fffd}é"
        );
    }
}
