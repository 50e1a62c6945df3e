//! Clouds that do not answer: they cost those who ask them, and nobody else.

use std::time::Duration;

use mock_cloud::Edition;
use mock_cloud::fault::{Effect, Fault, Percent, When};
use serde_json::json;

use crate::support::{self, Hands, Speaker, account, text};

/// More than any deadline.
const NEVER: Duration = Duration::from_hours(1);

#[tokio::test(flavor = "multi_thread")]
async fn one_of_four_hangs_and_the_others_do_not_wait_for_it() {
    let mut clouds = Vec::new();
    for edition in [Edition::V2, Edition::V1, Edition::V2, Edition::V2] {
        clouds.push(support::instant(edition).await);
    }
    let named = clouds.iter().enumerate();
    let accounts =
        named.map(|(nth, it)| account(&format!("c{nth}"), it.base_uri(), &format!("price = {nth}")));
    let accounts: String = accounts.collect();
    let manager =
        support::manager(&format!("refresh-seconds = 3600\n[placement]\norder-by = \"price\"\n{accounts}"))
            .await;
    let speaker = Speaker::to(manager.base_uri());
    let machines = speaker.members("machines").await;
    let of = |name: &str| {
        let all = machines.iter().filter(|machine| machine["account"] == name);
        all.map(|machine| text(&machine["id"])).collect::<Vec<_>>()
    };

    clouds[3].faults().add(&Fault::latency(NEVER)).unwrap();
    let hung: Vec<_> = of("c3").into_iter().cycle().take(60).collect();
    let hung = hung.into_iter().map(|machine| {
        let speaker = speaker.clone();
        let change = json!({ "description": "never" });
        tokio::spawn(async move { speaker.put(&format!("{machine}?$select=description"), change).await })
    });
    let hung: Vec<_> = hung.collect();
    for round in 0..5 {
        for machine in ["c0", "c1", "c2"].into_iter().flat_map(of) {
            speaker.get(&machine).await.expect(200);
        }
        assert_eq!(speaker.members("machines").await.len(), machines.len() + round);
        let made = speaker.create_machine(&format!("quick-{round}")).await;
        assert_eq!(speaker.settle(&made).await["state"], "SUCCESS");
    }
    assert!(hung.iter().all(|it| !it.is_finished()), "they are waiting still, and nobody waited with them");
    for waiting in hung {
        waiting.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_that_loses_every_reply_is_left_alone_and_nothing_is_lost() {
    let (mute, other) = (support::instant(Edition::V2).await, support::instant(Edition::V2).await);
    let config = format!(
        "refresh-seconds = 3600\n[placement]\norder-by = \"price\"\n{}{}",
        account("mute", mute.base_uri(), "price = 1"),
        account("other", other.base_uri(), "price = 2"),
    );
    let manager = support::manager(&config).await;
    let speaker = Speaker::to(manager.base_uri());
    mute.faults().add(&Fault::new(Effect::Drop(When::After)).on("create")).unwrap();
    for (name, at) in [("one", "mute"), ("two", "mute"), ("three", "mute"), ("four", "other")] {
        let made = speaker.create_machine(name).await;
        assert!(made.status.is_success(), "{}", made.text);
        // What the mute cloud made is found once the manager looks there again.
        if at == "other" {
            assert_eq!(speaker.settle(&made).await["state"], "SUCCESS");
        }
        let machine = speaker.get(made.header("location")).await;
        let place = if machine.status.is_success() { machine.json()["account"].clone() } else { json!(null) };
        assert!(place == at || at == "mute", "{name} is at {place}");
    }
    let there = Speaker::to(mute.base_uri()).members("machines").await;
    for name in ["one", "two", "three"] {
        assert_eq!(there.iter().filter(|machine| machine["name"] == name).count(), 1, "{name}");
    }
    assert!(there.iter().all(|machine| machine["name"] != "four"));
    for account in manager.app().accounts() {
        multicloud::sync::account_once(manager.app(), &account).await.unwrap();
    }
    let here = speaker.members("machines").await;
    for name in ["one", "two", "three", "four"] {
        assert_eq!(here.iter().filter(|machine| machine["name"] == name).count(), 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_never_ends_at_its_cloud_has_failed_after_a_while_and_nothing_is_lost() {
    for edition in Edition::ALL {
        let cloud = support::instant(edition).await;
        let (folder, hands) = (tempfile::tempdir().unwrap(), Hands::default());
        let config = format!(
            "store = \"a.sqlite\"\nrefresh-seconds = 3600\nlongest-job-minutes = 90\n{}",
            account("slow", cloud.base_uri(), "")
        );
        let manager = support::manager_by(&hands, folder.path(), &config).await;
        let speaker = Speaker::to(manager.base_uri());
        let machine = text(&speaker.named("machines", "web-2").await["id"]);
        cloud.faults().add(&Fault::new(Effect::JobNeverEnds(Percent::default()))).unwrap();
        let made = speaker.create_machine("endless").await.expect(202);
        let started = speaker.act(&machine, "start").await.expect(202);
        hands.on(Duration::from_hours(1));
        for reply in [&made, &started] {
            let job = support::path(&json!(reply.header("cimi-job-uri")));
            assert_eq!(speaker.get(&job).await.expect(200).json()["state"], "RUNNING");
        }

        // A restart gives it no more time.
        manager.stop().await;
        let manager = support::manager_by(&hands, folder.path(), &config).await;
        let speaker = Speaker::to(manager.base_uri());
        hands.on(Duration::from_mins(31));
        for reply in [&made, &started] {
            let job = support::path(&json!(reply.header("cimi-job-uri")));
            let ended = support::eventually("its end", || async {
                let job = speaker.get(&job).await.expect(200).json();
                (job["state"] == "FAILED").then_some(job)
            })
            .await;
            let told = text(&ended["statusMessage"]);
            assert!(told.contains("slow has not come to an end in 90 minutes"), "{told}");
        }
        let there = Speaker::to(cloud.base_uri()).members("machines").await;
        let state = |name: &str| there.iter().find(|it| it["name"] == name).map(|it| it["state"].clone());
        let here = speaker.members("machines").await;
        for name in ["endless", "web-2"] {
            let shown: Vec<_> = here.iter().filter(|it| it["name"] == name).collect();
            assert_eq!(shown.len(), 1, "{name}");
            assert_eq!(Some(shown[0]["state"].clone()), state(name), "{name}");
        }
    }
}
