//! The forms in which a secret may turn up in output.

use super::{ENCODED_MIN, LITERAL_MIN};

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";

/// All forms of `secret`, possibly with repetitions; none if it is too short.
pub(super) fn all(secret: &str) -> Vec<Vec<u8>> {
    let secret = secret.trim_end_matches(['\r', '\n']);
    if secret.len() < LITERAL_MIN {
        return Vec::new();
    }
    let mut forms = vec![secret.as_bytes().to_vec()];
    if secret.contains('\n') {
        forms.push(
            secret
                .replace("\r\n", "\n")
                .replace('\n', "\r\n")
                .into_bytes(),
        );
    }
    if secret.len() >= ENCODED_MIN {
        for alphabet in [STANDARD, URL_SAFE] {
            forms.extend((0..3).map(|before| base64(secret.as_bytes(), before, alphabet)));
        }
        for digits in [UPPER, LOWER] {
            // RFC 3986, JavaScript's encodeURIComponent, and a form's with its plus for a blank.
            forms.push(percent(secret.as_bytes(), b"-._~", digits));
            forms.push(percent(secret.as_bytes(), b"-._~!'()*", digits));
            let form = percent(secret.as_bytes(), b"-._* ", digits);
            forms.push(
                form.iter()
                    .map(|byte| if *byte == b' ' { b'+' } else { *byte })
                    .collect(),
            );
        }
    }
    forms
}

/// The characters that `secret` alone decides in the base64 of a text in which it follows `before`
/// bytes (counted modulo three).
fn base64(secret: &[u8], before: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let bits_before = before * 8;
    let bits_end = bits_before + secret.len() * 8;
    (bits_before.div_ceil(6)..bits_end / 6)
        .map(|character| {
            let bit = character * 6 - bits_before;
            let byte = |at: usize| u16::from(secret.get(at).copied().unwrap_or(0));
            let pair = byte(bit / 8) << 8 | byte(bit / 8 + 1);
            alphabet[usize::from(pair >> (10 - bit % 8) & 0x3F)]
        })
        .collect()
}

/// `secret` with every byte escaped but letters, digits and those in `kept`.
fn percent(secret: &[u8], kept: &[u8], digits: &[u8; 16]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(secret.len() * 3);
    for byte in secret {
        if byte.is_ascii_alphanumeric() || kept.contains(byte) {
            encoded.push(*byte);
        } else {
            encoded.extend([
                b'%',
                digits[usize::from(byte >> 4)],
                digits[usize::from(byte & 15)],
            ]);
        }
    }
    encoded
}
