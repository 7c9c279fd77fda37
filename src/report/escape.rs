//! Hostile text in Markdown: whatever a command printed or a person typed stays
//! text, on one line or inside its fence.

use crate::output::invisible::revealed;

/// Text for a line of Markdown: no line breaks, nothing that means something.
pub fn inline(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in revealed(text) {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '!'
            | '&' | '$' | '@' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '\n' | '\r' | '\t' => escaped.push(' '),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    // At the beginning of a line these would begin a list, a heading or a rule.
    let trimmed = escaped.trim().to_owned();
    let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
    let mut after = trimmed.chars().skip(digits);
    match after.next() {
        Some('.' | ')') if digits > 0 && after.next().is_none_or(char::is_whitespace) => {
            format!("{}\\{}", &trimmed[..digits], &trimmed[digits..])
        }
        Some('-' | '+' | '=') if digits == 0 => format!("\\{trimmed}"),
        _ => trimmed,
    }
}

/// Text as a name in a Mermaid chart, in which punctuation means something.
pub fn mermaid(text: &str) -> String {
    let plain = |c: char| {
        c.is_alphanumeric()
            || matches!(
                c,
                ' ' | '.' | ',' | '?' | '!' | '/' | '(' | ')' | '-' | '_' | '\'' | '’' | '‘'
            )
    };
    let kept: String = text
        .chars()
        .map(|c| if plain(c) { c } else { ' ' })
        .collect();
    let words: Vec<&str> = kept.split_whitespace().collect();
    let name: String = words.join(" ").chars().take(60).collect();
    if name.is_empty() {
        "unnamed".to_owned()
    } else {
        name
    }
}

/// Text as a code span on one line.
pub fn code(text: &str) -> String {
    let text: String = revealed(text)
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            '|' => '¦',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect();
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    let pad =
        if text.starts_with('`') || text.ends_with('`') || text.trim() != text || text.is_empty() {
            " "
        } else {
            ""
        };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text as a fenced block that nothing in it can end.
pub fn fence(text: &str, language: &str) -> String {
    let text: String = revealed(text)
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    let fence = "`".repeat(longest_run(&text, '`').max(2) + 1);
    format!(
        "{fence}{language}\n{}\n{fence}\n",
        text.trim_end_matches('\n')
    )
}

fn longest_run(text: &str, wanted: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::invisible::deceives;

    #[test]
    fn what_is_not_seen_cannot_turn_a_text_round() {
        let text = "rm \u{202e}x\u{2066}y\u{61c}z\u{feff}";
        for escaped in [inline(text), code(text), fence(text, "")] {
            assert!(!escaped.chars().any(deceives), "{escaped:?}");
            assert_eq!(escaped.matches('\u{fffd}').count(), 4, "{escaped:?}");
        }
        assert!(!crate::report::html::escape(text).chars().any(deceives));
    }
}
