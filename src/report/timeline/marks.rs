//! Titles and labels without the marks that their authors write them with: where they
//! are told, they stand within other words.

/// The words alone: pairs of `**` and of backticks are left out, all else stays.
pub fn without_marks(text: &str) -> String {
    let mut words = text.to_owned();
    for mark in ["**", "`"] {
        let count = words.matches(mark).count();
        if count > 0 && count.is_multiple_of(2) {
            words = words.replace(mark, "");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::without_marks;

    #[test]
    fn only_pairs_of_marks_are_left_out() {
        let all = [
            (
                "Is **every** host back on `v1`?",
                "Is every host back on v1?",
            ),
            ("2 ** 3", "2 ** 3"),
            ("a*b_c", "a*b_c"),
            ("it`s", "it`s"),
        ];
        for (text, words) in all {
            assert_eq!(without_marks(text), words);
        }
    }
}
