//! `$orderby` (DSP0263 4.1.6.6).
/// Parsed sort keys.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderBy;
