//! Where the panes of the run screen stand.

use ratatui::layout::Rect;

/// Where the panes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The run at a glance.
    pub header: Rect,
    /// The plan in one line, where it has no pane.
    pub breadcrumb: Option<Rect>,
    /// The plan.
    pub plan: Option<Rect>,
    /// The signals in one line, where they have no pane.
    pub signals_line: Option<Rect>,
    /// The step.
    pub main: Rect,
    /// The signals.
    pub signals: Option<Rect>,
    /// What happened.
    pub timeline: Option<Rect>,
    /// What can be done.
    pub footer: Rect,
}

/// From here on the plan stands beside the step.
const WIDE: u16 = 100;

/// So many rows stay for the rest where the signals take one.
const ROWS_BESIDE_SIGNALS: u16 = 15;

/// The layout of a screen, of a run with or without signals; where somebody has to
/// decide, the step has the room of a low screen.
pub fn layout(area: Rect, signals: bool, decides: bool) -> Layout {
    let row = |y: u16| Rect {
        y: area.y + y,
        height: 1,
        ..area
    };
    let header = row(0);
    let footer = row(area.height.saturating_sub(1));
    let wide = area.width >= WIDE;
    let mut top = if wide { 1 } else { 2 };
    let timeline_of = |height: u16| match height {
        0..=17 => 0,
        18..=24 if decides => 0,
        18..=24 => 5,
        height => (height / 4).clamp(7, 14),
    };
    let beside = wide && timeline_of(area.height.saturating_sub(top + 1)) > 0;
    let folded = signals && !beside && area.height > ROWS_BESIDE_SIGNALS;
    let signals_line = folded.then(|| row(top));
    top += u16::from(folded);
    let body = Rect {
        y: area.y + top,
        height: area.height.saturating_sub(top + 1),
        ..area
    };
    let plan_width = if wide {
        (area.width * 3 / 10).clamp(30, 48)
    } else {
        0
    };
    let right = Rect {
        x: body.x + plan_width,
        width: body.width - plan_width,
        ..body
    };
    let timeline_height = timeline_of(body.height);
    let main = Rect {
        height: right.height - timeline_height,
        ..right
    };
    let below = Rect {
        y: right.y + main.height,
        height: timeline_height,
        ..right
    };
    let signals_width = if signals && beside {
        (below.width * 2 / 5).clamp(32, 64)
    } else {
        0
    };
    Layout {
        header,
        breadcrumb: (!wide).then(|| row(1)),
        plan: wide.then_some(Rect {
            width: plan_width,
            ..body
        }),
        signals_line,
        main,
        signals: (signals_width > 0).then_some(Rect {
            width: signals_width,
            ..below
        }),
        timeline: (timeline_height > 0).then_some(Rect {
            x: below.x + signals_width,
            width: below.width - signals_width,
            ..below
        }),
        footer,
    }
}

/// The area inside a pane's border, with a column of air.
pub fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

/// Where one pane stands over everything.
pub fn zoomed(layout: &Layout) -> Rect {
    let y = layout.header.y + 1;
    Rect {
        x: layout.header.x,
        y,
        width: layout.header.width,
        height: layout.footer.y.saturating_sub(y),
    }
}
