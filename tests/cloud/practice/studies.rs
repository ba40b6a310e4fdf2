//! Made-up DICOM files.

use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

/// One image, to be changed before it is made into bytes.
#[derive(Clone)]
pub struct Image {
    object: InMemDicomObject,
}

impl Image {
    /// An image of a study, by its number in it.
    pub fn of(study: &str, number: u32) -> Self {
        let object = InMemDicomObject::new_empty();
        Image { object }
            .set(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192")
            .set(tags::SOP_CLASS_UID, VR::UI, uids::CT_IMAGE_STORAGE)
            .set(
                tags::SOP_INSTANCE_UID,
                VR::UI,
                &format!("{study}.1.{number}"),
            )
            .set(tags::STUDY_DATE, VR::DA, "20261124")
            .set(tags::STUDY_TIME, VR::TM, "075959.5")
            .set(tags::MODALITY, VR::CS, "CT")
            .set(tags::PATIENT_NAME, VR::PN, "Öberg^Märta")
            .set(tags::PATIENT_ID, VR::LO, "P1")
            .set(tags::STUDY_INSTANCE_UID, VR::UI, study)
            .set(tags::SERIES_INSTANCE_UID, VR::UI, &format!("{study}.1"))
    }

    pub fn set(mut self, tag: Tag, vr: VR, value: &str) -> Self {
        self.object
            .put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
        self
    }

    pub fn without(mut self, tag: Tag) -> Self {
        self.object.remove_element(tag);
        self
    }

    pub fn uid(&self, tag: Tag) -> String {
        self.object
            .element(tag)
            .unwrap()
            .to_str()
            .unwrap()
            .into_owned()
    }

    /// The file's bytes with so many bytes of picture, all of them `shade`.
    pub fn bytes(&self, picture: usize, shade: u8) -> Vec<u8> {
        let mut object = self.object.clone();
        object.put(DataElement::new(
            tags::PIXEL_DATA,
            VR::OW,
            PrimitiveValue::from(vec![shade; picture]),
        ));
        let sop = object.get(tags::SOP_INSTANCE_UID).map_or_else(
            || "1.2.3".to_owned(),
            |uid| uid.to_str().unwrap().into_owned(),
        );
        let meta = FileMetaTableBuilder::new()
            .transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN)
            .media_storage_sop_class_uid(uids::CT_IMAGE_STORAGE)
            .media_storage_sop_instance_uid(sop);
        let mut bytes = Vec::new();
        object
            .with_meta(meta)
            .unwrap()
            .write_all(&mut bytes)
            .unwrap();
        bytes
    }
}
