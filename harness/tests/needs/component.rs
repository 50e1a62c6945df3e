//! What a test may need, and what becomes of it when that is missing: it is ignored, with the reason and with what
//! brings it; with `CIMI_TEST_REQUIRE=all` in the environment it fails instead, so that CI cannot lose it unseen.

use std::env;
use std::path::{Path, PathBuf};

use libtest_mimic::{Completion, Failed, Trial};

/// Something outside of the project that a test needs.
#[derive(Clone, Copy)]
pub(crate) struct Component {
    /// What it is, as in "no ... here".
    pub(crate) what: &'static str,
    /// What brings it, as a sentence.
    pub(crate) remedy: &'static str,
    /// Finds it.
    pub(crate) find: fn() -> Option<PathBuf>,
}

impl Component {
    /// A trial that runs `test` with the path of this component, where there is one.
    pub(crate) fn trial(
        self,
        name: &str,
        test: impl FnOnce(&Path) -> Result<(), Failed> + Send + 'static,
    ) -> Trial {
        Trial::ignorable_test(name, move || match (self.find)() {
            Some(path) => test(&path).map(|()| Completion::Completed),
            None if required() => Err(Failed::from(self.absence())),
            None => Ok(Completion::ignored_with(self.absence())),
        })
    }

    fn absence(self) -> String {
        format!("no {} here: {}", self.what, self.remedy)
    }
}

/// Whether a missing component is a failure.
fn required() -> bool {
    env::var_os("CIMI_TEST_REQUIRE").is_some_and(|value| value == "all")
}

/// The first of these programs that is on the path.
pub(crate) fn program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}
