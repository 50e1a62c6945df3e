//! The search for a cloud that takes a creation: one after the other, as the policy ranks them, within one job. One that gave no
//! answer is looked at first, for as long as it may take: only if it does not have it, the next is asked.

use std::collections::BTreeSet;

use tokio::sync::MutexGuard;

use super::create::{Request, Within, explained};
use super::offers::Candidates;
use super::policy::without_policy;
use super::unanswered::{is_nowhere, is_wanted};
use super::{App, AppError, Begun, Ended, Problem, forget};
use crate::account::Account;
use crate::connector::{self, Class, CloudError, Creation};
use crate::placement::ledger::{Key, Shortage};
use crate::placement::{Choice, Code, Counting, OnFailure, Plan};
use crate::record::{Id, Work};

/// A creation that looks for a cloud.
pub(super) struct Search {
    pub(super) request: Request,
    pub(super) plan: Plan,
    pub(super) candidates: Candidates,
    pub(super) choice: Choice,
    /// Offers that were asked, by number.
    pub(super) asked: BTreeSet<usize>,
    /// Why they refused, or what is known of those that gave no answer.
    pub(super) refusals: Refusals,
    pub(super) resource: Id,
    pub(super) job: Id,
}

/// What came of asking an offer.
enum Answer {
    Begun(Begun),
    Refused(CloudError),
    /// Whether it takes it is to be found out.
    Silent(CloudError),
    /// It was not asked: no cloud may be.
    TooMuch(Shortage),
}

/// Clouds that were asked and refused, each with the reason.
pub(super) type Refusals = Vec<(String, CloudError)>;

