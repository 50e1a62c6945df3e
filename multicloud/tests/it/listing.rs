//! Filters, orders and pages of what the manager lists: they mean what the listed members show.

use mock_cloud::Edition;
use serde_json::Value;

use crate::support::{self, Speaker, account, text};

const COLLECTIONS: [&str; 5] = ["machines", "volumes", "machineImages", "machineConfigs", "machineTemplates"];

/// A literal of the filter language; none for what cannot be compared.
fn literal(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(time) if matches!(name, "created" | "updated") => Some(time.clone()),
        Value::String(text) if text.contains('\'') => Some(format!("\"{text}\"")),
        Value::String(text) => Some(format!("'{text}'")),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn ids(members: &[Value]) -> Vec<&str> {
    members.iter().map(|member| member["id"].as_str().unwrap()).collect()
}

async fn asked(speaker: &Speaker, collection: &str, query: &[(&str, String)]) -> Vec<Value> {
    let url = reqwest::Url::parse_with_params(&format!("{}{collection}", speaker.base), query).unwrap();
    // A blank is %20 in a URI, and + in a form.
    let listed = speaker.get(&url.as_str().replace('+', "%20")).await.expect(200).json();
    let arrays = listed.as_object().unwrap().iter().filter(|(name, _)| *name != "operations");
    let members: Vec<Value> = arrays.filter_map(|(_, value)| value.as_array()).flatten().cloned().collect();
    if query.iter().all(|(name, _)| *name == "$filter") {
        assert_eq!(listed["count"], members.len(), "{url}");
    }
    members
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attribute_that_is_shown_can_be_filtered_by_and_means_what_is_shown() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    for edition in ["v2", "v1"] {
        let clouds = [("new", &new, "FR"), ("old", &old, "NO")].map(|(name, cloud, location)| {
            account(name, cloud.base_uri(), &format!("location = \"{location}\""))
        });
        let manager = support::manager(&format!("edition = \"{edition}\"\n{}", clouds.concat())).await;
        let speaker = Speaker::to(manager.base_uri());
        let mut filters = 0;
        for collection in COLLECTIONS {
            let all = asked(&speaker, collection, &[]).await;
            assert!(all.len() > 1, "{collection}");
            for member in &all {
                for (name, value) in member.as_object().unwrap() {
                    let Some(literal) = literal(name, value).filter(|_| name != "resourceURI") else {
                        continue;
                    };
                    let found =
                        asked(&speaker, collection, &[("$filter", format!("{name}={literal}"))]).await;
                    let expected: Vec<Value> = all.iter().filter(|it| it[name] == *value).cloned().collect();
                    assert_eq!(ids(&found), ids(&expected), "{edition} {collection} {name}={literal}");
                    filters += 1;
                }
            }
        }
        assert!(filters > 100, "only {filters} filters");

        let machines = asked(&speaker, "machines", &[]).await;
        let mut sorted = machines.clone();
        sorted.sort_by_key(|machine| (text(&machine["account"]), text(&machine["name"])));
        let order = ("$orderby", "account,name".to_owned());
        assert_eq!(ids(&asked(&speaker, "machines", std::slice::from_ref(&order)).await), ids(&sorted));
        for first in 1..=machines.len() {
            let window = [("$first", first.to_string()), ("$last", (first + 1).to_string())];
            let end = (first + 1).min(machines.len());
            let page = asked(&speaker, "machines", &window).await;
            assert_eq!(ids(&page), ids(&machines[first - 1..end]));
            let page =
                asked(&speaker, "machines", &[&window[..], std::slice::from_ref(&order)].concat()).await;
            assert_eq!(ids(&page), ids(&sorted[first - 1..end]));
        }
    }
}
