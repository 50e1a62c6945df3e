//! From a template to a plan: what is made, in which order, and where, with the quota that it takes.

use std::collections::BTreeMap;

use cimi::{Attributes, Reference};

use super::super::decided::Decided;
use super::super::forget::without;
use super::super::reference::{Beside, parse};
use super::super::{Allowance, App, AppError, Begun, Ended, Placing, Problem, Request, decided};
use super::DEPTH;
use super::blueprint::{self, Origin};
use crate::kind::Kind;
use crate::placement::ledger::Shortage;
use crate::placement::{self, Amounts, Broken, Decision, Draft, Gather, Layer, Level};
use crate::record::{Id, Resource, Step};
use crate::store::body;
use crate::sync::link_of;
use crate::system::{Component, Tie};

/// Components that a system has at most, with those of all systems in it.
const MOST: usize = 2000;

/// A system that is to be.
pub(super) struct Plan {
    pub(super) system: Id,
    pub(super) job: Id,
    pub(super) common: Attributes,
    /// Its components in the order in which they are made.
    pub(super) components: Vec<Component>,
    pub(super) steps: Vec<Step>,
    /// The systems among its components.
    pub(super) inner: Vec<Plan>,
    /// The event logs that templates ask for, its own and those of its components.
    pub(super) logs: Vec<Resource>,
}

/// What is to be placed: one request for each component of all plans that goes to a cloud.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) requests: Vec<Request>,
    pub(super) resources: Vec<Id>,
    /// Pairs of requests of which the first refers to what the second makes.
    tied: Vec<(usize, usize)>,
    /// What was decided for each, if they are placed together.
    decisions: Vec<Decision>,
}

/// What a request for a system comes to.
struct Intent {
    plan: Plan,
    terms: Terms,
    asked: Asked,
    /// Policies that come with the request.
    layers: Vec<Layer>,
    gather: Gather,
}

/// What holds for all of a system.
pub(super) struct Terms {
    pub(super) policies: Vec<Draft>,
    pub(super) on_failure: Broken,
}

/// Where each component was placed, by its identifier.
pub(super) type Accounts<'a> = BTreeMap<Id, (String, &'a Decision)>;

impl App {
    /// Creates a system of the manager's own: everything is written down, then made.
    pub(in crate::app) async fn create_system(&self, request: &Request) -> Result<Begun, AppError> {
        let Intent { plan, terms, mut asked, layers, gather } = self.intent(request)?;
        // Nobody else decides before these count.
        let turn = self.inner.placing.lock().await;
        if gather == Gather::Together {
            asked.decisions = self.decide_for_all(&asked, layers).await?;
        }
        let accounts = Self::accounts_of(&asked);
        self.write_down(&plan, &terms, &accounts, request.within.as_ref()).await?;
        let held = self.hold_all(&asked);
        drop(turn);
        if let Err(shortage) = held {
            self.take_back(&plan).await?;
            return Err(no_room(&shortage));
        }
        self.drive(plan.job);
        Ok(Begun { job: plan.job, resource: plan.system, part: None, ended: Ended::No })
    }

    /// Where each component of a system would go, and why there. Changes nothing.
    ///
    /// # Errors
    /// Those of its creation, as far as nothing has to be asked of a cloud for them.
    pub(in crate::app) async fn place_system(&self, request: &Request) -> Result<Decided, AppError> {
        let Intent { mut asked, layers, gather, .. } = self.intent(request)?;
        asked.decisions = match gather {
            Gather::Together => self.decide_for_all(&asked, layers).await?,
            // As things are now: each is decided when its turn has come.
            Gather::OneByOne => {
                asked.requests.iter().map(|it| self.decide_alone(it, &layers)).collect::<Result<_, _>>()?
            }
        };
        let all = asked.decisions.iter().fold(Amounts::default(), |sum, it| sum.plus(it.needs));
        if let Some(shortage) = self.shortage(&self.bounds().allowances, all) {
            return Err(no_room(&shortage));
        }
        let components = asked.requests.iter().zip(asked.decisions);
        Ok(Decided::each(components.map(|(request, decision)| decided::Component {
            kind: request.kind.type_name(),
            name: request.common.text("name").map(str::to_owned),
            decision: Some(decision),
        })))
    }

