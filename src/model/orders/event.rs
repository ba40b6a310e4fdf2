//! What the worker says about orders and their documents.

use crate::message::{Command, OrdersEvent};
use crate::model::Model;

impl Model {
    pub(in crate::model) fn apply_orders(&mut self, event: OrdersEvent) -> Vec<Command> {
        match event {
            OrdersEvent::Found { job, result, took } => self.orders_news(job, result, took),
            OrdersEvent::Properties { order, result } => {
                self.properties_news(order, result);
                Vec::new()
            }
            OrdersEvent::DocumentsPicked { order, paths } => self.documents_picked(order, paths),
            OrdersEvent::DocumentSent { job, path, result } => {
                self.document_news(job, &path, result);
                Vec::new()
            }
            OrdersEvent::DocumentsDone { job, order } => self.documents_done(job, order),
            OrdersEvent::Candidates {
                study,
                location,
                result,
            } => self.candidates_news(&study, location, result),
        }
    }
}
