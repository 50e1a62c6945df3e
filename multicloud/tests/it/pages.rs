//! Pages that the store finds are those that an evaluation in memory finds: of any records, for any filter, order and range, in
//! both editions, for whoever asks.

use std::sync::Arc;
use std::time::Duration;

use cimi::data::DateTime;
use cimi::model::{registry, schema};
use cimi::query::{Filter, OrderBy, Query};
use cimi::server::{ListRequest, Path, Provider as _};
use cimi::testing::{self, Options};
use cimi::{Attributes, Document, Edition, Limits, Map, Value, query};
use multicloud::access::{Access, Actor, Door, Role};
use multicloud::chance::Chance;
use multicloud::connector::Native;
use multicloud::kind::Kind;
use multicloud::north::North;
use multicloud::record::{Replica, Resource};
use multicloud::running::Running;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use crate::support;

/// Two accounts in one country, one in another, one nowhere; and one that is not used.
const ACCOUNTS: [&str; 5] = ["a", "b", "c", "d", "gone"];
const CONFIG: &str = r#"
refresh-seconds = 3600
[[tenant]]
name = "acme"
[[account]]
name = "a"
endpoint = "http://127.0.0.1:1/"
location = "FR"
[[account]]
name = "b"
endpoint = "http://127.0.0.1:1/"
tenants = []
location = "FR-75C"
[[account]]
name = "c"
endpoint = "http://127.0.0.1:1/"
location = "DE"
[[account]]
name = "d"
endpoint = "http://127.0.0.1:1/"
"#;

/// Texts that are easily mistaken for one another.
const TEXTS: [&str; 12] =
    ["", "a", "A", "b", "fi", "\u{fb01}", "\u{e9}", "e\u{301}", "10", "9", "a b", "z\u{212b}"];
const TIMES: [&str; 6] = [
    "2026-01-01T00:00:00Z",
    "2026-01-01T01:00:00+01:00",
    "2026-01-01T00:00:00.5Z",
    "2026-01-01T00:00:00",
    "-0044-03-15T12:00:00Z",
    "12026-01-01T00:00:00Z",
];
const KINDS: [Kind; 9] = [
    Kind::Machine,
    Kind::Volume,
    Kind::MachineImage,
    Kind::Credential,
    Kind::System,
    Kind::MachineConfiguration,
    Kind::Network,
    Kind::NetworkPort,
    Kind::Meter,
];

#[derive(Clone, Debug)]
struct Draft {
    attributes: Attributes,
    owner: Option<&'static str>,
    at: Vec<&'static str>,
}

/// A record with some values that others have, too.
fn draft(kind: Kind) -> impl Strategy<Value = Draft> {
    let text = || prop::option::weighted(0.8, select(TEXTS.to_vec()));
    let time = || prop::option::weighted(0.8, select(TIMES.to_vec()));
    let number = || prop::option::weighted(0.8, -1..3_i64);
    let words = (text(), text(), text(), prop::option::of((select(TEXTS.to_vec()), select(TEXTS.to_vec()))));
    let rest = (time(), time(), number(), prop::option::of(any::<bool>()));
    let owners = select(vec![None, Some("acme"), Some("other")]);
    let at = prop::sample::subsequence(ACCOUNTS.to_vec(), 0..3);
    let document = testing::document(kind.schema(), Options::DECLARED);
    (document, words, rest, owners, at).prop_map(move |(document, words, rest, owner, at)| {
        let mut attributes = document.attributes;
        let declared = kind.schema().attributes();
        for name in ["id", "operations", "parent", "resourceMetadata", "account", "location", "country"] {
            attributes.remove(name);
        }
        attributes.retain(|_, value| !holds_references(value));
        let (name, state, description, property) = words;
        let (created, updated, number, truth) = rest;
        let mut set = |name: &'static str, value: Option<Value>| {
            if declared.iter().any(|it| it.name == name) {
                attributes.remove(name);
                attributes.set_some(name, value);
            }
        };
        set("name", name.map(Value::from));
        set("state", state.map(Value::from));
        set("description", description.map(Value::from));
        let time = |text: &str| Value::DateTime(text.parse::<DateTime>().unwrap());
        set("created", created.map(time));
        set("updated", updated.map(time));
        for counted in ["cpu", "memory", "capacity"] {
            set(counted, number.map(Value::from));
        }
        set("bootable", truth.map(Value::from));
        set(
            "properties",
            property.map(|(key, value)| {
                Value::from(Map::from([(key.to_owned(), value.to_owned()), ("k".to_owned(), "a".to_owned())]))
            }),
        );
        Draft { attributes, owner, at }
    })
}

