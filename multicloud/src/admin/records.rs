//! What is done with records of a sort, by whoever asks: the same for all sorts.

use std::marker::PhantomData;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::cloud::Cloud;
use super::problem::Problem;
use super::request::Asked;
use super::routes::{BASE, Verb};
use super::{reply, view};
use crate::access::{Actor, Guarded};
use crate::app::App;
use crate::directory::{Account, Directory, DirectoryError, Draft, Entry, Snapshot, Sort, Tenant, Token};
use crate::event::About;

/// Records of a sort, for somebody.
pub(super) struct Records<'a, R> {
    app: &'a App,
    actor: &'a Actor,
    directory: Directory,
    sort: PhantomData<R>,
}

impl<'a, R: Guarded> Records<'a, R> {
    pub(super) fn new(app: &'a App, actor: &'a Actor) -> Self {
        let directory = app.directory().on_behalf_of(actor.user.as_ref());
        Self { app, actor, directory, sort: PhantomData }
    }

    pub(super) async fn perform(&self, verb: Verb, asked: Asked) -> Result<Response, Problem> {
        match verb {
            Verb::List if asked.page.filter.is_some() => {
                Err(Problem::bad_request("`filter` is for resources: records come by name."))
            }
            Verb::List => Ok(self.list(&asked)),
            Verb::Create => self.create(asked).await,
            Verb::Show => {
                let snapshot = self.directory().snapshot();
                let entry =
                    snapshot.get::<R>(&asked.name).filter(|entry| R::is_seen(entry, self.actor, &snapshot));
                let entry = entry.ok_or(DirectoryError::NotFound(R::SORT, asked.name))?;
                let mut shown = view::of(entry, self.actor, self.app);
                if let Some(account) = self.app.account(&entry.name).filter(|_| R::SORT == Sort::Account)
                    && let Some(cloud) = Cloud::of(&account, self.actor, self.app)
                {
                    shown["cloud"] = json!(cloud);
                }
                Ok(tagged(reply(StatusCode::OK, &shown), entry))
            }
            Verb::Change => self.change(asked).await,
            Verb::Delete => self.delete(asked, |_| Ok(())).await,
        }
    }

    fn directory(&self) -> &Directory {
        &self.directory
    }

    /// A page of those that are seen, by name.
    fn list(&self, asked: &Asked) -> Response {
        let snapshot = self.directory().snapshot();
        let seen: Vec<_> =
            snapshot.all::<R>().filter(|entry| R::is_seen(entry, self.actor, &snapshot)).collect();
        let (limit, after) = (asked.page.limit, &asked.page.after);
        let rest: Vec<_> = seen.iter().filter(|entry| entry.name > *after).take(limit + 1).collect();
        let page = &rest[..rest.len().min(limit)];
        let items: Vec<Value> = page.iter().map(|entry| view::of(entry, self.actor, self.app)).collect();
        let mut list = json!({ "items": items, "count": seen.len() });
        if let Some(last) = page.last().filter(|_| rest.len() > limit) {
            let next = format!("{BASE}{}?limit={limit}&after={}", R::SORT.collection(), last.name);
            list["next"] = Value::String(next);
        }
        reply(StatusCode::OK, &list)
    }

    async fn create(&self, asked: Asked) -> Result<Response, Problem> {
        let (name, draft) = view::new::<R>(asked.body)?;
        let entry =
            self.directory().create(&name, draft, |known, draft| self.allow_new(known, draft)).await?;
        Ok(self.created(&entry, None))
    }

    fn allow_new(&self, known: &Snapshot, draft: &Draft<R>) -> Result<(), DirectoryError> {
        self.allow(None, Some((&draft.record, draft.switch)), known)
    }

