use proptest::prelude::*;

use super::*;
use crate::tui::theme::{Depth, built_in};

fn theme() -> Theme {
    Theme::new(&built_in("dark").unwrap(), Depth::True)
}

fn shown(text: &str, width: usize) -> Vec<String> {
    let theme = theme();
    lines(text, width, theme.text, &theme)
        .iter()
        .map(|line| line.to_string().trim_end().to_owned())
        .collect()
}

#[test]
fn headings_lists_code_and_quotes() {
    let text = "# Title\n\nSome words\nof prose.\n\n## Next\n\n- one\n- two\n  1. inner\n\n> said\n\n```sh\nls  -l\n```\n\n---\n";
    assert_eq!(
        shown(text, 30),
        [
            "Title",
            "═════",
            "",
            "Some words of prose.",
            "",
            "Next",
            "────",
            "",
            "• one",
            "• two",
            "  1. inner",
            "",
            "▎ said",
            "",
            "│ ls  -l",
            "",
            &"─".repeat(30),
        ]
    );
}

#[test]
fn emphasis_and_code_are_seen_without_their_marks() {
    let theme = theme();
    let all = lines("a **bold** and `code`, *soft*", 60, theme.text, &theme);
    let [line] = all.as_slice() else {
        panic!("{all:?}")
    };
    assert_eq!(line.to_string(), "a bold and code, soft");
    let of = |word: &str| {
        line.spans
            .iter()
            .find(|span| span.content == word)
            .unwrap()
            .style
    };
    assert!(of("bold").add_modifier.contains(Modifier::BOLD));
    assert!(of("soft").add_modifier.contains(Modifier::ITALIC));
    assert_eq!(of("code").fg, theme.code.fg);
}

#[test]
fn a_table_fits_its_words_or_the_screen() {
    let text = "| Step | Time |\n|:--|--:|\n| Check the error rate | 3 s |\n| Roll back | 48 s |\n";
    assert_eq!(
        shown(text, 60),
        [
            "Step                 │ Time",
            "─────────────────────┼─────",
            "Check the error rate │  3 s",
            "Roll back            │ 48 s",
        ]
    );
    let narrow = shown(text, 18);
    assert!(
        narrow.contains(&"Check the   │  3 s".to_owned()),
        "{narrow:?}"
    );
    assert!(narrow.contains(&"error rate  │".to_owned()), "{narrow:?}");
}

#[test]
fn links_say_where_they_lead_and_html_is_text() {
    assert_eq!(
        shown(
            "[the graph](https://g.example/d) <b>x</b> <https://a.example>",
            90
        ),
        ["the graph (https://g.example/d) <b>x</b> https://a.example"]
    );
    assert_eq!(
        shown("- [x] done\n- [ ] open", 40),
        ["• ☑ done", "• ☐ open"]
    );
    assert_eq!(
        shown("a\x1b[31mb\u{202e}c", 40),
        ["a\u{fffd}[31mb\u{fffd}c"]
    );
}

#[test]
fn long_words_are_broken_and_deep_lists_stay_on_the_screen() {
    assert_eq!(shown("abcdefghijklmnop", 8), ["abcdefgh", "ijklmnop"]);
    let deep: Vec<String> = (0..60)
        .map(|at| format!("{}- x\n", "  ".repeat(at)))
        .collect();
    let deep = deep.concat();
    assert!(
        shown(&deep, 20)
            .iter()
            .all(|line| line.chars().count() <= 24)
    );
}

proptest! {
    #[test]
    fn any_text_can_be_shown(
        parts in prop::collection::vec(prop_oneof![
            any::<String>(),
            prop::sample::select(vec![
                "# ", "- ", "1. ", "> ", "| a | b |\n|--|--|\n", "|", "`", "```\n", "**", "*", "\n", "\n\n", "    ",
                "[a](b)", "![", "<b>", "---\n", "~~", "漢字", "👨\u{200d}👩",
            ]).prop_map(str::to_owned),
        ], 0..30),
        width in 1_usize..60,
    ) {
        let theme = theme();
        for line in lines(&parts.concat(), width, theme.text, &theme) {
            prop_assert!(line.spans.iter().all(|span| !span.content.contains(char::is_control)), "{line:?}");
        }
    }
}

#[test]
fn a_sentence_is_no_list_whatever_it_begins_with() {
    let theme = theme();
    let drawn = |text: &str| {
        let lines = inline(text, 60, theme.text, &theme);
        assert_eq!(lines.len(), 1, "{text}");
        lines[0].to_string()
    };
    for text in [
        "1. of all",
        "- minus",
        "# hash",
        "> more",
        "+ plus",
        "* star",
    ] {
        assert_eq!(drawn(text), text);
        assert_eq!(plain(text), text);
    }
    assert_eq!(
        drawn("After **every** `docker run`"),
        "After every docker run"
    );
    assert_eq!(
        plain("After **every** `docker run`"),
        "After every docker run"
    );
    assert_eq!(plain("error_rate_now > 2"), "error_rate_now > 2");
    assert_eq!(plain("2 * 3 * 4 and a\\\\b"), "2 * 3 * 4 and a\\b");
}
