//! Two managers on one store: what one changed, the other does not overwrite.

use std::sync::Arc;

use multicloud::chance::Chance;
use multicloud::clock::Clock;
use multicloud::directory::{Declared, Directory, DirectoryError, Draft, Policy, Sort, Switch, Tenant};
use multicloud::store::{Sqlite, Store, StoreError};
use multicloud::vault::Vault;

async fn directory(store: &Arc<dyn Store>) -> Directory {
    let vault = Vault::new(None, Vec::new(), Chance::system());
    let declared = Declared::default();
    Directory::open(store.clone(), vault, declared, Clock::system(), Chance::system()).await.unwrap()
}

fn draft<R>(record: R) -> Draft<R> {
    Draft { switch: Switch::Enabled, record }
}

fn described(text: &str) -> Draft<Tenant> {
    draft(Tenant { description: Some(text.to_owned()), ..Tenant::default() })
}

#[tokio::test]
async fn the_quicker_one_counts() {
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(None).await.unwrap());
    let (one, other) = (directory(&store).await, directory(&store).await);
    one.create("acme", described("first"), |_, _| Ok(())).await.unwrap();
    let late = other.create("acme", described("second"), |_, _| Ok(())).await;
    assert!(matches!(late, Err(DirectoryError::Store(StoreError::Changed(_)))), "{late:?}");

    let seen = || other.get::<Tenant>("acme").unwrap().record.description.clone().unwrap();
    assert_eq!(seen(), "first", "the other one sees now what there is");
    one.update::<Tenant>("acme", None, |_, _| Ok(described("third"))).await.unwrap();
    let late = other.update::<Tenant>("acme", None, |_, _| Ok(described("fourth"))).await;
    assert!(matches!(late, Err(DirectoryError::Store(StoreError::Changed(_)))), "{late:?}");
    assert_eq!(seen(), "third");
    one.update::<Tenant>("acme", None, |_, _| Ok(described("fifth"))).await.unwrap();
    let late = other.delete::<Tenant>("acme", None, |_, _| Ok(())).await;
    assert!(matches!(late, Err(DirectoryError::Store(StoreError::Changed(_)))), "{late:?}");
    assert_eq!(seen(), "fifth");
    other.delete::<Tenant>("acme", None, |_, _| Ok(())).await.unwrap();
    assert!(store.load_directory().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_referred_to_is_there_when_it_is_written() {
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(None).await.unwrap());
    let one = directory(&store).await;
    one.create("cheap", draft(Policy::default()), |_, _| Ok(())).await.unwrap();
    let other = directory(&store).await;
    one.delete::<Policy>("cheap", None, |_, _| Ok(())).await.unwrap();
    let tenant = draft(Tenant { policy: Some("cheap".to_owned()), ..Tenant::default() });
    let late = other.create("acme", tenant, |_, _| Ok(())).await;
    assert!(matches!(late, Err(DirectoryError::Store(StoreError::Changed(_)))), "{late:?}");
    assert!(store.load_directory().await.unwrap().is_empty(), "nothing of it was written");
}

#[tokio::test]
async fn changes_of_one_manager_come_one_after_the_other() {
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(None).await.unwrap());
    let directory = directory(&store).await;
    directory.create("acme", described("0"), |_, _| Ok(())).await.unwrap();
    let add = |_: usize| {
        let directory = directory.clone();
        async move {
            let counted = directory.update::<Tenant>("acme", None, |_, entry| {
                let count: u32 = entry.record.description.as_deref().unwrap().parse().unwrap();
                Ok(described(&(count + 1).to_string()))
            });
            counted.await.unwrap();
        }
    };
    futures::future::join_all((0..20).map(add)).await;
    let now = directory.get::<Tenant>("acme").unwrap();
    assert_eq!((now.record.description.as_deref(), now.version), (Some("20"), 21));
    assert!(directory.snapshot().has(Sort::Tenant, "acme"));
}
