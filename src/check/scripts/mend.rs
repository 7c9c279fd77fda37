//! Where an error really is. A shell says where it gave up, which is often the
//! end of the script; the author wants the line that something is missing on.
//! So what may be missing is put in at one line after the other, until the
//! shell can parse the script.

use super::{
    parse::{Language, Said, Script},
    shells,
};

/// How often a shell is asked about one script.
const MOST_TRIES: usize = 300;

/// What may be missing.
#[derive(Debug, Clone, Copy)]
struct Part {
    text: &'static str,
    /// It stands on a line of its own, after the one that is said.
    alone: bool,
}

const fn end(text: &'static str) -> Part {
    Part { text, alone: false }
}

const fn alone(text: &'static str) -> Part {
    Part { text, alone: true }
}

/// The error at the line where something is missing, if one thing is.
pub fn better(script: &Script, said: Said) -> Said {
    let Said::Wrong { message, .. } = &said else {
        return said;
    };
    if script.language == Language::Python {
        return said;
    }
    let lines: Vec<&str> = script.text.lines().collect();
    let tries = parts(message)
        .iter()
        .flat_map(|part| places(&lines, *part).into_iter().map(move |at| (*part, at)));
    for (part, (number, column)) in tries.take(MOST_TRIES) {
        if is_fine(script.language, &with(&lines, (number, column), part)) {
            let text = part.text.trim_start_matches([';', ' ']);
            let place = if part.alone { "after" } else { "on" };
            return Said::Wrong {
                line: number + 1,
                message: message.clone(),
                hint: Some(format!(
                    "with `{text}` {place} this line the shell can parse it"
                )),
            };
        }
    }
    said
}

/// What may be missing, by what the shell says.
fn parts(message: &str) -> &'static [Part] {
    const CLOSING: &[Part] = &[
        alone("fi"),
        alone("done"),
        alone("esac"),
        end("; }"),
        end("}"),
        end(")"),
        end("\""),
        end("'"),
    ];
    const QUOTES: &[Part] = &[end("\""), end("'"), end(")"), end("}")];
    const THEN: &[Part] = &[
        end("; then"),
        alone("done"),
        end("; do"),
        end("\""),
        end("'"),
    ];
    const DO: &[Part] = &[
        end("; do"),
        alone("fi"),
        end(")"),
        alone("esac"),
        end("\""),
        end("'"),
    ];
    // dash says what it expected: `"fi" unexpected (expecting "then")`.
    let about = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if about(&["matching `\"'", "matching `''", "Unterminated quoted"]) {
        QUOTES
    } else if about(&["matching `)'"]) {
        const ROUND: &[Part] = &[end(")"), end("\""), end("'")];
        ROUND
    } else if about(&["matching `}'", "Missing '}'"]) {
        const CURLY: &[Part] = &[end("}"), end("\""), end("'")];
        CURLY
    } else if about(&[
        "token `fi'",
        "token `else'",
        "token `elif'",
        "expecting \"then\"",
    ]) {
        THEN
    } else if about(&["token `done'", "expecting \"do\""]) {
        DO
    } else if about(&["token `('", "token `newline'"]) {
        QUOTES
    } else {
        CLOSING
    }
}

/// The lines and columns to try, the likeliest first.
fn places(lines: &[&str], part: Part) -> Vec<(usize, usize)> {
    let end = |number: usize| (number, lines[number].len());
    if part.alone {
        let mut all: Vec<usize> = (0..lines.len()).collect();
        all.sort_by_cached_key(|number| (askew(lines, *number, part.text), *number));
        return all.into_iter().map(end).collect();
    }
    let opened = match part.text {
        "\"" => opened(lines, '"'),
        "'" => opened(lines, '\''),
        ")" => unequal(lines, '(', ')'),
        "}" => unequal(lines, '{', '}'),
        _ => Vec::new(),
    };
    let within = opened.into_iter().flat_map(|number| {
        let line = lines[number];
        let mut columns: Vec<usize> = line
            .char_indices()
            .skip(1)
            .filter(|(at, c)| {
                let before = line[..*at].chars().next_back();
                " );&|]\"'}".contains(*c) && before.is_some_and(|c| !c.is_whitespace())
            })
            .map(|(at, _)| at)
            .collect();
        columns.push(line.len());
        columns
            .into_iter()
            .rev()
            .map(move |column| (number, column))
    });
    within.chain((0..lines.len()).map(end)).collect()
}

/// The lines on which a quote opens that does not close on them.
fn opened(lines: &[&str], quote: char) -> Vec<usize> {
    let mut open = None;
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let begun = open;
        let mut last = ' ';
        let mut letters = line.chars();
        while let Some(c) = letters.next() {
            match (open, c) {
                (None | Some('"'), '\\') => {
                    letters.next();
                }
                (None, '#') if last.is_whitespace() => break,
                (None, '"' | '\'') => open = Some(c),
                (Some(this), c) if this == c => open = None,
                _ => {}
            }
            last = c;
        }
        if open == Some(quote) && begun != open {
            found.push(number);
        }
    }
    found
}

