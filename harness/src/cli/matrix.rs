//! `matrix`: the interop table over several runs.

use std::fs;
use std::path::{Component, Path, PathBuf};

use clap::Args;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::exit::ExitCode;
use crate::report;
use crate::report::interop::Interop;

use super::{Common, Done, with_source};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folders of runs (or their streams): each endpoint of each becomes a row.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
}

/// What an address in a page cannot have as it is.
const UNFIT: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'(').add(b')');

/// Writes the table beside its runs, in three forms, and shows it.
pub(super) fn matrix(arguments: &Arguments, common: &Common) -> Result<Done, String> {
    let folder = common.out.clone().unwrap_or_else(|| PathBuf::from("reports/local"));
    let cannot = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(&folder).map_err(cannot)?;
    let from = folder.canonicalize().map_err(cannot)?;
    let mut runs = Vec::new();
    for path in &arguments.runs {
        let run = report::read(path).map_err(|error| with_source(&error))?;
        let stream =
            report::stream_of(path).canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
        let own = stream.parent().unwrap_or(Path::new("")).join(report::REPORT_FILES[3]);
        runs.push((address(&from, &own), run));
    }
    let table = Interop::of(&runs);
    let markdown = table.markdown();
    for (name, text) in
        [("matrix.md", &markdown), ("matrix.html", &table.html()), ("matrix.json", &table.json())]
    {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let output = format!("{markdown}\nwritten: {}/{{matrix.md,matrix.html,matrix.json}}\n", folder.display());
    Ok(Done { code: ExitCode::Conformant, output, errors: String::new() })
}

/// The address of a file, from a folder; both are absolute.
fn address(folder: &Path, file: &Path) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (folder.components().collect(), file.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[shared..].iter().map(|_| "..".to_owned());
    let down = to[shared..].iter().map(|part: &Component<'_>| {
        utf8_percent_encode(&part.as_os_str().to_string_lossy(), UNFIT).to_string()
    });
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_addressed_from_where_the_table_is() {
        for (folder, file, expected) in [
            ("/a/b", "/a/b/run/report.html", "run/report.html"),
            ("/a/b/c", "/a/x y/report.html", "../../x%20y/report.html"),
        ] {
            assert_eq!(address(Path::new(folder), Path::new(file)), expected);
        }
    }
}
