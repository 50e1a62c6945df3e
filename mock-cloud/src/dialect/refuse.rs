//! Refusals, as a dialect words them.
//!
//! Owns the bodies of errors and which answer of the cloud means what.

use http::header::WWW_AUTHENTICATE;
use serde_json::{Value, json};

use super::ask::Ask;
use super::layer::Said;
use super::speech::{Cause, Fault, Form, Format, Speech};
use super::write::escape;

/// What is refused, and what there is to say about it.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) cause: Cause,
    pub(super) message: String,
}

impl From<Cause> for Refused {
    fn from(cause: Cause) -> Self {
        Self { cause, message: String::new() }
    }
}

/// Why the cloud behind has refused.
pub(super) fn cause_of(status: u16, ask: &Ask) -> Cause {
    match status {
        400 | 413 | 414 | 415 => Cause::Invalid,
        401 if ask.authorization.is_none() => Cause::Unauthorized,
        401 => Cause::WrongCredentials,
        403 => Cause::Forbidden,
        404 => Cause::Missing,
        405 => Cause::Method,
        409 | 412 => Cause::Conflict,
        _ => Cause::Internal,
    }
}

/// The answer.
pub(super) fn said(speech: &Speech, ask: &Ask, format: Format, refused: &Refused, id: Option<&str>) -> Said {
    let same =
        |known: &&(Cause, Fault)| std::mem::discriminant(&known.0) == std::mem::discriminant(&refused.cause);
    let last = speech.faults.last().expect("a dialect has a fault for everything else");
    let fault = &speech.faults.iter().find(same).unwrap_or(last).1;
    let word = match refused.cause {
        Cause::Lacking(word) => word,
        _ => "",
    };
    let fill = |text: &str| {
        filled(text, |name| match name {
            "message" => refused.message.clone(),
            "method" => ask.method.as_str().to_lowercase(),
            "path" => ask.path.clone(),
            "id" => id.unwrap_or_default().to_owned(),
            "type" => ask.content_type().to_owned(),
            "word" => word.to_owned(),
            _ => String::new(),
        })
    };
    let text = fill(fault.text);
    let mut said = Said::new(fault.status);
    for (name, value) in fault.headers {
        said.header(name, &fill(value));
    }
    if refused.cause == Cause::Unauthorized
        && let Some(challenge) = speech.access.challenge
    {
        said.header(WWW_AUTHENTICATE.as_str(), challenge);
    }
    let media = &speech.media;
    match fault.form {
        Form::Empty => {}
        Form::Text(content_type) => said.text(content_type, text),
        Form::Ruby(_) if format == Format::Xml => {
            said.text(Some(media.xml), ruby(fault.status, ask, &text, id));
        }
        Form::Ruby(class) => {
            said.json(media.json, &json!({ "code": fault.status, "message": text, "error": class }));
        }
        Form::Ring => {
            let method = ask.method.as_str().to_lowercase();
            said.json(
                media.json,
                &json!({ "status": fault.status, "request-method": method, "uri": ask.path, "message": text }),
            );
        }
        Form::RingShort => said.json(media.json, &json!({ "status": fault.status, "message": text })),
        Form::Nova(word) => {
            let inner = json!({ "message": text, "code": fault.status });
            said.json(media.json, &Value::Object([(word.to_owned(), inner)].into_iter().collect()));
        }
    }
    said
}

/// What the server knows of the request, in XML.
fn ruby(status: u16, ask: &Ask, text: &str, id: Option<&str>) -> String {
    let id = id.map(|id| format!("<param name='id'><![CDATA[\"{}\"]]></param>\n", id.replace("]]>", "")));
    format!(
        "<?xml version='1.0' encoding='utf-8' ?>\n<error status='{status}' url='{}'>\n\
         <backend driver='mock' provider='default'></backend>\n<code>{status}</code>\n\
         <message><![CDATA[{}]]></message>\n<backtrace>\n<![CDATA[]]>\n</backtrace>\n<request>\n{}</request>\n</error>\n",
        escape(&ask.path).replace('\'', "&apos;"),
        text.replace("]]>", ""),
        id.unwrap_or_default(),
    )
}

/// A text with what its braces stand for.
pub(super) fn filled(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut parts = text.split('{');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((name, rest)) => {
                out.push_str(&value(name));
                out.push_str(rest);
            }
            None => out.extend(["{", part]),
        }
    }
    out
}
