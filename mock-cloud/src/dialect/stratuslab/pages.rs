//! The pages of StratusLab. Attributes are in the order of its hash maps, which is always the same.

use http::StatusCode;

use super::super::picture::{
    COUNT, DESCRIPTION, Form, ID, NAME, PROPERTIES, STATE, Shown, TYPE, Take, offer, offers, picture, same,
    shown, text,
};
use super::super::speech::{Act, Cause, Create, Delete, Hrefs, Ids, Mend, Page, Reply, Update, Verbs};

pub(super) static ALL: &[Page] = &[
    CONFIGS,
    VOLUMES,
    JOBS,
    plain(
        "machineImages",
        "MachineImage",
        "MachineImage/{}",
        "MachineImage",
        "MachineImageCollection",
        &IMAGES,
    ),
    plain(
        "volumeTemplates",
        "VolumeTemplate",
        "VolumeTemplate/{}",
        "VolumeTemplate",
        "VolumeTemplateCollection",
        &TEMPLATES,
    ),
    plain(
        "volumeConfigs",
        "VolumeConfiguration",
        "VolumeConfiguration/{}",
        "VolumeConfiguration",
        "VolumeConfigurationCollection",
        &VOLUME_CONFIGS,
    ),
    plain(
        "volumeImages",
        "VolumeImage",
        "VolumeImage/{}",
        "VolumeImage",
        "VolumeImageCollection",
        &VOLUME_IMAGES,
    ),
    plain("credentials", "Credential", "Credential/{}", "Credential", "CredentialCollection", &CREDENTIALS),
    plain(
        "credentialTemplates",
        "CredentialTemplate",
        "CredentialTemplate/{}",
        "CredentialTemplate",
        "CredentialTemplateCollection",
        &CREDENTIAL_TEMPLATES,
    ),
];

const UPDATED: Shown = same("updated").form(Form::Millis);
const CREATED: Shown = same("created").form(Form::Millis);

/// Whose it is: who made it, or the cloud's.
const ACL: Shown = shown("acl", Take::Group(&[shown("owner", Take::Group(OWNER))]));
const OWNER: &[Shown] = &[
    shown("principal", Take::Either(&[Take::Kept("owner"), Take::Text("::ADMIN")])),
    text("type", "USER").given("owner"),
    text("type", "ROLE").without("owner"),
];

const ADMIN: &[Shown] = &[text("principal", "::ADMIN"), text("type", "ROLE")];

/// What everybody of a role may do with a collection.
macro_rules! granted {
    ($role:literal, $right:literal) => {
        shown(
            "acl",
            Take::Group(&[
                shown("owner", Take::Group(ADMIN)),
                shown(
                    "rules",
                    Take::Groups(&[&[text("principal", $role), text("type", "ROLE"), text("right", $right)]]),
                ),
            ]),
        )
    };
}

const USERS_MODIFY: Shown = granted!("::USER", "MODIFY");
const USERS_VIEW: Shown = granted!("::USER", "VIEW");
const ANYBODY_VIEWS: Shown = granted!("::ANON", "VIEW");

const CHANGES: Shown = offers(&[offer("edit", "{self}", &[]), offer("delete", "{self}", &[])]);
const ADD: Shown = offers(&[offer("add", "{self}", &[])]);

/// A collection of its own, which this world has not.
const fn own(name: &'static str, href: &'static str) -> Shown {
    shown(name, Take::Text(href)).form(Form::Link)
}

const fn all(name: &'static str) -> Shown {
    shown(name, Take::Collection(name))
}

const NO_BASE: Shown = shown("baseURI", Take::Null);

macro_rules! entry {
    ($base:expr $(, $operations:expr)?) => {
        picture(&[
            DESCRIPTION,
            $base,
            own("serviceMessages", "ServiceMessage"),
            all("machineConfigs"),
            own("serviceConfigurations", "ServiceConfiguration"),
            all("credentials"),
            UPDATED,
            own("userTemplates", "UserTemplate"),
            NAME,
            own("events", "Event"),
            all("volumeTemplates"),
            CREATED,
            all("machineImages"),
            all("jobs"),
            all("volumes"),
            text("id", "CloudEntryPoint"),
            all("volumeImages"),
            ANYBODY_VIEWS,
            all("volumeConfigs"),
            $($operations,)?
            all("credentialTemplates"),
            TYPE,
            own("users", "User"),
        ])
    };
}

pub(super) const ENTRY: Page = Page {
    ty: "CloudEntryPoint",
    as_item: entry!(NO_BASE),
    verbs: Verbs {
        update: Some(&Update {
            ignores: READ_ONLY,
            status: StatusCode::OK,
            reply: Reply::Picture(entry!(
                text("baseURI", "http://example.org"),
                offers(&[offer("edit", "#", &[])])
            )),
            only_selected: false,
        }),
        ..Verbs::LOOK
    },
    ..Page::new("", "", "")
};

const READ_ONLY: &[&str] = &["id", "resourceURI", "created", "updated", "acl", "operations"];

