use crate::limits::Limits;
use crate::value::Attributes;

use super::*;

fn machines() -> Vec<Attributes> {
    [("b", 4, "STARTED"), ("a", 2, "STOPPED"), ("c", 2, "STARTED")]
        .map(|(name, cpu, state)| Attributes::new().with("name", name).with("cpu", cpu).with("state", state))
        .to_vec()
}

/// The names listed for a query, and the count.
fn check(raw: &str, count: u64, names: &[&str]) {
    let query = Query::parse(raw, &Limits::SERVER).unwrap();
    let schema = crate::model::schema(crate::Edition::V2, "Machine");
    let page = apply(machines(), |a| a, &query, schema, &Extensions::NONE).unwrap();
    let found: Vec<_> = page.members.iter().map(|a| a.text("name").unwrap()).collect();
    assert_eq!((page.count, found.as_slice()), (count, names), "{raw}");
}

#[test]
fn pages() {
    check("", 3, &["b", "a", "c"]);
    check("$filter=state='STARTED'", 2, &["b", "c"]);
    check("%24filter=state%3D%27STARTED%27&$filter=2=cpu", 1, &["c"]);
    check("$orderby=cpu,name:desc", 3, &["c", "a", "b"]);
    check("$orderby=cpu&$orderby=name:desc&$first=2&$last=2", 3, &["a"]);
    check("$first=-1&$last=99999999999999999999999", 3, &["b", "a", "c"]);
    check("$first=3&$last=2", 3, &[]);
    check("$orderby=name&$first=4", 3, &[]);
    check("$last=0", 3, &[]);
    check("$filter=a=1andnosuch='x'or(cpu>=4)&id=7", 1, &["b"]);
}

#[test]
fn own_parameters_are_left_over_as_sent() {
    let query = Query::parse("id=1%202&$unknown=%zz&$first=2&x", &Limits::SERVER).unwrap();
    assert_eq!((query.own.as_str(), query.first), ("id=1%202&x", Some(2)));
    assert_eq!(query.to_string(), "id=1%202&x&$first=2");
}

#[test]
fn of_repeated_parameters_the_first_counts_or_all_join() {
    let query =
        Query::parse("$first=2&$first=3&$last=5&$last=4&$format=xml&$format=json", &Limits::SERVER).unwrap();
    assert_eq!(query.to_string(), "$first=2&$last=5&$format=xml");
    let query =
        Query::parse("$orderby=a&$select=x&$expand=b&$orderby=b:desc&$select=y,x&$expand=c", &Limits::SERVER);
    assert_eq!(query.unwrap().to_string(), "$select=x,y&$expand=b,c&$orderby=a,b:desc");
}

#[test]
fn a_plus_sign_is_a_plus_sign_and_is_written_so_that_nobody_reads_a_blank() {
    let query = Query::parse("$filter=name='a+b%2Bc'", &Limits::SERVER).unwrap();
    assert_eq!(query.filters[0].to_string(), "name='a+b+c'");
    assert_eq!(query.to_string(), "$filter=name='a%2Bb%2Bc'");
}
