//! What a client should do to be judged in full: a script for people. Whatever had no occasion names its step.

pub(super) const ENTRY: &str =
    "read the entry point, and follow its links to the machines and their templates";
pub(super) const READ: &str = "read one of the machines";
pub(super) const CREATE: &str = "create a machine from a template, and wait for its Job";
pub(super) const METADATA: &str =
    "read the metadata of the resources, and create a machine whose template has an `initialState`";
pub(super) const PART: &str = "change the description of a machine alone, by PUT with `$select`";
pub(super) const WHOLE: &str = "replace a machine: read it, change its description, PUT all of it";
pub(super) const ACT: &str = "start or stop a machine";
pub(super) const VOLUMES: &str =
    "list the volumes with `$filter` or in pages, and read the one of the name `backup`";
pub(super) const DELETE: &str = "delete that volume";
pub(super) const FORMATS: &str = "do all of it in JSON and in XML, if the client speaks both";

/// The steps, in an order that makes sense.
pub(super) const STEPS: [&str; 10] =
    [ENTRY, READ, CREATE, METADATA, PART, WHOLE, ACT, VOLUMES, DELETE, FORMATS];
