//! Whole systems: where each of several requests would go if they are made together.

use super::{App, AppError, Problem, Request};
use crate::placement::{self, Amounts, Batch, Decision, Effort, Layer, decide, together_with};

impl App {
    /// Where several requests would go together, and why each there. Changes nothing. `shared`: policies for all of them, beside
    /// the manager's and the tenant's; what each brings itself only says where that one may go.
    ///
    /// # Errors
    /// `Invalid` if a policy cannot be used; `Conflict` if the tenant's quota leaves too little, or there are no places
    /// for all of them, with what was considered.
    pub fn place_together(
        &self,
        requests: &[Request],
        shared: &[Layer],
        effort: Effort,
    ) -> Result<Vec<Decision>, AppError> {
        self.place_tied(requests, &[], shared, effort)
    }

    /// The same as [`App::place_tied`], aside: it may take as long as its effort lets it.
    ///
    /// # Errors
    /// As [`App::place_together`].
    pub(super) async fn place_tied_apart(
        &self,
        requests: Vec<Request>,
        tied: Vec<(usize, usize)>,
        shared: Vec<Layer>,
    ) -> Result<Vec<Decision>, AppError> {
        let app = self.clone();
        let placed =
            tokio::task::spawn_blocking(move || app.place_tied(&requests, &tied, &shared, Effort::default()));
        placed.await.unwrap_or_else(|error| Err(AppError::new(Problem::Internal, error.to_string())))
    }

    /// The same with pairs of requests of which what the first makes has to be at the account of what the second makes.
    ///
    /// # Errors
    /// As [`App::place_together`].
    pub(super) fn place_tied(
        &self,
        requests: &[Request],
        tied: &[(usize, usize)],
        shared: &[Layer],
        effort: Effort,
    ) -> Result<Vec<Decision>, AppError> {
        let bounds = self.bounds();
        let mut layers = bounds.policies;
        layers.push(self.own_layer());
        layers.extend_from_slice(shared);
        let plan = placement::combine(&layers);
        let placed = self.placed(&plan);
        let mut components = Vec::new();
        let mut alone = Vec::new();
        for request in requests {
            let own = placement::combine(&self.layers(request)?);
            let candidates = self.candidates(request);
            let demand = Self::demand(request);
            let mut choice =
                decide(&own, 0, &candidates.offers, &candidates.rejected, &demand, &self.placed(&own));
            // In the order of the accounts, as it is when one is placed alone.
            choice.order.sort_unstable();
            let offers = choice.order.iter().map(|at| candidates.offers[*at].clone()).collect();
            components.push(Batch { offers, demand });
            alone.push(choice.decision);
        }
        let needs = alone.iter().fold(Amounts::default(), |sum, decision| sum.plus(decision.needs));
        if let Some(shortage) = self.shortage(&bounds.allowances, needs) {
            return Err(AppError::new(Problem::Conflict, shortage.to_string()));
        }
        let Some(joint) = together_with(&plan, &components, tied, &placed, effort) else {
            let details: Vec<String> = alone.iter().flat_map(Decision::explain).collect();
            let message = format!("there are no places for all {} of them together", requests.len());
            return Err(AppError::new(Problem::Conflict, message).with(details));
        };
        let decisions = alone.iter().enumerate();
        Ok(decisions
            .map(|(number, alone)| joint.explain(&plan, &components, number, &alone.rejected, &placed))
            .collect())
    }
}
