use proptest::prelude::*;

use super::*;

fn masker(secrets: &[&str]) -> Masker {
    Masker::new(&secrets.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
}

fn masked(secrets: &[&str], text: &str) -> String {
    String::from_utf8(pieces(&mut masker(secrets), [text.as_bytes()])).unwrap()
}

fn pieces<'a>(masker: &mut Masker, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        masker.push(piece, &mut out);
        assert!(
            masker.held.len() < masker.longest.max(1),
            "holds back too much"
        );
    }
    masker.flush(&mut out);
    out
}

/// Leftmost-longest masking by its definition.
fn naive(patterns: &[Vec<u8>], text: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let matching = patterns
            .iter()
            .filter(|pattern| text[at..].starts_with(pattern));
        let length = matching.map(Vec::len).max();
        out.extend_from_slice(if length.is_some() {
            MASK
        } else {
            &text[at..=at]
        });
        at += length.unwrap_or(1);
    }
    out
}

#[test]
fn secrets_are_masked_the_longest_first() {
    assert_eq!(masked(&["hunter2"], "a hunter2 b hunter2"), "a *** b ***");
    assert_eq!(
        masked(&["hunter2", "hunter2000"], "hunter2000 hunter20"),
        "*** ***0"
    );
    assert_eq!(
        masked(&["hunter2000", "hunter2"], "hunter2000 hunter20"),
        "*** ***0"
    );
}

#[test]
fn short_secrets() {
    assert_eq!(masked(&["", "a", "ab"], "a ab abc"), "a ab abc");
    assert!(masker(&["", "ab"]).is_noop() && masker(&[]).is_noop());
    // "abc" is YWJj in base64.
    assert_eq!(masked(&["abc"], "abc YWJj"), "*** YWJj");
    assert_eq!(masked(&["abcd\n", "xyz\r\n"], "abcd xyz"), "*** ***");
}

#[test]
fn encoded_forms_are_masked() {
    // From coreutils: printf 'user:p@ss w/rd?~' | base64, and with one and two bytes before.
    for (text, expected) in [
        ("dXNlcjpwQHNzIHcvcmQ/fg==", "***g=="),
        ("eHVzZXI6cEBzcyB3L3JkP34=", "eH***4="),
        ("eHh1c2VyOnBAc3Mgdy9yZD9+", "eHh***"),
        ("dXNlcjpwQHNzIHcvcmQ_fg", "***g"),
        ("eHh1c2VyOnBAc3Mgdy9yZD9-", "eHh***"),
        ("x=user%3Ap%40ss%20w%2Frd%3F~&", "x=***&"),
        ("x=user%3ap%40ss%20w%2frd%3f~&", "x=***&"),
        ("x=user%3Ap%40ss+w%2Frd%3F%7E&", "x=***&"),
    ] {
        assert_eq!(masked(&["user:p@ss w/rd?~"], text), expected, "{text}");
    }
}

#[test]
fn a_terminal_prints_line_ends_its_own_way() {
    assert_eq!(
        masked(&["one\ntwo\n"], "one\r\ntwo\r\n one\ntwo"),
        "***\r\n ***"
    );
}

#[test]
fn nothing_is_held_back_that_cannot_be_a_secret() {
    let mut masker = masker(&["hunter2"]);
    let mut out = Vec::new();
    masker.push(b"Password: ", &mut out);
    assert_eq!(out, b"Password: ");
    masker.push(b"h", &mut out);
    assert_eq!(out, b"Password: ");
    masker.push(b"unt", &mut out);
    masker.push(b"ing", &mut out);
    assert_eq!(out, b"Password: hunting");
}

#[test]
fn a_secret_held_for_a_longer_one_is_masked_at_the_end() {
    let mut masker = masker(&["abc", "abcabx"]);
    assert_eq!(pieces(&mut masker, [&b"abcab"[..]]), b"***ab");
    assert_eq!(pieces(&mut masker, [&b"abcab"[..], b"c"]), b"******");
    assert_eq!(pieces(&mut masker, [&b"abcab"[..], b"x"]), b"***");
}

