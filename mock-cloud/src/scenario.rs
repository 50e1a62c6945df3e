//! Scenarios: a whole cloud and what befalls it, as one TOML file.
//!
//! Owns what stands beside the seed in such a file: edition, dialect, clock, speed, chance, deviations and faults. The sections of the
//! seed stand in the same file, or in one that it names.

use std::path::{Path, PathBuf};

use cimi::Edition;
use toml::de::{DeTable, DeValue};

use crate::clock::Clock;
use crate::deviation::{self, Deviation};
use crate::dialect::{self, Dialect};
use crate::fault::{self, Fault, ReadError};
use crate::seed::read::{self, At};
use crate::seed::{Seed, SeedError, Trouble};

/// By how many milliseconds a paced clock moves on at each request.
const PACE: u32 = 20;

/// What stands beside the seed.
pub(crate) const KEYS: [&str; 8] =
    ["edition", "dialect", "seed", "clock", "speed", "chance", "deviations", "fault"];

/// A whole cloud and what befalls it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// None where it says nothing of what the cloud holds.
    pub(crate) seed: Option<Seed>,
    pub(crate) edition: Option<Edition>,
    pub(crate) dialect: Option<&'static Dialect>,
    pub(crate) clock: Option<Clock>,
    pub(crate) speed: Option<f64>,
    pub(crate) chance: Option<u64>,
    pub(crate) deviations: Vec<&'static Deviation>,
    pub(crate) faults: Vec<Fault>,
}

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("{}: {source}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in it cannot be understood.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Wrong(#[from] Box<SeedError>),
    /// A fault in it cannot be understood.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Fault(#[from] Box<ReadError>),
}

impl Scenario {
    /// Reads a scenario from a file.
    ///
    /// # Errors
    /// If it cannot be read, or the first thing in it that cannot be understood.
    pub fn read(file: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        let file = file.as_ref();
        let unreadable = |source| ScenarioError::Unreadable { file: file.to_owned(), source };
        let text = std::fs::read_to_string(file).map_err(unreadable)?;
        Self::new(file.display().to_string(), text)
    }

    /// A scenario from text; `file` names it in errors, and is what the files that it names are relative to.
    ///
    /// # Errors
    /// The first thing in it that cannot be understood. The seed is read when a cloud begins with it.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Result<Self, ScenarioError> {
        let (file, text) = (file.into(), text.into());
        let mut scenario = parse(&file, &text).map_err(|trouble| Box::new(trouble.within(&file, &text)))?;
        scenario.faults = fault::read_among(&file, &text)?;
        Ok(scenario)
    }
}

fn parse(file: &str, text: &str) -> Result<Scenario, Trouble> {
    let root = DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        Trouble::new(at, error.message(), "TOML 1.1")
    })?;
    let root = root.get_ref();
    let deviations = match root.get("deviations") {
        None => Vec::new(),
        Some(value) => read::array(value)?.iter().map(deviation).collect::<Result<_, _>>()?,
    };
    Ok(Scenario {
        seed: match root.get("seed") {
            Some(value) => Some(seed(root, file, value)?),
            None if root.keys().all(|key| KEYS.contains(&key.get_ref().as_ref())) => None,
            None => Some(Seed::of_scenario(file.to_owned(), text.to_owned())),
        },
        dialect: root.get("dialect").map(dialect).transpose()?,
        edition: root.get("edition").map(edition).transpose()?,
        clock: root.get("clock").map(clock).transpose()?,
        speed: root.get("speed").map(speed).transpose()?,
        chance: root.get("chance").map(chance).transpose()?,
        deviations,
        faults: Vec::new(),
    })
}

/// The seed in a file of its own; then none of its sections stands here.
fn seed(root: &DeTable<'_>, file: &str, value: &At<'_>) -> Result<Seed, Trouble> {
    if let Some(key) = root.keys().find(|key| !KEYS.contains(&key.get_ref().as_ref())) {
        let message = format!("{} beside a seed in a file of its own", key.get_ref());
        return Err(Trouble::new(key.span(), message, KEYS.join(", "))
            .hint("what the cloud holds stands in the file that `seed` names, or here, without `seed`"));
    }
    let path = Path::new(file).parent().unwrap_or(Path::new("")).join(read::text(value)?);
    let shown = path.display().to_string();
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Seed::new(shown, text)),
        Err(error) => Err(Trouble::new(
            value.span(),
            format!("{shown}: {error}"),
            "the path of a seed, relative to this file",
        )),
    }
}

fn edition(value: &At<'_>) -> Result<Edition, Trouble> {
    match read::text(value)? {
        "v1" => Ok(Edition::V1),
        "v2" => Ok(Edition::V2),
        _ => Err(read::wrong(value, "v1 or v2")),
    }
}

fn dialect(value: &At<'_>) -> Result<&'static Dialect, Trouble> {
    let names: Vec<&str> = dialect::ALL.iter().map(|dialect| dialect.name).collect();
    dialect::find(read::text(value)?)
        .ok_or_else(|| read::wrong(value, &format!("one of {}", names.join(", "))))
}

fn clock(value: &At<'_>) -> Result<Clock, Trouble> {
    match read::text(value)? {
        "wall" => Ok(Clock::Auto),
        "virtual" => Ok(Clock::virtual_clock()),
        "paced" => Ok(Clock::paced(PACE)),
        text => text.parse().map(Clock::Virtual).map_err(|_| {
            read::wrong(
                value,
                "wall, virtual, paced, or the moment that a virtual clock begins at: 2026-01-01T00:00:00Z",
            )
        }),
    }
}

fn speed(value: &At<'_>) -> Result<f64, Trouble> {
    let factor: Option<f64> = match value.get_ref() {
        DeValue::Float(digits) => digits.as_str().parse().ok(),
        DeValue::Integer(digits) => digits.as_str().parse().ok(),
        _ => None,
    };
    let factor = factor.filter(|factor| factor.is_finite() && *factor > 0.0);
    factor.ok_or_else(|| read::wrong(value, "a number greater than 0"))
}

fn chance(value: &At<'_>) -> Result<u64, Trouble> {
    u64::try_from(read::integer(value)?).map_err(|_| read::wrong(value, "a whole number, not below 0"))
}

fn deviation(value: &At<'_>) -> Result<&'static Deviation, Trouble> {
    let name = read::text(value)?;
    deviation::find(name).ok_or_else(|| {
        let wrong = read::wrong(value, "the name of a deviation; `cimi-mock --list-deviations` lists them");
        let names: Vec<&str> = deviation::all().map(|deviation| deviation.name).collect();
        match read::nearest(name, &names) {
            Some(near) => wrong.hint(format!("did you mean `{near}`?")),
            None => wrong,
        }
    })
}
