//! Mappings: what is the same thing at several clouds, found by what it is called or named one by one.

use globset::{Glob, GlobBuilder, GlobMatcher};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::{Record, Sort};
use super::error::Issue;
use super::snapshot::{Snapshot, Table};
use crate::kind::{Kind, Role};

/// Members of a mapping.
const MEMBERS: usize = 200;
/// Bytes of a pattern.
const PATTERN: usize = 256;

/// What is the same thing at several clouds: an image, a configuration, a network. Who asks for one of them gets the one that the
/// chosen cloud has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Mapping {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Of which kind they are, as the collection is called: `machineImages`.
    pub kind: String,
    /// What finds them. Of several at one account, the one counts that an earlier member finds.
    pub members: Vec<Member>,
}

/// What finds one of them, or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Member {
    /// At this account alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// At accounts of this provider alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The one that the account's cloud calls so; or, without account, the path that it has here: `machineImages/7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Those whose names match this pattern: `*` stands for any text, `?` for one character, `[a-z]` for one of these, `{a,b}` for
    /// either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A mapping, ready to find.
#[derive(Clone, Debug)]
pub struct Finder {
    /// The name of the mapping.
    pub mapping: String,
    /// Of which kind they are.
    pub kind: Kind,
    members: Vec<(Member, Option<GlobMatcher>)>,
}

/// Something that may be one of them.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its path here.
    pub path: &'a str,
    /// What it is called.
    pub name: Option<&'a str>,
    /// Where it is; the manager's own are nowhere.
    pub site: Option<Site<'a>>,
}

/// Where something is.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The account.
    pub account: &'a str,
    /// The account's provider.
    pub provider: Option<&'a str>,
    /// The cloud's identifier.
    pub native: &'a str,
}

impl Mapping {
    /// What finds by it; `None`: an earlier version kept what this one cannot use.
    pub(super) fn finder(&self, mapping: &str) -> Option<Finder> {
        let kind = Kind::of_link(&self.kind)?;
        let members = self.members.iter().map(|member| {
            let matcher = member.name.as_deref().map(glob).transpose().ok()?;
            Some((member.clone(), matcher.map(|glob| glob.compile_matcher())))
        });
        Some(Finder { mapping: mapping.to_owned(), kind, members: members.collect::<Option<_>>()? })
    }
}

impl Finder {
    /// Whether it finds something: the number of the first member that does.
    pub fn rank(&self, candidate: Candidate<'_>) -> Option<usize> {
        self.members.iter().position(|(member, pattern)| member.finds(pattern.as_ref(), candidate))
    }
}

impl Member {
    fn finds(&self, pattern: Option<&GlobMatcher>, candidate: Candidate<'_>) -> bool {
        let site = candidate.site;
        let is_at = |wanted: &Option<String>, is: Option<&str>| wanted.is_none() || wanted.as_deref() == is;
        if !is_at(&self.account, site.map(|site| site.account))
            || !is_at(&self.provider, site.and_then(|site| site.provider))
        {
            return false;
        }
        match (&self.id, pattern) {
            (Some(id), _) if self.account.is_some() => site.is_some_and(|site| site.native == id),
            (Some(id), _) => candidate.path == id,
            (None, Some(pattern)) => candidate.name.is_some_and(|name| pattern.is_match(name)),
            (None, None) => false,
        }
    }

    fn check(&self, kind: &str, known: &Snapshot, at: usize, issues: &mut Vec<Issue>) {
        let here = format!("/members/{at}");
        if let Some(name) = &self.account {
            super::check_reference(known, Sort::Account, name, &format!("{here}/account"), issues);
        }
        if let Some(name) = &self.provider {
            super::check_reference(known, Sort::Provider, name, &format!("{here}/provider"), issues);
        }
        match (&self.id, &self.name) {
            (Some(id), None) => {
                super::check_text(Some(id), &format!("{here}/id"), issues);
                let number = id.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/'));
                let is_path = number.is_some_and(|number| number.parse::<i64>().is_ok());
                if self.account.is_none() && !is_path {
                    let detail = format!(
                        "is no path such as {kind}/7: give the account at whose cloud it is called so, or the path here"
                    );
                    issues.push(Issue::new(format!("{here}/id"), detail));
                }
            }
            (None, Some(pattern)) => {
                if let Err(reason) = glob(pattern) {
                    issues.push(Issue::new(format!("{here}/name"), reason));
                }
            }
            _ => issues.push(Issue::new(here, "has to have either id or name")),
        }
    }
}

impl Record for Mapping {
    const SORT: Sort = Sort::Mapping;

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.mappings
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.mappings
    }

    fn check(&self, known: &Snapshot, issues: &mut Vec<Issue>) {
        super::check_text(self.description.as_deref(), "/description", issues);
        let is_mappable = |kind: Kind| !matches!(kind.role(), Role::Template);
        if !Kind::of_link(&self.kind).is_some_and(is_mappable) {
            let mappable = Kind::ALL.into_iter().filter(|kind| is_mappable(*kind));
            let links = mappable.map(Kind::link).collect::<Vec<_>>();
            let detail = format!("is none of {}", links.join(", "));
            issues.push(Issue::new("/kind", detail));
        }
        if !(1..=MEMBERS).contains(&self.members.len()) {
            issues.push(Issue::new("/members", format!("has to have between 1 and {MEMBERS}")));
        }
        for (at, member) in self.members.iter().enumerate().take(MEMBERS) {
            member.check(&self.kind, known, at, issues);
        }
    }

    fn refers(&self) -> Vec<(Sort, &str)> {
        let accounts = self.members.iter().filter_map(|it| Some((Sort::Account, it.account.as_deref()?)));
        let providers = self.members.iter().filter_map(|it| Some((Sort::Provider, it.provider.as_deref()?)));
        accounts.chain(providers).collect()
    }
}

/// A pattern, read.
fn glob(pattern: &str) -> Result<Glob, String> {
    if pattern.is_empty() || pattern.len() > PATTERN {
        return Err(format!("is empty, or longer than {PATTERN} bytes"));
    }
    let glob = GlobBuilder::new(pattern).backslash_escape(true).build();
    glob.map_err(|error| format!("is no pattern: {}", error.kind()))
}
