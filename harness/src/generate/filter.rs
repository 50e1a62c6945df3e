//! Generated filters, and the laws of sets that they obey (DSP0263 4.1.6.1).

use proptest::prelude::{Just, Strategy as _, prop_oneof};
use proptest::strategy::BoxedStrategy;

use super::chance::Chance;
use super::ground::{Column, Ground};
use super::laws::ALL;
use super::text::Step;
use crate::spec::Scalar;

/// What most laws of filters judge.
pub(super) const REQUIREMENTS: [&str; 8] = [
    "4.1.6.1/filter-applied",
    "4.1.6.1/filter-and-or",
    "4.1.6.1/filter-several-are-anded",
    "4.1.6.1/filter-value-first",
    "4.1.6.1/filter-string",
    "4.1.6.1/filter-integer",
    "4.1.6.1/filter-date",
    "4.1.6.1/filter-count",
];

/// A comparison of an attribute with the value that a member has of it.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    name: String,
    scalar: Scalar,
    operator: Operator,
    member: usize,
}

/// A comparison as it is written.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    pub(super) text: String,
    /// Whether the value stands first, and the operator had to be turned round for it.
    is_turned: bool,
}

/// An operator, how it reads the other way round, and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Operator {
    sign: &'static str,
    mirrored: &'static str,
    contrary: &'static str,
    /// The test that no member stands which the operator leaves.
    refuted: &'static str,
    /// Whether it leaves the member that the value is of.
    keeps_its_own: bool,
}

const OPERATORS: [Operator; 6] = [
    Operator { sign: "=", mirrored: "=", contrary: "!=", refuted: "not-equals", keeps_its_own: true },
    Operator { sign: "!=", mirrored: "!=", contrary: "=", refuted: "equals", keeps_its_own: false },
    Operator { sign: "<", mirrored: ">", contrary: ">=", refuted: "at-least", keeps_its_own: false },
    Operator { sign: "<=", mirrored: ">=", contrary: ">", refuted: "above", keeps_its_own: true },
    Operator { sign: ">", mirrored: "<", contrary: "<=", refuted: "at-most", keeps_its_own: false },
    Operator { sign: ">=", mirrored: "<=", contrary: "<", refuted: "below", keeps_its_own: true },
];

impl Atom {
    /// Some comparison of one of these attributes.
    pub(super) fn draw(columns: &[Column], chance: &mut Chance) -> Option<Self> {
        let column = chance.pick(columns)?;
        // Strings are compared with = and != alone.
        let operators = if column.scalar == Scalar::String { &OPERATORS[..2] } else { &OPERATORS[..] };
        let operator = *chance.pick(operators)?;
        let member = *chance.pick(&column.holders)?;
        Some(Self { name: column.name.clone(), scalar: column.scalar, operator, member })
    }

    /// The expression; what does not matter (blanks, the side that the value stands on) is left to chance.
    pub(super) fn expression(&self, chance: &mut Chance) -> Expression {
        let quote = match self.scalar {
            Scalar::String => *chance.pick(&["'", "\""]).unwrap_or(&"'"),
            _ => "",
        };
        let value = format!("{quote}${{{ALL}.item[{}].{}}}{quote}", self.member, self.name);
        let blank = if chance.either() { " " } else { "" };
        if chance.below(4) == 0 {
            let text = format!("{value}{blank}{}{blank}{}", self.operator.mirrored, self.name);
            Expression { text, is_turned: self.operator.sign != self.operator.mirrored }
        } else {
            let text = format!("{}{blank}{}{blank}{value}", self.name, self.operator.sign);
            Expression { text, is_turned: false }
        }
    }

