//! Which endpoints are meant, and what they are asked with: options of every command that talks to one, and the file of
//! endpoints.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use url::Url;

use crate::case::Role;
use crate::event::Edition;
use crate::http::{Credentials, Endpoint, Trust, User};
use crate::source::{Faults, Field, Section};

use super::EditionChoice;

#[derive(Debug, Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// URL of the Cloud Entry Point.
    #[arg(long, value_name = "URL")]
    pub(super) cep: Option<Url>,
    /// A file of endpoints and their users (TOML), instead of one endpoint.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cep", "user", "token_file", "name", "other_user"])]
    pub(super) endpoints: Option<PathBuf>,
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
    /// A user of another tenant, who must not see what the first one has.
    #[arg(long, requires = "other_password_file")]
    other_user: Option<String>,
    /// The file whose first line is that user's password.
    #[arg(long, value_name = "FILE", requires = "other_user")]
    other_password_file: Option<PathBuf>,
    /// The Cloud Entry Point of the other tenant [default: the same].
    #[arg(long, value_name = "URL", requires = "other_user")]
    other_cep: Option<Url>,
    /// Trust the authorities in this file alone (PEM).
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// The certificate to show to the server (PEM).
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_cert: Option<PathBuf>,
    /// The key of that certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,
    /// The edition to judge by [default: what the entry point says].
    #[arg(long, value_enum)]
    edition: Option<EditionChoice>,
}

impl Arguments {
    /// The endpoints that they name.
    ///
    /// # Errors
    /// What is wrong with them, for whoever wrote them.
    pub(super) fn all(&self) -> Result<Vec<Endpoint>, String> {
        match (&self.endpoints, &self.cep) {
            (Some(file), _) => read(file),
            (None, Some(cep)) => Ok(vec![self.at(cep.clone(), None)?]),
            (None, None) => Err("--cep URL or --endpoints FILE is missing: whom to talk to".to_owned()),
        }
    }

    /// The endpoint at a URL, under a name unless another is given.
    ///
    /// # Errors
    /// What is wrong with them, for whoever wrote them.
    pub(super) fn at(&self, cep: Url, name: Option<&str>) -> Result<Endpoint, String> {
        usable(&cep).map_err(|wrong| format!("--cep: {wrong}"))?;
        let host = cep.host_str().unwrap_or("endpoint");
        let name = self.name.as_deref().or(name).unwrap_or(host).to_owned();
        let mut users = BTreeMap::new();
        if let (Some(user), Some(file)) = (&self.other_user, &self.other_password_file) {
            let credentials = Credentials::Basic { user: user.clone(), password: secret(file)? };
            let other = self.other_cep.clone().unwrap_or_else(|| cep.clone());
            usable(&other).map_err(|wrong| format!("--other-cep: {wrong}"))?;
            users.insert(Role::Other, User { cep: other, credentials });
        }
        let credentials = match (&self.user, &self.password_file, &self.token_file) {
            (Some(user), Some(file), _) => Credentials::Basic { user: user.clone(), password: secret(file)? },
            (_, _, Some(file)) => Credentials::Bearer(secret(file)?),
            _ => Credentials::Nobody,
        };
        Ok(Endpoint {
            name,
            credentials,
            edition: self.edition.map(Edition::from),
            trust: trust(self.ca_file.as_deref(), self.client_cert.as_deref(), self.client_key.as_deref())?,
            users,
            cep,
        })
    }
}

/// Whether a URL can be a Cloud Entry Point. It is shown everywhere, and so must have no secret in it.
fn usable(cep: &Url) -> Result<(), String> {
    if !matches!(cep.scheme(), "http" | "https") {
        return Err(format!("{cep}: expected an http or https URL"));
    }
    if !cep.username().is_empty() || cep.password().is_some() {
        return Err("expected a URL without user and password; options and files take them".to_owned());
    }
    Ok(())
}

