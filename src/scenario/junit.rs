//! What came of scenarios, for the machines that show test results.

use std::fmt::Write;

use super::{Suite, Verdict, tell};

/// A document of all suites.
pub fn junit(suites: &[(&Suite, &[Verdict])]) -> String {
    let count = |verdicts: &[Verdict]| {
        let failed = verdicts.iter().filter(|v| !v.failures.is_empty()).count();
        (verdicts.len(), failed)
    };
    let all: Vec<(usize, usize)> = suites.iter().map(|(_, verdicts)| count(verdicts)).collect();
    let tests: usize = all.iter().map(|(tests, _)| tests).sum();
    let failed: usize = all.iter().map(|(_, failed)| failed).sum();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(
        xml,
        "<testsuites name=\"rbconsole test\" tests=\"{tests}\" failures=\"{failed}\">"
    );
    for ((suite, verdicts), (tests, failed)) in suites.iter().zip(all) {
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failed}\" file=\"{}\">",
            escaped(&suite.name),
            escaped(&suite.file)
        );
        for verdict in *verdicts {
            case(&mut xml, suite, verdict);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn case(xml: &mut String, suite: &Suite, verdict: &Verdict) {
    let _ = write!(
        xml,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"",
        escaped(&suite.name),
        escaped(&verdict.name),
        escaped(&suite.file),
        verdict.line
    );
    if verdict.failures.is_empty() {
        xml.push_str("/>\n");
        return;
    }
    xml.push_str(">\n");
    for failure in &verdict.failures {
        let _ = writeln!(
            xml,
            "      <failure message=\"{}\">{}</failure>",
            escaped(&failure.finding.message),
            escaped(&tell::failure_text(suite, failure, false))
        );
    }
    xml.push_str("    </testcase>\n");
}

/// A text as XML 1.0 can hold it: what it cannot hold at all is replaced.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_breaks_out_of_an_attribute_or_is_no_xml() {
        assert_eq!(
            escaped("a\"b'<c>&\u{1b}\u{0}\u{ffff}\n\té"),
            "a&quot;b&apos;&lt;c&gt;&amp;\u{fffd}\u{fffd}\u{fffd}&#10;&#9;é"
        );
    }
}