/// A path below a resource is unknown, also the one of an operation that it offers.
static NO_ACT: Act = Act {
    names: &[],
    at_item: false,
    status: StatusCode::NOT_FOUND,
    content_type: None,
    refused: None,
    unknown: Cause::Unsupported,
    job: false,
};

static DELETE: Delete = Delete {
    status: StatusCode::NO_CONTENT,
    reply: Reply::Nothing(None),
    unsaved: None,
    gone: Some(Cause::Missing),
    detaches: false,
    job: false,
};

const ARCHITECTURES: &[&str] = &[
    "68000",
    "Alpha",
    "ARM",
    "Itanium",
    "MIPS",
    "PA_RISC",
    "POWER",
    "PowerPC",
    "x86",
    "x86_64",
    "zArchitecture",
    "SPARC",
];

const DISKS: Shown =
    shown("disks", Take::Items("disks", &[same("capacity"), same("format"), same("initialLocation")]));

macro_rules! config {
    ($($operations:expr)?) => {
        picture(&[
            DESCRIPTION,
            PROPERTIES,
            UPDATED,
            NAME,
            same("memory"),
            CREATED,
            ID,
            DISKS,
            same("cpuArch"),
            ACL,
            $($operations,)?
            TYPE,
            same("cpu"),
        ])
    };
}

const CONFIGS: Page = Page {
    ids: Ids::Uuid,
    ty: "MachineConfiguration",
    collection: "MachineConfigurationCollection",
    as_list: picture(&[USERS_MODIFY, TYPE, ID, COUNT, shown("machineConfigs", Take::Members), ADD]),
    as_member: config!(CHANGES),
    as_item: config!(CHANGES),
    verbs: Verbs {
        create: Some(&Create {
            at: None,
            mends: &[
                Mend::Drop("resourceURI"),
                Mend::Known(
                    &["name", "description", "properties", "cpu", "memory", "disks", "cpuArch"],
                    Cause::Schema,
                ),
                Mend::Need(&["memory", "cpuArch", "cpu"], Cause::Schema),
                Mend::Positive("cpu", Cause::Schema),
                Mend::OneOf("cpuArch", ARCHITECTURES, Cause::Schema),
                Mend::KeepOwner("owner"),
            ],
            status: StatusCode::CREATED,
            reply: Reply::Text("created {}"),
            location: Hrefs::Relative,
            job: false,
        }),
        update: Some(&Update {
            ignores: READ_ONLY,
            status: StatusCode::OK,
            reply: Reply::Picture(config!()),
            only_selected: false,
        }),
        delete: Some(&DELETE),
        act: Some(&NO_ACT),
        ..Verbs::LOOK
    },
    ..Page::new("machineConfigs", "MachineConfiguration", "MachineConfiguration/{}")
};

const VOLUME: &[Shown] = &[
    shown("bootable", Take::Either(&[Take::Kept("bootable"), Take::Of("bootable")])).form(Form::Typed),
    same("capacity"),
    UPDATED,
    shown("type", Take::Either(&[Take::Kept("type"), Take::Of("type")])),
    CREATED,
    // Nobody works on its Jobs: what is made stays in the making.
    shown("state", Take::Word("state", &[("AVAILABLE", "CREATING")])),
    ID,
    shown("eventLog", Take::Text("EventLog/{id}")).form(Form::Link),
    ACL,
    CHANGES,
    TYPE,
];

const VOLUMES: Page = Page {
    ids: Ids::Uuid,
    ty: "Volume",
    collection: "VolumeCollection",
    as_list: picture(&[USERS_MODIFY, TYPE, ID, COUNT, shown("volumes", Take::Members), ADD]),
    as_member: picture(VOLUME),
    as_item: picture(VOLUME),
    verbs: Verbs {
        create: Some(&Create {
            at: None,
            mends: &[
                Mend::Drop("resourceURI"),
                Mend::Need(&["volumeTemplate"], Cause::Schema),
                Mend::Keep("state", &["volumeTemplate.volumeImage.state"], ""),
                Mend::Keep("image", &["volumeTemplate.volumeImage.imageLocation"], ""),
                Mend::Keep("bootable", &["volumeTemplate.volumeImage.bootable"], "false"),
                Mend::Keep("format", &["volumeTemplate.volumeConfig.format"], ""),
                Mend::Keep("type", &["volumeTemplate.volumeConfig.type"], ""),
                Mend::Drop("volumeTemplate.volumeConfig.type"),
                Mend::Drop("volumeTemplate.volumeImage"),
                Mend::KeepOwner("owner"),
            ],
            status: StatusCode::CREATED,
            reply: Reply::Nothing(None),
            location: Hrefs::Relative,
            job: true,
        }),
        delete: Some(&DELETE),
        act: Some(&NO_ACT),
        ..Verbs::LOOK
    },
    ..Page::new("volumes", "Volume", "Volume/{}")
};

