//! The parts of the file that placement is told by: the policy, and the table of prices.

use std::ops::Range;
use std::path::PathBuf;

use miette::NamedSource;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::check::Checker;
use super::error::{ConfigError, Wrong};
use crate::directory;
use crate::placement::{Draft, Form, Policy, PolicyError, Prices};

impl Checker<'_> {
    /// The policy that holds for everybody; `None`: nothing is said.
    pub(super) fn policy(&self, draft: Draft) -> Result<Option<directory::Policy>, ConfigError> {
        Policy::read(draft.clone()).map_err(|error| {
            let span = self.place_of(&error);
            let PolicyError { message, help, .. } = error;
            self.wrong(format!("the placement policy cannot be used: {message}"), span, Some(help))
        })?;
        let policy = directory::Policy { draft, description: None };
        Ok((policy != directory::Policy::default()).then_some(policy))
    }

    pub(super) fn prices(&self, file: &Spanned<PathBuf>) -> Result<Prices, ConfigError> {
        let path = file.get_ref();
        let form = match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => Form::Csv,
            Some("toml") => Form::Toml,
            _ => {
                let message = format!("{} is no table of prices", path.display());
                let help = "give a file whose name ends in .csv or .toml".to_owned();
                return Err(self.wrong(message, file.span(), Some(help)));
            }
        };
        let bytes = self.contents(file)?;
        let Ok(text) = String::from_utf8(bytes) else {
            let message = format!("{} is not UTF-8", path.display());
            return Err(self.wrong(message, file.span(), Some("write it in UTF-8".to_owned())));
        };
        Prices::read(form, &text).map_err(|error| {
            let name = self.folder.join(path).display().to_string();
            let (message, at, help) = (error.message, error.at.into(), Some(error.help));
            ConfigError::Wrong(Box::new(Wrong { message, file: NamedSource::new(name, text), at, help }))
        })
    }

    /// Where something wrong with the policy stands: the character where the text is written without escapes, otherwise the
    /// value.
    fn place_of(&self, error: &PolicyError) -> Range<usize> {
        let Some((span, text)) = self.find(&error.key) else { return 0..0 };
        let (Some(text), Some(column)) = (text, error.column) else { return span };
        let written = self.text.get(span.clone()).unwrap_or_default();
        if written.len() != text.len() + 2 || !written.contains(text.as_str()) {
            return span;
        }
        let offset = text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
        let at = span.start + 1 + offset;
        at..at + text[offset..].chars().next().map_or(0, char::len_utf8)
    }

    /// The value of a key such as `fallback[0].replace.filter` in the policy, and its text if it is one.
    fn find(&self, key: &str) -> Option<(Range<usize>, Option<String>)> {
        let file = DeTable::parse(self.text).ok()?;
        let mut value = file.get_ref().get("placement")?;
        let steps = key.split(['.', '[']).filter(|step| !step.is_empty());
        for step in steps {
            let next = match value.get_ref() {
                DeValue::Table(table) => table.get(step),
                DeValue::Array(items) => {
                    step.trim_end_matches(']').parse().ok().and_then(|at: usize| items.get(at))
                }
                _ => None,
            };
            // A key that stands for several is shown as far as it goes.
            let Some(next) = next else { break };
            value = next;
        }
        let text = match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => None,
        };
        Some((value.span(), text))
    }
}
