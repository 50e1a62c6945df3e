//! What an hour costs: a table that an operator loads, in CSV or in TOML.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

/// Rows of one table.
const ROWS: usize = 100_000;

/// Prices by account, location and configuration; the most exact row holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices(BTreeMap<Key, i64>);

/// What a row is about; `None`: whichever.
type Key = [Option<String>; 3];

/// The forms of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A heading with `price` and any of `account`, `location`, `config`; a row a line; `#` begins a comment.
    Csv,
    /// `[[price]]` with `price` and any of `account`, `location`, `config`.
    Toml,
}

/// Why a table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceError {
    /// Where, in bytes.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    price: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    account: Option<String>,
    location: Option<String>,
    config: Option<String>,
    price: i64,
}

impl Prices {
    /// Reads a table.
    ///
    /// # Errors
    /// At the first row that cannot be meant.
    pub fn read(form: Form, text: &str) -> Result<Self, PriceError> {
        let mut prices = Self::default();
        match form {
            Form::Csv => prices.read_csv(text)?,
            Form::Toml => prices.read_toml(text)?,
        }
        Ok(prices)
    }

    /// What an hour costs; the row that says most decides, and an account says more than a configuration, that more than a
    /// location. `None`: the table does not say.
    pub fn price(&self, account: &str, location: Option<&str>, config: Option<&str>) -> Option<i64> {
        let all = [Some(account), location, config];
        // Bit 2 is the account, bit 1 the configuration, bit 0 the location.
        let mut masks: Vec<u8> = (0..8).collect();
        masks.sort_by_key(|mask| std::cmp::Reverse((mask.count_ones(), *mask)));
        masks.into_iter().find_map(|mask| {
            let at = |bit: u8, part: usize| (mask & bit != 0).then(|| all[part].map(str::to_owned)).flatten();
            self.0.get(&[at(4, 0), at(1, 1), at(2, 2)]).copied()
        })
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn read_toml(&mut self, text: &str) -> Result<(), PriceError> {
        let file: File = toml::from_str(text).map_err(|error| {
            wrong(
                error.span().unwrap_or(0..0),
                error.message(),
                "give [[price]] with price, account, location, config",
            )
        })?;
        for row in file.price {
            let at = row.span();
            let Row { account, location, config, price } = row.into_inner();
            self.insert([account, location, config], price, at)?;
        }
        Ok(())
    }

    fn read_csv(&mut self, text: &str) -> Result<(), PriceError> {
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
        let columns = reader.headers().map_err(|error| unreadable(text, &error))?.clone();
        let place = |name: &str| columns.iter().position(|column| column == name);
        let heading = "give a heading with price and any of account, location, config";
        let first = 0..text.lines().next().map_or(0, str::len);
        for column in &columns {
            if !["account", "location", "config", "price"].contains(&column) {
                return Err(wrong(first, format!("the column `{column}` is not known"), heading));
            }
        }
        let Some(price_at) = place("price") else {
            return Err(wrong(first, "there is no column `price`", heading));
        };
        let parts = ["account", "location", "config"].map(place);
        for record in reader.records() {
            let record = record.map_err(|error| unreadable(text, &error))?;
            let at = line_at(text, record.position().map_or(0, csv::Position::byte));
            let written = record.get(price_at).unwrap_or_default();
            let price = written.parse().map_err(|_| {
                let help = "a whole number of thousandths of your currency for an hour";
                wrong(at.clone(), format!("the price `{written}` is not one"), help)
            })?;
            let part = |part: Option<usize>| {
                part.and_then(|at| record.get(at)).filter(|text| !text.is_empty()).map(str::to_owned)
            };
            self.insert(parts.map(part), price, at)?;
        }
        Ok(())
    }

    fn insert(&mut self, key: Key, price: i64, at: Range<usize>) -> Result<(), PriceError> {
        if price < 0 {
            let help = "thousandths of your currency for an hour; 0 if it costs nothing";
            return Err(wrong(at, "a price cannot be below 0", help));
        }
        if self.0.len() == ROWS {
            return Err(wrong(at, format!("there are more than {ROWS} rows"), "leave out what is not used"));
        }
        if self.0.insert(key, price).is_some() {
            let help = "give one price for the same account, location and config";
            return Err(wrong(at, "this has a price already", help));
        }
        Ok(())
    }
}

fn unreadable(text: &str, error: &csv::Error) -> PriceError {
    let at = line_at(text, error.position().map_or(0, csv::Position::byte));
    wrong(at, error.to_string(), "give as many fields in each row as the heading has")
}

/// The line that begins at or after a byte, without its end.
fn line_at(text: &str, byte: u64) -> Range<usize> {
    let byte = usize::try_from(byte).unwrap_or(0).min(text.len());
    let rest = text.get(byte..).unwrap_or_default();
    let start = byte + (rest.len() - rest.trim_start_matches(['\r', '\n']).len());
    let line = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    start..start + line.len()
}

fn wrong(at: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> PriceError {
    PriceError { at, message: message.into(), help: help.into() }
}
