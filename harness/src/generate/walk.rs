//! A walk: operations on a Machine and a Volume in an order that nobody wrote, held against a model of their states.
//!
//! Pure: what the endpoint showed last goes in, the next operation comes out; and so does the case that does all of them.
//! `engine::walk` takes the steps, and shortens a walk that found something.

use super::chance::Chance;
use super::text::{Head, Step, Text, list};
use crate::case::{self, Case, Vocabulary};
use crate::discovery::Discovery;
use crate::event::GENERATED;
use crate::meaning::Resource;
use crate::source::SourceError;
use crate::spec::{StateTable, Tables, Transition};

/// Operations of a walk, without the last one: at least, and how many more by chance.
const SHORTEST: usize = 3;
const MORE: usize = 5;

const TITLE: &str = "a Machine and its Volume are as the last operation leaves them, whatever came before it";

/// What it is to start a Machine that is paused or suspended.
const RESUMES: &str = "5.14.1.2/start-resumes";

/// What a walk judges beside the operations that change the state.
const REQUIREMENTS: [&str; 6] = [
    "4.2.1.1/create-by-post",
    "5.8/state-changes-only-by-operation",
    "5.14.1.2/capture",
    "4.2.1.3.1/partial-set",
    "4.2.1.4/delete",
    "5.15.1/initial-state",
];

/// One thing that a walk does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    /// An operation that changes the state of the Machine.
    Act(String),
    /// The Machine gets another name.
    Rename,
    /// An image is made of it.
    Capture,
    /// The Volume is connected.
    Connect,
    /// It is disconnected.
    Disconnect,
    /// It is deleted.
    DeleteVolume,
    /// The Machine is deleted.
    Delete,
}

/// How a Volume is connected to a Machine, and what that judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attachment {
    /// Its reference is put into the volumes of the Machine, and taken out.
    Insert,
    /// Something that refers to it is added to them, and deleted.
    Add,
}

/// A walk at one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    id: String,
    seed: u64,
    format: &'static str,
    file: String,
    stable: Vec<String>,
    acts: Vec<Transition>,
    attachment: Option<Attachment>,
    /// Whether an end of what was asked for is told by a Job: what leaves the state as it was has no other sign of it.
    has_jobs: bool,
    length: usize,
    /// The state that a new Machine is in, once that is known.
    begin: String,
}

/// Where a walk has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Volume {
    Free,
    Connected,
    Gone,
}

impl Walk {
    /// A walk for an endpoint, which is not any yet: it has to be named.
    pub(super) fn new(seed: u64, states: &StateTable, discovery: &Discovery, tables: &Tables) -> Self {
        let has = |fact: &str| discovery.facts.contains_key(fact);
        let has_jobs = has("jobs");
        let plain = |t: &&Transition| {
            states.stable.contains(&t.to)
                && t.editions.contains(&tables.edition)
                && t.operation != "create"
                && t.clause == "5.14.1.2"
        };
        let tells = |t: &&Transition| has_jobs || !t.from.contains(&t.to);
        let acts = states.transitions.iter().filter(plain).filter(tells).cloned().collect();
        let via =
            tables.types.get("Machine").and_then(|machine| match &machine.attributes.get("volumes")?.kind {
                crate::spec::Kind::Collection { via, .. } => tables.collections.get(via),
                _ => None,
            });
        let attachment = via
            .filter(|_| has("volumes") && has("volumeConfiguration"))
            .map(|via| if via.add.is_some() { Attachment::Add } else { Attachment::Insert });
        let stable = states.stable.clone();
        Self {
            id: String::new(),
            seed,
            format: "",
            file: String::new(),
            stable,
            acts,
            attachment,
            has_jobs,
            length: SHORTEST,
            begin: String::new(),
        }
    }

    /// It, under an id, in a format, and written to a file.
    pub(super) fn named(self, id: &str, format: &'static str, file: &str) -> Self {
        let length = SHORTEST + Chance::of(self.seed, &format!("{id} length")).below(MORE);
        Self { id: id.to_owned(), format, file: file.to_owned(), length, ..self }
    }

    /// It, for Machines that are in this state at first.
    pub(crate) fn beginning(self, begin: String) -> Self {
        Self { begin, ..self }
    }

    /// Everything that it may come to do, once.
    pub(super) fn everything(&self) -> Vec<Op> {
        let acts = self.acts.iter().map(|act| Op::Act(act.operation.clone()));
        let ops =
            acts.chain([Op::Rename, Op::Capture, Op::Connect, Op::Disconnect, Op::DeleteVolume, Op::Delete]);
        let uses_volume = |op: &Op| matches!(op, Op::Connect | Op::Disconnect | Op::DeleteVolume);
        ops.filter(|op| self.attachment.is_some() || !uses_volume(op)).collect()
    }

