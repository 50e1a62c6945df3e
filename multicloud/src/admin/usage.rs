//! What was used, for operators: sums in JSON, or in CSV for a table.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use super::reply;
use super::request::{accepts, pairs};
use crate::access::Actor;
use crate::app::App;
use crate::directory::Issue;
use crate::usage::{By, Row};

/// Rows at most.
const ROWS: usize = 10_000;
/// Days that are summed up at most.
const DAYS: i64 = 366;
/// What sums are called in CSV, in the order of [`sums`].
const SUMS: [&str; 6] =
    ["machineSeconds", "runningSeconds", "cpuSeconds", "memoryKibSeconds", "storageKbSeconds", "cost"];

/// What was used in a time.
#[derive(Serialize, ToSchema)]
pub(super) struct Usage {
    /// From when: as asked for, or when the tenant was made that asks, if that is later.
    from: String,
    /// Until when; no later than now.
    to: String,
    /// Since when that is known: what was there before is counted from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// What is told apart.
    by: Vec<&'static str>,
    /// The sums, in order of what is told apart.
    items: Vec<Row>,
}

/// What is asked for.
struct Asked {
    from: Timestamp,
    to: Timestamp,
    by: Vec<By>,
}

/// The sums, in whichever form is asked for.
pub(super) async fn answer(
    app: &App,
    actor: &Actor,
    headers: &HeaderMap,
    query: &str,
) -> Result<Response, Problem> {
    let Asked { from, to, by } = Asked::read(query, app.clock().now_as_kept())?;
    let used = app.on_behalf_of(actor).usage(from, to, by.clone(), ROWS + 1).await?;
    if used.rows.len() > ROWS {
        let detail = format!("There are more than {ROWS} rows. Tell fewer things apart with `by`.");
        return Err(wrong("by", detail));
    }
    if accepts(headers, "text/csv") {
        return table(&by, &used.rows);
    }
    let usage = Usage {
        from: used.from.to_string(),
        to: used.to.to_string(),
        since: used.since.map(|since| since.to_string()),
        by: by.iter().map(|by| by.name()).collect(),
        items: used.rows,
    };
    Ok(reply(StatusCode::OK, &usage))
}

fn table(by: &[By], rows: &[Row]) -> Result<Response, Problem> {
    let failed =
        |error: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heading = by.iter().map(|by| by.name()).chain(SUMS);
    writer.write_record(heading).map_err(|error| failed(error.to_string()))?;
    for row in rows {
        let parts = by.iter().map(|by| row.part(*by).unwrap_or_default().to_owned());
        writer.write_record(parts.chain(sums(row))).map_err(|error| failed(error.to_string()))?;
    }
    let text = writer.into_inner().map_err(|error| failed(error.to_string()))?;
    let mut response = Response::new(Body::from(text));
    let csv = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    response.headers_mut().insert(header::CONTENT_TYPE, csv);
    Ok(response)
}

fn sums(row: &Row) -> [String; 6] {
    [
        row.machine_seconds.to_string(),
        row.running_seconds.to_string(),
        row.cpu_seconds.to_string(),
        row.memory_kib_seconds.to_string(),
        row.storage_kb_seconds.to_string(),
        row.cost.map_or_else(String::new, |cost| cost.to_string()),
    ]
}

impl Asked {
    fn read(query: &str, now: Timestamp) -> Result<Self, Problem> {
        let (mut from, mut to, mut by) = (None, None, None);
        for (name, value) in pairs(query)? {
            let again = match name.as_str() {
                "from" => from.replace(time("from", &value)?).is_some(),
                "to" => to.replace(time("to", &value)?).is_some(),
                "by" => by.replace(parts(&value)?).is_some(),
                _ => {
                    let detail = format!("`{name:.64}` is no parameter: there are from, to and by.");
                    return Err(wrong(&format!("{name:.64}"), detail));
                }
            };
            if again {
                return Err(wrong(&name, format!("`{name}` is there twice: give it once.")));
            }
        }
        let to = to.unwrap_or(now);
        let from = from.unwrap_or_else(|| month(now));
        if from >= to {
            return Err(wrong("from", format!("`from`, {from}, is not before `to`, {to}.")));
        }
        if to.duration_since(from) > SignedDuration::from_hours(DAYS * 24) {
            return Err(wrong("from", format!("There are more than {DAYS} days between `from` and `to`.")));
        }
        Ok(Self { from, to, by: by.unwrap_or_else(|| vec![By::Tenant, By::Account, By::Kind]) })
    }
}

/// When the month began, in UTC.
fn month(now: Timestamp) -> Timestamp {
    let first = now.to_zoned(TimeZone::UTC).first_of_month();
    first.ok().and_then(|day| day.start_of_day().ok()).map_or(now, |day| day.timestamp())
}

fn time(name: &str, value: &str) -> Result<Timestamp, Problem> {
    value.parse().map_err(|_| {
        let detail =
            format!("`{name}` is no time: give one of RFC 3339, such as 2026-01-31T00:00:00Z (a + as %2B).");
        wrong(name, detail)
    })
}

fn parts(value: &str) -> Result<Vec<By>, Problem> {
    let mut parts = Vec::new();
    for word in value.split(',').map(str::trim) {
        let part = By::ALL.into_iter().find(|by| by.name() == word);
        let Some(part) = part.filter(|part| !parts.contains(part)) else {
            let known = By::ALL.map(By::name).join(", ");
            let detail = format!("`by` has `{word:.64}`: give any of {known}, each once.");
            return Err(wrong("by", detail));
        };
        parts.push(part);
    }
    Ok(parts)
}

/// A parameter that cannot be meant.
fn wrong(parameter: &str, detail: String) -> Problem {
    Problem::bad_request(detail.clone()).at(Issue::new(format!("/{parameter}"), detail))
}
