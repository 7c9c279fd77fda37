//! Events become a timeline, and the timeline becomes documents.

pub mod compare;
pub mod escape;
pub mod items;
pub mod markdown;
pub mod metrics;
pub mod signals;
pub mod timeline;

pub use markdown::markdown;
pub use timeline::{Line, Mark, Teller, timeline};
