//! A runbook as lines, with what the operators ask about them.

/// A name of the runbook and the line that makes it.
#[derive(Debug, Clone)]
pub struct Made {
    /// The name.
    pub name: String,
    /// Its line, from 0.
    pub line: usize,
}

/// A runbook's lines.
pub struct Source {
    /// The file's name, for messages.
    pub file: &'static str,
    /// Without their ends.
    pub lines: Vec<String>,
    /// Lines that stand in a block text, scripts above all.
    pub in_block: Vec<bool>,
    /// Lines of a script.
    pub in_script: Vec<bool>,
}

/// A phase or a step: its id and its first and behind its last line.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// Where it begins.
    pub from: usize,
    /// Behind its end.
    pub to: usize,
}

/// The blanks that a line begins with.
pub fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

impl Source {
    /// Of this text.
    pub fn new(file: &'static str, text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut in_block = vec![false; lines.len()];
        let mut in_script = in_block.clone();
        let mut open: Option<(usize, bool)> = None;
        for (number, line) in lines.iter().enumerate() {
            if let Some((depth, script)) = open {
                if line.trim().is_empty() || indent(line) > depth {
                    in_block[number] = true;
                    in_script[number] = script;
                    continue;
                }
                open = None;
            }
            if line.ends_with(": |") {
                open = Some((
                    indent(line),
                    line.trim().trim_start_matches("- ") == "run: |",
                ));
            }
        }
        Self {
            file,
            lines,
            in_block,
            in_script,
        }
    }

    /// The lines that are no block text, with their numbers.
    pub fn plain(&self) -> impl Iterator<Item = (usize, &str)> {
        self.numbered()
            .filter(|(number, _)| !self.in_block[*number])
    }

    /// The lines of scripts, with their numbers.
    pub fn scripts(&self) -> impl Iterator<Item = (usize, &str)> {
        self.numbered()
            .filter(|(number, _)| self.in_script[*number])
    }

    /// All lines with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines.iter().map(String::as_str).enumerate()
    }

    /// Behind the last line of what begins at a line.
    pub fn end_of(&self, from: usize) -> usize {
        let depth = indent(&self.lines[from]);
        let after = (from + 1..self.lines.len()).find(|number| {
            !self.lines[*number].trim().is_empty() && indent(&self.lines[*number]) <= depth
        });
        after.unwrap_or(self.lines.len())
    }

    /// The text with a stretch of lines replaced.
    pub fn with(&self, from: usize, to: usize, lines: &[String]) -> String {
        let mut all = self.lines[..from].to_vec();
        all.extend_from_slice(lines);
        all.extend_from_slice(&self.lines[to..]);
        let mut text = all.join("\n");
        text.push('\n');
        text
    }

    fn items(&self, depth: usize) -> Vec<Item> {
        self.plain()
            .filter(|(_, line)| indent(line) == depth)
            .filter_map(|(from, line)| {
                let id = line.trim().strip_prefix("- id: ")?;
                Some(Item {
                    id: id.to_owned(),
                    from,
                    to: self.end_of(from),
                })
            })
            .collect()
    }

    /// Every phase.
    pub fn phases(&self) -> Vec<Item> {
        let cleanup = self
            .lines
            .iter()
            .position(|line| line.starts_with("cleanup:"));
        let end = cleanup.unwrap_or(self.lines.len());
        self.items(2)
            .into_iter()
            .filter(|item| item.from < end)
            .collect()
    }

    /// Every step.
    pub fn steps(&self) -> Vec<Item> {
        self.items(6)
    }

    /// Whether an item has a line that begins so.
    pub fn has(&self, item: &Item, begins: &str) -> bool {
        self.lines[item.from..item.to]
            .iter()
            .any(|line| line.trim_start().starts_with(begins))
    }

    /// What the lines of a section make: `name:` one level below `outputs:` or `inputs:`.
    pub fn made(&self, section: &str) -> Vec<Made> {
        let mut made = Vec::new();
        for (number, line) in self.plain() {
            if line.trim() != section {
                continue;
            }
            let depth = indent(line) + 2;
            for below in number + 1..self.end_of(number) {
                let line = &self.lines[below];
                if indent(line) == depth
                    && let Some((name, _)) = line.trim().split_once(':')
                {
                    made.push(Made {
                        name: name.to_owned(),
                        line: below,
                    });
                }
            }
        }
        made
    }

    /// The lines but one that name something as a whole word.
    pub fn uses(&self, name: &str, but: usize) -> Vec<usize> {
        self.numbered()
            .filter(|(number, line)| *number != but && has_word(line, name))
            .map(|(number, _)| number)
            .collect()
    }
}

impl Source {
    /// Whether an expression or a template uses a name.
    pub fn is_used(&self, name: &str) -> bool {
        self.numbered().any(|(number, line)| {
            let expression = !self.in_block[number] && is_expression(line);
            let value = line.contains(&format!("{{{{ {name} }}}}"));
            value || expression && has_word(line, name) && !line.contains("regex:")
        })
    }
}

/// Whether a line is an expression's.
pub fn is_expression(line: &str) -> bool {
    ["when:", "limit:", "that:", "until:"]
        .iter()
        .any(|key| line.contains(key))
}

/// Where a word stands in a line by itself.
pub fn words(line: &str, word: &str) -> Vec<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .map(|(at, _)| at)
        .filter(|at| {
            !line[..*at].chars().next_back().is_some_and(part)
                && !line[at + word.len()..].chars().next().is_some_and(part)
        })
        .collect()
}

/// Whether a line has a word by itself.
pub fn has_word(line: &str, word: &str) -> bool {
    !words(line, word).is_empty()
}

/// The line with one stretch replaced.
pub fn put(line: &str, at: usize, was: &str, now: &str) -> String {
    format!("{}{now}{}", &line[..at], &line[at + was.len()..])
}
