//! Filters and orders in the terms of the store: as far as what a face shows is what is recorded.
//!
//! Owns where each attribute that is shown comes from. What cannot be said to the store is left to `shown`, with the same
//! results: a test compares.

use std::collections::BTreeMap;

use cimi::Edition;
use cimi::model::{Type, registry};
use cimi::query::Query;
use cimi::query::filter::{Comparison, Expr, Literal, Op};
use cimi::query::orderby::{self, Direction};

use super::North;
use super::document::{PRESENCE, WHERE};
use crate::kind::Kind;
use crate::placement::Place;
use crate::record::Id;
use crate::store::page::{Condition, Key};

/// Comparisons, and keys, beyond which a query is evaluated in memory: databases have limits.
const MOST: usize = 256;
const MOST_KEYS: usize = 16;

/// Where an attribute that a face shows comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// The URI.
    Id,
    /// The name of the account where a thing is.
    Account,
    /// Whose cloud that account is at.
    Provider,
    /// Where that account is.
    Location,
    /// In which country.
    Country,
    /// What its cloud calls it.
    ProviderId,
    /// It is not shown.
    Nothing,
    /// The record, as it is there: of this name and type.
    Record(&'static str, Type),
    /// The record, in other words.
    Words,
}

/// Where the attributes come from that a query names.
pub(super) type Sources = BTreeMap<String, Source>;

/// A query as the store understands it.
#[derive(Debug)]
pub(super) struct Pushed {
    /// What all that is asked for meets.
    pub(super) meets: Condition,
    pub(super) rest: Rest,
}

/// What is left of a query.
#[derive(Debug)]
pub(super) enum Rest {
    /// Nothing: this order, and the range.
    Nothing(Vec<(Key, Direction)>),
    /// All of it, for what meets the condition.
    All,
}

impl Source {
    /// What it is of where an account is.
    pub(super) fn of(self, place: &Place) -> Option<&str> {
        match self {
            Self::Provider => place.provider.as_deref(),
            Self::Location => place.location.as_deref(),
            Self::Country => place.country(),
            _ => None,
        }
    }
}

impl North {
    /// A query about resources of a kind.
    pub(super) fn pushed(&self, kind: Kind, query: &Query, sources: &Sources) -> Pushed {
        let (mut terms, mut exact) = (Vec::new(), true);
        for filter in &query.filters {
            let (term, is_exact) = self.condition(kind, filter.expr(), sources);
            terms.push(term);
            exact &= is_exact;
        }
        let mut meets = Condition::All(terms);
        if meets.size() > MOST {
            (meets, exact) = (Condition::ALWAYS, false);
        }
        let keys = query.order_by.as_ref().map_or(&[][..], orderby::OrderBy::keys);
        match order(keys, sources) {
            Some(order) if exact && order.len() <= MOST_KEYS => Pushed { meets, rest: Rest::Nothing(order) },
            _ => Pushed { meets, rest: Rest::All },
        }
    }

    /// Where the attributes come from that a query about resources of a kind names.
    pub(super) fn sources(&self, kind: Kind, query: &Query) -> Sources {
        let mut sources = Sources::new();
        let mut look = |name: &str| {
            sources.insert(name.to_owned(), self.source(kind, name));
        };
        query.filters.iter().for_each(|filter| each_name(filter.expr(), &mut look));
        query.order_by.iter().flat_map(orderby::OrderBy::keys).for_each(|key| look(&key.attribute));
        sources
    }

    fn source(&self, kind: Kind, name: &str) -> Source {
        let [account, provider, location, country, provider_id] = WHERE;
        let schema = self.schema(kind.type_name());
        let declared = schema.attribute(name);
        let is_placed = kind.has_place() && declared.is_none();
        match name {
            "id" => return Source::Id,
            _ if is_placed && name == PRESENCE => return Source::Words,
            _ if is_placed && name == account => return Source::Account,
            _ if is_placed && name == provider => return Source::Provider,
            _ if is_placed && name == location => return Source::Location,
            _ if is_placed && name == country => return Source::Country,
            _ if is_placed && name == provider_id => return Source::ProviderId,
            _ => {}
        }
        let Some(declared) = declared else { return Source::Nothing };
        let recorded = kind.schema().attribute(name).filter(|_| !WHERE.contains(&name));
        match recorded {
            Some(recorded) if self.is_shown_as(kind, name, declared.ty) => {
                Source::Record(recorded.name, recorded.ty)
            }
            _ => Source::Words,
        }
    }

    /// Whether the words of a simple attribute are those that are recorded.
    fn is_shown_as(&self, kind: Kind, name: &str, shown: Type) -> bool {
        if self.edition == Edition::V2 {
            return true;
        }
        // The newer words: what only 1.x has is in its own.
        let ours = registry(Edition::V2).get(kind.type_name());
        let is_plain = |ty: Type| {
            matches!(ty, Type::String | Type::Integer | Type::Boolean | Type::DateTime | Type::Duration)
        };
        let same = |ours: &cimi::model::Schema| {
            ours.attribute(name).is_some_and(|ours| is_plain(ours.ty) && ours.ty.name() == shown.name())
        };
        is_plain(shown) && ours.is_none_or(same)
    }

