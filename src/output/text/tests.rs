use proptest::prelude::*;

use super::hidden::{is_invisible, is_one_emoji};
use super::*;

fn shown(bytes: impl AsRef<[u8]>) -> String {
    line(bytes.as_ref()).text()
}

fn styles(bytes: &str) -> Vec<(String, Style)> {
    line(bytes.as_bytes())
        .spans
        .into_iter()
        .map(|span| (span.text, span.style))
        .collect()
}

fn continued(before: &[u8], bytes: &[u8]) -> StyledLine {
    let mut reading = Reading::default();
    reading.pass(before);
    reading.piece(bytes)
}

fn foreground(color: Color) -> Style {
    Style {
        foreground: color,
        ..Style::default()
    }
}

#[test]
fn colours_are_kept() {
    let red = foreground(Color::Indexed(1));
    let bold_red = Style { bold: true, ..red };
    assert_eq!(
        styles("a\x1b[31mb\x1b[1mc\x1b[md"),
        [
            ("a".into(), Style::default()),
            ("b".into(), red),
            ("c".into(), bold_red),
            ("d".into(), Style::default())
        ]
    );
}

#[test]
fn every_way_to_name_a_colour() {
    for (code, color) in [
        ("97", Color::Indexed(15)),
        ("38;5;208", Color::Indexed(208)),
        ("38:5:208", Color::Indexed(208)),
        ("38;2;1;2;3", Color::Rgb(1, 2, 3)),
        ("38:2:1:2:3", Color::Rgb(1, 2, 3)),
        ("38:2::1:2:3", Color::Rgb(1, 2, 3)),
        ("58;5;1;32", Color::Indexed(2)),
        ("31;39", Color::Default),
        ("38;5;999", Color::Default),
        ("38;2;1", Color::Default),
        ("99999999", Color::Default),
    ] {
        assert_eq!(
            styles(&format!("\x1b[{code}mx")),
            [("x".into(), foreground(color))],
            "{code}"
        );
    }
    assert_eq!(
        line(b"\x1b[44;104mx").spans[0].style.background,
        Color::Indexed(12)
    );
}

#[test]
fn attributes_go_on_and_off() {
    let style = |codes: &str| line(format!("\x1b[{codes}mx").as_bytes()).spans[0].style;
    assert_eq!(style("1;2;22"), Style::default());
    assert_eq!(
        style("3;4;7"),
        Style {
            italic: true,
            underline: true,
            reversed: true,
            ..Style::default()
        }
    );
    assert_eq!(style("3;4;7;23;24;27"), Style::default());
    assert_eq!(style("4:0"), Style::default());
    assert!(style("4:3").underline && style("21").underline && style("4").underline);
    assert_eq!(
        style("5;6;8"),
        Style::default(),
        "blinking and concealing are not for us"
    );
    assert_eq!(
        style(">4;2"),
        Style::default(),
        "another command with the same letter"
    );
}

#[test]
fn other_sequences_vanish() {
    for sequence in [
        "\x1b[2J",
        "\x1b[H",
        "\x1b[10;10H",
        "\x1b[?1049h",
        "\x1b[6n",
        "\x1b[1;2;3 q",
        "\x1bc",
        "\x1b7",
        "\x1b(B",
        "\x1b#8",
        "\x1b]0;title\x07",
        "\x1b]0;title\x1b\\",
        "\x1b]52;c;cm0gLXJm\x07",
        "\x1b]8;;http://x\x1b\\",
        "\x1bPq#0;2;0;0;0\x1b\\",
        "\x1b_Gf=100;AAAA\x1b\\",
        "\x1b^pm\x1b\\",
        "\x1bXsos\x1b\\",
        "\x1bktitle\x1b\\",
        "\u{9b}31m\u{9b}0m",
        "\u{9d}52;c;AAAA\u{9c}",
        "\u{90}x\u{9c}",
        "\u{85}",
        "\x1bP a\x07b \x1b\\",
    ] {
        assert_eq!(shown(format!("a{sequence}b")), "ab", "{sequence:?}");
    }
}

#[test]
fn unterminated_sequences_swallow_the_line_and_no_more() {
    for sequence in [
        "\x1b",
        "\x1b[31",
        "\x1b]52;c;AAAA",
        "\x1bPabc",
        "\x1b_x",
        "\u{9d}x",
    ] {
        assert_eq!(shown(format!("a{sequence}")), "a", "{sequence:?}");
        assert_eq!(
            plain(format!("a{sequence}\nnext\n").as_bytes()),
            "a\nnext\n",
            "{sequence:?}"
        );
    }
    assert_eq!(shown("\x1b]0;x\x18seen"), "seen");
    assert_eq!(shown("\x1b[3\u{e9}m"), "\u{e9}m");
    assert_eq!(shown(format!("\x1b[{}mx", "1;".repeat(5000))), "x");
}

