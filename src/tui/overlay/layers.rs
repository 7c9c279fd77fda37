//! The layers over the panes. Each has a number of its own: one that takes another's place
//! is not the one that was seen.

use std::ops::{Deref, DerefMut};

use super::Overlay;

/// The layers; the last one has the keys.
#[derive(Default)]
pub struct Layers {
    stack: Vec<Overlay>,
    /// The number of each of them.
    numbers: Vec<u64>,
    given: u64,
}

impl Layers {
    /// Lays one over all others.
    pub fn push(&mut self, layer: Overlay) {
        let number = self.number();
        self.stack.push(layer);
        self.numbers.push(number);
    }

    /// Lays one under all others.
    pub fn push_under(&mut self, layer: Overlay) {
        let number = self.number();
        self.stack.insert(0, layer);
        self.numbers.insert(0, number);
    }

    /// Puts another one in the place of one, if there is one that `of` finds.
    ///
    /// # Errors
    /// The layer itself where there is none.
    pub fn replace(
        &mut self,
        of: impl Fn(&Overlay) -> bool,
        layer: Overlay,
    ) -> Result<(), Overlay> {
        let Some(at) = self.stack.iter().position(of) else {
            return Err(layer);
        };
        self.numbers[at] = self.number();
        self.stack[at] = layer;
        Ok(())
    }

    /// Takes the last one away.
    pub fn pop(&mut self) -> Option<Overlay> {
        self.numbers.pop();
        self.stack.pop()
    }

    /// Takes all of them away.
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.stack.clear();
    }

    /// The number of the one that has the keys.
    pub fn top(&self) -> Option<u64> {
        self.numbers.last().copied()
    }

    fn number(&mut self) -> u64 {
        self.given += 1;
        self.given
    }
}

impl Deref for Layers {
    type Target = [Overlay];

    fn deref(&self) -> &[Overlay] {
        &self.stack
    }
}

impl DerefMut for Layers {
    fn deref_mut(&mut self) -> &mut [Overlay] {
        &mut self.stack
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::overlay::told::Told;

    fn told(title: &'static str) -> Overlay {
        Overlay::Told(Box::new(Told::new(title, String::new())))
    }

    #[test]
    fn no_layer_has_the_number_of_another() {
        let mut layers = Layers::default();
        assert_eq!(layers.top(), None);
        layers.push(told("one"));
        let one = layers.top();
        layers.push_under(told("under"));
        assert_eq!(layers.top(), one, "it still lies on top");
        layers.push(told("two"));
        let two = layers.top();
        assert_ne!(one, two);
        layers.pop();
        assert_eq!(layers.top(), one);
        layers.push(told("three"));
        assert!(layers.top() != two && layers.top() != one);
        let of = |title: &'static str| move |layer: &Overlay| matches!(layer, Overlay::Told(told) if told.title == title);
        let three = layers.top();
        assert!(layers.replace(of("three"), told("four")).is_ok());
        assert_ne!(layers.top(), three);
        assert!(layers.replace(of("three"), told("five")).is_err());
        assert_eq!((layers.len(), layers.is_empty()), (3, false));
        layers.clear();
        assert_eq!((layers.top(), layers.len()), (None, 0));
    }
}
