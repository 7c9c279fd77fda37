//! Whether what is printed has colours: `--color`, else `NO_COLOR`, `CLICOLOR` and
//! `CLICOLOR_FORCE`, else whether a terminal that knows them reads it.

use anstream::{AutoStream, ColorChoice, stream::RawStream};

/// Whether this stream takes colours.
pub fn on(stream: &impl RawStream) -> bool {
    AutoStream::choice(stream) != ColorChoice::Never
}
