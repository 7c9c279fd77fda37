//! Where a key is pressed.

/// A part of the screen in which keys have a meaning of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Every screen and every layer, but not a command's terminal.
    Everywhere,
    /// The home screen. Letters filter, so what else it can do is not a letter.
    Home,
    /// The inputs form. Letters are typed.
    Form,
    /// The run screen, whichever pane has the keys.
    Run,
    /// The plan.
    Plan,
    /// The answers of a gate, the ways on after a failure, a checklist.
    Choices,
    /// A command's output; from every pane where that has no such key itself.
    Output,
    /// The signals.
    Signals,
    /// The timeline.
    Timeline,
    /// A command's terminal that is typed into.
    Terminal,
    /// A question with a text for an answer.
    Question,
    /// A question that one key answers.
    Confirm,
    /// A few things to choose from.
    Menu,
    /// The brief of whoever hands over, with two fields.
    Brief,
    /// Something that has to be read.
    Page,
    /// The palette. Letters are typed.
    Palette,
}

impl Context {
    /// All of them, as they are told.
    pub const ALL: &[Context] = &[
        Context::Everywhere,
        Context::Home,
        Context::Form,
        Context::Run,
        Context::Plan,
        Context::Choices,
        Context::Output,
        Context::Signals,
        Context::Timeline,
        Context::Terminal,
        Context::Question,
        Context::Confirm,
        Context::Menu,
        Context::Brief,
        Context::Page,
        Context::Palette,
    ];

    /// What the config file calls it.
    pub fn name(self) -> &'static str {
        match self {
            Context::Everywhere => "everywhere",
            Context::Home => "home",
            Context::Form => "form",
            Context::Run => "run",
            Context::Plan => "plan",
            Context::Choices => "choices",
            Context::Output => "output",
            Context::Signals => "signals-pane",
            Context::Timeline => "timeline-pane",
            Context::Terminal => "terminal",
            Context::Question => "question",
            Context::Confirm => "confirmation",
            Context::Menu => "menu",
            Context::Brief => "brief",
            Context::Page => "page",
            Context::Palette => "palette-rows",
        }
    }

    /// As a heading.
    pub fn title(self) -> &'static str {
        match self {
            Context::Everywhere => "Everywhere",
            Context::Home => "Home",
            Context::Form => "Inputs",
            Context::Run => "The run",
            Context::Plan => "Plan",
            Context::Choices => "Choices and checklists",
            Context::Output => "Output",
            Context::Signals => "Signals",
            Context::Timeline => "Timeline",
            Context::Terminal => "A command's terminal",
            Context::Question => "A question",
            Context::Confirm => "A confirmation by one key",
            Context::Menu => "A menu",
            Context::Brief => "Handing over",
            Context::Page => "Something to read",
            Context::Palette => "The palette",
        }
    }

    /// Whether letters are typed there: keys that write one cannot do anything else.
    pub fn takes_letters(self) -> bool {
        matches!(
            self,
            Context::Everywhere
                | Context::Home
                | Context::Form
                | Context::Terminal
                | Context::Question
                | Context::Brief
                | Context::Palette
        )
    }
}

/// A place: the contexts whose keys count there, the first one first.
pub type Place = &'static [Context];

/// The home screen.
pub const HOME: Place = &[Context::Home, Context::Everywhere];
/// The inputs form.
pub const FORM: Place = &[Context::Form, Context::Everywhere];
/// The run screen where there is something to choose.
pub const CHOICES: Place = &[
    Context::Choices,
    Context::Output,
    Context::Run,
    Context::Everywhere,
];
/// The run screen, the step having the keys.
pub const STEP: Place = &[Context::Output, Context::Run, Context::Everywhere];
/// The run screen, the plan having the keys.
pub const PLAN: Place = &[
    Context::Plan,
    Context::Output,
    Context::Run,
    Context::Everywhere,
];
/// The run screen, the signals having the keys.
pub const SIGNALS: Place = &[
    Context::Signals,
    Context::Output,
    Context::Run,
    Context::Everywhere,
];
/// The run screen, the timeline having the keys.
pub const TIMELINE: Place = &[
    Context::Timeline,
    Context::Output,
    Context::Run,
    Context::Everywhere,
];
/// A command's terminal that is typed into.
pub const TERMINAL: Place = &[Context::Terminal];
/// A question with a text for an answer.
pub const QUESTION: Place = &[Context::Question, Context::Everywhere];
/// A question that one key answers.
pub const CONFIRM: Place = &[Context::Confirm, Context::Everywhere];
/// A menu.
pub const MENU: Place = &[Context::Menu, Context::Everywhere];
/// The brief of whoever hands over.
pub const BRIEF: Place = &[Context::Brief, Context::Everywhere];
/// Something to read.
pub const PAGE: Place = &[Context::Page, Context::Everywhere];

/// The palette.
pub const PALETTE: Place = &[Context::Palette, Context::Everywhere];

/// Every place there is.
pub const PLACES: &[Place] = &[
    HOME, FORM, CHOICES, STEP, PLAN, SIGNALS, TIMELINE, TERMINAL, QUESTION, CONFIRM, MENU, BRIEF,
    PAGE, PALETTE,
];

/// Whether a context hides the keys of another one where both count: a pane that one
/// goes to has its own.
pub fn hides(context: Context, other: Context) -> bool {
    matches!(
        context,
        Context::Plan | Context::Signals | Context::Timeline
    ) && matches!(other, Context::Output | Context::Run)
}
