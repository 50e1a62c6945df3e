//! One manager at a time works on a store: another one is told who does, and takes over from one that has died.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use multicloud::kind::Kind;
use multicloud::record::{Id, Resource};
use multicloud::store::{Change, Claim, Claimed, DirectoryChange, Sqlite, Store as _, StoreError};

const TERM: Duration = Duration::from_secs(10);

fn claim(holder: &str, second: i64) -> Claim<'_> {
    Claim { name: "manager", holder, now: Timestamp::from_second(second).unwrap(), term: TERM }
}

#[tokio::test]
async fn whoever_was_taken_over_from_writes_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let (one, other) = (Sqlite::open(Some(&path)).await.unwrap(), Sqlite::open(Some(&path)).await.unwrap());
    let Claimed::Held(first) = one.acquire(claim("one", 100)).await.unwrap() else { panic!("it is free") };
    assert_eq!((first.holder.as_str(), first.until.as_second()), ("one", 110));
    let late = other.acquire(claim("other", 109)).await.unwrap();
    assert_eq!(late, Claimed::Other(first.clone()), "it is told who has it");
    assert!(one.renew(&first, Timestamp::from_second(105).unwrap(), TERM).await.unwrap());
    let Claimed::Other(renewed) = other.acquire(claim("other", 114)).await.unwrap() else {
        panic!("it was renewed")
    };
    assert_eq!((renewed.until.as_second(), renewed.since), (115, first.since));

    let resource = Resource::new(Id(1), Kind::Volume, cimi::Attributes::new(), None);
    let change = Change { resources: vec![&resource], ..Change::default() };
    one.write(&change).await.unwrap();
    let Claimed::Held(second) = other.acquire(claim("other", 115)).await.unwrap() else {
        panic!("it has run out")
    };
    assert!(second.fence > first.fence);
    assert!(!one.renew(&first, Timestamp::from_second(116).unwrap(), TERM).await.unwrap());
    assert!(matches!(one.write(&change).await, Err(StoreError::Lost(_))));
    let mut directory = DirectoryChange::default();
    directory.delete("tenants", "acme", 1);
    assert!(matches!(one.write_directory(&directory).await, Err(StoreError::Lost(_))));
    other.write(&change).await.unwrap();

    other.release(&second).await.unwrap();
    let again = one.acquire(claim("one", 116)).await.unwrap();
    assert!(matches!(again, Claimed::Held(third) if third.fence > second.fence));
    one.close().await;
    assert!(
        matches!(other.acquire(claim("other", 116)).await.unwrap(), Claimed::Held(_)),
        "it was let go of"
    );
}

#[tokio::test]
async fn one_that_has_died_is_taken_over_from_at_once_unless_another_one_lives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let open = async || Sqlite::open(Some(&path)).await.unwrap();
    let (one, other, third) = (open().await, open().await, open().await);
    let Claimed::Held(first) = one.acquire(claim("one", 100)).await.unwrap() else { panic!("it is free") };
    drop(one);
    let Claimed::Held(second) = other.acquire(claim("other", 101)).await.unwrap() else {
        panic!("the one that had it is gone")
    };
    assert!(second.fence > first.fence);

    // The third one takes over from one that hangs, which has the lock still; then that one dies, and the third lives on.
    let Claimed::Held(held) = third.acquire(claim("third", 112)).await.unwrap() else {
        panic!("it has run out")
    };
    drop(other);
    let fourth = open().await;
    assert_eq!(fourth.acquire(claim("fourth", 113)).await.unwrap(), Claimed::Other(held));
    assert!(
        matches!(fourth.acquire(claim("fourth", 122)).await.unwrap(), Claimed::Held(_)),
        "it has run out"
    );
}

/// A manager on a store in this folder, and the first line that it says.
fn start(folder: &std::path::Path) -> (Child, String) {
    let path = folder.join("manager.toml");
    std::fs::write(&path, "store = \"manager.sqlite\"\n").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cimi-manager"))
        .arg("--config")
        .arg(&path)
        .env("NO_COLOR", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line)
}

#[test]
fn a_second_program_is_refused_and_takes_over_when_the_first_has_died() {
    let folder = tempfile::tempdir().unwrap();
    let (mut first, line) = start(folder.path());
    assert!(line.starts_with("http://"), "{line}");
    let (mut second, line) = start(folder.path());
    assert_eq!(line, "");
    assert_eq!(second.wait().unwrap().code(), Some(2));
    let mut told = String::new();
    second.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in ["in use by another manager", &format!("process {}", first.id()), "stop that one first"] {
        assert!(told.contains(part), "{part} in {told}");
    }

    first.kill().unwrap();
    first.wait().unwrap();
    let (mut third, line) = start(folder.path());
    assert!(line.starts_with("http://"), "{line}");
    third.kill().unwrap();
    third.wait().unwrap();
}