    /// A step that asks for it, and holds the reply against what the comparison says of each member.
    fn step(&self, name: &str, target: &str, expression: &Expression) -> Step {
        let requirement = match self.scalar {
            _ if expression.is_turned => "4.1.6.1/filter-value-first",
            Scalar::Integer => "4.1.6.1/filter-integer",
            Scalar::DateTime => "4.1.6.1/filter-date",
            _ => "4.1.6.1/filter-string",
        };
        let Self { name: attribute, member, operator, .. } = self;
        let own = if operator.keeps_its_own { "contains" } else { "excludes" };
        Step::new(name, "get", target)
            .query(&[("$filter", vec![expression.text.clone()])])
            .expect("{ status = 200 }")
            .holds(
                &format!(
                    "none = \"{attribute}\", {} = \"${{{ALL}.item[{member}].{attribute}}}\"",
                    operator.refuted
                ),
                requirement,
            )
            .holds(&format!("attribute = \"@ids\", {own} = \"${{{ALL}.@ids[{member}]}}\""), requirement)
            .holds("attribute = \"count\", equals-count = true", "4.1.6.1/filter-count")
    }
}

/// The steps that a law of filters begins with: one reads the collection, one shows that `$filter` is heeded at all.
pub(super) fn begin(ground: Ground<'_>) -> Vec<Step> {
    let none = Step::new("none", "get", &ground.target())
        .query(&[("$filter", vec!["name='${nonce}'".to_owned()])])
        .expect("{ status = 200 }")
        .holds("attribute = \"@ids\", length = 0", "4.1.6.1/filter-applied");
    vec![Step::read(ALL, &ground.target()), none]
}

/// `a and b`, or two parameters: the intersection.
pub(super) fn both(ground: Ground<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    let (mut steps, [a, b]) = two(ground, chance)?;
    let (filters, requirement) = if chance.either() {
        (vec![format!("{a} and {b}")], "4.1.6.1/filter-and-or")
    } else {
        (vec![a, b], "4.1.6.1/filter-several-are-anded")
    };
    let sets = "{ \"@intersection\" = [\"${a-1.@ids}\", \"${a-2.@ids}\"] }";
    steps.push(together(ground, filters, sets, requirement));
    Some(steps)
}

/// `a or b`: the union.
pub(super) fn either(ground: Ground<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    let (mut steps, [a, b]) = two(ground, chance)?;
    let sets = "{ \"@union\" = [\"${a-1.@ids}\", \"${a-2.@ids}\"] }";
    steps.push(together(ground, vec![format!("{a} or {b}")], sets, "4.1.6.1/filter-and-or"));
    Some(steps)
}

/// An operator and its contrary, on an attribute that every member has: one is the complement of the other.
pub(super) fn contrary(ground: Ground<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    let everywhere: Vec<Column> = ground.columns().into_iter().filter(|c| c.is_everywhere).collect();
    let atom = Atom::draw(&everywhere, chance)?;
    let operator = *OPERATORS.iter().find(|other| other.sign == atom.operator.contrary)?;
    let expression = atom.expression(chance);
    let step = atom.step("a-1", &ground.target(), &expression);
    let contrary = Atom { operator, ..atom };
    let expression = contrary.expression(chance);
    let other = contrary
        .step("a-2", &ground.target(), &expression)
        .expect(&format!(
            "{{ attribute = \"@ids\", same-set = {{ \"@difference\" = [\"${{{ALL}.@ids}}\", \"${{a-1.@ids}}\"] }} }}"
        ));
    let mut steps = begin(ground);
    steps.extend([step, other]);
    Some(steps)
}

/// A nested expression: what its parts leave, put together likewise.
pub(super) fn nested(ground: Ground<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    let columns = ground.columns();
    let tree = chance.draw(tree())?;
    let mut steps = begin(ground);
    let mut expressions = Vec::new();
    for at in 0..tree.atoms() {
        let atom = Atom::draw(&columns, chance)?;
        let expression = atom.expression(chance);
        steps.push(atom.step(&format!("a-{}", at + 1), &ground.target(), &expression));
        expressions.push(expression.text);
    }
    let (expression, sets) = (tree.expression(&expressions), tree.sets());
    steps.push(together(ground, vec![expression], &sets, "4.1.6.1/filter-and-or"));
    Some(steps)
}

