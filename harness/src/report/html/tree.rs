//! The tree of clauses, with a verdict on each statement: a flat row of pieces, since a template does not call itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::event::{Clause, Outcome, Verdict};
use crate::report::matrix::sign;
use crate::report::run::Run;
use crate::report::standing::{Stand, Standing, State, standings};
use crate::report::text;

/// Verdicts linked from one statement at one endpoint: the first ones show as much as all of them.
const LINKED: usize = 5;

/// A piece of the tree.
pub(super) enum Piece {
    /// A clause begins: what stands up to its end is below it.
    Open(Branch),
    /// A statement.
    Leaf(Leaf),
    /// The innermost clause ends.
    Close,
}

/// A clause, and how what is below it stands.
pub(super) struct Branch {
    pub(super) number: String,
    pub(super) title: String,
    pub(super) counts: Vec<Count>,
    pub(super) is_open: bool,
}

/// How many statements stand so.
pub(super) struct Count {
    pub(super) state: &'static str,
    pub(super) sign: char,
    pub(super) meaning: &'static str,
    pub(super) number: usize,
}

/// A statement.
pub(super) struct Leaf {
    pub(super) anchor: String,
    pub(super) state: &'static str,
    pub(super) sign: char,
    pub(super) id: String,
    pub(super) duty: String,
    pub(super) summary: String,
    pub(super) why: String,
    pub(super) stands: Vec<At>,
}

/// How a statement stands at an endpoint.
pub(super) struct At {
    pub(super) endpoint: String,
    pub(super) state: &'static str,
    /// Where it leads to, and its words.
    pub(super) links: Vec<(String, String)>,
    pub(super) more: usize,
}

/// The whole tree.
pub(super) struct Tree {
    pub(super) pieces: Vec<Piece>,
    pub(super) counts: Vec<Count>,
}

impl Tree {
    pub(super) fn of(run: &Run) -> Self {
        let standings = standings(run);
        let mut by_clause: BTreeMap<&str, Vec<&Standing<'_>>> = BTreeMap::new();
        for standing in &standings {
            by_clause.entry(&standing.statement.clause).or_default().push(standing);
        }
        let mut grower = Grower { run, by_clause, pieces: Vec::new() };
        let clauses = &run.statements.clauses;
        for clause in clauses.iter().filter(|clause| above(clause, clauses).is_none()) {
            grower.grow(clause, clauses);
        }
        // What names a clause that nobody knows is shown all the same.
        let strays: Vec<&str> = grower.by_clause.keys().copied().collect();
        for number in strays {
            grower.grow(&Clause { number: number.to_owned(), title: String::new() }, &[]);
        }
        Self { pieces: grower.pieces, counts: counts(&standings.iter().collect::<Vec<_>>()) }
    }
}

/// The clause right above another.
fn above<'c>(clause: &Clause, clauses: &'c [Clause]) -> Option<&'c Clause> {
    let is_above = |other: &&Clause| {
        let rest = clause.number.strip_prefix(&other.number).and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    clauses.iter().filter(is_above).max_by_key(|other| other.number.len())
}

struct Grower<'r> {
    run: &'r Run,
    /// What is not in the tree yet.
    by_clause: BTreeMap<&'r str, Vec<&'r Standing<'r>>>,
    pieces: Vec<Piece>,
}

impl<'r> Grower<'r> {
    /// Adds a clause with all that is below it, unless that is nothing; hands over what that is.
    fn grow(&mut self, clause: &Clause, clauses: &[Clause]) -> Vec<&'r Standing<'r>> {
        let begin = self.pieces.len();
        let mut all = self.by_clause.remove(clause.number.as_str()).unwrap_or_default();
        let leaves = all.iter().map(|standing| Piece::Leaf(Leaf::of(self.run, standing)));
        self.pieces.extend(leaves.collect::<Vec<_>>());
        for below in clauses.iter().filter(|other| above(other, clauses) == Some(clause)) {
            all.extend(self.grow(below, clauses));
        }
        if !all.is_empty() {
            let is_open = all.iter().any(|standing| is_bad(standing.worst()));
            let counts = counts(&all);
            let (number, title) = (text::line(&clause.number), text::line(&clause.title));
            self.pieces.insert(begin, Piece::Open(Branch { number, title, counts, is_open }));
            self.pieces.push(Piece::Close);
        }
        all
    }
}

