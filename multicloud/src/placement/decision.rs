//! What was decided, and why: for people, for the record, and for whoever carries it out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::amounts::Amounts;
use super::offer::Place;

/// Offers that a decision tells of one by one. Beyond that it counts: a record has to stay small.
pub(super) const TOLD: usize = 256;

/// What was decided, and why. Serialisable: it is kept with the job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "kebab-case")]
pub struct Decision {
    /// The fallback that was used; absent: none was needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// What was tried before it, and why nothing was left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<Tried>,
    /// The offers that will do, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranked: Vec<Ranked>,
    /// Those that will not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Rejected>,
    /// Offers that were considered beyond those.
    #[serde(skip_serializing_if = "is_zero")]
    pub untold: usize,
    /// What became of the clouds that were asked, in turn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Asked>,
    /// What it takes of quotas.
    pub needs: Amounts,
}

/// An offer that will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Ranked {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What an hour costs, in thousandths.
    pub price: i64,
    /// The machines that are counted there, where they are spread or packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arranged: Option<i64>,
    /// Its score, where attributes are weighted: more is better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<i64>,
}

/// An offer that will not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Rejected {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// The kind of reason.
    pub code: Code,
    /// The reason.
    pub reason: String,
}

/// Rules that left nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "kebab-case")]
pub struct Tried {
    /// The fallback; absent: the rules as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// Offers that each kind of reason left out.
    pub rejected: BTreeMap<Code, usize>,
}

/// A cloud that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Asked {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// Why it refused; absent: it took it, or is not known to have refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Code>,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The kinds of reason why an offer was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The cloud does not answer, or has not yet.
    OutOfReach,
    /// It is not in use: it is disabled, or cannot be used.
    Unused,
    /// It is only observed.
    Observed,
    /// It creates no such thing.
    Unsupported,
    /// It does not have what the request refers to.
    Missing,
    /// A filter leaves it out.
    Filter,
    /// It is not near what it must be near to.
    Affinity,
    /// It is near what it must not be near to.
    AntiAffinity,
    /// It has its share.
    Share,
    /// There is no money left.
    Budget,
    /// The quota leaves too little.
    Quota,
    /// The cloud is full.
    Capacity,
    /// The cloud refused for another reason.
    Refused,
}

impl Decision {
    /// Where it went, as far as is known: the last cloud asked, or the first that will be.
    pub fn winner(&self) -> Option<&Place> {
        match self.asked.last() {
            Some(asked) if asked.refused.is_none() => Some(&asked.place),
            Some(_) => None,
            None => self.ranked.first().map(|ranked| &ranked.place),
        }
    }

    /// The decision in words, a line per offer.
    pub fn explain(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (at, ranked) in self.ranked.iter().enumerate() {
            let choice = if at == 0 { "chosen".to_owned() } else { format!("choice {}", at + 1) };
            let score = ranked.score.map_or_else(String::new, |score| format!(" with a score of {score}"));
            lines.push(format!("{}: {choice}{score}", self.name(&ranked.place)));
        }
        for rejected in &self.rejected {
            lines.push(format!("{}: {}", self.name(&rejected.place), rejected.reason));
        }
        if self.untold > 0 {
            lines.push(format!("and {} more", self.untold));
        }
        if let Some(fallback) = &self.fallback {
            lines.push(format!("as {fallback} has it: nothing was left before"));
        }
        for asked in &self.asked {
            if let Some(reason) = &asked.reason {
                let came = if asked.refused == Some(Code::OutOfReach) { "in vain" } else { "and refused" };
                lines.push(format!("{} was asked {came}: {reason}", self.name(&asked.place)));
            }
        }
        lines
    }

    /// Notes that a cloud is asked.
    pub fn ask(&mut self, place: &Place) {
        self.asked.push(Asked { place: place.clone(), refused: None, reason: None });
    }

    /// Notes that the cloud asked last refused.
    pub fn refused(&mut self, code: Code, reason: &str) {
        if let Some(asked) = self.asked.last_mut() {
            asked.refused = Some(code);
            asked.reason = Some(reason.to_owned());
        }
    }

    /// Keeps as many offers as there is room for; the rest is counted.
    pub(crate) fn shortened(mut self, told: usize) -> Self {
        let (ranked, rejected) = (self.ranked.len(), self.rejected.len());
        self.ranked.truncate(told);
        self.rejected.truncate(told - self.ranked.len().min(told / 2));
        self.untold += ranked + rejected - self.ranked.len() - self.rejected.len();
        self
    }

    /// An account's name; with the location where it has several.
    fn name(&self, place: &Place) -> String {
        let ranked = self.ranked.iter().map(|it| &it.place);
        let mut all = ranked.chain(self.rejected.iter().map(|it| &it.place));
        match &place.location {
            Some(location) if all.any(|it| it.account == place.account && it.location != place.location) => {
                format!("{} in {location}", place.account)
            }
            _ => place.account.clone(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde hands it over")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}
