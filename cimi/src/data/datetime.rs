//! `DateTime`.

/// `DateTime`, kept as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateTime(String);

impl DateTime {
    /// Its text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
