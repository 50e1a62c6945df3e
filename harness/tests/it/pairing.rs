//! The two readings of the protocol, `cimi` and the judge's own, held against each other.
//!
//! They were written apart, from the same text. Where they differ, one of them is wrong; what may differ is listed here.

use std::collections::BTreeSet;

use cimi::codec::{self, Format};
use cimi::extension::Extensions;
use cimi::model::{Form, Schema, Type, registry};
use cimi::testing::{self, Options};
use cimi::{Document, Edition};
use harness::event;
use harness::meaning::{self, Extent, NoteKind, Tree};
use harness::spec::{Kind, Scalar, Tables};
use harness::suite::Suite;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

fn tables(suite: &Suite, edition: Edition) -> &Tables {
    suite.tables(match edition {
        Edition::V1 => event::Edition::V1,
        Edition::V2 => event::Edition::V2,
    })
}

/// What a type is called, in words that both readings share.
fn of_model(ty: &Type) -> String {
    match ty {
        Type::Boolean => "boolean".into(),
        Type::DateTime => "dateTime".into(),
        Type::Duration => "duration".into(),
        Type::Integer => "integer".into(),
        Type::String => "string".into(),
        Type::Uri => "uri".into(),
        Type::Bytes => "bytes".into(),
        Type::Any => "any".into(),
        Type::ValueScope => "valueScope".into(),
        Type::Map(item) => format!("map of {item}"),
        Type::Ref(_) => "ref".into(),
        Type::Collection(via) => format!("collection {via}"),
        Type::Structure(_) => "structure".into(),
        Type::Array(item) => format!("array of {} {}", item.element, of_model(&item.ty)),
        Type::Members(of) => format!("members {of}"),
    }
}

fn of_tables(kind: &Kind) -> String {
    match kind {
        Kind::Scalar(scalar) => match scalar {
            Scalar::Uri => "uri".into(),
            other => other.name().to_owned(),
        },
        Kind::Map { item } => format!("map of {item}"),
        Kind::Any => "any".into(),
        Kind::ValueScope => "valueScope".into(),
        Kind::Ref { .. } => "ref".into(),
        Kind::Structure(_) => "structure".into(),
        Kind::Array { of, item } => format!("array of {item} {}", of_tables(of)),
        Kind::Collection { via, .. } => format!("collection {via}"),
    }
}

/// Every difference between a type of the model and its table.
fn differences(schema: &Schema, tables: &Tables) -> Vec<String> {
    let name = schema.name();
    let mut found = Vec::new();
    let Some(table) = tables.types.get(name) else { return vec![format!("{name}: the tables lack it")] };
    for attribute in schema.attributes().iter().filter(|a| a.name != "operations") {
        match table.attributes.get(attribute.name).filter(|theirs| !theirs.dialect) {
            None => found.push(format!("{name}.{}: the tables lack it", attribute.name)),
            Some(theirs) => {
                let (ours, theirs) = (of_model(&attribute.ty), of_tables(&theirs.kind));
                if ours != theirs {
                    found.push(format!(
                        "{name}.{}: the model says {ours}, the tables {theirs}",
                        attribute.name
                    ));
                }
            }
        }
    }
    for (attribute, _) in table.attributes.iter().filter(|(_, theirs)| !theirs.dialect) {
        if schema.attribute(attribute).is_none() {
            found.push(format!("{name}.{attribute}: the model lacks it"));
        }
    }
    found
}

#[test]
fn the_model_and_the_tables_declare_the_same() {
    let suite = Suite::embedded().expect("the suite in the binary is whole");
    let mut found = Vec::new();
    for edition in Edition::ALL {
        let tables = tables(&suite, edition);
        let resources = |schema: &&Schema| matches!(schema.ty.form, Form::Resource | Form::Item { .. });
        for schema in registry(edition).iter().filter(resources) {
            found.extend(differences(schema, tables).into_iter().map(|line| format!("{edition} {line}")));
        }
        let declared: BTreeSet<&str> = registry(edition).iter().map(Schema::name).collect();
        let of_tables = tables.types.keys().chain(tables.collections.keys()).chain(tables.creations.keys());
        let lacking = of_tables.filter(|name| !declared.contains(name.as_str()));
        found.extend(lacking.map(|name| format!("{edition} {name}: the model lacks it")));
        for schema in registry(edition).iter().filter(|schema| schema.is_collection()) {
            let Some(table) = tables.collections.get(schema.name()) else {
                found.push(format!("{edition} {}: the tables lack it", schema.name()));
                continue;
            };
            let (grouping, member, element) = schema.members().expect("it is a collection");
            let ours = (grouping, member.name(), element);
            let theirs = (table.groupings[0].as_str(), table.of.as_str(), table.elements[0].as_str());
            if ours != theirs {
                found.push(format!(
                    "{edition} {}: the model says {ours:?}, the tables {theirs:?}",
                    schema.name()
                ));
            }
        }
    }
    assert!(found.is_empty(), "the readings differ:\n{}", found.join("\n"));
}

/// What the codec writes, the judge reads without a remark about its form, and the same in both formats.
#[test]
fn what_the_codec_writes_means_the_same_to_the_judge() {
    let suite = Suite::embedded().expect("the suite in the binary is whole");
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    // Without expansion: what is expanded is read as a resource of its own is.
    let options = Options { expansion: 0, ..Options::DECLARED };
    let result = runner.run(&testing::any_document(options), |document| {
        let tables = tables(&suite, document.edition());
        let known = tables.types.contains_key(document.schema.name());
        if !known || document.schema.attributes().iter().any(|attribute| is_untyped(&attribute.ty)) {
            return Ok(());
        }
        let json = read(&document, Format::Json, tables)?;
        let xml = read(&document, Format::Xml, tables)?;
        let differences = meaning::differences(&json, &xml, None, &[]);
        prop_assert!(differences.is_empty(), "{differences:#?}");
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.map_or_else(|error| error.to_string(), |()| String::new()));
}

/// Whether a type has parts that XML cannot tell apart: `any` is text there, and an array of one is one.
fn is_untyped(ty: &Type) -> bool {
    match ty {
        Type::Any | Type::ValueScope => true,
        Type::Structure(structure) => structure.fields.iter().any(|field| is_untyped(&field.ty)),
        Type::Array(item) => is_untyped(&item.ty),
        _ => false,
    }
}

fn read(
    document: &Document,
    format: Format,
    tables: &Tables,
) -> Result<meaning::Resource, proptest::test_runner::TestCaseError> {
    let bytes = codec::write(format, document, &Extensions::NONE);
    let text = String::from_utf8(bytes).expect("the codec writes UTF-8");
    let tree = Tree::read(&text).map_err(|error| TestCaseError::fail(format!("{error:?}\n{text}")))?;
    let reading = meaning::read(&tree, tables, Some(document.schema.name()), Extent::Part);
    let remarks: Vec<_> = reading.notes.iter().filter(|note| is_of_form(&note.kind)).collect();
    prop_assert!(remarks.is_empty(), "{remarks:#?}\n{text}");
    Ok(reading.resource)
}

/// Remarks about values (generated at random) and absence (so is that) are not about the form of a document.
fn is_of_form(note: &NoteKind) -> bool {
    !matches!(
        note,
        NoteKind::Value(_)
            | NoteKind::NoZone
            | NoteKind::Ref
            | NoteKind::OperationRel
            | NoteKind::OperationRepeated
            | NoteKind::Missing(_)
            | NoteKind::MissingMemberId
            | NoteKind::MissingCollectionId
            | NoteKind::MissingCount
            | NoteKind::CountTooSmall
    )
}
