//! What a person can do on the Orders page with the rows that are selected, and with the table itself.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::dialog::{Choice, OrderAsk};
use crate::cloud::ViewOf;
use crate::cloud::model::{Order, OrderRef};
use crate::message::{Change, Command, JobId, View};
use crate::model::selection::Select;
use crate::model::{Action, Column, Dialog, FoldersAct, Model, OrderTab, ShareTarget};

/// What a person did on the Orders page.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "each is named after what the person did; the fields say to what"
)]
pub enum OrdersAct {
    Select(Select),
    Resize {
        column: Column,
        width: f32,
        done: bool,
    },
    ShowColumn {
        column: Column,
        on: bool,
    },
    UsualColumns,
    ToggleLocation(Uuid),
    OpenViewer,
    OpenPatient,
    Share,
    /// *Add to folder…*
    AddToFolder,
    Ask(OrderAsk),
    Choose(Choice),
    /// The main button of the dialog.
    Confirm,
    /// Its other button: takes an assignment back.
    TakeBack,
    Group,
    Ungroup,
    NewOrder,
    /// *Cancel* in the form of a new order: what was typed is forgotten.
    DropNewOrder,
    ChooseEquipment(Option<Uuid>),
    MakeOrder,
    ShowTab(OrderTab),
    PickDocuments,
    SendTyped,
    RetryDocuments(JobId),
    DropDocuments(JobId),
    ReloadOrder,
}

/// The columns that are not shown until they are asked for.
const USUALLY_HIDDEN: [Column; 7] = [
    Column::BirthDate,
    Column::Sex,
    Column::Accession,
    Column::Documents,
    Column::Size,
    Column::Flags,
    Column::Location,
];

/// The least and the most that a column is wide, in points.
pub const WIDTHS: (f32, f32) = (44.0, 800.0);

impl Model {
    pub(in crate::model) fn act_on_orders(&mut self, act: &OrdersAct) -> Vec<Command> {
        match act {
            OrdersAct::Select(what) => self.select_orders(*what),
            OrdersAct::Resize { .. } | OrdersAct::ShowColumn { .. } | OrdersAct::UsualColumns => {
                self.set_columns(act)
            }
            OrdersAct::ToggleLocation(location) => {
                let picked = self.session.as_ref().and_then(|session| session.location);
                self.orders.form.folder = None;
                self.orders.form.toggle_location(*location, picked);
                self.search()
            }
            OrdersAct::OpenViewer | OrdersAct::OpenPatient => self.open_orders(act),
            OrdersAct::Share => {
                let orders: Vec<Uuid> = self.orders.places().iter().map(|one| one.order).collect();
                if orders.is_empty() {
                    return Vec::new();
                }
                self.act(Action::OpenShare(ShareTarget::Orders(orders)))
            }
            OrdersAct::AddToFolder => {
                let orders = self.orders.places();
                self.act(Action::Folders(FoldersAct::AskAddTo(orders)))
            }
            OrdersAct::Ask(ask) => self.ask_about_orders(*ask),
            OrdersAct::Choose(_) | OrdersAct::Confirm | OrdersAct::TakeBack => {
                self.answer_about_orders(act)
            }
            OrdersAct::Group if self.group_refused().is_none() => {
                let change = self.grouping();
                self.change(change)
            }
            OrdersAct::Ungroup if self.ungroup_refused().is_none() => {
                let chosen = self.orders.chosen().into_iter();
                let grouped = chosen.filter(|order| order.group().is_some());
                let orders = grouped.map(Order::place).collect();
                self.change(Change::Ungroup { orders })
            }
            OrdersAct::Group | OrdersAct::Ungroup => Vec::new(),
            OrdersAct::NewOrder => self.open_new_order(),
            OrdersAct::DropNewOrder => {
                self.drop_new_order();
                Vec::new()
            }
            OrdersAct::ChooseEquipment(node) => {
                self.choose_equipment(*node);
                Vec::new()
            }
            OrdersAct::MakeOrder => self.make_order(),
            OrdersAct::ShowTab(tab) => {
                self.orders.tab = *tab;
                Vec::new()
            }
            OrdersAct::PickDocuments => self.pick_documents(),
            OrdersAct::SendTyped => self.send_typed_document(),
            OrdersAct::RetryDocuments(job) => self.retry_documents(*job),
            OrdersAct::DropDocuments(job) => self.drop_documents(*job),
            OrdersAct::ReloadOrder => self.ask_properties(),
        }
    }

