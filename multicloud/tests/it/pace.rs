//! How often clouds are asked: quickly where something moves, slowly where nothing does.

use mock_cloud::{Clock, Edition, MockCloud};
use reqwest::Method;

use crate::support::{self, Speaker, account, eventually, text};

#[tokio::test]
async fn what_moves_is_looked_at_often_and_nothing_else_is() {
    for edition in Edition::ALL {
        let builder = MockCloud::builder().edition(edition).clock(Clock::virtual_clock());
        let (cloud, overheard) = support::overheard(builder).await;
        let there = Speaker::to(cloud.base_uri());
        let machine = there.named("machines", "web-2").await;
        let path = text(&machine["id"]).split_once("/cimi/").unwrap().1.to_owned();
        let looks = || overheard.count(&Method::GET, &format!("/{path}"));
        let offer = machine["operations"]
            .as_array()
            .unwrap()
            .iter()
            .find(|offer| text(&offer["rel"]).ends_with("/start"));
        let (href, action) = (text(&offer.unwrap()["href"]), text(&offer.unwrap()["rel"]));
        there.post(&href, serde_json::json!({ "action": action })).await.expect(202);

        let config = format!("refresh-seconds = 3600\n{}", account("cloud", cloud.base_uri(), ""));
        let manager = support::manager(&config).await;
        let speaker = Speaker::to(manager.base_uri());
        let listings = || overheard.count(&Method::GET, "/machines");
        let at_first = listings();
        // Nobody asks the manager for it, and it is looked at.
        let before = looks();
        eventually("two looks", || async { (looks() >= before + 2).then_some(()) }).await;
        cloud.clock().drain();
        eventually("the state", || async {
            let machines = speaker.members("machines").await;
            machines.iter().any(|it| it["name"] == "web-2" && it["state"] == "STARTED").then_some(())
        })
        .await;
        assert_eq!(listings(), at_first, "everything else is left alone");
        let other = there.named("machines", "web-1").await;
        let other = text(&other["id"]).split_once("/cimi/").unwrap().1.to_owned();
        assert_eq!(overheard.count(&Method::GET, &format!("/{other}")), 0);
    }
}

#[tokio::test]
async fn what_begins_to_move_while_all_is_quiet_is_looked_at_soon() {
    let builder = MockCloud::builder().edition(Edition::V2).clock(Clock::virtual_clock());
    let (cloud, overheard) = support::overheard(builder).await;
    let config = format!("refresh-seconds = 3600\n{}", account("cloud", cloud.base_uri(), ""));
    let manager = support::manager(&config).await;
    let speaker = Speaker::to(manager.base_uri());
    let listings = overheard.count(&Method::GET, "/machines");
    let id = text(&speaker.named("machines", "web-2").await["id"]);

    // Somebody else starts it, and one look at it tells the manager.
    let there = Speaker::to(cloud.base_uri());
    let foreign = there.named("machines", "web-2").await;
    there.act(&text(&foreign["id"]), "start").await.expect(202);
    eventually("what the cloud shows", || async {
        (speaker.get(&id).await.expect(200).json()["state"] == "STARTING").then_some(())
    })
    .await;
    cloud.clock().drain();
    eventually("the state, in the list", || async {
        let machines = speaker.members("machines").await;
        machines.iter().any(|it| it["name"] == "web-2" && it["state"] == "STARTED").then_some(())
    })
    .await;
    assert_eq!(overheard.count(&Method::GET, "/machines"), listings + 1, "by the test itself");
}