impl App {
    /// Where rules count what is placed, nobody else may decide before this one counts.
    pub(super) async fn turn(&self, plan: &Plan) -> Option<MutexGuard<'_, ()>> {
        match plan.counts() {
            Counting::Nothing => None,
            Counting::Numbers | Counting::Machines => Some(self.inner.placing.lock().await),
        }
    }

    /// Asks one offer after the other, beginning with one that is announced, and goes on to fallbacks when none of those left has
    /// taken it.
    pub(super) async fn search(&self, mut search: Search, first: usize) -> Result<Begun, AppError> {
        let (job, resource) = (search.job, search.resource);
        let goes_on = || Begun { job, resource, part: None, ended: Ended::No };
        let mut next = Some(first);
        while let Some(at) = next {
            search.asked.insert(at);
            match self.ask_offer(&search, at).await {
                Answer::Begun(begun) => return Ok(begun),
                Answer::Silent(error) => {
                    // Not asked again: it is looked for until it is known whether it is there.
                    search.silent(at, error);
                    self.pursue(search);
                    return Ok(goes_on());
                }
                Answer::TooMuch(shortage) => return Err(self.too_much(search, at, &shortage).await),
                Answer::Refused(error) => {
                    self.inner.ledger.release(resource.0);
                    let is_hopeless = error.class == Class::Invalid;
                    search.refused(at, error);
                    if is_hopeless || search.gives_up() {
                        break;
                    }
                }
            }
            next = match self.move_on(&mut search).await? {
                Next::Ask(at) => Some(at),
                Next::Nobody => None,
                Next::Settled => {
                    self.follow(job, None);
                    return Ok(goes_on());
                }
            };
        }
        Err(self.give_up(search).await)
    }

    /// The cloud asked last gave no answer and does not have it: the next is asked, in the place of whoever waits for the job.
    pub(super) async fn search_on(&self, mut search: Search) {
        self.inner.ledger.release(search.resource.0);
        search.was_silent();
        let next = if search.gives_up() { Ok(Next::Nobody) } else { self.move_on(&mut search).await };
        let id = search.job;
        let went = match next {
            Ok(Next::Ask(at)) => self.search(search, at).await.map(|_| ()),
            Ok(Next::Nobody) => Err(self.give_up(search).await),
            Ok(Next::Settled) => {
                self.follow(id, None);
                Ok(())
            }
            Err(error) => Err(error),
        };
        if let Err(error) = went {
            tracing::info!(job = id.0, %error, "a creation found no cloud");
        }
    }

    /// The next offer to ask; it is written down before it is. Where rules count, they are held against what is placed by now.
    async fn move_on(&self, search: &mut Search) -> Result<Next, AppError> {
        self.with_its_system(search).await;
        let turn = self.turn(&search.plan).await;
        if turn.is_some() {
            self.choose_again(search, search.choice.stage);
        }
        while search.next().is_none() && search.choice.stage + 1 < search.plan.stages() {
            self.choose_again(search, search.choice.stage + 1);
        }
        let Some(at) = search.next() else { return Ok(Next::Nobody) };
        let next = self.note_account(search, at).await?;
        if matches!(next, Next::Ask(_)) {
            self.reserve_ahead(search, at);
        }
        Ok(next)
    }

    /// A component of a system for which a cloud had no room takes those with it that no cloud was asked for yet.
    async fn with_its_system(&self, search: &mut Search) {
        let had_no_room = search.refusals.last().is_some_and(|(_, error)| {
            matches!(code_of(error.class), Code::Capacity | Code::Quota | Code::OutOfReach)
        });
        if search.request.placing.system.is_none() || !had_no_room {
            return;
        }
        let refused = search.refusals.iter().map(|(account, _)| account.clone()).collect();
        match self.place_again(search.job, search.resource, &refused).await {
            Ok(None) => {}
            Ok(Some(account)) => {
                search.request.placing.prefer = Some(account);
                self.choose_again(search, search.choice.stage);
            }
            Err(error) => tracing::warn!(job = search.job.0, %error, "it looks for another cloud alone"),
        }
    }

    /// Decides anew, beginning with a stage.
    fn choose_again(&self, search: &mut Search, from: usize) {
        let choice = self.choose(&search.request, &search.plan, &search.candidates, from);
        let before = std::mem::replace(&mut search.choice, choice);
        let decision = &mut search.choice.decision;
        decision.asked = before.decision.asked;
        decision.tried.splice(0..0, before.decision.tried);
    }

    async fn ask_offer(&self, search: &Search, at: usize) -> Answer {
        let (job, resource) = (search.job, search.resource);
        let offer = &search.candidates.offers[at];
        let Some(account) = self.account(&offer.place.account) else {
            return Answer::Refused(CloudError::new(Class::Unavailable, "it is not used any more"));
        };
        match self.reserve_at(search, &account) {
            Ok(()) => {}
            Err(shortage) if matches!(shortage.key, Key::Tenant(_)) => return Answer::TooMuch(shortage),
            Err(shortage) => {
                return Answer::Refused(CloudError::new(Class::Quota, shortage.to_string()));
            }
        }
        let creation = Creation {
            kind: search.request.kind,
            common: without_policy(&search.request.common),
            template: search.candidates.templates[at].clone(),
            within: search.request.within.as_ref().and_then(|within| self.within_at(&account, within)),
            token: self.inventory().token(resource),
        };
        let asked = async { account.connector.of(creation.kind)?.create(&creation).await };
        match asked.await {
            Ok(started) => Answer::Begun(self.created(&account, job, resource, started).await),
            Err(error) if error.class == Class::UnknownOutcome => {
                tracing::warn!(account = %account.name, %error, "a creation went unanswered");
                account.notice(&error, self.clock().now());
                Answer::Silent(error)
            }
            Err(error) => {
                account.notice(&error, self.clock().now());
                Answer::Refused(error)
            }
        }
    }

    fn within_at(&self, account: &Account, within: &Within) -> Option<connector::Within> {
        let Within { owner, parts, accessories } = within;
        let owner = self.inventory().resource(*owner)?.replica_at(&account.name)?.clone();
        Some(connector::Within { owner, parts: *parts, accessories: accessories.clone() })
    }

    /// Holds what the creation takes of all quotas, until it shows or has failed.
    fn reserve_at(&self, search: &Search, account: &Account) -> Result<(), Shortage> {
        let needs = search.choice.decision.needs;
        self.reserve(search.resource.0, needs, Some(account), &search.request.placing.allowances)
    }

    /// Lets others see that this is on its way there. Should a quota leave too little, it fails again when the cloud is about to
    /// be asked, and leads to the next.
    pub(super) fn reserve_ahead(&self, search: &Search, at: usize) {
        let Some(account) = self.account(&search.candidates.offers[at].place.account) else { return };
        if let Err(shortage) = self.reserve_at(search, &account) {
            tracing::debug!(account = %account.name, %shortage, "somebody else was quicker");
        }
    }

    /// Writes down who is asked next; with the one that gave no answer, what is to be known should it come late.
    async fn note_account(&self, search: &mut Search, at: usize) -> Result<Next, AppError> {
        let mut writer = self.inventory().writer().await;
        if !is_nowhere(&writer, search.resource) {
            return Ok(Next::Settled);
        }
        if search.is_told() && !is_wanted(&writer, search.job) {
            return Ok(Next::Nobody);
        }
        self.note_silence(&mut writer, search);
        let place = search.candidates.offers[at].place.clone();
        let decision = &mut search.choice.decision;
        decision.ask(&place);
        if let Some(mut job) = writer.job(search.job) {
            if let Work::Create { account, .. } = &mut job.work {
                account.clone_from(&place.account);
            }
            job.attributes.set("description", explained(decision));
            writer.put_job(job);
            writer.put_decision(search.job, decision.clone());
        }
        // Nobody may be asked of whom it is not written down; the one asked before has refused.
        writer.commit().await.inspect_err(|_| self.follow(search.job, None))?;
        Ok(Next::Ask(at))
    }

    /// The tenant has what it may have: no other cloud would change that.
    async fn too_much(&self, mut search: Search, at: usize, shortage: &Shortage) -> AppError {
        if search.is_told() {
            search.refused(at, CloudError::new(Class::Quota, shortage.to_string()));
        }
        let refused = self.give_up(search).await;
        AppError::new(Problem::Conflict, shortage.to_string()).with(refused.details)
    }

    /// No cloud took it. Whoever was told of the job finds there why; otherwise neither resource nor job has been, and the answer
    /// says why.
    async fn give_up(&self, search: Search) -> AppError {
        let details: Vec<String> =
            search.refusals.iter().map(|(account, error)| format!("{account}: {error}")).collect();
        let error = search.refusals.last().map(|(account, error)| AppError::at(account, error));
        let error = error.unwrap_or_else(|| AppError::new(Problem::Internal, "no cloud was asked"));
        let (job, resource) = (search.job, search.resource);
        let mut writer = self.inventory().writer().await;
        if !search.is_told() {
            self.drop_job(&mut writer, job, &error);
            forget(&mut writer, &[(search.request.kind, resource)]);
        } else if is_nowhere(&writer, resource) {
            self.end_in_vain(&mut writer, &search, details.join("; "));
        } else {
            self.follow(job, None);
        }
        if let Err(error) = writer.commit().await {
            tracing::error!(job = job.0, %error, "a refusal cannot be recorded yet");
            self.follow(job, None);
        }
        self.tell_whole(job);
        error.with(details)
    }
}

