//! Operations and what they do to states, killed: what a right cloud answered to an operation, or showed of the state after it,
//! is made wrong in the recording, and the case that asked for it is judged again and has to report that.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use harness::check::{Context, Seen, bare};
use harness::engine::{self, Past};
use harness::event::{Edition, Event, Exchange, ExchangeId, Format, Formats, Outcome};
use harness::links::Links;
use harness::spec::{Aspect, Declared, Tables};
use harness::suite::Suite;
use serde_json::json;

use super::tables::Killed;
use super::wrong::{self, Change};
use crate::heard::{Heard, settings};

/// How many times one thing is made wrong, each time in another case, until it is reported.
const TRIES: usize = 6;

/// Which format it was found out in first, chance says: what runs side by side is recorded in another order each time.
const EITHER: &str = "either";

/// What a table states about an operation: the type, and its name.
type Key = (String, String);

/// What is made wrong.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    /// The operation is refused, though it was offered.
    Refused,
    /// What was deleted can still be read.
    StillThere,
    /// The resource is in ERROR afterwards.
    Elsewhere,
}

/// Where an operation was asked for, and of which resource.
#[derive(Debug, Clone)]
struct Asked<'e> {
    exchange: &'e Exchange,
    /// The URL of the resource; of what was made, when one was.
    resource: String,
}

/// A run of a right cloud.
struct Run<'e> {
    events: &'e [Event],
    exchanges: Vec<&'e Exchange>,
    asked: BTreeMap<Key, Vec<Asked<'e>>>,
    suite: &'e Arc<Suite>,
    edition: Edition,
}

/// What is to be made wrong, and where that can be tried.
struct Sought<'e> {
    id: String,
    wrong: Wrong,
    places: VecDeque<Asked<'e>>,
}

/// Makes each operation of the tables fail once, and each transition lead elsewhere: many at a time, each in a case of its own.
pub(crate) async fn kill(events: &[Event], edition: Edition, suite: &Arc<Suite>) -> Killed {
    let run = Run::of(events, edition, suite);
    let mut killed = Killed::new();
    let mut sought: Vec<Sought<'_>> = suite.declared().values().filter_map(|it| run.sought(it)).collect();
    loop {
        let mut changes: BTreeMap<Place, Vec<Exchange>> = BTreeMap::new();
        let mut tried: Vec<(String, Place)> = Vec::new();
        for one in &mut sought {
            let Some(at) = one.places.iter().position(|it| !changes.contains_key(&place(it.exchange))) else {
                continue;
            };
            let Some(asked) = one.places.remove(at) else { continue };
            let wrong = run.wrong(one.wrong, &asked);
            if !wrong.is_empty() {
                tried.push((one.id.clone(), place(asked.exchange)));
                changes.insert(place(asked.exchange), wrong);
            }
        }
        if tried.is_empty() && sought.iter().all(|one| one.places.is_empty()) {
            return killed;
        }
        let reported = run.reported(&changes).await;
        for (id, _) in tried.into_iter().filter(|(_, place)| reported.contains(place)) {
            sought.retain(|one| one.id != id);
            killed.insert((id, edition, EITHER));
        }
    }
}

/// A case and the format that it is run in.
type Place = (Option<String>, Option<Format>);

fn place(exchange: &Exchange) -> Place {
    (exchange.case.clone(), exchange.format)
}

