//! Deviations: each changes what it says, every requirement is broken by one, and nothing is changed without one.

use std::collections::BTreeSet;

use cimi::Edition;
use mock_cloud::deviation::{self, Deviation};

use crate::scenes::{Scene, scenes};

/// Requirements that no deviation can break, and why.
const UNBREAKABLE: &[(&str, &str)] = &[];

/// A requirement of the register, as far as it matters here.
struct Requirement {
    id: String,
    is_testable: bool,
}

fn register() -> Vec<Requirement> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../suites/requirements");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all = Vec::new();
    for file in files.filter(|file| file.extension().is_some_and(|extension| extension == "toml")) {
        let table: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        for entry in table["requirement"].as_array().unwrap() {
            let text = |key: &str| entry.get(key).and_then(toml::Value::as_str);
            let is_testable = text("party") == Some("provider") && text("untestable").is_none();
            all.push(Requirement { id: text("id").unwrap().to_owned(), is_testable });
        }
    }
    all
}

#[test]
fn what_they_break_is_in_the_register() {
    let known: BTreeSet<String> = register().into_iter().map(|requirement| requirement.id).collect();
    let strange: Vec<_> = deviation::all()
        .flat_map(|deviation| deviation.breaks.iter().map(move |id| (deviation.name, *id)))
        .filter(|(_, id)| !known.contains(*id))
        .collect();
    assert!(strange.is_empty(), "not in the register: {strange:#?}");
}

#[test]
fn every_testable_requirement_is_broken_by_one() {
    let broken: BTreeSet<&str> = deviation::all().flat_map(|deviation| deviation.breaks).copied().collect();
    let unbreakable: BTreeSet<&str> = UNBREAKABLE.iter().map(|(id, _)| *id).collect();
    let register = register();
    let testable = || register.iter().filter(|requirement| requirement.is_testable).map(|it| it.id.as_str());
    let unbroken: Vec<_> =
        testable().filter(|id| !broken.contains(id) && !unbreakable.contains(id)).collect();
    assert!(unbroken.is_empty(), "no deviation breaks: {unbroken:#?}");
    assert!(testable().count() > 500, "the register was read");
    for (id, why) in UNBREAKABLE {
        assert!(!broken.contains(id) && testable().any(|it| it == *id), "{id} is broken after all: {why}");
    }
}

#[test]
fn names_and_summaries_are_fit_to_be_listed() {
    let mut names = BTreeSet::new();
    for Deviation { name, summary, breaks, .. } in deviation::all() {
        assert!(names.insert(name), "{name} is there twice");
        assert!(!summary.ends_with('.') && !summary.is_empty(), "{name}: {summary}");
        assert!(!breaks.is_empty(), "{name} breaks nothing");
        let unique: BTreeSet<_> = breaks.iter().collect();
        assert_eq!(unique.len(), breaks.len(), "{name} breaks something twice");
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{name}");
    }
}

/// What a deviation does to the scenes of both editions.
#[derive(Default)]
struct Effect {
    changed: bool,
    left_alone: bool,
}

fn effect(deviation: &'static Deviation, scenes: &[Scene], is_served: bool) -> Effect {
    let mut effect = Effect::default();
    let types: BTreeSet<&str> = deviation.needs().iter().map(|need| need.ty).collect();
    let (first, then): (Vec<_>, Vec<_>) = scenes.iter().partition(|scene| types.contains(scene.ty.as_str()));
    for scene in first.into_iter().chain(then) {
        scene.compare(deviation, |same| {
            effect.changed |= !same;
            effect.left_alone |= same;
            effect.left_alone && (effect.changed || !is_served)
        });
        if effect.left_alone && (effect.changed || !is_served) {
            break;
        }
    }
    effect
}

#[test]
fn each_changes_something_and_not_everything() {
    let scenes: Vec<Scene> = Edition::ALL.into_iter().flat_map(scenes).collect();
    for scene in &scenes {
        assert!(scene.is_repeatable(), "{} of {} is not the same twice", scene.ty, scene.edition);
    }
    let shown: BTreeSet<(String, String)> = scenes.iter().flat_map(|scene| scene.shown.clone()).collect();
    let is_served = |deviation: &Deviation| {
        deviation.needs().iter().all(|need| shown.contains(&(need.ty.to_owned(), need.member.to_owned())))
    };
    let all: Vec<&'static Deviation> = deviation::all().collect();
    let faults: Vec<String> = std::thread::scope(|scope| {
        let halves: Vec<_> = (0..2)
            .map(|half| {
                let (all, scenes, is_served) = (&all, &scenes, &is_served);
                scope.spawn(move || {
                    let own = all.iter().skip(half).step_by(2);
                    own.filter_map(|deviation| fault(deviation, scenes, is_served(deviation)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{} of {}: {faults:#?}", faults.len(), all.len());
}

/// What is wrong with a deviation. One whose type, attribute or operation a right cloud does not show in any scene may
/// change nothing yet.
fn fault(deviation: &'static Deviation, scenes: &[Scene], is_served: bool) -> Option<String> {
    let effect = effect(deviation, scenes, is_served);
    if is_served && !effect.changed {
        return Some(format!("{} changes nothing", deviation.name));
    }
    (!effect.left_alone).then(|| format!("{} changes everything", deviation.name))
}
