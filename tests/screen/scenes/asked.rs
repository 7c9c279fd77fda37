//! What is asked before something is done, and what is refused.

use rbconsole::tui::theme::Theme;

use super::{
    super::console::Frames, answered, at_the_destructive_step, deploying, deployment_log, measured,
    scene,
};

pub fn skip_asks_for_a_value(theme: Theme) -> Frames {
    scene(theme, async |console| {
        console.sees(&["run ‘Measure the error rate’"]).await;
        console.press(&["s"]);
        console.sees(&["Skip ‘Measure the error rate’: why?"]).await;
        console.type_in("the dashboard says it");
        console.press(&["Enter"]);
        console.sees(&["Value of error_rate"]).await;
        console.type_in("a lot");
        console.press(&["Enter"]);
        console.sees(&["a lot"]).await;
        console.frames().await
    })
}

pub fn confirmation(theme: Theme) -> Frames {
    scene(theme, async |console| {
        at_the_destructive_step(console).await;
        console.press(&["Enter"]);
        console.sees(&["Type payments_live to run it."]).await;
        console.type_in("payments_li");
        console.frames().await
    })
}

pub fn wrong_confirmation(theme: Theme) -> Frames {
    scene(theme, async |console| {
        at_the_destructive_step(console).await;
        console.press(&["Enter"]);
        console.sees(&["Type payments_live to run it."]).await;
        console.type_in("payments");
        console.press(&["Enter"]);
        console.sees(&["nothing was run"]).await;
        assert!(console.hand.launches().iter().all(|l| l.step != "restore"));
        console.frames().await
    })
}

pub fn note(theme: Theme) -> Frames {
    scene(theme, async |console| {
        deploying(console, &deployment_log()).await;
        console.press(&["n"]);
        console.sees(&["Alt-Enter"]).await;
        console.type_in("-20m first complaints from support");
        console.press(&["Alt-Enter"]);
        console.type_in("two customers, both in Lyon");
        console.frames().await
    })
}

pub fn edit(theme: Theme) -> Frames {
    scene(theme, async |console| {
        answered(console).await;
        console.press(&["e"]);
        console.sees(&["Ctrl-s runs it"]).await;
        console.type_in("time ");
        console.frames().await
    })
}

pub fn stop(theme: Theme) -> Frames {
    scene(theme, async |console| {
        deploying(console, &deployment_log()).await;
        console.press(&["x"]);
        console.sees(&["Let it run", "KILL after"]).await;
        console.frames().await
    })
}

pub fn close_menu(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console, "7.2").await;
        console.press(&["c"]);
        console.sees(&["Close the run as"]).await;
        console.frames().await
    })
}

pub fn refused(theme: Theme) -> Frames {
    scene(theme, async |console| {
        measured(console, "7.2").await;
        console.press(&["s"]);
        console.sees(&["A gate cannot be skipped"]).await;
        console.frames().await
    })
}
