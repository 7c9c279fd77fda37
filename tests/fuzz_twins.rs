//! The fuzz targets' twins: the same judge, with random cases on every build. `PROPTEST_CASES` makes it as many as you
//! have time for.

#![expect(
    clippy::disallowed_methods,
    reason = "a test of time needs a clock of its own"
)]

#[path = "../fuzz/judge.rs"]
mod judge;

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rbconsole::runbook::library::BUILT_IN;

/// How long one input may take, in a debug build on a busy machine. What grows faster than its input is far beyond.
const BOUND: Duration = Duration::from_secs(5);

fn in_time(what: &str, judge: impl FnOnce()) {
    let began = Instant::now();
    judge();
    let took = began.elapsed();
    assert!(took < BOUND, "{took:?} for {what:.500}");
}

/// What authors write, and what makes parsers stumble.
const WORDS: &[&str] = &[
    "version: 1",
    "title: T",
    "phases:",
    "steps:",
    "- id: a",
    "run: x",
    "gate:",
    "answers:",
    "{}",
    "[]",
    "then: [p]",
    "when: v > 1",
    "outputs:",
    "regex: '(a)'",
    "\n",
    "\n  ",
    "\n    ",
    "\n      ",
    ": ",
    "- ",
    "? ",
    "|",
    ">-",
    "&a ",
    "*a",
    "<<: *a",
    "!!binary ",
    "'",
    "\"",
    "\\",
    "#",
    "~",
    "null",
    "yes",
    "0x1f",
    "1e999",
    ".inf",
    "2026-01-01",
    "{{ v }}",
    "{% if b %}",
    "{% endif %}",
    "{% for x in [v, n] %}",
    "{% endfor %}",
    "{{ 'a",
    "}}",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "\u{1b}[2J",
    "\t",
    "\r",
    "ä",
    "日",
    "\0",
];

/// What templates, scripts and expressions are made of.
const PIECES: &[&str] = &[
    "{{ v }}",
    "{{ n }}",
    "{{ b }}",
    "{{ secret }}",
    "{{ answers.gate }}",
    "{{ v ~ n }}",
    "{{ nobody }}",
    "{{",
    "}}",
    "{%",
    "%}",
    "{% if b %}",
    "{% if v == 'a' %}",
    "{% elif n > 1 %}",
    "{% else %}",
    "{% endif %}",
    "{% for x in [v, 'b'] %}",
    "{{ x }}",
    "{{ loop.index }}",
    "{% endfor %}",
    "{% set w = v %}",
    "{{ w }}",
    "{% raw %}",
    "{% endraw %}",
    "<#",
    "#>",
    "{#",
    "|",
    "| upper",
    "| default(value=1)",
    "-%}",
    "{{-",
    "'",
    "\"",
    "`",
    "$(",
    ")",
    "${",
    "}",
    "$((",
    "))",
    "[[",
    "]]",
    "$'",
    "$\"",
    "\\",
    "\n",
    " ",
    "#",
    "<<EOF\n",
    "EOF\n",
    "<<'E'\n",
    "E\n",
    "<<<",
    ";",
    "&&",
    "case x in x) ",
    ";; esac",
    "a=(",
    "a[",
    "]=",
    "echo ",
    "not ",
    "and",
    "or",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    "+",
    "-",
    "*",
    "/",
    "%",
    "~",
    "(",
    "[",
    "]",
    ",",
    "1",
    "2.5",
    "-3",
    "1e309",
    "true",
    "false",
    "v",
    "n",
    "b",
    "answers.gate",
    "is defined",
    "in",
    "\u{e000}",
    "\u{e001}",
    "\u{f8ff}",
    "\0",
    "é",
    "日本",
];

fn glued(words: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(words), 0..most).prop_map(|words| words.concat())
}

/// A tree as YAML writes it, with the names of the language at random places.
fn tree() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "id",
        "title",
        "run",
        "parallel",
        "gate",
        "answers",
        "label",
        "then",
        "manual",
        "wait",
        "for",
        "until",
        "outputs",
        "regex",
        "line",
        "phases",
        "steps",
        "inputs",
        "default",
        "env",
        "when",
        "signals",
        "cleanup",
        "poll",
        "retry",
        "watch",
        "probe",
        "uses",
        "with",
        "approvals",
        "version",
        "effect",
        "target",
    ]);
    let leaf = prop_oneof![
        Just("~".to_owned()),
        Just("1".to_owned()),
        Just("true".to_owned()),
        Just("5s".to_owned()),
        Just("destructive".to_owned()),
        "[a-z_]{1,6}",
        "'[ -&(-~]{0,12}'",
    ];
    let inner = leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec((names.clone(), inner), 0..6).prop_map(|entries| {
                let entries: Vec<String> = entries
                    .into_iter()
                    .map(|(name, item)| format!("{name}: {item}"))
                    .collect();
                format!("{{ {} }}", entries.join(", "))
            }),
        ]
    });
    (inner.clone(), inner).prop_map(|(phases, more)| {
        format!("version: 1\ntitle: T\nphases: {phases}\ninputs: {more}\n")
    })
}

