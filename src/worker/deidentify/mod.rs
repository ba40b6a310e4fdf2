//! De-identification for the window: profiles, pseudonyms, previews, and the risk of burned-in identifiers. Nothing is
//! written to disk, except pseudonyms added to a table on request.

mod preview;
mod profiles;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::event_sender::EventSender;
use crate::dicom::deidentify::pseudonyms::Pseudonyms;
use crate::dicom::deidentify::{Error, Identities, NewIdentity, Secret, glance};
use crate::keychain;
use crate::message::{
    AskCleaning, CleaningNews, Event, Failure, LookAt, PreviewOf, TableAnswer, Whose,
};

/// State shared by the tasks.
#[derive(Clone)]
pub(super) struct Deidentify {
    data: PathBuf,
    out: EventSender,
    secret: Arc<Mutex<Option<Secret>>>,
    /// Preview request that has not started; replaced by a newer one.
    waiting: Arc<Mutex<Option<PreviewOf>>>,
    turn: Arc<Semaphore>,
    looking: Arc<Semaphore>,
    /// Stop flag of the header reads requested so far.
    stop: Arc<Mutex<Arc<AtomicBool>>>,
}

impl Deidentify {
    pub(super) fn new(data: PathBuf, out: EventSender) -> Self {
        Deidentify {
            data,
            out,
            secret: Arc::default(),
            waiting: Arc::default(),
            turn: Arc::new(Semaphore::new(1)),
            looking: Arc::new(Semaphore::new(1)),
            stop: Arc::default(),
        }
    }

    /// The task that answers a request. Whatever depends on the sequence of requests is done before this returns.
    pub(super) fn task(&self, ask: AskCleaning) -> impl Future<Output = ()> + Send + 'static {
        let its = self.clone();
        if let AskCleaning::Preview(of) = &ask {
            *locked(&self.waiting) = Some((**of).clone());
        }
        let stop = {
            let mut stop = locked(&self.stop);
            if matches!(ask, AskCleaning::StopLooking) {
                stop.store(true, Ordering::Relaxed);
                *stop = Arc::default();
            }
            Arc::clone(&stop)
        };
        async move { its.answer(ask, stop).await }
    }

    async fn answer(self, ask: AskCleaning, stop: Arc<AtomicBool>) {
        match ask {
            AskCleaning::Preview(_) => self.preview().await,
            AskCleaning::Look(series) => self.look(series, stop).await,
            AskCleaning::StopLooking => {}
            AskCleaning::Table {
                path,
                makes_new,
                patients,
            } => {
                let answer = self.table(path, makes_new, patients).await;
                self.say(CleaningNews::Table(answer)).await;
            }
            AskCleaning::Pseudonyms(patients) => {
                let its = self.clone();
                let made = move || its.pseudonyms(patients);
                let made = blocking(made).await.and_then(|made| made);
                self.say(CleaningNews::Pseudonyms(made)).await;
            }
            profiles => profiles::answer(&self, profiles).await,
        }
    }

    async fn say(&self, news: CleaningNews) {
        self.out.send(Event::Deidentify(Box::new(news))).await;
    }

    /// This computer's key, read once. May block on a dialog of the keychain.
    fn secret(&self) -> Result<Secret, String> {
        let mut secret = locked(&self.secret);
        if let Some(secret) = &*secret {
            return Ok(secret.clone());
        }
        let key = keychain::deidentification_key(&self.data)?;
        Ok(secret.insert(Secret::new(key)).clone())
    }

    fn pseudonyms(&self, patients: Vec<Whose>) -> Result<Vec<(Whose, NewIdentity)>, Failure> {
        let secret = self.secret().map_err(|what| Failure {
            what,
            remedy: "Nothing can be de-identified without it.".to_owned(),
        })?;
        let named = patients.into_iter().map(|whose| {
            let of = match whose.id.trim() {
                "" => format!("\0{}", whose.name.trim()),
                id => id.to_owned(),
            };
            let id = secret.pseudonym(&of);
            let name = id.clone();
            (whose, NewIdentity { id, name })
        });
        Ok(named.collect())
    }

    async fn table(
        &self,
        path: Option<PathBuf>,
        makes_new: bool,
        patients: Vec<Whose>,
    ) -> Result<Option<TableAnswer>, Failure> {
        let path = match path {
            Some(path) => path,
            None => {
                let dialog = rfd::AsyncFileDialog::new()
                    .set_title("Choose a table of pseudonyms")
                    .add_filter("CSV", &["csv", "txt"]);
                match dialog.pick_file().await {
                    Some(file) => file.path().to_owned(),
                    None => return Ok(None),
                }
            }
        };
        let asked = blocking(move || asked(path, makes_new, patients)).await;
        asked.and_then(|answer| answer).map(Some)
    }

    /// Makes the preview requested last.
    async fn preview(&self) {
        let _turn = self.turn.acquire().await.ok();
        let Some(of) = locked(&self.waiting).take() else {
            return;
        };
        let ask = of.ask;
        let its = self.clone();
        let work = move || {
            let secret = match of.cleaning.needs_key() {
                true => Some(its.secret()?),
                false => None,
            };
            preview::of(&of, secret.as_ref())
        };
        let result = match blocking(work).await {
            Ok(result) => result.map(Arc::new),
            Err(failure) => Err(failure.what),
        };
        self.say(CleaningNews::Preview { ask, result }).await;
    }

    async fn look(&self, all: Vec<LookAt>, stop: Arc<AtomicBool>) {
        let _turn = self.looking.acquire().await.ok();
        for LookAt { series, images } in all {
            let stopped = Arc::clone(&stop);
            let look = move || {
                let mut seen = Vec::new();
                for path in images {
                    if stopped.load(Ordering::Relaxed) {
                        return None;
                    }
                    if let Ok(glance) = glance(&path) {
                        seen.push((path, glance));
                    }
                }
                Some(seen)
            };
            match blocking(look).await {
                Ok(Some(images)) => self.say(CleaningNews::Looked { series, images }).await,
                Ok(None) => return,
                // Files that could not be read are checked again before they are sent.
                Err(_) => {
                    let images = Vec::new();
                    self.say(CleaningNews::Looked { series, images }).await;
                }
            }
        }
    }
}

