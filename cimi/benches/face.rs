//! GET of one Machine through the face, against a bare axum handler that sends the same bytes: requests a second over one
//! connection that is kept, and their ratio. Both are measured in turns within one run.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use cimi::codec::{self, Format};
use cimi::extension::Extensions;
use cimi::model::schema;
use cimi::server::{
    Action, Authorization, ListRequest, Listing, Methods, Options, Outcome, Path, Precondition, Provider,
    Refusal, Representation, Target, TargetKind, Version, router, serve,
};
use cimi::update::Update;
use cimi::{Attributes, Document, Edition, Map, Reference};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(600);
const BASE: &str = "http://127.0.0.1/cimi/";

/// A provider of one Machine. It builds the document for each request, as one that holds no documents does.
struct One(Extensions);

impl Provider for One {
    type Caller = ();

    fn edition(&self) -> Edition {
        Edition::V2
    }

    fn base_uri(&self) -> &'static str {
        BASE
    }

    fn extensions(&self) -> &Extensions {
        &self.0
    }

    async fn authenticate(&self, _: Option<&Authorization>) -> Result<(), Refusal> {
        Ok(())
    }

    async fn locate(&self, (): &(), _: &Path) -> Result<Target, Refusal> {
        let schema = schema(Edition::V2, "Machine");
        Ok(Target { kind: TargetKind::Resource, schema, methods: Methods::READ, accepts: Vec::new() })
    }

    async fn read(&self, (): &(), path: &Path) -> Result<Representation, Refusal> {
        Ok(Representation { document: machine(&path.path), version: Version("17".to_owned()) })
    }

    async fn list(&self, (): &(), _: &Path, _: &ListRequest<'_>) -> Result<Listing, Refusal> {
        Err(Refusal::not_found("no collection"))
    }

    async fn create(&self, (): &(), _: &Path, _: Document) -> Result<Outcome, Refusal> {
        Err(Refusal::not_found("no collection"))
    }

    async fn update(&self, (): &(), _: &Path, _: Update, _: &Precondition) -> Result<Outcome, Refusal> {
        Err(Refusal::forbidden("read only"))
    }

    async fn delete(&self, (): &(), _: &Path, _: &Precondition) -> Result<Outcome, Refusal> {
        Err(Refusal::forbidden("read only"))
    }

    async fn act(&self, (): &(), _: &Path, _: Action, _: &Precondition) -> Result<Outcome, Refusal> {
        Err(Refusal::forbidden("read only"))
    }
}

fn machine(path: &str) -> Document {
    let time = "2026-01-02T03:04:05Z".parse::<cimi::data::DateTime>().expect("a valid dateTime");
    let id = format!("{BASE}{path}");
    let properties: Map =
        [("rack", "r17"), ("owner", "ops")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let mut document = Document::with(
        schema(Edition::V2, "Machine"),
        Attributes::with_capacity(16)
            .with("id", id.clone())
            .with("name", "web server 17")
            .with("description", "One of many")
            .with("created", time.clone())
            .with("updated", time)
            .with("parent", Reference::to(BASE))
            .with("properties", properties)
            .with("state", "STARTED")
            .with("cpu", 4)
            .with("memory", 8_388_608_i64)
            .with("disks", Reference::to(format!("{id}/disks")))
            .with("cpuArch", "x86_64")
            .with("volumes", Reference::to(format!("{id}/volumes")))
            .with("interfaces", Reference::to(format!("{id}/interfaces"))),
    );
    for rel in ["edit", "delete"] {
        document.push_offer(rel, &id, true);
    }
    for operation in ["stop", "restart", "pause", "suspend"] {
        document.push_offer(&Edition::V2.action_uri(operation), &format!("{id}/{operation}"), true);
    }
    document
}

fn start(runtime: &Runtime, router: Router) -> SocketAddr {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    runtime.spawn(serve(listener, router, std::future::pending()));
    address
}

/// Requests a second.
fn measure(address: SocketAddr, request: &[u8]) -> f64 {
    let mut connection = BufReader::new(TcpStream::connect(address).expect("a listening server"));
    connection.get_ref().set_nodelay(true).expect("an open socket");
    let (mut line, mut body) = (String::new(), Vec::new());
    let began = Instant::now();
    let mut count = 0_u32;
    while began.elapsed() < ROUND {
        connection.get_mut().write_all(request).expect("an open connection");
        let mut length = 0;
        loop {
            line.clear();
            connection.read_line(&mut line).expect("an answer");
            if line.len() <= 2 {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().expect("a number");
            }
        }
        body.resize(length, 0);
        connection.read_exact(&mut body).expect("a body");
        count += 1;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

fn main() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let now = "2026-01-02T03:04:05Z".parse::<cimi::data::DateTime>().expect("a valid dateTime");
    let options = Options::new(Arc::new(move || now.clone()));
    let face = start(&runtime, router(Arc::new(One(Extensions::NONE)), options));
    for format in Format::ALL {
        let bytes = Bytes::from(codec::write(format, &machine("machines/17"), &Extensions::NONE));
        let media_type = format.media_type();
        let bare = Router::new()
            .route("/cimi/machines/17", get(move || async move { ([("content-type", media_type)], bytes) }));
        let bare = start(&runtime, bare);
        let request =
            format!("GET /cimi/machines/17 HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {media_type}\r\n\r\n");
        let (mut of_bare, mut of_face) = (0.0_f64, 0.0_f64);
        for _ in 0..ROUNDS {
            of_bare = of_bare.max(measure(bare, request.as_bytes()));
            of_face = of_face.max(measure(face, request.as_bytes()));
        }
        println!("{media_type}: bare {of_bare:.0}/s, face {of_face:.0}/s, ratio {:.2}", of_face / of_bare);
    }
}