    /// What everything meets that satisfies an expression, and whether all that meets it does.
    fn condition(&self, kind: Kind, expr: &Expr, sources: &Sources) -> (Condition, bool) {
        let all = |terms: &mut dyn Iterator<Item = &Expr>| -> (Vec<Condition>, bool) {
            let (terms, exact): (Vec<_>, Vec<bool>) =
                terms.map(|term| self.condition(kind, term, sources)).unzip();
            (terms, exact.into_iter().all(|exact| exact))
        };
        match expr {
            Expr::And(terms) => {
                let (terms, exact) = all(&mut terms.iter());
                (Condition::All(terms), exact)
            }
            Expr::Or(terms) => {
                let (terms, exact) = all(&mut terms.iter());
                (Condition::Any(terms), exact)
            }
            Expr::Property(test) => {
                let (key, value) = (test.key().to_owned(), test.value().to_owned());
                (Condition::Property(key, test.op(), value), true)
            }
            Expr::Compare(comparison) => {
                let source = sources.get(comparison.attribute()).copied().unwrap_or(Source::Words);
                self.comparison(kind, comparison, source)
                    .map_or((Condition::ALWAYS, false), |condition| (condition, true))
            }
        }
    }

    fn comparison(&self, kind: Kind, comparison: &Comparison, source: Source) -> Option<Condition> {
        let op = comparison.op();
        Some(match (source, comparison.value()) {
            (Source::Nothing, _) => Condition::NEVER,
            (Source::Id, Literal::String(uri)) => match (self.number_in(kind, uri), op) {
                (Some(id), _) => Condition::Id(op, id),
                (None, Op::NotEqual) => Condition::ALWAYS,
                (None, _) => Condition::NEVER,
            },
            (Source::Account, Literal::String(text)) => Condition::Account(op, text.clone()),
            (Source::ProviderId, Literal::String(text)) => Condition::Native(op, text.clone()),
            (Source::Provider | Source::Location | Source::Country, Literal::String(text)) => {
                let places = self.app.itself().places();
                let there = places.into_iter().filter(|place| {
                    let found = source.of(place).filter(|found| !found.is_empty());
                    found.is_some_and(|found| (found == text) == (op == Op::Equal))
                });
                Condition::AccountAmong(there.map(|place| place.account).collect())
            }
            (Source::Record("name", Type::String), Literal::String(text)) => {
                Condition::Name(op, text.clone())
            }
            (Source::Record("state", Type::String), Literal::String(text)) => {
                Condition::State(op, text.clone())
            }
            (Source::Record("created", Type::DateTime), Literal::DateTime(time)) => {
                Condition::Created(op, time.sortable())
            }
            (Source::Record("updated", Type::DateTime), Literal::DateTime(time)) => {
                Condition::Updated(op, time.sortable())
            }
            (Source::Record(name, Type::String | Type::Uri), Literal::String(text)) => {
                Condition::Text(name, op, text.clone())
            }
            (Source::Record(name, Type::Integer), Literal::Integer(number)) => {
                Condition::Number(name, op, *number)
            }
            (Source::Record(name, Type::Boolean), Literal::Boolean(truth)) => {
                Condition::Truth(name, op, *truth)
            }
            _ => return None,
        })
    }

    /// The identifier in the URI of a resource of this kind.
    fn number_in(&self, kind: Kind, uri: &str) -> Option<Id> {
        match super::place::Place::of(self.edition, uri.strip_prefix(&*self.base)?)? {
            super::place::Place::Resource(found, id) if found == kind => Some(id),
            _ => None,
        }
    }
}

/// An order as the store knows it, if it does.
fn order(keys: &[orderby::Key], sources: &Sources) -> Option<Vec<(Key, Direction)>> {
    let mut order = Vec::new();
    for key in keys {
        let by = match sources.get(&key.attribute).copied()? {
            // All are equal.
            Source::Nothing => continue,
            Source::Id => Key::Id,
            Source::Account => Key::Account,
            Source::Record("name", Type::String) => Key::Name,
            Source::Record("created", Type::DateTime) => Key::Created,
            Source::Record("updated", Type::DateTime) => Key::Updated,
            Source::Record(name, Type::Integer) => Key::Number(name),
            Source::Record(name, Type::Boolean) => Key::Truth(name),
            // Texts have an order of their own (4.1.6.6), which names alone are kept in.
            Source::Provider
            | Source::Location
            | Source::Country
            | Source::ProviderId
            | Source::Record(..)
            | Source::Words => return None,
        };
        order.push((by, key.direction));
    }
    Some(order)
}

fn each_name(expr: &Expr, look: &mut impl FnMut(&str)) {
    match expr {
        Expr::And(terms) | Expr::Or(terms) => {
            for term in terms {
                each_name(term, look);
            }
        }
        Expr::Compare(comparison) => look(comparison.attribute()),
        Expr::Property(_) => {}
    }
}
