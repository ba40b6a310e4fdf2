//! Tests of sharing, folders and log in the model alone.

use std::sync::Arc;

use uuid::Uuid;

use crate::message::{
    AccountCommand, AccountEvent, Change, Changed, Event, Failure, FoldersCommand, FoldersEvent,
    Share as Shares,
};
use crate::model::testing::{self, Drive};
use crate::model::*;

fn with_folders(count: u128) -> Model {
    let mut model = testing::model();
    testing::sign_in(&mut model);
    let below = || vec![testing::folder(1, "below", 0, 0, Vec::new())];
    let folders = (0..count).map(|n| testing::folder(5_000 + n, &format!("F{n}"), 1, 1, below()));
    drop(model.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: None,
        result: Ok(Arc::new(testing::folder(0, "", 0, 0, folders.collect()))),
    })));
    model
}

#[test]
fn a_tree_with_many_open_folders_is_reloaded_in_bounds() {
    let mut model = with_folders(400);
    for n in 0..400 {
        let folder = Uuid::from_u128(5_000 + n);
        drop(model.act(Action::Folders(FoldersAction::Open { folder, open: true })));
    }
    let asked = model.act(Action::Folders(FoldersAction::Reload));
    assert!((100..110).contains(&asked.len()), "{}", asked.len());
    assert_eq!(
        model.folders.tree().iter().filter(|node| node.open).count(),
        100
    );
}

#[test]
fn the_tree_is_worked_out_once_until_a_listing_comes() {
    let mut model = with_folders(3);
    let before = model.folders.tree().as_ptr();
    assert_eq!(model.folders.tree().as_ptr(), before);
    drop(model.apply(Event::Folders(FoldersEvent::Listed {
        user: Uuid::from_u128(1),
        with_orders: true,
        folder: None,
        result: Ok(Arc::new(testing::folder(0, "", 0, 0, Vec::new()))),
    })));
    assert!(model.folders.tree().is_empty());
}

#[test]
fn a_folder_that_was_made_is_selected_and_its_parent_open() {
    let mut model = with_folders(1);
    drop(model.act(Action::Folders(FoldersAction::AskNew(Some(
        Uuid::from_u128(5_000),
    )))));
    model.folders.form.as_mut().unwrap().text = "New".to_owned();
    let asked = model.act(Action::Folders(FoldersAction::Do));
    let [Command::Account(AccountCommand::Change { job, change, .. })] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    let made = Uuid::from_u128(77);
    let asked = model.apply(Event::Account(AccountEvent::Changed {
        job: *job,
        change: Box::new(change.clone()),
        result: Ok(Changed {
            made: Some(made),
            ..Changed::default()
        }),
    }));
    assert_eq!(model.folders.selected, Some(made));
    let listed = |wanted: u128| {
        asked.iter().any(|command| {
            matches!(command, Command::Folders(FoldersCommand::List { folder: Some(folder), .. }) if folder.as_u128() == wanted)
        })
    };
    assert!(listed(5_000) && listed(77), "{asked:?}");
}

#[test]
fn a_deleted_folder_is_made_again_where_it_was() {
    let mut model = testing::model();
    testing::sign_in(&mut model);
    testing::show_folders(&mut model);
    let folder = Uuid::from_u128(203);
    let asked = model.act(Action::Change(Change::DeleteFolder { folder }));
    let [Command::Account(AccountCommand::Change { job, change, .. })] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    drop(model.apply(Event::Account(AccountEvent::Changed {
        job: *job,
        change: Box::new(change.clone()),
        result: Ok(Changed {
            removed: Some(Box::default()),
            ..Changed::default()
        }),
    })));
    assert_eq!(model.folders.selected, Some(Uuid::from_u128(201)));
    let undo = model
        .toasts
        .shown()
        .iter()
        .find(|toast| toast.undo)
        .unwrap()
        .id;
    let asked = model.act(Action::Shell(ShellAction::Undo(undo)));
    assert!(
        matches!(asked.as_slice(), [Command::Account(AccountCommand::Change { change: Change::RestoreFolder(removed), .. })]
            if removed.parent == Some(Uuid::from_u128(201))),
        "{asked:?}"
    );
}

#[test]
fn made_passwords_differ_and_hold_nothing_that_is_mistaken() {
    let made = |_| {
        let target = ShareTarget::Folder(Uuid::nil());
        ShareForm::new(target, String::new(), None).password
    };
    let passwords: std::collections::BTreeSet<String> = (0..200).map(made).collect();
    assert_eq!(passwords.len(), 200);
    let used: std::collections::BTreeSet<char> = passwords.iter().flat_map(|p| p.chars()).collect();
    assert_eq!(used.len(), 32, "every letter is used: {used:?}");
    assert!(used.iter().all(|letter| !"0O1lI".contains(*letter)));
}

#[test]
fn nothing_that_is_kept_names_a_patient_a_folder_or_the_accounts_words() {
    let mut model = testing::with_transfers();
    testing::show_folders(&mut model);
    drop(model.keep_log());
    let target = ShareTarget::Folder(Uuid::from_u128(203));
    drop(model.act(Action::Share(ShareAction::Open(target))));
    let asked = model.act(Action::Share(ShareAction::Share));
    let [
        Command::Account(AccountCommand::Share {
            job,
            share: Shares::Folder { .. },
            ..
        }),
    ] = asked.as_slice()
    else {
        panic!("{asked:?}")
    };
    let failure = || Failure {
        what: "The account refused it: Öberg, Märta is not there.".to_owned(),
        remedy: "Try again.".to_owned(),
    };
    drop(model.apply(Event::Account(AccountEvent::Shared {
        job: *job,
        result: Err(failure()),
    })));
    drop(model.apply(Event::Failed(failure())));
    let folder = Uuid::from_u128(203);
    for act in [FoldersAction::AskRename(folder), FoldersAction::Do] {
        let asked = model.act(Action::Folders(act));
        if let [Command::Account(AccountCommand::Change { job, change, .. })] = asked.as_slice() {
            assert!(matches!(change, Change::UpdateFolder { .. }));
            drop(model.apply(Event::Account(AccountEvent::Changed {
                job: *job,
                change: Box::new(change.clone()),
                result: Ok(Changed::default()),
            })));
        }
    }
    let kept: Vec<String> = model
        .log
        .iter()
        .map(|e| serde_json::to_string(e).unwrap())
        .collect();
    let kept = kept.join("\n");
    for name in ["Märta", "Week", "19510203", "Lund", "Thorax", "ANON"] {
        assert!(!kept.contains(name), "{name} is in {kept}");
    }
    assert!(
        kept.contains("A folder was renamed.") && kept.contains("Verified"),
        "{kept}"
    );
    assert!(model.log.iter().any(|entry| entry.whom.contains("Week 48")));
}

#[test]
fn the_log_in_memory_has_a_bound() {
    let mut model = testing::model();
    for n in 0..10_050 {
        model.note(Tone::Plain, format!("Entry {n}"), "");
    }
    assert_eq!(model.log.len(), 10_000);
    assert_eq!(model.log[0].what, "Entry 50");
    assert_eq!(model.log_rows().len(), 10_000);
    assert_eq!(model.model().log_page.search, "");
}
