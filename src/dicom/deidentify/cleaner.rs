//! Files de-identified by a profile.

use std::io::{Cursor, Read, Seek};
use std::sync::Arc;

use super::decide::Decider;
use super::error::Error;
use super::facts::{
    DATES_MODIFIED, Facts, METHOD, PATIENT_ID, PATIENT_NAME, SOP_CLASS, SOP_INSTANCE,
};
use super::frames::{Outcome, tidy};
use super::meta;
use super::output::{Cleaned, Report, pieces};
use super::pixels::unpacked;
use super::plan::{Added, Change, New, Plan};
use super::prepare::{in_memory, whole};
use super::profile::{Dates, Profile};
use super::read::{self, Taken};
use super::replacement::{Replacement, find};
use super::residual::Residual;
use super::rules::Rules;
use super::uid_key::Secret;
use super::values::Tools;
use super::verify::check;
use super::write::{Body, write};

/// What a patient is called from now on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct NewIdentity {
    /// The new Patient ID.
    pub id: String,
    /// The new Patient's Name.
    pub name: String,
}

/// Knows what patients are called from now on.
pub trait Identities: Send + Sync {
    /// The new identity of a patient, by the original ID and name as the file has them; `None`: what the profile does.
    ///
    /// # Errors
    /// A patient that may not be sent, such as one that is not known.
    fn identity(&self, patient_id: &str, name: &str) -> Result<Option<NewIdentity>, Error>;
}

/// De-identifies files by one profile. Copies are cheap, and share everything; threads may use one at once.
#[derive(Clone)]
pub struct Cleaner {
    shared: Arc<Shared>,
}

struct Shared {
    profile: Arc<Profile>,
    secret: Secret,
    identities: Option<Arc<dyn Identities>>,
    residual: Residual,
}

/// How one file is cleaned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Its pixel data was cleaned before: the file says so.
    pub pixels_cleaned: bool,
    /// A person said that nothing in its picture identifies anybody: the file says so.
    pub nothing_burned_in: bool,
    /// The report has old and new values. These identify the patient.
    pub values: bool,
}

impl Cleaner {
    /// A cleaner by this profile, with this key.
    pub fn new(profile: Arc<Profile>, secret: Secret) -> Self {
        Cleaner {
            shared: Arc::new(Shared {
                profile,
                secret,
                identities: None,
                residual: Residual::default(),
            }),
        }
    }

    /// The same, giving patients new identities.
    #[must_use]
    pub fn with_identities(self, identities: Arc<dyn Identities>) -> Self {
        Cleaner {
            shared: Arc::new(Shared {
                profile: Arc::clone(&self.shared.profile),
                secret: self.shared.secret.clone(),
                identities: Some(identities),
                residual: Residual::default(),
            }),
        }
    }

    /// The profile.
    pub fn profile(&self) -> &Profile {
        &self.shared.profile
    }

    /// What becomes of a UID: of one that identifies an instance, a series, a study or a frame of reference.
    pub fn uid(&self, uid: &str) -> String {
        let profile = &self.shared.profile;
        match profile.basic && !profile.options.retain_uids {
            true => self.shared.secret.uid(uid),
            false => uid.to_owned(),
        }
    }

