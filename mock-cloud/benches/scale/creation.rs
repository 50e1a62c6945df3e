//! Creations in batches of concurrent requests, beside a bare handler that takes and sends the same bytes.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use super::client::{Connection, batch, get, median};
use super::{JSON, Mock, busy, row};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1500);
const MACHINES: &str = "/cimi/machines";

/// A request to create a machine, from the first template or, where there is none, from the first configuration.
pub(crate) fn request(address: SocketAddr) -> Vec<u8> {
    let mut connection = Connection::open(address);
    connection.send(&get("/cimi/machineTemplates?$last=0", JSON));
    let any = !std::str::from_utf8(connection.receive()).expect("JSON is text").contains("\"count\":0");
    let template = if any {
        format!(r#"{{"href":"http://{address}/cimi/machineTemplates/1"}}"#)
    } else {
        format!(r#"{{"machineConfig":{{"href":"http://{address}/cimi/machineConfigs/1"}}}}"#)
    };
    let body = format!(
        r#"{{"resourceURI":"http://schemas.dmtf.org/cimi/2/MachineCreate","name":"made","machineTemplate":{template}}}"#
    );
    let length = body.len();
    format!(
        "POST {MACHINES} HTTP/1.1\r\nhost: mock\r\naccept: {JSON}\r\ncontent-type: {JSON}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Creations a second, and those of the bare handler, in turns. Where others use the processors, too, what counts is the
/// time of a processor that each creation takes, of the server and of this client.
pub(crate) fn measure(mock: &Mock) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let request = request(mock.address);
    let bare = bare(&runtime, mock.address, &request);
    let (mut of_mock, mut of_bare, mut server, mut client) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let before = [mock.busy(), busy("thread-self")];
        let created = rate(mock.address, &request);
        let count = created * ROUND.as_secs_f64() / 1e6;
        of_mock.push(created);
        server.push((mock.busy() - before[0]) / count);
        client.push((busy("thread-self") - before[1]) / count);
        of_bare.push(rate(bare, &request));
    }
    let [of_mock, of_bare, server, client] = [of_mock, of_bare, server, client].map(median);
    row("creations over HTTP", of_mock, Some(20_000.0), "/s");
    row("a bare handler with the same bytes", of_bare, None, "/s");
    row("ratio", of_mock / of_bare, None, "");
    row("time of a processor for each creation: server", server, None, "us");
    row("time of a processor for each creation: client", client, None, "us");
    row("creations that two processors have time for", 2e6 / (server + client), Some(20_000.0), "/s");
}

fn rate(address: SocketAddr, request: &[u8]) -> f64 {
    let mut connections: Vec<_> = (0..CONNECTIONS).map(|_| Connection::open(address)).collect();
    let mut count = 0_u32;
    let began = Instant::now();
    while began.elapsed() < ROUND {
        batch(&mut connections, request);
        count += u32::try_from(connections.len()).expect("a handful");
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

fn bare(runtime: &Runtime, mock: SocketAddr, request: &[u8]) -> SocketAddr {
    let mut connection = Connection::open(mock);
    connection.send(request);
    let body = Bytes::copy_from_slice(connection.receive());
    let handler = move |_: Bytes| async move { (StatusCode::ACCEPTED, [("content-type", JSON)], body) };
    let router = Router::new().route(MACHINES, post(handler));
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    runtime.spawn(cimi::server::serve(listener, router, std::future::pending()));
    address
}
