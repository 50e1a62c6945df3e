//! What the notes on three real servers say of each, in our words, and what becomes of it when their recordings are judged.
//!
//! Each statement is found, or the reason is given why it is none of the judge's business. Each finding is in a statement,
//! or under [`Server::beside`] with what was made of it when it was looked at: a finding that nobody looked at fails the test.

/// What becomes of a statement.
pub(crate) enum Said {
    /// It is found: under these requirements, each with the beginning of its subject.
    Found(&'static [(&'static str, &'static str)]),
    /// The text allows it, or 1.x does.
    Allowed(&'static str),
    /// The recording does not show it.
    Unseen(&'static str),
}

/// The notes on a server.
pub(crate) struct Server {
    /// The folder of its recording.
    pub(crate) name: &'static str,
    /// What the notes say.
    pub(crate) notes: &'static [(&'static str, Said)],
    /// Findings beside the notes: requirement, beginning of the subject, and why each is right.
    pub(crate) beside: &'static [(&'static str, &'static str, &'static str)],
}

use Said::{Allowed, Found, Unseen};

pub(crate) const DELTACLOUD: Server = Server {
    name: "deltacloud",
    notes: &[
        (
            "the flat XML of 1.x, its namespace, its networks",
            Allowed("that is how 1.x is: `suites/spec/v1.toml`"),
        ),
        ("members of Collections are whole, and say no type each", Allowed("1.x asks for neither")),
        (
            "resourceURI on the root of every XML document",
            Allowed("more than is asked for, and of the text's own words"),
        ),
        (
            "an href beside the id of Collections",
            Allowed("the reference to itself; interpretation `unknown-attributes`"),
        ),
        ("attributes of its own on Machine", Found(&[("5.1/extensions-advertised", "Machine.machineImage")])),
        ("no XML declaration", Allowed("XML 1.0 needs none in UTF-8")),
        (
            "cpu is a string in JSON",
            Found(&[
                ("5.5.4/integer-json", "Machine.cpu"),
                ("5.5.4/integer-json", "MachineConfiguration.cpu"),
            ]),
        ),
        (
            "bootable is a string in JSON",
            Found(&[
                ("5.5.1/boolean-json", "Volume.bootable"),
                ("5.5.1/boolean-json", "VolumeImage.bootable"),
            ]),
        ),
        (
            "required of metadata is a string in JSON",
            Found(&[("5.5.1/boolean-json", "ResourceMetadata.attributes.required")]),
        ),
        (
            "several dates are no xs:dateTime",
            Found(&[("5.5.2/datetime-json", ""), ("5.5.2/datetime-xml", ""), ("DSP8009/simple-types", "")]),
        ),
        (
            "created is the time of the request",
            Found(&[
                ("5.7.1/created-constant", "GET CloudEntryPoint"),
                ("5.7.1/created-constant", "GET Machine"),
            ]),
        ),
        (
            "the capacity of a Volume comes back a million times as large",
            Found(&[("5.15.2.1/from-configuration", "Volume.capacity")]),
        ),
        (
            "the disks of a Machine are others when they are expanded",
            Found(&[("4.1.6.4/expand", "Machine.disks")]),
        ),
        ("typeUri instead of typeURI", Found(&[("5.11/type-uri", "ResourceMetadata.typeURI")])),
        ("the array of metadata is called resourceMetadata", Allowed("interpretation `grouping-names`")),
        ("private keys are shown", Unseen("what reads credentials was taken out of the recording")),
        ("delete by its short name here, by a URI there", Allowed("interpretation `rel-spelling`")),
        (
            "PUT and PATCH find no Machine",
            Found(&[
                ("http/method-not-allowed", "PUT Machine"),
                ("http/method-not-allowed", "PATCH Machine"),
            ]),
        ),
        ("operations of Systems lead to another host", Unseen("nobody asked there")),
        (
            "Systems refer to Collections that do not answer",
            Found(&[
                ("http/precondition-failed", "GET SystemCredentialCollection"),
                ("http/precondition-failed", "GET SystemSystemCollection"),
                ("http/precondition-failed", "GET SystemNetworkPortCollection"),
            ]),
        ),
        (
            "a started Machine does not offer delete, and can be deleted",
            Allowed("what is offered may depend on the user; to do more is no breach"),
        ),
        ("no Jobs at all", Allowed("Jobs are optional")),
        ("actions are at their end when they are answered", Allowed("interpretation `transient-states`")),
        ("a Machine that is stopped can be stopped", Allowed("interpretation `action-in-wrong-state`")),
        ("of URI and body, the body says which action it is", Allowed("interpretation `action-mismatch`")),
        (
            "errors are no Jobs, of four forms",
            Found(&[
                ("4.2.2/error-is-job", "json body"),
                ("4.2.2/error-is-job", "xml body"),
                ("4.2.2/error-is-job", "text body"),
                ("4.2.2/error-is-job", "html body"),
            ]),
        ),
        ("errors in XML have the backtrace", Found(&[("http/no-internals", "v1 xml")])),
        ("an unknown verb finds nothing", Found(&[("http/method-not-allowed", "PUT CloudEntryPoint")])),
        (
            "a Collection that is not there is answered with 412",
            Found(&[("http/precondition-failed", "GET other")]),
        ),
        ("metadata that are not there are an error of the server", Found(&[("http/not-found", "GET other")])),
        (
            "what came with the server can be deleted with an error",
            Found(&[("http/no-server-error", "DELETE Machine"), ("http/no-server-error", "DELETE Volume")]),
        ),
        (
            "deleting twice is an error of the server",
            Found(&[("http/not-found", "DELETE Machine"), ("http/not-found", "DELETE Volume")]),
        ),
        ("a template can be deleted twice", Allowed("interpretation `second-delete`")),
        (
            "a Volume in use can be deleted",
            Allowed("the Machine no longer lists it, which is one of the two ways that the text leaves"),
        ),
        (
            "a charset beside the media type is an error of the server",
            Found(&[("http/content-type-parameters", "POST Machine")]),
        ),
        ("no credentials: 401 with a challenge", Allowed("as HTTP asks")),
        ("wrong credentials: 401 without", Unseen("nobody tried wrong ones")),
        ("the entry point is read without credentials", Allowed("interpretation `unauthenticated-cep`")),
        (
            "a resourceURI of another type is taken",
            Found(&[("4.1.4/wrong-resource-uri-refused", "POST Machine")]),
        ),
        (
            "a configuration by value is passed over",
            Found(&[
                ("5.14.2.1/from-configuration", "Machine.cpu"),
                ("5.14.2.1/from-configuration", "Machine.memory"),
            ]),
        ),
        ("no template, or an image that is not there, makes a Machine", Unseen("nobody tried")),
        ("the weights of Accept are passed over", Found(&[("http/accept-q", "GET CloudEntryPoint")])),
        ("$format is passed over, format works", Allowed("what is not advertised changes nothing")),
        (
            "a version of the text that it does not speak is passed over",
            Found(&[("1.x/version-refused", "answers")]),
        ),
        ("the tag of an entity has no quotes", Found(&[("http/etag-syntax", "ETag")])),
        ("what has not changed is sent again", Found(&[("http/if-none-match", "GET ")])),
        (
            "and, or match nothing",
            Found(&[
                ("4.1.6.1/filter-and-or", "MachineCollection by and"),
                ("4.1.6.1/filter-and-or", "MachineCollection by or"),
            ]),
        ),
        (
            "integers and properties match nothing",
            Found(&[("4.1.6.1/filter-integer", "MachineCollection by a number")]),
        ),
        (
            "of two filters the last counts",
            Found(&[("4.1.6.1/filter-several-are-anded", "MachineCollection by several")]),
        ),
        (
            "comparisons and nonsense are an error of the server",
            Found(&[("http/no-server-error", "GET MachineCollection")]),
        ),
        ("$select is passed over on single resources", Allowed("what is not advertised changes nothing")),
        (
            "$expand of everything is an error of the server",
            Found(&[("http/no-server-error", "GET CloudEntryPoint")]),
        ),
        ("$first, $last and $orderby are passed over", Allowed("what is not advertised changes nothing")),
    ],
    beside: &[
        ("1.x/version-header", "", "no answer names its version; the schema does not ask for it: a warning"),
        (
            "4.2.2/error-is-job",
            "no body of a front end",
            "406 has no body; a front end may answer so: a warning",
        ),
        ("4.2.2/error-is-job", "json body of a front end", "401 in a form of its own; as before"),
        ("5.2/case-sensitive", "ResourceMetadata.typeUri", "typeURI, but for its letters"),
        ("DSP8009/element-order", "NetworkPortConfiguration.portType", "classOfService before it; a warning"),
        (
            "5.3/provider-mandatory",
            "VolumeImage.state",
            "table 21 asks for it and nothing in 1.x says otherwise",
        ),
        ("5.5.5/empty-string-omitted", "Machine.name", "made without a name, it has one of no letters"),
        ("http/no-server-error", "GET other", "seen together with the metadata that are not there"),
    ],
};

