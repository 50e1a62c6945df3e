//! How a document is shown: its attributes in order, where each comes from, and what it looks like.
//!
//! Owns the words for it, as data. Does nothing: `scene` paints.

/// What a document is made of.
#[derive(Clone, Copy)]
pub(crate) struct Picture {
    /// In the order of XML.
    pub(super) parts: &'static [Shown],
    /// The order in JSON, where it is another one.
    pub(super) json: &'static [&'static str],
}

/// One attribute.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// Its name in XML; for a list, the name of an item.
    pub(super) element: &'static str,
    /// Where it comes from.
    pub(super) take: Take,
    /// What it looks like.
    pub(super) form: Form,
    /// Where it stands in XML.
    pub(super) place: Place,
    /// The states of the resource in which it is there; empty: all.
    pub(super) states: &'static [&'static str],
    /// A property of the dialect that must be there, too, or must not.
    pub(super) given: Option<(&'static str, bool)>,
}

/// Where an attribute comes from.
#[derive(Clone, Copy)]
pub(super) enum Take {
    /// The attribute of this name.
    Of(&'static str),
    /// A property of the dialect.
    Kept(&'static str),
    /// A text with `{...}` for: `self` the address, `id` the id, `owner` the owner's id, `root` and `origin` of the server,
    /// `position` in the collection, `volume` and the like: attributes, or the ids of what they refer to.
    Text(&'static str),
    /// The first of these that there is.
    Either(&'static [Take]),
    /// The moment of the request.
    Now,
    /// An attribute of what an attribute refers to.
    Via(&'static str, &'static str),
    /// A property of the dialect, of what an attribute refers to.
    ViaKept(&'static str, &'static str),
    /// The address.
    Id,
    /// The type.
    Type,
    /// The properties of callers.
    Properties,
    /// A structure.
    Group(&'static [Shown]),
    /// An attribute that is a structure, but not one that is only a reference.
    Inside(&'static str, &'static [Shown]),
    /// A list of structures with one of these values each.
    Constants(&'static [&'static str]),
    /// The items of an array of structures.
    Items(&'static str, &'static [Shown]),
    /// What can be done: an item each.
    Offers(&'static [Offer]),
    /// The members of the collection; nothing where there are none.
    Members,
    /// The members of the collection.
    AllMembers,
    /// Structures, one each.
    Groups(&'static [&'static [Shown]]),
    /// An attribute whose words are others here.
    Word(&'static str, &'static [(&'static str, &'static str)]),
    /// The last reference of an array.
    Last(&'static str),
    /// How many members are there.
    Count,
    /// The collection of the cloud, or of the resource, that is at this path below the address; expanded when asked for.
    Collection(&'static str),
    /// What a property of the dialect refers to.
    KeptLink(&'static str),
    /// The extensions of the type that metadata is about.
    Extensions,
    /// Its capabilities.
    Capabilities,
    /// Null.
    Null,
}

/// What a value looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Plain,
    /// A text, whatever it is.
    Text,
    /// A number or a truth, even where it is written as text.
    Typed,
    /// A reference, even where it is written as text.
    Link,
    /// A text, even where it is a reference.
    Address,
    /// An instant with its offset from UTC in place of `Z`, to the second.
    Offset,
    /// An instant to the second.
    Seconds,
    /// An instant to the millisecond.
    Millis,
    /// An instant to the millisecond, with an offset without a colon.
    MillisOffset,
    /// An instant as a person would say it.
    Words,
    /// An instant with blanks between its parts.
    Spaced,
    /// A number so many times as large.
    Times(i64),
    /// A number so many times as small.
    Per(i64),
    /// What is behind the last slash.
    Tail,
    /// The first of several.
    First,
}

/// Where an attribute stands in XML.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Element,
    Attribute,
    Content,
    /// In JSON only.
    Json,
    /// An element in XML only.
    Xml,
}

/// Something that can be done.
#[derive(Clone, Copy)]
pub(super) struct Offer {
    pub(super) rel: &'static str,
    /// Where, as in [`Take::Text`]; what does not begin with `{` or a scheme is below the root.
    pub(super) href: &'static str,
    /// In which states; empty: in all.
    pub(super) states: &'static [&'static str],
    /// How it is written.
    pub(super) style: Style,
}

/// How an operation is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `rel` and `href`.
    Usual,
    /// `href` and `rel`.
    HrefFirst,
    /// The same, as elements of XML.
    Elements,
}

pub(super) const fn picture(parts: &'static [Shown]) -> Picture {
    Picture { parts, json: &[] }
}

pub(super) const fn ordered(parts: &'static [Shown], json: &'static [&'static str]) -> Picture {
    Picture { parts, json }
}

/// The attribute of this name, as it is.
pub(super) const fn same(name: &'static str) -> Shown {
    shown(name, Take::Of(name))
}

/// An attribute from somewhere.
pub(super) const fn shown(name: &'static str, take: Take) -> Shown {
    Shown { name, element: name, take, form: Form::Plain, place: Place::Element, states: &[], given: None }
}

/// A fixed text.
pub(super) const fn text(name: &'static str, text: &'static str) -> Shown {
    shown(name, Take::Text(text))
}

/// What can be done.
pub(super) const fn offers(offers: &'static [Offer]) -> Shown {
    shown("operations", Take::Offers(offers)).element("operation")
}

/// Something that can be done, its `href` first.
pub(super) const fn backward(rel: &'static str, href: &'static str) -> Offer {
    Offer { rel, href, states: &[], style: Style::HrefFirst }
}

pub(super) const fn offer(rel: &'static str, href: &'static str, states: &'static [&'static str]) -> Offer {
    Offer { rel, href, states, style: Style::Usual }
}

/// What every resource here has.
pub(super) const ID: Shown = shown("id", Take::Id);
pub(super) const TYPE: Shown = shown("resourceURI", Take::Type);
pub(super) const COUNT: Shown = shown("count", Take::Count);
pub(super) const PROPERTIES: Shown = shown("properties", Take::Properties).element("property");
pub(super) const NAME: Shown = same("name");
pub(super) const DESCRIPTION: Shown = same("description");
pub(super) const STATE: Shown = same("state");

/// Nothing.
pub(super) const BLANK: Picture = picture(&[]);

impl Shown {
    pub(super) const fn element(mut self, element: &'static str) -> Self {
        self.element = element;
        self
    }

    pub(super) const fn form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    pub(super) const fn place(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    pub(super) const fn attribute(self) -> Self {
        self.place(Place::Attribute)
    }

    /// Only with a property of the dialect.
    pub(super) const fn given(mut self, property: &'static str) -> Self {
        self.given = Some((property, true));
        self
    }

    /// Only without a property of the dialect.
    pub(super) const fn without(mut self, property: &'static str) -> Self {
        self.given = Some((property, false));
        self
    }
}
