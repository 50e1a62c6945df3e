//! The codecs beside the tokenizers under them: reading the same bytes into `serde_json::Value`, and through a bare loop over
//! quick-xml's events. After the table of divan, the ratios of both, measured within this run.

#![allow(clippy::print_stdout, reason = "this is a program")]
#![allow(clippy::cast_precision_loss, reason = "sizes and times as floating point are exact enough")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use cimi::codec::{self, Context, Format, Reader};
use cimi::extension::Extensions;
use cimi::model::schema;
use cimi::value::{Attributes, Map, Reference, Value};
use cimi::{Document, Edition, Limits};
use divan::Bencher;
use divan::counter::BytesCount;

const SIZES: [usize; 2] = [1, 1000];

fn main() {
    divan::main();
    ratios();
    growth();
}

/// A Machine, or a collection of many.
fn document(machines: usize) -> Document {
    let edition = Edition::V2;
    if machines == 1 {
        return Document::with(schema(edition, "Machine"), machine(1));
    }
    let members: Vec<Value> = (0..machines).map(|number| Value::Structure(machine(number))).collect();
    let attributes = Attributes::new()
        .with("id", "http://cloud.example.com/cimi/machines")
        .with("count", i64::try_from(machines).expect("it is small"))
        .with("machines", members);
    Document::with(schema(edition, "MachineCollection"), attributes)
}

fn machine(number: usize) -> Attributes {
    let id = format!("http://cloud.example.com/cimi/machines/{number}");
    let part = |name: &str| Reference::to(format!("{id}/{name}"));
    let time: cimi::data::DateTime = "2012-05-25T13:30:15-05:00".parse().expect("this is a dateTime");
    let properties: Map =
        [("owner", "ann"), ("stage", "test")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let operation = |rel: &str| {
        let rel_uri = Edition::V2.action_uri(rel);
        Value::Structure(Attributes::new().with("rel", rel_uri).with("href", format!("{id}/{rel}")))
    };
    Attributes::new()
        .with("id", id.as_str())
        .with("name", format!("machine {number}"))
        .with("description", "a machine for tests & benches, with a sentence of description")
        .with("created", time.clone())
        .with("updated", time)
        .with("properties", properties)
        .with("state", "STARTED")
        .with("cpu", 4)
        .with("memory", 8_388_608)
        .with("disks", part("disks"))
        .with("cpuArch", "x86_64")
        .with("cpuSpeed", 2400)
        .with("volumes", part("volumes"))
        .with("interfaces", part("interfaces"))
        .with("snapshots", part("snapshots"))
        .with("meters", part("meters"))
        .with("eventLog", part("eventLog"))
        .with("operations", ["stop", "restart", "pause", "suspend", "capture"].map(operation).to_vec())
}

fn bytes(format: Format, machines: usize) -> Vec<u8> {
    codec::write(format, &document(machines), &Extensions::NONE)
}

fn read(format: Format, bytes: &[u8]) -> Document {
    let context = Context {
        edition: Edition::V2,
        expected: &[],
        reader: Reader::Consumer,
        limits: &Limits::CLIENT,
        extensions: &Extensions::NONE,
    };
    codec::read(format, bytes, &context).ok().expect("our own bytes are good")
}

fn tree(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).expect("our own bytes are JSON")
}

/// Every event, every attribute: what a reader has at the least to ask for.
fn events(bytes: &[u8]) -> usize {
    let mut reader = quick_xml::Reader::from_reader(bytes);
    let mut count = 0;
    let mut buffer = Vec::new();
    loop {
        use quick_xml::events::Event;
        match reader.read_event_into(&mut buffer).expect("our own bytes are XML") {
            Event::Eof => return count,
            Event::Start(tag) | Event::Empty(tag) => {
                count += 1 + tag.attributes().filter_map(Result::ok).count();
            }
            _ => count += 1,
        }
        buffer.clear();
    }
}

