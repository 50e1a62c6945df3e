//! A cloud that is only looked at: what would change something there is refused before it is on its way.
//!
//! Owns that refusal, for every method there is and will be. Why a cloud is only looked at is the operator's to know.

use std::sync::Arc;

use super::around::{Around, Effect};
use super::{Class, CloudError, Connector};

/// A cloud that is only looked at.
#[derive(Debug)]
pub struct Observed(Arc<dyn Connector>);

impl Observed {
    /// A cloud to look at.
    pub fn new(cloud: Arc<dyn Connector>) -> Self {
        Self(cloud)
    }
}

impl Around for Observed {
    fn cloud(&self) -> &dyn Connector {
        &*self.0
    }

    async fn call<T: Send, F: Future<Output = Result<T, CloudError>> + Send>(
        &self,
        effect: Effect,
        call: impl Fn() -> F + Send + Sync,
    ) -> Result<T, CloudError> {
        if effect == Effect::Change {
            return Err(CloudError::new(Class::Forbidden, "it is only observed: nothing is changed there"));
        }
        call().await
    }
}