/// What refers to what is not there is not shown.
fn holds_references(value: &Value) -> bool {
    match value {
        Value::Ref(_) => true,
        Value::Array(items) => items.iter().any(holds_references),
        Value::Structure(fields) => fields.iter().any(|(_, value)| holds_references(value)),
        _ => false,
    }
}

/// A comparison as it is written; some are of types that do not fit, and are refused.
fn comparison() -> impl Strategy<Value = String> {
    let equal = || select(vec!["=", "!="]);
    let every = || select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let quoted = |text: &str| format!("'{text}'");
    let texts = select(TEXTS.to_vec());
    let places = select(vec!["a", "b", "gone", "FR", "FR-75C", "DE", "fr", "F", ""]);
    prop_oneof![
        3 => (select(vec!["name", "state", "description", "type", "nothing"]), equal(), texts.clone())
            .prop_map(move |(name, op, text)| format!("{name}{op}{}", quoted(text))),
        2 => (select(vec!["account", "location", "country", "provider"]), equal(), places)
            .prop_map(move |(name, op, text)| format!("{name}{op}{}", quoted(text))),
        2 => (select(vec!["created", "updated"]), every(), select(TIMES[..4].to_vec()))
            .prop_map(|(name, op, time)| format!("{name}{op}{time}")),
        2 => (select(vec!["cpu", "memory", "capacity"]), every(), -1..3_i64)
            .prop_map(|(name, op, number)| format!("{name}{op}{number}")),
        1 => (equal(), any::<bool>()).prop_map(|(op, truth)| format!("bootable{op}{truth}")),
        2 => (select(vec!["k", "a", ""]), equal(), texts)
            .prop_map(|(key, op, text)| format!("property['{key}']{op}'{text}'")),
        1 => (equal(), 0..16_i64, select(vec!["", "x"]))
            .prop_map(|(op, nth, odd)| format!("providerId{op}'http://there/#/{nth}{odd}'")),
        1 => (equal(), 0..12_usize, select(vec!["", "0", "x"]))
            .prop_map(|(op, nth, odd)| format!("id{op}'@{odd}{nth}'")),
    ]
}

fn filter() -> impl Strategy<Value = String> {
    comparison().prop_recursive(2, 6, 3, |inner| {
        (prop::collection::vec(inner, 2..4), select(vec![" and ", " or "]))
            .prop_map(|(terms, word)| format!("({})", terms.join(word)))
    })
}

#[derive(Clone, Debug)]
struct Asked {
    filters: Vec<String>,
    order: Option<String>,
    first: Option<u64>,
    last: Option<u64>,
}

fn asked() -> impl Strategy<Value = Asked> {
    let names = [
        "name",
        "state",
        "created",
        "updated",
        "cpu",
        "memory",
        "capacity",
        "bootable",
        "account",
        "location",
        "country",
        "id",
        "description",
        "nothing",
    ];
    let key = (select(names.to_vec()), select(vec!["", ":asc", ":desc"]))
        .prop_map(|(name, way)| format!("{name}{way}"));
    let order = prop::option::of(prop::collection::vec(key, 1..3).prop_map(|keys| keys.join(",")));
    let place = || prop::option::of(0..9_u64);
    (prop::collection::vec(filter(), 0..3), order, place(), place())
        .prop_map(|(filters, order, first, last)| Asked { filters, order, first, last })
}

fn case() -> impl Strategy<Value = (Kind, Vec<Draft>, Vec<Asked>)> {
    select(KINDS.to_vec()).prop_flat_map(|kind| {
        (Just(kind), prop::collection::vec(draft(kind), 0..12), prop::collection::vec(asked(), 12))
    })
}

#[test]
fn the_store_finds_what_an_evaluation_in_memory_finds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let manager = runtime.block_on(support::manager_in(folder.path(), CONFIG));
    let mut runner = TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&case(), |(kind, drafts, asked)| {
        runtime.block_on(async {
            recorded(&manager, kind, drafts).await;
            let mut compared = 0;
            for edition in Edition::ALL.into_iter().filter(|edition| kind.is_in(*edition)) {
                for actor in actors(&manager) {
                    let north = north(&manager, edition);
                    for asked in &asked {
                        compared += compare(&north, &actor, kind, asked).await?;
                    }
                }
            }
            prop_assert!(compared > 0, "no query fits the type");
            Ok(())
        })
    });
    outcome.unwrap();
    runtime.block_on(manager.stop());
}