#[divan::bench(args = SIZES)]
fn json_read(bencher: Bencher<'_, '_>, machines: usize) {
    let bytes = bytes(Format::Json, machines);
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| read(Format::Json, &bytes));
}

#[divan::bench(args = SIZES)]
fn json_read_by_serde_json(bencher: Bencher<'_, '_>, machines: usize) {
    let bytes = bytes(Format::Json, machines);
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| tree(&bytes));
}

#[divan::bench(args = SIZES)]
fn json_write(bencher: Bencher<'_, '_>, machines: usize) {
    let document = document(machines);
    let size = bytes(Format::Json, machines);
    bencher
        .counter(BytesCount::of_slice(&size))
        .bench(|| codec::write(Format::Json, &document, &Extensions::NONE));
}

#[divan::bench(args = SIZES)]
fn xml_read(bencher: Bencher<'_, '_>, machines: usize) {
    let bytes = bytes(Format::Xml, machines);
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| read(Format::Xml, &bytes));
}

#[divan::bench(args = SIZES)]
fn xml_read_by_quick_xml(bencher: Bencher<'_, '_>, machines: usize) {
    let bytes = bytes(Format::Xml, machines);
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| events(&bytes));
}

#[divan::bench(args = SIZES)]
fn xml_write(bencher: Bencher<'_, '_>, machines: usize) {
    let document = document(machines);
    let size = bytes(Format::Xml, machines);
    bencher
        .counter(BytesCount::of_slice(&size))
        .bench(|| codec::write(Format::Xml, &document, &Extensions::NONE));
}

/// Ours and theirs in turn, the best of several rounds each: noise of the machine hits both.
fn ratios() {
    println!("\nspeed relative to the tokenizer's own reading of the same bytes (goal: at least 0.40)");
    for machines in SIZES {
        let (json, xml) = (bytes(Format::Json, machines), bytes(Format::Xml, machines));
        let document = document(machines);
        let theirs = (best(|| tree(&json)), best(|| events(&xml)));
        let rows = [
            ("JSON read", best(|| read(Format::Json, &json)), theirs.0, json.len()),
            (
                "JSON write",
                best(|| codec::write(Format::Json, &document, &Extensions::NONE)),
                theirs.0,
                json.len(),
            ),
            ("XML read", best(|| read(Format::Xml, &xml)), theirs.1, xml.len()),
            (
                "XML write",
                best(|| codec::write(Format::Xml, &document, &Extensions::NONE)),
                theirs.1,
                xml.len(),
            ),
        ];
        for (what, ours, theirs, size) in rows {
            println!(
                "{what:>10} of {machines:>4}: {:>6.2}   {:>7.1} MB/s beside {:>7.1} MB/s",
                theirs.as_secs_f64() / ours.as_secs_f64(),
                rate(size, ours),
                rate(size, theirs),
            );
        }
    }
}

/// Time a byte for documents of about 1 and 10 MB: reading is linear.
fn growth() {
    println!("\ntime a byte of a document of 10 MB relative to one of 1 MB (linear: about 1)");
    for format in Format::ALL {
        let per_byte = |machines: usize| {
            let bytes = bytes(format, machines);
            best(|| read(format, &bytes)).as_secs_f64() / bytes.len() as f64
        };
        println!("{:>10}: {:>6.2}", format!("{format:?}"), per_byte(7_000) / per_byte(700));
    }
}

fn best<T>(mut run: impl FnMut() -> T) -> Duration {
    const ROUNDS: usize = 12;
    const ROUND: Duration = Duration::from_millis(40);
    let round = |run: &mut dyn FnMut()| {
        let begun = Instant::now();
        let mut count = 0_u32;
        while begun.elapsed() < ROUND {
            run();
            count += 1;
        }
        begun.elapsed() / count
    };
    let mut run = || drop(black_box(run()));
    (0..ROUNDS).map(|_| round(&mut run)).min().expect("there are rounds")
}

fn rate(size: usize, time: Duration) -> f64 {
    size as f64 / time.as_secs_f64() / 1e6
}
