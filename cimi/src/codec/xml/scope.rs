//! Value scopes in XML (DSP0263 5.5.14): an element for each scoped attribute, and in it the scope.
//!
//! Owns the one difference to other values without declared types: several `value` elements are the array `values`.

use super::output::Output;
use super::session::{Read, Session};
use super::tokens::Token;
use crate::value::{Attributes, Value};

/// The scope of the items of a collection: another value scope.
const ITEM: &str = "item";

impl Session<'_, '_> {
    /// A value scope: the element whose tag has been read, up to its end. `Null` if there is nothing in it.
    pub(super) fn value_scope(&mut self) -> Read<Value> {
        let mut scopes = Attributes::new();
        loop {
            match self.next()? {
                Token::Start(child) => {
                    let name = self.natural_key(&child)?.unwrap_or_else(|| child.name().to_owned());
                    let scope = self.scope()?;
                    if scopes.contains(&name) {
                        self.duplicate(child.at);
                    } else {
                        scopes.set(name, scope);
                    }
                }
                Token::Text(text) => self.stray(&text, self.tokens.at),
                Token::End | Token::Eof if scopes.is_empty() => return Ok(Value::Null),
                Token::End | Token::Eof => return Ok(Value::Structure(scopes)),
            }
        }
    }

    fn scope(&mut self) -> Read<Value> {
        let mut scope = Attributes::new();
        let mut values = Vec::new();
        loop {
            match self.next()? {
                Token::Start(child) if child.name() == "value" => values.push(self.natural(&child)?),
                Token::Start(child) => {
                    let name = child.name().to_owned();
                    let value = if name == ITEM { self.value_scope()? } else { self.natural(&child)? };
                    if scope.contains(&name) {
                        self.duplicate(child.at);
                    } else {
                        scope.set(name, value);
                    }
                }
                Token::Text(text) => self.stray(&text, self.tokens.at),
                Token::End | Token::Eof => break,
            }
        }
        match (values.pop(), values.is_empty()) {
            (Some(single), true) => {
                scope.set("value", single);
            }
            (Some(last), false) => {
                values.push(last);
                scope.set("values", values);
            }
            (None, _) => {}
        }
        Ok(Value::Structure(scope))
    }
}

impl Output {
    /// The inside of a value scope.
    pub(super) fn value_scope(&mut self, scopes: &Attributes) {
        for (name, scope) in scopes.iter() {
            let Some(fields) = scope.as_attributes() else {
                self.natural(name, None, scope);
                continue;
            };
            let element = self.begin_any(name);
            let inside = self.open();
            // The values come first, as they are printed, wherever the document has them.
            if let Some(value) = fields.get("value") {
                self.natural("value", None, value);
            }
            for value in fields.items("values") {
                self.natural("value", None, value);
            }
            for (name, value) in fields.iter() {
                match (name, value) {
                    ("value", _) | ("values", Value::Array(_)) => {}
                    (ITEM, Value::Structure(scopes)) => {
                        self.begin(ITEM);
                        let inside = self.open();
                        self.value_scope(scopes);
                        self.close(&inside, ITEM);
                    }
                    (name, value) => self.natural(name, None, value),
                }
            }
            self.close(&inside, element);
        }
    }
}
