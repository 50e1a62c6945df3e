//! Decisions of placement: of what is only asked about, and of jobs.

use axum::extract::Request;
use axum::response::Response;
use http::{StatusCode, header};
use http_body_util::{BodyExt as _, Collected, Limited};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::Problem;
use super::{Admin, reply};
use crate::access::Actor;
use crate::app::Decided;
use crate::directory::Issue;
use crate::placement::{Decision, Place};
use crate::record::Id;

/// Bytes of a refusal of the CIMI face that are read.
const REFUSAL: usize = 1024 * 1024;

/// A decision, and what it comes to.
#[derive(Serialize, ToSchema)]
pub(super) struct Placement {
    /// Where it goes; absent: nowhere, or it is a system.
    #[serde(skip_serializing_if = "Option::is_none")]
    winner: Option<Place>,
    /// All of it in words, a line per offer; of a system, a line per component.
    explanation: Vec<String>,
    /// Of a system: what was decided for each component, those of systems in it among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<PlacedComponent>,
    #[serde(flatten)]
    decision: Decision,
}

/// What was decided for a component, and what it comes to.
#[derive(Serialize, ToSchema)]
struct PlacedComponent {
    /// Its type.
    kind: &'static str,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Where it goes; absent: nowhere, or its turn has not come.
    #[serde(skip_serializing_if = "Option::is_none")]
    winner: Option<Place>,
    /// Why there; absent: its turn has not come.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decision>,
}

impl Placement {
    fn of(decided: Decided) -> Self {
        let explanation = decided.explain();
        let components = decided.components.into_iter().map(|it| PlacedComponent {
            winner: it.decision.as_ref().and_then(Decision::winner).cloned(),
            kind: it.kind,
            name: it.name,
            decision: it.decision,
        });
        let components = components.collect();
        let decision = decided.decision;
        Self { winner: decision.winner().cloned(), explanation, components, decision }
    }
}

impl Admin {
    /// Where something would go. The body is what would be sent to the collection.
    pub(super) async fn rehearse(&self, collection: &str, request: Request) -> Result<Response, Problem> {
        let kind = self.north.kind(collection).ok_or_else(|| {
            let detail =
                format!("`{collection:.64}` is no collection: there are machines, volumes, networks, ...");
            Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
        })?;
        let (parts, body) = request.into_parts();
        match self.north.rehearse(kind, &parts.headers, body).await {
            Ok(decision) => Ok(reply(StatusCode::OK, &Placement::of(decision))),
            Err(refusal) => Err(refused(refusal).await),
        }
    }

    /// The decision of a job that the actor sees.
    pub(super) async fn decision(&self, job: &str, actor: &Actor) -> Result<Response, Problem> {
        let decision = match job.parse() {
            Ok(number) => self.app.on_behalf_of(actor).decided(Id(number)).await?,
            Err(_) => None,
        };
        let decision = decision.ok_or_else(|| {
            let detail = "There is no such job, or nothing was decided for it. The last segment of a job's URI is its number.";
            Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
        })?;
        Ok(reply(StatusCode::OK, &Placement::of(decision)))
    }
}

/// A refusal of the CIMI face, whose body is a Job, as this one says it.
async fn refused(refusal: Response) -> Problem {
    let (parts, body) = refusal.into_parts();
    let body = Limited::new(body, REFUSAL).collect().await.map(Collected::to_bytes).unwrap_or_default();
    let job: Value = serde_json::from_slice(&body).unwrap_or_default();
    let message = |job: &Value| job["statusMessage"].as_str().map(str::to_owned);
    let detail = message(&job).unwrap_or_else(|| "The CIMI face refuses it.".to_owned());
    let nested = job["nestedJobs"].as_array().into_iter().flatten();
    let errors = nested.filter_map(message).map(|detail| Issue::new("", detail)).collect();
    let retry_after = parts.headers.get(header::RETRY_AFTER).cloned();
    Problem::refused(parts.status, detail, errors, retry_after)
}
