//! Which values become which grey (PS3.3, C.11.1 and C.11.2): stored values are rescaled or looked up, and a window or a
//! table makes greys of them.

use super::Look;
use super::facts::NamedWindow;
use super::functional_groups::{Nested, Value};
use super::lut::Lut;
use super::samples::Values;
use crate::dicom::dataset::element::Tag;
use crate::dicom::image::frame::Frame;

const MODALITY_LUT: Tag = Tag(0x0028, 0x3000);
const VOI_LUT: Tag = Tag(0x0028, 0x3010);
/// Functional groups: Pixel Value Transformation and Frame VOI LUT.
const TRANSFORMATION: Tag = Tag(0x0028, 0x9145);
const FRAME_VOI: Tag = Tag(0x0028, 0x9132);
const PRESENTATION_SHAPE: Tag = Tag(0x2050, 0x0020);
const INTERCEPT: u16 = 0x1052;
const SLOPE: u16 = 0x1053;
const UNIT: u16 = 0x1054;
const CENTER: u16 = 0x1050;
const WIDTH: u16 = 0x1051;
const EXPLANATION: u16 = 0x1055;
const FUNCTION: u16 = 0x1056;
const PADDING: u16 = 0x0120;
const PADDING_LIMIT: u16 = 0x0121;
/// Windows that are taken from one file.
const MOST_WINDOWS: usize = 64;

/// Which values are spread over all greys, in the unit that they have after rescaling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The value in the middle.
    pub center: f64,
    /// How many values there are from black to white.
    pub width: f64,
}

/// How values between black and white are spread (PS3.3, C.11.2.1.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Function {
    /// Straight, between the values' middles.
    #[default]
    Linear,
    /// Straight, to the window's very edges.
    LinearExact,
    /// Softly at both ends.
    Sigmoid,
}

impl Function {
    fn named(name: &str) -> Function {
        match name {
            "SIGMOID" => Function::Sigmoid,
            "LINEAR_EXACT" => Function::LinearExact,
            _ => Function::Linear,
        }
    }

    fn narrowest(self) -> f64 {
        match self {
            Function::Linear => 1.0,
            Function::LinearExact | Function::Sigmoid => f64::MIN_POSITIVE,
        }
    }
}

/// What makes greys of values.
#[derive(Clone, Copy)]
enum Shader<'a> {
    Window(Window, Function),
    Table(&'a Lut),
}

impl Shader<'_> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=255; what is no number becomes 0"
    )]
    fn shade(self, value: f64) -> u8 {
        let share = match self {
            Shader::Table(lut) => lut.share(value),
            Shader::Window(Window { center, width }, function) => {
                let from_center = value - center;
                let width = width.max(f64::MIN_POSITIVE);
                match function {
                    Function::Linear if width <= 1.0 => f64::from(from_center > -0.5),
                    Function::Linear => (from_center + 0.5) / (width - 1.0) + 0.5,
                    Function::LinearExact => from_center / width + 0.5,
                    Function::Sigmoid => 1.0 / (1.0 + (-4.0 * from_center / width).exp()),
                }
            }
        };
        (share.clamp(0.0, 1.0) * 255.0).round() as u8
    }
}

/// Grey values: what is stored, and how it is rescaled.
#[derive(Debug, Clone)]
pub(super) struct Grey {
    values: Values,
    slope: f64,
    intercept: f64,
    /// Of the values that are stored, without padding.
    low: f64,
    high: f64,
    own: Option<Window>,
    function: Function,
    voi: Option<Lut>,
    /// The lowest value is white.
    is_negative: bool,
    /// Whether what is stored are whole numbers.
    is_whole: bool,
}

