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
use super::{JSON, row};

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

/// Creations a second, and those of the bare handler, in turns.
pub(crate) fn measure(mock: SocketAddr) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let request = request(mock);
    let bare = bare(&runtime, mock, &request);
    let mut figures = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (figures, server) in figures.iter_mut().zip([mock, bare]) {
            figures.push(rate(server, &request));
        }
    }
    let [mock, bare] = figures.map(median);
    row("creations over HTTP", mock, Some(20_000.0), "/s");
    row("a bare handler with the same bytes", bare, None, "/s");
    row("ratio", mock / bare, None, "");
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
