//! Users of another tenant, users who may only read, and certificates: at a cloud that has them, and at one that mixes
//! them up.

use std::fs;
use std::sync::Arc;

use mock_cloud::{MockCloud, Seed};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{MIN_SEED, judged, said, words};

const TENANTS: &str = r#"
[[tenants]]
name = "anna"
users = [
    { name = "anna", password = "anna-password", role = "administer" },
    { name = "rita", password = "rita-password", role = "read" },
]
[[tenants]]
name = "bert"
users = [{ name = "bert", password = "bert-password", role = "administer" }]
"#;

/// Judges isolation with these users; all passwords are NAME-password.
async fn check(other: &str, other_cep: &str, reader: &str, code: i32, says: &[&str]) {
    let seed = format!("{MIN_SEED}\n{TENANTS}");
    let cloud = MockCloud::builder().seed(Seed::new("tenants.toml", &seed)).speed(100.0);
    let cloud = cloud.start().await.expect("it starts");
    let folder = tempfile::tempdir().expect("there is room");
    for name in ["anna", "rita", "bert"] {
        fs::write(folder.path().join(name), format!("{name}-password\n")).expect("there is room");
    }
    let anna = cloud.base_uri();
    let text = format!(
        "[[endpoint]]\nname = \"anna\"\ncep = \"{anna}\"\nuser = \"anna\"\npassword-file = \"anna\"\n\
         [[endpoint.users]]\nrole = \"other\"\ncep = \"{}\"\nuser = \"{other}\"\npassword-file = \"{other}\"\n\
         [[endpoint.users]]\nrole = \"reader\"\nuser = \"{reader}\"\npassword-file = \"{reader}\"\n",
        anna.replace("/anna/", other_cep)
    );
    let file = folder.path().join("endpoints.toml");
    fs::write(&file, text).expect("there is room");
    let out = folder.path().join("run");
    let command = format!("run --endpoints {} --out {} --only isolation.*", file.display(), out.display());
    let output = judged(words(&command)).await;
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for words in says {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_and_roles_are_told_apart() {
    check("bert", "/bert/", "rita", 0, &["     6 pass"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_that_mixes_them_up_is_found_out() {
    // Whoever is said to be of another tenant, and is not, sees everything; whoever is said to read, and is not, writes.
    let found = ["isolation.tenant.unseen", "isolation.tenant.untouched", "isolation.role.reader"];
    check("anna", "/anna/", "anna", 1, &found).await;
}

/// A proxy to a cloud that asks for a certificate; its port, and the folder with the files.
async fn behind_certificates(cloud: String) -> (u16, tempfile::TempDir) {
    let names = vec!["localhost".to_owned()];
    let server = rcgen::generate_simple_self_signed(names.clone()).expect("it can be made");
    let client = rcgen::generate_simple_self_signed(names).expect("it can be made");
    let folder = tempfile::tempdir().expect("there is room");
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).expect("there is room");
    write("ca.pem", server.cert.pem());
    write("client.pem", client.cert.pem());
    write("client.key", client.signing_key.serialize_pem());
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(client.cert.der().clone()).expect("it is a certificate");
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let key = server.signing_key.serialize_pem();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("it is a key");
    let chain = vec![CertificateDer::from(server.cert.der().to_vec())];
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("there are some")
        .with_client_cert_verifier(verifier.build().expect("it is right"))
        .with_single_cert(chain, key)
        .expect("they go together");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a port");
    let port = listener.local_addr().expect("it has one").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, cloud) = (acceptor.clone(), cloud.clone());
            tokio::spawn(async move {
                let Ok(mut tls) = acceptor.accept(stream).await else { return };
                if let Ok(mut plain) = TcpStream::connect(&cloud).await {
                    // Either side may close.
                    let _ = copy_bidirectional(&mut tls, &mut plain).await;
                }
            });
        }
    });
    (port, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_shown_and_checked() {
    let cloud = MockCloud::builder().start().await.expect("it starts");
    let authority = cloud.base_uri().trim_start_matches("http://").split('/').next().unwrap_or_default();
    let (port, folder) = behind_certificates(authority.to_owned()).await;
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (ca, certificate, key) = (at("ca.pem"), at("client.pem"), at("client.key"));
    let run = format!("run --cep https://localhost:{port}/cimi/ --only query.select.* --out {}", at("run"));
    for (options, code) in [
        (format!("--ca-file {ca} --client-cert {certificate} --client-key {key}"), 0),
        (format!("--ca-file {ca}"), 3),
        (format!("--ca-file {certificate} --client-cert {certificate} --client-key {key}"), 3),
        (format!("--ca-file {key}"), 2),
    ] {
        let output = judged(words(&format!("{run} {options}"))).await;
        assert_eq!(output.status.code(), Some(code), "{options}: {}", said(&output));
    }
    let secret = fs::read_to_string(at("client.key")).expect("it is there");
    let line = secret.lines().nth(1).expect("a key has lines");
    for file in fs::read_dir(at("run")).expect("it is there").flatten() {
        let text = fs::read(file.path()).expect("it can be read");
        assert!(!String::from_utf8_lossy(&text).contains(line), "{}", file.path().display());
    }
}
