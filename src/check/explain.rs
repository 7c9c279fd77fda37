//! A page for each code: what it means, why it matters at night, a wrong and a
//! right example as whole runbooks.

use std::fmt::Write;

use crate::runbook::Code;

/// The page of a code, in Markdown.
pub fn page(code: Code) -> &'static str {
    match code {
        Code::File => include_str!("explain/RB001.md"),
        Code::Syntax => include_str!("explain/RB002.md"),
        Code::Budget => include_str!("explain/RB003.md"),
        Code::Duplicate => include_str!("explain/RB004.md"),
        Code::UnknownField => include_str!("explain/RB005.md"),
        Code::MissingField => include_str!("explain/RB006.md"),
        Code::Value => include_str!("explain/RB007.md"),
        Code::Id => include_str!("explain/RB008.md"),
        Code::Twice => include_str!("explain/RB009.md"),
        Code::Version => include_str!("explain/RB010.md"),
        Code::Kind => include_str!("explain/RB011.md"),
        Code::Conflict => include_str!("explain/RB012.md"),
        Code::UnknownName => include_str!("explain/RB020.md"),
        Code::Types => include_str!("explain/RB021.md"),
        Code::Template => include_str!("explain/RB022.md"),
        Code::Quoting => include_str!("explain/RB023.md"),
        Code::PlainShell => include_str!("explain/RB024.md"),
        Code::UnknownPhase => include_str!("explain/RB025.md"),
        Code::PhaseTwice => include_str!("explain/RB026.md"),
        Code::SecretInFile => include_str!("explain/RB027.md"),
        Code::Target => include_str!("explain/RB028.md"),
        Code::Uses => include_str!("explain/RB029.md"),
        Code::SecretPlace => include_str!("explain/RB030.md"),
        Code::NoGuard => include_str!("explain/RB031.md"),
        Code::NotMade => include_str!("explain/RB100.md"),
        Code::NoGate => include_str!("explain/RB101.md"),
        Code::NoVerify => include_str!("explain/RB102.md"),
        Code::UnreachablePhase => include_str!("explain/RB103.md"),
        Code::UnreachableStep => include_str!("explain/RB104.md"),
        Code::NoRoute => include_str!("explain/RB105.md"),
        Code::Constant => include_str!("explain/RB106.md"),
        Code::Bound => include_str!("explain/RB107.md"),
        Code::ShellSyntax => include_str!("explain/RB200.md"),
        Code::SecondShell => include_str!("explain/RB201.md"),
        Code::Eval => include_str!("explain/RB202.md"),
        Code::Arithmetic => include_str!("explain/RB203.md"),
        Code::NoShell => include_str!("explain/RB204.md"),
        Code::SecretInSight => include_str!("explain/RB300.md"),
        Code::GateHeadless => include_str!("explain/RB400.md"),
        Code::Budgets => include_str!("explain/RB401.md"),
    }
}

/// Every code with what it means in a line.
pub fn list() -> String {
    let mut out = String::new();
    for code in Code::all() {
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{}  {}", code.number(), code.title());
    }
    out.push_str("\n`rbconsole explain CODE` tells more about one of them.\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;

    /// The example under a heading, and what is said below it.
    fn example<'a>(page: &'a str, heading: &str) -> Option<(&'a str, &'a str)> {
        let (_, section) = page.split_once(&format!("\n## {heading}\n"))?;
        let section = section.split("\n## ").next()?;
        let (_, rest) = section.split_once("```yaml\n")?;
        rest.split_once("```\n")
    }

    fn codes(text: &str) -> Vec<(&'static str, usize)> {
        check(text)
            .findings
            .iter()
            .map(|finding| (finding.code.number(), finding.at.line))
            .collect()
    }

    #[test]
    fn every_page_names_its_code() {
        for code in Code::all() {
            let first = format!("# {}: {}\n", code.number(), code.title());
            assert!(page(code).starts_with(&first), "{first}");
            assert!(page(code).contains("\n## At 2am\n"), "{first}");
        }
    }

    #[test]
    fn wrong_examples_are_wrong_where_they_say() {
        // These depend on bytes that are no text, on other files, or on what is
        // installed: a text alone cannot show them.
        let without = [Code::File, Code::Uses, Code::NoShell];
        let mut wrong = Vec::new();
        for code in Code::all() {
            let Some((text, below)) = example(page(code), "Wrong") else {
                assert!(without.contains(&code), "{} shows nothing", code.number());
                continue;
            };
            let line = if below.contains("at the whole file.") {
                0
            } else {
                let (_, said) = below.split_once("Found at line ").unwrap();
                said.split_once('.').unwrap().0.parse().unwrap()
            };
            let found = codes(text);
            if !found.contains(&(code.number(), line)) {
                wrong.push((code.number(), line, found));
            }
        }
        assert_eq!(wrong, []);
    }

    #[test]
    fn right_examples_are_clean() {
        for code in Code::all() {
            let (text, _) = example(page(code), "Right").unwrap();
            assert_eq!(codes(text), [], "{}", code.number());
        }
    }
}