fn asked(path: PathBuf, makes_new: bool, patients: Vec<Whose>) -> Result<TableAnswer, Failure> {
    let table = Pseudonyms::open(&path, makes_new).map_err(|error| Failure {
        what: error.to_string(),
        remedy: "Correct the table, or choose another one.".to_owned(),
    })?;
    let named = patients.into_iter().map(|whose| {
        let identity = match table.identity(&whose.id, &whose.name) {
            Ok(Some(identity)) => Ok(identity),
            Ok(None) => Err("it has no new name there".to_owned()),
            Err(Error::Identity(why)) => Err(why.replace("its patient is", "this patient is")),
            Err(other) => Err(other.to_string()),
        };
        (whose, identity)
    });
    let patients = named.collect();
    Ok(TableAnswer {
        known: table.len(),
        path,
        makes_new,
        patients,
    })
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs blocking work; a panic becomes a [`Failure`].
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_panic| Failure {
        what: "Something in this file or table could not be made sense of.".to_owned(),
        remedy: "Nothing of it was sent.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::deidentify::{Dates, NewIdentity, Profile};
    use crate::dicom::sample::write_sample_study;
    use crate::transfer::Cleaning;

    fn whose(id: &str) -> Whose {
        Whose {
            id: id.to_owned(),
            name: "Somebody".to_owned(),
        }
    }

    #[test]
    fn a_table_names_patients_and_says_of_others_that_it_does_not_know_them_until_it_may_make_new_ones()
     {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        std::fs::write(&path, "original ID,new ID,new name\nP-1,S-1,Subject 1\n").unwrap();
        let both = || vec![whose("P-1"), whose("P-2")];
        let answer = asked(path.clone(), false, both()).unwrap();
        assert_eq!(answer.known, 1);
        let named = NewIdentity {
            id: "S-1".into(),
            name: "Subject 1".into(),
        };
        assert_eq!(answer.patients[0].1, Ok(named));
        let why = answer.patients[1].1.clone().unwrap_err();
        assert_eq!(why, "this patient is not in the table of pseudonyms");
        let answer = asked(path.clone(), true, both()).unwrap();
        let new = answer.patients[1].1.clone().unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains(&new.id));
        assert_eq!(
            asked(path, false, both()).unwrap().patients[1].1,
            Ok(new),
            "it is known from now on"
        );
        let missing = asked(folder.path().join("none.csv"), false, both());
        assert!(missing.unwrap_err().what.contains("could not be used"));
    }

    #[test]
    fn a_preview_shows_the_patient_first_with_the_old_value_and_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let files = write_sample_study(folder.path()).unwrap();
        let mut profile = Profile::default();
        profile.options.dates = Dates::Modified;
        let cleaning = Cleaning {
            profile,
            identity: Some(NewIdentity {
                id: "S-1".into(),
                name: "Subject^One".into(),
            }),
            burned_in_agreed: false,
        };
        let mut of = PreviewOf {
            ask: 1,
            path: files[0].clone(),
            cleaning: Arc::new(cleaning),
            patient_id: "19510203-1234".into(),
        };
        let shown = preview::of(&of, Some(&Secret::new([7; 32]))).unwrap();
        let first = &shown.changes[0];
        assert_eq!(
            (first.name.as_str(), first.now.as_str(), first.sent.as_str()),
            ("Patient name", "Öberg^Märta", "Subject^One")
        );
        assert!(shown.checked && shown.residue.is_none());
        let date = shown.changes.iter().find(|one| one.name == "Study date");
        assert_eq!(date.unwrap().rule, "shifted");
        of.patient_id = "another".into();
        let why = preview::of(&of, Some(&Secret::new([7; 32]))).unwrap_err();
        assert!(why.contains("another patient than its study"), "{why}");
        assert!(preview::of(&of, None).is_err(), "there is no key");
    }
}
