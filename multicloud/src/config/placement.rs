//! The parts of the file that placement is told by: policies, and the table of prices.

use std::collections::BTreeMap;
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
        let policy = self.usable("the placement policy", &["placement"], draft)?;
        Ok((policy != directory::Policy::default()).then_some(policy))
    }

    /// Those that tenants name.
    pub(super) fn policies(
        &self,
        drafts: BTreeMap<String, Draft>,
    ) -> Result<Vec<(String, directory::Policy)>, ConfigError> {
        let declared = drafts.into_iter().map(|(name, draft)| {
            let place = || self.find(&["policy", &name], "").map_or(0..0, |(span, _)| span);
            self.legal("policy", &name, place())?;
            if name == directory::DEFAULT_POLICY {
                let help = "say in [placement] what holds for everybody".to_owned();
                return Err(self.wrong("the policy `default` has a place of its own", place(), Some(help)));
            }
            let policy = self.usable(&format!("the policy {name}"), &["policy", &name], draft)?;
            Ok((name, policy))
        });
        declared.collect()
    }

    /// A policy that stands under these keys.
    fn usable(&self, what: &str, root: &[&str], draft: Draft) -> Result<directory::Policy, ConfigError> {
        Policy::read(draft.clone()).map_err(|error| {
            let span = self.place_of(root, &error);
            let PolicyError { message, help, .. } = error;
            self.wrong(format!("{what} cannot be used: {message}"), span, Some(help))
        })?;
        Ok(directory::Policy { draft, description: None })
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
    fn place_of(&self, root: &[&str], error: &PolicyError) -> Range<usize> {
        let Some((span, text)) = self.find(root, &error.key) else { return 0..0 };
        let (Some(text), Some(column)) = (text, error.column) else { return span };
        let written = self.text.get(span.clone()).unwrap_or_default();
        if written.len() != text.len() + 2 || !written.contains(text.as_str()) {
            return span;
        }
        let offset = text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
        let at = span.start + 1 + offset;
        at..at + text[offset..].chars().next().map_or(0, char::len_utf8)
    }

    /// The value of a key such as `fallback[0].replace.filter` in the policy that stands under these keys, and its text if it is
    /// one.
    fn find(&self, root: &[&str], key: &str) -> Option<(Range<usize>, Option<String>)> {
        let file = DeTable::parse(self.text).ok()?;
        let (first, rest) = root.split_first()?;
        let mut value = file.get_ref().get(*first)?;
        let steps = rest.iter().copied().chain(key.split(['.', '[']).filter(|step| !step.is_empty()));
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
