//! Enums of which one field says which they are, as `{"how":"exit","code":0}`.
//!
//! What serde derives for them keeps all fields aside until it has seen that one. It is
//! written first, so the others can be read as they come. What looks otherwise is read as
//! derived.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{CowStrDeserializer, MapAccessDeserializer, SeqAccessDeserializer},
    },
};

/// An enum that is read so.
pub(super) trait Tagged: Sized {
    /// The field that says which it is.
    const TAG: &'static str;

    /// The variant of this name, by the fields behind that one; nothing where it is not
    /// one that is read here, and then no field was touched.
    fn known<'de, A: MapAccess<'de>>(
        name: &str,
        fields: &mut Fields<A>,
    ) -> Result<Option<Self>, A::Error>;

    /// As derived.
    fn any<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error>;
}

/// Reads one.
pub(super) fn read<'de, T: Tagged, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_any(Reader(PhantomData))
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Tagged> Visitor<'de> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", T::TAG)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<T, A::Error> {
        T::any(SeqAccessDeserializer::new(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let (mut key, mut value) = (map.next_key::<Text>()?, None);
        if key.as_ref().is_some_and(|Text(key)| *key == T::TAG) {
            let Text(name) = map.next_value::<Text>()?;
            let mut fields = Fields { tag: T::TAG, map };
            if let Some(read) = T::known(&name, &mut fields)? {
                return Ok(read);
            }
            (map, value) = (fields.map, Some(Text(name)));
        }
        let again = Again {
            key: key.take(),
            value,
            map,
        };
        T::any(MapAccessDeserializer::new(again))
    }
}

/// A text that is only looked at, where that is possible.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// The fields behind the one that says which it is.
pub(super) struct Fields<A> {
    tag: &'static str,
    map: A,
}

impl<'de, A: MapAccess<'de>> Fields<A> {
    /// The value of the only field that there is to be. Others are passed over: a later
    /// version may have added them.
    pub(super) fn only<T: Deserialize<'de>>(&mut self, name: &'static str) -> Result<T, A::Error> {
        let mut value = None;
        while let Some(key) = self.map.next_key_seed(OneOf([self.tag, name]))? {
            match key {
                Some(0) => return Err(Error::duplicate_field(self.tag)),
                Some(_) if value.is_some() => return Err(Error::duplicate_field(name)),
                Some(_) => value = Some(self.map.next_value()?),
                None => self.pass_over()?,
            }
        }
        value.ok_or_else(|| Error::missing_field(name))
    }

    /// That there need not be any.
    pub(super) fn none(&mut self) -> Result<(), A::Error> {
        while let Some(key) = self.map.next_key_seed(OneOf([self.tag]))? {
            if key.is_some() {
                return Err(Error::duplicate_field(self.tag));
            }
            self.pass_over()?;
        }
        Ok(())
    }

    fn pass_over(&mut self) -> Result<(), A::Error> {
        self.map.next_value::<IgnoredAny>().map(|_| ())
    }
}

/// Which of these names a key is.
struct OneOf<const N: usize>([&'static str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for OneOf<N> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl<const N: usize> Visitor<'_> for OneOf<N> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|name| *name == key))
    }
}

/// The fields with those that were looked at before them.
struct Again<'de, A> {
    key: Option<Text<'de>>,
    value: Option<Text<'de>>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Again<'de, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        match self.key.take() {
            Some(key) => seed.deserialize(again(key)).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(again(value)),
            None => self.map.next_value_seed(seed),
        }
    }
}

fn again<E: Error>(text: Text<'_>) -> CowStrDeserializer<'_, E> {
    text.0.into_deserializer()
}

#[cfg(test)]
mod tests;