proptest! {
    #[test]
    fn any_bytes_load_or_say_why_not(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        in_time("random bytes", || judge::load(&bytes));
    }

    #[test]
    fn any_words_load_or_say_why_not(text in glued(WORDS, 60)) {
        in_time(&text, || judge::load(text.as_bytes()));
    }

    #[test]
    fn any_tree_loads_or_says_why_not(text in tree()) {
        in_time(&text, || judge::load(text.as_bytes()));
    }

    #[test]
    fn any_template_is_checked_as_it_renders(source in glued(PIECES, 16), value in any::<String>()) {
        in_time(&source, || judge::template(&source, &value));
    }

    #[test]
    fn any_text_is_checked_as_it_renders(source in any::<String>(), value in any::<String>()) {
        in_time(&source, || judge::template(&source, &value));
    }
}

proptest! {
    // A shipped runbook has 650 lines.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 8 + 1))]

    #[test]
    fn any_change_of_a_shipped_runbook_loads_or_says_why_not(
        book in prop::sample::select(BUILT_IN.to_vec()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..40, prop::sample::select(WORDS)), 1..4),
    ) {
        let mut bytes = book.text.as_bytes().to_vec();
        for (at, cut, word) in changes {
            let at = at.index(bytes.len() + 1);
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, word.bytes());
        }
        in_time(book.name, || judge::load(&bytes));
    }
}

fn numbered(count: usize, line: impl Fn(usize) -> String) -> String {
    let lines: Vec<String> = (0..count).map(line).collect();
    lines.concat()
}

/// What grows quickly where a parser is careless: depth, length and repetition stay within the bound of time.
#[test]
fn what_is_large_takes_no_longer_than_it_must() {
    let step = "      - { id: s, run: 'echo {{ v }}' }\n";
    let large: &[(&str, String)] = &[
        ("deep lists", "[".repeat(100_000)),
        ("deep maps", "{a: ".repeat(100_000)),
        (
            "deep blocks",
            numbered(2_000, |n| format!("{}a:\n", " ".repeat(n))),
        ),
        (
            "a long line",
            format!("version: 1\ntitle: {}\n", "x".repeat(1 << 20)),
        ),
        (
            "many steps",
            format!(
                "version: 1\ntitle: T\nphases:\n  - id: p\n    title: P\n    steps:\n{}",
                step.repeat(5_000)
            ),
        ),
        (
            "many unknown fields",
            numbered(5_000, |n| format!("field{n}: 1\n")),
        ),
        (
            "many anchors",
            numbered(5_000, |n| format!("a{n}: &a{n} [*a{}]\n", n.max(1) - 1)),
        ),
        ("many quotes", "'\"".repeat(50_000)),
    ];
    for (what, text) in large {
        in_time(what, || judge::load(text.as_bytes()));
    }
    let templates: &[(&str, String)] = &[
        ("deep conditions", "{% if b %}".repeat(2_000)),
        ("deep parentheses", "(".repeat(20_000)),
        ("a long sum", format!("n{}", " + n".repeat(5_000))),
        ("many sites", "{{ v }} ".repeat(5_000)),
        ("deep substitutions", "$(".repeat(5_000)),
        ("many heredocs", "cat <<E\n".repeat(2_000)),
        (
            "loops within loops",
            format!(
                "{}{{{{ v }}}}{}",
                "{% for x in [v, v] %}".repeat(12),
                "{% endfor %}".repeat(12)
            ),
        ),
    ];
    for (what, source) in templates {
        in_time(what, || judge::template(source, "a'b\"c"));
    }
}

/// The judge has teeth: the shipped runbooks load, and templates of each kind render.
#[test]
fn the_judge_sees_what_loads() {
    for book in BUILT_IN {
        assert!(book.load().runbook.is_some(), "{}", book.name);
        judge::load(book.text.as_bytes());
    }
    for source in [
        "echo {{ v }}",
        "'{{ v }}'",
        "{% if b %}{{ v }}{% endif %}",
        "n > 1 and b",
        "v ~ n",
    ] {
        judge::template(source, "it's");
    }
}
