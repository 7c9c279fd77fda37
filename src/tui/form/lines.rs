//! The form asked line by line: the same fields, checks and choices, without a screen.

use super::{
    Asks, FormScreen, Offload, area,
    draw::{describe, label},
    text,
};

/// A field as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its name.
    pub label: String,
    /// What it is for.
    pub about: String,
    /// What stands in it; empty for a secret.
    pub value: String,
    /// What it can be, if it can be nothing else.
    pub options: Vec<String>,
    /// What the place itself offers; anything else may be given too.
    pub offered: Vec<String>,
    /// Why the place offers nothing.
    pub unoffered: Option<String>,
    /// It is not shown while it is typed.
    pub secret: bool,
    /// What is wrong with what stands in it.
    pub wrong: Option<String>,
}

impl FormScreen {
    /// What the form is called.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How many fields there are.
    pub fn count(&self) -> usize {
        self.fields.len()
    }

    /// The first field that is not right as it stands.
    pub fn open_field(&self) -> Option<usize> {
        Some(self.first_open()).filter(|at| *at < self.fields.len())
    }

    /// Why the run could not begin, once a field was not changed since.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// A field, as it is asked for.
    pub fn line(&self, at: usize) -> Option<Line> {
        let field = self.fields.get(at)?;
        let secret = matches!(&field.asks, Asks::Input(input) if input.is_secret());
        let unoffered = match &field.choices {
            super::choices::Choices::Loaded(_, Err(why)) => Some(why.clone()),
            _ => None,
        };
        let wrong = match field.asks {
            Asks::Environment if text(field).is_empty() => Some("choose one".to_owned()),
            _ => Self::complaint(field),
        };
        Some(Line {
            label: label(field),
            about: describe(field),
            value: if secret { String::new() } else { text(field) },
            options: field.options.clone(),
            offered: field.choices.loaded().to_vec(),
            unoffered,
            secret,
            wrong,
        })
    }

    /// Finds out what the place offers for a field. Safe to cancel.
    pub async fn look_up(&mut self, at: usize) {
        self.cursor = at;
        if let Some(question) = self.question() {
            let mut asked = Offload::start(move |cancel| question.ask(cancel));
            if let Some(answered) = asked.answer().await {
                self.answered(answered);
            }
        }
    }

    /// Puts an answer into a field.
    ///
    /// # Errors
    /// Why it does not do, in the operator's words.
    pub fn give(&mut self, at: usize, given: &str) -> Result<(), String> {
        let Some(field) = self.fields.get_mut(at) else {
            return Ok(());
        };
        if !field.options.is_empty() && !field.options.iter().any(|option| option == given) {
            return Err(format!("it is one of: {}", field.options.join(", ")));
        }
        let secret = matches!(&field.asks, Asks::Input(input) if input.is_secret());
        let before = std::mem::replace(&mut field.area, area(given, secret));
        if let Some(why) = Self::complaint(field) {
            field.area = before;
            return Err(why);
        }
        field.touched = !matches!(field.asks, Asks::Environment);
        self.error = None;
        self.apply_environment();
        Ok(())
    }
}
