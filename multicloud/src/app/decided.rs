//! What was decided for one thing, or for each component of a system: before it is made, and of the job that makes it.
//!
//! Owns how the decisions of a system come together: it has none beside those of its components, whose jobs keep them.

use super::reference::parse;
use super::{App, AppError, Request};
use crate::kind::Kind;
use crate::placement::Decision;
use crate::record::{Id, Job};

/// Offers that all decisions of a system together tell of one by one, as far as each tells of some.
const TOLD: usize = 4096;

/// Offers that each of them tells of, however many there are.
const LEAST: usize = 4;

/// What was decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decided {
    /// For one thing; for a system what it takes of quotas, and no more.
    pub decision: Decision,
    /// For each component of a system, those of systems in it among them.
    pub components: Vec<Component>,
}

/// What was decided for a component.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Its type.
    pub kind: &'static str,
    /// What it is called.
    pub name: Option<String>,
    /// Where it goes, and why. `None`: its turn has not come.
    pub decision: Option<Decision>,
}

impl Decided {
    /// What was decided for each component.
    pub(super) fn each(components: impl Iterator<Item = Component>) -> Self {
        let mut decided = Self { components: components.collect(), ..Self::default() };
        let told = (TOLD / decided.components.len().max(1)).max(LEAST);
        for component in &mut decided.components {
            let Some(decision) = component.decision.take() else { continue };
            decided.decision.needs = decided.decision.needs.plus(decision.needs);
            component.decision = Some(decision.shortened(told));
        }
        decided
    }

    /// In words: a line per offer, or per component.
    pub fn explain(&self) -> Vec<String> {
        let mut lines = self.decision.explain();
        lines.extend(self.components.iter().map(|component| {
            let name = component.name.as_deref().unwrap_or("without name");
            let whither = match component.decision.as_ref().map(Decision::winner) {
                Some(Some(place)) => place.account.as_str(),
                Some(None) => "nowhere",
                None => "not decided yet",
            };
            format!("{} {name}: {whither}", component.kind)
        }));
        lines
    }
}

impl From<Decision> for Decided {
    fn from(decision: Decision) -> Self {
        Self { decision, components: Vec::new() }
    }
}

impl App {
    /// Where what a request asks for would go, and why there. Changes nothing.
    ///
    /// # Errors
    /// As [`App::place`]; of a system, those of its creation as far as nothing has to be asked of a cloud for them.
    pub async fn rehearse(&self, request: &Request) -> Result<Decided, AppError> {
        if request.kind != Kind::System {
            return self.place(request).map(Decided::from);
        }
        self.must_create()?;
        self.place_system(request).await
    }

    /// What was decided for a job, or for those within it that make the components of a system. `None`: there was nothing to
    /// decide.
    ///
    /// # Errors
    /// As the store.
    pub async fn decided(&self, job: Id) -> Result<Option<Decided>, AppError> {
        if let Some(decision) = self.decision(job).await? {
            return Ok(Some(decision.into()));
        }
        let parts = |job: &Job| job.parts().into_iter().rev();
        let whole = self.inventory().job(job);
        let mut waiting: Vec<Id> = whole.iter().flat_map(|job| parts(job)).collect();
        let mut components = Vec::new();
        while let Some(id) = waiting.pop() {
            let Some(part) = self.inventory().job(id) else { continue };
            match made_by(&part) {
                None => {}
                Some(Kind::System) => waiting.extend(parts(&part)),
                Some(kind) => components.push(Component {
                    kind: kind.type_name(),
                    name: self.name_of_made(&part, kind),
                    decision: self.decision(id).await?,
                }),
            }
        }
        let is_system = !components.is_empty();
        Ok(is_system.then(|| Decided::each(components.into_iter())))
    }
    fn name_of_made(&self, job: &Job, kind: Kind) -> Option<String> {
        let affected = job.attributes.items("affectedResources").iter();
        let mut paths = affected.filter_map(|item| parse(item.as_ref()?.href.as_deref()?));
        let (_, made) = paths.find(|(of, _)| *of == kind)?;
        self.inventory().resource(made)?.attributes.text("name").map(str::to_owned)
    }
}

/// What a job makes: something of the kind of the collection that it is about.
fn made_by(job: &Job) -> Option<Kind> {
    let is_creation = job.attributes.text("name") == Some("add");
    let target = job.attributes.href("targetResource").filter(|_| is_creation)?;
    Kind::of_link(target.rsplit('/').next()?)
}
