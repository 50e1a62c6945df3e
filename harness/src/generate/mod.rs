//! Cases that nobody wrote: generated from what an endpoint shows of itself and from a seed.
//!
//! Pure: discovery and a seed go in, cases in the case language come out, which are run, judged and told as any other.
//! Owns the laws, the stories, the generators and the model of a walk; knows nothing of how a case is run.

use crate::case::{self, Case, Vocabulary};
use crate::discovery::Discovery;
use crate::engine::known::glob;
use crate::event::{Format, GENERATED};
use crate::profile::Subject;
use crate::source::SourceError;
use crate::spec::{StateTable, Tables};
use crate::suite::Suite;

mod bodies;
mod chance;
mod filter;
mod ground;
mod laws;
mod promise;
mod text;
mod walk;

#[cfg(test)]
mod tests;

use bodies::{Plain, STORIES, Story};
use chance::Chance;
use ground::Ground;
use laws::{ALL, LAWS, Law};
use text::{Head, Text};
pub(crate) use walk::{Op, Walk};

/// The id of a walk.
const WALK: &str = "walk.machine";

/// What is asked of the generators.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    /// The name of the endpoint.
    pub endpoint: &'r str,
    /// The seed of the run.
    pub seed: u64,
    /// How many cases are made of each kind; 0: none.
    pub number: u32,
    /// The formats that a case is wanted in; none where it is not wanted. It is made in one of them.
    pub wanted: &'r dyn Fn(Subject<'_>) -> Vec<Format>,
}

/// A kind of generated cases: a law or a story and a collection, or a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The id of the first case of it.
    pub id: String,
    /// What it verifies.
    pub requirements: Vec<String>,
    /// Whether it changes something.
    pub mutates: bool,
}

/// A generated case.
#[derive(Debug, Clone)]
pub struct Program {
    /// The case.
    pub case: Case,
    /// All that it may come to do, where it is the beginning of a walk.
    pub widest: Option<Case>,
    /// Its file.
    pub text: String,
    /// The path of that in the folder of the run.
    pub file: String,
    /// The walk that it is the beginning of, where it is one.
    pub(crate) walk: Option<Walk>,
}

/// What the generators made.
#[derive(Debug, Default)]
pub struct Generated {
    /// Cases.
    pub programs: Vec<Program>,
    /// Cases that turned out not to be any: a fault of the generators, which no endpoint can cause.
    pub faults: Vec<Fault>,
}

/// A case that turned out not to be one.
#[derive(Debug)]
pub struct Fault {
    /// Its id.
    pub id: String,
    /// The format that it was made in.
    pub format: Format,
    /// What is wrong with it.
    pub errors: Vec<SourceError>,
}

impl Kind {
    /// As a profile sees it.
    pub fn subject(&self) -> Subject<'_> {
        Subject { case: &self.id, area: GENERATED, requirements: &self.requirements, mutates: self.mutates }
    }

    /// Whether a pattern fits one of the first `number` cases of it.
    pub fn fits(&self, pattern: &str, number: u32) -> bool {
        let nth = pattern.rsplit_once('.').and_then(|(id, nth)| Some((id, nth.parse::<u32>().ok()?)));
        glob(pattern, &self.id)
            || nth.is_some_and(|(id, nth)| (2..=number).contains(&nth) && glob(id, &self.id))
    }
}

/// Generates cases for an endpoint.
pub fn generate(discovery: &Discovery, tables: &Tables, suite: &Suite, request: Request<'_>) -> Generated {
    let vocabulary = &suite.vocabulary();
    let mut maker = Maker { discovery, tables, vocabulary, request, nth: 1, made: Generated::default() };
    if request.number == 0 {
        return maker.made;
    }
    let grounds = Ground::all(discovery, tables);
    for law in &LAWS {
        maker.law(law, &grounds);
    }
    let plain = Plain::all(discovery, tables, vocabulary);
    for story in &STORIES {
        maker.story(story, &plain);
    }
    if let Some(states) = suite.states.get("Machine") {
        maker.walks(states);
    }
    maker.made
}

/// The kinds of cases that can be generated, at whatever endpoint.
pub fn kinds(suite: &Suite) -> Vec<Kind> {
    let facts = suite.vocabulary().facts;
    let of = |name: String, requirements: &[String], mutates| {
        let kind = |fact: &String| Kind {
            id: format!("{name}.{fact}"),
            requirements: requirements.to_vec(),
            mutates,
        };
        facts.iter().map(kind).collect::<Vec<_>>()
    };
    let laws = LAWS.iter().flat_map(|law| of(format!("law.{}", law.name), &law.requirements(), false));
    let stories =
        STORIES.iter().flat_map(|story| of(format!("body.{}", story.name), &story.requirements(None), true));
    let walk = Kind { id: WALK.to_owned(), requirements: Walk::common_requirements(), mutates: true };
    laws.chain(stories).chain([walk]).collect()
}

/// Makes cases for one endpoint.
struct Maker<'m> {
    discovery: &'m Discovery,
    tables: &'m Tables,
    vocabulary: &'m Vocabulary,
    request: Request<'m>,
    /// The turn that is under way, from 1.
    nth: u32,
    made: Generated,
}

/// What heads a case.
struct Asked<'a> {
    title: &'a str,
    requirements: Vec<String>,
    needs: Vec<String>,
    conduct: &'a str,
    mutates: bool,
}