/// Whether somebody has to look at it.
fn is_bad(state: State) -> bool {
    matches!(state, State::Judged(Outcome::Fail | Outcome::Error | Outcome::Flaky))
}

fn counts(standings: &[&Standing<'_>]) -> Vec<Count> {
    let mut counted: BTreeMap<State, usize> = BTreeMap::new();
    for standing in standings {
        *counted.entry(standing.worst()).or_default() += 1;
    }
    let count = |(state, number): (State, usize)| Count {
        state: state.name(),
        sign: mark(state),
        meaning: meaning(state),
        number,
    };
    counted.into_iter().map(count).collect()
}

fn mark(state: State) -> char {
    match state {
        State::Judged(outcome) => sign(outcome),
        State::Unreached => '?',
        State::Unasked => '·',
        State::OtherEdition => '-',
        State::Untestable => 'u',
    }
}

fn meaning(state: State) -> &'static str {
    match state {
        State::Judged(outcome) => crate::report::matrix::meaning(outcome),
        State::Unreached => "not judged: the cases that name it ended before they got to it",
        State::Unasked => "not judged: no case that was run names it",
        State::OtherEdition => "holds in another edition only",
        State::Untestable => "cannot be verified from outside",
    }
}

impl Leaf {
    fn of(run: &Run, standing: &Standing<'_>) -> Self {
        let statement = standing.statement;
        let state = standing.worst();
        let editions: Vec<String> = statement.editions.iter().map(ToString::to_string).collect();
        let level = statement.level.to_string().to_uppercase();
        let source = statement.source.iter().map(|source| format!(" · {}", text::line(source)));
        let duty =
            format!("{level} · {} · {}{}", statement.party, editions.join(", "), source.collect::<String>());
        let subjects = run.subjects.iter().zip(&standing.at);
        let stands = subjects.filter(|(_, stand)| !stand.verdicts.is_empty());
        Self {
            anchor: anchor(&statement.id),
            state: state.name(),
            sign: mark(state),
            id: text::line(&statement.id),
            duty,
            summary: text::line(&statement.summary),
            why: match &statement.untestable {
                Some(reason) if state == State::Untestable => {
                    format!("{}: {}", meaning(state), text::line(reason))
                }
                _ => meaning(state).to_owned(),
            },
            stands: stands.map(|(subject, stand)| At::of(run, &subject.endpoint.name, stand)).collect(),
        }
    }
}

impl At {
    fn of(run: &Run, endpoint: &str, stand: &Stand) -> Self {
        let link = |index: &usize| {
            let verdict: &Verdict = &run.verdicts[*index];
            let words = format!("{} [{}]", text::line(&verdict.case), verdict.format);
            (super::anchor_of(verdict.outcome, *index), words)
        };
        Self {
            endpoint: text::line(endpoint),
            state: stand.state.name(),
            links: stand.verdicts.iter().take(LINKED).map(link).collect(),
            more: stand.verdicts.len().saturating_sub(LINKED),
        }
    }
}

/// The name of a statement within the page: its id, with what no address takes spelled out.
pub(super) fn anchor(id: &str) -> String {
    let mut anchor = String::from("s-");
    for c in id.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || ".-_".contains(c) => anchor.push(c),
            '/' => anchor.push_str("--"),
            c => {
                write!(anchor, "_{:x}_", u32::from(c)).expect("a String takes all that is written");
            }
        }
    }
    anchor
}
