//! Texts about archives and discs.

use super::{count, file_name, sentence};
use crate::dicom::catalogue::{About, ArchiveKind, Contradiction, DiscReport, SkipReason};

/// Reasons that concern archives and discs; `None` for others.
pub(super) fn reason(reason: &SkipReason) -> Option<String> {
    Some(match reason {
        SkipReason::Archive(kind) => archive(*kind),
        SkipReason::Locked { archive } => format!(
            "It needs the password of {}. Type the password to read it.",
            file_name(archive)
        ),
        SkipReason::WrongPassword { archive } => format!(
            "The password of {} is another one. Ask whoever sent it.",
            file_name(archive)
        ),
        SkipReason::DamagedArchive(words) => format!(
            "The archive is damaged: {} Copy it again, or ask for it again.",
            sentence(words)
        ),
        SkipReason::Method(name) => format!(
            "It is packed with {name}, which is not read. Unpack the archive with another program, then drop the folder."
        ),
        SkipReason::OverBound(words) => format!(
            "It claims more than is read: {} If you know it, unpack it, then drop the folder.",
            sentence(words)
        ),
        SkipReason::ClimbsOut => {
            "Its name leads out of the archive, as no honest one does. Ask whoever made the archive."
                .to_owned()
        }
        SkipReason::Missing { by } => format!(
            "{} names this file, but it is not there. Copy the disc again.",
            file_name(by)
        ),
        _ => return None,
    })
}

fn archive(kind: ArchiveKind) -> String {
    let name = match kind {
        ArchiveKind::Tar => "A tar",
        ArchiveKind::SevenZip => "A 7z",
        ArchiveKind::Rar => "A RAR",
        ArchiveKind::Gzip => "A gzip",
        ArchiveKind::Bzip2 => "A bzip2",
        ArchiveKind::Xz => "An xz",
        ArchiveKind::Zstd => "A Zstandard",
        ArchiveKind::DeepZip => {
            return "An archive in an archive in an archive is not read. Unpack the outer one, then drop the folder.".to_owned();
        }
        ArchiveKind::PartOfZip => {
            return "A part of an archive that was cut into several. Unpack all parts together, then drop the folder.".to_owned();
        }
    };
    format!("{name} archive is not read. Unpack it, then drop the folder.")
}

/// Differences between a disc's directory and its files, one sentence each, without names of patients. Empty if there
/// are none.
pub fn disc(report: &DiscReport) -> Vec<String> {
    let mut sentences = Vec::new();
    let files = |number| count(number, "file", "files");
    if let Some(words) = &report.damage {
        sentences.push(format!(
            "The disc's directory could not be read to its end: {} The files that are there were found.",
            sentence(words)
        ));
    }
    match report.missing {
        0 => {}
        missing => sentences.push(format!(
            "{} that the disc's directory names {} not there. Copy the disc again.",
            files(missing),
            if missing == 1 { "is" } else { "are" },
        )),
    }
    match report.unnamed {
        0 => {}
        unnamed => sentences.push(format!(
            "{} that the disc's directory does not name {} sent too.",
            count(unnamed, "image", "images"),
            if unnamed == 1 { "is" } else { "are" },
        )),
    }
    sentences.extend(report.contradictions.iter().map(contradiction));
    sentences
}

fn contradiction(one: &Contradiction) -> String {
    let (has, sent) = match one.files {
        1 => ("has", "It is sent as it is."),
        _ => ("have", "They are sent as they are."),
    };
    format!(
        "{} {has} another {} than the disc's directory says ({}). {sent}",
        count(one.files, "file", "files"),
        about(one.about),
        file_name(&one.first),
    )
}

fn about(about: About) -> &'static str {
    match about {
        About::PatientId => "patient ID",
        About::PatientName => "patient name",
        About::Study => "study",
        About::Series => "series",
        About::Instance => "identifier",
        About::SopClass => "kind",
        About::Modality => "modality",
        About::SeriesNumber => "series number",
        About::InstanceNumber => "image number",
    }
}
