//! User actions on the Orders page: on the selected orders and on the table.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::PATIENCE;
use super::dialog::{Choice, OrderAsk};
use crate::cloud::ViewOf;
use crate::cloud::model::{Order, OrderRef};
use crate::message::{Change, Command, JobId, SessionCommand, View};
use crate::model::selection::Select;
use crate::model::{Column, DateChoice, Dialog, FoldersAction, Model, OrderTab, ShareTarget};

/// A user action on the Orders page.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "each is named after what the person did; the fields say to what"
)]
pub enum OrdersAction {
    FilterTyped,
    Search,
    ToggleModality(&'static str),
    AllModalities,
    SetDates(DateChoice),
    ToggleMore,
    SetAllLocations(bool),
    Sort(Column),
    SelectOrder(Uuid),
    CloseOrder,
    /// Lists the orders of a folder.
    ShowFolder(Uuid),
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
    /// Opens the folder picker for the selected orders.
    AddToFolder,
    Ask(OrderAsk),
    Choose(Choice),
    /// Main button of the dialog.
    Confirm,
    /// Second button of the dialog: removes an assignment.
    TakeBack,
    Group,
    Ungroup,
    NewOrder,
    /// *Cancel* in the dialog *New order…*: discards what was typed.
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

/// Columns that are hidden by default.
const USUALLY_HIDDEN: [Column; 7] = [
    Column::BirthDate,
    Column::Sex,
    Column::Accession,
    Column::Documents,
    Column::Size,
    Column::Flags,
    Column::Location,
];

/// Minimum and maximum width of a column, in points.
pub const WIDTHS: (f32, f32) = (44.0, 800.0);

impl Model {
    pub(in crate::model) fn act_orders(&mut self, act: &OrdersAction) -> Vec<Command> {
        match act {
            OrdersAction::FilterTyped => {
                self.leave_folder();
                self.orders.due = Some(self.now.running + PATIENCE);
                Vec::new()
            }
            OrdersAction::Search => self.search(),
            OrdersAction::ToggleModality(modality) => {
                self.leave_folder();
                let picked = &mut self.orders.form.modalities;
                if !picked.remove(*modality) {
                    picked.insert(modality);
                }
                self.search()
            }
            OrdersAction::AllModalities => {
                self.leave_folder();
                self.orders.form.modalities.clear();
                self.search()
            }
            OrdersAction::SetDates(choice) => {
                self.leave_folder();
                self.orders.form.dates = *choice;
                // One search has either the study's dates or the birth date.
                self.orders.form.birth = Default::default();
                self.search()
            }
            OrdersAction::ToggleMore => {
                self.orders.form.more = !self.orders.form.more;
                Vec::new()
            }
            OrdersAction::SetAllLocations(all) => {
                self.leave_folder();
                self.orders.form.all_locations = *all;
                self.orders.form.locations.clear();
                self.search()
            }
            OrdersAction::Sort(column) => {
                let sort = self.orders.sort.by(*column);
                self.sort_orders(sort);
                Vec::new()
            }
            OrdersAction::SelectOrder(order) => {
                self.orders.selection.pick(*order);
                self.selection_changed()
            }
            OrdersAction::CloseOrder => {
                self.orders.selection.clear();
                self.selection_changed()
            }
            OrdersAction::ShowFolder(folder) => self.show_in_orders(*folder),
            OrdersAction::Select(what) => self.select_orders(*what),
            OrdersAction::Resize { .. }
            | OrdersAction::ShowColumn { .. }
            | OrdersAction::UsualColumns => self.set_columns(act),
            OrdersAction::ToggleLocation(location) => {
                let picked = self.session.as_ref().and_then(|session| session.location);
                self.orders.form.folder = None;
                self.orders.form.toggle_location(*location, picked);
                self.search()
            }
            OrdersAction::OpenViewer | OrdersAction::OpenPatient => self.open_orders(act),
            OrdersAction::Share => {
                let orders: Vec<Uuid> = self.orders.places().iter().map(|one| one.order).collect();
                if orders.is_empty() {
                    return Vec::new();
                }
                self.open_share(ShareTarget::Orders(orders))
            }
            OrdersAction::AddToFolder => {
                let orders = self.orders.places();
                self.act_folders(FoldersAction::AskAddTo(orders))
            }
            OrdersAction::Ask(ask) => self.ask_about_orders(*ask),
            OrdersAction::Choose(_) | OrdersAction::Confirm | OrdersAction::TakeBack => {
                self.answer_about_orders(act)
            }
            OrdersAction::Group if self.group_refused().is_none() => {
                let change = self.grouping();
                self.change(change)
            }
            OrdersAction::Ungroup if self.ungroup_refused().is_none() => {
                let chosen = self.orders.chosen().into_iter();
                let grouped = chosen.filter(|order| order.group().is_some());
                let orders = grouped.map(Order::place).collect();
                self.change(Change::Ungroup { orders })
            }
            OrdersAction::Group | OrdersAction::Ungroup => Vec::new(),
            OrdersAction::NewOrder => self.open_new_order(),
            OrdersAction::DropNewOrder => {
                self.drop_new_order();
                Vec::new()
            }
            OrdersAction::ChooseEquipment(node) => {
                self.choose_equipment(*node);
                Vec::new()
            }
            OrdersAction::MakeOrder => self.make_order(),
            OrdersAction::ShowTab(tab) => {
                self.orders.tab = *tab;
                Vec::new()
            }
            OrdersAction::PickDocuments => self.pick_documents(),
            OrdersAction::SendTyped => self.send_typed_document(),
            OrdersAction::RetryDocuments(job) => self.retry_documents(*job),
            OrdersAction::DropDocuments(job) => self.drop_documents(*job),
            OrdersAction::ReloadOrder => self.ask_properties(),
        }
    }

    /// A filter searches the account: no longer one folder, and no longer an order that was just made.
    fn leave_folder(&mut self) {
        self.orders.form.folder = None;
        self.orders.made = None;
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
            // The details are already those of this order.
            Some(one) if before == Some(one) && self.details.of == Some(one) => Vec::new(),
            _ => self.ask_properties(),
        }
    }

    /// Whether a column is visible.
    pub fn shows_column(&self, column: Column) -> bool {
        if column == Column::Patient {
            return true;
        }
        match &self.settings.orders_table.hidden {
            Some(hidden) => !hidden.iter().any(|key| key == column.key()),
            None => !USUALLY_HIDDEN.contains(&column),
        }
    }

    /// Width of a column set by the user, in points.
    pub fn column_width(&self, column: Column) -> Option<f32> {
        let width = self.settings.orders_table.widths.get(column.key())?;
        width.is_finite().then(|| width.clamp(WIDTHS.0, WIDTHS.1))
    }

    fn set_columns(&mut self, act: &OrdersAction) -> Vec<Command> {
        match act {
            OrdersAction::Resize {
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
            OrdersAction::ShowColumn { column, on } => {
                let hidden = Column::ALL.into_iter().filter(|one| match one == column {
                    true => !on,
                    false => !self.shows_column(*one),
                });
                let hidden = hidden.map(|one| one.key().to_owned()).collect();
                self.settings.orders_table.hidden = Some(hidden);
            }
            _ => self.settings.orders_table = Default::default(),
        }
        vec![Command::Session(SessionCommand::SaveSettings(
            self.settings.clone(),
        ))]
    }

    /// Why the selected orders cannot be opened in the viewer.
    pub fn viewer_refused(&self) -> Option<&'static str> {
        let selected = self.orders.selection.len();
        self.orders.common.viewer_refused(selected)
    }

    /// Why the selected orders cannot be grouped.
    pub fn group_refused(&self) -> Option<&'static str> {
        match (self.orders.selection.len(), self.orders.common.group) {
            (0 | 1, _) => Some("Select two orders or more."),
            (_, Some(_)) => Some("They are in one group already."),
            _ => None,
        }
    }

    /// Why the selected orders cannot be removed from their group.
    pub fn ungroup_refused(&self) -> Option<&'static str> {
        match self.orders.common.grouped {
            true => None,
            false => Some("None of them is in a group."),
        }
    }

    /// Why the viewer cannot be opened for all orders of the patient.
    pub fn patient_refused(&self) -> Option<&'static str> {
        let common = &self.orders.common;
        match (self.orders.selection.len(), &common.patient_name) {
            (0, _) => Some("Select an order first."),
            (_, Some(name)) if name.trim().is_empty() => Some("The order has no patient name."),
            (_, Some(_)) if common.patients == 1 => None,
            _ => Some("Select orders of one patient."),
        }
    }

    fn open_orders(&mut self, act: &OrdersAction) -> Vec<Command> {
        let chosen = self.orders.chosen();
        let Some(first) = chosen.first() else {
            return Vec::new();
        };
        let (of, refused) = if *act == OrdersAction::OpenViewer {
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

    /// Requests the account's lists, unless they are loaded or pending.
    pub(in crate::model) fn want_directory(&mut self) -> Vec<Command> {
        match self.directory.value().is_some() || self.directory.is_loading() {
            true => Vec::new(),
            false => self.load_directory(),
        }
    }
}
