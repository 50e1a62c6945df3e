//! What of a body cannot be read, and where (RFC 6901): every place of it, as far as one does not hide another.
//!
//! Owns how the words of serde become places and reasons. Knows no sort of record.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

use crate::directory::Issue;

/// Places that are told at most.
const MOST: usize = 16;

/// The places of a body that cannot be read as a `T`. Each is taken out before the next is looked for.
pub(super) fn misread<T: DeserializeOwned>(body: &Map<String, Value>) -> Vec<Issue> {
    let (mut rest, mut issues, mut gone) = (Value::Object(body.clone()), Vec::new(), Vec::new());
    while issues.len() < MOST
        && let Err(error) = serde_path_to_error::deserialize::<_, T>(&rest)
    {
        let (at, message) = (steps(error.path()), error.inner().to_string());
        match quoted(&message, "missing field `") {
            None => issues.push(Issue::new(pointer(&at), reason(&message))),
            Some(name) => {
                let missing: Vec<String> = at.iter().cloned().chain([name.to_owned()]).collect();
                // What has been taken out is not missing; what cannot be without it goes, too.
                if !gone.contains(&missing) {
                    issues.push(Issue::new(pointer(&missing), "is missing"));
                }
            }
        }
        if !take_out(&mut rest, &at, &mut gone) {
            break;
        }
    }
    issues
}

/// Takes a place out; of a list, all of it: what comes after would be called otherwise.
fn take_out(body: &mut Value, at: &[String], gone: &mut Vec<Vec<String>>) -> bool {
    let Some((last, parent)) = at.split_last() else { return false };
    match body.pointer_mut(&pointer(parent)) {
        Some(Value::Object(members)) => {
            gone.push(at.to_vec());
            members.shift_remove(last).is_some()
        }
        Some(Value::Array(_)) => take_out(body, parent, gone),
        _ => false,
    }
}

fn steps(path: &Path) -> Vec<String> {
    let steps = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    });
    steps.collect()
}

fn pointer(steps: &[String]) -> String {
    steps
        .iter()
        .fold(String::new(), |pointer, step| pointer + "/" + &step.replace('~', "~0").replace('/', "~1"))
}

/// What stands in backquotes after some words, if a message begins with those.
fn quoted<'m>(message: &'m str, words: &str) -> Option<&'m str> {
    message.strip_prefix(words)?.split('`').next()
}

fn reason(message: &str) -> String {
    match quoted(message, "unknown field `") {
        Some(_) => {
            let expected = message.split_once("`, ").map_or("nothing is expected there", |(_, rest)| rest);
            format!("is unknown: {expected}")
        }
        None => format!("cannot be read: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::directory::{Location, Tenant, User};

    fn places<T: DeserializeOwned>(body: Value) -> Vec<String> {
        let Value::Object(body) = body else { panic!("{body}") };
        misread::<T>(&body).into_iter().map(|it| format!("{} {}", it.pointer, it.detail)).collect()
    }

    #[test]
    fn every_place_is_told() {
        assert_eq!(places::<Tenant>(json!({})), [""; 0]);
        assert_eq!(
            places::<Tenant>(json!({ "quota": { "machines": "5", "cpu": [] }, "a/b": 1, "description": 7 })),
            [
                "/quota/machines cannot be read: invalid type: string \"5\", expected i64",
                "/quota/cpu cannot be read: invalid type: sequence, expected i64",
                "/a~1b is unknown: expected one of `description`, `policy`, `quota`, `properties`",
                "/description cannot be read: invalid type: number, expected a string",
            ]
        );
        assert_eq!(places::<Location>(json!({})), ["/country is missing"]);
        let roles = json!([{ "role": "king" }, { "role": "viewer" }]);
        assert_eq!(
            places::<User>(json!({ "roles": roles, "email": 3 })),
            [
                "/roles/0/role cannot be read: unknown variant `king`, expected one of `viewer`, `operator`, `tenant-admin`, `cloud-admin`",
                "/email cannot be read: invalid type: number, expected a string",
            ]
        );
    }
}
