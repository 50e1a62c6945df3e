//! The declarations of edition V1 against DMTF's XML Schema: every element and collection, its children in their order,
//! their types, how often they occur, and what is an XML attribute.
//!
//! Both sides are written as lines, one a child (`disk* structure`, `@href uri`, `state string!`); where the declarations
//! differ on purpose, [`DIFFERENCES`] says how and why.

mod ours;
mod theirs;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use libtest_mimic::{Failed, Trial};

use crate::shared;

/// What is in a type: by its name, or by type and child for a structure; one line a child, XML attributes first and sorted.
type Shapes = BTreeMap<String, Vec<String>>;

/// A difference that is meant.
struct Difference {
    /// The types that it is about: a name, or the end of names behind a `*`.
    at: &'static str,
    /// Lines that only the schema has.
    theirs: &'static [&'static str],
    /// Lines that only the declarations have.
    ours: &'static [&'static str],
}

const DIFFERENCES: &[Difference] = &[
    // The schema lets a request to create carry what only a provider can set.
    Difference { at: "*Create", theirs: &["id uri", "created dateTime", "updated dateTime"], ours: &[] },
    // A Volume is restored, too: the image may be one of either kind.
    Difference { at: "Action", theirs: &["image ref(MachineImage)"], ours: &["image ref()"] },
    // One attribute only: surely an oversight, servers send more and the text has a list.
    Difference { at: "ResourceMetadata", theirs: &["attribute structure"], ours: &["attribute* structure"] },
    // The text makes them mandatory in what a consumer sends.
    Difference {
        at: "ResourceMetadata",
        theirs: &["typeURI uri", "name string"],
        ours: &["typeURI uri!", "name string!"],
    },
    Difference {
        at: "ResourceMetadata.action",
        theirs: &["@inputMessage string", "@outputMessage string"],
        ours: &["@inputMessage string!", "@outputMessage string!"],
    },
    // The schema has any elements here; the examples of the text have a value.
    Difference { at: "ResourceMetadata.capability", theirs: &[], ours: &["value any!"] },
    // Mandatory by the text (table 8).
    Difference { at: "CloudEntryPoint", theirs: &["baseURI uri"], ours: &["baseURI uri!"] },
    // An association that the schema has, the collection of which it lacks.
    Difference {
        at: "ForwardingGroupNetworkCollection",
        theirs: &[],
        ours: &["id uri", "count integer", "ForwardingGroupNetwork* member", "operation* structure"],
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![shared::SCHEMA.trial("schema::declarations_agree_with_dsp8009", |path| {
        let text = fs::read_to_string(path)?;
        check(theirs::shapes(&text)?, ours::shapes())
    })]
}

/// Takes the differences that are meant out of both sides and compares the rest.
fn check(mut theirs: Shapes, mut ours: Shapes) -> Result<(), Failed> {
    let mut faults = Vec::new();
    for difference in DIFFERENCES {
        let mut met = false;
        for (side, lines) in [(&mut theirs, difference.theirs), (&mut ours, difference.ours)] {
            for (_, shape) in side.iter_mut().filter(|(name, _)| difference.is_about(name)) {
                for line in lines {
                    if let Some(at) = shape.iter().position(|found| found == line) {
                        shape.remove(at);
                        met = true;
                    }
                }
            }
            side.retain(|_, shape| !shape.is_empty());
        }
        if !met {
            faults.push(format!("{}: the difference is no longer there", difference.at));
        }
    }
    for name in theirs.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
        let (theirs, ours) = (theirs.get(name), ours.get(name));
        if theirs != ours {
            faults.push(format!("{name}\n  schema: {theirs:?}\n  ours:   {ours:?}"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

impl Difference {
    fn is_about(&self, name: &str) -> bool {
        match self.at.strip_prefix('*') {
            Some(end) => name.ends_with(end),
            None => name == self.at,
        }
    }
}
