//! The face on a real socket: what only a connection shows.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use cimi::Edition::V2;
use cimi::server::serve;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::cloud::Cloud;
use super::face;

/// Sends each request on one connection and holds the first line of its answer against what is expected; then shuts the
/// server down.
fn check(exchanges: &[(&str, &str)]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let face = face(Arc::new(Cloud::new(V2, false)));
    let server = runtime.spawn(serve(listener, face, async {
        stopped.await.ok();
    }));
    let mut connection = BufReader::new(TcpStream::connect(address).unwrap());
    for (request, expected) in exchanges {
        connection.get_mut().write_all(request.as_bytes()).unwrap();
        assert_eq!(answer(&mut connection), *expected, "{request}");
    }
    stop.send(()).unwrap();
    assert_eq!(answer(&mut connection), "", "an idle connection ends with the server");
    runtime.block_on(server).unwrap().unwrap();
}

/// The status line of the next answer, its body read as well; nothing at the end of the connection.
fn answer(connection: &mut BufReader<TcpStream>) -> String {
    let (mut status, mut length, mut line) = (String::new(), 0, String::new());
    connection.read_line(&mut status).unwrap();
    while connection.read_line(&mut line).unwrap() > 2 {
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    connection.read_exact(&mut vec![0; length]).unwrap();
    status.trim_end().to_owned()
}

#[test]
fn a_connection_survives_whatever_is_refused() {
    let post = |length: &str, body: &str| {
        format!(
            "POST /cimi/volumes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{length}\r\n\r\n{body}"
        )
    };
    let chunked = post("Transfer-Encoding: chunked", "2\r\n[]\r\n0\r\n\r\n");
    let short = post("Content-Length: 2", "[]");
    check(&[
        ("GET /cimi/trouble/panic HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 500 Internal Server Error"),
        ("GET /cimi/trouble/never HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 503 Service Unavailable"),
        ("GET /cimi/volumes/1 HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\n", "HTTP/1.1 304 Not Modified"),
        (&short, "HTTP/1.1 400 Bad Request"),
        (&chunked, "HTTP/1.1 400 Bad Request"),
        ("GET /cimi HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK"),
    ]);
}

#[test]
fn a_body_that_is_too_large_is_not_read() {
    let head = "PUT /cimi/volumes/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n";
    check(&[(head, "HTTP/1.1 413 Payload Too Large")]);
}

#[test]
fn a_body_that_is_too_large_is_refused_even_to_who_sends_it_first() {
    let body = "x".repeat(30_000);
    let length = body.len();
    let head = format!(
        "PUT /cimi/volumes/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    check(&[
        (&format!("{head}{body}"), "HTTP/1.1 413 Payload Too Large"),
        ("GET /cimi HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK"),
    ]);
}