#[test]
fn debugging_does_not_tell() {
    assert!(!format!("{:?}", masker(&["hunter2"])).contains("hunter2"));
}

/// A plain base64 encoder, by bits, to check the trimmed ones against.
fn base64(bytes: &[u8]) -> String {
    let alphabet: Vec<char> = ('A'..='Z')
        .chain('a'..='z')
        .chain('0'..='9')
        .chain(['+', '/'])
        .collect();
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    (0..bytes.len() * 8)
        .step_by(6)
        .map(|six| alphabet[usize::from((six..six + 6).fold(0, |value, at| value << 1 | bit(at)))])
        .collect()
}

proptest! {
    #[test]
    fn splits_make_no_difference(
        secrets in prop::collection::vec("[ab]{1,5}", 0..6),
        text in "[ab]{0,80}",
        cuts in prop::collection::vec(0_usize..80, 0..12),
    ) {
        let mut masker = Masker::new(&secrets).unwrap();
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
        cuts.sort_unstable();
        let split = pieces(&mut masker, cuts.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]));
        let unsplit = pieces(&mut masker, [text.as_bytes()]);
        prop_assert_eq!(&split, &unsplit);
        prop_assert_eq!(&unsplit, &naive(&masker.patterns, text.as_bytes()));
    }

    /// Of secrets that lie in, begin with or overlap one another, none is left anywhere.
    #[test]
    fn parts_of_one_another_are_all_masked(
        base in "[abc]{6,24}",
        ranges in prop::collection::vec((0_usize..22, 3_usize..24), 1..6),
        printed in prop::collection::vec((0_usize..6, "[abc ]{0,3}"), 0..12),
        cuts in prop::collection::vec(0_usize..300, 0..20),
    ) {
        let mut secrets: Vec<String> = ranges
            .iter()
            .map(|(from, length)| base.chars().skip(from % (base.len() - 2)).take(*length).collect())
            .collect();
        secrets.push(base);
        let text = printed.iter().fold(String::new(), |text, (which, noise)| {
            text + &secrets[which % secrets.len()] + noise
        });
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
        cuts.sort_unstable();
        let mut masker = Masker::new(&secrets).unwrap();
        let out = pieces(&mut masker, cuts.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]));
        let out = String::from_utf8(out).unwrap();
        for secret in &secrets {
            prop_assert!(!out.contains(secret.as_str()), "{secret} of {secrets:?} in {out}");
        }
        prop_assert_eq!(out.as_bytes(), naive(&masker.patterns, text.as_bytes()));
    }

    #[test]
    fn binary_streams_too(
        secret in "[ -~é漢]{4,30}",
        noise in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..6),
        cut in 1_usize..40,
    ) {
        let text = noise.join(secret.as_bytes());
        let mut masker = Masker::new(&[secret]).unwrap();
        let split = pieces(&mut masker, text.chunks(cut));
        prop_assert_eq!(split, naive(&masker.patterns, &text));
    }

    #[test]
    fn base64_is_found_wherever_the_secret_stood(
        before in prop::collection::vec(any::<u8>(), 0..9),
        secret in "[a-zA-Z0-9 :/+]{4,40}",
        after in prop::collection::vec(any::<u8>(), 0..9),
    ) {
        let encoded = base64(&[&before, secret.as_bytes(), &after].concat());
        let inner = before.len() * 8;
        let (from, to) = (inner.div_ceil(6), (inner + secret.len() * 8) / 6);
        let mut masker = Masker::new(std::slice::from_ref(&secret)).unwrap();
        prop_assert!(masker.patterns.iter().any(|pattern| pattern == &encoded.as_bytes()[from..to]));
        let out = pieces(&mut masker, [encoded.as_bytes()]);
        prop_assert!(out.windows(3).any(|window| window == MASK));
    }
}