impl<'e> Run<'e> {
    fn of(events: &'e [Event], edition: Edition, suite: &'e Arc<Suite>) -> Self {
        let exchange = |event: &'e Event| match event {
            Event::Exchange(exchange) => Some(&**exchange),
            _ => None,
        };
        let mut exchanges: Vec<&Exchange> = events.iter().filter_map(exchange).collect();
        exchanges.sort_by_key(|exchange| exchange.n);
        let asked = asked(&exchanges, suite.tables(edition));
        Self { events, exchanges, asked, suite, edition }
    }

    /// What can be made wrong of what a table states; nothing where it is about something else.
    fn sought(&self, declared: &Declared) -> Option<Sought<'e>> {
        let wrong = match declared.aspect {
            Aspect::Operation => Wrong::Refused,
            Aspect::Transition if declared.name() == "delete" => Wrong::StillThere,
            Aspect::Transition => Wrong::Elsewhere,
            _ => return None,
        };
        let all = self.asked.get(&(declared.owner.clone(), declared.name().to_owned()));
        let mut cases = BTreeSet::new();
        let is_judged = |it: &Asked<'_>| match wrong {
            Wrong::Refused => self.is_judged(it.exchange),
            Wrong::StillThere | Wrong::Elsewhere => self.reads(it).any(|read| self.is_judged(read)),
        };
        let in_case = |it: &&Asked<'e>| is_judged(it) && cases.insert(place(it.exchange));
        let places: VecDeque<_> = all.into_iter().flatten().filter(in_case).take(TRIES).cloned().collect();
        (declared.editions.contains(&self.edition) && !places.is_empty()).then(|| Sought {
            id: declared.id.clone(),
            wrong,
            places,
        })
    }

    /// Whether a case judges the reply: not where the step merely prepares, or takes away again.
    fn is_judged(&self, exchange: &Exchange) -> bool {
        let case = self.suite.cases.iter().find(|case| Some(&case.id) == exchange.case.as_ref());
        let step =
            case.and_then(|case| case.steps.iter().find(|step| Some(&step.name) == exchange.step.as_ref()));
        step.is_some_and(|step| !step.setup)
    }

    fn wrong(&self, wrong: Wrong, asked: &Asked<'_>) -> Vec<Exchange> {
        match wrong {
            Wrong::Refused => vec![refused(asked)],
            Wrong::StillThere => self.still_there(asked),
            Wrong::Elsewhere => self.elsewhere(asked),
        }
    }

    fn still_there(&self, asked: &Asked<'_>) -> Vec<Exchange> {
        let still = |mut exchange: Exchange| {
            let response = exchange.response.as_mut().filter(|it| matches!(it.status, 404 | 410))?;
            response.status = 200;
            Some(exchange)
        };
        self.reads(asked).cloned().filter_map(still).collect()
    }

    fn elsewhere(&self, asked: &Asked<'_>) -> Vec<Exchange> {
        let tables = self.suite.tables(self.edition);
        let error = |mut exchange: Exchange| {
            let links = Links::default();
            let seen = Seen::new(&exchange, &Context { tables, links: &links });
            let kind = seen.reading.as_ref()?.resource.type_name.clone()?;
            let attribute = tables.types.get(&kind)?.attributes.get("state")?;
            let (change, path) = (Change::Becomes(json!("ERROR")), ["state".to_owned()]);
            let format = seen.format()?;
            let body = seen.body()?;
            let body = match format {
                Format::Json => wrong::in_json(body, &path, attribute, &change).into_iter().next(),
                Format::Xml => wrong::in_xml(body, &path, attribute, &change),
            };
            exchange.response.as_mut()?.body = Some(harness::event::Body::Text(body?));
            Some(exchange)
        };
        self.reads(asked).cloned().filter_map(error).collect()
    }

    /// What the case read of the resource after it had asked.
    fn reads<'r>(&'r self, asked: &'r Asked<'_>) -> impl Iterator<Item = &'e Exchange> + 'r {
        let of_it = |it: &&&Exchange| {
            it.n > asked.exchange.n
                && it.case == asked.exchange.case
                && it.format == asked.exchange.format
                && it.request.method == "GET"
                && bare(&it.request.url) == asked.resource
        };
        self.exchanges.iter().filter(of_it).copied()
    }

    /// Judges cases again with other replies; which of them report one of these.
    async fn reported(&self, changes: &BTreeMap<Place, Vec<Exchange>>) -> BTreeSet<Place> {
        let wrong: BTreeMap<ExchangeId, &Exchange> =
            changes.values().flatten().map(|it| (it.n, it)).collect();
        let concerned = |event: &&Event| match event {
            Event::Exchange(it) => it.case.is_none() || changes.contains_key(&place(it)),
            Event::Verdict(it) => changes.keys().any(|(case, format)| {
                case.as_ref() == Some(&it.case) && is_of(it.format, *format) && it.outcome == Outcome::Pass
            }),
            _ => true,
        };
        let events = self.events.iter().filter(concerned).map(|event| match event {
            Event::Exchange(it) => {
                let other = wrong.get(&it.n);
                Event::Exchange(other.map_or_else(|| it.clone(), |other| Box::new((*other).clone())))
            }
            other => other.clone(),
        });
        let past = Past::of(events.collect::<Vec<_>>()).expect("it is a whole run");
        let only = changes.keys().filter_map(|(case, _)| case.clone()).collect();
        let heard = Heard::default();
        let again =
            engine::again(Arc::new(past), self.suite.clone(), settings(only), Box::new(heard.clone()));
        again.await.expect("a recording can be judged");
        let verdicts = heard.verdicts();
        let reports = |(case, format): &&Place| {
            let of_it =
                verdicts.iter().filter(|it| case.as_ref() == Some(&it.case) && is_of(it.format, *format));
            let mut findings = of_it.flat_map(|it| &it.findings);
            findings.any(|finding| finding.exchange.is_some_and(|n| wrong.contains_key(&n)))
        };
        changes.keys().filter(reports).cloned().collect()
    }
}

