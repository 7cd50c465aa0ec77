//! Colours by meaning. Each is a class of the style sheet; a colour follows its thing across all charts of a page.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Hue {
    /// The series in question: the accent.
    #[default]
    S1,
    S2,
    S3,
    S4,
    S5,
    S6,
    S7,
    /// Also "other".
    S8,
    /// Ordered shades: p50, p75, p95.
    Low,
    Middle,
    High,
    /// Judged worse, warning, better: only with a word beside it.
    Bad,
    Warn,
    Good,
    /// Neutral ink.
    Ink,
    /// One of many that are not in question.
    Mute,
    /// The comparison.
    Ghost,
    /// Growth accounting: new, came back, left, opted out.
    New,
    Back,
    Left,
    OptedOut,
    /// Goes soon.
    Soon,
    /// Not known yet: hatched, like all kinds of not knowing.
    Unknown,
}

impl Hue {
    /// Categorical colours in their order, from 0; whatever comes after seven is "other".
    pub fn series(index: usize) -> Hue {
        [Hue::S1, Hue::S2, Hue::S3, Hue::S4, Hue::S5, Hue::S6, Hue::S7].get(index).copied().unwrap_or(Hue::S8)
    }

    pub fn class(self) -> &'static str {
        match self {
            Hue::S1 => "s1",
            Hue::S2 => "s2",
            Hue::S3 => "s3",
            Hue::S4 => "s4",
            Hue::S5 => "s5",
            Hue::S6 => "s6",
            Hue::S7 => "s7",
            Hue::S8 => "s8",
            Hue::Low => "o1",
            Hue::Middle => "o2",
            Hue::High => "o3",
            Hue::Bad => "sbad",
            Hue::Warn => "swarn",
            Hue::Good => "sgood",
            Hue::Ink => "sink",
            Hue::Mute => "smute",
            Hue::Ghost => "prev",
            Hue::New => "gn",
            Hue::Back => "gr",
            Hue::Left => "gc",
            Hue::OptedOut => "go",
            Hue::Soon => "soon",
            Hue::Unknown => "unk",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_seven_is_other() {
        assert_eq!(Hue::series(0), Hue::S1);
        assert_eq!(Hue::series(6), Hue::S7);
        assert_eq!(Hue::series(7), Hue::S8);
        assert_eq!(Hue::series(300), Hue::S8);
    }
}
