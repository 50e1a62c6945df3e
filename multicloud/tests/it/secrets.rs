//! Nothing secret is ever shown, logged or kept as it is; master keys are changed, and a wrong one is noticed.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use mock_cloud::MockCloud;
use mock_cloud::sim::Timing;
use multicloud::running::Running;
use serde_json::json;

use crate::support::{self, Reply, Speaker, basic, eventually, text};

const CLOUD: &str = "hunter2-cloud";
const ROOT: &str = "hunter2-root";

/// What somebody has seen.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<u8>>>);

impl Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seen {
    fn reply(&self, reply: &Reply) {
        let shown = format!("{:?} {}\n", reply.headers, reply.text);
        self.clone().write_all(shown.as_bytes()).unwrap();
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// A cloud, and the last Authorization that it was shown.
async fn overheard() -> (mock_cloud::Running, Arc<Mutex<String>>) {
    let last = Arc::new(Mutex::new(String::new()));
    let heard = last.clone();
    let front = move |router: axum::Router| {
        let heard = heard.clone();
        router.layer(axum::middleware::map_request(move |request: axum::extract::Request| {
            let header = request.headers().get("authorization");
            header.map_or("", |value| value.to_str().unwrap()).clone_into(&mut heard.lock().unwrap());
            std::future::ready(request)
        }))
    };
    (MockCloud::builder().timing(Timing::instant()).front(front).start().await.unwrap(), last)
}

/// A manager whose master key is so many times this digit, and was these others.
async fn manager(folder: &Path, key: u8, previous: &[u8]) -> Running {
    let name = |key: &u8| format!("key{key}");
    for key in previous.iter().chain([&key]) {
        std::fs::write(folder.join(name(key)), key.to_string().repeat(64)).unwrap();
    }
    let previous: Vec<String> = previous.iter().map(|key| format!("\"{}\"", name(key))).collect();
    let vault =
        format!("master-key-file = \"{}\"\nprevious-key-files = [{}]", name(&key), previous.join(","));
    let configuration = format!("store = \"a.sqlite\"\nrefresh-seconds = 1\n[vault]\n{vault}\n");
    support::manager_in(folder, &configuration).await
}

async fn account(speaker: &Speaker, endpoint: &str) {
    let parameters = json!({ "endpoint": endpoint, "user": "me", "password": CLOUD });
    speaker.post("providers", json!({ "name": "p", "profile": "cimi" })).await.expect(201);
    let account = json!({ "name": "a", "provider": "p", "parameters": parameters });
    speaker.post("accounts", account).await.expect(201);
}

async fn state(speaker: &Speaker) -> serde_json::Value {
    speaker.get("accounts/a").await.expect(200).json()["health"].clone()
}

async fn comes_up(speaker: &Speaker) {
    eventually("the account", || async { (state(speaker).await["state"] == "up").then_some(()) }).await;
}

/// Every route but those that delete, with these names and with bodies that are right and wrong.
async fn ask_everywhere(speaker: &Speaker, names: &[&str], shown: &Seen) {
    let right = json!({});
    let wrong = [json!({ "price": "x" }), json!({ "password": 5, "parameters": { "user": "you" } })];
    for route in multicloud::admin::routes().iter().filter(|route| route.method != reqwest::Method::DELETE) {
        for name in names {
            let path = route.path.trim_start_matches("/admin/").replace("{name}", name);
            for body in wrong.iter().chain([&right]) {
                shown.reply(&speaker.send(route.method.clone(), &path, &[], body.clone()).await);
            }
        }
    }
}

/// What is in the store, all its files.
fn contents(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let of_store = files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("a.sqlite"));
    let bytes: Vec<u8> = of_store.flat_map(|path| std::fs::read(path).unwrap()).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn nothing_secret_is_ever_shown() {
    let log = Seen::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_env_filter("trace,sqlx=trace").with_writer(move || writer.clone());
    // With one alone, what other threads meet first would be off here, too.
    let _other = tracing::Dispatch::new(tracing_subscriber::registry());
    // This thread's alone: the test, the manager and the cloud run in it.
    let logging = tracing::subscriber::set_default(subscriber.finish());
    let folder = tempfile::tempdir().unwrap();
    let (cloud, heard) = overheard().await;
    let manager = manager(folder.path(), 1, &[]).await;
    let open = Speaker::to(&manager.admin_uri());
    let shown = Seen::default();
    let root = json!({ "name": "root", "password": ROOT, "roles": [{ "role": "cloud-admin" }] });
    shown.reply(&open.post("users", root).await.expect(201));
    let speaker = open.user("root", ROOT);
    account(&speaker, cloud.base_uri()).await;
    let made = speaker.post("tokens", json!({ "description": "for a program" })).await.expect(201).json();
    let token = text(&made["token"]);
    comes_up(&speaker).await;
    assert_eq!(*heard.lock().unwrap(), basic("me", CLOUD), "the cloud is shown the right one");

    ask_everywhere(&speaker, &["a", "p", "root", "cimi", &text(&made["name"])], &shown).await;
    let bearer = open.with(&[("authorization", format!("Bearer {token}"))]);
    shown.reply(&bearer.get("me").await.expect(200));
    let cimi = bearer.at(manager.base_uri());
    for path in ["", "machines", "jobs", "resourceMetadata"] {
        shown.reply(&cimi.get(path).await.expect(200));
    }
    shown.reply(&open.user("root", "wrong").get("me").await.expect(401));
    let debugged =
        format!("{manager:?} {:?} {:?}", manager.app().accounts(), manager.app().directory().snapshot());
    manager.stop().await;
    drop(logging);

    let kept = contents(folder.path());
    assert!(kept.contains("$argon2id$"), "the password is kept as a hash");
    assert!(
        log.text().contains("tokens") && shown.text().contains("for a program"),
        "they have seen something"
    );
    let encoded = |user, password| basic(user, password).replace("Basic ", "");
    let secrets = [CLOUD.to_owned(), ROOT.to_owned(), token, encoded("me", CLOUD), encoded("root", ROOT)];
    for (what, text) in [("replies", shown.text()), ("log", log.text()), ("debug", debugged), ("store", kept)]
    {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret} in {what}");
        }
        assert!(what == "store" || !text.contains("$argon2"), "a hash in {what}");
    }
}

