//! What only all requests of a client together show.

use super::checks::Ended;
use super::known::Known;
use crate::check::Violation;
use crate::event::At;

/// DSP0263 4.2.1.3: partial updates keep clients out of each other's way.
pub(super) fn prefers_partial(known: &Known<'_>) -> Ended {
    match (known.updates.full, known.updates.partial) {
        (_, Some(partial)) => Ended::Judged(partial, Vec::new()),
        (Some(full), None) => {
            let violation = Violation::new(
                "4.2.1.3/client-prefers-partial",
                "updates",
                At::Exchange,
                "an update with $select among the updates of the client",
                "full updates alone",
            );
            Ended::Judged(full, vec![violation])
        }
        (None, None) => Ended::NoOccasion,
    }
}

/// DSP0263 4.1.1, 5.3: data that CIMI does not define is passed over. Whoever asks for the entry point again and again, and
/// follows none of its links, was stopped by it; whoever asks nothing more may have had enough.
pub(super) fn tolerates(known: &Known<'_>) -> Ended {
    let tolerance = &known.tolerance;
    let Some(shown) = tolerance.shown else { return Ended::NoOccasion };
    if tolerance.followed {
        return Ended::Judged(shown, Vec::new());
    }
    if tolerance.again == 0 || tolerance.again < tolerance.later {
        return Ended::Undecided(
            shown,
            "the reply had attributes of the provider's own, and no link of it was followed: the client had enough, or stumbled",
        );
    }
    let violation = |requirement| {
        Violation::new(
            requirement,
            "entry point",
            At::Exchange,
            "a link of the entry point followed, whatever else stands there",
            format!("the entry point asked for {} more times, and no link followed", tolerance.again),
        )
    };
    Ended::Judged(shown, ["4.1.1/client-tolerates-more", "5.3/client-ignores-unknown"].map(violation).into())
}
