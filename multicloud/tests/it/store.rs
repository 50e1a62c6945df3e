//! What is written is read back.

use cimi::model::{self, Schema};
use cimi::testing::{self, Options};
use cimi::{Attributes, Edition};
use multicloud::connector::{Native, Stop};
use multicloud::kind::Kind;
use multicloud::record::{Id, Job, Origin, Provenance, Replica, Resource, Stage, Work};
use multicloud::store::{Change, Sqlite, Store as _};
use proptest::prelude::*;

/// Attributes of a type as records keep them: no members, no operations, whatever the declaration allows.
fn attributes(schema: &'static Schema) -> impl Strategy<Value = Attributes> {
    testing::document(schema, Options::DECLARED).prop_map(|document| document.attributes)
}

fn resource() -> impl Strategy<Value = Resource> {
    let replicas = prop::collection::btree_map(
        "[a-z]{1,4}",
        ("[ -~]{1,20}", prop::collection::vec("[a-z]{1,8}", 0..4)),
        0..3,
    );
    prop::sample::select(Kind::ALL.to_vec()).prop_flat_map(move |kind| {
        (attributes(kind.schema()), replicas.clone(), 1..1_000_000_i64, owner(), provenance()).prop_map(
            move |(attributes, replicas, version, owner, provenance)| {
                let replicas = replicas.into_iter().map(|(account, (native, offers))| Replica {
                    account,
                    native: Native(native),
                    offers,
                });
                let replicas = replicas.collect();
                Resource { id: Id(1), kind, attributes, version, owner, replicas, provenance }
            },
        )
    })
}

fn provenance() -> impl Strategy<Value = Provenance> {
    let at = (0..2_000_000_000_000_i64).prop_map(|at| jiff::Timestamp::from_millisecond(at).unwrap());
    let part_of = (1..9_i64).prop_map(Id);
    (prop::sample::select(Origin::ALL.to_vec()), prop::option::of(at), prop::option::of(part_of), 0..9_i64)
        .prop_map(|(origin, gone, part_of, disks)| Provenance { origin, gone, part_of, disks })
}

fn owner() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[a-z]{1,8}".prop_map(String::from))
}

fn job() -> impl Strategy<Value = Job> {
    let stage = prop_oneof![
        Just(Stage::Sent),
        Just(Stage::Accepted),
        ".{0,20}".prop_map(|native_job| Stage::Followed { native_job, stop: Stop::Offered }),
    ];
    let work = (stage, ".{0,10}", "[a-z]{1,8}").prop_flat_map(|(stage, account, operation)| {
        prop_oneof![
            Just(Work::Done),
            Just(Work::Create { resource: Id(1), account: account.clone(), stage: stage.clone() }),
            Just(Work::Change { resource: Id(1), account, operation, parts: None, more: None, stage }),
        ]
    });
    (attributes(model::schema(Edition::V2, "Job")), work, owner()).prop_map(|(attributes, work, owner)| Job {
        id: Id(2),
        attributes,
        work,
        version: 3,
        owner,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn records_survive(resource in resource(), job in job()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (loaded, resources) = runtime.block_on(async {
            let store = Sqlite::open(None).await.unwrap();
            let change = Change { resources: vec![&resource], jobs: vec![&job], ..Change::default() };
            store.write(&change).await.unwrap();
            // Once more: what is there is replaced.
            store.write(&change).await.unwrap();
            (store.load().await.unwrap(), store.resources(Id(i64::MIN), 10).await.unwrap())
        });
        prop_assert_eq!(loaded.last_id, 2);
        prop_assert_eq!(loaded.jobs, [job]);
        prop_assert_eq!(resources, [resource]);
    }
}

#[tokio::test]
async fn numbers_are_kept_beyond_what_had_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let resource = Resource {
        id: Id(41),
        kind: Kind::Volume,
        attributes: Attributes::new(),
        version: 1,
        owner: None,
        replicas: vec![Replica { account: "a".into(), native: Native("n".into()), offers: Vec::new() }],
        provenance: Provenance::default(),
    };
    let store = Sqlite::open(Some(&path)).await.unwrap();
    store.write(&Change { resources: vec![&resource], ..Change::default() }).await.unwrap();
    // What a cloud calls a resource may pass from one record to another in one change.
    let heir = Resource { id: Id(40), ..resource.clone() };
    let change = Change { resources: vec![&heir], forget_resources: vec![resource.id], ..Change::default() };
    store.write(&change).await.unwrap();
    let instance = store.load().await.unwrap().instance;
    store.close().await;
    assert!(store.load().await.is_err(), "it is closed");

    let store = Sqlite::open(Some(&path)).await.unwrap();
    let loaded = store.load().await.unwrap();
    assert_eq!(loaded.last_id, 41);
    assert_eq!(store.resources(Id(i64::MIN), 1).await.unwrap(), [heir]);
    assert_eq!(store.resources(Id(40), 1).await.unwrap(), []);
    assert_eq!(loaded.instance, instance);
}
