//! Where a JSON reader is: a chain on the stack, made into a JSON Pointer (RFC 6901) only if there is something to say.
//!
//! Owns that chain.

use crate::finding::Position;

/// A place in a JSON document.
#[derive(Clone, Copy)]
pub(super) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    segment: Segment<'p>,
    /// How many objects and arrays are around it.
    pub(super) depth: usize,
}

#[derive(Clone, Copy)]
enum Segment<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    /// The root of the document.
    pub(super) const ROOT: Path<'static> = Path { parent: None, segment: Segment::Root, depth: 0 };

    /// The member `key` of the object here.
    pub(super) fn key(&'p self, key: &'p str) -> Self {
        Self { parent: Some(self), segment: Segment::Key(key), depth: self.depth + 1 }
    }

    /// The item `index` of the array here.
    pub(super) fn index(&'p self, index: usize) -> Self {
        Self { parent: Some(self), segment: Segment::Index(index), depth: self.depth + 1 }
    }

    /// The JSON Pointer.
    pub(super) fn position(&self) -> Position {
        let mut segments = Vec::with_capacity(self.depth);
        let mut here = Some(self);
        while let Some(path) = here {
            match path.segment {
                Segment::Root => {}
                Segment::Key(key) => segments.push(key.replace('~', "~0").replace('/', "~1")),
                Segment::Index(index) => segments.push(index.to_string()),
            }
            here = path.parent;
        }
        segments.reverse();
        Position::Pointer(segments.iter().flat_map(|segment| ["/", segment]).collect())
    }
}
