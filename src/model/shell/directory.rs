//! What the window knows of the account besides orders and folders, and of the one order at the right.

use std::sync::Arc;

use uuid::Uuid;

use crate::cloud::model::OrderProperties;
use crate::message::{Command, Directory, Failure, View};
use crate::model::{Model, Remote, Tone};

/// Everything about the order at the right.
#[derive(Debug, Default)]
pub struct OrderDetails {
    /// Of which order.
    pub of: Option<Uuid>,
    /// What is known.
    pub known: Remote<Arc<OrderProperties>>,
}

impl Model {
    /// Asks for the lists of the account.
    pub(in crate::model) fn load_directory(&mut self) -> Vec<Command> {
        let Some(session) = &self.session else {
            return Vec::new();
        };
        let user = session.user;
        self.directory.ask();
        vec![Command::LoadDirectory { user }]
    }

    pub(in crate::model) fn directory_news(&mut self, user: Uuid, directory: Arc<Directory>) {
        // Another user may have been picked meanwhile.
        if self
            .session
            .as_ref()
            .is_some_and(|session| session.user == user)
        {
            self.directory.answer(Ok(directory));
        }
    }

    /// Asks for everything about the one order that is selected, where there is one.
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
        vec![Command::OrderProperties {
            user: session.user,
            order,
        }]
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

    /// Asks for an address that the browser is then sent to.
    pub(in crate::model) fn view(&mut self, view: View) -> Vec<Command> {
        let Some(session) = &self.session else {
            return Vec::new();
        };
        let user = session.user;
        vec![Command::View { user, view }]
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