/// What was asked for, of which a Job is all that is left.
const ASKED: Shown = shown(
    "properties",
    Take::Group(&[
        shown("state", Take::ViaKept("affectedResources", "state")),
        shown("image-href", Take::ViaKept("affectedResources", "image")),
        shown("format", Take::ViaKept("affectedResources", "format")),
    ]),
);
const JOB_ACL: Shown = shown(
    "acl",
    Take::Group(&[shown(
        "owner",
        Take::Group(&[
            shown(
                "principal",
                Take::Either(&[Take::ViaKept("affectedResources", "owner"), Take::Text("::ADMIN")]),
            ),
            text("type", "USER"),
        ]),
    )]),
);
/// It can be stopped, it says; nobody listens there.
const JOB_CHANGES: Shown = offers(&[
    offer("edit", "{self}", &[]),
    offer("delete", "{self}", &[]),
    offer("http://schemas.dmtf.org/cimi/1/Action/stop", "{self}/stop", &[]),
]);
const JOB: &[Shown] = &[
    ASKED,
    shown("targetResource", Take::Last("affectedResources")).form(Form::Address),
    UPDATED,
    CREATED,
    ID,
    JOB_ACL,
    JOB_CHANGES,
    shown("action", Take::Word("action", &[("add", "create")])),
    TYPE,
];

const JOBS: Page = Page {
    ids: Ids::Uuid,
    ty: "Job",
    collection: "JobCollection",
    as_list: picture(&[USERS_VIEW, TYPE, ID, COUNT, shown("jobs", Take::Members)]),
    as_member: picture(JOB),
    as_item: picture(JOB),
    // Nothing else is done by Jobs there.
    only: Some(("affectedResources", "/volumes/")),
    verbs: Verbs { delete: Some(&DELETE), act: Some(&NO_ACT), ..Verbs::LOOK },
    ..Page::new("jobs", "Job", "Job/{}")
};

/// What a kind has of which nothing was recorded.
struct Kind {
    list: &'static [Shown],
    item: &'static [Shown],
}

const IMAGES: Kind = Kind {
    list: &[USERS_MODIFY, TYPE, ID, COUNT, shown("machineImages", Take::Members), ADD],
    item: &[
        DESCRIPTION,
        PROPERTIES,
        UPDATED,
        NAME,
        CREATED,
        STATE,
        ID,
        same("type"),
        same("imageLocation"),
        ACL,
        CHANGES,
        TYPE,
    ],
};
const TEMPLATES: Kind = Kind {
    list: &[USERS_MODIFY, TYPE, ID, COUNT, shown("volumeTemplates", Take::Members), ADD],
    item: &[
        DESCRIPTION,
        PROPERTIES,
        UPDATED,
        NAME,
        CREATED,
        ID,
        same("volumeConfig"),
        same("volumeImage"),
        ACL,
        CHANGES,
        TYPE,
    ],
};
const VOLUME_CONFIGS: Kind = Kind {
    list: &[USERS_MODIFY, TYPE, ID, COUNT, shown("volumeConfigs", Take::Members), ADD],
    item: &[
        DESCRIPTION,
        PROPERTIES,
        UPDATED,
        NAME,
        CREATED,
        ID,
        same("type"),
        same("format"),
        same("capacity"),
        ACL,
        CHANGES,
        TYPE,
    ],
};
const VOLUME_IMAGES: Kind = Kind {
    list: &[USERS_MODIFY, TYPE, ID, COUNT, shown("volumeImages", Take::Members), ADD],
    item: &[
        DESCRIPTION,
        PROPERTIES,
        UPDATED,
        NAME,
        CREATED,
        STATE,
        ID,
        same("imageLocation"),
        same("bootable"),
        ACL,
        CHANGES,
        TYPE,
    ],
};
const CREDENTIALS: Kind = Kind {
    list: &[USERS_MODIFY, TYPE, ID, COUNT, shown("credentials", Take::Members), ADD],
    item: &[DESCRIPTION, PROPERTIES, UPDATED, NAME, CREATED, ID, same("userName"), ACL, CHANGES, TYPE],
};
const CREDENTIAL_TEMPLATES: Kind = Kind {
    list: &[USERS_MODIFY, TYPE, ID, COUNT, shown("credentialTemplates", Take::Members), ADD],
    item: &[DESCRIPTION, PROPERTIES, UPDATED, NAME, CREATED, ID, same("userName"), ACL, CHANGES, TYPE],
};

const fn plain(
    inner: &'static str,
    list: &'static str,
    item: &'static str,
    ty: &'static str,
    collection: &'static str,
    kind: &Kind,
) -> Page {
    Page {
        ids: Ids::Uuid,
        ty,
        collection,
        as_list: picture(kind.list),
        as_member: picture(kind.item),
        as_item: picture(kind.item),
        verbs: Verbs {
            create: Some(&Create {
                at: None,
                mends: &[Mend::Drop("resourceURI"), Mend::KeepOwner("owner")],
                status: StatusCode::CREATED,
                reply: Reply::Text("created {}"),
                location: Hrefs::Relative,
                job: false,
            }),
            delete: Some(&DELETE),
            act: Some(&NO_ACT),
            ..Verbs::LOOK
        },
        ..Page::new(inner, list, item)
    }
}
