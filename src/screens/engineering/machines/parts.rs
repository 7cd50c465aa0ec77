//! One chart of one measure, for some machines or for parts of one.

use crate::charts::{About, Line, Series, Threshold, TimeSeries};
use crate::page::{Page, step_words};
use crate::words::Unit;
use parallax_domain::screen::{Panel, Part};
use parallax_server::store::question::machines::Courses;

/// A chart of courses, on buckets that are no finer than what is told.
pub struct Chart {
    pub id: &'static str,
    pub title: &'static str,
    pub unit: Unit,
    /// Behind the title: `%, highest average`.
    pub unit_words: String,
    pub summary: String,
    pub lines: Vec<Line>,
    pub thresholds: Vec<Threshold>,
    pub height: u16,
}

impl Chart {
    pub fn panel(self, page: &Page, courses: &Courses) -> Panel {
        let axis = page.axis_over(&courses.buckets);
        // Shares have a known end; a chart of 2% must not look like one of 90%.
        let ceiling = (self.unit == Unit::Share).then_some(1.0);
        let about = About {
            notes: page.notes(courses.n.max(0) as u64, "projection"),
            ..About::new(self.id, self.title).summary(self.summary.clone())
        };
        let series = Series {
            unit: self.unit,
            lines: self.lines,
            thresholds: self.thresholds,
            height: self.height,
            ceiling,
            ..Series::default()
        };
        let drawing = TimeSeries { about, axis, series }.draw();
        Panel::new(self.id, self.title)
            .unit(format!("{}, {}", self.unit_words, step_words(&courses.buckets)))
            .summary(self.summary)
            .part(Part::Drawing(drawing))
    }
}