pub(crate) const STRATUSLAB: Server = Server {
    name: "stratuslab",
    notes: &[
        (
            "baseURI of the entry point is null",
            Found(&[
                ("5.3/provider-mandatory", "CloudEntryPoint.baseURI"),
                ("5.5.10/relative-to-base", "CloudEntryPoint.baseURI"),
            ]),
        ),
        (
            "after PUT, baseURI has no slash at its end",
            Found(&[("5.5.10/relative-form", "CloudEntryPoint.baseURI")]),
        ),
        ("version 9.9 is answered as any other", Found(&[("1.x/version-refused", "answers")])),
        ("a filter is passed over", Allowed("what is not advertised changes nothing")),
        ("stop of a Job is offered and leads nowhere", Found(&[("4.2/operations-accessible", "POST ")])),
        (
            "actions have Action in their URI, not action",
            Found(&[("4.2/operation-extension-rel", "Job.operations")]),
        ),
        ("a Collection that is not there is answered with 405", Found(&[("http/not-found", "GET other")])),
        ("who asks for XML gets JSON", Found(&[("4.1.4/accept-honoured", "GET MachineConfiguration")])),
        ("JSON that is none is an error of the server", Found(&[("http/malformed-body", "POST Volume")])),
        (
            "a resourceURI of another type is replaced",
            Found(&[("4.1.4/wrong-resource-uri-refused", "POST MachineConfiguration")]),
        ),
        ("a form is no body to it", Allowed("it is refused with 400")),
        ("there is no Machine", Allowed("Machines are optional")),
        ("lists leave out the array when they are empty", Allowed("as the text asks")),
        (
            "errors are of their own form, or plain text",
            Found(&[("4.2.2/error-is-job", "json body"), ("4.2.2/error-is-job", "text body")]),
        ),
        (
            "making a Volume names its Job, by a relative URI",
            Found(&[("4.2.1.6/job-per-request", "POST Volume")]),
        ),
        ("PUT merges", Allowed("interpretation `put-unselected`")),
        ("attributes that cannot be written are passed over", Allowed("4.2.1.3 asks for that")),
        ("no entity tags", Allowed("they are optional")),
    ],
    beside: &[
        ("1.x/version-header", "", "no answer names its version; a warning"),
        ("4.2.1.6/job-per-request", "", "there are Jobs, and other changes have none"),
        ("5.5.6/ref-json", "Job.targetResource", "a bare string where a reference stands"),
        ("http/allow-on-405", "Allow", "405 does not say what is allowed"),
        ("http/content-type-present", "POST MachineConfiguration", "a body without its type; a warning"),
        ("4.2.1.1/content-headers", "POST MachineConfiguration", "as before, of what was created"),
    ],
};

