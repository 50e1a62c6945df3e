//! Recordings of real servers: one exchange a file, the request in full or as the `curl` that sent it.

use std::fs;
use std::path::Path;

/// A recorded exchange.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) file: String,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) answer: Answer,
}

/// An answer, recorded or of the mock cloud.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// All exchanges of a folder, in the order of their names, which is that in which they were recorded.
pub(crate) fn read_folder(folder: &Path) -> Vec<Recording> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let is_exchange =
        |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "http");
    files.iter().filter(|path| is_exchange(path)).map(|path| read(path)).collect()
}

fn read(path: &Path) -> Recording {
    let file = path.file_name().unwrap().to_string_lossy().into_owned();
    let text = String::from_utf8_lossy(&fs::read(path).unwrap()).replace('\r', "");
    let Some(exchange) = text.strip_prefix("### REQUEST\n") else {
        let (command, answer) = text.split_once('\n').unwrap();
        return curl(file, command.strip_prefix("# curl ").unwrap(), answered(answer));
    };
    let (request, answer) = exchange.split_once("### RESPONSE\n").unwrap();
    let (first, headers, body) = message(request);
    let mut words = first.split(' ');
    Recording {
        file,
        method: words.next().unwrap().to_owned(),
        target: words.next().unwrap().to_owned(),
        headers,
        body: body.trim_end_matches('\n').to_owned(),
        answer: answered(answer),
    }
}

fn answered(text: &str) -> Answer {
    let (first, headers, body) = message(text);
    let status = first.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, headers, body }
}

fn message(text: &str) -> (String, Vec<(String, String)>, String) {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap().to_owned();
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    (first, headers, body.to_owned())
}

/// What a command line sends.
fn curl(file: String, command: &str, answer: Answer) -> Recording {
    let mut words = words(command).into_iter();
    let (mut method, mut target, mut body) = (None, String::new(), String::new());
    let mut headers = vec![("accept".to_owned(), "*/*".to_owned())];
    let mut typed = false;
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" => method = words.next(),
            "-u" => headers.push(("authorization".to_owned(), basic(&words.next().unwrap()))),
            "-d" => body = words.next().unwrap(),
            "-H" => {
                let header = words.next().unwrap();
                let (name, value) = header.split_once(": ").unwrap();
                typed |= name.eq_ignore_ascii_case("content-type");
                headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
                headers.push((name.to_owned(), value.to_owned()));
            }
            url => target = format!("/{}", url.split_once("://").unwrap().1.split_once('/').unwrap().1),
        }
    }
    if !body.is_empty() && !typed {
        headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    }
    let method = method.unwrap_or_else(|| if body.is_empty() { "GET" } else { "POST" }.to_owned());
    Recording { file, method, target, headers, body, answer }
}

/// Words as a shell reads them: quotes are taken away wherever they stand.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words
}

fn basic(pair: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}
