//! Capitals become small letters, eight at a time: a program that is built to be small
//! takes them one by one otherwise, which is slower than the search itself.

/// A byte in each place.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// A–Z become a–z; every other byte stays.
pub(super) fn lower(bytes: &mut [u8]) {
    let (words, rest) = bytes.as_chunks_mut::<32>();
    for word in words {
        // Several in a row keep the processor busy.
        let (eights, _) = word.as_chunks_mut::<8>();
        for eight in eights {
            *eight = lower_eight(u64::from_ne_bytes(*eight)).to_ne_bytes();
        }
    }
    rest.make_ascii_lowercase();
}

/// No sum leaves its byte: the highest bit is set by a letter that is large enough.
fn lower_eight(word: u64) -> u64 {
    let low = word & each(0x7f);
    let from_a = low + each(0x80 - b'A');
    let beyond_z = low + each(0x7f - b'Z');
    let capitals = (from_a ^ beyond_z) & !word & each(0x80);
    word | (capitals >> 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_library_does() {
        let all: Vec<u8> = (0..=u8::MAX).chain((0..=u8::MAX).rev()).collect();
        // Every byte in every place, also in what is left over.
        for from in 0..40 {
            for to in all.len() - 40..=all.len() {
                let (mut ours, mut theirs) = (all[from..to].to_vec(), all[from..to].to_vec());
                lower(&mut ours);
                theirs.make_ascii_lowercase();
                assert_eq!(ours, theirs);
            }
        }
    }
}
