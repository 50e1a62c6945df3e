use super::*;
use crate::suite::Suite;

#[test]
fn chance_comes_again_with_its_seed_and_name() {
    let drawn = |seed, name: &str| {
        let mut chance = Chance::of(seed, name);
        (0..20).map(|_| chance.below(1000)).collect::<Vec<_>>()
    };
    assert_eq!(drawn(1, "a"), drawn(1, "a"));
    assert_ne!(drawn(1, "a"), drawn(2, "a"));
    assert_ne!(drawn(1, "a"), drawn(1, "b"));
}

#[test]
fn every_law_and_story_judges_what_the_register_has() {
    let suite = Suite::embedded().unwrap();
    for law in &LAWS {
        for requirement in law.requirements {
            assert!(suite.register.contains_key(*requirement), "{} judges {requirement}", law.name);
        }
    }
    for requirement in STORIES.iter().flat_map(|story| story.requirements) {
        assert!(suite.register.contains_key(*requirement), "{requirement}");
    }
}

#[test]
fn kinds_are_laws_of_collections_and_walks() {
    let suite = Suite::embedded().unwrap();
    let kinds = kinds(&suite);
    let fit = |pattern: &str, number| kinds.iter().any(|kind| kind.fits(pattern, number));
    assert!(fit("law.filter-and.machines", 1) && fit("law.*", 1) && fit("walk.machine", 1));
    assert!(fit("law.filter-and.machines.2", 2));
    assert!(!fit("law.filter-and.machines.2", 1), "there is one of each");
    assert!(!fit("machine.*", 9));
    assert_eq!(numbered("law.x.y", 1), "law.x.y");
    assert_eq!(numbered("law.x.y", 2), "law.x.y.2");
}
