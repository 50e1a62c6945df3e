//! `Decimal`.

/// `Decimal`, kept as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal(String);

impl Decimal {
    /// Its text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
