//! Colours as people see them: how far apart two are, and whether one can be read on
//! another.

/// A colour as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hex(pub u8, pub u8, pub u8);

impl Hex {
    /// The colour of a text such as `#6cb6ff`; none if it is not one.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        Some(Self(part(0)?, part(2)?, part(4)?))
    }

    /// Red, green and blue as amounts of light.
    pub fn light(self) -> [f64; 3] {
        [self.0, self.1, self.2].map(|value| {
            let part = f64::from(value) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        })
    }

    /// How bright it is, from 0 to 1.
    pub fn luminance(self) -> f64 {
        let [red, green, blue] = self.light();
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Whether it stands behind bright text.
    pub fn is_dark(self) -> bool {
        self.luminance() < 0.18
    }
}

/// The contrast of two colours as the web's accessibility guidelines count it, from 1 to 21.
pub fn contrast(one: Hex, other: Hex) -> f64 {
    let (one, other) = (one.luminance(), other.luminance());
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Where an amount of light stands among what eyes tell apart (CIE L*a*b*, D65).
pub fn lab([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let bent = |part: f64| {
        if part > 216.0 / 24389.0 {
            part.cbrt()
        } else {
            (24389.0 / 27.0 * part + 16.0) / 116.0
        }
    };
    let x = bent((0.412_456 * red + 0.357_576 * green + 0.180_438 * blue) / 0.950_47);
    let y = bent(0.212_673 * red + 0.715_152 * green + 0.072_175 * blue);
    let z = bent((0.019_334 * red + 0.119_192 * green + 0.950_304 * blue) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// How far apart eyes find two of these; below 2 nobody sees a difference.
pub fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    let squares = one.iter().zip(other).map(|(a, b)| (a - b).powi(2));
    squares.sum::<f64>().sqrt()
}