pub(crate) const OSADDON: Server = Server {
    name: "osaddon",
    notes: &[
        ("filters and pages are passed over", Allowed("what is not advertised changes nothing")),
        ("stopping twice is answered with 501", Found(&[("http/status-line-class", "POST Machine")])),
        ("PUT is answered with 501", Allowed("interpretation `method-not-allowed`")),
        ("what is not there is answered with 501", Found(&[("http/not-found", "GET other")])),
        (
            "operations as elements in the XML of VolumeCollection",
            Found(&[("DSP8009/operation-element", "VolumeCollection.operations")]),
        ),
        (
            "no resourceURI on the XML of MachineVolumeCollection",
            Found(&[("4.1.4/resource-uri-xml-collection", "MachineVolumeCollection")]),
        ),
        (
            "interfaces and addresses have no count",
            Found(&[
                ("5.5.12/collection-count", "MachineNetworkInterfaceCollection"),
                ("5.5.12/collection-count", "MachineNetworkInterfaceAddressCollection"),
                ("DSP8009/json-collections", "MachineNetworkInterfaceCollection.count"),
                ("DSP8009/json-collections", "MachineNetworkInterfaceAddressCollection.count"),
            ]),
        ),
        (
            "interfaces and addresses are listed as entries",
            Found(&[
                ("5.5.12/grouping-name", "MachineNetworkInterfaceCollection.entries"),
                ("5.5.12/grouping-name", "MachineNetworkInterfaceCollection.Entry"),
                ("5.5.12/grouping-name", "MachineNetworkInterfaceAddressCollection.entries"),
                ("DSP8009/json-collections", "MachineNetworkInterfaceCollection.entries"),
                ("DSP8009/json-collections", "MachineNetworkInterfaceAddressCollection.entries"),
            ]),
        ),
        (
            "a new Machine is shown with credentials",
            Allowed("an attribute of its own; without metadata there is nowhere to advertise it"),
        ),
        (
            "the capacity of a Volume is of another unit when it is read",
            Unseen("the Volume that was made is not read again"),
        ),
        (
            "errors and what it passes on name no version",
            Found(&[("1.x/version-header", "errors"), ("1.x/version-header", "answers")]),
        ),
        ("an action is accepted without a Job", Allowed("there are no Jobs")),
        (
            "errors are plain text, or of another cloud's form",
            Found(&[("4.2.2/error-is-job", "text body"), ("4.2.2/error-is-job", "json body")]),
        ),
        (
            "ids differ in case between lists and what is listed",
            Allowed("both lead there; URIs are compared as they are resolved"),
        ),
    ],
    beside: &[
        (
            "4.1.4/resource-uri-matches-root",
            "",
            "another spelling of the type, which we hold only by its schema: a warning",
        ),
        ("5.5.1/boolean-json", "Volume.bootable", "a string where a Boolean stands"),
        ("5.5.12/member-resource-uri", "", "another spelling of the type; a warning"),
    ],
};