    /// The chance that chooses its operations.
    pub(crate) fn chance(&self) -> Chance {
        Chance::of(self.seed, &self.id)
    }

    /// The name of the step that shows the Machine after so many operations.
    pub(crate) fn shown_after(operations: usize) -> String {
        format!("m{operations}")
    }

    /// The next operation, given those so far and the Machine as it was shown last; none when the walk is at its end.
    /// `refused` are those that turned out not to be offered.
    pub(crate) fn next(
        &self,
        chance: &mut Chance,
        ops: &[Op],
        refused: &[Op],
        seen: &Resource,
        tables: &Tables,
    ) -> Option<Op> {
        if ops.contains(&Op::Delete) {
            return None;
        }
        let offers = |rel: &str| seen.operation(rel, tables).is_some();
        let state = seen.text("state")?;
        if ops.len() >= self.length {
            let end = Op::Delete;
            return (offers("delete") && self.leads_on(ops, &end, &state) && !refused.contains(&end))
                .then_some(end);
        }
        let mut choices: Vec<(u32, Op)> = self
            .acts
            .iter()
            .filter(|act| offers(&act.operation))
            .map(|act| (4, Op::Act(act.operation.clone())))
            .collect();
        if offers("edit") {
            choices.push((2, Op::Rename));
        }
        if offers("capture") && self.has_jobs && !ops.contains(&Op::Capture) {
            choices.push((1, Op::Capture));
        }
        choices.extend([(3, Op::Connect), (3, Op::Disconnect), (1, Op::DeleteVolume)]);
        choices.retain(|(_, op)| self.leads_on(ops, op, &state) && !refused.contains(op));
        let weighted: Vec<&Op> =
            choices.iter().flat_map(|(weight, op)| std::iter::repeat_n(op, *weight as usize)).collect();
        chance.pick(&weighted).map(|op| (*op).clone())
    }

    /// Whether an operation makes sense after others that left the Machine in this state.
    fn leads_on(&self, before: &[Op], op: &Op, state: &str) -> bool {
        let volume = self.volume(before);
        match op {
            Op::Act(name) => self.act(name).is_some_and(|act| act.from.iter().any(|s| s == state)),
            Op::Rename | Op::Capture | Op::Delete => self.stable.iter().any(|s| s == state),
            Op::Connect | Op::DeleteVolume => volume == Some(Volume::Free),
            Op::Disconnect => volume == Some(Volume::Connected),
        }
    }

    fn volume(&self, ops: &[Op]) -> Option<Volume> {
        self.attachment?;
        Some(ops.iter().fold(Volume::Free, |volume, op| match op {
            Op::Connect => Volume::Connected,
            Op::Disconnect => Volume::Free,
            Op::DeleteVolume => Volume::Gone,
            _ => volume,
        }))
    }

    /// Whether operations make sense in this order.
    pub(crate) fn is_legal(&self, ops: &[Op]) -> bool {
        ops.iter().enumerate().all(|(at, op)| {
            let before = &ops[..at];
            self.leads_on(before, op, self.state(before)) && !before.contains(&Op::Delete)
        })
    }

    fn act(&self, name: &str) -> Option<&Transition> {
        self.acts.iter().find(|act| act.operation == name)
    }

    /// The state that operations leave a Machine in.
    fn state(&self, ops: &[Op]) -> &str {
        let to = |op: &Op| match op {
            Op::Act(name) => self.act(name).map(|act| act.to.as_str()),
            _ => None,
        };
        ops.iter().rev().find_map(to).unwrap_or(&self.begin)
    }

    /// The case that does these operations. Operations at its end add steps at its end, as long as the
    /// Volume is there from the beginning (`whole`); a case that is handed out has none that it does not use.
    ///
    /// # Errors
    /// What is wrong with it, which is a fault of this module.
    pub(crate) fn case(
        &self,
        ops: &[Op],
        whole: bool,
        vocabulary: &Vocabulary,
    ) -> Result<Case, Vec<SourceError>> {
        let text = self.text(ops, whole);
        let cases = case::parse(&self.file, &text, GENERATED, vocabulary)?;
        // The parser hands out a case or says why not.
        cases.into_iter().next().ok_or_else(Vec::new)
    }

