//! How bad each kind of remark is for each reader (DSP0263 5.3).
//!
//! Owns that table and nothing else.

use super::Reader;
use crate::finding::{Code, Severity};

impl Reader {
    /// What a remark means to this reader: a provider refuses what a consumer passes over. What cannot be read at all, or is of
    /// another type than was asked for, is of no use to either.
    pub const fn severity(self, code: Code) -> Severity {
        match (code, self) {
            (Code::Syntax | Code::Limit | Code::WrongResource, _) => Severity::Error,
            (Code::Style, _) | (_, Self::Consumer) => Severity::Warning,
            (_, Self::Provider) => Severity::Error,
        }
    }
}
