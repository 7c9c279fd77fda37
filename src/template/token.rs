//! The words of an expression, cut exactly as Tera 2 cuts them.
//!
//! Whoever decides where a string ends decides where `}}` is, so this must
//! agree with Tera to the byte; what Tera knows and we do not is a fault.

use std::ops::Range;

use super::fault::Fault;

/// One word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or a word like `and`.
    Word(String),
    /// A string, unescaped.
    Text(String),
    /// A number as written: digits, perhaps with one point.
    Number,
    /// `true` or `false`.
    Boolean(bool),
    /// An operator or bracket.
    Sign(&'static str),
}

/// A token and the bytes it covers.
pub(super) type Located = (Token, Range<usize>);

/// What ends a run of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// `}}` or `-}}`.
    Value,
    /// `%}` or `-%}`.
    Tag,
    /// The end of the source: a bare expression.
    End,
}

/// The tokens up to an end mark, and what follows.
pub(super) struct Run {
    /// The tokens before the end mark.
    pub tokens: Vec<Located>,
    /// Where the source goes on after the end mark.
    pub next: usize,
    /// Whether the end mark eats the blanks after it (`-}}`).
    pub trims: bool,
}

/// Longer signs first. Those that our grammar lacks are cut all the same, so
/// that a fault names what the author wrote.
const SIGNS: [&str; 30] = [
    "...", "//", "**", "==", "!=", ">=", "<=", "</", "?.", "?[", "+", "-", "*", "/", "%", "!", ".",
    ",", ":", "~", "|", "=", ">", "<", "(", ")", "[", "]", "{", "@",
];

/// Cuts `source` from the byte `at` into tokens.
pub(super) fn tokens(source: &str, at: usize, until: Until) -> Result<Run, Fault> {
    let open = at;
    let mut at = at;
    let mut tokens = Vec::new();
    loop {
        let rest = &source[at..];
        let blank = rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_ascii_whitespace())
                .len();
        at += blank;
        let rest = &source[at..];
        let (plain, trimming) = match until {
            Until::Value => ("}}", "-}}"),
            Until::Tag => ("%}", "-%}"),
            Until::End if rest.is_empty() => {
                return Ok(Run {
                    tokens,
                    next: at,
                    trims: false,
                });
            }
            Until::End => ("", ""),
        };
        if until != Until::End {
            if rest.starts_with(trimming) {
                return Ok(Run {
                    tokens,
                    next: at + 3,
                    trims: true,
                });
            }
            if rest.starts_with(plain) {
                return Ok(Run {
                    tokens,
                    next: at + 2,
                    trims: false,
                });
            }
        }
        let Some(first) = rest.chars().next() else {
            let opening = if until == Until::Value { "{{" } else { "{%" };
            let start = open - 2;
            return Err(Fault::at(
                source,
                &(start..open),
                format!("`{opening}` is never closed by `{plain}`"),
            ));
        };
        let (token, length) = one(source, at, first)?;
        tokens.push((token, at..at + length));
        at += length;
    }
}

/// The token at byte `at`, and its length in bytes.
fn one(source: &str, at: usize, first: char) -> Result<(Token, usize), Fault> {
    let rest = &source[at..];
    if let '\'' | '"' | '`' = first {
        return string(source, at, first);
    }
    if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
        return Ok((Token::Sign(sign), sign.len()));
    }
    if first == '}' {
        return Err(Fault::at(source, &(at..at + 1), "`}` opens nothing here"));
    }
    if first.is_ascii_digit() {
        return Ok((Token::Number, number_length(rest)));
    }
    let length = rest
        .find(|c: char| c != '_' && !c.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    if length == 0 {
        let span = at..at + first.len_utf8();
        return Err(
            Fault::at(source, &span, format!("`{first}` has no meaning here"))
                .hint("names are made of letters, digits and `_`; text stands in quotes"),
        );
    }
    let token = match &rest[..length] {
        "true" | "True" => Token::Boolean(true),
        "false" | "False" => Token::Boolean(false),
        word => Token::Word(word.to_owned()),
    };
    Ok((token, length))
}

/// Digits, with at most one point among them.
fn number_length(rest: &str) -> usize {
    let mut pointed = false;
    rest.find(|c: char| {
        let point = c == '.' && !pointed;
        pointed |= point;
        !point && !c.is_ascii_digit()
    })
    .unwrap_or(rest.len())
}

fn string(source: &str, at: usize, quote: char) -> Result<(Token, usize), Fault> {
    let mut text = String::new();
    let mut letters = source[at + 1..].char_indices();
    while let Some((offset, letter)) = letters.next() {
        if letter == quote {
            return Ok((Token::Text(text), offset + 2));
        }
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next().map(|(_, escaped)| escaped) {
            Some(escaped @ ('"' | '\'' | '/' | '\\')) => text.push(escaped),
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            _ => {
                let span = at + 1 + offset..at + 2 + offset;
                return Err(Fault::at(source, &span, "this escape has no meaning")
                    .hint(r#"a string knows \" \' \/ \\ \n \t \r"#));
            }
        }
    }
    let message = format!("this string is never closed by `{quote}`");
    Err(Fault::at(source, &(at..at + 1), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(source: &str) -> Vec<Token> {
        tokens(source, 0, Until::End)
            .unwrap()
            .tokens
            .into_iter()
            .map(|(t, _)| t)
            .collect()
    }

    #[test]
    fn cuts_as_tera_does() {
        assert_eq!(
            cut("a.b>=1.5"),
            [
                Token::Word("a".into()),
                Token::Sign("."),
                Token::Word("b".into()),
                Token::Sign(">="),
                Token::Number,
            ]
        );
        assert_eq!(
            cut(r#""}}" 'a\'b'"#),
            [Token::Text("}}".into()), Token::Text("a'b".into())]
        );
        let run = tokens("{{ '}}' -}} x", 2, Until::Value).unwrap();
        assert_eq!((run.next, run.trims), (11, true));
    }

    #[test]
    fn points_at_what_is_wrong() {
        for (source, column) in [("a }", 3), ("'a", 1), (r"'\q'", 2), ("ä", 1), ("a ; b", 3)] {
            let fault = tokens(source, 0, Until::End).err().unwrap();
            assert_eq!(fault.column, column, "{source}: {fault}");
        }
        assert!(tokens("{{ a", 2, Until::Value).is_err());
    }
}
