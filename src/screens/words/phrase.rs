//! Words inside sentences: capitals, cuts, names of events.

/// `Usage`.
pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `revenue per day`, for the middle of a sentence.
pub fn uncapital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// `Purchase completed` of `Purchase_Completed`.
pub fn spoken(event: &str) -> String {
    capital(&event.replace(['_', '-'], " ").to_lowercase())
}

/// A text that fits a line, with its end cut where it is longer than so many characters.
pub fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let cut: String = text.chars().take(longest.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_letters_change_and_nothing_else() {
        assert_eq!(capital("usage"), "Usage");
        assert_eq!(uncapital("Revenue per Day"), "revenue per Day");
        assert_eq!(capital(""), "");
    }

    #[test]
    fn events_are_spoken_as_words() {
        assert_eq!(spoken("Purchase_Completed"), "Purchase completed");
        assert_eq!(spoken("page_view"), "Page view");
    }

    #[test]
    fn a_long_text_says_that_it_was_cut() {
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("longer text", 8), "longer…");
        assert_eq!(shortened("größer", 4), "grö…");
    }
}
