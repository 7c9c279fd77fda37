//! The words of the language: texts, scripts, expressions, durations, names.

use std::{borrow::Cow, collections::BTreeMap, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// A kind of scalar that stands wherever it is used, so that an editor shows the field's own description.
macro_rules! scalar {
    ($(#[$doc:meta])* $name:ident, $schema:tt) => {
        $(#[$doc])*
        pub struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

scalar!(
    /// Text; a number is taken as it was written.
    Text, { "type": ["string", "number"] }
);
scalar!(
    /// Text behind a name of the author's, as in `env`.
    AnyText, { "type": ["string", "number", "boolean"] }
);
scalar!(
    /// A value of an input's type.
    Value, { "type": ["string", "number", "boolean"] }
);
scalar!(
    /// A script.
    Script, { "type": ["string", "number"] }
);
scalar!(
    /// An expression of the template language.
    Expression, { "type": ["string", "number", "boolean"] }
);
scalar!(
    /// A regular expression.
    Regex, { "type": ["string", "number"] }
);
scalar!(
    /// A duration.
    Duration, { "type": "string", "pattern": "^([0-9]+(ms|s|m|h|d))+$" }
);
scalar!(
    /// The name of an answer, which templates only compare.
    AnswerName, {
        "type": "string",
        "pattern": "^[a-z_][a-z0-9_]*$",
        "not": { "enum": ["stop", "suggested", "not_taken"] }
    }
);
scalar!(
    /// The name of one of a step's scripts.
    Part, { "type": "string", "pattern": "^[a-z_][a-z0-9_]*$" }
);
scalar!(
    /// The name of an environment variable.
    Variable, { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" }
);
scalar!(
    /// Any name.
    Name, { "type": "string" }
);

/// Small letters, digits and underscores: templates use it as a name, so it is no word of the template language.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "^[a-z_][a-z0-9_]*$", "not" = { "enum": [
    "answers", "steps", "run", "true", "false", "and", "or", "not", "in", "is", "if", "else", "elif", "for", "set",
    "none", "null", "loop", "self", "endif", "endfor", "macro", "block"
] }))]
#[expect(dead_code, reason = "the field is what the schema is made of")]
pub struct Id(String);

/// A map whose keys are names of a kind.
pub struct Map<K, V>(PhantomData<(K, V)>);

impl<K: JsonSchema, V: JsonSchema> JsonSchema for Map<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Map_from_{}_to_{}", K::schema_name(), V::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = <BTreeMap<String, V>>::json_schema(generator);
        let names = generator.subschema_for::<K>();
        schema.insert("propertyNames".to_owned(), names.to_value());
        schema
    }
}

/// Something, or nothing behind the colon.
pub struct OrNothing<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for OrNothing<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_or_nothing", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let given = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [given, { "type": "null" }] })
    }
}
