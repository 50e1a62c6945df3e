//! Laws of the query language (DSP0263 4.1.6) that hold of any collection, whatever is in it: what `$filter`, `$first`,
//! `$last`, `$select`, `$expand` and `$orderby` answer is held against other answers of the same endpoint.
//!
//! They read and change nothing. Values are those that the collection shows at the time: a case names the member that it
//! takes a value from, never the value.

use super::chance::Chance;
use super::filter;
use super::ground::Ground;
use super::text::{Step, list};
use crate::spec::Scalar;

/// A law.
pub(super) struct Law {
    /// Its name in the ids of its cases.
    pub(super) name: &'static str,
    /// What it says.
    pub(super) title: &'static str,
    /// What it judges; the first is that of plain expectations.
    pub(super) requirements: &'static [&'static str],
    /// What the entry point has to advertise.
    pub(super) capabilities: &'static [&'static str],
    /// Its steps for a collection; nothing where that has not what the law is about.
    pub(super) steps: fn(Ground<'_>, &mut Chance) -> Option<Vec<Step>>,
}

impl Law {
    /// What it judges.
    pub(super) fn requirements(&self) -> Vec<String> {
        self.requirements.iter().map(|id| (*id).to_owned()).collect()
    }
}

/// The reading that a case begins with, and that has to stay as it is: members that others make or change meanwhile must
/// not be taken for a fault of the endpoint.
pub(super) const ALL: &str = "all";

const FILTER: &str = "CloudEntryPoint/FilterParameter";
const FIRST: &str = "CloudEntryPoint/FirstParameter";

/// Every law.
pub(super) const LAWS: [Law; 9] = [
    Law {
        name: "filter-and",
        title: "what two filters leave together is what both of them leave",
        requirements: &filter::REQUIREMENTS,
        capabilities: &[FILTER],
        steps: filter::both,
    },
    Law {
        name: "filter-or",
        title: "what either of two filters leaves is what one or the other leaves",
        requirements: &filter::REQUIREMENTS,
        capabilities: &[FILTER],
        steps: filter::either,
    },
    Law {
        name: "filter-not",
        title: "an operator and its contrary share the members out among them",
        requirements: &filter::REQUIREMENTS,
        capabilities: &[FILTER],
        steps: filter::contrary,
    },
    Law {
        name: "filter-nested",
        title: "an expression leaves what its parts leave, put together as it says",
        requirements: &filter::REQUIREMENTS,
        capabilities: &[FILTER],
        steps: filter::nested,
    },
    Law {
        name: "range",
        title: "windows that follow on each other show each member once, in its place",
        requirements: &[
            "4.1.6.2/range",
            "4.1.6.2/last-implied",
            "4.1.6.2/first-implied",
            "4.1.6.2/count-before-range",
        ],
        capabilities: &[FIRST],
        steps: range,
    },
    Law {
        name: "count",
        title: "count is the number of members that match, however few of them are shown",
        requirements: &[
            "4.1.6.2/count-before-range",
            "4.1.6.1/filter-applied",
            "4.1.6.1/filter-count",
            "4.1.6.2/after-filter",
        ],
        capabilities: &[FIRST, FILTER],
        steps: count,
    },
    Law {
        name: "select",
        title: "selected attributes are as they are without $select, and no others come with them",
        requirements: &["4.1.6.3/select-on-items"],
        capabilities: &["CloudEntryPoint/SelectParameter"],
        steps: select,
    },
    Law {
        name: "expand",
        title: "an expanded reference has all that a reading of what it refers to has",
        requirements: &["4.1.6.4/expand", "4.1.6.4/expand-on-collection"],
        capabilities: &["CloudEntryPoint/ExpandParameter"],
        steps: expand,
    },
    Law {
        name: "orderby",
        title: "ordered members are the same members, in an order that ranges and repetitions keep to",
        requirements: &[
            "4.1.6.6/orderby",
            "4.1.6.6/orderby-desc",
            "4.1.6.6/orderby-boolean",
            "4.1.6.6/orderby-dateTime",
            "4.1.6.6/orderby-duration",
            "4.1.6.6/orderby-integer",
            "4.1.6.6/orderby-string",
            "4.1.6.2/after-filter",
            "4.1.6.2/stable-positions",
        ],
        capabilities: &["CloudEntryPoint/OrderByParameter", FIRST],
        steps: orderby,
    },
];

fn range(ground: Ground<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    let length = ground.items.len();
    if length == 0 {
        return None;
    }
    let whole = Step::new("whole", "get", &ground.target())
        .query(&[("$first", vec!["1".to_owned()]), ("$last", vec![format!("${{{ALL}.count}}")])])
        .expect("{ status = 200 }")
        .expect(&format!("{{ attribute = \"@ids\", same-set = \"${{{ALL}.@ids}}\" }}"));
    let mut steps = vec![Step::read(ALL, &ground.target()), whole];
    let inner: Vec<usize> = (1..length).collect();
    let mut cuts = vec![0];
    cuts.extend(chance.some(&inner, 3));
    for (at, from) in cuts.iter().copied().enumerate() {
        let to = cuts.get(at + 1).copied();
        let mut query = Vec::new();
        // The first window may leave out where it begins, the last one where it ends.
        if from > 0 || to.is_none() || chance.either() {
            query.push(("$first", vec![(from + 1).to_string()]));
        }
        if let Some(to) = to {
            query.push(("$last", vec![to.to_string()]));
        }
        let requirement = match (query.len(), to) {
            (1, None) => "4.1.6.2/last-implied",
            (1, Some(_)) => "4.1.6.2/first-implied",
            _ => "4.1.6.2/range",
        };
        let slice = format!("[{from}..{}]", to.map(|to| to.to_string()).unwrap_or_default());
        let step = Step::new(&format!("window-{}", at + 1), "get", &ground.target())
            .query(&query)
            .expect("{ status = 200 }")
            .holds(&format!("attribute = \"@ids\", equals = \"${{whole.@ids{slice}}}\""), requirement)
            .holds(
                &format!("attribute = \"count\", equals = \"${{{ALL}.count}}\""),
                "4.1.6.2/count-before-range",
            );
        steps.push(step);
    }
    Some(steps)
}