fn refused(asked: &Asked<'_>) -> Exchange {
    let mut wrong = asked.exchange.clone();
    if let Some(response) = &mut wrong.response {
        response.status = 405;
        response.body = None;
    }
    wrong
}

fn is_of(formats: Formats, format: Option<Format>) -> bool {
    match formats {
        Formats::Json => format == Some(Format::Json),
        Formats::Xml => format == Some(Format::Xml),
        Formats::Both => true,
    }
}

/// The links of a run, and what was offered: the URL of an operation and its name, the type that offers it and its id.
type Offers = BTreeMap<(String, String), (String, String)>;

/// What all replies together teach, in whichever order they came.
fn learnt(exchanges: &[&Exchange], tables: &Tables) -> (Links, Offers) {
    let (mut links, mut offers) = (Links::default(), Offers::new());
    let reads = exchanges.iter().filter(|it| it.request.method == "GET" && is_success(it));
    for exchange in reads {
        let seen = Seen::new(exchange, &Context { tables, links: &links });
        let Some(resource) = seen.reading.map(|it| it.resource) else { continue };
        let base = resource.text("baseURI").and_then(|base| base.parse().ok());
        links.base = links.base.or(base);
        links.learn(&exchange.request.url, &resource, tables);
        for shown in std::iter::once(&resource).chain(&resource.items) {
            let Some((kind, id)) = shown.type_name.clone().zip(shown.text("id")) else { continue };
            let Some(id) = links.resolve(&id, &exchange.request.url) else { continue };
            for operation in shown.operations.iter().filter(|_| tables.types.contains_key(&kind)) {
                let Some(href) = links.resolve(&operation.href, &exchange.request.url) else { continue };
                let rel = tables.short_rel(&operation.rel).to_owned();
                offers.insert((bare(&href), rel), (kind.clone(), bare(&id)));
            }
        }
    }
    (links, offers)
}

/// Which operations of which types were asked for with success, and where. To create is one, too.
fn asked<'e>(exchanges: &[&'e Exchange], tables: &Tables) -> BTreeMap<Key, Vec<Asked<'e>>> {
    let (links, offers) = learnt(exchanges, tables);
    let mut all: BTreeMap<Key, Vec<Asked<'e>>> = BTreeMap::new();
    for exchange in exchanges.iter().filter(|it| is_success(it)) {
        let url = bare(&exchange.request.url);
        let made = || {
            let of = tables.collections.get(links.types.get(&url)?)?.of.clone();
            let location = exchange.response.as_ref()?.header("Location")?;
            let made = links.resolve(location, &exchange.request.url)?;
            Some(((of, "create".to_owned()), bare(&made)))
        };
        let acted = || {
            let (_, rel) =
                offers.range((url.clone(), String::new())..).map(|(key, _)| key).find(|key| key.0 == url)?;
            let (kind, id) = &offers[&(url.clone(), rel.clone())];
            Some(((kind.clone(), rel.clone()), id.clone()))
        };
        let known =
            |operation: &str| Some(((links.types.get(&url)?.clone(), operation.to_owned()), url.clone()));
        let found = match exchange.request.method.as_str() {
            "PUT" => known("edit"),
            "DELETE" => known("delete"),
            "POST" => acted().or_else(made),
            _ => None,
        };
        if let Some((key, resource)) = found {
            all.entry(key).or_default().push(Asked { exchange, resource });
        }
    }
    for places in all.values_mut() {
        places.sort_by_key(|it| place(it.exchange));
    }
    all
}

fn is_success(exchange: &Exchange) -> bool {
    exchange.response.as_ref().is_some_and(|it| (200..300).contains(&it.status))
}
