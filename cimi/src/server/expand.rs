//! `$expand` (DSP0263 4.1.6.4): references shown with the attributes of what they point to.
//!
//! Owns following references through the provider, and how many. Which references are meant is the query's.

use std::collections::HashMap;

use super::etag::Variation;
use super::exchange::Exchange;
use super::provider::{Path, Provider, Representation, TargetKind};
use super::refusal::{Reason, Refusal};
use crate::document::Document;
use crate::query::{Expand, Query};
use crate::value::Reference;

/// Fills the references of a document that are to be expanded, and adds what was read to the variation: the document now
/// changes with every resource in it. References that point outside, to nothing, or to what the caller may not read
/// stay as they are.
///
/// # Errors
/// `BadRequest` if there are more than the limit allows; what the provider says if it is out of order.
pub(super) async fn expand<P: Provider>(
    exchange: &Exchange<'_, P>,
    expand: &Expand,
    document: &mut Document,
    variation: &mut Variation,
) -> Result<(), Refusal> {
    let mut reading = Reading::new(exchange);
    for reference in expand.references(document) {
        reading.fill(reference, variation).await?;
    }
    Ok(())
}

/// Resources read for one request: each once, up to a limit.
pub(super) struct Reading<'e, 'a, P: Provider> {
    exchange: &'e Exchange<'a, P>,
    /// How many more resources may be put into the answer.
    left: u64,
    read: HashMap<Path, Option<(Representation, u64)>>,
}

impl<'e, 'a, P: Provider> Reading<'e, 'a, P> {
    /// Nothing read yet.
    pub(super) fn new(exchange: &'e Exchange<'a, P>) -> Self {
        Self { exchange, left: exchange.face.options.expansions as u64, read: HashMap::new() }
    }

    /// The resource or collection that a reference points to, whole. `None` if the caller can read nothing there.
    ///
    /// # Errors
    /// `BadRequest` beyond the limit; what the provider says if it is out of order.
    pub(super) async fn get(&mut self, href: &str) -> Result<Option<&Representation>, Refusal> {
        let base = self.exchange.provider().base_uri();
        let Some(path) = Path::resolve(base, href) else { return Ok(None) };
        if !self.read.contains_key(&path) {
            let found = match self.fetch(&path).await {
                Ok(found) => Some(found),
                // What a caller may not see, or what one part of the provider cannot show now, hides nothing else.
                Err(refusal) if is_local(refusal.reason) => None,
                Err(refusal) => return Err(refusal),
            };
            self.read.insert(path.clone(), found);
        }
        let Some(Some((representation, weight))) = self.read.get(&path) else { return Ok(None) };
        // What is shown twice is in the answer twice.
        self.left = self.left.checked_sub(*weight).ok_or_else(|| too_many(self.exchange))?;
        Ok(Some(representation))
    }

    async fn fill(&mut self, reference: &mut Reference, variation: &mut Variation) -> Result<(), Refusal> {
        let Some(href) = reference.href.as_deref() else { return Ok(()) };
        if let Some(target) = self.get(href).await? {
            variation.add(&target.version.0);
            // What the reference carries already is about the reference, and stays.
            let own = std::mem::replace(&mut reference.attributes, target.document.attributes.clone());
            reference.attributes.extend(own);
        }
        Ok(())
    }

    /// Reads what is at a path, with its weight: one, and one more for each member.
    async fn fetch(&self, path: &Path) -> Result<(Representation, u64), Refusal> {
        let exchange = self.exchange;
        let target = exchange.provider().locate(&exchange.caller, path).await?;
        match target.kind {
            TargetKind::Resource => Ok((exchange.provider().read(&exchange.caller, path).await?, 1)),
            TargetKind::Collection => {
                let query = Query { last: Some(self.left), ..Query::default() };
                let listing = exchange.list(&query, path, target.schema).await?;
                if listing.count > self.left {
                    return Err(too_many(exchange));
                }
                let weight = 1 + listing.count;
                Ok((listing.into_representation(), weight))
            }
            TargetKind::Operation(_) => Err(Refusal::not_found("The URI is that of an operation.")),
        }
    }
}

/// Whether a refusal is about one reference only.
const fn is_local(reason: Reason) -> bool {
    matches!(reason, Reason::NotFound | Reason::Forbidden | Reason::MethodNotAllowed | Reason::Unavailable)
}

fn too_many<P: Provider>(exchange: &Exchange<'_, P>) -> Refusal {
    Refusal::bad_request(format!(
        "The request reads more than {} other resources, the limit here. Name fewer references, or narrow a collection with $first, $last or $filter.",
        exchange.face.options.expansions
    ))
}
