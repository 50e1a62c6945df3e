//! `$filter` (DSP0263 4.1.6.1).
/// A parsed filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter;
