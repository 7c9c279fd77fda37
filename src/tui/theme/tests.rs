//! What every theme promises, computed.

mod sight;

use super::{
    color::{Hex, contrast, distance, lab},
    fit::{fit, nearest, of_index},
    palette::{Colors, read},
    *,
};

/// Every shipped theme that has colours.
fn colored() -> Vec<(&'static str, Colors<Hex>)> {
    let all = BUILT_IN.iter().map(|(name, text)| {
        let palette = read(text, |_| None).unwrap_or_else(|fault| panic!("{name}: {fault:?}"));
        (*name, palette)
    });
    all.filter_map(|(name, palette)| match palette {
        Palette::Colors(colors) => Some((name, colors)),
        Palette::Plain => None,
    })
    .collect()
}

/// What a colour of the 256 looks like; those that each terminal has its own of are none.
fn seen(color: Color) -> Hex {
    match color {
        Color::Indexed(index @ 16..) => of_index(index),
        Color::Rgb(r, g, b) => Hex(r, g, b),
        other => panic!("{other:?} looks different on every terminal"),
    }
}

/// The sixteen as the text console and as xterm show them.
const SIXTEEN: [[(u8, u8, u8); 16]; 2] = [
    [
        (0, 0, 0),
        (170, 0, 0),
        (0, 170, 0),
        (170, 85, 0),
        (0, 0, 170),
        (170, 0, 170),
        (0, 170, 170),
        (170, 170, 170),
        (85, 85, 85),
        (255, 85, 85),
        (85, 255, 85),
        (255, 255, 85),
        (85, 85, 255),
        (255, 85, 255),
        (85, 255, 255),
        (255, 255, 255),
    ],
    [
        (0, 0, 0),
        (205, 0, 0),
        (0, 205, 0),
        (205, 205, 0),
        (0, 0, 238),
        (205, 0, 205),
        (0, 205, 205),
        (229, 229, 229),
        (127, 127, 127),
        (255, 0, 0),
        (0, 255, 0),
        (255, 255, 0),
        (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255),
        (255, 255, 255),
    ],
];

/// WCAG 2.1: 4.5:1 for text (1.4.3), 7:1 where much is wanted (1.4.6).
fn least(name: &str) -> f64 {
    if name == "high-contrast" { 7.0 } else { 4.5 }
}

#[test]
fn every_text_of_every_theme_can_be_read() {
    for (name, colors) in colored() {
        for (pair, text, behind) in colors.pairs() {
            let found = contrast(text, behind);
            assert!(found >= least(name), "{name}: {pair}: {found:.2}:1");
        }
    }
}

#[test]
fn it_can_be_read_with_256_colours() {
    for (name, colors) in colored() {
        let fitted = fit(&Palette::Colors(colors), Depth::Indexed).unwrap();
        for (pair, text, behind) in fitted.map(seen).pairs() {
            let found = contrast(text, behind);
            // A coloured block has fewer shades to choose from than text has.
            let least = if pair.contains(':') { 4.5 } else { least(name) };
            assert!(found >= least, "{name}: {pair}: {found:.2}:1");
        }
        assert_ne!(fitted.selection, fitted.background, "{name}");
    }
}

#[test]
fn it_can_be_read_with_sixteen_colours_on_text_consoles_and_in_xterm() {
    for (name, colors) in colored() {
        let fitted = fit(&Palette::Colors(colors), Depth::Sixteen).unwrap();
        for known in &SIXTEEN {
            let shown = fitted.map(|color| match color {
                Color::Indexed(index @ 0..=15) => {
                    let (r, g, b) = known[usize::from(index)];
                    Hex(r, g, b)
                }
                other => panic!("{name}: {other:?} is none of the sixteen"),
            });
            for (pair, text, behind) in shown.pairs() {
                let found = contrast(text, behind);
                assert!(found >= 4.5, "{name}: {pair}: {found:.2}:1");
            }
        }
        let Colors {
            good, bad, warn, ..
        } = fitted;
        assert!(good != bad && bad != warn && warn != good, "{name}");
        // Reversed, so that what can be read on the background can be read there.
        let theme = Theme::new(&Palette::Colors(colors), Depth::Sixteen);
        assert!(theme.selection.add_modifier.contains(Modifier::REVERSED));
    }
}

/// Nothing but what the terminal shows text in anyway.
#[test]
fn without_colours_there_are_none() {
    let plain = |theme: Theme| {
        let all = [
            theme.base,
            theme.text,
            theme.dim,
            theme.border,
            theme.focus,
            theme.accent,
            theme.good,
            theme.bad,
            theme.warn,
            theme.unknown,
            theme.code,
            theme.selection,
            theme.live,
            theme.drill,
            theme.strong,
        ];
        all.iter()
            .all(|style| style.fg.is_none() && style.bg.is_none())
    };
    for (name, colors) in colored() {
        let theme = Theme::new(&Palette::Colors(colors), Depth::None);
        assert!(plain(theme), "{name}");
    }
    for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
        assert!(plain(Theme::new(&built_in("mono").unwrap(), depth)));
    }
}