    /// Where the selected orders are of one group and of none, those of none join it; else all of them make a new one.
    fn grouping(&self) -> Change {
        let chosen = self.orders.chosen();
        let groups: BTreeSet<Uuid> = chosen.iter().filter_map(|order| order.group()).collect();
        let alone = chosen.iter().filter(|order| order.group().is_none());
        let alone: Vec<OrderRef> = alone.map(|order| order.place()).collect();
        match (groups.first(), groups.len()) {
            (Some(group), 1) if !alone.is_empty() => Change::AddToGroup {
                group: *group,
                orders: alone,
            },
            _ => Change::Group {
                orders: self.orders.places(),
            },
        }
    }

    fn select_orders(&mut self, what: Select) -> Vec<Command> {
        let page = &mut self.orders;
        let before = page.selection.one();
        let Some(table) = page.found.value() else {
            return Vec::new();
        };
        if page.selection.select(what, table.names()) {
            page.reveal += 1;
        }
        self.orders.look_at_selection();
        match self.orders.selection.one() {
            // Nothing new to ask for.
            Some(one) if before == Some(one) && self.details.of == Some(one) => Vec::new(),
            _ => self.ask_properties(),
        }
    }

    /// Whether a column is shown.
    pub fn shows_column(&self, column: Column) -> bool {
        if column == Column::Patient {
            return true;
        }
        match &self.settings.orders_table.hidden {
            Some(hidden) => !hidden.iter().any(|key| key == column.key()),
            None => !USUALLY_HIDDEN.contains(&column),
        }
    }

    /// How wide a column was drawn by the user, in points.
    pub fn column_width(&self, column: Column) -> Option<f32> {
        let width = self.settings.orders_table.widths.get(column.key())?;
        width.is_finite().then(|| width.clamp(WIDTHS.0, WIDTHS.1))
    }

    fn set_columns(&mut self, act: &OrdersAct) -> Vec<Command> {
        match act {
            OrdersAct::Resize {
                column,
                width,
                done,
            } => {
                let width = width.clamp(WIDTHS.0, WIDTHS.1);
                let widths = &mut self.settings.orders_table.widths;
                widths.insert(column.key().to_owned(), width.round());
                if !done {
                    return Vec::new();
                }
            }
            OrdersAct::ShowColumn { column, on } => {
                let hidden = Column::ALL.into_iter().filter(|one| match one == column {
                    true => !on,
                    false => !self.shows_column(*one),
                });
                let hidden = hidden.map(|one| one.key().to_owned()).collect();
                self.settings.orders_table.hidden = Some(hidden);
            }
            _ => self.settings.orders_table = Default::default(),
        }
        vec![Command::SaveSettings(self.settings.clone())]
    }

    /// Why the selection cannot be opened in the viewer, if so.
    pub fn viewer_refused(&self) -> Option<&'static str> {
        let selected = self.orders.selection.len();
        self.orders.common.viewer_refused(selected)
    }

    /// Why the selection cannot be grouped, if so.
    pub fn group_refused(&self) -> Option<&'static str> {
        match (self.orders.selection.len(), self.orders.common.group) {
            (0 | 1, _) => Some("Select two orders or more."),
            (_, Some(_)) => Some("They are in one group already."),
            _ => None,
        }
    }

    /// Why the selection cannot be taken out of its group, if so.
    pub fn ungroup_refused(&self) -> Option<&'static str> {
        match self.orders.common.grouped {
            true => None,
            false => Some("None of them is in a group."),
        }
    }

    /// Why not all orders of the selection's patient can be opened, if so.
    pub fn patient_refused(&self) -> Option<&'static str> {
        let common = &self.orders.common;
        match (self.orders.selection.len(), &common.patient_name) {
            (0, _) => Some("Select an order first."),
            (_, Some(name)) if name.trim().is_empty() => Some("The order has no patient name."),
            (_, Some(_)) if common.patients == 1 => None,
            _ => Some("Select orders of one patient."),
        }
    }

    fn open_orders(&mut self, act: &OrdersAct) -> Vec<Command> {
        let chosen = self.orders.chosen();
        let Some(first) = chosen.first() else {
            return Vec::new();
        };
        let (of, refused) = if *act == OrdersAct::OpenViewer {
            let of = ViewOf::Order(first.patient_order_uuid);
            (of, self.viewer_refused())
        } else {
            let name = first.patient_name.clone();
            let of = match first.birth_date_and_sex().0 {
                Some(born) => ViewOf::PatientBorn(name, born),
                None => ViewOf::Patient(name),
            };
            (of, self.patient_refused())
        };
        match refused {
            Some(_) => Vec::new(),
            None => self.view(View::Orders(of)),
        }
    }

    fn open_new_order(&mut self) -> Vec<Command> {
        self.ready_new_order();
        self.dialog = Some(Dialog::NewOrder);
        self.want_directory()
    }

    /// The account's lists, where they are not there.
    pub(in crate::model) fn want_directory(&mut self) -> Vec<Command> {
        match self.directory.value().is_some() || self.directory.is_loading() {
            true => Vec::new(),
            false => self.load_directory(),
        }
    }
}
