//! The screen, in one process: the real loop over a pane of glass, keys from a script, and commands that only
//! the test carries out. Frames are looked at when they have settled.

#[path = "screen/ahead.rs"]
mod ahead;
#[path = "screen/beside.rs"]
mod beside;
#[path = "screen/clock.rs"]
mod clock;
#[path = "screen/console.rs"]
mod console;
#[path = "screen/endings.rs"]
mod endings;
#[path = "screen/fake.rs"]
mod fake;
#[path = "screen/flood.rs"]
mod flood;
#[path = "screen/glass.rs"]
mod glass;
#[path = "screen/habits.rs"]
mod habits;
#[path = "screen/hands.rs"]
mod hands;
#[path = "screen/home.rs"]
mod home;
#[path = "screen/journey.rs"]
mod journey;
#[path = "screen/language.rs"]
mod language;
#[path = "screen/monkey.rs"]
mod monkey;
#[path = "screen/operator.rs"]
mod operator;
#[path = "screen/panes.rs"]
mod panes;
#[path = "screen/people.rs"]
mod people;
#[path = "screen/reaching.rs"]
mod reaching;
#[path = "screen/reading.rs"]
mod reading;
#[path = "screen/roles.rs"]
mod roles;
#[path = "screen/scenes.rs"]
mod scenes;
#[path = "screen/sizes.rs"]
mod sizes;
#[path = "screen/stall.rs"]
mod stall;
#[path = "screen/trust.rs"]
mod trust;
#[path = "screen/wire.rs"]
mod wire;