/// The lines with more of one bracket than of the other.
fn unequal(lines: &[&str], open: char, close: char) -> Vec<usize> {
    let more = |line: &str| line.matches(open).count() > line.matches(close).count();
    (0..lines.len())
        .filter(|number| more(lines[*number]))
        .collect()
}

/// How many ends of blocks stand at another depth than their beginnings, if one
/// more stood after a line.
fn askew(lines: &[&str], after: usize, end: &str) -> usize {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut open: Vec<usize> = Vec::new();
    let mut wrong = 0;
    let close = |open: &mut Vec<usize>, depth: usize| usize::from(open.pop() != Some(depth));
    for (number, line) in lines.iter().enumerate() {
        let bare = line.trim();
        let begins = bare.starts_with("if ") && bare.ends_with("then")
            || bare.ends_with(" do")
            || bare.ends_with(";do")
            || bare.starts_with("case ") && bare.ends_with(" in");
        let word = bare.split([' ', ';', ')']).next().unwrap_or_default();
        if begins {
            open.push(depth(line));
        } else if matches!(word, "fi" | "done" | "esac") {
            wrong += close(&mut open, depth(line));
        }
        if number == after {
            let next = lines[number + 1..]
                .iter()
                .find(|line| !line.trim().is_empty());
            // Where a block goes on, its end cannot stand.
            let goes_on = next.is_some_and(|next| {
                let word = next.trim().split([' ', ';']).next().unwrap_or_default();
                ["else", "elif"].contains(&word) && end == "fi"
            });
            if goes_on {
                wrong += 1;
            }
            let next = next.map_or(0, |next| depth(next));
            // It ends what stands less deep than this line, and not less than the next.
            let ends = |begun: usize| next <= begun && begun < depth(line);
            wrong += usize::from(!open.pop().is_some_and(ends));
        }
    }
    wrong + open.len()
}

fn with(lines: &[&str], (number, column): (usize, usize), part: Part) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        if at == number {
            let (before, after) = line.split_at(column);
            text.push_str(before);
            text.push_str(if part.alone { "\n" } else { "" });
            text.push_str(part.text);
            text.push_str(after);
        } else {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

fn is_fine(language: Language, text: &str) -> bool {
    // A here-document without its end is only warned of.
    shells::run(language, text, text.contains("extglob"))
        .is_ok_and(|(fine, errors)| fine && errors.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(language: Language, text: &str) -> (usize, String) {
        let script = Script {
            text: text.to_owned(),
            language,
        };
        let (_, errors) = shells::run(language, text, false).unwrap();
        match better(&script, super::super::parse::read(&errors)) {
            Said::Wrong { line, hint, .. } => (line, hint.unwrap_or_default()),
            said => panic!("{said:?}"),
        }
    }

    #[test]
    fn the_line_that_lacks_something_is_named() {
        let bash = |text| place(Language::Bash, text).0;
        assert_eq!(bash("a\nif b; then\n  c\n  d\ne\nf\ng\n"), 4);
        assert_eq!(bash("a\nfor b in c; do\n  d\ne\nf\n"), 3);
        assert_eq!(bash("a\nif b\n  c\nelse\n  d\nfi\n"), 2);
        assert_eq!(bash("a\nx=$(b\nc\nd\n"), 2);
        assert_eq!(bash("a \"b\"\nc \"d (e)\nf \"g\"\n(h)\n"), 2);
        assert_eq!(bash("a || { b; c\nd\ne\n"), 1);
        assert_eq!(bash("awk '\n  { a }\n  END { b(1) }\nc \"$(d)\"\n"), 3);
        assert_eq!(
            bash("for a in b; do\n  if c; then\n    d\n    e\ndone\n"),
            4
        );
        assert_eq!(
            bash("if a; then\n  for b in c; do\n    d\nelse\n  e\nfi\n"),
            3
        );
        assert_eq!(bash("if a; then\n  if b; then\n    c\n  d\nfi\n"), 3);
        assert_eq!(
            bash("a \"b\"\nif [ \"$c\" = \"$d ]; then e; fi\nf \"g\"\n"),
            2
        );
        assert_eq!(bash("a \"b\"\nc \"d $(e \"$f\"\" ;\ng \"h\"\n"), 2);
        assert_eq!(place(Language::Sh, "a\nif b; then\n  c\nd\n").0, 3);
    }

    #[test]
    fn what_is_missing_is_said() {
        let (_, hint) = place(Language::Bash, "if a; then\n  b\nc\n");
        assert_eq!(hint, "with `fi` after this line the shell can parse it");
        // Two things are missing: the shell's own words stay.
        assert_eq!(
            place(Language::Bash, "if a; then\n  b\nfor c in d; do\n").1,
            ""
        );
    }
}
