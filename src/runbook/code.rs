//! The kinds of findings. A code never changes its meaning and is never given again.

/// What kind of finding it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// The file cannot be read as text.
    File,
    /// It is not YAML.
    Syntax,
    /// It is too big, too deep or expands without end.
    Budget,
    /// A key stands twice.
    Duplicate,
    /// There is no such field here.
    UnknownField,
    /// A field is missing.
    MissingField,
    /// A value does not fit its field.
    Value,
    /// A name that cannot be one, or means something else.
    Id,
    /// A name is used or made twice.
    Twice,
    /// Another version of the language.
    Version,
    /// A step of no kind or of several, or a field of another kind.
    Kind,
    /// Fields that exclude each other.
    Conflict,
    /// A name that nothing makes.
    UnknownName,
    /// Types that do not fit together.
    Types,
    /// A template or an expression that cannot be read.
    Template,
    /// A value filled in where it cannot be quoted surely.
    Quoting,
    /// A value filled into a script that nobody quotes for.
    PlainShell,
    /// An answer or a suggestion that leads to what is not there.
    UnknownPhase,
    /// A route that would run a phase twice.
    PhaseTwice,
    /// A secret that stands in the file.
    SecretInFile,
    /// A destructive step without a target.
    Target,
    /// A used runbook that cannot be found, used or bound.
    Uses,
    /// A secret where its text would be seen.
    SecretPlace,
    /// An environment for drills that nothing proves to be one.
    NoGuard,
    /// A name that is used before it is made, on some route.
    NotMade,
    /// A destructive step that no decision stands before.
    NoGate,
    /// A destructive step that nothing verifies.
    NoVerify,
    /// A phase that no route reaches.
    UnreachablePhase,
    /// A step that no route reaches.
    UnreachableStep,
    /// An answer that leads nowhere.
    NoRoute,
    /// A condition that always comes out the same.
    Constant,
    /// More routes than could be walked.
    Bound,
    /// A script that its shell cannot parse.
    ShellSyntax,
    /// A value that a second shell parses again.
    SecondShell,
    /// eval.
    Eval,
    /// A variable that shell arithmetic evaluates.
    Arithmetic,
    /// A script whose shell is not here to check it.
    NoShell,
    /// Something that looks like a secret.
    SecretInSight,
    /// A gate without a rule for runs without a person.
    GateHeadless,
    /// Times that do not add up.
    Budgets,
}

/// Every code: its number and its title.
const ALL: &[(Code, &str, &str)] = &[
    (Code::File, "RB001", "The file cannot be read as text"),
    (Code::Syntax, "RB002", "It is not YAML"),
    (
        Code::Budget,
        "RB003",
        "It is too big, too deep or expands without end",
    ),
    (Code::Duplicate, "RB004", "A key stands twice"),
    (Code::UnknownField, "RB005", "There is no such field here"),
    (Code::MissingField, "RB006", "A field is missing"),
    (Code::Value, "RB007", "A value does not fit its field"),
    (
        Code::Id,
        "RB008",
        "A name that cannot be one, or means something else",
    ),
    (Code::Twice, "RB009", "A name is used or made twice"),
    (Code::Version, "RB010", "Another version of the language"),
    (
        Code::Kind,
        "RB011",
        "A step of no kind or of several, or a field of another kind",
    ),
    (Code::Conflict, "RB012", "Fields that exclude each other"),
    (Code::UnknownName, "RB020", "A name that nothing makes"),
    (Code::Types, "RB021", "Types that do not fit together"),
    (
        Code::Template,
        "RB022",
        "A template or an expression that cannot be read",
    ),
    (
        Code::Quoting,
        "RB023",
        "A value filled in where it cannot be quoted surely",
    ),
    (
        Code::PlainShell,
        "RB024",
        "A value filled into a script that nobody quotes for",
    ),
    (
        Code::UnknownPhase,
        "RB025",
        "An answer or a suggestion that leads to what is not there",
    ),
    (
        Code::PhaseTwice,
        "RB026",
        "A route that would run a phase twice",
    ),
    (
        Code::SecretInFile,
        "RB027",
        "A secret that stands in the file",
    ),
    (Code::Target, "RB028", "A destructive step without a target"),
    (
        Code::Uses,
        "RB029",
        "A used runbook that cannot be found, used or bound",
    ),
    (
        Code::SecretPlace,
        "RB030",
        "A secret where its text would be seen",
    ),
    (
        Code::NoGuard,
        "RB031",
        "An environment for drills that nothing proves to be one",
    ),
    (
        Code::NotMade,
        "RB100",
        "A name that is used before it is made, on some route",
    ),
    (
        Code::NoGate,
        "RB101",
        "A destructive step that no decision stands before",
    ),
    (
        Code::NoVerify,
        "RB102",
        "A destructive step that nothing verifies",
    ),
    (
        Code::UnreachablePhase,
        "RB103",
        "A phase that no route reaches",
    ),
    (
        Code::UnreachableStep,
        "RB104",
        "A step that no route reaches",
    ),
    (Code::NoRoute, "RB105", "An answer that leads nowhere"),
    (
        Code::Constant,
        "RB106",
        "A condition that always comes out the same",
    ),
    (Code::Bound, "RB107", "More routes than could be walked"),
    (
        Code::ShellSyntax,
        "RB200",
        "A script that its shell cannot parse",
    ),
    (
        Code::SecondShell,
        "RB201",
        "A value that a second shell parses again",
    ),
    (Code::Eval, "RB202", "eval"),
    (
        Code::Arithmetic,
        "RB203",
        "A variable that shell arithmetic evaluates",
    ),
    (
        Code::NoShell,
        "RB204",
        "A script whose shell is not here to check it",
    ),
    (
        Code::SecretInSight,
        "RB300",
        "Something that looks like a secret",
    ),
    (
        Code::GateHeadless,
        "RB400",
        "A gate without a rule for runs without a person",
    ),
    (Code::Budgets, "RB401", "Times that do not add up"),
];

impl Code {
    /// Every code, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Code> {
        ALL.iter().map(|(code, ..)| *code)
    }

    /// `RB012`.
    pub fn number(self) -> &'static str {
        self.entry().1
    }

    /// What it means, in a line.
    pub fn title(self) -> &'static str {
        self.entry().2
    }

    /// The code of this number, in either case.
    pub fn of(number: &str) -> Option<Code> {
        ALL.iter()
            .find(|(_, known, _)| known.eq_ignore_ascii_case(number))
            .map(|(code, ..)| *code)
    }

    fn entry(self) -> &'static (Code, &'static str, &'static str) {
        ALL.iter()
            .find(|(code, ..)| *code == self)
            .unwrap_or(&ALL[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_number_of_its_own() {
        let mut numbers: Vec<&str> = Code::all().map(Code::number).collect();
        assert!(numbers.is_sorted());
        numbers.dedup();
        assert_eq!(numbers.len(), ALL.len());
        for code in Code::all() {
            assert_eq!(Code::of(&code.number().to_lowercase()), Some(code));
        }
    }
}
