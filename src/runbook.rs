//! What a runbook is: the model, and how a YAML file becomes one.
//!
//! A file is parsed to a tree that remembers where everything stood
//! ([`yaml`]), read into the [`model`] while collecting every error ([`load`]),
//! and only a file without errors yields a [`Runbook`].

pub mod code;
pub mod diagnostic;
pub mod duration;
pub mod library;
pub mod load;
mod mentions;
pub mod model;
pub mod schema;
pub mod step;
pub mod used;
pub mod yaml;

pub use code::Code;
pub use diagnostic::{Diagnostic, Severity};
pub use duration::{human, parse_duration};
pub use load::{Loaded, load, load_with};
pub use model::*;
pub use step::*;