/// Replaces all of a kind.
async fn recorded(manager: &Running, kind: Kind, drafts: Vec<Draft>) {
    let inventory = manager.app().inventory();
    let mut writer = inventory.writer().await;
    for id in writer.of_kind(kind) {
        writer.forget_resource(id);
    }
    for (nth, draft) in drafts.into_iter().enumerate() {
        let id = inventory.next_id();
        let mut resource = Resource::new(id, kind, draft.attributes, draft.owner.map(str::to_owned));
        resource.replicas = draft
            .at
            .iter()
            .map(|account| Replica {
                account: (*account).to_owned(),
                native: Native(format!("http://there/{}/{nth}", kind.link())),
                offers: Vec::new(),
            })
            .collect();
        writer.put_resource(resource);
    }
    writer.commit().await.unwrap();
}

fn actors(manager: &Running) -> [Actor; 2] {
    let directory = manager.app().directory().snapshot();
    [Actor::manager(), Actor::in_tenant("u", Role::Operator, "acme", &directory)]
}

fn north(manager: &Running, edition: Edition) -> North {
    let app = manager.app().clone();
    let access = Access::new(app.directory().clone(), Door::Open, &Chance::system()).unwrap();
    North::new(app, access, edition, "http://here/cimi/", Duration::from_secs(1))
}

/// How many queries were compared: one, or none if the query does not fit the type.
async fn compare(north: &North, actor: &Actor, kind: Kind, asked: &Asked) -> Result<u64, TestCaseError> {
    let edition = north.edition();
    let member = registry(edition).get(kind.type_name()).unwrap();
    let member = schema(edition, member.name());
    let path = Path::resolve("http://here/cimi/", kind.link()).unwrap();
    let list = async |query: &Query| {
        let request = ListRequest { query, member, extensions: north.extensions() };
        north.list(actor, &path, &request).await.unwrap()
    };
    let all = list(&Query::default()).await.members;
    let uris: Vec<&str> = all.iter().filter_map(Document::id).collect();
    let placed = |text: &str| {
        // The nth of those that are listed, or something like it.
        let mut text = text.replace('#', kind.link());
        while let Some((before, rest)) = text.split_once('@') {
            let (nth, after) = rest.split_once('\'').unwrap();
            let digits = nth.trim_start_matches('x');
            let uri = uris.get(digits.parse::<usize>().unwrap()).copied().unwrap_or("http://here/cimi/");
            let odd = &nth[..nth.len() - digits.len()];
            text = format!("{before}{uri}{odd}'{after}");
        }
        text
    };
    let limits = &Limits::SERVER;
    let query_of = |written: &dyn Fn(&str) -> String| Query {
        filters: asked.filters.iter().map(|text| Filter::parse(&written(text), limits).unwrap()).collect(),
        order_by: asked.order.as_ref().map(|text| OrderBy::parse(text, limits).unwrap()),
        first: asked.first,
        last: asked.last,
        ..Query::default()
    };
    let (query, meant) = (query_of(&placed), query_of(&|text| by_country(&placed(text))));
    let expected =
        query::apply(all.iter().map(Arc::new), |it| &it.attributes, &meant, member, north.extensions());
    let Ok(expected) = expected else { return Ok(0) };
    let found = list(&query).await;
    let ids = |members: &mut dyn Iterator<Item = &Document>| -> Vec<String> {
        members.filter_map(|it| it.id().map(str::to_owned)).collect()
    };
    let context = format!("{edition} {kind:?} {:?}: {query}", actor.sight);
    prop_assert_eq!(found.count, expected.count, "{}", &context);
    let expected = ids(&mut expected.members.iter().map(|it| &***it));
    prop_assert_eq!(ids(&mut found.members.iter()), expected, "{}", &context);
    Ok(1)
}

/// What is compared with a country is the country, whichever part of it something is in.
fn by_country(filter: &str) -> String {
    let mut filter = filter.to_owned();
    for (op, code) in ["=", "!="].into_iter().flat_map(|op| ["FR", "DE", "fr"].map(|code| (op, code))) {
        filter = filter.replace(&format!("location{op}'{code}'"), &format!("country{op}'{code}'"));
    }
    filter
}
