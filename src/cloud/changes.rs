//! What is done to orders that exist: trash, groups, assignment, location, flags.

use serde::Deserialize;
use uuid::Uuid;

use super::by_name::parameters::Parameters;
use super::by_name::{Method, Work};
use super::fields::Fields;
use super::message::Message;
use super::model::OrderRef;
use super::values::{some, wrong};
use super::wire::General;
use super::{Client, Error, Keys, lenient};

/// `DeleteOrder`.
fn delete(keys: &Keys, user: Uuid, order: OrderRef) -> Result<Message, Error> {
    let fields = Fields::of(user)
        .guid("PatientOrderInstitutionUuid", order.location)
        .guid("PatientOrderUuid", order.order);
    let what = "moving the order to the trash";
    Message::general(keys, General::DeletePatientOrder, what, &fields)
}

fn group(keys: &Keys, user: Uuid, location: Uuid, orders: &[Uuid]) -> Result<Message, Error> {
    if orders.len() < 2 {
        let list = format!("{} order", orders.len());
        return Err(wrong(
            "patientOrderUuidList",
            &list,
            "a group has at least two orders",
        ));
    }
    let fields = Fields::of(user)
        .guid("PatientOrderInstitutionUuid", location)
        .guids("PatientOrderUuidList", orders);
    Message::general(keys, General::CreateOrderGroup, "the new group", &fields)
}

fn add_to_group(
    keys: &Keys,
    user: Uuid,
    location: Uuid,
    group: Uuid,
    orders: &[Uuid],
) -> Result<Message, Error> {
    let fields = Fields::of(user)
        .guid("PatientOrderInstitutionUuid", location)
        .guid("ConnectedGroupUuid", group)
        .guids(
            "PatientOrderUuidList",
            some("patientOrderUuidList", orders)?,
        );
    let what = "adding the orders to the group";
    Message::general(keys, General::AddOrdersToOrderGroup, what, &fields)
}

fn ungroup(keys: &Keys, user: Uuid, location: Uuid, orders: &[Uuid]) -> Result<Message, Error> {
    let fields = Fields::of(user)
        .guid("PatientOrderInstitutionUuid", location)
        .guids(
            "PatientOrderUuidList",
            some("patientOrderUuidList", orders)?,
        );
    let what = "taking the orders out of their group";
    Message::general(keys, General::RemoveOrdersFromGroup, what, &fields)
}