    /// What a request for a system comes to. Nothing is decided yet.
    fn intent(&self, request: &Request) -> Result<Intent, AppError> {
        let layers: Vec<Layer> = self.layers(request)?;
        let layers: Vec<Layer> =
            layers.into_iter().map(|layer| Layer { level: Level::Template, ..layer }).collect();
        let mut all = self.bounds().policies;
        all.push(self.own_layer());
        all.extend_from_slice(&layers);
        let (gather, on_failure) = placement::combine(&all).components();
        let policies = layers.iter().map(|layer| layer.policy.draft().clone()).collect();
        let terms = Terms { policies, on_failure };

        let mut asked = Asked::default();
        let around = request.within.as_ref().map_or(0, |within| self.depth(within.owner));
        let depth = DEPTH.saturating_sub(around);
        let plan = self.planned(
            request.common.clone(),
            &request.template.attributes,
            Beside::All,
            depth,
            &mut asked,
        )?;
        Ok(Intent { plan, terms, asked, layers, gather })
    }

    /// Where all go together.
    async fn decide_for_all(&self, asked: &Asked, layers: Vec<Layer>) -> Result<Vec<Decision>, AppError> {
        self.place_tied_apart(asked.requests.clone(), asked.tied.clone(), layers).await
    }

    /// Where one goes if it is placed alone.
    fn decide_alone(&self, request: &Request, layers: &[Layer]) -> Result<Decision, AppError> {
        let mut request = request.clone();
        request.placing.policies.extend_from_slice(layers);
        self.place(&request)
    }

    /// The plan of a system from what its template says.
    fn planned(
        &self,
        common: Attributes,
        template: &Attributes,
        said: Beside,
        depth: usize,
        asked: &mut Asked,
    ) -> Result<Plan, AppError> {
        let Some(depth) = depth.checked_sub(1) else {
            let message = format!("systems are nested up to {DEPTH} deep here");
            return Err(AppError::new(Problem::Invalid, message));
        };
        let meant = |reference: &Reference, said: Beside| self.all_of(reference, said);
        let described = blueprint::read(template, said, &meant)?;
        let (system, job) = (self.inventory().next_id(), self.inventory().next_id());
        let log = self.log_of_planned(Kind::System, system, &Reference::by_value(template.clone()))?;
        let (components, steps, inner, logs) =
            (Vec::new(), Vec::new(), Vec::new(), log.into_iter().collect());
        let mut plan = Plan { system, job, common, components, steps, inner, logs };
        // Of each, its path, and its number among the requests.
        let mut places: Vec<(String, Option<usize>)> = Vec::new();
        for component in described {
            let kind = component.kind;
            let template = match component.origin {
                Origin::Known(id) => {
                    self.inventory().resource(id).ok_or_else(|| AppError::not_found(link_of(kind, id)))?;
                    plan.components.push(Component { kind, id, tie: Tie::Associate });
                    places.push((link_of(kind, id), None));
                    continue;
                }
                Origin::Template(template) => template,
            };
            let needs: BTreeMap<String, String> =
                component.needs.iter().map(|(name, at)| (name.clone(), places[*at].0.clone())).collect();
            let (resource, job, number) = if kind == Kind::System {
                let inner = component.common.clone();
                let inner = self.planned(inner, &template.attributes, Beside::Overrides, depth, asked)?;
                let ids = (inner.system, inner.job, None);
                plan.inner.push(inner);
                ids
            } else {
                let (resource, job) = (self.inventory().next_id(), self.inventory().next_id());
                let number = asked.add(kind, &component.common, &template, (system, resource), &needs)?;
                let needs = component.needs.values().filter_map(|at| places[*at].1);
                asked.tied.extend(needs.map(|need| (number, need)));
                plan.logs.extend(self.log_of_planned(kind, resource, &template)?);
                (resource, job, Some(number))
            };
            places.push((link_of(kind, resource), number));
            plan.components.push(Component { kind, id: resource, tie: Tie::Child });
            plan.steps.push(Step {
                kind,
                resource,
                job,
                needs,
                href: template.href,
                template: match kind {
                    // What is in a system has steps of its own.
                    Kind::System => String::from("{}"),
                    _ => body::to_text(template_type(kind), &template.attributes),
                },
                common: body::to_text(kind.type_name(), &component.common),
            });
        }
        Ok(plan)
    }

