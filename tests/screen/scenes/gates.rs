//! Gates: open, asked for a reason, answered.

use rbconsole::tui::theme::Theme;

use super::{super::console::Frames, measured, scene};

pub fn gate(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console, "7.2").await;
        console.frames().await
    })
}

pub fn gate_destructive(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console, "81.5").await;
        console.frames().await
    })
}

pub fn gate_destructive_reason(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console, "81.5").await;
        console.press(&["j", "j", "Enter"]);
        console.sees(&["This answer needs a reason"]).await;
        console.type_in("the old code cannot read the new rows");
        console.frames().await
    })
}

pub fn gate_answered(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console, "7.2").await;
        console.press(&["j", "j", "Enter"]);
        console.sees(&["Choosing against them"]).await;
        console.type_in("the spike is over");
        console.press(&["Enter"]);
        console.sees(&["close the run"]).await;
        console.press(&["Tab", "j", "j"]);
        console.settle().await;
        console.press(&["Tab", "Tab"]);
        console.sees(&["◆ Leave it as it is: ana"]).await;
        console.frames().await
    })
}
