//! Wrong passwords: who tries many waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use multicloud::clock::Clock;
use multicloud::config::Config;
use multicloud::running;

use crate::support::Speaker;

#[tokio::test]
async fn who_fails_again_and_again_waits_and_nobody_else_does() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["ada", "bob"] {
        std::fs::write(folder.path().join(name), format!("password of {name}\n")).unwrap();
    }
    let user = |name: &str| format!("[[user]]\nname = \"{name}\"\npassword-file = \"{name}\"\n");
    let config = Config::parse("manager.toml", &(user("ada") + &user("bob")), folder.path()).unwrap();
    let seconds = Arc::new(AtomicI64::new(1_000_000));
    let clock = seconds.clone();
    let clock = Clock::from_fn(move || Timestamp::from_second(clock.load(Ordering::Relaxed)).unwrap());
    let manager = running::start(config, clock).await.unwrap();
    let (cimi, admin) = (Speaker::to(manager.base_uri()), Speaker::to(&manager.admin_uri()));

    // Bob was there before.
    cimi.user("bob", "password of bob").get("").await.expect(200);
    for name in ["ada", "bob", "nobody"] {
        for attempt in 0..10 {
            let wrong = cimi.user(name, &format!("guess {attempt}"));
            let reply = if attempt % 2 == 0 {
                wrong.get("").await
            } else {
                wrong.at(manager.admin_uri()).get("me").await
            };
            assert!(!reply.expect(401).header("www-authenticate").is_empty());
        }
        let refused = cimi.user(name, "one more").get("").await.expect(429);
        assert_eq!(refused.header("retry-after"), "1");
        let refused = admin.user(name, "one more").get("me").await.expect(429);
        assert_eq!(
            (refused.header("retry-after"), refused.header("content-type")),
            ("1", "application/problem+json")
        );
    }
    let ada = cimi.user("ada", "password of ada");
    ada.get("").await.expect(429);
    cimi.user("bob", "password of bob").get("").await.expect(200);
    seconds.fetch_add(1, Ordering::Relaxed);
    ada.get("").await.expect(200);
    cimi.user("ada", "one more").get("").await.expect(401);
    cimi.user("nobody", "one more").get("").await.expect(401);
    let refused = cimi.user("nobody", "one more").get("").await.expect(429);
    assert_eq!(refused.header("retry-after"), "2");
}
