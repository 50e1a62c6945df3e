//! GET of one Machine from the mock cloud, beside a bare axum handler that sends the same bytes: requests a second over kept
//! connections, and their ratio. Both are measured in turns within one run, from one client thread.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use mock_cloud::MockCloud;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

mod client;

use client::{Connection, address, batch, median};

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(400);
const MACHINE: &str = "/cimi/machines/3";
/// Serialization and the least share of the bare handler's speed that is wanted.
const GOALS: [(&str, f64); 2] = [("application/json", 0.6), ("application/xml", 0.5)];

/// Requests a second over so many connections at once.
fn measure(address: SocketAddr, request: &[u8], connections: usize) -> f64 {
    let mut connections: Vec<_> = (0..connections).map(|_| Connection::open(address)).collect();
    let mut count = 0_u32;
    let began = Instant::now();
    while began.elapsed() < ROUND {
        batch(&mut connections, request);
        count += u32::try_from(connections.len()).expect("a handful");
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

/// A bare handler that sends what the mock cloud sends.
fn bare(runtime: &Runtime, cloud: SocketAddr, accept: &'static str) -> SocketAddr {
    let mut connection = Connection::open(cloud);
    connection.send(&client::get(MACHINE, accept));
    let body = Bytes::copy_from_slice(connection.receive());
    let handler =
        move || async move { ([("content-type", accept), ("vary", "accept"), ("etag", "\"22-j\"")], body) };
    let router = Router::new().route(MACHINE, get(handler));
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    runtime.spawn(cimi::server::serve(listener, router, std::future::pending()));
    address
}

fn main() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let began = Instant::now();
    let cloud = runtime.block_on(MockCloud::builder().start()).expect("the built-in seed");
    let address = address(cloud.base_uri());
    let mut first = Connection::open(address);
    first.send(&client::get(MACHINE, GOALS[0].0));
    first.receive();
    println!("start to first answer: {:.1} ms", began.elapsed().as_secs_f64() * 1000.0);
    for (accept, goal) in GOALS {
        let bare = bare(&runtime, address, accept);
        let request = client::get(MACHINE, accept);
        for connections in [1, 64] {
            let mut figures = [Vec::new(), Vec::new()];
            for _ in 0..ROUNDS {
                for (figures, server) in figures.iter_mut().zip([address, bare]) {
                    figures.push(measure(server, &request, connections));
                }
            }
            let [mock, bare] = figures.map(median);
            println!(
                "GET Machine {accept:<16} {connections:>2} connections: mock {mock:>7.0}/s, bare {bare:>7.0}/s, ratio {:.2} (goal {goal})",
                mock / bare
            );
        }
    }
}