    /// The file of the case that does these operations.
    pub(crate) fn text(&self, ops: &[Op], whole: bool) -> String {
        let uses = |op: &Op| matches!(op, Op::Connect | Op::Disconnect | Op::DeleteVolume);
        let volume = self.attachment.filter(|_| whole || ops.iter().any(uses));
        let mut needs = vec!["operation:machines/add", "machineConfiguration", "machineImage"];
        if volume.is_some() {
            needs.extend(["operation:volumes/add", "volumeConfiguration"]);
        }
        let requirements = self.requirements();
        let head = Head {
            id: &self.id,
            title: TITLE,
            requirements: requirements.iter().map(String::as_str).collect(),
            needs: needs.into_iter().map(str::to_owned).collect(),
            format: self.format,
            conduct: "mutates = true",
        };
        let mut text = Text::new(&format!("A walk of cimi-conformance, seed {}.", self.seed), &head);
        if volume.is_some() {
            text.step(
                Step::new("store", "post", "${volumes.@operation.add}")
                    .line("setup = true")
                    .line("settle = true")
                    .line("body = { type = \"VolumeCreate\", name = \"${nonce}-volume\", volumeTemplate = { volumeConfig = { href = \"${volumeConfiguration}\" } } }")
                    .expect("{ status = [201, 202] }"),
            );
            text.step(
                Step::new("stored", "get", "${store.@location}")
                    .expect("{ status = 200 }")
                    .holds("attribute = \"state\", equals = \"AVAILABLE\"", "5.15.1/initial-state"),
            );
        }
        text.step(
            Step::new("made", "post", "${machines.@operation.add}")
                .line("setup = true")
                .line("settle = true")
                .line("body = { type = \"MachineCreate\", name = \"${nonce}\", machineTemplate = { machineConfig = { href = \"${machineConfiguration}\" }, machineImage = { href = \"${machineImage}\" } } }")
                .expect("{ status = [201, 202] }"),
        );
        text.step(Step::new(&Self::shown_after(0), "get", "${made.@location}").expect("{ status = 200 }"));
        for (at, op) in ops.iter().enumerate() {
            for step in self.steps(at + 1, op, ops) {
                text.step(step);
            }
        }
        text.done()
    }

    /// What any walk judges.
    pub(super) fn common_requirements() -> Vec<String> {
        REQUIREMENTS.map(str::to_owned).into()
    }

    /// What it may come to judge.
    pub(super) fn requirements(&self) -> Vec<String> {
        let of_act = |act: &Transition| {
            [format!("{}/{}", act.clause, act.operation), format!("{}/{}-to", act.clause, act.operation)]
        };
        let attachment = match self.attachment {
            Some(Attachment::Insert) => vec!["5.5.12.2/insert", "5.5.12.3/remove"],
            Some(Attachment::Add) => vec!["DSP8009/attachment-by-add"],
            None => Vec::new(),
        };
        let own = self.acts.iter().flat_map(of_act).chain(attachment.into_iter().map(str::to_owned));
        Self::common_requirements().into_iter().chain([RESUMES.to_owned()]).chain(own).collect()
    }

    /// The steps of an operation, the `at`th.
    fn steps(&self, at: usize, op: &Op, ops: &[Op]) -> Vec<Step> {
        let before = Self::shown_after(at - 1);
        let done = format!("do-{at}");
        let same = Step::new(&Self::shown_after(at), "get", "${made.@location}").holds(
            &format!("attribute = \"state\", equals = \"${{{before}.state}}\""),
            "5.8/state-changes-only-by-operation",
        );
        match op {
            Op::Act(name) => self.act_steps(at, name, ops),
            Op::Rename => {
                let name = format!("${{nonce}}-{at}");
                let rename = Step::new(&done, "put", &format!("${{{before}.@operation.edit}}"))
                    .query(&[("$select", vec!["name".to_owned()])])
                    .line("settle = true")
                    .line(&format!("body = {{ type = \"Machine\", name = \"{name}\" }}"))
                    .holds("status = [200, 202, 204]", "4.2.1.3.1/partial-set");
                vec![
                    rename,
                    same.holds(
                        &format!("attribute = \"name\", equals = \"{name}\""),
                        "4.2.1.3.1/partial-set",
                    ),
                ]
            }
            Op::Capture => {
                let capture = Step::new(&done, "post", &format!("${{{before}.@operation.capture}}"))
                    .line("settle = true")
                    .line(&format!("body = {{ type = \"MachineImage\", name = \"${{nonce}}-image\", \"@type\" = \"IMAGE\", imageLocation = \"${{{before}.id}}\" }}"))
                    .holds("status = [200, 201, 202]", "5.14.1.2/capture");
                let stable = list(&self.stable);
                vec![capture, same.line(&format!("wait = {{ attribute = \"state\", until = {stable} }}"))]
            }
            Op::Connect => self.connect(at, same),
            Op::Disconnect => self.disconnect(at, ops, same),
            Op::DeleteVolume => {
                let mut steps = delete(at, "${store.@location}");
                steps.push(same);
                steps
            }
            Op::Delete => delete(at, "${made.@location}"),
        }
    }

