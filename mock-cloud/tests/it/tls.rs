//! A cloud that speaks TLS, and the request log: both over a socket.

use std::io::Write;
use std::sync::{Arc, Mutex};

use mock_cloud::log::{Log, Paint};
use mock_cloud::{Clock, MockCloud, Seed, Tls, TlsError};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::control::ask;

#[tokio::test]
async fn the_cloud_speaks_tls() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let tls = Tls::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    let cloud = MockCloud::builder().tls(tls).start().await.unwrap();
    let authority = cloud.base_uri().strip_prefix("https://").unwrap().split('/').next().unwrap().to_owned();

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(&authority).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let request = format!("GET /cimi/ HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    // A server may close without saying goodbye.
    let _ = stream.read_to_string(&mut reply).await;
    assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
    assert!(reply.contains(cloud.base_uri()), "{reply}");

    // Who does not speak it gets nothing, and disturbs nobody.
    let mut plain = TcpStream::connect(&authority).await.unwrap();
    plain.write_all(b"GET /cimi/ HTTP/1.1\r\n\r\n").await.unwrap();
    let mut reply = Vec::new();
    let _ = plain.read_to_end(&mut reply).await;
    assert!(!reply.starts_with(b"HTTP"));
    cloud.stop().await;
}

#[test]
fn what_is_no_certificate_is_said() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let tls =
        |certificate: &str, key: &str| Tls::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap_err();
    assert!(matches!(tls("", &key), TlsError::Certificate(_)));
    assert!(matches!(tls(&certificate, "nonsense"), TlsError::Key(_)));
    assert!(matches!(tls(&certificate, &other.signing_key.serialize_pem()), TlsError::Pair(_)));
}

/// Bytes that a test can look at.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn requests_are_logged_without_secrets() {
    let seed = "[[tenants]]\nname = 'shop'\n[[tenants.users]]\nname = 'anna'\ntoken = 'geheim'\n[[tenants.machines]]\ncpu = 1\nmemory = 1\n";
    let lines = Shared::default();
    let cloud = MockCloud::builder()
        .seed(Seed::new("log.toml", seed))
        .clock(Clock::virtual_clock())
        .log(Log::new(lines.clone(), Paint::Plain))
        .start()
        .await
        .unwrap();
    let start = format!("{}machines/1/start", cloud.base_uri());
    let anna = [("authorization", "Bearer geheim"), ("content-type", "application/json")];
    let body = r#"{"action": "http://schemas.dmtf.org/cimi/2/action/start"}"#;
    assert_eq!(ask("POST", &start, &anna, body).await.status, 202);
    ask("GET", cloud.base_uri(), &[("authorization", "Bearer falsch")], "").await;
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let shown: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(shown.len(), 2, "{text}");
    assert_eq!(shown[0][..5], ["2026-01-01T00:00:00Z", "shop", "anna", "POST", "202"]);
    assert_eq!(shown[0][shown[0].len() - 3..], ["/shop/cimi/machines/1/start", "Job", "1"]);
    assert_eq!(shown[1][..5], ["2026-01-01T00:00:00Z", "shop", "-", "GET", "401"]);
    assert!(!text.contains("geheim") && !text.contains("falsch"), "{text}");
}
