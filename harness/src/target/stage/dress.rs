//! How the documents of a stage look: its own addresses, attributes and order in them, and all of it taken out of requests
//! again.
//!
//! Owns what is added, whatever the format. Everything is legal by DSP0263: 4.1.1, 4.1.2, 5.1, 5.5.10.

use super::address::Addresses;
use super::{json, xml};

/// The namespace of the attributes of the stage's own.
pub(super) const NAMESPACE: &str = "http://cloud.example.org/stage";

/// A scalar attribute of the stage's own, of everything that is shown.
pub(super) const MARK: (&str, &str) = ("shelfMark", "B-7");

/// A structure of the stage's own.
pub(super) const CLIMATE: (&str, [(&str, &str); 2]) = ("shelfClimate", [("degrees", "19"), ("air", "dry")]);

/// A state that the text does not list, of the one volume of this name.
pub(super) const STATE: (&str, &str, &str) = ("backup", "AVAILABLE", "REPLICATING");

/// A media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Xml,
}

/// The form that a Content-Type names.
pub(super) fn form(content_type: &str) -> Option<Form> {
    let essence = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/json" => Some(Form::Json),
        "application/xml" => Some(Form::Xml),
        _ => None,
    }
}

/// A reply as clients see it; none where it cannot be read.
pub(super) fn put_on(form: Form, body: &str, addresses: &Addresses) -> Option<String> {
    match form {
        Form::Json => json::put_on(body, addresses),
        Form::Xml => xml::put_on(body, addresses),
    }
}

/// A request as the cloud behind understands it; none where it cannot be read.
pub(super) fn take_off(form: Form, body: &str, addresses: &Addresses) -> Option<String> {
    match form {
        Form::Json => json::take_off(body, addresses),
        Form::Xml => xml::take_off(body, addresses),
    }
}