#[test]
fn all_colours_are_taken_as_they_are() {
    let (_, dark) = colored()[0];
    let theme = Theme::new(&Palette::Colors(dark), Depth::True);
    let Hex(r, g, b) = dark.good;
    assert_eq!(theme.good.fg, Some(Color::Rgb(r, g, b)));
}

#[test]
fn finds_the_nearest_of_256() {
    assert_eq!(nearest(Hex(0, 0, 0)), 16);
    assert_eq!(nearest(Hex(255, 255, 255)), 231);
    assert_eq!(nearest(Hex(255, 0, 0)), 196);
    assert_eq!(nearest(Hex(0x80, 0x80, 0x80)), 244);
    for index in 16..=255 {
        assert_eq!(of_index(nearest(of_index(index))), of_index(index));
    }
}

#[test]
fn what_programs_print_has_no_more_colours_than_the_terminal() {
    let red = Color::Rgb(255, 0, 0);
    assert_eq!(fit::foreign(red, Depth::True), red);
    assert_eq!(fit::foreign(red, Depth::Indexed), Color::Indexed(196));
    for index in 0..=255 {
        let fitted = fit::foreign(Color::Indexed(index), Depth::Sixteen);
        assert!(matches!(fitted, Color::Indexed(0..=15)), "{fitted:?}");
    }
    assert_eq!(
        fit::foreign(Color::Indexed(3), Depth::Sixteen),
        Color::Indexed(3)
    );
}

