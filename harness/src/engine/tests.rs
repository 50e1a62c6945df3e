use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::env::{Done, Env};
use super::expect::{Outcome, judge};
use super::watch::Watch;
use crate::case;
use crate::discovery::{Discovery, Fact};
use crate::event::{At, Body, Edition, Exchange, ExchangeId, Extent, Format, Micros, Request, Response};
use crate::links::Links;
use crate::suite::Suite;

/// Reading the suite takes longer than all else here.
static SUITE: LazyLock<Suite> = LazyLock::new(|| Suite::embedded().unwrap());

const URL: &str = "http://h/cimi/machines";

fn exchange(status: u16, headers: &[(&str, &str)], body: &str) -> Arc<Exchange> {
    let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Arc::new(Exchange {
        n: ExchangeId(1),
        endpoint: "e".to_owned(),
        case: None,
        step: None,
        format: Some(Format::Json),
        source: None,
        request: Request { method: "GET".to_owned(), url: URL.to_owned(), headers: Vec::new(), body: None },
        response: Some(Response {
            status,
            headers,
            body: (!body.is_empty()).then(|| Body::Text(body.to_owned())),
            extent: Extent::Whole,
        }),
        failure: None,
        started: Micros(0),
        duration: Micros(0),
    })
}

fn came(exchange: Arc<Exchange>) -> Done {
    let (suite, discovery) = (&*SUITE, discovery());
    let watch = Watch::new(&suite.v2, &suite.register, discovery.links);
    let resource = watch.take(&exchange);
    Done { exchange, resource }
}

fn discovery() -> Discovery {
    let fact =
        Fact { url: URL.to_owned(), resource: None, exchange: Some(ExchangeId(9)), headers: Vec::new() };
    Discovery {
        cep: "http://h/cimi".parse().unwrap(),
        edition: Edition::V2,
        facts: BTreeMap::from([("machines".to_owned(), fact)]),
        capabilities: BTreeMap::from([("CloudEntryPoint/FilterParameter".to_owned(), "true".to_owned())]),
        links: Links { base: Some("http://h/cimi/".parse().unwrap()), ..Links::default() },
        metadata: BTreeMap::new(),
        cep_exchange: ExchangeId(1),
        metadata_exchange: None,
        refuses_nobody: None,
        unequal: Vec::new(),
        users: BTreeMap::new(),
    }
}

/// A collection of two Machines as V2 shows it.
const MACHINES: &str = r#"{"resourceURI":"http://schemas.dmtf.org/cimi/2/MachineCollection","id":"machines","count":2,"machines":[
    {"resourceURI":"http://schemas.dmtf.org/cimi/2/Machine","id":"machines/1","name":"a","cpu":9,"created":"2020-01-01T00:00:00Z"},
    {"resourceURI":"http://schemas.dmtf.org/cimi/2/Machine","id":"http://h/cimi/machines/2","name":"b","cpu":10,"properties":{"k":"v"}}],
    "operations":[{"rel":"add","href":"machines"}]}"#;

/// What stands before the edit that would mend a reply.
const EDIT: &str = "; edit: ";

/// Holds a reply against one expectation; what comes of it in a line.
fn outcome(expectation: &str, done: &Done) -> String {
    let suite = &*SUITE;
    let text = format!(
        "[[case]]\nid = \"a.b\"\ntitle = \"t\"\nrequirements = [\"4.1/id-self-pointer\"]\n[[case.step]]\nname = \"all\"\nget = \"${{machines}}\"\nexpect = [{expectation}]\n"
    );
    let cases = case::parse("t.toml", &text, "t", &suite.vocabulary()).unwrap_or_else(|f| panic!("{}", f[0]));
    let discovery = discovery();
    let mut env = Env {
        discovery: &discovery,
        tables: &suite.v2,
        format: Format::Json,
        nonce: "n-1".to_owned(),
        steps: BTreeMap::new(),
    };
    env.steps.insert("all".to_owned(), done.clone());
    match judge(&cases[0].steps[0].expect[0], done, &env) {
        Outcome::Holds => "holds".to_owned(),
        Outcome::Unresolved(unresolved) => format!("{} is nothing", unresolved.reference),
        Outcome::Missed(miss) => {
            let at = match miss.at {
                At::Body(at) => format!("{} {}:{}", at.path, at.line, at.column),
                other => other.to_string(),
            };
            let edit = miss.edit.map_or_else(String::new, |edit| format!("{EDIT}{edit}"));
            format!("{at}: expected {}, got {}{edit}", miss.expected, miss.got)
        }
    }
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let headers = [("Location", "machines/3"), ("ETag", "abc"), ("Content-Type", "application/json")];
    let done = came(exchange(200, &headers, MACHINES));
    for (expectation, expected) in cases {
        let outcome = outcome(expectation, &done);
        assert_eq!(outcome.split(EDIT).next(), Some(*expected), "{expectation}");
    }
}

