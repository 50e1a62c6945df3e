//! GET of one Machine from the mock cloud, beside a bare axum handler that sends the same bytes: requests a second over kept
//! connections, and their ratio. Both are measured in turns within one run, from one client thread.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use mock_cloud::{MockCloud, Running};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(400);
const MACHINE: &str = "/cimi/machines/3";
/// Serialization and the least share of the bare handler's speed that is wanted.
const GOALS: [(&str, f64); 2] = [("application/json", 0.6), ("application/xml", 0.5)];

/// A connection that is kept.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a listening server");
        stream.set_nodelay(true).expect("an open socket");
        Self { stream, buffer: vec![0; 64 << 10] }
    }

    fn send(&mut self, request: &[u8]) {
        self.stream.write_all(request).expect("an open connection");
    }

    /// Reads one answer: its length in all, and where its body begins.
    fn receive(&mut self) -> (usize, usize) {
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).expect("an open connection");
            assert!(read > 0, "the server has closed the connection");
            filled += read;
            let Some(head) = self.buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = head + 4;
            let text = std::str::from_utf8(&self.buffer[..head]).expect("headers are text");
            assert!(text.starts_with("HTTP/1.1 200"), "{text}");
            let length =
                text.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
            let whole = head + length.parse::<usize>().expect("a number");
            if filled >= whole {
                return (whole, head);
            }
        }
    }
}

fn request(accept: &str) -> Vec<u8> {
    format!("GET {MACHINE} HTTP/1.1\r\nhost: mock\r\naccept: {accept}\r\n\r\n").into_bytes()
}

/// Requests a second over so many connections at once.
fn measure(address: SocketAddr, request: &[u8], connections: usize) -> f64 {
    let mut connections: Vec<_> = (0..connections).map(|_| Connection::open(address)).collect();
    let mut count = 0_u32;
    let began = Instant::now();
    while began.elapsed() < ROUND {
        for connection in &mut connections {
            connection.send(request);
        }
        for connection in &mut connections {
            connection.receive();
            count += 1;
        }
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// A bare handler that sends what the mock cloud sends.
fn bare(runtime: &Runtime, cloud: SocketAddr, accept: &'static str) -> SocketAddr {
    let mut connection = Connection::open(cloud);
    connection.send(&request(accept));
    let (whole, head) = connection.receive();
    let body = Bytes::copy_from_slice(&connection.buffer[head..whole]);
    let handler =
        move || async move { ([("content-type", accept), ("vary", "accept"), ("etag", "\"22-j\"")], body) };
    let router = Router::new().route(MACHINE, get(handler));
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    runtime.spawn(cimi::server::serve(listener, router, std::future::pending()));
    address
}

fn address(cloud: &Running) -> SocketAddr {
    let authority = cloud.base_uri().trim_start_matches("http://").trim_end_matches("/cimi/");
    authority.parse().expect("a loopback address")
}

fn main() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let began = Instant::now();
    let cloud = runtime.block_on(MockCloud::builder().start()).expect("the built-in seed");
    let address = address(&cloud);
    Connection::open(address).send(&request(GOALS[0].0));
    println!("start to first request: {:.1} ms", began.elapsed().as_secs_f64() * 1000.0);
    for (accept, goal) in GOALS {
        let bare = bare(&runtime, address, accept);
        let request = request(accept);
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
