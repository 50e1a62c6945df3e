//! Every deviation there is.
//!
//! Owns the list: name, what it does, what it breaks, how. The ways themselves are in `json`, `xml`, `query` and `message`.

use super::message::{self, Reply};
use super::{Deviation, Way, json, query, xml};

/// All of them, by area.
pub static ALL: &[Deviation] = &[
    Deviation {
        name: "json-string-integers",
        summary: "numbers in JSON are strings",
        breaks: &["5.5.4/integer-json"],
        way: Way::Reply(|reply| reply.edit_json(json::numbers_as_strings)),
    },
    Deviation {
        name: "json-string-booleans",
        summary: "truths in JSON are strings",
        breaks: &["5.5.1/boolean-json"],
        way: Way::Reply(|reply| reply.edit_json(json::booleans_as_strings)),
    },
    Deviation {
        name: "date-without-zone",
        summary: "instants have lost their zone",
        breaks: &["5.5.2/datetime-zone"],
        way: Way::Reply(|reply| reply.edit_instants(message::without_zone)),
    },
    Deviation {
        name: "date-in-words",
        summary: "instants are written as in mail",
        breaks: &["5.5.2/datetime-json", "5.5.2/datetime-xml"],
        way: Way::Reply(|reply| reply.edit_instants(message::in_words)),
    },
    Deviation {
        name: "wrong-resource-uri",
        summary: "resourceURI names another namespace",
        breaks: &[
            "4.1.4/resource-uri-json",
            "4.1.4/resource-uri-xml-collection",
            "5.5.12/member-resource-uri",
        ],
        way: Way::Reply(|reply| {
            reply.edit_json(json::other_resource_uri);
            reply.edit_xml(xml::other_resource_uri);
        }),
    },
    Deviation {
        name: "xml-json-differ",
        summary: "names are in capitals in XML",
        breaks: &["4.1.4/same-meaning"],
        way: Way::Reply(|reply| reply.edit_xml(xml::shouted_names)),
    },
    Deviation {
        name: "missing-count",
        summary: "collections have no count",
        breaks: &["5.5.12/collection-count"],
        way: Way::Reply(|reply| {
            reply.edit_json(json::without_count);
            reply.edit_xml(xml::without_count);
        }),
    },
    Deviation {
        name: "count-after-paging",
        summary: "count is the number of members in the reply",
        breaks: &["4.1.6.2/count-before-range"],
        way: Way::Reply(|reply| {
            reply.edit_json(json::count_of_shown);
            reply.edit_xml(xml::count_of_shown);
        }),
    },
    Deviation {
        name: "empty-list-shown",
        summary: "a collection without members has an empty list",
        breaks: &["5.5.12/empty-list-omitted", "5.5.11/empty-array-omitted"],
        way: Way::Reply(|reply| reply.edit_json(json::empty_list)),
    },
    Deviation {
        name: "operations-without-href",
        summary: "operations do not say where to send the request",
        breaks: &["4.2/operation-rel-href"],
        way: Way::Reply(|reply| {
            reply.edit_json(json::offers_without_href);
            reply.edit_xml(xml::offers_without_href);
        }),
    },
    Deviation {
        name: "filter-ignored",
        summary: "$filter has no effect",
        breaks: &["4.1.6.1/filter-applied"],
        way: Way::Query(|text| query::without(text, &["$filter"])),
    },
    Deviation {
        name: "select-ignored",
        summary: "$select has no effect",
        breaks: &["4.1.6.3/select-subset"],
        way: Way::Query(|text| query::without(text, &["$select"])),
    },
    Deviation {
        name: "expand-ignored",
        summary: "$expand has no effect",
        breaks: &["4.1.6.4/expand"],
        way: Way::Query(|text| query::without(text, &["$expand"])),
    },
    Deviation {
        name: "range-ignored",
        summary: "$first and $last have no effect",
        breaks: &["4.1.6.2/range"],
        way: Way::Query(|text| query::without(text, &["$first", "$last"])),
    },
    Deviation {
        name: "orderby-ignored",
        summary: "$orderby has no effect",
        breaks: &["4.1.6.6/orderby"],
        way: Way::Query(|text| query::without(text, &["$orderby"])),
    },
    Deviation {
        name: "format-ignored",
        summary: "$format has no effect",
        breaks: &["4.1.6.5/format", "4.1.6.5/format-over-accept"],
        way: Way::Query(|text| query::without(text, &["$format"])),
    },
    Deviation {
        name: "no-location",
        summary: "a creation does not say where the new resource is",
        breaks: &["4.2.1.1/location", "5.5.12.1/add-location"],
        way: Way::Reply(|reply| reply.remove_header("location")),
    },
    Deviation {
        name: "no-job-header",
        summary: "a change does not name its Job",
        breaks: &["4.1.7.1/job-header", "4.2.1.6/job-per-request", "4.2.1.7/accepted-job"],
        way: Way::Reply(|reply| reply.remove_header("cimi-job-uri")),
    },
    Deviation {
        name: "no-allow-header",
        summary: "405 does not say what is allowed",
        breaks: &["http/allow-on-405"],
        way: Way::Reply(|reply| reply.remove_header("allow")),
    },
    Deviation {
        name: "post-200-instead-of-201",
        summary: "a creation that is complete is answered with 200",
        breaks: &["4.2.1.1/create-by-post", "5.5.12.1/add-location"],
        way: Way::Reply(Reply::created_is_ok),
    },
    Deviation {
        name: "accepted-is-200",
        summary: "a change that is under way is answered with 200",
        breaks: &["4.2.1.6/incomplete-is-202", "4.2.1.7/accepted"],
        way: Way::Reply(Reply::accepted_is_ok),
    },
    Deviation {
        name: "error-body-not-job",
        summary: "an error is answered in plain text",
        breaks: &["4.2.2/error-is-job"],
        way: Way::Reply(Reply::error_in_plain_text),
    },
];

/// The deviation of this name.
pub fn find(name: &str) -> Option<&'static Deviation> {
    ALL.iter().find(|deviation| deviation.name == name)
}
