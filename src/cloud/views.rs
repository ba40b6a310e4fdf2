//! Addresses that open orders and folders in a browser, and an order's properties.

use jiff::civil::Date;
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use super::by_name::{Method, Work};
use super::fields::Fields;
use super::message::Message;
use super::model::{OrderProperties, OrderRef};
use super::values::needed;
use super::wire::General;
use super::{Client, Error, Keys, lenient};

const ADDRESS: &str = "the view address";

/// Whose pictures an address shows: the three documented ways are one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewOf {
    /// `GetViewUrl`: one order.
    Order(Uuid),
    /// `GetViewUrlWithPatientName`: every order of a patient, `Last^First`.
    Patient(String),
    /// `GetViewUrlWithPatientNameAndBirthDate`.
    PatientBorn(String, Date),
}

fn view(keys: &Keys, user: Uuid, of: &ViewOf) -> Result<Message, Error> {
    let fields = Fields::of(user);
    let fields = match of {
        ViewOf::Order(order) => fields.guid("PatientOrderUuid", *order),
        ViewOf::Patient(name) => fields.with("PatientName", needed("patientName", name, 324)?),
        ViewOf::PatientBorn(name, born) => fields
            .with("PatientName", needed("patientName", name, 324)?)
            .with("BirthDate", born.to_string()),
    };
    Message::general(keys, General::GetViewUrl, ADDRESS, &fields)
}

fn view_folder(keys: &Keys, user: Uuid, folder: Uuid) -> Result<Message, Error> {
    let fields = Fields::of(user).guid("FolderUuid", folder);
    Message::general(keys, General::GetFolderViewUrl, ADDRESS, &fields)
}

fn properties(keys: &Keys, user: Uuid, order: OrderRef) -> Result<Message, Error> {
    let fields = Fields::of(user)
        .guid("PatientOrderInstitutionUuid", order.location)
        .guid("PatientOrderUuid", order.order);
    let message = General::GetPatientOrderProperties;
    Ok(Message::general(keys, message, "the order's properties", &fields)?.question())
}

/// What scripts call.
pub(super) const METHODS: &[Method] = &[
    Method::new(
        "GetFolderViewUrl",
        &["userUuid", "folderUuid"],
        Work::Send(|keys, given| view_folder(keys, given.user()?, given.guid("folderUuid")?)),
    ),
    Method::new(
        "GetViewUrl",
        &["userUuid", "patientOrderUuid"],
        Work::Send(|keys, given| {
            let of = ViewOf::Order(given.guid("patientOrderUuid")?);
            view(keys, given.user()?, &of)
        }),
    ),
    Method::new(
        "GetViewUrlWithPatientName",
        &["userUuid", "patientName"],
        Work::Send(|keys, given| {
            let of = ViewOf::Patient(given.text("patientName")?.to_owned());
            view(keys, given.user()?, &of)
        }),
    ),
    Method::new(
        "GetViewUrlWithPatientNameAndBirthDate",
        &["userUuid", "patientName", "birthDate"],
        Work::Send(|keys, given| {
            let name = given.text("patientName")?.to_owned();
            let of = ViewOf::PatientBorn(name, given.date("birthDate")?);
            view(keys, given.user()?, &of)
        }),
    ),
    Method::new(
        "GetPatientOrderProperties",
        &[
            "userUuid",
            "patientOrderInstitutionUuid",
            "patientOrderUuid",
        ],
        Work::Send(|keys, given| properties(keys, given.user()?, given.order()?)),
    ),
];

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Viewed {
    #[serde(deserialize_with = "lenient::text")]
    result: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Described {
    patient_order: Option<OrderProperties>,
}

/// An address that a browser may be sent to.
///
/// # Errors
/// What is no address, and what is none of the web's (`file:`, `javascript:`).
pub(super) fn web_address(what: &'static str, text: &str) -> Result<Url, Error> {
    match Url::parse(text.trim()) {
        Ok(url) if matches!(url.scheme(), "https" | "http") => Ok(url),
        _ => Err(Error::Unreadable {
            what,
            why: "it holds no address of the web".to_owned(),
        }),
    }
}

impl Client {
    /// `GetViewUrl`: an address that shows an order's pictures in a browser. The vendor wants the browser to be on the
    /// computer that asked.
    ///
    /// # Errors
    /// What any request can meet, and an answer without an address.
    pub async fn get_view_url(&self, user: Uuid, order: Uuid) -> Result<Url, Error> {
        self.view_of(user, &ViewOf::Order(order)).await
    }

    /// `GetViewUrlWithPatientName`: every order of a patient, by the name as DICOM writes it.
    ///
    /// # Errors
    /// An empty name, and those of [`Client::get_view_url`].
    pub async fn get_view_url_with_patient_name(
        &self,
        user: Uuid,
        name: &str,
    ) -> Result<Url, Error> {
        self.view_of(user, &ViewOf::Patient(name.to_owned())).await
    }

    /// `GetViewUrlWithPatientNameAndBirthDate`.
    ///
    /// # Errors
    /// Those of [`Client::get_view_url_with_patient_name`].
    pub async fn get_view_url_with_patient_name_and_birth_date(
        &self,
        user: Uuid,
        name: &str,
        born: Date,
    ) -> Result<Url, Error> {
        self.view_of(user, &ViewOf::PatientBorn(name.to_owned(), born))
            .await
    }

    /// Whichever of the three documented methods fits.
    ///
    /// # Errors
    /// Those of [`Client::get_view_url_with_patient_name`].
    pub async fn view_of(&self, user: Uuid, of: &ViewOf) -> Result<Url, Error> {
        let viewed: Viewed = self.answer(view(self.keys(), user, of)?).await?;
        web_address(ADDRESS, &viewed.result)
    }

    /// `GetFolderViewUrl`: an address that shows a folder's orders.
    ///
    /// # Errors
    /// Those of [`Client::get_view_url`].
    pub async fn get_folder_view_url(&self, user: Uuid, folder: Uuid) -> Result<Url, Error> {
        let viewed: Viewed = self.answer(view_folder(self.keys(), user, folder)?).await?;
        web_address(ADDRESS, &viewed.result)
    }

    /// `GetPatientOrderProperties`: everything that the account knows about an order.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn get_patient_order_properties(
        &self,
        user: Uuid,
        order: OrderRef,
    ) -> Result<OrderProperties, Error> {
        let described: Described = self.answer(properties(self.keys(), user, order)?).await?;
        Ok(described.patient_order.unwrap_or_default())
    }
}
