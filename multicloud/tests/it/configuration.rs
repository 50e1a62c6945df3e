//! Configurations that cannot be used: where, why, and what to do.

use std::path::Path;

use miette::{GraphicalReportHandler, GraphicalTheme};
use multicloud::config::{Config, ConfigError};
use multicloud::directory::Switch;

/// The error as a terminal without colours shows it.
fn check(text: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let error = Config::parse("manager.toml", text, &folder).expect_err("it cannot be used");
    // The folder differs from machine to machine.
    shown(&error).replace(&format!("{}/", folder.display()), "")
}

fn shown(error: &ConfigError) -> String {
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    handler.render_report(&mut out, error).unwrap();
    out
}

fn one(more: &str) -> String {
    format!("[[account]]\nname = \"paris\"\nendpoint = \"http://127.0.0.1:4000/cimi/\"\n{more}\n")
}

#[test]
fn what_is_wrong_is_shown_where_it_stands() {
    let cases = [
        ("syntax", "listen = \n".to_owned()),
        ("unknown field", one("colour = \"red\"")),
        ("type", "refresh-seconds = \"often\"\n".to_owned()),
        ("missing field", "[[account]]\nname = \"paris\"\n".to_owned()),
        ("edition", "edition = \"v3\"\n".to_owned()),
        ("account name", "[[account]]\nname = \"gay paree\"\nendpoint = \"http://127.0.0.1/\"\n".to_owned()),
        ("twice", one("") + &one("")),
        ("endpoint", "[[account]]\nname = \"paris\"\nendpoint = \"ftp://127.0.0.1/\"\n".to_owned()),
        ("proxy", one("proxy = \"proxy:3128\"")),
        ("proxy with a password", one("proxy = \"http://me:hunter2@proxy:3128\"")),
        ("dialect", one("dialect = \"gascon\"")),
        ("half credentials", one("user = \"me\"")),
        ("no such file", one("token-file = \"nowhere/token\"")),
        ("no certificate", one("ca-file = \"it/main.rs\"")),
        ("location", one("location = \"Paris\"")),
        ("price", one("price = -1")),
        ("deadline", one("deadline-seconds = 0")),
        ("provider", one("provider = \"some one\"")),
        ("quota", one("quota = { machines = 3, cpu = -1 }")),
        ("filter syntax", "[placement]\nfilter = \"price << 3\"\n".to_owned()),
        ("filter type", "[placement]\nfilter = \"price = 'low'\"\n".to_owned()),
        ("filter attribute", "[placement]\nfilter = \"location='FR' and prize<3\"\n".to_owned()),
        ("order attribute", "[placement]\norder-by = 'price,place:desc'\n".to_owned()),
        ("escaped filter", "[placement]\nfilter = \"price\\u0020< 'a'\"\n".to_owned()),
        (
            "fallback",
            "[placement]\nfilter = \"price<3\"\n[[placement.fallback]]\nreplace.order-by = \"prize\"\n"
                .to_owned(),
        ),
        ("affinity", "[placement]\nanti-affinity = [{ to = \"name='a' and price<3\" }]\n".to_owned()),
        ("weights", "[placement]\nweights = { price = -1, account = 1 }\n".to_owned()),
        ("share", "[placement.max-share]\npercent = 200\n".to_owned()),
        ("policy key", "[placement]\nfiltre = \"price<3\"\n".to_owned()),
        ("prices' form", "prices = \"it/main.rs\"\n".to_owned()),
        ("prices", "prices = \"it/prices/wrong.csv\"\n".to_owned()),
        ("prices twice", "prices = \"it/prices/twice.toml\"\n".to_owned()),
        ("open to the world", "listen = \"0.0.0.0:8080\"\n".to_owned()),
        (
            "role without tenant",
            "[[user]]\nname = \"a\"\npassword-file = \"it/main.rs\"\nrole = \"viewer\"\n".to_owned(),
        ),
        ("role", "[[user]]\nname = \"a\"\npassword-file = \"it/main.rs\"\nrole = \"king\"\n".to_owned()),
        ("tenant", "[[user]]\nname = \"a\"\npassword-file = \"it/main.rs\"\ntenant = \"acme\"\n".to_owned()),
        ("policy of a tenant", "[[tenant]]\nname = \"a\"\npolicy = \"near\"\n".to_owned()),
        ("quota of a tenant", "[[tenant]]\nname = \"a\"\nquota = { machines = -1 }\n".to_owned()),
        ("named policy", "[policy.near]\norder-by = \"price\"\nfilter = \"prize<3\"\n".to_owned()),
        ("policy by default", "[policy.default]\nfilter = \"price<3\"\n".to_owned()),
        ("policy name", "[policy.\"the near one\"]\nfilter = \"price<3\"\n".to_owned()),
        ("tenant of an account", one("tenants = [\"acme\"]")),
        ("no key", "[vault]\nmaster-key-file = \"it/main.rs\"\n".to_owned()),
        ("no key in the environment", "[vault]\nmaster-key-env = \"CIMI_MANAGER_NO_SUCH_KEY\"\n".to_owned()),
        ("base URI of another", "base-uri = \"http://127.0.0.1/admin/cimi/\"\n".to_owned()),
        ("base URI", "base-uri = \"manager.example.org\"\n".to_owned()),
    ];
    let all: Vec<String> = cases.iter().map(|(name, text)| format!("== {name}\n{}", check(text))).collect();
    insta::assert_snapshot!("errors", all.join("\n"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::read(Path::new("nowhere/manager.toml")).expect_err("there is none");
    insta::assert_snapshot!("unreadable", shown(&error));
}

#[test]
fn the_example_in_the_fixtures_is_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/manager/manager.toml");
    let config = Config::read(&path).map_err(|error| shown(&error)).unwrap();
    let disabled = |(_, switch, _, _): &&_| matches!(switch, Switch::Disabled);
    assert_eq!(config.declared.accounts.iter().filter(disabled).count(), 1, "the third");
    assert_eq!(config.declared.accounts.len(), 3);
    assert_eq!(config.declared.users.len(), 2);
    assert!(!format!("{config:?}").contains("change me"), "no secret is ever shown");
}
