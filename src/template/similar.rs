//! "Did you mean": the nearest known name to one that is not known.

/// How many names are compared: nobody writes more of them by hand.
pub const MOST: usize = 2000;

/// The candidate nearest to `name`, if it is near enough to be a likely slip
/// (at most one edit in three characters, swapped neighbours being one edit).
///
/// The first of equally near candidates wins. `name` itself is never returned.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Names beyond this are not typed by hand; the bound keeps hostile input cheap.
    const LONGEST: usize = 100;
    let wanted: Vec<char> = name.chars().take(LONGEST + 1).collect();
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    let allowed = wanted.len().div_ceil(3);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().take(MOST) {
        let letters: Vec<char> = candidate.chars().take(LONGEST + 1).collect();
        if letters == wanted || letters.len().abs_diff(wanted.len()) > allowed {
            continue;
        }
        let distance = edits(&wanted, &letters);
        // Replacing every letter is not a slip, however short the name.
        let limit = allowed.min(wanted.len().max(letters.len()).saturating_sub(1));
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours between `a` and `b`.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(x != y);
            let mut fewest = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                fewest = fewest.min(before_last[j - 1] + 1);
            }
            row[j + 1] = fewest;
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_of_the_finger() {
        let names = ["namespace", "service", "error_rate"];
        for slip in ["namespce", "naemspace", "Namespace", "name_space"] {
            assert_eq!(closest(slip, names), Some("namespace"), "{slip}");
        }
        assert_eq!(closest("error_rat", names), Some("error_rate"));
    }

    #[test]
    fn offers_nothing_far_away_and_never_the_name_itself() {
        assert_eq!(closest("replicas", ["namespace", "service"]), None);
        assert_eq!(closest("service", ["service"]), None);
        assert_eq!(closest("x", ["y"]), None);
        assert_eq!(closest("", ["y"]), None);
        assert_eq!(closest(&"x".repeat(10_000), ["y"]), None);
    }
}