/// Who is asked next.
enum Next {
    /// This offer.
    Ask(usize),
    /// There is nobody left.
    Nobody,
    /// Nobody need be: it is there by now.
    Settled,
}

impl Search {
    /// Notes that an offer that was asked refused.
    fn refused(&mut self, at: usize, error: CloudError) {
        self.choice.decision.refused(code_of(error.class), &error.message);
        self.refusals.push((self.candidates.offers[at].place.account.clone(), error));
    }

    /// Notes that an offer that was asked gave no answer that tells what came of it.
    fn silent(&mut self, at: usize, error: CloudError) {
        self.refusals.push((self.candidates.offers[at].place.account.clone(), error));
    }

    /// Notes that the offer that was asked last and gave no answer has not taken it.
    fn was_silent(&mut self) {
        let Some((_, error)) = self.refusals.last_mut() else { return };
        error.message.push_str("; it does not have it");
        let message = error.message.clone();
        self.choice.decision.refused(code_of(error.class), &message);
    }

    /// Whether somebody was told of the job: a cloud was waited for.
    fn is_told(&self) -> bool {
        self.refusals.iter().any(|(_, error)| error.class == Class::UnknownOutcome)
    }

    /// The account that was asked last, if it gave no answer.
    pub(super) fn last_silent(&self) -> Option<&str> {
        let (account, error) = self.refusals.last()?;
        (error.class == Class::UnknownOutcome).then_some(account)
    }

    /// The best offer that was not asked.
    fn next(&self) -> Option<usize> {
        self.choice.order.iter().copied().find(|at| !self.asked.contains(at))
    }

    /// Whether the policy lets nobody else be asked.
    fn gives_up(&self) -> bool {
        let (on_failure, attempts) = self.plan.persistence(self.choice.stage);
        on_failure == OnFailure::Stop || self.refusals.len() >= attempts as usize
    }
}

fn code_of(class: Class) -> Code {
    match class {
        Class::Capacity => Code::Capacity,
        Class::Quota => Code::Quota,
        Class::Auth | Class::Unavailable | Class::Unreachable | Class::UnknownOutcome => Code::OutOfReach,
        Class::Unsupported => Code::Unsupported,
        Class::Throttled | Class::Forbidden | Class::Invalid | Class::Conflict | Class::Gone => Code::Refused,
    }
}
