//! `$select` and `$expand` (DSP0263 4.1.6.3, 4.1.6.4).
/// Parsed names.
#[derive(Clone, Debug, PartialEq)]
pub struct Select;
/// Parsed names.
#[derive(Clone, Debug, PartialEq)]
pub struct Expand;