#[test]
fn what_holds() {
    check(&[
        ("{ status = [201, \"2xx\"] }", "holds"),
        ("{ type = \"MachineCollection\" }", "holds"),
        ("{ media = \"asked\" }", "holds"),
        ("{ header = \"location\" }", "holds"),
        ("{ header = \"Nope\", exists = false }", "holds"),
        ("{ attribute = \"count\", equals-count = true }", "holds"),
        ("{ attribute = \"@ids\", equals = [\"http://h/cimi/machines/1\", \"machines/2\"] }", "holds"),
        ("{ attribute = \"@ids\", same-set = [\"machines/2\", \"machines/1\"] }", "holds"),
        ("{ attribute = \"@ids\", contains = \"${all.item[-1].id}\" }", "holds"),
        ("{ attribute = \"@ids\", excludes = [\"machines/3\"] }", "holds"),
        ("{ attribute = \"@items\", length = 2 }", "holds"),
        ("{ attribute = \"item[1].properties['k']\", equals = \"v\" }", "holds"),
        ("{ attribute = \"@attributes\", subset-of = [\"id\", \"count\", \"operations\"] }", "holds"),
        ("{ every = \"cpu\", at-least = 9, below = 11 }", "holds"),
        ("{ any = \"name\", equals = \"b\" }", "holds"),
        ("{ none = \"name\", equals = \"c\" }", "holds"),
        ("{ sorted = \"cpu\", as = \"integer\" }", "holds"),
        ("{ operation = \"add\", equals = \"${machines}\" }", "holds"),
        ("{ operation = \"stop\", exists = false }", "holds"),
        ("{ text = true, contains = \"MachineCollection\" }", "holds"),
        ("{ same-as = \"all\" }", "holds"),
        (
            "{ attribute = \"@ids\", same-set = { \"@union\" = [[\"machines/1\"], \"${all.@ids}\"] } }",
            "holds",
        ),
        (
            "{ attribute = \"@ids[1..]\", equals = { \"@intersection\" = [\"${all.@ids}\", [\"machines/2\"]] } }",
            "holds",
        ),
        (
            "{ attribute = \"@ids[..1]\", equals = { \"@difference\" = [\"${all.@ids}\", [\"machines/2\"], []] } }",
            "holds",
        ),
        ("{ attribute = \"item[1]\", includes = { name = \"b\", properties = { k = \"v\" } } }", "holds"),
        ("{ attribute = \"@resource\", includes = { count = 2 } }", "holds"),
        (
            "{ attribute = \"item[0].created\", is = \"dateTime\", above = \"2019-12-31T23:00:00-00:30\" }",
            "holds",
        ),
        ("{ body = \"resource\" }", "holds"),
        ("{ body = \"empty-or-resource\" }", "holds"),
    ]);
}

#[test]
fn what_does_not_hold_says_where_and_what() {
    check(&[
        ("{ status = [404, 410] }", "status: expected 404 or 410, got 200"),
        ("{ type = \"Machine\" }", " 1:1: expected Machine, got MachineCollection"),
        ("{ header = \"ETag\", is = \"etag\" }", "header ETag: expected the form of \"etag\", got \"abc\""),
        ("{ attribute = \"count\", equals = 3 }", "/count 1:91: expected 3, got 2"),
        ("{ attribute = \"name\" }", "/name 1:1: expected something, got nothing"),
        ("{ every = \"name\", equals = \"a\" }", "/machines/1/name 3:100: expected \"a\", got \"b\""),
        ("{ any = \"name\", equals = \"c\" }", " 1:1: expected an item whose name is \"c\", got none of 2"),
        (
            "{ none = \"name\", equals = \"b\" }",
            "/machines/1/name 3:100: expected no item of this name, got \"b\"",
        ),
        (
            "{ sorted = \"cpu\" }",
            "/machines/1/cpu 3:110: expected cpu ascending as string, got \"9\" before \"10\"",
        ),
        ("{ operation = \"stop\" }", "/operations 4:18: expected something stop, got nothing"),
        (
            "{ error = true }",
            " 1:1: expected a Job that says what failed, got 200 with {\"resourceURI\":\"http://schemas.dmtf.org/cimi/2/MachineCollection\",\"id\":\"machines\",\"count\":2,\"machines\":[ {\"resourceURI\":\"http://schemas.dmtf.org/cimi/2…",
        ),
        ("{ attribute = \"@ids\", equals = \"${all.item[7].id}\" }", "${all.item[7].id} is nothing"),
        (
            "{ attribute = \"item[1]\", includes = { name = \"b\", cpu = 9 } }",
            "/machines/1 3:5: expected all of {name: \"b\", cpu: 9}, got {id: \"http://h/cimi/machines/2\", name: \"b\", cpu: 10, properties: {k: \"v\"}}",
        ),
    ]);
}

/// The machines in XML, as V2 has them.
const MACHINES_XML: &str = r#"<Collection xmlns="http://schemas.dmtf.org/cimi/2"
  resourceURI="http://schemas.dmtf.org/cimi/2/MachineCollection">
  <id>machines</id><count>2</count>
  <machines>
    <Machine><id>machines/1</id><name>a</name></Machine>
    <Machine><id>machines/2</id><name>b</name></Machine>
  </machines>
</Collection>"#;

