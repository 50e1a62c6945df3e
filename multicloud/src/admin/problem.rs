//! Refusals of the admin face (RFC 9457).

use axum::body::Body;
use axum::response::Response;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Denied;
use crate::app::AppError;
use crate::directory::{DirectoryError, Issue};
use crate::store::StoreError;
use crate::vault::VaultError;

/// A refusal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// What sort of problem: always the same for the same.
    #[serde(rename = "type", serialize_with = "as_urn")]
    ty: &'static str,
    /// The same in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong here, and what to do.
    detail: String,
    /// Each place of the request that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Issue>,
    #[serde(skip)]
    #[schema(ignore)]
    header: Option<Box<(HeaderName, HeaderValue)>>,
}

fn as_urn<S: serde::Serializer>(ty: &&str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("urn:cimi-manager:problem:{ty}"))
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        ty: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self { ty, title, status: status.as_u16(), detail: detail.into(), errors: Vec::new(), header: None }
    }

    pub(super) fn nothing_here() -> Self {
        let detail = "There is nothing here. /admin/openapi.json says what there is.";
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    pub(super) fn method_not_allowed<'m>(allowed: impl Iterator<Item = &'m Method>) -> Self {
        let allow = allowed.map(Method::as_str).collect::<Vec<_>>().join(", ");
        let detail = format!("Here one can {allow}.");
        let problem = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", "Method not allowed", detail);
        let allow = HeaderValue::from_str(&allow).ok();
        Self { header: allow.map(|allow| Box::new((header::ALLOW, allow))), ..problem }
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "Malformed request", detail)
    }

    pub(super) fn invalid(detail: impl Into<String>, errors: Vec<Issue>) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Invalid record", detail);
        Self { errors, ..problem }
    }

    /// What the CIMI face refused, for these reasons.
    pub(super) fn refused(
        status: StatusCode,
        detail: String,
        errors: Vec<Issue>,
        retry_after: Option<HeaderValue>,
    ) -> Self {
        let header = retry_after.map(|value| Box::new((header::RETRY_AFTER, value)));
        Self { errors, header, ..Self::new(status, "refused", "Refused by the CIMI face", detail) }
    }

    /// With a place that is wrong.
    pub(super) fn at(mut self, issue: Issue) -> Self {
        self.errors.push(issue);
        self
    }

    /// With a reason.
    pub(super) fn because(mut self, reason: impl AsRef<str>) -> Self {
        self.detail = format!("{} {}", self.detail, reason.as_ref());
        self
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(serde_json::to_vec(&self).unwrap_or_default()));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response.headers_mut().extend(self.header.map(|header| (Some(header.0), header.1)));
        response
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unknown(detail) => {
                let problem = Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized", detail);
                let challenge =
                    HeaderValue::from_static("Basic realm=\"cimi-manager\", charset=\"UTF-8\", Bearer");
                Self { header: Some(Box::new((header::WWW_AUTHENTICATE, challenge))), ..problem }
            }
            Denied::Forbidden(detail) => Self::new(StatusCode::FORBIDDEN, "forbidden", "Forbidden", detail),
            Denied::Throttled(seconds) => {
                let detail = Denied::Throttled(seconds).to_string();
                let problem =
                    Self::new(StatusCode::TOO_MANY_REQUESTS, "throttled", "Too many wrong passwords", detail);
                Self { header: Some(Box::new((header::RETRY_AFTER, seconds.into()))), ..problem }
            }
            Denied::Unavailable => {
                let detail = Denied::Unavailable.to_string();
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable", detail)
            }
        }
    }
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        let conflict = |ty| Self::new(StatusCode::CONFLICT, ty, "Conflict", error.to_string());
        match &error {
            DirectoryError::NotFound(..) => {
                Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", error.to_string())
            }
            DirectoryError::Changed(..) => {
                Self::new(StatusCode::PRECONDITION_FAILED, "changed", "Changed meanwhile", error.to_string())
            }
            DirectoryError::Exists(..) => conflict("exists"),
            DirectoryError::Declared(..) => conflict("declared-in-file"),
            DirectoryError::InUse { .. } => conflict("in-use"),
            DirectoryError::Lockout => conflict("lockout"),
            DirectoryError::Vault(VaultError::NoKey) => conflict("no-master-key"),
            DirectoryError::Vault(VaultError::WrongKey { .. }) => conflict("wrong-master-key"),
            DirectoryError::Vault(VaultError::Tampered { .. }) => conflict("tampered"),
            DirectoryError::Store(StoreError::Changed(_)) => conflict("changed"),
            DirectoryError::Invalid(_, issues) => Self::invalid(error.to_string(), issues.clone()),
            DirectoryError::Forbidden(message) => Denied::Forbidden(message.clone()).into(),
            DirectoryError::Vault(_) | DirectoryError::Store(_) => {
                tracing::error!(%error, "the directory cannot be changed");
                internal()
            }
        }
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        use crate::app::Problem as Class;
        let (status, ty, title) = match error.problem {
            Class::Forbidden => return Denied::Forbidden(error.message).into(),
            Class::Invalid => return Self::invalid(error.message, Vec::new()),
            Class::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Class::Conflict => (StatusCode::CONFLICT, "conflict", "Conflict"),
            Class::Changed => (StatusCode::PRECONDITION_FAILED, "changed", "Changed meanwhile"),
            Class::Unsupported => (StatusCode::NOT_IMPLEMENTED, "unsupported", "Not supported"),
            Class::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable"),
            Class::Internal => {
                tracing::error!(%error, "what was asked for cannot be done");
                return internal();
            }
        };
        Self::new(status, ty, title, error.message)
    }
}

fn internal() -> Problem {
    let detail = "An error of ours; nothing was changed. The operator finds it in the log.";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", detail)
}
