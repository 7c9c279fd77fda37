//! What a name may stand for, cut into cells that no condition can tell apart.
//!
//! A text falls into one cell for each literal that it is compared with and
//! one for all others; a number into points and the gaps between them. Every
//! comparison with a literal is then a set of cells, and what is known of a
//! name is the set of cells that are left.

use crate::template::{Relation, Value};

/// The most cells of a name; beyond that its comparisons are opaque.
const MOST: usize = 63;

/// The cells of one name.
#[derive(Debug, Clone)]
pub enum Domain {
    /// Texts and booleans: the literals, and perhaps everything else.
    Literals {
        /// What it can be, if that is few, then what else it is compared with.
        values: Vec<Value>,
        /// How many of them it can be; none: these and everything else.
        options: Option<usize>,
    },
    /// Numbers: gap, point, gap, point, …, gap.
    Points {
        /// Ascending.
        points: Vec<f64>,
        /// The numbers that it can be, if they are few.
        options: Vec<f64>,
    },
}

impl Domain {
    /// Everything that it can be.
    pub fn all(&self) -> u64 {
        match self {
            Domain::Literals { values, options } => ones(options.unwrap_or(values.len() + 1)),
            Domain::Points { points, options } if options.is_empty() => ones(2 * points.len() + 1),
            Domain::Points { points, options } => options
                .iter()
                .fold(0, |cells, option| cells | 1 << cell(points, *option)),
        }
    }

    /// The cells in which a comparison holds; `None` if cells do not tell.
    pub fn holds(&self, relation: Relation, value: &Value) -> Option<u64> {
        match (self, value) {
            (Domain::Literals { values, .. }, _) if relation == Relation::Equal => {
                let at = values.iter().position(|known| known == value)?;
                Some(1 << at)
            }
            (Domain::Points { points, .. }, Value::Number(number)) => {
                let number = number.as_f64()? + 0.0;
                let at = cell(points, number);
                // Only points that were asked for cut the gaps.
                (at % 2 == 1).then_some(())?;
                Some(match relation {
                    Relation::Equal => 1 << at,
                    Relation::Less => ones(at),
                    Relation::Greater => ones(2 * points.len() + 1) & !ones(at + 1),
                })
            }
            _ => None,
        }
    }

    /// The cell of one literal.
    pub fn cell_of(&self, value: &Value) -> Option<u64> {
        self.holds(Relation::Equal, value)
    }

    /// The cell of a text that the runbook may or may not ask about.
    pub fn cell_of_text(&self, text: &str) -> u64 {
        self.cell_of(&Value::String(text.to_owned()))
            .unwrap_or_else(|| match self {
                Domain::Literals {
                    values,
                    options: None,
                } => 1 << values.len(),
                _ => self.all(),
            })
    }

    /// The one text or boolean that a cell stands for.
    pub fn value(&self, cells: u64) -> Option<Value> {
        if cells.count_ones() != 1 {
            return None;
        }
        let at = cells.trailing_zeros() as usize;
        match self {
            Domain::Literals { values, .. } => values.get(at).cloned(),
            // The same number can be written in several ways.
            Domain::Points { .. } => None,
        }
    }

    /// One more literal that it is compared with.
    pub fn note(&mut self, value: &Value) {
        match (self, value) {
            (Domain::Points { points, .. }, Value::Number(number)) => {
                // -0 is 0.
                let Some(number) = number.as_f64().map(|number| number + 0.0) else {
                    return;
                };
                if points.len() * 2 + 3 > MOST {
                    return;
                }
                if let Err(at) = points.binary_search_by(|point| point.total_cmp(&number)) {
                    points.insert(at, number);
                }
            }
            (Domain::Literals { values, .. }, _)
                if values.len() + 1 < MOST && !values.contains(value) =>
            {
                values.push(value.clone());
            }
            _ => {}
        }
    }
}

fn ones(count: usize) -> u64 {
    if count >= 64 {
        u64::MAX
    } else {
        (1 << count) - 1
    }
}

/// The number of the cell that a number falls into.
fn cell(points: &[f64], number: f64) -> usize {
    match points.binary_search_by(|point| point.total_cmp(&number)) {
        Ok(at) => 2 * at + 1,
        Err(at) => 2 * at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: f64) -> Value {
        Value::Number(serde_json::Number::from_f64(number).unwrap())
    }

    #[test]
    fn numbers_fall_between_points() {
        let mut domain = Domain::Points {
            points: Vec::new(),
            options: Vec::new(),
        };
        for n in [5.0, 1.0, 5.0] {
            domain.note(&number(n));
        }
        let less = |n| domain.holds(Relation::Less, &number(n)).unwrap();
        let greater = |n| domain.holds(Relation::Greater, &number(n)).unwrap();
        let equal = |n| domain.holds(Relation::Equal, &number(n)).unwrap();
        assert_eq!(domain.all(), 0b11111);
        assert_eq!((less(1.0), equal(1.0), greater(1.0)), (0b1, 0b10, 0b11100));
        assert_eq!(
            (less(5.0), equal(5.0), greater(5.0)),
            (0b111, 0b1000, 0b10000)
        );
        // What is below 1 is below 5.
        assert_eq!(less(1.0) & !less(5.0), 0);
        assert_eq!(domain.holds(Relation::Less, &number(2.0)), None);
    }

    #[test]
    fn a_closed_domain_is_never_what_it_is_only_compared_with() {
        let text = |text: &str| Value::String(text.to_owned());
        let mut domain = Domain::Literals {
            values: vec![text("a"), text("b")],
            options: Some(2),
        };
        domain.note(&text("c"));
        assert_eq!(domain.all(), 0b11);
        assert_eq!(domain.cell_of(&text("c")), Some(0b100));
        let mut domain = Domain::Literals {
            values: Vec::new(),
            options: None,
        };
        domain.note(&text("a"));
        assert_eq!(domain.all(), 0b11);
        assert_eq!(domain.value(0b10), None);
        assert_eq!(domain.value(0b01), Some(text("a")));
    }
}
