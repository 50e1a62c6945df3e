//! Bad habits of clients, each with the requirements that it breaks: the judge finds each under these and no others, and
//! there is one for every requirement of clients.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt as _};
use harness::event::{Format, Outcome, Party};
use harness::spec::Verification;
use harness::suite::Suite;
use tokio::sync::OnceCell;

use super::raw::{Habit, Walker};
use super::{Session, everywhere, found, row, suite};

/// A bad habit.
struct Bad {
    name: &'static str,
    breaks: &'static [&'static str],
    /// In which format it shows.
    formats: &'static [Format],
    habit: Habit,
}

/// Bad clients that walk at the same time: they wait for pretended work.
const AT_ONCE: usize = 4;

const BOTH: &[Format] = &Format::ALL;

const fn bad(name: &'static str, breaks: &'static [&'static str], habit: Habit) -> Bad {
    Bad { name, breaks, formats: BOTH, habit }
}

const HABITS: &[Bad] = &[
    bad("builds a URL as it has seen others", &["4.1.3/uris-opaque"], |it, walker| {
        if it.step == "configs" {
            it.url = walker.cep.join("/machineConfigs").unwrap();
        }
        true
    }),
    bad("adds a parameter that CIMI does not define", &["4.1.3/uris-opaque"], |it, _| {
        if it.step == "configs" {
            it.url.set_query(Some("verbose=1"));
        }
        true
    }),
    bad("drops the provider's parameters", &["4.1.6/client-keeps-parameters"], |it, _| {
        if it.step == "template" {
            it.url.set_query(None);
        }
        true
    }),
    bad("puts its parameters in place of the provider's", &["4.1.6/client-keeps-parameters"], |it, _| {
        if it.step == "template" {
            it.url.set_query(Some("$select=name"));
        }
        true
    }),
    bad("resolves against the entry point", &["5.5.10/client-resolves"], |it, walker| {
        if it.step == "images" {
            let relative = it.url.as_str().replace(walker.base.as_str(), "");
            it.url = walker.cep.join(&relative).unwrap();
        }
        true
    }),
    bad("deletes at the resource's own URL", &["4.1.1/client-discovers-operations"], |it, _| {
        if it.step == "delete" {
            it.url.set_query(None);
        }
        true
    }),
    bad("updates at the URL of another operation", &["4.1.1/client-discovers-operations"], |it, _| {
        if it.step == "part" {
            it.url.set_query(Some(&it.url.query().unwrap().replace("do=edit", "do=delete")));
        }
        true
    }),
    bad("misspells a parameter of CIMI", &["4.1.6/client-parameters"], |it, _| {
        if it.step == "filtered" {
            it.url.set_query(Some("$filters=name%3D%27backup%27"));
        }
        true
    }),
    bad("counts from 0", &["4.1.6/client-parameters"], |it, _| {
        if it.step == "filtered" {
            it.url.set_query(Some("$first=0&$filter=name%3D%27backup%27"));
        }
        true
    }),
    bad("does not say what it wants", &["4.1.6.5/client-sends-accept"], |it, _| {
        if it.step == "configs" {
            it.accept = None;
        }
        true
    }),
    bad("asks for web pages", &["4.1.6.5/client-sends-accept"], |it, _| {
        if it.step == "configs" {
            it.accept = Some("text/html");
        }
        true
    }),
    bad("sends text", &["4.1.4/client-media-type"], |it, _| {
        if it.step == "create" {
            it.content_type = Some("text/plain");
        }
        true
    }),
    bad("does not say what it sends", &["4.1.4/client-media-type"], |it, _| {
        if it.step == "create" {
            it.content_type = None;
        }
        true
    }),
    bad("sends one format as the other", &["4.1.4/client-body-as-said"], |it, walker| {
        if it.step == "create" {
            let other = if walker.format == Format::Json { Format::Xml } else { Format::Json };
            it.content_type = Some(other.media_type());
        }
        true
    }),
    bad("sends half of a document", &["4.1.4/client-body-as-said"], |it, _| {
        if it.step == "create" {
            it.body = it.body.take().map(|body| body[..body.len() / 2].to_owned());
        }
        true
    }),
    Bad {
        name: "sends XML of a namespace of its own",
        breaks: &["4.1.2/client-namespace"],
        formats: &[Format::Xml],
        habit: |it, _| {
            if it.step == "create" {
                it.body = it.body.take().map(|body| body.replace("http://schemas.dmtf.org/cimi", "urn:mine"));
            }
            true
        },
    },
    bad("adds a volume to the machines", &["4.1.4/client-right-type"], |it, _| {
        if it.step == "create" {
            it.body = it.body.take().map(|body| body.replace("MachineCreate", "VolumeCreate"));
        }
        true
    }),
    bad("makes up an attribute", &["5.3/client-known-attributes"], |it, _| {
        if it.step == "create" {
            it.edit_json(|value| value["colour"] = "red".into());
            it.body = it.body.take().map(|body| body.replace("<name>", "<colour>red</colour><name>"));
        }
        true
    }),
    Bad {
        name: "sends a number where text belongs",
        breaks: &["5.5/client-attribute-types"],
        formats: &[Format::Json],
        habit: |it, _| {
            if it.step == "create" {
                it.edit_json(|value| value["name"] = 5.into());
            }
            true
        },
    },
    bad("sends words where a number belongs", &["5.5/client-attribute-types"], |it, _| {
        if it.step == "whole" {
            it.edit_json(|value| value["cpu"] = "many".into());
            it.drop_attribute("c:cpu");
            it.body = it.body.take().map(|body| body.replace("<c:name>", "<c:cpu>many</c:cpu><c:name>"));
        }
        true
    }),
    bad("asks for a state in which nothing is made", &["5.11.1/client-initial-state"], |it, _| {
        if it.step == "create" {
            it.body = it.body.take().map(|body| body.replace("STOPPED", "HOVERING"));
        }
        true
    }),
    bad("asks for another action than the operation's", &["4.2.1.5/client-names-action"], |it, _| {
        if it.step == "stop" {
            it.body = it.body.take().map(|body| body.replace("/action/stop", "/action/start"));
        }
        true
    }),
    bad("drops what it does not understand", &["4.1.1/client-echoes-unknown"], |it, _| {
        if it.step == "whole" {
            it.drop_attribute("shelfMark");
        }
        true
    }),
    bad("flattens what it does not understand", &["4.1.1/client-echoes-unknown"], |it, _| {
        if it.step == "whole" {
            it.body = it.body.take().map(|body| body.replace("dry", "wet"));
        }
        true
    }),
    bad("sends only what it changes, as if it were all", &["4.2.1.3/client-sends-everything"], |it, _| {
        if it.step == "whole" {
            it.drop_attribute("name");
        }
        true
    }),
    bad("sends no id", &["5.3/consumer-mandatory"], |it, _| {
        if it.step == "whole" {
            it.drop_attribute("id");
        }
        true
    }),
    bad("sends more than $select names", &["4.2.1.3.1/client-names-parts"], |it, _| {
        if it.step == "part" {
            it.edit_json(|value| value["name"] = "walked".into());
            it.body =
                it.body.take().map(|body| body.replace("<description>", "<name>walked</name><description>"));
        }
        true
    }),
    bad("replaces resources whatever it changes", &["4.2.1.3/client-prefers-partial"], |it, _| {
        it.step != "part"
    }),
    bad(
        "stumbles over what it does not know",
        &["4.1.1/client-tolerates-more", "5.3/client-ignores-unknown"],
        |it, walker| {
            // It asks for the entry point again and again, whatever it wants.
            it.url = walker.cep.clone();
            matches!(it.step, "entry" | "machines" | "configs" | "images")
        },
    ),
];

/// Lets a walker with a habit walk; says what is wrong with the judge, if anything is.
async fn fault(bad: &Bad, suite: &Suite) -> Vec<String> {
    let mut faults = Vec::new();
    for (edition, format) in everywhere().filter(|(_, format)| bad.formats.contains(format)) {
        let session = Session::start(edition).await;
        let mut walker = Walker::new(suite, edition, format, session.cep(), bad.habit);
        walker.walk().await;
        let verdicts = session.verdicts(suite, edition);
        let found = found(&verdicts);
        let ids: BTreeSet<&str> = found.keys().copied().collect();
        let breaks: BTreeSet<&str> = bad.breaks.iter().copied().collect();
        if ids != breaks {
            faults.push(format!("{} ({edition}, {format}): {found:#?} in place of {breaks:?}", bad.name));
        }
    }
    faults
}

/// What is wrong with the judge, for each habit; looked at once.
async fn faults() -> &'static [Vec<String>] {
    static FAULTS: OnceCell<Vec<Vec<String>>> = OnceCell::const_new();
    let look = || async {
        let suite = suite();
        let all = stream::iter(HABITS).map(|bad| fault(bad, &suite));
        all.buffered(AT_ONCE).collect().await
    };
    FAULTS.get_or_init(look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_client_is_judged_in_full_and_nothing_is_found() {
    let suite = suite();
    for (edition, format) in everywhere() {
        let session = Session::start(edition).await;
        Walker::new(&suite, edition, format, session.cep(), |_, _| true).walk().await;
        let verdicts = session.verdicts(&suite, edition);
        assert!(found(&verdicts).is_empty(), "{edition} {format}: {:#?}", found(&verdicts));
        let open: Vec<&str> = verdicts
            .iter()
            .filter(|verdict| verdict.outcome != Outcome::Pass)
            .map(|verdict| verdict.case.as_str())
            .collect();
        let other: &[&str] = match format {
            Format::Json => &["client.namespace", "provocation.xml-prefix", "provocation.xml-comment"],
            Format::Xml => &["provocation.member-order"],
        };
        assert_eq!(open, other, "{edition} {format}");
        // The stage is right: nothing that it showed breaks a duty of providers.
        let judged = harness::judge::judge(&session.exchanges(), "stage", &suite, Some(edition));
        let wrong: Vec<_> = judged
            .verdicts
            .iter()
            .filter(|it| it.outcome == Outcome::Fail)
            .flat_map(|it| &it.findings)
            .collect();
        assert!(wrong.is_empty(), "{edition} {format}: {wrong:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_habit_is_found_under_what_it_breaks_and_nothing_else() {
    let faults: Vec<String> = faults().await.iter().flatten().cloned().collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_requirement_of_clients_is_broken_by_a_habit() {
    let suite = suite();
    let broken: BTreeSet<&str> = HABITS.iter().flat_map(|bad| bad.breaks).copied().collect();
    let of_clients = suite.register.values().filter(|it| it.party == Party::Consumer);
    let testable: BTreeSet<&str> = of_clients
        .filter(|it| matches!(&it.verification, Verification::Checks(_)))
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!(broken, testable);
}

/// The kill matrix, for people.
pub(super) async fn report() -> String {
    let mut text = String::from(
        "\n## Bad clients\n\nEach breaks what it says, and is found under that and nothing else.\n\n",
    );
    row(&mut text, &["a client that ...", "breaks", "found"]);
    row(&mut text, &["---", "---", "---"]);
    for (bad, faults) in HABITS.iter().zip(faults().await) {
        row(&mut text, &[bad.name, &bad.breaks.join(", "), if faults.is_empty() { "✓" } else { "✗" }]);
    }
    text
}
