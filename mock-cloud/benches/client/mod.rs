//! A client for benches: kept connections, blocking, without anything that costs time of its own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a listening server");
        stream.set_nodelay(true).expect("an open socket");
        Self { stream, buffer: vec![0; 64 << 10] }
    }

    pub(crate) fn send(&mut self, request: &[u8]) {
        self.stream.write_all(request).expect("an open connection");
    }

    /// The body of one answer, which must be a success.
    pub(crate) fn receive(&mut self) -> &[u8] {
        let mut filled = 0;
        loop {
            if filled == self.buffer.len() {
                self.buffer.resize(filled * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[filled..]).expect("an open connection");
            assert!(read > 0, "the server has closed the connection");
            filled += read;
            let Some(head) = self.buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = head + 4;
            let text = std::str::from_utf8(&self.buffer[..head]).expect("headers are text");
            assert!(text.starts_with("HTTP/1.1 20"), "{text}");
            let length =
                text.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
            let whole = head + length.parse::<usize>().expect("a number");
            if filled >= whole {
                return &self.buffer[head..whole];
            }
        }
    }
}

/// A request for a path, without a body.
pub(crate) fn get(path: &str, accept: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: mock\r\naccept: {accept}\r\n\r\n").into_bytes()
}

/// Sends a request over each of the connections at once, and waits for all answers.
pub(crate) fn batch(connections: &mut [Connection], request: &[u8]) {
    for connection in &mut *connections {
        connection.send(request);
    }
    for connection in connections {
        connection.receive();
    }
}

/// The socket behind a base URI of loopback.
pub(crate) fn address(base_uri: &str) -> SocketAddr {
    let authority = base_uri.trim().trim_start_matches("http://").trim_end_matches("/cimi/");
    authority.parse().expect("a loopback address")
}

/// The figure that half of all are below.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