    /// A file of `size` bytes, cleaned. What was written has been read again and held against the original. Of a file
    /// that is not deflated everything but the pixel data is in memory, up to 1 GiB; of a deflated one all of it.
    ///
    /// # Errors
    /// Why it could not be cleaned; such a file must not be sent.
    pub fn clean(
        &self,
        source: &mut (impl Read + Seek),
        size: u64,
        wanted: Wanted,
    ) -> Result<Cleaned, Error> {
        let mut taken = read::read(source, size)?;
        let cleans_frames = self.profile().basic || wanted.pixels_cleaned;
        let in_frames = match cleans_frames
            .then(|| tidy(source, &mut taken))
            .transpose()?
        {
            Some(Outcome::Unpack) => return self.clean_unpacked(source, size, wanted),
            Some(Outcome::Done(touched)) => touched,
            None => Vec::new(),
        };
        let old = Body {
            data: &taken.data,
            layout: taken.form.layout,
            holes: &taken.holes,
        };
        let profile = self.profile();
        let options = &profile.options;
        let cleans_text = profile.basic
            && (options.clean_descriptors
                || options.clean_structured_content
                || options.clean_graphics
                || options.retain_device_identity
                || options.retain_patient_characteristics)
            || !profile.overrides.is_empty();
        let facts = Facts::of(old.steps(), old.data, cleans_text.then_some(options))?;
        let replacements = self.replacements(&facts)?;
        let mut marks = self.marks(old, &facts, wanted);
        marks.extend(self.missing_instance(&taken, &facts));
        let decider = self.decider(old, &facts, &replacements, marks, wanted);
        let (mut plan, mut touched) = decider.decide(old.steps())?;
        plan.all_groups |= !in_frames.is_empty();
        touched.extend(in_frames);
        let (data, holes) = write(old, &plan)?;
        let new = Body {
            data: &data,
            layout: taken.form.layout,
            holes: &holes,
        };
        check(old, new, &replacements, &plan)?;
        let leaving = self.nothing_left(new, &replacements, &plan.added)?;
        let report = Report {
            touched,
            ..report(&leaving)
        };
        let head = self.head(&taken, &report, &facts)?;
        if profile.residual_check {
            let new_names = [report.patient_id.as_str(), report.patient_name.as_str()];
            let values = replacements.iter().map(Replacement::value).chain(new_names);
            self.shared
                .residual
                .check(profile, (old, &plan), (&head, new), values)?;
        }
        Ok(Cleaned {
            pieces: pieces(head, &data, &holes, taken.parts, taken.form.deflated)?,
            report,
        })
    }

    /// The same with its pixels unpacked first: something stands in bits beside their values.
    fn clean_unpacked(
        &self,
        source: &mut (impl Read + Seek),
        size: u64,
        wanted: Wanted,
    ) -> Result<Cleaned, Error> {
        let file = whole(source, size)?;
        let bytes = unpacked(&file).map_err(Error::Pixels)?;
        drop(file);
        let mut plain = Cursor::new(&bytes);
        let mut cleaned = self.clean(&mut plain, bytes.len() as u64, wanted)?;
        in_memory(&mut cleaned, &bytes)?;
        Ok(cleaned)
    }

    /// The same for a file in memory.
    ///
    /// # Errors
    /// Why it could not be cleaned; such a file must not be sent.
    pub fn clean_bytes(&self, file: &[u8], wanted: Wanted) -> Result<(Vec<u8>, Report), Error> {
        let cleaned = self.clean(&mut Cursor::new(file), file.len() as u64, wanted)?;
        Ok((cleaned.bytes(file)?, cleaned.report))
    }

    /// The values that one file gets: the profile's, and the patient's new identity.
    fn replacements(&self, facts: &Facts) -> Result<Vec<Replacement>, Error> {
        let mut replacements = self.shared.profile.replace.clone();
        if let Some(identities) = &self.shared.identities
            && let Some(new) =
                identities.identity(facts.top(PATIENT_ID), facts.top(PATIENT_NAME))?
        {
            for (name, value) in [("PatientID", &new.id), ("PatientName", &new.name)] {
                let new = Replacement::new(name, value);
                replacements.push(new.map_err(|error| Error::Identity(error.to_string()))?);
            }
        }
        Ok(replacements)
    }

    fn marks(&self, body: Body<'_>, facts: &Facts, wanted: Wanted) -> Vec<Added> {
        let profile = self.profile();
        if !profile.basic {
            return meta::moved(profile.moves_dates(), facts.top(DATES_MODIFIED));
        }
        let items = facts.method_items.clone();
        let earlier = meta::Earlier {
            codes: &facts.methods,
            items: items
                .and_then(|place| body.data.get(place))
                .unwrap_or_default(),
            method: facts.top(METHOD),
            dates: facts.top(DATES_MODIFIED),
        };
        let mut marks = meta::marks(
            &profile.options,
            (wanted.pixels_cleaned, wanted.nothing_burned_in),
            &earlier,
            body.layout,
        );
        let is_replaced = |added: &Added| {
            let mut replaced = profile.replace.iter();
            replaced.any(|replacement| replacement.tag() == added.tag)
        };
        marks.retain(|mark| !is_replaced(mark));
        marks
    }