#[test]
fn the_smallest_edit_is_said_where_it_can_be() {
    let headers = [("Location", "machines/3"), ("ETag", "abc"), ("Content-Type", "application/json")];
    let json = came(exchange(200, &headers, MACHINES));
    let xml = came(exchange(200, &[], MACHINES_XML));
    let shown = |done: &Done, expectation: &&str| {
        let outcome = outcome(expectation, done);
        assert_ne!(outcome, "holds", "{expectation}");
        let (place, edit) = outcome.split_once(EDIT).unwrap_or((&outcome, "-"));
        format!("{expectation}\n    at {}\n    {edit}", place.split(": expected").next().unwrap())
    };
    let in_json = [
        "{ status = [201] }",
        "{ header = \"CIMI-Job-URI\" }",
        "{ header = \"Location\", exists = false }",
        "{ header = \"ETag\", equals = \"x\" }",
        "{ header = \"Link\", starts-with = \"http\" }",
        "{ media = \"xml\" }",
        "{ attribute = \"count\", equals = 3 }",
        "{ attribute = \"count\", at-least = 3 }",
        "{ attribute = \"count\", not-equals = 2 }",
        "{ attribute = \"count\", exists = false }",
        "{ attribute = \"name\", equals = \"x\" }",
        "{ attribute = \"item[1].properties['k']\", equals = \"w\" }",
        "{ attribute = \"@ids\", same-set = [\"machines/1\"] }",
        "{ every = \"name\", equals = \"a\" }",
        "{ every = \"description\" }",
        "{ none = \"name\", equals = \"b\" }",
        "{ any = \"name\", equals = \"c\" }",
        "{ operation = \"stop\" }",
        "{ operation = \"add\", exists = false }",
        "{ type = \"VolumeCollection\" }",
        "{ body = \"empty\" }",
    ];
    let in_xml = [
        "{ attribute = \"count\", equals = 3 }",
        "{ attribute = \"name\", equals = \"x\" }",
        "{ every = \"name\", equals = \"a\" }",
        "{ attribute = \"item[0].name\", equals = \"z\" }",
    ];
    let all = in_json.iter().map(|one| shown(&json, one)).chain(in_xml.iter().map(|one| shown(&xml, one)));
    insta::assert_snapshot!(all.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_reply_without_a_resource_misses_what_is_asked_of_one() {
    let done = came(exchange(204, &[], ""));
    assert_eq!(outcome("{ attribute = \"name\" }", &done), " 1:1: expected a resource, got 204 with no body");
    assert_eq!(outcome("{ body = \"empty\" }", &done), "holds");
    let empty =
        r#"{"resourceURI":"http://schemas.dmtf.org/cimi/2/MachineCollection","id":"machines","count":0}"#;
    let done = came(exchange(200, &[], empty));
    assert_eq!(outcome("{ every = \"name\" }", &done), " 1:1: expected items with name, got no item");
}

#[test]
fn what_an_endpoint_lacks_is_said_with_its_proof() {
    let suite = &*SUITE;
    let discovery = discovery();
    let lack = |needs: &str| {
        let text = format!(
            "[[case]]\nid = \"a.b\"\ntitle = \"t\"\nrequirements = [\"4.1/id-self-pointer\"]\nneeds = [\"{needs}\"]\n[[case.step]]\nget = \"${{cep}}\"\nexpect = [{{ status = 200 }}]\n"
        );
        let cases = case::parse("t.toml", &text, "t", &suite.vocabulary()).unwrap();
        discovery.lacks(&cases[0].needs, &suite.v2).map(|l| (l.reason, l.exchange.map(|e| e.0)))
    };
    assert_eq!(lack("machines"), None);
    assert_eq!(lack("capability:CloudEntryPoint/FilterParameter"), None);
    let expected = |reason: &str, exchange| Some((reason.to_owned(), exchange));
    assert_eq!(lack("volumes"), expected("the endpoint shows no `volumes`", Some(1)));
    assert_eq!(lack("machines >= 2"), expected("`machines` has 0 items, not machines >= 2", Some(9)));
    assert_eq!(lack("capability:Network/DefaultInitialState=STOPPED or none"), None, "none is advertised");
    let reason = "the capability CloudEntryPoint/FilterParameter is advertised as true, not false";
    assert_eq!(lack("capability:CloudEntryPoint/FilterParameter=false or none"), expected(reason, Some(1)));
    let reason = "the capability CloudEntryPoint/ExpandParameter is not advertised";
    assert_eq!(lack("capability:CloudEntryPoint/ExpandParameter"), expected(reason, Some(1)));
    assert_eq!(lack("operation:machines/add"), expected("`machines` does not offer add", Some(9)));
    assert_eq!(lack("query:machines"), expected("the URI of `machines` has no query", Some(9)));
    let reason = "the capability CloudEntryPoint/FilterParameter is advertised as true, less than 2";
    assert_eq!(lack("capability:CloudEntryPoint/FilterParameter >= 2"), expected(reason, Some(1)));
    assert_eq!(lack("auth"), expected("the run has no credentials", Some(1)));
}