/// The four assignments differ in the message and in whom they name.
fn assign(
    keys: &Keys,
    (message, what): (General, &'static str),
    user: Uuid,
    order: Uuid,
    (field, whom): (&'static str, Uuid),
) -> Result<Message, Error> {
    let fields = Fields::of(user)
        .guid("PatientOrderUuid", order)
        .guid(field, whom);
    Message::general(keys, message, what, &fields)
}

const TO_USER: (General, &str) = (
    General::AssignPatientOrderToUser,
    "assigning the order to the user",
);
const FROM_USER: (General, &str) = (
    General::UnassignPatientOrderFromUser,
    "taking the order from the user",
);
const TO_GROUP: (General, &str) = (
    General::AssignPatientOrderToUserGroup,
    "assigning the order to the user group",
);
const FROM_GROUP: (General, &str) = (
    General::UnassignPatientOrderFromUserGroup,
    "taking the order from the user group",
);
const TO_LOCATION: (General, &str) = (
    General::AssignPatientOrderToInstitution,
    "moving the order to the location",
);

fn flag(
    keys: &Keys,
    user: Uuid,
    order: Uuid,
    flag_group: u32,
    flag: u32,
) -> Result<Message, Error> {
    let fields = Fields::of(user)
        .guid("PatientOrderUuid", order)
        .with("GroupId", flag_group)
        .with("FlagId", flag);
    let what = "setting the order's flag";
    Message::general(keys, General::SetFlagToPatientOrder, what, &fields)
}

/// A row for one of the assignments, from what scripts give.
fn assign_by_name(
    keys: &Keys,
    which: (General, &'static str),
    given: &Parameters<'_>,
    (field, name): (&'static str, &'static str),
) -> Result<Message, Error> {
    let (user, order) = (given.user()?, given.guid("patientOrderUuid")?);
    assign(keys, which, user, order, (field, given.guid(name)?))
}

const LOCATION: &str = "patientOrderInstitutionUuid";
const ORDERS: &str = "patientOrderUuidList";

/// What scripts call.
pub(super) const METHODS: &[Method] = &[
    Method::new(
        "DeleteOrder",
        &["userUuid", LOCATION, "patientOrderUuid"],
        Work::Send(|keys, given| delete(keys, given.user()?, given.order()?)),
    ),
    Method::new(
        "CreateOrderGroup",
        &["userUuid", LOCATION, ORDERS],
        Work::Send(|keys, given| {
            let orders = given.guid_list(ORDERS)?;
            group(keys, given.user()?, given.guid(LOCATION)?, &orders)
        }),
    ),
    Method::new(
        "AddOrdersToOrderGroup",
        &["userUuid", LOCATION, "connectedGroupUuid", ORDERS],
        Work::Send(|keys, given| {
            let (user, location) = (given.user()?, given.guid(LOCATION)?);
            let group = given.guid("connectedGroupUuid")?;
            add_to_group(keys, user, location, group, &given.guid_list(ORDERS)?)
        }),
    ),
    Method::new(
        "RemoveOrdersFromGroup",
        &["userUuid", LOCATION, ORDERS],
        Work::Send(|keys, given| {
            let orders = given.guid_list(ORDERS)?;
            ungroup(keys, given.user()?, given.guid(LOCATION)?, &orders)
        }),
    ),
    Method::new(
        "AssignPatientOrderToUser",
        &["userUuid", "patientOrderUuid", "assignedUserUuid"],
        Work::Send(|keys, given| {
            let whom = ("AssignedUserUuid", "assignedUserUuid");
            assign_by_name(keys, TO_USER, given, whom)
        }),
    ),
    Method::new(
        "UnassignPatientOrderFromUser",
        &["userUuid", "patientOrderUuid", "unassignedUserUuid"],
        Work::Send(|keys, given| {
            let whom = ("UnassignedUserUuid", "unassignedUserUuid");
            assign_by_name(keys, FROM_USER, given, whom)
        }),
    ),
    Method::new(
        "AssignPatientOrderToUserGroup",
        &["userUuid", "patientOrderUuid", "assignedUserGroupUuid"],
        Work::Send(|keys, given| {
            let whom = ("AssignedUserGroupUuid", "assignedUserGroupUuid");
            assign_by_name(keys, TO_GROUP, given, whom)
        }),
    ),
    Method::new(
        "UnassignPatientOrderFromUserGroup",
        &["userUuid", "patientOrderUuid", "unassignedUserGroupUuid"],
        Work::Send(|keys, given| {
            let whom = ("UnassignedUserGroupUuid", "unassignedUserGroupUuid");
            assign_by_name(keys, FROM_GROUP, given, whom)
        }),
    ),
    Method::new(
        "AssignPatientOrderToLocation",
        &["userUuid", "patientOrderUuid", "institutionUuid"],
        Work::Send(|keys, given| {
            let whom = ("InstitutionUuid", "institutionUuid");
            assign_by_name(keys, TO_LOCATION, given, whom)
        }),
    ),
    Method::new(
        "SetFlagToPatientOrder",
        &["userUuid", "patientOrderUuid", "groupId", "flagId"],
        Work::Send(|keys, given| {
            let (user, order) = (given.user()?, given.guid("patientOrderUuid")?);
            flag(
                keys,
                user,
                order,
                given.number("groupId")?,
                given.number("flagId")?,
            )
        }),
    ),
];

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Grouped {
    #[serde(deserialize_with = "lenient::guid")]
    connected_group_uuid: Uuid,
}

impl Client {
    /// `DeleteOrder`: moves an order to the account's trash.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn delete_order(&self, user: Uuid, order: OrderRef) -> Result<(), Error> {
        self.done(delete(self.keys(), user, order)?).await
    }

    /// `CreateOrderGroup`: makes orders open together. Answers with the group, where the server names it.
    ///
    /// # Errors
    /// Fewer than two orders, and what any request can meet.
    pub async fn create_order_group(
        &self,
        user: Uuid,
        location: Uuid,
        orders: &[Uuid],
    ) -> Result<Option<Uuid>, Error> {
        let message = group(self.keys(), user, location, orders)?;
        let grouped: Grouped = self.answer(message).await?;
        Ok(Some(grouped.connected_group_uuid).filter(|group| !group.is_nil()))
    }

    /// `AddOrdersToOrderGroup`.
    ///
    /// # Errors
    /// No order at all, and what any request can meet.
    pub async fn add_orders_to_order_group(
        &self,
        user: Uuid,
        location: Uuid,
        group: Uuid,
        orders: &[Uuid],
    ) -> Result<(), Error> {
        let message = add_to_group(self.keys(), user, location, group, orders)?;
        self.done(message).await
    }

    /// `RemoveOrdersFromGroup`: they open alone again.
    ///
    /// # Errors
    /// No order at all, and what any request can meet.
    pub async fn remove_orders_from_group(
        &self,
        user: Uuid,
        location: Uuid,
        orders: &[Uuid],
    ) -> Result<(), Error> {
        self.done(ungroup(self.keys(), user, location, orders)?)
            .await
    }

    /// `AssignPatientOrderToUser`: a user of restricted access sees the order then.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn assign_patient_order_to_user(
        &self,
        user: Uuid,
        order: Uuid,
        assigned: Uuid,
    ) -> Result<(), Error> {
        let whom = ("AssignedUserUuid", assigned);
        self.done(assign(self.keys(), TO_USER, user, order, whom)?)
            .await
    }

    /// `UnassignPatientOrderFromUser`.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn unassign_patient_order_from_user(
        &self,
        user: Uuid,
        order: Uuid,
        unassigned: Uuid,
    ) -> Result<(), Error> {
        let whom = ("UnassignedUserUuid", unassigned);
        self.done(assign(self.keys(), FROM_USER, user, order, whom)?)
            .await
    }

    /// `AssignPatientOrderToUserGroup`: the group's users of restricted access see the order then.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn assign_patient_order_to_user_group(
        &self,
        user: Uuid,
        order: Uuid,
        assigned: Uuid,
    ) -> Result<(), Error> {
        let whom = ("AssignedUserGroupUuid", assigned);
        self.done(assign(self.keys(), TO_GROUP, user, order, whom)?)
            .await
    }

    /// `UnassignPatientOrderFromUserGroup`.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn unassign_patient_order_from_user_group(
        &self,
        user: Uuid,
        order: Uuid,
        unassigned: Uuid,
    ) -> Result<(), Error> {
        let whom = ("UnassignedUserGroupUuid", unassigned);
        self.done(assign(self.keys(), FROM_GROUP, user, order, whom)?)
            .await
    }

    /// `AssignPatientOrderToLocation`: moves an order to another location.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn assign_patient_order_to_location(
        &self,
        user: Uuid,
        order: Uuid,
        location: Uuid,
    ) -> Result<(), Error> {
        let whom = ("InstitutionUuid", location);
        self.done(assign(self.keys(), TO_LOCATION, user, order, whom)?)
            .await
    }

    /// `SetFlagToPatientOrder`: gives an order a flag of the account's dictionary; an order has one of a group. Flag 0 takes
    /// the group's flag away (*inferred*).
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn set_flag_to_patient_order(
        &self,
        user: Uuid,
        order: Uuid,
        flag_group: u32,
        flag_id: u32,
    ) -> Result<(), Error> {
        self.done(flag(self.keys(), user, order, flag_group, flag_id)?)
            .await
    }
}