    /// The event log that a template asks for along with what will be made of it.
    fn log_of_planned(&self, kind: Kind, id: Id, template: &Reference) -> Result<Option<Resource>, AppError> {
        self.log_beside(template, &Resource::new(id, kind, Attributes::new(), self.owner()))
    }

    /// All that a reference to a template says.
    fn all_of(&self, reference: &Reference, said: Beside) -> Result<Attributes, String> {
        let Some(path) = &reference.href else { return Ok(reference.attributes.clone()) };
        let known = parse(path);
        if known.and_then(|(_, id)| self.inventory().resource(id)).is_none() {
            return Err(format!("there is no {path}"));
        }
        Ok(match said {
            Beside::All => reference.attributes.clone(),
            Beside::Overrides => self.meant(reference),
        })
    }

    /// Where each was placed, by its identifier.
    fn accounts_of(asked: &Asked) -> Accounts<'_> {
        let decided = asked.resources.iter().zip(&asked.decisions);
        decided
            .filter_map(|(id, decision)| Some((*id, (decision.winner()?.account.clone(), decision))))
            .collect()
    }

    /// Holds what all components take of all quotas, before the first cloud is asked: all of it, or nothing.
    fn hold_all(&self, asked: &Asked) -> Result<(), Shortage> {
        let allowances = self.bounds().allowances;
        for (at, id) in asked.resources.iter().enumerate() {
            let decision = asked.decisions.get(at);
            let needs = match decision {
                Some(decision) => decision.needs,
                None => self.needs(&asked.requests[at]),
            };
            self.hold(*id, needs, decision, &allowances)?;
        }
        Ok(())
    }

    /// Holds what one component takes of all quotas, where it was placed.
    pub(super) fn hold(
        &self,
        id: Id,
        needs: Amounts,
        decision: Option<&Decision>,
        allowances: &[Allowance],
    ) -> Result<(), Shortage> {
        let account = decision.and_then(Decision::winner).and_then(|place| self.account(&place.account));
        self.reserve(id.0, needs, account.as_deref(), allowances)
    }

    /// How many systems a system is in, itself counted.
    fn depth(&self, system: Id) -> usize {
        let mut depth = 1;
        let mut around = self.itself().inventory().systems_of(system);
        while let Some(next) = around.pop().filter(|_| depth <= DEPTH) {
            depth += 1;
            around = self.itself().inventory().systems_of(next);
        }
        depth
    }
}

impl Plan {
    pub(super) fn each(&self, look: &mut impl FnMut(&Self)) {
        look(self);
        for inner in &self.inner {
            inner.each(look);
        }
    }
}

impl Asked {
    /// Adds the request for a component, without what it refers to by name: that is nowhere yet.
    fn add(
        &mut self,
        kind: Kind,
        common: &Attributes,
        template: &Reference,
        (system, resource): (Id, Id),
        needs: &BTreeMap<String, String>,
    ) -> Result<usize, AppError> {
        if self.requests.len() >= MOST {
            let message = format!("a system has up to {MOST} components here, with those of systems in it");
            return Err(AppError::new(Problem::Invalid, message));
        }
        let names: Vec<String> = needs.keys().map(|name| format!("#{name}")).collect();
        let attributes = without(template.attributes.clone(), &names);
        let template = Reference { href: template.href.clone(), attributes };
        let common = common.clone();
        let placing = Placing { system: Some(link_of(Kind::System, system)), ..Placing::default() };
        self.requests.push(Request { kind, common, template, within: None, placing });
        self.resources.push(resource);
        Ok(self.requests.len() - 1)
    }
}

/// The type of the templates of a kind.
pub(super) fn template_type(kind: Kind) -> &'static str {
    let template = Kind::of_type(&format!("{}Template", kind.type_name()));
    template.unwrap_or(kind).type_name()
}

fn no_room(shortage: &Shortage) -> AppError {
    AppError::new(Problem::Conflict, format!("there is no room for all of it: {shortage}"))
}
