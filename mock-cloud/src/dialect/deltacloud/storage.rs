//! Deltacloud's volumes.

use http::StatusCode;

use super::super::picture::{
    COUNT, DESCRIPTION, Form, ID, NAME, PROPERTIES, STATE, Shown, Take, picture, same, shown,
};
use super::super::speech::{Cause, Create, Delete, Hrefs, Ids, Mend, Page, Reply, Verbs};
use super::compute::{ADD, LONG_DELETE, SHORT_DELETE};
use super::pages::{GONE, HREF, OF_TYPE, PLAIN};

/// Sizes are taken as gigabytes and told as kilobytes.
const CAPACITY: Shown = same("capacity").form(Form::Times(1_048_576));

pub(super) const VOLUMES: Page = Page {
    ids: Ids::Number("vol", 1),
    ty: "Volume",
    collection: "VolumeCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("volumes", Take::Members), ADD, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("volumes", Take::Members), ADD]),
    as_member: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        same("created").form(Form::Offset),
        PROPERTIES,
        STATE,
        same("type"),
        CAPACITY,
        same("bootable").form(Form::Text),
        SHORT_DELETE,
    ]),
    as_item: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        same("created").form(Form::Offset),
        PROPERTIES,
        STATE,
        same("type"),
        CAPACITY,
        same("bootable").form(Form::Text),
        SHORT_DELETE,
        OF_TYPE,
    ]),
    verbs: Verbs {
        create: Some(&Create {
            at: None,
            mends: &[
                Mend::Drop("resourceURI"),
                Mend::Default(
                    "volumeTemplate",
                    r#"{"volumeConfig":{"type":"http://schemas.dmtf.org/cimi/1/mapped","capacity":1}}"#,
                ),
                Mend::Keep("saved", &[], "true"),
            ],
            status: StatusCode::CREATED,
            reply: Reply::Item,
            location: Hrefs::Absolute,
            job: false,
        }),
        delete: Some(&Delete {
            status: StatusCode::OK,
            reply: GONE,
            unsaved: Some(Cause::Unsaved),
            gone: Some(Cause::Unsaved),
            detaches: true,
            job: false,
        }),
        ..Verbs::LOOK
    },
    ..Page::new("volumes", "volumes", "volumes/{}")
};

pub(super) const VOLUME_TEMPLATES: Page = Page {
    ty: "VolumeTemplate",
    collection: "VolumeTemplateCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("volumeTemplates", Take::Members), ADD, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("volumeTemplates", Take::Members), ADD]),
    as_member: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        PROPERTIES,
        same("volumeConfig"),
        same("volumeImage"),
        LONG_DELETE,
    ]),
    as_item: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        PROPERTIES,
        same("volumeConfig"),
        same("volumeImage"),
        LONG_DELETE,
        OF_TYPE,
    ]),
    verbs: PLAIN,
    ..Page::new("volumeTemplates", "volume_templates", "volume_templates/{}")
};

pub(super) const VOLUME_CONFIGS: Page = Page {
    ty: "VolumeConfiguration",
    collection: "VolumeConfigurationCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("volumeConfigurations", Take::Members), ADD, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("volumeConfigurations", Take::Members), ADD]),
    as_member: picture(&[ID, NAME, DESCRIPTION, PROPERTIES, same("format"), CAPACITY, LONG_DELETE]),
    as_item: picture(&[ID, NAME, DESCRIPTION, PROPERTIES, same("format"), CAPACITY, LONG_DELETE, OF_TYPE]),
    verbs: PLAIN,
    ..Page::new("volumeConfigs", "volume_configurations", "volume_configurations/{}")
};

pub(super) const VOLUME_IMAGES: Page = Page {
    ids: Ids::Number("snap", 1),
    ty: "VolumeImage",
    collection: "VolumeImageCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("volumeImages", Take::Members), ADD, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("volumeImages", Take::Members), ADD]),
    as_member: picture(&[
        ID,
        same("created").form(Form::Offset),
        same("imageLocation").form(Form::Link),
        same("bootable").form(Form::Text),
    ]),
    as_item: picture(&[
        ID,
        same("created").form(Form::Offset),
        same("imageLocation").form(Form::Link),
        same("bootable").form(Form::Text),
        OF_TYPE,
    ]),
    verbs: PLAIN,
    ..Page::new("volumeImages", "volume_images", "volume_images/{}")
};