fn trust(ca: Option<&Path>, certificate: Option<&Path>, key: Option<&Path>) -> Result<Trust, String> {
    let read = |file: &Path| fs::read(file).map_err(|error| format!("{}: {error}", file.display()));
    let identity = match (certificate, key) {
        (Some(certificate), Some(key)) => Some([read(certificate)?, b"\n".to_vec(), read(key)?].concat()),
        _ => None,
    };
    let authorities = ca.map(read).transpose()?;
    let is_pem = |pem: &[u8]| reqwest::Certificate::from_pem_bundle(pem).is_ok_and(|all| !all.is_empty());
    if let (Some(file), Some(pem)) = (ca, &authorities)
        && !is_pem(pem)
    {
        return Err(format!("{}: expected certificates in PEM", file.display()));
    }
    if let (Some(file), Some(pem)) = (certificate, &identity)
        && reqwest::Identity::from_pem(pem).is_err()
    {
        return Err(format!("{}: expected a certificate and its key in PEM", file.display()));
    }
    Ok(Trust { authorities, identity })
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

/// Reads a file of endpoints: tables `[[endpoint]]`, with `[[endpoint.users]]` for further users. Files that it names are
/// looked for beside it.
fn read(file: &Path) -> Result<Vec<Endpoint>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut faults = Faults::new(&file.display().to_string(), &text);
    let mut endpoints: Vec<Endpoint> = Vec::new();
    faults.document("a file of endpoints", |faults, root| {
        for section in root.sections("endpoint", "an endpoint", faults) {
            let span = section.span();
            let Some(endpoint) = endpoint(section, folder, faults) else { continue };
            if endpoints.iter().any(|known| known.name == endpoint.name) {
                faults.add(span, format!("a second endpoint named `{}`", endpoint.name), None);
            }
            endpoints.push(endpoint);
        }
        if endpoints.is_empty() && faults.count() == 0 {
            faults.add(0..0, "a file without an endpoint", Some("[[endpoint]]".to_owned()));
        }
        root.finish(faults);
    });
    let told = |faults: Vec<crate::source::SourceError>| {
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    faults.into_result(endpoints).map_err(told)
}

fn endpoint(section: Section<'_, '_>, folder: &Path, faults: &mut Faults) -> Option<Endpoint> {
    let name = section.required("name", faults).map(|field| field.value);
    let cep = section.required("cep", faults).and_then(|field| url(&field, faults));
    let edition = section.string("edition", faults).and_then(|field| {
        let edition = Edition::ALL.into_iter().find(|edition| edition.name() == field.value);
        if edition.is_none() {
            let message = format!("`{}` is no edition", field.value);
            faults.add(field.span, message, Some("\"v1\" or \"v2\"".to_owned()));
        }
        edition
    });
    let credentials = credentials_of(&section, folder, faults);
    let mut path = |key| section.string(key, faults).map(|field| folder.join(field.value));
    let (ca, certificate, key) = (path("ca-file"), path("client-cert"), path("client-key"));
    if certificate.is_some() != key.is_some() {
        let message = "`client-cert` and `client-key` go together";
        faults.add(section.span(), message, Some("both of them, or neither".to_owned()));
    }
    let trust = trust(ca.as_deref(), certificate.as_deref(), key.as_deref())
        .map_err(|error| faults.add(section.span(), error, Some("a file in PEM".to_owned())))
        .ok();
    let mut users = BTreeMap::new();
    for of_user in section.sections("users", "a further user", faults) {
        let role = of_user.required("role", faults).and_then(|field| role(&field, faults));
        let own = of_user.string("cep", faults).and_then(|field| url(&field, faults));
        let credentials = credentials_of(&of_user, folder, faults);
        if let (Some(role), Some(cep)) = (role, own.or_else(|| cep.clone())) {
            users.insert(role, User { cep, credentials });
        }
        of_user.finish(faults);
    }
    section.finish(faults);
    Some(Endpoint { name: name?, cep: cep?, credentials, edition, trust: trust?, users })
}

fn credentials_of(section: &Section<'_, '_>, folder: &Path, faults: &mut Faults) -> Credentials {
    let user = section.string("user", faults);
    let mut read = |key| {
        let field = section.string(key, faults)?;
        match secret(&folder.join(&field.value)) {
            Ok(secret) => Some(secret),
            Err(error) => {
                faults.add(field.span, error, Some("a file whose first line is the secret".to_owned()));
                None
            }
        }
    };
    match (user, read("password-file"), read("token-file")) {
        (Some(user), Some(password), None) => Credentials::Basic { user: user.value, password },
        (None, None, Some(token)) => Credentials::Bearer(token),
        (None, None, None) => Credentials::Nobody,
        _ => {
            let expected = "`user` with `password-file`, or `token-file`, or none of them";
            faults.add(section.span(), "credentials that do not go together", Some(expected.to_owned()));
            Credentials::Nobody
        }
    }
}

fn url(field: &Field<String>, faults: &mut Faults) -> Option<Url> {
    let url = Url::parse(&field.value).map_err(|error| format!("`{}`: {error}", field.value));
    match url.and_then(|url| usable(&url).map(|()| url)) {
        Ok(url) => Some(url),
        Err(wrong) => {
            faults.add(field.span.clone(), wrong, Some("an http or https URL".to_owned()));
            None
        }
    }
}

fn role(field: &Field<String>, faults: &mut Faults) -> Option<Role> {
    let role = Role::ALL.into_iter().find(|role| role.name() == field.value);
    if role.is_none() {
        let expected = "\"other\" (of another tenant) or \"reader\" (of the same one, may only read)";
        faults.add(field.span.clone(), format!("`{}` is no role", field.value), Some(expected.to_owned()));
    }
    role
}
