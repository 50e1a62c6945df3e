//! Credential and `CredentialTemplate` (DSP0263 5.14.9 to 5.14.12).

use super::attribute::{Attribute, Type, attr};
use super::common;
use super::resource::ResourceType;

/// What both have: the provider's own parameters, and the extension attributes that the text proposes (tables 23 and 24).
/// The schema of 1.x has `operations` in front of these.
const ATTRIBUTES: &[Attribute] = &[
    common::OPERATIONS.v1(),
    common::PARAMETERS,
    attr("userName", Type::String).optional(),
    attr("password", Type::String).optional(),
    attr("key", Type::Bytes).optional(),
];

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    ResourceType::resource("Credential", "5.14.9", ATTRIBUTES),
    ResourceType::collection("CredentialCollection", "5.14.10", "Credential", "credentials", "Credential"),
    ResourceType::resource("CredentialTemplate", "5.14.11", ATTRIBUTES),
    ResourceType::collection(
        "CredentialTemplateCollection",
        "5.14.12",
        "CredentialTemplate",
        "credentialTemplates",
        "CredentialTemplate",
    ),
];