impl Maker<'_> {
    /// The cases of a law: each over a collection. Where the endpoint does not advertise what the law is about, one shows that.
    fn law(&mut self, law: &Law, grounds: &[Ground<'_>]) {
        let lacks = |capability: &&str| {
            self.discovery.capabilities.get(*capability).is_none_or(|value| value == "false")
        };
        let number = if law.capabilities.iter().any(lacks) { 1 } else { self.request.number };
        let conduct = format!("steady = \"{ALL}\"");
        let name = format!("law.{}", law.name);
        self.turns(&name, number, grounds, |maker, ground| {
            let needs =
                law.capabilities.iter().map(|capability| format!("capability:{capability}")).collect();
            let requirements = law.requirements();
            let asked = Asked { title: law.title, requirements, needs, conduct: &conduct, mutates: false };
            maker.written(&name, ground.collection, &asked, |chance| (law.steps)(*ground, chance))
        });
    }

    /// The cases of a story about bodies: each about a kind of resource.
    fn story(&mut self, story: &Story, kinds: &[Plain<'_>]) {
        let name = format!("body.{}", story.name);
        self.turns(&name, self.request.number, kinds, |maker, kind| {
            let needs = vec![format!("operation:{}/add", kind.collection)];
            let requirements = story.requirements(kind.own.as_deref());
            let asked =
                Asked { title: story.title, requirements, needs, conduct: "mutates = true", mutates: true };
            maker.written(&name, kind.collection, &asked, |chance| (story.steps)(kind, chance))
        });
    }

    /// So many cases over places that chance chooses, none twice before each had its turn.
    fn turns<P: Clone + std::fmt::Debug>(
        &mut self,
        name: &str,
        number: u32,
        places: &[P],
        mut written: impl FnMut(&mut Self, &P) -> Option<()>,
    ) {
        let mut made = 0;
        for nth in 1..=number {
            self.nth = nth;
            for place in Chance::of(self.request.seed, &format!("{name} turn {nth}")).shuffled(places) {
                if made == number {
                    return;
                }
                made += u32::from(written(self, &place).is_some());
            }
        }
    }

    /// Writes a case, and takes it; nothing where it is not wanted, or cannot be.
    fn written(
        &mut self,
        name: &str,
        collection: &str,
        asked: &Asked<'_>,
        steps: impl FnOnce(&mut Chance) -> Option<Vec<text::Step>>,
    ) -> Option<()> {
        let id = numbered(&format!("{name}.{collection}"), self.nth);
        let format = self.format(&id, &asked.requirements, asked.mutates)?;
        let steps = steps(&mut Chance::of(self.request.seed, &id))?;
        let head = Head {
            id: &id,
            title: asked.title,
            requirements: asked.requirements.iter().map(String::as_str).collect(),
            needs: asked.needs.clone(),
            format: format.name(),
            conduct: asked.conduct,
        };
        let comment = format!("Generated by cimi-conformance, seed {}.", self.request.seed);
        let mut text = Text::new(&comment, &head);
        for step in steps {
            text.step(step);
        }
        self.take(&id, format, &text.done());
        Some(())
    }

    /// Walks; what they do is chosen while they are taken.
    fn walks(&mut self, states: &StateTable) {
        let walk = Walk::new(self.request.seed, states, self.discovery, self.tables);
        let requirements = walk.requirements();
        for nth in 1..=self.request.number {
            let id = numbered(WALK, nth);
            let Some(format) = self.format(&id, &requirements, true) else { continue };
            let file = self.file(&id);
            let walk = walk.clone().named(&id, format.name(), &file);
            let begun = walk.case(&[], true, self.vocabulary);
            let whole = walk.case(&walk.everything(), true, self.vocabulary);
            match begun.and_then(|begun| Ok((begun, whole?))) {
                Ok((case, whole)) => {
                    let (text, widest) = (walk.text(&[], true), Some(whole));
                    self.made.programs.push(Program { case, widest, text, file, walk: Some(walk) });
                }
                Err(errors) => self.made.faults.push(Fault { id, format, errors }),
            }
        }
    }

    /// The format of a case: by chance, one of those that it is wanted in.
    fn format(&self, id: &str, requirements: &[String], mutates: bool) -> Option<Format> {
        let wanted = (self.request.wanted)(Subject { case: id, area: GENERATED, requirements, mutates });
        let by_chance = *Chance::of(self.request.seed, &format!("{id} format")).pick(&Format::ALL)?;
        if wanted.contains(&by_chance) { Some(by_chance) } else { wanted.first().copied() }
    }

    fn take(&mut self, id: &str, format: Format, text: &str) {
        let file = self.file(id);
        match case::parse(&file, text, GENERATED, self.vocabulary) {
            Ok(cases) => {
                let program = |case| Program {
                    case,
                    widest: None,
                    text: text.to_owned(),
                    file: file.clone(),
                    walk: None,
                };
                self.made.programs.extend(cases.into_iter().map(program));
            }
            Err(errors) => self.made.faults.push(Fault { id: id.to_owned(), format, errors }),
        }
    }

    /// The file of a case, in the folder of the run: another endpoint has another case of the same id.
    fn file(&self, id: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        let endpoint: String = self.request.endpoint.chars().map(plain).collect();
        format!("{GENERATED}/{id}-{endpoint}.toml")
    }
}

/// The id of the nth case of a kind.
fn numbered(id: &str, nth: u32) -> String {
    if nth == 1 { id.to_owned() } else { format!("{id}.{nth}") }
}