    async fn change(&self, asked: Asked) -> Result<Response, Problem> {
        let Asked { name, body, demanded, .. } = asked;
        let mut problem = None;
        let changed = self.directory().update::<R>(&name, demanded.as_deref(), |known, entry| {
            self.must_see(entry, known)?;
            let draft = view::patched(entry, body).map_err(|refused| {
                problem = Some(refused);
                DirectoryError::Invalid(R::SORT, Vec::new())
            });
            // Who may not is told that, whatever is wrong with what they sent.
            let after = draft.as_ref().map_or((&entry.record, entry.switch), |it| (&it.record, it.switch));
            self.allow(Some(entry), Some(after), known)?;
            draft
        });
        match changed.await {
            Ok(entry) => Ok(self.shown(StatusCode::OK, &entry)),
            Err(DirectoryError::Invalid(_, issues)) if issues.is_empty() && problem.is_some() => {
                Err(problem.unwrap_or_else(Problem::nothing_here))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes a record. `allow`: whether nothing hangs on it that the directory does not know.
    async fn delete(
        &self,
        asked: Asked,
        allow: impl FnOnce(&str) -> Result<(), DirectoryError>,
    ) -> Result<Response, Problem> {
        let deleted = self.directory().delete::<R>(&asked.name, asked.demanded.as_deref(), |known, entry| {
            self.must_see(entry, known)?;
            self.allow(Some(entry), None, known)?;
            allow(&entry.name)
        });
        deleted.await?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    }

    fn must_see(&self, entry: &Entry<R>, known: &Snapshot) -> Result<(), DirectoryError> {
        if R::is_seen(entry, self.actor, known) {
            return Ok(());
        }
        Err(DirectoryError::NotFound(R::SORT, entry.name.clone()))
    }

    fn allow(
        &self,
        before: Option<&Entry<R>>,
        after: Option<(&R, crate::directory::Switch)>,
        known: &Snapshot,
    ) -> Result<(), DirectoryError> {
        let allowed = R::may_change(before, after, self.actor, known);
        allowed.map_err(|denied| {
            let about = before.map(|entry| About::record(R::SORT.collection(), &entry.name));
            let operation = if after.is_some() { "edit" } else { "delete" };
            let about = about.unwrap_or_else(About::manager);
            let app = self.app.on_behalf_of(self.actor);
            app.note_refusal(self.actor.tenant(), operation, about, &denied.to_string());
            DirectoryError::Forbidden(denied.to_string())
        })
    }

    fn shown(&self, status: StatusCode, entry: &Entry<R>) -> Response {
        tagged(reply(status, &view::of(entry, self.actor, self.app)), entry)
    }

    /// `token`: the text of a new token, told this once.
    fn created(&self, entry: &Entry<R>, token: Option<&str>) -> Response {
        let mut shown = view::of(entry, self.actor, self.app);
        if let Some(token) = token {
            shown["token"] = Value::from(token);
        }
        let mut response = tagged(reply(StatusCode::CREATED, &shown), entry);
        let location = format!("{BASE}{}/{}", R::SORT.collection(), entry.name);
        let location = HeaderValue::from_str(&location).ok().map(|at| (Some(header::LOCATION), at));
        response.headers_mut().extend(location);
        response
    }
}

impl Records<'_, Token> {
    /// A token, for oneself unless the request names another.
    pub(super) async fn create_token(&self, mut asked: Asked) -> Result<Response, Problem> {
        if let Some(user) = self.actor.user.as_deref() {
            asked.body.entry("user").or_insert_with(|| Value::from(user));
        }
        let (_, draft) = view::new::<Token>(asked.body)?;
        let made = self.directory().create_token(draft, |known, draft| self.allow_new(known, draft));
        let (entry, text) = made.await?;
        Ok(self.created(&entry, Some(&text)))
    }
}

impl Records<'_, Account> {
    /// Deletes an account, and forgets what is recorded of what is there.
    pub(super) async fn delete_account(&self, asked: Asked) -> Result<Response, Problem> {
        let name = asked.name.clone();
        let in_use = |by| DirectoryError::InUse { sort: Sort::Account, name: name.clone(), by };
        let deleted = self.delete(asked, |name| self.app.must_be_empty(name).map_err(in_use)).await?;
        // Nobody looks there any more, before what is recorded goes.
        drop(self.app.use_accounts());
        self.app.forget_account(&name).await?;
        Ok(deleted)
    }
}

impl Records<'_, Tenant> {
    /// Deletes a tenant that has nothing.
    pub(super) async fn delete_tenant(&self, asked: Asked) -> Result<Response, Problem> {
        let name = asked.name.clone();
        let in_use = |by| DirectoryError::InUse { sort: Sort::Tenant, name: name.clone(), by };
        let deleted = self.delete(asked, |name| self.app.must_own_nothing(name).map_err(in_use)).await?;
        self.app.forget_jobs_of(&name).await?;
        Ok(deleted)
    }
}

fn tagged<R: Guarded>(mut response: Response, entry: &Entry<R>) -> Response {
    let tag = HeaderValue::from_str(&format!("\"{}\"", entry.tag())).ok();
    response.headers_mut().extend(tag.map(|tag| (Some(header::ETAG), tag)));
    response
}
