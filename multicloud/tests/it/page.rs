//! The examples of docs/manager-admin.md, in their order.

use std::path::Path;

use mock_cloud::Edition;
use reqwest::Method;

use crate::support::{self, Speaker, basic, eventually};

/// A command of curl, as far as the page uses it.
#[derive(Default)]
struct Curl {
    url: String,
    method: Option<Method>,
    headers: Vec<(String, String)>,
    body: Option<String>,
    status: Option<u16>,
}

#[tokio::test]
async fn the_examples_do_what_the_page_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/manager-admin.md");
    let page = std::fs::read_to_string(file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("master.key"), "ab".repeat(32)).unwrap();
    let configuration = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let cloud = support::instant(Edition::V2).await;
    let manager = support::manager_in(folder.path(), configuration).await;
    let here = format!("http://{}", manager.address());
    let page =
        page.replace("http://127.0.0.1:8080", &here).replace("http://127.0.0.1:4001/cimi/", cloud.base_uri());
    let speaker = Speaker::to("");
    let mut commands = 0;
    for command in
        page.split("```sh\n").skip(1).flat_map(|block| commands_of(block.split("```").next().unwrap()))
    {
        let headers: Vec<_> =
            command.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let usual = if command.body.is_some() { Method::POST } else { Method::GET };
        let method = command.method.clone().unwrap_or(usual);
        if command.url.ends_with("/cimi/machines") {
            let root = speaker.user("root", "correct horse");
            eventually("the account", || async {
                let account = root.get(&format!("{here}/admin/accounts/fjord")).await.json();
                (account["health"]["state"] == "up").then_some(())
            })
            .await;
        }
        let reply = speaker.ask(method, &command.url, &headers, command.body.clone()).await;
        let status = reply.status.as_u16();
        match command.status {
            Some(expected) => assert_eq!(status, expected, "{}: {}", command.url, reply.text),
            None => assert!(reply.status.is_success(), "{}: {status} {}", command.url, reply.text),
        }
        commands += 1;
    }
    assert!(commands > 10, "the examples were found: {commands}");
}

/// The commands of a block; what is not curl is left out.
fn commands_of(block: &str) -> Vec<Curl> {
    let whole = block.replace("\\\n", " ");
    let mut commands = Vec::new();
    let mut words = words(&whole).into_iter().peekable();
    while let Some(word) = words.next() {
        if word != "curl" {
            continue;
        }
        let mut command = Curl::default();
        while let Some(word) = words.next_if(|word| word != "curl") {
            let mut value = || words.next().unwrap();
            match word.as_str() {
                "-u" => {
                    let user = value();
                    let (name, password) = user.split_once(':').unwrap();
                    command.headers.push(("Authorization".to_owned(), basic(name, password)));
                }
                "-H" => {
                    let header = value();
                    let (name, value) = header.split_once(": ").unwrap();
                    command.headers.push((name.to_owned(), value.to_owned()));
                }
                "-X" => command.method = Some(value().parse().unwrap()),
                "-d" => command.body = Some(value()),
                "#" => command.status = Some(value().parse().unwrap()),
                _ => command.url = word,
            }
        }
        commands.push(command);
    }
    commands
}

/// Words as a shell has them: quotes keep blanks together.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote) = (None::<String>, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
