//! What is wrong with a configuration.

use std::path::PathBuf;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// What is wrong with a configuration.
#[derive(Debug, Error, Diagnostic)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    #[diagnostic(help("give an existing file with --config; see --help for an example"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The file says something wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Wrong(Box<Wrong>),
}

/// A place in the configuration that cannot be used.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub struct Wrong {
    /// What is wrong, and what was expected.
    pub message: String,
    #[source_code]
    pub(super) file: NamedSource<String>,
    #[label("here")]
    pub(super) at: SourceSpan,
    #[help]
    pub(super) help: Option<String>,
}