    /// The instance's UID where only the file meta information has it: both are to say the same.
    fn missing_instance(&self, taken: &Taken, facts: &Facts) -> Option<Added> {
        let uid = meta::of(&taken.meta, meta::INSTANCE);
        let is_missing = self.profile().basic && facts.top(SOP_INSTANCE).is_empty();
        (is_missing && !uid.is_empty()).then(|| Added {
            tag: SOP_INSTANCE,
            new: New::text(*b"UI", self.uid(&uid)),
        })
    }

    fn decider<'a>(
        &'a self,
        body: Body<'a>,
        facts: &'a Facts,
        replacements: &'a [Replacement],
        marks: Vec<Added>,
        wanted: Wanted,
    ) -> Decider<'a> {
        let profile = self.profile();
        // Without the profile, only a rule of one's own can ask for dates to be moved.
        let moves = !profile.basic || profile.options.dates == Dates::Modified;
        Decider {
            data: body.data,
            rules: Rules {
                profile,
                sop_class: facts.top(SOP_CLASS),
            },
            facts,
            tools: Tools {
                secret: &self.shared.secret,
                offset: moves.then(|| self.shared.secret.offset(&facts.patient())),
                identifiers: &facts.identifiers,
            },
            replacements,
            marks,
            with_values: wanted.values,
        }
    }

    /// Decides about what was written as if it were a file that comes in: nothing in it may have to go.
    fn nothing_left(
        &self,
        new: Body<'_>,
        replacements: &[Replacement],
        added: &[Added],
    ) -> Result<Facts, Error> {
        let facts = Facts::of(new.steps(), new.data, None)?;
        if self.profile().basic {
            let decider =
                self.decider(new, &facts, replacements, added.to_vec(), Wanted::default());
            let (again, _): (Plan, _) = decider.decide(new.steps())?;
            let goes = |change: &Change| matches!(change, Change::Remove | Change::NoItems);
            let left = again.changes.iter().filter(|at| goes(&at.change)).count();
            let is_new = |added: &&Added| find(replacements, added.tag).is_none();
            if left > added.iter().filter(is_new).count() {
                return Err(Error::NotAsMeant("something is left that was to go".into()));
            }
        }
        Ok(facts)
    }

    fn head(&self, taken: &Taken, report: &Report, old: &Facts) -> Result<Vec<u8>, Error> {
        if !self.profile().basic {
            return Ok(taken.head.clone());
        }
        // A reader may refuse a file whose file meta information has something else than a UID, as UIDs that are kept can
        // be.
        let can_be_one = |uid: &String| {
            let is_part = |byte: u8| byte.is_ascii_digit() || byte == b'.';
            !uid.is_empty() && uid.len() <= 64 && uid.bytes().all(is_part)
        };
        let before = meta::of(&taken.meta, meta::INSTANCE);
        let instance = Some(report.sop_instance_uid.clone())
            .filter(can_be_one)
            .or_else(|| Some(self.uid(&before)).filter(can_be_one))
            .unwrap_or_else(|| self.shared.secret.uid(&report.sop_instance_uid));
        if instance.is_empty() {
            return Err(Error::Damaged("it has no SOP Instance UID"));
        }
        let is_packed = taken.is_packed;
        let class = old.top(SOP_CLASS);
        meta::written(&taken.meta, taken.form.layout, is_packed, class, &instance)
    }
}

fn report(leaving: &Facts) -> Report {
    let of = |tag| leaving.top(tag).to_owned();
    Report {
        touched: Vec::new(),
        sop_instance_uid: of(SOP_INSTANCE),
        study_instance_uid: leaving.study().to_owned(),
        series_instance_uid: leaving.series().to_owned(),
        patient_id: of(PATIENT_ID),
        patient_name: of(PATIENT_NAME),
        sop_class_uid: of(SOP_CLASS),
    }
}
