//! A shell script as commands and words: enough to see what a value is handed
//! to. It judges nothing that must be sure; quoting is proven elsewhere.

use std::ops::Range;

/// A word of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    /// Without its quotes; a value stands as `{{}}`.
    pub text: String,
    /// Where it stands in the script.
    pub bytes: Range<usize>,
    /// Whether a value of the template is in it.
    pub value: bool,
    /// The variables that the shell expands in it.
    pub variables: Vec<String>,
}

/// A script taken apart.
#[derive(Debug, Default)]
pub struct Parts {
    /// Commands, each as its words.
    pub commands: Vec<Vec<Word>>,
    /// What stands in `$((…))` and `((…))`.
    pub arithmetic: Vec<Range<usize>>,
}

/// Deeper substitutions than this are not looked into.
const DEEPEST: usize = 20;

/// Takes a script apart.
pub fn parts(script: &str) -> Parts {
    let mut scan = Scan {
        text: script,
        at: 0,
        depth: 0,
        parts: Parts::default(),
        heredocs: Vec::new(),
    };
    while scan.at < script.len() {
        scan.commands(None);
        // A bracket that nothing opened.
        scan.at += 1;
    }
    scan.parts
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    parts: Parts,
    /// Delimiters of here-documents that begin at the next line.
    heredocs: Vec<String>,
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Commands up to the closing bracket, which is left standing.
    fn commands(&mut self, close: Option<char>) {
        let mut words: Vec<Word> = Vec::new();
        while let Some(c) = self.next() {
            match c {
                '\n' => {
                    self.flush(&mut words);
                    self.at += 1;
                    self.skip_heredocs();
                }
                '\\' if self.rest().starts_with("\\\n") => self.at += 2,
                '#' => {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                }
                '(' if self.rest().starts_with("((") && words.is_empty() => {
                    self.at += 2;
                    self.arithmetic();
                }
                '(' => {
                    self.flush(&mut words);
                    self.at += 1;
                    self.within(')');
                }
                ')' => {
                    self.flush(&mut words);
                    if close == Some(')') {
                        return;
                    }
                    // The end of a pattern of `case`.
                    self.at += 1;
                }
                '`' if close == Some('`') => {
                    self.flush(&mut words);
                    return;
                }
                ';' | '&' | '|' => {
                    self.flush(&mut words);
                    self.at += 1;
                }
                '<' if self.rest().starts_with("<<") && !self.rest().starts_with("<<<") => {
                    self.heredoc();
                }
                ' ' | '\t' | '\r' | '<' | '>' => self.at += 1,
                _ => {
                    let word = self.word(close);
                    // Words that introduce a command rather than being one.
                    let introduces = matches!(
                        word.text.as_str(),
                        "if" | "then"
                            | "elif"
                            | "else"
                            | "while"
                            | "until"
                            | "do"
                            | "!"
                            | "{"
                            | "}"
                            | "time"
                    );
                    if !(introduces && words.is_empty()) {
                        words.push(word);
                    }
                }
            }
        }
        self.flush(&mut words);
    }

    fn flush(&mut self, words: &mut Vec<Word>) {
        if !words.is_empty() {
            self.parts.commands.push(std::mem::take(words));
        }
    }

    /// The commands in brackets, and the bracket.
    fn within(&mut self, close: char) {
        if self.depth >= DEEPEST {
            self.at = self.text.len();
            return;
        }
        self.depth += 1;
        self.commands(Some(close));
        self.depth -= 1;
        self.at += close.len_utf8();
    }

    /// To the end of `((`.
    fn arithmetic(&mut self) {
        let start = self.at;
        let mut open = 0usize;
        while let Some(c) = self.next() {
            match c {
                '(' => open += 1,
                ')' if open == 0 => break,
                ')' => open -= 1,
                _ => {}
            }
            self.at += c.len_utf8();
        }
        self.parts.arithmetic.push(start..self.at);
        self.at += self.rest().len().min(2);
    }

    fn word(&mut self, close: Option<char>) -> Word {
        let mut word = Word {
            bytes: self.at..self.at,
            ..Word::default()
        };
        while let Some(c) = self.next() {
            match c {
                _ if self.rest().starts_with("{{") => self.value(&mut word),
                ' ' | '\t' | '\n' | '\r' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '`' if close == Some('`') => break,
                '\\' => {
                    self.at += 1;
                    if let Some(escaped) = self.next() {
                        self.at += escaped.len_utf8();
                        word.text.push(escaped);
                    }
                }
                '\'' => self.single(&mut word),
                '"' => self.double(&mut word),
                '$' | '`' => self.expansion(&mut word),
                _ => {
                    word.text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        word.bytes.end = self.at;
        if word.bytes.is_empty() {
            // Something that begins no word must be passed all the same.
            self.at += self.next().map_or(1, char::len_utf8);
            word.bytes.end = self.at.min(self.text.len());
        }
        word
    }

    fn value(&mut self, word: &mut Word) {
        word.value = true;
        word.text.push_str("{{}}");
        self.at += self.rest().find("}}").map_or(self.rest().len(), |n| n + 2);
    }

    fn single(&mut self, word: &mut Word) {
        self.at += 1;
        while let Some(c) = self.next() {
            if self.rest().starts_with("{{") {
                self.value(word);
                continue;
            }
            self.at += c.len_utf8();
            if c == '\'' {
                return;
            }
            word.text.push(c);
        }
    }

    fn double(&mut self, word: &mut Word) {
        self.at += 1;
        while let Some(c) = self.next() {
            match c {
                _ if self.rest().starts_with("{{") => self.value(word),
                '"' => {
                    self.at += 1;
                    return;
                }
                '\\' => {
                    self.at += 1;
                    if let Some(escaped) = self.next() {
                        self.at += escaped.len_utf8();
                        word.text.push(escaped);
                    }
                }
                '$' | '`' => self.expansion(word),
                _ => {
                    word.text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    fn expansion(&mut self, word: &mut Word) {
        let rest = self.rest();
        if rest.starts_with("$((") {
            self.at += 3;
            self.arithmetic();
        } else if rest.starts_with("$(") {
            self.at += 2;
            self.within(')');
        } else if rest.starts_with('`') {
            self.at += 1;
            self.within('`');
        } else if rest.starts_with("${") {
            let end = rest.find('}').map_or(rest.len(), |n| n + 1);
            let inner = rest[2..end].trim_start_matches(['#', '!']);
            word.variables.push(name_at(inner).to_owned());
            word.text.push_str(&rest[..end]);
            self.at += end;
        } else {
            let name = name_at(&rest[1..]).to_owned();
            word.text.push('$');
            word.text.push_str(&name);
            self.at += 1 + name.len();
            if !name.is_empty() {
                word.variables.push(name);
            }
        }
    }

    fn heredoc(&mut self) {
        self.at += 2;
        if self.rest().starts_with('-') {
            self.at += 1;
        }
        self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        if self.next().is_some_and(|c| c != '\n') {
            let word = self.word(None);
            self.heredocs.push(word.text);
        }
    }

    fn skip_heredocs(&mut self) {
        for delimiter in std::mem::take(&mut self.heredocs) {
            while self.at < self.text.len() {
                let rest = self.rest();
                let end = rest.find('\n').map_or(rest.len(), |n| n + 1);
                let last = rest[..end].trim_end_matches('\n').trim_start_matches('\t') == delimiter;
                self.at += end;
                if last {
                    break;
                }
            }
        }
    }
}

/// The variable's name that a text begins with.
pub fn name_at(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn commands(script: &str) -> Vec<String> {
        parts(script)
            .commands
            .iter()
            .map(|words| {
                let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
                words.join("|")
            })
            .collect()
    }

    #[test]
    fn commands_and_words() {
        assert_eq!(
            commands("if a 'b c'; then d \"e $f\" {{ g }}-h; fi # i\nj=$(k l) m"),
            ["a|b c", "d|e $f|{{}}-h", "fi", "k|l", "j=|m"]
        );
        assert_eq!(commands("cat <<'E' x\neval a\nE\nb"), ["cat|x", "b"]);
        let found = parts("x=$((a + $b)); ((c++))");
        assert_eq!(found.arithmetic.len(), 2);
    }

    proptest! {
        #[test]
        fn ends_on_any_text(text in "[a{}'\"$()`<\\\\\n #;é-]{0,60}") {
            let _ = parts(&text);
        }
    }
}
