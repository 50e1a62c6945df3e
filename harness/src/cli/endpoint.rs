//! Which endpoint is meant, and what it is asked with: options of every command that talks to one.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use url::Url;

use crate::event::Edition;
use crate::http::{Credentials, Endpoint};

use super::EditionChoice;

#[derive(Debug, Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// URL of the Cloud Entry Point.
    #[arg(long, value_name = "URL")]
    pub(super) cep: Option<Url>,
    /// A name for the endpoint in reports [default: its host].
    #[arg(long)]
    name: Option<String>,
    /// User of Basic authentication.
    #[arg(long, requires = "password_file")]
    user: Option<String>,
    /// The file whose first line is the password (`-` for standard input).
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// The file whose first line is a bearer token (`-` for standard input).
    #[arg(long, value_name = "FILE", conflicts_with = "user")]
    token_file: Option<PathBuf>,
    /// The edition to judge by [default: what the entry point says].
    #[arg(long, value_enum)]
    edition: Option<EditionChoice>,
}

impl Arguments {
    /// The endpoint that they name.
    ///
    /// # Errors
    /// What is wrong with them, for whoever wrote them.
    pub(super) fn endpoint(&self) -> Result<Endpoint, String> {
        let cep = self.cep.clone().ok_or("--cep URL is missing: the Cloud Entry Point to talk to")?;
        self.at(cep, None)
    }

    /// The endpoint at a URL, under a name unless another is given.
    ///
    /// # Errors
    /// What is wrong with them, for whoever wrote them.
    pub(super) fn at(&self, cep: Url, name: Option<&str>) -> Result<Endpoint, String> {
        if !matches!(cep.scheme(), "http" | "https") {
            return Err(format!("--cep {cep}: expected an http or https URL"));
        }
        if !cep.username().is_empty() || cep.password().is_some() {
            return Err(
                "--cep: expected a URL without user and password; --user and --password-file take them"
                    .to_owned(),
            );
        }
        let host = cep.host_str().unwrap_or("endpoint");
        let name = self.name.as_deref().or(name).unwrap_or(host).to_owned();
        Ok(Endpoint { name, credentials: self.credentials()?, edition: self.edition.map(Edition::from), cep })
    }

    fn credentials(&self) -> Result<Credentials, String> {
        Ok(match (&self.user, &self.password_file, &self.token_file) {
            (Some(user), Some(file), _) => Credentials::Basic { user: user.clone(), password: secret(file)? },
            (_, _, Some(file)) => Credentials::Bearer(secret(file)?),
            _ => Credentials::Nobody,
        })
    }
}

/// The first line of a file that holds a secret.
pub(super) fn secret(file: &Path) -> Result<String, String> {
    const MAX: u64 = 64 * 1024;
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin().take(MAX).read_to_string(&mut text)
    } else {
        File::open(file).and_then(|f| f.take(MAX).read_to_string(&mut text))
    };
    read.map_err(|e| format!("{}: {e}", file.display()))?;
    let line = text.lines().next().unwrap_or("").to_owned();
    if line.is_empty() {
        Err(format!("{}: its first line is empty; a secret was expected there", file.display()))
    } else {
        Ok(line)
    }
}
