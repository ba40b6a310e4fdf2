//! Names in the scripts of the world: as pydicom's files of character sets have them, and others.

use super::studies::StudyBuilder;

/// A name as a file has it, as it is decoded, and as it is shown.
pub struct Name {
    /// Specific Character Set.
    pub term: &'static str,
    pub bytes: &'static [u8],
    pub text: &'static str,
    pub shown: &'static str,
}

const fn name(
    term: &'static str,
    bytes: &'static [u8],
    text: &'static str,
    shown: &'static str,
) -> Name {
    Name {
        term,
        bytes,
        text,
        shown,
    }
}

/// Of pydicom's files (chr*.dcm), whose names the standard's annexes have.
pub const OF_PYDICOM: [(&str, Name); 15] = [
    ("chrArab", name("ISO_IR 127", b"\xE2\xC8\xC7\xE6\xEA^\xE4\xE6\xD2\xC7\xD1 ", "قباني^لنزار", "قباني، لنزار")),
    ("chrFren", name("ISO_IR 100", b"Buc^J\xE9r\xF4me", "Buc^Jérôme", "Buc, Jérôme")),
    ("chrFrenMulti", name("ISO_IR 100", b"Buc^J\xE9r\xF4me", "Buc^Jérôme", "Buc, Jérôme")),
    ("chrGerm", name("ISO_IR 100", b"\xC4neas^R\xFCdiger ", "Äneas^Rüdiger", "Äneas, Rüdiger")),
    ("chrGreek", name("ISO_IR 126", b"\xC4\xE9\xEF\xED\xF5\xF3\xE9\xEF\xF2 ", "Διονυσιος", "Διονυσιος")),
    ("chrH31", name("\\ISO 2022 IR 87", b"Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B", "Yamada^Tarou=山田^太郎=やまだ^たろう", "山田 太郎 (Yamada Tarou)")),
    ("chrH32", name("ISO 2022 IR 13\\ISO 2022 IR 87", b"\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1B$B;3ED\x1B(J^\x1B$BB@O:\x1B(J=\x1B$B$d$^$@\x1B(J^\x1B$B$?$m$&\x1B(J", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう", "山田 太郎 (ﾔﾏﾀﾞ ﾀﾛｳ)")),
    ("chrHbrw", name("ISO_IR 138", b"\xF9\xF8\xE5\xEF^\xE3\xE1\xE5\xF8\xE4", "שרון^דבורה", "שרון, דבורה")),
    ("chrI2", name("\\ISO 2022 IR 149", b"Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF", "Hong^Gildong=洪^吉洞=홍^길동", "洪吉洞 (Hong Gildong)")),
    ("chrJapMulti", name("\\ISO 2022 IR 87", b"\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B ", "やまだ^たろう", "やまだ たろう")),
    ("chrJapMultiExplicitIR6", name("ISO 2022 IR 6\\ISO 2022 IR 87", b"\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B ", "やまだ^たろう", "やまだ たろう")),
    ("chrKoreanMulti", name("\\ISO 2022 IR 149", b"\x1B$)C\xB1\xE8\xC8\xF1\xC1\xDF\x1B(B ", "김희중", "김희중")),
    ("chrRuss", name("ISO_IR 144", b"\xBB\xEE\xDAce\xDC\xD1yp\xD3", "Люкceмбypг", "Люкceмбypг")),
    ("chrX1", name("ISO_IR 192", b"Wang^XiaoDong=\xE7\x8E\x8B^\xE5\xB0\x8F\xE6\x9D\xB1= ", "Wang^XiaoDong=王^小東=", "王小東 (Wang XiaoDong)")),
    ("chrX2", name("GB18030", b"Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB=", "Wang^XiaoDong=王^小东=", "王小东 (Wang XiaoDong)")),
];

/// What pydicom has no file of.
pub const OTHERS: [Name; 12] = [
    name(
        "ISO_IR 101",
        b"\xA9imek^Ji\xF8\xED",
        "Šimek^Jiří",
        "Šimek, Jiří",
    ),
    name(
        "ISO_IR 109",
        b"\xC6aplin^\xACan",
        "Ĉaplin^Ĵan",
        "Ĉaplin, Ĵan",
    ),
    name(
        "ISO_IR 110",
        b"B\xBArzi\xF1\xB9^J\xE0nis",
        "Bērziņš^Jānis",
        "Bērziņš, Jānis",
    ),
    name(
        "ISO_IR 148",
        b"\xDDnce^\xD6zg\xFCr",
        "İnce^Özgür",
        "İnce, Özgür",
    ),
    name(
        "ISO_IR 203",
        b"\xBDuvrard^Zo\xEB",
        "œuvrard^Zoë",
        "œuvrard, Zoë",
    ),
    name(
        "ISO_IR 166",
        b"\xE3\xA8\xB4\xD5^\xCA\xC1\xAA\xD2\xC2",
        "ใจดี^สมชาย",
        "ใจดี, สมชาย",
    ),
    name(
        "ISO_IR 13",
        b"\xD4\xCF\xC0\xDE^\xC0\xDB\xB3",
        "ﾔﾏﾀﾞ^ﾀﾛｳ",
        "ﾔﾏﾀﾞ ﾀﾛｳ",
    ),
    name(
        "\\ISO 2022 IR 58",
        b"Zhang^XiaoDong=\x1B$)A\xD5\xC5^\x1B$)A\xD0\xA1\xB6\xAB=",
        "Zhang^XiaoDong=张^小东=",
        "张小东 (Zhang XiaoDong)",
    ),
    name("\\ISO 2022 IR 159", b"\x1B$(D\x30\x21\x1B(B", "丂", "丂"),
    name("GBK", b"\x97\x5C^\x81\x5C\x81\x5E", "梊^乗乛", "梊乗乛"),
    name(
        "ISO 2022 IR 6\\ISO 2022 IR 127\\ISO 2022 IR 138",
        b"\x1B-G\xE2\xC8\xC7\xE6\xEA^\x1B-H\xE3\xE1\xE5\xF8\xE4",
        "قباني^דבורה",
        "قباني، דבורה",
    ),
    name("ISO_IR 192", "रमेश^शर्मा".as_bytes(), "रमेश^शर्मा", "रमेश, शर्मा"),
];

/// From right to left, with points, joiners, figures and brackets, and one that is too long for its place.
pub const FROM_THE_RIGHT: [Name; 6] = [
    name(
        "ISO_IR 192",
        "عبد الرحمن^محمد^أحمد^د.".as_bytes(),
        "عبد الرحمن^محمد^أحمد^د.",
        "عبد الرحمن، د. محمد أحمد",
    ),
    name(
        "ISO_IR 192",
        "حسینی‌نژاد^پرویز (گروه ۳)".as_bytes(),
        "حسینی‌نژاد^پرویز (گروه ۳)",
        "حسینی‌نژاد، پرویز (گروه ۳)",
    ),
    name(
        "ISO_IR 192",
        "בֶּן־גּוּרִיּוֹן^דָּוִד".as_bytes(),
        "בֶּן־גּוּרִיּוֹן^דָּוִד",
        "בֶּן־גּוּרִיּוֹן, דָּוִד",
    ),
    name(
        "ISO_IR 192",
        "Qabbani^Nizar=قباني^نزار".as_bytes(),
        "Qabbani^Nizar=قباني^نزار",
        "قباني نزار (Qabbani Nizar)",
    ),
    name(
        "ISO_IR 192",
        "السيد عبد العزيز بن عبد الله^خالد عبد الرحيم مصطفى^إبراهيم".as_bytes(),
        "السيد عبد العزيز بن عبد الله^خالد عبد الرحيم مصطفى^إبراهيم",
        "السيد عبد العزيز بن عبد الله، خالد عبد الرحيم مصطفى إبراهيم",
    ),
    name(
        "ISO_IR 192",
        "חדר 12 (A-7)^שרה".as_bytes(),
        "חדר 12 (A-7)^שרה",
        "חדר 12 (A-7), שרה",
    ),
];

impl Name {
    /// A study of one image whose patient is called so.
    pub fn study(&self, id: &str) -> StudyBuilder {
        StudyBuilder::new()
            .patient("", id)
            .with((0x8, 0x5), "CS", padded(self.term.as_bytes()))
            .with((0x10, 0x10), "PN", padded(self.bytes))
    }
}

fn padded(value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(b' ');
    }
    value
}
