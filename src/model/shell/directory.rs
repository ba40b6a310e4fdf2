//! The account's lists (users, groups, contacts, …) and the details of the selected order.

use std::sync::Arc;

use uuid::Uuid;

use crate::cloud::model::OrderProperties;
use crate::message::{AccountCommand, Command, Directory, Failure, OrdersCommand, View};
use crate::model::{Model, Remote, Tone};

/// Details of the selected order.
#[derive(Debug, Default)]
pub struct OrderDetails {
    /// UUID of the order.
    pub of: Option<Uuid>,
    /// Its properties.
    pub known: Remote<Arc<OrderProperties>>,
}

impl Model {
    /// Requests the account's lists.
    pub(in crate::model) fn load_directory(&mut self) -> Vec<Command> {
        let Some(session) = &self.session else {
            return Vec::new();
        };
        let user = session.user;
        self.directory.ask();
        vec![Command::Account(AccountCommand::LoadDirectory { user })]
    }

    pub(in crate::model) fn directory_news(&mut self, user: Uuid, directory: Arc<Directory>) {
        // The user may have been switched meanwhile.
        if self
            .session
            .as_ref()
            .is_some_and(|session| session.user == user)
        {
            self.directory.answer(Ok(directory));
        }
    }

    /// Requests the properties of the selected order, if exactly one is selected.
    pub(in crate::model) fn ask_properties(&mut self) -> Vec<Command> {
        let order = self.orders.selected().map(|order| order.place());
        let (Some(order), Some(session)) = (order, &self.session) else {
            return Vec::new();
        };
        if self.details.of != Some(order.order) {
            self.details = OrderDetails::default();
        }
        self.details.of = Some(order.order);
        self.details.known.ask();
        vec![Command::Orders(OrdersCommand::Properties {
            user: session.user,
            order,
        })]
    }

    pub(in crate::model) fn properties_news(
        &mut self,
        order: Uuid,
        result: Result<Arc<OrderProperties>, Failure>,
    ) {
        if self.details.of == Some(order) {
            self.details.known.answer(result);
        }
    }

    /// Requests a viewer's address, which is then opened in the browser.
    pub(in crate::model) fn view(&mut self, view: View) -> Vec<Command> {
        let Some(session) = &self.session else {
            return Vec::new();
        };
        let user = session.user;
        vec![Command::Account(AccountCommand::View { user, view })]
    }

    pub(in crate::model) fn view_news(&mut self, result: Result<url::Url, Failure>) {
        match result {
            Ok(address) => {
                self.note(Tone::Good, "Opened in the browser", "");
                self.toast(Tone::Plain, "Opening in the browser …", "");
                self.open_address = Some(address.into());
            }
            Err(failure) => self.failed(failure),
        }
    }
}