    fn act_steps(&self, at: usize, name: &str, ops: &[Op]) -> Vec<Step> {
        let Some(act) = self.act(name) else { return Vec::new() };
        let (requirement, leads_to) = match (name, self.state(&ops[..at - 1])) {
            ("start", "PAUSED" | "SUSPENDED") => (RESUMES.to_owned(), RESUMES.to_owned()),
            _ => (format!("{}/{name}", act.clause), format!("{}/{name}-to", act.clause)),
        };
        let failing: Vec<&String> =
            self.stable.iter().filter(|s| **s != act.to && !act.from.contains(s)).collect();
        let before = Self::shown_after(at - 1);
        let ask = Step::new(&format!("do-{at}"), "post", &format!("${{{before}.@operation.{name}}}"))
            .line("settle = true")
            .line(&format!("body = {{ type = \"Action\", action = \"{name}\" }}"))
            .holds("status = [200, 202, 204]", &requirement);
        let shown = Step::new(&Self::shown_after(at), "get", "${made.@location}")
            .line(&format!(
                "wait = {{ attribute = \"state\", until = [\"{}\"], failing = {}, requirement = \"{leads_to}\" }}",
                act.to,
                list(&failing)
            ))
            .holds(&format!("attribute = \"state\", equals = \"{}\"", act.to), &leads_to);
        vec![ask, shown]
    }

    fn connect(&self, at: usize, same: Step) -> Vec<Step> {
        let volumes = format!("${{{}.volumes.href}}", Self::shown_after(at - 1));
        let insert = self.attachment != Some(Attachment::Add);
        let (rel, body, status, requirement) = if insert {
            let body = "type = \"Action\", action = \"insert\"";
            ("insert", body, "[200, 201, 202, 204]", "5.5.12.2/insert")
        } else {
            ("add", "type = \"MachineVolume\"", "[201, 202]", "DSP8009/attachment-by-add")
        };
        let ask = Step::new(&format!("do-{at}"), "post", &format!("${{before-{at}.@operation.{rel}}}"))
            .line("settle = true")
            .line(&format!("body = {{ {body}, initialLocation = \"/dev/vdy\", volume = {{ href = \"${{store.@location}}\" }} }}"))
            .holds(&format!("status = {status}"), requirement);
        vec![
            Step::read(&format!("before-{at}"), &volumes).line(&format!("needs = [\"operation:{rel}\"]")),
            ask,
            Step::new(&format!("after-{at}"), "get", &volumes)
                .holds(&format!("attribute = \"count\", above = \"${{before-{at}.count}}\""), requirement),
            same,
        ]
    }

    fn disconnect(&self, at: usize, ops: &[Op], same: Step) -> Vec<Step> {
        let volumes = format!("${{{}.volumes.href}}", Self::shown_after(at - 1));
        let connected = ops[..at].iter().rposition(|op| *op == Op::Connect).map_or(0, |at| at + 1);
        let done = format!("do-{at}");
        let mut steps = vec![Step::read(&format!("before-{at}"), &volumes)];
        let requirement = if self.attachment == Some(Attachment::Add) {
            let one = format!("one-{at}");
            steps.push(
                Step::read(&one, &format!("${{do-{connected}.@location}}"))
                    .line("needs = [\"operation:delete\"]"),
            );
            steps.push(
                Step::new(&done, "delete", &format!("${{{one}.@operation.delete}}"))
                    .line("settle = true")
                    .holds("status = [200, 202, 204]", "DSP8009/attachment-by-add"),
            );
            "DSP8009/attachment-by-add"
        } else {
            steps[0] = steps[0].clone().line("needs = [\"operation:remove\"]");
            steps.push(
                Step::new(&done, "post", &format!("${{before-{at}.@operation.remove}}"))
                    .line("settle = true")
                    .line("body = { type = \"Action\", action = \"remove\", volume = { href = \"${store.@location}\" } }")
                    .holds("status = [200, 202, 204]", "5.5.12.3/remove"),
            );
            "5.5.12.3/remove"
        };
        steps.push(
            Step::new(&format!("after-{at}"), "get", &volumes)
                .holds(&format!("attribute = \"count\", below = \"${{before-{at}.count}}\""), requirement),
        );
        steps.push(same);
        steps
    }
}

/// The steps that delete what is at a URL.
fn delete(at: usize, url: &str) -> Vec<Step> {
    vec![
        Step::read(&format!("last-{at}"), url).line("needs = [\"operation:delete\"]"),
        Step::new(&format!("do-{at}"), "delete", &format!("${{last-{at}.@operation.delete}}"))
            .line("settle = true")
            .holds("status = [200, 202, 204]", "4.2.1.4/delete"),
        Step::new(&format!("gone-{at}"), "get", url)
            .line("wait = { gone = true, requirement = \"4.2.1.4/delete\" }")
            .holds("status = [404, 410]", "4.2.1.4/delete"),
    ]
}
