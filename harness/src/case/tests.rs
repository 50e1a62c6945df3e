use std::fmt::Write as _;

use super::{Vocabulary, parse};

/// The names that the cases below may use.
fn vocabulary() -> Vocabulary {
    let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    Vocabulary {
        facts: set(&["machines", "machine", "machineImages", "machineImage", "volumes"]),
        requirements: set(&["4.1.6.1/filter-applied", "4.1.6.1/filter-count"]),
        capabilities: set(&["CloudEntryPoint/FilterParameter"]),
        types: set(&["Machine", "MachineCollection", "Job"]),
    }
}

/// Reads a file and renders what came of it: the cases in short, or every fault as its author sees it.
fn check(text: &str) -> String {
    match parse("suites/cases/query/demo.toml", text, "query", &vocabulary()) {
        Ok(cases) => cases.iter().fold(String::new(), |mut out, case| {
            let _ = writeln!(
                out,
                "{} [{}] {} steps, {:?} at {}",
                case.id,
                case.area,
                case.steps.len(),
                case.editions,
                case.origin
            );
            for step in &case.steps {
                let _ = writeln!(
                    out,
                    "  {} {} {} query {}",
                    step.name,
                    step.method.as_str(),
                    step.target,
                    step.query.len()
                );
                for expectation in &step.expect {
                    let _ = writeln!(
                        out,
                        "    {} {:?} {} tests at {}",
                        expectation.requirements.join(" "),
                        expectation.subject,
                        expectation.tests.len(),
                        expectation.origin
                    );
                }
            }
            out
        }),
        Err(faults) => faults.iter().fold(String::new(), |out, fault| out + &fault.to_string() + "\n"),
    }
}

/// A case around the given text of its steps.
fn steps(text: &str) -> String {
    format!(
        r#"[[case]]
id = "query.demo"
title = "a demonstration"
requirements = ["4.1.6.1/filter-applied"]
{text}"#
    )
}

#[test]
fn a_whole_case() {
    let text = r#"
[[case]]
id = "query.filter.equals-name"
title = "a filter on name returns just the machines so named"
requirements = ["4.1.6.1/filter-applied", "4.1.6.1/filter-count"]
editions = ["v2"]
needs = ["machines >= 2", "capability:CloudEntryPoint/FilterParameter", "operation:machine/stop"]
[[case.step]]
name = "all"
get = "${machines}"
setup = true
[[case.step]]
name = "filtered"
get = "${machines}"
query = { "$filter" = "name='${all.item[0].name}'" }
expect = [
  { status = 200 },
  { every = "name", equals = "${all.item[0].name}" },
  { attribute = "count", equals-count = true, requirement = "4.1.6.1/filter-count" },
  { attribute = "@ids", subset-of = "${all.@ids[0..2]}" },
]
"#;
    insta::assert_snapshot!(check(text));
}

#[test]
fn a_case_for_each_value() {
    let text = r#"
[[case]]
id = "query.each.${each}"
title = "reading ${each}"
requirements = ["4.1.6.1/filter-applied"]
each = ["machines", "volumes"]
needs = ["${each}"]
[[case.step]]
get = "${${each}}"
expect = [{ status = ["2xx", 304] }]
"#;
    insta::assert_snapshot!(check(text));
}

#[test]
fn syntax_errors_point_at_their_place() {
    insta::assert_snapshot!(check("[[case]]\nid = \"query.a\"\ntitle = \n"));
}

#[test]
fn unknown_keys_are_refused_with_a_guess() {
    insta::assert_snapshot!(check(&steps(
        "ned = []\n[[case.step]]\ngett = \"${machines}\"\n[[case.step]]\nget = \"${cep}\"\nexpct = []\nexpect = [{ staus = 200 }]\n"
    )));
}

#[test]
fn references_to_nothing_are_refused() {
    insta::assert_snapshot!(check(&steps(
        r#"needs = ["machnes", "capability:CloudEntryPoint/Filter", "operation:machine", "machines >= many", "query:machine/s", "capability:CloudEntryPoint/FilterParameter >= x"]
[[case.step]]
name = "machines"
get = "${machine"
[[case.step]]
get = "${macine}"
query = { a = "x ${all.name}" }
expect = [
  { every = "na me", equals = 1 },
  { attribute = "a[x]" },
  { same-as = "nobody" },
  { type = "Machin" },
  { attribute = "name", equals = "${machines.@loction}" },
]
"#
    )));
}

#[test]
fn nonsense_is_refused() {
    insta::assert_snapshot!(check(
        r#"
[[case]]
id = "nodots"
title = 7
requirements = ["9.9/none"]
editions = ["v3"]
[[case.step]]
get = "${cep}"
post = "${cep}"
[[case.step]]
get = "${cep}"
body = "text"
wait = { attribute = "state" }
format = "yaml"
expect = [
  { status = 99 },
  { status = [200, "20x"] },
  { status = 200, header = "Location" },
  { status = 200, exists = true },
  { error = false },
  { attribute = "x", is = "date", requirement = "4.1.6.1/filter-applied" },
  7,
]
"#
    ));
}

#[test]
fn a_step_says_what_its_reply_has_to_show() {
    insta::assert_snapshot!(check(&steps(
        r#"[[case.step]]
get = "${machine}"
needs = ["operation:pause", "attribute:disks.href", "attribute:state=STOPPED,${machine.state}", "header:ETag", "accepted"]
wait = { expected = true, requirement = "4.1.6.1/filter-count" }
expect = [{ status = 200 }]
[[case.step]]
get = "${cep}"
needs = ["pause", "attribute:a[x]", "attribute:state=${nothing}"]
wait = { expected = true, gone = true }
query = { a = "${filler[100]}", b = "${filler}", c = "${filler[99999999]}" }
"#
    )));
}

#[test]
fn a_case_must_judge_and_must_say_when_it_changes_things() {
    insta::assert_snapshot!(check(&steps(
        "[[case.step]]\npost = \"${machines}\"\nraw = \"x\"\nwait = { gone = true, within = \"3h\" }\n"
    )));
}

#[test]
fn ids_are_unique() {
    let one = steps("[[case.step]]\nget = \"${cep}\"\nexpect = [{ status = 200 }]\n");
    insta::assert_snapshot!(check(&format!("{one}\n{one}")));
    insta::assert_snapshot!(check(""));
}

#[test]
fn what_is_steady_reads_and_sets_are_of_lists() {
    let case = |head: &str, step: &str| {
        steps(&format!(
            "[[case.step]]\nname = \"all\"\n{step}\nexpect = [{{ attribute = \"@ids\", same-set = {{ \"@union\" = \"x\" }} }}]\n"
        ))
        .replace("[[case]]", &format!("[[case]]\n{head}"))
    };
    insta::assert_snapshot!(check(&case("steady = \"every\"", "get = \"${machines}\"")));
    insta::assert_snapshot!(check(&case("steady = \"all\"\nmutates = true", "get = \"${machines}\"")));
}
