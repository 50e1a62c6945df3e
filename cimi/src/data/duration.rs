//! `Duration`.

/// `Duration`, kept as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duration(String);

impl Duration {
    /// Its text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
