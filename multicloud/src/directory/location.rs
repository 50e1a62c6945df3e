//! Places where clouds are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::{Record, Sort};
use super::error::Issue;
use super::snapshot::{Snapshot, Table};
use crate::region;

/// A place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Location {
    /// ISO 3166-1 alpha-2: `FR`.
    pub country: String,
    /// ISO 3166-2: `FR-75C`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subdivision: Option<String>,
    /// The city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Location {
    /// The location of a code, `FR` or `FR-75C`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of_code(code: &str) -> Result<Self, String> {
        let subdivision = code.contains('-').then(|| code.to_owned());
        let country = region::country(code).to_owned();
        let location = Self { country, subdivision, ..Self::default() };
        match location.issues().into_iter().next() {
            None => Ok(location),
            Some(issue) => Err(issue.detail),
        }
    }

    /// Its code, the closest one that it has: an attribute of offers and machines.
    pub fn code(&self) -> &str {
        self.subdivision.as_deref().unwrap_or(&self.country)
    }

    fn issues(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        if rust_iso3166::from_alpha2(&self.country).is_none() {
            let detail =
                format!("`{}` is no country of ISO 3166-1: give two letters, such as FR", self.country);
            issues.push(Issue::new("/country", detail));
        }
        if let Some(code) = &self.subdivision {
            let is_here = code.split('-').next() == Some(&self.country);
            if !is_here || rust_iso3166::iso3166_2::from_code(code).is_none() {
                let detail = format!("`{code}` is no part of {} in ISO 3166-2, such as NO-03", self.country);
                issues.push(Issue::new("/subdivision", detail));
            }
        }
        super::check_text(self.city.as_deref(), "/city", &mut issues);
        super::check_text(self.description.as_deref(), "/description", &mut issues);
        issues
    }
}

impl Record for Location {
    const SORT: Sort = Sort::Location;

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.locations
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.locations
    }

    fn check(&self, _: &Snapshot, issues: &mut Vec<Issue>) {
        issues.extend(self.issues());
    }
}