impl Grey {
    pub(super) fn of(frame: &Frame, said: &Said<'_>, values: Values) -> Grey {
        let attributes = &frame.attributes;
        let (low, high) = values.range(padding(frame));
        let mut grey = Grey {
            values,
            slope: said
                .decimal(TRANSFORMATION, SLOPE)
                .filter(|slope| *slope != 0.0)
                .unwrap_or(1.0),
            intercept: said.decimal(TRANSFORMATION, INTERCEPT).unwrap_or(0.0),
            low,
            high,
            own: None,
            function: Function::named(&said.text(FRAME_VOI, FUNCTION)),
            voi: None,
            is_negative: frame.samples.interpretation == "MONOCHROME1"
                || attributes.text_of(PRESENTATION_SHAPE) == "INVERSE",
            is_whole: !frame.is_float,
        };
        let signed = frame.samples.signed;
        let signed = match Lut::read(&Nested::first(frame, MODALITY_LUT), signed) {
            Some(lut) => {
                grey.look_up(&lut);
                grey.is_whole = true;
                false
            }
            None => grey.may_be_negative(frame),
        };
        grey.voi = Lut::read_for(&Nested::first(frame, VOI_LUT), signed, grey.range());
        let narrowest = grey.function.narrowest();
        let windows = windows(said);
        let usable = windows.iter().find(|window| window.width >= narrowest);
        grey.own = usable.map(|window| Window {
            center: window.center,
            width: window.width,
        });
        grey
    }

    /// Values become what a modality LUT says, and are rescaled no more (PS3.3, C.11.1).
    fn look_up(&mut self, lut: &Lut) {
        let range = (lut.at(self.low), lut.at(self.high));
        self.values = self.values.mapped(|value| lut.at(value));
        let (low, high) = self.values.range(None);
        // What is no padding may have its ends anywhere in the table; one that rises, as most do, keeps them.
        (self.low, self.high) = match range.0 < range.1 {
            true => (range.0.into(), range.1.into()),
            false => (low, high),
        };
        (self.slope, self.intercept) = (1.0, 0.0);
    }

    /// Whether values, rescaled, may be below zero: any that could be stored, not only those that are.
    fn may_be_negative(&self, frame: &Frame) -> bool {
        let samples = &frame.samples;
        if frame.is_float {
            return self.range().0 < 0.0;
        }
        let highest = 2f64.powi(samples.stored.into()) - 1.0;
        samples.signed || self.rescaled(0.0) < 0.0 || self.rescaled(highest) < 0.0
    }

    pub(super) fn bytes(&self) -> usize {
        self.values.bytes() + self.voi.as_ref().map_or(0, Lut::bytes)
    }

    /// The lowest and the highest value, rescaled.
    pub(super) fn range(&self) -> (f64, f64) {
        let (one, other) = (self.rescaled(self.low), self.rescaled(self.high));
        (one.min(other), one.max(other))
    }

    fn rescaled(&self, value: f64) -> f64 {
        value * self.slope + self.intercept
    }

    /// What is shown where nothing is asked for.
    pub(super) fn own_window(&self) -> Window {
        let (low, high) = match (&self.voi, self.own) {
            (Some(lut), _) => lut.ends(),
            (None, Some(window)) => return window,
            (None, None) => self.range(),
        };
        Window {
            center: f64::midpoint(low, high),
            width: high - low,
        }
    }

    /// How a window is spread that a user asks for. The standard's straight line is made for whole numbers: it leaves half a
    /// value away at either end, which between 0 and 1 is all there is. Others go from one edge to the other.
    fn function_of_user(&self) -> Function {
        let whole = |number: f64| number.fract() == 0.0;
        let is_whole = self.is_whole && whole(self.slope) && whole(self.intercept);
        match self.function {
            Function::Linear if !is_whole => Function::LinearExact,
            function => function,
        }
    }

    fn shader(&self, look: &Look) -> Shader<'_> {
        let usable = |window: &Window| window.center.is_finite() && window.width > 0.0;
        if let Some(window) = look.window.filter(usable) {
            return Shader::Window(window, self.function_of_user());
        }
        match (&self.voi, self.own) {
            (Some(lut), _) => Shader::Table(lut),
            (None, Some(window)) => Shader::Window(window, self.function),
            (None, None) => Shader::Window(self.own_window(), Function::LinearExact),
        }
    }

    /// A byte a pixel.
    pub(super) fn shades(&self, look: &Look) -> Vec<u8> {
        let shader = self.shader(look);
        let turned = self.is_negative != look.inverted;
        self.values.shaded(|value| {
            let shade = shader.shade(self.rescaled(value));
            if turned { !shade } else { shade }
        })
    }
}

