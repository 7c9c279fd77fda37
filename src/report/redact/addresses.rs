//! IP addresses in a text, whatever stands around them: a colon behind one, or a port and a
//! time before it, may belong to it as far as signs go.

use std::net::IpAddr;

/// No address is longer.
const LONGEST: usize = 45;

/// A text with something else in the place of each address; how many there were is counted.
pub(super) fn masked(text: &str, mask: &str, count: &mut usize) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut kept, mut at) = (0, 0);
    while at < text.len() {
        if !is_part(text.as_bytes()[at]) {
            at += 1;
            continue;
        }
        let found = longest(text, at, kept).map(|end| (at, end));
        // The colons before an address could be the beginning of another, shorter one.
        let later = text[at..].starts_with("::").then_some(at + 2);
        let later = later.and_then(|at| Some((at, longest(text, at, kept)?)));
        let length = |found: Option<(usize, usize)>| found.map_or(0, |(from, to)| to - from);
        let found = if length(later) > length(found) {
            later
        } else {
            found
        };
        let Some((from, to)) = found else {
            at += 1;
            continue;
        };
        out.push_str(&text[kept..from]);
        out.push_str(mask);
        *count += 1;
        (kept, at) = (to, to);
    }
    out.push_str(&text[kept..]);
    out
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')
}

/// Where the longest address ends that begins here; what lies before `masked` is gone.
fn longest(text: &str, at: usize, masked: usize) -> Option<usize> {
    let before = text[masked..at].chars().next_back();
    let parts = text[at..].bytes().take(LONGEST);
    let run = parts.take_while(|byte| is_part(*byte)).count();
    let run = &text[at..at + run];
    let count = |sign: char| run.matches(sign).count();
    if count(':') < 2 && count('.') < 3 {
        return None;
    }
    (2..=run.len())
        .rev()
        .find(|length| {
            let after = text[at + length..].chars().next();
            is_address(&run[..*length], before, after)
        })
        .map(|length| at + length)
}

fn is_address(text: &str, before: Option<char>, after: Option<char>) -> bool {
    let is = |c: Option<char>, of: fn(char) -> bool| c.is_some_and(of);
    match text.parse() {
        Err(_) => false,
        Ok(IpAddr::V4(_)) => {
            let digit = |c: char| c.is_ascii_digit();
            !is(before, digit) && !is(after, digit)
        }
        // Nothing but colons is nobody's address; `std::io` and `a::b::c` are paths in a program.
        Ok(IpAddr::V6(_)) => {
            let has_digit = text.contains(|c: char| c.is_ascii_digit());
            let colon = |c: char| c == ':';
            text != "::"
                && !is(before, char::is_alphanumeric)
                && !is(after, char::is_alphanumeric)
                && (has_digit || !is(before, colon) && !is(after, colon))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    fn without(text: &str) -> String {
        masked(text, "[IP address]", &mut 0)
    }

    #[test]
    fn what_stands_beside_an_address_hides_it_not() {
        for (text, wanted) in [
            (
                "64 bytes from 2001:db8::5: icmp_seq=1",
                "64 bytes from []: icmp_seq=1",
            ),
            (
                "connect to fe80::1: connection refused",
                "connect to []: connection refused",
            ),
            ("client:2001:db8::1", "client:[]"),
            ("web:443:10.0.0.1", "web:443:[]"),
            ("12:30:45:10.0.0.7", "12:30:45:[]"),
            ("[::ffff:10.0.0.1]:80", "[[]]:80"),
            ("10.0.0.1:8080, 10.0.0.2.", "[]:8080, []."),
            ("fe80::1%eth0/64", "[]%eth0/64"),
            ("::1", "[]"),
            ("10.0.0.1 10.0.0.2", "[] []"),
        ] {
            assert_eq!(
                without(text),
                wanted.replace("[]", "[IP address]"),
                "{text}"
            );
        }
        for text in [
            "12:30:45",
            "2026-11-21T14:15:16Z",
            "std::io",
            "std::io::Error",
            "a::b::c",
            "::",
            "v1.2.3",
            "999.1.1.1",
            "aa:bb:cc:dd:ee:ff",
            "abc::def::",
            "use crate::engine;",
            "",
        ] {
            assert_eq!(without(text), text);
        }
    }

    proptest! {
        #[test]
        fn no_address_is_left_whatever_punctuation_stands_around_it(
            four: u32, six: u128, short in any::<bool>(),
            before in "[ -/:-@\\[-`{-~]{0,4}", after in "[ -/:-@\\[-`{-~]{0,4}",
        ) {
            // Most of the short ones have a run of noughts.
            let six = Ipv6Addr::from(if short { six & !(u128::from(u64::MAX) << 16) } else { six });
            for address in [Ipv4Addr::from(four).to_string(), six.to_string()] {
                let text = format!("{before}{address}{after}");
                let left = without(&text);
                prop_assert!(!left.contains(&address), "{text} became {left}");
                prop_assert!(left.contains("[IP address]"), "{text} became {left}");
            }
        }
    }
}
