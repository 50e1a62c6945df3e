//! Seeds: what is wrong with one is said with its place.

use jiff::Timestamp;
use mock_cloud::Seed;

#[track_caller]
fn check(text: &str, position: (usize, usize), message: &str, expected: &str) {
    let error = Seed::new("seed.toml", text).grow(Timestamp::UNIX_EPOCH).unwrap_err();
    assert_eq!(error.position(), position, "{error}");
    assert!(error.to_string().starts_with(&format!("seed.toml:{}:{}: ", position.0, position.1)));
    assert!(error.to_string().contains(message), "{error}");
    assert!(error.expected().contains(expected), "{}", error.expected());
}

#[test]
fn errors_have_a_place_and_an_expectation() {
    check("[cloud\n", (1, 7), "", "TOML");
    check("[clod]\n", (1, 2), "clod", "cloud");
    check("[[machines]]\nnmae = 'x'\n", (2, 1), "nmae", "name");
    check("[[machines]]\ncpu = 'x'\n", (2, 7), "found \"x\"", "whole number");
    check("[[machines]]\nstate = 'CREATING'\n", (2, 9), "CREATING", "STARTED, STOPPED");
    check(
        "[[machines]]\nmachineConfig = 'smal'\n[[machineConfigs]]\nhandle = 'small'\n",
        (2, 17),
        "smal",
        "machineConfigs",
    );
    check("[[volumes]]\nhandle = 'a'\n[[volumes]]\nhandle = 'a'\n", (4, 10), "found \"a\"", "no other entry");
    check("[[machines]]\nvolumes = [{ volume = 'v' }]\n", (2, 23), "v is no handle", "volumes");
    check("[[jobs]]\nstate = 'SUCCESS'\n", (1, 1), "target", "targetResource");
    check("[[users]]\nname = 'u'\n", (1, 1), "no credentials", "password");
    check("[[users]]\nname = 'u'\ntoken = 't'\nrole = 'king'\n", (4, 8), "king", "administer");
    check("[capabilities.Machine]\nDefaultInitialState = 5\n", (2, 23), "DefaultInitialState", "state");
    check("[capabilities.Machine]\nFlies = true\n", (2, 9), "Flies", "Machine.InitialStates");
    check("[timing.Machine]\nstart = 'soon'\n", (2, 9), "soon", "duration");
    check("[timing.Machine]\nfly = '1s'\n", (2, 1), "fly", "Machine.start");
    check("[timing]\nspeed = 0\n", (2, 9), "", "greater than 0");
}

#[test]
fn shown_to_a_person() {
    let text = "[[machineConfigs]]\nhandle = 'small'\n\n[[machines]]\nmachineConfig = 'smal'\n";
    let error = Seed::new("seed.toml", text).grow(Timestamp::UNIX_EPOCH).unwrap_err();
    let mut shown = String::new();
    miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor())
        .render_report(&mut shown, error.as_ref())
        .unwrap();
    insta::assert_snapshot!(shown);
}

#[test]
fn the_builtin_world_grows() {
    Seed::builtin().grow(Timestamp::UNIX_EPOCH).unwrap();
    Seed::empty().grow(Timestamp::UNIX_EPOCH).unwrap();
}