/// Two comparisons, each asked for alone, and their expressions.
fn two(ground: Ground<'_>, chance: &mut Chance) -> Option<(Vec<Step>, [String; 2])> {
    let columns = ground.columns();
    let (a, b) = (Atom::draw(&columns, chance)?, Atom::draw(&columns, chance)?);
    let expressions = [a.expression(chance), b.expression(chance)];
    let mut steps = begin(ground);
    steps.push(a.step("a-1", &ground.target(), &expressions[0]));
    steps.push(b.step("a-2", &ground.target(), &expressions[1]));
    Some((steps, expressions.map(|expression| expression.text)))
}

fn together(ground: Ground<'_>, filters: Vec<String>, sets: &str, requirement: &str) -> Step {
    Step::new("together", "get", &ground.target())
        .query(&[("$filter", filters)])
        .expect("{ status = 200 }")
        .holds(&format!("attribute = \"@ids\", same-set = {sets}"), requirement)
        .holds("attribute = \"count\", equals-count = true", "4.1.6.1/filter-count")
}

/// The shape of an expression. The number of an atom is its place.
#[derive(Debug, Clone)]
enum Tree {
    Atom(usize),
    /// What joins the parts, and whether it stands in parentheses that are not needed.
    Joined(&'static str, bool, Vec<Tree>),
}

/// Shapes of two to four atoms.
fn tree() -> BoxedStrategy<Tree> {
    let leaf = Just(Tree::Atom(0)).boxed();
    let join = |parts: BoxedStrategy<Tree>| {
        let word = prop_oneof![Just("and"), Just("or")];
        let redundant = proptest::bool::weighted(0.2);
        (word, redundant, proptest::collection::vec(parts, 2..=2))
            .prop_map(|(word, redundant, parts)| Tree::Joined(word, redundant, parts))
            .boxed()
    };
    let inner = prop_oneof![leaf.clone(), join(leaf)].boxed();
    join(inner).prop_map(Tree::numbered).boxed()
}

impl Tree {
    fn numbered(mut self) -> Self {
        fn number(tree: &mut Tree, next: &mut usize) {
            match tree {
                Tree::Atom(at) => {
                    *at = *next;
                    *next += 1;
                }
                Tree::Joined(_, _, parts) => parts.iter_mut().for_each(|part| number(part, next)),
            }
        }
        number(&mut self, &mut 0);
        self
    }

    fn atoms(&self) -> usize {
        match self {
            Self::Atom(_) => 1,
            Self::Joined(_, _, parts) => parts.iter().map(Self::atoms).sum(),
        }
    }

    /// With no more parentheses than precedence asks for, but for the redundant ones.
    fn expression(&self, atoms: &[String]) -> String {
        let Self::Joined(word, redundant, parts) = self else {
            return match self {
                Self::Atom(at) => atoms.get(*at).cloned().unwrap_or_default(),
                Self::Joined(..) => String::new(),
            };
        };
        let part = |part: &Self| {
            let text = part.expression(atoms);
            match part {
                Self::Joined("or", false, _) if *word == "and" => format!("({text})"),
                _ => text,
            }
        };
        let joined = parts.iter().map(part).collect::<Vec<_>>().join(&format!(" {word} "));
        if *redundant { format!("({joined})") } else { joined }
    }

    /// The operation on sets, in the case language.
    fn sets(&self) -> String {
        match self {
            Self::Atom(at) => format!("\"${{a-{}.@ids}}\"", at + 1),
            Self::Joined(word, _, parts) => {
                let operation = if *word == "and" { "@intersection" } else { "@union" };
                let parts: Vec<String> = parts.iter().map(Self::sets).collect();
                format!("{{ \"{operation}\" = [{}] }}", parts.join(", "))
            }
        }
    }
}