#[test]
fn moves_within_the_line() {
    assert_eq!(shown("abc\rX"), "Xbc");
    assert_eq!(shown("done 10%\rdone 99%\r"), "done 99%");
    assert_eq!(shown("a long one\r\x1b[Kshort"), "short");
    assert_eq!(shown("abcdef\x08\x08\x08\x1b[K"), "abc");
    assert_eq!(shown("abc\x1b[2K\x1b[1Gx"), "x");
    assert_eq!(shown("abcd\x08\x08\x1b[1K"), "   d");
    assert_eq!(shown("\x08\x08a\x08b"), "b");
    assert_eq!(shown("a\tb\t\tc"), "a       b               c");
    assert_eq!(
        shown("text\r\tx"),
        "text    x",
        "a tab jumps over what is there"
    );
    assert_eq!(shown("a\x1b[3\r1mb"), "b");
}

#[test]
fn wide_characters_are_overwritten_whole() {
    assert_eq!(shown("漢字\rx"), "x 字");
    assert_eq!(shown("漢字\x08x"), "漢 x");
    assert_eq!(shown("abc\r漢"), "漢c");
    assert_eq!(shown("a漢\x08\x1b[K"), "a ");
    assert_eq!(shown("x漢\r字"), "字 ");
}

#[test]
fn what_is_not_text_is_shown_as_such() {
    assert_eq!(shown(b"a\xff\xfeb\xe6\xbcz"), "a\u{fffd}\u{fffd}b\u{fffd}z");
    assert_eq!(shown("a\0b\x07\x7f\n"), "a^@b^G^?^J");
    assert_eq!(styles("\0").len(), 1);
    assert!(line(b"\0").spans[0].style.reversed && !line(b"^@").spans[0].style.reversed);
    assert_eq!(shown("safe\u{202e}elif.exe"), "safe<U+202E>elif.exe");
    assert_eq!(shown("pro\u{200b}d\u{feff}"), "pro<U+200B>d<U+FEFF>");
    assert_eq!(shown("a\u{e0041}"), "a<U+E0041>");
}

#[test]
fn combining_and_wide_characters_have_their_width() {
    for (text, width) in [
        ("e\u{301}", 1),
        ("漢字", 4),
        ("\u{26a0}\u{fe0f} x", 4),
        ("\u{26a0}\u{fe0e} x", 3),
        ("👍🏽", 2),
        ("👨\u{200d}👩\u{200d}👧\u{200d}👦|", 3),
        ("\u{2764}\u{fe0f}\u{200d}🔥", 2),
        ("🏳\u{fe0f}\u{200d}🌈", 2),
        ("1\u{fe0f}\u{20e3}", 2),
        ("🇩🇪", 2),
        ("\u{301}", 1),
        ("a\u{fe0f}", 9),
    ] {
        assert_eq!(line(text.as_bytes()).width(), width, "{text:?}");
    }
    assert_eq!(shown("e\u{301}"), "e\u{301}");
    assert_eq!(shown("e\u{301}\rx"), "x", "the accent goes with its letter");
}

#[test]
fn an_emoji_of_several_stays_one() {
    for text in [
        "👨\u{200d}👩\u{200d}👧\u{200d}👦",
        "👩🏻\u{200d}\u{2764}\u{fe0f}\u{200d}💋\u{200d}👩🏿",
        "🏴\u{200d}☠\u{fe0f}",
        "👍🏽",
        "#\u{fe0f}\u{20e3}",
    ] {
        assert_eq!(shown(format!("a{text}b")), format!("a{text}b"));
        let mut cut = line(format!("{text}b").as_bytes());
        cut.truncate(1);
        assert_eq!(cut.text(), "", "{text}");
        let mut rest = line(format!("{text}b").as_bytes());
        rest.skip(1);
        assert_eq!(rest.text(), " b", "{text}");
        assert_eq!(shown(format!("{text}\rx")), "x ", "{text}");
        assert_eq!(shown(format!("{text}\x08x")), " x", "{text}");
    }
    assert_eq!(shown("🤷\u{200d}♂ x"), "🤷\u{200d}♂\u{fe0f} x");
    // What is joined to nothing, or to what no terminal shows in one piece, falls apart.
    assert_eq!(shown("👨\u{200d}"), "👨");
    assert_eq!(shown("👨\u{200d}x"), "👨x");
    assert_eq!(shown("🚗🏽"), "🚗");
    assert_eq!(shown("x\u{200d}👩"), "x<U+200D>👩");
    assert_eq!(shown("1\u{fe0f}2"), "1<U+FE0F>2");
    let many = "👨\u{200d}".repeat(40);
    assert!(
        line(many.as_bytes()).width() >= 8,
        "not a text under one emoji"
    );
}

