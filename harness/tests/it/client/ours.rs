//! The clients of this project: the library's, and the manager's connector.

use std::fmt::Write as _;
use std::time::Duration;

use cimi::client::{Client, Narrow, Options, Wait};
use cimi::codec;
use cimi::model::schema;
use cimi::{Attributes, Document, Reference, Value};
use harness::event::{Edition, Format, Outcome, Verdict};
use harness::suite::Suite;
use multicloud::connector::cimi_cloud::CimiCloud;
use multicloud::connector::{
    Connector as _, Creation, Found, JobState, Parts, Rest, Service as _, Started, Token,
};
use multicloud::kind::Kind;

use super::{Session, everywhere, found, row};

/// How long anything may take that is waited for.
const PATIENCE: Wait = Wait {
    within: Duration::from_secs(20),
    first: Duration::from_millis(5),
    slowest: Duration::from_millis(100),
};

fn options(format: Format) -> Options {
    let format = match format {
        Format::Json => codec::Format::Json,
        Format::Xml => codec::Format::Xml,
    };
    Options { format: Some(format), ..Options::default() }
}

/// A template of which a machine is made that does not run.
fn stopped(href: &str) -> Reference {
    Reference { attributes: Attributes::new().with("initialState", "STOPPED"), ..Reference::to(href) }
}

/// Does with the library's client what the guide says.
async fn library(cep: &str, format: Format) {
    let client = Client::connect(cep, options(format)).await.unwrap();
    let schema = |name| schema(client.edition(), name);
    let list = async |link: &str, collection, narrow: Narrow| {
        client.list(client.link(link).unwrap(), schema(collection), &narrow).await.unwrap()
    };
    let machines = list("machines", "MachineCollection", Narrow::default()).await;
    let templates = list("machineTemplates", "MachineTemplateCollection", Narrow::default()).await;
    list("resourceMetadata", "ResourceMetadataCollection", Narrow::default()).await;
    let template = stopped(templates.members[0].id().unwrap());
    let attributes = Attributes::new().with("name", "ours").with("machineTemplate", template);
    let made = client
        .create(&machines.collection, &Document::with(schema("MachineCreate"), attributes))
        .await
        .unwrap();
    client.settle(&made, PATIENCE).await.unwrap();
    let machine = [schema("Machine")];
    let mine = client.get(made.location.as_deref().unwrap(), &machine).await.unwrap();
    let changes = Attributes::new().with("description", "changed in part");
    client.update_some(&mine.document, changes, &[], mine.etag.as_deref()).await.unwrap();
    let mut mine = client.get(mine.document.id().unwrap(), &machine).await.unwrap();
    mine.document.attributes.set("description", "changed as a whole");
    client.update(&mine.document, mine.etag.as_deref()).await.unwrap();
    let operation =
        ["start", "stop"].into_iter().find(|it| client.offer(&mine.document, it).is_some()).unwrap();
    let done = client.act(&mine.document, operation, Attributes::new()).await.unwrap();
    client.settle(&done, PATIENCE).await.unwrap();
    let named = Narrow { filter: Some("name='backup'".to_owned()), ..Narrow::default() };
    let volumes = list("volumes", "VolumeCollection", named).await;
    let backup = client.get(volumes.members[0].id().unwrap(), &[schema("Volume")]).await.unwrap();
    client.delete(&backup.document).await.unwrap();
}

/// Does the same with the manager's connector, as far as it goes: it replaces nothing as a whole.
async fn connector(cep: &str, format: Format) {
    let cloud = CimiCloud::new(cep, options(format), "judged");
    cloud.discover().await.unwrap();
    let template = cloud.list(Kind::MachineTemplate).await.unwrap().remove(0);
    let creation = Creation {
        kind: Kind::Machine,
        common: Attributes::new().with("name", "ours"),
        template: stopped(&template.native.0),
        within: None,
        token: Token { manager: "judged".to_owned(), number: 1 },
    };
    let made = cloud.create(&creation).await.unwrap();
    finish(&cloud, &made).await;
    let machine = made.created.unwrap();
    let set = Attributes::new().with("description", "changed in part");
    cloud.update(Kind::Machine, &machine, &set, &[]).await.unwrap();
    let volumes = cloud.list(Kind::Volume).await.unwrap();
    let is_backup = |it: &&Found| it.attributes.get("name").and_then(Value::as_str) == Some("backup");
    let backup = &volumes.iter().find(is_backup).unwrap().native;
    let attached = cloud.insert(&machine, Parts::VOLUMES, backup, &Attributes::new()).await.unwrap();
    finish(&cloud, &attached).await;
    let detached = cloud.remove(&machine, Parts::VOLUMES, backup).await.unwrap();
    finish(&cloud, &detached).await;
    cloud.find(Kind::Machine, &creation.token).await.unwrap().unwrap();
    let offers = cloud.get(Kind::Machine, &machine).await.unwrap().offers;
    let operation = ["start", "stop"].into_iter().find(|it| offers.iter().any(|offer| offer == it)).unwrap();
    cloud.act(Kind::Machine, &machine, operation, &Attributes::new()).await.unwrap();
    cloud.get(Kind::Volume, backup).await.unwrap();
    cloud.delete(Kind::Volume, backup).await.unwrap();
}

/// Asks for the Job of a change until it has ended.
async fn finish(cloud: &CimiCloud, started: &Started) {
    let Rest::Job(job, _) = &started.rest else { return };
    while let JobState::Running { .. } = cloud.job(job).await.unwrap() {
        tokio::task::yield_now().await;
    }
}

/// What our clients come to.
pub(super) async fn report(suite: &Suite) -> String {
    let mut text = String::from(
        "\n## Our clients\n\n\
         The library's client (`cimi::client`) and the connector of the manager. ✓ holds, ! a recommendation is not followed,\n\
         ✗ does not hold, n had no occasion.\n",
    );
    for (name, is_library) in [("cimi::client", true), ("the manager's connector", false)] {
        let mut columns: Vec<(Edition, Format, Vec<Verdict>)> = Vec::new();
        for (edition, format) in everywhere() {
            let session = Session::start(edition).await;
            if is_library {
                library(session.stage.cep(), format).await;
            } else {
                connector(session.stage.cep(), format).await;
            }
            let verdicts = session.verdicts(suite, edition);
            assert!(found(&verdicts).is_empty(), "{name} {edition} {format}: {:#?}", found(&verdicts));
            columns.push((edition, format, verdicts));
        }
        writeln!(text, "\n### {name}\n").unwrap();
        let heads: Vec<String> =
            columns.iter().map(|(edition, format, _)| format!("{edition} {format}")).collect();
        let mut cells = vec!["what holds"];
        cells.extend(heads.iter().map(String::as_str));
        row(&mut text, &cells);
        row(&mut text, &vec!["---"; cells.len()]);
        for (at, verdict) in columns[0].2.iter().enumerate() {
            let title = format!("{} (`{}`)", verdict.title, verdict.case);
            let mut cells = vec![title.as_str()];
            cells.extend(columns.iter().map(|(_, _, verdicts)| sign(verdicts[at].outcome)));
            row(&mut text, &cells);
        }
    }
    text
}

fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✓",
        Outcome::Warn => "!",
        Outcome::NotApplicable => "n",
        Outcome::Blocked => "b",
        _ => "✗",
    }
}