fn count(ground: Ground<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    let atom = filter::Atom::draw(&ground.columns(), chance)?;
    let expression = atom.expression(chance);
    let matching = Step::new("matching", "get", &ground.target())
        .query(&[("$filter", vec![expression.text.clone()])])
        .expect("{ status = 200 }")
        .holds("attribute = \"count\", equals-count = true", "4.1.6.1/filter-count");
    let last = (1 + chance.below(ground.items.len())).to_string();
    let shown = Step::new("shown", "get", &ground.target())
        .query(&[
            ("$filter", vec![expression.text]),
            ("$first", vec!["1".to_owned()]),
            ("$last", vec![last.clone()]),
        ])
        .expect("{ status = 200 }")
        .expect("{ attribute = \"count\", equals = \"${matching.count}\" }")
        .holds(
            &format!("attribute = \"@ids\", equals = \"${{matching.@ids[..{last}]}}\""),
            "4.1.6.2/after-filter",
        );
    let mut steps = filter::begin(ground);
    steps.extend([matching, shown]);
    Some(steps)
}

fn select(ground: Ground<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    let mut names = chance.some(&ground.of_members(), 3);
    if names.is_empty() {
        return None;
    }
    if chance.either() {
        names.reverse();
    }
    let mut allowed = names.clone();
    allowed.push("id".to_owned());
    let mut selected = Step::new("selected", "get", &ground.target())
        .query(&[("$select", vec![names.join(",")])])
        .expect("{ status = 200 }");
    for name in &names {
        selected = selected
            .expect(&format!("{{ attribute = \"item.{name}\", equals = \"${{{ALL}.item.{name}}}\" }}"));
    }
    let selected = selected.expect(&format!("{{ every = \"@attributes\", subset-of = {} }}", list(&allowed)));
    Some(vec![Step::read(ALL, &ground.target()), selected])
}

fn expand(ground: Ground<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    let (name, at) = chance.pick(&ground.references())?.clone();
    let expanded = Step::new("expanded", "get", &ground.target())
        .query(&[("$expand", vec![name.clone()])])
        .expect("{ status = 200 }")
        .holds(&format!("attribute = \"@ids\", equals = \"${{{ALL}.@ids}}\""), "4.1.6.4/expand-on-collection")
        .expect(&format!(
            "{{ attribute = \"item[{at}].{name}.href\", equals = \"${{{ALL}.item[{at}].{name}.href}}\" }}"
        ))
        .holds(
            &format!("attribute = \"item[{at}].{name}\", includes = \"${{referred.@resource}}\""),
            "4.1.6.4/expand-on-collection",
        );
    Some(vec![
        Step::read(ALL, &ground.target()),
        Step::read("referred", &format!("${{{ALL}.item[{at}].{name}.href}}")),
        expanded,
    ])
}

fn orderby(ground: Ground<'_>, chance: &mut Chance) -> Option<Vec<Step>> {
    let columns = ground.sortable();
    let column = chance.pick(&columns)?;
    let requirement = match column.scalar {
        Scalar::Boolean => "4.1.6.6/orderby-boolean",
        Scalar::DateTime => "4.1.6.6/orderby-dateTime",
        Scalar::Duration => "4.1.6.6/orderby-duration",
        Scalar::Integer => "4.1.6.6/orderby-integer",
        Scalar::String => "4.1.6.6/orderby-string",
        Scalar::Bytes | Scalar::Uri => return None,
    };
    let (name, by) = (column.name.as_str(), column.scalar.name());
    let key = if chance.either() { name.to_owned() } else { format!("{name}:asc") };
    let ask = |step: &str, key: &str, window: &[(&'static str, Vec<String>)]| {
        let mut query = vec![("$orderby", vec![key.to_owned()])];
        query.extend_from_slice(window);
        Step::new(step, "get", &ground.target()).query(&query).expect("{ status = 200 }")
    };
    let ordered = ask("ordered", &key, &[])
        .holds(&format!("sorted = \"{name}\", as = \"{by}\""), requirement)
        .expect(&format!("{{ attribute = \"@ids\", same-set = \"${{{ALL}.@ids}}\" }}"))
        .expect(&format!("{{ attribute = \"count\", equals = \"${{{ALL}.count}}\" }}"));
    let again = ask("again", &key, &[])
        .holds("attribute = \"@ids\", equals = \"${ordered.@ids}\"", "4.1.6.2/stable-positions");
    let from = chance.below(ground.items.len());
    let to = from + 1 + chance.below(ground.items.len() - from);
    let window = [("$first", vec![(from + 1).to_string()]), ("$last", vec![to.to_string()])];
    let part = ask("part", &key, &window).holds(
        &format!("attribute = \"@ids\", equals = \"${{ordered.@ids[{from}..{to}]}}\""),
        "4.1.6.2/after-filter",
    );
    let turned = ask("turned", &format!("{name}:desc"), &[])
        .holds(&format!("sorted = \"{name}\", order = \"descending\", as = \"{by}\""), "4.1.6.6/orderby-desc")
        .holds(&format!("attribute = \"@ids\", same-set = \"${{{ALL}.@ids}}\""), "4.1.6.6/orderby-desc");
    Some(vec![Step::read(ALL, &ground.target()), ordered, again, part, turned])
}