#[test]
fn truncate_and_skip_count_columns() {
    let cut = |text: &str, columns| {
        let mut line = line(text.as_bytes());
        line.truncate(columns);
        line.text()
    };
    let rest = |text: &str, columns| {
        let mut line = line(text.as_bytes());
        line.skip(columns);
        line.text()
    };
    assert_eq!(cut("a漢b", 2), "a");
    assert_eq!(cut("a漢b", 3), "a漢");
    assert_eq!(cut("e\u{301}x", 1), "e\u{301}");
    assert_eq!(cut("\x1b[31mab\x1b[32mcd", 2), "ab");
    assert_eq!(cut("ab", 0), "");
    assert_eq!(rest("a漢b", 1), "漢b");
    assert_eq!(rest("a漢b", 2), " b");
    assert_eq!(rest("e\u{301}x", 1), "x");
    assert_eq!(rest("漢\u{301}x", 1), " x");
    assert_eq!(rest("\x1b[31mab\x1b[32mcd", 3), "d");
    assert_eq!(rest("ab", 9), "");
}

#[test]
fn a_cut_line_goes_on_in_its_colour() {
    let line = continued(b"\x1b[32mgreen, \x1b[4", b"mand underlined");
    assert_eq!(line.text(), "and underlined");
    assert_eq!(
        line.spans[0].style,
        Style {
            underline: true,
            ..foreground(Color::Indexed(2))
        }
    );
    assert_eq!(continued(b"\x1b]52;c;AAAA", b"BBBB\x07end").text(), "end");
}

#[test]
fn reports_get_lines_without_styles() {
    assert_eq!(
        plain(b"\x1b[1mone\x1b[0m\r\ntwo\n\nthree"),
        "one\ntwo\n\nthree"
    );
    assert_eq!(plain(b""), "");
}

/// Fragments that meet in unlucky ways more often than random bytes do.
fn output() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        any::<char>().prop_map(|c| c.to_string().into_bytes()),
        "[a-z0-9;:?]{0,4}".prop_map(String::into_bytes),
        prop::sample::select(vec![
            "\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1b\\", "\x07", "\r", "\x08", "\t", "\x1b[K",
            "\x1b[1K", "\x1b[2K", "\x1b[31m", "m", "漢", "e\u{301}", "\u{202e}", "\u{9b}",
            "\u{9d}", "\u{9c}", "👍🏽", "\u{200d}", "\u{fe0f}", "👩", "🏽", "\u{2764}", "1",
            "\u{20e3}",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec(fragment, 0..40).prop_map(|fragments| fragments.concat())
}

proptest! {
    #[test]
    fn nothing_unsafe_comes_out(before in output(), bytes in output()) {
        let line = continued(&before, &bytes);
        for character in line.text().graphemes(true) {
            // An emoji of several has joiners in it, and they are its own.
            let one = is_one_emoji(character) && !character.ends_with('\u{200d}');
            for (at, c) in character.char_indices() {
                // What was one emoji so far may be followed by something that makes it none.
                let so_far = is_one_emoji(&character[..at + c.len_utf8()]);
                let joins = match c {
                    '\u{200d}' => one,
                    '\u{fe0f}' => one || so_far,
                    _ => false,
                };
                prop_assert!(!c.is_control() && (joins || !is_invisible(c)), "{:?} in {:?}", c, line);
            }
        }
        for pair in line.spans.windows(2) {
            prop_assert!(pair[0].style != pair[1].style);
        }
        prop_assert!(line.spans.iter().all(|span| !span.text.is_empty()));
    }

    #[test]
    fn truncate_and_skip_share_the_line_between_them(bytes in output(), at in 0_usize..40) {
        let whole = line(&bytes);
        let (mut left, mut right) = (whole.clone(), whole.clone());
        left.truncate(at);
        right.skip(at);
        prop_assert!(left.width() <= at);
        // A character that a colour of skin follows is up to four columns wide.
        prop_assert!(left.width() + 3 >= at.min(whole.width()));
        prop_assert_eq!(right.width(), whole.width().saturating_sub(at));
        prop_assert!(whole.text().starts_with(&left.text()));
        prop_assert!(left.spans.iter().chain(&right.spans).all(|span| !span.text.is_empty()));
    }

    #[test]
    fn printable_text_takes_the_columns_that_a_terminal_gives_it(
        chars in prop::collection::vec(prop::sample::select("aZ ~é漢字한ｱ😀│█".chars().collect::<Vec<_>>()), 0..40),
    ) {
        let text: String = chars.iter().collect();
        let line = line(text.as_bytes());
        prop_assert_eq!(line.text(), text.as_str());
        prop_assert_eq!(line.width(), unicode_width::UnicodeWidthStr::width(text.as_str()));
    }
}