fn depth(set: &[(&str, &str)]) -> Depth {
    Depth::of(|name| {
        let found = set.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn the_terminal_says_how_many_colours_it_has() {
    for (set, wanted) in [
        (&[("TERM", "xterm-256color")][..], Depth::Indexed),
        (
            &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")],
            Depth::True,
        ),
        (
            &[
                ("TERM", "xterm-256color"),
                ("COLORTERM", "truecolor"),
                ("NO_COLOR", "1"),
            ],
            Depth::None,
        ),
        (
            &[("TERM", "xterm-256color"), ("NO_COLOR", "")],
            Depth::Indexed,
        ),
        (&[("TERM", "xterm-kitty")], Depth::True),
        (&[("TERM", "xterm")], Depth::Indexed),
        (&[("TERM", "linux")], Depth::Sixteen),
        (
            &[("TERM", "linux"), ("COLORTERM", "truecolor")],
            Depth::Sixteen,
        ),
        (&[("TERM", "linux-16color")], Depth::Sixteen),
        (&[("TERM", "xterm-16color")], Depth::Sixteen),
        (&[("TERM", "ansi")], Depth::Sixteen),
        (&[("TERM", "rxvt")], Depth::Sixteen),
        (&[("TERM", "rxvt-unicode-256color")], Depth::Indexed),
        // Inside GNU screen, with what the terminal around it said.
        (
            &[("TERM", "screen"), ("COLORTERM", "truecolor")],
            Depth::Sixteen,
        ),
        (
            &[("TERM", "screen-256color"), ("COLORTERM", "truecolor")],
            Depth::Indexed,
        ),
        (
            &[
                ("TERM", "screen-256color"),
                ("COLORTERM", "truecolor"),
                ("TMUX", "/tmp/x"),
            ],
            Depth::True,
        ),
        (&[("TERM", "tmux-256color")], Depth::Indexed),
        (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::None),
        (&[("TERM", "vt100")], Depth::None),
        (&[("TERM", "vt220")], Depth::None),
        (&[], Depth::None),
    ] {
        assert_eq!(depth(set), wanted, "{set:?}");
    }
}

fn fault(text: &str) -> (Option<u64>, String) {
    let fault = read(text, built_in).unwrap_err();
    (fault.line, fault.words)
}

#[test]
fn a_theme_of_ones_own_begins_with_another() {
    let text = "like: dark\naccent: \"#ff00ff\"\nlive: { background: \"#000000\" }\n";
    let Ok(Palette::Colors(own)) = read(text, built_in) else {
        panic!("it can be read");
    };
    let (_, dark) = colored()[0];
    assert_eq!(own.accent, Hex(255, 0, 255));
    assert_eq!(own.live.background, Hex(0, 0, 0));
    assert_eq!(own.live.text, dark.live.text);
    assert_eq!(own.good, dark.good);
}

#[test]
fn a_wrong_theme_says_where_and_how_to_mend_it() {
    let (line, words) = fault("like: dark\ngood: \"#00ff00\"\naccent: red\n");
    assert_eq!(line, Some(3));
    assert!(
        words.contains("accent: ‘red’ is not a colour: write it as \"#6cb6ff\""),
        "{words}"
    );
    let (line, words) = fault("like: dark\nacent: \"#ff00ff\"\n");
    assert_eq!(line, Some(2));
    assert!(
        words.contains("acent") && words.contains("correct its name"),
        "{words}"
    );
    let (_, words) = fault("accent: \"#ff00ff\"\n");
    assert!(
        words.contains("background is missing") && words.contains("like: dark"),
        "{words}"
    );
    let (line, words) = fault("text: \"#ffffff\"\nlike: mono\n");
    assert_eq!(line, Some(2));
    assert!(words.contains("no colours to begin with"), "{words}");
    let (line, words) = fault("like: drak\n");
    assert_eq!(line, Some(1));
    assert!(words.contains("no built-in theme `drak`"), "{words}");
    let (line, words) = fault("colours: few\n");
    assert_eq!(line, Some(1));
    assert!(words.contains("`none`"), "{words}");
    // Without quotes a colour is a comment.
    let (line, words) = fault("like: dark\nlive: { text: \"#12345é\" }\n");
    assert_eq!(line, Some(2));
    assert!(words.contains("live.text"), "{words}");
    fault("like: [dark\n");
    fault("");
}

#[test]
fn a_file_of_ones_own_stands_before_what_is_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dark.yaml");
    std::fs::write(&path, "like: light\naccent: \"#123456\"\n").unwrap();
    let (palette, file) = shelf::find("dark", folder.path()).unwrap();
    assert_eq!(file, Some(path));
    let Palette::Colors(colors) = palette else {
        panic!("it has colours");
    };
    assert_eq!(colors.accent, Hex(0x12, 0x34, 0x56));
    std::fs::write(folder.path().join("night.yaml"), "like: dark\n").unwrap();
    assert_eq!(
        shelf::all(folder.path()),
        [
            "dark",
            "light",
            "high-contrast",
            "colour-blind",
            "mono",
            "night"
        ]
    );
}

#[test]
fn what_is_no_theme_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["nihgt", "../dark", "", ".hidden", "a/b"] {
        let words = shelf::find(name, folder.path()).unwrap_err().to_string();
        assert!(
            words.contains("there is no theme") && words.contains("colour-blind"),
            "{words}"
        );
    }
    std::fs::write(
        folder.path().join("night.yaml"),
        "like: dark\ngood: green\n",
    )
    .unwrap();
    let words = shelf::find("night", folder.path()).unwrap_err().to_string();
    assert!(words.contains("night.yaml:2: good: ‘green’"), "{words}");
    std::fs::create_dir(folder.path().join("folder.yaml")).unwrap();
    let words = shelf::find("folder", folder.path())
        .unwrap_err()
        .to_string();
    assert!(words.contains("not a file"), "{words}");
}

/// Colours that eyes cannot tell apart are as good as one.
#[test]
fn good_and_bad_and_warnings_differ() {
    for (name, colors) in colored() {
        for depth in [Depth::True, Depth::Indexed] {
            let shown = fit(&Palette::Colors(colors), depth).unwrap().map(seen);
            let far = |a: Hex, b: Hex| distance(lab(a.light()), lab(b.light()));
            for (a, b) in [
                (shown.good, shown.bad),
                (shown.bad, shown.warn),
                (shown.warn, shown.good),
            ] {
                assert!(far(a, b) > 30.0, "{name} with {depth}: {a:?} and {b:?}");
            }
        }
    }
}

#[test]
fn a_sample_says_the_same_in_every_theme_and_for_no_terminal() {
    let bare = |text: &str| {
        let escape = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
        let text = escape.replace_all(text, "");
        text.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let dark = Theme::new(&built_in("dark").unwrap(), Depth::True);
    let told = sample::words(&dark);
    assert!(
        !told.contains('\u{1b}') && told.contains("✘ failed: exit 3"),
        "{told}"
    );
    for (name, _) in BUILT_IN {
        for (depth, code) in [
            (Depth::True, "38;2;"),
            (Depth::Indexed, "38;5;"),
            (Depth::Sixteen, ";97;"),
            (Depth::None, ""),
        ] {
            let theme = Theme::new(&built_in(name).unwrap(), depth);
            let text = sample::sample(&theme);
            assert_eq!(bare(&text), bare(&told), "{name} with {depth}");
            if *name == "dark" {
                assert!(text.contains(code), "{text:?}");
            }
        }
    }
}
