//! JSON (RFC 8259) as it stood: order, duplicate keys, digits of numbers, places.

use super::{MAX_DEPTH, MAX_NODES, Position, TreeError};

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json {
    /// Where it starts.
    pub at: Position,
    /// What it is.
    pub value: JsonValue,
}

/// What a JSON value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonValue {
    /// null
    Null,
    /// true or false
    Bool(bool),
    /// A number, with its digits as they stood.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object: its members as they stood, duplicates among them.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its key, unescaped.
    pub key: String,
    /// Where the key starts.
    pub at: Position,
    /// Its value.
    pub value: Json,
}

impl Json {
    /// Reads one document.
    ///
    /// # Errors
    /// Where the text stops being JSON, or passes a limit.
    pub fn read(text: &str) -> Result<Self, TreeError> {
        let mut reader = Reader { bytes: text.as_bytes(), text, offset: 0, at: Position::START, nodes: 0 };
        // A byte order mark is allowed to be ignored by readers (RFC 8259 8.1).
        if text.starts_with('\u{feff}') {
            reader.offset = '\u{feff}'.len_utf8();
        }
        reader.blank();
        let value = reader.value(0)?;
        reader.blank();
        match reader.peek() {
            None => Ok(value),
            Some(_) => Err(reader.unexpected("the end of the document")),
        }
    }

    /// The name of its JSON type.
    pub fn kind(&self) -> &'static str {
        match self.value {
            JsonValue::Null => "null",
            JsonValue::Bool(_) => "boolean",
            JsonValue::Number(_) => "number",
            JsonValue::String(_) => "string",
            JsonValue::Array(_) => "array",
            JsonValue::Object(_) => "object",
        }
    }

    /// The members, if it is an object.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            JsonValue::Object(members) => members,
            _ => &[],
        }
    }

    /// The first member of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().find(|m| m.key == key).map(|m| &m.value)
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            JsonValue::String(text) => Some(text),
            _ => None,
        }
    }
}

/// A key as a token of a JSON pointer (RFC 6901).
pub fn pointer_token(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

struct Reader<'t> {
    bytes: &'t [u8],
    text: &'t str,
    offset: usize,
    at: Position,
    nodes: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.offset).copied()
    }

    fn bump(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.offset += 1;
        self.at = self.at.after(byte);
        Some(byte)
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.bump();
        }
    }

    /// What stands here instead of what was expected.
    fn unexpected(&self, expected: &str) -> TreeError {
        let got = match self.text.get(self.offset..).and_then(|t| t.chars().next()) {
            None => "the end of the text".to_owned(),
            Some(c) => format!("`{}`", c.escape_debug()),
        };
        TreeError::new(self.at, format!("expected {expected}, found {got}"))
    }

    fn expect(&mut self, byte: u8, expected: &str) -> Result<(), TreeError> {
        if self.peek() != Some(byte) {
            return Err(self.unexpected(expected));
        }
        self.bump();
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Json, TreeError> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err(TreeError::new(
                self.at,
                format!("more than {MAX_DEPTH} levels or {MAX_NODES} values"),
            ));
        }
        let at = self.at;
        let value = match self.peek() {
            Some(b'{') => JsonValue::Object(self.object(depth)?),
            Some(b'[') => JsonValue::Array(self.array(depth)?),
            Some(b'"') => JsonValue::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => JsonValue::Number(self.number()?),
            Some(b't') => self.word("true", JsonValue::Bool(true))?,
            Some(b'f') => self.word("false", JsonValue::Bool(false))?,
            Some(b'n') => self.word("null", JsonValue::Null)?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Json { at, value })
    }

    fn word(&mut self, word: &str, value: JsonValue) -> Result<JsonValue, TreeError> {
        for byte in word.bytes() {
            self.expect(byte, &format!("`{word}`"))?;
        }
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Member>, TreeError> {
        let mut members = Vec::new();
        self.bump();
        self.blank();
        if self.peek() == Some(b'}') {
            self.bump();
            return Ok(members);
        }
        loop {
            let at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key in quotes"));
            }
            let key = self.string()?;
            self.blank();
            self.expect(b':', "`:`")?;
            self.blank();
            let value = self.value(depth + 1)?;
            members.push(Member { key, at, value });
            self.blank();
            match self.peek() {
                Some(b',') => self.bump(),
                Some(b'}') => {
                    self.bump();
                    return Ok(members);
                }
                _ => return Err(self.unexpected("`,` or `}`")),
            };
            self.blank();
        }
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Json>, TreeError> {
        let mut items = Vec::new();
        self.bump();
        self.blank();
        if self.peek() == Some(b']') {
            self.bump();
            return Ok(items);
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blank();
            match self.peek() {
                Some(b',') => self.bump(),
                Some(b']') => {
                    self.bump();
                    return Ok(items);
                }
                _ => return Err(self.unexpected("`,` or `]`")),
            };
            self.blank();
        }
    }

    fn number(&mut self) -> Result<String, TreeError> {
        let start = self.offset;
        if self.peek() == Some(b'-') {
            self.bump();
        }
        if self.peek() == Some(b'0') {
            self.bump();
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.bump();
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.bump();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.bump();
            }
            self.digits()?;
        }
        Ok(self.text[start..self.offset].to_owned())
    }

    fn digits(&mut self) -> Result<(), TreeError> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.unexpected("a digit"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.bump();
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, TreeError> {
        let mut out = String::new();
        self.bump();
        loop {
            let start = self.offset;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1F)) {
                self.bump();
            }
            out.push_str(&self.text[start..self.offset]);
            match self.peek() {
                Some(b'"') => {
                    self.bump();
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.bump();
                    out.push(self.escape()?);
                }
                _ => return Err(self.unexpected("a closing `\"` (control characters need an escape)")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, TreeError> {
        let plain = match self.peek() {
            Some(b'u') => {
                self.bump();
                return self.unicode();
            }
            Some(b @ (b'"' | b'\\' | b'/')) => char::from(b),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.unexpected("one of `\"\\/bfnrtu` after `\\`")),
        };
        self.bump();
        Ok(plain)
    }

    /// The character of `\uXXXX`; a lone surrogate becomes U+FFFD, as it stands for nothing.
    fn unicode(&mut self) -> Result<char, TreeError> {
        let high = self.hex()?;
        if !(0xD800..0xDC00).contains(&high) || !self.bytes[self.offset..].starts_with(b"\\u") {
            return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.bump();
        self.bump();
        let low = self.hex()?;
        if !(0xDC00..0xE000).contains(&low) {
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Result<u32, TreeError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            let Some(digit) = digit else { return Err(self.unexpected("four hexadecimal digits")) };
            self.bump();
            code = code * 16 + digit;
        }
        Ok(code)
    }
}