/// What is said of a frame: in its functional groups, in those of all frames, or outside of them.
pub(super) struct Said<'a> {
    frame: &'a Frame,
    groups: [Nested; 2],
}

impl<'a> Said<'a> {
    pub(super) fn of(frame: &'a Frame) -> Said<'a> {
        let groups = Nested::groups(frame);
        Said { frame, groups }
    }

    /// A value of group 0028 out of the functional groups.
    fn grouped(&self, sequence: Tag, element: u16) -> Option<&Value> {
        let tag = Tag(0x0028, element);
        self.groups
            .iter()
            .find_map(|group| group.inside(sequence, tag))
    }

    pub(super) fn decimals(&self, sequence: Tag, element: u16) -> Vec<f64> {
        match self.grouped(sequence, element) {
            Some(value) => value.decimals(),
            None => self.frame.attributes.decimals(element),
        }
    }

    fn decimal(&self, sequence: Tag, element: u16) -> Option<f64> {
        self.decimals(sequence, element).first().copied()
    }

    pub(super) fn text(&self, sequence: Tag, element: u16) -> String {
        match self.grouped(sequence, element) {
            Some(value) => value.text(),
            None => self.frame.attributes.text(element),
        }
    }

    /// What the values are, such as HU.
    pub(super) fn unit(&self) -> String {
        self.text(TRANSFORMATION, UNIT)
    }
}

/// The windows that the file names.
pub(super) fn windows(said: &Said<'_>) -> Vec<NamedWindow> {
    let names = match said.grouped(FRAME_VOI, EXPLANATION) {
        Some(value) => value.text(),
        None => {
            let names = said.frame.attributes.value(Tag(0x0028, EXPLANATION));
            String::from_utf8_lossy(names).into_owned()
        }
    };
    let names = names.split('\\').map(|name| name.trim_matches(['\0', ' ']));
    let names = names.chain(std::iter::repeat(""));
    let centers = said.decimals(FRAME_VOI, CENTER);
    let widths = said.decimals(FRAME_VOI, WIDTH);
    let windows = centers.into_iter().zip(widths).zip(names);
    let windows = windows.map(|((center, width), name)| NamedWindow {
        name: name.to_owned(),
        center,
        width,
    });
    let usable = windows.filter(|window| window.width > 0.0);
    usable.take(MOST_WINDOWS).collect()
}

/// The stored values that are no part of the image (PS3.3, C.7.5.1.1.2), from the first to the last.
fn padding(frame: &Frame) -> Option<(f64, f64)> {
    let samples = &frame.samples;
    let word = |element| {
        let word = *frame.attributes.words(element).first()?;
        Some(match samples.signed {
            true => f64::from(word.cast_signed()),
            false => f64::from(word),
        })
    };
    let one = word(PADDING)?;
    let other = word(PADDING_LIMIT).unwrap_or(one);
    Some((one.min(other), one.max(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shade(function: Function, width: f64, value: f64) -> u8 {
        let window = Window {
            center: 40.0,
            width,
        };
        Shader::Window(window, function).shade(value)
    }

    #[test]
    fn a_window_spreads_its_values_over_all_greys() {
        let linear = |value| shade(Function::Linear, 400.0, value);
        assert_eq!(linear(-160.0), 0);
        assert_eq!(linear(239.0), 255);
        assert_eq!(linear(39.5), 128);
        assert_eq!(shade(Function::Sigmoid, 400.0, 40.0), 128);
        assert_eq!(shade(Function::LinearExact, 400.0, f64::NAN), 0);
    }

    #[test]
    fn the_narrowest_window_is_an_edge() {
        let edge = |value| shade(Function::Linear, 1.0, value);
        assert_eq!((edge(39.0), edge(39.5), edge(40.0)), (0, 0, 255));
    }
}