#[tokio::test]
async fn a_master_key_is_changed_and_a_wrong_one_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, heard) = overheard().await;
    let first = manager(folder.path(), 1, &[]).await;
    let speaker = Speaker::to(&first.admin_uri());
    account(&speaker, cloud.base_uri()).await;
    comes_up(&speaker).await;
    first.stop().await;

    // The new key with the old one beside it, then alone.
    for previous in [&[1][..], &[]] {
        heard.lock().unwrap().clear();
        let running = manager(folder.path(), 2, previous).await;
        comes_up(&Speaker::to(&running.admin_uri())).await;
        assert_eq!(*heard.lock().unwrap(), basic("me", CLOUD));
        running.stop().await;
    }

    // The old one opens nothing any more: the account says so, the rest goes on, and a secret given anew is sealed with it.
    heard.lock().unwrap().clear();
    let running = manager(folder.path(), 1, &[]).await;
    let speaker = Speaker::to(&running.admin_uri());
    let told = state(&speaker).await;
    assert_eq!(told["state"], "unused");
    assert!(text(&told["reason"]).contains("sealed with master key"), "{told}");
    assert_eq!(*heard.lock().unwrap(), "", "nobody asks there");
    speaker.patch("accounts/a", json!({ "parameters": { "user": "you" } })).await.expect(409);
    speaker.patch("accounts/a", json!({ "parameters": { "password": "hunter3" } })).await.expect(200);
    comes_up(&speaker).await;
    assert_eq!(*heard.lock().unwrap(), basic("me", "hunter3"));
    running.stop().await;
}

#[tokio::test]
async fn what_was_tampered_with_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, _) = overheard().await;
    let running = manager(folder.path(), 1, &[]).await;
    account(&Speaker::to(&running.admin_uri()), cloud.base_uri()).await;
    running.stop().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("a.sqlite"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let change = "update directory set concealed = replace(concealed, 'secrets\":\"', 'secrets\":\"AAAA')";
    assert_eq!(sqlx::query(change).execute(&pool).await.unwrap().rows_affected(), 2);
    pool.close().await;
    let running = manager(folder.path(), 1, &[]).await;
    let told = state(&Speaker::to(&running.admin_uri())).await;
    assert!(text(&told["reason"]).contains("tampered"), "{told}");
}

#[tokio::test]
async fn without_a_master_key_no_secret_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let running = support::manager_in(folder.path(), "store = \"a.sqlite\"\n").await;
    let speaker = Speaker::to(&running.admin_uri());
    speaker.post("providers", json!({ "name": "p", "profile": "cimi" })).await.expect(201);
    let parameters = json!({ "endpoint": "http://127.0.0.1:1/", "token": "hunter2" });
    let account = json!({ "name": "a", "provider": "p", "parameters": parameters });
    let refused = speaker.post("accounts", account).await.expect(409);
    assert!(refused.text.contains("master-key-file"), "{}", refused.text);
    assert_eq!(speaker.get("accounts").await.json()["count"], 0);
}

#[tokio::test]
async fn another_password_holds_at_once() {
    let running = support::manager("").await;
    let open = Speaker::to(&running.admin_uri());
    let root = json!({ "name": "root", "password": ROOT, "roles": [{ "role": "cloud-admin" }] });
    open.post("users", root).await.expect(201);
    let speaker = open.user("root", ROOT);
    speaker.get("me").await.expect(200);
    speaker.patch("users/root", json!({ "password": "another one" })).await.expect(200);
    speaker.get("me").await.expect(401);
    open.user("root", "another one").get("me").await.expect(200);
}
