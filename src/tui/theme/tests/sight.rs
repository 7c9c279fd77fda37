//! The colour-blind theme as people see it who lack one kind of cone.

use super::*;

/// Amounts of light as they are seen without one kind of cone (Machado, Oliveira and
/// Fernandes 2009, at full severity).
const SIGHTS: [(&str, [[f64; 3]; 3]); 3] = [
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

/// So far apart (in CIE L*a*b*) that nobody takes one for the other.
const APART: f64 = 20.0;

fn through(sight: &[[f64; 3]; 3], color: Hex) -> [f64; 3] {
    let light = color.light();
    let part = |row: &[f64; 3]| {
        let sum: f64 = row
            .iter()
            .zip(light)
            .map(|(weight, part)| weight * part)
            .sum();
        sum.clamp(0.0, 1.0)
    };
    lab([part(&sight[0]), part(&sight[1]), part(&sight[2])])
}

/// The two that come closest, and how close.
fn closest(colors: &Colors<Hex>, sight: &[[f64; 3]; 3]) -> f64 {
    let pairs = [
        (colors.good, colors.bad),
        (colors.bad, colors.warn),
        (colors.warn, colors.good),
    ];
    let far = pairs.map(|(a, b)| distance(through(sight, a), through(sight, b)));
    far.into_iter().fold(f64::MAX, f64::min)
}

#[test]
fn outcomes_are_told_apart_without_one_kind_of_cone() {
    let (_, colors) = colored()
        .into_iter()
        .find(|(name, _)| *name == "colour-blind")
        .unwrap();
    let palette = Palette::Colors(colors);
    let indexed = fit(&palette, Depth::Indexed).unwrap().map(seen);
    let sixteen = SIXTEEN.map(|known| {
        fit(&palette, Depth::Sixteen)
            .unwrap()
            .map(|color| match color {
                Color::Indexed(index) => {
                    let (r, g, b) = known[usize::from(index)];
                    Hex(r, g, b)
                }
                other => panic!("{other:?}"),
            })
    });
    for (name, sight) in &SIGHTS {
        for (depth, colors) in [
            ("all colours", &colors),
            ("256", &indexed),
            ("16 of a console", &sixteen[0]),
            ("16 of xterm", &sixteen[1]),
        ] {
            let found = closest(colors, sight);
            assert!(found >= APART, "{name} with {depth}: {found:.1}");
        }
    }
}

/// The measure measures: red and green of the dark theme are not told apart by all.
#[test]
fn the_dark_theme_would_not_do() {
    let (_, dark) = colored()[0];
    let least = SIGHTS.iter().map(|(_, sight)| closest(&dark, sight));
    assert!(least.fold(f64::MAX, f64::min) < APART);
}
